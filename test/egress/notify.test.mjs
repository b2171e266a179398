// notify.test.mjs - notifications on their way: a real mail server, HTTP receivers that fail on purpose.
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import fs from 'node:fs';
import { after } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { fresh, start, story, until } from '../compat/lib.mjs';
import { PEM, asking, endpoint, mailServer } from './notify_lib.mjs';

const server = await start({ flags: ['--allow-private-webhooks', '--allow-private-mail',
  '--advertise', 'https://ringi.example'] });
after(() => server.close());
const ask = asking(server);
const ca = fs.readFileSync(PEM, 'utf8').replace(/-----BEGIN (RSA |EC )?PRIVATE KEY-----[^]*?-----END (RSA |EC )?PRIVATE KEY-----\n?/, '');

async function channel(type, settings, secrets = {}, more = {}) {
  const name = fresh(type);
  await ask('PUT', `/channels/${name}`, { type, settings, secrets, ...more }, 201);
  return name;
}
const mailChannel = (port, more = {}, secrets = {}) =>
  channel('smtp', { host: '127.0.0.1', port, from: 'ringi@example.com', from_name: '稟議', ca, verify: false, ...more },
    secrets);
const test = async (name, address, person) =>
  (await ask('POST', `/channels/${name}/test`, { address, person }, 202)).notification;
const look = (id) => ask('GET', `/notifications/${id}`);
const state = (id, wanted, limit) => until(`${wanted} of ${id}`, async () => {
  const n = await look(id);
  return n.state === wanted && n;
}, limit);
/** Time goes on until it is so: backoffs are minutes. */
const pushed = async (t, id, wanted) => {
  server.clock.for(t);
  return until(`${wanted} of ${id}`, async () => {
    const n = await look(id);
    if (n.state === wanted) return n;
    await server.clock.advance(5_000);
    return false;
  });
};

story('a mail arrives, by STARTTLS and with its password, in text and HTML', async (t) => {
  const mail = await mailServer(t, 'starttls', 'ringi:se cret');
  const name = await mailChannel(mail.port, { user: 'ringi' }, { password: 'se cret' });
  const id = await test(name, 'yuki@example.org', 'yuki');
  const got = await mail.got();
  assert.deepEqual([got.from, got.to, got.tls, got.user], ['ringi@example.com', ['yuki@example.org'], true, 'ringi']);
  assert.equal(got.headers.from, '稟議 <ringi@example.com>');
  assert.equal(got.headers.subject, 'ringi からのテスト');
  assert.equal(got.headers['message-id'], `<${id}@example.com>`);
  assert.equal(got.headers['auto-submitted'], 'auto-generated');
  assert.equal(got.headers['list-unsubscribe'], '<https://ringi.example/v1/people/yuki/notification-preferences>');
  assert.match(got.text, new RegExp(`チャネル ${name} のテスト`));
  assert.match(got.html, new RegExp(`<p>チャネル ${name} のテスト`));
  const done = await state(id, 'SENT');
  assert.deepEqual([done.channel, done.attempts, done.tries[0].outcome, done.tries[0].address, done.remote],
    [name, 1, 'SENT', 'yuki@example.org', `${id}@example.com`]);
  const shown = await ask('GET', `/channels/${name}`);
  assert.deepEqual(shown.secrets, ['password']);
  assert.ok(!JSON.stringify(shown).includes('se cret'));
});

story('a mail server without TLS, or with a certificate of nobody, gets nothing', async (t) => {
  const open = await mailServer(t, 'none');
  const plain = await mailChannel(open.port);
  const id = await test(plain, 'yuki@example.org');
  await until('a try', async () => (await look(id)).attempts > 0);
  assert.equal(open.mails.length, 0);
  assert.match((await look(id)).error, /127\.0\.0\.1: /);
  const off = await mailChannel(open.port, { tls: 'none' });
  await state(await test(off, 'yuki@example.org'), 'SENT');
  const tls = await mailServer(t, 'starttls');
  const strict = await mailChannel(tls.port, { verify: true, ca: undefined });
  const refused = await test(strict, 'yuki@example.org');
  await until('a try', async () => (await look(refused)).attempts > 0);
  assert.equal(tls.mails.length, 0);
  const at_once = await mailServer(t, 'tls');
  await state(await test(await mailChannel(at_once.port, { tls: 'tls' }), 'yuki@example.org'), 'SENT');
  await ask('PUT', `/channels/${plain}`, { type: 'smtp', settings: { host: 'h', from: 'a@b', tls: 'none', user: 'u' },
    secrets: { password: 'p' } }, 400);
});

