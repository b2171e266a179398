// roles.test.mjs - what people may do on a server that asks: roles, scopes, programs that act for
// people, and the table of every route and role, asked of the living server.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { RINGI, fresh, run, start, story } from './lib.mjs';

const data = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-roles-'));
const server = await start({ auth: 'on', data });
after(async () => { await server.close(); fs.rmSync(data, { recursive: true, force: true }); });
const root = fs.readFileSync(path.join(data, 'admin.token'), 'utf8').trim();

/** /v1 with a bearer token, maybe as somebody. */
const ask = (token, method, at, body, as) => server.json(method, at, body,
  { authorization: `Bearer ${token}`, ...(as === undefined ? {} : { 'x-ringi-user': as }) });
async function key(...rules) {
  const r = await ask(root, 'POST', '/v1/keys', { name: fresh('key'), rules });
  assert.equal(r.status, 201, r.text);
  return r.data.token;
}
const role = async (name, ...rules) => {
  const r = await ask(root, 'PUT', `/v1/roles/${name}`, { rules });
  assert.ok([200, 201].includes(r.status), r.text);
};
const grant = async (name, person) =>
  assert.equal((await ask(root, 'PUT', `/v1/roles/${name}/holders/user:${person}`)).status, 204);
const revoke = async (name, person) =>
  assert.equal((await ask(root, 'DELETE', `/v1/roles/${name}/holders/user:${person}`)).status, 204);
/** A program that serves people and may everything that they may. */
const intranet = await key('*:*:*');
const refused = (r, status, code) => assert.deepEqual([r.status, r.data?.code], [status, code], r.text);

story('a person may what their roles say, from the grant to the revocation', async () => {
  await role('looker', 'ringi:GetQueue:orders-*');
  await ask(root, 'PUT', '/v1/queues/orders-1', {});
  const look = () => ask(intranet, 'GET', '/v1/queues/orders-1', undefined, 'hanako');
  refused(await look(), 403, 'NOT_ALLOWED');
  await grant('looker', 'hanako');
  assert.equal((await look()).status, 200);
  refused(await ask(intranet, 'GET', '/v1/queues/bills-1', undefined, 'hanako'), 403, 'NOT_ALLOWED');
  refused(await ask(intranet, 'GET', '/v1/queues/orders-1', undefined, 'jiro'), 403, 'NOT_ALLOWED');
  const mine = await ask(intranet, 'GET', '/v1/people/hanako/roles', undefined, 'hanako');
  assert.deepEqual(mine.data.roles.map((r) => r.role), ['looker', 'person']);
  refused(await ask(intranet, 'GET', '/v1/people/jiro/roles', undefined, 'hanako'), 403, 'NOT_ALLOWED');
  await revoke('looker', 'hanako');
  refused(await look(), 403, 'NOT_ALLOWED');
});

story('a role that is changed is changed for all who have it', async () => {
  await role('changing', 'ringi:GetQueue:orders-*');
  await grant('changing', 'saburo');
  await ask(root, 'PUT', '/v1/queues/orders-2', {});
  const look = () => ask(intranet, 'GET', '/v1/queues/orders-2', undefined, 'saburo');
  assert.equal((await look()).status, 200);
  await role('changing', 'ringi:GetQueue:bills-*');
  refused(await look(), 403, 'NOT_ALLOWED');
  refused(await ask(root, 'DELETE', '/v1/roles/changing'), 409, 'CONFLICT');
  await revoke('changing', 'saburo');
  assert.equal((await ask(root, 'DELETE', '/v1/roles/changing')).status, 204);
  refused(await ask(root, 'GET', '/v1/roles/changing'), 404, 'NOT_FOUND');
});

story('who acts as somebody needs the right to, and may no more than both', async () => {
  const plain = await key('ringi:GetQueue:*');
  refused(await ask(plain, 'GET', '/v1/queues/orders-1', undefined, 'hanako'), 403, 'NOT_ALLOWED');
  await grant('administrator', 'boss');
  const bare = await key('ringi:ActAs:*');
  refused(await ask(bare, 'GET', '/v1/keys', undefined, 'boss'), 403, 'NOT_ALLOWED');
  const some = await key('ringi:ActAs:bo*', 'ringi:ListRoles:*');
  assert.equal((await ask(some, 'GET', '/v1/roles', undefined, 'boss')).status, 200);
  refused(await ask(some, 'GET', '/v1/keys', undefined, 'boss'), 403, 'NOT_ALLOWED');
  refused(await ask(some, 'GET', '/v1/roles', undefined, 'hanako'), 403, 'NOT_ALLOWED');
  refused(await ask(some, 'GET', '/v1/roles', undefined, 'bo b'), 400, 'INVALID_PARAMETER');
  await revoke('administrator', 'boss');
  refused(await ask(some, 'GET', '/v1/roles', undefined, 'boss'), 403, 'NOT_ALLOWED');
});

