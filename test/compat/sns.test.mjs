// sns.test.mjs - topics: subscriptions, publishing, filters, FIFO topics, HTTP delivery.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { ACCOUNT, REGION, arnOf, fresh, freshFifo, inBoth, md5, md5OfAttributes, number, start, story, text,
  until } from './lib.mjs';

const server = await start();
after(() => server.close());
const { sns } = server;
const sqs = server.sqs.json;
const topicArn = (name) => `arn:aws:sns:${REGION}:${ACCOUNT}:${name}`;
const RAW = { RawMessageDelivery: 'true' };

/** A topic with one queue subscribed to it. */
async function subscribed(attributes, { topic, queue } = {}) {
  const arn = await sns.topic(topic);
  const url = await sqs.queue(queue);
  const subscription = await sns.subscribe(arn, arnOf(url), attributes);
  return { arn, url, subscription };
}

const bodies = async (url) => (await sqs.receive(url)).map((m) => m.Body);
const envelopes = async (url) => (await bodies(url)).map((b) => JSON.parse(b));

// ---- topics

story('a topic is created once, and listed', async () => {
  const Name = fresh('orders');
  const { TopicArn } = await sns.ok('CreateTopic', { Name });
  assert.equal(TopicArn, topicArn(Name));
  assert.equal((await sns.ok('CreateTopic', { Name })).TopicArn, TopicArn);
  const { Topics } = await sns.ok('ListTopics');
  assert.equal(Topics.filter((t) => t.TopicArn === TopicArn).length, 1);
});

story('SNS answers have their own namespace, and errors too', async () => {
  const r = await sns.call('ListTopics');
  assert.equal(r.root.name, 'ListTopicsResponse');
  assert.equal(r.root.attributes.xmlns, 'http://sns.amazonaws.com/doc/2010-03-31/');
  const e = await sns.call('GetTopicAttributes', { TopicArn: topicArn('nowhere') });
  assert.equal(e.root.attributes.xmlns, 'http://sns.amazonaws.com/doc/2010-03-31/');
  assert.deepEqual(e.root.children.map((c) => c.name), ['Error', 'RequestId']);
});

story('topic names have 1 to 256 letters, digits, hyphens and underscores', async () => {
  await sns.ok('CreateTopic', { Name: 'n'.repeat(256) });
  for (const Name of ['n'.repeat(257), 'a b', 'a.b', 'a/b', 'é'])
    await sns.refused('InvalidParameter', 'CreateTopic', { Name });
});

story('the same topic with other attributes or tags is refused', async () => {
  const Name = fresh();
  await sns.ok('CreateTopic', { Name, Attributes: { DisplayName: 'one' }, Tags: [{ Key: 'a', Value: '1' }] });
  await sns.refused('InvalidParameter', 'CreateTopic', { Name, Attributes: { DisplayName: 'two' } },
    { message: 'Invalid parameter: Attributes Reason: Topic already exists with different attributes' });
  await sns.refused('InvalidParameter', 'CreateTopic', { Name, Tags: [{ Key: 'a', Value: '2' }] },
    { message: 'Invalid parameter: Tags Reason: Topic already exists with different tags' });
});

story('topic attributes are read and set', async () => {
  const TopicArn = await sns.topic();
  const { Attributes } = await sns.ok('GetTopicAttributes', { TopicArn });
  assert.equal(Attributes.TopicArn, TopicArn);
  assert.equal(Attributes.Owner, ACCOUNT);
  for (const n of ['SubscriptionsConfirmed', 'SubscriptionsPending', 'SubscriptionsDeleted']) assert.equal(
    Attributes[n], '0', n);
  await sns.ok('SetTopicAttributes', { TopicArn, AttributeName: 'DisplayName', AttributeValue: 'Orders' });
  assert.equal((await sns.ok('GetTopicAttributes', { TopicArn })).Attributes.DisplayName, 'Orders');
  await sns.refused('InvalidParameter', 'SetTopicAttributes', { TopicArn, AttributeName: 'Nope', AttributeValue: 'x' },
    { message: 'Invalid parameter: AttributeName' });
});

