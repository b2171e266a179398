// approval.tsx - one approval: where it stands, what is decided about, who is asked, what has
// happened, and what one may do about it.
import { useSignal } from '@preact/signals';
import { get, post } from '../lib/api';
import { at, isFinal, isOpen, loadData, loadView, type Happened, type View } from '../lib/approval';
import { differences } from '../lib/exact';
import { labelled } from '../lib/form';
import { useKeys } from '../lib/keys';
import { useLive } from '../lib/live';
import { useLoad } from '../lib/load';
import { me } from '../lib/session';
import { texts } from '../lib/text';
import { Amount, Data, Differences, Due, State } from '../parts/approval';
import { AddApprover, Correct, Explain } from '../parts/approval-acts';
import { Decide, retract, retractable } from '../parts/decide';
import { Who } from '../parts/people';
import { Button, Card, Confirm, Copy, Link, More, Page, Show, Time } from '../parts/parts';
import { Progress, why } from '../parts/progress';
import { Timeline } from '../parts/timeline';
import { tell, tellProblem } from '../parts/toast';

const t = texts({
  back: ['Inbox', '受信箱'],
  from: ['{what} from', '{what}：'],
  asked: ['Asked by', '申請者'],
  entered: ['typed by', '入力者'],
  when: ['Asked', '申請'],
  what: ['What is asked for', '申請内容'],
  changed: ['What was changed since version {n}', '第{n}版からの変更点'],
  unchanged: ['Nothing was changed since version {n}.', '第{n}版から変更はありません。'],
  version: ['version {n}', '第{n}版'],
  round: ['round {n}', '{n}回目'],
  who: ['Who is asked', '承認の状況'],
  log: ['What has happened', '経過'],
  policy: ['The rule', '承認ルール'],
  remind: ['Remind', '催促する'],
  reminded: ['Those who are asked were reminded', '回答待ちの人に催促しました'],
  withdraw: ['Withdraw', '取り下げる'],
  withdraw_text: [
    'Nobody is asked any more. Votes are kept in the log.',
    '以後は誰にも承認を求めません。これまでの回答は記録に残ります。',
  ],
  reason: ['Reason', '理由'],
  add: ['Add an approver', '承認者を追加'],
  over: ['Approve over them', '引上げ承認'],
  over_text: [
    'You approve in the place of everybody below you who is still asked. They read it afterwards.',
    'まだ回答していない部下に代わって承認します。本人は後で確認します（後閲）。',
  ],
  retry: ['Look for approvers again', '承認者を探し直す'],
  retract: ['Take my answer back', '自分の回答を取り消す'],
  correct: ['Correct and ask again', '修正して再申請する'],
  corrects: ['It corrects an earlier one', '以前の申請の訂正です'],
  previous: ['The step before', '前の段階'],
  amount: ['Amount', '金額'],
  labels: ['Labels', 'ラベル'],
});

function Facts({ of: v }: { of: View }) {
  return (
    <p class="approval-facts">
      <State of={v} />
      <Amount of={v} />
      <span>
        {t('asked')} <Who id={v.applicant} />
        {v.entered_by !== v.applicant && (
          <span class="soft">
            {' '}
            ({t('entered')} <Who id={v.entered_by} />)
          </span>
        )}
      </span>
      <span class="soft">
        <Time at={v.opened_at} />
      </span>
      <Due of={v} quiet />
      {v.round > 1 && <span class="soft">{t('round', { n: v.round })}</span>}
    </p>
  );
}

function Changed({ of: v }: { of: View }) {
  const before = useLoad((signal) => loadData(v.id, v.data_version - 1, signal), [v.id, v.data_version]);
  const n = v.data_version - 1;
  return (
    <Card title={t('changed', { n })} class="changed">
      <Show of={before}>
        {(was) => {
          const by = v.form?.schema.components ?? [];
          const list = differences(labelled(by, was) ?? null, labelled(by, v.data) ?? null);
          return list.length ? <Differences of={list} /> : <p class="soft">{t('unchanged', { n })}</p>;
        }}
      </Show>
    </Card>
  );
}

function Log({ of: v }: { of: View }) {
  const more = useSignal<Happened[]>([]),
    next = useSignal<number | undefined>(undefined),
    busy = useSignal(false);
  const after = more.value.length ? next.value : v.next;
  const load = async () => {
    busy.value = true;
    try {
      const r = await get<{ events: Happened[]; next?: number }>(`${at(v.id)}/log`, { after });
      more.value = [...more.value, ...r.events];
      next.value = r.next;
    } catch (e) {
      tellProblem(e);
    } finally {
      busy.value = false;
    }
  };
  return (
    <Card title={t('log')}>
      <Timeline events={[...v.events, ...more.value]} />
      {after !== undefined && <More onClick={() => void load()} busy={busy.value} />}
    </Card>
  );
}

type Asking = 'withdraw' | 'over' | 'retry' | 'add' | null;

