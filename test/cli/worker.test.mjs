// worker.test.mjs - `ringi worker`: a command for each message, for plain queues and for jobs.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import { RINGI, fresh, start, story, until } from '../compat/lib.mjs';
import { cli, folder } from './lib.mjs';

const server = await start();
after(() => server.close());
const { at, ok, json, refused } = cli(server);

/** Runs a worker to its end; gives its lines of JSON. */
async function worked(queue, ...args) {
  const split = args.indexOf('--');
  const r = await at(['worker', queue, '--once', '--json', ...args.slice(0, split), ...args.slice(split)]);
  assert.equal(r.code, 0, r.stderr);
  return r.stdout.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

/** A worker that goes on until it is told to end. */
function hire(t, queue, ...args) {
  const p = spawn(RINGI, ['worker', queue, '--json', ...args], {
    env: { ...process.env, LC_ALL: 'C', RINGI_SERVER: server.url }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  const worker = { process: p, out: '', err: '' };
  p.stdout.on('data', (d) => { worker.out += d; });
  p.stderr.on('data', (d) => { worker.err += d; });
  worker.ended = new Promise((done) => p.on('close', (code, signal) => done({ code, signal })));
  t.after(() => { p.kill('SIGKILL'); return worker.ended; });
  return worker;
}

const shown = (queue) => json('queue', 'show', queue);
const sh = (script) => ['--', 'sh', '-c', script];

async function tracked(settings = {}) {
  const q = fresh('jobs');
  const r = await fetch(`${server.url}/v1/queues/${q}`, {
    method: 'PUT', body: JSON.stringify({ track: true, ...settings }), headers: { 'content-type': 'application/json' },
  });
  assert.ok(r.ok, await r.text());
  return q;
}

async function rest(method, at, body) {
  const r = await fetch(`${server.url}${at}`, {
    method, body: body && JSON.stringify(body), headers: body ? { 'content-type': 'application/json' } : {},
  });
  const answer = r.status === 204 ? {} : await r.json();
  assert.ok(r.ok, `${method} ${at}: ${r.status} ${JSON.stringify(answer)}`);
  return answer;
}

story('the body is standard input, facts are in the environment, exit 0 deletes', async () => {
  const q = fresh(), dir = folder(), out = path.join(dir, 'out');
  await ok('queue', 'create', q);
  const id = (await ok('send', q, '{"name": "稟議"}', '-a', 'kind=test')).trim();
  const lines = await worked(q, ...sh(
    `cat > ${out}; echo "|$RINGI_QUEUE|$RINGI_MESSAGE_ID|$RINGI_ATTEMPT|$RINGI_ATTRIBUTES" >> ${out}`));
  assert.deepEqual(lines.map((l) => [l.id, l.outcome, l.attempt, l.exit]), [[id, 'succeeded', 1, 0]]);
  const [body, queue, message, attempt, attributes] = fs.readFileSync(out, 'utf8').trim().split('|');
  assert.deepEqual([body, queue, message, attempt], ['{"name": "稟議"}', q, id, '1']);
  assert.equal(JSON.parse(attributes).kind.StringValue, 'test');
  assert.deepEqual([(await shown(q)).visible, (await shown(q)).in_flight], [0, 0]);
});

story('a megabyte that the command does not read is no obstacle', async () => {
  const q = fresh();
  await ok('queue', 'create', q);
  assert.equal((await at(['send', q, '-'], { input: 'x'.repeat(1000 * 1000) })).code, 0);
  assert.equal((await worked(q, ...sh('exit 0')))[0].outcome, 'succeeded');
});

story('a failure is tried again, exit 65 is not, and the reason is kept', async () => {
  const q = fresh(), dlq = `${q}-dlq`;
  await ok('queue', 'create', q, '--dlq', dlq, '--max-receives', '3');
  await ok('send', q, 'spoilt');
  assert.deepEqual((await worked(q, ...sh('echo no such column >&2; exit 65'))).map((l) => l.outcome), ['dead']);
  assert.equal((await json('dlq', 'errors', dlq))[0].code, 'EXIT_65');
  await ok('send', q, 'unlucky');
  assert.deepEqual((await worked(q, ...sh('exit 3'))).map((l) => [l.outcome, l.attempt]),
    [['failed', 1], ['failed', 2], ['failed', 3]]);
  await ok('send', q, 'shot');
  assert.equal((await worked(q, '--dead-code', '9', ...sh('kill -SEGV $$')))[0].outcome, 'failed');
  assert.equal((await at(['worker', q, '--dead-code', '256', '--', 'true'])).code, 2);
});

story('a lease is extended for as long as the command runs', async () => {
  const q = fresh();
  await ok('queue', 'create', q, '--visibility', '1');
  await ok('send', q, 'slow');
  const lines = await worked(q, '--lease', '3', ...sh('sleep 4.5'));
  assert.deepEqual(lines.map((l) => [l.outcome, l.attempt]), [['succeeded', 1]]);
});

story('a command that takes too long has failed', async () => {
  const q = fresh();
  await ok('queue', 'create', q, '--dlq', `${q}-dlq`, '--max-receives', '1');
  await ok('send', q, 'endless');
  assert.equal((await worked(q, '--timeout', '1', ...sh('sleep 60')))[0].outcome, 'failed');
});

story('several run at the same time, and no message is worked twice', async () => {
  const q = fresh(), dir = folder();
  await ok('queue', 'create', q);
  await ok('send', q, 'x', '--count', '40');
  const lines = await worked(q, '-c', '8', ...sh(`echo "$RINGI_MESSAGE_ID" >> ${dir}/$RINGI_MESSAGE_ID`));
  assert.equal(lines.length, 40);
  assert.equal(new Set(lines.map((l) => l.id)).size, 40);
  assert.equal(fs.readdirSync(dir).length, 40);
});

story('asked to end, it lets what runs come to its end and takes nothing new', async (t) => {
  const q = fresh(), dir = folder();
  await ok('queue', 'create', q);
  await ok('send', q, 'one');
  const w = hire(t, q, ...sh(`touch ${dir}/began; while [ ! -e ${dir}/go ]; do sleep 0.05; done`));
  await until('it works', () => fs.existsSync(`${dir}/began`));
  w.process.kill('SIGTERM');
  await ok('send', q, 'two');
  fs.writeFileSync(`${dir}/go`, '');
  assert.deepEqual(await w.ended, { code: 0, signal: null });
  assert.equal(JSON.parse(w.out.trim()).outcome, 'succeeded');
  assert.equal((await shown(q)).visible, 1, 'the second was left alone');
});

story('an idle one ends at once', async (t) => {
  const q = fresh();
  await ok('queue', 'create', q);
  const w = hire(t, q, '-c', '4', '--', 'true');
  await until('it waits', async () => (await rest('GET', `/v1/queues/${q}`)).waiting === 4);
  const began = Date.now();
  w.process.kill('SIGINT');
  assert.deepEqual(await w.ended, { code: 0, signal: null });
  assert.ok(Date.now() - began < 10_000, 'not after the whole long poll');
});

story('at the second signal it gives back what it holds, with all the processes below it', async (t) => {
  const q = fresh(), dir = folder();
  await ok('queue', 'create', q);
  await ok('send', q, 'kept');
  const w = hire(t, q, ...sh(`sleep 600 & echo $! > ${dir}/child; wait`));
  await until('it works', () => fs.existsSync(`${dir}/child`) && fs.readFileSync(`${dir}/child`, 'utf8').trim());
  w.process.kill('SIGTERM');
  await until('the signal is noticed', () => { w.process.kill('SIGTERM'); return w.process.exitCode !== null; });
  assert.deepEqual(await w.ended, { code: 0, signal: null });
  assert.equal(JSON.parse(w.out.trim()).outcome, 'given back');
  const child = Number(fs.readFileSync(`${dir}/child`, 'utf8'));
  await until('the grandchild is gone', () => { try { process.kill(child, 0); return false; } catch { return true; } });
  assert.equal((await shown(q)).visible, 1);
});

story('with --autoscale there are as many at work as the backlog wants', async (t) => {
  const q = fresh(), dir = folder();
  await ok('queue', 'create', q);
  await ok('send', q, 'x', '--count', '400');
  const worker = hire(t, q, '--autoscale', '1..4', ...sh(`f=${dir}/$$; : > $f; sleep 0.2; rm $f`));
  const most = (n) => until(`${n} at the same time`, () => fs.readdirSync(dir).length >= n, 20_000);
  await most(1);
  assert.equal(fs.readdirSync(dir).length, 1, 'nothing is known yet: one');
  await most(3);
  worker.process.kill('SIGTERM');
  assert.deepEqual(await worker.ended, { code: 0, signal: null }, worker.err);
});

story('what is asked wrongly is said', async () => {
  const q = fresh();
  await ok('queue', 'create', q);
  await refused(2, 'worker', q);
  await refused(1, 'worker', 'no-such-queue', '--', 'true');
  await refused(2, 'worker', q, '--autoscale', '5..2', '--', 'true');
  await ok('send', q, 'untouched');
  assert.match(await refused(2, 'worker', q, '--', '/no/such/command'), /command cannot be started: No such/);
  assert.match(await refused(2, 'worker', q, '--', 'no-such-command'), /no-such-command cannot be started: No such/);
  assert.match(await refused(2, 'worker', q, '--', '/etc/passwd'), /cannot be started: Permission denied/);
  assert.equal((await json('queue', 'peek', q))[0].receive_count, 0, 'a command that is not there is no attempt');
});

story('a command that turns out not to start gives its message back, and ends the worker', async () => {
  const q = fresh(), script = path.join(folder(), 'work');
  await ok('queue', 'create', q, '--dlq', `${q}-dlq`, '--max-receives', '3');
  await ok('send', q, 'untouched');
  fs.writeFileSync(script, '#!/no/such/shell\n', { mode: 0o755 });
  const r = await at(['worker', q, '--', script]);
  assert.equal(r.code, 2);
  assert.match(r.stderr, /work cannot be started: No such file.*\n/);
  assert.match(r.stderr, /\n0 succeeded, 0 failed, 0 given up, 1 given back\.\n$/);
  assert.equal((await shown(q)).visible, 1, 'nobody has to wait for it');
});

story('127 is a failure like others: a shell that does not find something', async () => {
  const q = fresh(), dlq = `${q}-dlq`;
  await ok('queue', 'create', q, '--dlq', dlq, '--max-receives', '1');
  await ok('send', q, 'x', '--count', '2');
  assert.deepEqual((await worked(q, ...sh('no-such-tool'))).map((l) => [l.outcome, l.exit]),
    [['failed', 127], ['failed', 127]]);
  const [group] = await json('dlq', 'errors', dlq);
  assert.deepEqual([group.code, group.count], ['EXIT_127', 2]);
});

story('credentials of the worker are not for its command', async () => {
  const q = fresh(), dir = folder();
  await ok('queue', 'create', q);
  await ok('send', q, 'x');
  const r = await at(['worker', q, '--once', ...sh(`env > ${dir}/env`)], { env: { RINGI_TOKEN: 'very-secret' } });
  assert.equal(r.code, 0, r.stderr);
  assert.doesNotMatch(fs.readFileSync(`${dir}/env`, 'utf8'), /very-secret/);
});

story('--max takes no message more than that: one that is given back has lost an attempt', async () => {
  const q = fresh();
  await ok('queue', 'create', q, '--dlq', `${q}-dlq`, '--max-receives', '1');
  await ok('send', q, 'x', '--count', '5');
  const r = await at(['worker', q, '--max', '3', '--concurrency', '5', '--json', '--', 'true']);
  assert.equal(r.code, 0, r.stderr);
  assert.equal(r.stdout.trim().split('\n').length, 3);
  assert.deepEqual((await json('queue', 'peek', q)).map((m) => [m.state, m.receive_count]),
    [['ready', 0], ['ready', 0]]);
});

// ---- jobs

story('a job has the worker\'s result, progress, log and error', async () => {
  const q = await tracked({ retry: { max_attempts: 2,
    backoff: { initial_ms: 10, factor: 1, max_ms: 10, jitter: 0 } } });
  const good = await rest('POST', `/v1/queues/${q}/jobs`, { payload: { rows: 3 }, labels: { kind: 'import' } });
  await worked(q, '--name', 'w1', ...sh(
    'echo reading; echo "$RINGI_LABELS" ; cat > /dev/null; echo \'{"rows": 3}\' > "$RINGI_RESULT_FILE"'));
  let job = await rest('GET', `/v1/jobs/${good.id}`);
  assert.deepEqual([job.state, job.result, job.worker], ['SUCCEEDED', { rows: 3 }, 'w1']);
  const bad = await rest('POST', `/v1/queues/${q}/jobs`, { payload: 'x' });
  await until('both attempts have failed', async () => {
    await worked(q, ...sh('echo broken pipe; exit 4'));
    job = await rest('GET', `/v1/jobs/${bad.id}`);
    return job.state === 'FAILED';
  });
  assert.deepEqual([job.attempts, job.error.code, job.error.message], [2, 'EXIT_4', 'broken pipe']);
});

story('a long log is cut between two characters, and what is no text in it is marked alone', async () => {
  const q = await tracked({ retry: { max_attempts: 1 } });
  const { id } = await rest('POST', `/v1/queues/${q}/jobs`, { payload: 1 });
  await worked(q, ...sh('cat > /dev/null; printf ab; yes 帳票 | tr -d "\\n" | head -c 199998; printf "\\377お"; exit 4'));
  const { attempts_list: list, ...job } = await rest('GET', `/v1/jobs/${id}`);
  assert.equal(job.state, 'FAILED');
  const log = JSON.stringify([list, job]);
  assert.match(log, /(帳票){100}/);
  assert.match(log, /\?お/);
  assert.doesNotMatch(log, /\?帳|\?票|\?{2}/);
});

story('a job that is canceled while it runs is ended', async (t) => {
  const q = await tracked(), dir = folder();
  const { id } = await rest('POST', `/v1/queues/${q}/jobs`, { payload: 1 });
  const w = hire(t, q, '--lease', '3', ...sh(
    `echo "0.25 a quarter" > "$RINGI_PROGRESS_FILE"; touch ${dir}/began; sleep 600`));
  await until('it works', () => fs.existsSync(`${dir}/began`));
  await until('its progress is told', async () => (await rest('GET', `/v1/jobs/${id}`)).progress === 0.25);
  await rest('POST', `/v1/jobs/${id}/cancel`, { reason: 'not needed' });
  await until('it has ended', async () => (await rest('GET', `/v1/jobs/${id}`)).state === 'CANCELED', 20_000);
  w.process.kill('SIGTERM');
  await w.ended;
  assert.equal(JSON.parse(w.out.trim()).outcome, 'canceled');
});
