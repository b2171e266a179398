// links.test.mjs - links in mails that decide: what is fetched decides nothing, what is posted decides once.
//
// The mails come from a real mail server. A story follows links as a mail program or a browser would.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, freePort, start, story, until } from '../compat/lib.mjs';
import { asking, mailServer } from './notify_lib.mjs';

const LINKS = ['--allow-private-mail', '--allow-private-webhooks', '--decision-links', '--advertise',
  'https://ringi.example'];
const server = await start({ flags: LINKS });
after(() => server.close());
const ask = asking(server);

/** A mail server that everybody is told by, and what finds a link in a mail to somebody. */
async function post(t, to = server, say = ask) {
  const mail = await mailServer(t, 'none'), name = fresh('mail');
  await say('PUT', `/channels/${name}`, { type: 'smtp',
    settings: { host: '127.0.0.1', port: mail.port, from: 'ringi@example.com', tls: 'none' } }, 201);
  if (to === server) t.after(() => say('DELETE', `/channels/${name}`, undefined, 204));
  /** The path of the link in the nth mail to that person. */
  mail.link = async (person, nth = 1) => {
    const of = () => mail.mails.filter((m) => m.to.includes(`${person}@example.org`) && m.text.includes('/links/'));
    const found = await until(`a link for ${person}`, () => of().length >= nth && of()[nth - 1]);
    return /https:\/\/ringi\.example(\/links\/[\w-]{43})\n/.exec(found.text)[1];
  };
  return mail;
}
async function person(name, say = ask, more = {}) {
  const id = fresh(name);
  await say('PUT', `/people/${id}`, { name, locale: 'en', email: `${id}@example.org`, ...more }, 201);
  return id;
}
const opened = (policy, say = ask, more = {}) =>
  say('POST', '/approvals', { policy, subject: 'A <b>chair</b>', data: { price: 120, note: '"old" & <worn>' },
    ...more }, 201, 'taro');
const get = (path, to = server, method = 'GET') => to.request({ method, path });
const decide = (path, what, more = {}, to = server) => to.request({ method: 'POST', path,
  headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'null', 'sec-fetch-site': 'cross-site' },
  body: new URLSearchParams({ do: what, data_version: 1, comment: '', ...more }).toString() });
const look = (a) => ask('GET', `/approvals/${a.id}`);
const log = async (a) => (await ask('GET', `/approvals/${a.id}/log`)).events;
const says = (r) => /role="status">([^<]*)</.exec(r.text)?.[1];

story('B09: fetching decides nothing, one post decides, and a second one never', async (t) => {
  const mail = await post(t), yuki = await person('Yuki');
  const a = await opened({ need: 'all', of: [yuki] });
  const link = await mail.link(yuki);
  for (let i = 0; i < 3; i++) {
    const shown = await get(link);
    assert.equal(shown.status, 200, shown.text);
    assert.match(shown.text, /A &lt;b&gt;chair&lt;\/b&gt;/);
    assert.match(shown.text, /&quot;old&quot; &amp; &lt;worn&gt;/);
    assert.match(shown.text, /<html lang="en">/);
  }
  const head = await get(link, server, 'HEAD');
  assert.deepEqual([head.status, head.text], [200, '']);
  assert.match(head.headers['content-security-policy'], /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; /);
  assert.match(head.headers['content-security-policy'],
    /; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/);
  assert.equal(head.headers['cache-control'], 'no-store');
  assert.equal(head.headers['referrer-policy'], 'no-referrer');
  assert.equal((await look(a)).state, 'PENDING');
  const done = await decide(link, 'approve', { comment: 'fine' });
  assert.deepEqual([done.status, says(done)], [200, 'Your approval is recorded.']);
  const now = await look(a);
  const [slot] = now.slots;
  assert.deepEqual([now.state, slot.by, slot.decision, slot.comment], ['APPROVED', yuki, 'approve', 'fine']);
  const voted = (await log(a)).find((e) => e.action === 'approval.voted');
  assert.equal(voted.principal, yuki);
  assert.match(voted.detail.via, /^mail-link:\d+$/);
  const late = [await decide(link, 'reject', { comment: 'no' }), await decide(link, 'approve'), await get(link)];
  for (const again of late) {
    assert.deepEqual([again.status, says(again)], [410, 'This link was used already. A link decides once.']);
    assert.ok(!again.text.includes('chair'), 'a used link tells nothing any more');
  }
  assert.equal((await log(a)).filter((e) => e.action === 'approval.voted').length, 1);
});

story('two posts of one link at once: one decides', async (t) => {
  const mail = await post(t), yuki = await person('Yuki');
  const a = await opened({ need: 'all', of: [yuki] });
  const link = await mail.link(yuki);
  const answers = await Promise.all(Array.from({ length: 12 },
    (_, i) => decide(link, i % 2 ? 'approve' : 'reject', { comment: 'x' })));
  assert.equal(answers.filter((r) => r.status === 200).length, 1);
  assert.ok(answers.every((r) => r.status === 200 || r.status === 410), answers.map((r) => r.status).join());
  assert.equal((await log(a)).filter((e) => e.action === 'approval.voted').length, 1);
});

