// first.test.mjs - somebody's first day: a link, a password of one's own, what waits, and the first
// approval; the applicant sees it happen. In both languages, on desk and phone, least rights.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { start } from '../compat/lib.mjs';
import { DESK, PHONE, accessible, open, story } from './browser.mjs';

const data = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-first-'));
const server = await start({ auth: 'on', data });
after(async () => { await server.close(); fs.rmSync(data, { recursive: true, force: true }); });
const authorization = `Bearer ${fs.readFileSync(path.join(data, 'admin.token'), 'utf8').trim()}`;

const call = async (method, at, body, headers = {}) => {
  const r = await server.json(method, at, body, { authorization, ...headers });
  assert.ok(r.status < 300, `${method} ${at}: ${r.text}`);
  return r.data;
};
const linkOf = async (person) => {
  const { url } = await call('POST', `/v1/accounts/${person}/link`, {});
  return url.slice(server.url.length);
};

const WORDS = {
  en: { welcome: 'Welcome', enter: 'Sign in', settings: 'My settings', password: 'New password',
    change: 'Change password',
    changed: 'The password is changed.', hello: 'Hello, 鈴木 一郎', approve: /^Approve/, done: 'Approved', menu: 'Menu' },
  ja: { welcome: 'ようこそ', enter: 'サインイン', settings: '自分の設定', password: '新しいパスワード', change: 'パスワードを変更する',
    changed: 'パスワードを変更しました。', hello: '鈴木 一郎さん、こんにちは', approve: /^承認する/, done: '承認', menu: 'メニュー' },
};

let nth = 0;

for (const [language, words] of Object.entries(WORDS)) for (const [device, size] of [['desk', DESK],
  ['phone', PHONE]]) {
  const suzuki = `suzuki${nth}`, aoki = `aoki${nth++}`;
  story(`from the first login to the first approval: ${language}, ${device}`, async (t) => {
    for (const [id, name] of [[suzuki, '鈴木 一郎'], [aoki, '青木 さくら']]) {
      await call('PUT', `/v1/people/${id}`, { name, zone: 'Asia/Tokyo' });
      await call('POST', '/v1/accounts', { person: id });
    }
    const subject = `椅子 10 脚 ${suzuki}`;
    const { id } = await call('POST', '/v1/approvals',
      { policy: { need: 'any', of: [suzuki] }, subject, data: { amount: 198000 } }, { 'X-Ringi-User': aoki });

    const boss = await open(t, server, await linkOf(suzuki), { language, size });
    await boss.page.getByRole('heading', { name: words.welcome }).waitFor();
    await accessible(boss.page, `the link, ${language} ${device}`);
    await boss.page.getByRole('button', { name: words.enter }).click();
    await boss.page.getByRole('heading', { name: words.hello }).waitFor();
    await accessible(boss.page, `home, ${language} ${device}`);
    const menu = await boss.page.locator('.menu a').allTextContents();
    assert.equal(menu.length, 2, `the menu of who decides has nothing else: ${menu}`);

    await boss.page.getByRole('link', { name: words.settings }).click();
    await boss.page.getByLabel(words.password).fill('correct horse battery');
    await boss.page.getByRole('button', { name: words.change }).click();
    await boss.page.getByText(words.changed).waitFor();

    const asker = await open(t, server, await linkOf(aoki), { language, size });
    await asker.page.getByRole('button', { name: words.enter }).click();
    await asker.page.locator('.home-list').getByText(subject).click();
    await asker.page.getByRole('heading', { name: subject }).waitFor();
    assert.equal(await asker.page.getByRole('button', { name: words.approve }).count(), 0, 'nobody approves their own');

    await boss.page.locator('.brand').click();
    await boss.page.locator('.home-list').getByText(subject).click();
    await boss.page.getByRole('button', { name: words.approve }).click();
    await boss.page.locator('.toast', { hasText: words.done }).waitFor();
    await asker.page.locator('.why.approved').waitFor(); // by itself
    assert.equal((await call('GET', `/v1/approvals/${id}`)).state, 'APPROVED');
    assert.deepEqual([boss.trouble, asker.trouble], [[], []]);
  });
}
