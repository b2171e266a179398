// link.test.mjs - the page of a mail's link in a real browser: who follows it decides, on a phone and on a desk.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { start, until } from '../compat/lib.mjs';
import { asking, mailServer } from '../egress/notify_lib.mjs';
import { DESK, PHONE, accessible, open, story } from './browser.mjs';

const server = await start({ flags: ['--allow-private-mail', '--decision-links', '--advertise',
  'https://ringi.example'] });
after(() => server.close());
const ask = asking(server);

for (const [language, size, button, says] of [['en', DESK, 'Approve', 'Your approval is recorded.'],
  ['ja', PHONE, '承認する', '承認を記録しました。']])
  story(`a decision by a link (${language}, ${size.width} wide)`, async (t) => {
    const mail = await mailServer(t, 'none'), yuki = `yuki-${language}`;
    await ask('PUT', '/channels/mail', { type: 'smtp',
      settings: { host: '127.0.0.1', port: mail.port, from: 'ringi@example.com', tls: 'none' } },
        language === 'en' ? 201 : 200);
    await ask('PUT', `/people/${yuki}`, { name: 'Yuki', locale: language, email: 'yuki@example.org' }, 201);
    const a = await ask('POST', '/approvals', { policy: { need: 'all', of: [yuki] }, subject: 'A chair '.repeat(20),
      data: { price: 120, url: 'x'.repeat(200) } }, 201, 'taro');
    const { text } = await mail.got();
    const link = /https:\/\/ringi\.example(\/links\/[\w-]{43})/.exec(text)[1];
    const { page, trouble } = await open(t, server, link, { language, size });
    await accessible(page, 'asking');
    await page.getByRole('button', { name: /Reject|却下/ }).click(); // without a comment: asked for
    await page.getByRole('textbox').fill('<b>fine</b>');
    await accessible(page, 'asking for a comment');
    await page.getByRole('button', { name: button }).click();
    await page.getByText(says).waitFor();
    await accessible(page, 'decided');
    await page.reload(); // sends it again
    await until('the second answer', async () => !(await page.getByText(says).isVisible()));
    const now = await ask('GET', `/approvals/${a.id}`);
    assert.deepEqual([now.state, now.slots[0].comment], ['APPROVED', '<b>fine</b>']);
    assert.deepEqual(trouble.filter((x) => !/status of 410/.test(x)), []);
  });
