// oidc.test.mjs - people sign in by an identity provider: with a real one in a process of its own, driven through its
// pages by plain HTTP; and with one that lies in every way that a token can.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { RINGI, freePort, request, run, start, story, until } from './lib.mjs';

const SECRET = 'a-secret-that-nobody-logs';
const data = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-oidc-'));
const file = (name, text) => {
  fs.writeFileSync(path.join(data, name), text, { mode: 0o600 });
  return path.join(data, name);
};

// ---- the provider that is real

class Real {
  constructor(port, redirect) { Object.assign(this, { port, redirect, issuer: `http://127.0.0.1:${port}` }); }

  async start(key) {
    this.process = spawn(process.execPath, [fileURLToPath(new URL('provider.mjs', import.meta.url)),
      String(this.port), this.redirect, SECRET, key], { stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    this.process.stderr.on('data', (d) => { said += d; });
    this.process.stdout.on('data', (d) => { said += d; });
    this.exit = new Promise((done) => { this.process.on('exit', done); });
    await until('the provider', () => {
      assert.equal(this.process.exitCode, null, said);
      return said.includes('ready');
    });
  }

  async stop() {
    this.process.stdin.end();
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 5_000);
    await this.exit;
    clearTimeout(timer);
  }
}

// ---- the provider that lies

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const b64 = (v) => Buffer.from(typeof v === 'string' ? v : JSON.stringify(v)).toString('base64url');
const publicJwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: 'liar', use: 'sig', alg: 'RS256' };
const publicPem = pair.publicKey.export({ type: 'spki', format: 'pem' });

class Liar {
  constructor(port) { Object.assign(this, { port, issuer: `http://127.0.0.1:${port}`, asked: [] }); this.calm(); }

  /** What it does when it does not lie. */
  calm() {
    this.head = { alg: 'RS256', kid: 'liar' };
    this.claims = {};
    this.signature = null;
    this.discovery = {};
    this.keys = [publicJwk];
    this.token = null;
  }

  async start() {
    this.server = http.createServer((req, res) => this.answer(req, res));
    await new Promise((done) => { this.server.listen(this.port, '127.0.0.1', done); });
  }

  stop() { this.server.closeAllConnections(); return new Promise((done) => { this.server.close(done); }); }

  idToken() {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.issuer, aud: 'ringi', sub: 'sub-liar', exp: now + 300, iat: now, nonce: this.nonce,
      ...this.claims };
    const input = `${b64(this.head)}.${b64(claims)}`;
    const own = () => sign('sha256', Buffer.from(input), pair.privateKey).toString('base64url');
    return `${input}.${this.signature === null ? own() : this.signature(input)}`;
  }

  async answer(req, res) {
    let body = '';
    for await (const d of req) body += d;
    this.asked.push({ path: req.url, body, authorization: req.headers.authorization });
    const json = (value, status = 200) => {
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    if (req.url === '/.well-known/openid-configuration')
      json({ issuer: this.issuer, authorization_endpoint: `${this.issuer}/auth`, token_endpoint: `${this.issuer}/token`,
        jwks_uri: `${this.issuer}/keys`, ...this.discovery });
    else if (req.url === '/keys') json({ keys: this.keys });
    else if (req.url === '/token')
      json(...(this.token ?? [{ access_token: 'x', token_type: 'Bearer', id_token: this.idToken() }]));
    else json({}, 404);
  }
}

// ---- the server

const [port, realPort, liarPort, deadPort] = [await freePort(), await freePort(), await freePort(), await freePort()];
const base = `http://127.0.0.1:${port}`;
const real = new Real(realPort, `${base}/v1/login/oidc/corp/callback`);
const liar = new Liar(liarPort);
file('corp.secret', `${SECRET}\n`);
const settings = { providers: [
  { name: 'corp', title: 'Example Corp.', issuer: real.issuer, client_id: 'ringi', client_secret_file: 'corp.secret',
    link: 'email', private_network: true },
  { name: 'liar', issuer: liar.issuer, client_id: 'ringi', client_secret_file: 'corp.secret', link: 'id:employee',
    private_network: true },
  { name: 'dead', issuer: `http://127.0.0.1:${deadPort}`, client_id: 'ringi', private_network: true },
  { name: 'inside', issuer: 'https://127.0.0.1:1', client_id: 'ringi' },
] };
await Promise.all([real.start('rsa-1'), liar.start()]);
const flags = ['--oidc-file', file('oidc.json', JSON.stringify(settings))];
const server = await start({ auth: 'on', data, port, flags }).catch(async (e) => {
  await real.stop();
  await liar.stop();
  throw e;
});
after(async () => {
  await server.close();
  await Promise.all([real.stop(), liar.stop()]);
  fs.rmSync(data, { recursive: true, force: true });
});
const root = fs.readFileSync(path.join(data, 'admin.token'), 'utf8').trim();
const admin = (method, at, body) => server.json(method, at, body, { authorization: `Bearer ${root}` });
async function account(person, email) {
  if (email) assert.equal((await admin('PUT', `/v1/people/${person}`, { name: person, email })).status, 201);
  const r = await admin('POST', '/v1/accounts', { person });
  assert.equal(r.status, 201, r.text);
  return person;
}
const records = async (action) => (await admin('GET', `/v1/audit?action=${action}&limit=200`)).data;

