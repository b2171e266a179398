// dead.test.mjs - the page of dead letters where there are more queues than it shows at once.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { start } from '../compat/lib.mjs';
import { accessible, open, story } from './browser.mjs';

const server = await start();
after(() => server.close());

/** A queue with a dead-letter queue that holds so many messages. */
async function pair(name, messages) {
  await server.done('PUT', `/v1/queues/dead-${name}`, {});
  await server.done('PUT', `/v1/queues/work-${name}`, { dead_letter_queue: `dead-${name}` });
  for (let i = 0; i < messages; i++)
    await server.done('POST', `/v1/queues/dead-${name}/messages`, { body: 'x' });
}

for (const [language, more, empty] of [['en', '1 more', 'Empty ones'], ['ja', 'ほか 1 件', '空のデッドレターキュー']])
  story(`what is left out is counted, and shown when it is asked for (${language})`, async (t) => {
    if (language === 'en') {
      for (let i = 0; i < 51; i++) await pair(`full-${i}`, i === 50 ? 1 : 2);
      for (let i = 0; i < 21; i++) await pair(`none-${i}`, 0);
    }
    const { page, trouble } = await open(t, server, '/dead', { who: 'aoki', language });
    const cards = page.getByRole('heading', { name: /^dead-full-/ });
    await cards.nth(49).waitFor();
    assert.equal(await cards.count(), 50);
    assert.equal(await page.getByRole('link', { name: /^dead-none-/ }).count(), 20);
    assert.match(await page.locator('p', { hasText: empty }).innerText(), new RegExp(`${more}$`));
    await accessible(page, 'many dead-letter queues');
    await page.getByRole('button', { name: more }).click();
    await page.getByRole('heading', { name: 'dead-full-50' }).waitFor();
    assert.equal(await cards.count(), 51);
    assert.equal(await page.getByRole('button', { name: more }).count(), 0);
    assert.deepEqual(trouble, []);
  });
