// approvals.test.mjs - the approval step as clients see it: races, repeats, what follows, waiting,
// pages, and what a restart keeps.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after } from 'node:test';
import { fresh, start, story } from './lib.mjs';

const server = await start({ flags: ['--allow-private-webhooks'] });
after(() => server.close());
const call = (method, path, user, body, headers = {}) =>
  server.json(method, path, body, { 'X-Ringi-User': user, ...headers });
const open = async (body, user = 'taro') => {
  const r = await call('POST', '/v1/approvals', user, { subject: 's', ...body });
  assert.equal(r.status, 201, r.text);
  return r.data;
};
const vote = (id, user, body) => call('POST', `/v1/approvals/${id}/votes`, user, { do: 'approve', ...body });

/** RINGI_RACES=10000 (make races) for the proof; 40 races at a time. */
const RACES = Number(process.env.RINGI_RACES ?? 40);
async function race(queue, of, count) {
  const ids = [];
  for (let i = 0; i < count; i++) ids.push((await open({ policy: { need: 1, of }, on_decided: { queue } })).id);
  const answers = await Promise.all(ids.flatMap((id) => of.map((p, i) => vote(id, p, i % 2
    ? { do: 'reject', comment: 'no' } : {}))));
  assert.ok(answers.every((r) => r.status === 200 || r.data.code === 'CLOSED'), 'counted, or closed');
  for (const id of ids) {
    const { data } = await call('GET', `/v1/approvals/${id}?log=1`, 'taro');
    assert.equal(data.state, 'APPROVED');
    assert.equal(data.events.filter((e) => e.action === 'approval.closed').length, 1);
    assert.equal(data.slots.filter((s) => s.decision === 'approve').length, 1);
  }
  return ids;
}
async function told(queue, by = []) {
  for (let more = true; more;) {
    const messages = await server.sqs.json.receive(queue, { MaxNumberOfMessages: 10 });
    by.push(...messages.map((m) => JSON.parse(m.Body).approval));
    more = messages.length > 0;
  }
  return by;
}

story('b01 hundreds of last votes at once: one close each, and one message', async () => {
  const queue = fresh('decided');
  await server.json('PUT', `/v1/queues/${queue}`, { track: true, visibility_timeout: 3600 });
  const of = Array.from({ length: 8 }, (_, i) => `p${i}`), ids = [];
  while (ids.length < RACES) ids.push(...await race(queue, of, Math.min(40, RACES - ids.length)));
  assert.deepEqual((await told(queue)).sort(), ids.sort());
}, 30_000 + RACES * 100);

story('a13 the same request again, by body or header, also after a restart of the client', async () => {
  const { id } = await open({ policy: { need: 2, of: ['a', 'b'] } });
  const key = { 'Idempotency-Key': 'k-1' };
  const first = await call('POST', `/v1/approvals/${id}/votes`, 'a', { do: 'approve' }, key);
  assert.equal(first.data.outcome, 'ok');
  const again = await vote(id, 'a', { request_id: 'k-1' });
  assert.deepEqual(again.data, { ...first.data, outcome: 'same' });
  assert.equal((await vote(id, 'a', { do: 'abstain', request_id: 'k-1' })).data.code, 'ID_REUSED');
  assert.equal((await vote(id, 'a', { request_id: 'has blanks' })).status, 400);
  assert.equal((await call('POST', `/v1/approvals/${id}/votes`, 'b', { do: 'approve', request_id: 'x' }, key)).status,
    400);
});

