// messages.test.mjs - standard queues: send, receive, delete, visibility, delay, retention, purge.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { ACCOUNT, binary, inBoth, md5, md5OfAttributes, number, sleep, start, story, text } from './lib.mjs';

const server = await start();
after(() => server.close());
const both = (name, fn) => inBoth(server, name, fn);
const clock = (t) => server.clock.for(t);
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MIB = 1024 * 1024;

both('a message is sent, received once and deleted', async (sqs) => {
  const url = await sqs.queue();
  const sent = await sqs.send(url, 'hello');
  assert.match(sent.MessageId, UUID);
  assert.deepEqual(sent, { MessageId: sent.MessageId, MD5OfMessageBody: md5('hello') });
  const m = await sqs.one(url);
  assert.deepEqual(m, { MessageId: sent.MessageId, ReceiptHandle: m.ReceiptHandle, MD5OfBody: md5('hello'),
    Body: 'hello' });
  assert.deepEqual(await sqs.receive(url), []);
  await sqs.delete(url, m);
  assert.deepEqual(await sqs.counts(url), [0, 0, 0]);
});

both('an empty queue answers without Messages', async (sqs) => {
  const QueueUrl = await sqs.queue();
  assert.deepEqual(await sqs.ok('ReceiveMessage', { QueueUrl }), {});
});

both('any text that XML allows arrives as it was sent', async (sqs) => {
  const url = await sqs.queue();
  for (const body of ['a\rb\r\nc\nd\te', '<a href="x">&amp; \' "</a>', ' leading and trailing ', '漢字 🎉 \ufffd',
    '\u{10ffff}\ud7ff\ue000', '{"json": "\\u0000"}', '%41+%20&=', ']]>', '\u0085\u2028\u2029\u007f']) {
    const sent = await sqs.send(url, body);
    assert.equal(sent.MD5OfMessageBody, md5(body));
    const m = await sqs.one(url);
    assert.equal(m.Body, body);
    assert.equal(m.MD5OfBody, md5(body));
    await sqs.delete(url, m);
  }
});

both('other characters are refused', async (sqs) => {
  const url = await sqs.queue();
  for (const MessageBody of ['\u0000', 'a\u0001', '\u000b', '\u001f', '\ufffe', '\uffff'])
    await sqs.refused('InvalidMessageContents', 'SendMessage', { QueueUrl: url, MessageBody });
  assert.deepEqual(await sqs.counts(url), [0, 0, 0]);
});

both('an empty body is a missing body', async (sqs) => {
  const QueueUrl = await sqs.queue();
  for (const params of [{ QueueUrl }, { QueueUrl, MessageBody: '' }])
    await sqs.refused('MissingParameter', 'SendMessage', params,
      { message: 'The request must contain the parameter MessageBody.' });
});

// ---- sizes

both('a body may have 1048576 bytes and not one more', async (sqs) => {
  const url = await sqs.queue();
  await sqs.send(url, 'x'.repeat(MIB));
  await sqs.send(url, 'é'.repeat(MIB / 2));
  for (const MessageBody of ['x'.repeat(MIB + 1), `${'é'.repeat(MIB / 2)}x`])
    await sqs.refused('InvalidParameterValue', 'SendMessage', { QueueUrl: url, MessageBody },
      { message: `One or more parameters are invalid. Reason: Message must be shorter than ${MIB} bytes.` });
  const m = await sqs.receive(url, { MaxNumberOfMessages: 1 });
  assert.equal(Buffer.byteLength(m[0].Body), MIB);
});

both('names, types and values of attributes count into the size', async (sqs) => {
  const url = await sqs.queue({ MaximumMessageSize: '1024' });
  const MessageAttributes = { name: text('é') };   // 4 + 6 + 2 bytes
  await sqs.send(url, 'x'.repeat(1012), { MessageAttributes });
  await sqs.refused('InvalidParameterValue', 'SendMessage',
    { QueueUrl: url, MessageBody: 'x'.repeat(1013), MessageAttributes },
    { message: 'One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.' });
});

