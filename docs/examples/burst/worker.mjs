// worker.mjs LIMIT - pays, at a rate that the bank bears. / 銀行の上限の 4 割を rate に設定する（理由は README）。
import { rest } from '../rest.mjs';

const limit = Number(process.argv[2] ?? 40), bank = process.env.BANK_URL ?? 'http://127.0.0.1:8081';
const queue = '/v1/queues/payments';
await rest('PUT', queue, { track: true, rate: Math.max(1, Math.floor(limit * 0.4)), retry: { max_attempts: 10 },
  purpose: 'Payments to the bank, as fast as it takes them' });
console.log('ready');

async function pay({ id, lease, payload }) {
  const r = await fetch(bank, { method: 'POST', body: String(payload.order) });
  if (r.ok) return rest('POST', `/v1/jobs/${id}/complete`, { lease });
  const wait = Number(r.headers.get('retry-after') ?? 1);
  return rest('POST', `/v1/jobs/${id}/fail`, { lease, delay_ms: wait * 1000,
    error: { code: `BANK_${r.status}`, message: 'the bank did not take it' } });
}

async function work() {
  for (;;) {
    const { jobs } = await rest('POST', `${queue}/claim`, { max: 1, wait_s: 20 });
    await Promise.all(jobs.map(pay));
  }
}
await Promise.all(Array.from({ length: 8 }, work));
