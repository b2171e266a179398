// approvals-due.mjs - many deadlines at one moment: how long until all are applied, and how long a
// vote takes meanwhile.
//
//     node bench/approvals-due.mjs [--approvals 100000] [--then escalate] [--ahead 120]
//
// Opens that many approvals with one deadline in common, of the machine's own clock, and votes on
// others all the time. It is told: how long the opening took, from the deadline until none is
// PENDING any more, and the times of votes before and during that.
import { options, quantile, Ringi, sleep } from './lib.mjs';

const o = options({ approvals: 100_000, then: 'escalate', ahead: 120 });
const AT_ONCE = 64;
const server = await Ringi.start();
const open = async (policy) =>
  JSON.parse(await server.rest('taro', 'POST', '/v1/approvals', { policy, subject: 'due' })).id;

/** One vote after the other, each on an approval of its own. */
async function vote(times, going) {
  while (going()) {
    const id = await open({ need: 1, of: ['x'] }), from = performance.now();
    await server.rest('x', 'POST', `/v1/approvals/${id}/votes`, { do: 'approve' }, 200);
    times.push(performance.now() - from);
    await sleep(10);
  }
}

try {
  const due = Date.now() + o.ahead * 1000, policy = { need: 2, of: ['a', 'b', 'c'], escalate_to: 'd',
    deadline: { at: new Date(due).toISOString(), then: o.then } };
  const lately = [];
  let left = o.approvals;
  const began = Date.now();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) {
      lately.push(await open(policy));
      if (lately.length > 2 * AT_ONCE) lately.shift();
    }
  }));
  console.log(`opened ${o.approvals} in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  if (Date.now() > due - 2000) throw new Error('the deadline came too soon: --ahead SECONDS');
  const before = [], during = [];
  await vote(before, () => Date.now() < due - 500);
  await sleep(due - Date.now());
  let over = false;
  const voting = vote(during, () => !over);
  // They are applied in the order of their opening, of which AT_ONCE went on at once.
  for (const id of lately)
    while (JSON.parse(await server.rest('x', 'GET', `/v1/approvals/${id}`)).state === 'PENDING') await sleep(20);
  const end = Date.now();
  over = true;
  await voting;
  console.log(`applied ${o.approvals} (${o.then}) in ${((end - due) / 1000).toFixed(1)} s`);
  for (const [name, list] of [['before', before], ['during', during]])
    console.log(`votes ${name}: ${list.length}, median ${quantile(list, 0.5).toFixed(1)} ms, p99 `
      + `${quantile(list, 0.99).toFixed(1)} ms, worst ${quantile(list, 1).toFixed(1)} ms`);
} finally {
  await server.stop();
}
