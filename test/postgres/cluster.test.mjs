// cluster.test.mjs - three nodes that look like one service: any of them answers, owners are
// killed and frozen under load, nothing acknowledged is lost, nothing is written by who lost
// the lease, and nobody gets in by the nodes' port who is no node.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { freePort, request, RINGI, run, sleep, start, until } from '../compat/lib.mjs';
import { skip, startPostgres } from '../compat/postgres.mjs';

const NAMES = ['a', 'b', 'c'];
const TAKEOVER_MS = 7000; // the lease, reading the rows, and a busy machine
const LINE_MAX = 256;
const GUESTS_MAX = 1024;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-cluster-'));
const key = path.join(folder, 'master.key');
const nodes = {};
const ports = {}; // of each: clients, nodes
let db;

const flags = (name, schema = 'one') => ['--store', `${db.url}?schema=${schema}`, '--standby', '--master-key-file', key,
  '--node', name, '--node-listen', `127.0.0.1:${ports[name].nodes}`];
/** Resolves when the node answers, by itself or by the owner. */
async function node(name) {
  delete process.env.RINGI_TEST_POSTGRES; // the place is said here
  return nodes[name] = await start({ data: path.join(folder, name), port: ports[name].clients, flags: flags(name) });
}
const own = (name, at) => request(`http://127.0.0.1:${ports[name].nodes}`, { path: at });
const ready = async (name) => JSON.parse((await own(name, '/readyz')).text);
const figure = async (name, what) =>
  Number((await own(name, '/metrics')).text.match(new RegExp(`^${what} (\\d+)$`, 'm'))[1]);
const cluster = async (name) => (await nodes[name].json('GET', '/v1/cluster')).data;
const ownerOf = async () => (await ready(NAMES.find((n) => nodes[n] && !nodes[n].ended && !nodes[n].frozen))).owner;
const settled = (names = NAMES) => until('an owner is known to all', async () => {
  const seen = await Promise.all(names.map((n) => ready(n).catch(() => ({}))));
  const owner = seen.find((s) => s.role === 'owner')?.node;
  return owner && seen.every((s) => s.status === 'ready' && s.owner === owner) && owner;
}, 15_000);
const others = (owner) => NAMES.filter((n) => n !== owner);
const sqs = (name) => nodes[name].sqs.json;
const urlAt = (name, queue) => `${nodes[name].url}/000000000000/${queue}`;

/** All that a socket answers to what is written, until it is closed or `enough` says so. */
const raw = (port, text, enough = () => false) => new Promise((done) => {
  const s = net.connect(port, '127.0.0.1');
  let said = '';
  s.setEncoding('latin1').on('data', (d) => { said += d; if (enough(said)) s.destroy(); });
  s.on('error', () => {}).on('close', () => done(said)); // cut, with bytes that nobody read: all the same
  s.write(text);
});
const HELLO = `RINGI1 ${'0'.repeat(32)} x\n`;

