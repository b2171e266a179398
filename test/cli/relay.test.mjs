// relay.test.mjs - rows of an application's outbox table become messages: once at least, in order of each key.
//
// Every story is told twice, with a real SQLite file and with a real PostgreSQL, each in a table of its own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { start, until } from '../compat/lib.mjs';
import { skip as skipPostgres, startPostgres } from '../compat/postgres.mjs';
import { ringi } from './lib.mjs';
import { bodies, drain, insert, PostgresDatabase, relay, relayOnce, skipSqlite, SqliteDatabase } from './relay_lib.mjs';

const LIMIT_MS = 60_000;
const server = await start();
const sqs = server.sqs.json;
const databases = [];
if (!skipSqlite) databases.push(new SqliteDatabase());
if (!skipPostgres) databases.push(new PostgresDatabase(await startPostgres()));
after(async () => {
  await server.close();
  for (const db of databases) await db.stop();
});

let tables = 0;
/** Each story gets a database and the name of a table that no other has. */
function inBoth(name, fn, options = {}) {
  for (const kind of ['sqlite', 'postgres']) {
    const db = databases.find((d) => d.kind === kind);
    const skip = kind === 'sqlite' ? skipSqlite : skipPostgres;
    test(`${name} (${kind})`, { timeout: LIMIT_MS, skip }, async (t) => {
      const table = `outbox_${++tables}`;
      if (!options.bare) await db.create(table, options.id?.[kind]);
      const own = { kind, table, flags: [...db.flags, '--table', table], sql: (q) => db.sql(q), rows: (q) => db.rows(q),
        put: (...rows) => db.sql(insert(table, ...rows)), create: (...a) => db.create(...a),
        waiting: () => db.rows(`select id, body, error from ${table} where sent_at is null order by id`) };
      await fn(own, t);
    });
  }
}

inBoth('a row arrives as it was written, and is marked', async (db) => {
  const queue = await sqs.queue();
  const fifo = await sqs.fifo();
  await db.put(
    { queue: queue.split('/').pop(), body: '{"order": 1} 注文 \' " \\', attributes: { kind: 'paid', n: 7.5,
      raw: { DataType: 'Binary.png', BinaryValue: 'AAEC' } }, traceparent: 'Root=1-5759e988-bd862e3fe1be46a994272793' },
    { queue: fifo.split('/').pop(), body: 'in order', message_group: 'customer-7', dedup_id: 'order-1' });
  const r = await relayOnce(server, db, '--id-attribute', 'outbox_id');
  assert.equal(r.code, 0, r.stderr);
  assert.deepEqual(r.said, { sent: 2, refused: 0, set_aside: 0, with_error: 0, behind_them: 0 });
  const [m] = await drain(server, queue);
  assert.equal(m.Body, '{"order": 1} 注文 \' " \\');
  assert.deepEqual(Object.fromEntries(Object.entries(m.MessageAttributes).map(([k, v]) =>
    [k, [v.DataType, v.StringValue ?? v.BinaryValue]])), { kind: ['String', 'paid'], n: ['Number', '7.5'],
    raw: ['Binary.png', 'AAEC'], outbox_id: ['String', '1'] });
  assert.equal(m.Attributes.AWSTraceHeader, 'Root=1-5759e988-bd862e3fe1be46a994272793');
  const [f] = await drain(server, fifo);
  assert.deepEqual([f.Body, f.Attributes.MessageGroupId, f.Attributes.MessageDeduplicationId],
    ['in order', 'customer-7', 'order-1']);
  assert.deepEqual(await db.waiting(), []);
  const [{ sent_at }] = await db.rows(`select sent_at from ${db.table} where id = 1`);
  assert.ok(Math.abs(Date.parse(sent_at) - Date.now()) < 60_000, sent_at);
});

inBoth('a delay holds a message back in its queue', async (db) => {
  const queue = await sqs.queue();
  await db.put({ queue: queue.split('/').pop(), body: 'later', delay: 600 });
  assert.equal((await relayOnce(server, db)).code, 0);
  assert.deepEqual(await sqs.counts(queue), [0, 0, 1]);
});

