// login.test.mjs - people log in: passwords, links, sessions, one-time codes, and who must not get in.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { RINGI, fresh, run, start, story } from './lib.mjs';

const data = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-login-'));
const server = await start({ auth: 'on', data });
after(async () => { await server.close(); fs.rmSync(data, { recursive: true, force: true }); });
const root = fs.readFileSync(path.join(data, 'admin.token'), 'utf8').trim();
const plain = server.request.bind(server);
server.request = (o) => plain(o.path?.startsWith('/v2/clock')
  ? { ...o, headers: { ...o.headers, authorization: `Bearer ${root}` } } : o);
const GOOD = 'correct horse battery';
const OTHER = 'another long sentence';
const HOUR = 3_600_000;

const admin = (method, at, body) => server.json(method, at, body, { authorization: `Bearer ${root}` });
async function account(password = GOOD, ...roles) {
  const person = fresh('person');
  const r = await admin('POST', '/v1/accounts', password === null ? { person } : { person, password });
  assert.equal(r.status, 201, r.text);
  for (const role of roles)
    assert.equal((await admin('PUT', `/v1/roles/${role}/holders/user:${person}`)).status, 204);
  return person;
}
const login = (body, headers = {}) => server.json('POST', '/v1/sessions', body, { 'x-ringi-csrf': '1', ...headers });
/** A browser that is logged in. */
function browser(r) {
  assert.equal(r.status, 201, r.text);
  const set = r.headers['set-cookie'];
  assert.equal(set.length, 1);
  const cookie = set[0].split(';')[0];
  const b = {
    cookie, csrf: r.data.csrf, id: r.data.session, set: set[0],
    ask: (method, at, body, headers = {}) => server.json(method, at, body, { cookie,
      ...(method === 'GET' ? {} : { 'x-ringi-csrf': r.data.csrf }), ...headers }),
  };
  return b;
}
const enter = async (person, password = GOOD) => browser(await login({ person, password }));
const refused = (r, status, code) => assert.deepEqual([r.status, r.data?.code], [status, code], r.text);
const ended = async (b) => refused(await b.ask('GET', '/v1/me'), 401, 'INVALID_TOKEN');

story('a person logs in, is who they are, and logs out', async () => {
  const person = await account();
  const b = await enter(person);
  assert.match(b.set, /^ringi_session=ringis_[A-Za-z0-9]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200$/);
  const me = await b.ask('GET', '/v1/me');
  assert.deepEqual([me.data.principal, me.data.person, me.data.how, me.data.csrf], [person, true, 'password', b.csrf]);
  refused(await b.ask('GET', '/v1/keys'), 403, 'NOT_ALLOWED');
  const list = (await b.ask('GET', '/v1/sessions')).data.sessions;
  assert.deepEqual(list.map((s) => [s.id, s.current, s.person]), [[b.id, true, person]]);
  const out = await b.ask('DELETE', '/v1/sessions/current');
  assert.equal(out.status, 204);
  assert.match(out.headers['set-cookie'][0], /^ringi_session=; .*Max-Age=0$/);
  await ended(b);
});

story('what is wrong is never told apart', async () => {
  const person = await account();
  const none = await account(null);
  const off = await account();
  assert.equal((await admin('POST', `/v1/accounts/${off}/disable`)).status, 204);
  const answers = [];
  for (const body of [{ person, password: 'wrong password 1' }, { person: fresh('nobody'), password: GOOD },
    { person: none, password: GOOD }, { person: off, password: GOOD }, { person, password: 'x'.repeat(1000) },
    { link: 'ringil_nothing' }]) {
    const r = await login(body);
    refused(r, 401, 'INVALID_LOGIN');
    assert.equal(r.headers['set-cookie'], undefined);
    answers.push(r.data.detail);
  }
  assert.equal(new Set(answers).size, 1);
});

