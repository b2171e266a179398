// tracking.test.mjs - queues with `track`: how they are set up, and what else is seen of them
// than their jobs (jobs.test.mjs, tracked.test.mjs).
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { start, story } from './lib.mjs';

const server = await start();
after(() => server.close());
const put = (name, body) => server.json('PUT', `/v1/queues/${name}`, body);
const get = async (name) => (await server.json('GET', `/v1/queues/${name}`)).data;
const post = (path, body) => server.json('POST', path, body);

async function refused(answer, status, code, detail) {
  const r = await answer;
  assert.deepEqual([r.status, r.data.code], [status, code], r.text);
  if (detail) assert.match(r.data.detail, detail);
}

story('track, retry and retention are set, shown, and set back', async () => {
  const retry = { max_attempts: 4, backoff: { initial_ms: 250, factor: 1.5, max_ms: 60000, jitter: 0 } };
  assert.equal((await put('shown', { track: true, retry, retention: 3600 })).status, 201);
  const shown = await get('shown');
  assert.deepEqual([shown.track, shown.retry, shown.retention], [true, retry, 3600]);
  assert.equal((await put('shown', { retry: null, retention: null, track: null })).status, 200);
  const back = await get('shown');
  assert.deepEqual([back.track, back.retry, back.retention], [false, undefined, 604800]);
});

story('what they cannot be is refused by name, and nothing is changed', async () => {
  await put('bounds', { track: true, retention: 60 });
  for (const [body, detail] of [
    [{ retention: 59 }, /retention/],
    [{ retention: 34560001 }, /retention/],
    [{ track: 'yes' }, /track/],
    [{ retry: 5 }, /retry.*object/],
    [{ retry: { attempts: 3 } }, /retry.*no member attempts/],
    [{ retry: { max_attempts: 1001 } }, /max_attempts.*1 to 1000/],
    [{ retry: { backoff: { initial_ms: 604800001 } } }, /initial_ms/],
    [{ retry: { backoff: { max_ms: 604800001 } } }, /max_ms/],
    [{ retry: { backoff: { factor: 0.5 } } }, /factor/],
    [{ retry: { backoff: { jitter: 2 } } }, /jitter/],
  ]) await refused(put('bounds', body), 400, 'INVALID_ATTRIBUTE', detail);
  const { retention, retry } = await get('bounds');
  assert.deepEqual([retention, retry], [60, undefined]);
  assert.equal((await put('bounds', { retention: 34560000 })).status, 200);
});

story('a dead-letter queue is not tracked, and a tracked queue is no dead-letter queue', async () => {
  await put('grave', {});
  await put('alive', { track: true, dead_letter_queue: 'grave' });
  await refused(put('grave', { track: true }), 400, 'INVALID_ATTRIBUTE', /dead-letter queue of alive/);
  await put('other', { track: true });
  await refused(put('third', { dead_letter_queue: 'other' }), 400, 'INVALID_PARAMETER', /other is tracked/);
});

story('track goes off only when nothing waits', async () => {
  await put('busy', { track: true });
  await post('/v1/queues/busy/messages', { body: 'a' });
  await refused(put('busy', { track: false }), 409, 'CONFLICT', /messages whose jobs have not ended/);
  await post('/v1/queues/busy/purge', {});
  assert.equal((await put('busy', { track: false })).status, 200);
});

story('a message that waits for its next attempt is delayed, not in flight', async () => {
  await put('later', { track: true });
  await post('/v1/queues/later/messages', { body: 'a' });
  const claim = await post('/v1/queues/later/claim', {});
  const [job] = claim.data.jobs;
  assert.equal((await get('later')).in_flight, 1);
  const failed = await post(`/v1/jobs/${job.id}/fail`, { lease: job.lease, error: { code: 'X', message: 'no' },
    delay_ms: 60000 });
  assert.equal(failed.status, 200, failed.text);
  const { in_flight, delayed } = await get('later');
  assert.deepEqual([in_flight, delayed], [0, 1]);
  const peek = await server.json('GET', '/v1/queues/later/messages');
  assert.deepEqual([peek.data.messages[0].state, peek.data.messages[0].receive_count], ['delayed', 1]);
});

story('at most a hundred jobs are claimed at once', async () => {
  await put('many', { track: true });
  for (let i = 0; i < 101; i++) await post('/v1/queues/many/messages', { body: 'x' });
  const all = await post('/v1/queues/many/claim', { max: 100 });
  assert.equal(all.data.jobs.length, 100);
  assert.ok((await post('/v1/queues/many/claim', { max: 101 })).status === 400);
});
