// many.test.mjs - what operators do to many at once: choose rows, a page, or all that match, see how
// many they are, say why, and read what became of each; and lists that leave the console as CSV.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { RINGI, fresh, run, start } from '../compat/lib.mjs';
import { LOOKS, accessible, open, story } from './browser.mjs';

const server = await start({ flags: [] });
after(() => server.close());
const { sqs } = server;
const at = (name, behind = '') => `/v1/queues/${encodeURIComponent(name)}${behind}`;
const ask = (method, path, body) => server.done(method, path, body);
const as = (t, where, more = {}) => open(t, server, where, { who: 'aoki', ...more });

/** `count` jobs in a queue of their own. */
async function jobs(count, stem = 'exports') {
  const name = fresh(stem);
  await ask('PUT', at(name), { track: true });
  for (let i = 0; i < count; i += 500)
    await ask('POST', at(name, '/jobs'),
      { jobs: Array.from({ length: Math.min(500, count - i) }, (_, n) => ({ payload: i + n })) });
  return name;
}

/** A dead-letter queue with `bodies`, which came from the queue that is told too. */
async function died(bodies) {
  const dead = fresh('dead'), name = fresh('orders');
  await ask('PUT', at(dead), {});
  await ask('PUT', at(name), { dead_letter_queue: dead });
  const { QueueUrl } = await sqs.json.ok('GetQueueUrl', { QueueName: name });
  for (const body of bodies)
    await ask('POST', at(name, '/messages'), { body, attributes: { shop: body.includes('7') ? 'tokyo' : 'osaka' } });
  for (;;) {
    const got = await sqs.json.receive(QueueUrl);
    if (got.length === 0) return { name, dead };
    for (const m of got)
      await ask('POST', at(name, '/fail'),
        { receipt: m.ReceiptHandle, retry: false, error: { code: 'NO_STOCK', message: 'sold out' } });
  }
}

const WORDS = {
  en: { all: 'Select what is shown', match: 'Select all that match', cancel: 'Cancel…', go: 'Cancel the jobs',
    reason: 'Reason', close: 'Close' },
  ja: { all: '表示中のものをすべて選択', match: '一致するものをすべて選択', cancel: '取り消す…', go: 'ジョブを取り消す', reason: '理由', close: '閉じる' },
};

