// flow.test.mjs - flow control as clients see it: limits of each message group, priorities, full
// queues, scaling, history.
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fresh, freshFifo, number, run, RINGI, sleep, start, story, text, until } from './lib.mjs';

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

// ---- priorities

const urgent = (n) => ({ MessageAttributes: { 'ringi.priority': number(n) } });

story('an urgent message overtakes the others, whichever way it is sent', async () => {
  const name = fresh();
  await put(name, { priority: true });
  for (let i = 0; i < 5; i++) await sqs.send(name, 'low', urgent(1));
  await sqs.send(name, 'by SQS', urgent(9));
  assert.deepEqual(bodies(await sqs.receive(name, { MaxNumberOfMessages: 1 })), ['by SQS']);
  const sent = await server.json('POST', at(name, '/messages'), { body: 'by REST', priority: 9 });
  assert.equal(sent.status, 201, sent.text);
  assert.deepEqual(bodies(await sqs.receive(name, { MaxNumberOfMessages: 1 })), ['by REST']);
  const cli = await run(RINGI, ['send', name, 'by hand', '--priority', '9', '--server', server.url]);
  assert.equal(cli.code, 0, cli.stderr);
  assert.deepEqual(bodies(await sqs.receive(name, { MaxNumberOfMessages: 1 })), ['by hand']);
  const q = await show(name);
  assert.deepEqual([q.priority, q.lanes], [true, { 1: 5 }]);
  const metrics = (await server.request({ path: '/metrics' })).text;
  assert.match(metrics, new RegExp(`ringi_queue_lane_visible\\{queue="${name}",priority="1"\\} 5\n`));
  const look = await server.json('GET', at(name, '/messages'));
  assert.deepEqual(look.data.messages.map((m) => m.priority), [1, 1, 1, 1, 1, 9, 9, 9]);
});

story('a priority is kept while the queue has none, and counts when it gets them', async () => {
  const name = fresh();
  await put(name, {});
  await sqs.send(name, 'first');
  await sqs.send(name, 'urgent', urgent(8));
  assert.equal((await show(name)).lanes, undefined);
  await put(name, { priority: 'on' });
  assert.deepEqual((await show(name)).lanes, { 8: 1, 4: 1 });
  assert.deepEqual(bodies(await sqs.receive(name)), ['urgent', 'first']);
  await put(name, { priority: false });
  assert.equal((await show(name)).priority, false);
});

story('what is no priority is refused, and FIFO queues have none', async () => {
  const [name, fifo] = [fresh(), freshFifo()];
  await put(name, { priority: true });
  await put(fifo, { content_based_deduplication: true });
  for (const attribute of [number(10), number(-1), number(1.5), text('9')])
    for (const api of [server.sqs.json, server.sqs.query])
      await api.refused('InvalidParameterValue', 'SendMessage', { QueueUrl: name, MessageBody: 'x',
        MessageAttributes: { 'ringi.priority': attribute } }, { message: /ringi\.priority.*from 0 to 9/ });
  for (const [queue, priority, group] of [[name, 10], [name, -1], [fifo, 5, 'g']]) {
    const r = await server.json('POST', at(queue, '/messages'), { body: 'x', priority, group });
    assert.deepEqual([r.status, r.data.code], [400, 'INVALID_PARAMETER'], r.text);
    assert.match(r.data.detail, /priority/);
  }
  const r = await server.json('PUT', at(fifo), { priority: true });
  assert.deepEqual([r.status, r.data.code], [400, 'INVALID_ATTRIBUTE'], r.text);
  assert.match(r.data.detail, /FIFO/);
  assert.deepEqual(await sqs.counts(name), [0, 0, 0]);
});

