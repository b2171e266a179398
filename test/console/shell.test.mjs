// shell.test.mjs - the console's files as they are served, and what stands around every page.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { freePort, start } from '../compat/lib.mjs';
import { LOOKS, accessible, open, story } from './browser.mjs';
import { passOn } from './proxy.mjs';

const server = await start({ flags: [] });
after(() => server.close());
const html = { Accept: 'text/html' };
const fetchFile = (path, headers = {}) => server.request({ path, headers });

async function assets() {
  const { text } = await fetchFile('/', html);
  return [...text.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map((m) => `/${m[1]}`);
}

// ---- files

story('the page is served at any path that is nobody else\'s, with the way up to the root', async () => {
  for (const [path, up] of [['/', './'], ['/inbox', './'], ['/queues/orders', '../'], ['/a/b/c', '../../']]) {
    const r = await fetchFile(path, html);
    assert.equal(r.status, 200);
    assert.match(r.headers['content-type'], /^text\/html/);
    assert.ok(r.text.includes(`data-root="${up}"`) && r.text.includes(`src="${up}assets/`), path);
    assert.ok(!r.text.includes('%'), 'every place is filled');
    assert.equal(r.headers['cache-control'], 'no-cache');
  }
  assert.equal((await fetchFile(`/${'a/'.repeat(17)}`, html)).status, 404);
  assert.equal((await fetchFile('/inbox', { Accept: 'application/json' })).status, 404);
  assert.match((await fetchFile('/v1/nothing', html)).headers['content-type'], /problem\+json/);
  assert.match((await fetchFile('/openapi.json', html)).headers['content-type'], /^application\/json/);
});

story('nothing but its own files may run in the page, and nobody may frame it', async () => {
  const policy = (await fetchFile('/', html)).headers['content-security-policy'];
  for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'",
    "base-uri 'none'"])
    assert.ok(policy.includes(part), part);
  assert.ok(!policy.includes('unsafe'));
});

story('files are kept for ever by their names, gzipped for who takes it, and asked for once', async () => {
  for (const at of await assets()) {
    const plain = await fetchFile(at);
    const zipped = await fetchFile(at, { 'Accept-Encoding': 'br, gzip' });
    assert.match(plain.headers['cache-control'], /immutable/);
    assert.equal(zipped.headers['content-encoding'], 'gzip');
    assert.deepEqual(gunzipSync(zipped.bytes), plain.bytes);
    const again = await fetchFile(at, { 'If-None-Match': plain.headers.etag });
    assert.deepEqual([again.status, again.bytes.length], [304, 0]);
    const head = await server.request({ method: 'HEAD', path: at });
    assert.deepEqual([head.status, head.bytes.length], [200, 0]);
  }
  assert.equal((await fetchFile('/assets/nothing.js')).status, 404);
});

story('what is loaded first keeps its size: 40 KB of script, 10 KB of style, 6 requests', async (t) => {
  const { page, context } = await open(t, server, '/', { who: 'aoki' });
  await page.getByRole('heading', { level: 1 }).waitFor();
  await context.close();
  const sizes = { js: 0, css: 0 };
  for (const at of await assets())
    sizes[at.split('.').pop()] += gzipSync((await fetchFile(at)).bytes, { level: 9 }).length;
  assert.ok(sizes.js <= 40 * 1024, `script: ${sizes.js}`);
  assert.ok(sizes.css <= 10 * 1024, `style: ${sizes.css}`);
});

story('all of its scripts are 150 KB at most, editors and all', async () => {
  const todo = await assets(), seen = new Set();
  let size = 0;
  for (let at; (at = todo.pop());) {
    if (seen.has(at) || !at.endsWith('.js')) continue;
    seen.add(at);
    const { bytes } = await fetchFile(at);
    size += gzipSync(bytes, { level: 9 }).length;
    todo.push(...[...bytes.toString().matchAll(/[\w-]+\.js\b/g)].map(([name]) => at.replace(/[^/]+$/, name)));
  }
  assert.ok(seen.size > 40, `${seen.size} scripts`);
  assert.ok(size <= 150 * 1024, `scripts: ${size}`);
});

story('it works behind a proxy that serves it under a path', async (t) => {
  const port = await freePort();
  const proxy = http.createServer(passOn(server, '/tools/ringi', (headers) => ({ ...headers,
    host: new URL(server.url).host, ...(headers.origin ? { origin: server.url } : {}) }))).listen(port, '127.0.0.1');
  t.after(() => { proxy.closeAllConnections(); proxy.close(); });
  const behind = { url: `http://127.0.0.1:${port}` };
  const { page, trouble } = await open(t, behind, '/tools/ringi/nowhere/at/all', { who: 'aoki' });
  await page.getByRole('heading', { name: 'There is nothing at this address' }).waitFor();
  await page.locator('.brand').click();
  await page.waitForURL(`http://127.0.0.1:${port}/tools/ringi/`);
  assert.deepEqual(trouble, []);
});

// ---- around the pages

story('nobody is asked for a password where the server asks nobody: a person is chosen', async (t) => {
  const { page, trouble } = await open(t, server, '/');
  await page.getByLabel('Somebody else').fill('ａｏｋｉ'); // full width, as an input method gives it
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.locator('.person-name', { hasText: 'aoki' }).waitFor();
  await page.getByRole('button', { name: '日本語' }).click();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'ja');
  assert.deepEqual(trouble, []);
});

story('the keys are listed, and off while somebody types', async (t) => {
  const { page, trouble } = await open(t, server, '/', { who: 'aoki' });
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
  await page.keyboard.type('??');
  assert.equal(await page.getByRole('dialog').count(), 0);
  assert.deepEqual(trouble, []);
});

story('the frame and the first page are accessible in every look', async (t) => {
  for (const look of LOOKS) {
    for (const who of [undefined, 'aoki']) {
      const { page, trouble, context } = await open(t, server, '/', { ...look, who });
      await page.getByRole('heading', { level: 1 }).waitFor();
      await accessible(page, `${who ? 'home' : 'sign-in'} ${look.language} ${look.theme} ${look.device}`);
      assert.deepEqual(trouble, []);
      await context.close();
    }
  }
});

story('who is not signed in is offered the identity providers, and comes back to the same page', async (t) => {
  const guarded = await start({ auth: 'on',
    flags: ['--oidc-issuer', 'https://id.example.com', '--oidc-client-id', 'ringi',
    '--oidc-title', 'Example Corp.'] });
  try {
    const { page, context } = await open(t, guarded, '/inbox?a=1');
    const link = page.getByRole('link', { name: 'Example Corp.' });
    await link.waitFor();
    const to = new URL(await link.evaluate((a) => a.href));
    assert.deepEqual([to.pathname, to.searchParams.get('next')], ['/v1/login/oidc/oidc', '/inbox?a=1']);
    await accessible(page, 'sign-in with providers');
    await context.close();
  } finally {
    await guarded.close();
  }
});
