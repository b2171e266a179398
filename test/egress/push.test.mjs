// push.test.mjs - push queues against real HTTP servers, well-behaved and otherwise.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import dns from 'node:dns/promises';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { RINGI, fresh, freePort, run, sleep, start, story, until } from '../compat/lib.mjs';

const server = await start({ flags: ['--allow-private-webhooks'] });
after(() => server.close());

/** An HTTP listener that keeps what it was sent; `answer(request, response, nth)` decides. Its path is its own:
 * a port that another test gave back may still be called for that one. */
async function endpoint(t, answer = (r, res) => res.writeHead(204).end()) {
  const point = { requests: [], now: 0, most: 0, path: `/${fresh('hook')}-${randomBytes(4).toString('hex')}?a=b` };
  const listener = http.createServer((req, res) => {
    const parts = [];
    if (req.url !== point.path) return res.writeHead(404).end();
    point.now++;
    point.most = Math.max(point.most, point.now);
    res.on('close', () => point.now--);
    req.on('data', (d) => parts.push(d)).on('end', () => {
      const request = { method: req.method, path: req.url, headers: req.headers, at: Date.now(),
        text: Buffer.concat(parts).toString() };
      point.requests.push(request);
      answer(request, res, point.requests.length);
    });
  });
  await new Promise((done) => listener.listen(0, '127.0.0.1', done));
  point.close = () => { listener.closeAllConnections(); listener.close(); };
  t.after(point.close);
  point.url = `http://127.0.0.1:${listener.address().port}${point.path}`;
  point.texts = () => point.requests.map((r) => r.text);
  return point;
}

const secretOf = (bytes = 32) => `whsec_${randomBytes(bytes).toString('base64')}`;
const fine = (res) => res.writeHead(200).end();
const status = (code, headers = {}, body = '') => (r, res) => res.writeHead(code, headers).end(body);

async function put(name, body, of = server) {
  const r = await of.json('PUT', `/v1/queues/${name}`, body);
  assert.ok(r.status < 300, r.text);
  return name;
}
const queue = (push, more = {}, of = server) =>
  put(more.name ?? fresh(), { ...more, name: undefined, push }, of);
const fifo = (push, more = {}) => queue(push, { ...more, name: `${fresh()}.fifo` });
const get = async (name, of = server) => (await of.json('GET', `/v1/queues/${name}`)).data;
async function send(name, body, more = {}, headers = {}, of = server) {
  const r = await of.json('POST', `/v1/queues/${name}/messages`, { body, ...more }, headers);
  assert.equal(r.status, 201, r.text);
  return r.data;
}
const peek = async (name, of = server) => (await of.json('GET', `/v1/queues/${name}/messages`)).data.messages;
const empty = (name, of = server) =>
  until(`${name} to be empty`, async () => (await peek(name, of)).length === 0);
