// lib.mjs - what the compatibility suites share: a server of their own, raw calls, a clock.
//
// A suite starts one server, on a port and a data folder nobody else has, and talks to it as any
// client would. `story` is a test with a time limit; `inBoth` tells the same story in the JSON and
// in the Query protocol. A call returns what was answered; `ok` insists on success and returns the
// result, `refusal` insists on a refusal and returns { status, code, message, ... }, where `code` is
// the Query code in both protocols (JSON carries it in x-amzn-query-error).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { child, formBody, parseXml, snsFields, snsResult, sqsFields, sqsResult, textOf } from './wire.mjs';

export const RINGI = path.resolve(process.env.RINGI
  ?? fileURLToPath(new URL('../../build/ringi', import.meta.url)));
export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';
export const PROTOCOLS = ['json', 'query'];
const READY_TIME_MS = 20_000;
const STORY_TIME_MS = 30_000;

export const md5 = (data) => createHash('md5').update(data).digest('hex');
export const sha256 = (data) => createHash('sha256').update(data).digest('hex');
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export function story(name, fn, timeout = STORY_TIME_MS) {
  test(name, { timeout }, fn);
}

/** The same story once a protocol. `fn` gets an operation caller (see Sqs below) and the test. */
export function inBoth(server, name, fn) {
  for (const protocol of PROTOCOLS) story(`${name} (${protocol})`, (t) => fn(server.sqs[protocol], t));
}

// ---- names