story('what follows is published, and sent to a webhook, signed', async () => {
  const got = [];
  const hook = http.createServer((req, res) => {
    let text = '';
    req.on('data', (d) => { text += d; }).on('end', () => { got.push({ headers: req.headers, text }); res.end(); });
  });
  await new Promise((done) => { hook.listen(0, '127.0.0.1', done); });
  try {
    const TopicArn = await server.sns.topic();
    const [topic, queue] = [TopicArn.split(':').pop(), fresh()];
    await server.json('PUT', `/v1/queues/${queue}`, {});
    await server.sns.subscribe(TopicArn, `arn:aws:sqs:us-east-1:000000000000:${queue}`, { RawMessageDelivery: 'true' });
    const url = `http://127.0.0.1:${hook.address().port}/done`;
    const secret = `whsec_${'A'.repeat(32)}`;
    const made = await open({ policy: { need: 1, of: ['a'] },
      on_decided: { topic, correlation_id: 'c-1', payload: { n: 1 }, webhook: { url, secret } } });
    assert.deepEqual(made.on_decided.webhook, { url, secrets: 1 });
    assert.equal((await vote(made.id, 'a', { do: 'reject', comment: 'too dear' })).data.state, 'REJECTED');
    const told = JSON.parse((await server.sqs.json.one(queue, { WaitTimeSeconds: 5 })).Body);
    assert.deepEqual([told.approval, told.state, told.payload, told.votes[0].comment],
      [made.id, 'REJECTED', { n: 1 }, 'too dear']);
    for (let i = 0; got.length === 0 && i < 100; i++) await new Promise((done) => { setTimeout(done, 50); });
    assert.equal(JSON.parse(got[0].text).approval, made.id);
    assert.match(got[0].headers['webhook-signature'], /^v1,/);
  } finally {
    await new Promise((done) => { hook.close(done); });
  }
});

story('on_decided is looked at when the step is opened', async () => {
  const bad = async (on_decided) => (await call('POST', '/v1/approvals', 'taro',
    { policy: { need: 1, of: ['a'] }, on_decided })).data.code;
  assert.equal(await bad({ queue: 'nowhere' }), 'NO_SUCH_QUEUE');
  assert.equal(await bad({ topic: 'nowhere' }), 'NO_SUCH_TOPIC');
  assert.equal(await bad({}), 'MISSING_PARAMETER');
  assert.equal(await bad({ colour: 'red' }), 'INVALID_PARAMETER');
});

story('b03 a step keeps its policy; a new round takes the newest where it says so', async () => {
  const name = fresh('policy');
  const put = async (policy) => {
    const r = await call('PUT', `/v1/policies/${name}`, 'owner', policy);
    assert.ok(r.status < 300, r.text);
    return r.data;
  };
  const first = await put({ need: 1, of: ['a', 'b'] });
  const kept = await open({ policy: name });
  assert.deepEqual([kept.policy.name, kept.policy.version, kept.policy.sha256], [name, 1, first.sha256]);
  await put({ need: 2, of: ['a', 'b'], newest: true });
  const taken = await open({ policy: name });
  assert.equal(taken.policy.version, 2);
  assert.equal((await open({ policy: name, version: 1 })).policy.version, 1);
  await put({ need: 1, of: ['c'] });
  for (const id of [kept.id, taken.id]) {
    assert.equal((await vote(id, 'a', { do: 'return', comment: 'why' })).data.state, 'RETURNED');
    assert.equal((await call('POST', `/v1/approvals/${id}/resubmit`, 'taro', {})).data.round, 2);
  }
  assert.equal((await call('GET', `/v1/approvals/${kept.id}`, 'taro')).data.policy.version, 1);
  const now = (await call('GET', `/v1/approvals/${taken.id}`, 'taro')).data;
  assert.deepEqual([now.policy.version, now.slots.map((s) => s.user)], [3, ['c']]);
  assert.equal((await call('POST', '/v1/approvals', 'taro', { policy: 'nowhere' })).data.code, 'NO_SUCH_POLICY');
});

story('a step of a thousand people is whole in its log', async () => {
  const of = Array.from({ length: 1000 }, (_, i) => `person-${i}`);
  const { id } = await open({ policy: { need: 'all', of } });
  const { events } = (await call('GET', `/v1/approvals/${id}/log`, 'taro')).data;
  assert.equal(events.flatMap((e) => e.detail.slots).length, 1000);
  assert.equal((await vote(id, 'person-999', { do: 'reject', comment: 'no' })).data.state, 'REJECTED');
});

