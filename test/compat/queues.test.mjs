// queues.test.mjs - queues themselves: creating, naming, attributes, listing, tags, permissions.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { ACCOUNT, REGION, arnOf, fresh, freshFifo, inBoth, start, story } from './lib.mjs';

const server = await start();
after(() => server.close());
const both = (name, fn) => inBoth(server, name, fn);

// ---- create

both('a queue is created and has a URL with the account and its name', async (sqs) => {
  const QueueName = fresh('orders');
  const { QueueUrl } = await sqs.ok('CreateQueue', { QueueName });
  assert.equal(QueueUrl, `http://${server.host}/${ACCOUNT}/${QueueName}`);
  assert.equal((await sqs.ok('GetQueueUrl', { QueueName })).QueueUrl, QueueUrl);
});

both('creating the same queue again with equal attributes gives the same queue', async (sqs) => {
  const params = { QueueName: fresh(), Attributes: { VisibilityTimeout: '11' } };
  const { QueueUrl } = await sqs.ok('CreateQueue', params);
  assert.equal((await sqs.ok('CreateQueue', params)).QueueUrl, QueueUrl);
  assert.equal((await sqs.ok('CreateQueue', { QueueName: params.QueueName })).QueueUrl, QueueUrl);
});

both('creating it again with another attribute value is refused and changes nothing', async (sqs) => {
  const QueueName = fresh();
  const { QueueUrl } = await sqs.ok('CreateQueue', { QueueName, Attributes: { DelaySeconds: '1' } });
  await sqs.refused('QueueAlreadyExists', 'CreateQueue', { QueueName, Attributes: { DelaySeconds: '2' } },
    { message: 'A queue already exists with the same name and a different value for attribute DelaySeconds' });
  assert.equal((await sqs.attributes(QueueUrl)).DelaySeconds, '1');
});

both('a FIFO queue that exists differs by ContentBasedDeduplication', async (sqs) => {
  const QueueName = freshFifo();
  await sqs.ok('CreateQueue', { QueueName, Attributes: { FifoQueue: 'true' } });
  await sqs.refused('QueueAlreadyExists', 'CreateQueue',
    { QueueName, Attributes: { FifoQueue: 'true', ContentBasedDeduplication: 'true' } },
    { message: /different value for attribute ContentBasedDeduplication$/ });
});

both('names have 1 to 80 letters, digits, hyphens and underscores', async (sqs) => {
  const stem = fresh('n').replace(/\W/g, '_');
  for (const QueueName of [`${stem}${'x'.repeat(80 - stem.length)}`, `${stem}-A_z-09`, `${stem}X`])
    await sqs.ok('CreateQueue', { QueueName });
  for (const QueueName of ['x'.repeat(81), 'a b', 'a/b', 'a.b', 'キュー', 'a:b', `${'x'.repeat(76)}.fifo`])
    await sqs.refused('InvalidParameterValue', 'CreateQueue', { QueueName }, { message: /1 to 80 in length/ });
});

both('names are case-sensitive', async (sqs) => {
  const QueueName = fresh('Case');
  const a = await sqs.ok('CreateQueue', { QueueName });
  const b = await sqs.ok('CreateQueue', { QueueName: QueueName.toLowerCase() });
  assert.notEqual(a.QueueUrl, b.QueueUrl);
});

both('.fifo and FifoQueue belong together', async (sqs) => {
  await sqs.refused('InvalidParameterValue', 'CreateQueue', { QueueName: freshFifo() });
  await sqs.refused('InvalidParameterValue', 'CreateQueue',
    { QueueName: fresh(), Attributes: { FifoQueue: 'true' } });
  const full = `${'f'.repeat(75)}.fifo`;
  await sqs.ok('CreateQueue', { QueueName: full, Attributes: { FifoQueue: 'true' } });
});

both('a deleted queue is gone, and its name can be used again at once', async (sqs) => {
  const QueueName = fresh();
  const { QueueUrl } = await sqs.ok('CreateQueue', { QueueName });
  await sqs.send(QueueUrl, 'lost with the queue');
  await sqs.ok('DeleteQueue', { QueueUrl });
  await sqs.refused('AWS.SimpleQueueService.NonExistentQueue', 'GetQueueUrl', { QueueName });
  await sqs.refused('AWS.SimpleQueueService.NonExistentQueue', 'SendMessage', { QueueUrl, MessageBody: 'x' });
  await sqs.ok('CreateQueue', { QueueName });
  assert.deepEqual(await sqs.receive(QueueUrl), []);
});

