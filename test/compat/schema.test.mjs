// schema.test.mjs - a queue with a schema, as clients see it: SQS in both protocols, SNS, /v1.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { arnOf, fresh, inBoth, sha256, start, story } from './lib.mjs';

const server = await start();
after(() => server.close());
const at = (name, behind = '') => `/v1/queues/${name}${behind}`;
const ORDER = { type: 'object', required: ['id'], properties: { id: { type: 'integer', minimum: 1 } } };

async function put(name, settings, status = [200, 201]) {
  const r = await server.json('PUT', at(name), settings);
  assert.ok([status].flat().includes(r.status), `${r.status} ${r.text}`);
  return r.data;
}

inBoth(server, 'a send that does not fit is refused with place and rule, a batch entry alone', async (sqs) => {
  const name = fresh();
  await put(name, { schema: ORDER });
  const { QueueUrl } = await sqs.ok('GetQueueUrl', { QueueName: name });
  await sqs.ok('SendMessage', { QueueUrl, MessageBody: '{"id": 7}' });
  const refuse = (MessageBody, message) =>
    sqs.refused('InvalidParameterValue', 'SendMessage', { QueueUrl, MessageBody }, { message });
  await refuse('{"id": 0}', /schema of the queue .*: \/id is 0, which is too small \(rule minimum\)\.$/);
  await refuse('hello', /bodies must be JSON/);
  const batch = await sqs.ok('SendMessageBatch', { QueueUrl, Entries: [
    { Id: 'good', MessageBody: '{"id":1}' }, { Id: 'bad', MessageBody: '{}' },
      { Id: 'also', MessageBody: '{"id":2}' }] });
  assert.deepEqual(batch.Successful.map((e) => e.Id), ['good', 'also']);
  assert.equal(batch.Failed.length, 1);
  assert.equal(batch.Failed[0].Id, 'bad');
  assert.equal(batch.Failed[0].Code, 'InvalidParameterValue');
  assert.match(batch.Failed[0].Message, /it must have the member id \(rule required\)/);
  assert.ok([true, 'true'].includes(batch.Failed[0].SenderFault));
  const { data } = await server.json('GET', at(name));
  assert.equal(data.visible, 3);
});

story('/v1 tells a problem, and nothing is stored', async () => {
  const name = fresh();
  await put(name, { schema: ORDER });
  const send = (body, headers) => server.json('POST', at(name, '/messages'), { body: JSON.stringify(body) }, headers);
  assert.equal((await send({ id: 1 })).status, 201);
  const r = await send({ id: 'x' }, { 'Idempotency-Key': 'k' });
  assert.equal(r.status, 400);
  assert.equal(r.data.code, 'SCHEMA_MISMATCH');
  assert.match(r.data.detail, /version 1 of the schema of the queue .*: \/id must be an integer, not a string \(rule type\)/);
  assert.equal((await send({ id: 2 }, { 'Idempotency-Key': 'k' })).status, 201, 'a refusal is not remembered');
  assert.equal((await server.json('GET', at(name))).data.visible, 2);
});

story('a schema is set, read back, versioned and removed', async () => {
  const name = fresh();
  await put(name, {});
  let { data } = await server.json('GET', at(name));
  assert.ok(!('schema' in data) && !('schema_version' in data));
  await put(name, { schema: ORDER, purpose: 'orders' });
  await put(name, { schema: ORDER });
  await put(name, { schema: {} });
  await put(name, { schema: null, owner: 'sales' });
  await put(name, { schema: ORDER });
  ({ data } = await server.json('GET', at(name)));
  assert.deepEqual(data.schema, ORDER);
  assert.equal(data.schema_version, 4);
  const list = (await server.json('GET', at(name, '/schemas'))).data;
  assert.deepEqual(list.schemas.map((v) => [v.version, v.schema]), [[4, ORDER], [3, null], [2, {}], [1, ORDER]]);
  assert.equal(list.schemas[0].sha256, sha256(JSON.stringify(ORDER)));
  assert.ok(!('sha256' in list.schemas[1]));
  const page = (await server.json('GET', at(name, '/schemas?limit=3'))).data;
  assert.equal(page.schemas.length, 3);
  const rest = (await server.json('GET', at(name, `/schemas?limit=3&cursor=${page.cursor}`))).data;
  assert.deepEqual(rest.schemas.map((v) => v.version), [1]);
  assert.ok(!('cursor' in rest));
  assert.equal((await server.json('GET', at('nowhere', '/schemas'))).status, 404);
  assert.equal((await server.json('GET', at(name, '/schemas?limit=101'))).status, 400);
  assert.equal((await server.json('GET', at(name, '/schemas?cursor=x'))).status, 400);
});

