// desk.test.mjs - approvers and applicants at work: what they do all day, in the browser.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { gzipSync } from 'node:zlib';
import { start } from '../compat/lib.mjs';
import { PHONE, open, story } from './browser.mjs';

const server = await start({ flags: [] });
after(() => server.close());

const call = (who, method, path, body) => server.done(method, path, body, who);
const ask = (who, body) => call(who, 'POST', '/v1/approvals', { subject: 's', ...body });
const vote = (who, id, body) => call(who, 'POST', `/v1/approvals/${id}/votes`, { do: 'approve', ...body });
const state = async (id) => (await call('x', 'GET', `/v1/approvals/${id}`)).state;
const log = async (id) => (await call('x', 'GET', `/v1/approvals/${id}/log`)).events.map((e) => e.action);
const button = (page, name) => page.getByRole('button', { name, exact: true });
const row = (page, subject) => page.locator('.inbox-row', { hasText: subject });

story('two of three in two windows: the second sees the end by itself', async (t) => {
  const { id } = await ask('tanaka', { subject: 'A lathe', policy: { need: 2, of: ['aoki', 'ito', 'kato'] } });
  const first = await open(t, server, `/approvals/${id}`, { who: 'aoki' });
  const second = await open(t, server, `/approvals/${id}`, { who: 'kato', language: 'ja' });
  await second.page.getByText('3件中0件が承認しています').waitFor();
  await first.page.getByLabel('Comment', { exact: true }).fill('It is worth it.');
  await first.page.getByRole('button', { name: /^Approve/ }).click();
  await first.page.locator('.toast', { hasText: 'Approved' }).waitFor();
  await second.page.locator('.slot[data-slot="1"]', { hasText: 'It is worth it.' }).waitFor();
  await vote('ito', id);
  for (const [p, word] of [[first, 'Approved'], [second, '承認']])
    await p.page.locator('.approval-facts .chip', { hasText: word }).waitFor();
  assert.equal(await second.page.getByRole('button', { name: '承認する' }).count(), 0, 'nothing to decide any more');
  assert.deepEqual([...first.trouble, ...second.trouble], []);
});

story('sent back, corrected with what changed, shown to the approver, approved', async (t) => {
  const { id } = await ask('tanaka', { subject: 'Screens', policy: { need: 1, of: ['aoki'] },
    data: { amount: 90000, vendor: 'Acme' } });
  const boss = await open(t, server, `/approvals/${id}`, { who: 'aoki' });
  await boss.page.getByRole('button', { name: /^Send back/ }).click();
  await boss.page.getByText('Say why in a comment first.').waitFor();
  await boss.page.getByLabel('Comment', { exact: true }).fill('Ask Best as well.');
  await boss.page.keyboard.press('Escape');
  await boss.page.getByRole('button', { name: /^Send back/ }).click();
  await boss.page.getByText('aoki has sent it back').waitFor();

  const mine = await open(t, server, '/requests?show=returned', { who: 'tanaka', language: 'ja' });
  await mine.page.getByRole('link', { name: /Screens/ }).click();
  await mine.page.locator('.slot', { hasText: 'Ask Best as well.' }).waitFor();
  await mine.page.getByText('まだ変更はありません').waitFor();
  await mine.page.getByLabel('金額').fill('８０，５００');
  await mine.page.getByLabel('項目1の内容').fill('Best 𠮷野');
  await mine.page.locator('.correct ins', { hasText: '80500' }).waitFor();
  await mine.page.reload();
  assert.equal(await mine.page.getByLabel('項目1の内容').inputValue(), 'Best 𠮷野', 'a draft outlives the page');
  await button(mine.page, '再申請する').click();
  await mine.page.getByText('再申請しました', { exact: true }).first().waitFor();

  await boss.page.locator('.changed').getByText('80500').waitFor();
  await boss.page.locator('.changed').getByText('Best 𠮷野').waitFor();
  await boss.page.getByText('you saw version 1, it is version 2 now').waitFor();
  await button(boss.page, 'I have looked').click();
  await boss.page.getByRole('button', { name: /^Approve/ }).click();
  await boss.page.locator('.why.approved').waitFor();
  assert.equal(await state(id), 'APPROVED');
  assert.deepEqual([...boss.trouble, ...mine.trouble], []);
});

