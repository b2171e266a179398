// dlq.test.mjs - dead-letter queues: redrive policies, sources, message move tasks.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { arnOf, fresh, inBoth, start, text, until } from './lib.mjs';

const server = await start();
after(() => server.close());
const both = (name, fn) => inBoth(server, name, fn);
const clock = (t) => server.clock.for(t);
const redrive = (dlq, maxReceiveCount = 1) =>
  ({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(dlq), maxReceiveCount }) });
const set = (QueueUrl, Attributes) => ({ QueueUrl, Attributes });
const bodies = (messages) => messages.map((m) => m.Body).sort();

/** A queue and its dead-letter queue. */
async function pair(sqs, { maxReceiveCount = 1, fifo = false, source = {}, dlq = {} } = {}) {
  const kind = fifo ? { FifoQueue: 'true', ContentBasedDeduplication: 'true' } : {};
  const dead = await sqs.queue({ ...kind, ...dlq }, 'dead');
  const url = await sqs.queue({ ...kind, ...source, ...redrive(dead, maxReceiveCount) }, 'source');
  return { url, dead };
}

/** Sends bodies and receives them until they are in the dead-letter queue. */
async function bury(sqs, { url, dead }, texts, more = {}) {
  for (const t of texts) await sqs.send(url, t, more);
  for (let left = texts.length; left > 0;) left -= (await sqs.receive(url, { VisibilityTimeout: 0 })).length;
  await sqs.receive(url);
  await until(`${texts.length} messages in the dead-letter queue`,
    async () => (await sqs.counts(dead))[0] >= texts.length);
}