story('a deleted topic is gone, deleting it again is no error', async () => {
  const TopicArn = await sns.topic();
  await sns.ok('DeleteTopic', { TopicArn });
  await sns.ok('DeleteTopic', { TopicArn });
  await sns.refused('NotFound', 'Publish', { TopicArn, Message: 'x' },
    { status: 404, message: 'Topic does not exist' });
  await sns.refused('NotFound', 'GetTopicAttributes', { TopicArn }, { status: 404, message: 'Topic does not exist' });
});

story('ARNs that are none are refused', async () => {
  await sns.refused('InvalidParameter', 'GetTopicAttributes', { TopicArn: 'garbage' },
    { message: 'Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1' });
  await sns.refused('InvalidParameter', 'Publish', { TopicArn: 'a:b', Message: 'x' },
    { message: /^Invalid parameter: TopicArn/ });
});

story('topics are tagged', async () => {
  const ResourceArn = await sns.topic();
  await sns.ok('TagResource', { ResourceArn, Tags: [{ Key: 'team', Value: 'a' }, { Key: 'x', Value: '' }] });
  await sns.ok('TagResource', { ResourceArn, Tags: [{ Key: 'team', Value: 'b' }] });
  const sorted = async () => ((await sns.ok('ListTagsForResource', { ResourceArn })).Tags || []).sort((a, b) =>
    a.Key.localeCompare(b.Key));
  assert.deepEqual(await sorted(), [{ Key: 'team', Value: 'b' }, { Key: 'x', Value: '' }]);
  await sns.ok('UntagResource', { ResourceArn, TagKeys: ['x'] });
  assert.deepEqual(await sorted(), [{ Key: 'team', Value: 'b' }]);
  await sns.refused('InvalidParameter', 'TagResource',
    { ResourceArn, Tags: [{ Key: 'a', Value: '1' }, { Key: 'a', Value: '2' }] },
    { message: 'Invalid parameter: Duplicated keys are not allowed.' });
});

story('ListTopics pages by 100', async () => {
  const arns = [];
  for (let i = 0; i < 105; i++) arns.push(await sns.topic(undefined, 'page'));
  const seen = [];
  let NextToken;
  do {
    const page = await sns.ok('ListTopics', NextToken ? { NextToken } : {});
    assert.ok(page.Topics.length <= 100);
    seen.push(...page.Topics.map((t) => t.TopicArn));
    NextToken = page.NextToken;
  } while (NextToken);
  assert.equal(new Set(seen).size, seen.length);
  assert.ok(arns.every((a) => seen.includes(a)));
});

// ---- subscriptions to queues