both('binary values count with their bytes, not with their base64', async (sqs) => {
  const url = await sqs.queue({ MaximumMessageSize: '1024' });
  await sqs.send(url, 'x', { MessageAttributes: { b: binary(Buffer.alloc(1024 - 1 - 1 - 6)) } });
  await sqs.refused('InvalidParameterValue', 'SendMessage', { QueueUrl: url, MessageBody: 'x',
    MessageAttributes: { b: binary(Buffer.alloc(1024 - 1 - 6)) } });
});

both('a batch may have 1048576 bytes in all', async (sqs) => {
  const url = await sqs.queue();
  const Entries = [{ Id: 'a', MessageBody: 'x'.repeat(MIB / 2) }, { Id: 'b', MessageBody: 'y'.repeat(MIB / 2) }];
  assert.equal((await sqs.ok('SendMessageBatch', { QueueUrl: url, Entries })).Successful.length, 2);
  Entries[1].MessageBody += 'y';
  await sqs.refused('AWS.SimpleQueueService.BatchRequestTooLong', 'SendMessageBatch', { QueueUrl: url, Entries },
    { message: `Batch requests cannot be longer than ${MIB} bytes. You have sent ${MIB + 1} bytes.` });
  assert.deepEqual(await sqs.counts(url), [2, 0, 0]);
});

both('an entry larger than the queue allows fails alone', async (sqs) => {
  const url = await sqs.queue({ MaximumMessageSize: '1024' });
  const r = await sqs.ok('SendMessageBatch', { QueueUrl: url,
    Entries: [{ Id: 'big', MessageBody: 'x'.repeat(1025) }, { Id: 'fits', MessageBody: 'x'.repeat(1024) }] });
  assert.deepEqual(r.Successful.map((e) => e.Id), ['fits']);
  assert.deepEqual(r.Failed, [{ Id: 'big', Code: 'InvalidParameterValue', SenderFault: true,
    Message: 'One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.' }]);
});

// ---- attributes

both('message attributes of every type come back with their MD5', async (sqs) => {
  const url = await sqs.queue();
  const MessageAttributes = { city: text('東京', '.utf8'), count: number('123456789012345678901234567890.12345678'),
    raw: binary([0, 1, 2, 255], '.png'), 'a-b_c.D9': text('x'), tiny: number('1e-128') };
  const sent = await sqs.send(url, 'body', { MessageAttributes });
  assert.equal(sent.MD5OfMessageAttributes, md5OfAttributes(MessageAttributes));
  const m = await sqs.one(url, { MessageAttributeNames: ['All'] });
  assert.deepEqual(m.MessageAttributes, MessageAttributes);
  assert.equal(m.MD5OfMessageAttributes, sent.MD5OfMessageAttributes);
});

both('a receive gives the attributes it asked for, and the MD5 covers just those', async (sqs) => {
  const url = await sqs.queue({ VisibilityTimeout: '0' });
  const all = { General: text('Kenobi'), Hello: text('There'), 'Help.Me': text('Me'), 'Help.You': number(1) };
  await sqs.send(url, 'm', { MessageAttributes: all });
  const pick = (...names) => Object.fromEntries(names.map((n) => [n, all[n]]));
  for (const [asked, expected] of [
    [undefined, null], [['All'], all], [['.*'], all], [['*'], null], [['Hello'], pick('Hello')],
    [['Help.*'], pick('Help.Me', 'Help.You')], [['General', 'Help.Me', 'Nope'], pick('General', 'Help.Me')],
    [['Nope'], null], [['hello'], null],
  ]) {
    if (asked?.[0] === '*') continue;   // recorded differently in different years
    const m = await sqs.one(url, asked ? { MessageAttributeNames: asked } : {});
    assert.deepEqual(m.MessageAttributes, expected ?? undefined, `asked for ${asked}`);
    assert.equal(m.MD5OfMessageAttributes, expected ? md5OfAttributes(expected) : undefined);
  }
});

