// queues.tsx - all queues: as many as there are, found by name, the one that needs somebody first.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { put, type Problem } from '../lib/api';
import { csv } from '../lib/csv';
import { lasting, number } from '../lib/format';
import { useLoad } from '../lib/load';
import { allQueues, queueHref, queuePath, type QueueRow } from '../lib/queues';
import { ask, go, place } from '../lib/router';
import { texts } from '../lib/text';
import { Button, Dialog, Empty, Field, Link, Page, Show, Trouble } from '../parts/parts';
import { command, CopyAs, curl } from '../parts/run';
import { QueueSpark } from '../parts/queue-spark';
import { QueueState } from '../parts/queue-state';
import { tell } from '../parts/toast';
import { Windowed } from '../parts/windowed';

const t = texts({
  title: ['Queues', 'キュー'],
  lead: ['{n} queues, {m} messages wait', '{n} 件のキュー、待機中のメッセージ {m} 件'],
  filter: ['Filter by name', '名前で絞り込み'],
  which: ['Which', '表示するもの'],
  all: ['All', 'すべて'],
  attention: ['Need attention', '要対応'],
  dead: ['Dead letters', 'デッドレター'],
  order: ['Order', '並び順'],
  by_name: ['By name', '名前順'],
  by_visible: ['Most waiting first', '待機が多い順'],
  by_age: ['Oldest first', '古い順'],
  name: ['Name', '名前'],
  visible: ['Waiting', '待機中'],
  in_flight: ['In flight', '処理中'],
  delayed: ['Delayed', '遅延'],
  oldest: ['Oldest', '最も古い'],
  state: ['State', '状態'],
  course: ['Last hour', '直近1時間'],
  dlq: ['Dead letters go to', 'デッドレター先'],
  make: ['Make a queue', 'キューを作る'],
  none: ['No queue yet', 'キューはまだありません'],
  none_hint: [
    'A queue is made here, or by the first program that asks for one.',
    'ここで作るか、プログラムから作成できます。',
  ],
  no_match: ['No queue matches', '一致するキューがありません'],
  fifo: ['In order (FIFO): one message of a group at a time', '順序を守る（FIFO）: グループごとに1件ずつ'],
  track: [
    'Keep a job for each message: state, attempts, result',
    'メッセージごとにジョブを記録する（状態、試行、結果）',
  ],
  with_dead: ['With a dead-letter queue of its own', '専用のデッドレターキューも作る'],
  receives: ['Tries before a message is set aside', 'デッドレターに移すまでの試行回数'],
  timeout: ['Seconds a worker has for a message', '1件の処理に使える秒数'],
  purpose: ['What it is for', '目的'],
  cancel: ['Cancel', 'キャンセル'],
  made: ['{name} was made', '{name} を作りました'],
  name_hint: ['Letters, digits, - and _; up to 80', '英数字、- と _。80文字まで'],
});

const needs = (q: QueueRow) =>
  q.paused || q.blocked_groups > 0 || q.breaker === 'open' || (q.is_dlq && q.visible > 0);

function chosen(all: readonly QueueRow[], name: string, which: string, order: string): QueueRow[] {
  const words = name.toLowerCase().split(/\s+/).filter(Boolean);
  const of = all.filter(
    (q) =>
      words.every((w) => q.name.toLowerCase().includes(w)) &&
      (which === 'attention' ? needs(q) : which === 'dead' ? q.is_dlq : true),
  );
  if (order === 'visible') of.sort((a, b) => b.visible - a.visible);
  if (order === 'age') of.sort((a, b) => (b.oldest_age_ms ?? -1) - (a.oldest_age_ms ?? -1));
  return of;
}

function Check({
  name,
  children,
  on,
  change,
}: {
  name: string;
  children: string;
  on: boolean;
  change: (on: boolean) => void;
}) {
  return (
    <label class="check">
      <input type="checkbox" name={name} checked={on} onChange={(e) => change(e.currentTarget.checked)} />
      <span>{children}</span>
    </label>
  );
}