let names = 0;
/** A queue or topic name that no other test of this file has. */
export const fresh = (stem = 'queue') => `${stem}-${++names}`;
export const freshFifo = (stem = 'queue') => `${fresh(stem)}.fifo`;
export const arnOf = (queueUrl) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${queueUrl.split('/').pop()}`;

// ---- raw HTTP

/** One request as it stands. Returns { status, headers, text, bytes }. */
export function request(base, { method = 'GET', path: at = '/', headers = {}, body, agent } = {}) {
  const url = new URL(base);
  return new Promise((resolve, reject) => {
    const req = http.request({ host: url.hostname, port: url.port, method, path: at, headers, agent }, (res) => {
      const parts = [];
      res.on('data', (d) => parts.push(d));
      res.on('error', reject);
      res.on('end', () => {
        const bytes = Buffer.concat(parts);
        resolve({ status: res.statusCode, headers: res.headers, bytes, text: bytes.toString('utf8') });
      });
    });
    req.on('error', reject);
    req.end(body);
  });
}

export async function freePort() {
  const server = net.createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** Calls `look` until it returns something true; what it waits for is named in the failure. */
export async function until(what, look, limit = 10_000) {
  const end = Date.now() + limit;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) assert.fail(`waited ${limit} ms for ${what}`);
    await sleep(20);
  }
}

/** Runs a program to its end. Returns { code, stdout, stderr }; never throws for its exit code. */
export function run(file, args, { env = {}, cwd, input, limit = 60_000 } = {}) {
  return new Promise((resolve, reject) => {
    const p = spawn(file, args, { cwd, env: { ...process.env, ...env } });
    let stdout = '';
    let stderr = '';
    p.stdout.setEncoding('utf8').on('data', (d) => { stdout += d; });
    p.stderr.setEncoding('utf8').on('data', (d) => { stderr += d; });
    const timer = setTimeout(() => p.kill('SIGKILL'), limit);
    p.on('error', reject);
    p.on('close', (code) => { clearTimeout(timer); resolve({ code, stdout, stderr }); });
    p.stdin.on('error', () => {});
    p.stdin.end(input ?? '');
  });
}

// ---- the server

class Clock {
  constructor(server) { this.server = server; this.at = null; }

  /** Pins the server's clock. Returns after everything that became due has been done. */
  async set(ms) {
    const r = await this.server.request({ method: 'PUT', path: '/v2/clock',
      headers: { 'content-type': 'application/json' }, body: JSON.stringify({ timestamp: ms }) });
    assert.ok(r.status >= 200 && r.status < 300, `PUT /v2/clock: ${r.status} ${r.text}`);
    this.at = ms;
  }

  /** From now, or from where it was pinned. */
  async advance(ms) { await this.set((this.at ?? Date.now()) + ms); }

  async reset() {
    const r = await this.server.request({ method: 'POST', path: '/v2/clock/reset' });
    assert.ok(r.status >= 200 && r.status < 300, `POST /v2/clock/reset: ${r.status} ${r.text}`);
    this.at = null;
  }

  /** Gives the real time back when the test has ended. */
  for(t) { t.after(() => this.reset()); return this; }
}

export class Server {
  constructor(flags, data) {
    this.flags = flags;
    this.data = data;
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
    this.clock = new Clock(this);
    this.sqs = { json: new Sqs(this, 'json'), query: new Sqs(this, 'query') };
    this.sns = new Sns(this);
  }

  /** SQLite in the data folder; with RINGI_TEST_POSTGRES (a URL) a schema there, named by the folder. */
  store() {
    const database = process.env.RINGI_TEST_POSTGRES;
    if (!database) return [];
    return ['--store', `${database}?schema=s_${sha256(this.data).slice(0, 16)}`];
  }

  async launch() {
    this.port ??= await freePort();
    this.url = `http://127.0.0.1:${this.port}`;
    this.host = `127.0.0.1:${this.port}`;
    this.output = '';
    this.ended = null;
    this.process = spawn(RINGI, ['serve', '--data', this.data, '--listen', this.host, ...this.store(), ...this.flags],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (d) => { this.output = (this.output + d).slice(-20_000); };
    this.process.stdout.on('data', keep);
    this.process.stderr.on('data', keep);
    this.exit = new Promise((done) => {
      this.process.on('error', (e) => done(this.ended = { code: null, signal: e.message }));
      this.process.on('exit', (code, signal) => done(this.ended = { code, signal }));
    });
    living.add(this);
    await this.ready();
    return this;
  }

  async ready() {
    const end = Date.now() + READY_TIME_MS;
    for (;;) {
      if (this.ended) throw new Error(`the server ended at its start: ${JSON.stringify(this.ended)}\n${this.output}`);
      const r = await request(this.url, { path: '/readyz' }).catch(() => null);
      if (r?.status === 200) return;
      if (Date.now() > end) throw new Error(`the server was not ready in ${READY_TIME_MS} ms\n${this.output}`);
      await sleep(10);
    }
  }

  /** SIGTERM; the server must drain and leave with 0. */
  async stop() {
    this.agent.destroy();
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 15_000);
    const ended = await this.exit;
    clearTimeout(timer);
    living.delete(this);
    assert.deepEqual(ended, { code: 0, signal: null }, `the server's end; it said:\n${this.output}`);
  }

  /** kill -9: what was answered must be on disk. */
  async crash() {
    this.agent.destroy();
    this.process.kill('SIGKILL');
    await this.exit;
    living.delete(this);
  }

  /** The same data folder, the same port, another process. */
  async restart({ hard = false } = {}) {
    if (hard) await this.crash();
    else await this.stop();
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
    this.clock.at = null;
    return this.launch();
  }

  request(options) { return request(this.url, { agent: this.agent, ...options }); }

  async json(method, at, body, headers = {}) {
    const r = await this.request({ method, path: at,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body) });
    const json = r.text && /[/+]json\b/.test(r.headers['content-type'] ?? '');
    return { ...r, data: json ? JSON.parse(r.text) : undefined };
  }

  /** The data of the answer to what must succeed. `who` asks, where the server takes one's word for it. */
  async done(method, at, body, who) {
    const r = await this.json(method, at, body, who === undefined ? {} : { 'X-Ringi-User': who });
    assert.ok(r.status < 300, `${method} ${at}: ${r.status} ${r.text}`);
    return r.data;
  }
}

const living = new Set();
process.on('exit', () => {
  for (const s of living) s.process.kill('SIGKILL');
});

