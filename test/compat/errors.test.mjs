// errors.test.mjs - wrong requests: AWS's code, status and sentence, and nothing has changed.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after } from 'node:test';
import { ACCOUNT, inBoth, start, story } from './lib.mjs';

const server = await start();
after(() => server.close());
const both = (name, fn) => inBoth(server, name, fn);
const json = server.sqs.json;

const post = (headers, body, path = '/') => server.request({ method: 'POST', path, headers, body });
const target = (action, body, more = {}) => post({ 'content-type': 'application/x-amz-json-1.0',
  'x-amz-target': `AmazonSQS.${action}`, ...more }, body);
const form = (body, path) => post({ 'content-type': 'application/x-www-form-urlencoded' }, body, path);

// ---- what JSON errors look like

const CORAL = 'com.amazon.coral.service#';
const SQS = 'com.amazonaws.sqs#';
  // what, action, parameters, __type, code in the header
const SHAPES = [
  ['no such queue', 'GetQueueUrl', { QueueName: 'nowhere' }, `${SQS}QueueDoesNotExist`,
    'AWS.SimpleQueueService.NonExistentQueue'],
  ['missing parameter', 'SendMessage', { QueueUrl: 'Q' }, `${CORAL}MissingRequiredParameterException`,
    'MissingParameter'],
  ['bad parameter', 'ReceiveMessage', { QueueUrl: 'Q', MaxNumberOfMessages: 11 },
    `${CORAL}InvalidParameterValueException`, 'InvalidParameterValue'],
  ['unknown attribute', 'SetQueueAttributes', { QueueUrl: 'Q', Attributes: { Nope: '1' } },
    `${SQS}InvalidAttributeName`, 'InvalidAttributeName'],
  ['bad attribute', 'SetQueueAttributes', { QueueUrl: 'Q', Attributes: { DelaySeconds: '901' } },
    `${SQS}InvalidAttributeValue`, 'InvalidAttributeValue'],
  ['bad handle', 'DeleteMessage', { QueueUrl: 'Q', ReceiptHandle: 'x' }, `${SQS}ReceiptHandleIsInvalid`,
    'ReceiptHandleIsInvalid'],
  ['empty batch', 'SendMessageBatch', { QueueUrl: 'Q', Entries: [] }, `${SQS}EmptyBatchRequest`,
    'AWS.SimpleQueueService.EmptyBatchRequest'],
  ['bad characters', 'SendMessage', { QueueUrl: 'Q', MessageBody: '\u0001' }, `${SQS}InvalidMessageContents`,
    'InvalidMessageContents'],
  ['no such resource', 'StartMessageMoveTask', { SourceArn: `arn:aws:sqs:us-east-1:${ACCOUNT}:nowhere` },
    `${SQS}ResourceNotFoundException`, 'ResourceNotFoundException'],
];
for (const [what, action, params, type, code] of SHAPES) {
  story(`JSON error shape: ${what}`, async () => {
    const QueueUrl = await json.queue();
    const r = await json.call(action, params.QueueUrl ? { ...params, QueueUrl } : params);
    assert.equal(r.headers['x-amzn-query-error'], `${code};Sender`, r.text);
    assert.match(r.headers['content-type'], /^application\/x-amz-json-1\.0/);
    assert.ok(r.headers['x-amzn-requestid']);
    const body = JSON.parse(r.text);
    assert.equal(body.__type, type);
    assert.equal(typeof body.message, 'string');
    assert.ok(body.message.length > 0);
  });
}

// ---- missing parameters