story('who may not do it learns nothing about people, and nothing about what they sent', async () => {
  for (const id of ['there', 'gone']) await ask(root, 'PUT', `/v1/people/${id}`, { name: id, active: id === 'there' });
  const as = (method, at, body) => ask(intranet, method, at, body, 'nosy');
  const period = { from: '2098-01-01', until: '2098-01-02' };
  const said = new Set();
  for (const id of ['there', 'gone', 'nowhere']) {
    for (const body of [period, { from: 'x' }, { nonsense: 1 }]) {
      refused(await as('POST', `/v1/people/${id}/absences`, body), 403, 'NOT_ALLOWED');
      refused(await as('POST', '/v1/delegations', { principal: id, delegate: 'there', ...body }),
        body.nonsense ? 400 : 403, body.nonsense ? 'INVALID_PARAMETER' : 'NOT_ALLOWED');
    }
    const r = await as('DELETE', `/v1/people/${id}/absences/01890000-0000-7000-8000-000000000000`);
    refused(r, 403, 'NOT_ALLOWED');
    said.add(r.data.detail.replaceAll(id, 'X'));
    refused(await as('PUT', `/v1/people/${id}`, { nonsense: 1 }), 403, 'NOT_ALLOWED');
    refused(await as('DELETE', `/v1/people/${id}?x=y`), 403, 'NOT_ALLOWED');
  }
  assert.equal(said.size, 1);
  for (const at of ['policies', 'departments', 'posts', 'people-groups'])
    refused(await as('PUT', `/v1/${at}/x`, { nonsense: 1 }), 403, 'NOT_ALLOWED');
});

story('records of roles and calendars name them as the others do', async () => {
  await role('noted', 'ringi:GetQueue:orders-*');
  await grant('noted', 'hanako');
  await ask(root, 'PUT', '/v1/calendars/noted', { holidays: ['2098-01-01'] });
  const { records } = (await ask(root, 'GET', '/v1/audit?resource=role:noted')).data;
  assert.deepEqual(records.map((x) => [x.action, x.detail]),
    [['role.grant', { holder: 'user:hanako' }], ['role.put', { rules: '["ringi:GetQueue:orders-*"]' }]]);
  const of = (await ask(root, 'GET', '/v1/audit?resource=calendar:noted')).data.records;
  assert.deepEqual(of.map((x) => [x.action, x.detail]), [['calendar.put', { version: 1, days: 1 }]]);
});

story('nobody gives, changes or takes what they do not have', async () => {
  await role('weak', 'ringi:*Role:*', 'ringi:GetQueue:orders-*');
  await role('strong', 'ringi:DeleteQueue:*');
  await grant('weak', 'deputy');
  const as = (method, at, body) => ask(intranet, method, at, body, 'deputy');
  refused(await as('PUT', '/v1/roles/strong/holders/user:deputy'), 403, 'NOT_ALLOWED');
  refused(await as('PUT', '/v1/roles/administrator/holders/user:deputy'), 403, 'NOT_ALLOWED');
  refused(await as('DELETE', '/v1/roles/administrator/holders/user:boss'), 403, 'NOT_ALLOWED');
  refused(await as('PUT', '/v1/roles/weak', { rules: ['*:*:*'] }), 403, 'NOT_ALLOWED');
  refused(await as('PUT', '/v1/roles/strong', { rules: ['ringi:GetQueue:orders-*'] }), 403, 'NOT_ALLOWED');
  refused(await as('DELETE', '/v1/roles/strong'), 403, 'NOT_ALLOWED');
  assert.equal((await as('PUT', '/v1/roles/weak/holders/user:friend')).status, 204);
  assert.equal((await as('PUT', '/v1/roles/weaker', { rules: ['ringi:GetQueue:orders-1'] })).status, 201);
  refused(await as('POST', '/v1/keys', { name: 'mine', rules: ['ringi:GetQueue:orders-1'] }), 403, 'NOT_ALLOWED');
});

