// simulate.test.mjs - `ringi simulate`: people asked in turn and all at once.
import assert from 'node:assert/strict';
import { story } from '../compat/lib.mjs';
import { ringi } from './lib.mjs';

const run = async (...args) => {
  const r = await ringi(['simulate', ...args, '--json']);
  assert.equal(r.code, 0, r.stderr);
  return JSON.parse(r.stdout);
};
const HOUR = 3_600_000;
const near = (value, wanted, part) => assert.ok(Math.abs(value / wanted - 1) <= part, `${value}, wanted ${wanted}`);

story('four approvers of eight hours each: 32 hours in turn, 8 x H(4) = 16.67 hours at once', async () => {
  const s = await run('8h', '8h', '8h', '8h');
  assert.equal(s.serial.exact_mean_ms, 32 * HOUR);
  near(s.parallel.exact_mean_ms, 16.67 * HOUR, 0.001);
  near(s.serial.mean_ms, 32 * HOUR, 0.01);
  near(s.parallel.mean_ms, 16.67 * HOUR, 0.01);
  assert.deepEqual(await run(), s); // it is what is simulated by default, and a seed gives the same again
});

story('four approvers of 800 ms, deviation 300 ms: P50 and P95 of the guideline', async () => {
  const s = await run('800ms', '--approvers', '4', '--distribution', 'normal', '--deviation', '300ms');
  near(s.serial.p50_ms, 3200, 0.03);
  near(s.serial.p95_ms, 4100, 0.03);
  near(s.parallel.p50_ms, 1000, 0.12); // 1.1 s by the formula, too
  near(s.parallel.p95_ms, 1500, 0.03);
});

story('N of M is the N-th answer; what comes after the deadline is late', async () => {
  const s = await run('1h', '1h', '1h', '--need', '2', '--distribution', 'fixed', '--deadline', '90m');
  assert.deepEqual([s.serial.p95_ms, s.serial.late_per_mille, s.parallel.p95_ms, s.parallel.late_per_mille],
    [2 * HOUR, 1000, HOUR, 0]);
  const any = await run('2h', '--approvers', '4', '--need', 'any');
  near(any.parallel.mean_ms, HOUR / 2, 0.02);
  assert.deepEqual([(await run('--need', 'majority')).need, (await run('--need', 'half')).need], [3, 2]);
  const at = await run('1h', '--approvers', '1', '--distribution', 'fixed', '--deadline', '1h');
  assert.equal(at.serial.late_per_mille, 1000); // at the very deadline is late
});

story('what is wrong is told', async () => {
  const refused = async (pattern, ...args) => {
    const r = await ringi(['simulate', ...args]);
    assert.deepEqual([r.code, r.stdout], [2, '']);
    assert.match(r.stderr, pattern);
  };
  await refused(/'8 hours' is no time/, '8 hours');
  await refused(/'-1h' is no time|unknown option/i, '--', '-1h');
  await refused(/'0h' is no time/, '0h');
  await refused(/'3651d' is no time/, '3651d');
  await refused(/--need: '5' of 4/, '--need', '5');
  await refused(/--need: 'most' of 4/, '--need', 'most');
  await refused(/--deviation goes with/, '--deviation', '1h');
  await refused(/runs/, '--runs', '1000001');
  await refused(/approvers/, '--approvers', '65');
});