story('who waits is answered with the decision', async () => {
  const { id } = await open({ policy: { need: 1, of: ['a'] } });
  const waiting = call('GET', `/v1/approvals/${id}?wait=30`, 'taro');
  assert.equal((await vote(id, 'a')).data.state, 'APPROVED');
  assert.equal((await waiting).data.state, 'APPROVED');
  assert.equal((await call('GET', `/v1/approvals/${id}?wait=30`, 'taro')).data.state, 'APPROVED');
});

story('pages of approvals and of an inbox have everything once', async () => {
  const who = fresh('w'), ids = [];
  for (let i = 0; i < 25; i++) ids.push((await open({ policy: { need: 1, of: [who] }, labels: { run: who },
    data: { amount: (i * 7) % 25 } })).id);
  const all = async (path, key, sort) => {
    const seen = [];
    let cursor;
    do {
      const { data } = await call('GET', `${path}&limit=4${cursor ? `&cursor=${cursor}` : ''}${sort ?? ''}`, who);
      seen.push(...data[key]);
      ({ cursor } = data);
    } while (cursor);
    return seen;
  };
  assert.deepEqual((await all(`/v1/approvals?label.run=${who}`, 'approvals')).map((a) => a.id), [...ids].reverse());
  assert.deepEqual((await all('/v1/inbox?for=me', 'items')).map((a) => a.id), ids);
  assert.deepEqual((await all('/v1/inbox?for=me', 'items', '&sort=age')).map((a) => a.id), ids);
  const amounts = (await all('/v1/inbox?for=me', 'items', '&sort=amount')).map((a) => a.amount);
  assert.deepEqual(amounts, [...amounts].sort((a, b) => b - a));
  assert.equal(amounts.length, 25);
  assert.equal((await call('GET', '/v1/inbox?cursor=x', who)).status, 400);
  assert.equal((await call('GET', '/v1/approvals?colour=red', who)).status, 400);
});

story('bounds: one over is refused', async () => {
  const refused = async (body) => (await call('POST', '/v1/approvals', 'taro',
    { policy: { need: 1, of: ['a'] }, ...body })).status;
  assert.equal(await refused({ subject: 'x'.repeat(1025) }), 400);
  assert.equal(await refused({ data: 'x'.repeat(256 * 1024) }), 400);
  assert.equal(await refused({ priority: 10 }), 400);
  const { id } = await open({ policy: { need: 1, of: ['a'] } });
  assert.equal((await vote(id, 'a', { comment: 'x'.repeat(16385) })).status, 400);
  assert.equal((await call('POST', '/v1/approvals:vote', 'a',
    { votes: Array(101).fill({ id, do: 'approve' }) })).status, 400);
  const attachments = Array(101).fill({ sha256: '0'.repeat(64) });
  assert.equal((await call('POST', `/v1/approvals/${id}/comments`, 'a', { comment: 'c', attachments })).status, 400);
  assert.equal((await call('GET', '/v1/approvals?limit=201', 'a')).status, 400);
  assert.equal((await call('GET', `/v1/approvals/${id}/log?limit=201`, 'a')).status, 400);
});

story('who looks is told whether it waits for them, and in whose place', async () => {
  const { id } = await open({ policy: { need: 2, of: ['mika', 'nao'] } }, 'taro');
  const mine = async (who) => (await call('GET', `/v1/approvals/${id}?mine=1`, who)).data.mine;
  assert.deepEqual(await mine('nao'), { slot: 2 });
  assert.equal(await mine('rei'), undefined);
  await call('POST', '/v1/delegations', 'mika', { delegate: 'rei' });
  assert.deepEqual(await mine('rei'), { slot: 1, for: 'mika' });
  assert.equal((await call('GET', `/v1/approvals/${id}`, 'nao')).data.mine, undefined, 'only when asked');
  await vote(id, 'nao');
  assert.equal(await mine('nao'), undefined);
});

