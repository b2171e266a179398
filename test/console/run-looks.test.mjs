// run-looks.test.mjs - every page for operators, in both languages, light and dark, on desk and
// phone: accessible, not wider than its window, without trouble.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { start } from '../compat/lib.mjs';
import { LOOKS, accessible, open, story } from './browser.mjs';

const server = await start({ flags: [] });
after(() => server.close());
const ask = (method, path, body) => server.done(method, path, body);
const pages = [];

before(async () => {
  await ask('PUT', '/v1/queues/orders-dead', {});
  await ask('PUT', '/v1/queues/orders', { dead_letter_queue: 'orders-dead', owner: '営業部',
    runbook: 'https://example.com/r',
    purpose: 'Orders leave the shop at once' });
  await ask('PUT', '/v1/queues/invoices', { paused: true });
  for (const body of ['{"a": 1.10}', 'b', 'c']) await ask('POST', '/v1/queues/orders/messages', { body });
  const { QueueUrl } = await server.sqs.json.ok('GetQueueUrl', { QueueName: 'orders' });
  const [m] = await server.sqs.json.receive(QueueUrl, { MaxNumberOfMessages: 1 });
  await ask('POST', '/v1/queues/orders/fail',
    { receipt: m.ReceiptHandle, retry: false, error: { code: 'E', message: 'as it was said' } });
  await ask('PUT', '/v1/queues/exports', { track: true });
  const group = await ask('POST', '/v1/groups',
    { jobs: [{ queue: 'exports', payload: { page: 1 }, labels: { a: 'b' } }] });
  const [{ id }] = (await ask('GET', `/v1/jobs?group=${group.id}`)).jobs;
  await ask('PUT', '/v1/schedules/nightly', { queue: 'exports', cron: '0 2 * * *', zone: 'Asia/Tokyo', payload: {} });
  pages.push('/queues', '/queues/orders', '/queues/orders?tab=settings', '/queues/orders-dead?tab=errors',
    '/queues/orders-dead?tab=moves',
    '/overview', '/jobs', `/jobs/${id}`, '/dead', '/schedules', '/topics', '/audit', '/search?q=orders');
});

for (const look of LOOKS) {
  const name = `${look.language}, ${look.theme}, ${look.device}`;
  story(`pages for operators are good to look at: ${name}`, async (t) => {
    const { page, trouble } = await open(t, server, pages[0], { ...look, who: 'aoki' });
    for (const where of pages) {
      await page.goto(server.url + where);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.locator('.loading').first().waitFor({ state: 'detached' });
      await accessible(page, `${where} (${name})`);
    }
    assert.deepEqual(trouble, []);
  });
}
