// nodes.test.mjs - several servers of one schema know of each other: names, clocks, keys, who
// owns it, and what `ringi cluster`, /readyz and /metrics tell of that.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { RINGI, run, start, until } from '../compat/lib.mjs';
import { skip, startPostgres } from '../compat/postgres.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-nodes-'));
const key = path.join(folder, 'master.key');
const otherKey = path.join(folder, 'other.key');
let db, owner, standby;

/** A node that serves when it may; `name` is also its data folder. */
const node = (name, schema = 'several') => {
  delete process.env.RINGI_TEST_POSTGRES; // the place is said here
  return start({ data: path.join(folder, name),
    flags: ['--store', `${db.url}?schema=${schema}`, '--standby', '--master-key-file', key, '--node', name] });
};
const refused = async (flags, says) => {
  const r = await run(RINGI, ['serve', '--data', path.join(folder, 'refused'), '--auth', 'off', '--listen',
    '127.0.0.1:0',
    '--standby', '--store', `${db.url}?schema=several`, ...flags]);
  assert.equal(r.code, 2, r.stderr);
  assert.match(r.stderr, says);
  assert.equal(r.stderr.trim().split('\n').length, 1, `one sentence: ${r.stderr}`);
};
const cluster = async (server) => (await server.json('GET', '/v1/cluster')).data;
const seen = (name) => until(`${name} is seen`, async () => {
  const all = await cluster(owner);
  return all.nodes.some((n) => n.name === name && n.live) && all;
});

before(async () => {
  fs.writeFileSync(key, randomBytes(32).toString('hex'), { mode: 0o600 });
  fs.writeFileSync(otherKey, randomBytes(32).toString('hex'), { mode: 0o600 });
  if (skip) return;
  db = await startPostgres({ settings: { fsync: 'on' } });
  owner = await node('a');
  standby = node('b'); // serves when a has left
});
after(async () => {
  await db?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('who owns the schema and who stands by is seen by all who ask', { skip }, async () => {
  const all = await seen('b');
  assert.deepEqual([all.node, all.several, all.lease.node, all.lease.held], ['a', true, 'a', true]);
  assert.deepEqual(all.nodes.map((n) => [n.name, n.role]), [['a', 'owner'], ['b', 'standby']]);
  assert.ok(all.lease.age_ms < 3000 && all.seen_ms_ago < 3000, JSON.stringify(all));
  for (const n of all.nodes) assert.ok(Date.now() - Date.parse(n.started_at) < 60_000 && n.heartbeat_age_ms < 5000);
  const ready = await owner.json('GET', '/readyz');
  assert.deepEqual([ready.data.node, ready.data.role, ready.data.epoch], ['a', 'owner', all.lease.epoch]);
  const metrics = (await owner.request({ path: '/metrics' })).text;
  assert.match(metrics, /^ringi_node_owner 1$/m);
  assert.match(metrics, new RegExp(`^ringi_node_epoch ${all.lease.epoch}$`, 'm'));
  assert.match(metrics, /^ringi_node_heartbeat_age_ms\{node="b"\} \d+$/m);
});

test('ringi cluster shows them', { skip }, async () => {
  const env = { RINGI_SERVER: owner.url };
  const r = await run(RINGI, ['cluster'], { env });
  assert.equal(r.code, 0, r.stderr);
  assert.match(r.stdout, /^Lease: node a, epoch \d+, renewed \d+ ms ago\.\nNODE +ROLE/);
  assert.match(r.stdout, /^b +standby +true/m);
  const json = await run(RINGI, ['cluster', '--json'], { env });
  assert.equal(JSON.parse(json.stdout).nodes.length, 2);
});

test('a name that a live node has is refused, and is free again when that one was killed', { skip }, async () => {
  await seen('b');
  for (const name of ['a', 'b'])
    await refused(['--master-key-file', key, '--node', name],
      new RegExp(`live node of the schema several has the name ${name} already`));
  const killed = node('c', 'alone');
  await (await killed).crash();
  await (await node('c', 'alone')).close();
});

test('another master key, a wrong clock and a wrong name are refused', { skip }, async () => {
  await until('the key is known', () => db.sql('select key_print from several.node_key').catch(() => ''));
  await refused(['--master-key-file', otherKey, '--node', 'd'],
    /master key is not the one that the other nodes of the schema several have/);
  await refused(['--master-key-file', key, '--node', 'd e'], /--node d e: the name of a node/);
  await db.sql(`create schema late; create function late.clock_timestamp() returns timestamptz language sql as
    'select pg_catalog.clock_timestamp() + interval ''1 minute'''`);
  await refused(['--master-key-file', key, '--node', 'd', '--store', `${db.url}?schema=late`],
    /clock of this machine and the database's differ by (59|60)\d{3} ms; 5000 are allowed/);
  assert.equal(await db.sql("select count(*) from several.node where name = 'd'"), '0');
});

test('no more nodes than the limit; dead ones go', { skip }, async () => {
  await db.sql(`insert into several.node select 'x' || n, '', '', 'standby', 0, 0, now(), now() from generate_series(1, 30) n`);
  await refused(['--master-key-file', key, '--node', 'd'], /has 32 nodes already/);
  await db.sql("update several.node set heartbeat = now() - interval '2 minutes' where name like 'x%'");
  await until('they are gone', async () => (await cluster(owner)).nodes.length === 2);
});

test('who takes over is the owner, and who has left is not shown', { skip }, async () => {
  const { lease } = await cluster(owner);
  const began = Date.now();
  await owner.close();
  owner = await standby;
  assert.ok(Date.now() - began < 5000);
  const all = await until('b sees itself', async () => {
    const now = await cluster(owner);
    return now.lease.node === 'b' && now.nodes.length === 1 && now.nodes[0].role === 'owner' && now;
  });
  assert.ok(all.lease.epoch > lease.epoch && all.takeovers === 1, JSON.stringify(all));
  await owner.close();
  assert.equal(await db.sql('select count(*) from several.node'), '0');
});

test('a server alone says so', { skip }, async () => {
  const server = await start({ data: path.join(folder, 'single'), flags: ['--node', 'single'] });
  const all = await cluster(server);
  assert.deepEqual([all.several, all.node, all.nodes.map((n) => n.name)], [false, 'single', ['single']]);
  const r = await run(RINGI, ['cluster'], { env: { RINGI_SERVER: server.url } });
  assert.match(r.stdout, /^One server, alone on its store\./);
  await server.close();
});