story('roles that make no sense are refused', async () => {
  const put = (name, body) => ask(root, 'PUT', `/v1/roles/${encodeURIComponent(name)}`, body);
  for (const rules of [[], ['x'], ['ringi:Nothing:*'], ['ringi:GetQueue:*@everywhere@if(true)'], [1],
    Array(65).fill('ringi:GetQueue:*')])
    refused(await put('wrong', { rules }), 400, 'INVALID_PARAMETER');
  assert.equal((await put('many', { rules: Array(64).fill('ringi:GetQueue:*') })).status, 201);
  refused(await put('a b', { rules: ['ringi:GetQueue:*'] }), 400, 'INVALID_PARAMETER');
  refused(await put('n'.repeat(65), { rules: ['ringi:GetQueue:*'] }), 400, 'INVALID_PARAMETER');
  refused(await put('noted', { rules: ['ringi:GetQueue:*'], note: 'x'.repeat(1025) }), 400, 'INVALID_PARAMETER');
  for (const name of ['administrator', 'person'])
    refused(await put(name, { rules: ['ringi:GetQueue:*'] }), 409, 'CONFLICT');
  refused(await ask(root, 'PUT', '/v1/roles/person/holders/user:hanako'), 409, 'CONFLICT');
  refused(await ask(root, 'PUT', '/v1/roles/nothing/holders/user:hanako'), 404, 'NOT_FOUND');
  refused(await ask(root, 'PUT', '/v1/roles/many/holders/hanako'), 400, 'INVALID_PARAMETER');
});

story('a right is explained by the rule and the role it comes from', async () => {
  const explain = async (query, as) =>
    (await ask(intranet, 'GET', `/v1/rights:explain?${new URLSearchParams(query)}`, undefined, as)).data;
  await role('explained', 'ringi:GetQueue:orders-*', 'ringi:GetRolesOf:*@department');
  await grant('explained', 'hanako');
  const yes = await explain({ action: 'ringi:GetQueue', resource: 'orders-9' }, 'hanako');
  assert.deepEqual([yes.allowed, yes.rule, yes.role], [true, 'ringi:GetQueue:orders-*', 'explained']);
  const no = await explain({ action: 'ringi:GetQueue', resource: 'bills' }, 'hanako');
  assert.deepEqual([no.allowed, no.reason], [false, 'no rule allows this action on this resource']);
  const perhaps = await explain({ action: 'ringi:GetRolesOf', resource: 'jiro' }, 'hanako');
  assert.deepEqual([perhaps.allowed, perhaps.allowed_if], [false, ['own', 'department']]);
  const own = await explain({ action: 'ringi:GetRolesOf', resource: 'hanako', own: true }, 'hanako');
  assert.deepEqual([own.allowed, own.role], [true, 'person']);
  assert.equal((await explain({ action: 'ringi:GetQueue', principal: 'jiro' }, 'hanako')).code, 'NOT_ALLOWED');
  assert.equal((await explain({ action: 'ringi:Nothing' }, 'hanako')).code, 'INVALID_PARAMETER');
  const cli = await run(RINGI, ['user', 'rights', 'hanako', 'ringi:GetQueue', 'orders-9', '--json',
    '--data', data, '--server', server.url]);
  assert.equal(cli.code, 0, cli.stderr);
  assert.equal(JSON.parse(cli.stdout).role, 'explained');
});

story('the command line makes roles and gives them', async () => {
  const ringi = async (...args) => {
    const r = await run(RINGI, [...args, '--data', data, '--server', server.url]);
    assert.equal(r.code, 0, `${args}: ${r.stderr}`);
    return r.stdout;
  };
  await ringi('role', 'put', 'typed', '--allow', 'ringi:GetQueue:typed-*', '--note', 'by hand');
  await ringi('role', 'grant', 'typed', 'kana');
  assert.deepEqual(JSON.parse(await ringi('user', 'roles', 'kana', '--json')).map((r) => r.role), ['typed', 'person']);
  assert.match(await ringi('role', 'list'), /typed .* by hand/);
  assert.match(await ringi('role', 'show', 'typed'), /user:kana/);
  await ringi('role', 'revoke', 'typed', 'kana');
  await ringi('role', 'delete', 'typed');
});