both('a queue that does not exist is refused in the words of its protocol', async (sqs) => {
  const message = sqs.protocol === 'json' ? 'The specified queue does not exist.'
    : /^The specified queue does not exist for this wsdl version/;
  for (const [action, params] of [['GetQueueUrl', { QueueName: 'nowhere' }],
    ['DeleteQueue', { QueueUrl: `${server.url}/${ACCOUNT}/nowhere` }],
    ['GetQueueAttributes', { QueueUrl: `${server.url}/${ACCOUNT}/nowhere`, AttributeNames: ['All'] }],
    ['ReceiveMessage', { QueueUrl: `${server.url}/${ACCOUNT}/nowhere` }]])
    await sqs.refused('AWS.SimpleQueueService.NonExistentQueue', action, params, { message });
});

// ---- URLs

both('queue URLs are built from the Host header of the request', async (sqs) => {
  const QueueName = fresh();
  await sqs.ok('CreateQueue', { QueueName });
  for (const host of ['queue.internal:9324', 'localhost', 'EXAMPLE.test:80']) {
    const { QueueUrl } = await sqs.ok('GetQueueUrl', { QueueName }, { headers: { host } });
    assert.match(QueueUrl, new RegExp(`^http://${host.replace(/\./g, '\\.')}/${ACCOUNT}/${QueueName}$`, 'i'));
  }
});

both('the host and scheme of a queue URL do not matter, and a bare name will do', async (sqs) => {
  const url = await sqs.queue();
  const name = url.split('/').pop();
  for (const QueueUrl of [`https://sqs.eu-west-1.amazonaws.com/${ACCOUNT}/${name}`,
    `http://other:1/${ACCOUNT}/${name}`, name])
    await sqs.send(QueueUrl, 'hello');
  assert.deepEqual(await sqs.counts(url), [3, 0, 0]);
});

both('QueueUrl in the parameters wins over the path', async (sqs) => {
  const one = await sqs.queue();
  const two = await sqs.queue();
  await sqs.ok('SendMessage', { QueueUrl: two, MessageBody: 'for two' }, { path: new URL(one).pathname });
  assert.deepEqual(await sqs.counts(one), [0, 0, 0]);
  assert.deepEqual(await sqs.counts(two), [1, 0, 0]);
});

// ---- attributes

const DEFAULTS = {
  ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesDelayed: '0',
  ApproximateNumberOfMessagesNotVisible: '0', DelaySeconds: '0', MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600', ReceiveMessageWaitTimeSeconds: '0', SqsManagedSseEnabled: 'true',
  VisibilityTimeout: '30',
};

both('a new standard queue has the default attributes and no others', async (sqs) => {
  const url = await sqs.queue();
  const { QueueArn, CreatedTimestamp, LastModifiedTimestamp, ...rest } = await sqs.attributes(url);
  assert.deepEqual(rest, DEFAULTS);
  assert.equal(QueueArn, `arn:aws:sqs:${REGION}:${ACCOUNT}:${url.split('/').pop()}`);
  for (const seconds of [CreatedTimestamp, LastModifiedTimestamp]) {
    assert.match(seconds, /^\d{10}$/);
    assert.ok(Math.abs(seconds * 1000 - Date.now()) < 60_000);
  }
});

both('a new FIFO queue has four attributes more', async (sqs) => {
  const { QueueArn, CreatedTimestamp, LastModifiedTimestamp, ...rest } = await sqs.attributes(await sqs.fifo());
  assert.deepEqual(rest, { ...DEFAULTS, FifoQueue: 'true', ContentBasedDeduplication: 'false',
    DeduplicationScope: 'queue', FifoThroughputLimit: 'perQueue' });
  assert.ok(QueueArn && CreatedTimestamp && LastModifiedTimestamp);
});

both('only the attributes that were asked for come back', async (sqs) => {
  const url = await sqs.queue();
  assert.deepEqual(await sqs.attributes(url, ['VisibilityTimeout', 'DelaySeconds']),
    { VisibilityTimeout: '30', DelaySeconds: '0' });
  assert.equal((await sqs.ok('GetQueueAttributes', { QueueUrl: url })).Attributes, undefined);
  assert.equal((await sqs.ok('GetQueueAttributes', { QueueUrl: url, AttributeNames: ['Policy'] })).Attributes,
    undefined);
  await sqs.refused('InvalidAttributeName', 'GetQueueAttributes', { QueueUrl: url, AttributeNames: ['Foobar'] },
    { message: 'Unknown Attribute Foobar.' });
});

