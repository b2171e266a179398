// hostile.test.mjs - six people of a company, each with as few rights as they need, try to get at what is not theirs.
//
// Everything is asked of the living server with login on, by cookie as a browser would. What must hold stands in
// tables. What was found this way and mended stands in docs/operate/security-review.md.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { fresh, sha256, start, story } from './lib.mjs';

const data = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-hostile-'));
const server = await start({ auth: 'on', data });
after(async () => { await server.close(); fs.rmSync(data, { recursive: true, force: true }); });
const root = fs.readFileSync(path.join(data, 'admin.token'), 'utf8').trim();
const admin = async (method, at, body) => {
  const r = await server.json(method, at, body, { authorization: `Bearer ${root}` });
  assert.ok(r.status < 300, `${method} ${at}: ${r.status} ${r.text}`);
  return r.data;
};
const UNKNOWN = '019f0000-0000-7000-8000-000000000000';
const PASSWORD = 'planted password sentence';

/** Somebody with these roles, logged in. */
async function person(id, ...roles) {
  await admin('PUT', `/v1/people/${id}`, { name: id, email: `${id}@company.example` });
  await admin('POST', '/v1/accounts', { person: id, password: `${PASSWORD} ${id}` });
  for (const role of roles) await admin('PUT', `/v1/roles/${role}/holders/user:${id}`);
  return enter(id);
}
const login = (person, password) => server.json('POST', '/v1/sessions', { person, password }, { 'x-ringi-csrf': '1' });
async function enter(id) {
  const r = await login(id, `${PASSWORD} ${id}`);
  assert.equal(r.status, 201, r.text);
  const cookie = r.headers['set-cookie'][0].split(';')[0];
  const ask = (method, at, body, headers = {}) => server.json(method, at, body, { cookie,
    // Node tells no length with a DELETE.
    ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(JSON.stringify(body)) }),
    ...(method === 'GET' ? {} : { 'x-ringi-csrf': r.data.csrf }), ...headers });
  return { id, cookie, csrf: r.data.csrf, session: r.data.session, ask,
    done: async (...args) => { const a = await ask(...args); assert.ok(a.status < 300, a.text); return a.data; } };
}
await admin('PUT', '/v1/roles/clerk', { rules: ['ringi:GetApproval:expense-*@department'] });
await person('chief', 'administrator');
const taro = await person('taro'); // asks
const jiro = await person('jiro'); // decides
const eve = await person('eve'); // has nothing to do with it
const opal = await person('opal', 'operator');
const owen = await person('owen', 'process-owner');
const clara = await person('clara', 'clerk');
const EVERYBODY = [taro, jiro, eve, opal, owen, clara];

const apply = () => taro.done('POST', '/v1/approvals', { subject: 'a chair', policy: { need: 1, of: ['jiro'] } });

// ---- rights