const MISSING = [
  ['CreateQueue', 'QueueName', {}],
  ['GetQueueUrl', 'QueueName', {}],
  ['SendMessage', 'MessageBody', { QueueUrl: 'Q' }],
  ['DeleteMessage', 'ReceiptHandle', { QueueUrl: 'Q' }],
  ['ChangeMessageVisibility', 'ReceiptHandle', { QueueUrl: 'Q', VisibilityTimeout: 1 }],
  ['ChangeMessageVisibility', 'VisibilityTimeout', { QueueUrl: 'Q', ReceiptHandle: 'x' }],
  ['StartMessageMoveTask', 'SourceArn', {}],
  ['ListMessageMoveTasks', 'SourceArn', {}],
  ['CancelMessageMoveTask', 'TaskHandle', {}],
  ['RemovePermission', 'Label', { QueueUrl: 'Q' }],
  ['AddPermission', 'Label', { QueueUrl: 'Q', AWSAccountIds: ['111111111111'], Actions: ['SendMessage'] }],
];
for (const [action, parameter, params] of MISSING) {
  both(`${action} without ${parameter} names it`, async (sqs) => {
    const QueueUrl = await sqs.queue();
    await sqs.refused('MissingParameter', action, params.QueueUrl ? { ...params, QueueUrl } : params,
      { message: `The request must contain the parameter ${parameter}.` });
  });
}

for (const action of ['SendMessage', 'ReceiveMessage', 'DeleteMessage', 'PurgeQueue', 'GetQueueAttributes',
  'DeleteQueue', 'ListQueueTags']) {
  both(`${action} without QueueUrl is refused`, async (sqs) => {
    const r = await sqs.call(action, { MessageBody: 'x', ReceiptHandle: 'x' });
    assert.ok(!r.ok && r.status >= 400 && r.status < 500, `${r.status} ${r.text}`);
    assert.ok(['MissingParameter', 'AWS.SimpleQueueService.NonExistentQueue'].includes(r.error.code), r.text);
  });
}

// ---- values out of range change nothing

both('a refused call changes nothing', async (sqs) => {
  const QueueUrl = await sqs.queue();
  await sqs.send(QueueUrl, 'stays');
  const before = await sqs.attributes(QueueUrl);
  for (const [action, params] of [
    ['SendMessage', { MessageBody: 'x', DelaySeconds: 901 }],
    ['SendMessage', { MessageBody: '\u0000' }],
    ['ReceiveMessage', { MaxNumberOfMessages: 11 }],
    ['ReceiveMessage', { VisibilityTimeout: 43201 }],
    ['ReceiveMessage', { WaitTimeSeconds: 21 }],
    ['SetQueueAttributes', { Attributes: { VisibilityTimeout: '1', Nope: '1' } }],
    ['DeleteMessage', { ReceiptHandle: 'nope' }],
    ['AddPermission', { Label: 'x', AWSAccountIds: ['111111111111'], Actions: ['Nope'] }],
  ])
    assert.ok(!(await sqs.call(action, { QueueUrl, ...params })).ok, `${action} ${JSON.stringify(params)}`);
  assert.deepEqual(await sqs.attributes(QueueUrl), before);
});

story('numbers in a form that are none are refused', async () => {
  const QueueUrl = await json.queue();
  for (const MaxNumberOfMessages of ['x', '1x', '1.5', '99999999999999999999', '0x10', ' 1', '1 ', '+1', '１'])
    await server.sqs.query.refused('InvalidParameterValue', 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages });
});

// ---- unknown actions and unreadable requests

story('an unknown action in JSON', async () => {
  for (const action of ['Fly', '', 'sendMessage', 'SendMessage\u00e9', 'Fly'.repeat(500)]) {
    const r = await target(encodeURIComponent(action), '{}');
    assert.equal(r.status, 400, r.text);
    assert.equal(JSON.parse(r.text).__type, `${CORAL}UnknownOperationException`);
  }
});

story('a target of another service, or none', async () => {
  for (const headers of [{ 'x-amz-target': 'DynamoDB_20120810.ListTables' }, { 'x-amz-target': 'AmazonSQS' }, {}]) {
    const r = await post({ 'content-type': 'application/x-amz-json-1.0', ...headers }, '{}');
    assert.ok(r.status >= 400 && r.status < 500, `${r.status} ${r.text}`);
  }
});