before(async () => {
  fs.writeFileSync(key, randomBytes(32).toString('hex'), { mode: 0o600 });
  if (skip) return;
  db = await startPostgres({ settings: { fsync: 'on' } });
  for (const name of NAMES) ports[name] = { clients: await freePort(), nodes: await freePort() };
  for (const name of NAMES) await node(name);
  await settled();
});
after(async () => {
  for (const n of Object.values(nodes)) if (!n.ended) n.process.kill('SIGKILL');
  await db?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('a client of a standby is told 503 when no owner comes, and the node says so of itself', { skip }, async (t) => {
  ports.lonely = { clients: await freePort(), nodes: await freePort() };
  // no node
  const alone = await start({ data: path.join(folder, 'alone'), flags: ['--store', `${db.url}?schema=lonely`] });
  const began = Date.now();
  const p = spawn(RINGI, ['serve', '--data', path.join(folder, 'lonely'), '--auth', 'off', '--listen',
    `127.0.0.1:${ports.lonely.clients}`, ...flags('lonely', 'lonely')], { stdio: 'ignore' });
  t.after(() => p.kill('SIGKILL'));
  const at = await until('it listens', () => own('lonely', '/readyz').catch(() => null));
  assert.equal(at.status, 503);
  assert.equal((await own('lonely', '/healthz')).status, 200);
  assert.equal((await own('lonely', '/v1/queues')).status, 404);
  const r = await request(`http://127.0.0.1:${ports.lonely.clients}`,
    { method: 'POST', path: '/', body: 'x'.repeat(100_000) });
  assert.equal(r.status, 503);
  assert.equal(r.headers['retry-after'], '1');
  assert.equal(JSON.parse(r.text).code, 'NO_OWNER');
  assert.ok(Date.now() - began < 12_000);
  await alone.close();
});

test('any node answers: queues, large bodies, pages, one id for each request', { skip }, async () => {
  await sqs('a').ok('CreateQueue', { QueueName: 'all' });
  const body = 'x'.repeat(1024 * 1024);
  for (const name of NAMES) await sqs(name).ok('SendMessage', { QueueUrl: urlAt(name, 'all'), MessageBody: body });
  for (const name of NAMES) {
    const { Messages } = await sqs(name).ok('ReceiveMessage', { QueueUrl: urlAt(name, 'all') });
    assert.equal(Messages[0].Body, body);
    await sqs(name).ok('DeleteMessage', { QueueUrl: urlAt(name, 'all'), ReceiptHandle: Messages[0].ReceiptHandle });
  }
  const ids = new Set();
  for (const name of NAMES)
    for (const r of await Promise.all(Array.from({ length: 50 }, () => nodes[name].json('GET', '/v1/queues?limit=1'))))
      ids.add(r.headers['x-amzn-requestid']);
  assert.equal(ids.size, 150);
  const standby = others(await settled())[0];
  assert.ok(await figure(standby, 'ringi_node_forwards_total') > 0);
});

test('an idempotency key gives the same answer from any node', { skip }, async () => {
  await nodes.a.json('PUT', '/v1/queues/work', { track: true });
  const headers = { 'Idempotency-Key': 'once' };
  const said = await Promise.all(NAMES.map((n) =>
    nodes[n].json('POST', '/v1/queues/work/jobs', { payload: 1 }, headers)));
  for (const r of said) assert.deepEqual([r.status, r.data.id], [202, said[0].data.id]);
});

test('long polls and event streams go through', { skip }, async () => {
  const [b, c] = others(await settled());
  await nodes[b].json('PUT', '/v1/queues/polled', { track: true });
  const polled = sqs(b).ok('ReceiveMessage', { QueueUrl: urlAt(b, 'polled'), WaitTimeSeconds: 20 });
  const events = await new Promise((done) => http.get(`${nodes[c].url}/v1/events`,
    { headers: { accept: 'text/event-stream' } }, (res) => done(res.setEncoding('utf8'))));
  let told = '';
  events.on('data', (d) => { told += d; });
  const { id } = (await nodes[b].json('POST', '/v1/queues/polled/jobs', { payload: 'x' })).data;
  assert.equal((await polled).Messages.length, 1);
  await until('the stream tells of it', () => told.includes(id));
  events.destroy();
});

test('the owner knows the client, not the node, as who asks', { skip }, async (t) => {
  const owner = await settled(), standby = others(owner)[0];
  const seen = path.join(folder, 'audit');
  ports.k = { clients: await freePort(), nodes: await freePort() };
  ports.l = { clients: await freePort(), nodes: await freePort() };
  assert.ok(standby && seen);
  const signed = (name) => start({ data: path.join(folder, name), auth: 'on', port: ports[name].clients,
    flags: flags(name, 'signed') });
  const k = await signed('k'), l = await signed('l');
  t.after(async () => { await l.close(); await k.close(); });
  const token = fs.readFileSync(path.join(folder, 'k', 'admin.token'), 'utf8').trim();
  const status = await new Promise((done, failed) => {
    const req = http.request(`${l.url}/v1/queues/heard`, { method: 'PUT', localAddress: '127.0.0.7',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } },
    (res) => { res.resume(); done(res.statusCode); });
    req.on('error', failed).end('{}');
  });
  assert.equal(status, 201);
  const { data } = await l.json('GET', '/v1/audit?limit=5', undefined, { authorization: `Bearer ${token}` });
  assert.ok(JSON.stringify(data).includes('"127.0.0.7"'), JSON.stringify(data));
});

test('who is no node gets nothing by the nodes\' port', { skip }, async () => {
  const owner = await settled(), standby = others(owner)[0];
  const at = ports[owner].nodes;
  const denied = await figure(owner, 'ringi_node_denied_total');
  const proof = (said) => `10.9.8.7:1 ${said.split(' ')[2].trim()}\nGET /v1/queues HTTP/1.1\r\nHost: x\r\n\r\n`;
  // Its own proof said back, and one of noughts.
  for (const second of [proof, () => `10.9.8.7:1 ${'0'.repeat(64)}\n`]) {
    const said = await new Promise((done) => {
      const s = net.connect(at, '127.0.0.1', () => s.write(HELLO));
      let text = '';
      s.setEncoding('latin1').on('data', (d) => { if (!text) s.write(second(d)); text += d; });
      s.on('close', () => done(text)).on('error', () => {});
    });
    assert.match(said, /^RINGI1 [0-9a-f]{32} [0-9a-f]{64}\n$/);
  }
  assert.equal(await raw(at, 'RINGI1 nonsense\n'), '');
  assert.equal(await raw(at, `RINGI1 ${'0'.repeat(LINE_MAX)}`), ''); // one over, without an end
  assert.equal(await figure(owner, 'ringi_node_denied_total'), denied + 4);
  assert.equal(await raw(ports[standby].nodes, HELLO), 'RINGI1 NO\n');
  // The clients' port knows no such line.
  assert.match(await raw(ports[owner].clients, HELLO), /^HTTP\/1\.1 400 /);
  assert.equal(await figure(owner, 'ringi_node_denied_total'), denied + 4);
});

test('connections that say nothing are bounded, and end', { skip }, async () => {
  const owner = await settled();
  const sockets = Array.from({ length: GUESTS_MAX + 1 },
    () => net.connect(ports[owner].nodes, '127.0.0.1').on('error', () => {}));
  let closed = 0;
  for (const s of sockets) s.on('close', () => { closed++; }).resume();
  await until('one too many is closed', () => closed === 1);
  for (const s of sockets) s.destroy();
  await until('the others are gone', async () => (await own(owner, '/healthz').catch(() => ({}))).status === 200);
});

test('TLS passes through to the owner', { skip }, async (t) => {
  const cert = path.join(folder, 'cert.pem'), pem = path.join(folder, 'cert.key');
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
    '-days', '2', '-subj', '/CN=localhost', '-keyout', pem, '-out', cert], { stdio: 'ignore' });
  const get = (name, at) => new Promise((done, failed) => https.get({ host: '127.0.0.1', port: ports[name].clients,
    path: at, rejectUnauthorized: false, agent: false }, (res) => {
    let text = '';
    res.on('data', (d) => { text += d; }).on('end', () => done(text));
  }).on('error', failed));
  for (const name of ['s', 't']) {
    ports[name] = { clients: await freePort(), nodes: await freePort() };
    const p = spawn(RINGI, ['serve', '--data', path.join(folder, name), '--auth', 'off',
      '--listen', `127.0.0.1:${ports[name].clients}`, '--tls-cert', cert, '--tls-key', pem, ...flags(name, 'sealed')],
    { stdio: 'ignore' });
    t.after(() => p.kill('SIGKILL'));
    await until('it answers', () => get(name, '/readyz').catch(() => null));
  }
  assert.deepEqual(JSON.parse(await get('t', '/readyz')).node, 's');
});

