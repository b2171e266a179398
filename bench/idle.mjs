// idle.mjs - what a server costs that has nothing to do, much waiting, or many who wait.
//
//   node bench/idle.mjs [--backlog 1000000] [--polls 10000] [--scratch DIR] [--out docs/measurements]
//
// Writes idle.md and idle.jsonl: memory of an idle server, time from start to ready with an empty
// database and with a backlog, the rate with that backlog against the empty one, memory of idle long
// polls and how fast a send reaches one of them.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { ROOT, Ringi, figure, machine, median, options, sleep, sqs, table } from './lib.mjs';

const o = options({ backlog: 1_000_000, polls: 10_000, sends: 300, scratch: '',
  out: path.join(ROOT, 'docs/measurements') });
const scratch = o.scratch || undefined;
const results = [];
function note(what, value, unit, wanted, good) {
  results.push({ what, value, unit, wanted, good });
  console.log(`${what.padEnd(52)} ${figure(value)} ${unit}${wanted ? `  (wanted ${wanted})  ${good ? 'yes' : 'NO'}` : ''}`);
}

// ---- idle memory, start

async function idle() {
  const times = [];
  for (let i = 0; i < 5; i++) {
    const s = await Ringi.start({ scratch });
    times.push(s.startMs);
    if (i === 4) {
      await sleep(500);
      const { rss_mb } = s.memory();
      note('idle server, resident', rss_mb, 'MiB', '<= 20', rss_mb <= 20);
    }
    await s.stop();
  }
  note('start to ready, empty database', median(times), 'ms', '<= 100', median(times) <= 100);
}

// ---- a backlog

/** Fills a queue that stays. */
async function fill(server, queue, count) {
  const { QueueUrl } = await sqs(server, 'CreateQueue', { QueueName: queue });
  const noise = Array.from({ length: 64 },
    () => Array.from({ length: 1024 }, () => Math.random().toString(36)[2] ?? 'x').join(''));
  let sent = 0;
  await Promise.all(Array.from({ length: 16 }, async () => {
    while (sent < count) {
      const n = Math.min(10, count - sent), from = sent;
      sent += n;
      await sqs(server, 'SendMessageBatch', { QueueUrl, Entries: Array.from({ length: n },
        (_, i) => ({ Id: String(i), MessageBody: noise[(from + i) % 64] })) });
    }
  }));
  return QueueUrl;
}

/** Receives and deletes from a queue and sends as many: its depth stays. Cycles a second. */
async function relay(server, QueueUrl, seconds) {
  const body = 'x'.repeat(1024), end = performance.now() + seconds * 1000;
  let cycles = 0;
  await Promise.all(Array.from({ length: 32 }, async () => {
    while (performance.now() < end) {
      const { Messages = [] } = await sqs(server, 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 });
      if (!Messages.length) continue;
      await Promise.all([
        sqs(server, 'SendMessageBatch', { QueueUrl,
          Entries: Messages.map((_, i) => ({ Id: String(i), MessageBody: body })) }),
        sqs(server, 'DeleteMessageBatch', { QueueUrl,
          Entries: Messages.map((m, i) => ({ Id: String(i), ReceiptHandle: m.ReceiptHandle })) })]);
      cycles += Messages.length;
    }
  }));
  return cycles / seconds;
}

