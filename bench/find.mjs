// find.mjs - what finding jobs costs when there are many, and what it costs the others.
//
//   node bench/find.mjs [--jobs 1000000] [--queues 10] [--asks 60] [--seconds 20] [--data DIR]
//
// Jobs are made as everybody makes them: submitted, claimed, completed (2 % fail, 1 % are
// canceled) over REST. Then each way to look for jobs is asked in turn, with arguments that
// change, and a load of submits, claims and completions runs without and with somebody who
// looks all the time. A data folder that is given is filled up to --jobs and kept.
import http from 'node:http';
import { median, options, Ringi, sleep } from './lib.mjs';

const o = options({ jobs: 1_000_000, queues: 10, asks: 60, seconds: 20, data: '' });
const server = await Ringi.start(o.data ? { data: o.data } : {});
const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });

function ask(method, path, body) {
  return new Promise((done, fail) => {
    const r = http.request(server.url + path, { method, agent, headers: { 'content-type': 'application/json' } },
      (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (d) => { text += d; });
      res.on('end', () => (res.statusCode < 300 ? done(text ? JSON.parse(text) : {}) :
        fail(new Error(`${path}: ${text}`))));
    });
    r.on('error', fail);
    r.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
const post = (path, body) => ask('POST', path, body);
const queueOf = (i) => `bench-${i % o.queues}`;
const KINDS = ['export', 'import', 'mail', 'invoice'];
const customers = Math.max(1, Math.round(o.jobs / 200));

// ---- the jobs

const known = []; // some ids, to ask for
let made = 0;
async function makeSome(queue, count) {
  const jobs = Array.from({ length: count }, (_, i) => ({ payload: { order: made + i, text: 'x'.repeat(100) },
    labels: { customer: `c-${(made + i) % customers}`, kind: KINDS[(made + i) % 4] },
    ...(i % 10 === 9 && known.length ? { parent: known[(made + i) % known.length] } : {}) }));
  made += count;
  const { jobs: submitted } = await post(`/v1/queues/${queue}/jobs`, { jobs });
  if (known.length < 5_000) known.push(...submitted.filter((_, i) => i % 50 === 0).map((j) => j.id));
  for (const j of submitted.filter((_, i) => i % 100 === 50)) await post(`/v1/jobs/${j.id}/cancel`, {});
  for (;;) {
    const { jobs: claimed } = await post(`/v1/queues/${queue}/claim`, { max: 100 });
    if (claimed.length === 0) return;
    const of = ({ id, lease }) => ({ id, lease });
    const bad = claimed.filter((_, i) => i % 50 === 25), good = claimed.filter((_, i) => i % 50 !== 25);
    await post('/v1/jobs:complete', { jobs: good.map((j) => ({ ...of(j), result: { ok: true } })) });
    if (bad.length) await post('/v1/jobs:fail', { jobs: bad.map((j) => ({ ...of(j), retry: false,
      error: { code: 'BENCH', message: 'made to fail' } })) });
  }
}
for (let i = 0; i < o.queues; i++) await ask('PUT', `/v1/queues/${queueOf(i)}`,
  { track: true, retention: 30 * 86_400 });
const began = performance.now();
await Promise.all(Array.from({ length: Math.min(4, o.queues) }, async (_, worker) => {
  for (let i = worker; made < o.jobs; i += 4) await makeSome(queueOf(i), Math.min(1000, o.jobs - made));
}));
const fillMs = performance.now() - began;
console.log(`${made} jobs made in ${(fillMs / 1000).toFixed(1)} s, ${Math.round(made / fillMs * 1000)}/s`);
for (let i = 0; i < o.queues; i++) await post(`/v1/queues/${queueOf(i)}/jobs`, { jobs: Array(20).fill({}) });
  // open ones

// ---- asking

const some = (list) => list[Math.floor(Math.random() * list.length)];
const customer = () => `c-${Math.floor(Math.random() * customers)}`;
const ended = Date.now();
const time = (part) => new Date(ended - fillMs * part).toISOString();
const traces = await Promise.all(known.slice(0, 200).map(async (id) => (await ask('GET', `/v1/jobs/${id}`)).trace_id));
const ways = {
  'one job': () => `/v1/jobs/${some(known)}`,
  'newest': () => '/v1/jobs?limit=50',
  'queue': () => `/v1/jobs?queue=${queueOf(Math.floor(Math.random() * o.queues))}`,
  'state FAILED': () => '/v1/jobs?state=FAILED',
  'state SUCCEEDED': () => '/v1/jobs?state=SUCCEEDED',
  'state PENDING': () => '/v1/jobs?state=PENDING',
  'queue, state FAILED': () => `/v1/jobs?state=FAILED&queue=${queueOf(Math.floor(Math.random() * o.queues))}`,
  'queue, state PENDING': () => `/v1/jobs?state=PENDING&queue=${queueOf(Math.floor(Math.random() * o.queues))}`,
  'label': () => `/v1/jobs?label.customer=${customer()}`,
  'label of a quarter': () => `/v1/jobs?label.kind=${some(KINDS)}`,
  'label, state FAILED': () => `/v1/jobs?label.customer=${customer()}&state=FAILED`,
  'two labels': () => `/v1/jobs?label.customer=${customer()}&label.kind=mail`,
  'trace': () => `/v1/jobs?trace=${some(traces)}`,
  'parent': () => `/v1/jobs?parent=${some(known)}`,
  'a second in the middle': () => { const at = Math.random() * 0.9;
    return `/v1/jobs?from=${time(at + 1000 / fillMs)}&to=${time(at)}`; },
  'time, state CANCELED': () => `/v1/jobs?state=CANCELED&from=${time(Math.random())}`,
  'queue and time': () => { const at = Math.random() * 0.9;
    return `/v1/jobs?queue=${queueOf(3)}&from=${time(at + 1000 / fillMs)}&to=${time(at)}`; },
  'text that is nowhere': () => '/v1/jobs?q=nothing-like-it',
};
console.log('way                        median ms     p95 ms     jobs');
for (const [name, way] of Object.entries(ways)) {
  const times = [];
  let found = 0;
  for (let i = 0; i < o.asks; i++) {
    const path = way(), from = performance.now();
    found += (await ask('GET', path)).jobs?.length ?? 1;
    times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  console.log(`${name.padEnd(24)}${median(times).toFixed(2).padStart(12)}${times[Math.floor(times.length * 0.95)].toFixed(2).padStart(11)}`
    + `${(found / o.asks).toFixed(1).padStart(9)}`);
}

// ---- while others work

async function load(ms) {
  const end = Date.now() + ms;
  let done = 0;
  await Promise.all(Array.from({ length: 4 }, async (_, i) => {
    const queue = `load-${i}`;
    await ask('PUT', `/v1/queues/${queue}`, { track: true });
    while (Date.now() < end) {
      await post(`/v1/queues/${queue}/jobs`, { jobs: Array(50).fill({ payload: 1 }) });
      const { jobs } = await post(`/v1/queues/${queue}/claim`, { max: 50 });
      await post('/v1/jobs:complete', { jobs: jobs.map(({ id, lease }) => ({ id, lease })) });
      done += jobs.length;
    }
  }));
  return done / ms * 1000;
}
// In turns of a second, so that what else the machine does is the same for both.
const alone = [], watched = [];
const names = Object.values(ways);
let asked = 0;
for (let second = 0; second < o.seconds; second++) {
  alone.push(await load(1000));
  let on = true;
  const looking = (async () => { while (on) { await ask('GET', names[asked++ % names.length]()); await sleep(50); } })(
    );
  watched.push(await load(1000));
  on = false;
  await looking;
}
console.log(`load: ${Math.round(median(alone))} jobs/s alone, ${Math.round(median(watched))} with ${Math.round(asked / o.seconds)}`
  + ` questions a second: ${(100 * median(watched) / median(alone)).toFixed(1)} %`);
await server.stop();
process.exit(0);