inBoth('rows that name a topic are published', async (db) => {
  const queue = await sqs.queue();
  const topic = await server.sns.topic();
  await server.sns.subscribe(topic, `arn:aws:sqs:us-east-1:000000000000:${queue.split('/').pop()}`,
    { RawMessageDelivery: 'true', FilterPolicy: '{"kind": ["paid"]}' });
  await db.put({ topic: topic.split(':').pop(), body: 'paid <1> & "2"', attributes: { kind: 'paid' } },
    { topic: topic.split(':').pop(), body: 'shipped', attributes: { kind: 'shipped' } },
    { topic, body: 'paid by ARN', attributes: { kind: 'paid' } });
  const r = await relayOnce(server, db);
  assert.equal(r.code, 0, r.stderr);
  assert.deepEqual(bodies(await drain(server, queue)).sort(), ['paid <1> & "2"', 'paid by ARN']);
});

inBoth('only what was committed is sent', async (db) => {
  const queue = (await sqs.queue()).split('/').pop();
  await db.sql(`begin; ${insert(db.table, { queue, body: 'never' })} rollback;
    begin; ${insert(db.table, { queue, body: 'yes' })} commit;`);
  assert.equal((await relayOnce(server, db)).said.sent, 1);
  assert.deepEqual(bodies(await drain(server, queue)), ['yes']);
});

inBoth('rows of a key arrive in the order of their ids, windows and batches over', async (db) => {
  const fifo = await sqs.fifo();
  const queue = fifo.split('/').pop();
  // 350 rows: more than RELAY_ROWS (100); uneven keys, one of them most of the time.
  const rows = Array.from({ length: 350 }, (_, i) => ({ queue, body: String(i),
    message_group: i % 3 ? `g${i % 5}` : 'hot' }));
  await db.put(...rows);
  const r = await relayOnce(server, db);
  assert.equal(r.code, 0, r.stderr);
  assert.equal(r.said.sent, 350);
  const got = await drain(server, fifo);
  assert.equal(got.length, 350);
  for (const group of ['hot', 'g0', 'g1', 'g2', 'g3', 'g4'])
    assert.deepEqual(bodies(got.filter((m) => m.Attributes.MessageGroupId === group)),
      rows.filter((x) => x.message_group === group).map((x) => x.body));
});

inBoth('sent again, a row is no second message in a FIFO queue, and is one in a standard queue', async (db) => {
  const queue = await sqs.queue();
  const fifo = await sqs.fifo();
  await db.put({ queue: queue.split('/').pop(), body: 'a' },
    { queue: fifo.split('/').pop(), body: 'b', message_group: 'g' });
  assert.equal((await relayOnce(server, db)).said.sent, 2);
  await db.sql(`update ${db.table} set sent_at = null`);
  assert.equal((await relayOnce(server, db)).said.sent, 2);
  assert.deepEqual(await sqs.counts(queue), [2, 0, 0]);
  assert.deepEqual(await sqs.counts(fifo), [1, 0, 0]);
});

inBoth('the same id in two tables is two messages', async (db) => {
  const fifo = await sqs.fifo();
  await db.create(`${db.table}b`);
  const row = { queue: fifo.split('/').pop(), message_group: 'g' };
  await db.put({ ...row, body: 'of one application' });
  await db.sql(insert(`${db.table}b`, { ...row, body: 'of another' }));
  assert.equal((await relayOnce(server, db)).said.sent, 1);
  const other = { flags: db.flags.map((f) => (f === db.table ? `${db.table}b` : f)) };
  assert.equal((await relayOnce(server, other)).said.sent, 1);
  const got = await drain(server, fifo);
  assert.deepEqual(bodies(got), ['of one application', 'of another']);
  assert.match(got[0].Attributes.MessageDeduplicationId, /^1-[0-9a-f]{16}$/);
});

