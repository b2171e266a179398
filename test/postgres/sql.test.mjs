// sql.test.mjs - applications send, submit, publish and cancel inside transactions of their own.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run, start, until } from '../compat/lib.mjs';
import { skip, startPostgres } from '../compat/postgres.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-sql-'));
let db, server;
const as = (role) => `set session authorization ${role};`;
const sql = (text, role = 'shop') => db.sql(`${as(role)} ${text}`);
const refusal = async (text, role) => {
  try { await sql(text, role); } catch (e) { return e.message; }
  return assert.fail(`${text} was taken`);
};

before(async () => {
  if (skip) return;
  db = await startPostgres({ settings: { fsync: 'on' } });
  delete process.env.RINGI_TEST_POSTGRES; // the place is said here
  server = await start({ data: path.join(folder, 'd'), flags: ['--store', `${db.url}?schema=ringi`] });
  for (const [name, set] of [['orders', {}], ['orders.fifo', { content_based_deduplication: true }],
    ['work', { track: true }],
    ['small', { max_messages: 1 }], ['strict', { schema: { type: 'object' } }], ['other', {}], ['orders-killed', {}],
    ['orders-sample', {}], ['orders-traced', {}]])
    assert.ok((await server.json('PUT', `/v1/queues/${name}`, set)).status < 300, name);
  await db.sql(`create role shop login; create role stranger login; create table public.sale (id int primary key);
    grant insert, select on public.sale to shop;
    select ringi.allow('shop', 'send', 'orders*'), ringi.allow('shop', 'send', 's*'), ringi.allow('shop', 'send', 'work'),
      ringi.allow('shop', 'submit_job', 'work'), ringi.allow('shop', 'cancel_job', 'work'), ringi.allow('shop', 'publish', 'news')`);
});
after(async () => {
  await server?.close();
  await db?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

const rows = (table) => db.sql(`select count(*) from ringi.${table}`);
const taken = () => until('all are taken', async () => await rows('sql_command') === '0');
const take = async (queue, max = 10) => (await server.sqs.json.ok('ReceiveMessage',
  { QueueUrl: queue, MaxNumberOfMessages: max, WaitTimeSeconds: 5, AttributeNames: ['All'],
    MessageAttributeNames: ['All'] }))
  .Messages ?? [];
const visible = async (queue) => (await server.json('GET', `/v1/queues/${queue}`)).data.visible;

test('committed means sent, once; rolled back means that it never was', { skip }, async () => {
  await sql(`begin; insert into public.sale values (1); select ringi.send('orders', 'never'); rollback`);
  const id = (await sql(`begin; insert into public.sale values (1); select ringi.send('orders', 'sold', attributes =>
    '{"kind": "paid", "amount": 3}'); commit`)).trim().split('\n').at(-1);
  const [m] = await take('orders');
  assert.deepEqual([m.Body, m.MessageId, m.Attributes.SenderId], ['sold', id, 'sql:shop']);
  assert.deepEqual(m.MessageAttributes, { kind: { DataType: 'String', StringValue: 'paid' },
    amount: { DataType: 'Number', StringValue: '3' } });
  await server.sqs.json.ok('DeleteMessage', { QueueUrl: 'orders', ReceiptHandle: m.ReceiptHandle });
  await taken();
  assert.deepEqual([await visible('orders'), await rows('sql_refused')], [0, '0']);
});

test('what was not committed yet is not there, whatever commits meanwhile', { skip }, async () => {
  const slow = sql(`begin; select ringi.send('orders', 'drew its number first'); select pg_sleep(0.5); commit`);
  await until('it has begun', async () => await db.sql(
    "select count(*) from pg_stat_activity where query like '%pg_sleep(0.5)%' and wait_event = 'PgSleep'") === '1');
  await sql(`select ringi.send('orders', 'second')`);
  assert.deepEqual((await take('orders')).map((m) => m.Body), ['second']);
  await slow;
  assert.deepEqual((await take('orders')).map((m) => m.Body), ['drew its number first']);
  await server.sqs.json.ok('PurgeQueue', { QueueUrl: 'orders' });
});

test('order within a group, deduplication, delays, many at once', { skip }, async () => {
  const ids = await sql(`select array_to_json(ringi.send_many('orders.fifo', array['a', 'b', 'c', 'b'], 'g'))`);
  await sql(`select ringi.send('orders.fifo', 'd', message_group => 'g', dedup => 'x');
    select ringi.send('orders.fifo', 'not again', message_group => 'g', dedup => 'x')`);
  await taken();
  const got = await take('orders.fifo');
  assert.deepEqual(got.map((m) => m.Body), ['a', 'b', 'c', 'd']);
  assert.deepEqual(got.slice(0, 3).map((m) => m.MessageId), JSON.parse(ids).slice(0, 3));
  await sql(`select ringi.send('orders', 'later', delay_s => 600)`);
  await taken();
  assert.equal((await server.json('GET', '/v1/queues/orders')).data.delayed, 1);
});

test('jobs: submitted, seen under the id that was told, canceled, each in its transaction', { skip }, async () => {
  const told = async (text) => (await sql(text)).trim().split('\n').at(-1);
  const job = async (id) => (await server.json('GET', `/v1/jobs/${id}`)).data;
  const id = await told(`select ringi.submit_job('work', '{"n": 1}', labels => '{"customer": "4711"}', priority => 7)`);
  await taken();
  const seen = await job(id);
  assert.deepEqual([seen.state, seen.payload, seen.labels, seen.priority, seen.requested_by],
    ['PENDING', { n: 1 }, { customer: '4711' }, 7, 'sql:shop']);
  await sql(`begin; select ringi.cancel_job('${id}', 'not wanted'); rollback`);
  await sql(`select ringi.cancel_job('${id}', 'ordered twice')`);
  await until('it is canceled', async () => (await job(id)).state === 'CANCELED');
  const { records } = (await server.json('GET', '/v1/audit?action=job.cancel')).data;
  assert.deepEqual(records.map((r) => [r.principal, r.reason]), [['sql:shop', 'ordered twice']]);
  const due = await told(`select ringi.submit_job('work', execute_at => now() + interval '1 day')`);
  const both = await told(`begin; create temp table made on commit drop as select ringi.submit_job('work') as id;
    select ringi.cancel_job(id) from made; select id from made; commit`);
  await taken();
  assert.ok(Date.parse((await job(due)).execute_at) > Date.now() + 86_000_000);
  assert.equal((await job(both)).state, 'CANCELED');
});

test('the trace of the session goes with messages, jobs and what the audit log says of them', { skip }, async () => {
  const [trace, span] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
  const set = (value) => `set local ringi.traceparent = '${value}';`;
  const parent = `00-${trace}-${span}-01`;
  const told = await sql(`begin; ${set(parent)} select ringi.send('orders-traced', 'one');
    select cardinality(ringi.send_many('orders-traced', array['two', 'three']));
    select ringi.submit_job('work'); commit; select ringi.send('orders-traced', 'none')`);
  const job = told.trim().split('\n').at(-2);
  // What is no traceparent is left out, as the header of a request is.
  for (const [i, wrong] of ['', 'x', `${parent}0`, `00-${'0'.repeat(32)}-${span}-01`, `ff-${trace}-${span}-01`,
    parent.toUpperCase(), `${parent}\n`, 'y'.repeat(5000)].entries())
    await sql(`begin; ${set(wrong)} select ringi.send('orders-traced', 'wrong ${i}'); commit`);
  await sql(`begin; ${set(parent)} select ringi.cancel_job('${job}', 'traced'); commit`);
  await taken();
  const got = new Map();
  for (let some; got.size < 12 && (some = await take('orders-traced')).length > 0;)
    for (const m of some) {
      got.set(m.Body, m.Attributes.AWSTraceHeader);
      await server.sqs.json.ok('DeleteMessage', { QueueUrl: 'orders-traced', ReceiptHandle: m.ReceiptHandle });
    }
  assert.deepEqual(['one', 'two', 'three'].map((b) => got.get(b)), [parent, parent, parent]);
  assert.equal(got.size, 12);
  for (const [body, header] of got)
    if (!['one', 'two', 'three'].includes(body)) assert.equal(header, undefined, body);
  const { data } = await server.json('GET', `/v1/jobs/${job}`);
  assert.deepEqual([data.trace_id, data.parent_span_id, data.state], [trace, span, 'CANCELED']);
  const { records } = (await server.json('GET', '/v1/audit?action=job.cancel')).data;
  assert.equal(records.find((r) => r.reason === 'traced').trace_id, trace);
});

test('a topic: to all that subscribe it', { skip }, async () => {
  await server.sns.ok('CreateTopic', { Name: 'news' });
  const arn = (kind, name) => `arn:aws:${kind}:us-east-1:000000000000:${name}`;
  await server.sns.ok('Subscribe', { TopicArn: arn('sns', 'news'), Protocol: 'sqs', Endpoint: arn('sqs', 'other') });
  await sql(`select ringi.publish('news', 'extra', subject => '号外', attributes => '{"k": "v"}')`);
  const [m] = await take('other');
  const { Message, Subject, MessageAttributes } = JSON.parse(m.Body);
  assert.deepEqual([Message, Subject, MessageAttributes.k.Value], ['extra', '号外', 'v']);
});

test('a full queue holds back its own in their order, and nobody else', { skip }, async () => {
  await sql(`select ringi.send('small', 'one'), ringi.send('small', 'two'), ringi.send('small', 'three'), ringi.send('strict', '{}')`);
  await until('another queue', async () => await visible('strict') === 1);
  const bodies = [];
  while (bodies.length < 3) {
    for (const m of await take('small')) {
      bodies.push(m.Body);
      await server.sqs.json.ok('DeleteMessage', { QueueUrl: 'small', ReceiptHandle: m.ReceiptHandle });
    }
  }
  assert.deepEqual(bodies, ['one', 'two', 'three']);
  await taken();
});

test('what is refused for good is kept with the reason, and can be tried again', { skip }, async () => {
  await sql(`select ringi.send('strict', 'no JSON'), ringi.send('strict', '{"fine": 1}')`);
  await taken();
  const [why] = await db.rows('select id, code, why, role_name, body from ringi.sql_refused');
  assert.deepEqual([why.code, why.role_name, why.body], ['SCHEMA_MISMATCH', 'shop', 'no JSON']);
  assert.match(why.why, /JSON/);
  assert.match((await server.request({ path: '/metrics' })).text, /^ringi_sql_refused_total 1$/m);
  await server.json('PUT', '/v1/queues/strict', { schema: null });
  await db.sql(`select ringi.retry_refused(${why.id})`);
  await taken();
  assert.deepEqual([await rows('sql_refused'), await visible('strict')], ['0', 3]);
});

test('wrong calls fail at once, in the caller\'s transaction', { skip }, async () => {
  for (const [call, says] of [
    ["send('nope', 'x')", /may not send with nope/], ["send('orders', null)", /body has 0 bytes/],
    ["send(null, 'x')", /may not send/], ["send('orders.fifo', 'x')", /message_group must say which/],
    ["send('orders', repeat('x', 1048577))", /body has 1048577 bytes; it may have 1 to 1048576/],
    ["send('orders', E'a\\x01')", /a character that messages may not have/],
    ["send('orders', 'x', delay_s => 901)", /delay_s is 901; it may be 0 to 900/],
    ["send('orders', 'x', priority => 10)", /priority is 10/],
      ["send('orders', 'x', message_group => 'a b')", /message_group/],
    ["send('orders', 'x', attributes => '[1]')", /attributes is a JSON object/],
    ["send('orders', 'x', attributes => '{\"k\": {}}')", /attributes has at most 10/],
    ["send('ordersx', 'x')", /There is no queue named ordersx/],
    ["send_many('orders', array[]::text[])", /1 to 1,000/],
      ["send_many('orders', array_fill('x'::text, array[1001]))", /1 to 1,000/],
    ["submit_job('orders')", /may not submit_job/],
      ["submit_job('work', execute_at => now() + interval '3 years')", /execute_at/],
    ["submit_job('work', labels => '{\"a b\": \"c\"}')", /labels has at most/],
    ["cancel_job(gen_random_uuid())", /may not cancel_job|no job/], ["publish('nothing', 'x')", /may not publish/],
  ]) assert.match(await refusal(`select ringi.${call}`), says, call);
  assert.equal(await rows('sql_command'), '0');
});

test('a role has what was allowed and nothing more', { skip }, async () => {
  for (const [text, role] of [
    ["select ringi.send('orders', 'x')", 'stranger'], ['select * from ringi.sql_command', 'shop'],
    ["insert into ringi.sql_command (kind, target, uuid, body, options, role_name, created_at) values ('send', 'other', '', 'x', '{}', 'x', 0)", 'shop'],
    ['select * from ringi.message_body', 'shop'], ["select ringi.allow('shop', '*', '*')", 'shop'],
    ["select ringi.sql_put('send', 'other', gen_random_uuid(), 'x', '{}')", 'shop'],
      ['select ringi.retry_refused(1)', 'shop'],
    ["insert into ringi.sql_grant values ('shop', '*', '*')", 'shop'],
  ]) assert.match(await refusal(text, role), /permission denied/, text);
  // Neither does a path or a temporary table of the caller's own.
  for (const trick of ['create temp table sql_grant as select \'shop\' as role_name, \'*\' as action, \'*\' as pattern;',
    "create function pg_temp.glob(text, text) returns bigint language sql as 'select 1::bigint'; set search_path = pg_temp, ringi, public;"])
    assert.match(await refusal(`${trick} select ringi.send('other', 'x')`), /may not send with other/, trick);
  await db.sql("select ringi.disallow('shop', 'send', 's*')");
  assert.match(await refusal("select ringi.send('small', 'x')"), /may not send with small/);
  await db.sql("select ringi.allow('shop', 'send', 's*')");
});

test('killed between the commit and the pick-up: nothing is lost, nothing comes twice', { skip }, async () => {
  const bodies = Array.from({ length: 3000 }, (_, i) => `k${i}`);
  const sending = (async () => {
    for (let i = 0; i < bodies.length; i += 500)
      await sql(`select cardinality(ringi.send_many('orders-killed', array['${bodies.slice(i, i + 500).join("','")}']))`);
  })();
  await until('some are there', async () => await visible('orders-killed') > 0);
  server.process.kill('SIGKILL');
  await sending;
  await server.restart({ hard: true });
  await taken();
  const got = [];
  while (got.length < bodies.length) {
    const some = await take('orders-killed');
    if (some.length === 0) break;
    got.push(...some.map((m) => m.Body));
    await server.sqs.json.ok('DeleteMessageBatch', { QueueUrl: 'orders-killed',
      Entries: some.map((m, i) => ({ Id: `${i}`, ReceiptHandle: m.ReceiptHandle })) });
  }
  assert.equal(new Set(got).size, bodies.length);
  assert.equal(got.length, bodies.length);
});

test('a row with which the transaction always fails is set aside, and others go on', { skip }, async () => {
  // By the owner's hand: a job under the id of another one.
  const id = (await sql("select ringi.submit_job('work')")).trim();
  await taken();
  await db.sql(`insert into ringi.sql_command (kind, target, uuid, body, options, role_name, created_at)
    values ('submit_job', 'work', uuid_send('${id}'), '1', '{}', 'shop', 1)`);
  await sql("select ringi.send('orders-killed', 'behind it')");
  await until('it is set aside', async () => await rows('sql_refused') === '1', 30_000);
  await taken();
  assert.equal((await take('orders-killed'))[0].Body, 'behind it');
  assert.equal(await db.sql("select string_agg(code, ' ') from ringi.sql_refused"), 'FAULT');
  await db.sql('delete from ringi.sql_refused');
});

test('the samples, each run as a stranger would run it', { skip }, async () => {
  const samples = path.join(ROOT, 'docs/clients/sql');
  const psql = db.psql();
  const env = { ...db.env(), PGUSER: 'shop', PGOPTIONS: '-c search_path=public', QUEUE: 'orders-sample' };
  await db.sql('grant create on schema public to shop');
  for (const [file, args] of [[psql.file, ['-X', '-q', '-v', 'queue=orders-sample', '-f', `${samples}/shop.sql`]],
    [process.execPath, [path.join(folder, 'shop.mjs')]], ['/usr/bin/python3', [`${samples}/shop.py`]]]) {
    fs.copyFileSync(`${samples}/shop.mjs`, path.join(folder, 'shop.mjs')); // beside the packages of the tests
    if (!fs.existsSync(path.join(folder, 'node_modules')))
      fs.symlinkSync(path.join(ROOT, 'test/node_modules'), path.join(folder, 'node_modules'));
    const r = await run(file, args, { env });
    assert.equal(r.code, 0, r.stdout + r.stderr);
  }
  await taken();
  assert.deepEqual((await take('orders-sample')).map((m) => JSON.parse(m.Body).item), ['a book', 'a lamp', 'a pencil']);
  assert.equal(await db.sql('select count(*) from public.shop_order'), '3');
});