// ---- a browser

let browsers = 0;
class Browser {
  jar = new Map();

  /** From an address of its own: many failures of one address are slowed down. */
  agent = new http.Agent({ localAddress: `127.0.1.${++browsers}` });

  async get(url, method = 'GET', form) {
    const to = new URL(url, base);
    const mine = [...(this.jar.get(to.host) ?? new Map())].map(([k, v]) => `${k}=${v}`).join('; ');
    const r = await request(to.origin, { method, path: to.pathname + to.search, body: form,
      agent: this.agent,
      headers: { ...(mine ? { cookie: mine } : {}),
        ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}) } });
    for (const set of r.headers['set-cookie'] ?? []) {
      const [pairOf] = set.split(';');
      const at = pairOf.indexOf('=');
      if (!this.jar.has(to.host)) this.jar.set(to.host, new Map());
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(set)) this.jar.get(to.host).delete(pairOf.slice(0, at));
      else this.jar.get(to.host).set(pairOf.slice(0, at), pairOf.slice(at + 1));
    }
    return { ...r, url: to.href, to: r.headers.location && new URL(r.headers.location, to).href,
      data: /[/+]json\b/.test(r.headers['content-type'] ?? '') ? JSON.parse(r.text) : undefined };
  }

  /** Through the pages of the real provider: the URL that it sends the browser back to. */
  async through(login, from = '/v1/login/oidc/corp') {
    let r = await this.get(from);
    for (let i = 0; i < 12; i++) {
      if (r.to?.startsWith(`${base}/`)) return r.to;
      if (r.to) { r = await this.get(r.to); continue; }
      assert.equal(r.status, 200, `${r.url}: ${r.text.slice(0, 500)}`);
      const action = /action="([^"]+)"/.exec(r.text)[1];
      const prompt = /name="prompt" value="(\w+)"/.exec(r.text)[1];
      r = await this.get(new URL(action, r.url).href, 'POST',
        prompt === 'login' ? `prompt=login&login=${encodeURIComponent(login)}&password=x` : 'prompt=consent');
    }
    return assert.fail('the provider does not end');
  }

  /** The same with the one that lies: it asks for nothing. */
  async lied(change = () => {}, query = '') {
    const r = await this.get(`/v1/login/oidc/liar${query}`);
    assert.equal(r.status, 302, r.text);
    const asked = new URL(r.to).searchParams;
    liar.nonce = asked.get('nonce');
    liar.calm();
    change(liar, asked);
    return this.get(`/v1/login/oidc/liar/callback?code=c&state=${asked.get('state')}`);
  }

  me() { return this.get('/v1/me'); }
}
const refused = (r, status, code, words) => {
  assert.deepEqual([r.status, r.data?.code], [status, code], r.text);
  if (words) assert.match(r.data.detail, words);
  assert.ok(!(r.headers['set-cookie'] ?? []).some((c) => c.includes('ringis_')), 'no session');
};

// ---- with the real one

story('a console learns which ways to sign in there are, without a session', async () => {
  const r = await server.json('GET', '/v1/login');
  assert.equal(r.status, 200);
  assert.equal(r.data.password, true);
  assert.deepEqual(r.data.providers[0], { name: 'corp', title: 'Example Corp.', path: '/v1/login/oidc/corp' });
  assert.deepEqual(r.data.providers.map((p) => p.title), ['Example Corp.', 'liar', 'dead', 'inside']);
  assert.ok(!r.text.includes(SECRET) && !r.text.includes('client'));
});

