// watching.test.mjs - approvals and inboxes while they change: a snapshot, then what happens, for those who
// may see it, without a gap also after a break.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { fresh, start, story, until } from './lib.mjs';
import { Stream } from './stream.mjs';

const server = await start();
after(() => server.close());
const call = (method, path, user, body) => server.json(method, path, body, { 'X-Ringi-User': user });
const done = async (...args) => {
  const r = await call(...args);
  assert.ok(r.status < 300, r.text);
  return r.data;
};
const person = (stem) => fresh(stem).replace('-', '');
const open = (of, more = {}, user = 'taro') =>
  done('POST', '/v1/approvals', user, { subject: 's', policy: { need: of.length, of }, ...more });
const vote = (id, user, body) => done('POST', `/v1/approvals/${id}/votes`, user, { do: 'approve', ...body });
const watch = (path, user, headers = {}) =>
  Stream.open(server, path, { headers: { 'X-Ringi-User': user, ...headers } });
const watchApproval = (id, user, headers) => watch(`/v1/approvals/${id}/events`, user, headers);
const watchInbox = (user, headers) => watch('/v1/inbox/events', user, headers);
const from = (s) => ({ 'Last-Event-ID': s.position });

// The heartbeat takes a while: it is waited for by the last story.
const quietOne = person('quiet');
const quiet = [await watchInbox(quietOne), await watchApproval((await open([quietOne])).id, 'taro')];

// ---- an approval

story('a vote in one connection arrives at who watches in another', async () => {
  const [a, b] = [person('a'), person('b')];
  const { id } = await open([a, b]);
  const s = await watchApproval(id, 'taro');
  assert.equal(s.headers['content-type'], 'text/event-stream');
  const first = (await s.next('snapshot')).data;
  assert.deepEqual(first, await done('GET', `/v1/approvals/${id}`, 'taro'), 'as GET tells it');

  await vote(id, a, { comment: 'fine' });
  const one = (await s.next('changed')).data;
  assert.deepEqual(one.slots.map((x) => [x.slot, x.state, x.decision, x.by, x.comment]),
    [[1, 'DECIDED', 'approve', a, 'fine']]);
  assert.deepEqual([one.id, one.state, one.open_slots, one.round], [id, 'PENDING', 1, 1]);
  assert.equal(one.progress[0].yes, 1);
  assert.match(one.why, /\w/);
  assert.deepEqual(one.events.map((e) => [e.action, e.principal]), [['approval.voted', a]]);

  await vote(id, b);
  const last = (await s.next('changed')).data;
  assert.equal(last.state, 'APPROVED');
  assert.deepEqual(last.slots.map((x) => x.slot), [2]);
  assert.deepEqual(last.events.map((e) => e.action), ['approval.voted', 'approval.closed']);
  assert.ok(last.closed_at);

  await done('POST', `/v1/approvals/${id}/comments`, a, { comment: 'done then' });
  const said = (await s.next('changed')).data;
  assert.deepEqual([said.slots, said.events[0].reason], [[], 'done then'], 'the log goes on behind the end');
  s.end();
});

story('a new round, an edit and a retraction are told', async () => {
  const [a, b] = [person('a'), person('b')];
  const { id } = await open([a, b], { policy: { need: 2, of: [a, b], return: true, retract: true, edit: 'keep' } });
  const s = await watchApproval(id, 'taro');
  await s.next('snapshot');
  await vote(id, a);
  await s.next('changed');
  await vote(id, a, { do: 'retract' });
  assert.equal((await s.next('changed')).data.slots[0].state, 'WAITING');
  await done('POST', `/v1/approvals/${id}/edit`, 'taro', { data: { amount: 7 } });
  assert.equal((await s.next('changed')).data.data_version, 2);
  await vote(id, b, { do: 'return', comment: 'again' });
  const back = (await s.next('changed')).data;
  assert.equal(back.state, 'RETURNED');
  await done('POST', `/v1/approvals/${id}/resubmit`, 'taro', { data: { amount: 8 } });
  const again = (await s.next('snapshot')).data;
  assert.deepEqual([again.round, again.state, again.slots.length], [2, 'PENDING', 2], 'a new round is told whole');
  s.end();
});

