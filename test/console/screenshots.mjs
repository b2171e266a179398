// screenshots.mjs - `make screenshots`: every screen of the console, of the demo's company, in both
// languages, light and dark, on desk and phone, for people to look at.
//
//   RINGI=build/ringi node test/console/screenshots.mjs FOLDER [--only TEXT] [--look en-light-desk]
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const LOOKS = ['en', 'ja'].flatMap((language) => ['light', 'dark'].flatMap((theme) =>
  [['desk', 1280, 860], ['phone', 390, 844]].map(([device, width, height]) =>
    ({ language, theme, device, width, height }))));
const args = process.argv.slice(2);
const option = (name) => (args.includes(name) ? args.splice(args.indexOf(name), 2)[1] : '');
const only = option('--only'), look = option('--look');
const folder = resolve(args[0] ?? 'build/screenshots');

/** [file, persona, path, what to do there] */
function screens(ids) {
  const a = (key) => `/approvals/${ids[key]}`;
  const tab = (name) => async (p) => p.getByRole('tab', { name }).first().click({ timeout: 3000 });
  return [
    ['sign-in', null, '/'],
    ['sign-in-link', null, '/login#ringil_0123456789012345678901234567890123456789012'],
    ['home-applicant', 'aoki', '/'], ['home-approver', 'suzuki', '/'], ['home-operator', 'okada', '/'],
      ['home-owner', 'mori', '/'],
    ['inbox', 'suzuki', '/inbox'], ['inbox-empty', 'okada', '/inbox'],
    ['requests', 'aoki', '/requests'], ['request-new', 'aoki', '/requests/new'],
    ['approval-mine', 'suzuki', a('mine')], ['approval-returned', 'aoki', a('returned')],
    ['approval-contract', 'suzuki', a('contract')], ['approval-approved', 'aoki', a('approved')],
    ['approval-incident', 'mori', a('incident')],
    ['me', 'suzuki', '/me'], ['notifications', 'aoki', '/notifications'],
    ['overview', 'okada', '/overview'], ['queues', 'okada', '/queues'], ['queue', 'okada', '/queues/orders'],
    ['queue-fifo', 'okada', '/queues/stock.fifo'], ['queue-fifo-groups', 'okada', '/queues/stock.fifo?tab=groups'],
    ['queue-course', 'okada', '/queues/orders?tab=course'], ['queue-settings', 'okada', '/queues/orders?tab=settings'],
    ['queue-paused', 'okada', '/queues/invoices'], ['queue-dead', 'okada', '/queues/payments-dlq'],
    ['queue-dead-errors', 'okada', '/queues/payments-dlq?tab=errors'],
    ['jobs', 'okada', '/jobs'], ['job', 'okada', `/jobs/${ids.job}`], ['dead', 'okada', '/dead'],
    ['schedules', 'okada', '/schedules'], ['topics', 'okada', '/topics'], ['audit', 'okada', '/audit'],
    ['search', 'okada', '/search?q=payments'],
    ['people', 'mori', '/people'], ['person', 'mori', '/people/yamamoto'],
    ['policies', 'mori', '/policies'], ['policy', 'mori', '/policies/contract'],
      ['policy-versions', 'mori', '/policies/purchase'],
    ['policy-edit', 'mori', '/policies/contract/edit'], ['policy-new', 'mori', '/policy-new'],
    ['calendars', 'mori', '/calendars'], ['calendar', 'mori', '/calendars/tokyo'],
      ['calendar-new', 'mori', '/calendar-new'],
    ['figures', 'mori', '/figures'], ['access', 'admin', '/access'], ['about', 'suzuki', '/about'],
    ['nothing', 'suzuki', '/nothing-here'], ['refused', 'aoki', '/queues'],
  ].filter(([name]) => name.includes(only));
}

const freePort = () => new Promise((done) => {
  const s = createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => done(port)); });
});

