// rules-looks.test.mjs - each screen for process owners and for oneself, accessible in every look.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { start } from '../compat/lib.mjs';
import { LOOKS, accessible, open, story } from './browser.mjs';
import { company } from './company.mjs';

const server = await start({ flags: [] });
after(() => server.close());
await company(server);

const put = async (path, body) => assert.ok((await server.json('PUT', path, body)).status < 300, path);
await put('/v1/policies/expense', { need: 'all', of: ['sato', 'mori'] });
await put('/v1/policies/expense', { policy:
  { need: 2, of: ['sato', { user: 'mori', veto: true }, { need: 'half', of: [{ group: 'legal', count: 2 },
  { post: 'director', of: 'applicant.department' }] }] }, four_eyes: true });
await put('/v1/policies/expense', { need: 1, of: [{ user: 'suzuki', required: true }, { user: 'mori', weight: 0 }] });

const SCREENS = ['/me', '/people', '/people?show=departments', '/people?show=posts', '/people?show=groups',
  '/people?show=import', '/people/sato', '/policies', '/policies/expense', '/policies/expense/edit'];

for (const at of SCREENS) {
  story(`${at} is accessible in every look`, async (t) => {
    const { page, trouble } = await open(t, server, at, { who: 'sato' });
    await page.getByRole('heading', { level: 1 }).waitFor();
    for (const { language, theme, device, size } of LOOKS) {
      await page.setViewportSize(size);
      // Without loading again: as somebody does it, by the buttons of the header.
      if (await page.evaluate(() => document.documentElement.lang) !== language)
        await page.getByRole('button', { name: language === 'ja' ? '日本語' : 'English' }).click();
      if (await page.evaluate(() => document.documentElement.dataset.theme) !== theme)
        await page.getByRole('button', { name: /Dark or light|明るさを/ }).click();
      await page.waitForFunction(() => !document.querySelector('.loading'));
      await accessible(page, `${at} ${language} ${theme} ${device}`);
    }
    assert.deepEqual(trouble, []);
  });
}
