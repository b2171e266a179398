// receivers.tsx - who takes messages from a queue, as far as the server knows: workers of jobs by
// the name they gave, of receives over the SQS API only how many wait, and where it pushes to.
import { get } from '../lib/api';
import { number } from '../lib/format';
import type { Job } from '../lib/jobs';
import { useLoad } from '../lib/load';
import type { Queue } from '../lib/queues';
import { texts } from '../lib/text';
import { Card, Link, Show, Time } from './parts';
import { Rows } from './rows';

const t = texts({
  title: ['Who receives', '受信しているもの'],
  waiting: ['{n} receives wait for a message now.', 'いま {n} 件の受信要求がメッセージを待っています。'],
  flight: ['{n} messages are being worked on.', '{n} 件を処理中です。'],
  push: ['It calls {url}.', '{url} を呼び出します。'],
  anonymous: [
    'This queue keeps no jobs, so its receivers have no names. With “track” workers are shown here by name.',
    'このキューはジョブを記録しないため、受信側の名前はわかりません。track を有効にするとワーカー名が表示されます。',
  ],
  none: ['No worker is at work.', '処理中のワーカーはありません。'],
  worker: ['Worker', 'ワーカー'],
  nameless: ['(no name)', '（名前なし）'],
  jobs: ['Jobs', 'ジョブ'],
  since: ['Longest at work since', '最も長い処理の開始'],
  lease: ['Next lease ends', '次の処理期限'],
  more: ['Of the latest {n} running jobs.', '最新の実行中ジョブ {n} 件から。'],
});

const LOOKED_AT = 200;

interface Worker {
  name: string;
  jobs: number;
  since?: string;
  lease?: string;
}

const sooner = (a: string | undefined, b: string | undefined) =>
  a === undefined || (b !== undefined && b < a) ? b : a;

function byWorker(jobs: readonly Job[]): Worker[] {
  const all = new Map<string, Worker>();
  for (const j of jobs) {
    const name = j.worker ?? '';
    const w = all.get(name) ?? { name, jobs: 0 };
    all.set(name, {
      name,
      jobs: w.jobs + 1,
      since: sooner(w.since, j.started_at),
      lease: sooner(w.lease, j.lease_until),
    });
  }
  return [...all.values()].sort((a, b) => b.jobs - a.jobs);
}

function Workers({ queue }: { queue: string }) {
  const found = useLoad(
    (signal) =>
      get<{ jobs: Job[]; cursor?: string }>(
        '/v1/jobs',
        { queue, state: 'RUNNING', limit: LOOKED_AT },
        signal,
      ),
    [queue],
    3000,
  );
  return (
    <Show of={found}>
      {({ jobs, cursor }) =>
        jobs.length === 0 ? (
          <p class="soft">{t('none')}</p>
        ) : (
          <div class="scroll">
            <Rows class="rows">
              <thead>
                <tr>
                  <th>{t('worker')}</th>
                  <th class="num">{t('jobs')}</th>
                  <th>{t('since')}</th>
                  <th>{t('lease')}</th>
                </tr>
              </thead>
              <tbody>
                {byWorker(jobs).map((w) => (
                  <tr key={w.name}>
                    <td>{w.name || <span class="soft">{t('nameless')}</span>}</td>
                    <td class="num">
                      <Link
                        to={`/jobs?queue=${encodeURIComponent(queue)}&state=RUNNING&q=${encodeURIComponent(w.name)}`}
                      >
                        {number(w.jobs)}
                      </Link>
                    </td>
                    <td class="nowrap">
                      <Time at={w.since} />
                    </td>
                    <td class="nowrap">
                      <Time at={w.lease} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </Rows>
            {cursor && <p class="small soft">{t('more', { n: number(jobs.length) })}</p>}
          </div>
        )
      }
    </Show>
  );
}

export function Receivers({ queue: q }: { queue: Queue }) {
  return (
    <Card title={t('title')}>
      <p>
        {t('waiting', { n: number(q.waiting) })} {t('flight', { n: number(q.in_flight) })}
      </p>
      {q.push && <p>{t('push', { url: q.push.url })}</p>}
      {q.track ? <Workers queue={q.name} /> : !q.push && <p class="soft">{t('anonymous')}</p>}
    </Card>
  );
}
