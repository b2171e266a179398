// rules.test.mjs - the console for process owners and for oneself: delegations, absences, the directory.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { start } from '../compat/lib.mjs';
import { open, story } from './browser.mjs';
import { company } from './company.mjs';

const server = await start({ flags: [] });
after(() => server.close());
await company(server);

const card = (page, title) => page.locator('.card', { has: page.getByRole('heading', { name: title, exact: true }) });

// ---- oneself

story('a delegation is set by days, and seen by both people; a circle is told and nothing typed is lost', async (t) => {
  const { page, trouble } = await open(t, server, '/', { who: 'sato' });
  await page.getByRole('link', { name: 'My settings' }).click();
  await page.getByRole('button', { name: 'Set a delegation' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Who acts').fill('ｓｕｚｕｋｉ');
  await form.getByLabel('First day').fill('2027-02-01');
  await form.getByLabel('Last day').fill('2027-02-05');
  await form.getByText('Bounds').click();
  await form.getByLabel('Only these policies').fill('expense-*');
  await form.getByLabel('Where the amount stands').fill('total');
  await form.getByLabel('Up to').fill('100,000');
  await form.getByRole('button', { name: 'Set it' }).click();
  await form.waitFor({ state: 'hidden' });
  const line = card(page, 'Who acts in whose place').locator('.line', { hasText: 'suzuki' });
  assert.match(await line.innerText(), /Begins later\n+Mon, 1 Feb 2027 to Fri, 5 Feb 2027\n+Policies expense-\* · total up to 100000/);

  const other = await open(t, server, '/me', { who: 'suzuki', language: 'ja' });
  await card(other.page, '代理').locator('.line', { hasText: 'sato' }).waitFor();
  assert.match(await card(other.page, '代理').innerText(), /2027\/2\/1\(月\) ～ 2027\/2\/5\(金\)/);
  await other.page.getByRole('button', { name: '代理を設定する' }).click();
  const back = other.page.getByRole('dialog');
  await back.getByLabel('代理をする人').fill('sato');
  await back.getByRole('button', { name: '設定する' }).click();
  await back.getByRole('alert').waitFor();
  assert.equal(await back.getByLabel('代理をする人').inputValue(), 'sato');

  await line.getByRole('button', { name: 'Cancel it' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel it' }).click();
  await page.getByText('Nobody acts in this place.').waitFor();
  assert.deepEqual([trouble, other.trouble], [[], []]);
});

story('an absence is chosen in the month by two clicks, shown in it, and ended', async (t) => {
  await server.clock.for(t).set(Date.UTC(2026, 10, 23, 3));
  const { page, trouble } = await open(t, server, '/me', { who: 'mori' });
  const away = card(page, 'When I am away');
  await away.getByRole('button', { name: 'Month after' }).click();
  while (!(await away.locator('caption').innerText()).includes('December 2027'))
    await away.getByRole('button', { name: 'Month after' }).click();
  await away.getByRole('button', { name: /^Tuesday,? 28 December/ }).click();
  await away.getByRole('button', { name: /^Friday,? 31 December/ }).click();
  await away.getByLabel('Why').fill('holiday');
  await away.getByRole('button', { name: 'Set absence' }).click();
  await away.getByText('Tue, 28 Dec 2027 to Fri, 31 Dec 2027').waitFor();
  await away.getByRole('button', { name: /30 December: away \(holiday\)/ }).waitFor();
  const [a] = (await server.json('GET', '/v1/people/mori/absences')).data.absences;
  assert.deepEqual([a.from, a.until], ['2027-12-27T15:00:00.000Z', '2027-12-31T15:00:00.000Z']);
  await away.getByRole('button', { name: 'End it' }).click();
  await away.getByText('No absence is set.').waitFor();
  assert.deepEqual(trouble, []);
});

story('language, colours and time zone are chosen, stated, and still there after loading again', async (t) => {
  const { page, trouble } = await open(t, server, '/me', { who: 'sato' });
  await page.getByLabel('Time zone').fill('Mars/Base');
  await page.getByLabel('Time zone').press('Tab');
  await page.getByText('There is no such time zone.').waitFor();
  await page.getByLabel('Time zone').fill('America/Sao_Paulo');
  await page.getByLabel('Time zone').press('Tab');
  await page.locator('.side').getByText('Times are in America/Sao_Paulo').waitFor();
  await page.getByLabel('Colours').selectOption('dark');
  await page.reload();
  assert.equal(await page.getByLabel('Time zone').inputValue(), 'America/Sao_Paulo');
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await page.getByLabel('Colours').selectOption({ label: 'As on this device' });
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light');
  assert.deepEqual(trouble, []);
});

// ---- the directory

story('a CSV file is looked at first: mistakes by line, then changes, then it is imported', async (t) => {
  const { page, trouble } = await open(t, server, '/people', { who: 'mori' });
  await page.getByRole('link', { name: 'Import' }).click();
  const text = page.getByLabel('or its text');
  await text.fill('id,name,appointments\nito,伊藤 大輔,*NOWHERE\nsato,佐藤 華子,\n');
  await page.getByRole('button', { name: 'Show what would change' }).click();
  await page.getByText('Mistakes: 1.').waitFor();
  const wrong = page.locator('tbody tr');
  assert.match(await wrong.innerText(), /2\s+appointments\s+.*NOWHERE/);
  assert.equal(await page.getByRole('button', { name: /^Import/ }).count(), 0);
  await page.getByLabel('File', { exact: true }).setInputFiles({ name: 'staff.csv', mimeType: 'text/csv',
    // in Shift_JIS
    buffer: Buffer.concat([Buffer.from('id,name\nito,'), Buffer.from([0x88, 0xc9, 0x93, 0xa1]),
      Buffer.from('\nsuzuki,Suzuki\n')]) });
  await page.waitForFunction(() => document.querySelector('textarea').value.includes('伊藤'));
  await page.getByRole('button', { name: 'Show what would change' }).click();
  await page.getByText('1 would be added, 1 changed').waitFor();
  assert.match(await page.locator('tr', { hasText: 'suzuki' }).innerText(), /鈴木 一郎 → Suzuki/);
  assert.equal((await server.json('GET', '/v1/people/ito')).status, 404);
  await page.getByRole('button', { name: 'Import 2 changes' }).click();
  await page.getByText('Imported: 1 added, 1 changed').waitFor();
  assert.equal((await server.json('GET', '/v1/people/ito')).data.name, '伊藤');
  assert.deepEqual(trouble, []);
});

story('somebody is found by name; their page tells who is above them and who acts for them now', async (t) => {
  await server.json('POST', '/v1/delegations', { principal: 'suzuki', delegate: 'mori', reason: 'trip' });
  const { page, trouble } = await open(t, server, '/people', { who: 'sato', language: 'ja' });
  await page.getByRole('searchbox', { name: /名前、よみ/ }).fill('suzuki');
  await page.getByRole('row', { name: /suzuki/ }).getByRole('link').click();
  assert.match(await card(page, '基本情報').innerText(), /上長\s+sato/);
  assert.match(await card(page, '今、代わりに決められる人').innerText(), /mori/);
  assert.deepEqual(trouble, []);
});
