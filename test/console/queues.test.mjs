// queues.test.mjs - what operators do with queues, in the browser: find, make, send, look, mend,
// send back, unblock, purge.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, start, until } from '../compat/lib.mjs';
import { open, story } from './browser.mjs';

const server = await start({ flags: [] });
after(() => server.close());
const { sqs } = server;

const at = (name, behind = '') => `/v1/queues/${encodeURIComponent(name)}${behind}`;
const put = async (name, body = {}) => {
  const r = await server.json('PUT', at(name), body);
  assert.ok(r.status < 300, r.text);
  return name;
};
const look = async (name, behind = '') => (await server.json('GET', at(name, behind))).data;
const send = async (name, body, more = {}) => {
  const r = await server.json('POST', at(name, '/messages'), { body, ...more });
  assert.equal(r.status, 201, r.text);
};
const as = (t, where, more = {}) => open(t, server, where, { who: 'aoki', ...more });
const tabTo = (page, name) => page.getByRole('navigation', { name: 'Messages' }).getByRole('link', { name });

/** A queue with its dead-letter queue, into which `bodies` have died with an error. */
async function died(bodies, error = (i) => (i % 4 ? 'NO_STOCK' : 'BAD_ADDRESS')) {
  const dead = await put(fresh('dead'));
  const name = await put(fresh('orders'), { dead_letter_queue: dead });
  const { QueueUrl } = await sqs.json.ok('GetQueueUrl', { QueueName: name });
  for (let i = 0; i < bodies.length; i += 10) {
    const Entries = bodies.slice(i, i + 10).map((MessageBody, n) => ({ Id: String(n), MessageBody }));
    await sqs.json.ok('SendMessageBatch', { QueueUrl, Entries });
  }
  let seen = 0;
  const worker = async () => {
    for (;;) {
      const got = await sqs.json.receive(QueueUrl);
      if (got.length === 0) return;
      await Promise.all(got.map((m) => server.json('POST', at(name, '/fail'),
        { receipt: m.ReceiptHandle, retry: false, error: { code: error(seen++), message: 'as it was said' } })));
    }
  };
  await Promise.all([worker(), worker(), worker()]);
  assert.equal((await look(dead)).visible, bodies.length);
  return { name, dead };
}

story('a queue is made in a dialog, with its dead-letter queue, and found by its name', async (t) => {
  const { page, trouble } = await as(t, '/queues');
  await page.getByRole('button', { name: 'Make a queue' }).click();
  await page.getByLabel('Name', { exact: true }).fill('ｍａｉｌｓ'); // full width, as an input method gives it
  await page.getByLabel('What it is for').fill('<b>Mails</b> to customers');
  await page.getByRole('dialog').getByRole('button', { name: 'Make a queue' }).click();
  await page.getByRole('heading', { level: 1, name: 'mails' }).waitFor();
  await page.getByText('<b>Mails</b> to customers').waitFor();
  assert.equal((await look('mails')).dead_letter_queue, 'mails-dead');
  await page.getByRole('link', { name: 'Queues' }).first().click();
  await page.getByLabel('Filter by name').fill('mails-d');
  await page.getByRole('cell', { name: 'mails-dead' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'mails', exact: true }).count(), 0);
  assert.equal(new URL(page.url()).searchParams.get('name'), 'mails-d', 'a view can be kept as a bookmark');
  assert.deepEqual(trouble, []);
});

story('of ten thousand rows only those in sight are in the page', async (t) => {
  const stem = fresh('many');
  await Promise.all(Array.from({ length: 8 }, async (_, w) => {
    for (let i = w; i < 1200; i += 8) await put(`${stem}-${String(i).padStart(5, '0')}`);
  }));
  const { page, trouble } = await as(t, `/queues?name=${stem}-`);
  const table = page.getByRole('table', { name: 'Queues' });
  await table.waitFor();
  assert.equal(await table.getAttribute('aria-rowcount'), '1201');
  assert.ok(await table.getByRole('row').count() < 100);
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await page.getByRole('link', { name: `${stem}-01199` }).waitFor();
  await page.getByLabel('Order').selectOption('visible');
  assert.deepEqual(trouble, []);
});