story('a topic hands the priority on to its queues, also in an envelope', async () => {
  const [name, fifoless] = [fresh(), fresh()];
  const topic = await server.sns.topic();
  for (const queue of [name, fifoless]) {
    await put(queue, { priority: true });
    await server.sns.subscribe(topic, (await sqs.attributes(queue)).QueueArn,
      queue === name ? {} : { RawMessageDelivery: 'true' });
  }
  await server.sns.publish(topic, 'plain');
  await server.sns.publish(topic, 'urgent', urgent(7));
  await server.sns.publish(topic, 'no priority', { MessageAttributes: { 'ringi.priority': text('high') } });
  for (const queue of [name, fifoless]) assert.deepEqual((await show(queue)).lanes, { 7: 1, 4: 2 });
});

story('lanes and their counts are the same after a restart', async () => {
  const own = await start();
  try {
    await own.json('PUT', '/v1/queues/q', { priority: true });
    for (const n of [9, 4, 0, 4]) await own.sqs.json.send('q', `${n}`, urgent(n));
    const lanes = (await own.json('GET', '/v1/queues/q')).data.lanes;
    assert.deepEqual(lanes, { 9: 1, 4: 2, 0: 1 });
    await own.restart();
    assert.deepEqual((await own.json('GET', '/v1/queues/q')).data.lanes, lanes);
    assert.deepEqual(bodies(await own.sqs.json.receive('q')), ['9', '4', '4', '0']);
  } finally {
    await own.close();
  }
});

// ---- full queues

const retryAfter = (r) => Number(r.headers['retry-after']);

async function full(settings = {}) {
  const name = fresh('full');
  await put(name, { max_messages: 2, ...settings });
  for (const b of ['a', 'b']) await sqs.send(name, b);
  return name;
}

story('a full queue answers 429 with Retry-After, and in SQS RequestThrottled', async () => {
  const name = await full();
  const r = await server.json('POST', at(name, '/messages'), { body: 'c' });
  assert.deepEqual([r.status, r.data.code, r.data.title], [429, 'QUEUE_FULL', 'Too many requests'], r.text);
  assert.equal(r.data.retry_after_ms, 5_000);
  assert.equal(retryAfter(r), 5);
  for (const api of [server.sqs.json, server.sqs.query]) {
    await api.refused('RequestThrottled', 'SendMessage', { QueueUrl: name, MessageBody: 'c' }, { status: 403,
      message: /holds 2 messages/ });
    const whole = await api.call('SendMessageBatch', { QueueUrl: name,
      Entries: ['c', 'd'].map((MessageBody) => ({ Id: MessageBody, MessageBody })) });
    assert.equal(whole.error?.code, 'RequestThrottled', whole.text);
    assert.equal(retryAfter(whole), 5);
  }
  await sqs.delete(name, await sqs.one(name));
  const part = await sqs.ok('SendMessageBatch', { QueueUrl: name,
    Entries: ['c', 'd'].map((MessageBody) => ({ Id: MessageBody, MessageBody })) });
  assert.deepEqual([part.Successful.map((e) => e.Id), part.Failed.map((e) => [e.Id, e.Code])],
    [['c'], [['d', 'RequestThrottled']]]);
  const fine = await server.json('GET', at(name));
  assert.equal(fine.headers['retry-after'], undefined);
});

/** Room is made after the first attempt was refused. */
async function makeRoom(name) {
  await sleep(300);
  await sqs.delete(name, await sqs.one(name));
}

test('the SDK for JavaScript sends again by itself until there is room', { timeout: 60_000 }, async () => {
  const client = new SQSClient({ endpoint: server.url, region: 'us-east-1',
    credentials: { accessKeyId: 'try', secretAccessKey: 'try' } });
  try {
    for (const command of [
      (QueueUrl) => new SendMessageCommand({ QueueUrl, MessageBody: 'late' }),
      (QueueUrl) => new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: '1', MessageBody: 'late' }] }),
    ]) {
      const name = await full();
      const sending = client.send(command(`${server.url}/000000000000/${name}`));
      await makeRoom(name);
      const { $metadata } = await sending;
      assert.ok($metadata.attempts >= 2, `${$metadata.attempts} attempts`);
      assert.deepEqual(bodies(await sqs.receive(name)), ['b', 'late']);
    }
  } finally {
    client.destroy();
  }
});

