// queue.tsx - one queue: its figures and their course, its messages, its dead letters and moves,
// its settings; and what an operator does to it.
import { useSignal } from '@preact/signals';
import { get, send as request } from '../lib/api';
import { lasting, number, short } from '../lib/format';
import { useIntent } from '../lib/change';
import { useLoad } from '../lib/load';
import { queueHref, queuePath, type Point, type Queue } from '../lib/queues';
import { ask, go, place } from '../lib/router';
import { texts } from '../lib/text';
import { Chart, type Line } from '../parts/chart';
import { Errors } from '../parts/errors';
import { Button, Card, Chip, Confirm, Link, Page, Show, Time } from '../parts/parts';
import { QueueState } from '../parts/queue-state';
import { Receivers } from '../parts/receivers';
import { Moves, Redrive, useMoves } from '../parts/redrive';
import { Danger, Tabs } from '../parts/run';
import { SendMessage } from '../parts/send';
import { tell } from '../parts/toast';
import type { Args } from './pages';
import { Messages } from './queue-messages';
import { Settings } from './queue-settings';

const t = texts({
  queues: ['Queues', 'キュー'],
  visible: ['waiting', '待機中'],
  in_flight: ['in flight', '処理中'],
  delayed: ['delayed', '遅延'],
  oldest: ['oldest', '最も古い'],
  waiting: ['receivers wait', '待ち受け中'],
  held: ['groups at their limit', '上限に達したグループ'],
  send: ['Send a message', 'メッセージを送る'],
  reason: ['Reason', '理由'],
  reason_hint: ['It stands in the audit log.', '監査ログに残ります。'],
  pause_title: ['Pause {name}?', '{name} を一時停止しますか'],
  pause_text: [
    'It takes messages and hands none out until it goes on. {n} are waiting.',
    'メッセージは受け付けますが、再開するまで渡しません。待機中は {n} 件です。',
  ],
  resume_title: ['Let {name} go on?', '{name} を再開しますか'],
  resume_text: ['{n} messages are waiting.', '待機中のメッセージは {n} 件です。'],
  pause: ['Pause', '一時停止'],
  resume: ['Go on', '再開'],
  paused: ['{name} hands out nothing until it goes on', '{name} を一時停止しました'],
  resumed: ['{name} goes on', '{name} を再開しました'],
  purge: ['Purge', '空にする'],
  purge_title: ['Purge {name}?', '{name} を空にしますか'],
  remove: ['Delete', '削除'],
  remove_title: ['Delete {name}?', '{name} を削除しますか'],
  goes: [
    '{n} messages are lost for good: {visible} waiting, {in_flight} in flight, {delayed} delayed.',
    '{n} 件のメッセージが完全に失われます（待機中 {visible}、処理中 {in_flight}、遅延 {delayed}）。',
  ],
  goes_queue: ['The queue and its settings go too.', 'キューと設定も削除されます。'],
  sample: ['The first of them', '最初の1件'],
  purged: ['{name} is empty', '{name} を空にしました'],
  removed: ['{name} was deleted', '{name} を削除しました'],
  back: ['Send dead letters back', 'デッドレターを戻す'],
  messages: ['Messages', 'メッセージ'],
  errors: ['Errors', 'エラー'],
  moves: ['Moves', '移動'],
  receivers: ['Receivers', '受信側'],
  settings: ['Settings', '設定'],
  range: ['Time shown', '表示期間'],
  hour: ['Last hour', '直近1時間'],
  day: ['Last day', '直近1日'],
  week: ['Last week', '直近1週間'],
  months: ['Last 90 days', '直近90日'],
  traffic: ['Messages a minute', '1分あたりの件数'],
  traffic_h: ['Messages an hour', '1時間あたりの件数'],
  times: ['How long', '所要時間'],
  sent: ['Came in', '到着'],
  done: ['Done', '完了'],
  failed: ['Failed', '失敗'],
  wait50: ['Wait, half', '待ち（中央値）'],
  wait95: ['Wait, 95 %', '待ち（95％）'],
  run95: ['Work, 95 %', '処理（95％）'],
  quiet: ['Nothing happened in this time.', 'この期間に動きはありません。'],
  course: ['What happened', '推移'],
  breaker: [
    'Calls to {url} fail ({n} in a row) and are stopped until',
    '{url} への送信が続けて {n} 回失敗したため停止しています。再開予定:',
  ],
  blocked_title: ['Groups that wait for a person', '人の対応を待つグループ'],
  blocked_lead: [
    'The first message of each failed too often, and those behind it wait so that nothing is skipped.',
    '先頭のメッセージが繰り返し失敗しました。順序を守るため、後ろのメッセージは待っています。',
  ],
  blocked_others: ['and {n} others', 'ほか {n} グループ'],
  group: ['Group', 'グループ'],
  look: ['Look at the message', 'メッセージを見る'],
  decide: ['Decide', '対応を選ぶ'],
  unblock: ['Let group {group} go on', 'グループ {group} を再開する'],
  unblock_how: ['What becomes of the message that blocks it?', '止めているメッセージをどうしますか'],
  how_retry: ['Try it again', 'もう一度試す'],
  how_dead: ['Move it to the dead-letter queue', 'デッドレターに移す'],
  how_delete: ['Delete it', '削除する'],
  unblocked: ['Group {group} goes on', 'グループ {group} を再開しました'],
  dlq: ['Dead letters go to', 'デッドレター先'],
  owner: ['Owner', '担当'],
  runbook: ['What to do when it fails', '障害時の手順'],
});

