// call-centre.test.mjs - docs/examples/call-centre: calls are answered at once while encryption lags behind, and
// when the queue is away.
import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import { freePort, start, story, until } from '../compat/lib.mjs';
import { begin, folder } from './lib.mjs';

const server = await start();
after(() => server.close());
const KEY = 'ab'.repeat(32);

async function setUp(t, more = {}) {
  const CALLS = folder(t), PORT = String(await freePort());
  const env = { RINGI_URL: server.url, CALLS, PORT, RECORDING_KEY: KEY, OPERATORS: '50', AGAIN_MS: '50', ...more };
  const centre = begin(t, 'call-centre/centre.mjs', [], env);
  await until('the centre', () => centre.text().includes('listening'));
  const url = `http://127.0.0.1:${PORT}/calls`, times = [];
  /** One call from ring to hang-up; how long the caller waited for an operator. */
  const call = async (text) => {
    const at = performance.now();
    const r = await fetch(url, { method: 'POST' });
    times.push(performance.now() - at);
    assert.equal(r.status, 201);
    const { id } = await r.json();
    const over = await fetch(`${url}/${id}`, { method: 'DELETE', body: text });
    assert.equal(over.status, 202);
    return id;
  };
  const worker = async (extra = {}) => {
    const w = begin(t, 'call-centre/worker.mjs', [], { ...env, ...extra });
    await until('the worker', () => w.text().includes('ready'));
    return w;
  };
  return { CALLS, call, times, worker };
}

story('without a key nothing is encrypted with nothing', async (t) => {
  const worker = begin(t, 'call-centre/worker.mjs', [], { RINGI_URL: server.url, CALLS: folder(t), RECORDING_KEY: '' });
  assert.deepEqual(await worker.exit, { code: 2, signal: null });
  assert.match(worker.text(), /RECORDING_KEY: 64 hexadecimal digits/);
});

function open(file, id) {
  const all = fs.readFileSync(file), d = createDecipheriv('aes-256-gcm', Buffer.from(KEY, 'hex'), all.subarray(0, 12));
  d.setAAD(Buffer.from(id));
  d.setAuthTag(all.subarray(12, 28));
  return Buffer.concat([d.update(all.subarray(28)), d.final()]).toString();
}

function check(CALLS, calls) {
  const files = fs.readdirSync(CALLS);
  assert.deepEqual(files.filter((f) => f.endsWith('.wav') || f.endsWith('.new')), [], 'nothing is left in the open');
  for (const [id, text] of calls) {
    assert.equal(open(path.join(CALLS, `${id}.wav.enc`), id), text);
    assert.match(fs.readFileSync(path.join(CALLS, `${id}.report`), 'utf8'), new RegExp(`^${id},operator-\\d+,`));
  }
}
const reported = (dir, calls) => [...calls.keys()].filter((id) => fs.existsSync(path.join(dir, `${id}.report`))).length;

story('in a peak callers wait for nobody, and every recording is encrypted in the end', async (t) => {
  const { CALLS, call, times, worker } = await setUp(t);
  const first = await worker({ ENCRYPT_MS: '100' });
  const calls = new Map();
  for (let round = 0; round < 4; round++)
    await Promise.all(Array.from({ length: 25 }, async (_, i) => {
      const text = `what caller ${round * 25 + i} said `.repeat(100);
      calls.set(await call(text), text);
    }));
  const behind = 100 - reported(CALLS, calls);
  assert.ok(behind > 50, `encryption lags: ${behind} are behind`);
  times.sort((a, b) => a - b);
  assert.ok(times[94] < 1000, `19 of 20 callers had an operator within ${times[94]} ms`);
  first.process.kill('SIGKILL'); // in the middle of four of them
  await first.exit;
  await worker();
  await until('all reports', () => reported(CALLS, calls) === 100, 25_000);
  check(CALLS, calls);
});

story('when the queue is away calls go on, and what was to be done is submitted later, once', async (t) => {
  const { CALLS, call, worker } = await setUp(t);
  await (await worker()).process.kill('SIGKILL');
  await server.stop();
  const calls = new Map();
  for (let i = 0; i < 5; i++) calls.set(await call(`call ${i}`), `call ${i}`);
  assert.equal(fs.readdirSync(path.join(CALLS, 'to-submit')).length, 5);
  await server.restart();
  await worker();
  await until('all reports', () => reported(CALLS, calls) === 5, 20_000);
  await until('nothing is left to submit', () => fs.readdirSync(path.join(CALLS, 'to-submit')).length === 0);
  check(CALLS, calls);
  const { jobs } = (await server.json('GET', '/v1/jobs?queue=recordings&limit=200')).data;
  assert.equal(jobs.filter((j) => j.state !== 'SUCCEEDED').length, 0);
});
