// installable.test.mjs - the console as an app: its manifest and icons, and the service worker,
// behind a proxy that serves it under a path, goes away, comes back, and brings another version.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after } from 'node:test';
import { start, until } from '../compat/lib.mjs';
import { open, story } from './browser.mjs';

const server = await start({ flags: [] });
after(() => server.close());

/** { url, away, build }: `away` hangs up on everybody; `build` makes it another version. */
async function proxied(t) {
  const state = { away: false, build: '' };
  const proxy = http.createServer((req, res) => {
    if (state.away) { req.socket.destroy(); return; }
    delete req.headers['if-none-match'];
    const on = http.request(`${server.url}${req.url.replace(/^\/desk/, '')}`, { method: req.method,
      headers: { ...req.headers, host: new URL(server.url).host, 'accept-encoding': 'identity' } }, (answer) => {
      if (!state.build || !req.url.endsWith('/sw.js')) { res.writeHead(answer.statusCode, answer.headers);
        answer.pipe(res); return; }
      let text = '';
      answer.on('data', (d) => { text += d; });
      answer.on('end', () => {
        const { 'content-length': _, etag: __, ...headers } = answer.headers;
        res.writeHead(200, headers).end(text.replace(/'ringi-\w+'/, `'ringi-${state.build}'`));
      });
    });
    on.on('error', () => res.destroy());
    req.pipe(on);
  });
  await new Promise((done) => { proxy.listen(0, '127.0.0.1', done); });
  t.after(() => { proxy.closeAllConnections(); proxy.close(); });
  return Object.assign(state, { url: `http://127.0.0.1:${proxy.address().port}` });
}

const keptBy = (page) => page.evaluate(async () => {
  const all = {};
  for (const name of await caches.keys()) all[name] = (await (await caches.open(name)).keys()).map((r) =>
    new URL(r.url).pathname);
  return all;
});

story('the manifest names icons that are there, in their sizes, and begins where the console does', async () => {
  const manifest = await server.request({ path: '/manifest.webmanifest' });
  assert.match(manifest.headers['content-type'], /^application\/manifest\+json/);
  const m = JSON.parse(manifest.text);
  assert.deepEqual([m.id, m.start_url, m.scope, m.display], ['./', './', './', 'standalone']);
  assert.ok(m.icons.some((i) => i.purpose === 'maskable'));
  for (const icon of m.icons.filter((i) => i.type === 'image/png')) {
    const { bytes, headers } = await server.request({ path: icon.src.slice(1) });
    assert.equal(headers['content-type'], 'image/png');
    assert.equal(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, icon.sizes);
  }
  const sw = await server.request({ path: '/sw.js' });
  assert.equal(sw.headers['cache-control'], 'no-cache');
  assert.match(sw.text, /'ringi-[0-9a-f]{12}'/);
});

story('away, it says so under any address; back again, it is there again; a new version replaces the old',
  async (t) => {
  const proxy = await proxied(t);
  const { page, trouble } = await open(t, { url: proxy.url }, '/desk/', { who: 'suzuki' });
  await page.getByRole('heading', { name: /Hello/ }).waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.goto(`${proxy.url}/desk/queues`); // by way of the worker
  await page.getByRole('heading', { name: 'Queues' }).waitFor();

  const kept = Object.entries(await keptBy(page));
  assert.equal(kept.length, 1);
  assert.ok(kept[0][1].some((path) => path.startsWith('/desk/assets/')), kept[0][1].join());
  for (const path of kept[0][1]) assert.match(path,
    /^\/desk\/(assets\/[\w.-]+-[\w-]{8,}\.(js|css)|offline\/page\.(html|css|js))$/);
  assert.deepEqual(trouble, []);

  proxy.away = true;
  await page.goto(`${proxy.url}/desk/queues/orders`);
  await page.getByRole('heading', { name: 'The server cannot be reached' }).waitFor();
  await page.getByRole('heading', { name: 'サーバーに接続できません' }).waitFor();
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).display), 'grid', 'with its style');
  const answer = await page.evaluate(() => fetch('/desk/v1/queues').then((r) => r.status, () => 'no answer'));
  assert.equal(answer, 'no answer', 'data is never told from memory');

  proxy.away = false;
  await page.evaluate(() => { dispatchEvent(new Event('online')); });
  await page.getByRole('navigation').first().waitFor();
  assert.equal(new URL(page.url()).pathname, '/desk/queues/orders');

  proxy.build = 'newer';
  await page.evaluate(async () => { await (await navigator.serviceWorker.ready).update(); });
  await until('the new version', async () => Object.keys(await keptBy(page)).join() === 'ringi-newer');
  await page.reload();
  await page.getByRole('navigation').first().waitFor();
  assert.deepEqual(Object.keys(await keptBy(page)), ['ringi-newer']);
  // What could not be had while the server was away is what a browser writes down.
  assert.deepEqual(trouble.filter((x) => !/Failed to load resource|net::ERR_/.test(x)), []);
});