const PYTHON = '/usr/lib/python3/dist-packages/boto3';
test('boto3 sends again by itself until there is room',
  { timeout: 60_000, skip: !fs.existsSync(PYTHON) && 'boto3 is not installed' }, async () => {
  const name = await full();
  const sending = run('/usr/bin/python3', ['-c', `
import boto3
sqs = boto3.client('sqs', endpoint_url='${server.url}', region_name='us-east-1',
                   aws_access_key_id='try', aws_secret_access_key='try')
r = sqs.send_message(QueueUrl='${server.url}/000000000000/${name}', MessageBody='late')
print(r['ResponseMetadata']['RetryAttempts'] > 0)
`], { env: { AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/dev/null', NO_PROXY: '*',
    AWS_MAX_ATTEMPTS: '10', PYTHONDONTWRITEBYTECODE: '1' } });
  // Python takes its time to start: room is made once it was refused.
  for (let refused = 0; refused === 0;) {
    const metrics = (await server.request({ path: '/metrics' })).text;
    refused = Number(/ringi_queue_refused_total\{queue="NAME"\} (\d+)/.exec(metrics.replaceAll(name, 'NAME'))?.[1]);
    await sleep(20);
  }
  await sqs.delete(name, await sqs.one(name));
  const r = await sending;
  assert.deepEqual([r.code, r.stdout], [0, 'True\n'], r.stderr);
  assert.deepEqual(bodies(await sqs.receive(name)), ['b', 'late']);
});

// ---- scaling

async function scaling(name, query = '') {
  const r = await server.json('GET', at(name, `/scaling${query}`));
  assert.equal(r.status, 200, r.text);
  return r.data;
}

story('a queue tells how many workers it wants', async (t) => {
  const name = fresh();
  await put(name, {});
  const idle = await scaling(name);
  assert.deepEqual([idle.workers_wanted, idle.workers_now, idle.backlog, idle.target_wait_s, idle.window_s],
    [0, 0, 0, 30, 60]);
  assert.equal(idle.per_worker_rate, undefined);
  const clock = server.clock.for(t);
  await clock.advance(0);
  for (let i = 0; i < 60; i++) await sqs.send(name, `${i}`);
  assert.equal((await scaling(name)).workers_wanted, 1, 'nothing is known yet');
  const got = await sqs.receive(name);
  await clock.advance(2_000);
  for (const m of got) await sqs.delete(name, m);
  await clock.advance(1_000);
  const s = await scaling(name, '?target_wait_s=10&per_worker=10');
  assert.deepEqual([s.backlog, s.in_flight, s.target_wait_s, s.workers_now], [50, 0, 10, 1]);
  assert.ok(s.arrival_rate > 0 && s.service_rate > 0 && s.per_worker_rate >= 5, JSON.stringify(s));
  assert.ok(s.workers_wanted >= 1 && s.workers_wanted <= 10, JSON.stringify(s));
  assert.ok((await scaling(name, '?target_wait_s=1')).workers_wanted > s.workers_wanted);
  assert.equal((await scaling(name, '?min=7&max=7')).workers_wanted, 7);
  await put(name, { slo_wait_ms: 4_500 });
  assert.equal((await scaling(name)).target_wait_s, 5);
  const metrics = (await server.request({ path: '/metrics' })).text;
  for (const figure of ['arrival_rate', 'service_rate', 'workers', 'workers_wanted'])
    assert.match(metrics, new RegExp(`ringi_queue_${figure}\\{queue="${name}"\\} [\\d.e+-]+\n`), figure);
});

