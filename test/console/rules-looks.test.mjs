// rules-looks.test.mjs - each screen for process owners and for oneself, accessible in every look.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { start, story } from '../compat/lib.mjs';
import { LOOKS, accessible, open } from './browser.mjs';
import { company } from './company.mjs';

const server = await start({ flags: [] });
after(() => server.close());
await company(server);

const SCREENS = ['/me', '/people', '/people?show=departments', '/people?show=posts', '/people?show=groups',
  '/people?show=import', '/people/sato'];

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
