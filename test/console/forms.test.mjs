// forms.test.mjs - asking by a form, in the browser: what people type, what is refused where, the
// draft, and the decider who reads it by its labels; every screen of it in all looks.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { start } from '../compat/lib.mjs';
import { LOOKS, PHONE, accessible, open, story } from './browser.mjs';

const server = await start({ flags: [] });
after(() => server.close());

const call = (who, method, path, body) => server.done(method, path, body, who);

await call('x', 'PUT', '/v1/policy-templates/purchase', {
  parameters: {}, policy: { need: 1, of: ['aoki'] },
  form: { type: 'default', components: [
    { type: 'text', text: '# 購入\n\nFor **all** that is bought. <b>no HTML</b>\n\n- one\n- two' },
    { type: 'textfield', key: 'what', label: '品名', validate: { required: true, maxLength: 20 } },
    { type: 'textarea', key: 'why', label: 'Reason' },
    { type: 'number', key: 'amount', label: '金額', decimalDigits: 0, validate: { required: true, min: 1 },
      appearance: { suffixAdorner: '円' } },
    { type: 'number', key: 'serial', label: 'Serial number', serializeToString: true,
      description: 'All of its digits.' },
    { type: 'radio', key: 'kind', label: 'Kind', validate: { required: true },
      values: [{ label: 'Paper', value: 'p' }, { label: 'Machine', value: 'm' }] },
    { type: 'taglist', key: 'for', label: 'For',
      values: [{ label: 'Sales', value: 's' }, { label: 'Legal', value: 'l' }] },
    { type: 'select', key: 'site', label: 'Site', values: [{ label: '大阪', value: 'osaka' }], defaultValue: 'osaka' },
    { type: 'datetime', key: 'by', label: 'Needed by', subtype: 'date' },
    { type: 'checkbox', key: 'abroad', label: 'From abroad' },
    { type: 'textfield', key: 'country', label: 'Country', validate: { required: true },
      conditional: { hide: '=abroad != true' } },
    { type: 'separator' },
    { type: 'textfield', key: 'rule', label: 'Rule', readonly: true, defaultValue: 'P-7' },
    { type: 'group', path: 'ship', label: 'Delivery', components: [
      { type: 'textfield', key: 'mail', label: 'Mail', validate: { validationType: 'email' } }] },
    { type: 'dynamiclist', path: 'items', label: 'Items', components: [
      { type: 'textfield', key: 'name', label: 'Item', validate: { required: true } },
      { type: 'number', key: 'qty', label: 'Quantity', decimalDigits: 0 }] },
  ] },
});

const field = (page, name) => page.getByLabel(name);

