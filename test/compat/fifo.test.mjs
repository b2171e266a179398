// fifo.test.mjs - FIFO queues: order, groups, deduplication, sequence numbers, attempt ids.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { inBoth, md5, start, story } from './lib.mjs';

const server = await start();
after(() => server.close());
const both = (name, fn) => inBoth(server, name, fn);
const clock = (t) => server.clock.for(t);
const bodies = (messages) => messages.map((m) => m.Body);
const DEDUP = { ContentBasedDeduplication: 'true' };
const WINDOW_MS = 5 * 60 * 1000;

/** Sends "group:text" strings in order. */
async function sendAll(sqs, url, ...texts) {
  const sent = [];
  for (const t of texts) sent.push(await sqs.send(url, t, { MessageGroupId: t.split(':')[0] }));
  return sent;
}

both('a FIFO message is sent with a group and a sequence number of 20 digits', async (sqs) => {
  const url = await sqs.fifo(DEDUP);
  const sent = await sqs.send(url, 'hello', { MessageGroupId: 'g' });
  assert.match(sent.SequenceNumber, /^\d{20}$/);
  assert.equal(sent.MD5OfMessageBody, md5('hello'));
  const m = await sqs.one(url, { MessageSystemAttributeNames: ['All'] });
  assert.equal(m.Attributes.SequenceNumber, sent.SequenceNumber);
  assert.equal(m.Attributes.MessageGroupId, 'g');
  assert.match(m.Attributes.MessageDeduplicationId, /^[0-9a-f]{64}$/);
  assert.deepEqual(Object.keys(m.Attributes).sort(), ['ApproximateFirstReceiveTimestamp', 'ApproximateReceiveCount',
    'MessageDeduplicationId', 'MessageGroupId', 'SenderId', 'SentTimestamp', 'SequenceNumber']);
});

both('one receive gives several messages of a group in order', async (sqs) => {
  const url = await sqs.fifo(DEDUP);
  const sent = await sendAll(sqs, url, ...Array.from({ length: 12 }, (_, i) => `g:${String(i).padStart(2, '0')}`));
  const numbers = sent.map((s) => s.SequenceNumber);
  assert.deepEqual(numbers, [...new Set(numbers)].sort());
  const got = await sqs.receive(url);
  assert.deepEqual(bodies(got), Array.from({ length: 10 }, (_, i) => `g:0${i}`));
  assert.deepEqual(await sqs.receive(url), [], 'the group is in flight');
  for (const m of got) await sqs.delete(url, m);
  assert.deepEqual(bodies(await sqs.receive(url)), ['g:10', 'g:11']);
});

both('while one message of a group is in flight the others wait, other groups do not', async (sqs) => {
  const url = await sqs.fifo(DEDUP);
  await sendAll(sqs, url, 'a:1', 'a:2', 'b:1', 'b:2');
  const first = await sqs.one(url);
  assert.equal(first.Body, 'a:1');
  assert.deepEqual(bodies(await sqs.receive(url)), ['b:1', 'b:2']);
  assert.deepEqual(await sqs.receive(url), []);
  await sqs.delete(url, first);
  assert.deepEqual(bodies(await sqs.receive(url)), ['a:2']);
});

both('one receive may give several groups, each in order', async (sqs) => {
  const url = await sqs.fifo(DEDUP);
  await sendAll(sqs, url, 'a:1', 'b:1', 'a:2', 'c:1', 'b:2');
  const got = bodies(await sqs.receive(url));
  for (const g of ['a', 'b', 'c'])
    assert.deepEqual(got.filter((b) => b.startsWith(g)), [...got.filter((b) => b.startsWith(g))].sort());
  assert.equal(got.length, 5);
});

both('after a partial delete and a timeout the rest comes back in order', async (sqs, t) => {
  const url = await sqs.fifo({ ...DEDUP, VisibilityTimeout: '30' });
  await sendAll(sqs, url, 'g:1', 'g:2', 'g:3', 'g:4');
  await clock(t).advance(0);
  const got = await sqs.receive(url, { MaxNumberOfMessages: 3 });
  await sqs.delete(url, got[1]);
  await server.clock.advance(30_001);
  assert.deepEqual(bodies(await sqs.receive(url)), ['g:1', 'g:3', 'g:4']);
});

both('a message given back at once keeps its place', async (sqs) => {
  const url = await sqs.fifo(DEDUP);
  await sendAll(sqs, url, 'g:1', 'g:2');
  const m = await sqs.one(url);
  await sqs.ok('ChangeMessageVisibility', { QueueUrl: url, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: 0 });
  assert.deepEqual(bodies(await sqs.receive(url)), ['g:1', 'g:2']);
});

