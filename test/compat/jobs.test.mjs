// jobs.test.mjs - jobs over REST: submitted, claimed, reported on, waited for, found, stopped.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, freshFifo, sleep, start, story, until } from './lib.mjs';

const server = await start();
after(() => server.close());
const sqs = server.sqs.json;
const MISSING = '01890a5d-ac96-774b-bcce-b302099a8057';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const post = (at, body, headers) => server.json('POST', at, body, headers);
const get = async (id, query = '') => {
  const r = await server.json('GET', `/v1/jobs/${id}${query}`);
  assert.equal(r.status, 200, r.text);
  return r.data;
};
async function tracked(settings = {}, name = fresh()) {
  const r = await server.json('PUT', `/v1/queues/${name}`, { track: true, ...settings });
  assert.ok(r.status < 300, r.text);
  return name;
}
async function untracked(name) {
  assert.equal((await server.json('PUT', `/v1/queues/${name}`, {})).status, 201);
}
/** Submits and returns the answer. */
async function submit(queue, job = {}, headers = {}) {
  const r = await post(`/v1/queues/${queue}/jobs`, job, headers);
  assert.equal(r.status, 202, r.text);
  return r.data;
}
async function claim(queue, how = {}) {
  const r = await post(`/v1/queues/${queue}/claim`, how);
  assert.equal(r.status, 200, r.text);
  return r.data.jobs;
}
async function running(queue, job = {}, how = {}) {
  await submit(queue, job);
  const [one] = await claim(queue, how);
  assert.ok(one, 'there is something to claim');
  return one;
}
const report = (what, job, body = {}) => post(`/v1/jobs/${job.id}/${what}`, { lease: job.lease, ...body });
async function done(what, job, body) {
  const r = await report(what, job, body);
  assert.equal(r.status, 200, r.text);
  return r.data;
}
async function list(query) {
  const r = await server.json('GET', `/v1/jobs?${query}`);
  assert.equal(r.status, 200, r.text);
  return r.data;
}
function problem(r, status, code, about = /./) {
  assert.deepEqual([r.status, r.data.code], [status, code], r.text);
  assert.match(r.headers['content-type'], /^application\/problem\+json/);
  assert.match(r.data.detail, about);
}
const state = async (id) => (await get(id)).state;

// ---- submit

story('a job is submitted, done and remembered', async () => {
  const queue = await tracked();
  const r = await post(`/v1/queues/${queue}/jobs`, { payload: { order: 7 }, labels: { customer: 'c1' } });
  assert.equal(r.status, 202, r.text);
  const { data: job } = r;
  assert.match(job.id, UUID);
  assert.deepEqual([r.headers.location, job.state, job.queue, job.attempts],
    [`/v1/jobs/${job.id}`, 'PENDING', queue, 0]);
  const [one] = await claim(queue, { worker: 'w-1' });
  assert.deepEqual([one.id, one.state, one.attempts, one.payload, one.worker],
    [job.id, 'RUNNING', 1, { order: 7 }, 'w-1']);
  assert.equal((await done('complete', one, { result: { file: 'a.csv' }, log: 'said this' })).state, 'SUCCEEDED');
  const end = await get(job.id);
  assert.deepEqual([end.state, end.result, end.payload, end.labels, end.worker],
    ['SUCCEEDED', { file: 'a.csv' }, { order: 7 }, { customer: 'c1' }, 'w-1']);
  assert.deepEqual(end.history.map((a) => [a.number, a.outcome, a.worker, a.log]),
    [[1, 'SUCCEEDED', 'w-1', 'said this']]);
  assert.ok(end.finished_at >= end.started_at && end.started_at >= end.created_at);
  assert.equal(end.created_at, job.created_at);
});

story('any JSON is a payload, and stays what it was', async () => {
  const queue = await tracked();
  const payloads = [{ a: [1, { b: null }] }, [], 'text "quoted" 日本', 12.5, true, null, ''];
  for (const payload of payloads) await submit(queue, { payload });
  assert.deepEqual((await claim(queue, { max: 10 })).map((j) => j.payload), payloads);
  // Digits that no double holds, and their notation.
  const text = '{"payload":{"n":12345678901234567890.10,"e":1E400}}';
  const raw = await server.request({ method: 'POST', path: `/v1/queues/${queue}/jobs`, body: text });
  assert.equal(raw.status, 202, raw.text);
  assert.match((await post(`/v1/queues/${queue}/claim`, {})).text,
    /"payload":\{"n":12345678901234567890.10,"e":1E400\}/);
});

story('SQS sees the payload as JSON text, and its messages are payloads', async () => {
  const queue = await tracked();
  for (const payload of [{ a: 1 }, 'hello']) await submit(queue, { payload });
  assert.deepEqual((await sqs.receive(queue)).map((m) => m.Body).sort(), ['"hello"', '{"a":1}']);
  for (const body of ['hello', '{"a": 1}', '"hello"', '{broken']) await sqs.send(queue, body);
  assert.deepEqual((await claim(queue, { max: 10 })).map((j) => j.payload), ['hello', { a: 1 }, 'hello', '{broken']);
});

story('a list of jobs is taken whole, in its order', async () => {
  const queue = await tracked();
  const { jobs } = await submit(queue, { jobs: Array.from({ length: 1000 }, (_, i) => ({ payload: i })) });
  assert.equal(new Set(jobs.map((j) => j.id)).size, 1000);
  assert.deepEqual((await claim(queue, { max: 100 })).map((j) => j.payload), Array.from({ length: 100 }, (_, i) => i));
  assert.deepEqual((await sqs.counts(queue)), [900, 100, 0]);
});

