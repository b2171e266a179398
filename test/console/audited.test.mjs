// audited.test.mjs - the audit log is verified, in both languages, on desk and phone; and an operator who has no
// mouse goes from the list of queues to a move of dead letters.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, start, until } from '../compat/lib.mjs';
import { DESK, PHONE, open, story } from './browser.mjs';

const server = await start({ flags: [] });
after(() => server.close());
const ask = (method, path, body) => server.done(method, path, body, 'tanaka');

const WORDS = {
  en: { verify: 'Verify', good: 'The chain holds', broken: 'The chain is broken at record' },
  ja: { verify: '検証する', good: '改ざんはありません', broken: 'で連鎖が途切れています' },
};

for (const [language, w] of Object.entries(WORDS))
  for (const [device, size] of [['desk', DESK], ['phone', PHONE]])
    story(`the audit log is verified, and a record that was changed is found: ${language}, ${device}`, async (t) => {
      const name = fresh('audited');
      await ask('PUT', `/v1/queues/${name}`, { purpose: '髙﨑 𠮷 <b>' });
      const { page, trouble } = await open(t, server, `/audit?resource=queue:${name}`, { who: 'aoki', language, size });
      await page.getByText('queue.create').waitFor();
      await page.getByRole('button', { name: w.verify }).click();
      await page.getByText(w.good).waitFor();
      const { records: [last] } = await ask('GET', '/v1/audit?limit=1');
      assert.equal(await page.locator('.hash').innerText(), last.hash, 'the last hash is that of the server');
      await page.route('**/v1/audit/export*', async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, body: (await answer.text()).replace(`queue:${name}`, 'queue:other') });
      });
      await page.reload();
      await page.getByRole('button', { name: w.verify }).click();
      await page.getByRole('alert').getByText(w.broken).waitFor();
      assert.deepEqual(trouble, []);
    });

story('keyboard only: from the list of queues to dead letters that go back', async (t) => {
  const name = fresh('orders'), dead = `${name}-dead`;
  await ask('PUT', `/v1/queues/${dead}`, {});
  await ask('PUT', `/v1/queues/${name}`, { dead_letter_queue: dead, max_receives: 1 });
  const { QueueUrl } = await server.sqs.json.ok('GetQueueUrl', { QueueName: name });
  for (let i = 0; i < 3; i++) await server.sqs.json.ok('SendMessage', { QueueUrl, MessageBody: `order ${i}` });
  await until('all are dead', async () => {
    await server.sqs.json.receive(QueueUrl, { VisibilityTimeout: 0 });
    return (await ask('GET', `/v1/queues/${dead}`)).visible === 3;
  });
  const { page, trouble } = await open(t, server, '/', { who: 'aoki' });
  const at = (what) => until('the focus is there', () => what.evaluate((e) => e === document.activeElement));
  /** Tab until `what` has the focus. */
  const tabTo = async (what) => {
    await what.waitFor();
    for (let i = 0; i < 80; i++) {
      if (await what.evaluate((e) => e === document.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    assert.fail('not to be reached by Tab');
  };
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('q');
  await tabTo(page.getByLabel('Filter by name'));
  await page.keyboard.type(dead);
  await tabTo(page.getByRole('link', { name: dead, exact: true }));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: dead }).waitFor();
  const send = page.getByRole('button', { name: 'Send dead letters back' });
  await tabTo(send);
  await page.keyboard.press('Enter');
  await page.getByText('3 messages would be sent back.').waitFor();
  await page.keyboard.press('Escape'); // thought better of, and the focus is where it was
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await at(send);
  await page.keyboard.press('Enter');
  await page.getByText('3 messages would be sent back.').waitFor();
  await tabTo(page.getByLabel('Reason'));
  await page.keyboard.type('gq mended'); // no shortcuts while one types
  await tabTo(page.getByRole('button', { name: 'Send back', exact: true }));
  await page.keyboard.press('Enter');
  await page.getByText('3 of 3').waitFor();
  assert.equal((await ask('GET', `/v1/queues/${name}`)).visible, 3);
  assert.equal((await ask('GET', `/v1/queues/${dead}/moves`)).moves[0].reason, 'gq mended');
  assert.deepEqual(trouble, []);
});