/** The demo, once its links are printed. */
async function company() {
  const data = join(mkdtempSync(join(tmpdir(), 'ringi-screens-')), 'demo');
  const p = spawn(process.env.RINGI ?? 'build/ringi',
    ['demo', '--rows', '2000', '--data', data, '--listen', `127.0.0.1:${await freePort()}`],
    { env: { ...process.env, LC_ALL: 'C' }, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  await new Promise((done, failed) => {
    p.stdout.on('data', (d) => { said += d; if (said.includes('Ctrl-C ends it')) done(); });
    p.on('close', () => failed(new Error(`The demo ended:\n${said}`)));
  });
  const links = [...said.matchAll(/http:\/\/(\w+)\.localhost:\d+\/login#(\S+)/g)].map((m) => [m[1], m[2]]);
  const url = /server (\S+),/.exec(said)[1];
  const end = () => new Promise((done) => {
    p.removeAllListeners('close');
    p.on('close', () => { rmSync(resolve(data, '..'), { recursive: true, force: true }); done(); });
    p.kill('SIGINT');
  });
  return { url, data, links, end };
}

async function sessions(c) {
  const { readFileSync } = await import('node:fs');
  const token = readFileSync(join(c.data, 'admin.token'), 'utf8').trim();
  const ask = async (method, path, body, headers = {}) => {
    const r = await fetch(c.url + path, { method, body: body && JSON.stringify(body),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers } });
    if (!r.ok) throw new Error(`${method} ${path}: ${await r.text()}`);
    return r;
  };
  await ask('POST', '/v1/accounts', { person: 'admin' });
  await ask('PUT', '/v1/roles/administrator/holders/user:admin');
  const admin = await (await ask('POST', '/v1/accounts/admin/link', {})).json();
  const cookies = {};
  for (const [who, link] of [...c.links, ['admin', admin.link]]) {
    const r = await fetch(`${c.url}/v1/sessions`, { method: 'POST', body: JSON.stringify({ link }),
      headers: { 'content-type': 'application/json', 'x-ringi-csrf': 'none' } });
    const [name, value] = r.headers.get('set-cookie').split(';')[0].split('=');
    cookies[who] = { name, value, url: c.url };
  }
  const first = async (query, member) => (await (await ask('GET', query)).json())[member][0].id;
  const approvals = (query) => first(`/v1/approvals?${query}`, 'approvals');
  const inbox = await (await ask('GET', '/v1/inbox?sort=amount', undefined, { 'x-ringi-user': 'suzuki' })).json();
  return { cookies, ids: {
    mine: inbox.items[0].id, returned: await approvals('state=RETURNED'), contract: await approvals('policy=contract'),
    approved: await approvals('state=APPROVED&applicant=aoki'), incident: await approvals('policy=partner-review'),
    job: await first('/v1/jobs?queue=payments&state=FAILED', 'jobs'),
  } };
}

async function shoot(browser, c, { cookies, ids }, l) {
  const name = `${l.language}-${l.theme}-${l.device}`;
  const to = join(folder, name);
  mkdirSync(to, { recursive: true });
  const contexts = new Map(), wrong = [];
  for (const [file, who, path, act] of screens(ids)) {
    if (!contexts.has(who)) {
      const context = await browser.newContext({ viewport: { width: l.width, height: l.height }, colorScheme: l.theme,
        timezoneId: 'Asia/Tokyo',
        locale: l.language === 'ja' ? 'ja-JP' : 'en-GB', reducedMotion: 'reduce', hasTouch: l.device === 'phone' });
      await context.addInitScript((s) => localStorage.setItem('ringi.language', s), l.language);
      if (who) await context.addCookies([cookies[who]]);
      contexts.set(who, context);
    }
    const page = await contexts.get(who).newPage();
    page.on('pageerror', (e) => wrong.push(`${name}/${file}: ${e.message}`));
    try {
      await page.goto(c.url + path);
      await page.locator('#main').waitFor({ timeout: 10_000 });
      await page.locator('.loading, [aria-busy=true]').waitFor({ state: 'hidden', timeout: 5000 }).catch(() =>
        undefined);
      await page.waitForTimeout(350); // charts are drawn a little later
      await act?.(page);
      const wide = await page.evaluate(() =>
        document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 1) wrong.push(`${name}/${file}: ${wide} pixels too wide`);
      // As tall as the page: what is fixed to the bottom stays at the bottom.
      const tall = await page.evaluate(() => document.documentElement.scrollHeight);
      await page.setViewportSize({ width: l.width, height: Math.min(Math.max(tall, l.height), 3000) });
      await page.screenshot({ path: join(to, `${file}.png`) });
    } catch (e) {
      wrong.push(`${name}/${file}: ${e.message.split('\n')[0]}`);
    }
    await page.close();
  }
  for (const context of contexts.values()) await context.close();
  return wrong;
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'] });
const c = await company();
try {
  const people = await sessions(c);
  for (const l of LOOKS.filter((x) => `${x.language}-${x.theme}-${x.device}`.includes(look))) {
    const wrong = await shoot(browser, c, people, l);
    console.log(`${l.language} ${l.theme} ${l.device}: ${wrong.length ? wrong.join('\n  ') : 'good'}`);
    if (wrong.length) process.exitCode = 1;
  }
  console.log(`The screens are in ${folder}.`);
} finally {
  await c.end();
  await browser.close();
}