story('a mail that is refused for good goes nowhere; one for later is tried again', async (t) => {
  const mail = await mailServer(t);
  const name = await mailChannel(mail.port);
  const never = await pushed(t, await test(name, 'fail-5xx@example.org'), 'FAILED');
  assert.equal(never.attempts, 1);
  assert.equal(never.tries[0].outcome, 'REFUSED');
  assert.equal(never.tries[0].status, 550);
  const later = await pushed(t, await test(name, 'fail-4xx@example.org'), 'FAILED');
  assert.equal(later.attempts, 4);
  assert.ok(later.tries.every((a) => a.outcome === 'FAILED'));
  const dead = await server.json('GET', '/v1/queues/ringi-notifications-dead/messages');
  assert.ok(dead.data.messages.some((m) => JSON.stringify(m).includes('NOT_DELIVERED')), dead.text);
});

story('what people write is never a header', async (t) => {
  const mail = await mailServer(t);
  const name = await mailChannel(mail.port);
  for (const address of ['a@b.c\r\nBcc: all@b.c', 'a@b.c>\r\nRCPT TO:<x@y.z', 'a@b.c, x@y.z', '<a@b.c>', 'a b@c.d']) {
    const n = await pushed(t, await test(name, address), 'FAILED');
    assert.match(n.error, /no mail address/);
  }
  assert.equal(mail.mails.length, 0);
  for (const [what, value] of [['from', 'a@b\r\nBcc: x@y'], ['from_name', 'x\r\nBcc: x@y'], ['unsubscribe', 'x\ny'],
    ['reply_to', 'a@b>\nX: y'], ['host', '127.0.0.1/../x'], ['host', 'a@b']])
    await ask('PUT', `/channels/${fresh('bad')}`,
      { type: 'smtp', settings: { host: 'h', from: 'a@b', [what]: value } }, 400);
});

story('a signed webhook arrives, and fails over to what comes next', async (t) => {
  const answers = [500, 302];
  const point = await endpoint(t, (r, res, n) => res.writeHead(answers[n - 1] ?? 200, { location: '/x' }).end());
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const name = await channel('webhook', { url: `${point.url}/hook` }, { secret });
  const id = await test(name, '', 'yuki');
  await point.called();
  const n = await pushed(t, id, 'FAILED'); // 500: again; a redirect is not followed and not repeated
  assert.deepEqual(n.tries.map((a) => [a.outcome, a.status]), [['FAILED', 500], ['REFUSED', 302]]);
  assert.equal(point.requests.length, 2);
  assert.equal((await ask('POST', `/notifications/${id}/retry`, {}, 202)).state, 'WAITING');
  const sent = await pushed(t, id, 'SENT');
  assert.equal(sent.attempts, 3);
  const { text, headers } = point.requests[2];
  const body = new Webhook(secret).verify(text, headers);
  assert.equal(body.person_id, 'yuki');
  assert.equal(body.facts.kind, 'channel.test');
  assert.throws(() => new Webhook(`whsec_${randomBytes(32).toString('base64')}`).verify(text, headers));
  await ask('POST', `/notifications/${id}/retry`, {}, 409);
});

story('a body of one\'s own is JSON whatever people write', async (t) => {
  const point = await endpoint(t);
  const name = await channel('webhook', { url: point.url, body: '{"msg":"{{channel}}: {{person}}"}' });
  await test(name, '', 'yuki');
  assert.deepEqual((await point.called()).body, { msg: `${name}: yuki` });
  for (const body of ['{"a":{{person}}}', '{"a":"{{nobody}}"}', '{"a":"{{#person}}"}'])
    await ask('PUT', `/channels/${fresh('bad')}`, { type: 'webhook', settings: { url: point.url, body } }, 400);
});

