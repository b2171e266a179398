// groups.test.mjs - groups of jobs and who is told of an end, as a client sees them.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, freshFifo, start, story, until } from './lib.mjs';

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

async function queue(settings = {}) {
  const name = fresh();
  await good('PUT', `/v1/queues/${name}`, settings);
  return name;
}

const claim = async (name, max = 10) => (await good('POST', `/v1/queues/${name}/claim`, { max })).jobs;
const messages = async (name) => (await good('GET', `/v1/queues/${name}/messages`)).messages;
const complete = (job, more = {}) => good('POST', `/v1/jobs/${job.id}/complete`, { lease: job.lease, ...more });

story('pages of an export are rendered side by side and bound when all are done', async () => {
  const [pages, bind] = [await queue({ track: true }), await queue({ track: true })];
  const group = await good('POST', '/v1/groups', {
    on_done: { queue: bind, payload: { file: 'export.pdf' }, correlation_id: 'order-7' },
    jobs: [1, 2, 3].map((page) => ({ queue: pages, payload: { page } })),
  });
  assert.deepEqual([group.total, group.open, group.closed, group.jobs.length], [3, 3, true, 3]);
  const [first, ...others] = await claim(pages);
  assert.equal(first.group, group.id);
  let now = await good('GET', `/v1/groups/${group.id}`);
  assert.deepEqual([now.pending, now.running, now.done], [0, 3, false]);
  for (const job of others) await complete(job);
  assert.equal((await claim(bind)).length, 0, 'one is missing');
  await complete(first);
  now = await good('GET', `/v1/groups/${group.id}`);
  assert.deepEqual([now.succeeded, now.done], [3, true]);
  const [last] = await claim(bind);
  assert.deepEqual(last.payload, {
    group: group.id, state: 'SUCCEEDED', counts: { total: 3, succeeded: 3, failed: 0, canceled: 0 },
    correlation_id: 'order-7', payload: { file: 'export.pdf' },
  });
  assert.equal((await good('GET', `/v1/jobs?group=${group.id}`)).jobs.length, 3);
});

story('a job that is done leaves its children as a group', async () => {
  const [name, replies] = [await queue({ track: true }), await queue()];
  await good('POST', `/v1/queues/${name}/jobs`, { payload: 'split' });
  const [job] = await claim(name);
  const said = await complete(job, {
    children: [{ queue: name, payload: 1 }, { queue: name, payload: 2 }], group: { on_done: { queue: replies } },
  });
  const children = await claim(name);
  assert.deepEqual(children.map((c) => [c.parent, c.group]), [[job.id, said.group], [job.id, said.group]]);
  for (const child of children) await complete(child);
  assert.equal(JSON.parse((await messages(replies))[0].body).group, said.group);
});

story('members come one by one until it is closed', async () => {
  const name = await queue({ track: true });
  const group = await good('POST', '/v1/groups', {});
  assert.deepEqual([group.closed, group.total], [false, 0]);
  await good('POST', `/v1/queues/${name}/jobs`, { group: group.id });
  await good('POST', `/v1/queues/${name}/jobs`, { jobs: [{ group: group.id }, { group: group.id }] });
  for (const job of await claim(name)) await complete(job);
  assert.equal((await good('GET', `/v1/groups/${group.id}`)).done, false, 'others may come');
  assert.equal((await good('POST', `/v1/groups/${group.id}/close`)).done, true);
  const late = await rest('POST', `/v1/queues/${name}/jobs`, { group: group.id });
  assert.deepEqual([late.status, late.data.code], [409, 'GROUP_CLOSED']);
  assert.match(late.data.detail, new RegExp(group.id));
});

story('with fail_fast nobody goes on for nothing', async () => {
  const name = await queue({ track: true });
  const group = await good('POST', '/v1/groups', {
    policy: 'fail_fast', jobs: Array.from({ length: 30 }, () => ({ queue: name })),
  });
  const [a, b] = await claim(name, 2);
  await good('POST', `/v1/jobs/${a.id}/fail`, { lease: a.lease, error: { code: 'BAD' }, retry: false });
  await until('those that wait are canceled', async () =>
    (await good('GET', `/v1/groups/${group.id}`)).canceled === 28);
  assert.equal((await good('POST', `/v1/jobs/${b.id}/heartbeat`, { lease: b.lease })).canceled, true);
  await good('POST', `/v1/jobs/${b.id}/fail`, { lease: b.lease, error: { code: 'STOPPED' } });
  assert.equal((await good('GET', `/v1/groups/${group.id}`)).done, true);
});