story('a person signs in: linked at first by a verified mail address, found by the subject ever after', async () => {
  await account('hanako', 'Hanako@Example.com');
  const b = new Browser();
  const there = await b.get('/v1/login/oidc/corp?next=/inbox%3Fa%3D1');
  assert.equal(there.status, 302, there.text);
  const q = new URL(there.to).searchParams;
  assert.deepEqual([q.get('response_type'), q.get('code_challenge_method'), q.get('redirect_uri'), q.get('scope')],
    ['code', 'S256', real.redirect, 'openid email']);
  assert.ok(q.get('state').length >= 43 && q.get('nonce').length >= 43 && q.get('code_challenge').length === 43);
  const [cookie] = there.headers['set-cookie'];
  assert.match(cookie, /^ringi_oidc=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/);
  assert.ok(!cookie.includes(q.get('state')), 'sealed');

  const back = await b.get(await b.through('hanako', '/v1/login/oidc/corp?next=/inbox%3Fa%3D1'));
  assert.equal(back.status, 302, back.text);
  assert.equal(back.headers.location, '/inbox?a=1');
  assert.match(back.headers['set-cookie'][0],
    /^ringi_session=ringis_[A-Za-z0-9]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200$/);
  assert.match(back.headers['set-cookie'][1], /^ringi_oidc=; .*Max-Age=0$/);
  assert.equal(back.text, '');
  const me = await b.me();
  assert.deepEqual([me.data.principal, me.data.person, me.data.how], ['hanako', true, 'oidc']);
  const a = (await admin('GET', '/v1/accounts')).data.accounts.find((x) => x.person === 'hanako');
  assert.deepEqual([a.oidc_issuer, a.oidc_subject], [real.issuer, 'hanako']);

  assert.equal((await admin('PUT', '/v1/people/hanako', { name: 'hanako', email: 'married@example.com' })).status, 200);
  const again = new Browser();
  assert.equal((await again.get(await again.through('hanako'))).headers.location, '/');
  assert.equal((await again.me()).data.principal, 'hanako');
  const said = JSON.stringify([await records('session.begin'), await records('account.oidc')]);
  assert.ok(said.includes('"corp"') && said.includes('"oidc"') && said.includes(real.issuer), said);
});

story('an address that nobody verified links nobody', async () => {
  await account('jiro', 'jiro@example.com');
  const b = new Browser();
  refused(await b.get(await b.through('jiro+unverified')), 401, 'INVALID_LOGIN', /no account here is linked/);
  assert.equal((await b.me()).status, 401);
  const c = new Browser();
  assert.equal((await c.get(await c.through('jiro'))).status, 302);
  await account('shiro', 'shiro@example.com'); // linked by an administrator: the subject is what counts
  const shiro = { issuer: real.issuer, subject: 'shiro+unverified' };
  assert.equal((await admin('PUT', '/v1/accounts/shiro/oidc', shiro)).status, 204);
  const d = new Browser();
  assert.equal((await d.get(await d.through('shiro+unverified'))).status, 302);
  assert.equal((await d.me()).data.principal, 'shiro');
  assert.match(JSON.stringify(await records('session.refused')), /unknown/);
});

story('unknown, several of one address, without an account, disabled: refused with a sentence', async () => {
  const go = async (login) => { const b = new Browser(); return b.get(await b.through(login)); };
  refused(await go('stranger'), 401, 'INVALID_LOGIN', /no account here is linked/);
  await account('twin-a', 'twin@example.com');
  await account('twin-b', 'TWIN@example.com');
  refused(await go('twin'), 401, 'INVALID_LOGIN', /Several people/);
  await admin('PUT', '/v1/people/noaccount', { name: 'n', email: 'noaccount@example.com' });
  refused(await go('noaccount'), 401, 'INVALID_LOGIN', /no account yet/);
  await account('gone', 'gone@example.com');
  assert.equal((await admin('POST', '/v1/accounts/gone/disable')).status, 204);
  refused(await go('gone'), 401, 'INVALID_LOGIN', /disabled/);
});

