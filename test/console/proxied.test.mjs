// proxied.test.mjs - the console behind a proxy that speaks TLS and puts a path before it: people sign in, pages
// are where they are, changes arrive while they look, links lead back through the proxy.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { freePort, run, start } from '../compat/lib.mjs';
import { accessible, open, story, trust } from './browser.mjs';
import { passOn } from './proxy.mjs';

const GOOD = 'correct horse battery';
const PATH = '/tools/ringi';
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-proxied-'));
after(() => fs.rmSync(folder, { recursive: true, force: true }));
const [key, cert] = ['key.pem', 'cert.pem'].map((f) => path.join(folder, f));
const made = await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1',
  '-nodes',
  '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']);
assert.equal(made.code, 0, made.stderr);
trust(fs.readFileSync(cert));

const port = await freePort();
const url = `https://localhost:${port}${PATH}`;
const server = await start({ auth: 'on', data: path.join(folder, 'data'),
  flags: ['--console-url', `${url}/`, '--trusted-proxy', '127.0.0.1'] });
after(() => server.close());

const proxy = https.createServer({ key: fs.readFileSync(key), cert: fs.readFileSync(cert) },
  passOn(server, PATH, (headers) => ({ ...headers, 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https' })));
await new Promise((done) => proxy.listen(port, '127.0.0.1', done));
after(() => { proxy.closeAllConnections(); return new Promise((done) => proxy.close(done)); });

const root = fs.readFileSync(path.join(folder, 'data', 'admin.token'), 'utf8').trim();
const admin = async (method, at, body) => {
  const r = await server.json(method, at, body, { authorization: `Bearer ${root}` });
  assert.ok(r.status < 300, `${method} ${at}: ${r.text}`);
  return r.data;
};
async function account(person) {
  await admin('PUT', `/v1/people/${person}`, { name: person, zone: 'Asia/Tokyo' });
  await admin('POST', '/v1/accounts', { person, password: GOOD });
}

story('from the sign-in to a decision, under a path and over TLS', async (t) => {
  await account('hanako');
  await account('jiro');
  const { page, trouble, context } = await open(t, { url }, '/inbox');
  await page.getByLabel('Person').fill('hanako');
  await page.getByLabel('Password').fill(GOOD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('.person-name', { hasText: 'hanako' }).waitFor();
  const [cookie, ...others] = await context.cookies();
  assert.deepEqual([cookie.name, cookie.secure, cookie.httpOnly, others], ['__Host-ringi', true, true, []]);

  // It comes while the page is open, through the proxy.
  const opened = await admin('POST', '/v1/approvals',
    { subject: 'A desk by the window', applicant: 'jiro', policy: { need: 1, of: ['hanako'] } });
  await page.getByText('A desk by the window').first().click();
  await page.waitForURL(`${url}/approvals/${opened.id}`);
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  await page.getByText('Approved', { exact: true }).first().waitFor();
  await page.reload();
  await page.getByText('Approved', { exact: true }).first().waitFor();
  await accessible(page, 'an approval behind a proxy');

  // The address is that of who asked the proxy.
  const sessions = (await admin('GET', '/v1/audit?action=session.begin&limit=1')).records;
  assert.equal(sessions[0].address, '198.51.100.7');
  assert.deepEqual(trouble, []);
});

story('links lead back through the proxy', async (t) => {
  await account('saburo');
  const link = await admin('POST', '/v1/accounts/saburo/link');
  assert.ok(link.url.startsWith(`${url}/login#`), link.url);
  const { page, trouble } = await open(t, { url }, link.url.slice(url.length));
  await page.getByRole('heading', { name: 'Welcome' }).waitFor();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('.person-name', { hasText: 'saburo' }).waitFor();
  assert.ok(page.url().startsWith(`${url}/`), page.url());
  assert.deepEqual(trouble, []);
});

story('a page of another site is no page of ours, behind the proxy too', async () => {
  const ask = (origin) => new Promise((resolve, reject) => {
    const req = https.request({ host: 'localhost', port, path: `${PATH}/v1/sessions`, method: 'POST',
      rejectUnauthorized: false,
      headers: { origin, 'content-type': 'application/json', 'x-ringi-csrf': '1' } }, (res) => {
      res.resume().on('end', () => resolve(res.statusCode));
    });
    req.on('error', reject);
    req.end(JSON.stringify({ person: 'jiro', password: GOOD }));
  });
  assert.equal(await ask('https://evil.example'), 403);
  assert.equal(await ask(`https://localhost:${port}`), 201);
});
