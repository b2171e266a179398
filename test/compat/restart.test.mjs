// restart.test.mjs - what was answered survives: a stop with SIGTERM and a kill -9, each in turn.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { arnOf, md5, sleep, start, story, text, until } from './lib.mjs';

const server = await start();
after(() => server.close());
const sqs = server.sqs.json;
const { sns } = server;

/** The story twice: `again` is a graceful restart, then a crash. */
function bothWays(name, fn) {
  story(`${name} (stopped)`, (t) => fn(() => server.restart(), t));
  story(`${name} (killed)`, (t) => fn(() => server.restart({ hard: true }), t));
}

bothWays('messages, their attributes and the counts', async (again) => {
  const url = await sqs.queue();
  const MessageAttributes = { a: text('é') };
  await sqs.send(url, 'one', { MessageAttributes });
  await sqs.send(url, 'two');
  await sqs.send(url, 'later', { DelaySeconds: 900 });
  const held = await sqs.one(url);
  await again();
  assert.deepEqual(await sqs.counts(url), [1, 1, 1]);
  await sqs.delete(url, held);
  const [m] = await sqs.receive(url, { MessageAttributeNames: ['All'] });
  assert.equal(m.Body, held.Body === 'one' ? 'two' : 'one');
  assert.equal(m.MD5OfBody, md5(m.Body));
  await sqs.delete(url, m);
  assert.deepEqual(await sqs.counts(url), [0, 0, 1]);
});

bothWays('what is in flight stays hidden, its handle works and its count goes on', async (again, t) => {
  const url = await sqs.queue({ VisibilityTimeout: '3600' });
  await sqs.send(url, 'x');
  const m = await sqs.one(url);
  await again();
  assert.deepEqual(await sqs.receive(url), []);
  await sqs.ok('ChangeMessageVisibility', { QueueUrl: url, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: 7200 });
  await server.clock.for(t).advance(7_200_001);
  const second = await sqs.one(url, { MessageSystemAttributeNames: ['All'] });
  assert.equal(second.Attributes.ApproximateReceiveCount, '2');
});

bothWays('deleted messages do not come back', async (again) => {
  const url = await sqs.queue();
  for (let i = 0; i < 20; i++) await sqs.send(url, `${i}`);
  for (let i = 0; i < 2; i++) for (const m of await sqs.receive(url)) await sqs.delete(url, m);
  await again();
  assert.deepEqual(await sqs.counts(url), [0, 0, 0]);
});

bothWays('order, groups, deduplication and sequence numbers of a FIFO queue', async (again) => {
  const url = await sqs.fifo();
  const send = (b) => sqs.send(url, b, { MessageGroupId: 'g', MessageDeduplicationId: b });
  const sent = [];
  for (const b of ['1', '2', '3']) sent.push(await send(b));
  await sqs.delete(url, await sqs.one(url));
  const held = await sqs.one(url);
  await again();
  assert.equal((await send('1')).MessageId, sent[0].MessageId, 'remembered although it was deleted');
  assert.deepEqual(await sqs.receive(url), [], 'the group is in flight');
  const last = await send('4');
  assert.ok(last.SequenceNumber > sent[2].SequenceNumber);
  await sqs.delete(url, held);
  assert.deepEqual((await sqs.receive(url)).map((m) => m.Body), ['3', '4']);
});

bothWays('attributes, tags and policies of a queue', async (again) => {
  const dead = await sqs.queue();
  const url = await sqs.queue({ VisibilityTimeout: '77', DelaySeconds: '3',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(dead), maxReceiveCount: 5 }) });
  await sqs.ok('TagQueue', { QueueUrl: url, Tags: { team: 'a' } });
  await sqs.ok('AddPermission', { QueueUrl: url, Label: 'l', AWSAccountIds: ['111111111111'],
    Actions: ['SendMessage'] });
  const before = await sqs.attributes(url);
  await again();
  assert.deepEqual(await sqs.attributes(url), before);
  assert.deepEqual((await sqs.ok('ListQueueTags', { QueueUrl: url })).Tags, { team: 'a' });
  assert.deepEqual((await sqs.ok('ListDeadLetterSourceQueues', { QueueUrl: dead })).queueUrls, [url]);
});