story('an unknown action in a form', async () => {
  const url = await json.queue();
  for (const at of ['/', new URL(url).pathname]) {
    const r = await form('Action=FooBar&Version=2012-11-05', at);
    assert.equal(r.status, 400);
    assert.match(r.text, /<Code>InvalidAction<\/Code>/);
    assert.match(r.text, /<Message>The action FooBar is not valid for this endpoint\.<\/Message>/);
  }
});

story('a form without an action', async () => {
  const r = await form('Version=2012-11-05');
  assert.ok(r.status >= 400 && r.status < 500, `${r.status} ${r.text}`);
});

const UNREADABLE = ['', '{', '{"QueueName":}', '{"QueueName":"a"', '{"QueueName":"a"} x', '\ufeff{}',
  '{"QueueName":"\\x"}',
  '{"QueueName":"a\n"}', "{'QueueName':'a'}", '{"QueueName":"a",}', 'null', '[]', '"x"', '1', 'true',
    '[{"QueueName":"a"}]',
  `${'['.repeat(10_000)}`, `{"QueueName":${'{"a":'.repeat(200)}1${'}'.repeat(200)}}`,
  Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.concat([Buffer.from('{"QueueName":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
  Buffer.concat([Buffer.from('{"QueueName":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
  '{"QueueName":"\\ud800"}', '{"QueueName":"\\udc00\\ud800"}', '{"QueueName":"a\\u0000b"}'];
story('unreadable JSON is a client error and never a 500', async () => {
  for (const body of UNREADABLE) {
    const r = await target('CreateQueue', body);
    assert.ok(r.status >= 400 && r.status < 500, `${String(body).slice(0, 60)}: ${r.status} ${r.text}`);
    assert.ok(JSON.parse(r.text).__type, r.text);
  }
});

story('JSON that cannot be read says SerializationException', async () => {
  for (const body of ['{', '{"QueueName":}', '[]']) {
    const r = await target('CreateQueue', body);
    assert.equal(JSON.parse(r.text).__type, `${CORAL}SerializationException`, r.text);
  }
});

story('members of the wrong type are a client error and change nothing', async () => {
  const QueueUrl = await json.queue();
  await json.send(QueueUrl, 'stays');
  const odd = [null, [], {}, 1, 1.5, true, -1, 1e300, '', 'x', [null], { a: null }, [[]], 'x'.repeat(2000),
    9007199254740993];
  const members = {
    SendMessage: ['MessageBody', 'DelaySeconds', 'MessageAttributes', 'MessageSystemAttributes', 'MessageGroupId',
      'MessageDeduplicationId', 'QueueUrl'],
    ReceiveMessage: ['MaxNumberOfMessages', 'WaitTimeSeconds', 'VisibilityTimeout', 'AttributeNames',
      'MessageAttributeNames', 'MessageSystemAttributeNames', 'ReceiveRequestAttemptId', 'QueueUrl'],
    SendMessageBatch: ['Entries'], DeleteMessageBatch: ['Entries'], ChangeMessageVisibilityBatch: ['Entries'],
    DeleteMessage: ['ReceiptHandle'], ChangeMessageVisibility: ['ReceiptHandle', 'VisibilityTimeout'],
    SetQueueAttributes: ['Attributes'], GetQueueAttributes: ['AttributeNames'], TagQueue: ['Tags'],
      UntagQueue: ['TagKeys'],
    AddPermission: ['Label', 'AWSAccountIds', 'Actions'], RemovePermission: ['Label'],
    CreateQueue: ['QueueName', 'Attributes', 'tags'], ListQueues: ['QueueNamePrefix', 'MaxResults', 'NextToken'],
    StartMessageMoveTask: ['SourceArn', 'DestinationArn', 'MaxNumberOfMessagesPerSecond'],
    ListMessageMoveTasks: ['SourceArn', 'MaxResults'], CancelMessageMoveTask: ['TaskHandle'],
      GetQueueUrl: ['QueueName'],
    ListDeadLetterSourceQueues: ['QueueUrl', 'MaxResults', 'NextToken'],
  };
  for (const [action, names] of Object.entries(members)) {
    for (const name of names) {
      for (const value of odd) {
        const params = { ...(/Task|^CreateQueue$|^ListQueues$|GetQueueUrl/.test(action) ? {} : { QueueUrl }),
          ...(action === 'ReceiveMessage' ? { VisibilityTimeout: 0 } : {}), [name]: value };
        const r = await json.call(action, params);
        assert.ok(r.status < 500, `${action} ${name}=${JSON.stringify(value)?.slice(0, 50)}: ${r.status} ${r.text}`);
      }
    }
  }
  assert.equal((await server.request({ path: '/readyz' })).status, 200);
});

story('odd entries and attribute values are a client error or a failed entry', async () => {
  const QueueUrl = await json.queue();
  for (const entry of [null, 1, 'x', [], {}, { Id: null }, { Id: 1, MessageBody: 'x' }, { Id: 'a', MessageBody: null },
    { Id: 'a', MessageBody: 'x', MessageAttributes: { a: null } },
      { Id: 'a', MessageBody: 'x', MessageAttributes: { a: 'x' } },
    { Id: 'a', MessageBody: 'x', MessageAttributes: { a: { DataType: 1, StringValue: 'x' } } },
    { Id: 'a', MessageBody: 'x', MessageAttributes: { a: { DataType: 'Binary', BinaryValue: '%%%' } } },
    { Id: 'a', MessageBody: 'x', MessageAttributes: { a: { DataType: 'Binary', BinaryValue: 1 } } },
    { Id: 'a', MessageBody: 'x', MessageAttributes: { a: { DataType: 'String', StringListValues: ['x'] } } }]) {
    const r = await json.call('SendMessageBatch', { QueueUrl, Entries: [entry] });
    assert.ok(r.status < 500, `${JSON.stringify(entry)}: ${r.status} ${r.text}`);
    if (r.ok) assert.equal(r.data.Failed?.length, 1, `${JSON.stringify(entry)}: ${r.text}`);
  }
  assert.deepEqual(await json.counts(QueueUrl), [0, 0, 0]);
});

story('lone surrogates in a body are refused', async () => {
  const QueueUrl = await json.queue();
  for (const escape of ['\\ud800', '\\udfff', 'a\\ud83dz', '\\udc00\\ud800']) {
    const r = await target('SendMessage', `{"QueueUrl":"${QueueUrl}","MessageBody":"${escape}"}`);
    assert.equal(r.status, 400, `${escape}: ${r.status} ${r.text}`);
  }
  assert.deepEqual(await json.counts(QueueUrl), [0, 0, 0]);
});

story('malformed forms are a client error and never a 500', async () => {
  const url = await json.queue();
  const send = `Action=SendMessage&Version=2012-11-05&QueueUrl=${encodeURIComponent(url)}`;
  for (const body of [`${send}&MessageBody=%`, `${send}&MessageBody=%zz`, `${send}&MessageBody=%ff%fe`,
    `${send}&MessageBody=%c3%28`,
    `${send}&MessageBody=%ed%a0%80`, `${send}&MessageBody=%00`, `${send}&MessageBody=%4`]) {
    const r = await form(body);
    assert.equal(r.status, 400, `${body.slice(send.length)}: ${r.status} ${r.text}`);
    assert.match(r.text, /<ErrorResponse/);
  }
  for (const body of ['', '&', '&&&=&', '=', 'Action', 'Action=', 'Action=Action=Action',
    `${'a=1&'.repeat(5000)}Action=ListQueues`,
    `${send}&MessageAttribute.1.Name=a`, `${send}&MessageBody=x&MessageAttribute.x.Name=a`,
    `${send}&MessageBody=x&MessageAttribute.1.Value.StringValue=a`,
      `${send}Batch&SendMessageBatchRequestEntry.999999999999.Id=a`,
    `${send}Batch&SendMessageBatchRequestEntry.-1.Id=a`, `${send}Batch&SendMessageBatchRequestEntry.1.Id.Id.Id=a`]) {
    const r = await form(body);
    assert.ok(r.status < 500, `${body.slice(0, 80)}: ${r.status} ${r.text}`);
  }
  assert.ok((await json.counts(url))[0] <= 1);
});

story('malformed percent encoding in a path is a client error', async () => {
  for (const path of ['/%', '/%zz/x', '/%00', `/${ACCOUNT}/%ff`, '/..%2f..%2fetc%2fpasswd',
    '/%2e%2e/%2e%2e/etc/passwd']) {
    const r = await form('Action=ReceiveMessage&Version=2012-11-05', path);
    assert.ok(r.status >= 400 && r.status < 500, `${path}: ${r.status} ${r.text}`);
  }
});

// ---- sizes and HTTP itself

story('a body beyond the limit is refused with 413', async () => {
  const r = await target('SendMessage', Buffer.alloc(9 * 1024 * 1024, 0x20)).catch((e) =>
    ({ status: 413, cut: e.code }));
  assert.equal(r.status, 413);
});

/** Sends bytes as they are; resolves with what came back when the server closes or goes quiet. */
function raw(bytes, quietMs = 1_500) {
  return new Promise((resolve, reject) => {
    let got = '';
    const socket = net.connect(server.port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('latin1').on('data', (d) => { got += d; });
    socket.setTimeout(quietMs, () => socket.destroy());
    socket.on('error', (e) => { if (e.code !== 'ECONNRESET' && e.code !== 'EPIPE') reject(e); });
    socket.on('close', () => resolve(got));
  });
}

const HEAD = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.ListQueues\r\n';
story('oversized headers are refused', async () => {
  assert.match(await raw(`${HEAD}X-Long: ${'x'.repeat(70_000)}\r\nContent-Length: 2\r\n\r\n{}`),
    /^(HTTP\/1\.1 (431|400|414)|$)/);
  assert.match(await raw(`${HEAD}${Array.from({ length: 2000 }, (_, i) => `X-${i}: y\r\n`).join('')}Content-Length: 2\r\n\r\n{}`), /^(HTTP\/1\.1 (431|400)|$)/);
  assert.match(await raw(`POST /${'x'.repeat(70_000)} HTTP/1.1\r\nHost: x\r\n\r\n`), /^(HTTP\/1\.1 (414|431|400)|$)/);
});

const SMUGGLING = [
  ['two different lengths', `${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x`],
  ['length and chunks', `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
  ['an unknown transfer encoding', `${HEAD}Transfer-Encoding: xchunked\r\n\r\n{}`],
  ['chunked not last', `${HEAD}Transfer-Encoding: chunked, gzip\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
  ['a negative length', `${HEAD}Content-Length: -2\r\n\r\n{}`],
  ['a length with a sign', `${HEAD}Content-Length: +2\r\n\r\n{}`],
  ['a length that overflows', `${HEAD}Content-Length: 99999999999999999999999\r\n\r\n{}`],
  ['a space before the colon', `${HEAD}Content-Length : 2\r\n\r\n{}`],
  ['a folded header', `${HEAD}X-A: b\r\n c\r\nContent-Length : 2\r\n\r\n{}`],
  ['a bad chunk size', `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`],
  ['a bare NUL in a header', `${HEAD}X-A: a\u0000b\r\nContent-Length: 2\r\n\r\n{}`],
  ['not HTTP at all', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n'],
];
for (const [what, bytes] of SMUGGLING) {
  story(`a request with ${what} is refused and the connection closed`, async () => {
    const got = await raw(bytes);
    assert.match(got, /^(HTTP\/1\.1 4\d\d|$)/, got.slice(0, 200));
    assert.equal((got.match(/HTTP\/1\.1 /g) ?? []).length <= 1, true, 'one answer at most');
    assert.ok(!/HTTP\/1\.1 200/.test(got));
  });
}

story('after all that the server still serves', async () => {
  const url = await json.queue();
  await json.send(url, 'hello');
  assert.equal((await json.one(url)).Body, 'hello');
  assert.equal(server.ended, null);
});