const ranges = { hour: 3_600_000, day: 86_400_000, week: 604_800_000, months: 7_776_000_000 } as const;
type Range = keyof typeof ranges;

interface History {
  from: string;
  to: string;
  points: Point[];
}

/** Every step of the time, also those in which nothing happened. */
function steps(h: History, step: number): { times: string[]; points: (Point | undefined)[] } {
  const by = new Map(h.points.map((p) => [Math.floor(Date.parse(p.at) / step), p]));
  const times: string[] = [],
    points: (Point | undefined)[] = [];
  for (let i = Math.ceil(Date.parse(h.from) / step); i * step < Date.parse(h.to); i++) {
    times.push(new Date(i * step).toISOString());
    points.push(by.get(i));
  }
  return { times, points };
}

function Course({ queue }: { queue: string }) {
  const asked = place.value.query.get('range') as Range | null;
  const range: Range = asked && asked in ranges ? asked : 'hour';
  const hourly = range === 'week' || range === 'months';
  const history = useLoad(
    (signal) => {
      const from = new Date(Date.now() - ranges[range]).toISOString();
      return get<History>(queuePath(queue, '/history'), { from, step: hourly ? 'hour' : 'minute' }, signal);
    },
    [queue, range],
    20_000,
  );
  const lines = (h: History): [Line[], Line[], string[]] => {
    const { times, points } = steps(h, hourly ? 3_600_000 : 60_000);
    const of = (f: (p: Point) => number | undefined, none?: number) => points.map((p) => (p ? f(p) : none));
    return [
      [
        { name: t('sent'), tone: 'one', values: of((p) => p.sent + p.moved_in, 0) },
        { name: t('done'), tone: 'two', values: of((p) => p.deleted, 0) },
        { name: t('failed'), tone: 'three', values: of((p) => p.failed, 0) },
      ],
      [
        { name: t('wait50'), tone: 'one', values: of((p) => p.wait_ms?.p50) },
        { name: t('wait95'), tone: 'two', values: of((p) => p.wait_ms?.p95) },
        { name: t('run95'), tone: 'three', values: of((p) => p.run_ms?.p95) },
      ],
      times,
    ];
  };
  return (
    <Card
      title={t('course')}
      actions={
        <select
          aria-label={t('range')}
          value={range}
          onChange={(e) => ask({ range: e.currentTarget.value === 'hour' ? null : e.currentTarget.value })}
        >
          {(Object.keys(ranges) as Range[]).map((r) => (
            <option key={r} value={r}>
              {t(r)}
            </option>
          ))}
        </select>
      }
    >
      <Show of={history}>
        {(h) => {
          if (h.points.length === 0) return <p class="soft">{t('quiet')}</p>;
          const [traffic, times, at] = lines(h);
          return (
            <div class="grid">
              <Chart title={t(hourly ? 'traffic_h' : 'traffic')} lines={traffic} times={at} shown={short} />
              {times.some((l) => l.values.some((v) => v !== undefined)) && (
                <Chart title={t('times')} lines={times} times={at} shown={lasting} />
              )}
            </div>
          );
        }}
      </Show>
    </Card>
  );
}

type How = 'retry' | 'dead_letter' | 'delete';