story('a wrong question for scaling names the parameter', async () => {
  const name = fresh();
  await put(name, {});
  for (const query of ['target_wait_s=0', 'target_wait_s=86401', 'min=-1', 'max=0', 'max=100001', 'workers=x',
    'per_worker=0', 'min=5&max=4']) {
    const r = await server.json('GET', at(name, `/scaling?${query}`));
    assert.deepEqual([r.status, r.data.code], [400, 'INVALID_PARAMETER'], query);
    assert.ok(query.includes(r.data.field), `${query}: ${r.text}`);
  }
  assert.equal((await server.json('GET', at('nowhere', '/scaling'))).status, 404);
});

story('waits, runs and the state of an SLO are shown', async (t) => {
  const name = fresh();
  await put(name, { slo_wait_ms: 1_000 });
  const clock = server.clock.for(t);
  await clock.advance(0);
  assert.deepEqual((await show(name)).slo, { state: 'ok', wait_ms: 1_000, over_5m: 0, over_1h: 0, waiting_ms: 0 });
  await sqs.send(name, 'x');
  await clock.advance(3_000);
  assert.deepEqual((await show(name)).slo,
    { state: 'warning', wait_ms: 1_000, over_5m: 0, over_1h: 0, waiting_ms: 3_000 });
  const m = await sqs.one(name);
  await clock.advance(2_000);
  await sqs.delete(name, m);
  const { slo } = await show(name);
  assert.deepEqual([slo.state, slo.over_5m, slo.waiting_ms], ['burning', 1, 0]);
  const metrics = (await server.request({ path: '/metrics' })).text.replaceAll(`queue="${name}"`, 'Q');
  const has = (line) => assert.ok(metrics.includes(`${line}\n`), line);
  has('ringi_queue_slo_state{Q} 2');
  has('ringi_queue_slo_wait_seconds{Q} 1');
  has('ringi_queue_slo_over_ratio{Q,window="5m"} 1.0000');
  has('ringi_queue_wait_seconds_bucket{Q,le="1.024"} 0');
  has('ringi_queue_wait_seconds_bucket{Q,le="4.096"} 1');
  has('ringi_queue_wait_seconds_bucket{Q,le="+Inf"} 1');
  has('ringi_queue_wait_seconds_count{Q} 1');
  assert.match(metrics, /ringi_queue_wait_seconds_sum\{Q\} 3\.\d+\n/);
  assert.match(metrics, /ringi_queue_run_seconds_sum\{Q\} 2\.\d+\n/);
});

test('a shell loop starts and stops the workers that a queue wants', { timeout: 60_000 }, async () => {
  const name = fresh();
  await put(name, {});
  const script = fileURLToPath(new URL('../../docs/operate/autoscale.sh', import.meta.url));
  const log = path.join(server.data, 'workers.log');
  fs.writeFileSync(log, '');
  const loop = spawn('sh', [script], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, QUEUE: name,
    RINGI_URL: server.url, EVERY: '0.2', MAX: '3', NO_PROXY: '*',
    WORKER: `trap 'echo stopped >> ${log}; exit' TERM; echo started >> ${log}; while :; do sleep 0.1; done` } });
  let said = '';
  loop.stdout.on('data', (d) => { said += d; });
  const ended = new Promise((done) => loop.on('exit', done));
  const count = (what) => fs.readFileSync(log, 'utf8').split(what).length - 1;
  try {
    await until('the loop to ask', () => said.includes('workers wanted: 0\n'));
    await sqs.send(name, 'x');
    await until('a worker', () => count('started') === 1);
    assert.ok(said.includes('workers wanted: 1\n'), said);
    await put(name, { paused: true });
    await until('its end', () => count('stopped') === 1);
    await put(name, { paused: false });
    await until('another worker', () => count('started') === 2);
  } finally {
    loop.kill('SIGTERM');
    await ended;
  }
  await until('the last one\'s end', () => count('stopped') === 2);
});

// ---- history

