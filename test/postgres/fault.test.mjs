// fault.test.mjs - the server on a PostgreSQL that cuts its connections, dies, or is used by
// two: nothing acknowledged is lost or comes twice, and only one server writes.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { RINGI, freePort, run, start, until } from '../compat/lib.mjs';
import { skip, startPostgres } from '../compat/postgres.mjs';
import { drain, SENDERS, sending } from './traffic.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-postgres-'));
let db;

before(async () => { if (!skip) db = await startPostgres({ settings: { fsync: 'on' } }); });
after(async () => {
  await db?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

const place = (schema) => `${db.url}?schema=${schema}`;
const serve = (name, schema = name) => {
  delete process.env.RINGI_TEST_POSTGRES; // the place is said here
  return start({ data: path.join(folder, name), flags: ['--store', place(schema)] });
};
const refused = (where) => run(RINGI, ['serve', '--data', path.join(folder, 'refused'), '--auth', 'off', '--store',
  where]);

test('connections are cut while messages come: nothing is lost, nothing comes twice', { skip }, async () => {
  const server = await serve('cut');
  const { QueueUrl } = await server.sqs.json.ok('CreateQueue', { QueueName: 'q' });
  const senders = sending(server, QueueUrl);
  for (let i = 0; i < 5; i++) {
    const before = senders.acked.size;
    await db.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'ringi%'");
    await until('messages are taken again', () => senders.acked.size > before + 2 * SENDERS);
  }
  await senders.stop();
  assert.equal(server.ended, null, server.output);
  const got = await drain(server, QueueUrl);
  assert.deepEqual([...senders.acked].filter((m) => !got.has(m)), []);
  assert.deepEqual([...got].filter(([, times]) => times > 1), []);
  await server.close();
});

test('PostgreSQL is killed while messages come: nothing acknowledged is lost', { skip }, async () => {
  const server = await serve('killed');
  const { QueueUrl } = await server.sqs.json.ok('CreateQueue', { QueueName: 'q' });
  const senders = sending(server, QueueUrl);
  await until('messages are taken', () => senders.acked.size > 50);
  await db.restart({ hard: true });
  const before = senders.acked.size;
  // A commit whose outcome cannot be told ends the process, as documented; then it starts anew.
  await until('taken again, or the end', () => server.ended || senders.acked.size > before + 20);
  await senders.stop();
  if (server.ended) {
    assert.equal(server.ended.code, 4, server.output);
    await server.launch();
  }
  const got = await drain(server, QueueUrl);
  assert.deepEqual([...senders.acked].filter((m) => !got.has(m)), []);
  await server.close();
});

/** Votes until it is answered for good, with one request id: what a client does that was told to come again. */
async function votes(server, id, slow) {
  for (let n = 0; ; n++) {
    const began = performance.now();
    const r = await server.json('POST', `/v1/approvals/${id}/votes`, { do: 'approve', request_id: `once-${id}` },
      { 'X-Ringi-User': 'a' }).catch(() => null);
    slow.push(performance.now() - began);
    if (r?.status === 200) return r.data;
    assert.ok(r === null || r.status === 503, r?.text); // refused, or the server has ended
    if (server.ended) await (server.again ??= server.launch());
    await new Promise((done) => setTimeout(done, 50));
  }
}

test('PostgreSQL is killed while people decide: each decision is refused at once or stands, and counts once', { skip },
  async () => {
  const server = await serve('deciding');
  const ids = [], slow = [], by = { 'X-Ringi-User': 'taro' };
  for (let i = 0; i < 120; i++)
    ids.push((await server.json('POST', '/v1/approvals', { subject: 's', policy: { need: 1, of: ['a'] } },
      by)).data.id);
  let next = 0;
  const decided = async () => { while (next < ids.length) await votes(server, ids[next++], slow); };
  const all = Array.from({ length: SENDERS }, decided);
  await until('some have decided', () => next > 2 * SENDERS);
  await Promise.all([db.restart({ hard: true }), ...all]);
  for (const id of ids) {
    const { data } = await server.json('GET', `/v1/approvals/${id}?log=1`, undefined, by);
    assert.equal(data.state, 'APPROVED');
    for (const action of ['approval.voted', 'approval.closed'])
      assert.equal(data.events.filter((e) => e.action === action).length, 1, action);
  }
  assert.ok(Math.max(...slow) < 10_000, `${Math.max(...slow)} ms for an answer`);
  await server.close();
});

test('a second server is refused; after kill -9 the next one starts when the lease is over', { skip }, async () => {
  const server = await serve('twice');
  const second = await refused(place('twice'));
  assert.equal(second.code, 2);
  assert.match(second.stderr, /Another ringi \(node "ringi"\) is using the schema twice/);
  const began = Date.now();
  await server.restart({ hard: true });
  assert.ok(Date.now() - began < 8000, `took ${Date.now() - began} ms`);
  await server.close();
});

test('who was frozen past its lease writes nothing any more', { skip }, async () => {
  const frozen = await serve('frozen');
  const { QueueUrl } = await frozen.sqs.json.ok('CreateQueue', { QueueName: 'q' });
  frozen.process.kill('SIGSTOP');
  const next = await until('the lease is over', () => serve('next', 'frozen').catch(() => null), 15_000);
  frozen.process.kill('SIGCONT');
  await assert.rejects(frozen.sqs.json.ok('SendMessage', { QueueUrl, MessageBody: 'late' }));
  assert.deepEqual(await frozen.exit, { code: 4, signal: null });
  assert.match(frozen.output, /"?the lease is lost"?.*Another server has taken over the schema frozen/);
  assert.equal((await drain(next, QueueUrl.replace(frozen.host, next.host))).size, 0);
  await next.close();
});

test('a role that lacks a right is told which, and nothing is left half made', { skip }, async () => {
  await db.sql(`create role guest login; create schema closed; create schema half; create schema full_of;
    grant create on schema half to guest; grant usage, create on schema full_of to guest;`);
  const owner = await serve('full_of');
  await owner.close();
  const as = (schema) => place(schema).replace('ringi@', 'guest@');
  const inside = () => db.sql(`select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace
    where nspname in ('closed', 'half', 'made') or nspname = 'made'`);
  for (const [schema, says] of [
    ['made', /The role guest may not make a schema in the database postgres\. As its owner: create schema made/],
    ['closed', /The role guest may not make tables in the schema closed\. As its owner: grant usage, create on schema/],
    ['half', /The role guest may not make tables in the schema half\./], // it may not look into it
    ['full_of', /permission denied for table \w+ \(42501\)/], // another role's
  ]) {
    const r = await refused(as(schema));
    assert.equal(r.code, 2, schema + r.stderr);
    assert.match(r.stderr, says);
    assert.equal(await inside(), '0');
  }
  assert.equal(await db.sql("select count(*) from pg_namespace where nspname = 'made'"), '0');
  await db.sql('create schema made authorization guest'); // what the sentence said
  const server = await start({ data: path.join(folder, 'made'), flags: ['--store', as('made')] });
  await server.close();
});

test('a wrong place is one sentence without the password, and exit 2', { skip }, async () => {
  await db.sql('create schema others');
  await db.sql('create table others.t (id int)');
  for (const [where, says] of [
    ['postgres://u:s3cret@[bad', /no URL of PostgreSQL/],
    [`postgres://u:s3cret@127.0.0.1:${await freePort()}/x`, /No connection to PostgreSQL/],
    [`${db.url}?schema=Upper`, /The schema in the URL/],
    [place('others'), /tables that are not ringi's/],
    ['mysql://u:s3cret@host/x', /--store is sqlite, or a URL/],
  ]) {
    const r = await refused(where);
    assert.equal(r.code, 2, where);
    assert.match(r.stderr, says);
    assert.doesNotMatch(r.stderr, /s3cret/);
  }
  const file = path.join(folder, 'place');
  fs.writeFileSync(file, `${place('others')}\n`);
  const r = await run(RINGI, ['serve', '--data', path.join(folder, 'f'), '--store-file', file]);
  assert.match(r.stderr, /tables that are not ringi's/);
});
