// people.test.mjs - the directory and delegations, as a client sees them.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { fresh, start, story } from './lib.mjs';

const server = await start();
after(() => server.close());
const ask = (method, at, body, as) => server.json(method, `/v1${at}`, body, as ? { 'x-ringi-user': as } : {});
const ok = async (...args) => {
  const r = await ask(...args);
  assert.ok(r.status < 300, `${args[0]} ${args[1]}: ${r.status} ${r.text}`);
  return r.data;
};
const refused = async (status, code, ...args) => {
  const r = await ask(...args);
  assert.deepEqual([r.status, r.data?.code], [status, code], r.text);
  return r.data;
};

story('a person is put, shown, found, changed in part, and leaves', async () => {
  const [sales, boss, id] = [fresh('SALES'), fresh('boss'), fresh('𠮷田')];
  await ok('PUT', `/posts/manager`, { name: '課長', rank: 4 });
  await ok('PUT', `/people/${boss}`, { name: '髙﨑 一郎' });
  await ok('PUT', `/departments/${sales}`, { name: '営業部', head: boss });
  const at = `/people/${encodeURIComponent(id)}`;
  const put = await ok('PUT', at, { name: '𠮷田 花子', kana: 'ヨシダ ハナコ', email: `${boss}@example.com`,
    zone: 'Asia/Tokyo', attributes: { office: '大阪', cost: '12' },
    appointments: [{ department: sales, post: 'manager', main: true, until: '2027-04-01' }] });
  assert.deepEqual(put, { id, created: true, changed: true });
  assert.deepEqual(await ok('PUT', at, { attributes: { cost: null } }), { id, created: false, changed: true });
  assert.equal((await ok('PUT', at, { name: '𠮷田 花子' })).changed, false);
  const p = await ok('GET', at);
  assert.deepEqual([p.name, p.attributes, p.department, p.superior, p.takes_part, p.locale],
    ['𠮷田 花子', { office: '大阪' }, sales, boss, true, 'ja']);
  assert.deepEqual(p.appointments, [{ department: sales, post: 'manager', main: true, until: '2027-04-01' }]);
  assert.equal((await ok('GET', `${at}?at=2027-03-31T14:59:59Z`)).department, sales);
  assert.equal((await ok('GET', `${at}?at=2027-03-31T15:00:00Z`)).department, undefined);
  assert.deepEqual((await ok('GET', `/people?q=${encodeURIComponent('ハナコ')}`)).people.map((x) => x.id), [id]);
  assert.deepEqual((await ok('GET', `/people?q=${boss.toUpperCase()}%40EX`)).people.map((x) => x.id), [id]);
  await refused(409, 'CONFLICT', 'DELETE', at);
  await ok('PUT', at, { active: false });
  assert.equal((await ok('GET', at)).takes_part, false);
  assert.deepEqual((await ok('GET', `/people?active=false&q=${encodeURIComponent(id)}`)).people.length, 1);
  assert.equal((await ask('DELETE', at)).status, 204);
  await refused(404, 'NOT_FOUND', 'GET', at);
});

story('lists come in pages', async () => {
  const ids = [1, 2, 3].map((n) => fresh(`page${n}`));
  for (const id of ids) await ok('PUT', `/people/${id}`, { name: 'seite' });
  const first = await ok('GET', '/people?q=seite&limit=2');
  assert.equal(first.people.length, 2);
  const rest = await ok('GET', `/people?q=seite&limit=2&cursor=${first.cursor}`);
  assert.deepEqual([...first.people, ...rest.people].map((p) => p.id).sort(), ids.sort());
  assert.equal(rest.cursor, undefined);
  await refused(400, 'INVALID_PARAMETER', 'GET', '/people?limit=201');
  await refused(400, 'INVALID_PARAMETER', 'GET', `/people?q=${'x'.repeat(129)}`);
  await refused(400, 'INVALID_PARAMETER', 'GET', '/people?active=maybe');
});

story('groups of people have members for a time', async () => {
  const [a, b, group] = [fresh('a'), fresh('b'), fresh('legal')];
  for (const id of [a, b]) await ok('PUT', `/people/${id}`, { name: id });
  await ok('PUT', `/people-groups/${group}`, { title: '法務', members: [a, { person: b, from: '2027-01-01' }] });
  const g = await ok('GET', `/people-groups/${group}`);
  assert.deepEqual([g.title, g.people, g.members], ['法務', 2, [{ person: a }, { person: b, from: '2027-01-01' }]]);
  assert.deepEqual((await ok('GET', `/people/${a}`)).groups, [{ group }]);
  await ok('PUT', `/people/${a}`, { groups: [] });
  assert.equal((await ok('GET', `/people-groups/${group}`)).people, 1);
  assert.ok((await ok('GET', '/people-groups')).groups.some((x) => x.name === group));
  assert.equal((await ask('DELETE', `/people-groups/${group}`)).status, 204);
});

