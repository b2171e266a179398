// workers.test.mjs - docs/examples/workers: the same worker in Python, Node and shell, and the same story for each.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after } from 'node:test';
import { fresh, run, start, story, until } from '../compat/lib.mjs';
import { example } from './lib.mjs';

const server = await start();
after(() => server.close());
const env = { RINGI_URL: server.url };
const post = async (at, body) => {
  const r = await server.json('POST', at, body);
  assert.ok(r.status < 300, r.text);
  return r.data;
};
const job = async (id) => (await server.json('GET', `/v1/jobs/${id}`)).data;
async function queue() {
  const name = fresh('squares');
  await server.json('PUT', `/v1/queues/${name}`,
    { track: true, retry: { max_attempts: 2, backoff: { initial_ms: 1, jitter: 0 } } });
  return name;
}

for (const [language, ...command] of [['python', 'python3', example('workers/worker.py')],
  ['node', process.execPath, example('workers/worker.mjs')], ['shell', 'sh', example('workers/worker.sh')]]) {
  story(`${language}: without a queue it says what it wants`, async () => {
    const r = await run(command[0], command.slice(1), { env });
    assert.ok(r.code > 0);
    assert.match(r.stderr, /worker\.\w+ QUEUE \[--once\]/);
  });

  story(`${language}: done, never to be done, and tried again`, async () => {
    const q = await queue();
    const { jobs } = await post(`/v1/queues/${q}/jobs`, { jobs: [{ payload: { n: 7 } }, { payload: 'x "y" 客' },
      { payload: { n: 1, crash: true } }, { payload: { n: -3 } }] });
    await until('all have ended', async () => {
      const r = await run(command[0], [command[1], q, '--once'], { env });
      assert.equal(r.code, 0, r.stderr);
      return (await Promise.all(jobs.map((j) => job(j.id)))).every((j) => ['SUCCEEDED', 'FAILED'].includes(j.state));
    });
    const [good, bad, broken, other] = await Promise.all(jobs.map((j) => job(j.id)));
    assert.deepEqual([good.state, good.result, other.result], ['SUCCEEDED', { square: 49 }, { square: 9 }]);
    assert.match(good.worker, new RegExp(`^${language}-\\d+$`));
    assert.deepEqual([bad.state, bad.attempts, bad.error.code, bad.error.message],
      ['FAILED', 1, 'BAD_PAYLOAD', 'n must be a whole number']);
    assert.deepEqual([broken.state, broken.attempts, broken.error.message], ['FAILED', 2, 'something broke']);
  });

  story(`${language}: canceled while it works, and stopped when it has ended what it began`, async (t) => {
    const q = await queue();
    const p = spawn(command[0], [command[1], q], { env: { ...process.env, ...env }, stdio: 'ignore' });
    const exit = new Promise((done) => p.on('close', (code) => done(code)));
    t.after(() => p.kill('SIGKILL'));
    const long = await post(`/v1/queues/${q}/jobs`, { payload: { n: 1, seconds: 60 } });
    await until('it works', async () => (await job(long.id)).state === 'RUNNING');
    await post(`/v1/jobs/${long.id}/cancel`, {});
    await until('it has let go', async () => (await job(long.id)).state === 'CANCELED');
    const last = await post(`/v1/queues/${q}/jobs`, { payload: { n: 5, seconds: 1 } });
    await until('it works', async () => (await job(last.id)).state === 'RUNNING');
    p.kill('SIGTERM');
    assert.equal(await exit, 0);
    assert.deepEqual((await job(last.id)).result, { square: 25 });
  });
}
