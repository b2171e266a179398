// metrics.test.mjs - health, readiness and the Prometheus text.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, start, story } from './lib.mjs';

const server = await start();
after(() => server.close());
const sqs = server.sqs.json;

/** The samples of /metrics: "name{labels}" -> number; fails on a line that is none. */
async function samples() {
  const r = await server.request({ path: '/metrics' });
  assert.equal(r.status, 200);
  assert.match(r.headers['content-type'], /^text\/plain/);
  const out = new Map();
  const types = new Map();
  for (const line of r.text.split('\n')) {
    if (line === '') continue;
    const type = /^# TYPE (\S+) (counter|gauge|histogram|summary|untyped)$/.exec(line);
    if (type) {
      assert.ok(!types.has(type[1]), `${type[1]} has two types`);
      types.set(type[1], type[2]);
    }
    if (line.startsWith('#')) { assert.match(line, /^# (HELP|TYPE) \S+/); continue; }
    const m = /^([a-zA-Z_:][\w:]*(?:\{[^}]*\})?) (-?[\d.e+-]+|NaN|\+Inf)$/.exec(line);
    assert.ok(m, `no sample: ${line}`);
    assert.ok(!out.has(m[1]), `twice: ${m[1]}`);
    out.set(m[1], Number(m[2]));
  }
  return { out, types };
}

story('/healthz and /readyz answer 200', async () => {
  for (const path of ['/healthz', '/readyz']) assert.equal((await server.request({ path })).status, 200, path);
});

story('a queue\'s counts are in /metrics', async () => {
  const name = fresh('orders');
  await sqs.ok('CreateQueue', { QueueName: name });
  for (let i = 0; i < 5; i++) await sqs.send(name, `${i}`);
  await sqs.send(name, 'later', { DelaySeconds: 900 });
  const [a] = await sqs.receive(name, { MaxNumberOfMessages: 2 });
  await sqs.delete(name, a);
  const { out } = await samples();
  const of = (metric) => out.get(`ringi_queue_${metric}{queue="${name}"}`);
  assert.deepEqual([of('messages_visible'), of('messages_in_flight'), of('messages_delayed')], [3, 1, 1]);
  assert.deepEqual([of('sent_total'), of('received_total'), of('deleted_total')], [6, 2, 1]);
  assert.ok(of('oldest_age_seconds') >= 0 && of('oldest_age_seconds') < 60);
  assert.equal(of('dead_lettered_total'), 0);
});

story('commits, inboxes, limits, connections and memory are in /metrics', async () => {
  const { out, types } = await samples();
  const names = [...out.keys()];
  for (const metric of ['ringi_commit_seconds', 'ringi_commit_commands', 'ringi_sync_seconds', 'ringi_inbox_depth',
    'ringi_limit_used',
    'ringi_limit_max', 'ringi_disk_free_bytes', 'ringi_http_connections', 'ringi_http_requests_total',
      'ringi_memory_resident_bytes'])
    assert.ok(names.some((n) => n.startsWith(metric)), `${metric} is missing`);
  for (const n of names) {
    const family = n.replace(/\{.*/, '').replace(/_(bucket|sum|count)$/, '');
    assert.ok(types.has(family) || types.has(n.replace(/\{.*/, '')), `${n} has no TYPE`);
  }
});

story('histograms are cumulative and end with +Inf', async () => {
  const { out } = await samples();
  const buckets = [...out].filter(([n]) => n.startsWith('ringi_commit_seconds_bucket'));
  assert.ok(buckets.length > 2);
  const counts = buckets.map(([, v]) => v);
  assert.deepEqual(counts, [...counts].sort((a, b) => a - b));
  assert.equal(out.get('ringi_commit_seconds_bucket{le="+Inf"}'), out.get('ringi_commit_seconds_count'));
});

story('no used limit is above its maximum', async () => {
  const { out } = await samples();
  for (const [n, used] of out)
    if (n.startsWith('ringi_limit_used')) assert.ok(used <= out.get(n.replace('_used', '_max')), n);
});

story('a deleted queue leaves /metrics', async () => {
  const name = fresh('gone');
  await sqs.ok('CreateQueue', { QueueName: name });
  await sqs.ok('DeleteQueue', { QueueUrl: name });
  const { out } = await samples();
  assert.ok(![...out.keys()].some((n) => n.includes(`"${name}"`)));
});

// ---- which queue is a dead-letter queue, so that its alert is exact

const dlq = (out, name) => out.get(`ringi_queue_is_dlq{queue="${name}"}`);

story('a queue is a dead-letter queue as long as another one names it', async () => {
  const [work, dead] = [fresh('work'), fresh('any-name-at-all')];
  for (const QueueName of [work, dead]) await sqs.ok('CreateQueue', { QueueName });
  assert.deepEqual([dlq((await samples()).out, dead), dlq((await samples()).out, work)], [0, 0]);
  await server.json('PUT', `/v1/queues/${work}`, { dead_letter_queue: dead, max_receives: 2 });
  assert.deepEqual([dlq((await samples()).out, dead), dlq((await samples()).out, work)], [1, 0]);
  await server.json('PUT', `/v1/queues/${work}`, { dead_letter_queue: null });
  assert.equal(dlq((await samples()).out, dead), 0);
});

story('topics and calls to subscribers are counted', async () => {
  const value = async (name) => (await samples()).out.get(name);
  const before = await samples();
  const topic = await server.sns.topic();
  const queue = await sqs.queue();
  await server.sns.subscribe(topic, (await sqs.attributes(queue)).QueueArn,
    { FilterPolicy: JSON.stringify({ kind: ['wanted'] }) });
  const kind = (StringValue) => ({ MessageAttributes: { kind: { DataType: 'String', StringValue } } });
  await server.sns.publish(topic, 'a', kind('wanted'));
  await server.sns.publish(topic, 'b', kind('other'));
  const rose = async (name) => (await value(name)) - before.out.get(name);
  assert.equal(await rose('ringi_topics'), 1);
  assert.equal(await rose('ringi_subscriptions'), 1);
  assert.equal(await rose('ringi_topic_published_total'), 2);
  assert.equal(await rose('ringi_topic_delivered_total'), 1);
  assert.equal(await rose('ringi_topic_filtered_total'), 1);
  for (const name of ['ringi_topic_failed_total', 'ringi_topic_dead_lettered_total', 'ringi_topic_waiting_calls',
    'ringi_egress_calls_total', 'ringi_egress_ended_total{result="done"}', 'ringi_egress_under_way'])
    assert.equal(await value(name), 0, name);
});

story('every limit that can fill up tells how full it is', async () => {
  const [name, full] = [fresh('flying'), fresh('bounded')];
  await sqs.ok('CreateQueue', { QueueName: name });
  for (const body of ['a', 'b']) await sqs.send(name, body);
  await sqs.receive(name);
  await server.json('PUT', `/v1/queues/${full}`, { max_messages: 3 });
  await sqs.send(full, 'x');
  const { out } = await samples();
  const of = (limit) => [out.get(`ringi_limit_used{limit="${limit}"}`), out.get(`ringi_limit_max{limit="${limit}"}`)];
  assert.deepEqual(of('in_flight'), [2, 120_000]);
  assert.deepEqual(of('queues')[0], [...out.keys()].filter((n) => n.startsWith('ringi_queue_paused')).length);
  for (const limit of ['connections', 'body_bytes', 'inbox_drain', 'inbox_fill', 'inbox_read', 'waiting_receives',
    'receive_attempts', 'topics', 'subscriptions', 'waiting_calls', 'calls', 'access_keys', 'schedules', 'calendars'])
    assert.ok(of(limit)[0] >= 0 && of(limit)[1] > 0, limit);
  assert.equal(out.get(`ringi_limit_used{limit="max_messages",queue="${full}"}`), 1);
  assert.equal(out.get(`ringi_limit_max{limit="max_messages",queue="${full}"}`), 3);
});

story('syncs are counted and take time', async (t) => {
  if (process.env.RINGI_TEST_POSTGRES) return t.skip('a database server syncs by itself');
  const { out } = await samples();
  assert.ok(out.get('ringi_sync_seconds_count') > 0);
  assert.ok(out.get('ringi_sync_seconds_sum') > 0);
  assert.ok(out.get('ringi_sync_seconds_sum') / out.get('ringi_sync_seconds_count') < 1);
});
