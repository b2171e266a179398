// v1.test.mjs - what ringi adds to queues: pause, limits, stop on poison, peeking, problem+json.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import { fresh, freshFifo, sleep, start, story, until } from './lib.mjs';

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
async function peek(name, query = '') {
  const r = await server.json('GET', at(name, `/messages${query}`));
  assert.equal(r.status, 200, r.text);
  return r.data.messages;
}
const bodies = (messages) => messages.map((m) => m.Body);

function problem(r, status, code) {
  assert.equal(r.status, status, r.text);
  assert.match(r.headers['content-type'], /^application\/problem\+json/);
  assert.equal(r.data.code, code, r.text);
  assert.equal(r.data.status, status);
  for (const member of ['type', 'title', 'detail']) assert.equal(typeof r.data[member], 'string',
    `${member}: ${r.text}`);
  return r.data;
}

story('answers tell browsers to guess, keep, run and frame nothing', async () => {
  for (const at of ['/v1/queues', '/v1/queues/none', '/metrics']) {
    const { headers } = await server.request({ path: at });
    assert.equal(headers['x-content-type-options'], 'nosniff', at);
    assert.equal(headers['cache-control'], 'no-store', at);
    assert.match(headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/, at);
  }
});

story('a method that the path does not take is told which it takes', async () => {
  const r = await server.json('PATCH', '/v1/queues/any');
  assert.deepEqual([r.status, r.headers.allow], [405, 'PUT, GET, HEAD, DELETE']);
});

story('PUT makes a queue, the same PUT again keeps it, another changes it', async () => {
  const name = fresh();
  await put(name, { purpose: 'orders leave the shop at once', owner: 'sales', runbook: 'https://wiki.example/orders' });
  assert.ok((await sqs.ok('GetQueueUrl', { QueueName: name })).QueueUrl.endsWith(name));
  await put(name, { owner: 'billing' });
  const q = await show(name);
  assert.deepEqual([q.name, q.owner, q.purpose, q.runbook],
    [name, 'billing', 'orders leave the shop at once', 'https://wiki.example/orders']);
});

story('PUT takes the attributes of SQS too', async () => {
  const name = fresh();
  await put(name, { VisibilityTimeout: '77' });
  assert.equal((await sqs.attributes(name)).VisibilityTimeout, '77');
});

story('a FIFO queue is made by its name', async () => {
  const name = freshFifo();
  await put(name, { FifoQueue: 'true' });
  assert.equal((await sqs.attributes(name)).FifoQueue, 'true');
});

story('a paused queue takes messages and hands none out, until it is resumed', async () => {
  const name = fresh();
  await put(name, { paused: true });
  await sqs.send(name, 'waits');
  assert.deepEqual(await sqs.receive(name), []);
  const poll = sqs.receive(name, { WaitTimeSeconds: 20 });
  await sleep(100);
  await put(name, { paused: false });
  assert.deepEqual(bodies(await poll), ['waits'], 'the waiting receiver is woken');
});

story('why a queue is paused, goes on, and a message is sent back or removed stands in the audit log', async () => {
  const dead = fresh('dead'), name = fresh();
  await put(dead);
  await put(name, { dead_letter_queue: dead, max_receives: 1 });
  const ask = async (method, path, body) => {
    const r = await server.json(method, path, body);
    assert.equal(r.status, 204, r.text);
  };
  for (const body of ['a', 'b']) {
    await sqs.send(dead, body);
  }
  await ask('POST', at(name, '/pause'), { reason: 'the bank is down' });
  await ask('POST', at(name, '/resume'), { reason: 'it is back' });
  await ask('POST', at(dead, '/messages/1/resend'), { to: name, reason: 'mended' });
  await ask('DELETE', at(dead, '/messages/2?reason=a%20test'));
  const why = async (queue) => (await server.json('GET', `/v1/audit?resource=queue:${queue}`)).data.records
    .filter((r) => r.reason !== undefined).map((r) => [r.action, r.reason]);
  assert.deepEqual(await why(name), [['queue.set', 'it is back'], ['queue.set', 'the bank is down']]);
  assert.deepEqual(await why(dead), [['message.delete', 'a test'], ['message.resend', 'mended']]);
});

