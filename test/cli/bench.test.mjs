// bench.test.mjs - the built-in measurement ends, cleans up behind itself and prints figures.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { start, story } from '../compat/lib.mjs';
import { cli } from './lib.mjs';

const server = await start();
after(() => server.close());
const { json, ok } = cli(server);

for (const [name, ...args] of [
  ['cycle', '--count', '2000'], ['cycle on a FIFO queue', '--count', '1000', '--groups', '20'],
  ['cycle of jobs', '--count', '2000', '--workload', 'jobs', '--batch', '100'],
  ['send', '--workload', 'send', '--batch', '1', '--seconds', '1'],
  ['latency', '--workload', 'latency', '--rate', '200', '--seconds', '1'],
])
  story(`bench: ${name}`, async () => {
    const r = await json('bench', ...args, '--connections', '8');
    assert.ok(r.messages > 0, JSON.stringify(r));
    assert.ok(r.p50_ms > 0 && r.p50_ms <= r.p99_ms && r.p99_ms <= r.max_ms, JSON.stringify(r));
    if (name.startsWith('cycle')) assert.ok(r.cycle_rate > 0 && r.drain_rate > 0 && r.messages === Number(args[1]),
      JSON.stringify(r));
    assert.deepEqual(await json('queue', 'list'), [], 'its queue is gone');
    assert.match(await ok('bench', '--count', '100'), /^workload: cycle\n/);
  });

story('bench: votes on approvals, each of which is decided by its third', async () => {
  const r = await json('bench', '--workload', 'votes', '--count', '100');
  assert.equal(r.approvals, 34);
  assert.equal(r.votes, 102);
  assert.equal(r.decided, 34);
  assert.ok(r.open_rate > 0 && r.vote_rate > 0 && r.open_p50_ms > 0, JSON.stringify(r));
  assert.ok(r.p50_ms > 0 && r.p50_ms <= r.p95_ms && r.p95_ms <= r.p99_ms && r.p99_ms <= r.max_ms, JSON.stringify(r));
  const list = await (await fetch(`${server.url}/v1/approvals?policy=bench-3-of-5&state=APPROVED&limit=100`)).json();
  assert.equal(list.approvals.length, 34);
});