story('the end of a job is told with its result or its error, and the correlation id', async () => {
  const [name, replies] = [await queue({ track: true }), await queue()];
  const on_done = { queue: replies, correlation_id: 'c-1' };
  const { id } = await good('POST', `/v1/queues/${name}/jobs`, { on_done });
  const [job] = await claim(name);
  await complete(job, { result: { url: '/x' } });
  const [reply] = await messages(replies);
  assert.deepEqual(JSON.parse(reply.body),
    { job: id, queue: name, state: 'SUCCEEDED', result: { url: '/x' }, correlation_id: 'c-1' });
  assert.equal(reply.attributes.correlation_id.value, 'c-1');
  await good('POST', `/v1/queues/${name}/jobs`, { on_done });
  const [bad] = await claim(name);
  await good('POST', `/v1/jobs/${bad.id}/fail`, { lease: bad.lease, error: { code: 'NO' }, retry: false });
  assert.deepEqual(JSON.parse((await messages(replies))[1].body).error, { code: 'NO' });
});

story('a FIFO queue is told in a message group', async () => {
  const [name, replies] = [await queue({ track: true }), freshFifo()];
  await good('PUT', `/v1/queues/${replies}`, {});
  const refused = await rest('POST', `/v1/queues/${name}/jobs`, { on_done: { queue: replies } });
  assert.equal(refused.status, 400, JSON.stringify(refused.data));
  await good('POST', `/v1/queues/${name}/jobs`, { on_done: { queue: replies, message_group: 'g' } });
  await complete((await claim(name))[0]);
  assert.equal((await messages(replies))[0].group, 'g');
});

story('a repeated deduplication id is one member of a group, or none', async () => {
  const name = freshFifo();
  await good('PUT', `/v1/queues/${name}`, { track: true });
  const job = { queue: name, payload: 1, message_group: 'g', dedup: 'once' };
  const first = await good('POST', '/v1/groups', { jobs: [job, job] });
  assert.deepEqual([first.total, first.open, first.done], [1, 1, false]);
  const second = await good('POST', '/v1/groups', { jobs: [job] });
  assert.deepEqual([second.total, second.open, second.done], [0, 0, true]);
  await complete((await claim(name))[0]);
  assert.equal((await good('GET', `/v1/groups/${first.id}`)).done, true);
});

story('what cannot be is refused, and nothing is left behind', async () => {
  const name = await queue({ track: true });
  const cases = [
    [{ policy: 'some' }, 400, 'INVALID_PARAMETER'],
    [{ jobs: [] }, 400, 'EMPTY_BATCH'],
    [{ jobs: [{ queue: name }, { queue: 'nowhere' }] }, 404, 'NO_SUCH_QUEUE'],
    [{ on_done: { queue: 'nowhere' } }, 404, 'NO_SUCH_QUEUE'],
    [{ on_done: {} }, 400, 'MISSING_PARAMETER'],
    [{ on_done: { queue: name, who: 1 } }, 400],
    [{ on_done: { queue: name, correlation_id: 'x'.repeat(257) } }, 400, 'INVALID_PARAMETER'],
    [{ on_done: { queue: name, payload: 'x'.repeat(16 * 1024) } }, 400],
    [{ parent: '019f0000-0000-7000-8000-000000000000' }, 404, 'NO_SUCH_GROUP'],
  ];
  for (const [body, status, code] of cases) {
    const r = await rest('POST', '/v1/groups', body);
    assert.equal(r.status, status, JSON.stringify([body, r.data]).slice(0, 300));
    if (code) assert.equal(r.data.code, code, JSON.stringify(r.data));
  }
  assert.equal((await claim(name)).length, 0);
  assert.equal((await rest('GET', '/v1/groups/nothing')).data.code, 'NO_SUCH_GROUP');
});
