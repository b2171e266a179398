// webhooks.test.mjs - topics that call HTTP endpoints: confirmation, signatures, retries, refusals.
//
// The endpoints live on loopback, which a server calls only when it was started with
// --allow-private-webhooks; a second server without the flag shows the refusal.
import assert from 'node:assert/strict';
import { X509Certificate, createVerify } from 'node:crypto';
import http from 'node:http';
import { after } from 'node:test';
import { arnOf, sleep, start, story, text, until } from './lib.mjs';

const server = await start({ flags: ['--allow-private-webhooks'] });
const careful = await start();
after(async () => { await server.close(); await careful.close(); });
const { sns } = server;
const sqs = server.sqs.json;

/** An HTTP endpoint that keeps what it was sent; `answer(request)` decides the status. */
async function endpoint(t, answer = () => 200) {
  const requests = [];
  const listener = http.createServer((req, res) => {
    const parts = [];
    req.on('data', (d) => parts.push(d)).on('end', () => {
      const request = { method: req.method, path: req.url, headers: req.headers,
        text: Buffer.concat(parts).toString() };
      try { request.body = JSON.parse(request.text); } catch { /* raw delivery */ }
      requests.push(request);
      res.writeHead(answer(request, requests.length)).end();
    });
  });
  await new Promise((done) => listener.listen(0, '127.0.0.1', done));
  t.after(() => { listener.closeAllConnections(); listener.close(); });
  return { requests, url: `http://127.0.0.1:${listener.address().port}/hook` };
}

const ofType = (point, type) => point.requests.filter((r) => r.headers['x-amz-sns-message-type'] === type);
const waitFor = (point, type, count = 1) =>
  until(`${count} ${type}`, () => ofType(point, type).length >= count && ofType(point, type));
const visit = (url) => server.request({ path: new URL(url).pathname + new URL(url).search });

/** Subscribes an endpoint and confirms it. Returns the topic and the subscription. */
async function confirmed(point, Attributes) {
  const arn = await sns.topic();
  await sns.subscribe(arn, point.url, Attributes, 'http');
  const [{ body }] = await waitFor(point, 'SubscriptionConfirmation');
  const { SubscriptionArn } = await sns.ok('ConfirmSubscription', { TopicArn: arn, Token: body.Token });
  return { arn, subscription: SubscriptionArn };
}

story('an HTTP endpoint is asked to confirm, with a token and a URL', async (t) => {
  const point = await endpoint(t);
  const TopicArn = await sns.topic();
  const { SubscriptionArn } = await sns.ok('Subscribe', { TopicArn, Protocol: 'http', Endpoint: point.url });
  assert.equal(SubscriptionArn, 'pending confirmation');
  const [request] = await waitFor(point, 'SubscriptionConfirmation');
  assert.equal(request.method, 'POST');
  assert.equal(request.path, '/hook');
  assert.equal(request.headers['content-type'], 'text/plain; charset=UTF-8');
  assert.equal(request.headers['x-amz-sns-topic-arn'], TopicArn);
  assert.equal(request.headers['x-amz-sns-message-id'], request.body.MessageId);
  const b = request.body;
  assert.deepEqual([b.Type, b.TopicArn], ['SubscriptionConfirmation', TopicArn]);
  for (const member of ['Token', 'SubscribeURL', 'Message', 'Timestamp', 'SignatureVersion', 'Signature',
    'SigningCertURL']) assert.ok(b[member], member);
  assert.equal((await sns.ok('GetTopicAttributes', { TopicArn })).Attributes.SubscriptionsPending, '1');
  await sns.publish(TopicArn, 'too early');
  assert.match((await visit(b.SubscribeURL)).text, /<SubscriptionArn>arn:aws:sns:/);
  await sns.publish(TopicArn, 'after');
  const [n] = await waitFor(point, 'Notification');
  assert.equal(n.body.Message, 'after');
});