story('a message is sent with attributes and shown to the last digit', async (t) => {
  const name = await put(fresh('exact'));
  const { page, trouble } = await as(t, `/queues/${name}`);
  await page.getByRole('button', { name: 'Send a message' }).click();
  const body = '{"amount":12345678901234567890.10,"to":"髙﨑 𠮷 😀","html":"<script>1</script>"}';
  await page.getByLabel('Body', { exact: true }).fill(body);
  await page.getByRole('button', { name: 'Add an attribute' }).click();
  await page.getByLabel('Attribute 1: name').fill('price');
  await page.getByLabel('Attribute 1: type').selectOption('Number');
  await page.getByLabel('Attribute 1: value').fill('1.10');
  await page.getByLabel('Delay in seconds').fill('１５');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('button', { name: '1', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('"amount": 12345678901234567890.10').waitFor();
  await dialog.getByText('1.10 Number').waitFor();
  await dialog.getByRole('button', { name: 'As sent' }).click();
  await dialog.getByText(body).waitFor();
  const [m] = (await look(name, '/messages')).messages;
  assert.deepEqual([m.body, m.state, m.attributes], [body, 'delayed', { price: { type: 'Number', value: '1.10' } }]);
  assert.deepEqual(trouble, []);
});

story('a dead letter is mended and goes back; one that nobody needs is removed', async (t) => {
  const { name, dead } = await died(['{"order": 1, "price": 1.10}', 'not JSON at all']);
  const { page, trouble } = await as(t, `/queues/${dead}`);
  await page.getByRole('button', { name: '1', exact: true }).click();
  await page.getByRole('button', { name: 'Edit and resend' }).click();
  assert.equal(await page.getByLabel('To which queue').inputValue(), name);
  await page.getByLabel('Body', { exact: true }).fill('{"order": 1, "price": }');
  await page.getByText('This is no JSON; the body before was.').waitFor();
  await page.getByLabel('Body', { exact: true }).fill('{"order": 1, "price": 100000000000000000000.10}');
  await page.getByRole('button', { name: 'Resend', exact: true }).click();
  await page.getByText(`was sent to ${name}`).waitFor();
  assert.equal((await look(name, '/messages')).messages[0].body, '{"order": 1, "price": 100000000000000000000.10}');
  await page.getByRole('button', { name: '2', exact: true }).click();
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('dialog').getByText('not JSON at all').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('No message here').waitFor();
  assert.equal((await look(dead)).visible, 0);
  assert.deepEqual(trouble, []);
});

story('two thousand dead letters are looked at by error, and go back: some, then all', async (t) => {
  const { name, dead } = await died(Array.from({ length: 2000 }, (_, i) => `{"order": ${i}}`));
  const { page, trouble } = await as(t, `/queues/${dead}?tab=errors`);
  const bad = page.getByRole('listitem').filter({ hasText: 'BAD_ADDRESS' });
  await bad.getByText('500 messages').waitFor();
  await bad.getByRole('button', { name: 'Send these back' }).click();
  await page.getByText('500 messages would be sent back.').waitFor();
  await page.getByLabel('Reason').fill('addresses are complete now');
  await page.getByRole('button', { name: 'Send back', exact: true }).click();
  await page.getByText('500 moved').waitFor();
  await page.getByText('Done', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Send dead letters back' }).click();
  await page.getByText('1,500 messages would be sent back.').waitFor();
  await page.getByRole('button', { name: 'Send back', exact: true }).click();
  await page.getByText('1,500 of 1,500').waitFor();
  assert.deepEqual([(await look(dead)).visible, (await look(name)).visible], [0, 2000]);
  const [, first] = (await look(dead, '/moves')).moves;
  assert.deepEqual([first.error, first.reason, first.requested_by],
    ['BAD_ADDRESS', 'addresses are complete now', 'aoki']);
  assert.deepEqual(trouble, []);
});

story('a move is slowed, paused, goes on and is stopped', async (t) => {
  const { dead } = await died(Array.from({ length: 60 }, (_, i) => String(i)));
  const { page, trouble } = await as(t, `/queues/${dead}`);
  await page.getByRole('button', { name: 'Send dead letters back' }).click();
  await page.getByLabel('Messages a second').fill('2');
  await page.getByRole('button', { name: 'Send back', exact: true }).click();
  const moves = page.getByRole('list', { name: 'Moves' });
  await moves.getByRole('button', { name: 'Pause' }).click();
  await moves.getByText('Paused').waitFor();
  await moves.getByRole('button', { name: 'Go on' }).click();
  await moves.getByText('Running').waitFor();
  await moves.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
  await moves.getByText('Stopped').waitFor();
  assert.deepEqual(trouble, []);
});

story('a group that waits for a person goes on', async (t) => {
  const dead = await put(`${fresh('stock-dead')}.fifo`);
  const name = await put(`${fresh('stock')}.fifo`,
    { on_poison: 'stop', dead_letter_queue: dead, max_receives: 1, content_based_deduplication: true });
  for (const body of ['poison', 'next']) await send(name, body, { group: 'tokyo/1' });
  const { QueueUrl } = await sqs.json.ok('GetQueueUrl', { QueueName: name });
  for (let i = 0; i < 2; i++) await sqs.json.receive(QueueUrl, { VisibilityTimeout: 0, MaxNumberOfMessages: 1 });
  await until('it is blocked', async () => (await look(name)).blocked_groups === 1);
  const { page, trouble } = await as(t, `/queues/${name}`);
  const card = page.locator('.attention');
  await card.getByText('tokyo/1').waitFor();
  await card.getByRole('link', { name: 'Look at the message' }).click();
  await page.getByText('poison').waitFor();
  await card.getByRole('button', { name: 'Decide' }).click();
  await page.getByLabel('Move it to the dead-letter queue').check();
  await page.getByLabel('Reason').fill('tokyo is closed');
  await page.getByRole('dialog').getByRole('button', { name: 'Go on' }).click();
  await page.getByText('Group tokyo/1 goes on').waitFor();
  await card.waitFor({ state: 'hidden' });
  const { records } = (await server.json('GET', `/v1/audit?action=queue.resume&resource=queue:${name}`)).data;
  assert.deepEqual(records.map((r) => r.reason), ['tokyo is closed']);
  assert.deepEqual((await sqs.json.receive(QueueUrl)).map((m) => m.Body), ['next']);
  assert.equal((await look(dead)).visible, 1);
  assert.deepEqual(trouble, []);
});

story('a purge shows what is lost, needs the name, and why stands in the audit log', async (t) => {
  const name = await put(fresh('purged'));
  for (const body of ['first of three', 'b', 'c']) await send(name, body);
  const { page, trouble } = await as(t, `/queues/${name}`);
  await page.getByRole('button', { name: 'Purge' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('3 messages are lost for good').waitFor();
  await dialog.getByText('first of three').waitFor();
  const yes = dialog.getByRole('button', { name: 'Purge' });
  assert.ok(await yes.isDisabled());
  await dialog.getByLabel(/Type .* to confirm/).fill('something else');
  assert.ok(await yes.isDisabled());
  await dialog.getByLabel(/Type .* to confirm/).fill(name);
  await dialog.getByLabel('Reason').fill('test data');
  await yes.click();
  await page.getByText(`${name} is empty`).waitFor();
  assert.equal((await look(name)).visible, 0);
  const { records } = (await server.json('GET', `/v1/audit?resource=queue:${name}`)).data;
  assert.deepEqual([records[0].action, records[0].reason, records[0].principal], ['queue.purge', 'test data', 'aoki']);
  await page.getByRole('button', { name: 'Delete' }).click();
  await dialog.getByLabel(/Type .* to confirm/).fill(name);
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { level: 1, name: 'Queues' }).waitFor();
  assert.equal((await server.json('GET', at(name))).status, 404);
  assert.deepEqual(trouble, []);
});

story('a queue is paused, goes on, and its settings are changed one by one', async (t) => {
  const name = await put(fresh('set'), { visibility_timeout: 60, owner: 'sales' });
  const { page, trouble } = await as(t, `/queues/${name}?tab=settings`);
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'Pause' }).click();
  await dialog.getByLabel('Reason').fill('the bank is down');
  await dialog.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('heading', { level: 1 }).getByText('Paused').waitFor();
  await page.getByRole('button', { name: 'Go on' }).click();
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('heading', { level: 1 }).getByText('Running').waitFor();
  const { records } = (await server.json('GET', `/v1/audit?resource=queue:${name}`)).data;
  assert.deepEqual(records.map((r) => r.reason ?? ''), ['', 'the bank is down', '']);
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  await page.getByLabel('Time a worker has').fill('９０');
  await page.getByLabel('Dead letters go to').fill('nowhere');
  await put(name, { owner: 'finance' }); // somebody else, meanwhile
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Dead letter target does not exist').waitFor();
  await page.getByLabel('Dead letters go to').fill('');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved').waitFor();
  const q = await look(name);
  assert.deepEqual([q.visibility_timeout, q.owner], [90, 'finance']);
  assert.deepEqual(trouble, []);
});

story('what is not there is said so', async (t) => {
  const { page, trouble } = await as(t, '/queues/no-such-queue');
  await page.getByRole('alert').waitFor();
  assert.deepEqual(trouble, []);
});