story('concurrency limits what is in flight', async () => {
  const name = fresh();
  await put(name, { concurrency: 3 });
  for (let i = 0; i < 5; i++) await sqs.send(name, `${i}`);
  const got = await sqs.receive(name);
  assert.equal(got.length, 3);
  assert.deepEqual(await sqs.receive(name), []);
  const poll = sqs.receive(name, { WaitTimeSeconds: 20 });
  await sqs.delete(name, got[0]);
  assert.equal((await poll).length, 1);
  await put(name, { concurrency: 0 });
  assert.equal((await sqs.receive(name)).length, 1);
});

story('rate limits receives in a second', async (t) => {
  const name = fresh();
  await put(name, { rate: 2 });
  for (let i = 0; i < 10; i++) await sqs.send(name, `${i}`);
  await server.clock.for(t).advance(0);
  let got = 0;
  for (let i = 0; i < 5; i++) got += (await sqs.receive(name)).length;
  assert.ok(got >= 1 && got <= 2, `${got} at once`);
  await server.clock.advance(1_000);
  for (let i = 0; i < 5; i++) got += (await sqs.receive(name)).length;
  assert.ok(got >= 3 && got <= 4, `${got} after a second`);
});

story('max_messages refuses what is too much, and says so', async () => {
  const name = fresh();
  await put(name, { max_messages: 2 });
  await sqs.send(name, 'a');
  await sqs.send(name, 'b');
  for (const api of [server.sqs.json, server.sqs.query]) {
    const r = await api.call('SendMessage', { QueueUrl: name, MessageBody: 'c' });
    assert.ok(!r.ok && r.status === 403, `${r.status} ${r.text}`);
    assert.match(r.error.message, /2/, 'the limit is named');
  }
  const batch = await sqs.call('SendMessageBatch', { QueueUrl: name, Entries: [{ Id: 'a', MessageBody: 'x' }] });
  assert.ok(!batch.ok || batch.data.Failed.length === 1, batch.text);
  assert.deepEqual(await sqs.counts(name), [2, 0, 0]);
  await sqs.delete(name, await sqs.one(name));
  await sqs.send(name, 'there is room again');
});

// ---- stop on poison

/** A FIFO queue whose group "g" is stopped by its first message. */
async function stopped() {
  const name = freshFifo();
  const dead = await sqs.fifo({}, 'dead');
  await put(name, { FifoQueue: 'true', ContentBasedDeduplication: 'true', on_poison: 'stop',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: (await sqs.attributes(dead)).QueueArn,
      maxReceiveCount: 2 }) });
  for (const b of ['poison', 'next']) await sqs.send(name, b, { MessageGroupId: 'g' });
  await sqs.send(name, 'other', { MessageGroupId: 'h' });
  for (let i = 0; i < 2; i++) await sqs.one(name, { VisibilityTimeout: 0 });
  const got = await sqs.receive(name);
  assert.deepEqual(bodies(got), ['other'], 'only the group of the poison waits');
  for (const m of got) await sqs.delete(name, m);
  assert.deepEqual(await sqs.counts(dead), [0, 0, 0], 'nothing was skipped');
  assert.equal((await show(name)).blocked_groups, 1);
  return { name, dead };
}
const resume = (name, how) => server.json('POST', at(name, '/resume'), { group: 'g', how });

story('on_poison stop: an operator has the message tried again', async () => {
  const { name } = await stopped();
  assert.ok((await resume(name, 'retry')).status < 300);
  assert.equal((await show(name)).blocked_groups, 0);
  assert.deepEqual(bodies(await sqs.receive(name)), ['poison', 'next']);
});

story('on_poison stop: an operator sends it to the dead-letter queue', async () => {
  const { name, dead } = await stopped();
  assert.ok((await resume(name, 'dead_letter')).status < 300);
  assert.deepEqual(bodies(await sqs.receive(name)), ['next']);
  assert.deepEqual(bodies(await sqs.receive(dead)), ['poison']);
});

