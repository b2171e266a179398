// policy.tsx - one policy: what it says, its versions and what changed between them, a proposal
// that waits for a second person, retiring.
import { useSignal } from '@preact/signals';
import { del, get, seg, whole } from '../lib/api';
import { useChange } from '../lib/change';
import { useLoad } from '../lib/load';
import { differences, textOf } from '../lib/policy';
import { ask, place } from '../lib/router';
import { language, texts } from '../lib/text';
import { Button, Card, Chip, Confirm, Copy, Link, Page, Show, Time, Trouble } from '../parts/parts';
import { stateTone, stateWords, type PolicyVersion } from '../parts/policy-info';
import { PolicyTree } from '../parts/policy-tree';
import { tell } from '../parts/toast';
import type { Args } from './pages';

const t = texts({
  back: ['Policies', 'ポリシー'],
  edit: ['Change', '変更する'],
  retire: ['Retire', '廃止する'],
  retire_title: ['Retire {name}?', '{name} を廃止しますか'],
  retire_text: [
    'No approval opens by it any more. Those that are open keep theirs. A later change takes it into use again.',
    '新しい承認には使えなくなります。進行中の承認はそのままです。変更すれば再び使えます。',
  ],
  retired: ['{name} is retired.', '{name} を廃止しました。'],
  agree: ['Who has to agree', '承認が必要な人'],
  text: ['As text', 'テキスト'],
  versions: ['Versions', '版'],
  version: ['Version {n}', '第 {n} 版'],
  accepted: ['accepted by {who}', '確認 {who}'],
  compare_with: ['What changed', '変わったところ'],
  from: ['From', '前'],
  to: ['to', '後'],
  equal: ['These versions say the same.', '内容は同じです。'],
  waits: ['Version {n} waits for a second person', '第 {n} 版は 2 人目の確認を待っています'],
  waits_text: [
    '{who} proposed it. Until another person accepts it, version {current} stays in force.',
    '{who} さんが提案しました。ほかの人が確認するまで、第 {current} 版が有効です。',
  ],
  waits_first: [
    '{who} proposed it. It is in force when another person has accepted it.',
    '{who} さんが提案しました。ほかの人が確認すると有効になります。',
  ],
  accept: ['Accept version {n}', '第 {n} 版を有効にする'],
  is_accepted: ['Version {n} is in force.', '第 {n} 版が有効になりました。'],
  four: ['four eyes', '2 人で確認'],
  of_template: ['made of the template {name}', 'ひな形 {name} から作成'],
});

/** What one version says, in words. */
function Words({ v }: { v: PolicyVersion }) {
  const of = useLoad(
    (s) => get<PolicyVersion>(`/v1/policies/${seg(v.name)}/versions/${v.version}`, {}, s),
    [v.name, v.version],
  );
  return <>{of.data?.words?.[language.value]}</>;
}

function Differences({ a, b }: { a: PolicyVersion; b: PolicyVersion }) {
  const lines = differences(textOf(a.policy), textOf(b.policy));
  if (lines.every((l) => l.kind === 'same')) return <p class="soft">{t('equal')}</p>;
  return (
    <>
      <p>
        <del>
          <Words v={a} />
        </del>
      </p>
      <p>
        <ins>
          <Words v={b} />
        </ins>
      </p>
      <pre class="diff">
        {lines.map((l, i) =>
          l.kind === 'old' ? (
            <del key={i}>{`- ${l.text}\n`}</del>
          ) : l.kind === 'new' ? (
            <ins key={i}>{`+ ${l.text}\n`}</ins>
          ) : (
            `  ${l.text}\n`
          ),
        )}
      </pre>
    </>
  );
}

