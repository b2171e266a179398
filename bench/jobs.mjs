// jobs.mjs - what the ledger costs, and how fast jobs go, beside queues that keep one too.
//
//   node bench/jobs.mjs [--passes 3] [--jobs 20000] [--finished 1000000] [--timers 100000]
//                       [--scratch DIR] [--peers LIST] [--out docs/measurements]
//
// 1. The full cycle of a tracked queue beside that of a plain one, by `ringi bench`, in turn.
// 2. Submit, claim and complete over REST in batches, by a client in Node, as those of the peers are, and by
//    one in C; beside BullMQ and graphile-worker (peer scripts as for run.mjs; without them only ringi).
// 3. From submit to the start of a waiting worker, 1,000 a second.
// 4. Timers that are all due in the same second, while others send.
// 5. A ledger of many finished jobs: pages by state, label, time and trace, alone and beside a load.
// Client and server share the machine; ratios are between medians of one run. Writes jobs.md and jobs.jsonl.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { ROOT, Ringi, figure, machine, median, options, sleep, table } from './lib.mjs';

const o = options({ passes: 3, jobs: 20_000, finished: 1_000_000, timers: 100_000, connections: 8, batch: 100,
  seconds: 5, scratch: '', peers: 'bullmq:always,graphile:tuned', out: path.join(ROOT, 'docs/measurements') });
const scratch = o.scratch || undefined;
const beside = path.resolve(ROOT, ...['..', 'shared', 'bench', 'peers']);
const folder = process.env.RINGI_PEERS ?? (fs.existsSync(beside) ? beside : null);
const peersReady = folder && o.scratch && o.peers;

const results = [];
function note(what, value, unit, wanted, good) {
  results.push({ what, value, unit, wanted, good });
  console.log(`${what.padEnd(66)} ${figure(value)} ${unit}${wanted ? `  (wanted ${wanted})  ${good ? 'yes' : 'NO'}` : ''}`);
}
const percentile = (list, part) => [...list].sort((a, b) => a - b)[Math.floor(list.length * part)];

// ---- a client of the REST API

const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
function rest(server, method, at, body) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((done, fail) => {
    const r = http.request(`${server.url}${at}`, { method, agent, headers: text === undefined ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } }, (res) => {
      const parts = [];
      res.on('data', (d) => parts.push(d));
      res.on('end', () => {
        const answer = Buffer.concat(parts).toString();
        if (res.statusCode >= 300) return fail(new Error(`${method} ${at}: ${res.statusCode} ${answer}`));
        return done(answer ? JSON.parse(answer) : undefined);
      });
    });
    r.on('error', fail);
    r.end(text);
  });
}
const queue = (server, name, more = {}) => rest(server, 'PUT', `/v1/queues/${name}`, { track: true, ...more });
const PAYLOAD = 'x'.repeat(1024 - 2);

/** `count` jobs into the queue, `batch` in a request. */
async function submitAll(server, name, count, make = () => ({ payload: PAYLOAD })) {
  let left = count;
  const one = async () => {
    while (left > 0) {
      const n = Math.min(o.batch, left);
      left -= n;
      await rest(server, 'POST', `/v1/queues/${name}/jobs`,
        { jobs: Array.from({ length: n }, (_, i) => make(left + i)) });
    }
  };
  await Promise.all(Array.from({ length: o.connections }, one));
}

/** Until `count` have been claimed and completed; when the last of them was. Whoever then still waits for
 *  more waits in vain, and that is nobody's work. */
async function workAll(server, name, count) {
  let done = 0, ended = 0;
  const one = async () => {
    while (done < count) {
      const { jobs } = await rest(server, 'POST', `/v1/queues/${name}/claim`, { max: o.batch, wait_s: 1 });
      if (jobs.length === 0) continue;
      await rest(server, 'POST', '/v1/jobs:complete', { jobs: jobs.map(({ id, lease }) => ({ id, lease })) });
      done += jobs.length;
      if (done >= count) ended = performance.now();
    }
  };
  await Promise.all(Array.from({ length: o.connections }, one));
  return ended;
}

async function withServer(what) {
  const server = await Ringi.start({ scratch });
  try {
    return await what(server);
  } finally {
    await server.stop();
  }
}

// ---- 1. tracked and plain