story('who comes back is told what they missed, and nothing twice; also after a restart', async () => {
  const own = await start();
  try {
    const [a, b, c] = ['a', 'b', 'c'];
    const ask = async (method, path, user, body) => {
      const r = await own.json(method, path, body, { 'X-Ringi-User': user });
      assert.ok(r.status < 300, r.text);
      return r.data;
    };
    const { id } = await ask('POST', '/v1/approvals', 'taro', { subject: 's', policy: { need: 3, of: [a, b, c] } });
    const path = `/v1/approvals/${id}/events`;
    const look = (headers) => Stream.open(own, path, { headers: { 'X-Ringi-User': 'taro', ...headers } });
    const say = (user) => ask('POST', `/v1/approvals/${id}/votes`, user, { do: 'approve' });
    const s = await look();
    await s.next('snapshot');
    await say(a);
    await s.next('changed');
    s.end();
    await say(b);
    const second = await look(from(s));
    const missed = (await second.next('changed')).data;
    assert.deepEqual(missed.slots.map((x) => x.slot), [2]);
    assert.ok(!second.events.some((e) => e.name === 'snapshot'));
    second.end();
    const inbox = await Stream.open(own, '/v1/inbox/events', { headers: { 'X-Ringi-User': c } });
    assert.equal((await inbox.next('snapshot')).data.items.length, 1);

    await own.restart();
    await say(c);
    const third = await look(from(second));
    const [later] = [(await third.next('changed')).data];
    assert.deepEqual([later.state, later.slots.map((x) => x.slot)], ['APPROVED', [3]]);
    third.end();
    // An inbox goes on by memory: who had a position of the process before is told so.
    const back = await Stream.open(own, '/v1/inbox/events', { headers: { 'X-Ringi-User': c, ...from(inbox) } });
    await back.next('reset');
    assert.deepEqual((await back.next('snapshot')).data, { items: [], more: false });
    back.end();
  } finally {
    await own.close();
  }
});

story('who missed more than is told at once gets a snapshot', async () => {
  const { id } = await open([person('a')]);
  const s = await watchApproval(id, 'taro');
  await s.next('snapshot');
  s.end();
  const say = (n) => Promise.all(Array.from({ length: n }, () =>
    done('POST', `/v1/approvals/${id}/comments`, 'taro', { comment: 'c' })));
  await say(100);
  const hundred = await watchApproval(id, 'taro', from(s));
  assert.equal((await hundred.next('changed')).data.events.length, 100);
  hundred.end();
  await say(1);
  const more = await watchApproval(id, 'taro', from(s));
  assert.equal((await more.next((e) => e.name !== '(position)')).name, 'snapshot');
  more.end();
});

story('a position that is none begins anew', async () => {
  const [a] = [person('a')];
  const { id } = await open([a]);
  for (const path of [`/v1/approvals/${id}/events`, '/v1/inbox/events']) {
    for (const last of ['7', 'x', '1-2', '1-2-3']) {
      const s = await watch(path, a, { 'Last-Event-ID': last });
      await s.next('reset');
      await s.next('snapshot');
      s.end();
    }
    const r = await call('GET', `${path}?after=x`, a);
    assert.deepEqual([r.status, r.data.code], [400, 'INVALID_PARAMETER']);
  }
  const nobody = await watchApproval('019f0000-0000-7000-8000-000000000000', a);
  assert.deepEqual([nobody.status, nobody.problem.code], [404, 'NO_SUCH_APPROVAL']);
});

// ---- an inbox

