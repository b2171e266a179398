// keep.test.mjs - what an operator does with a schema: look whether it is whole, back it up with
// PostgreSQL's own tools, bring it back; and what the log says that serves it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { RINGI, run, start } from '../compat/lib.mjs';
import { skip, startPostgres } from '../compat/postgres.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-keep-'));
let db;

before(async () => { if (!skip) db = await startPostgres({ settings: { fsync: 'on' } }); });
after(async () => {
  await db?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

const place = (schema, database = db.database) => `${db.url.replace(/[^/]*$/, database)}?schema=${schema}`;
const serve = (name, where = place(name)) => {
  delete process.env.RINGI_TEST_POSTGRES; // the place is said here
  return start({ data: path.join(folder, name), flags: ['--store', where] });
};
const check = (...args) => run(RINGI, ['check', ...args]);

/** A stopped server's schema with a queue and 20 messages. */
async function filled(name) {
  const server = await serve(name);
  const { QueueUrl } = await server.sqs.json.ok('CreateQueue', { QueueName: 'work' });
  for (let i = 0; i < 20; i++)
    await server.sqs.json.ok('SendMessage', { QueueUrl, MessageBody: `m${i}` });
  await server.close();
  return server;
}

test('the log says which PostgreSQL serves, and where, but no password', { skip }, async () => {
  const server = await serve('said', place('said').replace('ringi@', 'ringi:s3cret@'));
  await server.close();
  assert.match(server.output, /store="?PostgreSQL \d+\.\d[^"]*127\.0\.0\.1\/postgres, schema said"?/);
  assert.doesNotMatch(server.output, /s3cret/);
});

test('a whole schema is whole', { skip }, async () => {
  await filled('whole');
  const r = await check('--store', place('whole'), '--json');
  assert.equal(r.code, 0, r.stdout + r.stderr);
  const said = JSON.parse(r.stdout);
  assert.deepEqual([said.queues, said.messages, said.problems, said.sentences], [1, 20, 0, []]);
  assert.ok(said.audit_records >= 1, r.stdout);
  const server = await serve('whole'); // the lease was given back
  await server.close();
});

test('damage is found: rows that lack others, and an audit log that does not hold', { skip }, async () => {
  for (const [sql, says] of [
    ['delete from message_body where id = (select min(id) from message_body)', /problem: K2 /],
    ["update message_body set body = 'changed' where id = (select min(id) from message_body)", /problem: K6 /],
    ["alter table audit disable trigger all; update audit set action = 'other' where seq = (select max(seq) from audit)",
      /problem: A1 audit log/],
  ]) {
    await db.sql('drop schema if exists broken cascade');
    await filled('broken');
    await db.sql(`set search_path = broken, pg_catalog; ${sql}`);
    const r = await check('--store', place('broken'));
    assert.equal(r.code, 4, `${sql}: ${r.stdout}${r.stderr}`);
    assert.match(r.stdout, says, sql);
  }
});

test('the schema of a running server and a wrong place are refused, and nothing is made', { skip }, async () => {
  const server = await serve('busy');
  const busy = await check('--store', place('busy'));
  assert.deepEqual([busy.code, /Another ringi .* is using the schema busy/.test(busy.stderr)], [4, true], busy.stderr);
  await server.close();
  for (const [where, says] of [
    [place('nobody'), /There is no ringi data in PostgreSQL .*schema nobody/],
    ['postgres://u:s3cret@[bad', /no URL of PostgreSQL/],
    ['folder', /--store is sqlite, or a URL/],
  ]) {
    const r = await check('--store', where);
    assert.equal(r.code, 2, where);
    assert.match(r.stderr, says);
    assert.doesNotMatch(r.stderr, /s3cret/);
  }
  assert.equal(await db.sql("select count(*) from pg_namespace where nspname = 'nobody'"), '0');
});

test('pg_dump of a running server, restored elsewhere as documented: all is there', { skip }, async () => {
  const bin = path.dirname(db.psql().file), env = { ...process.env, ...db.env() };
  const tool = (name, ...args) => {
    const r = spawnSync(path.join(bin, name), args, { env, encoding: 'utf8' });
    assert.equal(r.status, 0, r.stderr);
  };
  const dump = path.join(folder, 'ringi.dump');
  const server = await serve('kept');
  const { QueueUrl } = await server.sqs.json.ok('CreateQueue', { QueueName: 'work' });
  await server.sqs.json.ok('SendMessage', { QueueUrl, MessageBody: 'before' });
  const said = await run(RINGI, ['backup', 'ringi.dump'], { env: { RINGI_SERVER: server.url } });
  assert.equal(said.code, 1, said.stdout + said.stderr);
  assert.ok(said.stderr.includes('pg_dump --schema=kept --format=custom --file=ringi.dump DATABASE'), said.stderr);
  tool('pg_dump', '--schema=kept', '--format=custom', `--file=${dump}`, db.database);
  await server.sqs.json.ok('SendMessage', { QueueUrl, MessageBody: 'after' });
  await server.close();

  tool('createdb', 'again');
  tool('pg_restore', '--exit-on-error', '--single-transaction', '--dbname=again', dump);
  const whole = await check('--store', place('kept', 'again'));
  assert.equal(whole.code, 0, whole.stdout + whole.stderr);
  const next = await serve('kept', place('kept', 'again')); // its folder has the master key
  const { Messages } = await next.sqs.json.ok('ReceiveMessage',
    { QueueUrl: QueueUrl.replace(server.host, next.host), MaxNumberOfMessages: 10 });
  assert.deepEqual(Messages.map((m) => m.Body), ['before']);
  await next.close();
});
