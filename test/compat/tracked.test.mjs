// tracked.test.mjs - what plain SQS clients do with a tracked queue is what its jobs say.
//
// Nobody here knows of jobs but the test: raw calls, the JavaScript SDK, sqs-consumer, Celery.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { arnOf, fresh, inBoth, run, start, story, until } from './lib.mjs';

const SAMPLES = fileURLToPath(new URL('../../docs/clients/', import.meta.url));
const MODULES = fileURLToPath(new URL('../node_modules', import.meta.url));
const LIMIT_MS = 60_000;

const server = await start();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-tracked-'));
fs.cpSync(SAMPLES, folder, { recursive: true });
fs.symlinkSync(MODULES, path.join(folder, 'node_modules'));
after(async () => { await server.close(); fs.rmSync(folder, { recursive: true, force: true }); });

const env = (more = {}) => ({ RINGI_URL: server.url, AWS_ACCESS_KEY_ID: 'try', AWS_SECRET_ACCESS_KEY: 'try',
  AWS_DEFAULT_REGION: 'us-east-1', AWS_REGION: 'us-east-1', AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', LC_ALL: 'C.UTF-8',
  PYTHONDONTWRITEBYTECODE: '1', NO_PROXY: '*', ...more });

async function tracked(name, settings = {}) {
  const r = await server.json('PUT', `/v1/queues/${name}`, { track: true, ...settings });
  assert.ok(r.status < 300, r.text);
  return name;
}
async function job(id) {
  const r = await server.json('GET', `/v1/jobs/${id}`);
  assert.equal(r.status, 200, r.text);
  return r.data;
}
/** All jobs of a queue, oldest first, each as it is shown alone. */
async function jobs(queue) {
  const r = await server.json('GET', `/v1/jobs?queue=${queue}&limit=200`);
  assert.equal(r.status, 200, r.text);
  return Promise.all(r.data.jobs.reverse().map((j) => job(j.id)));
}
const says = (j) => [j.state, j.attempts, j.history.map((a) => a.outcome).join(' ')];

// ---- raw calls

inBoth(server, 'sent, received and deleted: the job succeeded', async (sqs) => {
  const queue = await tracked(fresh());
  const { MessageId } = await sqs.send(queue, 'hello');
  assert.deepEqual(says(await job(MessageId)), ['PENDING', 0, '']);
  const m = await sqs.one(queue);
  assert.deepEqual(says(await job(MessageId)), ['RUNNING', 1, 'RUNNING']);
  await sqs.ok('ChangeMessageVisibility', { QueueUrl: queue, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: 600 });
  const { lease_until: until_, started_at } = await job(MessageId);
  assert.ok(Date.parse(until_) - Date.parse(started_at) >= 600_000, 'the lease is the visibility timeout');
  await sqs.delete(queue, m);
  const end = await job(MessageId);
  assert.deepEqual([...says(end), end.payload], ['SUCCEEDED', 1, 'SUCCEEDED', 'hello']);
});

inBoth(server, 'a message that is given back is an attempt that was released', async (sqs) => {
  const queue = await tracked(fresh());
  const { MessageId } = await sqs.send(queue, 'x');
  const { ReceiptHandle } = await sqs.one(queue);
  await sqs.ok('ChangeMessageVisibility', { QueueUrl: queue, ReceiptHandle, VisibilityTimeout: 0 });
  assert.deepEqual(says(await job(MessageId)), ['PENDING', 1, 'RELEASED']);
  await sqs.delete(queue, await sqs.one(queue));
  assert.deepEqual(says(await job(MessageId)), ['SUCCEEDED', 2, 'RELEASED SUCCEEDED']);
});

