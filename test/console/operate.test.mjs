// operate.test.mjs - what needs somebody, jobs, all dead letters, schedules, the audit log and
// its proof, and the one box that finds everything; in the browser.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { start } from '../compat/lib.mjs';
import { open, story } from './browser.mjs';

const server = await start({ flags: [] });
after(() => server.close());
const ask = (method, path, body) => server.done(method, path, body, 'tanaka');
const as = (t, where) => open(t, server, where, { who: 'aoki' });
let failed, group;

before(async () => {
  await ask('PUT', '/v1/queues/exports-dead', {});
  await ask('PUT', '/v1/queues/exports', { track: true, dead_letter_queue: 'exports-dead' });
  await ask('PUT', '/v1/queues/invoices', { paused: true });
  failed = (await ask('POST', '/v1/queues/exports/jobs', { payload: { rows: 7 }, labels: { customer: '4711' } })).id;
  const [job] = (await ask('POST', '/v1/queues/exports/claim', { worker: 'worker-1' })).jobs;
  await ask('POST', `/v1/jobs/${job.id}/fail`,
    { lease: job.lease, retry: false, error: { code: 'DISK', message: 'no space left' }, log: 'opened\nfailed' });
  group = await ask('POST', '/v1/groups',
    { jobs: Array.from({ length: 4 }, (_, page) => ({ queue: 'exports', payload: { page } })) });
  await ask('PUT', '/v1/schedules/nightly', { queue: 'exports', cron: '0 2 * * *', zone: 'Asia/Tokyo', payload: {} });
});

story('what needs somebody is one look, and each line leads there', async (t) => {
  const { page, trouble } = await as(t, '/overview');
  const needs = page.locator('.card', { hasText: 'Needs somebody' });
  await needs.getByText('1 could not be worked on').waitFor();
  await needs.getByRole('link', { name: 'invoices' }).waitFor();
  await page.getByRole('link', { name: 'All failed jobs' }).click();
  await page.getByText('no space left').waitFor();
  assert.equal(new URL(page.url()).search, '?state=FAILED');
  assert.deepEqual(trouble, []);
});

story('a job is found by its label, shows every attempt, and is tried again', async (t) => {
  const { page, trouble } = await as(t, '/jobs');
  await page.getByLabel('Label, as name=value').fill('customer=4711');
  await page.getByLabel('Label, as name=value').press('Enter');
  await page.getByRole('link', { name: failed.slice(-12) }).click();
  await page.getByText('worker-1').waitFor();
  await page.getByText('Log', { exact: true }).click();
  await page.getByText('opened').waitFor();
  await page.getByText('"rows": 7').waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByLabel('Reason').fill('there is space again');
  await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { level: 1 }).getByText('Waiting').waitFor();
  assert.equal((await ask('GET', `/v1/jobs/${failed}`)).state, 'PENDING');
  assert.deepEqual(trouble, []);
});

story('a job of a group shows how far the others are, and is canceled', async (t) => {
  const { page, trouble } = await as(t, `/jobs?group=${group.id}`);
  await page.locator('tbody tr a').first().click();
  await page.getByText('0 of 4 have ended').waitFor();
  await page.getByRole('button', { name: 'Cancel the job' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the job' }).click();
  await page.getByText('1 of 4 have ended').waitFor();
  assert.deepEqual(trouble, []);
});

story('all dead letters are on one page, and go back from there', async (t) => {
  await ask('PUT', '/v1/queues/mails-dead', {});
  await ask('PUT', '/v1/queues/mails', { dead_letter_queue: 'mails-dead' });
  await ask('POST', '/v1/queues/mails/messages', { body: 'x' });
  const { QueueUrl } = await server.sqs.json.ok('GetQueueUrl', { QueueName: 'mails' });
  const m = await server.sqs.json.one(QueueUrl);
  await ask('POST', '/v1/queues/mails/fail',
    { receipt: m.ReceiptHandle, retry: false, error: { code: 'BOUNCED', message: 'no such box' } });
  const { page, trouble } = await as(t, '/dead');
  const card = page.locator('.card', { has: page.getByRole('link', { name: 'mails-dead' }), hasText: 'BOUNCED' });
  await card.getByRole('button', { name: 'Send all back' }).click();
  await page.getByText('1 messages would be sent back.').waitFor();
  await page.getByRole('button', { name: 'Send back', exact: true }).click();
  await page.getByText('1 of 1').waitFor();
  assert.equal((await ask('GET', '/v1/queues/mails')).visible, 1);
  assert.deepEqual(trouble, []);
});

story('a schedule is paused, goes on, and is run now', async (t) => {
  const { page, trouble } = await as(t, '/schedules');
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('Paused').waitFor();
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Run now' }).click();
  await page.getByText('It was put into exports').waitFor();
  assert.deepEqual(trouble, []);
});

story('the audit log is proved in the browser, and what was changed on the way is found', async (t) => {
  const { page, trouble } = await as(t, '/audit?resource=queue:invoices');
  await page.getByRole('cell', { name: 'queue.create' }).waitFor();
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByText('The chain holds').waitFor();
  await page.route('**/v1/audit/export*', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: (await answer.text()).replace('queue:invoices', 'queue:invoicez') });
  });
  await page.reload();
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByText('The chain is broken at record').waitFor();
  assert.deepEqual(trouble, []);
});

story('one box finds a job by its id, a queue and a person by name', async (t) => {
  const { page, trouble } = await as(t, '/overview');
  const box = page.getByRole('search').getByRole('searchbox').first();
  await box.fill(failed);
  await box.press('Enter');
  await page.getByRole('link', { name: failed }).waitFor();
  await box.fill('ｉｎｖｏｉｃ');
  await box.press('Enter');
  await page.getByRole('link', { name: 'invoices' }).click();
  await page.getByRole('heading', { level: 1, name: 'invoices' }).waitFor();
  await page.goto(`${server.url}/search?q=nothing-of-this-name`);
  await page.getByText('Nothing was found').waitFor();
  assert.deepEqual(trouble, []);
});
