// protocol.test.mjs - the bytes of both protocols: content types, namespaces, absent members, headers.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after } from 'node:test';
import { ACCOUNT, binary, fresh, md5, start, story, text } from './lib.mjs';
import { parseXml } from './wire.mjs';

const server = await start();
after(() => server.close());
const { json, query } = server.sqs;
const NAMESPACE = 'http://queue.amazonaws.com/doc/2012-11-05/';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const names = (node) => node.children.map((c) => c.name);
const pathOf = (url) => new URL(url).pathname;
const get = (url, params, headers) =>
  server.request({ path: `${pathOf(url)}?${new URLSearchParams(params)}`, headers });

// ---- who may ask without credentials

const ask = (headers, body = '{}') => server.request({ method: 'POST', body,
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ListQueues', ...headers } });

story('without authentication, web pages of other sites are refused', async () => {
  for (const headers of [{ origin: 'http://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' }, { host: 'evil.example' }])
    assert.equal((await ask(headers)).status, 403, JSON.stringify(headers));
  const image = await get(server.url, { Action: 'CreateQueue', QueueName: 'by-an-image' },
    { 'sec-fetch-site': 'cross-site' });
  assert.match(image.text, /<Code>AccessDenied</);
  const text = await server.request({ method: 'PUT', path: '/v1/queues/by-a-form', body: '{}',
    headers: { 'content-type': 'text/plain', origin: 'http://evil.example' } });
  assert.equal(JSON.parse(text.text).code, 'NOT_ALLOWED');
  assert.equal((await ask({ origin: server.url, 'sec-fetch-site': 'same-origin' })).status, 200);
  assert.equal((await ask({ 'sec-fetch-site': 'none' })).status, 200);
});

story('only a POST carries an action in X-Amz-Target', async () => {
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const r = await server.request({ method, body: '{"QueueName":"by-another-method"}',
      headers: { 'x-amz-target': 'AmazonSQS.CreateQueue' } });
    assert.ok(method === 'GET' ? r.text.startsWith('<!doctype') : r.status >= 400, `${method}: ${r.status} ${r.text}`);
  }
  await json.refused('AWS.SimpleQueueService.NonExistentQueue', 'GetQueueUrl',
    { QueueName: 'by-another-method' });
});

story('--advertise is what queue URLs begin with', async (t) => {
  const behind = await start({ flags: ['--advertise', 'https://queues.example.com'] });
  t.after(() => behind.close());
  const made = await behind.sqs.json.ok('CreateQueue', { QueueName: 'work' });
  assert.equal(made.QueueUrl, `https://queues.example.com/${ACCOUNT}/work`);
  const r = await behind.request({ path: '/v1/queues/work', headers: { host: 'queues.example.com' } });
  assert.equal(JSON.parse(r.text).url, made.QueueUrl);
});

story('programs and the console may know the server by two names, and no third', async (t) => {
  const both = await start({ flags: ['--advertise', 'https://queues.example.com',
    '--console-url', 'https://intra.example.com/tools/ringi'] });
  t.after(() => both.close());
  await both.sqs.json.ok('CreateQueue', { QueueName: 'work' });
  const as = async (host) => (await both.request({ path: '/v1/queues/work', headers: { host } })).status;
  assert.deepEqual([await as('queues.example.com'), await as('intra.example.com'), await as('evil.example.com')],
    [200, 200, 403]);
});

// ---- JSON

story('JSON answers have the request\'s content type and a request id', async () => {
  const r = await json.call('ListQueues', { QueueNamePrefix: 'none' });
  assert.equal(r.headers['content-type'], 'application/x-amz-json-1.0');
  assert.match(r.headers['x-amzn-requestid'], UUID);
  assert.equal(r.text, '{}');
});

story('every answer has a request id of its own', async () => {
  const ids = new Set();
  for (let i = 0; i < 5; i++) ids.add((await json.call('ListQueues')).headers['x-amzn-requestid']);
  assert.equal(ids.size, 5);
});

story('JSON actions without a result have an empty body', async () => {
  const QueueUrl = await json.queue();
  await json.send(QueueUrl, 'x');
  const { ReceiptHandle } = await json.one(QueueUrl);
  for (const [action, params] of [
    ['SetQueueAttributes', { Attributes: { DelaySeconds: '0' } }], ['TagQueue', { Tags: { a: 'b' } }],
      ['UntagQueue', { TagKeys: ['a'] }],
    ['AddPermission', { Label: 'l', AWSAccountIds: ['111111111111'], Actions: ['SendMessage'] }],
      ['RemovePermission', { Label: 'l' }],
    ['ChangeMessageVisibility', { ReceiptHandle, VisibilityTimeout: 5 }], ['DeleteMessage', { ReceiptHandle }],
    ['PurgeQueue', {}], ['DeleteQueue', {}]]) {
    const r = await json.call(action, { QueueUrl, ...params });
    assert.equal(r.status, 200, `${action}: ${r.text}`);
    assert.equal(r.text, '', action);
    assert.equal(r.headers['content-length'] ?? '0', '0');
  }
});

story('JSON: content types with a charset and without parameters are both read', async () => {
  for (const type of ['application/x-amz-json-1.0; charset=utf-8', 'application/x-amz-json-1.0',
    'Application/X-Amz-Json-1.0'])
    assert.equal((await json.call('ListQueues', {}, { headers: { 'content-type': type } })).status, 200, type);
});

story('JSON escapes what it must and nothing is lost', async () => {
  const url = await json.queue();
  const body = '"\\/\t\n\r é漢🎉\u2028\u2029\u007f</script>';
  await json.send(url, body);
  const r = await json.call('ReceiveMessage', { QueueUrl: url });
  assert.equal(JSON.parse(r.text).Messages[0].Body, body);
  assert.equal(JSON.parse(r.text).Messages[0].MD5OfBody, md5(body));
});

story('JSON numbers are numbers and attribute values are strings', async () => {
  const url = await json.queue();
  await json.send(url, 'x');
  const m = await json.one(url, { MessageSystemAttributeNames: ['All'] });
  assert.ok(Object.values(m.Attributes).every((v) => typeof v === 'string'));
  assert.ok(Object.values(await json.attributes(url)).every((v) => typeof v === 'string'));
});

story('unknown members of a JSON request are ignored', async () => {
  const QueueUrl = await json.queue();
  await json.ok('SendMessage', { QueueUrl, MessageBody: 'x', FutureMember: { a: [1] } });
});

// ---- Query

story('Query answers are XML with the namespace, the result and the request id', async () => {
  const QueueName = fresh();
  const r = await query.call('CreateQueue', { QueueName });
  assert.match(r.headers['content-type'], /^text\/xml/);
  assert.equal(r.root.name, 'CreateQueueResponse');
  assert.equal(r.root.attributes.xmlns, NAMESPACE);
  assert.deepEqual(names(r.root), ['CreateQueueResult', 'ResponseMetadata']);
  assert.deepEqual(names(r.root.children[0]), ['QueueUrl']);
  assert.deepEqual(names(r.root.children[1]), ['RequestId']);
  assert.match(r.root.children[1].children[0].text, UUID);
  assert.equal(r.headers['x-amzn-requestid'], r.root.children[1].children[0].text);
});

story('Query actions without a result have only ResponseMetadata', async () => {
  const QueueUrl = await query.queue();
  await query.send(QueueUrl, 'x');
  const { ReceiptHandle } = await query.one(QueueUrl);
  for (const [action, params] of [['SetQueueAttributes', { Attributes: { DelaySeconds: '0' } }],
    ['TagQueue', { Tags: { a: 'b' } }],
    ['ChangeMessageVisibility', { ReceiptHandle, VisibilityTimeout: 5 }], ['DeleteMessage', { ReceiptHandle }],
      ['PurgeQueue', {}], ['DeleteQueue', {}]]) {
    const r = await query.call(action, { QueueUrl, ...params });
    assert.equal(r.status, 200, `${action}: ${r.text}`);
    assert.equal(r.root.name, `${action}Response`);
    assert.deepEqual(names(r.root), ['ResponseMetadata'], action);
  }
});

story('Query errors have Type, Code, Message and an empty Detail', async () => {
  const r = await query.call('GetQueueUrl', { QueueName: 'nowhere' });
  assert.equal(r.status, 400);
  assert.match(r.headers['content-type'], /^text\/xml/);
  assert.equal(r.root.name, 'ErrorResponse');
  assert.equal(r.root.attributes.xmlns, NAMESPACE);
  assert.deepEqual(names(r.root), ['Error', 'RequestId']);
  assert.deepEqual(names(r.root.children[0]), ['Type', 'Code', 'Message', 'Detail']);
  assert.match(r.text, /<Detail\s*\/>/);
  assert.equal(r.root.children[0].children[0].text, 'Sender');
  assert.match(r.root.children[1].text, UUID);
});

story('Query: empty lists are absent', async () => {
  const QueueUrl = await query.queue();
  const r = await query.call('ReceiveMessage', { QueueUrl });
  assert.match(r.text, /<ReceiveMessageResult\s*\/>|<ReceiveMessageResult><\/ReceiveMessageResult>/);
  assert.deepEqual(await query.ok('ListQueues', { QueueNamePrefix: 'zz-none' }), {});
  assert.deepEqual(await query.ok('ListQueueTags', { QueueUrl }), {});
  assert.deepEqual(await query.ok('GetQueueAttributes', { QueueUrl }), {});
});

story('Query: a received message has its members, each attribute an element', async () => {
  const QueueUrl = await query.queue();
  await query.send(QueueUrl, 'b', { MessageAttributes: { t: text('v'), bin: binary([1, 2]) } });
  const r = await query.call('ReceiveMessage',
    { QueueUrl, AttributeNames: ['SentTimestamp'], MessageAttributeNames: ['All'] });
  const message = r.root.children[0].children[0];
  assert.equal(message.name, 'Message');
  assert.deepEqual([...new Set(names(message))].sort(),
    ['Attribute', 'Body', 'MD5OfBody', 'MD5OfMessageAttributes', 'MessageAttribute', 'MessageId', 'ReceiptHandle']);
  const attribute = message.children.find((c) => c.name === 'MessageAttribute');
  assert.deepEqual(names(attribute), ['Name', 'Value']);
});

story('Query: batches answer with flattened result and error entries', async () => {
  const QueueUrl = await query.queue();
  const r = await query.call('SendMessageBatch',
    { QueueUrl, Entries: [{ Id: 'a', MessageBody: 'x' }, { Id: 'b', MessageBody: '\u0001' }] });
  assert.deepEqual(names(r.root.children[0]).sort(), ['BatchResultErrorEntry', 'SendMessageBatchResultEntry']);
  const failed = r.root.children[0].children.find((c) => c.name === 'BatchResultErrorEntry');
  assert.deepEqual(names(failed).sort(), ['Code', 'Id', 'Message', 'SenderFault']);
});

story('Query: a carriage return survives the XML parser', async () => {
  const QueueUrl = await query.queue();
  await query.send(QueueUrl, 'a\r\nb\rc');
  const r = await query.call('ReceiveMessage', { QueueUrl });
  assert.match(r.text, /a&#(xD|xd|13);/);
  assert.equal(r.data.Messages[0].Body, 'a\r\nb\rc');
});

story('Query: XML is escaped, well formed and in UTF-8', async () => {
  const QueueUrl = await query.queue();
  const body = '<Message attr="1">&amp;</Message> ]]> é漢🎉';
  await query.send(QueueUrl, body);
  const r = await query.call('ReceiveMessage', { QueueUrl });
  assert.ok(parseXml(r.text));
  assert.equal(r.data.Messages[0].Body, body);
});

story('Query: + and %20 are spaces, & and = can be escaped', async () => {
  const QueueUrl = await query.queue();
  const r = await query.call('SendMessage', {}, { body:
    `Action=SendMessage&Version=2012-11-05&QueueUrl=${encodeURIComponent(QueueUrl)}&MessageBody=a+b%20c%26d%3De%2Bf%E6%BC%A2` });
  assert.equal(r.data.MD5OfMessageBody, md5('a b c&d=e+f漢'));
});

story('Query: list indexes may be out of order and have gaps', async () => {
  const QueueUrl = await query.queue();
  const r = await query.call('GetQueueAttributes', {},
    { body: `Action=GetQueueAttributes&QueueUrl=${encodeURIComponent(QueueUrl)}`
    + '&AttributeName.7=DelaySeconds&AttributeName.2=VisibilityTimeout' });
  assert.deepEqual(Object.keys(r.data.Attributes).sort(), ['DelaySeconds', 'VisibilityTimeout']);
});

story('Query: a GET on the queue URL does everything, the version may be missing', async () => {
  const url = await query.queue();
  assert.match((await get(url, { Action: 'SendMessage', MessageBody: 'hello' })).text, /<SendMessageResult>/);
  const r = await get(url, { Action: 'ReceiveMessage' });
  assert.match(r.text, /<Body>hello<\/Body>/);
  const a = await get(url, { Action: 'GetQueueAttributes', 'AttributeName.1': 'QueueArn' });
  assert.match(a.text, /<Attribute><Name>QueueArn<\/Name><Value>arn:aws:sqs:/);
  const missing = await get(url, { Action: 'SendMessage' });
  assert.match(missing.text, /<Code>MissingParameter<\/Code><Message>The request must contain the parameter MessageBody\.<\/Message>/);
  assert.match((await get(url, { Action: 'DeleteQueue' })).text, /<DeleteQueueResponse /);
  assert.match((await get(url, { Action: 'ReceiveMessage' })).text, /NonExistentQueue/);
});

story('Query: a POST of a form on the queue URL does the same', async () => {
  const url = await query.queue();
  await query.ok('SendMessage', { MessageBody: 'posted' }, { path: pathOf(url) });
  assert.equal((await query.one(url)).Body, 'posted');
});

story('Query: CreateQueue and ListQueues are not for queue URLs', async () => {
  const url = await query.queue();
  for (const [Action, more] of [['CreateQueue', { QueueName: fresh() }], ['ListQueues', {}]]) {
    const r = await get(url, { Action, ...more });
    assert.equal(r.status, 400);
    assert.match(r.text, new RegExp(`<Code>InvalidAction</Code><Message>The action ${Action} is not valid for this endpoint\\.</Message>`));
  }
});

story('Query: GetQueueUrl on the URL of another queue gives the one asked for', async () => {
  const one = await query.queue();
  const two = await query.queue();
  const r = await get(one, { Action: 'GetQueueUrl', QueueName: two.split('/').pop() });
  assert.match(r.text, new RegExp(`<QueueUrl>${two}</QueueUrl>`));
});

story('a queue URL without an action answers 404 UnknownOperationException', async () => {
  const url = await query.queue();
  for (const headers of [{}, { accept: 'application/json' }]) {
    const r = await get(url, {}, headers);
    assert.equal(r.status, 404);
    assert.match(r.text, /<UnknownOperationException\s*\/>/);
  }
});

// ---- HTTP

/** Sends bytes and reads until `count` answers have come. */
function conversation(bytes, count) {
  return new Promise((resolve, reject) => {
    let got = '';
    const socket = net.connect(server.port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('utf8').on('data', (d) => {
      got += d;
      if ((got.match(/HTTP\/1\.1 200/g) ?? []).length >= count) {
        setTimeout(() => { socket.destroy(); resolve(got); }, 100);
      }
    });
    socket.setTimeout(5_000, () => { socket.destroy(); reject(new Error(`only: ${got}`)); });
    socket.on('error', reject);
  });
}

const httpSend = (url, body, more = '') => {
  const content = JSON.stringify({ QueueUrl: url, MessageBody: body });
  return `POST / HTTP/1.1\r\nHost: ${server.host}\r\nContent-Type: application/x-amz-json-1.0\r\n`
    + `X-Amz-Target: AmazonSQS.SendMessage\r\n${more}Content-Length: ${Buffer.byteLength(content)}\r\n\r\n${content}`;
};

story('pipelined requests are answered in order', async () => {
  const url = await json.queue();
  const got = await conversation(httpSend(url, 'first') + httpSend(url, 'second') + httpSend(url, 'third'), 3);
  const sums = [...got.matchAll(/"MD5OfMessageBody":"(\w+)"/g)].map((m) => m[1]);
  assert.deepEqual(sums, ['first', 'second', 'third'].map(md5));
});

story('a chunked body is read', async () => {
  const url = await json.queue();
  const content = JSON.stringify({ QueueUrl: url, MessageBody: 'in chunks' });
  const chunks = [content.slice(0, 5), content.slice(5, 20),
    content.slice(20)].map((c) => `${c.length.toString(16)}\r\n${c}\r\n`).join('');
  await conversation(`POST / HTTP/1.1\r\nHost: ${server.host}\r\nContent-Type: application/x-amz-json-1.0\r\n`
    + `X-Amz-Target: AmazonSQS.SendMessage\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`, 1);
  assert.equal((await json.one(url)).Body, 'in chunks');
});

story('Expect: 100-continue is answered before the body', async () => {
  const url = await json.queue();
  const whole = httpSend(url, 'expected', 'Expect: 100-continue\r\n');
  const cut = whole.indexOf('\r\n\r\n') + 4;
  const got = await new Promise((resolve, reject) => {
    let seen = '';
    const socket = net.connect(server.port, '127.0.0.1', () => socket.write(whole.slice(0, cut)));
    socket.setEncoding('utf8').on('data', (d) => {
      const before = seen;
      seen += d;
      if (!before.includes('100') && seen.includes('HTTP/1.1 100')) socket.write(whole.slice(cut));
      if (seen.includes('HTTP/1.1 200')) { socket.destroy(); resolve(seen); }
    });
    socket.setTimeout(5_000, () => { socket.destroy(); reject(new Error(`only: ${seen}`)); });
    socket.on('error', reject);
  });
  assert.match(got, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200/);
});

story('X-Amzn-Trace-Id of a request becomes the message\'s AWSTraceHeader', async () => {
  const url = await json.queue();
  const trace = 'Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1';
  await json.ok('SendMessage', { QueueUrl: url, MessageBody: 'x' }, { headers: { 'x-amzn-trace-id': trace } });
  assert.deepEqual((await json.one(url, { MessageSystemAttributeNames: ['AWSTraceHeader'] })).Attributes,
    { AWSTraceHeader: trace });
});

story('an account other than the server\'s in the path names no other queue', async () => {
  const url = await json.queue();
  const r = await json.call('SendMessage', { QueueUrl: url.replace(ACCOUNT, '999999999999'), MessageBody: 'x' });
  assert.ok(r.ok || r.error.code === 'AWS.SimpleQueueService.NonExistentQueue', r.text);
});