story('what is wrong is told by name, value and remedy', async () => {
  const id = fresh('x');
  const wrong = async (body, code, field) => {
    const r = await refused(code === 'OVER_LIMIT' ? 403 : 400, code, 'PUT', `/people/${id}`, { name: 'x', ...body });
    assert.equal(r.field, field, r.detail);
  };
  await wrong({ appointments: ['NOWHERE'] }, 'UNKNOWN_DEPARTMENT', 'appointments');
  await wrong({ groups: ['nobody'] }, 'UNKNOWN_PEOPLE_GROUP', 'groups');
  await wrong({ merged_into: 'nobody' }, 'UNKNOWN_PERSON', 'merged_into');
  await wrong({ zone: 'Asia/Nowhere' }, 'INVALID_PARAMETER', 'zone');
  await wrong({ email: 'x' }, 'INVALID_PARAMETER', 'email');
  await wrong({ from: '2026-02-30' }, 'INVALID_PARAMETER', 'from');
  await wrong({ attributes: { a: 'x'.repeat(257) } }, 'INVALID_PARAMETER', 'attributes');
  await wrong({ appointments: Array(17).fill('X') }, 'OVER_LIMIT', 'appointments');
  await refused(400, 'MALFORMED_INPUT', 'PUT', `/people/${id}`, { name: 'x', groups: [5] });
  await refused(400, 'INVALID_PARAMETER', 'PUT', `/people/${encodeURIComponent('ｘ')}`, { name: 'x' });
  await refused(400, 'INVALID_PARAMETER', 'PUT', '/people/ringi', { name: 'x' });
  await refused(400, 'MISSING_PARAMETER', 'PUT', `/people/${id}`, {});
  await refused(400, 'MISSING_PARAMETER', 'PUT', `/departments/${id}`, {});
  await refused(404, 'NOT_FOUND', 'GET', `/departments/${id}`);
});

story('a delegation is made, seen by both, and canceled', async () => {
  const [a, b, c] = [fresh('a'), fresh('b'), fresh('c')];
  await ok('PUT', `/people/${a}`, { name: a, zone: 'Asia/Tokyo' });
  const made = await ok('POST', '/delegations', { delegate: b, from: '2098-12-28', until: '2099-01-04',
    policies: 'expense-*', amount: { path: 'total', max: 100000.5 }, order: 2, reason: '休暇' }, a);
  assert.deepEqual([made.principal, made.delegate, made.from, made.until, made.amount, made.order, made.set_by],
    [a, b, '2098-12-27T15:00:00.000Z', '2099-01-03T15:00:00.000Z', { path: 'total', max: '100000.5' }, 2, a]);
  for (const [key, who] of [['principal', a], ['delegate', b]])
    assert.deepEqual((await ok('GET', `/delegations?${key}=${who}`)).delegations.map((d) => d.id), [made.id]);
  assert.equal((await ok('GET', `/delegations/${made.id}`)).reason, '休暇');
  await refused(409, 'CONFLICT', 'POST', '/delegations', { delegate: a, until: '2099-06-01' }, b);
  await ok('POST', '/delegations', { delegate: a, on_absence: true }, b);
  await refused(400, 'INVALID_PARAMETER', 'POST', '/delegations', { delegate: c, order: 10 }, a);
  await refused(400, 'MISSING_PARAMETER', 'POST', '/delegations', {}, a);
  assert.equal((await ask('DELETE', `/delegations/${made.id}`, undefined, c)).status, 204);
  assert.deepEqual((await ok('GET', `/delegations?principal=${a}`)).delegations, []);
  const [old] = (await ok('GET', `/delegations?principal=${a}&ended=true`)).delegations;
  assert.equal(old.canceled_by, c);
  await refused(409, 'CONFLICT', 'DELETE', `/delegations/${made.id}`);
  await refused(404, 'NOT_FOUND', 'GET', '/delegations/nothing');
});

story('an absence is set and canceled', async () => {
  const a = fresh('a');
  const made = await ok('POST', `/people/${a}/absences`, { until: '2099-01-01', reason: 'ill' }, a);
  assert.deepEqual((await ok('GET', `/people/${a}/absences`)).absences.map((x) => [x.id, x.reason]),
    [[made.id, 'ill']]);
  await refused(404, 'NOT_FOUND', 'DELETE', `/people/somebody/absences/${made.id}`);
  assert.equal((await ask('DELETE', `/people/${a}/absences/${made.id}`)).status, 204);
  assert.deepEqual((await ok('GET', `/people/${a}/absences`)).absences, []);
  assert.equal((await ok('GET', `/people/${a}/absences?ended=true`)).absences[0].id, made.id);
});

