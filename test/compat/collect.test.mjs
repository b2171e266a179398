// collect.test.mjs - queues that hand on by themselves, as a client sees them.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, start, story, until } from './lib.mjs';

const server = await start();
after(() => server.close());
const call = (...args) => server.json(...args);

async function good(...args) {
  const r = await call(...args);
  assert.ok(r.status < 300, `${args.slice(0, 2).join(' ')}: ${r.status} ${r.text}`);
  return r.data;
}

async function pair(settings, of_target = {}) {
  const [into, dead, name] = [fresh('into'), fresh('dead'), fresh('from')];
  await good('PUT', `/v1/queues/${into}`, of_target);
  await good('PUT', `/v1/queues/${dead}`, {});
  for (const flow of Object.values(settings)) if (flow.into === undefined) flow.into = into;
  await good('PUT', `/v1/queues/${name}`, { dead_letter_queue: dead, max_receives: 3, ...settings });
  return { into, dead, name };
}

const send = (name, body, more = {}) => good('POST', `/v1/queues/${name}/messages`, { body, ...more });
const bodies = async (name) => (await good('GET', `/v1/queues/${name}/messages`)).messages.map((m) => m.body);
const some = (name, n) => until(`${n} messages in ${name}`, async () => {
  const found = await bodies(name);
  return found.length >= n && found;
});

story('changes are collected: so many, or so long', async () => {
  const { into, name } = await pair({ collect: { max: 3, wait_ms: 200 } });
  for (const body of ['{"n":1}', 'two', '3', '4']) await send(name, body);
  const [first, second] = (await some(into, 2)).map((body) => JSON.parse(body));
  assert.deepEqual([first.messages, first.count], [[{ n: 1 }, 'two', 3], 3]);
  assert.match(first.first_sent_at, /^\d{4}-\d\d-\d\dT.*Z$/);
  assert.deepEqual([second.messages, second.count], [[4], 1], 'after the time was over');
  assert.deepEqual(await bodies(name), []);
});

story('a closing becomes a job for each account, children of one trace', async () => {
  const { into, name, dead } = await pair({ split: { at: '/accounts' } }, { track: true });
  await good('PUT', `/v1/queues/${name}`, { track: true });
  const job = await good('POST', `/v1/queues/${name}/jobs`, { payload: { accounts: [{ id: 1 }, { id: 2 }] } });
  await some(into, 2);
  const { jobs } = await good('POST', `/v1/queues/${into}/claim`, { max: 10 });
  assert.deepEqual(jobs.map((j) => [j.payload.id, j.parent]), [[1, job.id], [2, job.id]]);
  const done = await good('GET', `/v1/jobs/${job.id}`);
  assert.deepEqual([done.state, done.result], ['SUCCEEDED', { into, count: 2 }]);
  await send(name, '{"accounts": 7}');
  await some(dead, 1);
  const { errors } = await good('GET', `/v1/queues/${dead}/errors`);
  assert.equal(errors[0].code, 'NOT_AN_ARRAY');
});

story('the attributes are shown as they were set, and removed', async () => {
  const { into, name } = await pair({ collect: { max: 3, wait_ms: 200, by_group: true } });
  const shown = await good('GET', `/v1/queues/${name}`);
  assert.deepEqual(shown.collect, { into, max: 3, wait_ms: 200, by_group: true });
  await good('PUT', `/v1/queues/${name}`, { collect: null, split: { into } });
  const then = await good('GET', `/v1/queues/${name}`);
  assert.deepEqual([then.collect, then.split], [undefined, { into }]);
  const wrong = [{ split: { into: name } }, { split: { into, at: 'x' } }, { split: 7 }, { dead_letter_queue: null }];
  for (const bad of wrong) {
    const r = await call('PUT', `/v1/queues/${name}`, bad);
    assert.deepEqual([r.status, r.data.code], [400, 'INVALID_ATTRIBUTE'], r.text);
  }
  const circle = await call('PUT', `/v1/queues/${into}`, { split: { into: name }, dead_letter_queue: fresh() });
  assert.equal(circle.status, 400);
});