async function backlog() {
  const data = fs.mkdtempSync(path.join(scratch ?? '/tmp', 'ringi-backlog-'));
  try {
    let s = await Ringi.start({ data });
    const small = await fill(s, 'small', 1000);
    await relay(s, small, 2);
    const before = s.memory().rss_mb;
    const rates = [[], []];
    rates[0].push(await relay(s, small, 4));
    const large = (await fill(s, 'large', o.backlog)).split('/').pop();
    await s.stop();
    s = await Ringi.start({ data });
    note(`start to ready, ${o.backlog.toLocaleString('en')} waiting`, s.startMs, 'ms', '<= 2,000', s.startMs <= 2000);
    const url = async (name) => (await sqs(s, 'GetQueueUrl', { QueueName: name })).QueueUrl;
    const urls = [await url('small'), await url(large)];
    for (let i = 0; i < 3; i++)   // in turn, so that what else the machine does hits both
      for (const k of [0, 1]) rates[k].push(await relay(s, urls[k], 4));
    const grown = s.memory().rss_mb - before, ratio = median(rates[1]) / median(rates[0]);
    note('cycles/s, empty queue (node client)', median(rates[0]), '/s');
    note('cycles/s, with the backlog', median(rates[1]), '/s');
    note('rate with the backlog to that without', ratio, 'x', '>= 0.9', ratio >= 0.9);
    note('memory that the backlog adds', grown, 'MiB', '<= 64', grown <= 64);
    await s.stop();
  } finally {
    fs.rmSync(data, { recursive: true, force: true });
  }
}

// ---- long polls

/** A raw connection that waits; `got` is called when its answer has a message. */
function poll(server, QueueUrl, got) {
  return new Promise((done, fail) => {
    const c = net.connect(server.port, '127.0.0.1', () => { ask(); done(c); });
    const body = JSON.stringify({ QueueUrl, WaitTimeSeconds: 20 });
    const ask = () => c.write(`POST / HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nX-Amz-Target: AmazonSQS.ReceiveMessage\r\n`
      + `Content-Type: application/x-amz-json-1.0\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    c.on('data', (d) => { if (d.includes('"Body":"')) got(d.toString('latin1')); ask(); });
    c.on('error', fail);
  });
}

async function polls() {
  const s = await Ringi.start({ scratch });
  const { QueueUrl } = await sqs(s, 'CreateQueue', { QueueName: 'polled', Attributes: { VisibilityTimeout: '600' } });
  const before = s.memory().rss_mb, times = [], conns = [];
  let waiting;
  const got = (text) => {
    const sent = Number(/"Body":"(\d+\.?\d*)"/.exec(text)[1]);
    times.push(performance.now() - sent);
    waiting?.();
  };
  for (let i = 0; i < o.polls; i += 200)
    conns.push(...await Promise.all(Array.from({ length: Math.min(200, o.polls - i) }, () => poll(s, QueueUrl, got))));
  await sleep(1000);
  const used = s.memory().rss_mb;
  note(`${o.polls.toLocaleString('en')} idle long polls, resident in all`, used, 'MiB', '<= 100', used <= 100);
  note('of that, for one', ((used - before) * 1024) / o.polls, 'KiB');
  for (let i = 0; i < o.sends; i++) {
    const arrived = new Promise((done) => { waiting = done; });
    await sqs(s, 'SendMessage', { QueueUrl, MessageBody: String(performance.now()) });
    await Promise.race([arrived, sleep(1000)]);
  }
  times.sort((a, b) => a - b);
  note('send to a waiting receiver, median', median(times), 'ms', '<= 5', median(times) <= 5);
  note('send to a waiting receiver, p99', times[Math.floor(times.length * 0.99)], 'ms');
  for (const c of conns) c.destroy();
  await s.stop();
}

await idle();
await polls();
if (o.backlog > 0) await backlog();
const about = await machine();
fs.mkdirSync(o.out, { recursive: true });
fs.writeFileSync(path.join(o.out, 'idle.jsonl'),
  results.map((r) => `${JSON.stringify({ ...about, ...r })}\n`).join(''));
fs.writeFileSync(path.join(o.out, 'idle.md'), `# Idle, full, waited for: measured ${about.date}

${table(['', ''], Object.entries(about).map(([k, v]) => [k, v]))}

${table(['what', 'measured', 'wanted', 'reached'], results.map((r) =>
    [r.what, `${figure(r.value)} ${r.unit}`, r.wanted ?? '', r.wanted ? (r.good ? 'yes' : 'NO') : '']))}

Made by \`node bench/idle.mjs\`; the raw lines are in idle.jsonl.
`);