story('an inbox gains an item, and loses it when others decide', async () => {
  const [a, b] = [person('a'), person('b')];
  const s = await watchInbox(a);
  assert.deepEqual((await s.next('snapshot')).data, { items: [], more: false });
  const { id } = await open([a, b], { policy: { need: 1, of: [a, b] }, data: { amount: 5 } });
  const more = (await s.next('changed')).data;
  assert.deepEqual(more.gone, []);
  assert.deepEqual(more.items, (await done('GET', '/v1/inbox', a)).items, 'as GET tells it');
  await vote(id, b);
  assert.deepEqual((await s.next('changed')).data, { items: [], gone: [id] });
  s.end();
});

story('an inbox loses what was decided, withdrawn or left; another data version is told', async () => {
  const [a, b] = [person('a'), person('b')];
  const s = await watchInbox(a);
  const own = await open([a, b], { policy: { need: 2, of: [a, b], edit: 'keep' } });
  const other = await open([a, b]);
  await until('both', async () => (await s.next('changed')).data.items.some((i) => i.id === other.id));
  await done('POST', `/v1/approvals/${own.id}/edit`, 'taro', { data: { amount: 9 } });
  const edited = (await s.next('changed')).data.items[0];
  assert.deepEqual([edited.id, edited.data_version, edited.amount], [own.id, 2, 9]);
  await vote(own.id, a);
  assert.deepEqual((await s.next('changed')).data.gone, [own.id], 'their own vote');
  await done('POST', `/v1/approvals/${other.id}/withdraw`, 'taro', { reason: 'x' });
  assert.deepEqual((await s.next('changed')).data.gone, [other.id]);
  s.end();
});

story('a group and a delegation bring items and take them away', async () => {
  const [a, boss, other] = [person('a'), person('boss'), person('other')];
  const group = fresh('group');
  for (const id of [a, boss, other]) await done('PUT', `/v1/people/${id}`, 'admin', { name: id });
  await done('PUT', `/v1/people-groups/${group}`, 'admin', { members: [{ person: other }] });
  const s = await watchInbox(a);
  await s.next('snapshot');
  const ofGroup = await open([], { policy: { need: 1, of: [{ group }, person('x')] } });
  const ofBoss = await open([boss]);
  await done('PUT', `/v1/people-groups/${group}`, 'admin', { members: [{ person: other }, { person: a }] });
  const joined = (await s.next('snapshot')).data;
  assert.deepEqual(joined.items.map((i) => i.id), [ofGroup.id], 'who is asked is another: told whole');

  const made = await done('POST', '/v1/delegations', boss, { delegate: a,
    from: new Date(Date.now() - 1000).toISOString(),
    until: new Date(Date.now() + 3600_000).toISOString(), reason: 'away' });
  const both = (await s.next('snapshot')).data;
  assert.deepEqual(both.items.map((i) => [i.id, i.for]).sort(), [[ofBoss.id, boss], [ofGroup.id, undefined]].sort());
  const next = await open([boss]);
  assert.deepEqual((await s.next('changed')).data.items.map((i) => [i.id, i.for]), [[next.id, boss]],
    'the delegate is told, too');
  await vote(next.id, boss);
  assert.deepEqual((await s.next('changed')).data.gone, [next.id]);
  await done('DELETE', `/v1/delegations/${made.id}`, boss);
  assert.deepEqual((await s.next('snapshot')).data.items.map((i) => i.id), [ofGroup.id]);
  s.end();
});

story('an inbox that was left is told what came and went meanwhile, once', async () => {
  const [a] = [person('a')];
  const first = await open([a]);
  const s = await watchInbox(a);
  await s.next('snapshot');
  s.end();
  const second = await open([a]);
  await vote(first.id, a);
  const again = await watchInbox(a, from(s));
  const { data } = await again.next('changed');
  assert.deepEqual([data.items.map((i) => i.id), data.gone], [[second.id], [first.id]]);
  assert.deepEqual(again.events.map((e) => e.name).filter((n) => n !== '(position)'), ['changed']);
  again.end();
  const quietly = await watchInbox(a, from(again));
  await vote(second.id, a);
  assert.deepEqual((await quietly.next('changed')).data.gone, [second.id]);
  quietly.end();
  // More than is looked at one by one: a snapshot.
  for (let i = 0; i < 70; i++) await open([a]);
  const many = await watch('/v1/inbox/events?limit=200', a, from(quietly));
  const whole = await many.next((e) => e.name === 'snapshot');
  assert.equal(whole.data.items.length, 70);
  many.end();
});

