// saga.test.mjs - sagas and recovery items, as a client sees them.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, freshFifo, start, story } from './lib.mjs';

const server = await start();
after(() => server.close());

async function rest(method, at, body) {
  const r = await fetch(`${server.url}${at}`, {
    method, body: body && JSON.stringify(body), headers: body ? { 'content-type': 'application/json' } : {},
  });
  return { status: r.status, data: r.status === 204 ? undefined : await r.json() };
}

async function good(...args) {
  const r = await rest(...args);
  assert.ok(r.status < 300, `${args.slice(0, 2).join(' ')}: ${r.status} ${JSON.stringify(r.data)}`);
  return r.data;
}

async function queue(settings = { track: true, retry: { max_attempts: 2, backoff: { initial_ms: 1 } } }) {
  const name = fresh();
  await good('PUT', `/v1/queues/${name}`, settings);
  return name;
}

async function claim(name) {
  const { jobs } = await good('POST', `/v1/queues/${name}/claim`, { max: 1, wait_s: 5 });
  assert.equal(jobs.length, 1, `a job in ${name}`);
  return jobs[0];
}

const messages = async (name) => (await good('GET', `/v1/queues/${name}/messages`)).messages;
const complete = async (name, result) => {
  const job = await claim(name);
  await good('POST', `/v1/jobs/${job.id}/complete`, { lease: job.lease, result });
  return job;
};
const fail = async (name, more = { retry: false }) => {
  const job = await claim(name);
  await good('POST', `/v1/jobs/${job.id}/fail`, { lease: job.lease, error: { code: 'NO' }, ...more });
};
const saga = async (group) => (await good('GET', `/v1/groups/${group.id}`)).saga;
const states = async (group) => {
  const { state, steps } = await saga(group);
  return [state, ...steps.map((s) => s.state)].join(' ');
};

async function signUp(more = {}) {
  const q = { replies: await queue({}) };
  for (const each of ['user', 'crm', 'bill', 'undo']) q[each] = await queue();
  const group = await good('POST', '/v1/groups', {
    on_done: { queue: q.replies, correlation_id: 'c' },
    saga: { steps: [
      { name: 'user', job: { queue: q.user, payload: { user: 7 } },
        compensation: { queue: q.undo, payload: 'now', labels: { kind: 'undo' } } },
      { name: 'crm', job: { queue: q.crm }, manual: 'Delete the customer record by hand.', ...more },
      { name: 'bill', job: { queue: q.bill, labels: { user: '7' } } },
    ] },
  });
  return { q, group };
}

story('a sign-up goes through three systems', async () => {
  const { q, group } = await signUp();
  assert.deepEqual([group.closed, group.total, group.saga.state], [true, 1, 'RUNNING']);
  const user = await complete(q.user, { id: 4711 });
  assert.deepEqual([user.id, user.group], [group.saga.steps[0].job, group.id]);
  assert.equal(await states(group), 'RUNNING SUCCEEDED RUNNING WAITING');
  const crm = await complete(q.crm);
  assert.deepEqual([crm.payload, crm.parent], [null, user.id]);
  assert.equal(crm.traceparent.split('-')[1], user.id.replaceAll('-', ''));
  assert.equal((await messages(q.replies)).length, 0);
  await complete(q.bill);
  const done = await good('GET', `/v1/groups/${group.id}`);
  assert.deepEqual([done.done, done.succeeded, done.saga.state], [true, 3, 'SUCCEEDED']);
  const [told] = await messages(q.replies);
  assert.deepEqual(JSON.parse(told.body), {
    group: group.id, state: 'SUCCEEDED', counts: { total: 3, succeeded: 3, failed: 0, canceled: 0 },
    correlation_id: 'c',
  });
});

story('the last step fails: compensations run with retries, the rest is a person\'s', async () => {
  const { q, group } = await signUp();
  await complete(q.user, { id: 4711 });
  await complete(q.crm);
  await fail(q.bill, {});
  assert.equal(await states(group), 'RUNNING SUCCEEDED SUCCEEDED RUNNING', 'its queue allows two attempts');
  await fail(q.bill, {});
  assert.equal(await states(group), 'COMPENSATING COMPENSATING NEEDS_RECOVERY FAILED');
  await fail(q.undo, {});
  const undo = await complete(q.undo);
  assert.deepEqual(undo.payload, {
    saga: group.id, step: 'user', job: group.saga.steps[0].job, payload: { user: 7 }, result: { id: 4711 },
    compensation: 'now',
  });
  assert.deepEqual([undo.labels, undo.attempts], [{ kind: 'undo' }, 2]);
  assert.equal(await states(group), 'NEEDS_RECOVERY COMPENSATED NEEDS_RECOVERY FAILED');
  assert.deepEqual((await saga(group)).error.code, 'NO');
  const open = (await good('GET', '/v1/recoveries?state=OPEN')).recoveries.filter((i) => i.saga === group.id);
  assert.deepEqual(open.map((i) => [i.step, i.what]), [['crm', 'Delete the customer record by hand.']]);
  assert.equal((await rest('POST', `/v1/recoveries/${open[0].id}/done`, {})).data.code, 'MISSING_PARAMETER');
  const item = await good('POST', `/v1/recoveries/${open[0].id}/done`, { reason: 'deleted it' });
  assert.deepEqual([item.state, item.reason], ['DONE', 'deleted it']);
  assert.equal(await states(group), 'COMPENSATED COMPENSATED RECOVERED FAILED');
  assert.equal((await messages(q.replies)).length, 1);
});

