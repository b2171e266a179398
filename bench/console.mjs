// console.mjs - how fast the console is for the person in front of it, in a real browser.
//
//   node bench/console.mjs [--queues 10000] [--messages 1000000] [--watchers 1000] [--votes 100] [--inbox 20]
//                          [--scratch DIR] [--out DIR]
//
// Chromium, server and this program share the machine. Long tasks are those of the browser's own measure (50 ms
// and more); what is printed is the longest. Writes console.jsonl into --out, if that is given.
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ROOT, Ringi, figure, machine, median, options, quantile, sqs } from './lib.mjs';

const o = options({ queues: 10_000, messages: 1_000_000, watchers: 1000, votes: 100, inbox: 20, scratch: '', out: '' });
const { chromium } = createRequire(path.join(ROOT, 'test/x.js'))('playwright-core');
const WAITING_MS = 120_000, PEOPLE = 10;
const results = [];

function note(what, value, unit, wanted) {
  const good = wanted === undefined ? undefined : value <= wanted;
  results.push({ what, value, unit, wanted, good });
  console.log(`${what.padEnd(66)} ${figure(value)} ${unit}`
    + (wanted === undefined ? '' : `  (wanted ${wanted})  ${good ? 'yes' : 'NO'}`));
}

/** `count` times, 64 at once. */
async function each(count, one) {
  let next = 0;
  await Promise.all(Array.from({ length: 64 }, async () => { while (next < count) await one(next++); }));
}

// ---- the browser

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
const server = await Ringi.start({ scratch: o.scratch || undefined });

/** In the page, before anything else: long tasks, and when something is there for the first time. */
function watchTasks(first) {
  globalThis.tasks = [];
  new PerformanceObserver((list) => { for (const e of list.getEntries()) globalThis.tasks.push(e.duration); })
    .observe({ type: 'longtask', buffered: true });
  performance.setResourceTimingBufferSize(10_000);
  const seen = new MutationObserver(() => {
    if (!document.querySelector(first)) return;
    globalThis.thereMs = performance.now();
    seen.disconnect();
  });
  seen.observe(document, { childList: true, subtree: true });
}

/** A window that has loaded nothing yet. `first`: what is waited for. The policy of the page would forbid what
 * waits in it. */
async function open(who, at, first, slowed = 1) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: 'en-GB',
    bypassCSP: true });
  await context.addInitScript((p) => sessionStorage.setItem('ringi.who', p), who);
  await context.addInitScript(watchTasks, first);
  const page = await context.newPage();
  page.setDefaultTimeout(WAITING_MS);
  if (slowed > 1) await (await context.newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: slowed });
  await page.goto(server.url + at);
  await page.waitForFunction(() => globalThis.thereMs !== undefined);
  return { page, context };
}

/** The longest task since the last look; 0: none of 50 ms. */
const longest = (page) => page.evaluate(() => Math.max(0, ...globalThis.tasks.splice(0)));
const answers = (page, part) => page.evaluate((p) => performance.getEntriesByType('resource')
  .filter((e) => e.name.includes(p)).map((e) => e.responseEnd - e.startTime), part);

/** Down and up again, as a hand at the wheel does; then far, as one at the bar of the window does. */
async function scroll(page, steps) {
  for (const by of [700, -500])
    for (let i = 0; i < steps; i++) {
      await page.mouse.wheel(0, by);
      await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));
    }
  for (let i = 1; i <= 10; i++)
    await page.evaluate((part) => new Promise((done) => {
      scrollTo(0, document.documentElement.scrollHeight * part);
      requestAnimationFrame(() => requestAnimationFrame(done));
    }), (i * 7) % 10 / 10);
}

// ---- the lists

async function queueList() {
  await each(o.queues, (i) => server.rest('aoki', 'PUT', `/v1/queues/q-${String(i).padStart(6, '0')}`, {}, 201));
  const { page, context } = await open('aoki', '/queues', '.windowed-row [role=cell]');
  note(`${o.queues} queues: the list is there`, await page.evaluate(() => globalThis.thereMs), 'ms');
  await page.waitForLoadState('networkidle');
  note(`${o.queues} queues: longest task while it loads`, await longest(page), 'ms', 50);
  await page.mouse.move(600, 500);
  await scroll(page, 60);
  note(`${o.queues} queues: longest task while one scrolls`, await longest(page), 'ms', 50);
  await page.getByRole('searchbox').last().pressSequentially('q-0099', { delay: 30 });
  note(`${o.queues} queues: longest task while one types a filter`, await longest(page), 'ms', 50);
  note(`${o.queues} queues: answers of 1,000, P95`, quantile(await answers(page, '/v1/queues?'), 0.95), 'ms', 200);
  await context.close();
}

