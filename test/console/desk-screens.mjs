// desk-screens.mjs - every screen of approvers and applicants, in the looks of a language, by
// the rules of accessibility; on phones nothing is wider than the window.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { start } from '../compat/lib.mjs';
import { LOOKS, accessible, open, story } from './browser.mjs';

const server = await start({ flags: [] });
after(() => server.close());

const call = (who, method, path, body) => server.done(method, path, body, who);
const ask = (who, body) => call(who, 'POST', '/v1/approvals', body);
const vote = (who, id, body) => call(who, 'POST', `/v1/approvals/${id}/votes`, { do: 'approve', ...body });

await server.clock.set(Date.now() - 86_400_000); // deadlines are over by now
await call('x', 'PUT', '/v1/people/aoki', { name: '青木 花子' });
await call('x', 'PUT', '/v1/policies/nested', { need: 'all', of: [{ need: 2, of: ['aoki', 'ito', 'kato'] }, 'sato'] });
const nested = await ask('tanaka', { policy: 'nested', subject: `A subject ${'that-has-no-blanks-'.repeat(8)}`, data: {
  amount: 1234567890123.125, long: 'x'.repeat(300), list: ['a', { b: [1, null, true] }], none: {},
  items: [{ name: 'chair', qty: 10, price: 198000, tax: 0.1, unit: 'piece' }] } });
const again = await ask('aoki', { policy: { need: 1, of: ['ito', 'kato'] }, subject: '差し戻された申請',
  data: { amount: 5, note: 'x' } });
await vote('ito', again.id, { do: 'return', comment: 'もう少し詳しく' });
const changed = await ask('sato', { subject: 'Changed',
  policy: { need: 2, of: ['aoki', 'ito'], deadline: { after: 'PT1H' } },
  data: { amount: 1, gone: 'y' } });
await vote('ito', changed.id, { do: 'return', comment: 'no' });
await call('sato', 'POST', `/v1/approvals/${changed.id}/resubmit`, { data: { amount: 2, more: { a: 1 } } });
await vote('ito', changed.id, { comment: 'now yes' });
const ended = await ask('tanaka', { subject: 'Ended', policy: { need: 1, of: ['ito'] } });
await vote('ito', ended.id, { do: 'reject', comment: 'no' });
await call('kato', 'POST', '/v1/delegations', { delegate: 'aoki' });
await server.clock.reset();

/** Where, and what is there when the screen is complete. */
const screens = [
  ['/', '.home-list'],
  ['/inbox', '.inbox-row'],
  ['/inbox?for=nobody', '.empty'],
  ['/requests', '.tabs'],
  ['/requests?show=all', '.inbox-row'],
  ['/requests/new', '.segments'],
  [`/approvals/${nested.id}`, '.need'],
  [`/approvals/${again.id}`, '.correct'],
  [`/approvals/${changed.id}`, '.differences'],
  [`/approvals/${ended.id}`, '.why.rejected'],
];

export function walk(language) {
  for (const look of LOOKS.filter((l) => l.language === language))
    story(`every screen: ${language}, ${look.theme}, ${look.device}`, async (t) => {
      const { page, trouble } = await open(t, server, '/', { ...look, who: 'aoki' });
      for (const [at, ready] of screens) {
        await page.goto(server.url + at);
        await page.locator(ready).first().waitFor();
        await accessible(page, at);
      }
      await page.goto(`${server.url}/inbox`);
      await page.locator('.pick input').first().check();
      await page.locator('.bulk .button.primary').click();
      await page.getByRole('dialog').waitFor();
      await accessible(page, 'bulk approval');
      assert.deepEqual(trouble, []);
    });
}