story('of a list with one bad job nothing is taken, and its place is told', async () => {
  const queue = await tracked({ max_messages: 5 });
  const r = (jobs) => post(`/v1/queues/${queue}/jobs`, { jobs });
  problem(await r([{}, {}, { priority: 10 }]), 400, 'INVALID_PARAMETER', /^jobs\[2\]: priority must be .* 9, not 10/);
  problem(await r([{}, { parent: MISSING }]), 400, 'INVALID_PARAMETER', /^jobs\[1\]: There is no job 01890a5d/);
  problem(await r([{}, { delay_ms: 1 }, 7]), 400, 'MALFORMED_INPUT',
    /^jobs\[2\]: A job is a JSON object, not a number/);
  const full = await r(Array(6).fill({}));
  problem(full, 429, 'QUEUE_FULL', /^jobs\[5\]: .*max_messages/);
  assert.ok(Number(full.headers['retry-after']) >= 1, 'it says when to try again');
  problem(await r([]), 400, 'EMPTY_BATCH');
  problem(await r(Array(1001).fill({})), 400, 'TOO_MANY_ENTRIES', /1 to 1000 jobs, not 1001/);
  problem(await post(`/v1/queues/${queue}/jobs`, { jobs: [{}], payload: 1 }), 400, 'INVALID_PARAMETER', /'payload'/);
  assert.deepEqual((await list(`queue=${queue}`)).jobs, []);
  assert.deepEqual(await sqs.counts(queue), [0, 0, 0]);
});

story('a queue that is not there, or keeps no jobs, says so', async () => {
  const plain = fresh();
  await untracked(plain);
  problem(await post('/v1/queues/nowhere/jobs', {}), 404, 'NO_SUCH_QUEUE', /nowhere/);
  problem(await post('/v1/queues/nowhere/claim', {}), 404, 'NO_SUCH_QUEUE', /nowhere/);
  for (const what of ['jobs', 'claim'])
    problem(await post(`/v1/queues/${plain}/${what}`, {}), 409, 'NOT_TRACKED', /PUT .*"track": true/);
});

story('bad members of a job are refused by name, and nothing is submitted', async () => {
  const queue = await tracked();
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`l${i}`, 'x']));
  const cases = [
    [{ payloads: 1 }, /'payloads' is not known here. Known are: payload /],
    [{ priority: -1 }, /priority must be a number from 0 to 9/],
    [{ timeout_ms: 0 }, /timeout_ms must be/], [{ timeout_ms: 2592000001 }, /timeout_ms must be/],
    [{ delay_ms: -1 }, /delay_ms must be/], [{ delay_ms: 34560000001 }, /delay_ms must be/],
    [{ execute_at: '2026-11-22' }, /execute_at must be a time with its zone/],
    [{ execute_at: '2099-01-01T00:00:00Z' }, /execute_at is more than 400 days ahead/],
    [{ execute_at: '2026-11-22T00:00:00Z', delay_ms: 1 }, /one of them/],
    [{ parent: 'x' }, /parent must be the id/], [{ parent: MISSING }, /There is no job 01890a5d/],
    [{ labels: many }, /17 labels are too many: 16/], [{ labels: { 'a b': 'x' } }, /label 'a b'/],
    [{ labels: { ['n'.repeat(65)]: 'x' } }, /1 to 64 letters/], [{ labels: { a: 'v'.repeat(257) } }, /at most 256/],
    [{ labels: { a: 1 } }, /value of the label 'a' must be a text/],
    [{ message_group: 'a b' }, /message_group/], [{ dedup: 'x' }, /MessageDeduplicationId/],
  ];
  for (const [job, about] of cases)
    problem(await post(`/v1/queues/${queue}/jobs`, job), 400, 'INVALID_PARAMETER', about);
  problem(await post(`/v1/queues/${queue}/jobs`, { payload: '\ufffe' }), 400, 'INVALID_BODY', /characters/);
  problem(await post(`/v1/queues/${queue}/jobs`, { timeout_ms: '5' }), 400, 'MALFORMED_INPUT',
    /timeout_ms must be a number/);
  problem(await post(`/v1/queues/${queue}/jobs`, []), 400, 'MALFORMED_INPUT', /JSON object/);
  assert.deepEqual((await list(`queue=${queue}`)).jobs, []);
});

story('a payload is bounded by its queue', async () => {
  const queue = await tracked({ MaximumMessageSize: '1024' });
  await submit(queue, { payload: 'x'.repeat(1022) });
  problem(await post(`/v1/queues/${queue}/jobs`, { payload: 'x'.repeat(1023) }), 400, 'INVALID_PARAMETER', /1024/);
  const large = await tracked();
  problem(await post(`/v1/queues/${large}/jobs`, { payload: 'x'.repeat(1024 * 1024 - 1) }), 400, 'INVALID_PARAMETER',
    /1048576/);
});

story('a job runs when it is due: after its delay, at its time, or now when that is past', async (t) => {
  const queue = await tracked();
  await server.clock.for(t).advance(0);
  const now = server.clock.at;
  const later = await submit(queue, { payload: 'later', delay_ms: 90_000 });
  await submit(queue, { payload: 'at', execute_at: new Date(now + 30_000).toISOString() });
  await submit(queue, { payload: 'past', execute_at: '2020-01-01T09:00:00+09:00' });
  const due = async () => (await claim(queue, { max: 10, lease_ms: 3_600_000 })).map((j) => j.payload);
  assert.deepEqual(await due(), ['past']);
  assert.equal(later.execute_at, new Date(now + 90_000).toISOString());
  assert.equal((await get(later.id)).retry_after_ms, 60_000, 'bounded');
  await server.clock.advance(29_999);
  assert.deepEqual(await due(), []);
  await server.clock.advance(1);
  assert.deepEqual(await due(), ['at']);
  await server.clock.advance(60_000);
  assert.deepEqual(await due(), ['later']);
});