const WRONG_ATTRIBUTES = [
  ['an empty string', { a: text('') }],
  ['an empty binary', { a: { DataType: 'Binary', BinaryValue: '' } }],
  ['no data type', { a: { StringValue: 'x' } }],
  ['an unknown data type', { a: { DataType: 'Integer', StringValue: '1' } }],
  ['a lower-case data type', { a: { DataType: 'string', StringValue: '1' } }],
  ['no value', { a: { DataType: 'String' } }],
  ['a binary type with a string', { a: { DataType: 'Binary', StringValue: 'x' } }],
  ['a number that is none', { a: number('12x') }],
  ['a number too large', { a: number('1e127') }],
  ['a number of 39 digits', { a: number('1'.repeat(39)) }],
  ['a control character', { a: text('a\u0008') }],
  ['a name that begins with AWS.', { 'aWs.x': text('x') }],
  ['a name that begins with Amazon.', { 'AMAZON.x': text('x') }],
  ['a name that begins with a dot', { '.x': text('x') }],
  ['a name that ends with a dot', { 'x.': text('x') }],
  ['a name with two dots in a row', { 'x..y': text('x') }],
  ['a name with a space', { 'x y': text('x') }],
  ['a name of 257 characters', { ['x'.repeat(257)]: text('x') }],
  ['eleven of them', Object.fromEntries([...'abcdefghijk'].map((n) => [n, text('x')]))],
];
for (const [what, MessageAttributes] of WRONG_ATTRIBUTES) {
  both(`attributes with ${what} are refused`, async (sqs) => {
    const QueueUrl = await sqs.queue();
    await sqs.refused('InvalidParameterValue', 'SendMessage', { QueueUrl, MessageBody: 'x', MessageAttributes });
    const batch = await sqs.ok('SendMessageBatch',
      { QueueUrl, Entries: [{ Id: 'a', MessageBody: 'x', MessageAttributes }, { Id: 'b', MessageBody: 'x' }] });
    assert.deepEqual(batch.Failed.map((f) => [f.Id, f.Code, f.SenderFault]), [['a', 'InvalidParameterValue', true]]);
    assert.deepEqual(await sqs.counts(QueueUrl), [1, 0, 0]);
  });
}

both('the text of an empty attribute value names the attribute', async (sqs) => {
  const QueueUrl = await sqs.queue();
  await sqs.refused('InvalidParameterValue', 'SendMessage',
    { QueueUrl, MessageBody: 'x', MessageAttributes: { ErrorDetails: text('') } },
    { message: "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'." });
});

both('ten attributes are allowed', async (sqs) => {
  const url = await sqs.queue();
  const MessageAttributes = Object.fromEntries([...'abcdefghij'].map((n) => [n, text(n)]));
  await sqs.send(url, 'x', { MessageAttributes });
  assert.deepEqual((await sqs.one(url, { MessageAttributeNames: ['All'] })).MessageAttributes, MessageAttributes);
});

both('system attributes tell who, when and how often', async (sqs, t) => {
  const url = await sqs.queue({ VisibilityTimeout: '10' });
  await clock(t).set(1_900_000_000_123);
  await sqs.send(url, 'x');
  await server.clock.advance(1_000);
  const first = (await sqs.one(url, { MessageSystemAttributeNames: ['All'] })).Attributes;
  assert.deepEqual(first, { SenderId: first.SenderId, SentTimestamp: '1900000000123',
    ApproximateReceiveCount: '1', ApproximateFirstReceiveTimestamp: '1900000001123' });
  assert.ok(first.SenderId.length > 0);
  await server.clock.advance(10_001);
  const second = (await sqs.one(url, { AttributeNames: ['All'] })).Attributes;
  assert.deepEqual(second, { ...first, ApproximateReceiveCount: '2' });
});

both('system attributes are given as asked, by the old and the new name', async (sqs) => {
  const url = await sqs.queue({ VisibilityTimeout: '0' });
  await sqs.send(url, 'x');
  for (const list of ['AttributeNames', 'MessageSystemAttributeNames']) {
    const m = await sqs.one(url, { [list]: ['ApproximateReceiveCount', 'SentTimestamp'] });
    assert.deepEqual(Object.keys(m.Attributes).sort(), ['ApproximateReceiveCount', 'SentTimestamp']);
  }
  const m = await sqs.one(url, { AttributeNames: ['SenderId'], MessageSystemAttributeNames: ['SentTimestamp'] });
  assert.deepEqual(Object.keys(m.Attributes).sort(), ['SenderId', 'SentTimestamp']);
  assert.equal((await sqs.one(url)).Attributes, undefined);
});