story('a queue is subscribed at once and gets the envelope', async () => {
  const { arn, url, subscription } = await subscribed();
  assert.match(subscription, new RegExp(`^${arn}:[0-9a-f-]{36}$`));
  const { MessageId } = await sns.publish(arn, 'hello "é"', { Subject: 'greeting' });
  const [m] = await sqs.receive(url);
  assert.equal(m.MD5OfBody, md5(m.Body));
  const e = JSON.parse(m.Body);
  assert.deepEqual(Object.keys(e).sort(), ['Message', 'MessageId', 'Signature', 'SignatureVersion', 'SigningCertURL',
    'Subject', 'Timestamp', 'TopicArn', 'Type', 'UnsubscribeURL']);
  assert.deepEqual([e.Type, e.MessageId, e.TopicArn, e.Message, e.Subject, e.SignatureVersion],
    ['Notification', MessageId, arn, 'hello "é"', 'greeting', '1']);
  assert.match(e.Timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(e.UnsubscribeURL.includes(encodeURIComponent(subscription)) || e.UnsubscribeURL.includes(subscription));
});

story('the envelope carries message attributes', async () => {
  const { arn, url } = await subscribed();
  await sns.publish(arn, 'x', { MessageAttributes: { city: text('東京'), n: number(5) } });
  const [e] = await envelopes(url);
  assert.deepEqual(e.MessageAttributes, { city: { Type: 'String', Value: '東京' }, n: { Type: 'Number', Value: '5' } });
});

story('raw delivery passes body and attributes as they are', async () => {
  const { arn, url } = await subscribed(RAW);
  const MessageAttributes = { city: text('東京'), n: number(5) };
  await sns.publish(arn, 'raw <body>', { MessageAttributes, Subject: 'dropped' });
  const m = await sqs.one(url, { MessageAttributeNames: ['All'] });
  assert.equal(m.Body, 'raw <body>');
  assert.deepEqual(m.MessageAttributes, MessageAttributes);
  assert.equal(m.MD5OfMessageAttributes, md5OfAttributes(MessageAttributes));
});

story('one publish reaches every subscribed queue', async () => {
  const arn = await sns.topic();
  const urls = [];
  for (let i = 0; i < 5; i++) {
    urls.push(await sqs.queue());
    await sns.subscribe(arn, arnOf(urls[i]), RAW);
  }
  await sns.publish(arn, 'to all');
  for (const url of urls) assert.deepEqual(await bodies(url), ['to all']);
});

story('subscribing again gives the same subscription, with other attributes it is refused', async () => {
  const { arn, url, subscription } = await subscribed(RAW);
  assert.equal(await sns.subscribe(arn, arnOf(url), RAW), subscription);
  await sns.refused('InvalidParameter', 'Subscribe',
    { TopicArn: arn, Protocol: 'sqs', Endpoint: arnOf(url), Attributes: { RawMessageDelivery: 'false' } },
    { message: 'Invalid parameter: Attributes Reason: Subscription already exists with different attributes' });
  await sns.publish(arn, 'once');
  assert.deepEqual(await bodies(url), ['once']);
});

story('after unsubscribing nothing arrives', async () => {
  const { arn, url, subscription } = await subscribed(RAW);
  await sns.ok('Unsubscribe', { SubscriptionArn: subscription });
  await sns.publish(arn, 'x');
  assert.deepEqual(await bodies(url), []);
  await sns.refused('NotFound', 'GetSubscriptionAttributes', { SubscriptionArn: subscription },
    { status: 404, message: 'Subscription does not exist' });
});

story('subscriptions are listed, all and by topic', async () => {
  const { arn, url, subscription } = await subscribed();
  const expected = { SubscriptionArn: subscription, Owner: ACCOUNT, Protocol: 'sqs', Endpoint: arnOf(url),
    TopicArn: arn };
  assert.deepEqual((await sns.ok('ListSubscriptionsByTopic', { TopicArn: arn })).Subscriptions, [expected]);
  const all = [];
  let NextToken;
  do {
    const page = await sns.ok('ListSubscriptions', NextToken ? { NextToken } : {});
    all.push(...page.Subscriptions);
    NextToken = page.NextToken;
  } while (NextToken);
  assert.deepEqual(all.filter((s) => s.SubscriptionArn === subscription), [expected]);
  assert.equal((await sns.ok('GetTopicAttributes', { TopicArn: arn })).Attributes.SubscriptionsConfirmed, '1');
});

story('subscription attributes are read and set', async () => {
  const { arn, url, subscription } = await subscribed();
  const read = async () => (await sns.ok('GetSubscriptionAttributes', { SubscriptionArn: subscription })).Attributes;
  const a = await read();
  assert.deepEqual([a.SubscriptionArn, a.TopicArn, a.Endpoint, a.Protocol, a.Owner, a.RawMessageDelivery,
    a.PendingConfirmation],
    [subscription, arn, arnOf(url), 'sqs', ACCOUNT, 'false', 'false']);
  const set = (AttributeName, AttributeValue) => ({ SubscriptionArn: subscription, AttributeName, AttributeValue });
  await sns.ok('SetSubscriptionAttributes', set('RawMessageDelivery', 'true'));
  assert.equal((await read()).RawMessageDelivery, 'true');
  await sns.ok('SetSubscriptionAttributes', set('FilterPolicy', '{"a":["b"]}'));
  assert.deepEqual(JSON.parse((await read()).FilterPolicy), { a: ['b'] });
  assert.equal((await read()).FilterPolicyScope, 'MessageAttributes');
  await sns.refused('InvalidParameter', 'SetSubscriptionAttributes', set('Nope', 'x'),
    { message: 'Invalid parameter: AttributeName' });
  await sns.refused('InvalidParameter', 'SetSubscriptionAttributes', set('RawMessageDelivery', 'maybe'),
    { message: 'Invalid parameter: RawMessageDelivery: Invalid value [maybe]. Must be true or false.' });
  await sns.refused('InvalidParameter', 'SetSubscriptionAttributes', set('FilterPolicyScope', 'Random'),
    { message: 'Invalid parameter: FilterPolicyScope: Invalid value [Random]. Please use either MessageBody or MessageAttributes' });
});

story('wrong subscriptions are refused', async () => {
  const TopicArn = await sns.topic();
  const queue = await sqs.queue();
  const s = (Protocol, Endpoint, more = {}) => ['Subscribe', { TopicArn, Protocol, Endpoint, ...more }];
  await sns.refused('InvalidParameter', ...s('pigeon', 'x'),
    { message: 'Invalid parameter: Amazon SNS does not support this protocol string: pigeon' });
  await sns.refused('InvalidParameter', ...s('sqs', queue), { message: 'Invalid parameter: SQS endpoint ARN' });
  await sns.refused('InvalidParameter', ...s('sqs', arnOf(queue), { Attributes: { RawMessageDelivery: 'wrong' } }),
    { message: 'Invalid parameter: Attributes Reason: RawMessageDelivery: Invalid value [wrong]. Must be true or false.' });
  await sns.refused('NotFound', 'Subscribe', { TopicArn: topicArn('nowhere'), Protocol: 'sqs', Endpoint: arnOf(queue) },
    { status: 404 });
  for (const [protocol, endpoint] of [['http', 'https://x.example/'], ['https', 'http://x.example/'],
    ['http', 'ftp://x'], ['http', 'x']])
    await sns.refused('InvalidParameter', ...s(protocol, endpoint));
});

// ---- publishing

story('wrong messages are refused', async () => {
  const TopicArn = await sns.topic();
  const publish = (more) => ['Publish', { TopicArn, Message: 'x', ...more }];
  await sns.refused('InvalidParameter', ...publish({ Message: '' }), { message: 'Invalid parameter: Empty message' });
  await sns.refused('InvalidParameter', ...publish({ Message: 'x'.repeat(262145) }),
    { message: 'Invalid parameter: Message too long' });
  await sns.ok(...publish({ Message: 'x'.repeat(262144) }));
  await sns.refused('InvalidParameter', ...publish({ Subject: 'x'.repeat(101) }),
    { message: 'Invalid parameter: Subject' });
  await sns.refused('InvalidParameter', ...publish({ Subject: 'a\nb' }), { message: 'Invalid parameter: Subject' });
  await sns.refused('InvalidParameter', ...publish({ MessageStructure: 'json' }),
    { message: 'Invalid parameter: Message Structure - JSON message body failed to parse' });
  await sns.refused('InvalidParameter', ...publish({ MessageStructure: 'json', Message: '{"sqs":"x"}' }),
    { message: 'Invalid parameter: Message Structure - No default entry in JSON message body' });
});

story('wrong message attributes are refused', async () => {
  const TopicArn = await sns.topic();
  for (const [attribute, message] of [
    [{ attr1: text('') }, "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'String'."],
    [{ attr1: { DataType: 'Integer', StringValue: '1' } },
      "The message attribute 'attr1' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."],
    [{ '.x': text('a') }, "Invalid message attribute name starting with character '.' was found."],
    [{ 'x.': text('a') }, "Invalid message attribute name ending with character '.' was found."],
    [{ 'x..y': text('a') }, "Message attribute name can not have successive '.' character."],
    [{ 'x^y': text('a') }, "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots."],
  ])
    await sns.refused('ParameterValueInvalid', 'Publish', { TopicArn, Message: 'x', MessageAttributes: attribute },
      { message });
});

story('MessageStructure json gives each protocol its text', async () => {
  const { arn, url } = await subscribed(RAW);
  const publish = (m) => sns.publish(arn, JSON.stringify(m), { MessageStructure: 'json' });
  await publish({ default: 'for all', sqs: 'for queues' });
  await publish({ default: 'for all', http: 'for http' });
  assert.deepEqual(await bodies(url), ['for queues', 'for all']);
});

story('a batch is published, each entry answered', async () => {
  const { arn, url } = await subscribed(RAW);
  const entries = Array.from({ length: 10 }, (_, i) => ({ Id: `e${i}`, Message: `m${i}` }));
  const r = await sns.ok('PublishBatch', { TopicArn: arn, PublishBatchRequestEntries: entries });
  assert.deepEqual(r.Successful.map((e) => e.Id), entries.map((e) => e.Id));
  assert.equal(new Set(r.Successful.map((e) => e.MessageId)).size, 10);
  assert.ok(!r.Failed || r.Failed === '' || r.Failed.length === 0);
  assert.deepEqual((await bodies(url)).sort(), entries.map((e) => e.Message));
});

story('wrong batches are refused', async () => {
  const TopicArn = await sns.topic();
  const batch = (...ids) => ['PublishBatch',
    { TopicArn, PublishBatchRequestEntries: ids.map((Id) => ({ Id, Message: 'x' })) }];
  await sns.refused('EmptyBatchRequest', ...batch());
  await sns.refused('TooManyEntriesInBatchRequest', ...batch(...'abcdefghijk'),
    { message: 'The batch request contains more entries than permissible.' });
  await sns.refused('BatchEntryIdsNotDistinct', ...batch('a', 'a'),
    { message: 'Two or more batch entries in the request have the same Id.' });
  await sns.refused('InvalidBatchEntryId', ...batch('a.b'),
    { message: 'The Id of a batch entry in the batch request contains an impermissible character: a.b' });
  await sns.refused('InvalidBatchEntryId', ...batch('x'.repeat(81)));
  await sns.refused('BatchRequestTooLong', 'PublishBatch', { TopicArn, PublishBatchRequestEntries:
    ['a', 'b'].map((Id) => ({ Id, Message: 'x'.repeat(140_000) })) },
      { message: 'The length of all the messages put together is more than the limit.' });
});

inBoth(server, 'what a topic delivers is read in either protocol', async (reader) => {
  const { arn, url } = await subscribed(RAW);
  await sns.publish(arn, 'for either');
  assert.equal((await reader.one(url)).Body, 'for either');
});

// ---- filter policies

const attributesOf = (values) => Object.fromEntries(Object.entries(values).map(([k, v]) => [k,
  Array.isArray(v) ? { DataType: 'String.Array', StringValue: JSON.stringify(v) } : typeof v === 'number' ? number(v) :
    text(v)]));

//   operator, policy, what passes, what does not: message attributes
const BY_ATTRIBUTES = [
  ['exact', { store: ['a', 'b'] }, [{ store: 'a' }, { store: 'b', x: 'y' }],
    [{ store: 'c' }, { store: 'A' }, {}, { shop: 'a' }]],
  ['exact number', { n: [1, 2.5] }, [{ n: 1 }, { n: 2.5 }], [{ n: 3 }, { n: '1' }]],
  ['several keys are and', { a: ['1'], b: ['2'] }, [{ a: '1', b: '2' }], [{ a: '1' }, { b: '2' }, { a: '1', b: '3' }]],
  ['prefix', { k: [{ prefix: 'bas' }] }, [{ k: 'baseball' }, { k: 'bas' }],
    [{ k: 'rugby' }, { k: 'ba' }, { k: 'Baseball' }]],
  ['suffix', { k: [{ suffix: 'ball' }] }, [{ k: 'baseball' }], [{ k: 'balls' }]],
  ['equals-ignore-case', { k: [{ 'equals-ignore-case': 'Tennis' }] }, [{ k: 'TENNIS' }, { k: 'tennis' }],
    [{ k: 'tenis' }]],
  ['wildcard', { k: [{ wildcard: '*ball*x' }] }, [{ k: 'ballx' }, { k: 'foot-ball-x' }],
    [{ k: 'ball' }, { k: 'xball' }]],
  ['anything-but', { k: [{ 'anything-but': ['rugby', 'tennis'] }] }, [{ k: 'golf' }],
    [{ k: 'rugby' }, { k: 'tennis' }, {}]],
  ['anything-but number', { n: [{ 'anything-but': [100, 500] }] }, [{ n: 101 }], [{ n: 100 }, { n: 500 }]],
  ['anything-but prefix', { k: [{ 'anything-but': { prefix: 'order-' } }] }, [{ k: 'data' }], [{ k: 'order-1' }]],
  ['anything-but suffix', { k: [{ 'anything-but': { suffix: 'ball' } }] }, [{ k: 'golf' }], [{ k: 'football' }]],
  ['anything-but wildcard', { k: [{ 'anything-but': { wildcard: '*ball' } }] }, [{ k: 'golf' }], [{ k: 'football' }]],
  ['numeric =', { n: [{ numeric: ['=', 301.5] }] }, [{ n: 301.5 }, { n: 301.50 }], [{ n: 301 }]],
  ['numeric range', { n: [{ numeric: ['>', 0, '<=', 150] }] }, [{ n: 0.1 }, { n: 150 }],
    [{ n: 0 }, { n: 151 }, { n: 'x' }]],
  ['numeric <', { n: [{ numeric: ['<', -10] }] }, [{ n: -11 }], [{ n: -10 }]],
  ['exists true', { k: [{ exists: true }] }, [{ k: 'x' }], [{}, { other: 'x' }]],
  ['exists false', { k: [{ exists: false }] }, [{}, { other: 'x' }], [{ k: 'x' }]],
  ['cidr', { ip: [{ cidr: '10.0.0.0/24' }] }, [{ ip: '10.0.0.0' }, { ip: '10.0.0.255' }],
    [{ ip: '10.1.1.0' }, { ip: 'x' }]],
  ['cidr IPv6', { ip: [{ cidr: '2001:db8::/32' }] }, [{ ip: '2001:db8::1' }], [{ ip: '2001:db9::1' }]],
  ['$or', { source: ['s'], $or: [{ a: ['1'] }, { n: [{ numeric: ['>', 5] }] }] },
    [{ source: 's', a: '1' }, { source: 's', n: 6 }], [{ source: 's' }, { a: '1' }, { source: 's', n: 5 }]],
  ['alternatives of one key are or', { k: ['golf', { prefix: 'foot' }] }, [{ k: 'golf' }, { k: 'football' }],
    [{ k: 'tennis' }]],
  ['String.Array matches by any element', { k: ['rugby'] }, [{ k: ['rugby', 'golf'] }], [{ k: ['golf'] }, { k: [] }]],
  ['String.Array with booleans and numbers', { k: [true, 5] }, [{ k: [true] }, { k: [5] }],
    [{ k: [false] }, { k: ['5'] }]],
];
for (const [operator, FilterPolicy, pass, stop] of BY_ATTRIBUTES) {
  story(`filter by attributes: ${operator}`, async () => {
    const { arn, url } = await subscribed({ ...RAW, FilterPolicy: JSON.stringify(FilterPolicy) });
    for (const [i, values] of pass.entries()) await sns.publish(arn, `pass ${i}`,
      { MessageAttributes: attributesOf(values) });
    for (const [i, values] of stop.entries()) await sns.publish(arn, `stop ${i}`,
      { MessageAttributes: attributesOf(values) });
    assert.deepEqual((await bodies(url)).sort(), pass.map((_, i) => `pass ${i}`));
  });
}

//   the same by the body
const BY_BODY = [
  ['exact', { store: ['a'] }, [{ store: 'a' }], [{ store: 'b' }, {}, [], 'a', 1]],
  ['nested', { order: { state: ['new'], items: { sku: [{ prefix: 'x-' }] } } },
    [{ order: { state: 'new', items: { sku: 'x-1' } } }],
      [{ order: { state: 'new' } }, { order: { state: 'old', items: { sku: 'x-1' } } }, { state: 'new' }]],
  ['arrays of objects', { items: { sku: ['b'] } }, [{ items: [{ sku: 'a' }, { sku: 'b' }] }],
    [{ items: [{ sku: 'a' }] }]],
  ['arrays of values', { tags: ['red'] }, [{ tags: ['blue', 'red'] }], [{ tags: ['blue'] }]],
  ['null, booleans, numbers', { a: [null], b: [true], c: [3] }, [{ a: null, b: true, c: 3 }],
    [{ a: null, b: 'true', c: 3 }, { b: true, c: 3 }]],
  ['numeric', { price: [{ numeric: ['>=', 100, '<', 200] }] }, [{ price: 100 }, { price: 1.5e2 }],
    [{ price: 200 }, { price: '150' }]],
  ['exists false of a nested key', { a: { b: [{ exists: false }] } }, [{ a: { c: 1 } }], [{ a: { b: 1 } }]],
  ['$or of nested keys', { $or: [{ a: { x: ['1'] } }, { b: ['2'] }] }, [{ a: { x: '1' } }, { b: '2' }],
    [{ a: { x: '2' } }, {}]],
];
for (const [what, FilterPolicy, pass, stop] of BY_BODY) {
  story(`filter by body: ${what}`, async () => {
    const { arn, url } = await subscribed({ ...RAW, FilterPolicy: JSON.stringify(FilterPolicy),
      FilterPolicyScope: 'MessageBody' });
    for (const m of [...stop, ...pass]) await sns.publish(arn, JSON.stringify(m));
    await sns.publish(arn, 'not json');
    assert.deepEqual((await bodies(url)).sort(), pass.map((m) => JSON.stringify(m)).sort());
  });
}

story('taking the filter policy away lets everything through', async () => {
  const { arn, url, subscription } = await subscribed({ ...RAW, FilterPolicy: '{"a":["b"]}' });
  await sns.publish(arn, 'filtered');
  await sns.ok('SetSubscriptionAttributes',
    { SubscriptionArn: subscription, AttributeName: 'FilterPolicy', AttributeValue: '{}' });
  await sns.publish(arn, 'free');
  assert.deepEqual(await bodies(url), ['free']);
});

const WRONG_FILTERS = [
  ['not json', 'nonsense'], ['a bare value', '{"key":"value"}'], ['a nested list', '{"key":[["value"]]}'],
    ['an empty list', '{"key":[]}'],
  ['an unknown operator', '{"key":[{"wrong-operator":true}]}'],
    ['two operators in one', '{"key":[{"suffix":"a","prefix":"b"}]}'],
  ['a prefix that is a number', '{"key":[{"prefix":100}]}'], ['a cidr without bits', '{"key":[{"cidr":"10.0.0.0"}]}'],
  ['a cidr of letters', '{"key":[{"cidr":"xx.11.xx/8"}]}'], ['an empty numeric', '{"key":[{"numeric":[]}]}'],
  ['a numeric with a string', '{"key":[{"numeric":["=","000"]}]}'],
    ['a numeric range upside down', '{"key":[{"numeric":[">",3,"<",1]}]}'],
  ['exists with a string', '{"key":[{"exists":"no"}]}'],
    ['six keys', '{"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]}'],
  ['too many combinations', JSON.stringify(Object.fromEntries(['a', 'b',
    'c'].map((k) => [k, Array.from({ length: 6 }, (_, i) => `${i}`)])))],
  ['nested keys for attributes', '{"a":{"b":["c"]}}'],
];
for (const [what, FilterPolicy] of WRONG_FILTERS) {
  story(`a filter policy with ${what} is refused`, async () => {
    const TopicArn = await sns.topic();
    const Endpoint = arnOf(await sqs.queue());
    const r = await sns.call('Subscribe', { TopicArn, Protocol: 'sqs', Endpoint, Attributes: { FilterPolicy } });
    assert.ok(!r.ok, r.text);
    assert.ok(r.error.code === 'InvalidParameter' && r.status === 400 || r.error.code === 'FilterPolicyLimitExceeded' &&
      r.status === 403, `${r.status} ${r.text}`);
    assert.match(r.error.message, /Filter ?[Pp]olicy/i);
    const s = (await sns.ok('ListSubscriptionsByTopic', { TopicArn })).Subscriptions;
    assert.ok(!s || s.length === 0, 'nothing was subscribed');
  });
}

// ---- FIFO topics

story('a FIFO topic feeds a FIFO queue in order, with group and deduplication', async () => {
  const { arn, url } = await subscribed(RAW, { topic: { FifoTopic: 'true' }, queue: { FifoQueue: 'true' } });
  assert.match(arn, /\.fifo$/);
  const publish = (m, d = m) => sns.publish(arn, m, { MessageGroupId: 'g', MessageDeduplicationId: d });
  const first = await publish('1');
  assert.match(first.SequenceNumber, /^\d{20}$/);
  await publish('2');
  await publish('1 again', '1');
  const got = await sqs.receive(url, { MessageSystemAttributeNames: ['All'] });
  assert.deepEqual(got.map((m) => m.Body), ['1', '2']);
  assert.deepEqual([got[0].Attributes.MessageGroupId, got[0].Attributes.MessageDeduplicationId], ['g', '1']);
});

story('a FIFO topic with content-based deduplication', async () => {
  const { arn, url } = await subscribed(RAW,
    { topic: { FifoTopic: 'true', ContentBasedDeduplication: 'true' }, queue: { FifoQueue: 'true' } });
  await sns.publish(arn, 'same', { MessageGroupId: 'g' });
  await sns.publish(arn, 'same', { MessageGroupId: 'g' });
  assert.deepEqual(await bodies(url), ['same']);
});

story('what FIFO topics ask for is asked for', async () => {
  const arn = await sns.topic({ FifoTopic: 'true' });
  await sns.refused('InvalidParameter', 'Publish', { TopicArn: arn, Message: 'x' },
    { message: 'Invalid parameter: The MessageGroupId parameter is required for FIFO topics' });
  await sns.refused('InvalidParameter', 'Publish', { TopicArn: arn, Message: 'x', MessageGroupId: 'g' },
    { message: 'Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly' });
  await sns.refused('InvalidParameter', 'CreateTopic', { Name: freshFifo() });
  await sns.refused('InvalidParameter', 'CreateTopic', { Name: fresh(), Attributes: { FifoTopic: 'true' } });
});

story('a standard topic may not feed a FIFO queue', async () => {
  const TopicArn = await sns.topic();
  await sns.refused('InvalidParameter', 'Subscribe', { TopicArn, Protocol: 'sqs', Endpoint: arnOf(await sqs.fifo()) },
    { message: 'Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics' });
  await sns.refused('InvalidParameter', 'Publish', { TopicArn, Message: 'x', MessageDeduplicationId: 'd' },
    { message: 'Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type' });
});

story('a group on a standard topic passes through for fair queues', async () => {
  const { arn, url } = await subscribed(RAW);
  await sns.publish(arn, 'x', { MessageGroupId: 'tenant' });
  assert.equal((await sqs.one(url, { MessageSystemAttributeNames: ['All'] })).Attributes.MessageGroupId, 'tenant');
});

story('a deleted queue keeps its message from getting lost when the subscription has a dead-letter queue', async () => {
  const dead = await sqs.queue();
  const { arn, url } = await subscribed({ ...RAW,
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(dead) }) });
  await sqs.ok('DeleteQueue', { QueueUrl: url });
  await sns.publish(arn, 'nobody there');
  await until('the dead letter', async () => (await sqs.counts(dead))[0] === 1);
  const m = await sqs.one(dead);
  assert.match(m.Body, /nobody there/);
});

story('wrong redrive policies of a subscription are refused', async () => {
  const TopicArn = await sns.topic();
  const Endpoint = arnOf(await sqs.queue());
  for (const RedrivePolicy of ['nonsense', '{"deadLetterTargetArn":"x"}'])
    await sns.refused('InvalidParameter', 'Subscribe',
      { TopicArn, Protocol: 'sqs', Endpoint, Attributes: { RedrivePolicy } }, { message: /RedrivePolicy/ });
});

story('an unknown SNS action is refused', async () => {
  await sns.refused('InvalidAction', 'Fly', {});
});
