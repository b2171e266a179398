// jobs.tsx - jobs, newest first, found by queue, state, label, words and time. The address is
// the question.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get, Problem, post, seg } from '../lib/api';
import { csv } from '../lib/csv';
import { states, stateTones, stateWords, type Job } from '../lib/jobs';
import { useLoad } from '../lib/load';
import { queueHref } from '../lib/queues';
import { ask, place } from '../lib/router';
import { sweepEach, sweepQuery } from '../lib/sweep';
import { texts } from '../lib/text';
import { Button, Chip, Empty, Link, More, Page, Show, Time, Trouble } from '../parts/parts';
import { Rows } from '../parts/rows';
import { command, CopyAs, curl } from '../parts/run';
import { ChosenBar, Pick, PickAll, Sweep, useChosen, type Chosen, type Total } from '../parts/select';
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
  cancel: ['Cancel…', '取り消す…'],
  retry: ['Try again…', '再実行…'],
  cancel_title: ['Cancel these jobs?', '選んだジョブを取り消しますか'],
  retry_title: ['Try these jobs again?', '選んだジョブを再実行しますか'],
  cancel_go: ['Cancel the jobs', 'ジョブを取り消す'],
  retry_go: ['Try them again', '再実行する'],
  cancel_text: [
    'Those that wait end at once; the workers of those that run are told.',
    '待機中のものはすぐに終わり、実行中のものはワーカーに伝えます。',
  ],
  retry_text: [
    'Each goes back into its queue with the payload that it had.',
    'それぞれ同じ内容で元のキューに戻ります。',
  ],
  only_open: ['Only those that wait or run are looked at.', '待機中と実行中のものだけが対象です。'],
  only_failed: ['Only those that failed are looked at.', '失敗したものだけが対象です。'],
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