story('on_poison stop: an operator deletes it', async () => {
  const { name, dead } = await stopped();
  assert.ok((await resume(name, 'delete')).status < 300);
  assert.deepEqual(bodies(await sqs.receive(name)), ['next']);
  assert.deepEqual(await sqs.counts(dead), [0, 0, 0]);
});

story('a queue names the groups that wait for a person, a hundred of them, and the message of each', async () => {
  const { name } = await stopped();
  assert.deepEqual((await show(name)).blocked, [{ group: 'g', position: 1 }]);
  await server.json('POST', at(name, '/resume'), { group: 'g', how: 'delete' });
  assert.equal((await show(name)).blocked, undefined);
  const groups = Array.from({ length: 101 }, (_, i) => `g${i}`);
  for (const g of groups) await sqs.send(name, g, { MessageGroupId: g });
  await until('all are blocked', async () => {
    await sqs.receive(name, { MaxNumberOfMessages: 10, VisibilityTimeout: 0 });
    return (await show(name)).blocked_groups === 102; // and the one of 'next'
  });
  assert.equal((await show(name)).blocked.length, 100);
});

story('why a queue was purged and deleted stands in the audit log', async () => {
  const name = fresh('why');
  await server.json('PUT', at(name), {});
  assert.equal((await server.json('POST', at(name, '/purge'), { reason: 'test data' })).status, 204);
  assert.equal((await server.json('DELETE', `${at(name)}?reason=not%20used`)).status, 204);
  const { records } = (await server.json('GET', `/v1/audit?resource=queue:${name}`)).data;
  assert.deepEqual(records.map((r) => [r.action, r.reason]),
    [['queue.delete', 'not used'], ['queue.purge', 'test data'], ['queue.create', undefined]]);
});

story('a stopped group is stopped after a restart', async () => {
  const { name } = await stopped();
  await server.restart();
  assert.equal((await show(name)).blocked_groups, 1);
  assert.deepEqual(await sqs.receive(name), []);
});

// ---- looking without touching

story('peeking shows messages and changes nothing', async () => {
  const name = fresh();
  await put(name);
  for (const b of ['waiting', 'in flight', 'also waiting']) await sqs.send(name, b);
  await sqs.send(name, 'delayed', { DelaySeconds: 900 });
  const held = await sqs.one(name);
  const before = [await sqs.counts(name), await peek(name)];
  const seen = await peek(name);
  assert.deepEqual([await sqs.counts(name), await peek(name)], before);
  assert.deepEqual(seen.map((m) => m.body).sort(), ['also waiting', 'delayed', 'in flight', 'waiting']);
  const states = Object.fromEntries(seen.map((m) => [m.body, m]));
  assert.equal(states[held.Body].receive_count, 1);
  assert.equal(states.delayed.receive_count, 0);
  assert.equal(new Set(seen.map((m) => m.state)).size, 3, 'three states: ready, in flight, delayed');
  for (const m of seen) assert.ok(!Number.isNaN(Date.parse(m.sent_at)), m.sent_at);
  await sqs.delete(name, held);
});

story('peeking goes page by page', async () => {
  const name = fresh();
  await put(name);
  for (let i = 0; i < 25; i++) await sqs.send(name, `${i}`);
  const seen = [];
  let query = '?limit=10';
  for (let page = 0; page < 5; page++) {
    const r = await server.json('GET', at(name, `/messages${query}`));
    assert.equal(r.status, 200, r.text);
    assert.ok(r.data.messages.length <= 10);
    seen.push(...r.data.messages.map((m) => m.body));
    if (!r.data.cursor) break;
    query = `?limit=10&cursor=${encodeURIComponent(r.data.cursor)}`;
  }
  assert.deepEqual(seen, Array.from({ length: 25 }, (_, i) => `${i}`));
});

story('queues are listed with their counts', async () => {
  const name = fresh('listed');
  await put(name);
  await sqs.send(name, 'x');
  const r = await server.json('GET', '/v1/queues?prefix=listed');
  assert.equal(r.status, 200, r.text);
  const q = r.data.queues.find((x) => x.name === name);
  assert.deepEqual([q.visible, q.in_flight, q.delayed], [1, 0, 0]);
});

// ---- refusals

