// job.tsx - one job: what it was given, every attempt, what came of it, and the chain it is in.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { get, seg, send as request } from '../lib/api';
import { plain, readExact, writeExact, type Exact } from '../lib/exact';
import { lasting, number } from '../lib/format';
import { useIntent } from '../lib/change';
import { stateTones, stateWords, type Attempt, type Group, type Job } from '../lib/jobs';
import { useLoad } from '../lib/load';
import { queueHref } from '../lib/queues';
import { texts } from '../lib/text';
import { Body, command, CopyAs, curl } from '../parts/run';
import { Button, Card, Chip, Confirm, Link, Page, Show, Time } from '../parts/parts';
import { tell } from '../parts/toast';
import type { Args } from './pages';

const t = texts({
  jobs: ['Jobs', 'ジョブ'],
  job: ['Job', 'ジョブ'],
  cancel: ['Cancel the job', 'ジョブを取り消す'],
  cancel_title: ['Cancel this job?', 'このジョブを取り消しますか'],
  cancel_text: [
    'One that waits ends at once; the worker of one that runs is told.',
    '待機中ならすぐに終わり、実行中ならワーカーに伝えます。',
  ],
  retry: ['Try again', '再実行する'],
  retry_title: ['Try this job again?', 'このジョブを再実行しますか'],
  retry_text: ['It goes back into {queue} with the payload that it had.', '同じ内容で {queue} に戻します。'],
  reason: ['Reason', '理由'],
  canceled: ['It is canceled, or its worker is told', '取り消しました（実行中ならワーカーに通知）'],
  retried: ['It waits again', '再び待機中になりました'],
  attempts: ['Attempts', '試行'],
  none: ['Nobody has begun it yet.', 'まだ開始されていません。'],
  payload: ['Payload', '入力'],
  result: ['Result', '結果'],
  queue: ['Queue', 'キュー'],
  made: ['Made', '作成'],
  by: ['By', '依頼者'],
  due: ['Not before', '開始予定'],
  ended: ['Ended', '終了'],
  lease: ['Lease until', '処理期限'],
  asked: ['Cancel asked', '取消依頼'],
  labels: ['Labels', 'ラベル'],
  parent: ['Parent', '親ジョブ'],
  trace: ['Trace', 'トレース'],
  chain: ['The chain it is part of', '関連するジョブ'],
  group: ['Its group', 'グループの進み具合'],
  members: ['{done} of {total} have ended', '{total} 件中 {done} 件が終了'],
  see: ['Show its jobs', 'ジョブを表示'],
  log: ['Log', 'ログ'],
});

/** The job, and the texts of what it was given and what came of it, to the last digit. */
interface Shown {
  job: Job;
  payload?: string;
  result?: string;
  group?: Group;
  chain: Job[];
}

async function load(id: string, signal: AbortSignal): Promise<Shown> {
  const r = await request('GET', `/v1/jobs/${seg(id)}`, { signal });
  const exact = readExact(await r.text()) as Map<string, Exact>;
  const text = (k: string) => (exact.has(k) ? writeExact(exact.get(k)!) : undefined);
  const shown: Shown = {
    job: plain(exact) as Job,
    payload: text('payload'),
    result: text('result'),
    chain: [],
  };
  const { job } = shown;
  [shown.group, shown.chain] = await Promise.all([
    job.group ? get<Group>(`/v1/groups/${job.group}`, {}, signal).catch(() => undefined) : undefined,
    get<{ jobs: Job[] }>('/v1/jobs', { trace: job.trace_id, limit: 200 }, signal).then(
      (x) => x.jobs,
      () => [],
    ),
  ]);
  return shown;
}

function One({ of: a }: { of: Attempt }) {
  const tone = a.outcome in stateTones ? stateTones[a.outcome as keyof typeof stateTones] : 'warn';
  return (
    <li class={`attempt ${tone}`}>
      <div class="row">
        <b>{number(a.number)}</b>
        <Chip tone={tone}>{stateWords(a.outcome)}</Chip>
        {a.worker && <span>{a.worker}</span>}
        <span class="small soft">
          <Time at={a.started_at} both />
          {a.ended_at && ` · ${lasting(Math.max(0, Date.parse(a.ended_at) - Date.parse(a.started_at)))}`}
        </span>
      </div>
      {a.error && (
        <p class="bad-text">
          <b class="mono">{a.error.code}</b> {a.error.message}
        </p>
      )}
      {a.log && (
        <details>
          <summary>{t('log')}</summary>
          <pre>{a.log}</pre>
        </details>
      )}
    </li>
  );
}

function Bars({ of: g }: { of: Group }) {
  const parts = [
    ['SUCCEEDED', g.succeeded],
    ['FAILED', g.failed],
    ['CANCELED', g.canceled],
    ['RUNNING', g.running ?? 0],
    ['PENDING', g.pending ?? 0],
  ] as const;
  return (
    <>
      <p>{t('members', { done: number(g.succeeded + g.failed + g.canceled), total: number(g.total) })}</p>
      <ul class="bars">
        {parts.map(
          ([s, n]) =>
            n > 0 && (
              <li key={s}>
                <span>{stateWords(s)}</span>
                <progress class={stateTones[s]} max={g.total} value={n} aria-label={stateWords(s)} />
                <b class="num">{number(n)}</b>
              </li>
            ),
        )}
      </ul>
      <p>
        <Link to={`/jobs?group=${g.id}`}>{t('see')}</Link>
      </p>
    </>
  );
}