/** One server for a file: `const server = await start(); after(() => server.close());` */
export async function start({ flags = [], auth = 'off', data, port } = {}) {
  const own = data === undefined;
  const folder = data ?? fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-compat-'));
  const server = new Server(['--auth', auth, '--test-clock', '--aws-60s', ...flags], folder);
  server.port = port;
  server.close = async () => {
    try {
      await server.stop();
    } finally {
      if (own) fs.rmSync(folder, { recursive: true, force: true });
    }
  };
  try {
    return await server.launch();
  } catch (e) {
    if (own) fs.rmSync(folder, { recursive: true, force: true });
    throw e;
  }
}

// ---- SQS

export class Sqs {
  constructor(server, protocol) { this.server = server; this.protocol = protocol; }

  /** Sends one operation. `more`: path, headers, and for JSON a raw body. */
  async call(action, params = {}, more = {}) {
    return this.protocol === 'json' ? this.#json(action, params, more) : this.#query(action, params, more);
  }

  async #json(action, params, { path: at = '/', headers = {}, body } = {}) {
    const r = await this.server.request({ method: 'POST', path: at, body: body ?? JSON.stringify(params),
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}`, ...headers } });
    if (r.status === 200) return { ...r, ok: true, data: r.text === '' ? {} : JSON.parse(r.text) };
    let said = {};
    try { said = JSON.parse(r.text); } catch { /* the caller sees the text */ }
    const [code, type] = (r.headers['x-amzn-query-error'] ?? '').split(';');
    return { ...r, ok: false, error: { code: code || said.__type?.split('#').pop(), type,
      shape: said.__type, message: said.message ?? said.Message } };
  }

  async #query(action, params, { path: at = '/', headers = {}, body } = {}) {
    const fields = [['Action', action], ['Version', '2012-11-05'], ...sqsFields(action, params)];
    const r = await this.server.request({ method: 'POST', path: at, body: body ?? formBody(fields),
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', ...headers } });
    return readXml(r, (root) => {
      const result = child(root, `${action}Result`);
      return result ? sqsResult(result, action) : {};
    });
  }

  async ok(action, params, more) {
    const r = await this.call(action, params, more);
    assert.ok(r.ok, `${action} (${this.protocol}) was refused: ${r.status} ${r.text}`);
    return r.data;
  }

  /** The refusal, which must have the status and the Query code given, and in JSON the shape's header. */
  async refused(code, action, params, { status = 400, message, more } = {}) {
    const r = await this.call(action, params, more);
    const said = `${action} (${this.protocol}) answered ${r.status} ${r.text}`;
    assert.ok(!r.ok, `${said}; expected ${code}`);
    assert.equal(r.error.code, code, said);
    assert.equal(r.status, status, said);
    assert.equal(r.error.type, 'Sender', `${said}; x-amzn-query-error: ${r.headers['x-amzn-query-error']}`);
    if (typeof message === 'string') assert.equal(r.error.message, message, said);
    else if (message) assert.match(r.error.message ?? '', message, said);
    return r.error;
  }

  // The few things nearly every story does.

  /** Creates a queue with a name of its own and returns its URL. */
  async queue(Attributes, stem = 'queue') {
    const fifo = Attributes?.FifoQueue === 'true';
    const params = { QueueName: fifo ? freshFifo(stem) : fresh(stem) };
    if (Attributes) params.Attributes = Attributes;
    return (await this.ok('CreateQueue', params)).QueueUrl;
  }

  fifo(Attributes = {}, stem = 'queue') { return this.queue({ FifoQueue: 'true', ...Attributes }, stem); }

  send(QueueUrl, MessageBody, more = {}) { return this.ok('SendMessage', { QueueUrl, MessageBody, ...more }); }

  async receive(QueueUrl, more = {}) {
    return (await this.ok('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10, ...more })).Messages ?? [];
  }

  /** Receives one and insists that there is one. */
  async one(QueueUrl, more = {}) {
    const [m] = await this.receive(QueueUrl, { MaxNumberOfMessages: 1, ...more });
    assert.ok(m, 'a message was expected, the queue gave none');
    return m;
  }

  delete(QueueUrl, { ReceiptHandle }) { return this.ok('DeleteMessage', { QueueUrl, ReceiptHandle }); }

  async attributes(QueueUrl, AttributeNames = ['All']) {
    return (await this.ok('GetQueueAttributes', { QueueUrl, AttributeNames })).Attributes;
  }

  /** [visible, in flight, delayed], as numbers. */
  async counts(QueueUrl) {
    const a = await this.attributes(QueueUrl, ['ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed']);
    return [a.ApproximateNumberOfMessages, a.ApproximateNumberOfMessagesNotVisible,
      a.ApproximateNumberOfMessagesDelayed].map(Number);
  }
}

function readXml(r, result) {
  const root = r.text.startsWith('<') ? parseXml(r.text) : null;
  if (r.status === 200 && root) return { ...r, ok: true, root, data: result(root) };
  const e = root && child(root, 'Error');
  return { ...r, ok: false, root,
    error: { code: e && textOf(e, 'Code'), type: e && textOf(e, 'Type'), message: e && textOf(e, 'Message') } };
}

// ---- SNS (Query only)

export class Sns {
  constructor(server) { this.server = server; }

  async call(action, params = {}) {
    const fields = [['Action', action], ['Version', '2010-03-31'], ...snsFields(params)];
    const r = await this.server.request({ method: 'POST', path: '/', body: formBody(fields),
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' } });
    return readXml(r, (root) => {
      const node = child(root, `${action}Result`);
      const data = node ? snsResult(node) : {};
      return data === '' ? {} : data;
    });
  }

  async ok(action, params) {
    const r = await this.call(action, params);
    assert.ok(r.ok, `${action} was refused: ${r.status} ${r.text}`);
    return r.data;
  }

  async refused(code, action, params, { status = 400, message } = {}) {
    const r = await this.call(action, params);
    const said = `${action} answered ${r.status} ${r.text}`;
    assert.ok(!r.ok, `${said}; expected ${code}`);
    assert.equal(r.error.code, code, said);
    assert.equal(r.status, status, said);
    assert.equal(r.error.type, 'Sender', said);
    if (typeof message === 'string') assert.equal(r.error.message, message, said);
    else if (message) assert.match(r.error.message ?? '', message, said);
    return r.error;
  }

  async topic(Attributes, stem = 'topic') {
    const fifo = Attributes?.FifoTopic === 'true';
    const params = { Name: fifo ? freshFifo(stem) : fresh(stem) };
    if (Attributes) params.Attributes = Attributes;
    return (await this.ok('CreateTopic', params)).TopicArn;
  }

  async subscribe(TopicArn, Endpoint, Attributes, Protocol = 'sqs') {
    const params = { TopicArn, Protocol, Endpoint, ReturnSubscriptionArn: true };
    if (Attributes) params.Attributes = Attributes;
    return (await this.ok('Subscribe', params)).SubscriptionArn;
  }

  publish(TopicArn, Message, more = {}) { return this.ok('Publish', { TopicArn, Message, ...more }); }
}

// ---- the MD5 of message attributes, as SDKs compute it

export function md5OfAttributes(attributes) {
  const parts = [];
  const put = (value) => {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    parts.push(length, bytes);
  };
  for (const name of Object.keys(attributes).sort()) {
    const a = attributes[name];
    put(name);
    put(a.DataType);
    const binary = a.DataType.startsWith('Binary');
    parts.push(Buffer.from([binary ? 2 : 1]));
    put(binary ? Buffer.from(a.BinaryValue, 'base64') : a.StringValue);
  }
  return md5(Buffer.concat(parts));
}

export const text = (StringValue, label = '') => ({ DataType: `String${label}`, StringValue });
export const number = (n, label = '') => ({ DataType: `Number${label}`, StringValue: String(n) });
export const binary = (bytes, label = '') =>
  ({ DataType: `Binary${label}`, BinaryValue: Buffer.from(bytes).toString('base64') });