inBoth('a refused row holds back its key only, until its error is cleared', async (db) => {
  const fifo = await sqs.fifo({ MaximumMessageSize: '1024' });
  const queue = fifo.split('/').pop();
  await db.put({ queue, body: 'a1', message_group: 'a' }, { queue, body: 'x'.repeat(2000), message_group: 'a' },
    { queue, body: 'a3', message_group: 'a' }, { queue, body: 'b1', message_group: 'b' },
    { queue, body: 'a4', message_group: 'a' });
  const r = await relayOnce(server, db, '--max-tries', '3');
  assert.equal(r.code, 1);
  assert.deepEqual(r.said, { sent: 2, refused: 3, set_aside: 1, with_error: 1, behind_them: 2 });
  assert.match(r.stderr, /"row set aside".*"id":"?2"?/);
  assert.match(r.stderr, /1 rows have an error and 2 wait behind them/);
  assert.deepEqual(bodies(await drain(server, fifo)).sort(), ['a1', 'b1']);
  const left = await db.waiting();
  assert.deepEqual(left.map((x) => x.body.length), [2000, 2, 2]);
  assert.match(left[0].error, /shorter than 1024 bytes/);

  await db.sql(`update ${db.table} set error = null, body = 'a2' where id = 2`);
  assert.deepEqual((await relayOnce(server, db)).said.sent, 3);
  assert.deepEqual(bodies(await drain(server, fifo)), ['a2', 'a3', 'a4']);
});

inBoth('with --on-poison skip a key goes on without the row that has an error', async (db) => {
  const fifo = await sqs.fifo({ MaximumMessageSize: '1024' });
  const queue = fifo.split('/').pop();
  await db.put({ queue, body: 'x'.repeat(2000), message_group: 'a' }, { queue, body: 'a2', message_group: 'a' });
  const r = await relayOnce(server, db, '--max-tries', '2', '--on-poison', 'skip');
  assert.equal(r.code, 1);
  assert.deepEqual(r.said, { sent: 1, refused: 2, set_aside: 1, with_error: 1, behind_them: 0 });
  assert.deepEqual(bodies(await drain(server, fifo)), ['a2']);
});

inBoth('rows that cannot be messages are set aside at once, each with its reason', async (db) => {
  const queue = (await sqs.queue()).split('/').pop();
  const wrong = [[{ queue, body: null }, /no body/], [{ body: 'a' }, /names no queue/],
    [{ queue, topic: 't', body: 'a' }, /both a queue and a topic/], [{ queue: 'a/b', body: 'a' }, /not a name/],
    [{ queue, body: 'a', message_group: 'g h' }, /message group must/],
    [{ queue: `${queue}.fifo`, body: 'a', message_group: 'g', dedup_id: 'ü' }, /deduplication id must/],
    [{ queue, body: 'a', delay: 901 }, /0 to 900 seconds/], [{ topic: 't', body: 'a', delay: 1 }, /know no delay/],
    [{ queue, body: 'a', attributes: ['list'] }, /not a JSON object/],
    [{ queue, body: 'a', attributes: { k: null } }, /attribute k is neither/],
    [{ queue, body: 'x'.repeat(1024 * 1024 + 1) }, /have 1048577 bytes/]];
  await db.put(...wrong.map(([row]) => row), { queue, body: 'good' });
  const r = await relayOnce(server, db);
  assert.equal(r.said.set_aside, wrong.length, r.stderr);
  assert.equal(r.said.sent, 1);
  const left = await db.waiting();
  wrong.forEach(([, why], i) => assert.match(left[i].error, why));
});

inBoth('one bad row of a batch does not stop the others', async (db) => {
  const queue = (await sqs.queue()).split('/').pop();
  const attributes = { DataType: 'nonsense', k: { DataType: 'Strange', StringValue: 'x' } };
  await db.put(...Array.from({ length: 30 }, (_, i) => ({ queue, body: `${i}`,
    attributes: i === 13 ? attributes : { i } })));
  const r = await relayOnce(server, db, '--max-tries', '1');
  assert.deepEqual([r.said.sent, r.said.set_aside], [29, 1], r.stderr);
  assert.equal((await drain(server, queue)).length, 29);
});

inBoth('rows for a queue that is not there wait for it', async (db, t) => {
  const queue = `later-${db.kind}`;
  const there = (await sqs.queue()).split('/').pop();
  await db.put({ queue, body: '1' }, { queue: there, body: 'other' }, { queue, body: '2' });
  const r = relay(t, server, db, ['--max-tries', '1000']);
  await until('the other queue to have its message', async () => (await sqs.counts(there))[0] === 1);
  await r.says('no such queue');
  await sqs.ok('CreateQueue', { QueueName: queue });
  await until('the messages', async () => (await sqs.counts(queue))[0] === 2);
  await r.stop();
});

