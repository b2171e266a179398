// watchers.mjs - what many who watch cost, and how soon a change reaches them.
//
//   node bench/watchers.mjs [--watchers 10000] [--changes 300] [--scratch DIR] [--out docs/measurements]
//
// Real connections, each a stream of Server-Sent Events of its own. First each watches a job of its own, as
// people in front of screens do: a change concerns one of them. Then all watch one queue: a change concerns
// everybody. Times are from before the request that makes the change until the watcher has the bytes; client
// and server share the machine. Writes watchers.md and watchers.jsonl.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { ROOT, Ringi, figure, machine, median, options, sleep, sqs, table } from './lib.mjs';

const o = options({ watchers: 10_000, changes: 300, broadcasts: 20, scratch: '',
  out: path.join(ROOT, 'docs/measurements') });
const scratch = o.scratch || undefined;

// Descriptors: this program needs one for each watcher.
if (!process.env.RINGI_BENCH_ULIMIT) {
  const again = spawnSync('sh', ['-c', 'ulimit -n "$(ulimit -Hn)"; exec "$0" "$@"', process.execPath,
    ...process.argv.slice(1)],
    { stdio: 'inherit', env: { ...process.env, RINGI_BENCH_ULIMIT: '1' } });
  process.exit(again.status ?? 1);
}

const results = [];
function note(what, value, unit, wanted, good) {
  results.push({ what, value, unit, wanted, good });
  console.log(`${what.padEnd(60)} ${figure(value)} ${unit}${wanted ? `  (wanted ${wanted})  ${good ? 'yes' : 'NO'}` : ''}`);
}
const percentile = (list, part) => [...list].sort((a, b) => a - b)[Math.floor(list.length * part)];

/** A raw connection that watches; `told` is called when a change arrives. */
function watcher(server, query, told) {
  return new Promise((done, fail) => {
    const c = net.connect(server.port, '127.0.0.1',
      () => c.write(`GET /v1/events?${query} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAccept: text/event-stream\r\n\r\n`));
    let began = false;
    c.on('data', (d) => {
      if (!began) {
        if (!d.includes('event: snapshot')) return;
        began = true;
        done(c);
      } else if (d.includes('event: job')) {
        told(performance.now());
      }
    });
    c.on('error', fail);
    c.on('close', () => fail(new Error('a stream ended')));
  });
}

async function connect(count, one) {
  const conns = [];
  for (let i = 0; i < count; i += 200)
    conns.push(...await Promise.all(Array.from({ length: Math.min(200, count - i) }, (_, k) => one(i + k))));
  return conns;
}

async function tracked(server, name) {
  const r = await fetch(`${server.url}/v1/queues/${name}`, { method: 'PUT', body: '{"track":true}' });
  if (r.status !== 201) throw new Error(await r.text());
  return `${server.url}/000000000000/${name}`;
}

async function sendMany(server, QueueUrl, count) {
  const ids = [];
  while (ids.length < count) {
    const Entries = Array.from({ length: Math.min(10, count - ids.length) },
      (_, i) => ({ Id: `${i}`, MessageBody: 'x' }));
    ids.push(...(await sqs(server, 'SendMessageBatch', { QueueUrl, Entries })).Successful.map((s) => s.MessageId));
  }
  return ids;
}

const leave = (conns) => { for (const c of conns) c.removeAllListeners('close').destroy(); };

async function eachItsJob(server) {
  const QueueUrl = await tracked(server, 'jobs'), ids = await sendMany(server, QueueUrl, o.watchers);
  const before = server.memory().rss_mb, waiting = new Map(), times = [];
  const began = performance.now();
  const conns = await connect(o.watchers, (i) => watcher(server, `job=${ids[i]}`, (at) => waiting.get(ids[i])?.(at)));
  note(`${o.watchers.toLocaleString('en')} watchers connected in`, (performance.now() - began) / 1000, 's');
  await sleep(1000);
  const used = server.memory().rss_mb;
  note('watchers of a job each, resident in all', used, 'MiB', '<= 200', used <= 200);
  note('of that, for one', ((used - before) * 1024) / o.watchers, 'KiB');
  for (let i = 0; i < o.changes; i++) {
    const sent = performance.now();
    const { Messages } = await sqs(server, 'ReceiveMessage', { QueueUrl });
    const at = await new Promise((done) => {
      // A receive is a change already; its watcher may have heard of it before we did.
      waiting.set(Messages[0].MessageId, done);
      sqs(server, 'DeleteMessage', { QueueUrl, ReceiptHandle: Messages[0].ReceiptHandle });
    });
    times.push(at - sent);
  }
  note('receive and delete until the watcher of that job knows, median', median(times), 'ms', '<= 50',
    median(times) <= 50);
  note('the same, p99', percentile(times, 0.99), 'ms');
  leave(conns);
}

async function allTheSameQueue(server) {
  const QueueUrl = await tracked(server, 'shared');
  const last = [];
  let times = [], left = 0, all = () => {};
  const conns = await connect(o.watchers, () => watcher(server, 'queue=shared', (at) => {
    times.push(at);
    if (--left === 0) all();
  }));
  const medians = [];
  await sleep(1000);
  for (let i = 0; i < o.broadcasts; i++) {
    times = [];
    left = o.watchers;
    const heard = new Promise((done) => { all = done; }), sent = performance.now();
    await sqs(server, 'SendMessage', { QueueUrl, MessageBody: 'x' });
    await heard;
    medians.push(median(times.map((t) => t - sent)));
    last.push(Math.max(...times) - sent);
    await sleep(50);
  }
  const used = server.memory().rss_mb;
  note('watchers of one queue, resident in all', used, 'MiB', '<= 200', used <= 200);
  note('a send until half of all watchers know, median', median(medians), 'ms', '<= 50', median(medians) <= 50);
  note('until the last one knows, median', median(last), 'ms');
  leave(conns);
}

async function withServer(what) {
  const server = await Ringi.start({ scratch });
  try {
    await what(server);
  } finally {
    await server.stop();
  }
}

await withServer(eachItsJob);
await withServer(allTheSameQueue);
const about = await machine();
fs.mkdirSync(o.out, { recursive: true });
fs.writeFileSync(path.join(o.out, 'watchers.jsonl'),
  results.map((r) => `${JSON.stringify({ ...about, ...r })}\n`).join(''));
fs.writeFileSync(path.join(o.out, 'watchers.md'), `# Many who watch: measured ${about.date}

${table(['', ''], Object.entries(about).map(([k, v]) => [k, v]))}

${table(['what', 'measured', 'wanted', 'reached'], results.map((r) =>
    [r.what, `${figure(r.value)} ${r.unit}`, r.wanted ?? '', r.wanted ? (r.good ? 'yes' : 'NO') : '']))}

Made by \`node bench/watchers.mjs\`: client and server on one machine, each watcher a connection of its own.
The raw lines are in watchers.jsonl.
`);