both('prolonging the first message of a group holds the whole group', async (sqs, t) => {
  const url = await sqs.fifo({ ...DEDUP, VisibilityTimeout: '10' });
  await sendAll(sqs, url, 'g:1', 'g:2', 'g:3');
  await clock(t).advance(0);
  const [first] = await sqs.receive(url);
  await sqs.ok('ChangeMessageVisibility', { QueueUrl: url, ReceiptHandle: first.ReceiptHandle, VisibilityTimeout: 40 });
  await server.clock.advance(25_000);
  assert.deepEqual(await sqs.receive(url), []);
  await server.clock.advance(15_001);
  assert.deepEqual(bodies(await sqs.receive(url)), ['g:1', 'g:2', 'g:3']);
});

both('prolonging a later message holds what comes after it, never a message out of order', async (sqs, t) => {
  const url = await sqs.fifo({ ...DEDUP, VisibilityTimeout: '10' });
  await sendAll(sqs, url, 'g:1', 'g:2', 'g:3');
  await clock(t).advance(0);
  const got = await sqs.receive(url);
  await sqs.ok('ChangeMessageVisibility',
    { QueueUrl: url, ReceiptHandle: got[1].ReceiptHandle, VisibilityTimeout: 40 });
  await server.clock.advance(25_000);
  // AWS gives out g:1 here (recorded); holding the group until g:2 is back is as safe for order.
  const early = bodies(await sqs.receive(url, { VisibilityTimeout: 5 }));
  assert.ok(early.length === 0 || (early.length === 1 && early[0] === 'g:1'), `${early}`);
  await server.clock.advance(15_001);
  assert.deepEqual(bodies(await sqs.receive(url)), ['g:1', 'g:2', 'g:3']);
});

both('a group is needed, and so is something to deduplicate by', async (sqs) => {
  const QueueUrl = await sqs.fifo();
  await sqs.refused('MissingParameter', 'SendMessage', { QueueUrl, MessageBody: 'x', MessageDeduplicationId: 'd' },
    { message: 'The request must contain the parameter MessageGroupId.' });
  await sqs.refused('InvalidParameterValue', 'SendMessage', { QueueUrl, MessageBody: 'x', MessageGroupId: 'g' },
    { message: 'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly' });
  assert.deepEqual(await sqs.counts(QueueUrl), [0, 0, 0]);
});

// AWS refuses the whole batch for these; an answer that fails the entry alone is as clear.
for (const [what, entry] of [['a group', { MessageDeduplicationId: 'd2' }],
  ['a deduplication id', { MessageGroupId: 'g' }]]) {
  both(`a batch entry without ${what} is refused with InvalidParameterValue`, async (sqs) => {
    const QueueUrl = await sqs.fifo();
    const Entries = [{ Id: 'good', MessageBody: 'x', MessageGroupId: 'g', MessageDeduplicationId: 'd1' },
      { Id: 'bad', MessageBody: 'y', ...entry }];
    const r = await sqs.call('SendMessageBatch', { QueueUrl, Entries });
    if (r.ok) {
      assert.deepEqual(r.data.Failed.map((f) => [f.Id, f.Code, f.SenderFault]),
        [['bad', 'InvalidParameterValue', true]]);
      assert.deepEqual(r.data.Successful.map((s) => s.Id), ['good']);
      assert.deepEqual(await sqs.counts(QueueUrl), [1, 0, 0]);
    } else {
      assert.equal(r.error.code, 'InvalidParameterValue');
      assert.deepEqual(await sqs.counts(QueueUrl), [0, 0, 0]);
    }
  });
}

both('groups and deduplication ids are 1 to 128 letters, digits and punctuation', async (sqs) => {
  const QueueUrl = await sqs.fifo();
  const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
  await sqs.send(QueueUrl, 'x', { MessageGroupId: `aZ9${punctuation}`, MessageDeduplicationId: punctuation });
  await sqs.send(QueueUrl, 'x', { MessageGroupId: 'g'.repeat(128), MessageDeduplicationId: 'd'.repeat(128) });
  for (const [name, other] of [['MessageGroupId', 'MessageDeduplicationId'],
    ['MessageDeduplicationId', 'MessageGroupId']])
    for (const id of ['x'.repeat(129), 'group 123', 'é', 'a\tb'])
      await sqs.refused('InvalidParameterValue', 'SendMessage',
        { QueueUrl, MessageBody: 'x', [name]: id, [other]: 'ok' },
        { message: `Value ${id} for parameter ${name} is invalid. Reason: ${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.` });
  assert.deepEqual(await sqs.counts(QueueUrl), [2, 0, 0]);
});