story('a queue that does not exist is a problem with a code', async () => {
  for (const behind of ['', '/messages'])
    assert.match(problem(await server.json('GET', at('nowhere', behind)), 404, 'NO_SUCH_QUEUE').detail, /nowhere/);
});

story('wrong settings are problems that name the thing and the value', async () => {
  const name = fresh();
  await put(name, { owner: 'before' });
  for (const [settings, word] of [[{ concurrency: -1 }, /concurrency/], [{ rate: 'fast' }, /rate/],
    [{ max_messages: 1.5 }, /max_messages/],
    [{ on_poison: 'panic' }, /on_poison/], [{ paused: 'perhaps' }, /paused/], [{ colour: 'red' }, /colour/],
      [{ VisibilityTimeout: '43201' }, /VisibilityTimeout/]]) {
    const r = await server.json('PUT', at(name), { owner: 'after', ...settings });
    assert.equal(r.status, 400, `${JSON.stringify(settings)}: ${r.text}`);
    assert.match(r.headers['content-type'], /^application\/problem\+json/);
    assert.match(r.data.code, /^[A-Z_]+$/);
    assert.match(r.data.detail, word);
  }
  assert.equal((await show(name)).owner, 'before', 'nothing was changed');
});

story('bodies that are no JSON object are problems', async () => {
  for (const body of ['{', '[]', 'null', '"x"', '']) {
    const r = await server.request({ method: 'PUT', path: at(fresh()), headers: { 'content-type': 'application/json' },
      body });
    if (body === '' && r.status < 300) continue;   // no settings is a fair reading of no body
    assert.equal(r.status, 400, `${body}: ${r.text}`);
    assert.match(r.headers['content-type'], /^application\/problem\+json/);
  }
});

story('unknown paths and methods are problems', async () => {
  const r = await server.json('GET', '/v1/nothing-here');
  assert.equal(r.status, 404);
  assert.match(r.headers['content-type'], /^application\/problem\+json/);
  const m = await server.json('DELETE', '/v1/queues');
  assert.ok([404, 405].includes(m.status), m.text);
});

// ---- requests that may come twice

const once = (method, path, key, body) => server.json(method, path, body, { 'Idempotency-Key': key });

story('the same Idempotency-Key and content: one effect, the first answer again', async () => {
  const name = fresh();
  await put(name);
  const first = await once('POST', at(name, '/messages'), 'order-1', { body: 'a' });
  assert.equal(first.status, 201, first.text);
  assert.equal(first.headers['idempotency-replayed'], undefined);
  for (const hard of [false, true]) {
    const again = await once('POST', at(name, '/messages'), 'order-1', { body: 'a' });
    assert.deepEqual([again.status, again.text], [first.status, first.text]);
    assert.equal(again.headers['idempotency-replayed'], 'true');
    assert.equal(again.headers['content-type'], first.headers['content-type']);
    await server.restart({ hard });
  }
  assert.equal((await once('POST', at(name, '/messages'), 'order-1', { body: 'a' })).text, first.text);
  assert.deepEqual(bodies(await sqs.receive(name)), ['a']);
});

story('a removal that is sent again with its key has its first answer, whatever has been made since', async () => {
  const name = fresh(), key = fresh('removal');
  await put(name);
  const of = (path, k) => server.json('DELETE', path, undefined, k === undefined ? {} : { 'Idempotency-Key': k });
  const said = (r) => [r.status, r.text, r.headers['idempotency-replayed']];
  assert.deepEqual(said(await of(at(name), key)), [204, '', undefined]);
  problem(await of(at(name)), 404, 'NO_SUCH_QUEUE');
  await put(name);
  assert.deepEqual(said(await of(at(name), key)), [204, '', 'true']);
  assert.equal((await server.json('GET', at(name))).status, 200, 'the new queue of that name is another one');
  problem(await of(`${at(name)}?reason=other`, key), 409, 'ID_REUSED');
  await once('POST', at(name, '/messages'), fresh('m'), { body: 'a' });
  const [{ position }] = (await server.json('GET', at(name, '/messages'))).data.messages;
  for (const again of [undefined, 'true'])
    assert.deepEqual(said(await of(at(name, `/messages/${position}`), `${key}-m`)), [204, '', again]);
  problem(await of(at(name, `/messages/${position}`)), 404, 'NO_SUCH_MESSAGE');
});

