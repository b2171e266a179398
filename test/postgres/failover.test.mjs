// failover.test.mjs - PostgreSQL as people run it: with a standby that is promoted when the
// primary dies (ringi begins anew from its rows, nothing acknowledged is lost), and over TLS.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { freePort, request, RINGI, run, start, until } from '../compat/lib.mjs';
import { skip, startPostgres, startStandby } from '../compat/postgres.mjs';
import { drain, sending } from './traffic.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-failover-'));
const started = [];

after(async () => {
  for (const db of started) await db.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

const serve = (name, where) => {
  delete process.env.RINGI_TEST_POSTGRES; // the place is said here
  return start({ data: path.join(folder, name), flags: ['--store', where] });
};

test('the primary is killed and its standby promoted: nothing acknowledged is lost', { skip }, async (t) => {
  const primary = await startPostgres({ settings: { fsync: 'on' } });
  started.push(primary);
  const standby = await startStandby(primary, { settings: { fsync: 'on' } });
  started.push(standby);
  await primary.sql("alter system set synchronous_standby_names = '*'");
  await primary.sql('select pg_reload_conf()');
  await until('the standby is synchronous',
    async () => await primary.sql("select count(*) from pg_stat_replication where sync_state = 'sync'") === '1');

  const where = `postgres://ringi@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/postgres?schema=two`;
  const server = await serve('two', where);
  const { QueueUrl } = await server.sqs.json.ok('CreateQueue', { QueueName: 'q' });
  const senders = sending(server, QueueUrl);
  await until('messages are taken', () => senders.acked.size > 100);
  const began = Date.now();
  await primary.crash();
  assert.equal(await standby.sql('select pg_promote()'), 't');
  const promoted = Date.now();
  await until('its end', () => server.ended, 30_000);
  t.diagnostic(`promotion ${promoted - began} ms, the end ${Date.now() - promoted} ms later`);
  await senders.stop();
  assert.equal(server.ended.code, 4, server.output);
  assert.match(server.output, /was promoted meanwhile|what became of it cannot be told/);

  const next = await serve('two', where); // reads what the rows say, whatever happened
  const url = QueueUrl.replace(server.host, next.host);
  await next.sqs.json.ok('SendMessage', { QueueUrl: url, MessageBody: 'after' });
  const got = await drain(next, url);
  assert.deepEqual([...senders.acked].filter((m) => !got.has(m)), []);
  assert.deepEqual([...got].filter(([m, times]) => times > 1 || !(m === 'after' || senders.tried.has(m))), []);
  await next.close();
  const whole = await run(RINGI, ['check', '--store', where]);
  assert.equal(whole.code, 0, whole.stdout + whole.stderr);
});

test('a standby that lags is promoted: what it lacks is lost, the rest is whole, and a waiting node goes on', { skip },
  async () => {
  const primary = await startPostgres({ settings: { fsync: 'on' } });
  started.push(primary);
  const standby = await startStandby(primary, { settings: { fsync: 'on' } });
  started.push(standby);
  const where = `postgres://ringi@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/postgres?schema=late`;
  const key = path.join(folder, 'master.key');
  fs.writeFileSync(key, '7'.repeat(64), { mode: 0o600 });
  const ports = { a: await freePort(), b: await freePort(), c: await freePort() };
  const node = (name) => start({ data: path.join(folder, name), flags: ['--store', where, '--standby',
    '--master-key-file', key, '--node', name, '--node-listen', `127.0.0.1:${ports[name]}`] });
  const at = (name) => request(`http://127.0.0.1:${ports[name]}`, { path: '/readyz' })
    .then((r) => JSON.parse(r.text), () => ({}));
  const a = await node('a'), b = await node('b'), c = await node('c');
  await until('both know the owner', async () => (await at('b')).owner === 'a' && (await at('c')).owner === 'a');
  const { QueueUrl } = await a.sqs.json.ok('CreateQueue', { QueueName: 'q' });
  const send = (body) => a.sqs.json.ok('SendMessage', { QueueUrl, MessageBody: body });
  for (let i = 0; i < 50; i++) await send(`kept${i}`);
  const end = await primary.sql('select pg_current_wal_lsn()');
  await until('the standby has them', async () =>
    await standby.sql(`select pg_last_wal_replay_lsn() >= '${end}'`) === 't');
  await standby.sql("alter system set primary_conninfo = ''");
  await standby.sql('select pg_reload_conf()');
  await until('it follows no more', async () => await primary.sql('select count(*) from pg_stat_replication') === '0');
  for (let i = 0; i < 50; i++) await send(`lost${i}`);
  await primary.crash();
  assert.equal(await standby.sql('select pg_promote()'), 't');
  await until('the owner ends', () => a.ended, 30_000);
  assert.equal(a.ended.code, 4, a.output);
  const next = await until('one goes on, and the other passes on to it', async () => {
    const all = [await at('b'), await at('c')];
    return all.every((n) => n.status === 'ready' && n.owner === all[0].owner && n.owner !== 'a') && all[0].owner;
  }, 30_000);
  const other = next === 'b' ? c : b;
  const url = QueueUrl.replace(a.host, other.host);
  await other.sqs.json.ok('SendMessage', { QueueUrl: url, MessageBody: 'after' });
  const got = await drain(other, url);
  assert.deepEqual([...got.keys()].sort(), ['after', ...Array.from({ length: 50 }, (_, i) => `kept${i}`)].sort());
  assert.ok([...got.values()].every((times) => times === 1));
  // Its name is still its own, now with the new primary.
  const same = await run(RINGI, ['serve', '--data', path.join(folder, 'same'), '--auth', 'off', '--listen',
    '127.0.0.1:0',
    '--store', where, '--standby', '--master-key-file', key, '--node', next === 'b' ? 'c' : 'b'], { limit: 20_000 });
  assert.deepEqual([same.code, /has the name [bc] already/.test(same.stderr)], [2, true], same.stderr);
  await other.close();
  await (next === 'b' ? b : c).close();
  const whole = await run(RINGI, ['check', '--store', where]);
  assert.equal(whole.code, 0, whole.stdout + whole.stderr);
});

test('a standby alone is no place to write: one sentence, and exit 2', { skip }, async () => {
  const primary = await startPostgres({ settings: { fsync: 'on' } });
  started.push(primary);
  const standby = await startStandby(primary, { settings: { fsync: 'on' } });
  started.push(standby);
  const r = await run(RINGI, ['serve', '--data', path.join(folder, 'reader'), '--auth', 'off', '--store', standby.url]);
  assert.equal(r.code, 2, r.stdout + r.stderr);
  assert.match(r.stderr, /session is read-only/);
});

test('over TLS every session is encrypted, and a server that cannot be verified is refused', { skip }, async () => {
  const db = await startPostgres({ settings: { fsync: 'on' } });
  started.push(db);
  const make = (name) => {
    const files = { key: path.join(db.dir, `${name}.key`), cert: path.join(db.dir, `${name}.crt`) };
    const r = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1',
      '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1',
      '-keyout', files.key, '-out', files.cert], { encoding: 'utf8' });
    assert.equal(r.status, 0, r.stderr);
    if (db.owner.uid !== undefined) fs.chownSync(files.key, db.owner.uid, db.owner.gid);
    fs.chmodSync(files.key, 0o600);
    return files;
  };
  const own = make('server'), other = make('other');
  Object.assign(db.settings, { ssl: 'on', ssl_cert_file: own.cert, ssl_key_file: own.key });
  await db.restart();
  // a copy that anybody may read: the folder is the database's own
  const [root, wrong] = [own, other].map(({ cert }, i) => {
    const to = path.join(folder, `root${i}.crt`);
    fs.copyFileSync(cert, to);
    return to;
  });
  const where = (file) => `${db.url}?schema=safe&sslmode=verify-full&sslrootcert=${file}`;

  const server = await serve('safe', where(root));
  const { QueueUrl } = await server.sqs.json.ok('CreateQueue', { QueueName: 'q' });
  await server.sqs.json.ok('SendMessage', { QueueUrl, MessageBody: 'hidden' });
  const sessions = await db.sql(`select count(*), count(*) filter (where ssl)
    from pg_stat_ssl join pg_stat_activity using (pid) where application_name like 'ringi%'`);
  const [all, safe] = sessions.split('|').map(Number);
  assert.ok(all >= 3, sessions);
  assert.equal(safe, all);
  await server.close();

  const r = await run(RINGI, ['serve', '--data', path.join(folder, 'wrong'), '--auth', 'off', '--store', where(wrong)]);
  assert.equal(r.code, 2, r.stdout + r.stderr);
  assert.match(r.stderr, /certificate verify failed/);
});
