// notices.test.mjs - the bell, and the list of what a person was told.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { start, until } from '../compat/lib.mjs';
import { LOOKS, accessible, open, story } from './browser.mjs';

const server = await start({ flags: [] });
after(() => server.close());
const as = (who) => ({ 'X-Ringi-User': who });

async function asked(who, subject) {
  const r = await server.json('POST', '/v1/approvals', { policy: { need: 1, of: [who] }, subject }, as('tanaka'));
  assert.equal(r.status, 201, r.text);
  await until('the notification', async () =>
    (await server.json('GET', '/v1/notifications', undefined, as(who))).data.notifications.length > 0);
  return r.data.id;
}

story('who is asked is told so; the bell counts until they have seen it', async (t) => {
  const id = await asked('aoki', 'A chair <b>of oak</b>');
  const { page, trouble } = await open(t, server, '/', { who: 'aoki' });
  await page.getByRole('link', { name: 'Notifications, 1 not seen' }).click();
  await page.getByText('A chair <b>of oak</b>').first().waitFor();
  assert.equal(await page.locator('.notices li a').getAttribute('href'), `/approvals/${id}`);
  await page.getByRole('button', { name: 'I have seen them all' }).click();
  await page.getByRole('link', { name: 'Notifications', exact: true }).waitFor();
  await page.locator('.unseen').first().waitFor({ state: 'detached' }); // the bell knows it first
  const left = await server.json('GET', '/v1/notifications', undefined, as('aoki'));
  assert.equal(left.data.unread, 0);
  assert.deepEqual(trouble, []);
});

for (const look of LOOKS) {
  const name = `${look.language}, ${look.theme}, ${look.device}`;
  story(`the list is good to look at: ${name}`, async (t) => {
    const who = `${look.language}-${look.theme}-${look.device}`;
    await asked(who, '椅子を一脚');
    const { page, trouble } = await open(t, server, '/notifications', { ...look, who });
    await page.locator('.notices li').first().waitFor();
    await page.locator('.bell-count').waitFor();
    await accessible(page, name);
    assert.deepEqual(trouble, []);
  });
}