for (const language of ['en', 'ja'])
  story(`all jobs that match are canceled, with their count, a sample and a reason (${language})`, async (t) => {
    const w = WORDS[language];
    const name = await jobs(230), other = await jobs(1);
    const { page, trouble } = await as(t, `/jobs?queue=${name}`, { language });
    await page.getByLabel(w.all).check();
    await page.getByText(language === 'en' ? '50 selected' : '50 件を選択中').waitFor();
    await page.getByRole('button', { name: w.match }).click();
    await page.getByRole('button', { name: w.cancel }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(language === 'en' ? '230 in all' : '全部で 230 件').waitFor();
    assert.equal((await dialog.locator('.sample pre').innerText()).split('\n').length, 5);
    await dialog.getByRole('button', { name: w.go }).click(); // without a reason nothing happens
    await dialog.getByLabel(w.reason).fill('ordered twice');
    await dialog.getByRole('button', { name: w.go }).click();
    await page.getByRole('heading', { name: language === 'en' ? '230 done' : '230 件が完了しました' }).waitFor();
    await dialog.getByRole('button', { name: w.close }).last().click();
    const left = async (queue) => (await ask('GET', `/v1/jobs?queue=${queue}&state=PENDING`)).jobs.length;
    assert.deepEqual([await left(name), await left(other)], [0, 1], 'and no others');
    const { records } = await ask('GET', '/v1/audit?action=job.cancel');
    assert.equal(records[0].reason, 'ordered twice');
    assert.deepEqual(trouble, []);
  });

story('chosen jobs are tried again, and one that ended meanwhile says why it was not', async (t) => {
  const name = await jobs(3);
  const { jobs: claimed } = await ask('POST', at(name, '/claim'), { max: 3, worker: 'w' });
  for (const j of claimed) await ask('POST', `/v1/jobs/${j.id}/fail`,
    { lease: j.lease, retry: false, error: { code: 'TIMEOUT', message: 'the bank is down' } });
  const { page, trouble } = await as(t, `/jobs?queue=${name}`);
  await page.getByLabel('Select what is shown').check();
  await page.getByRole('button', { name: 'Try again…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('3 in all').waitFor();
  await ask('POST', `/v1/jobs/${claimed[0].id}/retry`, {}); // somebody else, meanwhile
  await dialog.getByLabel('Reason').fill('the bank is back');
  await dialog.getByRole('button', { name: 'Try them again' }).click();
  await page.getByRole('heading', { name: '2 done' }).waitFor();
  await dialog.getByText('1 were refused').waitFor();
  await dialog.getByRole('listitem').filter({ hasText: claimed[0].id.slice(-12) }).waitFor();
  await accessible(page, 'what became of each');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  assert.equal((await ask('GET', `/v1/jobs?queue=${name}&state=PENDING`)).jobs.length, 3);
  assert.deepEqual(trouble, []);
});

story('dead letters are found by an attribute, sent back, and the others removed', async (t) => {
  const { name, dead } = await died(['order 1', 'order 7', 'order 17', 'order 2']);
  const { page, trouble } = await as(t, `/queues/${dead}`);
  const dialog = page.getByRole('dialog');
  await page.getByLabel('Where to look').selectOption('attributes');
  await page.getByLabel('Find in body, attributes, group, error').fill('shop=tokyo');
  await page.getByText('2 of 4 looked at').waitFor();
  await page.getByLabel('Select what is shown').check();
  await page.getByRole('button', { name: 'Send back…' }).click();
  await dialog.getByText('2 in all').waitFor();
  await dialog.getByLabel('Reason').fill('tokyo has stock');
  await dialog.getByRole('button', { name: 'Send back', exact: true }).click();
  await page.getByRole('heading', { name: '2 done' }).waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await page.getByLabel('Find in body, attributes, group, error').fill('');
  await page.getByLabel('Select Message 1', { exact: true }).check();
  await page.getByText('1 selected').waitFor();
  await page.getByRole('button', { name: 'Select all that match' }).click();
  await page.getByText('2 selected').waitFor();
  await page.getByRole('button', { name: 'Remove…' }).click();
  await dialog.getByLabel('Reason').fill('test data');
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByRole('heading', { name: '2 done' }).waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await page.getByText('No message here').waitFor();
  assert.deepEqual((await ask('GET', at(name, '/messages'))).messages.map((m) => m.body).sort(),
    ['order 17', 'order 7']);
  const { records } = await ask('GET', `/v1/audit?resource=queue:${dead}`);
  assert.deepEqual(records.slice(0, 4).map((r) => [r.action, r.reason]),
    [...Array(2).fill(['message.delete', 'test data']), ...Array(2).fill(['message.resend', 'tokyo has stock'])]);
  assert.deepEqual(trouble, []);
});

story('what is copied as CSV holds no formula, and what is copied as a command no secret', async (t) => {
  const name = fresh('copied');
  await ask('PUT', at(name), {});
  for (const body of ['=HYPERLINK("http://evil")', '＋cmd', '-5', '{"a": "b, c"}']) await ask('POST',
    at(name, '/messages'), { body });
  const { page, context, trouble } = await as(t, `/queues/${name}`);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByText('CSV / curl / ringi').click();
  await page.getByRole('button', { name: 'Copy as CSV' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  const lines = (await page.evaluate(() => navigator.clipboard.readText())).trim().split(/\r?\n/);
  assert.deepEqual(lines.map((l) => l.replace(/^[^,]*(,[^,]*){7},/, '')),
    ['body', `"'=HYPERLINK(""http://evil"")"`, `"'＋cmd"`, '-5', '"{""a"": ""b, c""}"']);
  const words = await page.locator('.copy-as').innerText();
  assert.match(words, new RegExp(`curl -s 'http\\S+/v1/queues/${name}/messages`));
  assert.doesNotMatch(words, /Authorization|token|cookie|X-Ringi/i);
  assert.deepEqual(trouble, []);
});

/** Runs what the page shows, as its user would: the command answers, and names what the page has. */
async function runs(text, name) {
  const own = text.startsWith('ringi ') ? `'${RINGI}' ${text.slice(6)} --server ${server.url} --user admin` : text;
  const r = await run('sh', ['-c', own]);
  assert.equal(r.code, 0, `${own}\n${r.stderr}`);
  assert.ok(r.stdout.includes(name), `${own}\n${r.stdout}`);
}

story('topics, schedules, dead letters and the log leave as CSV, as curl and as a command', async (t) => {
  const { dead, name } = await died(['order 1']);
  const topic = fresh('news'), schedule = fresh('daily');
  const made = await run(RINGI, ['topic', 'create', topic, '--server', server.url]);
  assert.equal(made.code, 0, made.stderr);
  const subscribed = await run(RINGI, ['topic', 'subscribe', topic, name, '--server', server.url]);
  assert.equal(subscribed.code, 0, subscribed.stderr);
  await ask('PUT', `/v1/schedules/${schedule}`, { queue: name, cron: '0 7 * * ?', zone: 'Asia/Tokyo', payload: {} });
  for (const [where, head, line] of [
    ['/topics', 'topic,to,filter,dead_letter_queue', `${topic},${name},,`],
    ['/schedules', 'name,queue,cron,zone,next_at,fired,skipped,failed,paused',
      `${schedule},${name},0 7 * * ?,Asia/Tokyo,`],
    ['/dead', 'queue,from,messages,oldest_age_ms', `${dead},${name},1,`],
    [`/audit?resource=queue:${dead}`, 'seq,at,principal,on_behalf,action,resource,from,to,reason', 'queue.create']]) {
    const { page, context, trouble } = await as(t, where);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByText('CSV / curl / ringi').click();
    await page.getByRole('button', { name: 'Copy as CSV' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied.split('\r\n')[0], head);
    assert.ok(copied.includes(line), copied);
    for (const code of await page.locator('.copy-as code').allInnerTexts())
      await runs(code, where === '/topics' ? topic : where === '/schedules' ? schedule : dead);
    await accessible(page, where);
    assert.deepEqual(trouble, []);
    await context.close();
  }
});

story('a message is sent by a form that the schema of its queue makes', async (t) => {
  const name = fresh('formed');
  await ask('PUT', at(name), { schema: { type: 'object', required: ['order', 'shop'], properties: {
    order: { type: 'integer', title: 'Order', minimum: 1 }, shop: { enum: ['tokyo', 'osaka'] },
      express: { type: 'boolean' },
    lines: { type: 'array', description: 'what was ordered' }, note: { type: 'string' } } } });
  const { page, trouble } = await as(t, `/queues/${name}`);
  await page.getByRole('button', { name: 'Send a message' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Order (order)').fill('０');
  await dialog.getByLabel('shop').selectOption('tokyo');
  await dialog.getByLabel('express').selectOption('true');
  await dialog.getByLabel('lines').fill('[{"sku": 1.10}]');
  await dialog.getByLabel('note').fill('<b>髙﨑 𠮷</b>');
  await accessible(page, 'a form made from a schema');
  await dialog.getByRole('button', { name: 'Send', exact: true }).click();
  await dialog.getByRole('alert').getByText('order').waitFor(); // the server knows the rules
  await dialog.getByLabel('Order (order)').fill('12345678901234567890');
  await dialog.getByRole('button', { name: 'As JSON' }).click();
  assert.match(await dialog.getByLabel('Body').inputValue(), /"order": 12345678901234567890,/);
  await dialog.getByRole('button', { name: 'As a form' }).click();
  assert.equal(await dialog.getByLabel('note').inputValue(), '<b>髙﨑 𠮷</b>');
  await dialog.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('Sent as').waitFor();
  const [m] = (await ask('GET', at(name, '/messages'))).messages;
  assert.match(m.body, /"order": 12345678901234567890,\s+"shop": "tokyo",\s+"express": true,\s+"lines": \[\{"sku": ?1\.10\}\],/);
  assert.deepEqual(trouble, []);
});

story('who receives is shown: workers of jobs by name, others by number', async (t) => {
  const name = await jobs(3);
  await ask('POST', at(name, '/claim'), { max: 2, worker: 'printer-1' });
  await ask('POST', at(name, '/claim'), { max: 1, worker: 'printer-2' });
  const { page, trouble } = await as(t, `/queues/${name}?tab=receivers`);
  await page.getByRole('row').filter({ hasText: 'printer-1' }).getByRole('link', { name: '2' }).waitFor();
  await page.getByRole('row').filter({ hasText: 'printer-2' }).waitFor();
  await page.getByText('3 messages are being worked on.').waitFor();
  assert.deepEqual(trouble, []);
});

let seen;
for (const look of LOOKS) {
  const named = `${look.language}, ${look.theme}, ${look.device}`;
  story(`choosing many is good to look at: ${named}`, async (t) => {
    seen ??= { name: await jobs(2), ...await died(['a', 'b']), queue: await jobs(2) };
    const { dead, queue: name } = seen;
    const { page, trouble } = await open(t, server, `/jobs?queue=${name}`, { ...look, who: 'aoki' });
    const w = WORDS[look.language];
    await page.setViewportSize({ width: look.size.width, height: 2400 }); // nothing lies below a bar that sticks
    const boxes = page.locator('.pick-row input');
    await boxes.nth(1).check();
    await accessible(page, `jobs (${named})`);
    await page.getByRole('button', { name: w.cancel }).click();
    await page.getByRole('dialog').locator('.sample').waitFor();
    await accessible(page, `canceling (${named})`);
    for (const tab of ['', '?tab=receivers']) {
      await page.goto(`${server.url}/queues/${dead}${tab}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      if (tab === '') await boxes.last().check();
      await accessible(page, `/queues/${dead}${tab} (${named})`);
    }
    assert.deepEqual(trouble, []);
  });
}
