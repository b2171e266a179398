// browser.mjs - the console in a real browser (headless Chromium) against a real server. A
// page that logs an error, breaks its content security policy or asks another host fails its story.
import assert from 'node:assert/strict';
import { X509Certificate, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';

export const DESK = { width: 1280, height: 860 };
export const PHONE = { width: 390, height: 844 };
/** Every combination that a screen must be good in. */
export const LOOKS = ['en', 'ja'].flatMap((language) => ['light', 'dark'].flatMap((theme) =>
  [['desk', DESK], ['phone', PHONE]].map(([device, size]) => ({ language, theme, device, size }))));

/** Browsers take their time on a machine that does other things, too. */
const STORY_TIME_MS = 120_000;
export const story = (name, fn) => test(name, { timeout: STORY_TIME_MS }, fn);

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser;
const more = [];

/** From now on, before anything is opened: this certificate (PEM) of ours is good, for service workers too. */
export function trust(pem) {
  const spki = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });
  more.push(`--ignore-certificate-errors-spki-list=${createHash('sha256').update(spki).digest('base64')}`);
}

async function launched() {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--lang=en-GB', ...more] });
  return browser;
}
after(async () => { await browser?.close(); });

/** A window of its own: { page, trouble }. `who`: with --auth off, as whom. */
export async function open(t, server, at = '/',
  { who, language = 'en', theme = 'light', size = DESK, zone = 'Asia/Tokyo' } = {}) {
  const context = await (await launched()).newContext({ viewport: size, locale: language === 'ja' ? 'ja-JP' : 'en-GB',
    timezoneId: zone, colorScheme: theme, reducedMotion: 'reduce', hasTouch: size.width < 500 });
  t.after(() => context.close());
  await context.addInitScript(([l, p]) => {
    localStorage.setItem('ringi.language', l);
    if (p && sessionStorage.getItem('ringi.who') === null) sessionStorage.setItem('ringi.who', p);
  }, [language, who]);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const trouble = [];
  page.on('console', (m) => {
    // A refusal is an answer: the browser writes it down as an error all the same.
    if (m.type() === 'error' && !/status of (400|401|403|404|409|412|429)/.test(m.text())) trouble.push(m.text());
  });
  page.on('pageerror', (e) => trouble.push(e.stack ?? e.message));
  page.on('request', (r) => { if (!r.url().startsWith(server.url) && !r.url().startsWith('data:')) trouble.push(
    `asks ${r.url()}`); });
  await page.goto(server.url + at);
  return { page, trouble, context };
}

/** The rules of WCAG 2.2 A and AA, by axe. */
export async function accessible(page, what) {
  // Through the debugger, which the policy of the page does not bind.
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const r = await window.axe.run(document,
      { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] });
    return r.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target} ${n.failureSummary?.split('\n')[1] ?? ''}`).join(' | ')}`);
  });
  assert.deepEqual(found, [], `${what}: not accessible`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 1, `${what}: the page is ${wide} pixels wider than its window`);
}