story('jobs of FIFO queues run in order, one of a group at a time, and are not put off', async () => {
  const queue = await tracked({}, freshFifo());
  const send = (payload, more = {}) => post(`/v1/queues/${queue}/jobs`,
    { payload, message_group: 'g', dedup: `${payload}`, ...more });
  const first = await send(1);
  assert.equal(first.status, 202, first.text);
  const again = await send(1);
  assert.deepEqual([again.data.id, again.data.duplicate], [first.data.id, true]);
  await send(2);
  await send(3, { message_group: 'h' });
  problem(await send(4, { delay_ms: 5 }), 400, 'INVALID_PARAMETER', /FIFO/);
  problem(await post(`/v1/queues/${queue}/jobs`, {}), 400, 'MISSING_PARAMETER', /MessageGroupId/);
  const got = await claim(queue, { max: 10 });
  assert.deepEqual(got.map((j) => j.payload).sort(), [1, 3]);
  await done('complete', got.find((j) => j.payload === 1));
  assert.deepEqual((await claim(queue, { max: 10 })).map((j) => j.payload), [2]);
});

story('the same submit with the same key is the same job for as long as that is kept', async (t) => {
  const queue = await tracked({ retention: 60 });
  const key = { 'Idempotency-Key': `order-${queue}` };
  await server.clock.for(t).advance(0);
  const send = (job = { payload: 1 }) => post(`/v1/queues/${queue}/jobs`, job, key);
  const first = await send();
  assert.equal(first.headers['idempotency-replayed'], undefined);
  await server.clock.advance(3 * 86_400_000);
  const again = await send();
  assert.deepEqual([again.status, again.text, again.headers['idempotency-replayed'], again.headers.location],
    [202, first.text, 'true', first.headers.location]);
  assert.equal(again.headers.traceparent, first.headers.traceparent);
  problem(await send({ payload: 2 }), 409, 'ID_REUSED', /for jobs that are still kept/);
  assert.deepEqual(await sqs.counts(queue), [1, 0, 0]);
  await done('complete', (await claim(queue))[0]);
  await server.clock.advance(86_400_000);
  await until('the job to be forgotten', async () => {
    await server.clock.advance(60_000);
    return (await server.json('GET', first.headers.location)).status === 404;
  });
  await server.clock.advance(2 * 86_400_000);
  assert.notEqual((await send()).data.id, first.data.id);
});

// ---- claims and reports

story('a claim waits for work', async () => {
  const queue = await tracked();
  const waiting = claim(queue, { wait_s: 20, max: 5 });
  await sleep(100);
  await submit(queue, { payload: 'come' });
  assert.deepEqual((await waiting).map((j) => j.payload), ['come']);
});

story('what a claim cannot give is refused by name', async () => {
  const queue = await tracked();
  for (const [how, about] of [[{ max: 0 }, /max must be a number from 1 to 100/], [{ max: 101 }, /max/],
    [{ wait_s: 21 }, /wait_s/], [{ lease_ms: 999 }, /lease_ms/], [{ lease_ms: 43_200_001 }, /lease_ms/],
    [{ worker: 'w'.repeat(129) }, /worker has 129 bytes/], [{ maximum: 1 }, /'maximum' is not known/]])
    problem(await post(`/v1/queues/${queue}/claim`, how), 400, 'INVALID_PARAMETER', about);
  problem(await post(`/v1/queues/${queue}/claim`, {}, { 'Idempotency-Key': 'x' }), 400, 'UNSUPPORTED_OPERATION',
    /leave it out/);
});

story('a heartbeat extends the lease, tells how far it is and learns of a cancel', async (t) => {
  const queue = await tracked({ VisibilityTimeout: '30' });
  await server.clock.for(t).advance(0);
  const job = await running(queue);
  await server.clock.advance(20_000);
  const beat = await done('heartbeat', job, { progress: 0.25, message: 'page 1' });
  assert.deepEqual([beat.canceled, beat.lease_until], [false, new Date(server.clock.at + 30_000).toISOString()]);
  await server.clock.advance(20_000);
  assert.deepEqual([(await get(job.id)).progress, (await get(job.id)).message], [0.25, 'page 1']);
  assert.equal((await get(job.id)).retry_after_ms, 60_000, '40 s for a quarter: two minutes to go, bounded');
  await done('heartbeat', job, { lease_ms: 600_000 });
  const kept = await done('heartbeat', job);
  assert.equal(kept.lease_until, new Date(server.clock.at + 600_000).toISOString(), 'it is not made shorter');
  await post(`/v1/jobs/${job.id}/cancel`, {});
  assert.equal((await done('heartbeat', job)).canceled, true);
  assert.equal((await done('fail', job)).state, 'CANCELED');
});

story('a lease that is over is lost, whatever its holder says', async (t) => {
  const queue = await tracked({ VisibilityTimeout: '30' });
  await server.clock.for(t).advance(0);
  const job = await running(queue, {}, { worker: 'vanishes' });
  await server.clock.advance(30_000);
  assert.equal(await state(job.id), 'PENDING', 'noticed without anybody asking for it');
  for (const what of ['heartbeat', 'complete', 'fail']) problem(await report(what, job), 409, 'LEASE_LOST',
    /Stop working/);
  const [again] = await claim(queue, { worker: 'another' });
  assert.deepEqual([again.id, again.attempts], [job.id, 2]);
  for (const what of ['heartbeat', 'complete', 'fail']) problem(await report(what, job), 409, 'LEASE_LOST');
  await done('complete', again);
  for (const what of ['heartbeat', 'complete', 'fail']) problem(await report(what, job), 409, 'JOB_FINAL', /SUCCEEDED/);
  assert.deepEqual((await get(job.id)).history.map((a) => [a.number, a.outcome, a.worker]),
    [[1, 'LOST', 'vanishes'], [2, 'SUCCEEDED', 'another']]);
});