async function history(name, query = '') {
  const r = await server.json('GET', at(name, `/history${query}`));
  assert.equal(r.status, 200, r.text);
  return r.data;
}

story('the figures of each minute and hour are kept', async (t) => {
  const name = fresh();
  await put(name, {});
  const clock = server.clock.for(t);
  const began = Math.ceil(Date.now() / 3_600_000) * 3_600_000;
  await clock.set(began);
  assert.deepEqual((await history(name)).points, []);
  for (let minute = 0; minute < 3; minute++) {
    for (let i = 0; i < 4; i++) await sqs.send(name, `${i}`);
    await clock.advance(1_000);
    const got = await sqs.receive(name, { MaxNumberOfMessages: 3 });
    await clock.advance(2_000);
    for (const m of got) await sqs.delete(name, m);
    await clock.set(began + (minute + 1) * 60_000);
  }
  const { points, step } = await history(name);
  assert.equal(step, 'minute');
  assert.deepEqual(points.map((p) => [Date.parse(p.at) - began, p.sent, p.received, p.deleted, p.backlog]),
    [[0, 4, 3, 3, 1], [60_000, 4, 3, 3, 2], [120_000, 4, 3, 3, 3]]);
  assert.ok(Math.abs(points[0].wait_ms.p95 - 1_000) < 130, JSON.stringify(points[0]));
  assert.ok(Math.abs(points[0].run_ms.p50 - 2_000) < 260, JSON.stringify(points[0]));
  const hours = (await history(name, '?step=hour')).points;
  assert.deepEqual(hours.map((p) => [Date.parse(p.at), p.sent, p.deleted, p.backlog]), [[began, 12, 9, 3]]);
  const iso = (ms) => new Date(ms).toISOString();
  const part = await history(name, `?from=${iso(began + 60_000)}&to=${iso(began + 120_000)}`);
  assert.deepEqual(part.points.map((p) => Date.parse(p.at)), [began + 60_000]);
});

story('a wrong question for the history names the parameter', async () => {
  const name = fresh();
  await put(name, {});
  for (const query of ['from=yesterday', 'to=1', 'step=day', 'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
    'from=2026-01-01T00:00:00Z&to=2026-01-04T00:00:00Z']) {
    const r = await server.json('GET', at(name, `/history?${query}`));
    assert.deepEqual([r.status, r.data.code], [400, 'INVALID_PARAMETER'], `${query}: ${r.text}`);
    assert.ok(query.includes(`${r.data.field}=`), `${query}: ${r.text}`);
  }
  assert.equal((await server.json('GET', at('nowhere', '/history'))).status, 404);
});

// ---- jobs have priorities too

story('a job keeps its priority when it is tried again, and when it failed and is put back', async () => {
  const name = fresh();
  await put(name, { track: true, priority: true, retry: { max_attempts: 2, backoff: { initial_ms: 0 } } });
  const post = async (behind, body) => {
    const r = await server.json('POST', behind, body);
    assert.ok(r.status < 300, `${behind}: ${r.status} ${r.text}`);
    return r.data;
  };
  const claim = async (max = 1) => (await post(at(name, '/claim'), { max })).jobs;
  for (const payload of ['a', 'b', 'c']) await post(at(name, '/jobs'), { payload });
  const { id } = await post(at(name, '/jobs'), { payload: 'urgent', priority: 9 });
  for (let attempt = 1; attempt <= 2; attempt++) {
    const [job] = await claim();
    assert.deepEqual([job.id, job.priority, job.attempts], [id, 9, attempt]);
    await post(`/v1/jobs/${id}/fail`, { lease: job.lease, error: { code: 'E' }, delay_ms: 0 });
  }
  assert.equal((await server.json('GET', `/v1/jobs/${id}`)).data.state, 'FAILED');
  await post(`/v1/jobs/${id}/retry`, {});
  assert.deepEqual((await show(name)).lanes, { 9: 1, 4: 3 });
  assert.equal((await claim())[0].id, id);
});