story('what the form lacks is said, and uses nothing up', async (t) => {
  const mail = await post(t), yuki = await person('Yuki', ask, { locale: 'ja' });
  const a = await opened({ need: 'all', of: [yuki] });
  const link = await mail.link(yuki);
  for (const [what, more, status, sentence] of [['', {}, 400, /ボタン/], ['retract', {}, 400, /ボタン/],
    ['approve', { data_version: 'x' }, 400, /ボタン/], ['approve', { comment: '\0' }, 400, /ボタン/],
      ['approve', { comment: 'あ'.repeat(5462) }, 400, /長すぎ/],
    ['reject', {}, 400, /コメントが必要/], ['return', {}, 400, /コメントが必要/],
    ['approve', { data_version: 7, comment: '<script>' }, 409, /変更/]]) {
    const r = await decide(link, what, more);
    assert.equal(r.status, status, `${what}: ${r.text}`);
    assert.match(says(r), sentence);
    assert.match(r.text, /<form method="post">/);
    assert.ok(!r.text.includes('<script>'));
  }
  const broken = await server.request({ method: 'POST', path: link, body: 'do=%zz' });
  assert.equal(broken.status, 400);
  assert.equal((await look(a)).state, 'PENDING');
  assert.equal((await decide(link, 'reject', { comment: '高い' })).status, 200);
  assert.equal((await look(a)).state, 'REJECTED');
});

story('a link belongs to its round: what was sent back is decided by the new mail only', async (t) => {
  const mail = await post(t), yuki = await person('Yuki');
  const a = await opened({ need: 'all', of: [yuki] });
  const first = await mail.link(yuki);
  assert.equal((await decide(first, 'return', { comment: 'cheaper' })).status, 200);
  assert.equal((await look(a)).state, 'RETURNED');
  await ask('POST', `/approvals/${a.id}/resubmit`, { data: { price: 90 } }, 200, 'taro');
  const second = await mail.link(yuki, 2);
  assert.equal((await decide(first, 'approve')).status, 410);
  assert.equal((await decide(second, 'approve')).status, 409, 'the data of the second round is version 2');
  assert.equal((await decide(second, 'approve', { data_version: 2 })).status, 200);
  assert.equal((await look(a)).state, 'APPROVED');
});

story('an unused link of a round that is over decides nothing in the next', async (t) => {
  const mail = await post(t), [yuki, ken] = [await person('Yuki'), await person('Ken')];
  const a = await opened({ need: 'all', of: [yuki, ken] });
  const [old, his] = [await mail.link(yuki), await mail.link(ken)];
  await decide(his, 'return', { comment: 'again' });
  await ask('POST', `/approvals/${a.id}/resubmit`, {}, 200, 'taro');
  await mail.link(yuki, 2);
  const r = await decide(old, 'approve');
  assert.deepEqual([r.status, says(r)], [410,
    'It was sent back since this mail: its link belongs to a round that is over.']);
  assert.ok((await look(a)).slots.every((s) => s.state === 'WAITING'));
});

story('withdrawn, decided by others, replaced: the link says so, and what came late is in the log', async (t) => {
  const mail = await post(t), [yuki, ken] = [await person('Yuki'), await person('Ken')];
  const gone = await opened({ need: 'all', of: [yuki] });
  const one = await mail.link(yuki);
  await ask('POST', `/approvals/${gone.id}/withdraw`, { reason: 'no need' }, 200, 'taro');
  assert.equal(says(await get(one)), 'Nothing is to be decided any more: it is closed.');
  assert.equal((await decide(one, 'approve')).status, 409);
  assert.equal((await look(gone)).state, 'WITHDRAWN');
  const late = (await log(gone)).find((e) => e.action === 'approval.refused');
  assert.deepEqual([late.detail.code, late.detail.late, late.principal], ['CLOSED', true, yuki]);
  const either = await opened({ need: 'any', of: [yuki, ken] });
  const [two, his] = [await mail.link(yuki, 2), await mail.link(ken)];
  assert.equal((await decide(his, 'approve')).status, 200);
  assert.equal((await decide(two, 'reject', { comment: 'no' })).status, 409);
  assert.equal((await look(either)).state, 'APPROVED');
  const left = await opened({ need: 1, of: [yuki, ken] });
  const three = await mail.link(yuki, 3);
  await ask('PUT', `/people/${yuki}`, { name: 'Yuki', email: `${yuki}@example.org`, active: false });
  await until('the slot to go', async () => (await look(left)).slots[0].state === 'GONE');
  assert.equal((await decide(three, 'approve')).status, 410);
  assert.equal((await look(left)).state, 'PENDING');
});