story('a lease is of one job: with that of another nothing is done', async () => {
  const queue = await tracked();
  const [a, b] = [await running(queue), await running(queue)];
  problem(await post(`/v1/jobs/${a.id}/complete`, { lease: b.lease }), 409, 'LEASE_LOST');
  problem(await post(`/v1/jobs/${a.id}/complete`, { lease: 'x' }), 400, 'INVALID_PARAMETER', /'x' is no lease/);
  problem(await post(`/v1/jobs/${a.id}/complete`, {}), 400, 'MISSING_PARAMETER', /lease/);
  problem(await post(`/v1/jobs/${MISSING}/complete`, { lease: a.lease }), 404, 'NO_SUCH_JOB', /01890a5d/);
  problem(await post('/v1/jobs/x/complete', { lease: a.lease }), 404, 'NO_SUCH_JOB');
  assert.deepEqual([await state(a.id), await state(b.id)], ['RUNNING', 'RUNNING']);
});

story('what a report cannot say is refused by name', async () => {
  const queue = await tracked();
  const job = await running(queue);
  for (const [what, body, about] of [
    ['heartbeat', { progress: 1.01 }, /progress must be a number from 0 to 1/],
      ['heartbeat', { progress: 'x' }, /progress/],
    ['heartbeat', { message: 'm'.repeat(1025) }, /message has 1025 bytes/], ['heartbeat', { lease_ms: 5 }, /lease_ms/],
    ['complete', { result: 'r'.repeat(262_143) }, /result has 262145 bytes as JSON/],
      ['complete', { results: 1 }, /'results'/],
    ['fail', { error: {} }, /error needs a code/], ['fail', { error: { code: 'c', why: 1 } }, /'why'/],
    ['fail', { error: { code: 'c', data: 'd'.repeat(16_384) } }, /error has/],
    ['fail', { delay_ms: 604_800_001 }, /delay_ms/], ['fail', { retry: false, delay_ms: 1 }, /leave out one/]])
    problem(await report(what, job, body), 400, 'INVALID_PARAMETER', about);
  assert.equal((await done('complete', job, { result: 'r'.repeat(262_142), log: 'é'.repeat(40_000) })).state,
    'SUCCEEDED');
  const { log } = (await get(job.id)).history[0];
  assert.deepEqual([log.length, new Set(log).size], [32_768, 1], 'the end of a long log is kept, in whole characters');
});

story('a failure is tried again as it asks or as the queue says, until its attempts are used up', async (t) => {
  const dead = fresh('dead');
  await untracked(dead);
  const queue = await tracked({ dead_letter_queue: dead, max_receives: 3,
    retry: { backoff: { initial_ms: 10_000, factor: 2, max_ms: 60_000, jitter: 0 } } });
  await server.clock.for(t).advance(0);
  const error = { code: 'NO_STOCK', message: 'item 7', data: { item: 7 } };
  const job = await running(queue);
  assert.equal((await done('fail', job, { error })).state, 'PENDING');
  assert.deepEqual(await claim(queue), []);
  await server.clock.advance(10_000);
  const [second] = await claim(queue);
  await done('fail', second, { error, delay_ms: 5_000 });
  await server.clock.advance(5_000);
  const [third] = await claim(queue);
  assert.equal((await done('fail', third, { error })).state, 'FAILED');
  const end = await get(job.id);
  assert.deepEqual([end.state, end.attempts, end.error], ['FAILED', 3, error]);
  assert.deepEqual(end.history.map((a) => [a.outcome, a.error.code]), Array(3).fill(['FAILED', 'NO_STOCK']));
  assert.deepEqual(await sqs.counts(dead), [1, 0, 0]);
});

story('a failure that says not to try again is final at once', async () => {
  const queue = await tracked();
  const job = await running(queue);
  assert.equal((await done('fail', job, { error: { code: 'BAD_INPUT' }, retry: false, log: 'stack' })).state, 'FAILED');
  assert.deepEqual(await sqs.counts(queue), [0, 0, 0]);
  assert.equal((await get(job.id)).history[0].log, 'stack');
});

story('several reports in one request are judged one by one', async () => {
  const queue = await tracked();
  await submit(queue, { jobs: Array(4).fill({}) });
  const [a, b, c, d] = await claim(queue, { max: 4 });
  const of = ({ id, lease }, more = {}) => ({ id, lease, ...more });
  const outcome = (r) => r.data.jobs.map((j) => j.state ?? j.problem.code);
  const beats = await post('/v1/jobs:heartbeat',
    { jobs: [of(a, { progress: 1 }), of(b, { progress: 7 }), of(c), of(c)] });
  assert.deepEqual(outcome(beats), ['RUNNING', 'INVALID_PARAMETER', 'RUNNING', 'CONFLICT']);
  const ends = await post('/v1/jobs:complete',
    { jobs: [of(a, { result: 1 }), of(b, { lease: a.lease }), { id: MISSING, lease: c.lease },
    of(c, { children: [{ queue }, { queue: 'nowhere' }] }), { lease: d.lease }] });
  assert.deepEqual(outcome(ends), ['SUCCEEDED', 'LEASE_LOST', 'NO_SUCH_JOB', 'NO_SUCH_QUEUE', 'MISSING_PARAMETER']);
  assert.match(ends.data.jobs[3].problem.detail, /^children\[1\]: There is no queue named nowhere/);
  const fails = await post('/v1/jobs:fail', { jobs: [of(b, { retry: false }), of(a), of(d)] });
  assert.deepEqual(outcome(fails), ['FAILED', 'JOB_FINAL', 'PENDING']);
  assert.equal(await state(c.id), 'RUNNING', 'with its children it was refused');
  for (const what of ['heartbeat', 'complete', 'fail']) {
    problem(await post(`/v1/jobs:${what}`, { jobs: [] }), 400, 'EMPTY_BATCH');
    problem(await post(`/v1/jobs:${what}`, { jobs: Array(101).fill(of(a)) }), 400, 'TOO_MANY_ENTRIES');
  }
});

