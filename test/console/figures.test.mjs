// figures.test.mjs - the page that tells how approvals go, against approvals of which all is known.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { start } from '../compat/lib.mjs';
import { LOOKS, accessible, open, story } from './browser.mjs';

const server = await start({ flags: [] });
after(() => server.close());
const as = (who) => ({ 'X-Ringi-User': who });

async function decided(...votes) {
  const policy = { need: 2, of: ['aoki', 'ito', 'kato'] };
  const { data } = await server.json('POST', '/v1/approvals', { policy, subject: 'A chair' }, as('tanaka'));
  for (const [who, what, status = 200] of votes) {
    const r = await server.json('POST', `/v1/approvals/${data.id}/votes`, { do: what }, as(who));
    assert.equal(r.status, status, r.text);
  }
}

story('nothing has no figures, and says so', async (t) => {
  const { page, trouble } = await open(t, server, '/figures', { who: 'tanaka' });
  await page.getByText('Nothing was decided in this time').waitFor();
  assert.equal(await page.locator('.kept li').count(), 4);
  assert.deepEqual(trouble, []);
});

story('what was decided, turned away and missed is told in words', async (t) => {
  for (let i = 0; i < 4; i++) await decided(['aoki', 'approve'], ['ito', 'approve'], ['kato', 'approve', 409]);
  await decided(['aoki', 'approve']);
  const { page, trouble } = await open(t, server, '/figures', { who: 'tanaka' });
  const told = page.locator('.figure', { hasText: 'decided' });
  await told.locator('b', { hasText: '4' }).waitFor();
  const away = page.locator('.kept li', { hasText: 'Votes turned away' });
  await away.getByText('Missed').waitFor();
  assert.match(await away.innerText(), /33\.3 %; wanted: below 1 %/);
  await page.locator('.kept li', { hasText: 'In the system' }).getByText(/wanted: at most 200/).waitFor();
  assert.equal(await page.locator('tbody tr').count(), 1);
  await page.getByRole('combobox').selectOption('91');
  await page.waitForURL(/days=91/);
  assert.deepEqual(trouble, []);
});

for (const look of LOOKS) {
  const name = `${look.language}, ${look.theme}, ${look.device}`;
  story(`the page is good to look at: ${name}`, async (t) => {
    const { page, trouble } = await open(t, server, '/figures', { ...look, who: 'tanaka' });
    await page.locator('tbody tr').first().waitFor();
    await accessible(page, name);
    assert.deepEqual(trouble, []);
  });
}
