// signin.test.mjs - people sign in to the console where authentication is on: by password and one-time code,
// by a link, again after their session ended; what the server tells once is shown once.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { start } from '../compat/lib.mjs';
import { LOOKS, accessible, open, story } from './browser.mjs';

const data = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-signin-'));
const server = await start({ auth: 'on', data });
after(async () => { await server.close(); fs.rmSync(data, { recursive: true, force: true }); });
const root = fs.readFileSync(path.join(data, 'admin.token'), 'utf8').trim();
const plain = server.request.bind(server);
server.request = (o) => plain(o.path?.startsWith('/v2/clock')
  ? { ...o, headers: { ...o.headers, authorization: `Bearer ${root}` } } : o);
const GOOD = 'correct horse battery';
const OTHER = 'another long sentence';

const admin = async (method, at, body) => {
  const r = await server.json(method, at, body, { authorization: `Bearer ${root}` });
  assert.ok(r.status < 300, `${method} ${at}: ${r.text}`);
  return r.data;
};
async function account(person, ...roles) {
  await admin('PUT', `/v1/people/${person}`, { name: person, zone: 'Asia/Tokyo' });
  await admin('POST', '/v1/accounts', { person, password: GOOD });
  for (const role of roles) await admin('PUT', `/v1/roles/${role}/holders/user:${person}`);
  return person;
}
async function signIn(page, person, password = GOOD) {
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.getByLabel('Person').fill(person);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
/** A dialog that stays says why. */
const gone = (dialog) => dialog.waitFor({ state: 'detached' }).catch(async (e) => {
  const left = await dialog.locator('input').evaluateAll((all) => all.map((i) => `${i.name}: ${i.value.length}`));
  throw new Error(`${e.message}\nIt says: ${await dialog.innerText()}\nIt holds: ${left}`, { cause: e });
});
const inside = (page, person) => page.locator('.person-name', { hasText: person }).waitFor();

function codeOf(secret, at = Date.now()) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join(
    '');
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30000)));
  const mac = createHmac('sha1', key).update(step).digest();
  const o = mac[19] & 15;
  return String((mac.readUInt32BE(o) & 0x7fffffff) % 1e6).padStart(6, '0');
}

story('password, then one-time codes: set up, confirmed, asked for; a wrong code; a recovery code', async (t) => {
  await account('hanako');
  const { page, trouble } = await open(t, server, '/me');
  await signIn(page, 'ｈａｎａｋｏ', 'wrong password 1');
  await page.getByRole('alert').waitFor();
  assert.equal(await page.getByLabel('Person').inputValue(), 'ｈａｎａｋｏ', 'what was typed stays');
  await signIn(page, 'ｈａｎａｋｏ');
  await inside(page, 'hanako');
  await page.getByRole('button', { name: 'Set up an app' }).click();
  const secret = (await page.locator('.secret').innerText()).replaceAll(' ', '');
  await page.locator('svg.qr').waitFor();
  await accessible(page, 'setting up codes');
  await page.getByLabel('Code that the app shows').fill('000000');
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('Code that the app shows').fill(codeOf(secret));
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByRole('heading', { name: 'Recovery codes' }).waitFor();
  const recovery = await page.locator('.codes code').allInnerTexts();
  assert.equal(recovery.length, 10);
  await page.getByRole('button', { name: 'I have kept them' }).click();
  assert.equal(await page.getByText(recovery[0]).count(), 0);
  await page.getByText('A code is asked for each time').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Set up an app' }).count(), 0);
  await page.getByRole('button', { name: 'Sign out' }).click();

  await signIn(page, 'hanako');
  await page.getByLabel('One-time code').fill('000000');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('One-time code').fill(recovery[3]);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await inside(page, 'hanako');
  await page.goto(`${server.url}/me`);
  await page.getByText('A code is asked for each time').waitFor();
  assert.deepEqual(trouble, []);
});

