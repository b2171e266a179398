// redrive.test.mjs - the morning after: a worker was broken, its messages are dead letters. One is mended
// by hand, the others go back at once, with a dry run before and progress meanwhile; and the group of a
// FIFO queue that waits for a person goes on. In both languages, on desk and phone.
//
// RINGI_DEAD: how many dead letters two of the four have (10000 when absent; by hand 100000).
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, start, until } from '../compat/lib.mjs';
import { DESK, PHONE, open, story } from './browser.mjs';

const DEAD = Number(process.env.RINGI_DEAD ?? 10_000);
const LOOKED_AT = 10_000; // by a dry run

const server = await start({ flags: [] });
after(() => server.close());
const { sqs } = server;
const at = (name, behind = '') => `/v1/queues/${encodeURIComponent(name)}${behind}`;
const ask = (method, path, body) => server.done(method, path, body);
const together = (work) => Promise.all(Array.from({ length: 16 }, work));

/** A queue with `count` messages that were each received once too often. */
async function broken(count) {
  const name = fresh('orders'), dead = `${name}-dead`;
  await ask('PUT', at(dead), {});
  await ask('PUT', at(name), { dead_letter_queue: dead, max_receives: 1 });
  const { QueueUrl } = await sqs.json.ok('GetQueueUrl', { QueueName: name });
  let next = 0;
  await together(async () => {
    for (let k = next; k < count; k = next) {
      next += 10;
      const Entries = Array.from({ length: 10 }, (_, i) => ({ Id: String(i), MessageBody: `{"order": ${k + i}}` }));
      await sqs.json.ok('SendMessageBatch', { QueueUrl, Entries });
    }
  });
  await until('all are dead', async () => {
    await together(async () => {
      while ((await sqs.json.receive(QueueUrl, { VisibilityTimeout: 0 })).length > 0);
    });
    return (await ask('GET', at(dead))).visible === count;
  });
  return { name, dead };
}

const WORDS = {
  en: { edit: 'Edit and resend', body: 'Body', resend: 'Resend', back: 'Send dead letters back', reason: 'Reason',
    go: 'Send back',
    done: 'Done', moves: 'Moves', n: (n) => n.toLocaleString('en'), decide: 'Decide', on: 'Go on',
      retry: 'Try it again' },
  ja: { edit: '編集して再送', body: '本文', resend: '再送する', back: 'デッドレターを戻す', reason: '理由', go: '戻す',
    done: '完了', moves: '移動', n: (n) => n.toLocaleString('ja'), decide: '対応を選ぶ', on: '再開', retry: 'もう一度試す' },
};

const EACH = [['en', DESK, 'desk', DEAD], ['ja', PHONE, 'phone', DEAD], ['en', PHONE, 'phone', 200],
  ['ja', DESK, 'desk', 200]];

for (const [language, size, device, count] of EACH) {
  const w = WORDS[language];
  story(`dead letters are mended and go back, all of them: ${language}, ${device}`, async (t) => {
    const { name, dead } = await broken(count);
    const { page, trouble } = await open(t, server, `/queues/${dead}`, { who: 'aoki', language, size });
    const dialog = page.getByRole('dialog');
    await page.locator('.cell-button').first().click();
    await dialog.getByRole('button', { name: w.edit }).click();
    await dialog.getByLabel(w.body, { exact: true }).fill('{"order": 0, "mended": true}');
    await dialog.getByLabel(w.reason).fill('the address was wrong');
    await dialog.getByRole('button', { name: w.resend, exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: w.back }).click();
    await dialog.getByText(w.n(Math.min(count - 1, LOOKED_AT)), { exact: false }).first().waitFor();
    await dialog.getByLabel(w.reason).fill('the worker is mended');
    await dialog.getByRole('button', { name: w.go, exact: true }).click();
    const moves = page.getByRole('list', { name: w.moves });
    await moves.getByText(w.done, { exact: true }).waitFor({ timeout: 100_000 });
    assert.deepEqual([(await ask('GET', at(dead))).visible, (await ask('GET', at(name))).visible], [0, count]);
    const [move] = (await ask('GET', at(dead, '/moves'))).moves;
    assert.deepEqual([move.moved, move.reason], [count - 1, 'the worker is mended']);
    const { records } = await ask('GET', `/v1/audit?action=message.edit&resource=queue:${dead}`);
    assert.deepEqual(records.map((r) => r.reason), ['the address was wrong']);
    assert.deepEqual(trouble, []);
  });

  story(`the group of a FIFO queue that waits for a person goes on, in its order: ${language}, ${device}`,
    async (t) => {
    const name = `${fresh('stock')}.fifo`;
    const dead = `${fresh('stock-dead')}.fifo`;
    await ask('PUT', at(dead), {});
    await ask('PUT', at(name),
      { on_poison: 'stop', max_receives: 1, content_based_deduplication: true, dead_letter_queue: dead });
    for (const body of ['first', 'second']) await ask('POST', at(name, '/messages'), { body, group: 'tokyo/1' });
    const { QueueUrl } = await sqs.json.ok('GetQueueUrl', { QueueName: name });
    for (let i = 0; i < 2; i++) await sqs.json.receive(QueueUrl, { VisibilityTimeout: 0, MaxNumberOfMessages: 1 });
    await until('it is blocked', async () => (await ask('GET', at(name))).blocked_groups === 1);
    const { page, trouble } = await open(t, server, `/queues/${name}`, { who: 'aoki', language, size });
    const card = page.locator('.attention');
    await card.getByText('tokyo/1').waitFor();
    await card.getByRole('button', { name: w.decide }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(w.retry).check();
    await dialog.getByLabel(w.reason).fill('在庫を補充');
    await dialog.getByRole('button', { name: w.on }).click();
    await card.waitFor({ state: 'hidden' });
    const got = await sqs.json.receive(QueueUrl, { MaxNumberOfMessages: 1 });
    assert.deepEqual(got.map((m) => m.Body), ['first'], 'nothing was skipped');
    assert.deepEqual(trouble, []);
  });
}