bothWays('a deleted queue stays deleted, a new one of its name is empty', async (again) => {
  const url = await sqs.queue();
  await sqs.send(url, 'old');
  await sqs.ok('DeleteQueue', { QueueUrl: url });
  await sqs.ok('CreateQueue', { QueueName: url.split('/').pop() });
  await again();
  assert.deepEqual(await sqs.receive(url), []);
  await sqs.ok('DeleteQueue', { QueueUrl: url });
  await again();
  await sqs.refused('AWS.SimpleQueueService.NonExistentQueue', 'GetQueueUrl', { QueueName: url.split('/').pop() });
});

bothWays('a move task goes on where it was', async (again, t) => {
  const dead = await sqs.queue();
  const url = await sqs.queue({ RedrivePolicy:
    JSON.stringify({ deadLetterTargetArn: arnOf(dead), maxReceiveCount: 1 }) });
  for (let i = 0; i < 6; i++) await sqs.send(url, `${i}`);
  await sqs.receive(url, { VisibilityTimeout: 0 });
  await sqs.receive(url);
  await until('six dead letters', async () => (await sqs.counts(dead))[0] === 6);
  await server.clock.for(t).advance(0);
  const { TaskHandle } = await sqs.ok('StartMessageMoveTask',
    { SourceArn: arnOf(dead), MaxNumberOfMessagesPerSecond: 1 });
  await again();
  const [task] = (await sqs.ok('ListMessageMoveTasks', { SourceArn: arnOf(dead) })).Results;
  assert.deepEqual([task.Status, task.TaskHandle], ['RUNNING', TaskHandle]);
  await until('the task to end', async () => {
    await server.clock.advance(1_000);
    return (await sqs.ok('ListMessageMoveTasks', { SourceArn: arnOf(dead) })).Results[0].Status === 'COMPLETED';
  });
  assert.deepEqual(await sqs.counts(dead), [0, 0, 0]);
  assert.deepEqual((await sqs.receive(url)).map((m) => m.Body).sort(), ['0', '1', '2', '3', '4', '5']);
});

bothWays('topics, subscriptions and their filters', async (again) => {
  const arn = await sns.topic();
  const url = await sqs.queue();
  const subscription = await sns.subscribe(arn, arnOf(url),
    { RawMessageDelivery: 'true', FilterPolicy: '{"a":["b"]}' });
  await again();
  const { Attributes } = await sns.ok('GetSubscriptionAttributes', { SubscriptionArn: subscription });
  assert.deepEqual([Attributes.RawMessageDelivery, JSON.parse(Attributes.FilterPolicy)], ['true', { a: ['b'] }]);
  await sns.publish(arn, 'stopped', { MessageAttributes: { a: text('c') } });
  await sns.publish(arn, 'passed', { MessageAttributes: { a: text('b') } });
  assert.deepEqual((await sqs.receive(url)).map((m) => m.Body), ['passed']);
});

story('a purge is remembered: the second within 60 seconds is refused after a restart too', async () => {
  const url = await sqs.queue();
  await sqs.ok('PurgeQueue', { QueueUrl: url });
  await server.restart();
  await sqs.refused('AWS.SimpleQueueService.PurgeQueueInProgress', 'PurgeQueue', { QueueUrl: url }, { status: 403 });
});

story('SIGTERM answers the long polls that wait', async () => {
  const url = await sqs.queue();
  const poll = sqs.call('ReceiveMessage', { QueueUrl: url, WaitTimeSeconds: 20 });
  await sleep(150);
  server.process.kill('SIGTERM');
  const r = await poll;
  assert.ok(r.ok ? !r.data.Messages : r.status === 503, `${r.status} ${r.text}`);
  assert.deepEqual(await server.exit, { code: 0, signal: null });
  await server.launch();
});

story('what was answered in the last moment before a crash is there', async () => {
  const url = await sqs.queue();
  const answered = [];
  let stop = false;
  const senders = Array.from({ length: 8 }, async (_, s) => {
    for (let i = 0; !stop; i++) {
      const r = await sqs.call('SendMessage', { QueueUrl: url, MessageBody: `${s}-${i}` }).catch(() => null);
      if (r?.ok) answered.push(`${s}-${i}`);
      else if (r === null) return;
    }
  });
  await sleep(300);
  await server.crash();
  stop = true;
  await Promise.all(senders);
  await server.restart({ hard: true });
  const found = new Set();
  for (let got; (got = await sqs.receive(url)).length > 0;) for (const m of got) found.add(m.Body);
  assert.ok(answered.length > 0);
  assert.deepEqual(answered.filter((b) => !found.has(b)), [], 'nothing that was confirmed is lost');
  assert.ok(found.size - answered.length <= 8, 'and at most what was under way is more');
});