//                attribute                     just inside             just outside
const RANGES = [
  ['VisibilityTimeout',             ['0', '43200'],         ['-1', '43201', '', 'x', '1.5', '99999999999999999999']],
  ['DelaySeconds',                  ['0', '900'],           ['-1', '901', 'x']],
  ['MaximumMessageSize',            ['1024', '1048576'],    ['1023', '1048577', '0']],
  ['MessageRetentionPeriod',        ['60', '1209600'],      ['59', '1209601']],
  ['ReceiveMessageWaitTimeSeconds', ['0', '20'],            ['-1', '21', '20.0']],
  ['KmsDataKeyReusePeriodSeconds',  ['60', '86400'],        ['59', '86401']],
  ['SqsManagedSseEnabled',          ['true', 'false'],      ['yes', '1']],
];

for (const [attribute, inside, outside] of RANGES) {
  both(`${attribute} may be ${inside.join(' to ')} and nothing else`, async (sqs) => {
    const url = await sqs.queue();
    const set = (value) => ({ QueueUrl: url, Attributes: { [attribute]: value } });
    for (const value of inside) {
      await sqs.ok('SetQueueAttributes', set(value));
      if (attribute !== 'KmsDataKeyReusePeriodSeconds')
        assert.equal((await sqs.attributes(url, [attribute]))[attribute], value);
    }
    for (const value of outside) {
      await sqs.refused('InvalidAttributeValue', 'SetQueueAttributes', set(value),
        { message: new RegExp(`^Invalid value for the parameter ${attribute}\\.`) });
      await sqs.refused('InvalidAttributeValue', 'CreateQueue',
        { QueueName: fresh('never'), Attributes: { [attribute]: value } });
    }
    assert.equal((await sqs.ok('ListQueues', { QueueNamePrefix: 'never' })).QueueUrls, undefined);
  });
}

both('the attributes of one call are all set or none', async (sqs) => {
  const url = await sqs.queue();
  await sqs.refused('InvalidAttributeValue', 'SetQueueAttributes',
    { QueueUrl: url, Attributes: { VisibilityTimeout: '60', DelaySeconds: '901', MaximumMessageSize: '2048' } });
  const a = await sqs.attributes(url);
  assert.deepEqual([a.VisibilityTimeout, a.DelaySeconds, a.MaximumMessageSize], ['30', '0', '1048576']);
});

both('setting attributes moves LastModifiedTimestamp and leaves CreatedTimestamp', async (sqs, t) => {
  const url = await sqs.queue();
  const before = await sqs.attributes(url);
  await server.clock.for(t).advance(5_000);
  await sqs.ok('SetQueueAttributes', { QueueUrl: url, Attributes: { VisibilityTimeout: '69' } });
  const now = await sqs.attributes(url);
  assert.equal(now.CreatedTimestamp, before.CreatedTimestamp);
  assert.ok(Number(now.LastModifiedTimestamp) >= Number(before.LastModifiedTimestamp) + 4);
});

both('unknown and read-only attributes cannot be set', async (sqs) => {
  const url = await sqs.queue();
  for (const name of ['Foobar', 'QueueArn', 'CreatedTimestamp', 'ApproximateNumberOfMessages', 'visibilitytimeout'])
    await sqs.refused('InvalidAttributeName', 'SetQueueAttributes',
      { QueueUrl: url, Attributes: { [name]: '1' } }, { message: `Unknown Attribute ${name}.` });
});

both('the kind of a queue cannot be changed', async (sqs) => {
  const standard = await sqs.queue();
  const fifo = await sqs.fifo();
  await sqs.refused('InvalidAttributeName', 'SetQueueAttributes',
    { QueueUrl: standard, Attributes: { FifoQueue: 'true' } }, { message: 'Unknown Attribute FifoQueue.' });
  await sqs.refused('InvalidAttributeValue', 'SetQueueAttributes',
    { QueueUrl: fifo, Attributes: { FifoQueue: 'false' } },
    { message: 'Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.' });
});

both('the attributes of FIFO queues are refused on standard queues', async (sqs) => {
  const url = await sqs.queue();
  for (const [attribute, value, message] of [
    ['ContentBasedDeduplication', 'true', 'Unknown Attribute ContentBasedDeduplication.'],
    ['DeduplicationScope', 'queue', 'You can specify the DeduplicationScope only when FifoQueue is set to true.'],
    ['FifoThroughputLimit', 'perQueue', 'You can specify the FifoThroughputLimit only when FifoQueue is set to true.'],
  ])
    await sqs.refused('InvalidAttributeName', 'SetQueueAttributes',
      { QueueUrl: url, Attributes: { [attribute]: value } }, { message });
});

