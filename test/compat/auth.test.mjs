// auth.test.mjs - a server that asks who is there: signatures, presigned URLs, tokens, permissions.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { RINGI, fresh, run, start, story } from './lib.mjs';
import { presign, signHeaders } from './sigv4.mjs';

/** Makes a key with the command line. The only place that knows how; returns { id, secret, token }. */
async function createKey(data, name, ...allow) {
  const args = ['key', 'create', name, ...allow.flatMap((rule) => ['--allow', rule]), '--data', data, '--json'];
  const r = await run(RINGI, args);
  assert.equal(r.code, 0, `ringi ${args.join(' ')}: ${r.stderr}${r.stdout}`);
  const said = JSON.parse(r.stdout);
  return { id: said.access_key_id ?? said.id, secret: said.secret_access_key ?? said.secret, token: said.token };
}

const data = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-auth-'));
const admin = await createKey(data, 'admin', '*:*:*');
const sender = await createKey(data, 'sender', 'sqs:SendMessage:orders-*', 'sqs:GetQueueUrl:orders-*');
const server = await start({ auth: 'on', data });
after(async () => { await server.close(); fs.rmSync(data, { recursive: true, force: true }); });

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
  const r = await call(admin, 'ListQueues', {}, { payload: 'UNSIGNED-PAYLOAD' });
  assert.ok([200, 403].includes(r.status), r.text);   // AWS accepts it over TLS only
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

story('a bearer token is the same caller', async (t) => {
  if (!sender.token) return t.skip('this key has no token');
  const authorization = `Bearer ${sender.token}`;
  const send = (QueueUrl) => server.request({ method: 'POST', body: JSON.stringify({ QueueUrl, MessageBody: 'x' }),
    headers: { 'content-type': TYPE, 'x-amz-target': 'AmazonSQS.SendMessage', authorization } });
  assert.equal((await send(ORDERS)).status, 200);
  assert.equal((await send('bills-1')).status, 403);
  for (const wrong of ['Bearer ', 'Bearer x', `Bearer ${sender.token}x`]) assert.equal(
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
    ['--auth', 'maybe'], ['--account', '12'], ['--log-format', 'xml']]) {
    const r = await run(RINGI, ['serve', '--data', path.join(data, 'other'), ...args], { limit: 10_000 });
    assert.equal(r.code, 2, `${args}: ${r.stderr}`);
    assert.ok(r.stderr.trim().length > 0, `${args}`);
  }
});