async function messageList() {
  await server.rest('aoki', 'PUT', '/v1/queues/big', {}, 201);
  const { QueueUrl } = await sqs(server, 'GetQueueUrl', { QueueName: 'big' });
  await each(o.messages / 10, (i) => sqs(server, 'SendMessageBatch', { QueueUrl, Entries: Array.from({ length: 10 },
    (_, n) => ({ Id: `${n}`, MessageBody: `{"order": ${i * 10 + n}, "to": "髙﨑", "note": "${'x'.repeat(200)}"}` })) }));
  const { page, context } = await open('aoki', '/queues/big', '.windowed-row [role=cell]');
  note(`${o.messages} messages: the list is there`, await page.evaluate(() => globalThis.thereMs), 'ms');
  await longest(page);
  await page.mouse.move(600, 700);
  await scroll(page, 60);
  for (let i = 0; i < 50; i++) { // to the end of what is loaded, again and again
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await page.waitForTimeout(100);
  }
  const rows = Number(await page.locator('.windowed.of-messages').getAttribute('aria-rowcount')) - 1;
  note(`${o.messages} messages: rows that came by scrolling`, rows, '');
  for (let i = 1; i <= 20; i++) {
    const from = String(Math.floor((o.messages * i) / 21));
    await page.getByLabel('From number').or(page.locator('.small-input')).first().fill(from);
    await page.keyboard.press('Enter');
    await page.locator('.cell-button').first().getByText(from).waitFor();
  }
  await scroll(page, 20);
  note(`${o.messages} messages: longest task while one scrolls and jumps`, await longest(page), 'ms', 50);
  note(`${o.messages} messages: answers, P95 of ${(await answers(page, '/messages?')).length}`,
    quantile(await answers(page, '/messages?'), 0.95), 'ms', 200);
  await context.close();
}

// ---- the inbox, on a slow machine

async function inbox() {
  const policy = { need: 1, of: ['hara', 'noda'] };
  await each(200, (i) => server.rest('tanaka', 'POST', '/v1/approvals', { subject: `Paper ${i}`, policy }));
  const times = [];
  for (let i = 0; i < o.inbox; i++) {
    const { page, context } = await open('hara', '/inbox', '.inbox-row input', 4);
    times.push(await page.evaluate(() => globalThis.thereMs));
    await context.close();
  }
  note('inbox, nothing cached, CPU 4x slower: rows are there, median', median(times), 'ms', 1000);
  note('inbox, nothing cached, CPU 4x slower: rows are there, P95', quantile(times, 0.95), 'ms');
}

// ---- a vote, in another window

/** A stream that is read and thrown away. */
const watcher = (id, i) => new Promise((done, fail) => {
  http.get(`${server.url}/v1/approvals/${id}/events`,
    { agent: false, headers: { accept: 'text/event-stream', 'x-ringi-user': `w${i % 100}` } }, (answer) => {
      if (answer.statusCode !== 200) fail(new Error(`watcher: ${answer.statusCode}`));
      answer.once('data', () => done(answer)).resume();
    }).on('error', fail);
});

/** One approval of ten people, all of whom but the last vote one after the other. Milliseconds until each was shown. */
async function votes() {
  const people = Array.from({ length: PEOPLE }, (_, i) => `p${i}`), took = [];
  const { id } = JSON.parse(await server.rest('tanaka', 'POST', '/v1/approvals',
    { subject: 'Seen by many', policy: { need: 'all', of: people } }));
  const streams = [];
  for (let i = 0; i < o.watchers; i += 100)
    streams.push(...await Promise.all(Array.from({ length: 100 }, (_, k) => watcher(id, i + k))));
  const { page, context } = await open('tanaka', `/approvals/${id}`, '.slot');
  await page.evaluate(() => {
    globalThis.shown = new Map();
    new MutationObserver(() => {
      const n = document.querySelectorAll('.slot.decided').length;
      if (!globalThis.shown.has(n)) globalThis.shown.set(n, Date.now());
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  await page.waitForLoadState('load');
  for (let i = 0; i < PEOPLE - 1; i++) {
    const began = Date.now();
    await server.rest(`p${i}`, 'POST', `/v1/approvals/${id}/votes`, { do: 'approve' }, 200);
    await page.waitForFunction((n) => globalThis.shown.has(n), i + 1, { polling: 10 });
    took.push(await page.evaluate((n) => globalThis.shown.get(n), i + 1) - began);
  }
  for (const s of streams) s.destroy();
  await context.close();
  return took;
}

async function live() {
  const took = [];
  while (took.length < o.votes) took.push(...await votes());
  note(`a vote beside ${o.watchers} watchers: shown in another window, median`, median(took), 'ms');
  note(`a vote beside ${o.watchers} watchers: shown in another window, P95`, quantile(took, 0.95), 'ms', 200);
}

try {
  const m = await machine();
  console.log(`${m.ringi}; ${m.cpus}, ${m.memory_gib} GiB, ${m.kernel}; Chromium ${browser.version()}; ${m.date}`);
  for (const part of [inbox, live, queueList, messageList]) await part();
  if (o.out)
    fs.writeFileSync(path.join(o.out, 'console.jsonl'), `${[{ ...m, chromium: browser.version() }, ...results]
      .map((r) => JSON.stringify(r)).join('\n')}\n`);
} finally {
  await browser.close();
  await server.stop();
}