function Blocked({ queue, changed }: { queue: Queue; changed: () => void }) {
  const deciding = useSignal<string | null>(null),
    how = useSignal<How>('retry');
  const send = useIntent();
  const choices: [How, string][] = [
    ['retry', t('how_retry')],
    ...(queue.dead_letter_queue ? [['dead_letter', t('how_dead')] as [How, string]] : []),
    ['delete', t('how_delete')],
  ];
  if (!queue.blocked?.length) return null;
  const group = deciding.value;
  return (
    <Card title={t('blocked_title')} class="attention">
      <p class="soft">{t('blocked_lead')}</p>
      <ul class="run-lines">
        {queue.blocked.map((b) => (
          <li key={b.group} class="row">
            <Chip tone="bad">{t('group')}</Chip>
            <b>{b.group}</b>
            <Link to={queueHref(queue.name, `?from=${b.position}`)}>{t('look')}</Link>
            <Button onClick={() => (deciding.value = b.group)}>{t('decide')}</Button>
          </li>
        ))}
      </ul>
      {queue.blocked_groups > queue.blocked.length && (
        <p class="small soft">{t('blocked_others', { n: queue.blocked_groups - queue.blocked.length })}</p>
      )}
      {group !== null && (
        <Confirm
          title={t('unblock', { group })}
          action={t('resume')}
          danger={how.value === 'delete'}
          reason={t('reason')}
          hint={t('reason_hint')}
          onClose={() => (deciding.value = null)}
          run={async (reason) => {
            const body = { group, how: how.value, reason: reason || undefined };
            await send(queuePath(queue.name, '/resume'), body);
            tell(t('unblocked', { group }));
            changed();
          }}
        >
          <fieldset class="run-set">
            <legend>{t('unblock_how')}</legend>
            {choices.map(([value, text]) => (
              <label key={value} class="check">
                <input
                  type="radio"
                  name="how"
                  checked={how.value === value}
                  onChange={() => (how.value = value)}
                />
                <span>{text}</span>
              </label>
            ))}
          </fieldset>
        </Confirm>
      )}
    </Card>
  );
}

function Figures({ of: q }: { of: Queue }) {
  const figure = (n: string, what: string) => (
    <div class="figure">
      <b>{n}</b>
      <span>{what}</span>
    </div>
  );
  return (
    <div class="figures">
      {figure(number(q.visible), t('visible'))}
      {figure(number(q.in_flight), t('in_flight'))}
      {figure(number(q.delayed), t('delayed'))}
      {figure(q.oldest_age_ms === undefined ? '–' : lasting(q.oldest_age_ms), t('oldest'))}
      {figure(number(q.waiting), t('waiting'))}
      {q.held_groups > 0 && figure(number(q.held_groups), t('held'))}
    </div>
  );
}

function About({ of: q }: { of: Queue }) {
  if (!q.dead_letter_queue && !q.owner && !q.runbook) return null;
  const safe = q.runbook && /^https?:\/\//.test(q.runbook);
  return (
    <p class="about small soft">
      {q.owner && (
        <span>
          {t('owner')}: {q.owner}
        </span>
      )}
      {q.dead_letter_queue && (
        <span>
          {t('dlq')}: <Link to={queueHref(q.dead_letter_queue)}>{q.dead_letter_queue}</Link>
        </span>
      )}
      {q.runbook && (
        <span>
          {t('runbook')}:{' '}
          {safe ? (
            <a href={q.runbook} rel="noreferrer" target="_blank">
              {q.runbook}
            </a>
          ) : (
            q.runbook
          )}
        </span>
      )}
    </p>
  );
}

type Doing = 'send' | 'purge' | 'delete' | 'back' | 'pause' | 'resume' | null;

/** What is lost, before it is. */
function Lost({ of: q }: { of: Queue }) {
  const first = useLoad(
    (signal) => get<{ messages: { body: string }[] }>(queuePath(q.name, '/messages'), { limit: 1 }, signal),
    [q.name],
  );
  const body = first.data?.messages[0]?.body;
  return (
    <>
      <p>
        <b>
          {t('goes', {
            n: number(q.visible + q.in_flight + q.delayed),
            visible: number(q.visible),
            in_flight: number(q.in_flight),
            delayed: number(q.delayed),
          })}
        </b>
      </p>
      {body !== undefined && (
        <div class="sample">
          <p class="small soft">{t('sample')}</p>
          <pre>{body.slice(0, 400)}</pre>
        </div>
      )}
    </>
  );
}

/** Pauses it, or lets it go on. */
function Switch({
  queue: q,
  what,
  onClose,
  changed,
}: {
  queue: Queue;
  what: 'pause' | 'resume';
  onClose: () => void;
  changed: () => void;
}) {
  const send = useIntent();
  return (
    <Confirm
      title={t(`${what}_title`, { name: q.name })}
      action={t(what)}
      reason={t('reason')}
      hint={t('reason_hint')}
      onClose={onClose}
      run={async (reason) => {
        await send(queuePath(q.name, `/${what}`), reason ? { reason } : {});
        tell(t(what === 'pause' ? 'paused' : 'resumed', { name: q.name }));
        changed();
      }}
    >
      <p>{t(`${what}_text`, { n: number(q.visible) })}</p>
    </Confirm>
  );
}

