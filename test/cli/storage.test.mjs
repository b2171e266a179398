// storage.test.mjs - backup of a running server, restore, and check of what lies on the disk.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fresh, run, start, story } from '../compat/lib.mjs';
import { cli, folder, ringi } from './lib.mjs';

/** A stopped server's data folder with a queue and some messages. */
async function data(t) {
  const dir = path.join(folder(), 'data'), server = await start({ data: dir }), { ok } = cli(server), q = fresh();
  await ok('queue', 'create', q);
  await ok('send', q, 'kept', '--count', '50');
  const asked = await server.json('POST', '/v1/approvals', { subject: 's', policy: { need: 1, of: ['a'],
    deadline: { after: 'P1D' } } }, { 'X-Ringi-User': 'taro' });
  assert.equal(asked.status, 201, asked.text);
  await server.close();
  return { dir, q };
}
/** Changes rows behind the server's back. */
async function spoil(dir, sql) {
  const r = await run('/usr/bin/python3',
    ['-c', 'import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\nc.executescript(sys.argv[2])\nc.commit()',
    path.join(dir, 'ringi.db'), sql]);
  assert.equal(r.code, 0, r.stderr);
}

story('whole data is whole', async (t) => {
  const { dir } = await data(t);
  const r = await ringi(['check', '--data', dir, '--json']);
  assert.equal(r.code, 0, r.stdout + r.stderr);
  const said = JSON.parse(r.stdout);
  assert.deepEqual([said.queues, said.messages, said.problems, said.sentences], [1, 50, 0, []]);
});

story('each kind of damage is found', async (t) => {
  for (const [sql, promise] of [
    ['delete from message_body where id = (select min(id) from message_body)', 'K2'],
    ['delete from message where id = (select min(id) from message)', 'K2'],
    ["delete from queue where name like 'queue%'", 'K3'],
    ['update queue set next_position = 10', 'K4'],
    ['update queue set first_position = 10', 'K4'],
    ['update message set receive_count = -1 where id = (select min(id) from message)', 'K5'],
    ["update message_body set body = 'changed' where id = (select min(id) from message_body)", 'K6'],
    ["insert into session values ('s', zeroblob(32), 'nobody', 1, 1, 2, 'password', null, null)", 'C1, C3'],
    ["insert into login_link values (zeroblob(32), 'a', 1, 2, 'b')", 'C1, C3'],
    ["insert into account (person, oidc_issuer, created_at) values ('a', 'https://x', 1)", 'C1, C3'],
    ["insert into role_grant values ('user:a', 'nothing', 'x', 1)", 'O3'],
    ["insert into role_grant values ('a', 'operator', 'x', 1)", 'O3'],
    ['insert into notify_link values (zeroblob(32), 99, \'a\', zeroblob(16), 1, 1, 1, null)', 'N1'],
    ['update approval_timer set due_at = due_at + 1', 'T1, T4, T6'],
    ['update approval set due_at = null', 'T1, T4, T6'],
    ["insert into audit_whole values (4711, '{}')", 'K12'],
    ["insert into audit_whole select seq, '{}' from audit where seq = 1", 'K12'],
    ['update message_body set message_id = (select message_id from message_body limit 1)', 'K7'],
  ]) {
    const { dir } = await data(t);
    await spoil(dir, sql);
    const r = await ringi(['check', '--data', dir]);
    assert.equal(r.code, 4, `${sql}: ${r.stdout}${r.stderr}`);
    assert.match(r.stdout, new RegExp(`problem: ${promise} `), sql);
  }
});

story('a page that was overwritten is found', async (t) => {
  const { dir } = await data(t), file = path.join(dir, 'ringi.db');
  await spoil(dir, "delete from meta where name = 'none'");   // and with it the log is copied into the database
  const bytes = fs.readFileSync(file);
  for (let at = 4096 * 2; at < bytes.length; at += 4096 * 2) bytes.fill(0xa5, at, at + 512);
  fs.writeFileSync(file, bytes);
  for (const name of ['ringi.db-wal', 'ringi.db-shm']) fs.rmSync(path.join(dir, name), { force: true });
  const r = await ringi(['check', '--data', dir]);
  assert.equal(r.code, 4, r.stdout + r.stderr);
});

story('a running server\'s folder and a wrong one are refused', async (t) => {
  const dir = path.join(folder(), 'data'), server = await start({ data: dir });
  t.after(() => server.close());
  const busy = await ringi(['check', '--data', dir]);
  assert.deepEqual([busy.code, /Another ringi/.test(busy.stderr)], [4, true], busy.stderr);
  assert.equal((await ringi(['check', '--data', folder()])).code, 2);
});