story('an administrator links and takes away; a linked account is not linked anew by a rule', async () => {
  await account('saburo', 'saburo@example.com');
  const link = (body, who = 'saburo') => admin('PUT', `/v1/accounts/${who}/oidc`, body);
  assert.equal((await link({ issuer: real.issuer, subject: 'other' })).status, 204);
  assert.equal((await link({ issuer: real.issuer, subject: 'other' }, 'twin-a')).status, 409);
  assert.equal((await link({ issuer: real.issuer })).status, 400);
  assert.equal((await link({ issuer: real.issuer, subject: 'x'.repeat(256) })).status, 400);
  const b = new Browser();
  refused(await b.get(await b.through('saburo')), 401, 'INVALID_LOGIN', /another identity/);
  const c = new Browser();
  assert.equal((await c.get(await c.through('other'))).status, 302);
  assert.equal((await c.me()).data.principal, 'saburo');
  assert.equal((await admin('DELETE', '/v1/accounts/saburo/oidc')).status, 204);
  assert.equal((await c.me()).status, 401, 'sessions end with the link');
  assert.equal((await b.get(await b.through('saburo'))).status, 302);
});

story('the way back works once, in the browser that went, with its state', async () => {
  const b = new Browser();
  const url = await b.through('hanako');
  refused(await new Browser().get(url), 401, 'INVALID_LOGIN', /no such sign-in/);
  const other = new URL(url);
  other.searchParams.set('state', 'x'.repeat(43));
  refused(await b.get(other.href), 401, 'INVALID_LOGIN', /no such sign-in/);
  const wrongIssuer = new URL(url);
  const kept = new Map(b.jar.get(new URL(base).host));
  assert.equal((await b.get(url)).status, 302);
  b.jar.set(new URL(base).host, kept); // who kept the cookie and the URL comes again
  refused(await b.get(url), 401, 'INVALID_LOGIN', /used already/);
  const c = new Browser();
  await c.get('/v1/login/oidc/corp');
  wrongIssuer.searchParams.set('state', 'stolen');
  refused(await c.get(wrongIssuer.href), 401, 'INVALID_LOGIN', /no such sign-in/); // another's code, in mine
});

story('a code is taken once by the provider too', async () => {
  const b = new Browser();
  const first = new URL(await b.through('hanako'));
  const code = first.searchParams.get('code');
  assert.equal((await b.get(first.href)).status, 302);
  const there = await b.get('/v1/login/oidc/corp');
  first.searchParams.set('state', new URL(there.to).searchParams.get('state'));
  assert.equal(first.searchParams.get('code'), code);
  refused(await b.get(first.href), 401, 'INVALID_LOGIN', /does not know this sign-in/);
});

story('who says no at the provider, or comes back from another one, is refused', async () => {
  const b = new Browser();
  const state = async () => new URL((await b.get('/v1/login/oidc/corp')).to).searchParams.get('state');
  refused(await b.get(`/v1/login/oidc/corp/callback?error=access_denied&state=${await state()}`), 401, 'INVALID_LOGIN',
    /Example Corp\. did not let you in \(access_denied\)/);
  refused(await b.get(`/v1/login/oidc/corp/callback?error=%3Cscript%3E&state=${await state()}`), 401, 'INVALID_LOGIN',
    /\(no reason\)/);
  refused(await b.get(`/v1/login/oidc/corp/callback?code=x&iss=https%3A%2F%2Fevil.example&state=${await state()}`), 401,
    'INVALID_LOGIN', /another identity provider/);
  refused(await b.get(`/v1/login/oidc/corp/callback?code=x&state=${await state()}`), 401, 'INVALID_LOGIN',
    /does not say which/); // it always says: RFC 9207
  const mine = await state();
  refused(await b.get(`/v1/login/oidc/liar/callback?code=x&state=${mine}`), 401, 'INVALID_LOGIN', /no such sign-in/);
});

story('behind it the browser goes to a path of this server, and nowhere else', async () => {
  const b = new Browser();
  for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', '', '/\t/evil.example', '/a\r\nX: y',
    '\\/evil.example', `/${'x'.repeat(1024)}`, 'evil', '/a\u007f'])
    refused(await b.get(`/v1/login/oidc/corp?next=${encodeURIComponent(next)}`), 400, 'INVALID_PARAMETER',
      /next must be a path/);
  const to = async (next) => {
    const c = new Browser();
    const back = await c.through('hanako', `/v1/login/oidc/corp?next=${encodeURIComponent(next)}`);
    return (await c.get(back)).headers.location;
  };
  assert.equal(await to('/承認 1?a=b#c'), '/%E6%89%BF%E8%AA%8D%201?a=b#c');
  assert.equal(await to(`/${'x'.repeat(1023)}`), `/${'x'.repeat(1023)}`);
});