story('the same Idempotency-Key with other content is refused and does nothing', async () => {
  const [name, other] = [fresh(), fresh()];
  await put(name);
  await put(other);
  await once('POST', at(name, '/messages'), 'k-reused', { body: 'a' });
  for (const [path, body] of [[at(name, '/messages'), { body: 'b' }], [at(other, '/messages'), { body: 'a' }],
    [at(name, '/purge'), undefined]]) {
    const r = await once('POST', path, 'k-reused', body);
    assert.match(problem(r, 409, 'ID_REUSED').detail, /k-reused/);
  }
  assert.deepEqual(bodies(await sqs.receive(name)), ['a']);
  assert.deepEqual(await sqs.counts(other), [0, 0, 0]);
});

story('of many equal requests at once one has an effect, and all have its answer', async () => {
  const name = fresh();
  await put(name);
  const answers = await Promise.all(Array.from({ length: 40 }, () =>
    once('POST', at(name, '/messages'), 'race', { body: 'a' })));
  assert.equal(new Set(answers.map((r) => `${r.status} ${r.text}`)).size, 1);
  assert.equal(answers[0].status, 201, answers[0].text);
  assert.equal(answers.filter((r) => r.headers['idempotency-replayed'] === undefined).length, 1);
  assert.deepEqual(bodies(await sqs.receive(name)), ['a']);
});

story('a refusal is not remembered: the key may be used for the corrected request', async () => {
  const name = fresh();
  problem(await once('POST', at(name, '/messages'), 'k-refused', { body: 'a' }), 404, 'NO_SUCH_QUEUE');
  await put(name);
  assert.equal((await once('POST', at(name, '/messages'), 'k-refused', { body: 'b' })).status, 201);
});

story('an answer without a body is remembered too, and for 24 hours', async (t) => {
  const name = fresh();
  const clock = server.clock.for(t);
  await put(name);
  await clock.advance(0);
  assert.equal((await once('POST', at(name, '/purge'), 'k-day', undefined)).status, 204);
  await sqs.send(name, 'kept');
  await clock.advance(86_399_000);
  const again = await once('POST', at(name, '/purge'), 'k-day', undefined);
  assert.deepEqual([again.status, again.text, again.headers['idempotency-replayed']], [204, '', 'true']);
  assert.deepEqual(await sqs.counts(name), [1, 0, 0], 'it was not purged again');
  await clock.advance(2_000);
  assert.equal((await once('POST', at(name, '/pause'), 'k-day', undefined)).status, 204, 'the key is free');
});

story('an access key that was made once is told twice, and its secret is not in the database', async () => {
  const body = { name: fresh('told-twice'), rules: ['*:*:*'] };
  const first = await once('POST', '/v1/keys', 'k-secret', body);
  assert.equal(first.status, 201, first.text);
  await server.restart();
  assert.equal((await once('POST', '/v1/keys', 'k-secret', body)).text, first.text);
  for (const file of fs.readdirSync(server.data).filter((f) => f.includes('.db'))) {
    const bytes = fs.readFileSync(path.join(server.data, file));
    for (const secret of [first.data.secret_access_key, first.data.token])
      assert.equal(bytes.includes(secret), false, `${file} has a secret`);
  }
});

story('an Idempotency-Key is 1 to 255 visible characters, and other methods need none', async () => {
  const name = fresh();
  await put(name);
  for (const key of ['', 'a b', 'x'.repeat(256)])
    problem(await once('POST', at(name, '/messages'), key, { body: 'a' }), 400, 'INVALID_PARAMETER');
  assert.equal((await once('POST', at(name, '/messages'), 'x'.repeat(255), { body: 'a' })).status, 201);
  problem(await once('POST', '/v1/backup', 'k', { path: 'copy.db' }), 400, 'UNSUPPORTED_OPERATION');
  assert.equal((await once('GET', at(name), 'k')).status, 200);
  assert.equal((await once('PUT', at(name), 'k', {})).status, 200);
  assert.deepEqual(await sqs.counts(name), [1, 0, 0]);
});
