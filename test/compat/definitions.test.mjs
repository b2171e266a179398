// definitions.test.mjs - /v1/definitions tells what was set up, and what it tells can be put back.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { arnOf, start, story } from './lib.mjs';

const server = await start({ flags: ['--allow-private-webhooks'] });
after(() => server.close());
const put = async (path, body) => {
  const r = await server.json('PUT', path, body);
  assert.ok(r.status < 300, r.text);
};
const definitions = async (query = '') => {
  const r = await server.json('GET', `/v1/definitions${query}`);
  assert.equal(r.status, 200, r.text);
  return r.data;
};

const ORDERS = { visibility_timeout: 60, dead_letter_queue: 'dead', max_receives: 3, purpose: '1', owner: 'sales',
  schema: { type: 'object', properties: { a: { const: 1.50 } } }, priority: true, key_rate: 5,
  policy: { Statement: [] }, redrive_allow_policy: { redrivePermission: 'denyAll' }, tags: { consumer: 'C-1' } };
const PUSHED = { push: { url: 'http://127.0.0.1:1/work', concurrency: 3 },
  retry: { max_attempts: 3, backoff: { initial_ms: 100 } }, max_receives: 7, paused: true };

story('all of it is told, without counts and secrets', async () => {
  await put('/v1/queues/dead', {});
  await put('/v1/queues/orders', ORDERS);
  await put('/v1/queues/pushed', { ...PUSHED, push: { ...PUSHED.push, secret: `whsec_${'A'.repeat(32)}` } });
  await put('/v1/queues/line.fifo', { deduplication_scope: 'messageGroup', delay_seconds: 0 });
  const { TopicArn } = await server.sns.ok('CreateTopic', { Name: 'news', Attributes: { DisplayName: '42' },
    Tags: [{ Key: 'team', Value: 'blue' }] });
  await server.sns.ok('Subscribe', { TopicArn, Protocol: 'http', Endpoint: 'http://127.0.0.1:1/hook' });
  await server.sns.ok('Subscribe', { TopicArn, Protocol: 'sqs', Endpoint: arnOf('orders'), Attributes: {
    RawMessageDelivery: 'true', FilterPolicy: '{"kind":["a"]}', FilterPolicyScope: 'MessageBody',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf('dead') }) } });
  await put('/v1/calendars/jp', { holidays: ['2026-01-01', '2025-12-31'] });
  await put('/v1/calendars/none', { holidays: [] });
  const nightly = { queue: 'orders', payload: { a: 1.50 }, cron: '0 3 1B * *', zone: 'Asia/Tokyo', holidays: 'jp',
    priority: 7, labels: { team: 'blue' }, catch_up: 'one', overlap: 'allow', paused: true };
  await put('/v1/schedules/nightly', nightly);
  await put('/v1/schedules/text', { queue: 'dead', payload: 'hello', cron: '* * * * *' });
  const all = await definitions();
  assert.deepEqual(all.queues, { dead: {}, orders: ORDERS, pushed: PUSHED,
    'line.fifo': { deduplication_scope: 'messageGroup' } });
  assert.deepEqual(all.topics, { news: { display_name: '42', tags: { team: 'blue' } } });
  assert.deepEqual(all.subscriptions.map(({ id, ...rest }) => rest), [
    { topic: 'news', protocol: 'http', endpoint: 'http://127.0.0.1:1/hook' },
    { topic: 'news', protocol: 'sqs', queue: 'orders', raw_message_delivery: true, filter_policy: { kind: ['a'] },
      filter_policy_scope: 'MessageBody', dead_letter_queue: 'dead' }]);
  assert.deepEqual(all.schedules, { nightly, text: { queue: 'dead', payload: 'hello', cron: '* * * * *', zone: 'UTC',
    catch_up: 'skip', overlap: 'allow', paused: false } });
  assert.deepEqual(all.calendars, { jp: { holidays: ['2025-12-31', '2026-01-01'] }, none: { holidays: [] } });
});

story('what is told of a queue can be put back, and null gives the default', async () => {
  const before = await definitions('?defaults=true');
  assert.equal(before.queues.orders.defaults.message_retention_period, 345600);
  assert.ok(!('visibility_timeout' in before.queues.orders.defaults));
  for (const [name, settings] of Object.entries((await definitions()).queues)) await put(`/v1/queues/${name}`,
    settings);
  assert.deepEqual(await definitions('?defaults=true'), before);
  await put('/v1/queues/orders', Object.fromEntries(Object.keys(ORDERS).filter((k) => k !== 'tags').map((k) =>
    [k, null])));
  assert.deepEqual((await definitions('?prefix=ord')).queues, { orders: { tags: { consumer: 'C-1' } } });
  await put('/v1/queues/pushed', { push: null, retry: null, max_receives: null, paused: null });
  assert.deepEqual((await definitions('?prefix=pushed')).queues, { pushed: {} });
});

story('wrong questions are refused', async () => {
  const r = await server.json('GET', '/v1/definitions?defaults=maybe');
  assert.deepEqual([r.status, r.data.code], [400, 'INVALID_PARAMETER']);
  assert.deepEqual(await definitions('?prefix=%E6%97%A5'), {
    server: { account: '000000000000', region: 'us-east-1' }, queues: {}, topics: {}, subscriptions: [], schedules: {},
    calendars: {} });
});
