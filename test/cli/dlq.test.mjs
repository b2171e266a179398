// dlq.test.mjs - dead letters from the command line: look, group, mend, send back, give up.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import { fresh, sha256, start, story } from '../compat/lib.mjs';
import { cli, folder } from './lib.mjs';

const server = await start();
after(() => server.close());
const { ok, json, refused } = cli(server);

/** A queue whose messages (body -> error code) have all failed into its dead-letter queue. */
async function failed(letters) {
  const q = fresh('work'), dlq = `${q}-dlq`;
  await ok('queue', 'create', q, '--dlq', dlq, '--max-receives', '1');
  for (const body of Object.keys(letters)) await ok('send', q, body);
  for (let left = Object.keys(letters).length; left > 0;) {
    const { Messages = [] } = (await server.sqs.json.ok('ReceiveMessage', { QueueUrl: q, MaxNumberOfMessages: 10 }));
    assert.ok(Messages.length > 0);
    for (const m of Messages) {
      const r = await server.json('POST', `/v1/queues/${q}/fail`, { receipt: m.ReceiptHandle,
        error: { code: letters[m.Body], message: `${m.Body.slice(0, 40)} went wrong` } });
      assert.ok(r.status < 300, r.text);
    }
    left -= Messages.length;
  }
  await ok('receive', q);   // what is over its receives moves when somebody asks
  assert.equal((await json('queue', 'peek', dlq)).length, Object.keys(letters).length);
  return { q, dlq };
}
const positionOf = async (dlq, body) => String((await json('queue', 'peek', dlq)).find((m) =>
  m.body === body).position);

async function recorded(action, queue) {
  const r = await fetch(`${server.url}/v1/audit?action=${action}&resource=queue:${queue}`);
  return (await r.json()).records;
}

story('dead-letter queues are listed with whose they are', async () => {
  const { q, dlq } = await failed({ a: 'X' });
  const one = (await json('dlq', 'list')).find((x) => x.name === dlq);
  assert.deepEqual([one.visible, one.sources], [1, [q]]);
  assert.match(await ok('dlq', 'list'), new RegExp(`${dlq} +1 .* ${q}\\n`));
});

story('errors are grouped', async () => {
  const { dlq } = await failed({ a: 'TIMEOUT', b: 'TIMEOUT', c: 'BAD_NUMBER' });
  const groups = await json('dlq', 'errors', dlq);
  assert.deepEqual(groups.map((g) => [g.code, g.count]), [['TIMEOUT', 2], ['BAD_NUMBER', 1]]);
  assert.match(await ok('dlq', 'errors', dlq), /ERROR +MESSAGES .*\nTIMEOUT +2 /);
});

story('one message is shown, mended and sent back', async () => {
  const { q, dlq } = await failed({ 'bad body': 'BAD', other: 'BAD' });
  const position = await positionOf(dlq, 'bad body');
  const m = await json('dlq', 'show', dlq, position);
  assert.deepEqual([m.body, m.error.code, m.dead_from], ['bad body', 'BAD', q]);
  await ok('dlq', 'edit', dlq, position, '--body', 'good body', '--reason', 'mistyped');
  assert.equal(await ok('receive', q, '--delete'), 'good body\n');
  const [record] = await recorded('message.edit', dlq);
  assert.deepEqual(record.detail, { position: Number(position), message_id: m.message_id, to: q });
  assert.deepEqual([record.reason, record.personal], ['mistyped', { body: 'bad body' }], 'the original is kept');
  assert.equal((await json('queue', 'peek', dlq)).length, 1);
  assert.match(await refused(1, 'dlq', 'show', dlq, position), /no message at position/);
});

