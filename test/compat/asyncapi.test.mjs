// asyncapi.test.mjs - /asyncapi.json is AsyncAPI 3.0 to the official parser, and tells what runs.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after } from 'node:test';
import { Parser } from '@asyncapi/parser';
import { arnOf, fresh, start, story } from './lib.mjs';

const server = await start({ flags: ['--allow-private-webhooks'] });
after(() => server.close());
const parser = new Parser();
const put = async (name, settings) => {
  const r = await server.json('PUT', `/v1/queues/${name}`, settings);
  assert.ok(r.status < 300, r.text);
};

/** What the parser makes of the document; insists that it finds nothing wrong. */
async function parsed(from = server, path = '/asyncapi.json', headers = {}) {
  const r = await from.json('GET', path, undefined, headers);
  assert.equal(r.status, 200, r.text);
  const { document, diagnostics } = await parser.parse(r.text);
  const wrong = diagnostics.filter((d) => d.severity <= 1)
    .filter((d) => !['asyncapi-latest-version'].includes(d.code));
  assert.deepEqual(wrong.map((d) => `${d.path.join('/')}: ${d.message}`), []);
  return { document, data: r.data };
}

story('an empty server is a document', async () => {
  const empty = await start();
  try {
    const { document } = await parsed(empty);
    assert.equal(document.version(), '3.0.0');
    assert.equal(document.channels().all().length, 0);
    assert.deepEqual(document.servers().all().map((s) => s.host()), [new URL(empty.url).host, new URL(empty.url).host]);
  } finally {
    await empty.close();
  }
});

story('queues are channels with what people wrote, their settings and their schema', async () => {
  const [name, dead] = [fresh('orders'), fresh('dead')];
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', $id: 'http://example.com/order', type: 'object',
    required: ['id'], properties: { id: { type: 'string', pattern: '^ORD-[0-9]+$' }, next: { $ref: '#' },
      items: { type: 'array', items: { $ref: '#/definitions/item' } } },
    definitions: { item: { type: 'object', properties: { count: { type: 'integer', minimum: 1 } } } } };
  await put(dead, { runbook: 'https://wiki.example/dead' });
  await put(name, { purpose: 'orders leave the shop at once', owner: 'sales', dead_letter_queue: dead, max_receives: 5,
    visibility_timeout: 60, schema, tags: { producer: 'API-001 order API', consumer: 'Consumer-001' } });
  await put(`${name}.fifo`, { deduplication_scope: 'messageGroup', fifo_throughput_limit: 'perMessageGroupId' });
  const { document, data } = await parsed();
  const channel = document.channels().get(`queue.${name}`);
  assert.equal(channel.address(), `${server.url}/000000000000/${name}`);
  assert.equal(channel.description(), 'orders leave the shop at once\n\nOwner: sales');
  assert.deepEqual(channel.servers().all().map((s) => s.protocol()), ['sqs']);
  const { queue } = data.channels[`queue.${name}`].bindings.sqs;
  assert.deepEqual([queue.visibilityTimeout, queue.messageRetentionPeriod, queue.redrivePolicy],
    [60, 345600, { deadLetterQueue: { name: dead }, maxReceiveCount: 5 }]);
  assert.equal(data.channels[`queue.${name}.fifo`].bindings.sqs.queue.deduplicationScope, 'messageGroup');
  assert.equal(data.channels[`queue.${dead}`]['x-ringi-runbook'], 'https://wiki.example/dead');
  const [message] = channel.messages().all();
  assert.equal(message.contentType(), 'application/json');
  const payload = message.payload();
  assert.equal(payload.property('id').pattern(), '^ORD-[0-9]+$');
  assert.equal(payload.property('items').items().property('count').minimum(), 1);
  const operations = document.operations().all().filter((o) => o.channels().all().some((c) => c.id() === channel.id()));
  assert.deepEqual(operations.map((o) => [o.id(), o.action(), o.summary()]), [
    [`send.queue.${name}`, 'send', `Send to the queue ${name}: API-001 order API`],
    [`receive.queue.${name}`, 'receive', `Receive from the queue ${name}: Consumer-001`]]);
});