both('AWSTraceHeader travels, is free of the size limit and has its own MD5', async (sqs) => {
  const url = await sqs.queue({ MaximumMessageSize: '1024' });
  const MessageSystemAttributes = { AWSTraceHeader: text('Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1') };
  const sent = await sqs.send(url, 'x'.repeat(1024), { MessageSystemAttributes });
  assert.equal(sent.MD5OfMessageSystemAttributes, md5OfAttributes(MessageSystemAttributes));
  const m = await sqs.one(url, { MessageSystemAttributeNames: ['AWSTraceHeader'] });
  assert.deepEqual(m.Attributes, { AWSTraceHeader: MessageSystemAttributes.AWSTraceHeader.StringValue });
  await sqs.refused('InvalidParameterValue', 'SendMessage',
    { QueueUrl: url, MessageBody: 'x', MessageSystemAttributes: { Other: text('x') } });
});

// ---- batches

both('a batch of ten is sent, received, extended and deleted', async (sqs) => {
  const url = await sqs.queue();
  const Entries = Array.from({ length: 10 }, (_, i) => ({ Id: `id-${i}_`, MessageBody: `m${i}`,
    MessageAttributes: { n: number(i) } }));
  const sent = await sqs.ok('SendMessageBatch', { QueueUrl: url, Entries });
  assert.equal(sent.Failed, undefined);
  assert.deepEqual(sent.Successful.map((e) => [e.Id, e.MD5OfMessageBody, e.MD5OfMessageAttributes]),
    Entries.map((e) => [e.Id, md5(e.MessageBody), md5OfAttributes(e.MessageAttributes)]));
  const got = await sqs.receive(url);
  assert.deepEqual(got.map((m) => m.Body).sort(), Entries.map((e) => e.MessageBody));
  const handles = got.map((m, i) => ({ Id: `h${i}`, ReceiptHandle: m.ReceiptHandle }));
  const extended = await sqs.ok('ChangeMessageVisibilityBatch',
    { QueueUrl: url, Entries: handles.map((h) => ({ ...h, VisibilityTimeout: 600 })) });
  assert.deepEqual(extended, { Successful: handles.map(({ Id }) => ({ Id })) });
  assert.deepEqual(await sqs.ok('DeleteMessageBatch', { QueueUrl: url, Entries: handles }),
    { Successful: handles.map(({ Id }) => ({ Id })) });
  assert.deepEqual(await sqs.counts(url), [0, 0, 0]);
});

both('wrong entries fail alone, each with its reason', async (sqs) => {
  const url = await sqs.queue();
  const r = await sqs.ok('SendMessageBatch', { QueueUrl: url, Entries: [
    { Id: 'ok', MessageBody: 'x' },
    { Id: 'chars', MessageBody: '\u0002' },
    { Id: 'delay', MessageBody: 'x', DelaySeconds: 901 },
  ] });
  assert.deepEqual(r.Successful.map((e) => e.Id), ['ok']);
  assert.deepEqual(r.Failed.map((e) => [e.Id, e.Code, e.SenderFault]).sort(),
    [['chars', 'InvalidMessageContents', true], ['delay', 'InvalidParameterValue', true]]);
  const [m] = await sqs.receive(url);
  const d = await sqs.ok('DeleteMessageBatch', { QueueUrl: url,
    Entries: [{ Id: 'bad', ReceiptHandle: 'garbage' }, { Id: 'good', ReceiptHandle: m.ReceiptHandle }] });
  assert.deepEqual(d.Successful, [{ Id: 'good' }]);
  assert.deepEqual(d.Failed.map((e) => [e.Id, e.Code, e.SenderFault]), [['bad', 'ReceiptHandleIsInvalid', true]]);
});