async function trackedBesidePlain() {
  const plain = [], tracked = [];
  for (let pass = 0; pass < o.passes; pass++) {
    plain.push((await withServer((s) => s.bench('--workload', 'cycle', '--count', 100_000))).cycle_rate);
    tracked.push((await withServer((s) => s.bench('--workload', 'cycle', '--count', 100_000, '--track'))).cycle_rate);
  }
  note('plain queue, full cycle', median(plain), '/s');
  note('tracked queue, full cycle', median(tracked), '/s');
  const part = median(tracked) / median(plain);
  note('tracked : plain', part, 'x', '>= 0.6', part >= 0.6);
}

// ---- 2. beside others that keep a ledger

async function cycleRate() {
  return withServer(async (server) => {
    await queue(server, 'jobs');
    const began = performance.now();
    await submitAll(server, 'jobs', o.jobs);
    return o.jobs / ((await workAll(server, 'jobs', o.jobs) - began) / 1000);
  });
}

async function peerRates() {
  const file = path.join(o.scratch, `jobs-${process.pid}.jsonl`);
  const list = o.peers.split(',').filter(Boolean);
  await new Promise((done, fail) => {
    const p = spawn('bash', [path.join(folder, 'run.sh'), o.scratch, file, '1', ...list],
      { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, HARNESS_ARGS: '--workloads W2' } });
    p.on('exit', (code) => (code === 0 ? done() : fail(new Error(`peers: exit ${code}`))));
  });
  const rows = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n').filter(Boolean).map(JSON.parse) : [];
  fs.rmSync(file, { force: true });
  return rows.filter((r) => r.workload === 'W2' && r.rate);
}

async function besideOthers() {
  const ours = [], native = [], theirs = new Map();
  for (let pass = 0; pass < o.passes; pass++) {
    ours.push(await cycleRate());
    native.push((await withServer((s) => s.bench('--workload', 'jobs', '--batch', o.batch, '--count', o.jobs,
      '--connections', o.connections))).cycle_rate);
    for (const r of peersReady ? await peerRates() : []) {
      const key = `${r.peer} ${r.variant}`;
      theirs.set(key, [...theirs.get(key) ?? [], r.rate]);
    }
  }
  note(`submit, claim, complete over REST, ${o.batch} in a request, a client in Node`, median(ours), '/s');
  note('the same, a client in C (ringi bench --workload jobs)', median(native), '/s');
  for (const [peer, rates] of theirs) {
    const times = median(ours) / median(rates);
    note(`${peer}, full cycle`, median(rates), '/s');
    note(`ringi : ${peer}`, times, 'x', '>= 3', times >= 3);
  }
  if (!peersReady) console.log('No peers (RINGI_PEERS, --scratch): only ringi was measured.');
}

// ---- 3. from submit to start

async function submitToStart(server) {
  const name = 'prompt', rate = 1000, count = rate * o.seconds, sent = new Map(), times = [];
  await queue(server, name);
  let stop = false;
  const worker = async () => {
    while (!stop) {
      const { jobs } = await rest(server, 'POST', `/v1/queues/${name}/claim`, { max: 1, wait_s: 2 });
      const at = performance.now();
      for (const j of jobs) {
        times.push(at - sent.get(j.payload));
        rest(server, 'POST', `/v1/jobs/${j.id}/complete`, { lease: j.lease }).catch(() => {});
      }
    }
  };
  const workers = Array.from({ length: 16 }, worker);
  await sleep(300);
  const began = performance.now(), pending = [];
  for (let i = 0; i < count; i++) {
    const due = began + (i * 1000) / rate;
    while (performance.now() < due) await new Promise((done) => { setImmediate(done); });
    sent.set(i, performance.now());
    pending.push(rest(server, 'POST', `/v1/queues/${name}/jobs`, { payload: i }));
  }
  await Promise.all(pending);
  while (times.length < count) await sleep(10);
  stop = true;
  await Promise.all(workers);
  const late = times.slice(times.length / 10);
  note('submit to start of a waiting worker at 1,000/s, median', median(late), 'ms');
  const p99 = percentile(late, 0.99);
  note('the same, p99', p99, 'ms', '<= 10', p99 <= 10);
}

// ---- 4. timers