story('a member of a group has a link of their own; a former member has none', async (t) => {
  const mail = await post(t), [yuki, ken] = [await person('Yuki'), await person('Ken')], legal = fresh('legal');
  await ask('PUT', `/people-groups/${legal}`, { title: 'Legal', members: [yuki, ken] }, 201);
  const a = await opened({ need: 'all', of: [{ group: legal, count: 1 }] });
  const [hers, his] = [await mail.link(yuki), await mail.link(ken)];
  await ask('PUT', `/people-groups/${legal}`, { title: 'Legal', members: [ken] }, 200);
  assert.equal((await get(hers)).status, 410);
  assert.equal((await decide(hers, 'approve')).status, 410);
  assert.equal((await decide(his, 'approve')).status, 200);
  assert.equal((await look(a)).slots[0].by, ken);
});

story('a link ends after fourteen days, to the millisecond', async (t) => {
  const mail = await post(t), yuki = await person('Yuki');
  server.clock.for(t);
  await server.clock.advance(0);
  const a = await opened({ need: 'all', of: [yuki] });
  const link = await mail.link(yuki);
  await server.clock.advance(14 * 86_400_000 - 1);
  assert.equal((await get(link)).status, 200);
  await server.clock.advance(1);
  for (const r of [await get(link), await decide(link, 'approve')])
    assert.deepEqual([r.status, says(r)], [410, 'This link has expired. Sign in to ringi to decide.']);
  assert.equal((await look(a)).state, 'PENDING');
});

story('chats and webhooks get no link that decides; nor do those who only hear of it', async (t) => {
  const mail = await post(t), yuki = await person('Yuki'), taro = await person('Taro');
  const a = await ask('POST', '/approvals', { policy: { need: 'all', of: [yuki] }, subject: 'x', data: {} }, 201, taro);
  await decide(await mail.link(yuki), 'approve');
  const told = await until('a mail to who asked', () => mail.mails.find((m) => m.to.includes(`${taro}@example.org`)));
  assert.ok(!told.text.includes('/links/') && told.text.includes(`/approvals/${a.id}`));
  const shown = JSON.stringify(await ask('GET', `/notifications?person=*&limit=200`));
  assert.ok(!shown.includes('/links/'), 'no link lies in a row');
  assert.ok(!server.output.includes('/links/'), 'nor in the log of the server');
});

story('forged links are no links, and too many of them are stopped', async (t) => {
  const guarded = await start({ flags: LINKS });
  t.after(() => guarded.close());
  const say = asking(guarded), mail = await post(t, guarded, say), yuki = await person('Yuki', say);
  const a = await opened({ need: 'all', of: [yuki] }, say);
  const link = await mail.link(yuki), last = link.at(-1) === 'A' ? 'B' : 'A';
  const forged = [link.slice(0, -1) + last, link.slice(0, -1), `${link}A`, '/links/%00', '/links/x'];
  for (const path of forged) assert.equal((await decide(path, 'approve', {}, guarded)).status, 404, path);
  assert.equal((await get('/links/%zz', guarded)).status, 404);
  let limited;
  for (let i = 0; i < 200 && limited?.status !== 429; i++) limited = await get(`/links/none-${i}`, guarded);
  assert.equal(limited.status, 429);
  assert.ok(Number(limited.headers['retry-after']) > 0);
  assert.match(says(limited), /試行回数/);
  assert.equal((await say('GET', `/approvals/${a.id}`)).state, 'PENDING');
});

story('who was shut out decides by no link, and nobody does where links are off', async (t) => {
  const strict = await start({ flags: ['--allow-private-mail', '--advertise', 'https://ringi.example'] });
  t.after(() => strict.close());
  const off = await decide('/links/whatever', 'approve', {}, strict);
  assert.deepEqual([off.status, says(off)], [404, 'このサーバーではリンクによる決裁はできません。ringi にサインインして決裁してください。']);
  const mail = await post(t), yuki = await person('Yuki');
  await ask('POST', '/accounts', { person: yuki, password: 'correct horse battery' }, 201);
  const a = await opened({ need: 'all', of: [yuki] });
  const link = await mail.link(yuki);
  await ask('POST', `/accounts/${yuki}/disable`, {}, 204);
  assert.equal((await decide(link, 'approve')).status, 404);
  await ask('POST', `/accounts/${yuki}/enable`, {}, 204);
  assert.equal((await look(a)).state, 'PENDING');
  assert.equal((await decide(link, 'approve')).status, 200);
});

story('the server does not start where a link could be read on its way', async () => {
  for (const flags of [['--decision-links'], ['--decision-links', '--advertise', 'http://ringi.example']]) {
    const bad = start({ flags: [...flags, '--listen', `127.0.0.1:${await freePort()}`] });
    await assert.rejects(bad);
  }
});