story('a vote about data that was changed is refused in a sentence, and the comment stays', async (t) => {
  const { id } = await ask('tanaka', { policy: { need: 1, of: ['aoki'], edit: 'keep' }, data: { amount: 1 } });
  const { page, trouble } = await open(t, server, `/approvals/${id}`, { who: 'aoki', language: 'ja' });
  await page.getByLabel('コメント', { exact: true }).fill('よいと思います');
  // The page is not told: what it has is old when it asks.
  await page.route('**/events*', (r) => r.abort());
  await page.reload();
  await page.getByRole('button', { name: '承認する' }).waitFor();
  await call('tanaka', 'POST', `/v1/approvals/${id}/edit`, { data: { amount: 1000000 } });
  await page.getByRole('button', { name: '承認する' }).click();
  await page.getByText('確認中に申請内容が変わりました（第1版を見ていましたが、いまは第2版です）').waitFor();
  assert.equal(await page.getByLabel('コメント', { exact: true }).inputValue(), 'よいと思います');
  assert.equal(await state(id), 'PENDING');
  await button(page, '確認しました').click();
  await page.getByRole('button', { name: '承認する' }).click();
  await page.locator('.why.approved').waitFor();
  assert.deepEqual(trouble.filter((x) => !/ERR_FAILED/.test(x)), []);
});

story('in the place of somebody who is away', async (t) => {
  await call('mori', 'POST', '/v1/delegations', { delegate: 'abe', reason: 'holiday' });
  const { id } = await ask('tanaka', { subject: 'For Mori', policy: { need: 1, of: ['mori'] } });
  await ask('tanaka', { subject: 'For Abe', policy: { need: 1, of: ['abe'] } });
  const { page, trouble } = await open(t, server, '/inbox', { who: 'abe' });
  await row(page, 'For Abe').waitFor();
  await row(page, 'For Mori').getByText('in place of mori').waitFor();
  await page.getByRole('link', { name: 'In place of mori', exact: true }).click();
  await row(page, 'For Abe').waitFor({ state: 'hidden' });
  await row(page, 'For Mori').getByRole('link').click();
  await page.locator('.decide-for', { hasText: 'in place of mori' }).waitFor();
  await page.getByRole('button', { name: /^Approve/ }).click();
  await page.locator('.slot', { hasText: 'in place of mori' }).waitFor();
  const { slots } = await call('tanaka', 'GET', `/v1/approvals/${id}`);
  assert.deepEqual([slots[0].by, slots[0].for, slots[0].decision], ['abe', 'mori', 'approve']);
  assert.deepEqual(trouble, []);
});

story('a vote shows the name that its person had on that day', async (t) => {
  await call('tanaka', 'PUT', '/v1/people/noda', { name: '野田 花子' });
  const { id } = await ask('tanaka', { subject: 'Names', policy: { need: 2, of: ['noda', 'ueda'] } });
  await call('noda', 'POST', `/v1/approvals/${id}/votes`, { do: 'approve' });
  await call('tanaka', 'PUT', '/v1/people/noda', { name: '山本 花子' });
  const { page, trouble } = await open(t, server, `/approvals/${id}`, { who: 'tanaka' });
  await page.locator('.slot', { hasText: '野田 花子' }).waitFor();
  await page.locator('.event.voted', { hasText: '野田 花子' }).waitFor();
  assert.equal(await page.getByText('山本 花子').count(), 0);
  assert.deepEqual(trouble, []);
});

story('many at once: the sum before, what became of each after', async (t) => {
  const policy = { need: 1, of: ['sasaki', 'ono'] };
  const made = [];
  for (const amount of [1200, 0.5, 250000])
    made.push(await ask('tanaka', { subject: `Item ${amount}`, policy, data: { amount } }));
  const { page, trouble } = await open(t, server, '/inbox', { who: 'sasaki' });
  await row(page, 'Item 1200').waitFor();
  await page.getByLabel('Select all').check();
  await page.locator('.bulk', { hasText: '3 selected together 251,200.5' }).waitFor();
  await page.getByRole('button', { name: 'Approve 3…' }).click();
  await page.getByRole('dialog').getByText('largest 250,000').waitFor();
  await page.getByLabel('One comment for all').fill('as discussed');
  await call('tanaka', 'POST', `/v1/approvals/${made[1].id}/withdraw`, { reason: 'not needed' });
  await page.getByRole('dialog').getByRole('button', { name: 'Approve 3' }).click();
  const told = page.getByRole('dialog', { name: '2 approved' });
  await told.getByText('1 were not').waitFor();
  await told.getByText('it is WITHDRAWN').waitFor();
  await told.getByRole('button', { name: 'Close' }).last().click();
  await row(page, 'Item 1200').getByText('You approved').waitFor();
  await row(page, 'Item 0.5').getByText('it is WITHDRAWN').waitFor();
  assert.deepEqual(await Promise.all(made.map((a) => state(a.id))), ['APPROVED', 'WITHDRAWN', 'APPROVED']);
  const { slots } = await call('tanaka', 'GET', `/v1/approvals/${made[2].id}`);
  assert.equal(slots[0].comment, 'as discussed');
  assert.deepEqual(trouble, []);
});

