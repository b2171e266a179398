// standby.test.mjs - servers that wait for a schema: one takes over when the owner is killed
// or leaves, nothing acknowledged is lost, and what would make a standby useless is refused.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { RINGI, run, start, until } from '../compat/lib.mjs';
import { skip, startPostgres } from '../compat/postgres.mjs';

const TAKEOVER_MS = 7000; // the lease, a try, reading the rows, and a busy machine
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-standby-'));
const key = path.join(folder, 'master.key');
let db;

before(async () => {
  fs.writeFileSync(key, randomBytes(32).toString('hex'), { mode: 0o600 });
  if (!skip) db = await startPostgres({ settings: { fsync: 'on' } });
});
after(async () => {
  await db?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Resolves when it serves; `ended` and the log of one that waits are not needed. */
const serve = (name) => {
  delete process.env.RINGI_TEST_POSTGRES; // the place is said here
  return start({ data: path.join(folder, name),
    flags: ['--store', `${db.url}?schema=waited`, '--standby', '--master-key-file', key, '--node', name] });
};
const sessions = async () => (await db.sql("select pid from pg_stat_activity where application_name = 'ringi engine'"))
  .split('\n').filter(Boolean);
/** Each try is a session of its own: after a second one, beside the owner's, somebody waits. (One that is about to make
 * its first try ends when PostgreSQL goes away.) */
const somebodyWaits = () => {
  const seen = new Set();
  return until('somebody waits', async () => {
    for (const pid of await sessions()) seen.add(pid);
    return seen.size > 2;
  });
};
const refused = (...flags) => run(RINGI, ['serve', '--data', path.join(folder, 'refused'), '--auth', 'off', '--standby',
  ...flags]);

test('a standby takes over from who was killed, and another from who leaves', { skip }, async (t) => {
  const first = await serve('first');
  const { QueueUrl } = await first.sqs.json.ok('CreateQueue', { QueueName: 'q' });
  let serving = false;
  const waiting = serve('second').then((s) => { serving = true; return s; });
  await somebodyWaits();
  for (let i = 0; i < 50; i++) await first.sqs.json.ok('SendMessage', { QueueUrl, MessageBody: `m${i}` });
  assert.equal(serving, false);
  let began = Date.now();
  await first.crash();
  const second = await waiting;
  const url = QueueUrl.replace(first.host, second.host);
  await second.sqs.json.ok('SendMessage', { QueueUrl: url, MessageBody: 'after' });
  t.diagnostic(`kill -9 to the first acknowledged send: ${Date.now() - began} ms`);
  assert.ok(Date.now() - began < TAKEOVER_MS, `took ${Date.now() - began} ms`);

  const third = serve('third');
  await somebodyWaits();
  await db.restart(); // the owner comes back, and who waits goes on waiting
  await until('the owner answers', async () =>
    (await second.sqs.json.call('SendMessage', { QueueUrl: url, MessageBody: 'again' })).ok);
  await somebodyWaits();
  began = Date.now();
  await second.close();
  const last = await third;
  t.diagnostic(`SIGTERM to ready: ${Date.now() - began} ms`);
  const got = new Set();
  for (;;) {
    const { Messages = [] } = await last.sqs.json.ok('ReceiveMessage',
      { QueueUrl: url.replace(second.host, last.host), MaxNumberOfMessages: 10, VisibilityTimeout: 600 });
    if (Messages.length === 0) break;
    for (const m of Messages) got.add(m.Body);
  }
  assert.equal(got.size, 52);
  await last.close();
});

test('a standby without its key, or without PostgreSQL, is refused', { skip }, async () => {
  for (const [flags, says] of [
    [[], /--standby is for a store on PostgreSQL/],
    [['--store', db.url], /--standby needs --master-key-file/],
    [['--store', db.url, '--master-key-file', path.join(folder, 'none')], /master key .* cannot be read/],
  ]) {
    const r = await refused(...flags);
    assert.equal(r.code, 2, r.stderr);
    assert.match(r.stderr, says);
  }
});