story('the original is kept whole, however large, until it is redacted', async () => {
  const large = `{"text":"${'長い\\n'.repeat(12_000)}"}`, small = 'x'.repeat(60_000);
  const { dlq } = await failed({ [large]: 'BAD', [small]: 'BAD' });
  for (const body of [large, small]) {
    await ok('dlq', 'edit', dlq, await positionOf(dlq, body), '--body', 'mended', '--reason', 'too much');
  }
  const [second, first] = await recorded('message.edit', dlq), whole = JSON.stringify({ body: large });
  assert.deepEqual(second.personal, { body: small });
  assert.deepEqual(first.personal, { omitted_bytes: Buffer.byteLength(whole), sha256: sha256(whole) });
  assert.equal(first.personal_whole, undefined, 'lists stay short');
  const show = async (record) => JSON.parse(await ok('audit', 'show', String(record.seq), '--json'));
  assert.deepEqual((await show(first)).personal_whole, { body: large });
  assert.equal((await show(second)).personal_whole, undefined);
  await ok('audit', 'redact', '--resource', `queue:${dlq}`, '--words', '--reason', 'asked for it');
  const gone = await show(first);
  assert.deepEqual([gone.personal, gone.personal_whole, gone.redacted], [undefined, undefined, true]);
  assert.match(await refused(2, 'audit', 'show', 'last'), /: last is no number of an audit record/);
  assert.match(await refused(1, 'audit', 'show', '999999999'), /no audit record 999999999/);
});

story('who and why are in the audit log, of whatever an operator does', async () => {
  const { q, dlq } = await failed({ a: 'X', b: 'X', c: 'Y', d: 'Z' });
  const why = (n) => ['--reason', `ticket ${n}: 直す & "go on" /?`];
  await ok('dlq', 'edit', dlq, await positionOf(dlq, 'a'), '--body', 'A', ...why(1));
  await ok('dlq', 'delete', dlq, await positionOf(dlq, 'b'), ...why(2));
  await ok('dlq', 'redrive', dlq, '--error', 'Y', ...why(3));
  await ok('dlq', 'archive', dlq, '--to', path.join(folder(), 'dead.jsonl'), ...why(4));
  await ok('queue', 'pause', q, ...why(5));
  await ok('queue', 'resume', q, ...why(6));
  await ok('queue', 'purge', q, ...why(7));
  await ok('queue', 'delete', q, ...why(8));
  const { records } = (await server.json('GET', '/v1/audit?limit=20')).data;
  const told = new Map(records.map((r) => [/^ticket (\d)/.exec(r.reason)?.[1], [r.principal, r.action, r.reason]]));
  const actions = ['message.edit', 'message.delete', 'queue.move', 'message.delete', 'queue.set', 'queue.set',
    'queue.purge', 'queue.delete'];
  actions.forEach((action, i) => assert.deepEqual(told.get(`${i + 1}`), ['anonymous', action, why(i + 1)[1]]));
});

story('redrive counts first, then moves all or one class', async () => {
  const { q, dlq } = await failed({ a: 'TIMEOUT', b: 'TIMEOUT', c: 'BAD' });
  assert.equal(await ok('dlq', 'redrive', dlq, '--dry-run'), '3 would be moved\n');
  assert.equal(await ok('dlq', 'redrive', dlq, '--error', 'TIMEOUT', '--dry-run'), '2 would be moved\n');
  assert.equal(await ok('dlq', 'redrive', dlq, '--error', 'BAD'), '1 moved, COMPLETED\n');
  assert.equal(await ok('receive', q, '--delete'), 'c\n');
  assert.match(await ok('dlq', 'redrive', dlq), /^2 moved, COMPLETED\n$/);
  assert.equal((await json('queue', 'show', q)).visible, 2);
});

story('redrive goes elsewhere with --to', async () => {
  const { dlq } = await failed({ a: 'X' });
  const elsewhere = fresh('elsewhere');
  await ok('queue', 'create', elsewhere);
  await ok('dlq', 'redrive', dlq, '--to', elsewhere, '--rate', '100');
  assert.equal(await ok('receive', elsewhere), 'a\n');
});