story('a notification has its headers and its envelope', async (t) => {
  const point = await endpoint(t);
  const { arn, subscription } = await confirmed(point);
  const { MessageId } = await sns.publish(arn, 'hello', { Subject: 's', MessageAttributes: { a: text('b') } });
  const [n] = await waitFor(point, 'Notification');
  assert.equal(n.headers['x-amz-sns-subscription-arn'], subscription);
  assert.equal(n.headers['x-amz-sns-message-id'], MessageId);
  assert.deepEqual([n.body.Type, n.body.Message, n.body.Subject, n.body.MessageAttributes],
    ['Notification', 'hello', 's', { a: { Type: 'String', Value: 'b' } }]);
});

story('raw delivery sends the message itself', async (t) => {
  const point = await endpoint(t);
  const { arn } = await confirmed(point, { RawMessageDelivery: 'true' });
  await sns.publish(arn, 'just this');
  const [n] = await waitFor(point, 'Notification');
  assert.equal(n.text, 'just this');
  assert.equal(n.headers['x-amz-sns-rawdelivery'], 'true');
});

const SIGNED = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
};
async function verifies(body) {
  const signed = SIGNED[body.Type].filter((k) => body[k] !== undefined).map((k) => `${k}\n${body[k]}\n`).join('');
  const pem = (await visit(body.SigningCertURL)).text;
  const key = new X509Certificate(pem).publicKey;
  const verify = createVerify(body.SignatureVersion === '2' ? 'RSA-SHA256' : 'RSA-SHA1');
  return verify.update(signed).verify(key, body.Signature, 'base64');
}

for (const version of ['1', '2']) {
  story(`signatures of version ${version} verify with the certificate the message names`, async (t) => {
    const point = await endpoint(t);
    const { arn } = await confirmed(point);
    const [confirmation] = ofType(point, 'SubscriptionConfirmation');
    assert.ok(await verifies(confirmation.body));
    await sns.ok('SetTopicAttributes', { TopicArn: arn, AttributeName: 'SignatureVersion', AttributeValue: version });
    await sns.publish(arn, 'signed é', { Subject: 'with a subject' });
    await sns.publish(arn, 'signed, no subject');
    for (const { body } of await waitFor(point, 'Notification', 2)) {
      assert.equal(body.SignatureVersion, version);
      assert.ok(await verifies(body));
      assert.ok(!await verifies({ ...body, Message: `${body.Message}!` }));
    }
  });
}

story('a token that is wrong is refused', async (t) => {
  const point = await endpoint(t);
  const TopicArn = await sns.topic();
  await sns.subscribe(TopicArn, point.url, undefined, 'http');
  await waitFor(point, 'SubscriptionConfirmation');
  for (const Token of ['garbage', 'x'.repeat(300)])
    await sns.refused('InvalidParameter', 'ConfirmSubscription', { TopicArn, Token },
      { message: /^Invalid (parameter: T|t)oken/ });
});

story('a token lasts two days', async (t) => {
  const point = await endpoint(t);
  const TopicArn = await sns.topic();
  await sns.subscribe(TopicArn, point.url, undefined, 'http');
  const [{ body }] = await waitFor(point, 'SubscriptionConfirmation');
  await server.clock.for(t).advance(3 * 86_400_000);
  const r = await sns.call('ConfirmSubscription', { TopicArn, Token: body.Token });
  assert.ok(!r.ok && r.status < 500, r.text);
});

story('a failing endpoint is tried again', async (t) => {
  const point = await endpoint(t, (r, n) =>
    (r.headers['x-amz-sns-message-type'] === 'Notification' && n < 4 ? 500 : 200));
  const { arn } = await confirmed(point);
  server.clock.for(t);
  await sns.publish(arn, 'persist');
  await until('three tries', async () => {
    await server.clock.advance(20_000);
    return ofType(point, 'Notification').length >= 3;
  });
  const tries = ofType(point, 'Notification');
  assert.equal(new Set(tries.map((r) => r.body.MessageId)).size, 1);
  assert.equal(new Set(tries.map((r) => r.body.Signature)).size, 1);
});