story('on a server that asks, people set their own and an administrator those of others', async () => {
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-people-'));
  const guarded = await start({ auth: 'on', data });
  try {
    const token = fs.readFileSync(path.join(data, 'admin.token'), 'utf8').trim();
    const as = (who, method, at, body) => guarded.json(method, `/v1${at}`, body,
      { authorization: `Bearer ${token}`, ...(who ? { 'x-ringi-user': who } : {}) });
    for (const id of ['hanako', 'taro', 'jiro'])
      assert.equal((await as(null, 'PUT', `/people/${id}`, { name: id })).status, 201);
    const own = await as('hanako', 'POST', '/delegations', { delegate: 'taro' });
    assert.deepEqual([own.status, own.data.principal], [201, 'hanako'], own.text);
    const others = await as('taro', 'POST', '/delegations', { delegate: 'taro', principal: 'jiro' });
    assert.deepEqual([others.status, others.data.code], [403, 'NOT_ALLOWED']);
    const admin = await as(null, 'POST', '/delegations', { delegate: 'taro', principal: 'jiro', reason: 'ill' });
    assert.equal(admin.status, 201, admin.text);
    const unknown = await as('hanako', 'POST', '/delegations', { delegate: 'nobody' });
    assert.deepEqual([unknown.status, unknown.data.code], [400, 'UNKNOWN_PERSON']);
    assert.equal((await as('taro', 'GET', '/delegations')).data.delegations.length, 2);
    assert.equal((await as('hanako', 'GET', '/delegations')).data.delegations.length, 1);
    assert.equal((await as('hanako', 'GET', `/delegations/${admin.data.id}`)).status, 404);
    assert.equal((await as('hanako', 'DELETE', `/delegations/${admin.data.id}`)).status, 403);
    assert.equal((await as('hanako', 'POST', '/people/taro/absences', { until: '2099-01-01' })).status, 403);
    assert.equal((await as('taro', 'POST', '/people/taro/absences', { until: '2099-01-01' })).status, 201);
    assert.equal((await as('taro', 'GET', '/people/hanako')).status, 403);
    assert.equal((await as('taro', 'GET', '/people/taro')).status, 200);
    assert.equal((await as('taro', 'PUT', '/people/taro', { active: false })).status, 403);
  } finally {
    await guarded.close();
    fs.rmSync(data, { recursive: true, force: true });
  }
});

story('a file of people is tried, refused as a whole, imported, and exported again', async () => {
  const [a, b] = [fresh('csv-a'), fresh('csv-b')];
  const csv = `\ufeffid,name,zone,until,attr:tel\r\n${a},"髙﨑, 𠮷 😀",Asia/Tokyo,2099-04-01,+81-3\r\n${b},@b,,,\r\n`;
  const tried = await ok('POST', '/people:import', { csv, dry_run: true });
  assert.deepEqual([tried.imported, tried.added, tried.error_count], [false, 2, 0]);
  assert.deepEqual(tried.changes.map((c) => [c.id, c.what]), [[a, 'added'], [b, 'added']]);
  assert.deepEqual(tried.changes[0].fields.until, { to: '2099-04-01' });
  await refused(404, 'NOT_FOUND', 'GET', `/people/${a}`);
  const wrong = `${csv}${fresh('c')},x,Asia/Nowhere,,\r\n`;
  assert.match((await refused(400, 'INVALID_PARAMETER', 'POST', '/people:import', { csv: wrong })).detail,
    /Nothing was imported: line 4, column zone: /);
  const { errors } = await ok('POST', '/people:import', { csv: wrong, dry_run: true });
  assert.deepEqual([errors[0].line, errors[0].column], [4, 'zone']);
  await refused(404, 'NOT_FOUND', 'GET', `/people/${a}`);
  const done = await ok('POST', '/people:import', { csv });
  assert.deepEqual([done.imported, done.added, done.errors], [true, 2, []]);
  assert.equal((await ok('POST', '/people:import', { csv })).unchanged, 2);
  assert.equal((await ok('GET', `/people/${a}`)).until, '2099-04-01');
  let [whole, cursor] = ['', ''];
  do {
    const page = await ok('GET', `/people:export?limit=1${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    whole += page.csv;
    cursor = page.cursor;
  } while (cursor);
  assert.ok(whole.includes(`${b},"'@b",`), whole);
  const again = await ok('POST', '/people:import', { csv: whole, dry_run: true });
  assert.deepEqual([again.unchanged, again.error_count], [whole.trim().split('\r\n').length - 1, 0]);
  await refused(400, 'MISSING_PARAMETER', 'POST', '/people:import', {});
});