test('a hand-over is hardly felt, and its long polls are answered', { skip }, async (t) => {
  const owner = await settled(), [b, c] = others(owner);
  await sqs(b).ok('CreateQueue', { QueueName: 'handed' });
  const polled = sqs(b).call('ReceiveMessage', { QueueUrl: urlAt(b, 'handed'), WaitTimeSeconds: 20 });
  await until('it is parked', async () => (await nodes[c].json('GET', '/v1/queues/handed')).data.waiting > 0);
  const began = Date.now();
  let longest = 0, done = false;
  const sends = (async () => {
    while (!done) {
      const at = Date.now();
      const r = await sqs(c).call('SendMessage', { QueueUrl: urlAt(c, 'handed'), MessageBody: 'x' }).catch(() => null);
      if (r?.ok) longest = Math.max(longest, Date.now() - at);
    }
  })();
  await sleep(100);
  await nodes[owner].stop();
  await settled([b, c]);
  done = true;
  await sends;
  assert.ok((await polled).ok, 'the poll was answered');
  t.diagnostic(`longest send across the hand-over: ${longest} ms`);
  assert.ok(longest < 1500 && Date.now() - began < 20_000, `${longest} ms`);
  await node(owner);
  await settled();
});

// ---- faults under load

const GROUPS = 6, ROUNDS = 2;
// With more attempts it waits up to 20 s between them.
const client = (name) => new SQSClient({ endpoint: nodes[name].url, region: 'us-east-1', maxAttempts: 2,
  credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });

/** Sends in order, each message until it is acknowledged; by another node when one is gone. */
async function produce(group, load) {
  for (let n = 0; !load.over; n++) {
    const QueueUrl = urlAt('a', 'flow.fifo');
    for (let at = group; ; at++) {
      const name = NAMES[at % NAMES.length];
      try {
        await client(name).send(new SendMessageCommand({ QueueUrl, MessageBody: `${group}:${n}`,
          MessageGroupId: `g${group}`, MessageDeduplicationId: `${group}-${n}` }));
        break;
      } catch { await sleep(20); }
    }
    load.sent.add(`${group}:${n}`);
  }
}

/** What is deleted for sure must not come again, and nothing of a group before what is before it. */
async function consume(at, load) {
  for (let i = at; !load.drained(); i++) {
    const name = NAMES[i % NAMES.length], QueueUrl = urlAt('a', 'flow.fifo');
    try {
      const { Messages = [] } = await client(name).send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10,
        WaitTimeSeconds: 1, VisibilityTimeout: 2 }));
      for (const m of Messages) load.got(m.Body, m.MessageId);
      for (const m of Messages) {
        await client(name).send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: m.ReceiptHandle }));
        load.deleted.add(m.Body);
      }
    } catch { await sleep(20); }
  }
}