story('keys work from the moment on in which the inbox is there', async (t) => {
  const policy = { need: 1, of: ['okada'] };
  for (const subject of ['Sheet 1', 'Sheet 2']) await ask('tanaka', { subject, policy });
  const { page, trouble } = await open(t, server, '/jobs', { who: 'okada' });
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.evaluate(() => new MutationObserver((_, seen) => {
    if (!document.querySelector('.inbox-row')) return;
    seen.disconnect();
    for (const key of ['j', 'j']) document.activeElement.dispatchEvent(
      new KeyboardEvent('keydown', { key, bubbles: true }));
  }).observe(document, { childList: true, subtree: true }));
  await page.getByRole('link', { name: 'Inbox' }).first().click();
  await page.locator('.inbox-row:focus-within', { hasText: 'Sheet 2' }).waitFor();
  assert.deepEqual(trouble, []);
});

story('keyboard only: down the inbox, approve, take back, send back, open, decide', async (t) => {
  const policy = { need: 2, of: ['hara', 'noda'] };
  const made = [];
  for (let i = 1; i <= 3; i++) made.push(await ask('tanaka', { subject: `Paper ${i}`, policy, data: { amount: i } }));
  const { page, trouble } = await open(t, server, '/', { who: 'hara' });
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('i');
  await row(page, 'Paper 1').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.locator('.inbox-row:focus-within', { hasText: 'Paper 2' }).waitFor();
  await page.keyboard.press('k');
  await page.keyboard.press('a');
  await row(page, 'Paper 1').getByText('You approved').waitFor();
  await row(page, 'Paper 1').getByRole('button', { name: 'Take back' }).focus();
  await page.keyboard.press('Enter');
  await row(page, 'Paper 1').getByText('You approved').waitFor({ state: 'hidden' });
  await page.keyboard.press('j');
  await page.keyboard.press('b');
  await page.getByRole('dialog', { name: 'Send back: Paper 2' }).waitFor();
  await page.getByLabel('Comment (needed)').focus();
  await page.keyboard.type('jjaa not yet');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await row(page, 'Paper 2').getByText('You sent it back').waitFor();
  await page.locator('.inbox-row:focus-within', { hasText: 'Paper 2' }).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.locator('.bulk', { hasText: '1 selected' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Paper 3' }).waitFor();
  await page.keyboard.press('q');
  await page.keyboard.type('a fine paper');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('.slot', { hasText: 'a fine paper' }).waitFor();
  assert.deepEqual(await Promise.all(made.map((a) => state(a.id))), ['PENDING', 'RETURNED', 'PENDING']);
  assert.deepEqual((await log(made[0].id)).slice(1), ['approval.voted', 'approval.retracted']);
  assert.deepEqual(trouble, []);
});

story('on the phone the buttons are at the bottom, within reach, and large enough', async (t) => {
  const { id } = await ask('tanaka', { subject: 'Tyres', policy: { need: 1, of: ['aoki'] },
    data: { amount: 40000, why: 'worn\n'.repeat(60) } });
  const { page, trouble } = await open(t, server, `/approvals/${id}`, { who: 'aoki', language: 'ja', size: PHONE });
  const approve = page.getByRole('button', { name: '承認する' });
  await approve.waitFor();
  const box = await approve.boundingBox();
  assert.ok(box.height >= 44 && box.y + box.height <= PHONE.height && box.y > PHONE.height - 140, JSON.stringify(box));
  await page.mouse.wheel(0, 700);
  assert.deepEqual(await approve.boundingBox(), box, 'they stay');
  await approve.tap();
  await page.locator('.why.approved').waitFor();
  assert.equal(await state(id), 'APPROVED');
  assert.deepEqual(trouble, []);
});

story('a lost answer keeps the comment, and the second try decides once', async (t) => {
  const { id } = await ask('tanaka', { policy: { need: 2, of: ['aoki', 'ito'] } });
  const { page, trouble } = await open(t, server, `/approvals/${id}`, { who: 'aoki' });
  const keys = [];
  await page.route('**/votes', async (r) => {
    keys.push(r.request().headers()['idempotency-key']);
    if (keys.length > 1) { await r.continue(); return; }
    await r.fetch(); // it arrives; what is lost is the answer
    await r.abort();
  });
  // What the page is told live would show that it has arrived.
  await page.route('**/events*', (r) => r.abort());
  await page.route(`**/v1/approvals/${id}?*`, (r) => (keys.length === 1 ? r.abort() : r.continue()));
  await page.reload();
  await page.getByLabel('Comment', { exact: true }).fill('good');
  await page.getByRole('button', { name: /^Approve/ }).click();
  await page.locator('.decide').getByText('The server does not answer').waitFor();
  assert.equal(await page.getByLabel('Comment', { exact: true }).inputValue(), 'good');
  await page.getByRole('button', { name: /^Approve/ }).dblclick();
  await page.locator('.slot', { hasText: 'good' }).waitFor();
  assert.equal(keys[0], keys[1]);
  assert.equal(keys.length, 2);
  assert.deepEqual((await log(id)).filter((a) => /voted|refused/.test(a)), ['approval.voted']);
  assert.equal(await page.getByLabel('Comment', { exact: true }).inputValue(), '', 'it was sent');
  assert.deepEqual(trouble.filter((x) => !/ERR_FAILED/.test(x)), []);
});

story('what others do is marked where it stands; what is new waits until one asks', async (t) => {
  const policy = { need: 1, of: ['doi', 'ono'] };
  const one = await ask('tanaka', { subject: 'A desk', policy });
  await ask('tanaka', { subject: 'A lamp', policy });
  const { page, trouble } = await open(t, server, '/inbox', { who: 'doi' });
  await row(page, 'A lamp').waitFor();
  const before = await row(page, 'A lamp').boundingBox();
  await vote('ono', one.id);
  await row(page, 'A desk').getByText('Settled meanwhile').waitFor();
  await ask('tanaka', { subject: 'A chair', policy: { ...policy, deadline: { after: 'PT1H' } } });
  await button(page, 'Show 1 new').waitFor();
  assert.equal(await row(page, 'A chair').count(), 0);
  assert.ok((await row(page, 'A lamp').boundingBox()).y - before.y < 40, 'but for its line nothing has moved');
  await button(page, 'Show 1 new').click();
  assert.deepEqual(await page.locator('.inbox-row b').allTextContents(), ['A chair', 'A lamp']);
  assert.deepEqual(trouble, []);
});

story('asking: errors at their fields, a draft that stays, one request however often one clicks', async (t) => {
  await call('x', 'PUT', '/v1/policies/buy', { need: 2, of: ['aoki', 'ito', 'kato'] });
  await call('x', 'PUT', '/v1/policy-templates/team', { policy: { need: { parameter: 'n' }, of: { parameter: 'who' } },
    parameters: { n: { type: 'number', default: 1 }, who: { type: 'members' } } });
  const { page, trouble } = await open(t, server, '/requests/new', { who: 'fujita' });
  await button(page, 'Ask').click();
  await page.getByText('Say in a few words what is asked for.').waitFor();
  await page.getByText('Choose who decides.').waitFor();
  await page.getByLabel('Subject').fill('<b>髙﨑</b> =1+1 😀');
  await page.getByLabel('Amount').fill('１２，３４５円');
  await button(page, 'Add an item').click();
  await page.getByLabel('Item 1', { exact: true }).fill('price');
  await page.getByLabel('Kind of item 1').selectOption('number');
  await page.getByLabel('Value of item 1').fill('12x');
  await page.getByText('This is no number.').waitFor();
  await page.getByLabel('Value of item 1').fill('12345678901234567890.10');
  await page.getByLabel('Policy', { exact: true }).selectOption('buy');
  await page.locator('.rule', { hasText: 'aoki' }).waitFor();
  await page.reload();
  await page.getByText('Draft kept on this device').waitFor();
  await page.getByLabel('By a template').check();
  await page.getByLabel('Template', { exact: true }).selectOption('team');
  await page.getByRole('textbox', { name: 'who' }).fill('aoki、ito');
  await page.locator('.rule', { hasText: 'any one of [aoki, ito]' }).waitFor();
  await button(page, 'Ask').dblclick();
  await page.getByRole('heading', { name: '<b>髙﨑</b> =1+1 😀' }).waitFor();
  await page.locator('.data', { hasText: '12345678901234567890.10' }).waitFor();
  const { approvals } = await call('fujita', 'GET', '/v1/approvals?applicant=fujita');
  assert.equal(approvals.length, 1);
  assert.equal(approvals[0].amount, 12345);
  await button(page, 'Withdraw').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
  await page.getByText('Its applicant has withdrawn it.').waitFor();
  assert.deepEqual(trouble, []);
});

story('people one names, asked before the rule was looked at; who they are is told in a sentence', async (t) => {
  const { page, trouble } = await open(t, server, '/requests/new', { who: 'goto', language: 'ja' });
  await page.route('**/v1/policies:check', (r) => r.abort());
  await page.getByLabel('件名').fill('棚');
  await page.getByLabel('承認者を指定').check();
  await button(page, '申請する').click();
  await page.getByText('承認者を1名以上入力してください。').waitFor();
  await page.getByRole('textbox', { name: '承認者' }).fill('aoki、ｉｔｏ\nkato');
  await page.getByLabel('必要な承認数').selectOption('2');
  await button(page, '申請する').click();
  await page.getByText('3件中0件が承認しています。あと2件の承認が必要です。').waitFor();
  assert.deepEqual(trouble.filter((x) => !/ERR_FAILED/.test(x)), []);
});

story('who may not list policies types the name of one; a wrong name is told at its field', async (t) => {
  await call('x', 'PUT', '/v1/policies/small', { need: 1, of: ['aoki'] });
  const { page, trouble } = await open(t, server, '/', { who: 'goto' });
  await page.getByRole('heading', { level: 1 }).waitFor();
  const no = { status: 403, contentType: 'application/problem+json', body: '{"code": "NOT_ALLOWED", "detail": "no"}' };
  await page.route(/\/v1\/(policies|policy-templates)\?/, (r) => r.fulfill(no));
  await page.goto(`${server.url}/requests/new`);
  await page.getByLabel('By a template').waitFor({ state: 'hidden' });
  await page.getByLabel('Subject').fill('Pens');
  await page.getByRole('textbox', { name: 'Policy' }).fill('smal');
  await button(page, 'Ask').click();
  await page.locator('.field.wrong', { hasText: 'smal' }).waitFor();
  await page.getByRole('textbox', { name: 'Policy' }).fill('small');
  await button(page, 'Ask').click();
  await page.getByRole('heading', { name: 'Pens' }).waitFor();
  assert.deepEqual(trouble, []);
});

story('one more approver, where the policy lets it', async (t) => {
  const { id } = await ask('tanaka', { policy: { need: 'all', of: ['aoki', 'ito'], add: true } });
  const { page, trouble } = await open(t, server, `/approvals/${id}`, { who: 'aoki', language: 'ja' });
  await button(page, '承認者を追加').click();
  await page.getByRole('dialog').getByLabel('人', { exact: true }).fill('ｍｏｒｉ');
  await page.getByRole('dialog').getByRole('button', { name: '承認者を追加' }).click();
  await page.locator('.slot', { hasText: 'mori' }).getByText('追加').waitFor();
  await page.locator('.timeline', { hasText: 'moriを承認者に追加しました' }).waitFor();
  assert.deepEqual(trouble, []);
});

story('the inbox is there after few requests, and little', async (t) => {
  await ask('tanaka', { policy: { need: 1, of: ['endo'] } });
  const { page, context } = await open(t, server, '/', { who: 'endo' });
  await page.locator('.home-list').waitFor();
  const asked = [];
  const other = await context.newPage();
  other.on('response', (r) => asked.push(r));
  await other.addInitScript(() => sessionStorage.setItem('ringi.who', 'endo'));
  await other.goto(`${server.url}/inbox`);
  await other.locator('.inbox-row').waitFor();
  const files = asked.filter((r) => !/\/v1\/|favicon/.test(r.url()));
  const script = files.filter((r) => r.url().endsWith('.js'));
  assert.ok(files.length <= 6, files.map((r) => r.url()).join(' '));
  const bytes = (await Promise.all(script.map(async (r) => gzipSync(await r.body()).length))).reduce((a, b) => a + b);
  assert.ok(bytes <= 40 * 1024, `script: ${bytes}`);
});