both('a delay of its own is refused for a FIFO message, 0 means the queue\'s', async (sqs, t) => {
  const url = await sqs.fifo({ ...DEDUP, DelaySeconds: '60' });
  await sqs.refused('InvalidParameterValue', 'SendMessage',
    { QueueUrl: url, MessageBody: 'x', MessageGroupId: 'g', DelaySeconds: 2 },
    { message: 'Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.' });
  await clock(t).advance(0);
  await sqs.send(url, 'x', { MessageGroupId: 'g', DelaySeconds: 0 });
  assert.deepEqual(await sqs.counts(url), [0, 0, 1]);
  await server.clock.advance(60_001);
  assert.equal((await sqs.receive(url)).length, 1);
});

// ---- deduplication

both('the same deduplication id within five minutes is the same message', async (sqs, t) => {
  const url = await sqs.fifo();
  await clock(t).advance(0);
  const send = (body) => sqs.send(url, body, { MessageGroupId: 'g', MessageDeduplicationId: 'd' });
  const first = await send('one');
  await server.clock.advance(WINDOW_MS - 1_000);
  const second = await send('two');
  assert.equal(second.MessageId, first.MessageId);
  assert.equal(second.SequenceNumber, first.SequenceNumber);
  assert.deepEqual(bodies(await sqs.receive(url)), ['one']);
  await server.clock.advance(1_001);   // the window counts from the first
  assert.notEqual((await send('three')).MessageId, first.MessageId);
});

both('a message that was received and deleted is still remembered', async (sqs) => {
  const url = await sqs.fifo();
  const params = { MessageGroupId: 'g', MessageDeduplicationId: 'd' };
  const first = await sqs.send(url, 'x', params);
  await sqs.delete(url, await sqs.one(url));
  assert.equal((await sqs.send(url, 'x', params)).MessageId, first.MessageId);
  assert.deepEqual(await sqs.counts(url), [0, 0, 0]);
});

both('a purge forgets what was sent', async (sqs) => {
  const url = await sqs.fifo();
  const params = { MessageGroupId: 'g', MessageDeduplicationId: 'd' };
  const first = await sqs.send(url, 'x', params);
  await sqs.ok('PurgeQueue', { QueueUrl: url });
  assert.notEqual((await sqs.send(url, 'x', params)).MessageId, first.MessageId);
  assert.deepEqual(await sqs.counts(url), [1, 0, 0]);
});

both('content-based deduplication looks at the body only, and an id of its own wins', async (sqs) => {
  const url = await sqs.fifo(DEDUP);
  const attribute = (v) => ({ MessageAttributes: { a: { DataType: 'String', StringValue: v } } });
  const first = await sqs.send(url, 'same', { MessageGroupId: 'g', ...attribute('1') });
  assert.equal((await sqs.send(url, 'same', { MessageGroupId: 'g', ...attribute('2') })).MessageId, first.MessageId);
  assert.notEqual((await sqs.send(url, 'other', { MessageGroupId: 'g' })).MessageId, first.MessageId);
  assert.notEqual((await sqs.send(url, 'same', { MessageGroupId: 'g', MessageDeduplicationId: 'own' })).MessageId,
    first.MessageId);
  assert.deepEqual(await sqs.counts(url), [3, 0, 0]);
});

both('the scope "queue" deduplicates across groups', async (sqs) => {
  const url = await sqs.fifo();
  const a = await sqs.send(url, 'x', { MessageGroupId: 'a', MessageDeduplicationId: 'd' });
  const b = await sqs.send(url, 'x', { MessageGroupId: 'b', MessageDeduplicationId: 'd' });
  assert.equal(a.MessageId, b.MessageId);
});

both('the scope "messageGroup" keeps groups apart, with either throughput limit', async (sqs) => {
  for (const more of [{}, { FifoThroughputLimit: 'perMessageGroupId' }]) {
    const url = await sqs.fifo({ DeduplicationScope: 'messageGroup', ...more });
    const send = (MessageGroupId) => sqs.send(url, 'x', { MessageGroupId, MessageDeduplicationId: 'd' });
    const a = await send('a');
    assert.notEqual((await send('b')).MessageId, a.MessageId);
    assert.equal((await send('a')).MessageId, a.MessageId);
    assert.equal((await sqs.receive(url)).length, 2);
  }
});

both('a duplicate inside one batch is answered with the same message', async (sqs) => {
  const QueueUrl = await sqs.fifo();
  const entry = (Id, d) => ({ Id, MessageBody: Id, MessageGroupId: 'g', MessageDeduplicationId: d });
  const { Successful, Failed } = await sqs.ok('SendMessageBatch',
    { QueueUrl, Entries: [entry('a', '1'), entry('b', '1'), entry('c', '2')] });
  assert.equal(Failed, undefined);
  const ids = Object.fromEntries(Successful.map((s) => [s.Id, s.MessageId]));
  assert.equal(ids.a, ids.b);
  assert.notEqual(ids.a, ids.c);
  assert.deepEqual(bodies(await sqs.receive(QueueUrl)), ['a', 'c']);
});