story('Slack: blocks, by webhook or by token; what Slack says in the body counts', async (t) => {
  let answer = 'ok';
  const point = await endpoint(t, (r, res) => res.writeHead(200, { 'content-type': 'application/json' }).end(answer));
  const hook = await channel('slack', {}, { url: `${point.url}/services/T0/B0/xyz` });
  await state(await test(hook, ''), 'SENT');
  const [first] = point.requests;
  assert.deepEqual([first.path, first.body.blocks[0].type, first.body.blocks[1].text.type],
    ['/services/T0/B0/xyz', 'header', 'plain_text']);
  answer = '{"ok":true,"ts":"17.5"}';
  const bot = await channel('slack', { api: `${point.url}/api` }, { token: 'xoxb-secret' });
  const sent = await state(await test(bot, 'U123'), 'SENT');
  assert.equal(sent.remote, '17.5');
  assert.equal(point.requests[1].path, '/api/chat.postMessage');
  assert.equal(point.requests[1].headers.authorization, 'Bearer xoxb-secret');
  assert.equal(point.requests[1].body.channel, 'U123');
  answer = '{"ok":false,"error":"channel_not_found"}';
  const lost = await pushed(t, await test(bot, 'U999'), 'FAILED');
  assert.match(lost.error, /channel_not_found/);
  assert.equal(lost.attempts, 1);
  answer = '{"ok":false,"error":"ratelimited"}';
  assert.equal((await pushed(t, await test(bot, 'U1'), 'FAILED')).attempts, 4);
});

story('Teams: an Adaptive Card, text as text', async (t) => {
  const point = await endpoint(t, (r, res) => res.writeHead(202).end());
  const name = await channel('teams', {}, { url: `${point.url}/workflows/1?sig=abc` });
  await state(await test(name, ''), 'SENT');
  const { body, path } = point.requests[0];
  assert.equal(path, '/workflows/1?sig=abc');
  const card = body.attachments[0];
  assert.equal(card.contentType, 'application/vnd.microsoft.card.adaptive');
  assert.equal(card.content.body[0].type, 'RichTextBlock');
});

story('LINE WORKS: a token for a signed claim, kept while it holds', async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
  const point = await endpoint(t, (r, res) => {
    if (r.path === '/token') res.writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ access_token: 'T'.repeat(900), expires_in: '86400' }));
    else res.writeHead(201).end();
  });
  const name = await channel('lineworks',
    { bot_id: '7', client_id: 'c', service_account: 's@x', api: `${point.url}/v1.0`,
    auth_url: `${point.url}/token` }, { client_secret: 'cs', private_key: privateKey });
  await state(await test(name, 'yuki@works'), 'SENT');
  await state(await test(name, 'yuki@works'), 'SENT');
  assert.deepEqual(point.requests.map((r) => r.path),
    ['/token', '/v1.0/bots/7/users/yuki%40works/messages', '/v1.0/bots/7/users/yuki%40works/messages']);
  const form = new URLSearchParams(point.requests[0].text);
  assert.deepEqual([form.get('client_id'), form.get('client_secret'), form.get('scope')], ['c', 'cs', 'bot']);
  const [head, claims, signature] = form.get('assertion').split('.');
  assert.ok(verify('sha256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url')));
  assert.equal(JSON.parse(Buffer.from(claims, 'base64url')).iss, 'c');
  assert.equal(point.requests[1].headers.authorization, `Bearer ${'T'.repeat(900)}`);
  assert.equal(point.requests[1].body.content.type, 'text');
});

story('web push: sealed for the browser, with the sender\'s proof', async (t) => {
  const point = await endpoint(t, (r, res) => res.writeHead(201).end());
  const vapid = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const browser = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const raw = (k) => Buffer.concat([Buffer.from([4]), Buffer.from(k.x, 'base64url'),
    Buffer.from(k.y, 'base64url')]).toString('base64url');
  const name = await channel('webpush', { subject: 'mailto:ops@example.com' }, { private_key: vapid.d });
  assert.equal((await ask('GET', `/channels/${name}`)).settings.public_key, raw(vapid));
  const keys = { p256dh: raw(browser), auth: randomBytes(16).toString('base64url') };
  const address = JSON.stringify({ endpoint: `${point.url}/push/abc`, keys });
  const sent = await state(await test(name, address), 'SENT');
  assert.ok(!JSON.stringify(sent.tries).includes('/push/abc'));
  const { headers, bytes } = point.requests[0];
  assert.equal(headers['content-encoding'], 'aes128gcm');
  assert.match(headers.authorization, new RegExp(`^vapid t=[\\w-]+\\.[\\w-]+\\.[\\w-]+, k=${raw(vapid)}$`));
  assert.equal(bytes[20], 65);
  const bad = await pushed(t, await test(name, '{"endpoint":"https://x/","keys":{}}'), 'FAILED');
  assert.match(bad.error, /keys of the subscription/);
});