story('children come with the completion of their parent, or neither comes', async () => {
  const [queue, next] = [await tracked(), await tracked()];
  const parent = await running(queue);
  problem(await report('complete', parent, { children: [{ queue: next }, { queue: next, delay_ms: -1 }] }), 400,
    'INVALID_PARAMETER', /children\[1\]: delay_ms/);
  problem(await report('complete', parent, { children: [{ queue: next }, {}] }), 400, 'MISSING_PARAMETER',
    /children\[1\].*queue/);
  const plain = fresh();
  await untracked(plain);
  problem(await report('complete', parent, { children: [{ queue: next }, { queue: plain }] }), 409, 'NOT_TRACKED',
    /children\[1\]/);
  assert.equal(await state(parent.id), 'RUNNING');
  assert.deepEqual(await sqs.counts(next), [0, 0, 0]);
  const { children } = await done('complete', parent,
    { children: [{ queue: next, payload: 1 }, { queue, payload: 2 }] });
  const [a, b] = [await get(children[0]), await get(children[1])];
  for (const child of [a, b]) assert.deepEqual([child.parent, child.trace_id, child.parent_span_id, child.state],
    [parent.id, parent.trace_id, parent.span_id, 'PENDING']);
  assert.deepEqual([a.queue, b.queue], [next, queue]);
  assert.deepEqual((await list(`parent=${parent.id}`)).jobs.map((j) => j.id).sort(), [...children].sort());
});

// ---- cancel and retry

story('a waiting job is canceled at once, a running one by its worker, an ended one not', async () => {
  const queue = await tracked();
  const cancel = (id, body = {}) => post(`/v1/jobs/${id}/cancel`, body);
  const waiting = await submit(queue);
  const r = await cancel(waiting.id, { reason: 'ordered twice' });
  assert.deepEqual([r.status, r.data.state, r.data.error],
    [200, 'CANCELED', { code: 'CANCELED', message: 'ordered twice' }]);
  assert.deepEqual(await sqs.counts(queue), [0, 0, 0]);
  assert.equal((await cancel(waiting.id)).status, 200, 'again is no error');
  const delayed = await submit(queue, { delay_ms: 60_000 });
  assert.equal((await cancel(delayed.id)).data.state, 'CANCELED');
  const job = await running(queue);
  const asked = await cancel(job.id);
  assert.equal(asked.data.state, 'RUNNING');
  assert.ok(asked.data.cancel_requested_at);
  assert.equal((await cancel(job.id)).data.cancel_requested_at, asked.data.cancel_requested_at);
  await done('complete', job);
  assert.equal(await state(job.id), 'SUCCEEDED', 'the work was done');
  problem(await cancel(job.id), 409, 'JOB_FINAL', /SUCCEEDED/);
  problem(await cancel(MISSING), 404, 'NO_SUCH_JOB');
  problem(await cancel(job.id, { reason: 'r'.repeat(1025) }), 400, 'INVALID_PARAMETER', /reason/);
  problem(await cancel(job.id, { why: 1 }), 400, 'INVALID_PARAMETER', /'why'/);
});

story('a failed job is retried with what it had, and its dead letter goes along', async () => {
  const dead = fresh('dead');
  await untracked(dead);
  const queue = await tracked({ dead_letter_queue: dead, max_receives: 1 });
  const retry = (id, body = {}) => post(`/v1/jobs/${id}/retry`, body);
  const job = await running(queue, { payload: { keep: 'me' } });
  problem(await retry(job.id), 409, 'CONFLICT', /RUNNING/);
  await done('fail', job, { retry: false });
  assert.deepEqual(await sqs.counts(dead), [1, 0, 0]);
  assert.deepEqual([(await retry(job.id, { reason: 'mended' })).data.state], ['PENDING']);
  assert.deepEqual([await sqs.counts(dead), await sqs.counts(queue)], [[0, 0, 0], [1, 0, 0]]);
  problem(await retry(job.id), 409, 'CONFLICT', /PENDING/);
  const [again] = await claim(queue);
  assert.deepEqual([again.id, again.attempts, again.payload], [job.id, 2, { keep: 'me' }]);
  await done('complete', again);
  problem(await retry(job.id), 409, 'JOB_FINAL', /SUCCEEDED/);
  const canceled = await submit(queue);
  await post(`/v1/jobs/${canceled.id}/cancel`, {});
  problem(await retry(canceled.id), 409, 'JOB_FINAL', /CANCELED already: only a FAILED one/);
  problem(await retry(MISSING), 404, 'NO_SUCH_JOB');
  problem(await retry(job.id, { execute_at: 'soon' }), 400, 'INVALID_PARAMETER', /execute_at/);
});