function Tree({ of: jobs, at, under }: { of: readonly Job[]; at: string; under?: string }) {
  const known = new Set(jobs.map((j) => j.id));
  const here = jobs
    .filter((j) => (under === undefined ? !j.parent || !known.has(j.parent) : j.parent === under))
    .sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
  if (here.length === 0) return null;
  return (
    <ul class="run-tree">
      {here.map((j) => (
        <li key={j.id}>
          <span class="row">
            <Chip tone={stateTones[j.state]}>{stateWords(j.state)}</Chip>
            {j.id === at ? <b>{j.queue}</b> : <Link to={`/jobs/${j.id}`}>{j.queue}</Link>}
            <span class="small soft">
              <Time at={j.created_at} />
            </span>
          </span>
          <Tree of={jobs} at={at} under={j.id} />
        </li>
      ))}
    </ul>
  );
}

function Facts({ of: j }: { of: Job }) {
  const rows: [string, ComponentChildren][] = [[t('queue'), <Link to={queueHref(j.queue)}>{j.queue}</Link>]];
  const time = (name: string, at?: string) => at && rows.push([name, <Time at={at} both />]);
  time(t('made'), j.created_at);
  if (j.requested_by) rows.push([t('by'), j.requested_by]);
  time(t('due'), j.execute_at);
  time(t('lease'), j.state === 'RUNNING' ? j.lease_until : undefined);
  time(t('asked'), j.cancel_requested_at);
  time(t('ended'), j.finished_at);
  if (j.parent)
    rows.push([
      t('parent'),
      <Link class="mono" to={`/jobs/${j.parent}`}>
        {j.parent}
      </Link>,
    ]);
  rows.push([
    t('trace'),
    <Link class="mono" to={`/jobs?trace=${j.trace_id}`}>
      {j.trace_id}
    </Link>,
  ]);
  if (j.labels)
    rows.push([
      t('labels'),
      <span class="labels">
        {Object.entries(j.labels).map(([k, v]) => (
          <Link key={k} class="label" to={`/jobs?label=${encodeURIComponent(`${k}=${v}`)}`}>
            {k}={v}
          </Link>
        ))}
      </span>,
    ]);
  return (
    <dl class="facts run-facts">
      {rows.map(([name, what]) => (
        <>
          <dt>{name}</dt>
          <dd>{what}</dd>
        </>
      ))}
    </dl>
  );
}

function View({ of: s, again }: { of: Shown; again: () => void }) {
  const asking = useSignal<'cancel' | 'retry' | null>(null);
  const send = useIntent();
  const { job: j } = s;
  const open = j.state === 'PENDING' || j.state === 'RUNNING';
  const what = asking.value;
  return (
    <Page
      title={
        <>
          {t('job')} <span class="mono">…{j.id.slice(-12)}</span>{' '}
          <Chip tone={stateTones[j.state]}>{stateWords(j.state)}</Chip>
        </>
      }
      lead={j.error ? `${j.error.code}: ${j.error.message ?? ''}` : j.message}
      back={{ to: '/jobs', text: t('jobs') }}
      actions={
        <>
          {j.state === 'FAILED' && (
            <Button tone="primary" icon="refresh" onClick={() => (asking.value = 'retry')}>
              {t('retry')}
            </Button>
          )}
          {open && (
            <Button tone="danger" onClick={() => (asking.value = 'cancel')}>
              {t('cancel')}
            </Button>
          )}
        </>
      }
    >
      {j.state === 'RUNNING' && j.progress !== undefined && (
        <div class="progress">
          <progress max={1} value={j.progress} aria-label={stateWords(j.state)} />
          <span class="num">{number(Math.round(j.progress * 100))} %</span>
        </div>
      )}
      <div class="grid">
        <Card title={t('attempts')}>
          {j.history?.length ? (
            <ol class="attempts">
              {j.history.map((a) => (
                <One key={a.number} of={a} />
              ))}
            </ol>
          ) : (
            <p class="soft">{t('none')}</p>
          )}
        </Card>
        <Card title={t('job')}>
          <Facts of={j} />
        </Card>
      </div>
      {s.group && (
        <Card title={t('group')}>
          <Bars of={s.group} />
        </Card>
      )}
      <div class="grid">
        {s.payload !== undefined && (
          <Card title={t('payload')}>
            <Body text={s.payload} label={t('payload')} />
          </Card>
        )}
        {s.result !== undefined && (
          <Card title={t('result')}>
            <Body text={s.result} label={t('result')} />
          </Card>
        )}
      </div>
      {s.chain.length > 1 && (
        <Card title={t('chain')}>
          <Tree of={s.chain} at={j.id} />
        </Card>
      )}
      <CopyAs curl={curl(`/v1/jobs/${j.id}`)} cli={command('ringi', 'job', 'show', j.id)} />
      {what && (
        <Confirm
          title={t(what === 'cancel' ? 'cancel_title' : 'retry_title')}
          action={t(what)}
          danger={what === 'cancel'}
          reason={t('reason')}
          onClose={() => (asking.value = null)}
          run={async (reason) => {
            await send(`/v1/jobs/${j.id}/${what}`, reason ? { reason } : {});
            tell(t(what === 'cancel' ? 'canceled' : 'retried'));
            again();
          }}
        >
          <p>{what === 'cancel' ? t('cancel_text') : t('retry_text', { queue: j.queue })}</p>
        </Confirm>
      )}
    </Page>
  );
}

export default function JobPage({ args }: { args: Args }) {
  const id = args.id!;
  const job = useLoad((signal) => load(id, signal), [id], 2000);
  if (job.data === undefined)
    return (
      <Page title={t('job')} back={{ to: '/jobs', text: t('jobs') }}>
        <Show of={job}>{() => null}</Show>
      </Page>
    );
  return <View of={job.data} again={job.again} />;
}