story('a backup of a running server is restored elsewhere, with all that it had', async (t) => {
  const dir = folder(), server = await start({ data: path.join(dir, 'data') }), { ok, refused } = cli(server);
  t.after(() => server.close());
  await ok('queue', 'create', 'kept');
  await ok('send', 'kept', 'precious', '--count', '20');
  const copies = path.join(dir, 'data', 'backups'), copy = path.join(copies, 'copy.db');
  assert.match(await ok('backup', 'copy.db'), /backups\/copy\.db/);
  for (const made of [copies, copy])
    assert.equal(fs.statSync(made).mode & 0o077, 0, 'for its owner only');
  await refused(1, 'backup', copy);   // never over an older one
  fs.writeFileSync(path.join(copies, 'empty'), '');
  await refused(1, 'backup', 'empty');   // nor over an empty file
  assert.equal(fs.statSync(path.join(copies, 'empty')).size, 0);
  await ok('send', 'kept', 'too late');
  const r = await ringi(['restore', copy, '--data', path.join(dir, 'new')]);
  assert.deepEqual([r.code, r.stdout.split(' to ')[0]], [0, 'restored 1 queues, 20 messages'], r.stderr);
  for (const name of fs.readdirSync(path.join(dir, 'new')))
    assert.equal(fs.statSync(path.join(dir, 'new', name)).mode & 0o077, 0, `${name} is for its owner only`);
  const second = await start({ data: path.join(dir, 'new') });
  t.after(() => second.close());
  assert.equal(await cli(second).ok('receive', 'kept', '--max', '100', '--delete'), 'precious\n'.repeat(20));
});

story('a backup is written into the folder that the server was started with, and nowhere else', async (t) => {
  const dir = folder(), copies = path.join(dir, 'copies'), outside = path.join(dir, 'outside');
  const server = await start({ data: path.join(dir, 'data'), flags: ['--backup-dir', copies] });
  const { ok, refused } = cli(server);
  t.after(() => server.close());
  fs.mkdirSync(outside);
  fs.mkdirSync(path.join(copies, 'below'), { recursive: true });
  fs.symlinkSync(path.join(outside, 'x.db'), path.join(copies, 'link.db'));
  fs.symlinkSync(outside, path.join(copies, 'way'));
  for (const to of [path.join(outside, 'x.db'), '../outside/x.db', `${copies}/../outside/x.db`, `${copies}2/x.db`,
    copies, `${copies}/`, '.', '..', '.hidden', 'way/x.db', 'below/x.db', `${copies}//x.db`, 'a\nb.db',
      `${'x'.repeat(201)}`,
    '/etc/cron.d/x', path.join(dir, 'data', 'master.key')])
    await refused(1, 'backup', to);
  await refused(1, 'backup', 'link.db');   // a link that points to nothing is not followed
  assert.deepEqual(fs.readdirSync(outside), []);
  await ok('backup', path.join(copies, 'whole.db'));
  await ok('backup', 'x'.repeat(200));
  assert.deepEqual(fs.readdirSync(copies).sort(), ['below', 'link.db', 'way', 'whole.db', 'x'.repeat(200)]);
  const wrong = await ringi(['serve', '--data', path.join(dir, 'b'), '--backup-dir', 'relative']);
  assert.equal(wrong.code, 2);
});

story('a restore is refused into a folder with something in it, and takes back a broken copy', async (t) => {
  const { dir } = await data(t), other = folder();
  fs.writeFileSync(path.join(other, 'precious'), 'x');
  const full = await ringi(['restore', dir, '--data', other]);
  assert.deepEqual([full.code, fs.readdirSync(other)], [2, ['precious']], full.stderr);
  fs.writeFileSync(path.join(other, 'broken.db'), 'SQLite format 3\0 but not really'.repeat(400));
  const broken = await ringi(['restore', path.join(other, 'broken.db'), '--data', path.join(other, 'new')]);
  assert.equal(broken.code, 4, broken.stdout + broken.stderr);
  assert.ok(!fs.existsSync(path.join(other, 'new')), 'nothing is left behind');
  assert.equal((await ringi(['restore', path.join(other, 'none'), '--data', path.join(other, 'new')])).code, 2);
});

story('a killed server\'s folder is restored with its log, a running one\'s is refused', async (t) => {
  const dir = folder(), from = path.join(dir, 'data'), to = path.join(dir, 'new');
  const server = await start({ data: from }), { ok } = cli(server);
  t.after(() => server.crash());
  await ok('queue', 'create', 'kept');
  await ok('send', 'kept', 'precious', '--count', '20');
  const busy = await ringi(['restore', from, '--data', to]);
  assert.deepEqual([busy.code, /is using/.test(busy.stderr), fs.existsSync(to)], [4, true, false], busy.stderr);
  await server.crash();
  const r = await ringi(['restore', from, '--data', to]);
  assert.deepEqual([r.code, r.stdout.split(' to ')[0]], [0, 'restored 1 queues, 20 messages'], r.stderr);
});