both('a message received too often goes to the dead-letter queue', async (sqs, t) => {
  const { url, dead } = await pair(sqs, { maxReceiveCount: 2 });
  await clock(t).set(1_900_000_000_000);
  const sent = await sqs.send(url, 'poison', { MessageAttributes: { a: text('kept') } });
  for (let i = 0; i < 2; i++) {
    await server.clock.advance(1_000);
    await sqs.one(url, { VisibilityTimeout: 0 });
  }
  await server.clock.advance(1_000);
  assert.deepEqual(await sqs.receive(url), []);
  assert.deepEqual(await sqs.counts(url), [0, 0, 0]);
  const m = await sqs.one(dead, { MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'] });
  assert.equal(m.MessageId, sent.MessageId);
  assert.equal(m.Body, 'poison');
  assert.deepEqual(m.MessageAttributes, { a: text('kept') });
  assert.equal(m.Attributes.DeadLetterQueueSourceArn, arnOf(url));
  assert.equal(m.Attributes.ApproximateReceiveCount, '3', 'the count goes on');
  assert.equal(m.Attributes.SentTimestamp, '1900000000000', 'the time of sending is kept');
});

both('retention goes on counting from the first send in a standard dead-letter queue', async (sqs, t) => {
  const { url, dead } = await pair(sqs, { dlq: { MessageRetentionPeriod: '120' } });
  await clock(t).advance(0);
  await sqs.send(url, 'x');
  await server.clock.advance(100_000);
  await sqs.one(url, { VisibilityTimeout: 0 });
  await sqs.receive(url);
  assert.deepEqual(await sqs.counts(dead), [1, 0, 0]);
  await server.clock.advance(21_000);
  assert.deepEqual(await sqs.counts(dead), [0, 0, 0]);
});

both('a FIFO group goes on when its poison message is dead-lettered, and keeps its group', async (sqs) => {
  const { url, dead } = await pair(sqs, { fifo: true });
  for (const b of ['1', '2', '3']) await sqs.send(url, b, { MessageGroupId: 'g' });
  await sqs.one(url, { VisibilityTimeout: 0 });
  const next = await sqs.one(url);
  assert.equal(next.Body, '2');
  const m = await sqs.one(dead, { MessageSystemAttributeNames: ['MessageGroupId'] });
  assert.deepEqual([m.Body, m.Attributes.MessageGroupId], ['1', 'g']);
});

// ---- policies

both('a redrive policy is read back, and an empty one removes it', async (sqs) => {
  const { url, dead } = await pair(sqs, { maxReceiveCount: 7 });
  assert.deepEqual(JSON.parse((await sqs.attributes(url, ['RedrivePolicy'])).RedrivePolicy),
    { deadLetterTargetArn: arnOf(dead), maxReceiveCount: 7 });
  await sqs.ok('SetQueueAttributes', set(url, { RedrivePolicy: '' }));
  assert.equal((await sqs.attributes(url)).RedrivePolicy, undefined);
});

both('maxReceiveCount may be a number in a string', async (sqs) => {
  const dead = await sqs.queue();
  const url = await sqs.queue();
  await sqs.ok('SetQueueAttributes', set(url, redrive(dead, '3')));
  assert.equal(Number(JSON.parse((await sqs.attributes(url, ['RedrivePolicy'])).RedrivePolicy).maxReceiveCount), 3);
});

both('maxReceiveCount is 1 to 1000', async (sqs) => {
  const dead = await sqs.queue();
  const url = await sqs.queue();
  for (const n of [1, 1000]) await sqs.ok('SetQueueAttributes', set(url, redrive(dead, n)));
  for (const n of [0, 1001, -1, 'x', 1.5])
    await sqs.refused('InvalidParameterValue', 'SetQueueAttributes', set(url, redrive(dead, n)),
      { message: /RedrivePolicy|maxReceiveCount/ });
});

both('a wrong redrive policy is refused and the old one stays', async (sqs) => {
  const { url } = await pair(sqs);
  const before = await sqs.attributes(url, ['RedrivePolicy']);
  for (const RedrivePolicy of ['not json', '[]', '{}', '{"maxReceiveCount":3}', 'null',
    JSON.stringify({ deadLetterTargetArn: 'garbage', maxReceiveCount: 3 }),
    JSON.stringify({ deadLetterTargetArn: arnOf('x/no-such-queue'), maxReceiveCount: 3 })]) {
    const r = await sqs.call('SetQueueAttributes', set(url, { RedrivePolicy }));
    assert.ok(!r.ok && [400, 404].includes(r.status), `${RedrivePolicy}: ${r.status} ${r.text}`);
    assert.ok(['InvalidParameterValue', 'InvalidAttributeValue',
      'AWS.SimpleQueueService.NonExistentQueue'].includes(r.error.code), r.text);
  }
  assert.deepEqual(await sqs.attributes(url, ['RedrivePolicy']), before);
});

both('a queue and its dead-letter queue are of the same kind', async (sqs) => {
  const standard = await sqs.queue();
  const fifo = await sqs.fifo();
  await sqs.refused('InvalidParameterValue', 'SetQueueAttributes', set(standard, redrive(fifo)),
    { message: /RedrivePolicy|[Dd]ead.?[Ll]etter/ });
  await sqs.refused('InvalidParameterValue', 'SetQueueAttributes', set(fifo, redrive(standard)),
    { message: /RedrivePolicy|[Dd]ead.?[Ll]etter/ });
});

both('a redrive allow policy decides who may use a dead-letter queue', async (sqs) => {
  const dead = await sqs.queue();
  const one = await sqs.queue();
  const two = await sqs.queue();
  const allow = (policy) => set(dead, { RedriveAllowPolicy: JSON.stringify(policy) });
  await sqs.ok('SetQueueAttributes', allow({ redrivePermission: 'denyAll' }));
  await sqs.refused('InvalidParameterValue', 'SetQueueAttributes', set(one, redrive(dead)));
  await sqs.ok('SetQueueAttributes', allow({ redrivePermission: 'byQueue', sourceQueueArns: [arnOf(one)] }));
  await sqs.ok('SetQueueAttributes', set(one, redrive(dead)));
  await sqs.refused('InvalidParameterValue', 'SetQueueAttributes', set(two, redrive(dead)));
  await sqs.ok('SetQueueAttributes', allow({ redrivePermission: 'allowAll' }));
  await sqs.ok('SetQueueAttributes', set(two, redrive(dead)));
  assert.deepEqual(JSON.parse((await sqs.attributes(dead, ['RedriveAllowPolicy'])).RedriveAllowPolicy),
    { redrivePermission: 'allowAll' });
});

both('wrong redrive allow policies are refused', async (sqs) => {
  const dead = await sqs.queue();
  const arns = (n) => Array.from({ length: n }, (_, i) => arnOf(`x/q${i}`));
  for (const policy of ['nonsense', '{}', '{"redrivePermission":"some"}', '{"redrivePermission":"byQueue"}',
    JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns: arns(11) }),
    JSON.stringify({ redrivePermission: 'allowAll', sourceQueueArns: arns(1) })]) {
    const r = await sqs.call('SetQueueAttributes', set(dead, { RedriveAllowPolicy: policy }));
    assert.ok(!r.ok && r.status === 400, `${policy}: ${r.status} ${r.text}`);
    assert.ok(['InvalidParameterValue', 'InvalidAttributeValue'].includes(r.error.code), r.text);
  }
});

// ---- sources