story('a query cancels step by step what fits, and only that', async () => {
  const queue = await tracked();
  const jobs = Array.from({ length: 250 }, (_, i) => ({ labels: { half: i % 2 ? 'odd' : 'even' } }));
  await submit(queue, { jobs });
  await claim(queue, { max: 10 });
  const query = { queue, labels: { half: 'even' } };
  let [canceled, asked, steps, cursor] = [0, 0, 0];
  do {
    const r = await post('/v1/jobs:cancel', { query, reason: 'half of it', ...(cursor && { cursor }) });
    assert.equal(r.status, 200, r.text);
    assert.ok(r.data.canceled + r.data.asked <= 100);
    ({ cursor } = r.data);
    canceled += r.data.canceled;
    asked += r.data.asked;
    steps++;
  } while (cursor);
  assert.deepEqual([canceled, asked], [120, 5]);
  assert.ok(steps >= 2, `${steps} steps`);
  assert.deepEqual((await sqs.counts(queue)), [120, 10, 0]);
  for (const [body, about] of [[{}, /query/], [{ query: {} }, /must name a queue/],
    [{ query: { q: 'x' } }, /must name a queue/],
    [{ query: { queue, state: 'FAILED' } }, /Only jobs that are PENDING or RUNNING/],
      [{ query: { quere: 'x' } }, /'quere'/],
    [{ query: { queue, labels: { a: '1', b: '2', c: '3', d: '4', e: '5' } } }, /5 labels are too many: 4/]]) {
    const r = await post('/v1/jobs:cancel', body);
    assert.equal(r.status, 400, r.text);
    assert.match(r.data.detail, about);
  }
});

// ---- waiting

story('who waits for a job is answered when it ends', async () => {
  const queue = await tracked();
  const job = await running(queue);
  const waits = Array.from({ length: 20 }, () => get(job.id, '?wait=20'));
  await sleep(100);
  await done('heartbeat', job, { progress: 0.5 });
  await done('complete', job, { result: 42 });
  for (const end of await Promise.all(waits)) assert.deepEqual([end.state, end.result], ['SUCCEEDED', 42]);
  assert.equal((await get(job.id, '?wait=20')).result, 42, 'at once when it has ended');
});

story('a wait that is over tells what the job is then', async () => {
  const queue = await tracked();
  const job = await submit(queue);
  const waiting = get(job.id, '?wait=1');
  const [one] = await claim(queue);
  const seen = await waiting;
  assert.deepEqual([seen.state, seen.id], ['RUNNING', one.id]);
  assert.ok(seen.retry_after_ms > 0);
  for (const wait of ['61', '-1', 'x'])
    problem(await server.json('GET', `/v1/jobs/${job.id}?wait=${wait}`), 400, 'INVALID_PARAMETER', /from 0 to 60/);
  problem(await server.json('GET', `/v1/jobs/${MISSING}?wait=5`), 404, 'NO_SUCH_JOB');
});

/** Submits with ?wait=, whoever works. */
const submitAndWait = (queue, seconds, job = {}, headers = {}) =>
  post(`/v1/queues/${queue}/jobs?wait=${seconds}`, job, headers);
const shownAs = (r) => [r.status, r.data.state, r.data.result];

story('who submits and waits has the end in the answer, whatever it is', async () => {
  const queue = await tracked();
  const ends = ['good', 'bad', 'stopped'].map((payload) => submitAndWait(queue, 20, { payload, labels: { a: 'b' } }));
  for (let n = 0; n < 3;) {
    for (const job of await claim(queue, { max: 3, wait_s: 5 })) {
      n++;
      if (job.payload === 'good') await done('complete', job, { result: { rows: 7 } });
      if (job.payload === 'bad') await done('fail', job, { retry: false, error: { code: 'BROKEN' } });
      if (job.payload !== 'stopped') continue;
      await post(`/v1/jobs/${job.id}/cancel`, {});
      assert.equal((await done('heartbeat', job)).canceled, true);
      await done('fail', job, { retry: false });
    }
  }
  const [good, bad, stopped] = await Promise.all(ends);
  assert.deepEqual(shownAs(good), [201, 'SUCCEEDED', { rows: 7 }]);
  assert.deepEqual([good.data.payload, good.data.labels, good.data.history.length], ['good', { a: 'b' }, 1]);
  assert.equal(good.headers.location, `/v1/jobs/${good.data.id}`);
  assert.ok(good.headers.traceparent.includes(good.data.trace_id));
  assert.equal(good.headers['retry-after'], undefined);
  assert.deepEqual([...shownAs(bad), bad.data.error.code], [201, 'FAILED', undefined, 'BROKEN']);
  assert.deepEqual(shownAs(stopped), [201, 'CANCELED', undefined]);
});

story('a submit that waited in vain is a submit, with advice', async () => {
  const queue = await tracked();
  const late = await submitAndWait(queue, 1);
  assert.deepEqual(shownAs(late), [202, 'PENDING', undefined]);
  assert.equal(late.headers.location, `/v1/jobs/${late.data.id}`);
  assert.ok(Number(late.headers['retry-after']) > 0 && late.data.retry_after_ms > 0);
  assert.equal((await submitAndWait(queue, 0)).status, 202, 'no wait is none');
  const [one] = await claim(queue);
  await done('complete', one, { result: 1 });
  assert.equal((await get(late.data.id)).state, 'SUCCEEDED');
});

story('what cannot be waited for is not submitted', async () => {
  const queue = await tracked();
  for (const wait of ['61', '-1', 'x', '1.5'])
    problem(await submitAndWait(queue, wait), 400, 'INVALID_PARAMETER', /from 0 to 60/);
  problem(await submitAndWait(queue, 5, { jobs: [{}] }), 400, 'INVALID_PARAMETER', /one job/);
  problem(await submitAndWait(fresh(), 5), 404, 'NO_SUCH_QUEUE');
  assert.deepEqual((await list(`queue=${queue}`)).jobs, []);
});