story('after the last try the message goes to the subscription\'s dead-letter queue', async (t) => {
  const point = await endpoint(t, (r) => (r.headers['x-amz-sns-message-type'] === 'Notification' ? 503 : 200));
  const dead = await sqs.queue();
  const { arn } = await confirmed(point, { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(dead) }) });
  server.clock.for(t);
  await sns.publish(arn, 'undeliverable');
  await until('the dead letter', async () => {
    await server.clock.advance(20_000);
    return (await sqs.counts(dead))[0] === 1;
  });
  assert.ok(ofType(point, 'Notification').length >= 2, 'it was tried again first');
  assert.match((await sqs.one(dead)).Body, /undeliverable/);
});

story('a client error is final: no more tries', async (t) => {
  const point = await endpoint(t, (r) => (r.headers['x-amz-sns-message-type'] === 'Notification' ? 403 : 200));
  const dead = await sqs.queue();
  const { arn } = await confirmed(point, { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(dead) }) });
  await sns.publish(arn, 'forbidden');
  await until('the dead letter', async () => (await sqs.counts(dead))[0] === 1);
  assert.equal(ofType(point, 'Notification').length, 1);
});

story('an endpoint that redirects is not followed', async (t) => {
  const other = await endpoint(t);
  const listener = http.createServer((req, res) =>
    { req.resume(); res.writeHead(302, { location: other.url }).end(); });
  await new Promise((done) => listener.listen(0, '127.0.0.1', done));
  t.after(() => { listener.closeAllConnections(); listener.close(); });
  const TopicArn = await sns.topic();
  await sns.ok('Subscribe', { TopicArn, Protocol: 'http', Endpoint: `http://127.0.0.1:${listener.address().port}/` });
  const marker = await endpoint(t);
  await sns.subscribe(TopicArn, marker.url, undefined, 'http');
  await waitFor(marker, 'SubscriptionConfirmation');
  assert.equal(other.requests.length, 0);
});

story('the unsubscribe URL ends a subscription', async (t) => {
  const point = await endpoint(t);
  const { arn, subscription } = await confirmed(point);
  await sns.publish(arn, 'x');
  const [n] = await waitFor(point, 'Notification');
  await visit(n.body.UnsubscribeURL);
  await sns.refused('NotFound', 'GetSubscriptionAttributes', { SubscriptionArn: subscription }, { status: 404 });
});

story('the effective delivery policy shows three retries of 20 seconds', async (t) => {
  const point = await endpoint(t);
  const { subscription } = await confirmed(point);
  const { Attributes } = await sns.ok('GetSubscriptionAttributes', { SubscriptionArn: subscription });
  const policy = JSON.parse(Attributes.EffectiveDeliveryPolicy).healthyRetryPolicy;
  assert.deepEqual([policy.numRetries, policy.minDelayTarget, policy.maxDelayTarget, policy.backoffFunction],
    [3, 20, 20, 'linear']);
});

// ---- protection against calls into the inner network

// Other private ranges have their tests beside the code; here nothing may leave this machine.
for (const host of ['127.0.0.1', 'localhost', '[::1]', '0.0.0.0', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1',
  '127.1']) {
  story(`without the flag an endpoint at ${host} is never called`, async (t) => {
    const point = await endpoint(t);
    const TopicArn = await careful.sns.topic();
    const Endpoint = point.url.replace('127.0.0.1', host);
    const r = await careful.sns.call('Subscribe', { TopicArn, Protocol: 'http', Endpoint });
    if (r.ok) await sleep(500);   // it may find out only when it connects
    else assert.equal(r.error.code, 'InvalidParameter');
    assert.equal(point.requests.length, 0);
  });
}

story('without the flag 127.0.0.1 is refused in words when it is subscribed', async () => {
  const TopicArn = await careful.sns.topic();
  await careful.sns.refused('InvalidParameter', 'Subscribe',
    { TopicArn, Protocol: 'http', Endpoint: 'http://127.0.0.1:1/' }, { message: /^Invalid parameter/ });
});
