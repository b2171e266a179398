// burst.test.mjs - docs/examples/burst: a bank with a limit sees no more than it, whatever comes at once.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { freePort, start, story, until } from '../compat/lib.mjs';
import { begin } from './lib.mjs';

const server = await start();
after(() => server.close());
const LIMIT = '60', ORDERS = 150;

story('a burst is taken at once, and goes on as the bank bears it', async (t) => {
  const PORT = String(await freePort());
  const env = { RINGI_URL: server.url, PORT, BANK_URL: `http://127.0.0.1:${PORT}` };
  const bank = begin(t, 'burst/bank.mjs', [LIMIT], env);
  const workers = [1, 2].map(() => begin(t, 'burst/worker.mjs', [LIMIT], env));
  await until('all of them', () => bank.text().includes('listening') &&
    workers.every((w) => w.text().includes('ready')));
  const seen = async () => (await fetch(env.BANK_URL)).json();
  const began = Date.now();
  for (let i = 0; i < 2; i++) { // the second time they are the same orders
    const shop = begin(t, 'burst/shop.mjs', [String(ORDERS)], env);
    assert.deepEqual(await shop.exit, { code: 0, signal: null }, shop.text());
  }
  assert.ok((await seen()).paid < ORDERS, 'the shop does not wait for the bank');
  await until('all are paid', async () => (await seen()).paid === ORDERS, 20_000);
  assert.ok(Date.now() - began > (ORDERS / (Number(LIMIT) * 0.4) - 2) * 1000, 'not faster than the rate');
  const { calls, refused, most } = await seen();
  assert.deepEqual([calls, refused], [ORDERS, 0], 'nobody paid twice, nothing was refused');
  assert.ok(most <= Number(LIMIT), `${most} calls in one second`);
});

story('a bank that refuses all the same is asked again when it says', async (t) => {
  const PORT = String(await freePort());
  const env = { RINGI_URL: server.url, PORT, BANK_URL: `http://127.0.0.1:${PORT}` };
  const bank = begin(t, 'burst/bank.mjs', ['5'], env); // it bears less than we think
  begin(t, 'burst/worker.mjs', ['40'], env);
  await until('the bank', () => bank.text().includes('listening'));
  const jobs = Array.from({ length: 15 }, (_, i) => ({ payload: { order: 1000 + i } }));
  await server.json('POST', '/v1/queues/payments/jobs', { jobs });
  const seen = async () => (await fetch(env.BANK_URL)).json();
  await until('all are paid', async () => (await seen()).paid === 15, 25_000);
  const { calls, refused } = await seen();
  assert.equal(calls, 15);
  assert.ok(refused > 0);
});