for (const [action, entry] of [['SendMessageBatch', { MessageBody: 'x' }],
  ['DeleteMessageBatch', { ReceiptHandle: 'x' }],
  ['ChangeMessageVisibilityBatch', { ReceiptHandle: 'x', VisibilityTimeout: 1 }]]) {
  both(`${action} refuses no entries, eleven, equal ids and bad ids`, async (sqs) => {
    const QueueUrl = await sqs.queue();
    const P = 'AWS.SimpleQueueService.';
    const of = (...ids) => ({ QueueUrl, Entries: ids.map((Id) => ({ Id, ...entry })) });
    await sqs.refused(`${P}EmptyBatchRequest`, action, of());
    await sqs.refused(`${P}TooManyEntriesInBatchRequest`, action, of(...'abcdefghijk'),
      { message: 'Maximum number of entries per request are 10. You have sent 11.' });
    await sqs.refused(`${P}BatchEntryIdsNotDistinct`, action, of('a', 'a'));
    for (const id of ['x:y', 'x'.repeat(81), 'a b', 'é', ''])
      await sqs.refused(`${P}InvalidBatchEntryId`, action, of('ok', id), { message:
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.' });
    assert.deepEqual(await sqs.counts(QueueUrl), [0, 0, 0]);
  });
}

// ---- receive

both('a receive gives at most what was asked for', async (sqs) => {
  const url = await sqs.queue();
  for (let i = 0; i < 12; i++) await sqs.send(url, `m${i}`);
  assert.equal((await sqs.ok('ReceiveMessage', { QueueUrl: url })).Messages.length, 1);
  assert.equal((await sqs.receive(url, { MaxNumberOfMessages: 4 })).length, 4);
  assert.equal((await sqs.receive(url, { MaxNumberOfMessages: 10 })).length, 7);
});

both('numbers of a receive have ranges', async (sqs) => {
  const QueueUrl = await sqs.queue();
  for (const n of [0, 11, -1])
    await sqs.refused('InvalidParameterValue', 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages: n },
      { message: `Value ${n} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.` });
  for (const n of [21, -1])
    await sqs.refused('InvalidParameterValue', 'ReceiveMessage', { QueueUrl, WaitTimeSeconds: n },
      { message: `Value ${n} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.` });
  for (const n of [43201, -1])
    await sqs.refused('InvalidParameterValue', 'ReceiveMessage', { QueueUrl, VisibilityTimeout: n },
      { message: /VisibilityTimeout/ });
});

both('the oldest message comes first', async (sqs) => {
  const url = await sqs.queue();
  for (let i = 0; i < 25; i++) await sqs.send(url, `${i}`);
  const got = [];
  for (let n = 0; n < 3; n++) got.push(...(await sqs.receive(url)).map((m) => Number(m.Body)));
  assert.deepEqual(got, Array.from({ length: 25 }, (_, i) => i));
});

// ---- visibility

both('a message that was not deleted comes back when its visibility timeout ends', async (sqs, t) => {
  const url = await sqs.queue({ VisibilityTimeout: '30' });
  await sqs.send(url, 'again');
  await clock(t).advance(0);
  const first = await sqs.one(url);
  await server.clock.advance(29_999);
  assert.deepEqual(await sqs.receive(url), []);
  assert.deepEqual(await sqs.counts(url), [0, 1, 0]);
  await server.clock.advance(1);
  assert.deepEqual(await sqs.counts(url), [1, 0, 0]);
  const second = await sqs.one(url);
  assert.equal(second.MessageId, first.MessageId);
  assert.notEqual(second.ReceiptHandle, first.ReceiptHandle);
});

both('a receive may choose its own visibility timeout, also none', async (sqs, t) => {
  const url = await sqs.queue();
  await sqs.send(url, 'x');
  await sqs.one(url, { VisibilityTimeout: 0 });
  await clock(t).advance(0);
  await sqs.one(url, { VisibilityTimeout: 43200 });
  await server.clock.advance(43_199_000);
  assert.deepEqual(await sqs.receive(url), []);
  await server.clock.advance(1_001);
  assert.equal((await sqs.receive(url)).length, 1);
});

both('ChangeMessageVisibility shortens, ends and prolongs', async (sqs, t) => {
  const url = await sqs.queue();
  await sqs.send(url, 'x');
  await clock(t).advance(0);
  const change = (m, VisibilityTimeout) =>
    sqs.ok('ChangeMessageVisibility', { QueueUrl: url, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout });
  let m = await sqs.one(url);
  await change(m, 0);
  m = await sqs.one(url);
  await change(m, 100);
  await server.clock.advance(99_000);
  assert.deepEqual(await sqs.receive(url), []);
  await server.clock.advance(1_001);
  m = await sqs.one(url);
  await server.clock.advance(30_001);   // the queue's own timeout holds for the next receive
  await sqs.one(url);
});

both('a receive lasts 12 hours in all, however often it is prolonged', async (sqs, t) => {
  const url = await sqs.queue();
  await sqs.send(url, 'x');
  await clock(t).advance(0);
  const { ReceiptHandle } = await sqs.one(url, { VisibilityTimeout: 3600 });
  await server.clock.advance(3_000_000);
  const change = (VisibilityTimeout) => ({ QueueUrl: url, ReceiptHandle, VisibilityTimeout });
  await sqs.ok('ChangeMessageVisibility', change(40_000));
  await sqs.refused('InvalidParameterValue', 'ChangeMessageVisibility', change(43_200),
    { message: /VisibilityTimeout/ });
  for (const wrong of [-1, 43_201])
    await sqs.refused('InvalidParameterValue', 'ChangeMessageVisibility', change(wrong),
      { message: /VisibilityTimeout/ });
});

both('an expired handle deletes as long as nobody has received since', async (sqs, t) => {
  const url = await sqs.queue({ VisibilityTimeout: '1' });
  await sqs.send(url, 'x');
  await clock(t).advance(0);
  const m = await sqs.one(url);
  await server.clock.advance(1_500);
  await sqs.delete(url, m);
  assert.deepEqual(await sqs.receive(url), []);
  assert.deepEqual(await sqs.counts(url), [0, 0, 0]);
});

both('changing the visibility with an expired handle is accepted', async (sqs, t) => {
  const QueueUrl = await sqs.queue({ VisibilityTimeout: '1' });
  await sqs.send(QueueUrl, 'x');
  await clock(t).advance(0);
  const { ReceiptHandle } = await sqs.one(QueueUrl);
  await server.clock.advance(1_500);
  await sqs.ok('ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout: 30 });
});

both('deleting twice is no error, changing visibility after a delete is one', async (sqs) => {
  const QueueUrl = await sqs.queue();
  await sqs.send(QueueUrl, 'x');
  const m = await sqs.one(QueueUrl);
  await sqs.delete(QueueUrl, m);
  await sqs.delete(QueueUrl, m);
  await sqs.refused('InvalidParameterValue', 'ChangeMessageVisibility',
    { QueueUrl, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: 1 },
    { message: /Message does not exist or is not available for visibility timeout change\.$/ });
});

both('handles that are garbage or of another queue are refused', async (sqs) => {
  const one = await sqs.queue();
  const two = await sqs.queue();
  await sqs.send(two, 'x');
  const { ReceiptHandle } = await sqs.one(two);
  const flip = ReceiptHandle.slice(0, -6) + [...ReceiptHandle.slice(-6)].reverse().join('');
  for (const h of ['garbage', 'x'.repeat(1024), ReceiptHandle, 'AAAA', '{}',
    ...(flip === ReceiptHandle ? [] : [flip])]) {
    await sqs.refused('ReceiptHandleIsInvalid', 'DeleteMessage', { QueueUrl: one, ReceiptHandle: h });
    await sqs.refused('ReceiptHandleIsInvalid', 'ChangeMessageVisibility',
      { QueueUrl: one, ReceiptHandle: h, VisibilityTimeout: 0 });
  }
  await sqs.refused('MissingParameter', 'DeleteMessage', { QueueUrl: one },
    { message: 'The request must contain the parameter ReceiptHandle.' });
  assert.deepEqual(await sqs.counts(two), [0, 1, 0]);
});

// ---- delay and retention

both('a delayed message appears when its delay has passed', async (sqs, t) => {
  const url = await sqs.queue();
  await clock(t).advance(0);
  await sqs.send(url, 'later', { DelaySeconds: 900 });
  assert.deepEqual(await sqs.receive(url), []);
  await server.clock.advance(899_999);
  assert.deepEqual(await sqs.counts(url), [0, 0, 1]);
  await server.clock.advance(1);
  assert.equal((await sqs.one(url)).Body, 'later');
});

both('a queue delays all its messages, except where a message says otherwise', async (sqs, t) => {
  const url = await sqs.queue({ DelaySeconds: '60' });
  await clock(t).advance(0);
  await sqs.send(url, 'queue');
  await sqs.send(url, 'now', { DelaySeconds: 0 });
  await sqs.send(url, 'own', { DelaySeconds: 120 });
  const [now, ...others] = await sqs.receive(url);
  assert.deepEqual([now.Body, others.length], ['now', 0]);
  await sqs.ok('DeleteMessage', { QueueUrl: url, ReceiptHandle: now.ReceiptHandle });
  await server.clock.advance(60_000);
  assert.deepEqual((await sqs.receive(url)).map((m) => m.Body), ['queue']);
});

both('DelaySeconds is 0 to 900', async (sqs) => {
  const QueueUrl = await sqs.queue();
  for (const DelaySeconds of [-1, 901])
    await sqs.refused('InvalidParameterValue', 'SendMessage', { QueueUrl, MessageBody: 'x', DelaySeconds },
      { message: /DelaySeconds/ });
});

both('a message is gone when its retention period has passed, also in flight', async (sqs, t) => {
  const url = await sqs.queue({ MessageRetentionPeriod: '60' });
  await clock(t).advance(0);
  await sqs.send(url, 'waiting');
  await sqs.send(url, 'in flight');
  await server.clock.advance(59_000);
  await sqs.one(url);
  assert.deepEqual(await sqs.counts(url), [1, 1, 0]);
  await server.clock.advance(1_001);
  assert.deepEqual(await sqs.receive(url), []);
  assert.deepEqual(await sqs.counts(url), [0, 0, 0]);
});

both('lowering the retention period expires what is too old', async (sqs, t) => {
  const url = await sqs.queue();
  await clock(t).advance(0);
  await sqs.send(url, 'old');
  await server.clock.advance(120_000);
  await sqs.send(url, 'new');
  await sqs.ok('SetQueueAttributes', { QueueUrl: url, Attributes: { MessageRetentionPeriod: '60' } });
  await server.clock.advance(1);
  assert.deepEqual((await sqs.receive(url)).map((m) => m.Body), ['new']);
});

// ---- long polls

both('a long poll is answered as soon as a message is sent', async (sqs) => {
  const url = await sqs.queue();
  const began = Date.now();
  const poll = sqs.receive(url, { WaitTimeSeconds: 20 });
  await sleep(100);
  await sqs.send(url, 'wake up');
  assert.deepEqual((await poll).map((m) => m.Body), ['wake up']);
  assert.ok(Date.now() - began < 5_000);
});

both('a long poll on an empty queue ends after its time', async (sqs) => {
  const url = await sqs.queue();
  const began = Date.now();
  assert.deepEqual(await sqs.receive(url, { WaitTimeSeconds: 1 }), []);
  const took = Date.now() - began;
  assert.ok(took >= 950 && took < 4_000, `${took} ms`);
});

both('a long poll does not wait for more when one message is there', async (sqs) => {
  const url = await sqs.queue();
  await sqs.send(url, 'one');
  const began = Date.now();
  assert.equal((await sqs.receive(url, { WaitTimeSeconds: 20 })).length, 1);
  assert.ok(Date.now() - began < 5_000);
});

both('six waiting receivers get six messages, one each', async (sqs) => {
  const url = await sqs.queue();
  const polls = Array.from({ length: 6 }, () => sqs.receive(url, { WaitTimeSeconds: 20, MaxNumberOfMessages: 1 }));
  await sleep(150);
  await Promise.all(Array.from({ length: 6 }, (_, i) => sqs.send(url, `${i}`)));
  const got = (await Promise.all(polls)).map((ms) => ms.map((m) => m.Body));
  assert.deepEqual(got.flat().sort(), ['0', '1', '2', '3', '4', '5']);
  assert.ok(got.every((g) => g.length === 1));
});

both('the queue decides the waiting time when a receive does not', async (sqs) => {
  const url = await sqs.queue({ ReceiveMessageWaitTimeSeconds: '20' });
  const poll = sqs.receive(url);
  await sleep(100);
  await sqs.send(url, 'x');
  assert.equal((await poll).length, 1);
  const began = Date.now();
  assert.deepEqual(await sqs.receive(url, { WaitTimeSeconds: 0 }), []);
  assert.ok(Date.now() - began < 5_000);
});

both('a long poll is woken by the end of a visibility timeout and of a delay', async (sqs) => {
  const url = await sqs.queue();
  await sqs.send(url, 'delayed', { DelaySeconds: 1 });
  const m = await sqs.receive(url, { WaitTimeSeconds: 10, VisibilityTimeout: 1 });
  assert.deepEqual(m.map((x) => x.Body), ['delayed']);
  const again = await sqs.receive(url, { WaitTimeSeconds: 10 });
  assert.deepEqual(again.map((x) => x.MessageId), m.map((x) => x.MessageId));
});

both('a long poll ends with an error when its queue is deleted', async (sqs) => {
  const QueueUrl = await sqs.queue();
  const poll = sqs.call('ReceiveMessage', { QueueUrl, WaitTimeSeconds: 20 });
  await sleep(100);
  const began = Date.now();
  await sqs.ok('DeleteQueue', { QueueUrl });
  const r = await poll;
  assert.ok(Date.now() - began < 5_000);
  assert.ok(r.status < 500);
  if (!r.ok) assert.equal(r.error.code, 'AWS.SimpleQueueService.NonExistentQueue');
});

story('a message for a receiver that hung up stays in the queue', async () => {
  const sqs = server.sqs.json;
  const url = await sqs.queue();
  const { default: net } = await import('node:net');
  const body = JSON.stringify({ QueueUrl: url, WaitTimeSeconds: 20 });
  const socket = net.connect(server.port, '127.0.0.1');
  await new Promise((done) => socket.on('connect', done));
  socket.write(`POST / HTTP/1.1\r\nHost: ${server.host}\r\nContent-Type: application/x-amz-json-1.0\r\n`
    + `X-Amz-Target: AmazonSQS.ReceiveMessage\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  await sleep(150);
  socket.destroy();
  await sleep(150);
  await sqs.send(url, 'still here');
  assert.deepEqual(await sqs.counts(url), [1, 0, 0]);
});

// ---- purge

both('a purge takes waiting, delayed and in-flight messages, once in 60 seconds', async (sqs, t) => {
  const url = await sqs.queue();
  await sqs.send(url, 'waiting');
  await sqs.send(url, 'in flight');
  await sqs.send(url, 'delayed', { DelaySeconds: 100 });
  const m = await sqs.one(url);
  await clock(t).advance(0);
  await sqs.ok('PurgeQueue', { QueueUrl: url });
  assert.deepEqual(await sqs.counts(url), [0, 0, 0]);
  await sqs.delete(url, m);
  await sqs.refused('AWS.SimpleQueueService.PurgeQueueInProgress', 'PurgeQueue', { QueueUrl: url }, { status: 403,
    message: `Only one PurgeQueue operation on ${url.split('/').pop()} is allowed every 60 seconds.` });
  await sqs.send(url, 'after');
  await server.clock.advance(60_001);
  await sqs.ok('PurgeQueue', { QueueUrl: url });
  assert.deepEqual(await sqs.counts(url), [0, 0, 0]);
});

// ---- limits


story('a path of a queue is enough of an address for the JSON protocol too', async () => {
  const url = await server.sqs.json.queue();
  const r = await server.sqs.json.call('SendMessage', { QueueUrl: url, MessageBody: 'x' },
    { path: `/${ACCOUNT}/${url.split('/').pop()}` });
  assert.equal(r.status, 200);
});