/** What gives rights, lets somebody in, or rewrites the past: of none of the six, but for what is named. */
const CLIMBS = [
  ['PUT', '/v1/roles/administrator/holders/user:ME'],
  ['PUT', '/v1/roles/process-owner/holders/user:ME', undefined, 'owen'],
  ['DELETE', '/v1/roles/administrator/holders/user:chief'],
  ['PUT', '/v1/roles/mine', { rules: ['*:*:*'] }],
  ['PUT', '/v1/roles/clerk', { rules: ['*:*:*'] }],
  ['PUT', '/v1/roles/person', { rules: ['*:*:*'] }],
  ['DELETE', '/v1/roles/clerk'],
  ['GET', '/v1/roles'],
  ['GET', '/v1/people/chief/roles'],
  ['GET', '/v1/rights:explain?principal=chief&action=ringi:Vote'],
  ['GET', '/v1/keys'],
  ['POST', '/v1/keys', { name: 'mine', rules: ['*:*:*'] }],
  ['POST', '/v1/keys/root/rotate', {}],
  ['DELETE', '/v1/keys/root'],
  ['GET', '/v1/accounts'],
  ['POST', '/v1/accounts', { person: 'ghost', password: PASSWORD }],
  ['POST', '/v1/accounts/chief/password', { password: PASSWORD }],
  ['POST', '/v1/accounts/ME/password', { password: PASSWORD }],
  ['POST', '/v1/accounts/chief/link', {}],
  ['POST', '/v1/accounts/chief/disable'],
  ['POST', '/v1/accounts/chief/enable'],
  ['POST', '/v1/accounts/chief/logout'],
  ['PUT', '/v1/accounts/chief/oidc', { issuer: 'https://evil.example', subject: 'me' }],
  ['DELETE', '/v1/accounts/chief/oidc'],
  ['DELETE', '/v1/accounts/chief/totp'],
  ['DELETE', '/v1/accounts/ME/totp'],
  ['GET', '/v1/sessions?person=chief'],
  ['GET', '/v1/audit'],
  ['GET', '/v1/audit/1'],
  ['GET', '/v1/audit/export'],
  ['GET', '/v1/audit/key'],
  ['GET', '/v1/channels'],
  ['PUT', '/v1/channels/mine', { type: 'webhook', settings: {}, secrets: { url: 'https://evil.example' } }],
  ['PUT', '/v1/notification-templates/request/en', { subject: 'x', text: 'y' }],
  ['GET', '/v1/people/chief/notifications'],
  ['GET', '/v1/people/chief/notification-preferences'],
  ['PUT', '/v1/people/chief/notification-preferences', { channels: [] }],
];

