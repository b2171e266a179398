// sql.mjs - messages that applications send from inside their own transactions, by ringi's SQL functions.
//
//   node bench/sql.mjs [--rate 1000] [--seconds 10] [--clients 8] [--batch 100] [--messages 200000] [--out docs/measurements]
//
// First one session commits a message at a time, so many a second; a handler waits for them over HTTP. Its time runs
// from the moment in which the application's commit has returned. Then several sessions commit as fast as they
// can, by send_many; their rate is that of all messages until the last one can be received. PostgreSQL has fsync on.
// Writes sql.md and sql.jsonl.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { start } from '../test/compat/lib.mjs';
import { skip, startPostgres } from '../test/compat/postgres.mjs';
import { ROOT, figure, machine, options, quantile, sleep, table } from './lib.mjs';

const pg = createRequire(path.join(ROOT, 'test/package.json'))('pg');
const o = options({ rate: 1000, seconds: 10, clients: 8, batch: 100, messages: 200_000,
  out: path.join(ROOT, 'docs/measurements') });
if (skip) {
  console.error(skip);
  process.exit(2);
}
const BODY = 'x'.repeat(1000);
const results = [];
function note(what, value, unit, wanted, good) {
  results.push({ what, value, unit, wanted, good });
  console.log(`${what.padEnd(70)} ${figure(value)} ${unit}${wanted ? `  (wanted ${wanted})  ${good ? 'yes' : 'NO'}` : ''}`);
}

const folder = fs.mkdtempSync(path.join(process.env.BENCH_SCRATCH ?? '/var/tmp', 'ringi-sql-'));
const db = await startPostgres({ settings: { fsync: 'on', shared_buffers: '256MB' } });
const server = await start({ data: path.join(folder, 'd'), flags: ['--store', `${db.url}?schema=ringi`] });
const session = async () => {
  const c = new pg.Client({ connectionString: db.url });
  await c.connect();
  return c;
};

/** Receives and deletes by tens until `count` have come; calls `got` with each body. */
async function handle(queue, count, got) {
  for (let n = 0; n < count;) {
    const { Messages = [] } = await server.sqs.json.ok('ReceiveMessage',
      { QueueUrl: queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 });
    const now = performance.now();
    for (const m of Messages) got(m.Body, now);
    n += Messages.length;
    if (Messages.length > 0)
      void server.sqs.json.ok('DeleteMessageBatch', { QueueUrl: queue,
        Entries: Messages.map((m, i) => ({ Id: `${i}`, ReceiptHandle: m.ReceiptHandle })) });
  }
}

try {
  for (const name of ['steady', 'burst']) await server.json('PUT', `/v1/queues/${name}`, {});
  await db.sql("select ringi.allow(current_user, 'send', '*')");

  const count = o.rate * o.seconds, committed = new Map(), late = [];
  const c = await session();
  const handled = handle('steady', count, (body, now) => late.push([body.slice(0, 8), now]));
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    const due = began + (i * 1000) / o.rate - performance.now();
    if (due > 1) await sleep(due);
    const key = String(i).padStart(8, '0');
    await c.query({ name: 'send', text: 'select ringi.send($1, $2)', values: ['steady', key + BODY] });
    committed.set(key, performance.now());
  }
  const took = (performance.now() - began) / 1000;
  await handled;
  const times = late.map(([key, now]) => Math.max(0, now - committed.get(key)));
  note('one session, a message a transaction: committed', count / took, '/s');
  note('commit to handler, median', quantile(times, 0.5), 'ms', '<= 5', quantile(times, 0.5) <= 5);
  note('commit to handler, P99', quantile(times, 0.99), 'ms', '<= 50', quantile(times, 0.99) <= 50);
  await c.end();

  const sessions = await Promise.all(Array.from({ length: o.clients }, session));
  const bodies = Array(o.batch).fill(BODY);
  const first = performance.now();
  let left = o.messages / o.batch;
  await Promise.all(sessions.map(async (s) => {
    while (left-- > 0)
      await s.query({ name: 'many', text: 'select ringi.send_many($1, $2)', values: ['burst', bodies] });
  }));
  const all = performance.now();
  while ((await server.json('GET', '/v1/queues/burst')).data.visible < o.messages) await sleep(20);
  const there = performance.now();
  const rate = o.messages / ((there - first) / 1000);
  note(`${o.clients} sessions, ${o.batch} messages a transaction: committed`, o.messages / ((all - first) / 1000),
    '/s');
  note('the same, until the last one can be received', rate, '/s', '>= 20,000', rate >= 20_000);
  await Promise.all(sessions.map((s) => s.end()));
} finally {
  await server.close();
  await db.stop();
  fs.rmSync(folder, { recursive: true, force: true });
}

const about = await machine();
fs.mkdirSync(o.out, { recursive: true });
fs.writeFileSync(path.join(o.out, 'sql.md'), `# Sending from SQL, measured ${about.date}

${table(['', ''], Object.entries(about).map(([k, v]) => [k, v]))}

${table(['what', 'measured', 'wanted', 'reached'], results.map((r) =>
    [r.what, `${figure(r.value)} ${r.unit}`, r.wanted ?? '', r.wanted ? (r.good ? 'yes' : 'NO') : '']))}

Messages of 1 KB; applications, PostgreSQL (fsync on), ringi and the handler on one machine. Made by
\`node bench/sql.mjs\`; the first lines are of one session that commits ${o.rate} messages a second, one by one.
`);
fs.writeFileSync(path.join(o.out, 'sql.jsonl'), results.map((r) => `${JSON.stringify(r)}\n`).join(''));