const errors = async (name) => (await server.json('GET', `/v1/queues/${name}/errors`)).data.errors;
const metric = async (name, of = server) =>
  Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\d+)$`, 'm').exec(
    (await of.request({ path: '/metrics' })).text)?.[1]);

/** A queue with a dead-letter queue. */
async function withDead(push, max_receives, more = {}) {
  const dead = await put(fresh('dead'), {});
  return [await queue(push, { dead_letter_queue: dead, max_receives, ...more }), dead];
}

// ---- what arrives

story('a message is sent to the URL with its headers, and gone after a 2xx', async (t) => {
  const point = await endpoint(t);
  const name = await queue({ url: point.url });
  const sent = await send(name, '{"order": 7}', { attributes: { city: 'Oslo' } });
  await empty(name);
  assert.equal(point.requests.length, 1);
  const [{ method, path: at, headers, text }] = point.requests;
  assert.deepEqual([method, at, text], ['POST', point.path, '{"order": 7}']);
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers['webhook-id'], sent.message_id);
  assert.ok(Math.abs(headers['webhook-timestamp'] - Date.now() / 1000) < 10);
  assert.equal(headers['ringi-queue'], name);
  assert.equal(headers['ringi-attempt'], '1');
  assert.match(headers['user-agent'], /^ringi\//);
  assert.equal(headers['webhook-signature'], undefined);
  assert.ok(!JSON.stringify(headers).includes('Oslo'), 'message attributes are not headers');
});

story('text is text, and a message may name its own type, but no second header', async (t) => {
  const point = await endpoint(t);
  const name = await queue({ url: point.url, concurrency: 1 });
  await send(name, 'just text é');
  await send(name, '<a/>', { attributes: { 'Content-Type': 'application/xml' } });
  await send(name, 'x', { attributes: { 'content-type': 'text/plain\r\nx-forged: 1' } });
  await send(name, 'y', { attributes: { 'content-type': `text/${'y'.repeat(124)}` } });
  await send(name, 'z', { attributes: { 'content-type': `text/${'z'.repeat(123)}` } });
  await empty(name);
  assert.deepEqual(point.requests.map((r) => [r.text, r.headers['content-type'], r.headers['x-forged']]), [
    ['just text é', 'text/plain; charset=utf-8', undefined], ['<a/>', 'application/xml', undefined],
    ['x', 'text/plain; charset=utf-8', undefined], ['y', 'text/plain; charset=utf-8', undefined],
    ['z', `text/${'z'.repeat(123)}`, undefined]]);
});

story('traceparent is passed on', async (t) => {
  const point = await endpoint(t);
  const name = await queue({ url: point.url });
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  await send(name, 'm', {}, { traceparent });
  await empty(name);
  assert.deepEqual(point.requests.map((r) => [r.text, r.headers.traceparent]), [['m', traceparent]]);
});

story('what waited before the queue pushed is sent too, and nothing after it stops', async (t) => {
  const point = await endpoint(t);
  const name = await put(fresh(), {});
  for (const m of ['a', 'b', 'c']) await send(name, m);
  await put(name, { push: { url: point.url } });
  await empty(name);
  assert.deepEqual(point.texts().sort(), ['a', 'b', 'c']);
  await put(name, { push: null });
  assert.equal((await get(name)).push, undefined);
  await send(name, 'd');
  const r = await server.sqs.json.one(`${server.url}/000000000000/${name}`);
  assert.equal(r.Body, 'd');
  assert.equal(point.requests.length, 3);
});

story('many messages all arrive', async (t) => {
  const point = await endpoint(t, (r, res) => setTimeout(fine, 2, res));
  const name = await queue({ url: point.url });
  const sent = Array.from({ length: 300 }, (_, i) => `m${i}`);
  await Promise.all(sent.map((m) => send(name, m)));
  await until('all of them', () => point.requests.length >= sent.length, 20_000);
  await empty(name);
  assert.deepEqual(point.texts().sort(), sent.sort());
});

story('no message waits for ever that came while the only call was ending', async (t) => {
  const point = await endpoint(t);
  const name = await queue({ url: point.url, concurrency: 1 });
  // Each comes as the call before it ends: asked for while that one was still counted.
  for (let i = 1; i <= 200; i++) {
    await send(name, `${i}`);
    if (i % 3) await until(`message ${i} to arrive`, () => point.requests.length >= i);
  }
  await until('all to arrive', () => point.requests.length === 200);
  await empty(name);
  assert.equal(point.most, 1);
});

story('a delayed message is sent when its delay is over, and not before', async (t) => {
  const point = await endpoint(t);
  const name = await queue({ url: point.url });
  const clock = server.clock.for(t);
  await clock.advance(0);
  await send(name, 'later', { delay_s: 60 });
  await clock.advance(59_000);
  assert.equal(point.requests.length, 0);
  await clock.advance(1000);
  await empty(name);
  assert.equal(point.requests.length, 1);
});

// ---- signatures

story('the official library accepts the signature, and not that of changed text', async (t) => {
  const point = await endpoint(t);
  const secret = secretOf();
  const name = await queue({ url: point.url, secret });
  await send(name, '{"grüße": "日本語"}');
  await empty(name);
  const [{ text, headers }] = point.requests;
  assert.deepEqual(new Webhook(secret).verify(text, headers), { grüße: '日本語' });
  assert.throws(() => new Webhook(secret).verify(`${text} `, headers));
  assert.throws(() => new Webhook(secretOf()).verify(text, headers));
  assert.throws(() => new Webhook(secret).verify(text, { ...headers, 'webhook-id': 'other' }));
});

story('while secrets are exchanged both sign; without naming them they stay', async (t) => {
  const point = await endpoint(t);
  const [old, next] = [secretOf(24), secretOf(64)];
  const name = await queue({ url: point.url, secret: [next, old], concurrency: 1 });
  assert.equal((await get(name)).push.secrets, 2);
  await put(name, { push: { url: point.url, concurrency: 1 } });
  await send(name, '1');
  await empty(name);
  await put(name, { push: { url: point.url, secret: next } });
  await send(name, '2');
  await empty(name);
  await put(name, { push: { url: point.url, secret: null } });
  await send(name, '3');
  await empty(name);
  const [both, one, none] = point.requests;
  assert.match(both.headers['webhook-signature'], /^v1,\S{44} v1,\S{44}$/);
  for (const s of [old, next]) assert.ok(new Webhook(s).verify(both.text, both.headers));
  assert.ok(new Webhook(next).verify(one.text, one.headers));
  assert.throws(() => new Webhook(old).verify(one.text, one.headers));
  assert.equal(none.headers['webhook-signature'], undefined);
  assert.equal((await get(name)).push.secrets, 0);
});

story('a secret is never shown, logged, or on the disk as it is', async (t) => {
  const point = await endpoint(t, status(500));
  const secret = secretOf();
  const bytes = Buffer.from(secret.slice(6), 'base64');
  const own = await start({ flags: ['--allow-private-webhooks'] });
  t.after(() => own.close());
  const name = await queue({ url: point.url, secret }, { purpose: 'secrets' }, own);
  await send(name, 'm', {}, {}, own);
  await until('a failure in the log', () => /call failed/.test(own.output));
  const told = [(await own.json('GET', `/v1/queues/${name}`)).text, (await own.json('GET', '/v1/queues')).text,
    JSON.stringify(await own.sqs.json.attributes(`${own.url}/000000000000/${name}`)),
    JSON.stringify(await peek(name, own)), (await own.request({ path: '/metrics' })).text, own.output];
  for (const text of told) assert.ok(!text.includes(secret.slice(6, 20)), text);
  assert.deepEqual((await get(name, own)).push,
    { url: point.url, concurrency: 10, timeout_ms: 30000, secrets: 1 });
  for (const file of fs.readdirSync(own.data).filter((f) => f.startsWith('ringi.db'))) {
    const data = fs.readFileSync(path.join(own.data, file));
    assert.ok(!data.includes(bytes) && !data.includes(secret.slice(6)), file);
  }
});

story('without the master key of its secrets a server does not start', async (t) => {
  const point = await endpoint(t);
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-push-'));
  t.after(() => fs.rmSync(data, { recursive: true, force: true }));
  const secret = secretOf();
  const first = await start({ flags: ['--allow-private-webhooks'], data });
  const name = await queue({ url: point.url, secret }, {}, first);
  await first.restart();
  await send(name, 'after a restart', {}, {}, first);
  await empty(name, first);
  assert.ok(new Webhook(secret).verify(JSON.stringify(1), signed(secret, '1')) === 1);
  assert.match(point.requests[0].headers['webhook-signature'], /^v1,/);
  await first.stop();
  const args = ['serve', '--auth', 'off', '--data', data, '--listen', `127.0.0.1:${await freePort()}`];
  const key = path.join(data, 'master.key');
  const kept = fs.readFileSync(key);
  fs.rmSync(key);
  let r = await run(RINGI, args);
  assert.deepEqual([r.code, /is missing/.test(r.stdout + r.stderr)], [4, true], r.stderr);
  fs.writeFileSync(key, `${'ab'.repeat(32)}\n`, { mode: 0o600 });
  r = await run(RINGI, args);
  assert.deepEqual([r.code, /not the one/.test(r.stdout + r.stderr)], [4, true], r.stderr);
  fs.writeFileSync(key, kept, { mode: 0o600 });
});

function signed(secret, text) {
  const at = new Date();
  return { 'webhook-id': 'i', 'webhook-timestamp': String(Math.floor(at / 1000)),
    'webhook-signature': new Webhook(secret).sign('i', at, text) };
}

// ---- failures

story('a failure is tried again with the same id, and says why meanwhile', async (t) => {
  const point = await endpoint(t, (r, res, n) => (n < 3 ? res.writeHead(500).end('out of\nstock') : fine(res)));
  const name = await queue({ url: point.url });
  await send(name, 'persist');
  const [held] = await until('the error', async () => {
    const messages = await peek(name);
    return messages[0]?.error && messages;
  });
  assert.deepEqual(held.error, { code: 'HTTP_500', message: '127.0.0.1 answered 500: out of stock' });
  await empty(name);
  assert.deepEqual(point.requests.map((r) => r.headers['ringi-attempt']), ['1', '2', '3']);
  assert.equal(new Set(point.requests.map((r) => r.headers['webhook-id'])).size, 1);
  const [first, second, third] = point.requests.map((r) => r.at);
  assert.ok(second - first >= 790 && third - second >= 1590, 'it waits longer each time');
});

for (const [what, value, least] of [['seconds', () => '2', 1990],
  ['a date', () => new Date(Date.now() + 3500).toUTCString(), 1900]]) {
  story(`Retry-After in ${what} is kept`, async (t) => {
    const point = await endpoint(t, (r, res, n) =>
      (n === 1 ? res.writeHead(500, { 'retry-after': value() }).end() : fine(res)));
    const name = await queue({ url: point.url });
    await send(name, 'm');
    await empty(name);
    const waited = point.requests[1].at - point.requests[0].at;
    assert.ok(waited >= least && waited < 6000, `waited ${waited} ms`);
  });
}

story('Retry-After may ask for an hour at most', async (t) => {
  const point = await endpoint(t, status(500, { 'retry-after': '999999' }));
  const name = await queue({ url: point.url });
  await send(name, 'm');
  const [held] = await until('the error', async () => {
    const messages = await peek(name);
    return messages[0]?.error && messages;
  });
  const ms = new Date(held.visible_at) - Date.now();
  assert.ok(ms > 3_500_000 && ms <= 3_600_000, `${ms}`);
  await put(name, { push: null });
});

story('429 with Retry-After holds back all messages of the queue', async (t) => {
  const point = await endpoint(t, (r, res, n) =>
    (n === 1 ? res.writeHead(429, { 'retry-after': '2' }).end() : fine(res)));
  const name = await queue({ url: point.url, concurrency: 1 });
  await send(name, 'a');
  await until('the first call', () => point.requests.length === 1);
  await send(name, 'b');
  await empty(name);
  assert.ok(point.requests[1].at - point.requests[0].at >= 1990);
});

story('an answer that takes too long is a failure', async (t) => {
  const point = await endpoint(t, (r, res, n) => (n === 1 ? undefined : fine(res)));
  const name = await queue({ url: point.url, timeout_ms: 1000 });
  const began = Date.now();
  await send(name, 'm');
  await until('the error', async () => (await peek(name))[0]?.error?.code === 'HTTP_TIMEOUT');
  assert.ok(Date.now() - began >= 990);
  await empty(name);
});

story('what the endpoint will never take goes to the dead-letter queue at once, with the error', async (t) => {
  const point = await endpoint(t, (r, res) => res.writeHead(Number(r.text)).end('<b>no</b>'));
  const [name, dead] = await withDead({ url: point.url }, 5);
  for (const code of ['400', '410', '422', '422']) await send(name, code);
  await empty(name);
  assert.equal(point.requests.length, 4);
  const groups = await errors(dead);
  assert.deepEqual(groups.map((g) => [g.code, g.count]), [['HTTP_422', 2], ['HTTP_400', 1], ['HTTP_410', 1]]);
  assert.equal(groups[0].message, '127.0.0.1 answered 422: <b>no</b>');
});

for (const code of [408, 409, 425, 500, 301, 304]) {
  story(`${code} is tried again`, async (t) => {
    const point = await endpoint(t, (r, res, n) =>
      (n === 1 ? res.writeHead(code, { location: '/elsewhere' }).end() : fine(res)));
    const [name, dead] = await withDead({ url: point.url }, 5);
    await send(name, 'm');
    await empty(name);
    assert.deepEqual(point.requests.map((r) => r.path), [point.path, point.path], 'no redirect is followed');
    assert.equal((await peek(dead)).length, 0);
  });
}

story('after the last receive it is a dead letter', async (t) => {
  const point = await endpoint(t, status(503));
  const [name, dead] = await withDead({ url: point.url }, 2);
  await send(name, 'm');
  await until('the dead letter', async () => (await peek(dead)).length === 1);
  assert.equal(point.requests.length, 2);
  const [letter] = await peek(dead);
  assert.deepEqual([letter.body, letter.dead_from, letter.error.code], ['m', name, 'HTTP_503']);
});

story('nobody listens: the error says so', async (t) => {
  const name = await queue({ url: `http://127.0.0.1:${await freePort()}/` });
  await send(name, 'm');
  const error = await until('the error', async () => (await peek(name))[0]?.error);
  assert.equal(error.code, 'HTTP_NO_ANSWER');
  assert.match(error.message, /^127\.0\.0\.1: /);
  await put(name, { push: null });
});