story('a submit that comes again with its key waits for the job of the first', async () => {
  const queue = await tracked();
  const key = { 'idempotency-key': fresh('wait') };
  const first = submitAndWait(queue, 20, { payload: 1 }, key);
  const [one] = await claim(queue, { wait_s: 5 });
  const second = submitAndWait(queue, 20, { payload: 1 }, key);
  problem(await submitAndWait(queue, 20, { payload: 2 }, key), 409, 'ID_REUSED');
  await done('complete', one, { result: 'once' });
  const answers = [await first, await second, await submitAndWait(queue, 20, { payload: 1 }, key)];
  for (const a of answers) assert.deepEqual([...shownAs(a), a.data.id], [201, 'SUCCEEDED', 'once', one.id]);
  assert.deepEqual(answers.map((a) => a.headers['idempotency-replayed']), [undefined, 'true', 'true']);
  assert.equal((await list(`queue=${queue}`)).jobs.length, 1);
});

story('when its job is gone, a submit that comes again has the answer that was kept', async (t) => {
  await server.clock.for(t).advance(0);
  const queue = await tracked({ retention: 60 });
  const key = { 'idempotency-key': fresh('gone') };
  const first = submitAndWait(queue, 20, { payload: 1 }, key);
  const [one] = await claim(queue, { wait_s: 5 });
  await done('complete', one);
  assert.equal((await first).status, 201);
  await until('the job to be forgotten', async () => {
    await server.clock.advance(60_000);
    return (await server.json('GET', `/v1/jobs/${one.id}`)).status === 404;
  });
  const again = await submitAndWait(queue, 20, { payload: 1 }, key);
  assert.deepEqual([...shownAs(again), again.data.id], [202, 'PENDING', undefined, one.id]);
  assert.equal(again.headers['idempotency-replayed'], 'true');
  assert.equal(again.headers.location, `/v1/jobs/${one.id}`);
});

story('who waits holds nothing of what was submitted: large ones wait, and others are heard', async () => {
  const queue = await tracked();
  const payload = Array(190_000).fill(1); // many times its text when it is read: for twenty there is no room
  const waits = [];
  for (let n = 1; n <= 30; n++) {
    waits.push(submitAndWait(queue, 2, { payload }));
    await until(`${n} of them to be there`, async () => (await sqs.counts(queue))[0] === n);
  }
  for (const r of await Promise.all(waits)) assert.deepEqual([r.status, r.data.state], [202, 'PENDING']);
});

story('of a FIFO queue a duplicate waits for the first', async () => {
  const queue = freshFifo();
  await tracked({}, queue);
  const job = { message_group: 'g', dedup: 'd', payload: 1 };
  const first = await submit(queue, job);
  const second = submitAndWait(queue, 20, job);
  const [one] = await claim(queue, { wait_s: 5 });
  await done('complete', one, { result: 3 });
  const r = await second;
  assert.deepEqual([...shownAs(r), r.data.id, r.data.duplicate], [201, 'SUCCEEDED', 3, first.id, true]);
});

// ---- finding

story('jobs are found by queue, state, label, text and time, newest first', async () => {
  const [queue, other] = [await tracked(), await tracked()];
  const { jobs } = await submit(queue, { jobs: [{ labels: { customer: 'c-7', kind: 'a' } },
    { labels: { customer: 'c-7', kind: 'b' } }, { labels: { customer: 'c-8' } }, {}] });
  const ids = jobs.map((j) => j.id);
  const order = [...ids].reverse();
  await submit(other, { labels: { customer: 'c-7' } });
  // Made in the same millisecond, so they have no order but that in their queue.
  const found = async (query) => (await list(query)).jobs.map((j) => j.id).sort();
  const some = (...at) => at.map((i) => ids[i]).sort();
  assert.deepEqual((await list(`queue=${queue}`)).jobs.map((j) => j.id), order);
  const claimed = await claim(queue, { max: 2, worker: 'finder' });
  assert.deepEqual(claimed.map((j) => j.id), ids.slice(0, 2));
  await done('fail', claimed[0], { error: { code: 'ODD_THING', message: 'm' }, retry: false });
  await done('complete', claimed[1]);
  await post(`/v1/jobs/${ids[2]}/cancel`, {});
  for (const [name, at] of [['FAILED', 0], ['SUCCEEDED', 1], ['CANCELED', 2], ['PENDING', 3]]) {
    assert.deepEqual(await found(`queue=${queue}&state=${name}`), [ids[at]], name);
    const everywhere = await found(`state=${name}`);
    assert.ok(everywhere.includes(ids[at]) && !everywhere.includes(ids[(at + 1) % 4]), name);
  }
  assert.deepEqual(await found(`queue=${queue}&state=FAILED,PENDING`), some(0, 3));
  assert.deepEqual(await found(`label.customer=c-7&queue=${queue}`), some(0, 1));
  assert.deepEqual(await found('label.customer=c-7&label.kind=b'), [ids[1]]);
  assert.deepEqual(await found(`queue=${queue}&q=odd_thing`), [ids[0]]);
  assert.deepEqual(await found(`queue=${queue}&q=FINDER`), some(0, 1));
  assert.deepEqual(await found(`q=${ids[3]}`), [ids[3]]);
  assert.deepEqual(await found(`queue=${queue}&q=nothing+like+it`), []);
  const { created_at } = jobs[0];
  assert.deepEqual(await found(`queue=${queue}&from=${created_at}`), some(0, 1, 2, 3));
  assert.deepEqual(await found(`queue=${queue}&to=${created_at}`), []);
  assert.deepEqual(await found(`queue=${queue}&from=2020-01-01T00:00:00%2B09:00&to=2021-01-01T00:00:00Z`), []);
  assert.deepEqual(await found(`queue=${queue}&state=RUNNING`), []);
  assert.deepEqual((await found('state=PENDING')).filter((id) => ids.includes(id)), [ids[3]]);
  assert.deepEqual(await found(`trace=${jobs[3].trace_id}`), [ids[3]]);
  assert.deepEqual(await found(`trace=${ids[3]}&state=RUNNING`), []);
});