story('chat fails, mail takes it; mail fails, the other address takes it', async (t) => {
  const mail = await mailServer(t);
  const chat = await endpoint(t, (r, res) => res.writeHead(500).end('secret of the receiver'));
  const slack = await channel('slack', {}, { url: `${chat.url}/services/secret` });
  const post = await mailChannel(mail.port);
  const yuki = fresh('yuki');
  await ask('PUT', `/people/${yuki}`, { name: 'Yuki', locale: 'en', email: 'second@example.org' }, 201);
  await ask('PUT', `/people/${yuki}/notification-preferences`, { channels: [{ channel: slack },
    { channel: post, address: 'fail-5xx@example.org' }, { channel: post }] }, 200, yuki);
  const approval = await ask('POST', '/approvals',
    { policy: { need: 'all', of: [yuki] }, subject: 'A chair <b>', data: {} }, 201, 'taro');
  const [n] = await until('a notification', async () => {
    const list = (await ask('GET', '/notifications', undefined, 200, yuki)).notifications;
    return list.length > 0 && list;
  });
  assert.deepEqual([n.kind, n.approval, n.title], ['approval.asked', approval.id, 'Decision wanted: A chair <b>']);
  const sent = await pushed(t, n.id, 'SENT');
  const four = Array.from({ length: 4 }, () => [slack, 'FAILED', 500]);
  assert.deepEqual(sent.tries.map((a) => [a.channel, a.outcome, a.status]),
    [...four, [post, 'REFUSED', 550], [post, 'SENT', 250]]);
  const got = await mail.got();
  assert.deepEqual(got.to, ['second@example.org']);
  assert.equal(got.headers.references, `<approval-${approval.id}@example.com>`);
  assert.match(got.html, /A chair &lt;b&gt;/);
  assert.ok(!JSON.stringify(sent).includes('secret'));
  assert.ok(!server.output.includes('services/secret') && !server.output.includes('secret of the receiver'));
  const bell = await ask('GET', '/notifications?unread=true', undefined, 200, yuki);
  assert.equal(bell.unread, 1);
  assert.equal((await ask('POST', '/notifications:read', { ids: [n.id] }, 200, 'taro')).changed, 0);
  assert.equal((await ask('POST', '/notifications:read', { ids: [n.id] }, 200, yuki)).changed, 1);
  assert.equal((await ask('GET', '/notifications', undefined, 200, yuki)).unread, 0);
});

/** Somebody with a mail address in a zone of the world, told from then on. */
async function somebody(t, zone, wants) {
  const mail = await mailServer(t, 'none'), name = await mailChannel(mail.port, { tls: 'none', ca: undefined }),
    id = fresh('yuki');
  await ask('PUT', `/people/${id}`, { name: 'Yuki', locale: 'en', email: `${id}@example.org`, zone }, 201);
  await ask('PUT', `/people/${id}/notification-preferences`, { channels: [{ channel: name }], ...wants }, 200, id);
  return { id, mail };
}
const asked = (who, more = {}) => ask('POST', '/approvals',
  { policy: { need: 'any', of: who, ...more }, subject: `A chair ${fresh('no')}`, data: {} }, 201, 'taro');
const newest = async (who) => (await ask('GET', '/notifications?limit=1', undefined, 200, who)).notifications[0];

story('quiet hours are those of the person\'s own clock, to the millisecond, over midnight and over a night that lacks an hour', async (t) => {
  server.clock.for(t);
  const until = async (who, at) => {
    await server.clock.set(Date.parse(at));
    await asked([who]);
    return (await newest(who)).not_before;
  };
  const tokyo = (await somebody(t, 'Asia/Tokyo', { quiet: { from: '22:00', to: '07:00', days: ['SUN'] } })).id;
  assert.equal(await until(tokyo, '2027-03-11T12:59:59.999Z'), '2027-03-11T12:59:59.999Z', '21:59:59.999 in Tokyo');
  assert.equal(await until(tokyo, '2027-03-11T13:00:00Z'), '2027-03-11T22:00:00.000Z',
    '22:00: until 07:00 of the next day');
  assert.equal(await until(tokyo, '2027-03-11T21:59:59.999Z'), '2027-03-11T22:00:00.000Z');
  assert.equal(await until(tokyo, '2027-03-11T22:00:00Z'), '2027-03-11T22:00:00.000Z', '07:00 is awake');
  assert.equal(await until(tokyo, '2027-03-13T13:00:00Z'), '2027-03-14T22:00:00.000Z',
    'Saturday night: Sunday is quiet, and its night');
  const york = (await somebody(t, 'America/New_York', { quiet: { from: '23:00', to: '02:30' } })).id;
  assert.equal(await until(york, '2027-03-14T05:00:00Z'), '2027-03-14T07:00:00.000Z',
    '02:30 is not on that clock: 03:00');
  const berlin = (await somebody(t, 'Europe/Berlin', { quiet: { from: '12:00', to: '13:00' } })).id;
  assert.equal(await until(berlin, '2027-03-28T10:00:00Z'), '2027-03-28T11:00:00.000Z',
    'summer time since that morning');
});