story('an unknown account takes as long as a known one', async () => {
  const person = await account();
  const time = async (body) => {
    const from = process.hrtime.bigint();
    refused(await login(body), 401, 'INVALID_LOGIN');
    return Number(process.hrtime.bigint() - from) / 1e6;
  };
  const known = [], unknown = [];
  for (let i = 0; i < 4; i++) {
    known.push(await time({ person, password: 'wrong password 1' }));
    unknown.push(await time({ person: fresh('nobody'), password: 'wrong password 1' }));
  }
  const [a, b] = [Math.min(...known), Math.min(...unknown)];
  assert.ok(a > 10 && b > 10 && a / b < 3 && b / a < 3, `${a} ms, ${b} ms`);
});

story('the hash of a password is not the password, and nothing tells it', async () => {
  const person = await account('a very secret sentence');
  await enter(person, 'a very secret sentence');
  const list = await admin('GET', '/v1/accounts');
  assert.ok(list.data.accounts.some((a) => a.person === person && a.password === true));
  assert.ok(!/argon2|secret sentence/.test(list.text + server.output));
  for (const name of fs.readdirSync(data))
    assert.ok(!fs.readFileSync(path.join(data, name)).includes('a very secret sentence'), name);
});

story('passwords that are too weak or too long are refused', async () => {
  const person = fresh('weak');
  for (const password of ['short', 'elevenchars', 'aaaaaaaaaaaaaaaa', 'abababababababab', 'x1y2z3'.repeat(50)])
    refused(await admin('POST', '/v1/accounts', { person, password }), 400, 'WEAK_PASSWORD');
  assert.equal((await admin('POST', '/v1/accounts', { person, password: 'パスワードは十二文字以上で' })).status, 201);
  refused(await admin('POST', '/v1/accounts', { person, password: GOOD }), 409, 'CONFLICT');
  refused(await admin('POST', '/v1/accounts', { person: 'a b', password: GOOD }), 400, 'INVALID_PARAMETER');
  refused(await admin('POST', '/v1/accounts', { person: 'x'.repeat(65), password: GOOD }), 400, 'INVALID_PARAMETER');
});

story('many tries are slowed down, the same for an account that is not there', async (t) => {
  server.clock.for(t);
  await server.clock.set(Date.now() + 2 * HOUR);
  const person = await account();
  const nobody = fresh('nobody');
  for (const name of [person, nobody]) {
    for (let i = 0; i < 5; i++)
      refused(await login({ person: name, password: 'wrong password 1' }), 401, 'INVALID_LOGIN');
    const slow = await login({ person: name, password: name === person ? GOOD : 'wrong password 1' });
    refused(slow, 429, 'TOO_MANY_TRIES');
    assert.ok(Number(slow.headers['retry-after']) >= 1);
  }
  await server.clock.advance(1_500);
  refused(await login({ person, password: 'wrong password 1' }), 401, 'INVALID_LOGIN');
  await server.clock.advance(1_500); // the delay has grown
  refused(await login({ person, password: GOOD }), 429, 'TOO_MANY_TRIES');
  await server.clock.advance(1_000);
  assert.equal((await login({ person, password: GOOD })).status, 201);
  refused(await login({ person, password: 'wrong password 1' }), 401, 'INVALID_LOGIN'); // begins anew
});

story('tries that come at once are counted before they end', async (t) => {
  server.clock.for(t);
  await server.clock.set(Date.now() + 4 * HOUR);
  const person = await account();
  const all = await Promise.all(Array.from({ length: 20 }, () => login({ person, password: 'wrong password 1' })));
  assert.equal(all.filter((r) => r.status === 401).length, 5);
  assert.equal(all.filter((r) => r.data.code === 'TOO_MANY_TRIES').length, 15);
});

story('an address that tries many names is slowed down too', async (t) => {
  server.clock.for(t);
  await server.clock.set(Date.now() + 6 * HOUR);
  let slow;
  for (let i = 0; i < 31 && !slow; i++) {
    const r = await login({ person: fresh('name'), password: 'wrong password 1' });
    if (r.status === 429) slow = r;
  }
  refused(slow, 429, 'TOO_MANY_TRIES');
});

