// egress.test.mjs - calls to the outside when the outside is slow, rude, or not what it says.
//
// What a well-behaved endpoint sees is in test/compat/webhooks.test.mjs.
import assert from 'node:assert/strict';
import dns from 'node:dns/promises';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import { after } from 'node:test';
import { arnOf, start, story, until } from '../compat/lib.mjs';

const server = await start({ flags: ['--allow-private-webhooks'] });
after(() => server.close());
const { sns } = server;
const sqs = server.sqs.json;

/** An HTTP listener; `handle(request, response, nth)` decides what happens. */
async function endpoint(t, handle, host = '127.0.0.1') {
  const point = { requests: [], now: 0, most: 0 };
  const listener = http.createServer((req, res) => {
    const parts = [];
    point.now++;
    point.most = Math.max(point.most, point.now);
    res.on('close', () => point.now--);
    req.on('data', (d) => parts.push(d)).on('end', () => {
      const type = req.headers['x-amz-sns-message-type'];
      const text = Buffer.concat(parts).toString();
      point.requests.push({ type, text });
      handle({ type, text }, res, point.requests.length);
    });
  });
  await new Promise((done) => listener.listen(0, host, done));
  point.close = () => { listener.closeAllConnections(); listener.close(); };
  t.after(point.close);
  point.url = `http://${host}:${listener.address().port}/hook`;
  return point;
}

const notifications = (point) => point.requests.filter((r) => r.type === 'Notification');
const fine = (res) => res.writeHead(200).end();

/** Confirms what `point` was asked, and gives the topic's ARN. */
async function confirmed(point, Attributes = {}, of = server) {
  const TopicArn = await of.sns.topic();
  const asked = point.requests.length;
  await of.sns.subscribe(TopicArn, point.url, { RawMessageDelivery: 'true', ...Attributes }, 'http');
  await until('the confirmation', () => point.requests.length > asked);
  const { Token } = JSON.parse(point.requests[asked].text);
  await of.sns.ok('ConfirmSubscription', { TopicArn, Token });
  return TopicArn;
}

/** The real time back, however the test ends. */
const withClock = (t) => { t.after(() => server.clock.reset()); return server.clock; };

story('an answer that does not end is cut off and counts as failed', async (t) => {
  const point = await endpoint(t, (r, res, n) => {
    if (n !== 2) return fine(res);
    res.writeHead(200);
    const pour = setInterval(() => res.write('x'.repeat(16 * 1024)), 1);
    res.on('close', () => clearInterval(pour));
  });
  const arn = await confirmed(point);
  const clock = withClock(t);
  await sns.publish(arn, 'hello');
  await until('the second try', async () => {
    await clock.advance(20_000);
    return notifications(point).length >= 2;
  });
  assert.deepEqual(notifications(point).map((r) => r.text), ['hello', 'hello']);
});

story('an endpoint that never answers holds up nobody else, and is called at most 8 times at once', async (t) => {
  const stuck = await endpoint(t, (r, res) => (r.type === 'Notification' ? undefined : fine(res)));
  const quick = await endpoint(t, (r, res) => fine(res));
  const slowArn = await confirmed(stuck);
  const quickArn = await confirmed(quick);
  for (let i = 0; i < 40; i++) await sns.publish(slowArn, `${i}`);
  await until('8 calls', () => notifications(stuck).length >= 8);
  await sns.publish(quickArn, 'quick');
  await until('the quick one', () => notifications(quick).length === 1, 3000);
  assert.equal(stuck.most, 8);
});

story('many messages for one endpoint all arrive once', async (t) => {
  const point = await endpoint(t, (r, res) => setTimeout(fine, 2, res));
  const arn = await confirmed(point);
  const sent = Array.from({ length: 300 }, (_, i) => `m${i}`);
  await Promise.all(sent.map((m) => sns.publish(arn, m)));
  await until('all of them', () => notifications(point).length >= sent.length, 20_000);
  assert.deepEqual(notifications(point).map((r) => r.text).sort(), sent.sort());
});

story('what is under way when the server ends is delivered after the next start', async (t) => {
  let open = false;
  const point = await endpoint(t, (r, res) => (open || r.type !== 'Notification' ? fine(res) : undefined));
  const own = await start({ flags: ['--allow-private-webhooks'] });
  t.after(() => own.close());
  const arn = await confirmed(point, {}, own);
  await own.sns.publish(arn, 'patience');
  await until('the call', () => notifications(point).length === 1);
  const began = Date.now();
  await own.restart();
  assert.ok(Date.now() - began < 8000, 'the end does not wait for the endpoint');
  open = true;
  await own.clock.advance(61_000);
  await until('the call after the restart', () => notifications(point).length === 2);
});

story('a killed server delivers what it had accepted', async (t) => {
  let open = false;
  const point = await endpoint(t, (r, res) => (open || r.type !== 'Notification' ? fine(res) : undefined));
  const own = await start({ flags: ['--allow-private-webhooks'] });
  t.after(() => own.close());
  const arn = await confirmed(point, {}, own);
  for (let i = 0; i < 5; i++) await own.sns.publish(arn, `m${i}`);
  await own.restart({ hard: true });
  open = true;
  const before = notifications(point).length;
  await own.clock.advance(61_000);
  await until('all five', () => new Set(notifications(point).slice(before).map((r) => r.text)).size === 5);
});

story('an endpoint that speaks no HTTP is a failure that is tried again', async (t) => {
  let calls = 0;
  const listener = net.createServer((socket) => { calls++; socket.end('220 mail.example ESMTP\r\n'); });
  await new Promise((done) => listener.listen(0, '127.0.0.1', done));
  t.after(() => listener.close());
  const clock = withClock(t);
  const TopicArn = await sns.topic();
  await sns.subscribe(TopicArn, `http://127.0.0.1:${listener.address().port}/`, undefined, 'http');
  await until('two tries', async () => { await clock.advance(20_000); return calls >= 2; });
});

story('when nobody listens any more, the message ends in the dead-letter queue', async (t) => {
  const point = await endpoint(t, (r, res) => fine(res));
  const dead = await sqs.queue();
  const policy = { healthyRetryPolicy: { numRetries: 1, minDelayTarget: 1, maxDelayTarget: 1 } };
  const arn = await confirmed(point, { DeliveryPolicy: JSON.stringify(policy),
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(dead) }) });
  point.close();
  const clock = withClock(t);
  await sns.publish(arn, 'too late');
  await until('the dead letter', async () => {
    await clock.advance(1000);
    return (await sqs.counts(dead))[0] === 1;
  });
  assert.equal((await sqs.one(dead)).Body, 'too late');
});

const own = await dns.lookup(os.hostname()).catch(() => null);
const inner = own && /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(own.address) &&
  !/localhost/.test(os.hostname());
if (inner) {
  story('a name that leads into the inner network is not called', async (t) => {
    let connections = 0;
    const listener = net.createServer((socket) => { connections++; socket.destroy(); });
    await new Promise((done) => listener.listen(0, '0.0.0.0', done));
    t.after(() => listener.close());
    const careful = await start();
    t.after(() => careful.close());
    const TopicArn = await careful.sns.topic();
    await careful.sns.subscribe(TopicArn, `http://${os.hostname()}:${listener.address().port}/`, undefined, 'http');
    await until('the refusal in the log', () => /private network/.test(careful.output));
    assert.equal(connections, 0);
  });
}