story('an open stream ends when the role is taken away', async () => {
  await role('watcher', 'ringi:WatchEvents:*');
  await grant('watcher', 'shiro');
  const text = await new Promise((resolve, reject) => {
    let all = '';
    const req = http.get(`${server.url}/v1/events`, { headers: { authorization: `Bearer ${intranet}`,
      'x-ringi-user': 'shiro', accept: 'text/event-stream' } }, (res) => {
      res.setEncoding('utf8').on('data', (d) => { all += d; }).on('end', () => resolve(all)).on('error', reject);
      revoke('watcher', 'shiro').catch(reject);
    });
    req.on('error', reject);
  });
  assert.match(text, /may not watch this any more/);
});

story('how somebody gets in who may more is not changed through the directory', async () => {
  await grant('administrator', 'above-boss');
  await grant('process-owner', 'above-owner');
  await grant('administrator', 'above-peer');
  const put = (as, body) => ask(intranet, 'PUT', '/v1/people/above-boss', body, as);
  const bring = (as, csv, more) => ask(intranet, 'POST', '/v1/people:import', { csv, ...more }, as);
  const boss = async () => (await ask(root, 'GET', '/v1/people/above-boss')).data;
  await ask(root, 'PUT', '/v1/people/above-boss', { name: 'Boss', email: 'boss@example.com' });
  const there = await boss();
  refused(await put('above-owner', { email: 'owner@example.com' }), 403, 'NOT_ALLOWED');
  refused(await put('above-owner', { email: '' }), 403, 'NOT_ALLOWED');
  refused(await put('above-owner', { active: false }), 403, 'NOT_ALLOWED');
  refused(await put('above-owner', { until: '2020-01-01' }), 403, 'NOT_ALLOWED');
  const wrong = 'id,name,email\r\nabove-boss,Boss,owner@example.com\r\n';
  const sentence = await bring('above-owner', wrong);
  refused(sentence, 400, 'INVALID_PARAMETER');
  assert.match(sentence.data.detail, /above-boss may more than you do/);
  const missing = await bring('above-owner', 'id,name\r\nabove-new,New\r\n',
    { deactivate_missing: true, dry_run: true });
  assert.match(JSON.stringify(missing.data.errors), /above-boss is missing, and may more than you do/);
  assert.deepEqual(await boss(), there);
  // What says nothing of that is theirs to change, and equals may change all of it.
  assert.equal((await put('above-owner', { kana: 'ボス', email: 'boss@example.com', active: true })).status, 200);
  assert.equal((await bring('above-owner', 'id,name,email\r\nabove-boss,The Boss,boss@example.com\r\n')).status, 200);
  assert.equal((await put('above-peer', { email: 'new@example.com' })).status, 200);
  assert.deepEqual([(await boss()).email, (await boss()).name], ['new@example.com', 'The Boss']);
});

story('who is asked does not choose who agrees with them: an INCIDENT is repaired by a process owner', async () => {
  const [asked, friend, applicant, owner] = ['asked', 'friend', 'applicant', 'owner'].map(fresh);
  for (const id of [asked, friend, applicant, owner]) {
    const r = await ask(root, 'PUT', `/v1/people/${id}`, { name: id });
    assert.ok(r.status < 300, r.text);
  }
  await grant('process-owner', owner);
  const made = await ask(root, 'POST', '/v1/approvals',
    { subject: 's', applicant, policy: { need: 2, of: [asked, applicant], over: true } });
  assert.deepEqual([made.status, made.data.state], [201, 'INCIDENT'], made.text);
  const add = (who) => ask(intranet, 'POST', `/v1/approvals/${made.data.id}/approvers`, { user: friend }, who);
  refused(await add(asked), 403, 'NOT_ALLOWED');
  refused(await add(friend), 404, 'NO_SUCH_APPROVAL');
  // Above everybody who is asked is not who is above nobody.
  const over = (who) => ask(intranet, 'POST', `/v1/approvals/${made.data.id}/over`, { reason: 'now' }, who);
  assert.ok([403, 404, 409].includes((await over(friend)).status));
  assert.equal((await ask(root, 'GET', `/v1/approvals/${made.data.id}`)).data.state, 'INCIDENT');
  const repaired = await add(owner);
  assert.deepEqual([repaired.status, repaired.data?.state], [200, 'PENDING'], repaired.text);
});

