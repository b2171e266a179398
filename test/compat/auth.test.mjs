// auth.test.mjs - a server that asks who is there: signatures, presigned URLs, tokens, permissions.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { RINGI, fresh, run, start, story, until } from './lib.mjs';
import { presign, signHeaders } from './sigv4.mjs';

/** `ringi key ...` with the token that the server's first start left in its data folder. */
async function keyCommand(...args) {
  const r = await run(RINGI, ['key', ...args, '--data', data, '--server', server.url]);
  assert.equal(r.code, 0, `ringi key ${args.join(' ')}: ${r.stderr}${r.stdout}`);
  return r.stdout === '' ? null : JSON.parse(r.stdout);
}
const keyOf = (said) => ({ id: said.access_key_id, secret: said.secret_access_key, token: said.token });
/** Makes a key with these rules; returns { id, secret, token }. */
const createKey = async (name, ...allow) =>
  keyOf(await keyCommand('create', name, ...allow.flatMap((rule) => ['--allow', rule]), '--json'));

const data = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-auth-'));
const server = await start({ auth: 'on', data });
after(async () => { await server.close(); fs.rmSync(data, { recursive: true, force: true }); });
const firstToken = fs.readFileSync(path.join(data, 'admin.token'), 'utf8').trim();
const admin = await createKey('root', '*:*:*');
const sender = await createKey('sender', 'sqs:SendMessage:orders-*', 'sqs:GetQueueUrl:orders-*');
/** /v1 with a bearer token. */
const v1 = (key, method, at, body) => server.json(method, at, body, { authorization: `Bearer ${key.token}` });

const TYPE = 'application/x-amz-json-1.0';
/** One signed JSON call. `spoil` may change the finished headers or the body. */
async function call(key, action, params = {}, { spoil = (x) => x, ...more } = {}) {
  const body = JSON.stringify(params);
  const headers = signHeaders(key, { headers:
    { host: server.host, 'content-type': TYPE, 'x-amz-target': `AmazonSQS.${action}` }, body, ...more });
  const sent = spoil({ headers, body });
  const r = await server.request({ method: 'POST', headers: sent.headers, body: sent.body });
  return { ...r, code: (r.headers['x-amzn-query-error'] ?? '').split(';')[0] ||
    (r.status === 200 ? '' : JSON.parse(r.text).__type.split('#').pop()) };
}
const unsigned = (headers = {}, body = '{}') => server.request({ method: 'POST',
  headers: { 'content-type': TYPE, 'x-amz-target': 'AmazonSQS.ListQueues', ...headers }, body });
const ORDERS = fresh('orders');
const refusedFor = (r, ...codes) => assert.ok(r.status === 403 && codes.includes(r.code),
  `${r.status} ${r.code} ${r.text}`);

story('a signed request is served', async () => {
  const r = await call(admin, 'CreateQueue', { QueueName: ORDERS });
  assert.equal(r.status, 200, r.text);
});

