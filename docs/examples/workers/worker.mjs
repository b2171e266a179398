// worker.mjs QUEUE [--once] - a worker by ringi's API, with nothing but Node. / Node だけで書いたワーカー。
import { setTimeout as sleep } from 'node:timers/promises';
import { rest } from '../rest.mjs';

const [queue, once] = [process.argv[2], process.argv.includes('--once')];
if (!queue) {
  console.error('worker.mjs QUEUE [--once]');
  process.exit(1);
}
const lease_ms = 10_000;
let stopping = false;
process.on('SIGTERM', () => { stopping = true; });

class BadPayload extends Error {}

/** Yours. Look at `held` in long work: canceled, lost. */
async function work(payload, held) {
  if (!Number.isInteger(payload?.n)) throw new BadPayload('n must be a whole number');
  if (payload.crash) throw new Error('something broke');
  const end = Date.now() + (payload.seconds ?? 0) * 1000;
  while (Date.now() < end && !held.canceled && !held.lost) await sleep(50);
  return { square: payload.n ** 2 };
}

async function handle({ id, lease, payload }) {
  const held = { canceled: false, lost: false };
  const beat = setInterval(() => rest('POST', `/v1/jobs/${id}/heartbeat`, { lease, lease_ms }).then(
    (r) => { held.canceled = r.canceled; },
    (e) => { held.lost ||= ['LEASE_LOST', 'JOB_FINAL'].includes(e.code); }), lease_ms / 3);
  let end;
  try {
    end = ['complete', { result: await work(payload, held) }];
  } catch (e) {
    end = ['fail', { retry: !(e instanceof BadPayload),
      error: { code: e instanceof BadPayload ? 'BAD_PAYLOAD' : e.name, message: e.message } }];
  }
  clearInterval(beat);
  if (held.canceled) end = ['fail', { retry: false, error: { code: 'STOPPED', message: 'canceled' } }];
  await rest('POST', `/v1/jobs/${id}/${end[0]}`, { lease, ...end[1] })
    .catch((e) => console.error(`${id}: ${e.code ?? e.message}`)); // somebody else has it by now
}

while (!stopping) {
  const jobs = await rest('POST', `/v1/queues/${queue}/claim`,
    { wait_s: once ? 0 : 5, lease_ms, worker: `node-${process.pid}` })
    .then((r) => r.jobs, (e) => { console.error(e.message); return sleep(1000, null); });
  for (const job of jobs ?? []) await handle(job);
  if (once && jobs?.length === 0) break;
}
