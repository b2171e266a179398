// client.test.mjs - libringi: installed, found by pkg-config, and its sample worker against a real server.
//
// The worker's stories are told twice: with the installed shared library, and compiled together with the
// library's files under AddressSanitizer and UBSan, which end the program (and the story) at an error or leak.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fresh, run, start, story, until } from '../compat/lib.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SAMPLE = path.join(ROOT, 'docs/clients/c/worker.c');
const STEPS = path.join(ROOT, 'test/lib/step_by_step.c');
const WARN = ['-std=c11', '-D_POSIX_C_SOURCE=200809L', '-Wall', '-Wextra', '-Werror', '-pthread'];
const SANITIZE = ['-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-clib-'));
const prefix = path.join(folder, 'usr');
const server = await start();
after(async () => { await server.close(); fs.rmSync(folder, { recursive: true, force: true }); });

async function ok(file, args, more = {}) {
  const r = await run(file, args, { cwd: ROOT, ...more });
  assert.equal(r.code, 0, `${file} ${args.join(' ')}\n${r.stdout}${r.stderr}`);
  return r.stdout.trim();
}
const config = async (...args) => (await ok('pkg-config', [...args, 'ringi'],
  { env: { PKG_CONFIG_PATH: path.join(prefix, 'lib/pkgconfig') } })).split(' ');
const built = (name) => path.join(folder, name);

before(async () => {
  // What `make test` says about flavours is for the server: the installed library is always plain.
  await ok('make', ['-s', 'install-lib', `B=${folder}/build`, `PREFIX=${prefix}`, 'DESTDIR='],
    { env: { MAKEFLAGS: '', MFLAGS: '', MAKELEVEL: '' } });
  const flags = await config('--cflags', '--libs');
  const lib = fs.readdirSync(path.join(ROOT, 'lib')).filter((f) => f.endsWith('.c')).map((f) => `lib/${f}`);
  await Promise.all([['worker', SAMPLE], ['steps', STEPS]].flatMap(([name, source]) => [
    ok('cc', ['-o', built(name), ...WARN, source, ...flags]),
    ok('cc', ['-o', built(`${name}-asan`), ...WARN, '-D_DEFAULT_SOURCE', ...SANITIZE, '-DRINGI_VERSION="test"', '-Ilib',
      source, ...lib, '-lcurl', '-lcjson']),
  ]));
}, { timeout: 120_000 });

const env = (more = {}) => ({ RINGI_URL: server.url, LD_LIBRARY_PATH: path.join(prefix, 'lib'), NO_PROXY: '*',
  ASAN_OPTIONS: 'detect_leaks=1', ...more });

/** The sample as a process; what it printed is `said`. */
async function worker(t, program, queue, more = {}) {
  const p = spawn(built(program), [], { env: { ...process.env, ...env({ QUEUE: queue, ...more }) } });
  const w = { process: p, said: '', errors: '' };
  p.stdout.on('data', (d) => { w.said += d; });
  p.stderr.on('data', (d) => { w.errors += d; });
  w.ended = new Promise((done) => p.on('exit', (code, signal) => done(signal ?? code)));
  w.says = (what) => until(`"${what}" of ${JSON.stringify(w.said)} ${w.errors}`, () => w.said.includes(what), 20_000);
  w.stop = async () => {
    p.kill('SIGTERM');
    assert.equal(await w.ended, 0, w.errors);
    assert.match(w.said, /stopped\n$/);
  };
  t.after(() => p.kill('SIGKILL'));
  return w;
}
async function tracked() {
  const queue = fresh();
  const r = await server.json('PUT', `/v1/queues/${queue}`, { track: true });
  assert.ok(r.status < 300, r.text);
  return queue;
}
async function submit(queue, payload) {
  const r = await server.json('POST', `/v1/queues/${queue}/jobs`, { payload });
  assert.equal(r.status, 202, r.text);
  return r.data.id;
}
const ended = async (id) => (await server.json('GET', `/v1/jobs/${id}?wait=20`)).data;
const history = (job) => job.history.map((a) => [a.number, a.outcome, a.error?.code]).sort();

function both(name, fn) {
  for (const program of ['worker', 'worker-asan']) story(`${name} (${program})`, (t) => fn(t, program));
}

story('nothing but its own names is in the shared library', async () => {
  const names = await ok('nm', ['-D', '--defined-only', path.join(prefix, 'lib/libringi-client.so')]);
  for (const line of names.split('\n')) assert.match(line, / T ringi_\w+$/);
});

story('the header is C++ too, and a program can be linked with the archive', async () => {
  const source = built('x.cc');
  fs.writeFileSync(source, '#include <ringi.h>\nint main() { ringi_close(nullptr); }\n');
  await ok('c++', ['-o', built('x'), source, path.join(prefix, 'lib/libringi-client.a'),
    `-I${prefix}/include`, '-lcurl', '-lcjson', '-pthread']);
  assert.ok((await config('--libs', '--static')).includes('-lcjson'), 'pkg-config names what the archive needs');
  await ok(built('x'), []);
});

