// recovery.test.mjs - `ringi job recovery`: what a saga left to people is listed, and done.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, start, story } from '../compat/lib.mjs';
import { ringi } from './lib.mjs';

const server = await start();
after(() => server.close());
const recovery = (...args) => ringi(['job', 'recovery', ...args, '--server', server.url]);
const rest = async (method, at, body) => {
  const r = await server.json(method, at, body);
  assert.ok(r.status < 300, r.text);
  return r.data;
};

/** The first step is done and cannot be undone by a job, the second fails. */
async function leftBehind() {
  const queue = fresh();
  await rest('PUT', `/v1/queues/${queue}`, { track: true, retry: { max_attempts: 1 } });
  await rest('POST', '/v1/groups', { saga: { steps: [
    { name: 'charge', job: { queue }, manual: 'Refund the card' },
    { name: 'ship', job: { queue } }] } });
  for (const [what, more] of [['complete', {}], ['fail', { retry: false, error: { code: 'NO_STOCK' } }]]) {
    const { jobs: [j] } = await rest('POST', `/v1/queues/${queue}/claim`, { wait_s: 5 });
    await rest('POST', `/v1/jobs/${j.id}/${what}`, { lease: j.lease, ...more });
  }
}

story('items are listed and done from the command line', async () => {
  assert.equal((await recovery()).stdout, 'There is nothing to do.\n');
  await leftBehind();
  const [item] = JSON.parse((await recovery('--json')).stdout);
  assert.deepEqual([item.state, item.step, item.what], ['OPEN', 'charge', 'Refund the card']);
  assert.match((await recovery()).stdout, /WHAT[^]*charge +Refund the card/);
  const silent = await recovery(item.id);
  assert.equal(silent.code, 2);
  assert.match(silent.stderr, /What was done\?/);
  const done = await recovery(item.id, '--reason', 'refunded, ticket 4711');
  assert.deepEqual([done.code, done.stdout], [0, `${item.id} DONE\n`]);
  assert.equal((await recovery()).stdout, 'There is nothing to do.\n');
  const [kept] = JSON.parse((await recovery('--all', '--json')).stdout);
  assert.deepEqual([kept.state, kept.reason], ['DONE', 'refunded, ticket 4711']);
  const none = await recovery('019f0000-0000-7000-8000-000000000000', '--reason', 'x');
  assert.equal(none.code, 1);
});