story('who speaks no HTTP fails; bytes that are no text are kept as text', async (t) => {
  const listener = net.createServer((socket) => socket.end('220 mail.example ESMTP\r\n'));
  await new Promise((done) => listener.listen(0, '127.0.0.1', done));
  t.after(() => listener.close());
  const point = await endpoint(t, (r, res) => res.writeHead(500).end(Buffer.from([0xff, 0xfe, 0, 10, 65, 0x80])));
  const a = await queue({ url: `http://127.0.0.1:${listener.address().port}/` });
  const b = await queue({ url: point.url });
  await send(a, 'm');
  await send(b, 'm');
  const said = await until('both errors', async () => {
    const found = [(await peek(a))[0].error, (await peek(b))[0].error];
    return found[0] && found[1] && found;
  });
  assert.deepEqual(said.map((e) => e.code), ['HTTP_NO_ANSWER', 'HTTP_500']);
  assert.equal(said[1].message, '127.0.0.1 answered 500: ??  A?');
  for (const name of [a, b]) await put(name, { push: null });
});

story('a certificate that nobody vouches for is not trusted', async (t) => {
  const pem = fs.readFileSync(new URL('./self-signed.pem', import.meta.url));
  let calls = 0;
  const listener = https.createServer({ key: pem, cert: pem }, (req, res) => { calls++; fine(res); });
  await new Promise((done) => listener.listen(0, '127.0.0.1', done));
  t.after(() => listener.close());
  const name = await queue({ url: `https://127.0.0.1:${listener.address().port}/` });
  await send(name, 'm');
  const error = await until('the error', async () => (await peek(name))[0]?.error);
  assert.equal(error.code, 'HTTP_NO_ANSWER');
  assert.match(error.message, /certificate/i);
  assert.equal(calls, 0);
  await put(name, { push: null });
});