story('rights are given by who signed in lately: asked again over the page, then it is done', async (t) => {
  server.clock.for(t);
  await server.clock.set(Date.now() + 3_600_000);
  await account('taro', 'administrator');
  await account('plain');
  const { page, trouble } = await open(t, server, '/access?show=roles');
  await signIn(page, 'taro');
  await page.getByText('process-owner').click();
  const role = page.locator('.line', { hasText: 'process-owner' });
  await role.getByLabel('Person').fill('plain');
  await server.clock.advance(16 * 60_000);
  const proof = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await role.getByRole('button', { name: 'Give' }).click();
  await proof.waitFor();
  await accessible(page, 'asked again');
  await proof.getByRole('button', { name: 'Cancel' }).click();
  await proof.waitFor({ state: 'detached' });
  await page.getByText('Log in again, and repeat it.').waitFor();
  await role.getByRole('button', { name: 'Give' }).click();
  await proof.getByLabel('Password').fill(GOOD);
  await proof.getByRole('button', { name: 'Sign in' }).click();
  await gone(proof);
  await role.locator('.chip', { hasText: 'plain' }).waitFor();
  assert.deepEqual(trouble, []);
});

story('a large decision asks for the password again, and is made with what was typed', async (t) => {
  server.clock.for(t);
  await server.clock.set(Date.now() + 7_200_000);
  await account('kacho');
  await account('shinsei');
  const made = await server.json('POST', '/v1/approvals', { subject: 'New machine', data: { amount: 5_000_000 },
    policy: { need: 1, of: ['kacho'], fresh_login_from: 1_000_000 } },
    { authorization: `Bearer ${root}`, 'X-Ringi-User': 'shinsei' });
  assert.equal(made.status, 201, made.text);
  const { page, trouble } = await open(t, server, `/approvals/${made.data.id}`);
  await signIn(page, 'kacho');
  await page.getByLabel('Comment').fill('a good price');
  await server.clock.advance(16 * 60_000);
  await page.getByRole('button', { name: /^Approve/ }).click();
  const proof = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await proof.getByLabel('Password').fill(GOOD);
  await proof.getByRole('button', { name: 'Sign in' }).click();
  await gone(proof);
  await page.locator('.why.approved').waitFor();
  await page.locator('.slot blockquote', { hasText: 'a good price' }).waitFor();
  assert.deepEqual(trouble, []);
});

story('another password ends the other sessions; whoever sat there signs in again and finds what they typed',
  async (t) => {
  await account('jiro');
  const here = await open(t, server, '/me');
  await signIn(here.page, 'jiro');
  await inside(here.page, 'jiro');
  const there = await open(t, server, '/me');
  await signIn(there.page, 'jiro');
  await there.page.getByLabel('Why').fill('half a sentence');

  await here.page.getByLabel('Password until now').fill('not the old one');
  await here.page.getByLabel('New password').fill(OTHER);
  await here.page.getByRole('button', { name: 'Change password' }).click();
  await here.page.getByRole('alert').waitFor();
  await here.page.getByLabel('Password until now').fill(GOOD);
  await here.page.getByRole('button', { name: 'Change password' }).click();
  await here.page.getByText('The password is changed.').waitFor();

  await there.page.getByRole('button', { name: 'Set absence' }).click();
  const again = there.page.getByRole('dialog', { name: 'Sign in again' });
  assert.equal(await again.getByLabel('Person').inputValue(), 'jiro');
  await accessible(there.page, 'signing in again');
  await again.getByLabel('Password').fill(OTHER);
  await again.getByRole('button', { name: 'Sign in' }).click();
  await again.waitFor({ state: 'detached' });
  assert.equal(await there.page.getByLabel('Why').inputValue(), 'half a sentence');
  await there.page.getByRole('button', { name: 'Set absence' }).click();
  await there.page.getByText('Away now').waitFor();

  // One session ends the other by name.
  await here.page.reload();
  await here.page.getByRole('button', { name: 'End it' }).last().click();
  await here.page.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
  await here.page.getByText('The session is ended.').waitFor();
  await there.page.reload();
  await there.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.deepEqual([here.trouble, there.trouble], [[], []]);
});