story('behind a trusted proxy an address is who the proxy says, and nobody else can say it', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-proxied-'));
  const proxied = await start({ auth: 'on', data: folder, flags: ['--trusted-proxy', '127.0.0.1'] });
  try {
    const token = fs.readFileSync(path.join(folder, 'admin.token'), 'utf8').trim();
    const as = { authorization: `Bearer ${token}` };
    assert.equal((await proxied.json('POST', '/v1/accounts', { person: 'hanako', password: GOOD }, as)).status, 201);
    const from = (address, body) => proxied.json('POST', '/v1/sessions', body,
      { 'x-ringi-csrf': '1', 'x-forwarded-for': address });
    let slow;
    for (let i = 0; i < 31 && !slow; i++) {
      const r = await from(`203.0.113.${i}, 198.51.100.1`, { person: fresh('name'), password: 'wrong password 1' });
      if (r.status === 429) slow = r;
    }
    refused(slow, 429, 'TOO_MANY_TRIES'); // what the client wrote itself did not help it
    assert.equal((await from('198.51.100.2', { person: 'hanako', password: GOOD })).status, 201);
    const { data: audit } = await proxied.json('GET', '/v1/audit?action=session.begin&limit=1', undefined, as);
    assert.equal(audit.records[0].address, '198.51.100.2', JSON.stringify(audit));
    // An owner of a network of IPv6 has more addresses than tries.
    slow = undefined;
    for (let i = 0; i < 31 && !slow; i++) {
      const r = await from(`2001:db8:0:1::${i}`, { person: fresh('name'), password: 'wrong password 1' });
      if (r.status === 429) slow = r;
    }
    refused(slow, 429, 'TOO_MANY_TRIES');
    assert.equal((await from('2001:db8:0:2::1', { person: 'hanako', password: GOOD })).status, 201);
  } finally {
    await proxied.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

story('a name that begins like a loopback address is none', async () => {
  const person = await account();
  const at = (host) => server.json('POST', '/v1/sessions', { person, password: GOOD }, { 'x-ringi-csrf': '1', host });
  assert.equal((await at('127.0.0.1')).status, 201);
  refused(await at('127.example.com'), 403, 'FOREIGN_PAGE');
});

story('without a trusted proxy nobody is asked from where they come', async () => {
  const person = await account();
  const b = browser(await login({ person, password: GOOD }, { 'x-forwarded-for': '198.51.100.9' }));
  const list = (await b.ask('GET', '/v1/sessions')).data.sessions;
  assert.equal(list.find((s) => s.current).address, '127.0.0.1');
});

// ---- sessions

story('a session gets its token at the login, whatever the browser had before', async (t) => {
  server.clock.for(t);
  await server.clock.set(Date.now() + 9 * HOUR);
  const person = await account();
  const fixed = 'ringi_session=ringis_0000000000000000000000000000000000000000000';
  const b = browser(await login({ person, password: GOOD }, { cookie: fixed }));
  assert.notEqual(b.cookie, fixed);
  refused(await server.json('GET', '/v1/me', undefined, { cookie: fixed }), 401, 'INVALID_TOKEN');
  const second = browser(await login({ person, password: GOOD }, { cookie: b.cookie }));
  assert.notEqual(second.cookie, b.cookie);
});

story('a session ends when it was idle for half an hour, and after twelve hours anyway', async (t) => {
  server.clock.for(t);
  await server.clock.set(Date.now() + 24 * HOUR);
  const person = await account();
  const idle = await enter(person);
  await server.clock.advance(HOUR / 2 - 1000);
  assert.equal((await idle.ask('GET', '/v1/me')).status, 200);
  await server.clock.advance(HOUR / 2 - 1000);
  assert.equal((await idle.ask('GET', '/v1/me')).status, 200);
  await server.clock.advance(HOUR / 2);
  await ended(idle);
  const busy = await enter(person);
  for (let i = 0; i < 48; i++) {
    assert.equal((await busy.ask('GET', '/v1/me')).status, 200, `after ${i} quarters`);
    await server.clock.advance(HOUR / 4);
  }
  await ended(busy);
});

story('sessions outlive a restart, those that ended do not come back', async () => {
  const person = await account();
  const stays = await enter(person);
  const goes = await enter(person);
  assert.equal((await goes.ask('DELETE', `/v1/sessions/${goes.id}`)).status, 204);
  await server.restart({ hard: true });
  assert.equal((await stays.ask('GET', '/v1/me')).status, 200);
  await ended(goes);
});

story('nobody ends or sees the sessions of others, but who may', async () => {
  const [one, two] = [await account(), await account()];
  const [a, b] = [await enter(one), await enter(two)];
  refused(await b.ask('DELETE', `/v1/sessions/${a.id}`), 404, 'NOT_FOUND');
  refused(await b.ask('GET', `/v1/sessions?person=${one}`), 403, 'NOT_ALLOWED');
  assert.equal((await a.ask('GET', '/v1/me')).status, 200);
  assert.equal((await admin('GET', `/v1/sessions?person=${one}`)).data.sessions.length, 1);
  assert.equal((await admin('DELETE', `/v1/sessions/${a.id}`)).status, 204);
  await ended(a);
  assert.equal((await b.ask('POST', `/v1/accounts/${two}/logout`, {})).status, 204);
  await ended(b);
});

story('a person has twenty sessions; the one used longest ago makes room', async () => {
  const person = await account();
  const first = await enter(person);
  for (let i = 0; i < 20; i++) await enter(person);
  await ended(first);
  assert.equal((await admin('GET', `/v1/sessions?person=${person}`)).data.sessions.length, 20);
});

story('a disabled account is out at once, and in again when it is enabled', async () => {
  const person = await account();
  const b = await enter(person);
  assert.equal((await admin('POST', `/v1/accounts/${person}/disable`)).status, 204);
  await ended(b);
  assert.equal((await admin('POST', `/v1/accounts/${person}/enable`)).status, 204);
  await ended(b);
  await enter(person);
});

story('who leaves by the directory is out at once too, and stays out of old sessions when back', async () => {
  const person = await account(), put = (active) => admin('PUT', `/v1/people/${person}`, { name: 'P', active });
  assert.equal((await put(true)).status, 201);
  const b = await enter(person), link = (await admin('POST', `/v1/accounts/${person}/link`, {})).data.link;
  assert.equal((await put(false)).status, 200);
  await ended(b);
  assert.equal((await put(true)).status, 200);
  await ended(b);
  refused(await login({ link }), 401, 'INVALID_LOGIN');
  await enter(person);
});

story('a stream ends with its session', async () => {
  const person = await account(GOOD, 'operator');
  const b = await enter(person);
  const text = await new Promise((resolve, reject) => {
    let all = '';
    const req = http.get(`${server.url}/v1/events`, { headers: { cookie: b.cookie, accept: 'text/event-stream' } },
      (res) => {
        res.setEncoding('utf8').on('data', (d) => { all += d; }).on('end', () => resolve(all));
        admin('POST', `/v1/accounts/${person}/logout`, {}).catch(reject);
      });
    req.on('error', reject);
    req.setTimeout(25_000, () => reject(new Error(`it goes on: ${all}`)));
  });
  assert.match(text, /may not watch this any more/);
});

// ---- foreign pages

story('a foreign page does nothing with a cookie', async () => {
  const person = await account(GOOD, 'administrator');
  const b = await enter(person);
  const put = (headers, body = '{}') => server.request({ method: 'PUT', path: '/v1/queues/csrf', body,
    headers: { cookie: b.cookie, 'content-type': 'application/json', 'x-ringi-csrf': b.csrf, ...headers } });
  const code = (r) => [r.status, JSON.parse(r.text).code];
  for (const headers of [{ 'x-ringi-csrf': '' }, { 'x-ringi-csrf': '1' }, { 'x-ringi-csrf': 'f'.repeat(32) },
    { origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' }, { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' }])
    assert.deepEqual(code(await put(headers)), [403, 'FOREIGN_PAGE'], JSON.stringify(headers));
  const bare = await server.request({ method: 'DELETE', path: '/v1/queues/csrf', headers: { cookie: b.cookie } });
  assert.deepEqual(code(bare), [403, 'FOREIGN_PAGE']);
  const foreign = await server.json('GET', '/v1/me', undefined, { cookie: b.cookie, 'sec-fetch-site': 'cross-site' });
  refused(foreign, 403, 'FOREIGN_PAGE');
  assert.equal((await admin('GET', '/v1/queues/csrf')).status, 404);
  assert.equal((await put({ origin: server.url, 'sec-fetch-site': 'same-origin' })).status, 201);
});

story('a foreign page logs nobody in', async () => {
  const person = await account();
  const body = { person, password: GOOD };
  refused(await server.json('POST', '/v1/sessions', body), 403, 'FOREIGN_PAGE');
  refused(await login(body, { origin: 'https://evil.example' }), 403, 'FOREIGN_PAGE');
  refused(await login(body, { 'sec-fetch-site': 'cross-site' }), 403, 'FOREIGN_PAGE');
  refused(await login(body, { 'content-type': 'text/plain' }), 403, 'FOREIGN_PAGE');
  refused(await login(body, { host: 'ringi.example.com' }), 403, 'FOREIGN_PAGE'); // in clear over a network
});

story('a cookie is nothing to the SQS API, and a person names nobody else', async () => {
  const person = await account(GOOD, 'administrator');
  const b = await enter(person);
  const r = await server.request({ method: 'POST',
    headers: { cookie: b.cookie, 'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'AmazonSQS.ListQueues', 'x-ringi-csrf': b.csrf }, body: '{}' });
  assert.equal(r.status, 403);
  assert.equal((await b.ask('GET', '/v1/me', undefined, { 'x-ringi-user': 'boss' })).data.principal, person);
});

// ---- passwords and links

story('a password is changed by who knows the old one, and other sessions end', async () => {
  const person = await account();
  const [a, b] = [await enter(person), await enter(person)];
  refused(await a.ask('POST', '/v1/me/password', { old_password: 'wrong password 1', password: OTHER }), 401,
    'INVALID_LOGIN');
  refused(await a.ask('POST', '/v1/me/password', { password: OTHER }), 401, 'INVALID_LOGIN');
  refused(await a.ask('POST', '/v1/me/password', { old_password: GOOD, password: 'short' }), 400, 'WEAK_PASSWORD');
  const done = await a.ask('POST', '/v1/me/password', { old_password: GOOD, password: OTHER });
  assert.equal(done.status, 204, done.text);
  assert.equal((await a.ask('GET', '/v1/me')).status, 200);
  await ended(b);
  refused(await login({ person, password: GOOD }), 401, 'INVALID_LOGIN');
  await enter(person, OTHER);
  const other = await admin('POST', `/v1/accounts/${person}/password`, { password: GOOD });
  assert.equal(other.status, 204, other.text);
  await ended(a);
  refused(await admin('POST', '/v1/me/password', { old_password: GOOD, password: OTHER }), 403, 'NOT_ALLOWED');
});

story('a login link opens one session, once, and a password can be set with it', async (t) => {
  const person = await account(null);
  const make = async (body = {}) => (await admin('POST', `/v1/accounts/${person}/link`, body)).data;
  const old = await make();
  const link = await make();
  assert.match(link.url, /\/login#ringil_[A-Za-z0-9]{43}$/);
  refused(await login({ link: old.link }), 401, 'INVALID_LOGIN'); // the newer one has taken its place
  assert.equal((await server.request({ path: `/login?${link.link}` })).status, 404); // looking takes nothing
  const b = browser(await login({ link: link.link }));
  refused(await login({ link: link.link }), 401, 'INVALID_LOGIN');
  assert.equal((await b.ask('POST', '/v1/me/password', { password: GOOD })).status, 204);
  await enter(person);
  server.clock.for(t);
  await server.clock.set(Date.now() + 72 * HOUR);
  const late = await make({ expires_in_s: 60 });
  await server.clock.advance(60_000);
  refused(await login({ link: late.link }), 401, 'INVALID_LOGIN');
  const slow = browser(await login({ link: (await make()).link }));
  await server.clock.advance(HOUR / 4);
  refused(await slow.ask('POST', '/v1/me/password', { password: OTHER }), 401, 'INVALID_LOGIN');
  refused(await admin('POST', `/v1/accounts/${person}/link`, { expires_in_s: 604801 }), 400, 'INVALID_PARAMETER');
});

story('one link, asked for ten times at once, opens one session', async () => {
  const person = await account(null);
  const { link } = (await admin('POST', `/v1/accounts/${person}/link`, {})).data;
  const all = await Promise.all(Array.from({ length: 10 }, () => login({ link })));
  assert.equal(all.filter((r) => r.status === 201).length, 1);
});

story('rights, accounts and keys are changed only by who logged in a short while ago', async (t) => {
  server.clock.for(t);
  await server.clock.set(Date.now() + 40 * HOUR);
  const chief = await account(GOOD, 'administrator');
  const other = await account();
  const b = await enter(chief);
  const changes = [
    ['POST', '/v1/backup', { path: 'copy.db' }],
    ['POST', '/v1/keys', { name: fresh('key'), rules: ['sqs:*:*'] }],
    ['POST', `/v1/keys/${fresh('key')}/rotate`, {}],
    ['DELETE', `/v1/keys/${fresh('key')}`],
    ['POST', '/v1/audit/redact', {}],
    ['POST', '/v1/audit/retain', {}],
    ['POST', '/v1/accounts', { person: fresh('late'), password: GOOD }],
    ['POST', `/v1/accounts/${other}/password`, { password: OTHER }],
    ['POST', `/v1/accounts/${other}/disable`],
    ['POST', `/v1/accounts/${other}/enable`],
    ['POST', `/v1/accounts/${other}/link`],
    ['PUT', `/v1/accounts/${other}/oidc`, { issuer: 'https://idp.example', subject: 'x' }],
    ['DELETE', `/v1/accounts/${other}/oidc`],
    ['DELETE', `/v1/accounts/${other}/totp`],
    ['PUT', `/v1/roles/${fresh('role')}`, { rules: ['sqs:*:*'] }],
    ['DELETE', `/v1/roles/${fresh('role')}`],
    ['PUT', `/v1/roles/administrator/holders/user:${other}`],
    ['DELETE', `/v1/roles/administrator/holders/user:${chief}`],
    ['POST', '/v1/me/totp', {}],
  ];
  const late = async (who) => {
    for (const [method, at, body] of changes) {
      const r = await who.ask(method, at, body);
      if (r.status === 400) assert.match(at, /audit/, r.text); // its body is refused before that
      else refused(r, 403, 'REAUTHENTICATION_REQUIRED');
    }
  };
  await server.clock.advance(HOUR / 4 - 1000);
  assert.equal((await b.ask('POST', `/v1/accounts/${other}/enable`)).status, 204);
  await server.clock.advance(1000);
  await late(b);
  assert.equal((await b.ask('GET', '/v1/roles')).status, 200, 'reading goes on');
  refused(await (await enter(other)).ask('DELETE', '/v1/keys/x'), 403, 'NOT_ALLOWED'); // and is told nothing else
  assert.equal((await admin('POST', `/v1/accounts/${other}/enable`)).status, 204, 'programs have keys');
  const again = await enter(chief);
  assert.equal((await again.ask('POST', `/v1/accounts/${other}/disable`)).status, 204);
  await late(b); // the session of before is no fresher
});

story('from an amount of the policy\'s on only who logged in a short while ago decides', async (t) => {
  server.clock.for(t);
  await server.clock.set(Date.now() + 60 * HOUR);
  const [person, taro] = [await account(), await account()];
  for (const id of [person, taro]) assert.ok((await admin('PUT', `/v1/people/${id}`, { name: id })).status < 300);
  const b = await enter(person), applicant = await enter(taro);
  const asked = async (amount, more = {}) => {
    const r = await applicant.ask('POST', '/v1/approvals', { subject: 's', data: { amount },
      policy: { need: 1, of: [person], over: true, fresh_login_from: 1000, ...more } });
    assert.equal(r.status, 201, r.text);
    return `/v1/approvals/${r.data.id}`;
  };
  const [large, unsaid, small, any] = [await asked(1000), await asked('a lot'), await asked('999.999'),
    await asked(1, { fresh_login_from: 0 })];
  await server.clock.advance(HOUR / 4 - 1000);
  assert.equal((await b.ask('POST', `${await asked(1000)}/votes`, { do: 'approve' })).status, 200,
    'fresh to the last second');
  await server.clock.advance(1000);
  for (const at of [large, unsaid, any]) {
    const r = await b.ask('POST', `${at}/votes`, { do: 'approve' });
    refused(r, 403, 'REAUTHENTICATION_REQUIRED');
    assert.match(r.data.detail, /^From (1000|0) on, decisions need a login of the last 15 minutes\./);
  }
  const votes = [large, small].map((at) => ({ id: at.split('/').at(-1), do: 'approve' }));
  const { outcomes } = (await b.ask('POST', '/v1/approvals:vote', { votes })).data;
  assert.deepEqual(outcomes.map((o) => o.refused?.code ?? o.code ?? 'done'), ['REAUTHENTICATION_REQUIRED', 'done']);
  const byProgram = await server.json('POST', `${large}/votes`, { do: 'approve' },
    { authorization: `Bearer ${root}`, 'X-Ringi-User': person });
  refused(byProgram, 403, 'REAUTHENTICATION_REQUIRED');
  const again = await enter(person);
  for (const at of [large, unsaid, any]) assert.equal((await again.ask('POST', `${at}/votes`,
    { do: 'approve' })).status, 200);
});

story('nobody lets somebody in who may more than they do', async () => {
  await admin('PUT', '/v1/roles/desk', { rules:
    ['ringi:*Account:*', 'ringi:SetPassword:*', 'ringi:CreateLoginLink:*'] });
  const desk = await enter(await account(GOOD, 'desk'));
  const boss = await account(GOOD, 'administrator');
  const clerk = await account();
  for (const what of ['link', 'disable'])
    refused(await desk.ask('POST', `/v1/accounts/${boss}/${what}`, {}), 403, 'NOT_ALLOWED');
  refused(await desk.ask('POST', `/v1/accounts/${boss}/password`, { password: OTHER }), 403, 'NOT_ALLOWED');
  assert.equal((await desk.ask('POST', `/v1/accounts/${clerk}/link`, {})).status, 201);
  await enter(boss);
});

// ---- one-time codes

function code(secret, ms) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join(
    '');
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(ms / 30_000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

story('one-time codes: enrolled, confirmed, asked for, taken once', async (t) => {
  server.clock.for(t);
  let now = Math.floor((Date.now() + 200 * HOUR) / 30_000) * 30_000;
  await server.clock.set(now);
  const person = await account();
  const b = await enter(person);
  refused(await b.ask('POST', '/v1/me/totp/confirm', { code: '000000' }), 409, 'CONFLICT');
  assert.equal((await b.ask('GET', '/v1/me')).data.totp, false);
  const { secret, url } = (await b.ask('POST', '/v1/me/totp', {})).data;
  assert.match(secret, /^[A-Z2-7]{32}$/);
  assert.match(url, new RegExp(`^otpauth://totp/ringi:${person}\\?secret=${secret}&`));
  await enter(person); // not asked for before it is confirmed
  refused(await b.ask('POST', '/v1/me/totp/confirm', { code: code(secret, now + 120_000) }), 401, 'INVALID_LOGIN');
  const confirmed = await b.ask('POST', '/v1/me/totp/confirm', { code: code(secret, now) });
  assert.equal(confirmed.status, 200, confirmed.text);
  const recovery = confirmed.data.recovery_codes;
  assert.equal((await b.ask('GET', '/v1/me')).data.totp, true);
  assert.equal(new Set(recovery).size, 10);

  refused(await login({ person, password: GOOD }), 401, 'CODE_NEEDED');
  refused(await login({ person, password: 'wrong password 1' }), 401, 'INVALID_LOGIN');
  refused(await login({ person, password: GOOD, code: code(secret, now) }), 401, 'INVALID_LOGIN'); // confirmed with it
  await server.clock.set(now += 600_000);
  const once = { person, password: GOOD, code: code(secret, now) };
  const both = await Promise.all([login(once), login(once)]);
  assert.deepEqual(both.map((r) => r.status).sort(), [201, 401]);
  refused(await login(once), 401, 'INVALID_LOGIN');
  await server.clock.set(now += 600_000);
  for (const wrong of [code(secret, now - 90_000), code(secret, now + 90_000), '1234567'])
    assert.equal((await login({ person, password: GOOD, code: wrong })).status, 401, wrong);
  await server.clock.set(now += 3_700_000);
  browser(await login({ person, password: GOOD, code: code(secret, now - 30_000) }));

  const last = { person, password: GOOD, recovery_code: recovery[3] };
  assert.equal(browser(await login(last)).csrf.length, 32);
  refused(await login(last), 401, 'INVALID_LOGIN');
  browser(await login({ ...last, recovery_code: recovery[4] }));
  refused(await login({ person, password: 'wrong password 1', recovery_code: recovery[5] }), 401, 'INVALID_LOGIN');

  for (const name of fs.readdirSync(data)) {
    const bytes = fs.readFileSync(path.join(data, name));
    assert.ok(!bytes.includes(secret) && !bytes.includes(recovery[9]), name);
  }
  assert.equal((await admin('DELETE', `/v1/accounts/${person}/totp`)).status, 204);
  await server.clock.set(now += 3_700_000);
  await enter(person);
});

// ---- the command line

story('the command line adds people and lets them in', async () => {
  const ringi = async (args, input) => {
    const r = await run(RINGI, [...args, '--data', data, '--server', server.url], { input });
    assert.equal(r.code, 0, `${args}: ${r.stderr}`);
    return r.stdout;
  };
  const made = JSON.parse(await ringi(['user', 'add', 'kana', '--role', 'operator', '--json']));
  const b = browser(await login({ link: made.link }));
  assert.equal((await b.ask('GET', '/v1/queues')).status, 200);
  await ringi(['user', 'password', 'kana'], `${GOOD}\n`);
  await ended(b);
  const again = await enter('kana');
  await ringi(['user', 'add', 'shiro', '--password-stdin'], `${OTHER}\n`);
  await enter('shiro', OTHER);
  assert.match(await ringi(['user', 'list']), /kana .*\n(.*\n)*.*shiro/);
  await ringi(['user', 'logout', 'kana']);
  await ended(again);
  await ringi(['user', 'disable', 'kana']);
  refused(await login({ person: 'kana', password: GOOD }), 401, 'INVALID_LOGIN');
  await ringi(['user', 'enable', 'kana']);
  await enter('kana');
  assert.match(await ringi(['user', 'link', 'kana']), /ringil_/);
});