story('an answer without an end is cut off; its status still counts', async (t) => {
  let poured = 0;
  const point = await endpoint(t, (r, res) => {
    res.writeHead(r.text === 'good' ? 200 : 500);
    const pour = setInterval(() => { poured++; res.write('é'.repeat(8 * 1024)); }, 1);
    res.on('close', () => clearInterval(pour));
  });
  const [name, dead] = await withDead({ url: point.url }, 1);
  await send(name, 'good');
  await send(name, 'bad');
  await empty(name);
  const [letter] = await peek(dead);
  assert.deepEqual([letter.body, letter.error.code], ['bad', 'HTTP_500']);
  assert.ok(letter.error.message.length < 500 && /é+$/.test(letter.error.message));
  assert.ok(poured < 200);
});

// ---- jobs

story('the job of a message SUCCEEDS with its call, and its failed attempts have the HTTP error', async (t) => {
  const point = await endpoint(t, (r, res, n) =>
    (n < 3 ? res.writeHead(500 + n).end('busy') : fine(res)));
  const name = await queue({ url: point.url }, { track: true, retry: { backoff: { initial_ms: 50 } } });
  const { id } = (await server.json('POST', `/v1/queues/${name}/jobs`, { payload: { order: 7 } })).data;
  const { data: job } = await server.json('GET', `/v1/jobs/${id}?wait=10`);
  assert.deepEqual([job.state, job.attempts, job.worker], ['SUCCEEDED', 3, 'push:127.0.0.1']);
  assert.deepEqual(job.history.map((a) => [a.outcome, a.error?.code]),
    [['FAILED', 'HTTP_501'], ['FAILED', 'HTTP_502'], ['SUCCEEDED', undefined]]);
  const [{ headers, text }] = point.requests;
  assert.deepEqual([JSON.parse(text), headers['webhook-id']], [{ order: 7 }, id]);
  assert.equal(headers.traceparent.split('-')[1], job.trace_id);
  assert.equal(headers.traceparent.split('-')[2], job.span_id);
});

