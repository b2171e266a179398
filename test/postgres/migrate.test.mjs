// migrate.test.mjs - all the data of a stopped server go from SQLite to PostgreSQL, and back.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { RINGI, run, start, until } from '../compat/lib.mjs';
import { skip, startPostgres } from '../compat/postgres.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-migrate-'));
const company = path.join(folder, 'company'); // a stopped server's data, never changed here
let db;

before(async () => {
  if (skip) return;
  db = await startPostgres({ settings: { fsync: 'on' } });
  const told = await run(RINGI, ['demo', '--once', '--rows', '200', '--data', company], { limit: 120_000 });
  assert.equal(told.code, 0, told.stdout + told.stderr);
});
after(async () => {
  await db?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

const place = (schema) => `${db.url}?schema=${schema}`;
const migrate = (...args) => run(RINGI, ['migrate', ...args]);
const check = (...at) => run(RINGI, ['check', ...at, '--json']);
/** A copy of the company's folder, for a story of its own. */
const copied = (name) => {
  const to = path.join(folder, name);
  fs.cpSync(company, to, { recursive: true });
  return to;
};
const serve = (data, store) => {
  delete process.env.RINGI_TEST_POSTGRES; // the place is said here
  return start({ data, flags: store ? ['--store', store] : [] });
};
const moved = async (from, to) => {
  const r = await migrate('--from', from, '--to', to, '--json');
  assert.equal(r.code, 0, r.stdout + r.stderr);
  return JSON.parse(r.stdout);
};
/** SQL for a stopped server's file. */
const sqlite = async (data, sql) => {
  const r = await run('python3', ['-c', `import sqlite3, sys
db = sqlite3.connect(sys.argv[1]); db.executescript(sys.argv[2]); db.close()`, path.join(data, 'ringi.db'), sql]);
  assert.equal(r.code, 0, r.stderr);
};
const rowsIn = async (schema) => Number(await db.sql(`select sum((xpath('/row/n/text()', query_to_xml(
  format('select count(*) as n from %I.%I', schemaname, tablename), false, true, '')))[1]::text::bigint)
  from pg_tables where schemaname = '${schema}' and tablename not in ('lease', 'node', 'node_key', 'schema_version')`));
/** What a server says that somebody would miss: queues with their counts, jobs, approvals. */
async function seen(server) {
  const ask = async (at) => JSON.parse((await server.request({ path: at })).text);
  const sorted = (list, key) => list.map((one) => one[key]).sort();
  return {
    queues: (await ask('/v1/queues?limit=1000')).queues.map((q) => [q.name, q.visible, q.delayed, q.in_flight]),
    jobs: sorted((await ask('/v1/jobs?limit=100')).jobs, 'id'),
    approvals: sorted((await ask('/v1/approvals?limit=100')).approvals, 'id'),
  };
}

test('a company moves to PostgreSQL, is whole there, and lives on; then back to a folder', { skip }, async () => {
  const from = copied('there');
  const before = JSON.parse((await check('--data', from)).stdout);
  const first = await moved(from, place('there'));
  assert.ok(first.rows > 1000 && Object.values(first.rows_by_table).filter((n) => n > 0).length > 30, first);
  assert.ok(!('lease' in first.rows_by_table));
  const whole = await check('--store', place('there'));
  assert.equal(whole.code, 0, whole.stdout + whole.stderr);
  assert.deepEqual(JSON.parse(whole.stdout), before);

  const left = await run(RINGI, ['serve', '--data', from, '--listen', '127.0.0.1:0', '--auth', 'off']);
  assert.equal(left.code, 2, left.stderr);
  assert.match(left.stderr, /were moved to PostgreSQL \d.*schema there\. .*--reopen/);

  const server = await serve(from, place('there'));
  const { QueueUrl } = await server.sqs.json.ok('CreateQueue', { QueueName: 'after-the-move' });
  await server.sqs.json.ok('SendMessage', { QueueUrl, MessageBody: 'new: 稟議 \u{1F5F3}' });
  const there = await seen(server);
  await server.close();

  const back = path.join(folder, 'back');
  await moved(place('there'), `sqlite:${back}`);
  fs.copyFileSync(path.join(from, 'master.key'), path.join(back, 'master.key'));
  assert.equal((await check('--data', back)).code, 0);
  const again = await serve(back);
  assert.deepEqual(await seen(again), there);
  const { Messages } = await again.sqs.json.ok('ReceiveMessage',
    { QueueUrl: QueueUrl.replace(server.host, again.host) });
  assert.deepEqual(Messages.map((m) => m.Body), ['new: 稟議 \u{1F5F3}']);
  await again.close();
});

test('what applications wrote by SQL meanwhile goes too, and numbers go on behind it', { skip }, async () => {
  await moved(copied('written'), place('written'));
  const { queue } = (await db.rows("select name as queue from written.queue where name not like '%.fifo' limit 1"))[0];
  const send = (schema) => db.sql(`select ${schema}.allow(current_user, 'send', '*'); select ${schema}.send('${queue}', 'waits')`);
  await send('written');
  await send('written');
  await moved(place('written'), place('again'));
  await send('again');
  assert.equal(await db.sql("select string_agg(id::text, ' ' order by id) from again.sql_command"), '1 2 3');
});

test('one of the two serves, until the other is said to', { skip }, async () => {
  const from = copied('reopened');
  await moved(from, place('reopened'));
  const twice = await migrate('--from', from, '--to', place('elsewhere'));
  assert.equal(twice.code, 2, twice.stderr);
  assert.match(twice.stderr, /were moved to PostgreSQL/);
  assert.equal((await check('--data', from)).code, 0); // whole it is all the same
  for (const says of [/may be served again/, /was not moved; nothing was changed/]) {
    const r = await migrate('--reopen', from);
    assert.equal(r.code, 0, r.stderr);
    assert.match(r.stdout, says);
  }
  await (await serve(from)).close();
});

test('what is there already, or in use, is refused and stays as it is', { skip }, async () => {
  const from = copied('refused');
  await moved(copied('first'), place('taken'));
  const before = await rowsIn('taken');
  const full = await migrate('--from', from, '--to', place('taken'));
  assert.equal(full.code, 4);
  assert.match(full.stderr, /There are rows already in the place to move to \(table \w+\)/);
  const other = await migrate('--from', place('taken'), '--to', from);
  assert.equal(other.code, 4);
  assert.match(other.stderr, /There are rows already/);
  const running = await serve(from);
  const used = await migrate('--from', from, '--to', place('unused'));
  assert.equal(used.code, 4);
  assert.match(used.stderr, /Another ringi is using the data folder/);
  await running.close();
  const there = await serve(path.join(folder, 'first'), place('taken'));
  for (const [args, says] of [
    [['--from', place('taken'), '--to', path.join(folder, 'nowhere')], /Another ringi .*is using the schema taken/],
    [['--from', from, '--to', place('taken')], /Another ringi .*is using the schema taken/],
  ]) {
    const r = await migrate(...args);
    assert.equal(r.code, 4);
    assert.match(r.stderr, says);
  }
  await there.close();
  assert.ok(await rowsIn('taken') >= before);
});

test('wrong places are refused in one sentence, and nothing is made', { skip }, async () => {
  for (const [args, says] of [
    [[], /Say --from PLACE/],
    [['--from', company], /Say --to PLACE/],
    [['--from', 'sqlite', '--to', place('x')], /--from wants the place and not the kind/],
    [['--from', company, '--to', 'postgres'], /--to wants the place and not the kind/],
    [['--from', company, '--to', 'mysql://h/d'], /--to is a data folder, or a URL that begins with postgres/],
    [['--from', company, '--to', company], /the same place/],
    [['--from', path.join(folder, 'none'), '--to', place('x')], /There is no ringi data in/],
    [['--from', place('none'), '--to', path.join(folder, 'none')], /There is no ringi data in PostgreSQL/],
    [['--reopen', path.join(folder, 'none')], /There is no ringi data in/],
  ]) {
    const r = await migrate(...args);
    assert.equal(r.code, 2, args.join(' '));
    assert.match(r.stderr, says, args.join(' '));
    assert.equal(r.stderr.trim().split('\n').length, 1, r.stderr);
  }
  assert.equal(fs.existsSync(path.join(folder, 'none')), false);
  assert.equal(await db.sql("select count(*) from pg_namespace where nspname in ('x', 'none')"), '0');
});

test('a value that PostgreSQL cannot hold is named; a move that is killed leaves nothing', { skip }, async () => {
  const from = copied('killed');
  for (const [bytes, says] of [["x'ff'", /the rows of table queue_tag: invalid byte sequence/],
    ["x'6100'", /Table queue_tag, column value has a text with a zero byte/]]) {
    await sqlite(from, `delete from queue_tag where name = 'odd';
      insert into queue_tag (queue_id, name, value) select min(id), 'odd', cast(${bytes} as text) from queue`);
    const r = await migrate('--from', from, '--to', place('killed'));
    assert.equal(r.code, 4, r.stderr);
    assert.match(r.stderr, says);
    assert.equal(await rowsIn('killed'), 0);
  }
  await sqlite(from, "update queue_tag set value = 'fine' where name = 'odd'");

  // Stopped before its last table, then killed.
  const holding = db.sql("begin; lock table killed.zone in exclusive mode; select pg_sleep(60)").catch((e) => e);
  const locked = () => db.sql("select count(*) from pg_locks where relation = 'killed.zone'::regclass and granted");
  await until('the lock is there', async () => await locked() === '1');
  const moving = spawn(RINGI, ['migrate', '--from', from, '--to', place('killed')], { stdio: 'ignore' });
  const ended = new Promise((done) => moving.once('exit', (_, signal) => done(signal)));
  await until('it waits for the table', async () => await db.sql(
    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like 'copy%zone%'") === '1');
  moving.kill('SIGKILL');
  assert.equal(await ended, 'SIGKILL');
  await db.sql("select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()");
  await holding;
  await until('its session is over', async () => await db.sql(
    "select count(*) from pg_stat_activity where query like 'copy%zone%'") === '0');
  assert.equal(await rowsIn('killed'), 0);
  const { rows } = await moved(from, place('killed')); // and again, to the end
  assert.equal(await rowsIn('killed'), rows);
});
