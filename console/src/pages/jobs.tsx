// jobs.tsx - jobs, newest first, found by queue, state, label, words and time. The address is
// the question.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get, Problem } from '../lib/api';
import { states, stateTones, stateWords, type Job } from '../lib/jobs';
import { useLoad } from '../lib/load';
import { queueHref } from '../lib/queues';
import { ask, place } from '../lib/router';
import { texts } from '../lib/text';
import { Chip, Empty, Link, More, Page, Show, Time, Trouble } from '../parts/parts';
import { Rows } from '../parts/rows';
import { CopyAs, curl } from '../parts/run';
import { Filter, moment } from '../parts/filter';

const t = texts({
  title: ['Jobs', 'ジョブ'],
  lead: [
    'Each message of a queue that keeps jobs, with what became of it.',
    'ジョブを記録するキューの、各メッセージのその後です。',
  ],
  words: ['Id, label, worker, error', 'ID・ラベル・ワーカー・エラー'],
  queue: ['Queue', 'キュー'],
  state: ['State', '状態'],
  all: ['All states', 'すべての状態'],
  label: ['Label, as name=value', 'ラベル（名前=値）'],
  from: ['Made from', '作成日時（から）'],
  to: ['until', '作成日時（まで）'],
  job: ['Job', 'ジョブ'],
  made: ['Made', '作成'],
  what: ['What of it', '内容'],
  attempts: ['Attempts', '試行'],
  none: ['No job matches', '一致するジョブがありません'],
  none_hint: ['Jobs are kept for queues with “track”.', 'ジョブは track を有効にしたキューで記録されます。'],
});

interface Found {
  jobs: Job[];
  cursor?: string;
}

function question(): Record<string, string> {
  const q: Record<string, string> = {};
  for (const k of ['q', 'queue', 'state', 'group', 'parent', 'trace']) {
    const v = place.value.query.get(k);
    if (v) q[k] = v;
  }
  for (const k of ['from', 'to']) {
    const v = place.value.query.get(k);
    const at = v && moment(v);
    if (at) q[k] = at;
  }
  const [name, ...value] = (place.value.query.get('label') ?? '').split('=');
  if (name && value.length) q[`label.${name}`] = value.join('=');
  return q;
}

/** A page may be short and still not the last: pages are asked for until there is something. */
async function page(query: Record<string, string>, cursor: string | undefined, signal?: AbortSignal) {
  const jobs: Job[] = [];
  for (let i = 0; i < 20 && jobs.length < 50; i++) {
    const r: Found = await get('/v1/jobs', { ...query, limit: 50, cursor }, signal);
    jobs.push(...r.jobs);
    cursor = r.cursor;
    if (!cursor) break;
  }
  return { jobs, cursor };
}

function About({ of: j }: { of: Job }) {
  return (
    <>
      {j.error && (
        <span class="bad-text">
          <b>{j.error.code}</b> {j.error.message}
        </span>
      )}
      {j.state === 'RUNNING' && j.progress !== undefined && (
        <progress max={1} value={j.progress} aria-label={stateWords(j.state)} />
      )}
      {!j.error && j.message}
      {j.labels && (
        <span class="labels">
          {Object.entries(j.labels).map(([k, v]) => (
            <Link key={k} to={`/jobs?label=${encodeURIComponent(`${k}=${v}`)}`} class="label">
              {k}={v}
            </Link>
          ))}
        </span>
      )}
    </>
  );
}

export function JobTable({ jobs }: { jobs: readonly Job[] }) {
  return (
    <div class="card flush scroll">
      <Rows class="rows">
        <thead>
          <tr>
            <th>{t('state')}</th>
            <th>{t('job')}</th>
            <th>{t('what')}</th>
            <th class="num">{t('attempts')}</th>
            <th>{t('made')}</th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((j) => (
            <tr key={j.id}>
              <td>
                <Chip tone={stateTones[j.state]}>{stateWords(j.state)}</Chip>
              </td>
              <td>
                <Link to={`/jobs/${j.id}`} class="mono nowrap">
                  …{j.id.slice(-12)}
                </Link>
                <br />
                <Link to={queueHref(j.queue)} class="small">
                  {j.queue}
                </Link>
              </td>
              <td>
                <About of={j} />
              </td>
              <td class="num">{j.attempts}</td>
              <td class="nowrap">
                <Time at={j.created_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </Rows>
    </div>
  );
}

function List({ first, query }: { first: Found; query: Record<string, string> }) {
  const more = useSignal<Job[]>([]),
    cursor = useSignal(first.cursor),
    busy = useSignal(false),
    problem = useSignal<Problem | null>(null);
  useEffect(() => {
    if (more.value.length === 0) cursor.value = first.cursor;
  }, [first]);
  const next = async () => {
    busy.value = true;
    problem.value = null;
    try {
      const r = await page(query, cursor.value);
      more.value = [...more.value, ...r.jobs];
      cursor.value = r.cursor;
    } catch (e) {
      if (!(e instanceof Problem)) throw e;
      problem.value = e;
    } finally {
      busy.value = false;
    }
  };
  const seen = new Set<string>();
  const jobs = [...first.jobs, ...more.value].filter((j) => !seen.has(j.id) && seen.add(j.id));
  if (jobs.length === 0)
    return (
      <Empty icon="job" title={t('none')}>
        {t('none_hint')}
      </Empty>
    );
  return (
    <>
      <JobTable jobs={jobs} />
      {problem.value && <Trouble problem={problem.value} />}
      {cursor.value && <More busy={busy.value} onClick={() => void next()} />}
    </>
  );
}

export default function Jobs() {
  const query = question();
  const key = JSON.stringify(query);
  const jobs = useLoad((signal) => page(query, undefined, signal), [key], 5000);
  return (
    <Page title={t('title')} lead={t('lead')}>
      <div class="filters" role="search">
        <Filter name="q" label={t('words')} />
        <select
          aria-label={t('state')}
          value={place.value.query.get('state') ?? ''}
          onChange={(e) => ask({ state: e.currentTarget.value })}
        >
          <option value="">{t('all')}</option>
          {states.map((s) => (
            <option key={s} value={s}>
              {stateWords(s)}
            </option>
          ))}
        </select>
        <Filter name="queue" label={t('queue')} />
        <Filter name="label" label={t('label')} />
        <Filter name="from" label={t('from')} time />
        <Filter name="to" label={t('to')} time />
      </div>
      <Show of={jobs}>{(first) => <List key={key} first={first} query={query} />}</Show>
      <CopyAs curl={curl(`/v1/jobs?${new URLSearchParams(query)}`)} />
    </Page>
  );
}