story('a digest leaves out what was decided meanwhile, and is not sent when that is all', async (t) => {
  server.clock.for(t);
  const { id, mail } = await somebody(t, 'Asia/Tokyo', { digest: ['09:00', '17:00'],
    kinds: { 'approval.asked': 'digest', 'approval.decided': 'off' } });
  await server.clock.set(Date.parse('2027-04-05T00:00:00Z')); // 09:00, and that digest has left
  const one = await asked([id, 'ken']), two = await asked([id, 'ken']);
  assert.equal((await newest(id)).not_before, '2027-04-05T08:00:00.000Z');
  await ask('POST', `/approvals/${one.id}/votes`, { do: 'approve' }, 200, 'ken');
  await server.clock.set(Date.parse('2027-04-05T08:00:00Z'));
  const got = await mail.got();
  assert.match(got.headers.subject, /^1 notifications/);
  assert.ok(got.text.includes(two.id) && !got.text.includes(one.id), got.text);
  const three = await asked([id, 'ken']);
  for (const a of [two, three]) await ask('POST', `/approvals/${a.id}/votes`, { do: 'approve' }, 200, 'ken');
  await server.clock.set(Date.parse('2027-04-06T00:00:00Z'));
  const over = async () => (await ask('GET', '/notifications?person=*&state=OVER')).notifications;
  await until('the digest to be over', async () => (await over()).some((n) => n.kind === 'digest' && n.person === id));
  assert.equal(mail.mails.filter((m) => m.text.includes(three.id)).length, 0);
});

story('what must be decided before the digest is told at once', async (t) => {
  server.clock.for(t);
  const { id, mail } = await somebody(t, 'Asia/Tokyo', { kinds: { 'approval.asked': 'digest' }, digest: ['09:00'] });
  await server.clock.set(Date.parse('2027-04-07T01:00:00Z')); // 10:00
  await asked([id], { deadline: { after: 'P2D', then: 'reject' } });
  assert.equal((await newest(id)).state, 'COLLECTED');
  const urgent = await asked([id], { deadline: { after: 'PT8H', then: 'reject' } });
  assert.ok((await mail.got()).text.includes(urgent.id));
  await asked([id], { deadline: { at: '2027-04-08T09:00:00+09:00', then: 'reject' } });
  assert.equal((await newest(id)).not_before, '2027-04-07T01:00:00.000Z',
    'at the very moment of the digest is too late');
  await asked([id], { deadline: { at: '2027-04-08T09:00:01+09:00', then: 'reject' } });
  assert.equal((await newest(id)).state, 'COLLECTED');
});

story('addresses in private networks are not called', async (t) => {
  const strict = await start({});
  t.after(() => strict.close());
  const say = asking(strict);
  for (const url of ['http://127.0.0.1/x', 'http://169.254.169.254/latest', 'http://[::1]/', 'http://10.0.0.1/',
    'http://localhost/',
    'ftp://example.com/', 'http://user@example.com/', 'http://[::ffff:127.0.0.1]/', 'http://2130706433/',
      'http://0x7f.1/']) {
    await say('PUT', '/channels/hook', { type: 'webhook', settings: { url } }, 400);
    await say('PUT', '/channels/chat', { type: 'slack', secrets: { url } }, 400);
    await say('PUT', '/channels/teams', { type: 'teams', secrets: { url } }, 400);
  }
  const mail = await mailServer(t, 'none');
  await say('PUT', '/channels/mail', { type: 'smtp',
    settings: { host: '127.0.0.1', port: mail.port, from: 'a@b', tls: 'none' } }, 201);
  const { notification } = await say('POST', '/channels/mail/test', { address: 'x@y' }, 202);
  const n = await until('the end', async () => {
    const seen = await say('GET', `/notifications/${notification}`);
    return seen.state === 'FAILED' && seen;
  });
  assert.match(n.error, /may not be called|private network/);
  assert.equal(mail.mails.length, 0);
});