inBoth('a queue that is full makes rows wait and counts against none', async (db, t) => {
  const name = `small-${db.kind}`;
  await server.json('PUT', `/v1/queues/${name}`, { max_messages: 2 });
  await db.put(...Array.from({ length: 5 }, (_, i) => ({ queue: name, body: `${i}`, message_group: 'g' })));
  const once = await relayOnce(server, db, '--max-tries', '1');
  assert.equal(once.code, 1);
  assert.deepEqual([once.said.sent, once.said.set_aside], [2, 0]);
  const r = relay(t, server, db, ['--max-tries', '1']);
  const got = [];
  await until('all five', async () => {
    got.push(...bodies(await drain(server, name)));
    return got.length >= 5;
  }, 30_000);
  assert.deepEqual(got, ['0', '1', '2', '3', '4']);
  await r.stop();
});

inBoth('with --delete rows are gone when they were sent', async (db) => {
  const queue = (await sqs.queue()).split('/').pop();
  await db.put({ queue, body: 'a' }, { queue, body: 'b' });
  assert.equal((await relayOnce(server, db, '--delete')).said.sent, 2);
  assert.deepEqual(await db.rows(`select * from ${db.table}`), []);
});

inBoth('--dry-run shows everything and changes nothing', async (db) => {
  const queue = (await sqs.queue()).split('/').pop();
  await db.put(...Array.from({ length: 120 }, (_, i) => ({ queue, body: `b${i}`, message_group: 'g' })),
    { body: 'nowhere' });
  const r = await relayOnce(server, db, '--dry-run');
  assert.equal(r.code, 0);
  const lines = r.stdout.trim().split('\n').map((l) => JSON.parse(l));
  assert.equal(lines.length, 121);
  assert.deepEqual(lines[7], { id: '8', queue, group: 'g', body: 'b7' });
  assert.match(lines[120].problem, /names no queue/);
  assert.equal((await db.waiting()).length, 121);
  assert.deepEqual(await sqs.counts(queue), [0, 0, 0]);
});

inBoth('tables and columns may have any names', async (db) => {
  const queue = (await sqs.queue()).split('/').pop();
  const odd = `od"d; drop table ${db.table}; --`;
  const quoted = `"${odd.replaceAll('"', '""')}"`;
  const at = db.kind === 'sqlite' ? 'text' : 'timestamptz';
  await db.sql(`create table ${quoted}
      (nr integer primary key, "que""ue" text, "select" text, "sent at" ${at}, "e'r" text);
    insert into ${quoted} values (1, '${queue}', 'a', null, null), (2, '${queue}', '', null, null)`);
  const own = { flags: [...db.flags.slice(0, 2), '--table', odd, '--column', 'id=nr', '--column', 'queue=que"ue',
    '--column', 'body=select', '--column', 'sent_at=sent at', '--column', "error=e'r"] };
  const r = await relayOnce(server, own);
  assert.deepEqual([r.said?.sent, r.said?.set_aside], [1, 1], r.stderr);
  assert.deepEqual(bodies(await drain(server, queue)), ['a']);
  assert.deepEqual(await db.rows(`select * from ${db.table}`), []);
});

inBoth('ids may be texts in order', async (db) => {
  const fifo = await sqs.fifo();
  const queue = fifo.split('/').pop();
  const ids = Array.from({ length: 130 }, (_, i) => `01935f6b-0000-7000-8000-${String(i).padStart(12, '0')}`);
  await db.put(...ids.map((id) => ({ id, queue, body: id, message_group: 'g' })));
  const r = await relayOnce(server, db);
  assert.equal(r.said?.sent, 130, r.stderr);
  assert.deepEqual(bodies(await drain(server, fifo)), ids);
  assert.deepEqual(await db.waiting(), []);
}, { id: { sqlite: 'text primary key', postgres: 'uuid primary key' } });