story('keys that change are met: asked for again when none fits', async () => {
  const b = new Browser();
  assert.equal((await b.get(await b.through('hanako'))).status, 302);
  await real.stop();
  await real.start('rsa-2');
  const c = new Browser();
  assert.equal((await c.get(await c.through('hanako'))).status, 302);
  await real.stop();
  await real.start('ec-3'); // ES256
  const d = new Browser();
  assert.equal((await d.get(await d.through('hanako'))).status, 302);
});

story('it takes too long: begin again', async (t) => {
  const b = new Browser();
  const url = await b.through('hanako');
  const late = Date.now() + 601_000;
  t.after(() => admin('POST', '/v2/clock/reset'));
  assert.ok((await admin('PUT', '/v2/clock', { timestamp: late })).status < 300);
  refused(await b.get(url), 401, 'INVALID_LOGIN', /took too long/);
});

// ---- with the one that lies

story('a token is believed when all of it is right', async () => {
  await account('E-17');
  const b = new Browser();
  refused(await b.lied(), 401, 'INVALID_LOGIN', /no account here is linked/);
  const r = await b.lied((l) => { l.claims = { employee: 'E-17' }; });
  assert.equal(r.status, 302, r.text);
  assert.equal((await b.me()).data.principal, 'E-17');
  const exchange = liar.asked.filter((a) => a.path === '/token').at(-1);
  assert.equal(exchange.authorization, `Basic ${Buffer.from(`ringi:${SECRET}`).toString('base64')}`);
  const form = new URLSearchParams(exchange.body);
  assert.deepEqual([form.get('grant_type'), form.get('code'), form.get('client_secret')],
    ['authorization_code', 'c', null]);
  assert.equal(form.get('redirect_uri'), `${base}/v1/login/oidc/liar/callback`);
  assert.ok(form.get('code_verifier').length >= 43);
  for (const [name, change] of Object.entries({
    'the audience is a list': (l) => { l.claims = { aud: ['ringi'] }; },
    'of several, given to us': (l) => { l.claims = { aud: ['x', 'ringi'], azp: 'ringi' }; },
    'it names no key': (l) => { l.head = { alg: 'RS256' }; },
    'within the skew of clocks': (l) => { l.claims = { exp: Math.floor(Date.now() / 1000) - 30 }; },
  })) assert.equal((await new Browser().lied(change)).status, 302, name);
});