story('an administrator gives somebody a link; it signs in, once, and a password is set without an old one',
  async (t) => {
  await account('chief', 'administrator');
  await admin('PUT', '/v1/people/newbie', { name: 'Newbie', zone: 'UTC' });
  const { page, trouble } = await open(t, server, '/access');
  await signIn(page, 'chief');
  await page.getByRole('button', { name: 'New account' }).click();
  await page.getByRole('dialog').getByLabel('Person').fill('newbie');
  await page.getByRole('dialog').getByRole('button', { name: 'New account' }).click();
  await page.getByRole('row', { name: /newbie/ }).getByRole('button', { name: 'Link to sign in' }).click();
  const url = new URL(await page.getByRole('dialog').locator('code').innerText());
  assert.equal(url.origin, server.url);
  const guest = await open(t, server, url.pathname + url.hash);
  await guest.page.getByRole('heading', { name: 'Welcome' }).waitFor();
  await guest.page.reload(); // to look does not use it up
  await guest.page.getByRole('button', { name: 'Sign in' }).click();
  await inside(guest.page, 'newbie');
  assert.equal(new URL(guest.page.url()).hash, '');
  await guest.page.getByRole('link', { name: 'My settings' }).click();
  await guest.page.getByLabel('New password').fill(OTHER);
  await guest.page.getByRole('button', { name: 'Change password' }).click();
  await guest.page.getByText('The password is changed.').waitFor();
  const late = await open(t, server, url.pathname + url.hash);
  await late.page.getByRole('button', { name: 'Sign in' }).click();
  await late.page.getByText('This link has been used').waitFor();
  await signIn(late.page, 'newbie', OTHER);
  await inside(late.page, 'newbie');
  assert.deepEqual([trouble, guest.trouble, late.trouble], [[], [], []]);
});

story('a key is made, its secret told once; rotated and revoked; why somebody may is told', async (t) => {
  await account('boss', 'administrator');
  await account('clerk');
  const { page, trouble } = await open(t, server, '/access?show=keys');
  await signIn(page, 'boss');
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByLabel('Name').fill('worker');
  await page.getByLabel('Rules').fill('sqs:*:orders-*\nringi:GetQueue:orders-*');
  await page.getByRole('dialog').getByRole('button', { name: 'New key' }).click();
  const token = await page.locator('.once code').last().innerText();
  const may = () => server.json('GET', '/v1/queues/orders-1', undefined, { authorization: `Bearer ${token}` });
  assert.equal((await may()).data.code, 'NO_SUCH_QUEUE');
  await page.getByRole('button', { name: 'I have kept it' }).click();
  const line = page.locator('.line', { hasText: 'worker' });
  await line.getByRole('button', { name: 'Rotate' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
  await page.locator('.once').waitFor();
  assert.equal((await may()).status, 401);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await line.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await line.waitFor({ state: 'detached' });

  await page.getByRole('link', { name: 'Roles' }).click();
  await page.getByText('process-owner').click();
  await page.locator('.line', { hasText: 'process-owner' }).getByLabel('Person').fill('clerk');
  await page.locator('.line', { hasText: 'process-owner' }).getByRole('button', { name: 'Give' }).click();
  await page.getByText('clerk has the role process-owner.').waitFor();
  await page.getByRole('link', { name: 'Why may I?' }).click();
  await page.getByLabel('Action').fill('ringi:PutPolicy');
  await page.getByLabel('On what').fill('expense');
  await page.getByLabel('Who').fill('clerk');
  await page.getByRole('button', { name: 'Tell me' }).click();
  await page.getByText('clerk may ringi:PutPolicy').waitFor();
  await page.getByLabel('Action').fill('sqs:SendMessage');
  await page.getByRole('button', { name: 'Tell me' }).click();
  await page.getByText('clerk may not sqs:SendMessage').waitFor();
  assert.deepEqual(trouble, []);
});

story('the sign-in page is accessible in every look', async (t) => {
  const { page, trouble } = await open(t, server, '/inbox');
  await page.getByRole('heading', { level: 1 }).waitFor();
  for (const { language, size, theme, device } of LOOKS) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: theme });
    if (await page.evaluate(() => document.documentElement.lang) !== language)
      await page.getByRole('button', { name: language === 'ja' ? '日本語' : 'English' }).click();
    await accessible(page, `sign-in ${language} ${theme} ${device}`);
  }
  assert.deepEqual(trouble, []);
});