inBoth('an id that is too long stops the relay with a sentence', async (db) => {
  const queue = (await sqs.queue()).split('/').pop();
  await db.put({ id: 'i'.repeat(100), queue, body: 'a' });
  assert.equal((await relayOnce(server, db)).said.sent, 1);
  await db.put({ id: 'i'.repeat(101), queue, body: 'a' }); // RELAY_ID_MAX is 100
  const r = await relayOnce(server, db);
  assert.equal(r.code, 4);
  assert.match(r.stderr, /has 101 bytes; ids are texts of 1 to 100 bytes/);
}, { id: { sqlite: 'text primary key', postgres: 'text primary key' } });

inBoth('large bodies are read few at a time', async (db, t) => {
  const queue = await sqs.queue();
  const big = db.kind === 'sqlite' ? "replace(hex(zeroblob(524288)), '00', 'ab')" : "repeat('ab', 524288)";
  // 30 MiB of bodies; RELAY_BYTES is 8 MiB.
  await db.sql(`${insert(db.table, ...Array.from({ length: 30 }, () => ({ queue: queue.split('/').pop(), body: '' })))}
    update ${db.table} set body = ${big};`);
  const r = relay(t, server, db);
  let most = 0;
  await until('30 messages', async () => {
    const status = fs.readFileSync(`/proc/${r.process.pid}/status`, 'utf8');
    most = Math.max(most, Number(/VmHWM:\s+(\d+)/.exec(status)[1]));
    return (await sqs.counts(queue))[0] === 30;
  }, 50_000);
  await r.stop();
  // The sanitizers keep freed memory for a while.
  if (!process.env.ASAN_OPTIONS?.includes('stack_use') || !/asan/.test(process.env.RINGI ?? ''))
    assert.ok(most < 80 * 1024, `${most} KiB at most`);
});

inBoth('a row that is refused again is tried again, later rows of its key behind it', async (db, t) => {
  const fifo = await sqs.fifo({ MaximumMessageSize: '1024' });
  const queue = fifo.split('/').pop();
  await db.put({ queue, body: `1${'x'.repeat(2000)}`, message_group: 'a' }, { queue, body: '2', message_group: 'a' },
    { queue, body: '3', message_group: 'b' });
  const r = relay(t, server, db, ['--max-tries', '1000']);
  await until('the other key', async () => (await sqs.counts(fifo))[0] === 1);
  await r.says('tries=2');
  await db.put({ queue, body: '4', message_group: 'a' }, { queue, body: '5', message_group: 'b' });
  await until('the other key, again', async () => (await sqs.counts(fifo))[0] === 2);
  await sqs.ok('SetQueueAttributes', { QueueUrl: fifo, Attributes: { MaximumMessageSize: '4096' } });
  await until('all', async () => (await sqs.counts(fifo))[0] === 5, 30_000);
  const got = await drain(server, fifo);
  assert.deepEqual(bodies(got.filter((m) => m.Attributes.MessageGroupId === 'a')).map((b) => b[0]), ['1', '2', '4']);
  await r.stop();
});

inBoth('rows committed while it runs are sent; SIGTERM ends it with a report', async (db, t) => {
  const queue = (await sqs.queue()).split('/').pop();
  const r = relay(t, server, db, ['--json']);
  await r.says('at work');
  for (let i = 0; i < 3; i++) {
    await db.put({ queue, body: `${i}` });
    await until(`message ${i}`, async () => (await sqs.counts(queue))[0] === i + 1);
  }
  await until('the marks', async () => (await db.waiting()).length === 0);
  assert.deepEqual(JSON.parse(await r.stop()), { sent: 3, refused: 0, set_aside: 0 });
});

inBoth('of two relays one works and the other takes over', async (db, t) => {
  const fifo = await sqs.fifo();
  const queue = fifo.split('/').pop();
  const first = relay(t, server, db);
  await first.says('at work');
  const second = relay(t, server, db);
  await second.says('standing by');
  const third = await relayOnce(server, db);
  assert.equal(third.code, 1);
  assert.match(third.stderr, /Another relay works on the table/);
  const rows = (from) => Array.from({ length: 40 }, (_, i) => ({ queue, body: String(from + i), message_group: 'g' }));
  await db.put(...rows(0));
  await until('the first ones', async () => (await sqs.counts(fifo))[0] === 40);
  assert.doesNotMatch(second.output, /at work/);
  await first.kill();
  await db.put(...rows(40));
  await second.says('at work');
  await until('the others', async () => (await sqs.counts(fifo))[0] === 80);
  assert.deepEqual(bodies(await drain(server, fifo)), Array.from({ length: 80 }, (_, i) => String(i)));
  await second.stop();
});