story('a refused job has FAILED with what the endpoint said', async (t) => {
  const point = await endpoint(t, status(422, {}, 'no such item'));
  const name = await queue({ url: point.url }, { track: true });
  const { id } = (await server.json('POST', `/v1/queues/${name}/jobs`, { payload: 'x' })).data;
  const { data: job } = await server.json('GET', `/v1/jobs/${id}?wait=10`);
  assert.deepEqual([job.state, job.error],
    ['FAILED', { code: 'HTTP_422', message: '127.0.0.1 answered 422: no such item' }]);
});

// ---- order, bounds

story('a group keeps its order, through failures, and does not wait for others', async (t) => {
  let failed = false;
  const point = await endpoint(t, (r, res) => {
    if (r.text === 'x2' && !failed) { failed = true; return res.writeHead(500).end(); }
    setTimeout(fine, 5, res);
  });
  const name = await fifo({ url: point.url });
  for (const m of ['x1', 'x2', 'x3', 'y1', 'y2', 'y3']) await send(name, m, { group: m[0], dedup: m });
  await empty(name);
  const texts = point.texts();
  assert.deepEqual(texts.filter((m) => m[0] === 'x'), ['x1', 'x2', 'x2', 'x3']);
  assert.deepEqual(texts.filter((m) => m[0] === 'y'), ['y1', 'y2', 'y3']);
  assert.ok(texts.indexOf('y3') < texts.lastIndexOf('x2'));
  assert.ok(point.most <= 2);
});

