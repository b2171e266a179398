// audit.test.mjs - `ringi audit`: the log is exported, verified, forgotten in parts, followed.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { fresh, run, start } from '../compat/lib.mjs';
import { cli, folder, ringi } from './lib.mjs';

const server = await start();
after(() => server.close());
const { ok, json, refused, at } = cli(server);

/** Makes so many records. */
async function changes(n) {
  for (let i = 0; i < n; i++) await server.json('PUT', `/v1/queues/${fresh()}`, {});
}

async function exported(t) {
  const file = path.join(folder(), 'audit.jsonl');
  fs.writeFileSync(file, await ok('audit', 'export'));
  return file;
}

test('the log of a server, of its folder and of an export all hold', async (t) => {
  await changes(20);
  const live = await json('audit', 'verify');
  assert.equal(live.result, 'good');
  assert.ok(live.records >= 20);
  const file = await json('audit', 'verify', await exported(t));
  const data = await json('audit', 'verify', '--folder', server.data);
  for (const other of [file, data]) assert.deepEqual([other.chain, other.last], [live.chain, live.last]);
  assert.equal((await ringi(['audit', 'verify', '--folder', path.join(server.data, 'none')])).code, 4);
  assert.equal((await ringi(['audit', 'verify', path.join(server.data, 'none')])).code, 2);
});