story('without credentials a request is refused with 403', async () => {
  const r = await unsigned();
  assert.equal(r.status, 403);
  assert.match(r.text, /MissingAuthenticationToken/);
  const q = await server.request({ method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=ListQueues&Version=2012-11-05' });
  assert.equal(q.status, 403);
  assert.match(q.text, /<Code>MissingAuthenticationToken<\/Code>/);
});

story('health and readiness need no credentials', async () => {
  for (const at of ['/healthz', '/readyz']) assert.equal((await server.request({ path: at })).status, 200);
});

story('an unknown key is refused', async () => {
  refusedFor(await call({ id: 'AKIANOBODY', secret: admin.secret }, 'ListQueues'), 'InvalidClientTokenId');
});

story('a wrong secret is refused', async () => {
  refusedFor(await call({ id: admin.id, secret: `${admin.secret}x` }, 'ListQueues'), 'SignatureDoesNotMatch');
});

story('a request that was changed after signing is refused', async () => {
  for (const spoil of [
    (x) => ({ ...x, body: '{"QueueNamePrefix":"x"}' }),
    (x) => ({ ...x, headers: { ...x.headers, 'x-amz-target': 'AmazonSQS.PurgeQueue' } }),
    (x) => ({ ...x, headers: { ...x.headers, host: 'elsewhere.example' } }),
    (x) => ({ ...x, headers: { ...x.headers,
      authorization: x.headers.authorization.replace(/.$/, (c) => (c === '0' ? '1' : '0')) } }),
    (x) => ({ ...x, headers: { ...x.headers,
      authorization: x.headers.authorization.replace('us-east-1', 'eu-west-1') } }),
    (x) => ({ ...x, headers: { ...x.headers, authorization: x.headers.authorization.replace('/sqs/', '/sns/') } }),
  ])
    refusedFor(await call(admin, 'ListQueues', {}, { spoil }), 'SignatureDoesNotMatch');
});

story('a clock fifteen minutes off is refused, fourteen is not', async () => {
  const minutes = (n) => ({ now: Date.now() + n * 60_000 });
  for (const n of [-14, 14]) assert.equal((await call(admin, 'ListQueues', {}, minutes(n))).status, 200,
    `${n} minutes`);
  for (const n of [-16, 16, -60 * 24 * 400]) refusedFor(await call(admin, 'ListQueues', {}, minutes(n)),
    'SignatureDoesNotMatch', 'RequestExpired', 'InvalidSignatureException', 'SignatureExpired');
});

story('incomplete and garbled signatures are refused, never a 500', async () => {
  for (const authorization of ['AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA256 ', 'AWS4-HMAC-SHA256 Credential=',
    'AWS4-HMAC-SHA256 Credential=a/b/c',
    `AWS4-HMAC-SHA256 Credential=${admin.id}/20200101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=`,
    `AWS4-HMAC-SHA256 Credential=${admin.id}/20200101/us-east-1/sqs/aws4_request, Signature=00`, 'Basic YTpi',
      'AWS4-ECDSA-P256-SHA256 Credential=x', ',,,===']) {
    const r = await unsigned({ authorization });
    assert.ok([400, 403].includes(r.status), `${authorization}: ${r.status} ${r.text}`);
  }
});

story('a body that is not signed is refused where it is declared so', async () => {
  for (const payload of ['UNSIGNED-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'STREAMING-UNSIGNED-PAYLOAD-TRAILER'])
    refusedFor(await call(admin, 'ListQueues', {}, { payload }), 'SignatureDoesNotMatch');
});

story('a presigned URL is served until it expires', async () => {
  const of = (more, Action = 'GetQueueUrl') =>
    presign(admin, { host: server.host, query: [['Action', Action], ['QueueName', ORDERS], ['Version', '2012-11-05']],
      ...more });
  const r = await server.request({ path: of({}) });
  assert.equal(r.status, 200, r.text);
  assert.match(r.text, new RegExp(`/${ORDERS}</QueueUrl>`));
  const late = await server.request({ path: of({ now: Date.now() - 120_000, expires: 60 }) });
  assert.equal(late.status, 403, late.text);
  assert.match(late.text, /<Code>RequestExpired</);
  const changed = await server.request({ path: of({}).replace('GetQueueUrl', 'DeleteQueue') });
  assert.equal(changed.status, 403, changed.text);
});

story('a key may do only what its rules allow, and other queues stay closed', async () => {
  const other = fresh('bills');
  await call(admin, 'CreateQueue', { QueueName: other });
  const send = (QueueUrl) => call(sender, 'SendMessage', { QueueUrl, MessageBody: 'x' });
  assert.equal((await send(ORDERS)).status, 200);
  refusedFor(await send(other), 'AccessDenied', 'AccessDeniedException');
  for (const [action, params] of [['ReceiveMessage', { QueueUrl: ORDERS }], ['DeleteQueue', { QueueUrl: ORDERS }],
    ['PurgeQueue', { QueueUrl: ORDERS }],
    ['CreateQueue', { QueueName: 'orders-new' }], ['ListQueues', {}],
      ['SetQueueAttributes', { QueueUrl: ORDERS, Attributes: { DelaySeconds: '1' } }],
    ['SendMessageBatch', { QueueUrl: other, Entries: [{ Id: 'a', MessageBody: 'x' }] }]])
    refusedFor(await call(sender, action, params), 'AccessDenied', 'AccessDeniedException');
});

story('a key without the right cannot learn whether a queue exists', async () => {
  const known = await call(sender, 'ReceiveMessage', { QueueUrl: fresh('bills') });
  refusedFor(known, 'AccessDenied', 'AccessDeniedException');
});

story('the sender of a message is the key', async () => {
  await call(admin, 'PurgeQueue', { QueueUrl: ORDERS });
  await call(sender, 'SendMessage', { QueueUrl: ORDERS, MessageBody: 'who' });
  const r = await call(admin, 'ReceiveMessage', { QueueUrl: ORDERS, MessageSystemAttributeNames: ['SenderId'] });
  assert.equal(JSON.parse(r.text).Messages[0].Attributes.SenderId, sender.id);
});

story('a bearer token is the same caller', async () => {
  const authorization = `Bearer ${sender.token}`;
  const send = (QueueUrl) => server.request({ method: 'POST', body: JSON.stringify({ QueueUrl, MessageBody: 'x' }),
    headers: { 'content-type': TYPE, 'x-amz-target': 'AmazonSQS.SendMessage', authorization } });
  assert.equal((await send(ORDERS)).status, 200);
  assert.equal((await send('bills-1')).status, 403);
  for (const wrong of ['Bearer ', 'Bearer x', `Bearer ${sender.token}x`, `Bearer ${sender.secret}`]) assert.equal(
    (await unsigned({ authorization: wrong })).status, 403, wrong);
});

story('/v1 asks for credentials too, as problem+json', async () => {
  const r = await server.json('GET', '/v1/queues');
  assert.ok([401, 403].includes(r.status), r.text);
  assert.match(r.headers['content-type'], /^application\/problem\+json/);
});

story('topics have permissions of their own', async () => {
  const body = 'Action=CreateTopic&Name=news&Version=2010-03-31';
  const headers = { host: server.host, 'content-type': 'application/x-www-form-urlencoded' };
  const as = (key) => server.request({ method: 'POST', body,
    headers: signHeaders(key, { headers, body, service: 'sns' }) });
  assert.equal((await as(admin)).status, 200);
  const r = await as(sender);
  assert.equal(r.status, 403, r.text);
});

story('a key lives from create to revoke, and its secrets are told once', async () => {
  const made = await createKey('ci', 'sqs:*:ci-*');
  assert.match(made.id, /^RK[A-Z2-7]{18}$/);
  assert.equal((await call(made, 'CreateQueue', { QueueName: 'ci-1' })).status, 200);
  const twice = await v1(admin, 'POST', '/v1/keys', { name: 'ci', rules: ['sqs:*:ci-*'] });
  assert.deepEqual([twice.status, twice.data.code], [409, 'CONFLICT']);

  const listed = await keyCommand('list', '--json');
  const row = listed.find((k) => k.name === 'ci');
  assert.deepEqual(row.rules, ['sqs:*:ci-*']);
  assert.ok(!JSON.stringify(listed).includes(made.secret) && !JSON.stringify(listed).includes(made.token));

  const rotated = keyOf(await keyCommand('rotate', 'ci', '--json'));
  refusedFor(await call(made, 'ListQueues'), 'InvalidClientTokenId');
  assert.equal((await v1(made, 'GET', '/v1/keys')).status, 401);
  assert.equal((await call(rotated, 'GetQueueUrl', { QueueName: 'ci-1' })).status, 200);

  await keyCommand('revoke', 'ci');
  refusedFor(await call(rotated, 'GetQueueUrl', { QueueName: 'ci-1' }), 'InvalidClientTokenId');
});

story('a key that has expired opens nothing', async () => {
  const short = keyOf((await v1(admin, 'POST', '/v1/keys',
    { name: 'short', rules: ['*:*:*'], expires_in_s: 1 })).data);
  assert.equal((await call(short, 'ListQueues')).status, 200);
  await until('its end', async () => (await call(short, 'ListQueues')).status === 403);
  refusedFor(await call(short, 'ListQueues'), 'InvalidClientTokenId');
  assert.equal((await v1(short, 'GET', '/v1/keys')).status, 401);
});

story('wrong rules and names are refused with a sentence that names them', async () => {
  for (const [body, word] of [[{ name: 'x' }, /rules/], [{ name: 'x', rules: [] }, /rules/],
    [{ name: 'x', rules: ['sqs:SendMesage:*'] }, /SendMesage/], [{ name: 'x', rules: ['sqs:SendMessage'] }, /three/],
    [{ name: 'x', rules: ['ec2:Run:*'] }, /ec2/], [{ name: 'x', rules: [7] }, /rule/],
    [{ name: 'a b', rules: ['*:*:*'] }, /a b/], [{ rules: ['*:*:*'] }, /name/],
    [{ name: 'x', rules: ['*:*:*'], expires_in_s: 0 }, /expires_in_s/],
    [{ name: 'x', rules: Array(33).fill('*:*:*') }, /32/]]) {
    const r = await v1(admin, 'POST', '/v1/keys', body);
    assert.equal(r.status, 400, JSON.stringify(body));
    assert.match(r.data.detail, word);
  }
});

story('nobody gives or takes over rights that their own key does not have', async () => {
  const chief = await createKey('chief', 'ringi:*Key:*', 'ringi:ListKeys:*', 'sqs:SendMessage:orders-*');
  const give = (name, ...rules) => v1(chief, 'POST', '/v1/keys', { name, rules });
  assert.equal((await give('child', 'sqs:SendMessage:orders-eu-*')).status, 201);
  for (const rule of ['*:*:*', 'sqs:*:orders-*', 'sqs:SendMessage:*', 'ringi:*:*'])
    assert.equal((await give('greedy', 'sqs:SendMessage:orders-1', rule)).status, 403, rule);
  assert.equal((await v1(chief, 'POST', '/v1/keys/root/rotate')).status, 403);
  assert.equal((await v1(chief, 'POST', '/v1/keys/child/rotate')).status, 201);
  const limited = await createKey('limited', 'ringi:RevokeKey:child*');
  assert.equal((await v1(limited, 'DELETE', '/v1/keys/root')).status, 403);
  assert.equal((await v1(limited, 'DELETE', '/v1/keys/child')).status, 204);
});

story('the handle of a move task does not open the tasks of other queues', async () => {
  for (const QueueName of ['theirs', 'mine', 'elsewhere'])
    assert.equal((await call(admin, 'CreateQueue', { QueueName })).status, 200);
  const arn = (name) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
  const policy = (name) => ({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn(name), maxReceiveCount: 1 }) });
  await call(admin, 'SetQueueAttributes', { QueueUrl: 'elsewhere', Attributes: policy('theirs') });
  for (let i = 0; i < 20; i++) await call(admin, 'SendMessage', { QueueUrl: 'theirs', MessageBody: 'x' });
  const started = await call(admin, 'StartMessageMoveTask', { SourceArn: arn('theirs'),
    DestinationArn: arn('elsewhere'), MaxNumberOfMessagesPerSecond: 1 });
  assert.equal(started.status, 200, started.text);
  const { TaskHandle } = JSON.parse(started.text);
  const { taskId } = JSON.parse(Buffer.from(TaskHandle, 'base64').toString());
  const stranger = await createKey('stranger', 'sqs:CancelMessageMoveTask:mine');
  const forged = Buffer.from(JSON.stringify({ taskId, sourceArn: arn('mine') })).toString('base64');
  assert.equal((await call(stranger, 'CancelMessageMoveTask', { TaskHandle })).status, 403);
  assert.equal((await call(stranger, 'CancelMessageMoveTask', { TaskHandle: forged })).status, 404);
  assert.equal((await call(admin, 'CancelMessageMoveTask', { TaskHandle })).status, 200);
});

story('a refusal names who, what and where', async () => {
  const r = await call(sender, 'PurgeQueue', { QueueUrl: ORDERS });
  assert.match(JSON.parse(r.text).message, new RegExp('^User: key:sender is not authorized to perform: sqs:PurgeQueue '
    + `on resource: arn:aws:sqs:us-east-1:000000000000:${ORDERS} because no rule`));
});

story('a second queue that is named needs the right to send there', async () => {
  const mine = await createKey('mine', 'sqs:*:mine-*', 'sns:*:mine-*', 'ringi:*:mine-*');
  const arn = (name) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
  const redrive = (name) => ({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn: name, maxReceiveCount: 2 }) });
  for (const QueueName of ['mine-1', 'mine-dlq']) assert.equal((await call(mine, 'CreateQueue', { QueueName })).status,
    200);
  await call(admin, 'CreateQueue', { QueueName: 'yours' });
  const set = (name) => call(mine, 'SetQueueAttributes', { QueueUrl: 'mine-1', Attributes: redrive(name) });
  assert.equal((await set(arn('mine-dlq'))).status, 200);
  for (const name of [arn('yours'), 'yours', arn('mine-dlq:yours'), 'arn:aws:sns:us-east-1:000000000000:yours'])
    refusedFor(await set(name), 'AccessDenied');
  refusedFor(await call(mine, 'CreateQueue', { QueueName: 'mine-2', Attributes: redrive(arn('yours')) }),
    'AccessDenied');
  const move = (more) => call(mine, 'StartMessageMoveTask', { SourceArn: arn('mine-dlq'), ...more });
  refusedFor(await move({ DestinationArn: arn('yours') }), 'AccessDenied');
  refusedFor(await move({}), 'AccessDenied');
  assert.equal((await move({ DestinationArn: arn('mine-1') })).status, 200);
  const put = (dead_letter_queue) => v1(mine, 'PUT', '/v1/queues/mine-3', { dead_letter_queue, max_receives: 2 });
  assert.equal((await put('yours')).status, 403);
  assert.equal((await put('mine-dlq')).status, 201);
  assert.equal((await v1(mine, 'POST', '/v1/queues/mine-dlq/moves', { destination: 'yours' })).status, 403);

  const sns = async (fields) => {
    const body = new URLSearchParams({ Version: '2010-03-31', ...fields }).toString();
    const headers = { host: server.host, 'content-type': 'application/x-www-form-urlencoded' };
    return server.request({ method: 'POST', body, headers: signHeaders(mine, { headers, body, service: 'sns' }) });
  };
  assert.equal((await sns({ Action: 'CreateTopic', Name: 'mine-news' })).status, 200);
  const TopicArn = 'arn:aws:sns:us-east-1:000000000000:mine-news';
  const subscribe = (Endpoint) => sns({ Action: 'Subscribe', TopicArn, Protocol: 'sqs', Endpoint });
  const denied = await subscribe(arn('yours'));
  assert.equal(denied.status, 403);
  assert.match(denied.text, /<Code>AuthorizationError<.*sqs:SendMessage on resource: arn:aws:sqs:[^ ]*:yours /s);
  assert.equal((await subscribe(arn('mine-1'))).status, 200);
});