story('of many attempts the latest fifty are shown', async () => {
  const sqs = server.sqs.json;
  const queue = await tracked(fresh());
  const { MessageId } = await sqs.send(queue, 'x');
  for (let i = 0; i < 51; i++) {
    const { ReceiptHandle } = await sqs.one(queue);
    await sqs.ok('ChangeMessageVisibility', { QueueUrl: queue, ReceiptHandle, VisibilityTimeout: 0 });
  }
  await sqs.one(queue);
  const { history } = await job(MessageId);
  assert.deepEqual([history.length, history[0].number, history.at(-1).number, history.at(-1).outcome],
    [50, 3, 52, 'RUNNING']);
});

story('a batch is a job each, a receiver that vanishes an attempt that was lost', async (t) => {
  const sqs = server.sqs.json;
  const queue = await tracked(fresh(), { VisibilityTimeout: '30' });
  await server.clock.for(t).advance(0);
  const Entries = Array.from({ length: 10 }, (_, i) => ({ Id: `${i}`, MessageBody: `${i}` }));
  const { Successful } = await sqs.ok('SendMessageBatch', { QueueUrl: queue, Entries });
  const got = await sqs.receive(queue, { MaxNumberOfMessages: 10 });
  assert.equal(got.length, 10);
  await sqs.ok('DeleteMessageBatch', { QueueUrl: queue,
    Entries: got.slice(0, 9).map((m, i) => ({ Id: `${i}`, ReceiptHandle: m.ReceiptHandle })) });
  await server.clock.advance(30_000);
  const ends = await Promise.all(Successful.map(async (s) => says(await job(s.MessageId))));
  assert.equal(ends.filter(([s]) => s === 'SUCCEEDED').length, 9);
  assert.deepEqual(ends.filter(([s]) => s !== 'SUCCEEDED'), [['PENDING', 1, 'LOST']]);
});

story('what is received too often is a failed job and a dead letter; a redrive opens it again', async (t) => {
  const sqs = server.sqs.json;
  const dead = await sqs.queue({}, 'dead');
  const queue = await tracked(fresh(), { VisibilityTimeout: '30',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: (await sqs.attributes(dead)).QueueArn,
      maxReceiveCount: 2 }) });
  await server.clock.for(t).advance(0);
  const { MessageId } = await sqs.send(queue, 'poison');
  for (let i = 0; i < 2; i++) {
    await sqs.one(queue);
    await server.clock.advance(30_000);
  }
  assert.deepEqual(says(await job(MessageId)), ['FAILED', 2, 'LOST LOST']);
  assert.deepEqual(await sqs.counts(dead), [1, 0, 0], 'at once, not when somebody receives');
  await sqs.ok('StartMessageMoveTask', { SourceArn: (await sqs.attributes(dead)).QueueArn });
  await until('the message to be back', async () => {
    await server.clock.advance(1_000);
    return (await sqs.counts(queue))[0] === 1;
  });
  assert.deepEqual(says(await job(MessageId)), ['PENDING', 2, 'LOST LOST']);
  await sqs.delete(queue, await sqs.one(queue));
  assert.deepEqual(says(await job(MessageId)), ['SUCCEEDED', 3, 'LOST LOST SUCCEEDED']);
});

story('what a topic publishes is a job in each tracked queue', async () => {
  const [a, b] = [await tracked(fresh()), await tracked(fresh())];
  const topic = await server.sns.topic();
  for (const queue of [a, b]) await server.sns.subscribe(topic, arnOf(queue), { RawMessageDelivery: 'true' });
  await server.sns.publish(topic, 'news');
  for (const queue of [a, b]) assert.deepEqual((await jobs(queue)).map((j) => [j.state, j.payload]),
    [['PENDING', 'news']]);
});

