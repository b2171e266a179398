// fair.test.mjs - fair queues: message groups (tenants) on a standard queue.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { inBoth, start } from './lib.mjs';

const server = await start();
after(() => server.close());
const both = (name, fn) => inBoth(server, name, fn);

both('a standard queue accepts a group, gives it back and deduplicates nothing', async (sqs) => {
  const url = await sqs.queue();
  for (let i = 0; i < 3; i++) {
    const sent = await sqs.send(url, 'same', { MessageGroupId: 'tenant' });
    assert.equal(sent.SequenceNumber, undefined);
  }
  const got = await sqs.receive(url, { MessageSystemAttributeNames: ['All'] });
  assert.equal(got.length, 3, 'messages of a group go out in parallel');
  for (const m of got) {
    assert.equal(m.Attributes.MessageGroupId, 'tenant');
    assert.equal(m.Attributes.SequenceNumber, undefined);
    assert.equal(m.Attributes.MessageDeduplicationId, undefined);
  }
});

both('messages of a group in flight do not hold back the next receive', async (sqs) => {
  const url = await sqs.queue();
  for (let i = 0; i < 4; i++) await sqs.send(url, `${i}`, { MessageGroupId: 'tenant' });
  for (let i = 0; i < 4; i++) await sqs.one(url);
  assert.deepEqual(await sqs.counts(url), [0, 4, 0]);
});

both('a wrong group is refused on a standard queue too', async (sqs) => {
  const QueueUrl = await sqs.queue();
  for (const MessageGroupId of ['x'.repeat(129), 'group 123'])
    await sqs.refused('InvalidParameterValue', 'SendMessage', { QueueUrl, MessageBody: 'x', MessageGroupId }, { message:
      `Value ${MessageGroupId} for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.` });
});

both('a deduplication id is refused on a standard queue', async (sqs) => {
  const QueueUrl = await sqs.queue();
  await sqs.refused('InvalidParameterValue', 'SendMessage', { QueueUrl, MessageBody: 'x', MessageDeduplicationId: 'd' },
    { message: /^Value d for parameter MessageDeduplicationId is invalid\. Reason: The request include/ });
});

both('a tenant with a backlog and much in flight does not make the others wait', async (sqs) => {
  const url = await sqs.queue();
  const flood = async (n) => {
    for (let i = 0; i < n; i += 10)
      await sqs.ok('SendMessageBatch', { QueueUrl: url, Entries: Array.from({ length: 10 }, (_, k) =>
        ({ Id: `${k}`, MessageBody: `noisy ${i + k}`, MessageGroupId: 'noisy' })) });
  };
  await flood(200);
  for (let i = 0; i < 5; i++) await sqs.receive(url);   // 50 of the noisy tenant are in flight
  for (const tenant of ['quiet-1', 'quiet-2', 'quiet-3']) await sqs.send(url, tenant, { MessageGroupId: tenant });
  const next = (await sqs.receive(url)).map((m) => m.Body);
  for (const tenant of ['quiet-1', 'quiet-2', 'quiet-3'])
    assert.ok(next.includes(tenant), `${tenant} is among the next ten, not behind 150: ${next}`);
});

both('tenants share when all have a backlog', async (sqs) => {
  const url = await sqs.queue();
  for (const tenant of ['a', 'b'])
    for (let r = 0; r < 4; r++)
      await sqs.ok('SendMessageBatch', { QueueUrl: url, Entries: Array.from({ length: 10 }, (_, k) =>
        ({ Id: `${k}`, MessageBody: tenant, MessageGroupId: tenant })) });
  const got = [];
  for (let i = 0; i < 4; i++) got.push(...(await sqs.receive(url)).map((m) => m.Body));
  const a = got.filter((b) => b === 'a').length;
  assert.equal(got.length, 40);
  assert.ok(a >= 12 && a <= 28, `${a} of 40 went to the tenant that came first`);
});

both('messages without a group are served beside those with one', async (sqs) => {
  const url = await sqs.queue();
  for (let r = 0; r < 5; r++)
    await sqs.ok('SendMessageBatch', { QueueUrl: url, Entries: Array.from({ length: 10 }, (_, k) =>
      ({ Id: `${k}`, MessageBody: 'tenant', MessageGroupId: 't' })) });
  await sqs.send(url, 'plain');
  const got = [];
  for (let i = 0; i < 6; i++) got.push(...(await sqs.receive(url)).map((m) => m.Body));
  assert.equal(got.length, 51);
  assert.equal(got.filter((b) => b === 'plain').length, 1);
});