story('a schema that cannot be is refused with the place in it, and nothing changes', async () => {
  const name = fresh();
  await put(name, { schema: ORDER });
  for (const [schema, why] of [
    ['{}', /schema must be an object .* not string/],
    [true, /schema must be an object/],
    [{ properties: { a: { type: 'text' } } }, /Reason: \/properties\/a\/type: must be null, boolean/],
    [{ items: { $ref: 'https://example.com/x.json' } }, /\/items\/\$ref: refers to https:\/\/example.com\/x.json/],
    [{ pattern: '(?i)a' }, /\/pattern: the pattern has a group \(\?i/],
    [{ allOf: [{ $ref: '#' }] }, /leads back to where it stands/],
    [{ title: 'x'.repeat(65536) }, /It is too long/],
  ]) {
    const r = await server.json('PUT', at(name), { schema, purpose: 'changed' });
    assert.equal(r.status, 400, r.text);
    assert.equal(r.data.code, 'INVALID_ATTRIBUTE');
    assert.match(r.data.detail, why);
  }
  const { data } = await server.json('GET', at(name));
  assert.deepEqual([data.schema, data.purpose, data.schema_version], [ORDER, undefined, 1]);
});

story('SQS sets it as text, and does not show it', async () => {
  const name = fresh();
  const sqs = server.sqs.json;
  const { QueueUrl } = await sqs.ok('CreateQueue', { QueueName: name, Attributes: { schema: JSON.stringify(ORDER) } });
  await sqs.refused('InvalidParameterValue', 'SendMessage', { QueueUrl, MessageBody: '{}' });
  const { Attributes } = await sqs.ok('GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] });
  assert.ok(!('schema' in Attributes));
  await sqs.ok('SetQueueAttributes', { QueueUrl, Attributes: { schema: '' } });
  await sqs.ok('SendMessage', { QueueUrl, MessageBody: '{}' });
});

story('a topic delivers what fits; the rest is undeliverable', async () => {
  const [name, lost, other] = [fresh(), fresh('lost'), fresh('other')];
  await put(name, { schema: ORDER });
  await put(lost, {});
  await put(other, {});
  const { TopicArn } = await server.sns.ok('CreateTopic', { Name: fresh('topic') });
  for (const queue of [name, other])
    await server.sns.ok('Subscribe', { TopicArn, Protocol: 'sqs', Endpoint: arnOf(queue),
      Attributes: { RawMessageDelivery: 'true',
        ...(queue === name && { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(lost) }) }) } });
  await server.sns.ok('Publish', { TopicArn, Message: '{"id":1}' });
  await server.sns.ok('Publish', { TopicArn, Message: '{"id":-1}' });
  const visible = async (queue) => (await server.json('GET', at(queue))).data.visible;
  assert.deepEqual([await visible(name), await visible(lost), await visible(other)], [1, 1, 2]);
});

story('jobs and schedules are checked like every other send', async () => {
  const name = fresh('jobs');
  await put(name, { schema: ORDER, track: true });
  const submit = (payload) => server.json('POST', at(name, '/jobs'), { payload });
  assert.equal((await submit({ id: 1 })).status, 202);
  const refused = await submit({ id: 0 });
  assert.deepEqual([refused.status, refused.data.code], [400, 'SCHEMA_MISMATCH']);
  assert.match(refused.data.detail, /\/id is 0, which is too small \(rule minimum\)/);
  const schedule = `/v1/schedules/${fresh('nightly')}`;
  const make = (id) => server.json('PUT', schedule, { queue: name, payload: { id }, cron: '0 3 * * *' });
  assert.match((await make('x')).data.detail, /\/id must be an integer, not a string \(rule type\)/);
  assert.equal((await make(1)).status, 201);
  await put(name, { schema: { type: 'array' } });
  const run = await server.json('POST', `${schedule}/run`, {});
  assert.deepEqual([run.status, run.data.code], [400, 'SCHEMA_MISMATCH'], run.text);
  assert.equal((await server.json('GET', at(name))).data.visible, 1);
});