story('topics are channels, subscriptions their consumers', async () => {
  const [name, queue] = [fresh('news'), fresh('readers')];
  await put(queue, {});
  const { TopicArn } = await server.sns.ok('CreateTopic',
    { Name: name, Attributes: { DisplayName: 'News "of" today' } });
  await server.sns.ok('Subscribe', { TopicArn, Protocol: 'sqs', Endpoint: arnOf(queue),
    Attributes: { RawMessageDelivery: 'true', FilterPolicy: JSON.stringify({ kind: ['big', { prefix: 'x' }] }) } });
  await server.sns.ok('Subscribe', { TopicArn, Protocol: 'http', Endpoint: 'http://127.0.0.1:1/hook?secret=1' });
  const { document, data } = await parsed();
  const channel = document.channels().get(`topic.${name}`);
  assert.equal(channel.address(), TopicArn);
  assert.equal(channel.description(), 'News "of" today');
  const { consumers } = data.operations[`receive.topic.${name}`].bindings.sns;
  assert.deepEqual(consumers.map((c) => [c.protocol, c.endpoint, c.rawMessageDelivery]).sort(),
    [['http', { url: 'http://127.0.0.1:1/hook' }, false], ['sqs', { name: queue }, true]]);
  assert.deepEqual(consumers.find((c) => c.protocol === 'sqs')['x-ringi-filter-policy'],
    { kind: ['big', { prefix: 'x' }] });
});

story('a prefix tells a part', async () => {
  const name = fresh('part');
  await put(`${name}-a`, {});
  await put(`${name}-b`, {});
  await put(`other-${name}`, {});
  const { document } = await parsed(server, `/asyncapi.json?prefix=${name}`);
  assert.deepEqual(document.channels().all().map((c) => c.id()), [`queue.${name}-a`, `queue.${name}-b`]);
});

story('schemas that are hard on references stay whole', async () => {
  const name = fresh('refs');
  await put(name, { schema: { $id: 'http://example.com/tree', allOf: [{ $ref: '#/definitions/a' }],
    definitions: { a: { $id: 'leaf', properties: { b: { $ref: '#here' }, c: { $ref: 'tree#/definitions/d' } },
      definitions: { e: { $id: '#here', type: 'integer' } } },
    d: { enum: [{ $id: 'x' }, 1, null], 'x-note': { $ref: '#/nowhere' } } } } });
  const { document } = await parsed(server, `/asyncapi.json?prefix=${name}`);
  const [payload] = document.channels().get(`queue.${name}`).messages().all()[0].payload().allOf();
  assert.equal(payload.property('b').type(), 'integer');
  assert.deepEqual(payload.property('c').enum(), [{ $id: 'x' }, 1, null]);
});

story('with --auth on it needs the right, and says how to get in', async () => {
  const guarded = await start({ auth: 'on' });
  try {
    assert.equal((await guarded.json('GET', '/asyncapi.json')).status, 401);
    const admin = { authorization: `Bearer ${fs.readFileSync(`${guarded.data}/admin.token`, 'utf8').trim()}` };
    const make = async (rules) =>
      (await guarded.json('POST', '/v1/keys', { name: fresh('key'), rules }, admin)).data.token;
    const [may, mayNot] = [await make(['ringi:AsyncApi:*']), await make(['ringi:ListQueues:*', 'sqs:*:*'])];
    assert.equal((await guarded.json('GET', '/asyncapi.json', undefined, { authorization: `Bearer ${mayNot}` })).status,
      403);
    const { document } = await parsed(guarded, '/asyncapi.json', { authorization: `Bearer ${may}` });
    assert.deepEqual(document.securitySchemes().all().map((s) => s.type()), ['http', 'httpApiKey']);
    assert.equal((await guarded.json('GET', '/v1/definitions', undefined, { authorization: `Bearer ${may}` })).status,
      403);
  } finally {
    await guarded.close();
  }
});
