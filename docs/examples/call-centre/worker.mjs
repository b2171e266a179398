// worker.mjs - encrypts recordings, then writes reports. / 録音を暗号化し、通話記録を残す。
import { createCipheriv, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rest } from '../rest.mjs';

const dir = process.env.CALLS ?? '/tmp/calls';
const key = Buffer.from(process.env.RECORDING_KEY ?? '', 'hex'); // 32 bytes, from your secret store
if (key.length !== 32) {
  console.error('RECORDING_KEY: 64 hexadecimal digits, as of `openssl rand -hex 32`; keep it, or nobody hears them again');
  process.exit(2);
}
const slow = Number(process.env.ENCRYPT_MS ?? 0), lease_ms = 5000;

await rest('PUT', '/v1/queues/recordings', { track: true, concurrency: 4, slo_wait_ms: 600_000,
  retry: { max_attempts: 10 }, purpose: 'Recordings of calls, to be encrypted' });
await rest('PUT', '/v1/queues/call-reports', { track: true, purpose: 'A line for each call that is over' });
console.log('ready');

/** Whoever comes after a crash finds the plain file, or the encrypted one, or both. */
function encrypt(id) {
  const plain = path.join(dir, `${id}.wav`), sealed = `${plain}.enc`;
  if (!fs.existsSync(sealed)) {
    const iv = randomBytes(12), c = createCipheriv('aes-256-gcm', key, iv);
    c.setAAD(Buffer.from(id));
    const text = Buffer.concat([c.update(fs.readFileSync(plain)), c.final()]);
    fs.writeFileSync(`${sealed}.new`, Buffer.concat([iv, c.getAuthTag(), text]));
    fs.renameSync(`${sealed}.new`, sealed);
  }
  fs.rmSync(plain, { force: true });
  return fs.statSync(sealed).size;
}

const work = {
  recordings: async ({ payload: call }) => {
    await sleep(slow);
    const bytes = encrypt(call.id);
    return { result: { bytes }, children: [{ queue: 'call-reports', payload: { ...call, bytes } }] };
  },
  'call-reports': async ({ payload: { id, operator, began, bytes } }) => {
    const file = path.join(dir, `${id}.report`);
    fs.writeFileSync(`${file}.new`, `${id},${operator},${new Date(began).toISOString()},${bytes}\n`);
    fs.renameSync(`${file}.new`, file);
    return {};
  },
};

async function serve(queue) {
  for (;;) {
    const { jobs } = await rest('POST', `/v1/queues/${queue}/claim`, { wait_s: 20, lease_ms })
      .catch(() => sleep(200, { jobs: [] }));
    for (const job of jobs)
      try {
        await rest('POST', `/v1/jobs/${job.id}/complete`, { lease: job.lease, ...await work[queue](job) });
      } catch (e) {
        await rest('POST', `/v1/jobs/${job.id}/fail`, { lease: job.lease,
          error: { code: e.code ?? 'FAILED', message: e.message } }).catch(() => {}); // the lease ends by itself
      }
  }
}
await Promise.all([...Array.from({ length: 4 }, () => serve('recordings')), serve('call-reports')]);