story('who is in more groups than are followed at once is told, if later', async () => {
  const a = person('busy'), groups = Array.from({ length: 33 }, () => fresh('many'));
  await done('PUT', `/v1/people/${a}`, 'admin', { name: a });
  for (const g of groups) await done('PUT', `/v1/people-groups/${g}`, 'admin', { members: [{ person: a }] });
  const s = await watchInbox(a);
  await s.next('snapshot');
  const ids = [];
  for (const group of groups) ids.push((await open([], { policy: { need: 1, of: [{ group }] } })).id);
  const had = new Set();
  await until('all of them', () => {
    for (const e of s.events.splice(0)) for (const i of e.data?.items ?? []) had.add(i.id);
    return ids.every((id) => had.has(id));
  }, 25_000);
  s.end();
});

story('an inbox is watched in part: whose, how many', async () => {
  const [a, b] = [person('a'), person('b')];
  for (let i = 0; i < 3; i++) await open([a, b]);
  const two = await watch('/v1/inbox/events?limit=2&sort=age', a);
  const { data } = await two.next('snapshot');
  assert.deepEqual([data.items.length, data.more], [2, true]);
  two.end();
  const none = await watch(`/v1/inbox/events?for=${b}`, a);
  assert.deepEqual((await none.next('snapshot')).data.items, []);
  none.end();
  assert.equal((await call('GET', '/v1/inbox/events?cursor=1.1', a)).status, 400);
  assert.equal((await call('GET', '/v1/inbox/events?sort=size', a)).status, 400);
  const head = await server.request({ method: 'HEAD', path: '/v1/inbox/events', headers: { 'X-Ringi-User': a } });
  assert.equal(head.status, 200);
});

story('many votes at once: each slot is told, and the end', async () => {
  const people = Array.from({ length: 40 }, () => person('v'));
  const { id } = await open(people);
  const watchers = await Promise.all([1, 2, 3].map(() => watchApproval(id, 'taro')));
  for (const s of watchers) await s.next('snapshot');
  await Promise.all(people.map((p) => vote(id, p)));
  for (const s of watchers) {
    const decided = new Set();
    for (let state = 'PENDING'; state === 'PENDING';) {
      const { data } = await s.next('changed');
      for (const x of data.slots) if (x.state === 'DECIDED') decided.add(x.slot);
      state = data.state;
    }
    assert.equal(decided.size, 40);
    s.end();
  }
});

story('the end is told, in whatever moment of a look the last vote comes', async () => {
  for (let round = 0; round < 60; round++) {
    const people = Array.from({ length: 6 }, () => person('v'));
    const { id } = await open(people);
    const watchers = await Promise.all([1, 2, 3, 4, 5].map(() => watchApproval(id, 'taro')));
    await Promise.all(people.map((p) => vote(id, p)));
    for (const s of watchers) {
      await s.next((e) => e.data?.state === 'APPROVED');
      s.end();
    }
  }
});

// ---- who may

const data = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-watching-'));
const guarded = await start({ auth: 'on', data });
after(async () => { await guarded.close(); fs.rmSync(data, { recursive: true, force: true }); });
const root = fs.readFileSync(path.join(data, 'admin.token'), 'utf8').trim();
const ask = (method, at, body, as, token = root) => guarded.json(method, at, body,
  { authorization: `Bearer ${token}`, ...(as === undefined ? {} : { 'x-ringi-user': as }) });
