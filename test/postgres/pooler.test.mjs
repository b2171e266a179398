// pooler.test.mjs - Debian's pgbouncer between ringi and PostgreSQL: pooling sessions it serves, and
// comes back when it is cut; pooling transactions or statements it is refused, with nothing left in
// the sessions that others use. Applications may call the SQL functions through any mode but
// statements.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { freePort, request, RINGI, run, start, until } from '../compat/lib.mjs';
import { skip as noPostgres, startPostgres } from '../compat/postgres.mjs';
import { drain, SENDERS, sending } from './traffic.mjs';

const BOUNCER = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find((f) => fs.existsSync(f));
const skip = noPostgres || (BOUNCER ? false : 'pgbouncer is not installed (Debian package pgbouncer)');
const SHARED = /A connection pooler gives ringi no session of its own .*pool_mode = session/;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-pooler-'));
const key = path.join(folder, 'master.key');
const poolers = [];
let db;

/** A pgbouncer of one's own on a free port, by the user that PostgreSQL runs as (it refuses root). */
class Pooler {
  configure(mode, more = '') {
    const file = (name, text) => {
      const at = path.join(this.dir, name);
      fs.writeFileSync(at, text);
      if (db.owner.uid !== undefined) fs.chownSync(at, db.owner.uid, db.owner.gid);
      return at;
    };
    const users = file('users', '"ringi" ""\n"shop" ""\n');
    return file('pgbouncer.ini', `[databases]\n* = host=127.0.0.1 port=${db.port}\n[pgbouncer]\nlisten_addr = 127.0.0.1
listen_port = ${this.port}\nunix_socket_dir =\nauth_type = trust\nauth_file = ${users}\npool_mode = ${mode}\nlogfile =
ignore_startup_parameters = extra_float_digits\n${more}\n`);
  }

