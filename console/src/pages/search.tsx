// search.tsx - one box for everything: the places that could know it are asked side by side, and
// what was found is shown by kind.
import type { ComponentChildren } from 'preact';
import { get, Problem, seg } from '../lib/api';
import { stateTones, stateWords, type Job } from '../lib/jobs';
import { useLoad } from '../lib/load';
import { allQueues, queueHref, type QueueRow } from '../lib/queues';
import { place } from '../lib/router';
import { texts } from '../lib/text';
import { Card, Chip, Empty, Link, Page, Show, Time } from '../parts/parts';
import { QueueState } from '../parts/queue-state';

const t = texts({
  title: ['Search', '検索'],
  for: ['What was found for “{q}”', '「{q}」の検索結果'],
  nothing: ['Nothing was found', '見つかりませんでした'],
  hint: [
    'Found are ids of jobs, approvals and groups, names of queues and people, and words of jobs.',
    'ジョブ・承認・グループのID、キュー名、人、ジョブのことばで探せます。',
  ],
  type: ['Type into the box above, or press /', '上の検索欄に入力してください（/ キーでも移動できます）'],
  queues: ['Queues', 'キュー'],
  jobs: ['Jobs', 'ジョブ'],
  approvals: ['Approvals', '承認'],
  people: ['People', '人'],
  groups: ['Groups of jobs', 'ジョブのグループ'],
  group: ['Jobs of this group', 'このグループのジョブ'],
  audit: ['What was done to it or by them', '関連する監査ログ'],
  show: ['Show the records', '記録を表示'],
});

interface Approval {
  id: string;
  subject?: string;
  state: string;
}
interface Person {
  id: string;
  name?: string;
}
interface Found {
  queues: QueueRow[];
  jobs: Job[];
  approvals: Approval[];
  people: Person[];
  group?: { id: string; total: number };
}

const UUID = /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i;

/** What is not there, or not for who asks, is not found; other failures are told. */
async function or<T>(asked: Promise<T>, none: T): Promise<T> {
  try {
    return await asked;
  } catch (e) {
    if (e instanceof Problem && [400, 403, 404, 409].includes(e.status)) return none;
    throw e;
  }
}

async function find(q: string, signal: AbortSignal): Promise<Found> {
  const id = UUID.test(q) ? q.toLowerCase() : undefined;
  const word = q.toLowerCase();
  const one = <T,>(path: string) => (id ? or(get<T | undefined>(path, {}, signal), undefined) : undefined);
  const [queues, jobs, job, approval, approvals, people, group] = await Promise.all([
    or(allQueues(signal), []),
    or(get<{ jobs: Job[] }>('/v1/jobs', { q, limit: 20 }, signal), { jobs: [] }),
    one<Job>(`/v1/jobs/${seg(q)}`),
    one<Approval>(`/v1/approvals/${seg(q)}`),
    or(get<{ approvals?: Approval[] }>('/v1/approvals', { q, limit: 20 }, signal), {}),
    or(get<{ people: Person[] }>('/v1/people', { q, limit: 20 }, signal), { people: [] }),
    one<{ id: string; total: number }>(`/v1/groups/${seg(q)}`),
  ]);
  return {
    queues: queues.filter((x) => x.name.toLowerCase().includes(word)).slice(0, 20),
    jobs: job ? [job, ...jobs.jobs.filter((j) => j.id !== job.id)] : jobs.jobs,
    approvals: approval ? [approval] : (approvals.approvals ?? []),
    people: people.people,
    group,
  };
}

function Kind({ title, items }: { title: string; items: readonly ComponentChildren[] }) {
  if (items.length === 0) return null;
  return (
    <Card title={title}>
      <ul class="run-lines">
        {items.map((x, i) => (
          <li key={i} class="row">
            {x}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Results({ of: f }: { of: Found }) {
  const none = !f.queues.length && !f.jobs.length && !f.approvals.length && !f.people.length && !f.group;
  if (none)
    return (
      <Empty icon="search" title={t('nothing')}>
        {t('hint')}
      </Empty>
    );
  return (
    <>
      <Kind
        title={t('queues')}
        items={f.queues.map((q) => (
          <>
            <Link to={queueHref(q.name)}>{q.name}</Link>
            <QueueState of={q} />
          </>
        ))}
      />
      <Kind
        title={t('approvals')}
        items={f.approvals.map((a) => (
          <>
            <Link to={`/approvals/${a.id}`}>{a.subject || a.id}</Link>
            <Chip>{a.state}</Chip>
          </>
        ))}
      />
      <Kind
        title={t('people')}
        items={f.people.map((p) => (
          <>
            <Link to={`/people/${seg(p.id)}`}>{p.name ?? p.id}</Link>
            <span class="small soft">{p.id}</span>
          </>
        ))}
      />
      <Kind
        title={t('groups')}
        items={f.group ? [<Link to={`/jobs?group=${f.group.id}`}>{t('group')}</Link>] : []}
      />
      <Kind
        title={t('jobs')}
        items={f.jobs.map((j) => (
          <>
            <Chip tone={stateTones[j.state]}>{stateWords(j.state)}</Chip>
            <Link to={`/jobs/${j.id}`} class="mono">
              {j.id}
            </Link>
            <span class="small soft">
              {j.queue} · <Time at={j.created_at} />
            </span>
          </>
        ))}
      />
    </>
  );
}

export default function Search() {
  const q = (place.value.query.get('q') ?? '').normalize('NFKC').trim();
  const found = useLoad(async (signal) => (q ? find(q, signal) : null), [q]);
  return (
    <Page title={t('title')} lead={q ? t('for', { q }) : t('type')}>
      {q && <Show of={found}>{(f) => f && <Results of={f} />}</Show>}
    </Page>
  );
}