both('high throughput needs both FIFO attributes', async (sqs) => {
  const url = await sqs.fifo();
  const set = (Attributes) => ({ QueueUrl: url, Attributes });
  await sqs.refused('InvalidAttributeValue', 'SetQueueAttributes', set({ DeduplicationScope: 'group' }));
  await sqs.refused('InvalidAttributeValue', 'SetQueueAttributes', set({ FifoThroughputLimit: 'none' }));
  assert.ok(!(await sqs.call('SetQueueAttributes', set({ FifoThroughputLimit: 'perMessageGroupId' }))).ok);
  await sqs.ok('SetQueueAttributes',
    set({ DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId' }));
  const a = await sqs.attributes(url);
  assert.deepEqual([a.DeduplicationScope, a.FifoThroughputLimit], ['messageGroup', 'perMessageGroupId']);
});

both('a KMS key takes the place of the managed encryption', async (sqs) => {
  const url = await sqs.queue();
  await sqs.ok('SetQueueAttributes',
    { QueueUrl: url, Attributes: { KmsMasterKeyId: 'alias/orders', KmsDataKeyReusePeriodSeconds: '6000' } });
  assert.deepEqual(await sqs.attributes(url,
    ['KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds', 'SqsManagedSseEnabled']),
    { KmsMasterKeyId: 'alias/orders', KmsDataKeyReusePeriodSeconds: '6000', SqsManagedSseEnabled: 'false' });
});

both('a policy is kept as it was written, and an empty one removes it', async (sqs) => {
  const url = await sqs.queue();
  const Policy = '{ "Version": "2012-10-17",\n "Statement": [] }';
  await sqs.ok('SetQueueAttributes', { QueueUrl: url, Attributes: { Policy } });
  assert.deepEqual(JSON.parse((await sqs.attributes(url, ['Policy'])).Policy), JSON.parse(Policy));
  await sqs.ok('SetQueueAttributes', { QueueUrl: url, Attributes: { Policy: '' } });
  assert.equal((await sqs.ok('GetQueueAttributes', { QueueUrl: url, AttributeNames: ['Policy'] })).Attributes,
    undefined);
  await sqs.refused('InvalidAttributeValue', 'SetQueueAttributes',
    { QueueUrl: url, Attributes: { Policy: 'not json' } });
});

both('counts are exact: waiting, in flight, delayed', async (sqs) => {
  const url = await sqs.queue();
  for (let i = 0; i < 4; i++) await sqs.send(url, `m${i}`);
  await sqs.send(url, 'later', { DelaySeconds: 900 });
  const [m] = await sqs.receive(url, { MaxNumberOfMessages: 1 });
  assert.deepEqual(await sqs.counts(url), [3, 1, 1]);
  await sqs.delete(url, m);
  assert.deepEqual(await sqs.counts(url), [3, 0, 1]);
});

// ---- lists

both('queues are listed by prefix, in order of name', async (sqs) => {
  const prefix = fresh(`list-${sqs.protocol}`);
  const urls = [];
  for (const tail of ['c', 'a', 'b']) urls.push((await sqs.ok('CreateQueue',
    { QueueName: `${prefix}-${tail}` })).QueueUrl);
  const { QueueUrls, NextToken } = await sqs.ok('ListQueues', { QueueNamePrefix: prefix });
  assert.deepEqual(QueueUrls, [...urls].sort());
  assert.equal(NextToken, undefined);
});

both('no queue with the prefix: the list is absent, not empty', async (sqs) => {
  assert.deepEqual(await sqs.ok('ListQueues', { QueueNamePrefix: 'no-such-prefix' }), {});
});

both('MaxResults pages through the list, each queue once', async (sqs) => {
  const prefix = fresh(`page-${sqs.protocol}`);
  for (let i = 0; i < 7; i++) await sqs.ok('CreateQueue', { QueueName: `${prefix}-${i}` });
  const seen = [];
  let NextToken;
  let pages = 0;
  do {
    const params = { QueueNamePrefix: prefix, MaxResults: 3 };
    if (NextToken) params.NextToken = NextToken;
    const page = await sqs.ok('ListQueues', params);
    seen.push(...page.QueueUrls);
    assert.ok(page.QueueUrls.length <= 3);
    NextToken = page.NextToken;
    pages++;
  } while (NextToken);
  assert.equal(pages, 3);
  assert.deepEqual(seen.map((u) => u.split('-').pop()), ['0', '1', '2', '3', '4', '5', '6']);
});

both('MaxResults is 1 to 1000', async (sqs) => {
  for (const MaxResults of [0, 1001, -1])
    await sqs.refused('InvalidParameterValue', 'ListQueues', { MaxResults }, { message: /MaxResults/ });
  await sqs.ok('ListQueues', { MaxResults: 1000, QueueNamePrefix: 'zzz' });
});

// ---- tags

both('tags are given, overwritten, listed and taken away', async (sqs) => {
  const url = await sqs.queue();
  assert.equal((await sqs.ok('ListQueueTags', { QueueUrl: url })).Tags, undefined);
  await sqs.ok('TagQueue', { QueueUrl: url, Tags: { team: 'orders', Team: 'other', 'emoji 🎉': 'é & <ü>' } });
  await sqs.ok('TagQueue', { QueueUrl: url, Tags: { team: 'billing', empty: '' } });
  assert.deepEqual((await sqs.ok('ListQueueTags', { QueueUrl: url })).Tags,
    { team: 'billing', Team: 'other', 'emoji 🎉': 'é & <ü>', empty: '' });
  await sqs.ok('UntagQueue', { QueueUrl: url, TagKeys: ['team', 'emoji 🎉', 'never-there', 'empty'] });
  assert.deepEqual((await sqs.ok('ListQueueTags', { QueueUrl: url })).Tags, { Team: 'other' });
});

both('a queue can be created with tags', async (sqs) => {
  const { QueueUrl } = await sqs.ok('CreateQueue', { QueueName: fresh(), tags: { a: '1', b: '2' } });
  assert.deepEqual((await sqs.ok('ListQueueTags', { QueueUrl })).Tags, { a: '1', b: '2' });
});

// ---- permissions

both('a permission is written into the policy as AWS writes it', async (sqs) => {
  const url = await sqs.queue();
  const arn = arnOf(url);
  await sqs.ok('AddPermission', { QueueUrl: url, Label: 'one', AWSAccountIds: ['111111111111'],
    Actions: ['ReceiveMessage'] });
  await sqs.ok('AddPermission', { QueueUrl: url, Label: 'two', AWSAccountIds: ['111111111111', '222222222222'],
    Actions: ['SendMessage', 'DeleteMessage'] });
  const policy = JSON.parse((await sqs.attributes(url, ['Policy'])).Policy);
  assert.deepEqual(policy, {
    Version: '2008-10-17',
    Id: `${arn}/SQSDefaultPolicy`,
    Statement: [
      { Sid: 'one', Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111111111111:root' },
        Action: 'SQS:ReceiveMessage', Resource: arn },
      { Sid: 'two', Effect: 'Allow',
        Principal: { AWS: ['arn:aws:iam::111111111111:root', 'arn:aws:iam::222222222222:root'] },
        Action: ['SQS:SendMessage', 'SQS:DeleteMessage'], Resource: arn },
    ],
  });
  await sqs.ok('RemovePermission', { QueueUrl: url, Label: 'one' });
  assert.deepEqual(JSON.parse((await sqs.attributes(url, ['Policy'])).Policy).Statement.map((s) => s.Sid), ['two']);
  await sqs.ok('RemovePermission', { QueueUrl: url, Label: 'two' });
  assert.equal((await sqs.ok('GetQueueAttributes', { QueueUrl: url, AttributeNames: ['Policy'] })).Attributes,
    undefined);
});

both('wrong permissions are refused', async (sqs) => {
  const QueueUrl = await sqs.queue();
  const add = (more) => ({ QueueUrl, Label: 'label', AWSAccountIds: ['111111111111'], Actions: ['SendMessage'],
    ...more });
  await sqs.ok('AddPermission', add());
  await sqs.refused('InvalidParameterValue', 'AddPermission', add(),
    { message: 'Value label for parameter Label is invalid. Reason: Already exists.' });
  await sqs.refused('InvalidParameterValue', 'AddPermission', add({ Label: 'x'.repeat(81) }));
  await sqs.refused('InvalidParameterValue', 'AddPermission', add({ Label: 'other', Actions: ['Fly'] }),
    { message: /^Value SQS:Fly for parameter ActionName is invalid\./ });
  await sqs.refused('InvalidParameterValue', 'RemovePermission', { QueueUrl, Label: 'never' },
    { message: "Value never for parameter Label is invalid. Reason: can't find label." });
  const eight = ['SendMessage', 'ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'GetQueueAttributes',
    'GetQueueUrl', 'PurgeQueue', 'ListDeadLetterSourceQueues'];
  await sqs.refused('OverLimit', 'AddPermission', add({ Label: 'many', Actions: eight }), { status: 403 });
});

story('both protocols see the same queue', async () => {
  const url = await server.sqs.json.queue({ VisibilityTimeout: '77' });
  assert.deepEqual(await server.sqs.query.attributes(url), await server.sqs.json.attributes(url));
});