for (const program of ['steps', 'steps-asan'])
  story(`submit, claim, report, cancel and what is refused (${program})`, async () => {
    const said = await ok(built(program), [await tracked(), server.url], { env: env() });
    assert.deepEqual(said.split('\n'), ['{"n":1,"text":"日本"}', 'BAD_ARGUMENT', '409 JOB_FINAL',
      'SUCCEEDED 1 [1,2] -', 'LEASE_LOST', 'FAILED 2 - BROKEN', 'CANCELED 0 - CANCELED', '404 NO_SUCH_QUEUE',
      '0 BAD_ARGUMENT', '0 NO_ANSWER']);
  });

both('jobs are done, results come back', async (t, program) => {
  const queue = await tracked();
  const w = await worker(t, program, queue);
  assert.equal(await ok(built(program), ['submit', '{"pages": 2}'], { env: env({ QUEUE: queue }) }),
    'SUCCEEDED {"pages":2}');
  const job = await ended(await submit(queue, { pages: 1 }));
  assert.deepEqual([job.state, job.result, job.worker], ['SUCCEEDED', { pages: 1 }, 'reports']);
  await w.stop();
});

both('a failure is tried again, a hopeless one is not', async (t, program) => {
  const queue = await tracked();
  const w = await worker(t, program, queue);
  const again = await ended(await submit(queue, { pages: 1, fail: true }));
  assert.deepEqual([again.state, history(again)], ['SUCCEEDED', [[1, 'FAILED', 'PRINTER_AWAY'],
    [2, 'SUCCEEDED', undefined]]]);
  const bad = await ended(await submit(queue, 'x'));
  assert.deepEqual([bad.state, bad.attempts, bad.error.code], ['FAILED', 1, 'BAD_PAYLOAD']);
  await w.stop();
});

both('a cancel reaches the handler with a heartbeat, and progress is seen', async (t, program) => {
  const queue = await tracked();
  const w = await worker(t, program, queue, { LEASE_MS: '3000' });
  const id = await submit(queue, { pages: 400 });
  await until('progress', async () => (await server.json('GET', `/v1/jobs/${id}`)).data.message?.startsWith('page '));
  assert.equal((await server.json('POST', `/v1/jobs/${id}/cancel`, { reason: 'too long' })).status, 200);
  await w.says(`canceled ${id}`);
  assert.equal((await ended(id)).state, 'CANCELED');
  await w.stop();
});

both('heartbeats keep a lease that is shorter than the work', async (t, program) => {
  const queue = await tracked();
  const w = await worker(t, program, queue, { LEASE_MS: '1000' });
  const job = await ended(await submit(queue, { pages: 50 }));
  assert.deepEqual([job.state, job.attempts], ['SUCCEEDED', 1]);
  await w.stop();
});

both('who lost the lease hears of it, and reports nothing', async (t, program) => {
  const queue = await tracked();
  // One at a time: a second claim of the same worker would be waiting for the job.
  const w = await worker(t, program, queue, { LEASE_MS: '1000', CONCURRENCY: '1' });
  const id = await submit(queue, { pages: 400 });
  await w.says(`begun ${id} 1`);
  w.process.kill('SIGSTOP');
  const { data } = await server.json('POST', `/v1/queues/${queue}/claim`, { wait_s: 20, lease_ms: 60_000 });
  assert.deepEqual(data.jobs.map((j) => [j.id, j.attempts]), [[id, 2]]);
  w.process.kill('SIGCONT');
  await w.says(`lost ${id}`);
  await w.stop();
  const r = await server.json('POST', `/v1/jobs/${id}/complete`, { lease: data.jobs[0].lease });
  assert.equal(r.status, 200, r.text);
  assert.deepEqual((await ended(id)).history.map((a) => a.outcome).sort(), ['LOST', 'SUCCEEDED']);
});

both('SIGTERM: what was begun is finished, nothing new is', async (t, program) => {
  const queue = await tracked();
  const w = await worker(t, program, queue);
  const ids = [];
  for (let i = 0; i < 2; i++) ids.push(await submit(queue, { pages: 30 }));
  for (const id of ids) await w.says(`begun ${id}`);
  const late = await submit(queue, { pages: 1 });
  await w.stop();
  for (const id of ids) assert.equal((await ended(id)).state, 'SUCCEEDED');
  assert.equal((await server.json('GET', `/v1/jobs/${late}`)).data.state, 'PENDING');
});

both('the server is killed meanwhile: the report arrives when it is back', async (t, program) => {
  const queue = await tracked();
  const w = await worker(t, program, queue);
  const id = await submit(queue, { pages: 20 });
  await w.says(`begun ${id}`);
  await server.crash();
  await w.says(`written ${id}`);
  await server.launch();
  const job = await ended(id);
  assert.deepEqual([job.state, job.attempts, job.result], ['SUCCEEDED', 1, { pages: 20 }]);
  const next = await ended(await submit(queue, { pages: 1 }));
  assert.equal(next.state, 'SUCCEEDED', 'and it goes on working');
  await w.stop();
});

both('a queue that is not there ends the worker with a sentence', async (t, program) => {
  const w = await worker(t, program, 'nowhere');
  assert.equal(await w.ended, 1);
  assert.match(w.errors, /worker: NO_SUCH_QUEUE: /);
});