story('messages are given up by position or by error', async () => {
  const { dlq } = await failed({ a: 'X', b: 'Y', c: 'Y' });
  assert.equal(await ok('dlq', 'delete', dlq, await positionOf(dlq, 'a'), '--reason', 'a & b'), '1 deleted\n');
  assert.equal((await recorded('message.delete', dlq))[0].reason, 'a & b');
  assert.equal(await ok('dlq', 'delete', dlq, '--error', 'Y'), '2 deleted\n');
  assert.deepEqual(await json('queue', 'peek', dlq), []);
});

// ---- moves that choose, pause and say why; archives

async function deadLetters(count) {
  const q = fresh(), dlq = `${q}-dlq`;
  await ok('queue', 'create', q, '--dlq', dlq, '--max-receives', '1');
  for (let i = 0; i < count; i++) {
    await ok('send', q, `${i}`);
    const m = JSON.parse(await ok('receive', q, '--json'));
    const r = await fetch(`${server.url}/v1/queues/${q}/fail`, { method: 'POST', body: JSON.stringify({
      receipt: m.ReceiptHandle, retry: false, error: { code: i % 2 ? 'TIMEOUT' : 'BAD' } }) });
    assert.equal(r.status, 204, await r.text());
  }
  return { q, dlq };
}

story('a redrive by error is a move of the server, with a reason', async () => {
  const { q, dlq } = await deadLetters(5);
  assert.equal(await ok('dlq', 'redrive', dlq, '--error', 'TIMEOUT', '--dry-run'), '2 would be moved\n');
  assert.equal(await ok('dlq', 'redrive', dlq, '--error', 'TIMEOUT', '--reason', 'back again'), '2 moved, COMPLETED\n');
  const [move] = await json('dlq', 'moves', dlq);
  assert.deepEqual([move.error, move.reason, move.state, move.requested_by],
    ['TIMEOUT', 'back again', 'COMPLETED', 'anonymous']);
  assert.equal((await json('queue', 'show', q)).visible, 2);
  assert.equal((await json('queue', 'show', dlq)).visible, 3);
});

story('a redrive is paused, resumed and canceled', async () => {
  const { dlq } = await deadLetters(4);
  const id = (await ok('dlq', 'redrive', dlq, '--rate', '1', '--background')).trim();
  await ok('dlq', 'pause', id, '--reason', 'too fast');
  assert.equal((await json('dlq', 'moves', dlq))[0].state, 'PAUSED');
  await refused(1, 'dlq', 'redrive', dlq);
  await ok('dlq', 'resume', id);
  assert.equal((await json('dlq', 'moves', dlq))[0].state, 'RUNNING');
  await ok('dlq', 'cancel', id, '--reason', 'the wrong ones?');
  const { moved } = (await json('dlq', 'moves', dlq))[0];
  assert.deepEqual((await recorded('move.*', dlq)).map((r) => [r.action, r.reason, r.detail]), [
    ['move.cancel', 'the wrong ones?', { moved }], ['move.resume', undefined, undefined],
    ['move.pause', 'too fast', undefined]]);
  await refused(1, 'dlq', 'pause', id);
  await refused(1, 'dlq', 'resume', 'nothing');
});

story('an archive has every message before it is gone', async () => {
  const { dlq } = await deadLetters(3);
  const file = path.join(folder(), 'dead.jsonl');
  await ok('dlq', 'archive', dlq, '--to', file, '--older', '1');
  assert.equal((await json('queue', 'show', dlq)).visible, 3, 'they are younger');
  assert.match(await ok('dlq', 'archive', dlq, '--to', file), /^3 archived in /);
  const lines = fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(lines.map((m) => [m.body, m.error.code]), [['0', 'BAD'], ['1', 'TIMEOUT'], ['2', 'BAD']]);
  assert.equal((await json('queue', 'show', dlq)).visible, 0);
  await ok('send', dlq, 'x');
  assert.match(await refused(4, 'dlq', 'archive', dlq, '--to', '/no/such/folder/x'), /nothing was deleted/);
  assert.equal((await json('queue', 'show', dlq)).visible, 1);
});