function Acts({ of: v, again, ask }: { of: View; again: () => void; ask: (what: Asking) => void }) {
  const who = me.value?.principal;
  const own = who === v.applicant || who === v.entered_by;
  const open = isOpen(v);
  const voted = v.slots.find((s) => s.state === 'DECIDED' && s.by === who);
  const busy = useSignal(false);
  const remind = async () => {
    busy.value = true;
    try {
      await post(`${at(v.id)}/remind`, {});
      tell(t('reminded'));
    } catch (e) {
      tellProblem(e);
    } finally {
      busy.value = false;
      again();
    }
  };
  return (
    <>
      {open && v.open_slots > 0 && !v.mine && (
        <Button icon="bell" busy={busy.value} onClick={() => void remind()}>
          {t('remind')}
        </Button>
      )}
      {open && voted && retractable(v) && (
        <Button icon="back" onClick={() => void retract(v.id, voted.slot, voted.for).then(again)}>
          {t('retract')}
        </Button>
      )}
      {v.state === 'INCIDENT' && (
        <Button icon="refresh" onClick={() => ask('retry')}>
          {t('retry')}
        </Button>
      )}
      {open && !own && (v.policy_text.add || v.state === 'INCIDENT') && (
        <Button icon="plus" onClick={() => ask('add')}>
          {t('add')}
        </Button>
      )}
      {open && !own && !v.mine && v.policy_text.over && (
        <Button onClick={() => ask('over')}>{t('over')}</Button>
      )}
      {own && !isFinal(v) && (
        <Button tone="danger" onClick={() => ask('withdraw')}>
          {t('withdraw')}
        </Button>
      )}
    </>
  );
}

function Related({ of: v }: { of: View }) {
  const labels = Object.entries(v.labels ?? {});
  if (!v.corrects && !v.previous && labels.length === 0) return null;
  return (
    <p class="row small">
      {v.corrects && <Link to={`/approvals/${v.corrects}`}>{t('corrects')}</Link>}
      {v.previous && <Link to={`/approvals/${v.previous}`}>{t('previous')}</Link>}
      {labels.map(([k, x]) => (
        <span key={k} class="chip">
          {k}: {x}
        </span>
      ))}
    </p>
  );
}

function Body({ of: v, again }: { of: View; again: () => void }) {
  const asking = useSignal<Asking>(null);
  // What the person had before their eyes: votes are about that, until they have been told.
  const seen = useSignal(v.data_version);
  const own = me.value?.principal === v.applicant || me.value?.principal === v.entered_by;
  const close = () => {
    asking.value = null;
  };
  const act = (path: string, body: unknown) => post(`${at(v.id)}/${path}`, body).finally(again);
  return (
    <Page
      back={{ to: '/inbox', text: t('back') }}
      title={v.subject || '–'}
      lead={<Facts of={v} />}
      actions={
        <Acts
          of={v}
          again={again}
          ask={(x) => {
            asking.value = x;
          }}
        />
      }
    >
      <p class={`why ${v.state.toLowerCase()}`} role="status">
        {why(v)}
      </p>
      {v.state === 'RETURNED' && own && <Correct of={v} again={again} />}
      <div class="approval">
        <div class="approval-main">
          {v.data_version > 1 && <Changed of={v} />}
          <Card
            title={t('what')}
            actions={
              v.data_version > 1 && <span class="soft small">{t('version', { n: v.data_version })}</span>
            }
          >
            <Data of={v.form ? labelled(v.form.schema.components, v.data) : v.data} />
            <Related of={v} />
          </Card>
        </div>
        <Card title={t('who')} class="approval-who">
          <Progress of={v} />
        </Card>
        <div class="approval-log">
          <Log of={v} />
          <Card title={t('policy')} actions={<Copy text={v.policy_json} />}>
            <Explain of={v} />
          </Card>
        </div>
      </div>
      <Decide of={v} seen={seen.value} saw={() => (seen.value = v.data_version)} again={again} />
      {asking.value === 'withdraw' && (
        <Confirm
          title={t('withdraw')}
          action={t('withdraw')}
          danger
          reason={t('reason')}
          onClose={close}
          run={(reason) => act('withdraw', { reason })}
        >
          <p>{t('withdraw_text')}</p>
        </Confirm>
      )}
      {asking.value === 'over' && (
        <Confirm
          title={t('over')}
          action={t('over')}
          reason={t('reason')}
          onClose={close}
          run={(reason) => act('over', { reason })}
        >
          <p>{t('over_text')}</p>
        </Confirm>
      )}
      {asking.value === 'retry' && (
        <Confirm
          title={t('retry')}
          action={t('retry')}
          reason={t('reason')}
          onClose={close}
          run={(reason) => act('retry', { reason })}
        />
      )}
      {asking.value === 'add' && <AddApprover of={v} onClose={close} again={again} />}
    </Page>
  );
}

export default function ApprovalPage({ args }: { args: Record<string, string> }) {
  const id = args.id!;
  const loaded = useLoad((signal) => loadView(id, signal), [id, me.value?.principal]);
  useLive(`${at(id)}/events`, (e) => {
    if (e.type === 'changed' || e.type === 'snapshot') loaded.again();
  });
  useKeys([{ key: 'u', what: ['Back to the inbox', '受信箱へ戻る'], run: () => history.back() }]);
  return loaded.data ? (
    <>
      {loaded.problem && <Show of={{ ...loaded, data: undefined }}>{() => null}</Show>}
      <Body key={loaded.data.id} of={loaded.data} again={loaded.again} />
    </>
  ) : (
    <Page title={loaded.problem ? '–' : '…'} back={{ to: '/inbox', text: t('back') }}>
      <Show of={loaded}>{() => null}</Show>
    </Page>
  );
}