test('a record says who, what and from where', async () => {
  const name = fresh();
  await server.json('PUT', `/v1/queues/${name}`, {}, { 'User-Agent': 'a'.repeat(300),
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' });
  const [r] = await json('audit', 'list', '--resource', `queue:${name}`);
  assert.equal(r.action, 'queue.create');
  assert.equal(r.address, '127.0.0.1');
  assert.equal(r.client, 'a'.repeat(256));
  assert.equal(r.trace_id, '4bf92f3577b34da6a3ce929d0e0e4736');
  assert.match(r.request_id, /^[0-9a-f-]{36}$/);
});

test('lists are told by resource, principal, action and time, page by page', async () => {
  await changes(5);
  const count = async (...args) => (await json('audit', 'list', '--limit', '1000', ...args)).length;
  const all = await count();
  assert.equal(await count('--principal', 'anonymous') + await count('--principal', 'ringi'), all);
  assert.equal(await count('--action', 'queue.create'), await count('--action', 'queue.*'));
  assert.equal(await count('--action', 'queue.delete'), 0);
  assert.equal(await count('--from', '2100-01-01T00:00:00Z'), 0);
  assert.equal(await count('--to', '2100-01-01T00:00:00Z'), all);
  for (const filter of [[], ['--principal', 'anonymous'], ['--action', 'queue.create']]) {
    const two = await json('audit', 'list', '--limit', '2', ...filter);
    const next = await json('audit', 'list', '--limit', '1', '--cursor', String(two[0].seq), ...filter);
    assert.deepEqual(next[0], two[1]);
  }
  await refused(1, 'audit', 'list', '--from', 'yesterday');
});

test('what was done to an export is found, with its place', async (t) => {
  await changes(10);
  const file = await exported(t);
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const place = lines.findIndex((l) => l.startsWith('{"seq":7,'));
  const wrong = async (changed) => {
    fs.writeFileSync(file, changed.join('\n'));
    const r = await at(['audit', 'verify', file, '--json']);
    assert.equal(r.code, 4);
    const said = JSON.parse(r.stdout);
    assert.equal(said.result, 'WRONG');
    return said;
  };
  const changed = await wrong(lines.with(place, lines[place].replace('queue.create', 'queue.delete')));
  assert.equal(changed.record, 7);
  assert.match(changed.wrong, /record 7 was changed/);
  assert.match((await wrong(lines.toSpliced(place, 1))).wrong, /record 7 is missing/);
  assert.match((await wrong(lines.toSpliced(place, 0, lines[place]))).wrong, /repeated or out of order/);
  assert.match((await wrong(lines.slice(0, -2))).wrong, /its end is missing/);
  assert.match((await wrong(['hello', ''])).wrong, /line 1/);
});

test('an anchor finds a cut end, and a key what somebody else signed', async (t) => {
  const other = await start({ flags: ['--test-clock'] });
  t.after(() => other.close());
  const there = cli(other);
  await other.json('PUT', `/v1/queues/${fresh()}`, {});
  const short = path.join(folder(), 'short.jsonl');
  fs.writeFileSync(short, await there.ok('audit', 'export'));
  await other.json('PUT', `/v1/queues/${fresh()}`, {});
  await other.json('PUT', '/v2/clock', { timestamp: Date.now() + 120_000 });
  const anchor = path.join(folder(), 'anchor.jsonl');
  fs.writeFileSync(anchor, await there.ok('audit', 'checkpoints'));
  assert.match(fs.readFileSync(anchor, 'utf8'), /^\{"checkpoint":3,/);
  const key = (await there.ok('audit', 'key')).trim();
  assert.equal((await there.json('audit', 'verify', '--anchor', anchor, '--key', key)).anchored, 1);
  const cut = await there.at(['audit', 'verify', short, '--anchor', anchor, '--json']);
  assert.match(JSON.parse(cut.stdout).wrong, /the end is cut off, or this is an older copy/);
  assert.equal((await there.at(['audit', 'verify', short])).code, 0);
  const foreign = await there.at(['audit', 'verify', '--key', '0'.repeat(64), '--json']);
  assert.match(JSON.parse(foreign.stdout).wrong, /a key that was not named/);
  const mixed = await at(['audit', 'verify', '--anchor', anchor, '--json']);
  assert.match(JSON.parse(mixed.stdout).wrong, /another log/);
  await there.refused(2, 'audit', 'verify', '--key', 'abc');
});

test('personal data is forgotten, and the log still holds', async (t) => {
  await changes(3);
  const before = await json('audit', 'list', '--limit', '1');
  assert.equal(before[0].address, '127.0.0.1');
  await refused(1, 'audit', 'redact', '--reason', 'x');
  await refused(1, 'audit', 'redact', '--origin');
  const r = await json('audit', 'redact', '--origin', '--reason', 'kept for a day');
  assert.ok(r.redacted >= 3);
  const [note, last] = await json('audit', 'list', '--limit', '2');
  assert.equal(note.action, 'audit.redact');
  assert.equal(note.reason, 'kept for a day');
  assert.equal(note.detail.redacted, r.redacted);
  assert.equal(last.address, undefined);
  assert.equal(last.redacted, true);
  assert.equal(last.hash, before[0].hash);
  const held = await json('audit', 'verify', await exported(t));
  assert.equal(held.result, 'good');
  assert.equal(held.redacted, r.redacted);
  assert.equal((await json('audit', 'redact', '--origin', '--reason', 'again')).redacted, 1);
});

test('old records go from the front, and the rest still holds', async (t) => {
  const old = await start({ flags: ['--test-clock'] });
  t.after(() => old.close());
  const there = cli(old);
  for (let i = 0; i < 5; i++) await old.json('PUT', `/v1/queues/${fresh()}`, {});
  const day = new Date(Date.now() + 3600_000).toISOString();
  await there.refused(1, 'audit', 'retain', '--before', day, '--reason', 'seven years');
  await old.json('PUT', '/v2/clock', { timestamp: Date.now() + 40 * 86400_000 });
  await old.json('PUT', `/v1/queues/${fresh()}`, {});
  const anchor = path.join(folder(), 'anchor.jsonl');
  fs.writeFileSync(anchor, await there.ok('audit', 'checkpoints'));
  const r = await there.json('audit', 'retain', '--before', day, '--reason', 'seven years');
  assert.deepEqual([r.removed, r.last], [6, 6]);
  const held = await there.json('audit', 'verify', '--anchor', anchor);
  assert.deepEqual([held.result, held.first, held.last, held.anchored], ['good', 7, 8, 1]);
  assert.equal((await old.json('GET', '/v1/audit/6')).status, 404);
  assert.equal((await old.request({ path: '/v1/audit/export?after=3' })).status, 200);
  assert.equal((await old.json('GET', '/v1/audit/export?after=9')).status, 400);
});

test('a row that somebody changed is found, in the running server and by check', async () => {
  const victim = await start({ data: folder() });
  const there = cli(victim);
  for (let i = 0; i < 5; i++) await victim.json('PUT', `/v1/queues/${fresh()}`, {});
  const db = path.join(victim.data, 'ringi.db');
  const sql = (text) => run('sqlite3', [db, text]);
  assert.match((await sql("update audit set principal = 'x' where seq = 3")).stderr, /do not change/);
  assert.match((await sql('delete from audit where seq = 3')).stderr, /from the front only/);
  await sql("drop trigger audit_no_change; update audit set principal = 'x' where seq = 3");
  const r = await there.at(['audit', 'verify', '--json']);
  assert.equal(r.code, 4);
  assert.equal(JSON.parse(r.stdout).record, 3);
  await sql("update audit set hash = 'no hash' where seq = 2");
  assert.equal(JSON.parse((await there.at(['audit', 'verify', '--json'])).stdout).record, 2);
  await victim.stop();
  const checked = await ringi(['check', '--data', victim.data]);
  assert.equal(checked.code, 4);
  assert.match(checked.stdout, /A1 audit log: .*record 2/);
});

test('who may read the log is asked', async (t) => {
  const guarded = await start({ auth: 'on' });
  t.after(() => guarded.close());
  const admin = { Authorization: `Bearer ${fs.readFileSync(path.join(guarded.data, 'admin.token'), 'utf8').trim()}` };
  const made = await guarded.json('POST', '/v1/keys', { name: 'reader', rules: ['ringi:ReadAudit:*'] }, admin);
  const none = await guarded.json('POST', '/v1/keys', { name: 'none', rules: ['sqs:*:*'] }, admin);
  const as = (key, method, where, body) =>
    guarded.json(method, where, body, { Authorization: `Bearer ${key.data.token}` });
  for (const where of ['/v1/audit', '/v1/audit/1', '/v1/audit/export', '/v1/audit/checkpoints', '/v1/audit/key']) {
    const get = (key) => guarded.request({ path: where, headers: { Authorization: `Bearer ${key.data.token}` } });
    assert.equal((await get(made)).status, 200, where);
    assert.equal((await get(none)).status, 403, where);
  }
  const body = { origin: true, reason: 'r' };
  assert.equal((await as(made, 'POST', '/v1/audit/redact', body)).status, 403);
  assert.equal((await as(made, 'POST', '/v1/audit/retain', { before: '2020-01-01T00:00:00Z', reason: 'r' })).status,
    403);
});

test('approvals are rebuilt from their records', async (t) => {
  const policy = { need: 2, of: ['sato', 'suzuki', 'tanaka'] };
  const as = (user) => ({ 'X-Ringi-User': user });
  const open = async () => {
    const r = await server.json('POST', '/v1/approvals', { policy, subject: 'a desk', applicant: 'ito', data: {} },
      as('ito'));
    assert.equal(r.status, 201, r.text);
    return r.data;
  };
  const vote = (a, user, what) => server.json('POST', `/v1/approvals/${a.id}/votes`,
    { do: what, comment: 'c' }, as(user));
  const one = await open();
  const other = await open();
  assert.equal((await vote(one, 'sato', 'approve')).status, 200);
  const moment = new Date().toISOString();
  await new Promise((done) => setTimeout(done, 5));
  assert.equal((await vote(one, 'suzuki', 'approve')).status, 200);
  assert.equal((await vote(other, 'tanaka', 'reject')).status, 200);
  await vote(one, 'tanaka', 'approve'); // too late: a record, no change
  const all = await json('audit', 'replay');
  assert.deepEqual([all.approvals, all.differ], [2, 0]);
  const then = await json('audit', 'replay', one.id, '--at', moment);
  assert.equal(then.state, 'PENDING');
  assert.deepEqual(then.slots.map((s) => s.state), ['DECIDED', 'WAITING', 'WAITING']);
  assert.equal((await json('audit', 'replay', one.id, '--show')).state, 'APPROVED');
  const file = await exported(t);
  await ok('audit', 'replay', one.id, '--file', file);
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replaceAll('\\"by\\":\\"suzuki\\"', '\\"by\\":\\"mallory\\"'));
  const r = await at(['audit', 'replay', one.id, '--file', file]);
  assert.equal(r.code, 4);
  assert.match(r.stdout, /slot 2: by is "mallory" in the log and "suzuki" in the rows/);
  await refused(2, 'audit', 'replay', '00000000-0000-0000-0000-000000000000', '--show');
});