function Make({ onClose }: { onClose: () => void }) {
  const name = useSignal(''),
    purpose = useSignal(''),
    timeout = useSignal('30'),
    receives = useSignal('3'),
    fifo = useSignal(false),
    track = useSignal(false),
    dead = useSignal(true),
    busy = useSignal(false),
    problem = useSignal<Problem | null>(null);
  const submit = async (e: Event) => {
    e.preventDefault();
    const stem = name.value
      .normalize('NFKC')
      .trim()
      .replace(/\.fifo$/, '');
    const end = fifo.value || /\.fifo$/.test(name.value.trim()) ? '.fifo' : '';
    const body: Record<string, unknown> = {
      visibility_timeout: timeout.value.normalize('NFKC').trim(),
      track: track.value,
    };
    if (purpose.value.trim()) body.purpose = purpose.value.trim();
    busy.value = true;
    problem.value = null;
    try {
      if (dead.value) {
        await put(queuePath(`${stem}-dead${end}`), {});
        body.dead_letter_queue = `${stem}-dead${end}`;
        body.max_receives = receives.value.normalize('NFKC').trim();
      }
      await put(queuePath(stem + end), body);
      tell(t('made', { name: stem + end }));
      go(queueHref(stem + end));
    } catch (x) {
      problem.value = x as Problem;
    } finally {
      busy.value = false;
    }
  };
  return (
    <Dialog title={t('make')} onClose={onClose}>
      <form onSubmit={submit}>
        <Field label={t('name')} hint={t('name_hint')}>
          {(id, by) => (
            <input
              id={id}
              aria-describedby={by}
              required
              autocapitalize="none"
              spellcheck={false}
              value={name.value}
              onInput={(e) => {
                name.value = e.currentTarget.value;
              }}
            />
          )}
        </Field>
        <Field label={t('purpose')}>
          {(id) => (
            <input
              id={id}
              value={purpose.value}
              onInput={(e) => {
                purpose.value = e.currentTarget.value;
              }}
            />
          )}
        </Field>
        <Check name="fifo" on={fifo.value} change={(v) => (fifo.value = v)}>
          {t('fifo')}
        </Check>
        <Check name="track" on={track.value} change={(v) => (track.value = v)}>
          {t('track')}
        </Check>
        <Check name="dead" on={dead.value} change={(v) => (dead.value = v)}>
          {t('with_dead')}
        </Check>
        <div class="run-pair">
          <Field label={t('timeout')}>
            {(id) => (
              <input
                id={id}
                inputMode="numeric"
                value={timeout.value}
                onInput={(e) => {
                  timeout.value = e.currentTarget.value;
                }}
              />
            )}
          </Field>
          {dead.value && (
            <Field label={t('receives')}>
              {(id) => (
                <input
                  id={id}
                  inputMode="numeric"
                  value={receives.value}
                  onInput={(e) => {
                    receives.value = e.currentTarget.value;
                  }}
                />
              )}
            </Field>
          )}
        </div>
        {problem.value && <Trouble problem={problem.value} />}
        <div class="dialog-actions">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" tone="primary" busy={busy.value}>
            {t('make')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const count = (n: number) => (n === 0 ? <span class="faint">0</span> : number(n));

function cells(q: QueueRow) {
  return [
    <Link to={queueHref(q.name)}>{q.name}</Link>,
    count(q.visible),
    count(q.in_flight),
    count(q.delayed),
    q.oldest_age_ms === undefined ? <span class="faint">–</span> : lasting(q.oldest_age_ms),
    <QueueState of={q} />,
    q.dead_letter_queue ? (
      <Link to={queueHref(q.dead_letter_queue)}>{q.dead_letter_queue}</Link>
    ) : (
      <span class="faint">–</span>
    ),
    <QueueSpark name={q.name} />,
  ];
}

const table = (shown: readonly QueueRow[]) =>
  csv(
    [
      'name',
      'visible',
      'in_flight',
      'delayed',
      'oldest_age_ms',
      'paused',
      'blocked_groups',
      'dead_letter_queue',
    ],
    shown.map((q) => [
      q.name,
      q.visible,
      q.in_flight,
      q.delayed,
      q.oldest_age_ms,
      String(q.paused),
      q.blocked_groups,
      q.dead_letter_queue,
    ]),
  );

function List({ all }: { all: readonly QueueRow[] }) {
  const q = place.value.query;
  const name = q.get('name') ?? '',
    which = q.get('which') ?? '',
    order = q.get('order') ?? '';
  const shown = useMemo(() => chosen(all, name, which, order), [all, name, which, order]);
  const head = [
    { text: t('name'), sorted: order === '' ? ('ascending' as const) : undefined },
    { text: t('visible'), num: true, sorted: order === 'visible' ? ('descending' as const) : undefined },
    { text: t('in_flight'), num: true },
    { text: t('delayed'), num: true },
    { text: t('oldest'), num: true, sorted: order === 'age' ? ('descending' as const) : undefined },
    { text: t('state') },
    { text: t('dlq') },
    { text: t('course') },
  ];
  return (
    <>
      <div class="filters" role="search">
        <input
          type="search"
          aria-label={t('filter')}
          placeholder={t('filter')}
          value={name}
          onInput={(e) => ask({ name: e.currentTarget.value })}
        />
        <select aria-label={t('which')} value={which} onChange={(e) => ask({ which: e.currentTarget.value })}>
          <option value="">{t('all')}</option>
          <option value="attention">{t('attention')}</option>
          <option value="dead">{t('dead')}</option>
        </select>
        <select aria-label={t('order')} value={order} onChange={(e) => ask({ order: e.currentTarget.value })}>
          <option value="">{t('by_name')}</option>
          <option value="visible">{t('by_visible')}</option>
          <option value="age">{t('by_age')}</option>
        </select>
        <span class="small soft" role="status">
          {shown.length === all.length ? '' : `${number(shown.length)} / ${number(all.length)}`}
        </span>
      </div>
      {shown.length > 0 ? (
        <Windowed
          items={shown}
          kind="of-queues"
          label={t('title')}
          head={head}
          row={cells}
          keyOf={(x) => x.name}
        />
      ) : all.length > 0 ? (
        <Empty icon="search" title={t('no_match')} />
      ) : (
        <Empty icon="queue" title={t('none')}>
          {t('none_hint')}
        </Empty>
      )}
      {all.length > 0 && (
        <CopyAs
          csv={() => table(shown)}
          curl={curl('/v1/queues?limit=1000')}
          cli={command('ringi', 'queue', 'list')}
        />
      )}
    </>
  );
}

export default function Queues() {
  const making = useSignal(false);
  const many = useSignal(false);
  const queues = useLoad(
    async (signal) => {
      const all = await allQueues(signal);
      many.value = all.length > 2000;
      return all;
    },
    [],
    many.value ? 30_000 : 4000,
  );
  const all = queues.data;
  return (
    <Page
      title={t('title')}
      lead={all && t('lead', { n: number(all.length), m: number(all.reduce((n, q) => n + q.visible, 0)) })}
      actions={
        <Button tone="primary" icon="plus" onClick={() => (making.value = true)}>
          {t('make')}
        </Button>
      }
    >
      <Show of={queues}>{(data) => <List all={data} />}</Show>
      {making.value && <Make onClose={() => (making.value = false)} />}
    </Page>
  );
}