story('metrics need a token', async () => {
  const scraper = await createKey('scraper', 'ringi:Metrics:*');
  assert.equal((await server.request({ path: '/metrics' })).status, 401);
  assert.equal((await v1(sender, 'GET', '/metrics')).status, 403);
  assert.equal((await v1(scraper, 'GET', '/metrics')).status, 200);
  assert.equal((await v1(scraper, 'GET', '/v1/queues')).status, 403);
});

story('an access key signs for /v1 too', async () => {
  for (const service of ['sqs', 'ringi', 'sns']) {
    const r = await server.request({ path: '/v1/queues', headers: signHeaders(admin,
      { method: 'GET', path: '/v1/queues', headers: { host: server.host }, service }) });
    assert.equal(r.status, service === 'sns' ? 403 : 200, r.text);
  }
});

story('two credentials at once are refused, and so are session tokens', async () => {
  const headers = { host: server.host, 'content-type': TYPE, 'x-amz-target': 'AmazonSQS.ListQueues' };
  const signed = signHeaders(admin, { headers, body: '{}' });
  const both = await server.request({ method: 'POST', body: '{}',
    headers: { ...signed, authorization: [signed.authorization, `Bearer ${admin.token}`] } });
  assert.ok([400, 403].includes(both.status), both.text);
  const session = signHeaders(admin, { headers, body: '{}', token: 'a-session' });
  assert.equal((await server.request({ method: 'POST', body: '{}', headers: session })).status, 403);
});