function JobTable({ jobs, chosen }: { jobs: readonly Job[]; chosen: Chosen }) {
  return (
    <div class="card flush scroll">
      <Rows class="rows">
        <thead>
          <tr>
            <th class="pick-col">
              <PickAll of={chosen} ids={jobs.map((j) => j.id)} />
            </th>
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
              <td class="pick-col">
                <Pick of={chosen} id={j.id} what={`…${j.id.slice(-12)}`} />
              </td>
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

type What = 'cancel' | 'retry';
const isOpen = (j: Job) => j.state === 'PENDING' || j.state === 'RUNNING';
const fits = { cancel: isOpen, retry: (j: Job) => j.state === 'FAILED' };
const MOST_COUNTED = 10_000;

/** The filters of the address as the operations on many take them. */
function asQuery(query: Record<string, string>, what: What): Record<string, unknown> {
  const of: Record<string, unknown> = {};
  const labels: Record<string, string> = {};
  for (const [k, v] of Object.entries(query))
    if (k.startsWith('label.')) labels[k.slice('label.'.length)] = v;
    else of[k] = v;
  if (Object.keys(labels).length) of.labels = labels;
  const wanted = what === 'cancel' ? ['PENDING', 'RUNNING'] : ['FAILED'];
  of.state = wanted.filter((s) => !query.state || query.state === s).join(',');
  return of;
}

interface Canceled {
  canceled: number;
  asked: number;
}
interface Redriven {
  matched: number;
  retried: number;
  refused: number;
}

/** Dry: counts what the server would take, as far as is reasonable. */
async function count(query: Record<string, string>, what: What, signal: AbortSignal): Promise<Total> {
  const of = asQuery(query, what);
  if (of.state === '') return { n: 0 };
  if (what === 'retry') {
    const body = { query: of, dry_run: true };
    const step = (s: Redriven) => ({ done: s.matched });
    const r = await sweepQuery('/v1/jobs:redrive', body, step, () => {}, signal, MOST_COUNTED);
    return { n: r.done, more: r.more };
  }
  let n = 0,
    cursor: string | undefined;
  do {
    const r: Found = await get('/v1/jobs', { ...query, state: String(of.state), limit: 200, cursor }, signal);
    n += r.jobs.length;
    cursor = r.cursor;
  } while (cursor && n < MOST_COUNTED);
  return { n, more: cursor !== undefined };
}

/** Something is done to those that were chosen, or to all that the question finds. */
function Many({
  what,
  of,
  query,
  onClose,
}: {
  what: What;
  /** null: all that match. */
  of: Job[] | null;
  query: Record<string, string>;
  onClose: (done: boolean) => void;
}) {
  const counted = useLoad<Total>(
    (signal) => (of ? Promise.resolve({ n: of.length }) : count(query, what, signal)),
    [],
  );
  const first = useLoad<Job[]>(async (signal) => {
    if (of) return of.slice(0, 5);
    const state = String(asQuery(query, what).state);
    return state ? (await get<Found>('/v1/jobs', { ...query, state, limit: 5 }, signal)).jobs : [];
  }, []);
  const name = (j: Job) => `…${j.id.slice(-12)}  ${j.queue}`;
  return (
    <Sweep
      title={t(`${what}_title`)}
      action={t(`${what}_go`)}
      danger={what === 'cancel'}
      total={counted.data}
      sample={(first.data ?? []).map((j) => `${name(j)}  ${stateWords(j.state)}`)}
      onClose={onClose}
      run={(reason, tell, stop) => {
        if (of)
          return sweepEach(
            of,
            name,
            (j, id) => post(`/v1/jobs/${seg(j.id)}/${what}`, { reason }, id),
            tell,
            stop,
          );
        const body = { query: asQuery(query, what), reason };
        return what === 'cancel'
          ? sweepQuery('/v1/jobs:cancel', body, (s: Canceled) => ({ done: s.canceled + s.asked }), tell, stop)
          : sweepQuery(
              '/v1/jobs:redrive',
              body,
              (s: Redriven) => ({ done: s.retried, refused: s.refused }),
              tell,
              stop,
            );
      }}
    >
      <p>{t(`${what}_text`)}</p>
      <p class="soft">{t(what === 'cancel' ? 'only_open' : 'only_failed')}</p>
      {counted.problem && <Trouble problem={counted.problem} again={counted.again} />}
    </Sweep>
  );
}

const table = (jobs: readonly Job[]) =>
  csv(
    [
      'id',
      'queue',
      'state',
      'attempts',
      'created_at',
      'finished_at',
      'requested_by',
      'error',
      'message',
      'labels',
    ],
    jobs.map((j) => [
      j.id,
      j.queue,
      j.state,
      j.attempts,
      j.created_at,
      j.finished_at,
      j.requested_by,
      j.error?.code,
      j.error?.message ?? j.message,
      Object.entries(j.labels ?? {})
        .map(([k, v]) => `${k}=${v}`)
        .join('; '),
    ]),
  );

/** The same question for the command line, as far as it can ask it. */
function cli(query: Record<string, string>): string {
  const words = ['ringi', 'job', 'list'];
  for (const [k, v] of Object.entries(query))
    if (k === 'q') words.push('--text', v);
    else if (k !== 'group' && !k.startsWith('label.')) words.push(`--${k}`, v);
    else if (k.startsWith('label.')) words.push('--label', `${k.slice('label.'.length)}=${v}`);
  return command(...words);
}

function List({
  first,
  query,
  changed,
}: {
  first: Found;
  query: Record<string, string>;
  changed: () => void;
}) {
  const chosen = useChosen(JSON.stringify(query)),
    asking = useSignal<{ what: What; of: Job[] | null } | null>(null);
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
      <JobTable jobs={jobs} chosen={chosen} />
      {problem.value && <Trouble problem={problem.value} />}
      {cursor.value && <More busy={busy.value} onClick={() => void next()} />}
      <ChosenBar of={chosen} chooseAll={() => (chosen.all.value = true)}>
        {(['retry', 'cancel'] as const).map((what) => {
          const of = chosen.all.value
            ? null
            : jobs.filter((j) => chosen.ids.value.has(j.id) && fits[what](j));
          return (
            (of === null || of.length > 0) && (
              <Button
                key={what}
                tone={what === 'cancel' ? 'danger' : 'primary'}
                onClick={() => (asking.value = { what, of })}
              >
                {t(what)}
              </Button>
            )
          );
        })}
      </ChosenBar>
      {asking.value && (
        <Many
          {...asking.value}
          query={query}
          onClose={(done) => {
            asking.value = null;
            if (!done) return;
            chosen.clear();
            more.value = [];
            changed();
          }}
        />
      )}
      <CopyAs
        csv={() => table(jobs)}
        curl={curl(`/v1/jobs?${new URLSearchParams(query)}`)}
        cli={cli(query)}
      />
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
      <Show of={jobs}>{(first) => <List key={key} first={first} query={query} changed={jobs.again} />}</Show>
    </Page>
  );
}