function Compare({ all }: { all: readonly PolicyVersion[] }) {
  const number = (name: string, otherwise: number) => Number(place.value.query.get(name)) || otherwise;
  // Where a proposal waits, its difference is shown above already.
  const newest = all[0]!.state === 'PROPOSED' && all.length > 2 ? 1 : 0;
  const to = number('to', all[newest]!.version),
    from = number('from', all[newest + 1]!.version);
  const a = all.find((v) => v.version === from),
    b = all.find((v) => v.version === to);
  const pick = (name: string, at: number, label: string) => (
    <label class="row">
      {label}
      <select value={at} onChange={(e) => ask({ [name]: e.currentTarget.value })}>
        {all.map((v) => (
          <option key={v.version} value={v.version}>
            {v.version}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <Card
      title={t('compare_with')}
      actions={
        <div class="filters">
          {pick('from', from, t('from'))}
          {pick('to', to, t('to'))}
        </div>
      }
    >
      {a && b && <Differences a={a} b={b} />}
    </Card>
  );
}

function Waiting({ v, current, again }: { v: PolicyVersion; current?: PolicyVersion; again: () => void }) {
  const change = useChange();
  const accept = async () => {
    if (await change.run(() => change.once(`/v1/policies/${seg(v.name)}/versions/${v.version}/accept`))) {
      tell(t('is_accepted', { n: v.version }));
      again();
    }
  };
  return (
    <Card title={t('waits', { n: v.version })} class="waiting">
      <p>
        {current
          ? t('waits_text', { who: v.proposed_by, current: current.version })
          : t('waits_first', { who: v.proposed_by })}
        {v.note && ` 「${v.note}」`}
      </p>
      {current ? <Differences a={current} b={v} /> : <PolicyTree policy={v.policy} />}
      {change.problem.value && <Trouble problem={change.problem.value} />}
      <p>
        <Button tone="primary" onClick={accept} busy={change.busy.value}>
          {t('accept', { n: v.version })}
        </Button>
      </p>
    </Card>
  );
}

function Versions({ all, shown }: { all: readonly PolicyVersion[]; shown: number }) {
  return (
    <Card title={t('versions')}>
      <ul class="lines">
        {all.map((v) => (
          <li key={v.version} class="line">
            <div>
              <p class="row">
                <Link to={`/policies/${seg(v.name)}?version=${v.version}`} current={v.version === shown}>
                  {t('version', { n: v.version })}
                </Link>
                <Chip tone={stateTone(v.state)}>{stateWords(v.state)}</Chip>
                {v.four_eyes && <Chip>{t('four')}</Chip>}
              </p>
              <p class="small soft">
                {v.proposed_by} · <Time at={v.proposed_at} />
                {v.accepted_by &&
                  v.accepted_by !== v.proposed_by &&
                  ` · ${t('accepted', { who: v.accepted_by })}`}
              </p>
              {v.note && <p class="small">{v.note}</p>}
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function One({ name, all, again }: { name: string; all: readonly PolicyVersion[]; again: () => void }) {
  const retiring = useSignal(false);
  const newest = all[0]!;
  const current = all.find((v) => v.state === 'IN_FORCE');
  const asked = Number(place.value.query.get('version'));
  const v = all.find((x) => x.version === asked) ?? current ?? newest;
  return (
    <Page
      back={{ to: '/policies', text: t('back') }}
      title={name}
      lead={
        <span class="row">
          <Chip tone={stateTone(v.state)}>{stateWords(v.state)}</Chip>
          {t('version', { n: v.version })}
          {v.template && <span class="small">{t('of_template', { name: v.template })}</span>}
        </span>
      }
      actions={
        <>
          {!newest.retired_at && newest.state !== 'RETIRED' && (
            <Button
              tone="danger"
              onClick={() => {
                retiring.value = true;
              }}
            >
              {t('retire')}
            </Button>
          )}
          <Link to={`/policies/${seg(name)}/edit`} class="button primary">
            {t('edit')}
          </Link>
        </>
      }
    >
      {newest.state === 'PROPOSED' && <Waiting v={newest} current={current} again={again} />}
      <div class="sides">
        <div class="stack">
          <Card title={t('agree')}>
            <PolicyTree policy={v.policy} />
            <p class="said">
              <Words v={v} />
            </p>
            <details>
              <summary>{t('text')}</summary>
              <div class="with-copy">
                <pre>{textOf(v.policy)}</pre>
                <Copy text={textOf(v.policy)} />
              </div>
            </details>
          </Card>
          {all.length > (newest.state === 'PROPOSED' ? 2 : 1) && <Compare all={all} />}
        </div>
        <Versions all={all} shown={v.version} />
      </div>
      {retiring.value && (
        <Confirm
          title={t('retire_title', { name })}
          action={t('retire')}
          danger
          onClose={() => {
            retiring.value = false;
          }}
          run={async () => {
            await del(`/v1/policies/${seg(name)}`);
            tell(t('retired', { name }));
            again();
          }}
        >
          <p>{t('retire_text')}</p>
        </Confirm>
      )}
    </Page>
  );
}

export default function PolicyPage({ args }: { args: Args }) {
  const name = args['name']!;
  const of = useLoad(
    (s) => whole<PolicyVersion>(`/v1/policies/${seg(name)}/versions`, 'versions', s),
    [name],
  );
  if (of.data?.length) return <One name={name} all={of.data} again={of.again} />;
  return (
    <Page back={{ to: '/policies', text: t('back') }} title={name}>
      <Show of={of}>{() => null}</Show>
    </Page>
  );
}