// ---- every operation of every table

const source = (file) => fs.readFileSync(fileURLToPath(new URL(`../../src/api/${file}`, import.meta.url)), 'utf8');
const operations = (family) => [...source(`${family}/ops.c`).matchAll(/^\tX\((\w+)\)/gm)]
  .map(([, name]) => name.replace(/(^|_)(.)/g, (_, __, c) => c.toUpperCase()));

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:closed';
const TOPIC = 'arn:aws:sns:us-east-1:000000000000:closed';
const SUBSCRIPTION = `${TOPIC}:01890a5d-ac96-774b-bcce-b302099a8057`;
/** What each operation needs to be understood; a queue and a topic that are not there. */
const sqsParams = (receipt) => {
  const q = { QueueUrl: 'closed' };
  const entry = { Id: 'a', ReceiptHandle: receipt };
  return {
    AddPermission: { ...q, Label: 'l', AWSAccountIds: ['000000000000'], Actions: ['SendMessage'] },
    CancelMessageMoveTask: { TaskHandle: Buffer.from(JSON.stringify(
      { taskId: '01890a5d-ac96-774b-bcce-b302099a8057', sourceArn: QUEUE })).toString('base64') },
    ChangeMessageVisibility: { ...q, ReceiptHandle: receipt, VisibilityTimeout: 1 },
    ChangeMessageVisibilityBatch: { ...q, Entries: [{ ...entry, VisibilityTimeout: 1 }] },
    CreateQueue: { QueueName: 'closed' }, DeleteMessage: { ...q, ReceiptHandle: receipt },
    DeleteMessageBatch: { ...q, Entries: [entry] }, DeleteQueue: q,
    GetQueueAttributes: { ...q, AttributeNames: ['All'] }, GetQueueUrl: { QueueName: 'closed' },
    ListDeadLetterSourceQueues: q, ListMessageMoveTasks: { SourceArn: QUEUE }, ListQueueTags: q, ListQueues: {},
    PurgeQueue: q, ReceiveMessage: q, RemovePermission: { ...q, Label: 'l' },
    SendMessage: { ...q, MessageBody: 'x' }, SendMessageBatch: { ...q, Entries: [{ Id: 'a', MessageBody: 'x' }] },
    SetQueueAttributes: { ...q, Attributes: { DelaySeconds: '1' } },
    StartMessageMoveTask: { SourceArn: QUEUE, DestinationArn: QUEUE }, TagQueue: { ...q, Tags: { a: 'b' } },
    UntagQueue: { ...q, TagKeys: ['a'] },
  };
};
const SNS_PARAMS = {
  AddPermission: { TopicArn: TOPIC, Label: 'l', 'AWSAccountId.member.1': '000000000000',
    'ActionName.member.1': 'Publish' },
  ConfirmSubscription: null, Unsubscribe: null,   // open: a token or the subscription's name is the proof
  CreateTopic: { Name: 'closed' }, DeleteTopic: { TopicArn: TOPIC },
  GetSubscriptionAttributes: { SubscriptionArn: SUBSCRIPTION }, GetTopicAttributes: { TopicArn: TOPIC },
  ListSubscriptions: {}, ListSubscriptionsByTopic: { TopicArn: TOPIC }, ListTagsForResource: { ResourceArn: TOPIC },
  ListTopics: {}, Publish: { TopicArn: TOPIC, Message: 'x' },
  PublishBatch: { TopicArn: TOPIC, 'PublishBatchRequestEntries.member.1.Id': 'a',
    'PublishBatchRequestEntries.member.1.Message': 'x' },
  RemovePermission: { TopicArn: TOPIC, Label: 'l' },
  SetSubscriptionAttributes: { SubscriptionArn: SUBSCRIPTION, AttributeName: 'RawMessageDelivery',
    AttributeValue: 'true' },
  SetTopicAttributes: { TopicArn: TOPIC, AttributeName: 'DisplayName', AttributeValue: 'x' },
  Subscribe: { TopicArn: TOPIC, Protocol: 'sqs', Endpoint: QUEUE },
  TagResource: { ResourceArn: TOPIC, 'Tags.member.1.Key': 'a', 'Tags.member.1.Value': 'b' },
  UntagResource: { ResourceArn: TOPIC, 'TagKeys.member.1': 'a' },
};

