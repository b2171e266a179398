// sw.js - makes the console installable: files whose names change with their content are kept,
// and a page that says that the server cannot be reached. Nothing of /v1 is ever kept or touched,
// and the console's page itself always comes from the server.
//
// %BUILD% is another one in each version (tools/console.mjs): the browser sees that this file has
// changed, and what the version before has kept goes.
const KEPT = 'ringi-%BUILD%';
const root = new URL(self.registration.scope).pathname;
const offline = ['offline/page.html', 'offline/page.css', 'offline/page.js'];

/** Not what a network that asks for a login first says in the server's place. */
const ours = (answer) => answer.ok && !answer.redirected;
const isAsset = (answer) => ours(answer) && /javascript|css/.test(answer.headers.get('Content-Type') ?? '');

/** The page is shown in the place of any other: its addresses begin at the root. */
async function anywhere(answer) {
  const html = (await answer.text()).replaceAll('="./', `="${root}`);
  const headers = new Headers(answer.headers);
  headers.delete('Content-Encoding');
  headers.delete('Content-Length');
  return new Response(html, { status: 503, headers });
}

async function install() {
  const cache = await caches.open(KEPT);
  for (const path of offline) {
    const answer = await fetch(root + path, { cache: 'no-cache' });
    if (!ours(answer)) throw new Error(path);
    await cache.put(root + path, path.endsWith('.html') ? await anywhere(answer) : answer);
  }
  await self.skipWaiting();
}

async function activate() {
  for (const name of await caches.keys()) if (name.startsWith('ringi-') && name !== KEPT) await caches.delete(name);
  await self.clients.claim();
}

async function kept(request) {
  const cache = await caches.open(KEPT);
  const before = await cache.match(request.url);
  if (before) return before;
  const answer = await fetch(request);
  if (isAsset(answer)) await cache.put(request.url, answer.clone());
  return answer;
}

async function page(request) {
  try {
    return await fetch(request);
  } catch {
    return (await (await caches.open(KEPT)).match(`${root}offline/page.html`)) ?? Response.error();
  }
}

self.addEventListener('install', (e) => e.waitUntil(install()));
self.addEventListener('activate', (e) => e.waitUntil(activate()));
self.addEventListener('fetch', (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== 'GET' || url.origin !== location.origin || !url.pathname.startsWith(root)) return;
  const path = url.pathname.slice(root.length);
  if (path.startsWith('assets/') || offline.includes(path)) e.respondWith(kept(e.request));
  else if (e.request.mode === 'navigate' && !path.startsWith('v1/')) e.respondWith(page(e.request));
});