inBoth('while the server is away rows wait, and none of them is blamed', async (db, t) => {
  const own = await start();
  t.after(() => own.close());
  await own.sqs.json.ok('CreateQueue', { QueueName: 'q' });
  await own.stop();
  await db.put(...Array.from({ length: 20 }, (_, i) => ({ queue: 'q', body: `${i}`, message_group: 'g' })));
  const once = await relayOnce(own, db, '--max-tries', '1');
  assert.equal(once.code, 3);
  assert.match(once.stderr, /cannot be reached/);
  const r = relay(t, own, db, ['--max-tries', '1']);
  await r.says('the server takes nothing');
  own.agent = new (await import('node:http')).Agent({ keepAlive: true });
  await own.launch();
  await until('all', async () => (await own.sqs.json.counts('q'))[0] === 20, 30_000);
  assert.deepEqual(bodies(await drain(own, 'q')), Array.from({ length: 20 }, (_, i) => `${i}`));
  assert.equal((await db.waiting()).length, 0);
  await r.stop();
});

inBoth('what is asked wrongly is said in one sentence', async (db) => {
  const refused = async (code, text, ...args) => {
    const r = await ringi(['relay', ...args], { env: { RINGI_SERVER: server.url, RINGI_POSTGRES: '' } });
    assert.equal(r.code, code, r.stderr);
    assert.match(r.stderr, text);
    assert.match(r.stderr, /^ringi: [^\n]*\.\n$/);
  };
  const where = db.flags.slice(0, 2);
  await refused(2, /Give one database/);
  await refused(2, /--column must be ITS=NAME/, ...where, '--column', 'colour=blue');
  await refused(4, /no table nowhere/, ...where, '--table', 'nowhere');
  await db.sql(`create table ${db.table} (id integer primary key, queue text, body text, error text)`);
  await refused(4, /no column sent_at \(without it --delete is needed\)/, ...db.flags);
  await refused(4, /no column payload, which --column names/, ...db.flags, '--column', 'body=payload');
  await db.sql(`alter table ${db.table} drop column error`);
  await refused(4, /no column error; /, ...db.flags, '--delete');
}, { bare: true });

// ---- SQLite only

const sqlite = (name, fn) => test(name, { timeout: LIMIT_MS, skip: skipSqlite }, async (t) => {
  const db = new SqliteDatabase();
  t.after(() => db.stop());
  await fn(db, t);
});

sqlite('a file that the application keeps locked is waited for (WAL and rollback journal)', async (db, t) => {
  const queue = (await sqs.queue()).split('/').pop();
  await db.sql('pragma journal_mode=wal');
  await db.create();
  const r = relay(t, server, db);
  await r.says('at work');
  // The application's transaction lasts longer than one look; its row comes when it commits.
  const app = spawn('/usr/bin/python3', ['-c', `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
db.execute('begin immediate')
db.execute("insert into outbox (queue, body) values (?, 'late')", (sys.argv[2],))
print('open', flush=True)
sys.stdin.readline()
db.execute('commit')
print('done', flush=True)`, db.file, queue], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => app.kill());
  let said = '';
  app.stdout.on('data', (d) => { said += d; });
  await until('the transaction', () => said.includes('open'));
  assert.deepEqual(await sqs.counts(queue), [0, 0, 0]);
  app.stdin.write('\n');
  await until('the message', async () => (await sqs.counts(queue))[0] === 1);
  await r.stop();
  assert.equal((await db.rows('pragma journal_mode'))[0].journal_mode, 'wal');
});

sqlite('a file that was replaced is opened anew', async (db, t) => {
  const queue = (await sqs.queue()).split('/').pop();
  await db.create();
  await db.sql(insert('outbox', { queue, body: 'old' }));
  fs.copyFileSync(db.file, `${db.file}.backup`);
  const r = relay(t, server, db);
  await until('the row', async () => (await sqs.counts(queue))[0] === 1);
  fs.renameSync(`${db.file}.backup`, db.file);
  await until('the row of the backup', async () => (await sqs.counts(queue))[0] === 2);
  assert.match(r.output, /not the one that was opened/);
  await r.stop();
});

