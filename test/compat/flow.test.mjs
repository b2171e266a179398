// flow.test.mjs - flow control as clients see it: limits of each message group.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, freshFifo, start, story } from './lib.mjs';

const server = await start();
after(() => server.close());
const sqs = server.sqs.json;
const at = (name, behind = '') => `/v1/queues/${encodeURIComponent(name)}${behind}`;

async function put(name, settings = {}) {
  const r = await server.json('PUT', at(name), settings);
  assert.ok(r.status >= 200 && r.status < 300, `PUT ${name}: ${r.status} ${r.text}`);
  return r.data;
}
async function show(name) {
  const r = await server.json('GET', at(name));
  assert.equal(r.status, 200, r.text);
  return r.data;
}
const bodies = (messages) => messages.map((m) => m.Body);

// ---- limits of each message group

async function tenants(name, many) {
  for (const [tenant, count] of Object.entries(many))
    for (let i = 0; i < count; i++) await sqs.send(name, tenant, { MessageGroupId: tenant });
}

story('key_concurrency: a tenant at its limit gives nothing, the others go on', async () => {
  const name = fresh();
  await put(name, { key_concurrency: 2 });
  await tenants(name, { big: 6, small: 1 });
  const got = await sqs.receive(name);
  assert.deepEqual(bodies(got).sort(), ['big', 'big', 'small']);
  assert.deepEqual(await sqs.receive(name), []);
  const q = await show(name);
  assert.deepEqual([q.key_concurrency, q.held_groups, q.visible], [2, 1, 4]);
  const poll = sqs.receive(name, { WaitTimeSeconds: 20 });
  await sqs.delete(name, got.find((m) => m.Body === 'big'));
  assert.deepEqual(bodies(await poll), ['big']);
  const metrics = (await server.request({ path: '/metrics' })).text;
  assert.match(metrics, new RegExp(`ringi_queue_held_groups\\{queue="${name}"\\} 1\n`));
});

story('key_rate: so many a second of each tenant', async (t) => {
  const name = fresh();
  await put(name, { key_rate: 3 });
  await tenants(name, { a: 8, b: 1 });
  await server.clock.for(t).advance(0);
  assert.deepEqual(bodies(await sqs.receive(name)).sort(), ['a', 'a', 'a', 'b']);
  assert.deepEqual(await sqs.receive(name), []);
  await server.clock.advance(1_000);
  assert.deepEqual(bodies(await sqs.receive(name)), ['a', 'a', 'a']);
});

story('key_rate wakes a receiver that waits', async () => {
  const name = fresh();
  await put(name, { key_rate: 5 });
  await tenants(name, { a: 6 });
  assert.equal((await sqs.receive(name)).length, 5);
  const began = Date.now();
  assert.equal((await sqs.receive(name, { WaitTimeSeconds: 20 })).length, 1);
  assert.ok(Date.now() - began < 5_000, 'at the next token, not at the end of the poll');
});

story('on a FIFO queue key_concurrency is 1, and a key_rate keeps the order', async (t) => {
  const name = freshFifo();
  await put(name, { content_based_deduplication: true, key_rate: 2 });
  assert.equal((await show(name)).key_concurrency, 1);
  const r = await server.json('PUT', at(name), { key_concurrency: 3 });
  assert.equal(r.status, 400, r.text);
  assert.match(r.data.detail, /key_concurrency/);
  for (const b of ['1', '2', '3']) await sqs.send(name, b, { MessageGroupId: 'g' });
  await server.clock.for(t).advance(0);
  const first = await sqs.receive(name);
  assert.deepEqual(bodies(first), ['1', '2']);
  for (const m of first) await sqs.delete(name, m);
  assert.deepEqual(await sqs.receive(name), []);
  await server.clock.advance(500);
  assert.deepEqual(bodies(await sqs.receive(name)), ['3']);
});