story('pages follow each other without gap or repetition', async () => {
  const queue = await tracked();
  const { jobs } = await submit(queue, { jobs: Array(45).fill({ labels: { page: queue } }) });
  await Promise.all((await claim(queue, { max: 20 })).map((j, i) =>
    (i % 2 ? done('complete', j) : done('fail', j, { retry: false }))));
  const all = jobs.map((j) => j.id).sort();
  for (const query of [`queue=${queue}`, `label.page=${queue}`, `from=${jobs[0].created_at}&q=${queue}`]) {
    let [seen, cursor] = [[]];
    do {
      const page = await list(`${query}&limit=7${cursor ? `&cursor=${cursor}` : ''}`);
      assert.ok(page.jobs.length <= 7);
      seen = seen.concat(page.jobs.map((j) => j.id));
      ({ cursor } = page);
    } while (cursor);
    assert.deepEqual(seen.sort(), all, query);
  }
  const byPlace = (await list(`queue=${queue}&limit=7`)).cursor;
  problem(await server.json('GET', `/v1/jobs?label.page=${queue}&cursor=${byPlace}`), 400, 'INVALID_PARAMETER',
    /another query/);
});

story('what cannot be looked for is refused by name', async () => {
  for (const [query, about] of [['stat=FAILED', /'stat' is not known here/], ['state=DONE', /'DONE' is no state/],
    ['trace=x', /trace must be/], ['parent=x', /parent must be/], ['from=yesterday', /from must be a time/],
    ['limit=0', /limit must be a number from 1 to 200/], ['limit=201', /limit/], ['cursor=x', /no cursor/],
    [`q=${'x'.repeat(129)}`, /q has 129 bytes/], ['state=FAILED&state=PENDING', /state is given twice/],
      ['label.=x', /label ''/],
    ['label.a=1&label.b=1&label.c=1&label.d=1&label.e=1', /5 labels are too many/]])
    problem(await server.json('GET', `/v1/jobs?${query}`), 400, 'INVALID_PARAMETER', about);
  for (const id of [MISSING, 'x', `${MISSING}0`]) problem(await server.json('GET', `/v1/jobs/${id}`), 404,
    'NO_SUCH_JOB');
});

// ---- traces

story('a trace goes from the request through the jobs and their children', async () => {
  const queue = await tracked();
  const [trace, span] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
  const r = await post(`/v1/queues/${queue}/jobs`, {}, { traceparent: `00-${trace}-${span}-01` });
  assert.deepEqual([r.data.trace_id, r.data.parent_span_id], [trace, span]);
  assert.equal(r.headers.traceparent, `00-${trace}-${r.data.span_id}-01`);
  const [job] = await claim(queue);
  assert.equal(job.traceparent, r.headers.traceparent);
  const child = await submit(queue, { parent: job.id }, { traceparent: `00-${'1'.repeat(32)}-${span}-01` });
  assert.deepEqual([child.trace_id, child.parent_span_id], [trace, job.span_id], 'the parent goes first');
  const [, own] = [await submit(queue), await submit(queue, {}, { traceparent: 'nonsense' })];
  assert.deepEqual([own.trace_id, own.parent_span_id], [own.id.replaceAll('-', ''), undefined]);
  const byChild = await submit(queue, { parent: child.id });
  assert.deepEqual((await list(`trace=${trace}`)).jobs.map((j) => j.id).sort(), [job.id, child.id, byChild.id].sort());
  const ofOwn = await submit(queue, { parent: own.id });
  assert.deepEqual((await list(`trace=${own.id}`)).jobs.map((j) => j.id), [ofOwn.id, own.id]);
});

story('failed jobs of one error are redriven, at a rate, and each once', async () => {
  const q = await tracked({ retry: { max_attempts: 1 } });
  for (let i = 0; i < 5; i++) {
    const job = await running(q, { labels: { n: `${i}` } });
    await report('fail', job, { error: { code: i % 2 ? 'BAD' : 'TIMEOUT' } });
  }
  const ask = { query: { queue: q }, error: 'TIMEOUT', rate: 1, reason: 'the bank is back' };
  const dry = await post('/v1/jobs:redrive', { ...ask, dry_run: true });
  assert.deepEqual([dry.status, dry.data.matched, dry.data.retried], [200, 3, 0]);
  const step = await post('/v1/jobs:redrive', ask);
  assert.deepEqual([step.data.matched, step.data.retried, step.data.refused, step.data.cursor], [3, 3, 0, undefined]);
  assert.equal((await post('/v1/jobs:redrive', ask)).data.matched, 0, 'none of them is FAILED any more');
  const open = (await server.json('GET', `/v1/jobs?queue=${q}&state=PENDING`)).data.jobs;
  assert.equal(open.length, 3);
  assert.equal(open.filter((j) => j.execute_at).length, 2, 'one a second');
  const wrong = await post('/v1/jobs:redrive', { query: { queue: q, state: 'RUNNING' } });
  assert.deepEqual([wrong.status, wrong.data.code], [400, 'INVALID_PARAMETER']);
});