sqlite('bytes that are not UTF-8, or no text at all, are set aside', async (db) => {
  const queue = (await sqs.queue()).split('/').pop();
  await db.create();
  await db.sql(`insert into outbox (queue, body) values ('${queue}', x'c328'), ('${queue}', 'a' || char(0) || 'b'),
    ('${queue}', x'e38182'), ('${queue}', 17)`);
  const r = await relayOnce(server, db, '--max-tries', '1');
  assert.deepEqual([r.said.sent, r.said.set_aside], [2, 2], r.stderr);
  assert.deepEqual(bodies(await drain(server, queue)).sort(), ['17', 'あ']);
});

sqlite('the relay leaves no long log behind, and keeps the file as it is', async (db) => {
  const queue = (await sqs.queue()).split('/').pop();
  await db.create();
  await db.sql(insert('outbox', { queue, body: 'a' }));
  const mode = fs.statSync(db.file).mode;
  assert.equal((await relayOnce(server, db)).said.sent, 1);
  assert.equal(fs.statSync(db.file).mode, mode);
  assert.deepEqual(fs.readdirSync(db.dir).sort(), ['shop.db', 'shop.db-outbox.relay']);
});

// ---- PostgreSQL only

const postgres = (name, fn) => test(name, { timeout: LIMIT_MS, skip: skipPostgres }, async (t) => {
  const all = databases.find((d) => d.kind === 'postgres');
  const table = `outbox_${++tables}`;
  await all.create(table);
  await fn({ ...all, table, flags: [...all.flags, '--table', table], sql: (q) => all.sql(q), rows: (q) => all.rows(q) },
    t);
});

postgres('a notification is heard at once', async (db, t) => {
  const queue = (await sqs.queue()).split('/').pop();
  const r = relay(t, server, db, ['--poll-ms', '3600000', '--channel', 'news "of" tables']);
  await r.says('at work');
  for (let i = 1; i <= 3; i++) {
    await db.sql(`begin; ${insert(db.table, { queue, body: `${i}` })} notify "news ""of"" tables"; commit`);
    await until(`message ${i}`, async () => (await sqs.counts(queue))[0] === i);
  }
  await r.stop();
});

postgres('a table of another schema is found by its name', async (db) => {
  const queue = (await sqs.queue()).split('/').pop();
  await db.sql(`create schema "App"; alter table ${db.table} set schema "App"`);
  await db.sql(insert(`"App".${db.table}`, { queue, body: 'a' }));
  const r = await relayOnce(server, { flags: [...db.flags.slice(0, 2), '--table', `App.${db.table}`] });
  assert.equal(r.said?.sent, 1, r.stderr);
});

postgres('it needs few rights, and says beforehand which one is missing', async (db) => {
  const queue = (await sqs.queue()).split('/').pop();
  await db.sql(`${insert(db.table, { queue, body: 'a' })} create role poor login; grant select on ${db.table} to poor`);
  const own = { flags: ['--postgres', db.server.url.replace('ringi@', 'poor@'), '--table', db.table] };
  const r = await relayOnce(server, own);
  assert.equal(r.code, 4);
  assert.match(r.stderr, /permission denied for table/);
  assert.deepEqual(await sqs.counts(queue), [0, 0, 0]);
  await db.sql(`grant update (sent_at, error) on ${db.table} to poor`);
  assert.equal((await relayOnce(server, own)).said?.sent, 1);
});

postgres('bytes are no text', async (db) => {
  await db.sql(`alter table ${db.table} alter body type bytea using null`);
  const r = await relayOnce(server, db);
  assert.equal(r.code, 4);
  assert.match(r.stderr, /The column body of .* is bytea; messages are text\./);
});

postgres('a session that the database ends is followed by another', async (db, t) => {
  const fifo = await sqs.fifo();
  const queue = fifo.split('/').pop();
  const r = relay(t, server, db);
  await r.says('at work');
  await db.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ringi relay'");
  await db.sql(insert(db.table, { queue, body: '1', message_group: 'g' }));
  await until('the message', async () => (await sqs.counts(fifo))[0] === 1);
  assert.match(r.output, /the database failed/);
  await r.stop();
});