both('the sources of a dead-letter queue are listed, page by page', async (sqs) => {
  const dead = await sqs.queue();
  assert.equal((await sqs.ok('ListDeadLetterSourceQueues', { QueueUrl: dead })).queueUrls?.length ?? 0, 0);
  const sources = [];
  for (let i = 0; i < 3; i++) sources.push(await sqs.queue(redrive(dead)));
  assert.deepEqual((await sqs.ok('ListDeadLetterSourceQueues', { QueueUrl: dead })).queueUrls.sort(),
    [...sources].sort());
  const page = await sqs.ok('ListDeadLetterSourceQueues', { QueueUrl: dead, MaxResults: 2 });
  assert.equal(page.queueUrls.length, 2);
  const rest = await sqs.ok('ListDeadLetterSourceQueues', { QueueUrl: dead, MaxResults: 2, NextToken: page.NextToken });
  assert.deepEqual([...page.queueUrls, ...rest.queueUrls].sort(), [...sources].sort());
  assert.equal(rest.NextToken, undefined);
});

// ---- move tasks

const list = (sqs, dead, more = {}) => sqs.ok('ListMessageMoveTasks', { SourceArn: arnOf(dead), ...more });
const finished = (sqs, dead) => until('the move task to end', async () => {
  const [task] = (await list(sqs, dead)).Results ?? [];
  return task && task.Status !== 'RUNNING' && task.Status !== 'CANCELLING' && task;
});

both('a move task brings each message back to its own source', async (sqs) => {
  const dead = await sqs.queue(undefined, 'dead');
  const one = await sqs.queue(redrive(dead));
  const two = await sqs.queue(redrive(dead));
  await bury(sqs, { url: one, dead }, ['one-a', 'one-b']);
  await bury(sqs, { url: two, dead }, ['two-a']);
  await until('three dead letters', async () => (await sqs.counts(dead))[0] === 3);
  const { TaskHandle } = await sqs.ok('StartMessageMoveTask', { SourceArn: arnOf(dead) });
  const handle = JSON.parse(Buffer.from(TaskHandle, 'base64').toString());
  assert.equal(handle.sourceArn, arnOf(dead));
  assert.ok(handle.taskId);
  const task = await finished(sqs, dead);
  assert.deepEqual({ ...task, StartedTimestamp: 0 }, { Status: 'COMPLETED', SourceArn: arnOf(dead),
    ApproximateNumberOfMessagesMoved: 3, ApproximateNumberOfMessagesToMove: 3, StartedTimestamp: 0 });
  assert.ok(Math.abs(task.StartedTimestamp - Date.now()) < 60_000, 'milliseconds');
  assert.deepEqual(await sqs.counts(dead), [0, 0, 0]);
  assert.deepEqual(bodies(await sqs.receive(one)), ['one-a', 'one-b']);
  assert.deepEqual(bodies(await sqs.receive(two)), ['two-a']);
});

both('a move task may have a destination of its own', async (sqs) => {
  const both_ = await pair(sqs);
  await bury(sqs, both_, ['a', 'b']);
  const target = await sqs.queue();
  await sqs.ok('StartMessageMoveTask', { SourceArn: arnOf(both_.dead), DestinationArn: arnOf(target) });
  const task = await finished(sqs, both_.dead);
  assert.equal(task.DestinationArn, arnOf(target));
  assert.equal(task.TaskHandle, undefined, 'only while it runs');
  assert.deepEqual(bodies(await sqs.receive(target)), ['a', 'b']);
});

both('a task keeps its rate, shows its progress and can be cancelled', async (sqs, t) => {
  const p = await pair(sqs);
  await bury(sqs, p, Array.from({ length: 8 }, (_, i) => `${i}`));
  const target = await sqs.queue();
  await clock(t).advance(0);
  const { TaskHandle } = await sqs.ok('StartMessageMoveTask',
    { SourceArn: arnOf(p.dead), DestinationArn: arnOf(target), MaxNumberOfMessagesPerSecond: 1 });
  const running = (await list(sqs, p.dead)).Results[0];
  assert.equal(running.Status, 'RUNNING');
  assert.equal(running.TaskHandle, TaskHandle);
  assert.equal(running.MaxNumberOfMessagesPerSecond, 1);
  assert.equal(running.ApproximateNumberOfMessagesToMove, 8);
  for (let i = 0; i < 3; i++) await server.clock.advance(1_000);
  const moved = (await sqs.counts(target))[0];
  assert.ok(moved >= 2 && moved <= 4, `${moved} moved in 3 s at 1/s`);
  const cancelled = await sqs.ok('CancelMessageMoveTask', { TaskHandle });
  assert.ok(cancelled.ApproximateNumberOfMessagesMoved >= 2);
  const task = await finished(sqs, p.dead);
  assert.equal(task.Status, 'CANCELLED');
  assert.equal(task.TaskHandle, undefined);
  await server.clock.advance(10_000);
  assert.equal((await sqs.counts(target))[0] + (await sqs.counts(p.dead))[0], 8);
  assert.ok((await sqs.counts(target))[0] <= 5, 'it stopped');
});