story('every operation of SQS is refused without its right', async () => {
  const powerless = await createKey('powerless', 'sqs:*:nothing', 'sns:*:nothing', 'ringi:*:nothing');
  await call(admin, 'SendMessage', { QueueUrl: ORDERS, MessageBody: 'for its receipt' });
  const [{ ReceiptHandle }] = JSON.parse((await call(admin, 'ReceiveMessage', { QueueUrl: ORDERS })).text).Messages;
  const params = sqsParams(ReceiptHandle);
  assert.deepEqual(operations('sqs').sort(), Object.keys(params).sort());
  for (const [action, p] of Object.entries(params)) {
    const r = await call(powerless, action, p);
    assert.ok(r.status === 403 && r.code === 'AccessDenied', `${action}: ${r.status} ${r.text}`);
  }
});

story('every operation of SNS is refused without its right', async () => {
  const powerless = await createKey('powerless-2', 'sqs:*:nothing', 'sns:*:nothing', 'ringi:*:nothing');
  assert.deepEqual(operations('sns').sort(), Object.keys(SNS_PARAMS).sort());
  for (const [Action, p] of Object.entries(SNS_PARAMS)) {
    if (p === null) continue;
    const body = new URLSearchParams({ Action, Version: '2010-03-31', ...p }).toString();
    const headers = { host: server.host, 'content-type': 'application/x-www-form-urlencoded' };
    const ask = (signed) => server.request({ method: 'POST', body, headers: signed });
    const r = await ask(signHeaders(powerless, { headers, body, service: 'sns' }));
    assert.ok(r.status === 403 && /<Code>AuthorizationError</.test(r.text), `${Action}: ${r.status} ${r.text}`);
    assert.match((await ask(headers)).text, /<Code>MissingAuthenticationToken</, Action);
  }
});