postgres('what was sent when the database went away is marked when it is back, not sent again', async (db, t) => {
  const queue = (await sqs.queue()).split('/').pop();
  await db.sql(insert(db.table, { queue, body: 'a' }, { queue, body: 'b' }, { queue, body: 'c' }));
  // Somebody holds the rows: they can be read, and not be marked.
  const { file, args, env } = db.server.psql();
  const holder = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => holder.kill());
  let said = '';
  holder.stdout.on('data', (d) => { said += d; });
  holder.stdin.write(`begin; select 'held' from ${db.table} for update;\n`);
  await until('the lock', () => said.includes('held'));
  const r = relay(t, server, db);
  await until('the messages', async () => (await sqs.counts(queue))[0] === 3);
  await db.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ringi relay'");
  // One of the rows is another one now, which has not been sent.
  holder.stdin.write(`update ${db.table} set body = 'B' where id = 2; commit;\n`);
  const open = () => db.rows(`select id from ${db.table} where sent_at is null`);
  await until('the marks', async () => (await open()).length === 0);
  await r.stop();
  assert.match(r.output, /the database failed/);
  assert.deepEqual(bodies(await drain(server, queue)).sort(), ['B', 'a', 'b', 'c']);
});

test('a PostgreSQL that goes away and comes back is waited for; its password is never told',
  { timeout: LIMIT_MS, skip: skipPostgres }, async (t) => {
  const password = 'geheim-8271';
  const own = await startPostgres({ password });
  t.after(() => own.stop());
  const queue = (await sqs.queue()).split('/').pop();
  const db = new PostgresDatabase(own);
  await db.create();
  const wrong = await relayOnce(server, { flags: ['--postgres', own.url.replace('@', ':wrong-4711@')] });
  assert.equal(wrong.code, 4);
  assert.match(wrong.stderr, /password authentication failed/);
  assert.doesNotMatch(wrong.stderr, /wrong-4711.*authentication|authentication.*wrong-4711/);
  const broken = await relayOnce(server, { flags: ['--postgres', 'postgres://ringi:wrong-4711@[::1/x'] });
  assert.equal(broken.code, 4);
  assert.doesNotMatch(broken.stderr, /wrong-4711/);

  const file = path.join(own.dir, 'pass');
  fs.writeFileSync(file, `127.0.0.1:*:*:ringi:${password}\n`, { mode: 0o600 });
  const r = relay(t, server, db, [], { PGPASSFILE: file });
  await r.says('at work');
  await own.restart({ hard: true });
  await db.sql(insert('outbox', { queue, body: 'a' }));
  await until('the message', async () => (await sqs.counts(queue))[0] === 1, 30_000);
  await r.stop();
  assert.doesNotMatch(r.output + r.stdout, /geheim/);
});

// ---- who may

inBoth('a relay without rights blames no row', async (db, t) => {
  const own = await start({ auth: 'on' });
  t.after(() => own.close());
  const admin = (...args) => ringi([...args, '--data', own.data], { env: { RINGI_SERVER: own.url } });
  for (const name of ['may', 'may-not']) assert.equal((await admin('queue', 'create', name)).code, 0);
  const key = JSON.parse((await admin('key', 'create', 'relay', '--allow', 'sqs:SendMessage:may', '--json')).stdout);
  const file = path.join(own.data, 'relay.key');
  fs.writeFileSync(file, `${key.access_key_id}\n${key.secret_access_key}\n`);
  await db.put({ queue: 'may-not', body: '1' }, { queue: 'may', body: '2' });
  const r = await relayOnce(own, { flags: [...db.flags, '--key-file', file] }, '--max-tries', '1');
  assert.equal(r.code, 1, r.stderr);
  assert.deepEqual(r.said, { sent: 1, refused: 0, set_aside: 0, with_error: 0, behind_them: 0 });
  assert.match(r.stderr, /"not allowed".*may-not/);
  assert.deepEqual((await db.waiting()).map((x) => x.error), [null]);
});