story('a canceled saga undoes what it did', async () => {
  const { q, group } = await signUp({ manual: undefined, nothing_to_undo: true });
  await complete(q.user);
  const running = await claim(q.crm);
  await good('POST', `/v1/groups/${group.id}/cancel`, { reason: 'twice' });
  assert.equal((await good('POST', `/v1/jobs/${running.id}/heartbeat`, { lease: running.lease })).canceled, true);
  await good('POST', `/v1/jobs/${running.id}/complete`, { lease: running.lease });
  assert.equal(await states(group), 'COMPENSATING COMPENSATING NOTHING_TO_UNDO WAITING');
  await complete(q.undo);
  assert.equal((await saga(group)).state, 'COMPENSATED');
  assert.match((await saga(group)).error.message, /twice/);
});

story('recovery items come in pages', async () => {
  for (let i = 0; i < 3; i++) {
    const { q, group } = await signUp();
    await complete(q.user);
    await complete(q.crm);
    await good('POST', `/v1/groups/${group.id}/cancel`, {});
  }
  const seen = [];
  for (let cursor = ''; cursor !== undefined;) {
    const page = await good('GET', `/v1/recoveries?limit=2${cursor && `&cursor=${cursor}`}`);
    seen.push(...page.recoveries.map((i) => i.id));
    cursor = page.cursor;
  }
  assert.deepEqual(seen, [...new Set(seen)].sort().reverse());
  assert.ok(seen.length >= 3);
  assert.equal((await rest('GET', '/v1/recoveries?state=LOST')).status, 400);
  assert.equal((await rest('GET', '/v1/recoveries?limit=201')).status, 400);
  const none = await rest('POST', '/v1/recoveries/019f0000-0000-7000-8000-000000000000/done', { reason: 'x' });
  assert.deepEqual([none.status, none.data.code], [404, 'NO_SUCH_RECOVERY']);
});

story('a step whose deduplication id was used by somebody fails, and the others are undone', async () => {
  const [a, b, undo] = [await queue(), freshFifo(), await queue()];
  await good('PUT', `/v1/queues/${b}`, { track: true });
  const { id } = await good('POST', '/v1/groups', { saga: { steps: [
    { name: 'first', job: { queue: a }, compensation: { queue: undo } },
    { name: 'second', job: { queue: b, message_group: 'g' } }] } });
  await good('POST', `/v1/queues/${b}/jobs`, { message_group: 'g', dedup: `${id}/1` });
  await complete(a);
  await complete(undo);
  const { saga } = await good('GET', `/v1/groups/${id}`);
  assert.equal(saga.state, 'COMPENSATED');
  assert.match(saga.error.message, /deduplication id/);
});

story('what cannot be is refused, and nothing is left behind', async () => {
  const name = await queue();
  const job = { queue: name };
  const step = { name: 'a', job, nothing_to_undo: true };
  const cases = [
    [{ steps: [] }, /1 to 50 steps/],
    [{ steps: Array.from({ length: 51 }, (_, i) => ({ ...step, name: `s${i}` })) }, /1 to 50 steps, not 51/],
    [{ steps: [{ name: 'a', job }, step] }, /steps\[0\]: Say how the step is undone/],
    [{ steps: [step, { ...step, job }] }, /steps\[1\]: Another step has this name/],
    [{ steps: [{ ...step, manual: 'x' }, { name: 'b', job }] }, /steps\[0\]: nothing_to_undo/],
    [{ steps: [{ name: 'x'.repeat(65), job }] }, /name has 65 bytes/],
    [{ steps: [{ name: 'x', job, manual: 'x'.repeat(4097) }] }, /manual has 4097 bytes/],
    [{ steps: [{ name: 'x' }] }, /job/],
    [{ steps: [{ name: 'x', job: { queue: 'nowhere' } }] }, /steps\[0\]\.job: There is no queue named nowhere/],
    [{ steps: [{ name: 'x', job: { ...job, execute_at: '2030-01-01T00:00:00Z' } }] }, /execute_at/],
    [{ steps: [7] }, /A step is a JSON object/],
    [{ steps: [step], more: 1 }, /more/],
    [7, /saga/],
  ];
  for (const [body, why] of cases) {
    const r = await rest('POST', '/v1/groups', { saga: body });
    assert.ok(r.status >= 400 && r.status < 500, JSON.stringify([body, r.data]).slice(0, 300));
    assert.match(r.data.detail, why);
  }
  const both = await rest('POST', '/v1/groups', { saga: { steps: [step] }, jobs: [job] });
  assert.equal(both.status, 400);
  assert.equal((await good('POST', `/v1/queues/${name}/claim`, { max: 10 })).jobs.length, 0);
  const most = Array.from({ length: 50 }, (_, i) => ({ ...step, name: `s${i}` }));
  const made = await good('POST', '/v1/groups', { saga: { steps: most } });
  assert.equal(made.saga.steps.length, 50);
});