// ---- receipt handles

both('an expired handle is refused, a prolonged one is not', async (sqs, t) => {
  const url = await sqs.fifo({ ...DEDUP, VisibilityTimeout: '10' });
  await sendAll(sqs, url, 'g:1');
  await clock(t).advance(0);
  const old = await sqs.one(url);
  await server.clock.advance(10_001);
  await sqs.refused('InvalidParameterValue', 'DeleteMessage', { QueueUrl: url, ReceiptHandle: old.ReceiptHandle },
    { message: `Value ${old.ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.` });
  assert.deepEqual(await sqs.counts(url), [1, 0, 0]);
  const m = await sqs.one(url);
  await sqs.ok('ChangeMessageVisibility', { QueueUrl: url, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: 100 });
  await server.clock.advance(50_000);
  await sqs.delete(url, m);
  assert.deepEqual(await sqs.counts(url), [0, 0, 0]);
});

both('deleting a FIFO message twice is no error', async (sqs) => {
  const url = await sqs.fifo(DEDUP);
  await sendAll(sqs, url, 'g:1');
  const m = await sqs.one(url);
  await sqs.delete(url, m);
  await sqs.delete(url, m);
});

// ---- receive attempt ids

both('a receive repeated with its attempt id gives the same messages and handles', async (sqs) => {
  const url = await sqs.fifo(DEDUP);
  await sendAll(sqs, url, 'g:1', 'g:2', 'g:3');
  const attempt = (id, more) => sqs.receive(url, { MaxNumberOfMessages: 2, ReceiveRequestAttemptId: id, ...more });
  const first = await attempt('try-1');
  assert.deepEqual(bodies(first), ['g:1', 'g:2']);
  assert.deepEqual(await attempt('try-1'), first);
  assert.deepEqual(await attempt('try-2'), []);
  await sqs.delete(url, first[0]);
  assert.ok(!bodies(await attempt('try-1')).includes('g:1'), 'after a delete the attempt is void');
});

both('an attempt id is forgotten after five minutes', async (sqs, t) => {
  const url = await sqs.fifo({ ...DEDUP, VisibilityTimeout: '600' });
  await sendAll(sqs, url, 'g:1');
  await clock(t).advance(0);
  const attempt = () => sqs.receive(url, { ReceiveRequestAttemptId: 'try' });
  const [first] = await attempt();
  await server.clock.advance(WINDOW_MS - 1_000);
  assert.equal((await attempt())[0].ReceiptHandle, first.ReceiptHandle);
  await server.clock.advance(WINDOW_MS);
  assert.ok((await attempt()).every((m) => m.ReceiptHandle !== first.ReceiptHandle));
});

both('a wrong attempt id is refused', async (sqs) => {
  const QueueUrl = await sqs.fifo();
  for (const ReceiveRequestAttemptId of ['x'.repeat(129), 'a b'])
    await sqs.refused('InvalidParameterValue', 'ReceiveMessage', { QueueUrl, ReceiveRequestAttemptId });
});

// ---- waiting

both('a long poll is woken when a group becomes free', async (sqs) => {
  const url = await sqs.fifo(DEDUP);
  await sendAll(sqs, url, 'g:1', 'g:2');
  const first = await sqs.one(url);
  const poll = sqs.receive(url, { WaitTimeSeconds: 20 });
  await sqs.delete(url, first);
  assert.deepEqual(bodies(await poll), ['g:2']);
});

story('eight consumers at once see every group in order and every message once', async () => {
  const sqs = server.sqs.json;
  const url = await sqs.fifo(DEDUP);
  const groups = Array.from({ length: 10 }, (_, i) => `g${i}`);
  for (let n = 0; n < 10; n++) {
    await sqs.ok('SendMessageBatch', { QueueUrl: url, Entries: groups.map((g) =>
      ({ Id: g, MessageBody: `${g}:${n}`, MessageGroupId: g })) });
  }
  const seen = new Map(groups.map((g) => [g, []]));
  let left = 100;
  await Promise.all(Array.from({ length: 8 }, async () => {
    while (left > 0) {
      for (const m of await sqs.receive(url, { MaxNumberOfMessages: 3 })) {
        const [g, n] = m.Body.split(':');
        seen.get(g).push(Number(n));
        await sqs.delete(url, m);
        left--;
      }
    }
  }));
  for (const g of groups) assert.deepEqual(seen.get(g), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], g);
});