test('owners are killed in a loop: nothing acknowledged is lost, order holds', { skip, timeout: 60_000 }, async (t) => {
  await sqs('a').ok('CreateQueue', { QueueName: 'flow.fifo', Attributes: { FifoQueue: 'true' } });
  const load = { over: false, sent: new Set(), deleted: new Set(), ids: new Map(), next: Array(GROUPS).fill(0),
    wrong: [] };
  load.drained = () => load.over && [...load.sent].every((b) => load.ids.has(b));
  load.got = (body, id) => {
    const [group, n] = body.split(':').map(Number);
    if (load.deleted.has(body)) load.wrong.push(`${body} came again after its deletion`);
    if (n > load.next[group]) load.wrong.push(`${body} came before ${group}:${load.next[group]}`);
    if (load.ids.has(body) && load.ids.get(body) !== id) load.wrong.push(`${body} is there twice`);
    load.ids.set(body, id);
    load.next[group] = Math.max(load.next[group], n + 1);
  };
  const producers = Array.from({ length: GROUPS }, (_, g) => produce(g, load));
  const consumers = [0, 1].map((i) => consume(i, load));
  for (let round = 0; round < ROUNDS; round++) {
    await sleep(300); // some traffic
    const owner = await settled();
    const before = load.sent.size, began = Date.now();
    await nodes[owner].crash();
    await until('a send is acknowledged', () => load.sent.size > before + GROUPS, TAKEOVER_MS);
    t.diagnostic(`kill -9 of ${owner}: first sends acknowledged after ${Date.now() - began} ms`);
    await node(owner);
  }
  await settled();
  load.over = true;
  await Promise.all(producers);
  await Promise.race([Promise.all(consumers), sleep(15_000)]);
  assert.deepEqual(load.wrong, []);
  const lost = [...load.sent].filter((b) => !load.ids.has(b));
  assert.deepEqual(lost, [], `of ${load.sent.size}`);
  t.diagnostic(`${load.sent.size} acknowledged sends, ${load.ids.size} messages`);
});

test('an owner that was frozen past its lease writes nothing more', { skip, timeout: 30_000 }, async (t) => {
  const owner = await settled(), [b] = others(owner), frozen = nodes[owner];
  await sqs(b).ok('CreateQueue', { QueueName: 'fenced' });
  frozen.process.kill('SIGSTOP');
  frozen.frozen = true;
  t.after(() => frozen.process.kill('SIGCONT'));
  const began = Date.now();
  const late = sqs(owner).call('SendMessage', { QueueUrl: urlAt(owner, 'fenced'), MessageBody: 'late' })
    .catch(() => ({ ok: false }));
  const sent = await until('another one takes a send', async () => {
    const r = await sqs(b).call('SendMessage', { QueueUrl: urlAt(b, 'fenced'), MessageBody: 'in time' })
      .catch(() => ({ ok: false }));
    return r.ok && r;
  }, 15_000);
  assert.ok(sent.ok);
  t.diagnostic(`SIGSTOP to the first acknowledged send: ${Date.now() - began} ms`);
  frozen.process.kill('SIGCONT');
  assert.equal((await frozen.exit).code, 4);
  assert.match(frozen.output, /the lease is lost/);
  assert.equal((await late).ok, false);
  const { Messages } = await sqs(b).ok('ReceiveMessage', { QueueUrl: urlAt(b, 'fenced'), MaxNumberOfMessages: 10 });
  assert.ok(Messages.length >= 1 && Messages.every((m) => m.Body === 'in time'), JSON.stringify(Messages));
  await node(owner);
  assert.equal((await cluster(owner)).nodes.length, 3);
});

test('options that do not fit are refused', async () => {
  const standby = ['--store', 'postgres://x/y', '--standby', '--master-key-file', key];
  for (const [more, says] of [
    [['--node-listen', '127.0.0.1:1'], /--node-listen is for several nodes: with --standby/],
    [['--node-address', 'x:1'], /--node-address is where --node-listen is reached/],
    [[...standby, '--node-listen', '0.0.0.0:1'], /other nodes need one: --node-address/],
    [[...standby, '--node-listen', '127.0.0.1:0', '--node-address', 'x'.repeat(256)], /has 255 bytes at the most/],
  ]) {
    const r = await run(RINGI, ['serve', '--data', path.join(folder, 'wrong'), '--auth', 'off',
      '--listen', '127.0.0.1:0', ...more]);
    assert.deepEqual([r.code, says.test(r.stderr)], [2, true], r.stderr);
  }
});