story('no more calls at once than its concurrency, ten unless said', async (t) => {
  const points = [await endpoint(t, (r, res) => setTimeout(fine, 30, res)),
    await endpoint(t, (r, res) => setTimeout(fine, 30, res))];
  const names = [await queue({ url: points[0].url, concurrency: 3 }, { paused: true }),
    await queue({ url: points[1].url }, { paused: true })];
  for (let i = 0; i < 30; i++) for (const n of names) await send(n, `m${i}`);
  for (const n of names) await put(n, { paused: false });
  for (const n of names) await empty(n);
  assert.deepEqual(points.map((p) => p.most), [3, 10]);
});

story('an endpoint that never answers holds up no other queue', async (t) => {
  const stuck = await endpoint(t, () => undefined);
  const quick = await endpoint(t);
  const slow = [];
  for (let i = 0; i < 4; i++) slow.push(await queue({ url: stuck.url, concurrency: 64 }));
  for (const name of slow) await Promise.all(Array.from({ length: 64 }, (_, i) => send(name, `${i}`)));
  await until('many calls', () => stuck.most >= 100);
  const name = await queue({ url: quick.url });
  await send(name, 'quick');
  await empty(name);
  assert.ok(stuck.most < 128);
  for (const n of slow) await put(n, { push: null });
});