async function timers(server) {
  await queue(server, 'timers');
  await queue(server, 'others');
  const lead = 3000 + o.timers / 15, at = Math.ceil((Date.now() + lead) / 1000) * 1000;
  const execute_at = new Date(at).toISOString();
  await submitAll(server, 'timers', o.timers, (i) => ({ payload: i, execute_at }));
  const early = Date.now() < at;
  let sends = 0, stop = false;
  const sending = (async () => {
    while (!stop) {
      await rest(server, 'POST', '/v1/queues/others/jobs', { payload: 1 });
      sends++;
    }
  })();
  await sleep(at - Date.now());
  const before = sends, began = performance.now();
  while ((await rest(server, 'GET', '/v1/queues/timers')).visible < o.timers) await sleep(20);
  const took = (performance.now() - began) / 1000;
  note(`${o.timers.toLocaleString('en')} timers of one second are all ready after${early ? '' : ' (submitted late)'}`,
    took, 's', '<= 5', took <= 5 && early);
  note('jobs submitted one by one meanwhile', (sends - before) / took, '/s');
  stop = true;
  await sending;
}

// ---- 5. a long ledger

async function longLedger(server) {
  const name = 'ledger';
  await queue(server, name, { retry: { max_attempts: 1 } });
  const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const began = performance.now();
  const part = 20_000;
  for (let done = 0; done < o.finished; done += part) {
    await submitAll(server, name, Math.min(part, o.finished - done),
      (i) => ({ payload: i, labels: { customer: `c${i % 5000}` } }));
    await workAll(server, name, Math.min(part, o.finished - done));
  }
  await fetch(`${server.url}/v1/queues/${name}/jobs`, { method: 'POST', headers: { traceparent: parent }, body: '{}' });
  const { jobs: [j] } = await rest(server, 'POST', `/v1/queues/${name}/claim`, { max: 1 });
  await rest(server, 'POST', `/v1/jobs/${j.id}/fail`, { lease: j.lease, error: { code: 'X' }, retry: false });
  note(`${o.finished.toLocaleString('en')} jobs submitted, claimed and completed in`,
    (performance.now() - began) / 1000, 's');
  const from = new Date(Date.now() - (performance.now() - began) / 2).toISOString();
  const pages = {
    'all of a queue': `queue=${name}`, 'by state': 'state=SUCCEEDED', 'failed ones': 'state=FAILED',
    'by label': 'label.customer=c77', 'by time': `from=${encodeURIComponent(from)}`,
    'by trace': 'trace=0af7651916cd43dd8448eb211c80319c',
  };
  for (const [what, query] of Object.entries(pages)) {
    const times = [];
    for (let i = 0; i < 50; i++) {
      const t = performance.now();
      await rest(server, 'GET', `/v1/jobs?limit=50&${query}`);
      times.push(performance.now() - t);
    }
    note(`a page of 50, ${what}`, median(times), 'ms', '<= 50', median(times) <= 50);
  }
  const alone = [], looked = [];
  for (let pass = 0; pass < Math.max(3, o.passes); pass++) {
    alone.push((await server.bench('--workload', 'cycle', '--count', 100_000)).cycle_rate);
    let stop = false;
    const looking = (async () => {
      for (let i = 0; !stop; i++) {
        await rest(server, 'GET', `/v1/jobs?limit=50&${Object.values(pages)[i % Object.keys(pages).length]}`);
        await sleep(100);
      }
    })();
    looked.push((await server.bench('--workload', 'cycle', '--count', 100_000)).cycle_rate);
    stop = true;
    await looking;
  }
  const ratio = median(looked) / median(alone);
  note('full cycle while ten pages a second are looked at : alone', ratio, 'x', '>= 0.95', ratio >= 0.95);
}

await trackedBesidePlain();
await besideOthers();
await withServer(submitToStart);
await withServer(timers);
if (o.finished > 0) await withServer(longLedger);
const about = await machine();
fs.mkdirSync(o.out, { recursive: true });
fs.writeFileSync(path.join(o.out, 'jobs.jsonl'),
  results.map((r) => `${JSON.stringify({ ...about, ...r })}\n`).join(''));
fs.writeFileSync(path.join(o.out, 'jobs.md'), `# Jobs: measured ${about.date}

${table(['', ''], Object.entries(about).map(([k, v]) => [k, v]))}

${table(['what', 'measured', 'wanted', 'reached'], results.map((r) =>
    [r.what, `${figure(r.value)} ${r.unit}`, r.wanted ?? '', r.wanted ? (r.good ? 'yes' : 'NO') : '']))}

Made by \`node bench/jobs.mjs\`: client and server on one machine, payloads of 1 KiB, every acknowledged change
on disk; medians of ${o.passes} interleaved passes. BullMQ: appendfsync always; graphile-worker: PostgreSQL with
synchronous_commit on. The raw lines are in jobs.jsonl.
`);
agent.destroy();