story('nobody gets more than they have: no grant, key, account, session or record of others', async () => {
  const before = await admin('GET', '/v1/roles');
  const keys = await admin('GET', '/v1/keys');
  const wrong = [];
  for (const who of EVERYBODY) {
    for (const [method, at, body] of CLIMBS) {
      const r = await who.ask(method, at.replace('ME', who.id), body);
      if (![403, 404].includes(r.status)) wrong.push(`${who.id} ${method} ${at}: ${r.status} ${r.text}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.deepEqual(await admin('GET', '/v1/roles'), before);
  assert.deepEqual((await admin('GET', '/v1/keys')).keys.map((k) => k.name), keys.keys.map((k) => k.name));
  for (const who of EVERYBODY) assert.equal((await who.ask('GET', '/v1/me')).data.principal, who.id);
});

story('a person names nobody else, and is nobody else by the id of a session', async () => {
  for (const who of EVERYBODY) {
    assert.equal((await who.ask('GET', '/v1/me', undefined, { 'x-ringi-user': 'chief' })).data.principal, who.id);
    const stolen = await server.json('GET', '/v1/me', undefined, { cookie: `ringi_session=${jiro.session}` });
    assert.equal(stolen.status, 401);
    if (who !== jiro) assert.equal((await who.ask('DELETE', `/v1/sessions/${jiro.session}`)).status, 404);
  }
  // The first cookie counts; neither a name in capitals nor a second one is another person.
  const cookie = `RINGI_SESSION=x; ${eve.cookie}; ${jiro.cookie}`;
  const two = await server.json('GET', '/v1/me', undefined, { cookie });
  assert.equal(two.data.principal, 'eve');
});

// ---- approvals

/** Each thing that can be done to an approval by its id. */
const ACTS = [
  ['GET', ''], ['GET', '/log'], ['GET', '/data'], ['GET', '/events'],
  ['POST', '/votes', { do: 'approve' }], ['POST', '/votes', { do: 'reject', comment: 'no' }],
  ['POST', '/votes', { do: 'retract' }], ['POST', '/votes', { do: 'send_back', comment: 'no' }],
  ['POST', '/votes', { do: 'approve', for: 'jiro' }], ['POST', '/votes', { do: 'approve', person: 'jiro' }],
  ['POST', '/withdraw', {}], ['POST', '/cancel', { reason: 'c' }], ['POST', '/resubmit', {}],
  ['POST', '/edit', { data: { amount: 1 } }], ['POST', '/comments', { comment: 'c' }],
  ['POST', '/approvers', { user: 'eve' }], ['POST', '/over', { reason: 'c' }],
  ['POST', '/remind', {}], ['POST', '/retry', {}],
];

story('a stranger, an operator and a clerk of another department hear of no approval, and change none', async () => {
  const { id } = await apply();
  const closed = (await apply()).id;
  await jiro.done('POST', `/v1/approvals/${closed}/votes`, { do: 'approve' });
  const wrong = [];
  for (const who of [eve, opal, clara])
    for (const [method, at, body, of] of ACTS.flatMap(([m, a, b]) => [[m, a, b, id], [m, a, b, closed]])) {
      const r = await who.ask(method, `/v1/approvals/${of}${at}`, body);
      const none = await who.ask(method, `/v1/approvals/${UNKNOWN}${at}`, body);
      if (r.status < 400 || /taro|chair/.test(r.text)) wrong.push(`${who.id} ${method} ${at}: ${r.status} ${r.text}`);
      else if (r.status !== none.status || r.data.code !== none.data.code ||
        r.data.detail.replace(of, UNKNOWN) !== none.data.detail)
        wrong.push(`${who.id} ${method} ${at} tells: ${r.text} and ${none.text}`);
    }
  assert.deepEqual(wrong, []);
  const votes = [id, UNKNOWN].map((of) => ({ id: of, do: 'approve' }));
  const bulk = await eve.ask('POST', '/v1/approvals:vote', { votes });
  const [a, b] = bulk.data.results ?? bulk.data.votes ?? [bulk.data, bulk.data];
  assert.equal(a.code ?? a.error?.code, b.code ?? b.error?.code, bulk.text);
  for (const who of [eve, opal, clara]) {
    assert.ok(!(await who.ask('GET', '/v1/approvals')).text.includes(id));
    assert.ok(!(await who.ask('GET', '/v1/approvals?applicant=taro')).text.includes(id));
    assert.ok(!(await who.ask('GET', '/v1/inbox?person=jiro')).text.includes(id));
  }
  const kept = await jiro.done('GET', `/v1/approvals/${id}?log=1`);
  const done = kept.events.map((e) => e.action).filter((a) => a !== 'approval.refused'); // votes that were refused
  assert.deepEqual([kept.state, done], ['PENDING', ['approval.opened']]);
});

story('who asks does not decide, nor does who looks after everything', async () => {
  const { id } = await apply();
  for (const [who, body] of [[taro, { do: 'approve' }], [owen, { do: 'approve' }],
    [owen, { do: 'approve', for: 'jiro' }], [taro, { do: 'approve', for: 'jiro' }],
    [owen, { do: 'reject', comment: 'c' }]]) {
    const r = await who.ask('POST', `/v1/approvals/${id}/votes`, body);
    assert.ok(r.status >= 400, `${who.id}: ${r.text}`);
  }
  // By a deputy: nobody makes themselves the deputy of another, and the applicant decides nothing as one.
  for (const [who, delegate] of [taro, eve, owen, opal, clara].flatMap((w) => [[w, w.id], [w, 'taro']])) {
    const r = await who.ask('POST', '/v1/delegations', { principal: 'jiro', delegate, from: '2020-01-01' });
    if (who === owen && delegate === 'taro') assert.equal(r.status, 201, r.text); // who may set it for the ill
    else assert.equal(r.status, 403, `${who.id} makes ${delegate} the deputy of jiro: ${r.text}`);
  }
  for (const f of [{}, { for: 'jiro' }])
    assert.ok((await taro.ask('POST', `/v1/approvals/${id}/votes`, { do: 'approve', ...f })).status >= 400);
  assert.equal((await jiro.done('GET', `/v1/approvals/${id}`)).state, 'PENDING');
});

story('who keeps the directory takes nobody out of it who may more, and becomes nobody else by it', async () => {
  const { id } = await apply();
  const wrong = [];
  for (const [method, at, body] of [
    ['PUT', '/v1/people/chief', { name: 'chief', email: 'evil@evil.example' }],
    ['PUT', '/v1/people/chief', { name: 'chief', email: 'chief@company.example', active: false }],
    ['PUT', '/v1/people/chief', { name: 'chief', email: 'chief@company.example', until: '2020-01-01' }],
    ['PUT', '/v1/people/chief', { name: 'chief', email: 'chief@company.example', merged_into: 'owen' }],
    ['DELETE', '/v1/people/chief'],
    ['POST', `/v1/approvals/${id}/approvers`, { user: 'owen' }],
  ]) {
    const r = await owen.ask(method, at, body);
    if (r.status < 400) wrong.push(`${method} ${at} ${JSON.stringify(body)}: ${r.status} ${r.text}`);
  }
  await owen.ask('POST', `/v1/approvals/${id}/votes`, { do: 'approve' });
  assert.deepEqual([wrong, (await jiro.done('GET', `/v1/approvals/${id}`)).state], [[], 'PENDING']);
  await enter('chief');
});

// ---- pages of others

const description = (await server.json('GET', '/openapi.json')).data;
const every = Object.entries(description.paths).flatMap(([at, verbs]) => Object.entries(verbs)
  .filter(([verb]) => ['get', 'post', 'put', 'delete', 'patch'].includes(verb))
  .map(([verb, op]) => ({ method: verb.toUpperCase(), at: at.replace(/\{[^}]+\}/g, UNKNOWN), op })));

story('no change of the whole API is made by a page of another site, whoever is logged in', async () => {
  const changes = every.filter((o) => o.method !== 'GET' && /^\/v1\//.test(o.at));
  assert.ok(changes.length > 60, `${changes.length} changes`);
  const chief = await enter('chief');
  const wrong = [];
  for (const { method, at } of changes) {
    const ways = {
      'without the value': { 'x-ringi-csrf': '' },
      'the value of another': { 'x-ringi-csrf': eve.csrf },
      'another origin': { origin: 'https://evil.example' },
      'no origin at all': { origin: 'null' },
      'a page elsewhere': { 'sec-fetch-site': 'cross-site' },
      'a page of the same site': { 'sec-fetch-site': 'same-site' },
    };
    if (at === '/v1/sessions') delete ways['the value of another']; // there is none before the login
    await Promise.all(Object.entries(ways).map(async ([way, headers]) => {
      const r = await chief.ask(method, at, {}, headers);
      if (r.status !== 403 || r.data?.code !== 'FOREIGN_PAGE')
        wrong.push(`${way}: ${method} ${at}: ${r.status} ${r.text}`);
    }));
    const form = await server.request({ method, path: at, body: 'a=b',
      headers: { cookie: chief.cookie, 'x-ringi-csrf': chief.csrf, 'content-type': 'text/plain',
        'content-length': 3 } });
    if (form.status < 400) wrong.push(`a form: ${method} ${at}: ${form.status}`);
  }
  assert.deepEqual(wrong, []);
}, 60_000);

story('no answer is kept by a cache, framed, guessed at, or told to another site', async () => {
  const chief = await enter('chief');
  const wrong = [];
  for (const { method, at } of every.filter((o) => o.method === 'GET' && !/events/.test(o.at))) {
    const { headers, status } = await chief.ask(method, at);
    const is = (name, what) => what.test(headers[name] ?? '')
      || wrong.push(`${at} ${status}: ${name} is ${headers[name]}`);
    if (/^\/v1\//.test(at)) is('cache-control', /no-store/);
    is('x-content-type-options', /^nosniff$/);
    is('content-security-policy', /frame-ancestors 'none'/);
    is('referrer-policy', /^no-referrer$/);
    if (headers['access-control-allow-origin']) wrong.push(`${at} allows ${headers['access-control-allow-origin']}`);
  }
  for (const at of ['/', '/login', '/approvals/x']) {
    const { headers } = await server.request({ path: at, headers: { accept: 'text/html' } });
    for (const [name, what] of [['content-security-policy', /frame-ancestors 'none'/],
      ['referrer-policy', /no-referrer|same-origin/], ['x-content-type-options', /nosniff/]])
      if (!what.test(headers[name] ?? '')) wrong.push(`${at}: ${name} is ${headers[name]}`);
  }
  assert.deepEqual(wrong, []);
}, 60_000);

story('no path leads out of the files of the console', async () => {
  for (const at of ['/../../etc/passwd', '/..%2f..%2fetc%2fpasswd', '/%2e%2e/%2e%2e/etc/passwd',
    '/assets/../../admin.token', '/assets/..%2f..%2fadmin.token', '/assets/%00', '//etc/passwd', '/assets//etc/passwd',
    '/..\\..\\admin.token',
    '/%252e%252e/admin.token', '/admin.token', '/master.key', '/ringi.db', '/.git/config',
    '/assets/%c0%ae%c0%ae/admin.token']) {
    const r = await server.request({ path: at });
    assert.ok(!r.text.includes(root) && !/root:x|SQLite format/.test(r.text), at);
  }
});

// ---- names, secrets

story('no name that only looks like another logs in, or becomes an account of its own', async () => {
  for (const name of ['ｃｈｉｅｆ', 'chief\u200b', 'Chief', 'сhief', 'chief ', ' chief', 'chief\u0000',
    'chi\u0065\u0301f', 'chief%00', "chief' or '1'='1", 'chief\r\nSet-Cookie: a=b', '../chief', 'user:chief']) {
    const r = await login(name, `${PASSWORD} chief`);
    assert.ok([400, 401].includes(r.status), `${JSON.stringify(name)}: ${r.status} ${r.text}`);
    assert.equal(r.headers['set-cookie'], undefined);
    if (['Chief', 'сhief', 'chi\u0065\u0301f'].includes(name)) continue; // other letters
    const made = await server.json('POST', '/v1/accounts', { person: name }, { authorization: `Bearer ${root}` });
    assert.equal(made.status, 400, `${JSON.stringify(name)}: ${made.text}`);
  }
});

story('what was told in confidence stands in no answer, figure, log or record', async () => {
  const key = await admin('POST', '/v1/keys', { name: fresh('key'), rules: ['sqs:*:*'] });
  const link = (await admin('POST', '/v1/accounts/eve/link', {})).link;
  const totp = (await eve.done('POST', '/v1/me/totp', {})).secret;
  await server.json('GET', '/v1/me', undefined, { authorization: `Bearer ${key.token}x` });
  await login('eve', `${PASSWORD} wrong`);
  const secrets = { password: PASSWORD, root, key: key.token, pair: key.secret_access_key, link, totp,
    cookie: eve.cookie.split('=')[1], csrf: eve.csrf };
  const texts = { log: server.output };
  for (const at of ['/metrics', '/openapi.json', '/asyncapi.json', '/v1/audit?limit=100', '/v1/audit/export',
    '/v1/keys', '/v1/accounts', '/v1/roles', '/v1/channels', '/v1/definitions', '/v1/sessions?person=eve',
    '/v1/people', '/v1/people:export'])
    texts[at] = (await server.json('GET', at, undefined, { authorization: `Bearer ${root}` })).text;
  for (const name of fs.readdirSync(data).filter((n) => /^ringi\.db/.test(n)))
    texts[name] = fs.readFileSync(path.join(data, name), 'latin1');
  const found = Object.entries(texts).flatMap(([where, text]) => Object.entries(secrets)
    .filter(([, secret]) => text.includes(secret)).map(([what]) => `${what} in ${where}`));
  assert.deepEqual(found, []);
  assert.ok(!texts.log.includes(sha256(root)));
});