both('only one task of a queue runs at a time', async (sqs, t) => {
  const p = await pair(sqs);
  await bury(sqs, p, ['a', 'b', 'c']);
  await clock(t).advance(0);
  const params = { SourceArn: arnOf(p.dead), MaxNumberOfMessagesPerSecond: 1 };
  const { TaskHandle } = await sqs.ok('StartMessageMoveTask', params);
  await sqs.refused('InvalidParameterValue', 'StartMessageMoveTask', params,
    { message: 'There is already a task running. Only one active task is allowed for a source queue arn at a given time.' });
  await sqs.ok('CancelMessageMoveTask', { TaskHandle });
});

both('a task fails when its destination is deleted', async (sqs, t) => {
  const p = await pair(sqs);
  await bury(sqs, p, ['a', 'b', 'c']);
  const target = await sqs.queue();
  await clock(t).advance(0);
  await sqs.ok('StartMessageMoveTask', { SourceArn: arnOf(p.dead), DestinationArn: arnOf(target),
    MaxNumberOfMessagesPerSecond: 1 });
  await sqs.ok('DeleteQueue', { QueueUrl: target });
  await server.clock.advance(2_000);
  const task = await finished(sqs, p.dead);
  assert.equal(task.Status, 'FAILED');
  assert.equal(task.FailureReason, 'AWS.SimpleQueueService.NonExistentQueue');
  assert.ok((await sqs.counts(p.dead))[0] >= 2, 'nothing is lost but what went with the queue');
});

both('the newest tasks come first, and MaxResults is 1 to 10', async (sqs) => {
  const p = await pair(sqs);
  for (const b of ['a', 'b']) {
    await bury(sqs, p, [b]);
    await sqs.ok('StartMessageMoveTask', { SourceArn: arnOf(p.dead) });
    await finished(sqs, p.dead);
    for (const m of await sqs.receive(p.url)) await sqs.delete(p.url, m);
  }
  assert.equal((await list(sqs, p.dead)).Results.length, 1);
  const { Results } = await list(sqs, p.dead, { MaxResults: 10 });
  assert.equal(Results.length, 2);
  assert.ok(Results[0].StartedTimestamp >= Results[1].StartedTimestamp);
  for (const MaxResults of [0, 11])
    await sqs.refused('InvalidParameterValue', 'ListMessageMoveTasks', { SourceArn: arnOf(p.dead), MaxResults });
});

both('wrong move tasks are refused', async (sqs) => {
  const plain = await sqs.queue();
  const { dead } = await pair(sqs);
  const start_ = (more) => ['StartMessageMoveTask', { SourceArn: arnOf(dead), ...more }];
  const gone = arnOf(`x/${fresh('gone')}`);
  const no = (what) => ({ status: 404, message:
    `The resource that you specified for the ${what} parameter doesn't exist.` });
  await sqs.refused('InvalidParameterValue', ...start_({ SourceArn: arnOf(plain) }),
    { message: 'Source queue must be configured as a Dead Letter Queue.' });
  await sqs.refused('ResourceNotFoundException', ...start_({ SourceArn: gone }), no('SourceArn'));
  await sqs.refused('ResourceNotFoundException', ...start_({ DestinationArn: gone }), no('DestinationArn'));
  for (const MaxNumberOfMessagesPerSecond of [0, 501, -1])
    await sqs.refused('InvalidParameterValue', ...start_({ MaxNumberOfMessagesPerSecond }),
      { message: /MaxNumberOfMessagesPerSecond/ });
  await sqs.refused('MissingParameter', 'StartMessageMoveTask', {},
    { message: 'The request must contain the parameter SourceArn.' });
  await sqs.refused('ResourceNotFoundException', 'ListMessageMoveTasks', { SourceArn: gone }, no('SourceArn'));
  const handle = (taskId, sourceArn) => ({ TaskHandle:
    Buffer.from(JSON.stringify({ taskId, sourceArn })).toString('base64') });
  await sqs.refused('InvalidParameterValue', 'CancelMessageMoveTask', { TaskHandle: 'garbage' },
    { message: 'Value for parameter TaskHandle is invalid.' });
  await sqs.refused('ResourceNotFoundException', 'CancelMessageMoveTask',
    handle('10f6af4b-06d4-4e1c-9a5b-7d6b3a0c9a7e', gone), no('SourceArn'));
  await sqs.refused('ResourceNotFoundException', 'CancelMessageMoveTask',
    handle('10f6af4b-06d4-4e1c-9a5b-7d6b3a0c9a7e', arnOf(dead)), { status: 404, message: 'Task does not exist.' });
});