function View({ of: q, again }: { of: Queue; again: () => void }) {
  const doing = useSignal<Doing>(null);
  const send = useIntent();
  const moves = useMoves(q.name);
  const tab = place.value.query.get('tab') ?? 'messages';
  const close = () => (doing.value = null);
  const moving = moves.data?.filter((m) => m.state === 'RUNNING' || m.state === 'PAUSED').length ?? 0;
  return (
    <Page
      title={
        <>
          {q.name} <QueueState of={q} />
        </>
      }
      lead={q.purpose}
      back={{ to: '/queues', text: t('queues') }}
      actions={
        <>
          <Button tone="primary" icon="send" onClick={() => (doing.value = 'send')}>
            {t('send')}
          </Button>
          {q.visible > 0 && q.is_dlq && (
            <Button icon="back" onClick={() => (doing.value = 'back')}>
              {t('back')}
            </Button>
          )}
          {q.paused ? (
            <Button icon="play" onClick={() => (doing.value = 'resume')}>
              {t('resume')}
            </Button>
          ) : (
            <Button icon="pause" onClick={() => (doing.value = 'pause')}>
              {t('pause')}
            </Button>
          )}
          <Button tone="danger" onClick={() => (doing.value = 'purge')}>
            {t('purge')}
          </Button>
          <Button tone="danger" icon="trash" onClick={() => (doing.value = 'delete')}>
            {t('remove')}
          </Button>
        </>
      }
    >
      <About of={q} />
      <Card>
        <Figures of={q} />
      </Card>
      {q.push_state?.breaker === 'open' && (
        <div class="trouble" role="status">
          <p>
            {t('breaker', { url: q.push?.url ?? '', n: q.push_state.failures })}{' '}
            <Time at={q.push_state.open_until} />
          </p>
        </div>
      )}
      <Blocked queue={q} changed={again} />
      <Course queue={q.name} />
      <Tabs
        tabs={[
          { id: 'messages', text: t('messages'), count: q.visible + q.in_flight + q.delayed },
          { id: 'errors', text: t('errors') },
          { id: 'moves', text: t('moves'), count: moving },
          { id: 'receivers', text: t('receivers') },
          { id: 'settings', text: t('settings') },
        ]}
      />
      {tab === 'messages' && <Messages queue={q} changed={again} />}
      {tab === 'errors' && (
        <Card>
          <Errors
            queue={q.name}
            onStarted={() => {
              again();
              go(queueHref(q.name, '?tab=moves'));
            }}
          />
        </Card>
      )}
      {tab === 'moves' && (
        <Card>
          <Moves of={moves} />
        </Card>
      )}
      {tab === 'receivers' && <Receivers queue={q} />}
      {tab === 'settings' && <Settings queue={q} changed={again} />}
      {doing.value === 'send' && <SendMessage queue={q} onClose={close} onSent={again} />}
      {doing.value === 'back' && (
        <Redrive queue={q.name} onClose={close} onStarted={() => go(queueHref(q.name, '?tab=moves'))} />
      )}
      {(doing.value === 'pause' || doing.value === 'resume') && (
        <Switch queue={q} what={doing.value} onClose={close} changed={again} />
      )}
      {doing.value === 'purge' && (
        <Danger
          title={t('purge_title', { name: q.name })}
          name={q.name}
          action={t('purge')}
          onClose={close}
          run={async (reason) => {
            await send(queuePath(q.name, '/purge'), reason ? { reason } : {});
            tell(t('purged', { name: q.name }));
            again();
          }}
        >
          <Lost of={q} />
        </Danger>
      )}
      {doing.value === 'delete' && (
        <Danger
          title={t('remove_title', { name: q.name })}
          name={q.name}
          action={t('remove')}
          onClose={close}
          run={async (reason) => {
            await request('DELETE', queuePath(q.name), { query: { reason } });
            tell(t('removed', { name: q.name }));
            go('/queues');
          }}
        >
          <Lost of={q} />
          <p>{t('goes_queue')}</p>
        </Danger>
      )}
    </Page>
  );
}

/** With what a list knows of it: whether others send their dead letters here. */
async function load(name: string, signal: AbortSignal): Promise<Queue> {
  const [q, list] = await Promise.all([
    get<Queue>(queuePath(name), {}, signal),
    get<{ queues: { name: string; is_dlq: boolean }[] }>('/v1/queues', { prefix: name, limit: 1 }, signal),
  ]);
  const row = list.queues.find((x) => x.name === name);
  return { ...q, is_dlq: row?.is_dlq ?? false, breaker: q.push_state?.breaker, fifo: q.fifo_queue === true };
}

export default function QueuePage({ args }: { args: Args }) {
  const name = args.name!;
  const queue = useLoad((signal) => load(name, signal), [name], 3000);
  if (queue.data === undefined)
    return (
      <Page title={name} back={{ to: '/queues', text: t('queues') }}>
        <Show of={queue}>{() => null}</Show>
      </Page>
    );
  return <View of={queue.data} again={queue.again} />;
}