const must = async (...args) => {
  const r = await ask(...args);
  assert.ok(r.status < 300, r.text);
  return r.data;
};
const look = (at, as, token = root) => Stream.open(guarded, at,
  { headers: { authorization: `Bearer ${token}`, ...(as === undefined ? {} : { 'x-ringi-user': as }) } });
const people = ['aoki', 'ito', 'kato', 'stranger'];
for (const id of people) await must('PUT', `/v1/people/${id}`, { name: id });

story('a stranger is refused, and sees nothing of it in their inbox', async () => {
  const { id } = await must('POST', '/v1/approvals', { subject: 's', policy: { need: 2, of: ['aoki', 'ito'] } },
    'kato');
  const stranger = await look(`/v1/approvals/${id}/events`, 'stranger');
  assert.deepEqual([stranger.status, stranger.problem.code], [404, 'NO_SUCH_APPROVAL']);
  assert.equal((await Stream.open(guarded, `/v1/approvals/${id}/events`)).status, 401);
  const inbox = await look('/v1/inbox/events', 'stranger');
  await inbox.next('snapshot');
  for (const who of ['kato', 'aoki']) {
    const s = await look(`/v1/approvals/${id}/events`, who);
    await s.next('snapshot');
    s.end();
  }
  const mine = await look('/v1/inbox/events', 'ito');
  assert.deepEqual((await mine.next('snapshot')).data.items.map((i) => i.id), [id]);
  for (const who of ['aoki', 'ito']) await must('POST', `/v1/approvals/${id}/votes`, { do: 'approve' }, who);
  assert.deepEqual((await mine.next('changed')).data.gone, [id]);
  assert.deepEqual(inbox.events.filter((e) => e.name !== '(position)').map((e) => e.name), ['snapshot']);
  for (const s of [inbox, mine]) s.end();
});

story('who loses the right is told nothing more: the stream ends', async () => {
  const { id } = await must('POST', '/v1/approvals', { subject: 's', policy: { need: 2, of: ['aoki', 'ito'] } },
    'kato');
  await must('PUT', '/v1/roles/reader', { rules: ['ringi:GetApproval:*'] });
  await must('PUT', '/v1/roles/reader/holders/user:stranger');
  const s = await look(`/v1/approvals/${id}/events`, 'stranger');
  await s.next('snapshot');
  const { token } = await must('POST', '/v1/keys', { name: 'portal', rules: ['*:*:*'] });
  const byKey = await look('/v1/inbox/events', 'aoki', token);
  await byKey.next('snapshot');
  await must('DELETE', '/v1/roles/reader/holders/user:stranger');
  await must('DELETE', '/v1/keys/portal');
  await must('POST', `/v1/approvals/${id}/votes`, { do: 'approve' }, 'aoki');
  for (const x of [s, byKey]) {
    assert.match((await x.next('bye')).data.why, /may not/);
    await x.closed();
    assert.ok(!x.events.some((e) => e.name === 'changed'));
  }
});

story('who takes over a slot sees the approval; who is relieved of it does not any more', async () => {
  const { id } = await must('POST', '/v1/approvals', { subject: 's', policy: { need: 1, of: ['aoki'] } }, 'kato');
  const made = await must('POST', '/v1/delegations', { delegate: 'ito', from: new Date(Date.now() - 1000).toISOString(),
    until: new Date(Date.now() + 3600_000).toISOString(), reason: 'away' }, 'aoki');
  const s = await look(`/v1/approvals/${id}/events`, 'ito');
  await s.next('snapshot');
  await must('DELETE', `/v1/delegations/${made.id}`, undefined, 'aoki');
  await must('POST', `/v1/approvals/${id}/votes`, { do: 'approve' }, 'aoki');
  await s.next('bye');
  await s.closed();
  assert.ok(!s.events.some((e) => e.name === 'changed'), 'asked again with each event');
});

story('who is silent is told where the stream is', async () => {
  for (const s of quiet) {
    await until('a position', () => s.events.some((e) => e.name === '(position)'), 25_000);
    s.end();
  }
});