story('the data as it was, exactly as it was given', async () => {
  const text = '{"price": 12345678901234567890.10, "n": [1, null]}';
  const first = await server.request({ method: 'POST', path: '/v1/approvals',
    headers: { 'X-Ringi-User': 'taro', 'content-type': 'application/json' },
    body: `{"policy": {"need": 1, "of": ["mika"]}, "subject": "s", "data": ${text}}` });
  const { id } = JSON.parse(first.text);
  await vote(id, 'mika', { do: 'return', comment: 'cheaper' });
  await call('POST', `/v1/approvals/${id}/resubmit`, 'taro', { data: { price: 1 } });
  const data = (version) => server.request({ path: `/v1/approvals/${id}/data${version}`,
    headers: { 'X-Ringi-User': 'taro' } });
  assert.deepEqual(JSON.parse((await data('')).text), { id, version: 2, data: { price: 1 } });
  assert.match((await data('?version=1')).text, /12345678901234567890\.10/);
  assert.equal((await data('?version=3')).status, 400);
  assert.equal((await data('?version=x')).status, 400);
});

story('who reads an approval reads names of whom it names, and nothing else of the directory', async () => {
  const [a, b, c] = ['a', 'b', 'c'].map((x) => fresh(`named-${x}`)), sales = fresh('SALES');
  await server.json('PUT', `/v1/departments/${sales}`, { name: '営業部' });
  await server.json('PUT', `/v1/people/${a}`, { name: '髙﨑 𠮷男', email: `${a}@example.com`, appointments: [sales] });
  await server.json('PUT', `/v1/people/${b}`, { name: 'O\'Hara 🌸' });
  const { id } = await open({ policy: { need: 1, of: [b, c] } }, a);
  const people = [{ id: a, name: '髙﨑 𠮷男', department: '営業部' }, { id: b, name: 'O\'Hara 🌸' }];
  const of = async (path, user) => (await call('GET', path, user)).data.people;
  assert.deepEqual(await of(`/v1/approvals/${id}?people=1`, b), people);
  assert.deepEqual(await of('/v1/inbox?people=1', c), people.slice(0, 1), 'who asks; nobody else is named there');
  assert.deepEqual(await of(`/v1/approvals?applicant=${a}&people=1`, a), people.slice(0, 1));
  assert.equal(await of(`/v1/approvals/${id}`, b), undefined, 'unless asked for');
});

story('b18 a vote keeps what people were called on its day, in the slot and in the log', async () => {
  const [a, d, other] = ['a', 'd', 'other'].map((x) => fresh(`then-${x}`));
  const rename = async (id, name) => assert.ok((await server.json('PUT', `/v1/people/${id}`, { name })).status < 300);
  await rename(a, '髙﨑 𠮷男');
  await rename(d, 'O\'Hara');
  const from = new Date(Date.now() - 60_000).toISOString();
  const set = await call('POST', '/v1/delegations', a, { delegate: d, from, reason: 'away' });
  assert.equal(set.status, 201, set.text);
  const { id } = await open({ policy: { need: 2, of: [a, other] } });
  assert.equal((await vote(id, d, { for: a })).status, 200);
  await rename(a, '髙﨑 次郎');
  await rename(d, 'Smith');
  const { data } = await call('GET', `/v1/approvals/${id}?log=1&people=1`, 'taro');
  const names = { by: 'O\'Hara', for: '髙﨑 𠮷男' };
  assert.deepEqual([data.slots[0].by, data.slots[0].for, data.slots[0].names], [d, a, names]);
  assert.deepEqual(data.events.filter((e) => e.names).map((e) => [e.action, e.names]), [['approval.voted', names]]);
  assert.equal(data.people.find((p) => p.id === d).name, 'Smith', 'today');
  assert.equal((await vote(id, other)).data.slots?.[1]?.names, undefined, 'of whom the directory does not know');
});

story('names of 300 people are in an answer at most', async () => {
  const of = Array.from({ length: 300 }, (_, i) => `${fresh('many')}-${i}`);
  for (const i of [298, 299]) await server.json('PUT', `/v1/people/${of[i]}`, { name: `Number ${i}` });
  const { id } = await open({ policy: { need: 1, of } });
  const { data } = await call('GET', `/v1/approvals/${id}?people=1`, 'taro');
  assert.equal(data.slots.length, 300);
  assert.deepEqual(data.people.map((p) => p.name), ['Number 298'], 'the applicant is the first of 300');
});
