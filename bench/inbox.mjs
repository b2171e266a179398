// inbox.mjs - a person's inbox when a million approvals are kept and a tenth of them are open.
//
//     node bench/inbox.mjs [--approvals 1000000] [--open 100000]
//
// Opens the approvals over REST, each for one of three out of 200 people, and approves all but
// those that stay open; then asks for the inbox of each person, in each order, one at a time. It is
// told: how long the filling took, and the times of the answers.
import { options, quantile, Ringi } from './lib.mjs';

const o = options({ approvals: 1_000_000, open: 100_000 });
const PEOPLE = 200, AT_ONCE = 64, STEP = Math.round(o.approvals / o.open);
const person = (n) => `p${n % PEOPLE}`;
const server = await Ringi.start();

/** The n-th approval; one of STEP stays open, and those are spread over all people. */
async function one(n) {
  const first = Math.floor(n / STEP), of = [0, 1, 2].map((k) => person(first + k));
  const opened = await server.rest('taro', 'POST', '/v1/approvals', { subject: `s${n}`,
    policy: { need: 1, of }, data: { amount: (n * 7919) % 1_000_000 } });
  if (n % STEP === 0) return;
  await server.rest(of[0], 'POST', `/v1/approvals/${JSON.parse(opened).id}/votes`, { do: 'approve' }, 200);
}

try {
  let n = 0;
  const began = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (n < o.approvals) await one(n++);
  }));
  console.log(`${o.approvals} opened, all but ${o.open} approved, in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  for (const sort of ['', '?sort=due', '?sort=amount']) {
    const times = [];
    let bytes;
    for (let i = 0; i < PEOPLE; i++) {
      const from = performance.now();
      bytes = (await server.rest(person(i), 'GET', `/v1/inbox${sort}`)).length;
      times.push(performance.now() - from);
    }
    const at = (q) => quantile(times, q).toFixed(1);
    console.log(`/v1/inbox${sort}: median ${at(0.5)} ms, p95 ${at(0.95)} ms, worst ${at(1)} ms; ${bytes} bytes`);
  }
} finally {
  await server.stop();
}