story('to strangers there is no approval', async () => {
  for (const id of ['hid-asks', 'hid-decides', 'hid-stranger'])
    assert.equal((await ask(root, 'PUT', `/v1/people/${id}`, { name: id })).status, 201);
  const opened = await ask(intranet, 'POST', '/v1/approvals',
    { subject: 'a secret', policy: { need: 1, of: ['hid-decides'] } }, 'hid-asks');
  assert.equal(opened.status, 201, opened.text);
  const { id } = opened.data;
  const tries = [['GET', ''], ['GET', '/log'], ['POST', '/votes', { do: 'approve' }],
    ['POST', '/votes', { do: 'approve', for: 'hid-decides' }], ['POST', '/withdraw', {}], ['POST', '/cancel', {}],
    ['POST', '/resubmit', { data: {} }], ['POST', '/edit', { data: {} }], ['POST', '/comments', { text: 'who?' }],
    ['GET', '/events?format=json']];
  const answers = async (of) => Promise.all(tries.map(async ([method, at, body]) => {
    const r = await ask(intranet, method, `/v1/approvals/${of}${at}`, body, 'hid-stranger');
    return [method, at, r.status, r.data?.code, r.data?.detail?.replaceAll(of, 'ID')];
  }));
  assert.deepEqual(await answers(id), await answers('01890000-0000-7000-8000-000000000000'));
  // Who is asked is told why not; and the log keeps what strangers tried.
  const own = await ask(intranet, 'POST', `/v1/approvals/${id}/withdraw`, {}, 'hid-decides');
  refused(own, 403, 'NOT_THE_APPLICANT');
  const log = await ask(root, 'GET', `/v1/approvals/${id}/log`);
  assert.match(log.text, /NOT_AN_APPROVER/);
});

// ---- R20: test/key/roles.txt, of the living server

const ROWS = fs.readFileSync(new URL('../key/roles.txt', import.meta.url), 'utf8').split('\n')
  .filter((line) => line && !line.startsWith('#')).map((line) => {
    const [method, at, action, ...may] = line.trim().split(/ +/);
    return { method, at, action, may };
  });
const ROLES = ['administrator', 'operator', 'process-owner', 'person'];
const UUID = '01890000-0000-7000-8000-000000000000';
/** A path with something in it that there is not; the person is the one given. */
const filled = (at, person) => at.replace('/people/{id}', `/people/${person}`).replace('{holder}', 'user:nobody')
  .replace('{id}', UUID).replace('{position}', '1').replaceAll(/\{\w+\}/g, 'nothing');

story('every route does to every role what the table says', async () => {
  for (const name of ROLES.slice(0, 3)) await grant(name, `r20-${name}`);
  for (const id of ['other', ...ROLES.map((name) => `r20-${name}`)]) {
    const r = await ask(root, 'PUT', `/v1/people/${id}`, { name: id });
    assert.ok([200, 201].includes(r.status), r.text);
  }
  assert.ok(ROWS.length > 50);
  for (const row of ROWS)
    for (const [i, name] of ROLES.entries())
      for (const own of [true, false]) {
        const me = `r20-${name}`;
        const explain = row.at.includes(':explain');
        const query = explain ? `?action=ringi:GetQueue&principal=${own ? me : 'other'}`
          : row.at === '/v1/inbox/events' ? '?cursor=none' // else it goes on
          : /\/events$/.test(row.at) ? '?format=json' : '';
        const personal = row.at.includes('/people/{id}') || explain;
        // The first would be done; who changes themselves must be logged in (login.test.mjs).
        if (['SetClock', 'Backup', 'ChangeMe'].includes(row.action)) continue;
        const r = await ask(intranet, row.method, filled(row.at, own ? me : 'other') + query,
          row.method === 'POST' || row.method === 'PUT' ? {} : undefined, me);
        const denied = r.status === 403 && r.data?.code === 'NOT_ALLOWED';
        const what = `${row.method} ${row.at} as ${name}, ${own ? 'own' : 'foreign'}: ${r.status} ${r.text.slice(0, 300)}`;
        assert.notEqual(r.status, 500, what);
        assert.notEqual(r.status, 401, what);
        const may = row.may[i] === 'no' ? row.may[3] : row.may[i]; // everybody has the role person too
        if (may === 'yes' || may === 'open') assert.ok(!denied, what);
        else if (may === 'no') assert.ok(denied || r.status === 400, what);
        else if (personal && own && may === 'own') assert.ok(!denied, what);
        else if (personal) assert.ok(denied || r.status === 404, what); // or there is no such thing
      }
});
