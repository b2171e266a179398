// overview.tsx - what needs somebody now, the worst first; each line leads to where it is done.
import type { ComponentChildren } from 'preact';
import { get } from '../lib/api';
import { lasting, number } from '../lib/format';
import type { Job } from '../lib/jobs';
import { useLoad } from '../lib/load';
import { allQueues, queueHref, type Move, type QueueRow } from '../lib/queues';
import { texts } from '../lib/text';
import { Card, Chip, Empty, Link, Page, Show, Time, type Tone } from '../parts/parts';

const t = texts({
  title: ['Overview', '概況'],
  lead: ['What needs somebody now.', 'いま対応が必要なものです。'],
  fine: ['Nothing needs you', '対応が必要なものはありません'],
  fine_hint: [
    'All queues run, and nothing lies dead.',
    'すべてのキューが稼働しており、デッドレターもありません。',
  ],
  queues: ['queues', 'キュー'],
  waiting: ['messages wait', '待機中'],
  in_flight: ['in flight', '処理中'],
  dead: ['dead letters', 'デッドレター'],
  attention: ['Needs somebody', '要対応'],
  blocked: ['Blocked', '停止'],
  blocked_what: ['Message groups that wait for a person: {n}', '{n} グループが人の対応を待っています'],
  breaker: ['Calls stopped', '送信停止'],
  breaker_what: ['Its address does not answer', '送信先が応答しません'],
  dead_chip: ['Dead letters', 'デッドレター'],
  dead_what: ['{n} could not be worked on', '{n} 件を処理できませんでした'],
  paused: ['Paused', '停止中'],
  paused_what: ['{n} waiting', '{n} 件が待機中'],
  old: ['Oldest', '滞留'],
  old_what: ['{n} wait, the oldest for {age}', '{n} 件が待機、最も古いものは {age}'],
  failed: ['Failed jobs', '失敗したジョブ'],
  none_failed: ['No job has failed.', '失敗したジョブはありません。'],
  all_failed: ['All failed jobs', '失敗したジョブをすべて見る'],
  moves: ['Moves under way', '進行中の移動'],
  of: ['{moved} of {total}', '{total} 件中 {moved} 件'],
});

interface Look {
  queues: QueueRow[];
  failed: Job[];
  moves: Move[];
}

export async function load(signal: AbortSignal): Promise<Look> {
  const or = <T,>(p: Promise<T>, none: T) => p.catch(() => none); // who may not see jobs sees the rest
  const [queues, jobs, moves] = await Promise.all([
    allQueues(signal),
    or(get<{ jobs: Job[] }>('/v1/jobs', { state: 'FAILED', limit: 8 }, signal), { jobs: [] }),
    or(get<{ moves: Move[] }>('/v1/moves', {}, signal), { moves: [] }),
  ]);
  return { queues, failed: jobs.jobs, moves: moves.moves.filter((m) => m.state === 'RUNNING') };
}

interface Line {
  key: string;
  weight: number;
  tone: Tone;
  chip: string;
  to: string;
  name: string;
  what: ComponentChildren;
}

const OLD_MS = 10 * 60_000;

/** What needs somebody, the worst first. */
export function lines(queues: readonly QueueRow[]): Line[] {
  const all: Line[] = [];
  const add = (q: QueueRow, weight: number, tone: Tone, chip: string, what: string, query = '') =>
    all.push({ key: chip + q.name, weight, tone, chip, to: queueHref(q.name, query), name: q.name, what });
  for (const q of queues) {
    const age = q.oldest_age_ms ?? 0;
    if (q.blocked_groups > 0)
      add(q, 5e9 + q.blocked_groups, 'bad', t('blocked'), t('blocked_what', { n: number(q.blocked_groups) }));
    if (q.breaker === 'open') add(q, 4e9 + q.visible, 'bad', t('breaker'), t('breaker_what'));
    if (q.is_dlq && q.visible > 0)
      add(q, 3e9 + q.visible, 'bad', t('dead_chip'), t('dead_what', { n: number(q.visible) }), '?tab=errors');
    if (q.paused) add(q, 2e9 + q.visible, 'wait', t('paused'), t('paused_what', { n: number(q.visible) }));
    else if (!q.is_dlq && q.visible > 0 && age > OLD_MS)
      add(q, 1e9 + age / 1000, 'warn', t('old'), t('old_what', { n: number(q.visible), age: lasting(age) }));
  }
  return all.sort((a, b) => b.weight - a.weight);
}

function Figures({ of }: { of: readonly QueueRow[] }) {
  const sum = (f: (q: QueueRow) => number) => number(of.reduce((n, q) => n + f(q), 0));
  const one = (to: string, n: string, what: string) => (
    <Link to={to} class="figure">
      <b>{n}</b>
      <span>{what}</span>
    </Link>
  );
  return (
    <div class="figures">
      {one('/queues', number(of.length), t('queues'))}
      {one(
        '/queues?order=visible',
        sum((q) => (q.is_dlq ? 0 : q.visible)),
        t('waiting'),
      )}
      {one(
        '/queues',
        sum((q) => q.in_flight),
        t('in_flight'),
      )}
      {one(
        '/dead',
        sum((q) => (q.is_dlq ? q.visible : 0)),
        t('dead'),
      )}
    </div>
  );
}

export default function Overview() {
  const look = useLoad(load, [], 5000);
  return (
    <Page title={t('title')} lead={t('lead')}>
      <Show of={look}>
        {({ queues, failed, moves }) => {
          const needs = lines(queues);
          return (
            <>
              <Card>
                <Figures of={queues} />
              </Card>
              {needs.length === 0 ? (
                <Card>
                  <Empty title={t('fine')}>{t('fine_hint')}</Empty>
                </Card>
              ) : (
                <Card title={t('attention')}>
                  <ul class="run-lines needs">
                    {needs.slice(0, 50).map((l) => (
                      <li key={l.key}>
                        <Chip tone={l.tone}>{l.chip}</Chip>
                        <Link to={l.to}>{l.name}</Link>
                        <span class="soft">{l.what}</span>
                      </li>
                    ))}
                  </ul>
                </Card>
              )}
              {moves.length > 0 && (
                <Card title={t('moves')}>
                  <ul class="run-lines">
                    {moves.map((m) => (
                      <li key={m.id} class="row">
                        <Link to={queueHref(m.source, '?tab=moves')}>{m.source}</Link>
                        <span>{t('of', { moved: number(m.moved), total: number(m.total ?? m.moved) })}</span>
                      </li>
                    ))}
                  </ul>
                </Card>
              )}
              <Card
                title={t('failed')}
                actions={failed.length > 0 && <Link to="/jobs?state=FAILED">{t('all_failed')}</Link>}
              >
                {failed.length === 0 ? (
                  <p class="soft">{t('none_failed')}</p>
                ) : (
                  <ul class="run-lines needs">
                    {failed.map((j) => (
                      <li key={j.id}>
                        <Chip tone="bad">{j.error?.code ?? '–'}</Chip>
                        <Link to={`/jobs/${j.id}`}>{j.queue}</Link>
                        <span class="soft">
                          {j.error?.message} <Time at={j.finished_at ?? j.created_at} />
                        </span>
                      </li>
                    ))}
                  </ul>
                )}
              </Card>
            </>
          );
        }}
      </Show>
    </Page>
  );
}