story('asked by a form: typed as people type, refused beside the field, kept, read by its labels', async (t) => {
  const { page, trouble } = await open(t, server, '/requests/new?template=purchase', { who: 'tanaka', size: PHONE });
  await field(page, '品名').waitFor();
  await page.locator('.form-text', { hasText: '<b>no HTML</b>' }).waitFor();
  assert.equal(await page.locator('.form-text b').count(), 0);
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.locator('.field.wrong', { hasText: '品名' }).getByText('This is needed.').waitFor();
  await page.locator('.field.wrong', { hasText: 'Kind' }).getByText('Choose one.').waitFor();
  await field(page, 'Subject').fill('Paper for 髙﨑');
  await field(page, '品名').fill('<img src=x onerror=alert(1)> 𠮷👩‍💻');
  await page.getByText('At most 20 characters; it has').waitFor();
  await field(page, '品名').fill('=1+1 髙﨑 𠮷 👩‍💻');
  await field(page, '金額').fill('１２，３４５，６７８，９０１，２３４，５６７，８９０');
  await field(page, 'Serial number').fill('００１２３４５６７８９０１２３４５６７８９０．１');
  await field(page, 'Reason').fill('<script>alert(1)</script>\n二行目');
  await page.getByLabel('Paper').check();
  await page.getByLabel('Sales').check();
  await page.getByLabel('Legal').check();
  await field(page, 'Needed by').fill('2028-02-29');
  assert.equal(await field(page, 'Country').count(), 0, 'hidden by its condition');
  await page.getByLabel('From abroad').check();
  await field(page, 'Country').fill('台湾');
  assert.equal(await field(page, 'Rule').getAttribute('readonly'), '');
  await field(page, 'Mail').fill('no mail');
  await page.getByText('This is no mail address.').waitFor();
  await field(page, 'Mail').fill('');
  await page.getByRole('button', { name: 'Add a row' }).click();
  await field(page, 'Item').last().fill('A4');
  await field(page, 'Quantity').fill('３');
  await page.reload();
  assert.equal(await field(page, '品名').inputValue(), '=1+1 髙﨑 𠮷 👩‍💻', 'a draft outlives the page');
  assert.equal(await field(page, 'Country').inputValue(), '台湾');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.waitForURL(/approvals\/[0-9a-f-]{36}$/);
  const id = page.url().split('/').pop();
  const text = (await server.json('GET', `/v1/approvals/${id}`, undefined, { 'X-Ringi-User': 'tanaka' })).text;
  assert.match(text, /"amount":12345678901234567890[,}]/);
  assert.match(text, /"serial":"12345678901234567890\.1"/);
  const { data } = JSON.parse(text);
  assert.deepEqual([data.for, data.kind, data.site, data.by, data.country, data.rule, data.items, data.why], [
    ['s', 'l'], 'p', 'osaka', '2028-02-29', '台湾', 'P-7', [{ name: 'A4', qty: 3 }], '<script>alert(1)</script>\n二行目']);

  const boss = await open(t, server, `/approvals/${id}`, { who: 'aoki', language: 'ja' });
  const row = (name) => boss.page.locator('dl.data > div', { has: boss.page.getByText(name, { exact: true }) });
  await row('金額').getByText('12345678901234567890', { exact: true }).waitFor();
  await row('Kind').getByText('Paper', { exact: true }).waitFor();
  await row('For').getByText('Sales, Legal').waitFor();
  await boss.page.getByLabel('コメント', { exact: true }).fill('数量は？');
  await boss.page.getByRole('button', { name: '差し戻す' }).click();
  await boss.page.getByText('差し戻しました', { exact: true }).first().waitFor();

  const again = await open(t, server, `/approvals/${id}`, { who: 'tanaka', language: 'ja' });
  await again.page.getByLabel('Quantity').fill('４.5');
  await again.page.getByText('整数で入力してください。').waitFor();
  await again.page.getByLabel('Quantity').fill('４');
  await again.page.locator('.correct ins', { hasText: '4' }).waitFor();
  await again.page.getByRole('button', { name: '再申請する' }).click();
  await again.page.getByText('再申請しました', { exact: true }).first().waitFor();
  await boss.page.locator('.changed', { hasText: 'Quantity' }).waitFor();
  assert.deepEqual([...trouble, ...boss.trouble, ...again.trouble], []);
});

story('what only the server knows is said beside the field, and nothing typed is lost', async (t) => {
  const { page, trouble } = await open(t, server, '/requests/new?template=purchase', { who: 'kato', language: 'ja' });
  await field(page, '件名').fill('紙');
  await field(page, '品名').fill('A4');
  await field(page, '金額').fill('100');
  await page.getByLabel('Paper').check();
  const form = (await call('x', 'GET', '/v1/policy-templates/purchase')).form;
  const strict = structuredClone(form);
  strict.components[1].validate.pattern = '^B';
  const put = (f) => call('x', 'PUT', '/v1/policy-templates/purchase',
    { parameters: {}, policy: { need: 1, of: ['aoki'] }, form: f });
  await put(strict);
  await page.getByRole('button', { name: '申請する', exact: true }).click();
  await page.locator('.field.wrong', { hasText: '品名' }).getByText('data/what').waitFor();
  assert.equal(await field(page, '金額').inputValue(), '100');
  await field(page, '品名').fill('B5');
  await page.getByRole('button', { name: '申請する', exact: true }).click();
  await page.waitForURL(/approvals\/[0-9a-f-]{36}$/);
  await put(form);
  assert.deepEqual(trouble, []);
});

for (const look of LOOKS)
  story(`forms are accessible: ${look.language}, ${look.theme}, ${look.device}`, async (t) => {
    const { page, trouble } = await open(t, server, '/requests/new?template=purchase', { ...look, who: 'mori' });
    await field(page, '品名').waitFor();
    await page.getByRole('button', { name: look.language === 'ja' ? '行を追加' : 'Add a row' }).click();
    await page.locator('.form-row').waitFor();
    await page.locator('button[type=submit]').click();
    await page.locator('.field.wrong').first().waitFor();
    await accessible(page, 'a form');
    assert.deepEqual(trouble, []);
  });