story('a paused queue is not pushed', async (t) => {
  const point = await endpoint(t);
  const name = await queue({ url: point.url }, { paused: true });
  await send(name, 'm');
  await sleep(150);
  assert.equal(point.requests.length, 0);
  assert.equal((await server.json('POST', `/v1/queues/${name}/resume`)).status, 204);
  await empty(name);
});

story('the rate of the queue is kept', async (t) => {
  const point = await endpoint(t);
  const name = await queue({ url: point.url }, { rate: 10 });
  for (let i = 0; i < 25; i++) await send(name, `${i}`);
  await empty(name);
  assert.ok(point.requests.at(-1).at - point.requests[0].at >= 1300);
});

// ---- the breaker

story('after failures in a row calls are held back; one on trial decides', async (t) => {
  let good = false;
  const point = await endpoint(t, (r, res) => (good ? fine(res) : res.writeHead(500).end()));
  const name = await queue({ url: point.url, concurrency: 5 });
  const clock = server.clock.for(t);
  await clock.advance(0);
  for (let i = 0; i < 8; i++) await send(name, `m${i}`);
  await until('the breaker', async () => (await get(name)).push_state.breaker === 'open');
  const called = point.requests.length;
  assert.ok(called >= 5 && called < 10, `${called} calls`);
  const { push_state: state } = await get(name);
  assert.equal(state.failures, 5);
  assert.match(state.open_until, /^\d{4}-/);
  assert.equal(await metric(`ringi_queue_push_state{queue="${name}"}`), 1);
  const untouched = (await peek(name)).filter((m) => m.receive_count === 0).length;
  await clock.advance(4000);
  assert.equal(point.requests.length, called, 'nothing is called while it is open');
  assert.equal((await peek(name)).filter((m) => m.receive_count === 0).length, untouched);
  const looked = await server.sqs.json.receive(`${server.url}/000000000000/${name}`, { VisibilityTimeout: 0 });
  assert.ok(looked.length > 0, 'an operator may still receive');
  await clock.advance(1000);
  await until('the trial', () => point.requests.length === called + 1);
  await until('the next pause', async () => (await get(name)).push_state.breaker === 'open');
  await clock.advance(9000);
  assert.equal(point.requests.length, called + 1);
  good = true;
  await clock.advance(1000);
  await until('the end of it', async () => (await get(name)).push_state.breaker === 'closed');
  await clock.advance(60_000);
  await empty(name);
  assert.equal(await metric(`ringi_queue_push_state{queue="${name}"}`), 0);
  assert.match(server.output, /calls held back.*queue=/);
  assert.match(server.output, /calls go on.*queue=/);
});

story('a queue whose calls are held back or fill their places costs nothing', async (t) => {
  const point = await endpoint(t, () => undefined);
  const name = await queue({ url: point.url, concurrency: 2 });
  for (let i = 0; i < 10; i++) await send(name, `${i}`);
  await until('two calls', () => point.most === 2);
  const before = await metric('ringi_commands_total');
  await sleep(500);
  assert.ok(await metric('ringi_commands_total') - before < 10, 'egress does not ask again and again');
  await put(name, { push: null });
});

// ---- crashes

story('a call that was under way when the process died is made again after its lease', async (t) => {
  let open = false;
  const point = await endpoint(t, (r, res) => (open ? fine(res) : undefined));
  const own = await start({ flags: ['--allow-private-webhooks'] });
  t.after(() => own.close());
  const name = await queue({ url: point.url, timeout_ms: 2000 }, {}, own);
  await send(name, 'patience', {}, {}, own);
  await until('the call', () => point.requests.length === 1);
  await own.restart({ hard: true });
  open = true;
  assert.equal((await peek(name, own))[0].state, 'in_flight');
  await own.clock.advance(17_000);
  await empty(name, own);
  assert.deepEqual(point.requests.map((r) => r.headers['ringi-attempt']), ['1', '2']);
});