const now = () => Math.floor(Date.now() / 1000);
const mac = (key) => (input) => createHmac('sha256', key).update(input).digest('base64url');
const head = (alg, make, more = {}) => (l) => { l.head = { alg, ...more }; l.signature = make; };
const nobodys = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const LIES = {
  'no signature, and it says so': [head('none', () => ''), /RS256 or ES256/],
  'no signature, but a key': [head('none', () => 'AAAA', { kid: 'liar' }), /RS256 or ES256/],
  'no signature where one should be': [head('RS256', () => '', { kid: 'liar' }), /signature is wrong/],
  'a MAC with the public key': [head('HS256', mac(publicPem), { kid: 'liar' }), /RS256 or ES256/],
  'a MAC with the secret of the client': [head('HS256', mac(SECRET)), /RS256 or ES256/],
  'a MAC that says it is none': [head('RS256', mac(publicPem), { kid: 'liar' }), /signature is wrong/],
  'another key': [head('RS256', (input) => sign('sha256', Buffer.from(input), nobodys).toString('base64url')),
    /signature is wrong/],
  'a key that nobody has': [(l) => { l.head = { alg: 'RS256', kid: 'other' }; }, /none of the provider's keys/],
  'an algorithm of another kind': [(l) => { l.head = { alg: 'ES256', kid: 'liar' }; }, /none of the provider's keys/],
  'a critical extension': [(l) => { l.head = { alg: 'RS256', kid: 'liar', crit: ['b64'], b64: false }; }, /no token/],
  'another issuer': [(l) => { l.claims = { iss: 'https://evil.example' }; }, /another issuer/],
  'another audience': [(l) => { l.claims = { aud: 'somebody' }; }, /another client/],
  'no audience': [(l) => { l.claims = { aud: undefined }; }, /another client/],
  'several audiences, given to nobody': [(l) => { l.claims = { aud: ['ringi', 'x'] }; }, /another client/],
  'given to another': [(l) => { l.claims = { azp: 'x' }; }, /another client/],
  'expired': [(l) => { l.claims = { exp: now() - 90 }; }, /expired/],
  'without an end': [(l) => { l.claims = { exp: undefined }; }, /expired/],
  'an end in words': [(l) => { l.claims = { exp: 'tomorrow' }; }, /expired/],
  'of the future': [(l) => { l.claims = { iat: now() + 90 }; }, /future/],
  'not valid yet': [(l) => { l.claims = { nbf: now() + 90 }; }, /future/],
  'another nonce': [(l) => { l.claims = { nonce: 'other' }; }, /another sign-in/],
  'no nonce': [(l) => { l.claims = { nonce: undefined }; }, /another sign-in/],
  'no subject': [(l) => { l.claims = { sub: undefined }; }, /no subject/],
  'a subject that is too long': [(l) => { l.claims = { sub: 'x'.repeat(256) }; }, /no subject/],
  'a text that is no token': [(l) => { l.token = [{ id_token: 'hello' }]; }, /no token/],
  'a token that is too long': [(l) => { l.claims = { more: 'x'.repeat(40_000) }; }, /no token/],
};
for (const [name, [lie, words]] of Object.entries(LIES))
  story(`a token that lies is refused: ${name}`, async (t) => {
    t.after(() => liar.calm());
    refused(await new Browser().lied((l) => { l.claims = { employee: 'E-17' }; lie(l); }), 401, 'INVALID_LOGIN', words);
  });

story('an unknown key is asked for once, and then the token is refused', async (t) => {
  t.after(() => liar.calm());
  await new Browser().lied();
  const before = liar.asked.filter((a) => a.path === '/keys').length;
  const renamed = (l) => { l.head = { alg: 'RS256', kid: 'new' }; };
  refused(await new Browser().lied(renamed), 401, 'INVALID_LOGIN', /none of the/);
  assert.equal(liar.asked.filter((a) => a.path === '/keys').length, before + 1);
  const r = await new Browser().lied((l) => {
    renamed(l);
    l.keys = [{ ...publicJwk, kid: 'new' }];
    l.claims = { employee: 'E-17' };
  });
  assert.equal(r.status, 302, r.text);
});

story('a provider that is down, or says nonsense, is told plainly, and nobody gets in', async (t) => {
  t.after(() => liar.calm());
  refused(await new Browser().get('/v1/login/oidc/dead'), 503, 'UNAVAILABLE', /dead cannot be used at the moment/);
  refused(await new Browser().get('/v1/login/oidc/dead'), 503, 'UNAVAILABLE', /a moment ago/);
  refused(await new Browser().get('/v1/login/oidc/inside'), 503, 'UNAVAILABLE', /cannot be used/); // a private network
  refused(await new Browser().get('/v1/login/oidc/nobody'), 404, 'NOT_FOUND');
  refused(await new Browser().lied((l) => { l.token = [{ error: 'invalid_client' }, 401]; }), 503, 'UNAVAILABLE');
  await until('it may be asked again', async () =>
    (await new Browser().get('/v1/login/oidc/liar')).status === 302, 10_000);
  refused(await new Browser().lied((l) => { l.token = [{ filler: 'x'.repeat(65_536) }]; }), 503, 'UNAVAILABLE');
  assert.match(server.output, /the identity provider cannot be used.*provider=dead/);
  assert.match(server.output, /asked_for="token" why="invalid_client"/);
});

story('codes, tokens and secrets are in no log and no record', async () => {
  const all = server.output + JSON.stringify([await records('session.refused'), await records('session.begin')]);
  for (const word of [SECRET, 'id_token', 'eyJ', 'ringis_', 'code_verifier'])
    assert.ok(!all.includes(word), word);
  assert.match(JSON.stringify(await records('session.refused')), /oidc-token/);
});

// ---- settings

const wrong = async (provider, words) => {
  const text = typeof provider === 'string' ? provider : JSON.stringify({ providers: [provider].flat() });
  const f = file('wrong.json', text);
  const r = await run(RINGI, ['serve', '--data', path.join(data, 'never'), '--oidc-file', f]);
  assert.equal(r.code, 2, r.stderr);
  assert.match(r.stderr, words);
};

story('settings that are wrong are told at the start', async () => {
  const good = { name: 'a', issuer: 'https://id.example.com', client_id: 'ringi' };
  await wrong('{', /providers/);
  await wrong({ ...good, name: 'A b' }, /name has/);
  await wrong({ ...good, name: 'x'.repeat(33) }, /name has/);
  await wrong({ ...good, issuer: 'http://id.example.com' }, /https/);
  await wrong({ ...good, issuer: 'http://127.0.0.1:1' }, /https/);
  await wrong({ ...good, issuer: 'http://127.0.0.1.example.com', private_network: true }, /https/);
  await wrong({ ...good, issuer: 'https://a@id.example.com' }, /https/);
  await wrong({ ...good, issuer: `https://id.example.com/${'x'.repeat(1024)}` }, /https/);
  await wrong({ ...good, client_id: undefined }, /client_id/);
  await wrong({ ...good, scope: 'email' }, /openid/);
  await wrong({ ...good, link: 'name' }, /link is/);
  await wrong({ ...good, colour: 'red' }, /colour/);
  await wrong({ ...good, client_secret_file: 'nowhere' }, /client_secret_file/);
  await wrong([good, good], /same name/);
  const many = Array.from({ length: 17 }, (_, i) => ({ ...good, name: `p${i}`, issuer: `https://i${i}.example.com` }));
  await wrong(many, /at most 16/);
  await wrong(`{"providers": [], "x": "${'x'.repeat(65_536)}"}`, /cannot be read/);
});

story('one provider is set by options, its secret in a file', async () => {
  const one = await start({ auth: 'on', flags: ['--oidc-issuer', liar.issuer, '--oidc-client-id', 'ringi',
    '--oidc-name', 'one', '--oidc-title', 'The one', '--oidc-link', 'id:employee', '--oidc-private-network',
    '--oidc-client-secret-file', path.join(data, 'corp.secret')] });
  try {
    const r = await one.json('GET', '/v1/login');
    assert.deepEqual(r.data.providers, [{ name: 'one', title: 'The one', path: '/v1/login/oidc/one' }]);
    assert.equal((await one.json('GET', '/v1/login/oidc/one')).status, 302);
    const host = { host: 'ringi.example.com' };
    assert.equal((await one.json('GET', '/v1/login', undefined, host)).data.password, false); // not in clear
    refused(await one.json('GET', '/v1/login/oidc/one', undefined, host), 403, 'FOREIGN_PAGE');
  } finally { await one.close(); }
});

story('an address that tries again and again is slowed down', async () => {
  const b = new Browser();
  const answers = [];
  for (let i = 0; i < 32; i++) answers.push((await b.get('/v1/login/oidc/corp/callback?code=x&state=y')).status);
  assert.deepEqual([answers.filter((a) => a === 401).length, answers.at(-1)], [30, 429]);
});

story('behind a proxy that speaks TLS the cookie is for it alone', async () => {
  const one = await start({ auth: 'on', flags: ['--oidc-issuer', liar.issuer, '--oidc-client-id', 'ringi',
    '--oidc-private-network', '--advertise', 'https://ringi.example.com'] });
  try {
    const r = await one.json('GET', '/v1/login/oidc/oidc');
    assert.equal(new URL(r.headers.location).searchParams.get('redirect_uri'),
      'https://ringi.example.com/v1/login/oidc/oidc/callback');
    assert.match(r.headers['set-cookie'][0], /^__Host-ringi-oidc=[^;]+; Path=\/; HttpOnly; SameSite=Lax; .*; Secure$/);
  } finally { await one.close(); }
});

story('so many providers are asked at once, and a server that stops meanwhile stops at once', async () => {
  const hole = http.createServer(() => {}); // takes requests and never answers
  await new Promise((done) => { hole.listen(0, '127.0.0.1', done); });
  const one = await start({ auth: 'on', flags: ['--oidc-issuer', `http://127.0.0.1:${hole.address().port}`,
    '--oidc-client-id', 'ringi', '--oidc-private-network'] });
  let asked = 0;
  hole.on('request', () => { asked++; });
  const waiting = Array.from({ length: 32 }, () => http.get(`${one.url}/v1/login/oidc/oidc`).on('error', () => {}));
  await until('all to ask', () => asked === 32);
  refused(await one.json('GET', '/v1/login/oidc/oidc'), 503, 'THROTTLED');
  for (const w of waiting) w.destroy();
  const from = Date.now();
  await one.close();
  assert.ok(Date.now() - from < 8_000, `${Date.now() - from} ms`);
  hole.closeAllConnections();
  await new Promise((done) => { hole.close(done); });
});