story('a trace header of AWS or W3C is the trace of the job', async () => {
  const sqs = server.sqs.json;
  const queue = await tracked(fresh());
  const xray = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
  const a = await sqs.send(queue, 'a', { MessageSystemAttributes: {
    AWSTraceHeader: { DataType: 'String', StringValue: xray } } });
  assert.deepEqual(await job(a.MessageId).then((j) => [j.trace_id, j.parent_span_id]),
    ['5759e988bd862e3fe1be46a994272793', '53995c3f42cd8ad8']);
  const b = await sqs.ok('SendMessage', { QueueUrl: queue, MessageBody: 'b' },
    { headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' } });
  assert.deepEqual(await job(b.MessageId).then((j) => [j.trace_id, j.parent_span_id]),
    ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7']);
});

story('a purge cancels, and a queue with messages cannot be made untracked', async () => {
  const sqs = server.sqs.json;
  const queue = await tracked(fresh());
  const { MessageId } = await sqs.send(queue, 'x');
  assert.ok((await server.json('PUT', `/v1/queues/${queue}`, { track: false })).status >= 400);
  await sqs.ok('PurgeQueue', { QueueUrl: queue });
  await until('the sweeper', async () => (await job(MessageId)).state === 'CANCELED');
  assert.equal((await job(MessageId)).error.code, 'PURGED');
});

// ---- real clients

test('sqs-consumer: every message is a job, the one it failed once has two attempts', { timeout: LIMIT_MS },
  async () => {
  const queue = await tracked('tracked-consumer', { VisibilityTimeout: '30' });
  const r = await run(process.execPath, ['consumer.mjs'], { cwd: folder, env: env({ QUEUE: queue, COUNT: '5' }),
    limit: LIMIT_MS });
  assert.equal(r.code, 0, r.stdout + r.stderr);
  const all = await jobs(queue);
  assert.deepEqual(all.map((j) => j.payload).sort(), ['job 1', 'job 2', 'job 3', 'job 4', 'job 5']);
  for (const j of all) assert.deepEqual(says(j), j.payload === 'job 2' ? ['SUCCEEDED', 2, 'RELEASED SUCCEEDED']
    : ['SUCCEEDED', 1, 'SUCCEEDED'], j.payload);
});

const PYTHON = '/usr/lib/python3/dist-packages';
const missing = ['celery', 'boto3', 'pycurl'].filter((name) =>
  !(fs.existsSync(PYTHON) && fs.readdirSync(PYTHON).some((f) => f === name || f.startsWith(`${name}.`))));
test('Celery: every task is a job, its retry another', { timeout: LIMIT_MS + 20_000,
  skip: missing.length > 0 && `not installed: ${missing}` }, async (t) => {
  const queue = await tracked('tracked-celery', { VisibilityTimeout: '60' });
  const settings = env({ QUEUE: queue, RESULTS: path.join(folder, 'results.txt') });
  const worker = spawn('/usr/bin/python3', ['-m', 'celery', '--app', 'celery_tasks', 'worker', '--pool', 'solo',
    '--queues', queue, '--without-gossip', '--without-mingle', '--loglevel', 'INFO'],
  { cwd: folder, env: { ...process.env, ...settings }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [worker.stdout, worker.stderr]) stream.on('data', (d) => { said += d; });
  const ended = new Promise((done) => worker.on('exit', done));
  t.after(() => worker.kill('SIGKILL'));
  await until('the worker to be ready', () => {
    assert.equal(worker.exitCode, null, said);
    return said.includes(' ready.');
  }, 30_000);
  const sent = await run('/usr/bin/python3', ['celery_tasks.py', '5'], { cwd: folder, env: settings, limit: LIMIT_MS });
  assert.equal(sent.code, 0, sent.stderr);
  const over = await until('seven jobs that succeeded', async () => {
    const all = await jobs(queue);
    return all.length === 7 && all.every((j) => j.state === 'SUCCEEDED') && all;
  }, 30_000).catch(async (e) => { throw new Error(`${e.message}: ${JSON.stringify((await jobs(queue)).map(says))}\n${said}`); });
  for (const j of over) {
    assert.deepEqual(says(j), ['SUCCEEDED', 1, 'SUCCEEDED']);
    assert.match(JSON.parse(Buffer.from(j.payload, 'base64')).headers.task, /^celery_tasks\./);
  }
  worker.kill('SIGTERM');
  await ended;
});