story('a stop does not wait for endpoints', async (t) => {
  const point = await endpoint(t, () => undefined);
  const own = await start({ flags: ['--allow-private-webhooks'] });
  t.after(() => own.close());
  const name = await queue({ url: point.url }, {}, own);
  for (let i = 0; i < 3; i++) await send(name, `${i}`, {}, {}, own);
  await until('the calls', () => point.most === 3);
  const began = Date.now();
  await own.restart();
  assert.ok(Date.now() - began < 8000);
});

// ---- where it may not go

const refused = async (push, expected, of = server) => {
  const name = fresh();
  const r = await of.json('PUT', `/v1/queues/${name}`, { push });
  assert.equal(r.status, 400, r.text);
  assert.match(r.data.detail, expected);
  assert.ok(!r.text.includes('c2VjcmV0'), 'a secret is not repeated');
  assert.equal((await of.json('GET', `/v1/queues/${name}`)).status, 404);
};

story('what is wrong is refused, by name, and nothing is made', async () => {
  const url = 'https://example.com/hook';
  await refused('https://example.com/', /push must be an object/);
  await refused({ concurrency: 3 }, /push\.url is missing/);
  await refused({ url: 'ftp://example.com/' }, /http or https URL/);
  await refused({ url: 'https://me:c2VjcmV0@example.com/' }, /without a user/);
  await refused({ url, retry: 3 }, /no member retry; it may have url, concurrency, timeout_ms and secret/);
  await refused({ url, concurrency: 65 }, /push\.concurrency must be a number from 1 to 64/);
  await refused({ url, timeout_ms: 900_001 }, /push\.timeout_ms must be a number from 1000 to 900000/);
  for (const secret of ['c2VjcmV0c2VjcmV0', 'whsec_c2VjcmV0', [], ['whsec_c2VjcmV0'], 7, {},
    [secretOf(), secretOf(), secretOf()], secretOf(65), secretOf(23)])
    await refused({ url, secret }, /push\.secret must be "whsec_"/);
});

story('SQS may set push, but not its secret', async () => {
  const { json } = server.sqs;
  const QueueUrl = await json.queue({ push: '{"url":"https://example.com/hook"}' });
  assert.equal((await get(QueueUrl.split('/').pop())).push.url, 'https://example.com/hook');
  await json.refused('InvalidAttributeValue', 'SetQueueAttributes', { QueueUrl,
    Attributes: { push: '{"url":"https://example.com/hook","secret":"whsec_x"}' } }, { message: /PUT \/v1\/queues/ });
  await json.refused('InvalidAttributeName', 'SetQueueAttributes', { QueueUrl, Attributes: { push_secret: 'AAAA' } });
  await json.ok('SetQueueAttributes', { QueueUrl, Attributes: { push: '' } });
  assert.equal((await get(QueueUrl.split('/').pop())).push, undefined);
});

const careful = await start();
after(() => careful.close());

story('addresses of private networks are refused when they are set', async () => {
  for (const host of ['127.0.0.1:9', 'localhost', '10.0.0.1', '[::1]', '169.254.169.254', '0x7f.1', '2130706433'])
    await refused({ url: `http://${host}/` }, /private network/, careful);
});

const own = await dns.lookup(os.hostname()).catch(() => null);
if (own && /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(own.address) && !/localhost/.test(os.hostname())) {
  story('a name that leads into the inner network is not called', async (t) => {
    let connections = 0;
    const listener = net.createServer((socket) => { connections++; socket.destroy(); });
    await new Promise((done) => listener.listen(0, '0.0.0.0', done));
    t.after(() => listener.close());
    const name = await queue({ url: `http://${os.hostname()}:${listener.address().port}/` }, {}, careful);
    await send(name, 'm', {}, {}, careful);
    const error = await until('the error', async () => (await peek(name, careful))[0]?.error);
    assert.equal(error.code, 'HTTP_FORBIDDEN_ADDRESS');
    assert.equal(connections, 0);
  });
}