  async launch(mode, more) {
    this.port ??= await freePort();
    this.dir ??= fs.mkdtempSync(path.join(db.dir, 'pooler-'));
    if (db.owner.uid !== undefined) fs.chownSync(this.dir, db.owner.uid, db.owner.gid);
    const ini = this.configure(mode, more);
    this.said = '';
    this.process = spawn(BOUNCER, [ini], { ...db.owner, cwd: this.dir, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const s of [this.process.stdout, this.process.stderr]) s.on('data', (d) => { this.said += d; });
    this.exit = new Promise((done) => { this.process.on('exit', done); });
    await until(`pgbouncer (${mode}) is up`, async () => (await this.ask('select 1').catch(() => 0)) === '1')
      .catch((e) => { throw new Error(`${e.message}: ${this.said}`); });
    return this;
  }

  /** psql by this way, the statements each as they are written. */
  async ask(text, user = 'ringi') {
    const { file, args, env } = db.psql();
    const r = await run(file, args, { env: { ...env, PGPORT: String(this.port), PGUSER: user }, input: text });
    if (r.code !== 0) throw new Error(r.stderr);
    return r.stdout.trim();
  }

  place(schema) { return `postgres://ringi@127.0.0.1:${this.port}/postgres?schema=${schema}`; }

  async end(signal = 'SIGKILL') {
    this.process.kill(signal);
    await this.exit;
  }
}
const pooler = async (mode, more) => {
  poolers.push(new Pooler());
  return poolers.at(-1).launch(mode, more);
};

before(async () => {
  fs.writeFileSync(key, randomBytes(32).toString('hex'), { mode: 0o600 });
  delete process.env.RINGI_TEST_POSTGRES; // the place is said here
  if (!skip) db = await startPostgres({ settings: { fsync: 'on' } });
});
after(async () => {
  for (const p of poolers) await p.end();
  await db?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

const serve = (name, where, ...flags) =>
  start({ data: path.join(folder, name), flags: ['--store', where, '--node', name, ...flags] });
const refused = async (where, ...flags) => {
  const r = await run(RINGI, ['serve', '--data', path.join(folder, 'refused'), '--auth', 'off', '--listen',
    '127.0.0.1:0',
    '--store', where, ...flags]);
  assert.equal(r.code, 2, r.stdout + r.stderr);
  assert.match(r.stderr, SHARED);
  assert.equal(r.stderr.trim().split('\n').length, 1, `one sentence: ${r.stderr}`);
};

test('pooled sessions: served; cut, killed and started again, nothing is lost or comes twice', { skip }, async () => {
  const way = await pooler('session');
  const server = await serve('cut', way.place('cut'));
  const { QueueUrl } = await server.sqs.json.ok('CreateQueue', { QueueName: 'q' });
  const senders = sending(server, QueueUrl);
  const goesOn = async () => {
    const before = senders.acked.size;
    await until('messages are taken again', () => senders.acked.size > before + 2 * SENDERS, 20_000);
  };
  await goesOn();
  for (let i = 0; i < 2; i++) {
    await db.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'ringi%'");
    await goesOn();
  }
  await way.end();
  await way.launch('session');
  await goesOn();
  await senders.stop();
  assert.equal(server.ended, null, server.output);
  const got = await drain(server, QueueUrl);
  assert.deepEqual([...senders.acked].filter((m) => !got.has(m)), []);
  assert.deepEqual([...got].filter(([, times]) => times > 1), []);
  await server.close();
});

test('pooled sessions: a standby that passes on takes over from who was killed', { skip }, async (t) => {
  const way = await pooler('session');
  const ports = [await freePort(), await freePort()];
  const node = (name, i) => serve(name, way.place('several'), '--standby', '--master-key-file', key,
    '--node-listen', `127.0.0.1:${ports[i]}`);
  const first = await node('a', 0), second = await node('b', 1);
  await until('b knows the owner', async () =>
    JSON.parse((await request(`http://127.0.0.1:${ports[1]}`, { path: '/readyz' })).text).owner === 'a');
  const { QueueUrl } = await first.sqs.json.ok('CreateQueue', { QueueName: 'q' });
  const url = QueueUrl.replace(first.host, second.host);
  await second.sqs.json.ok('SendMessage', { QueueUrl: url, MessageBody: 'before' });
  const began = Date.now();
  await first.crash();
  await until('b serves', async () => (await second.sqs.json.call('SendMessage',
    { QueueUrl: url, MessageBody: 'after' })
    .catch(() => ({}))).ok, 15_000);
  t.diagnostic(`kill -9 to the first acknowledged send: ${Date.now() - began} ms`);
  assert.deepEqual([...(await drain(second, url)).keys()].sort(), ['after', 'before']);
  await second.close();
});

for (const mode of ['transaction', 'statement'])
  for (const more of ['', 'server_round_robin = 1'])
    test(`pooled ${mode}s ${more}: refused with a sentence, and nothing is left behind`, { skip }, async () => {
      const way = await pooler(mode, more);
      const used = ['show search_path', 'show lock_timeout',
        'select count(*) from pg_locks where locktype = $$advisory$$'];
      const before = await Promise.all(used.map((q) => way.ask(q)));
      const schema = `no_${poolers.length}`;
      await refused(way.place(schema));
      await refused(way.place(schema), '--standby', '--master-key-file', key, '--node', 'n');
      const r = await run(RINGI, ['check', '--store', way.place(schema)]);
      assert.deepEqual([r.code, SHARED.test(r.stderr)], [2, true], r.stderr);
      assert.deepEqual(await Promise.all(used.map((q) => way.ask(q))), before);
      assert.equal(await db.sql(`select count(*) from pg_namespace where nspname = '${schema}'`), '0');
      assert.equal(await db.sql(`select count(*) from pg_stat_activity where application_name = 'ringi engine'
        and state <> 'idle'`), '0');
    });

test('a pooler that begins to share sessions while ringi runs ends it with the same sentence', { skip }, async () => {
  const way = await pooler('session', 'server_round_robin = 1');
  const server = await serve('changed', way.place('changed'));
  const { QueueUrl } = await server.sqs.json.ok('CreateQueue', { QueueName: 'q' });
  way.configure('transaction', 'server_round_robin = 1');
  way.process.kill('SIGHUP');
  await until('it ends', async () => {
    await server.json('GET', '/v1/queues').catch(() => null); // a reader lets go of its session
    await server.sqs.json.call('SendMessage', { QueueUrl, MessageBody: 'x' }).catch(() => null);
    return server.ended;
  }, 20_000);
  assert.deepEqual(server.ended, { code: 4, signal: null }, server.output);
  assert.match(server.output, SHARED);
});

test('applications call the functions through pooled transactions; pooled statements refuse begin', { skip },
  async () => {
  const server = await serve('direct', `${db.url}?schema=direct`);
  await server.sqs.json.ok('CreateQueue', { QueueName: 'orders' });
  await db.sql("create role shop login; select direct.allow('shop', 'send', 'orders')");
  const way = await pooler('transaction'), single = await pooler('statement');
  await way.ask("begin; select direct.send('orders', 'committed'); commit", 'shop');
  await way.ask("begin; select direct.send('orders', 'never'); rollback", 'shop');
  await single.ask("select direct.send('orders', 'alone')", 'shop');
  await assert.rejects(single.ask("begin;\nselect direct.send('orders', 'never');\ncommit", 'shop'),
    /transaction blocks not allowed in statement pooling mode/);
  await until('all are taken', async () => await db.sql('select count(*) from direct.sql_command') === '0');
  const { Messages } = await server.sqs.json.ok('ReceiveMessage',
    { QueueUrl: 'orders', MaxNumberOfMessages: 10, AttributeNames: ['SenderId'] });
  assert.deepEqual(Messages.map((m) => [m.Body, m.Attributes.SenderId]),
    [['committed', 'sql:shop'], ['alone', 'sql:shop']]);
  await server.close();
});