const ROUTE = /ROUTE\((\w+), ((?:\w+|"[^"]*"|\s)+), (?:"(\w+)"|NULL),/g;
const BODIES = { CreateKey: { name: 'closed', rules: ['ringi:ListKeys:nothing'] }, SendMessage: { body: 'x' },
  SetClock: { timestamp: Date.now() }, Backup: { path: 'nowhere.db' }, ResumeQueue: { how: 'retry' },
  PreviewSchedule: { cron: '@daily' }, PutSchedule: { queue: 'closed', payload: 'x', cron: '@daily' },
  PutCalendar: { holidays: [] }, PutRole: { rules: ['ringi:GetRole:nothing'] },
  CreateAccount: { person: 'closed' }, SetPassword: { password: 'a long sentence' },
  RetainAudit: { before: '2020-01-01T00:00:00Z', reason: 'x' },
  RedactAudit: { words: true, person: 'closed', reason: 'x' }, ImportPeople: { csv: 'id\nclosed\n' },
  GetNotificationTemplate: { kind: 'approval.asked', locale: 'en' }, PutPolicy: { need: 'all', of: ['a'] },
    CheckPolicy: { policy: { need: 'all', of: ['a'] } } };

// What these are about is known behind the door only.
const LATE =
  /^\/v1\/(jobs|groups|recoveries|approvals|delegations|sessions\/|notifications\/|people\/closed\/absences)/;

story('every route is refused without its right, and without any token', async () => {
  const powerless = await createKey('powerless-3', 'ringi:*:nothing');
  // Jobs are named by id: a right for some queue opens the door, and more is asked behind it (below).
  const other = await createKey('powerless-4', 'ringi:ListQueues:*');
  const text = source('rest/routes.c');
  const rows = [...text.matchAll(ROUTE)];
  const named = Object.fromEntries([...text.matchAll(/#define (\w+) "([^"]+)"/g)].map(([, name, at]) => [name, at]));
  assert.equal(rows.length, text.match(/ROUTE\((?!verb)/g).length, 'rows that this test can read');
  for (const [, method, pattern, action] of rows) {
    if (!action) continue;
    const at = pattern.replace(/^[A-Z]+\b/, (name) => `"${named[name]}"`).replace(/"\s*"|"/g, '')
      .replace('/moves/{id}', '/moves/01890a5d-ac96-774b-bcce-b302099a8057').replace('{position}', '1').replace('{seq}',
        '1')
      .replace('{version}', '1').replace('{holder}', 'user:closed').replace(/\{\w+\}/g, 'closed')
      + (pattern.includes('/_aws/') ? '?QueueUrl=closed' : pattern.includes(':explain') ? '?action=ringi:GetQueue'
        : pattern.includes('deadline') ? '?after=P1D' : '');
    const own = pattern.includes('/accept') ? undefined : BODIES[action];
    const body = ['POST', 'PUT'].includes(method) ? own ?? {} : undefined;
    const without = await server.json(method, at, body);
    assert.deepEqual([without.status, without.data.code], [401, 'MISSING_TOKEN'], `${method} ${at}`);
    const late = LATE.test(at);
    const r = await v1(late ? other : powerless, method, at, body);
    const asked = r.status === 403 && r.data.code === 'NOT_ALLOWED';
    // What is wrong in itself is said first; it has not been done either.
    const early = action === 'FailMessage' || late || (r.status === 400 && /^\/v1\/polic/.test(at));
    assert.ok(asked || (r.status >= 400 && early), `${method} ${at}: ${r.status} ${r.text}`);
  }
});

story('who may put a schedule needs the right to send to its queue', async () => {
  const planner = await createKey('planner', 'ringi:PutSchedule:*', 'ringi:SendMessage:orders-*');
  const body = { payload: 'x', cron: '@daily', overlap: 'allow' };
  const put = (queue) => v1(planner, 'PUT', '/v1/schedules/planned', { ...body, queue });
  assert.equal((await put('secrets')).data.code, 'NOT_ALLOWED');
  assert.equal((await put(ORDERS)).status, 201);
});

story('who makes a queue push needs the right to call the host', async () => {
  const maker = await createKey('push-maker', 'ringi:PutQueue:pushes', 'ringi:CallWebhook:good.example');
  const put = (push) => v1(maker, 'PUT', '/v1/queues/pushes', { push });
  assert.equal((await put({ url: 'https://good.example/a' })).status, 201);
  assert.equal((await put({ url: 'https://evil.example/a' })).data.code, 'NOT_ALLOWED');
  assert.equal((await put({})).data.code, 'NOT_ALLOWED');
  assert.equal((await put(null)).status, 200);
});

story('a key does with jobs what it may do with their queues', async () => {
  for (const name of ['jobs-mine', 'jobs-theirs']) assert.equal((await v1(admin, 'PUT', `/v1/queues/${name}`,
    { track: true })).status, 201);
  const worker = await createKey('job-worker',
    ...['SubmitJob', 'ClaimJob', 'ReportJob', 'GetJob', 'ListJobs', 'CancelJob']
    .map((a) => `ringi:${a}:jobs-mine`));
  const stranger = await createKey('job-stranger', 'ringi:ListQueues:*');
  const submit = (key, queue) => v1(key, 'POST', `/v1/queues/${queue}/jobs`, { labels: { of: queue } });
  const [mine, theirs] = [(await submit(worker, 'jobs-mine')).data, (await submit(admin, 'jobs-theirs')).data];
  const denied = (r, what) => assert.deepEqual([r.status, r.data.code], [403, 'NOT_ALLOWED'], `${what}: ${r.text}`);
  denied(await submit(worker, 'jobs-theirs'), 'submit');
  denied(await v1(worker, 'POST', '/v1/queues/jobs-theirs/claim', {}), 'claim');
  denied(await v1(worker, 'GET', `/v1/jobs/${theirs.id}`), 'get');
  denied(await v1(worker, 'GET', `/v1/jobs/${theirs.id}?wait=5`), 'wait');
  denied(await v1(worker, 'POST', `/v1/jobs/${theirs.id}/cancel`, {}), 'cancel');
  denied(await v1(worker, 'POST', `/v1/jobs/${mine.id}/retry`, {}), 'retry');
  denied(await v1(stranger, 'GET', `/v1/jobs/${mine.id}`), 'a stranger');
  denied(await v1(stranger, 'GET', '/v1/jobs'), 'a stranger');
  assert.equal((await v1(worker, 'GET', `/v1/jobs/${mine.id}`)).data.requested_by, 'key:job-worker');
  // Lists leave out what it may not see; what it names it must be allowed to see.
  const ids = (r) => r.data.jobs.map((j) => j.id);
  assert.deepEqual(ids(await v1(worker, 'GET', '/v1/jobs')), [mine.id]);
  assert.deepEqual(ids(await v1(worker, 'GET', '/v1/jobs?label.of=jobs-theirs')), []);
  denied(await v1(worker, 'GET', '/v1/jobs?queue=jobs-theirs'), 'list');
  denied(await v1(worker, 'POST', '/v1/jobs:cancel', { query: { queue: 'jobs-theirs' } }), 'cancel by query');
  assert.equal((await v1(worker, 'POST', '/v1/jobs:cancel',
    { query: { labels: { of: 'jobs-theirs' } } })).data.canceled, 0);
  // Reports of several jobs are judged one by one, and children need the right to submit.
  const claim = async (key, queue) => (await v1(key, 'POST', `/v1/queues/${queue}/claim`, {})).data.jobs[0];
  const [a, b] = [await claim(worker, 'jobs-mine'), await claim(admin, 'jobs-theirs')];
  const beats = await v1(worker, 'POST', '/v1/jobs:heartbeat',
    { jobs: [a, b].map(({ id, lease }) => ({ id, lease })) });
  assert.deepEqual(beats.data.jobs.map((j) => j.state ?? j.problem.code), ['RUNNING', 'NOT_ALLOWED']);
  const done = (queue) => v1(worker, 'POST', `/v1/jobs/${a.id}/complete`, { lease: a.lease, children: [{ queue }] });
  denied(await done('jobs-theirs'), 'children');
  assert.equal((await done('jobs-mine')).status, 200);
});

// ---- real clients

const awsEnv = (key) => ({ AWS_ACCESS_KEY_ID: key.id, AWS_SECRET_ACCESS_KEY: key.secret,
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  NO_PROXY: '*', PYTHONDONTWRITEBYTECODE: '1' });
const missing = (file) => (fs.existsSync(file) ? false : `${file} is not installed`);

story('the JavaScript SDKs sign so that they are believed', async () => {
  const { SQSClient, SendMessageCommand, ReceiveMessageCommand } = await import('@aws-sdk/client-sqs');
  const { SNSClient, PublishCommand, CreateTopicCommand } = await import('@aws-sdk/client-sns');
  const config = (key, secret = key.secret) => ({ endpoint: server.url, region: 'us-east-1', maxAttempts: 1,
    credentials: { accessKeyId: key.id, secretAccessKey: secret } });
  const QueueUrl = `${server.url}/000000000000/${ORDERS}`;
  const MessageBody = '日本語 & = + % /';
  const sqs = (key, secret) => new SQSClient(config(key, secret));
  await sqs(sender).send(new SendMessageCommand({ QueueUrl, MessageBody }));
  await assert.rejects(sqs(sender).send(new ReceiveMessageCommand({ QueueUrl })), { name: /AccessDenied/ });
  await assert.rejects(sqs(sender, 'wrong').send(new SendMessageCommand({ QueueUrl, MessageBody })),
    { name: /SignatureDoesNotMatch|InvalidSignature/ });
  const sns = new SNSClient(config(admin));
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'sdk' }));
  assert.ok((await sns.send(new PublishCommand({ TopicArn, Message: MessageBody }))).MessageId);
  await assert.rejects(new SNSClient(config(sender)).send(new PublishCommand({ TopicArn, Message: 'x' })),
    { name: /AuthorizationError/ });
});

const BOTO3 = `
import boto3, botocore, sys, urllib.request
url, queue = sys.argv[1:]
sqs = boto3.client('sqs', endpoint_url=url)
print(sqs.get_queue_url(QueueName=queue)['QueueUrl'].endswith('/' + queue))
sqs.send_message(QueueUrl=url + '/000000000000/' + queue, MessageBody='a b&c=d 漢字')
at = sqs.generate_presigned_url('get_queue_url', Params={'QueueName': queue}, ExpiresIn=60, HttpMethod='GET')
print(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(at).status)
try:
    sqs.purge_queue(QueueUrl=url + '/000000000000/' + queue)
except botocore.exceptions.ClientError as e:
    print(e.response['Error']['Code'])
`;
test('boto3 signs and presigns so that it is believed',
  { timeout: 30_000, skip: missing('/usr/lib/python3/dist-packages/boto3') }, async () => {
  const r = await run('/usr/bin/python3', ['-c', BOTO3, server.url, ORDERS], { env: awsEnv(sender) });
  assert.equal(r.stdout, 'True\n200\nAccessDenied\n', r.stderr);
});

test('the aws command line signs so that it is believed',
  { timeout: 30_000, skip: missing('/usr/bin/aws') }, async () => {
  const aws = (key, ...args) => run('/usr/bin/aws', ['--endpoint-url', server.url, ...args], { env: awsEnv(key) });
  const sent = await aws(sender, 'sqs', 'send-message', '--queue-url', `${server.url}/000000000000/${ORDERS}`,
    '--message-body', 'from the command line');
  assert.equal(sent.code, 0, sent.stderr);
  const denied = await aws(sender, 'sns', 'list-topics');
  assert.match(denied.stderr, /AuthorizationError/);
  const wrong = await aws({ ...sender, secret: 'wrong' }, 'sqs', 'list-queues');
  assert.match(wrong.stderr, /SignatureDoesNotMatch/);
});

// ---- the files

story('keys and the first token outlive the server; the files are for their owner only', async () => {
  await server.restart();
  assert.equal((await call(admin, 'ListQueues')).status, 200);
  assert.equal((await v1({ token: firstToken }, 'GET', '/v1/keys')).status, 200);
  for (const file of ['master.key', 'admin.token'])
    assert.equal(fs.statSync(path.join(data, file)).mode & 0o777, 0o600);
  for (const file of fs.readdirSync(data).filter((f) => f.startsWith('ringi.db')))
    for (const secret of [admin.secret, admin.token, firstToken])
      assert.ok(!fs.readFileSync(path.join(data, file)).includes(secret), file);
});

story('another master key stops the start with one sentence', async () => {
  const file = path.join(data, 'master.key');
  const right = fs.readFileSync(file);
  const refuses = async (what, ...flags) => {
    const r = await run(RINGI, ['serve', '--data', data, '--listen', server.host, ...server.store(), ...flags],
      { limit: 10_000 });
    assert.equal(r.code, 4, r.stderr);
    assert.match(r.stderr, what);
  };
  await server.stop();
  try {
    const other = path.join(data, 'other.key');
    fs.writeFileSync(other, `${'0'.repeat(64)}\n`, { mode: 0o600 });
    await refuses(/not the one that the access keys .* are sealed with/, '--master-key-file', other);
    fs.chmodSync(file, 0o644);
    await refuses(/Others can read/);
    fs.rmSync(file);
    await refuses(/is missing/);
    assert.ok(!fs.existsSync(file));
    fs.writeFileSync(other, right);
    fs.chmodSync(other, 0o600);
    server.flags.push('--master-key-file', other);
    await server.launch();
    assert.equal((await call(admin, 'ListQueues')).status, 200);
  } finally {
    fs.writeFileSync(file, right, { mode: 0o600 });
    fs.chmodSync(file, 0o600);
  }
});

story('secrets do not appear in the server\'s output', async () => {
  for (const secret of [admin.secret, sender.secret, sender.token].filter(Boolean)) assert.ok(
    !server.output.includes(secret));
});

story('--auth off is refused on an address that is not loopback', async () => {
  const r = await run(RINGI, ['serve', '--data', path.join(data, 'other'), '--listen', '0.0.0.0:0', '--auth', 'off'],
    { limit: 10_000 });
  assert.equal(r.code, 2, r.stderr);
  assert.equal(r.stderr.trim().split('\n').length, 1, r.stderr);
});

story('wrong flags stop the start with one sentence and exit 2', async () => {
  for (const args of [['--no-such-flag'], ['--listen', 'nonsense'], ['--listen', '127.0.0.1:99999'],
    ['--auth', 'maybe'], ['--account', '12'], ['--log-format', 'xml'],
    ['--region', 'a b'], ['--auth', 'off', '--listen', '127.0.0.1.example.com:0'],
    ['--trusted-proxy', 'proxy.example.com'], ['--trusted-proxy', '10.0.0.0/33'],
      ['--console-url', 'intra.example.com'],
    ['--console-url', 'https://intra.example.com/?a'], ['--advertise', 'https://intra.example.com/tools']]) {
    const r = await run(RINGI, ['serve', '--data', path.join(data, 'other'), ...args], { limit: 10_000 });
    assert.equal(r.code, 2, `${args}: ${r.stderr}`);
    assert.ok(r.stderr.trim().length > 0, `${args}`);
  }
});
