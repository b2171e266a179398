// callback.test.mjs - URLs that are called when jobs and groups end, at real HTTP servers.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { fresh, start, story, until } from '../compat/lib.mjs';

const server = await start({ flags: ['--allow-private-webhooks'] });
after(() => server.close());

/** An HTTP listener that keeps what it was sent; `answer(request, response, nth)` decides. */
async function endpoint(t, answer = (r, res) => res.writeHead(204).end()) {
  const point = { requests: [] };
  const listener = http.createServer((req, res) => {
    const parts = [];
    req.on('data', (d) => parts.push(d)).on('end', () => {
      const text = Buffer.concat(parts).toString();
      const request = { method: req.method, headers: req.headers, at: Date.now(), text, body: JSON.parse(text) };
      point.requests.push(request);
      answer(request, res, point.requests.length);
    });
  });
  await new Promise((done) => listener.listen(0, '127.0.0.1', done));
  t.after(() => { listener.closeAllConnections(); listener.close(); });
  point.url = `http://127.0.0.1:${listener.address().port}/done`;
  point.called = (n = 1) => until(`${n} calls`, () => point.requests.length >= n && point.requests[n - 1]);
  return point;
}

const secretOf = () => `whsec_${randomBytes(32).toString('base64')}`;

async function ask(of, method, at, body, status) {
  const r = await of.json(method, at, body);
  assert.equal(r.status, status, r.text);
  return r.data;
}

async function tracked(more = {}, of = server) {
  const name = fresh();
  await ask(of, 'PUT', `/v1/queues/${name}`, { track: true, ...more }, 201);
  return name;
}
const submit = (queue, on_done, of = server, payload = 'work') =>
  ask(of, 'POST', `/v1/queues/${queue}/jobs`, { payload, on_done }, 202);
async function claim(queue, of = server) {
  const { jobs: [job] } = await ask(of, 'POST', `/v1/queues/${queue}/claim`, { max: 1, wait_s: 5 }, 200);
  return job;
}
const complete = (job, result, of = server) =>
  ask(of, 'POST', `/v1/jobs/${job.id}/complete`, { lease: job.lease, result }, 200);
const fail = (job, error, of = server) =>
  ask(of, 'POST', `/v1/jobs/${job.id}/fail`, { lease: job.lease, error, retry: false }, 200);

story('the URL is called when the job has succeeded, signed, with its result', async (t) => {
  const point = await endpoint(t);
  const queue = await tracked();
  const secret = secretOf();
  const { id } = await submit(queue, { webhook: { url: point.url, secret }, correlation_id: 'order-7',
    payload: { note: '日本語' } });
  assert.equal(point.requests.length, 0);
  await complete(await claim(queue), { pages: 3 });
  const { method, headers, text, body } = await point.called();
  assert.equal(method, 'POST');
  assert.deepEqual(body, { job: id, queue, state: 'SUCCEEDED', result: { pages: 3 }, correlation_id: 'order-7',
    payload: { note: '日本語' } });
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers['ringi-attempt'], '1');
  assert.deepEqual(new Webhook(secret).verify(text, headers), body);
  assert.throws(() => new Webhook(secretOf()).verify(text, headers));
});

story('it is told of failed and of canceled jobs too', async (t) => {
  const point = await endpoint(t);
  const queue = await tracked();
  const failed = await submit(queue, { webhook: { url: point.url } });
  await fail(await claim(queue), { code: 'NO_STOCK', message: 'sold out' });
  const { body, headers } = await point.called();
  assert.deepEqual(body, { job: failed.id, queue, state: 'FAILED', error: { code: 'NO_STOCK', message: 'sold out' } });
  assert.equal(headers['webhook-signature'], undefined);
  const canceled = await submit(queue, { webhook: { url: point.url } });
  await ask(server, 'POST', `/v1/jobs/${canceled.id}/cancel`, {}, 200);
  const second = await point.called(2);
  assert.deepEqual([second.body.job, second.body.state], [canceled.id, 'CANCELED']);
  assert.notEqual(second.headers['webhook-id'], headers['webhook-id']);
});

story('a group calls once, when all of it has ended', async (t) => {
  const point = await endpoint(t);
  const queue = await tracked();
  const secrets = [secretOf(), secretOf()];
  const group = await ask(server, 'POST', '/v1/groups', { on_done: { webhook: { url: point.url, secret: secrets } },
    jobs: [{ queue, payload: 1 }, { queue, payload: 2 }] }, 201);
  assert.deepEqual(group.on_done, { webhook: { url: point.url, secrets: 2 } });
  await complete(await claim(queue), 1);
  await fail(await claim(queue), { code: 'X', message: 'x' });
  const { body, text, headers } = await point.called();
  assert.equal(body.group, group.id);
  assert.deepEqual([body.counts.succeeded, body.counts.failed], [1, 1]);
  for (const s of secrets) new Webhook(s).verify(text, headers);
  assert.equal(point.requests.length, 1);
});

story('a queue and a URL can both be told', async (t) => {
  const point = await endpoint(t);
  const [queue, replies] = [await tracked(), fresh('replies')];
  await ask(server, 'PUT', `/v1/queues/${replies}`, {}, 201);
  const { id } = await submit(queue, { queue: replies, webhook: { url: point.url } });
  await complete(await claim(queue), 'ok');
  assert.equal((await point.called()).body.job, id);
  const message = await server.sqs.json.one(`${server.url}/000000000000/${replies}`);
  assert.deepEqual(JSON.parse(message.Body), point.requests[0].body);
});

story('a call that fails is made again, with the same id', async (t) => {
  const answers = [500, 404, 302];
  const point = await endpoint(t, (r, res, n) => res.writeHead(answers[n - 1] ?? 200).end());
  const queue = await tracked();
  const clock = server.clock.for(t);
  await clock.advance(0);
  await submit(queue, { webhook: { url: point.url } });
  await complete(await claim(queue), 1);
  await point.called();
  for (const [n, ms] of [[2, 6000], [3, 12_000], [4, 24_000]])
    await until(`call ${n}`, async () => { await clock.advance(ms); return point.requests.length >= n; });
  assert.deepEqual(point.requests.map((r) => r.headers['ringi-attempt']), ['1', '2', '3', '4']);
  assert.equal(new Set(point.requests.map((r) => r.headers['webhook-id'])).size, 1);
  await clock.advance(3_600_000);
  assert.equal(point.requests.length, 4);
});

story('Retry-After is kept', async (t) => {
  const point = await endpoint(t, (r, res, n) =>
    (n === 1 ? res.writeHead(503, { 'retry-after': '60' }).end() : res.writeHead(200).end()));
  const queue = await tracked();
  const clock = server.clock.for(t);
  await clock.advance(0);
  await submit(queue, { webhook: { url: point.url } });
  await complete(await claim(queue), 1);
  await point.called();
  await clock.advance(30_000);
  assert.equal(point.requests.length, 1);
  await until('the second call', async () => { await clock.advance(10_000); return point.requests.length === 2; });
});

story('410 ends it', async (t) => {
  const point = await endpoint(t, (r, res) => res.writeHead(410).end());
  const queue = await tracked();
  const clock = server.clock.for(t);
  await clock.advance(0);
  await submit(queue, { webhook: { url: point.url } });
  await complete(await claim(queue), 1);
  await point.called();
  await until('the end of it', () => /kind=callback.*status 410.*give-up/.test(server.output));
  await clock.advance(3_600_000);
  assert.equal(point.requests.length, 1);
});

story('a call survives a killed server', async (t) => {
  let open = false;
  const point = await endpoint(t, (r, res) => (open ? res.writeHead(200).end() : undefined));
  const own = await start({ flags: ['--allow-private-webhooks'] });
  t.after(() => own.close());
  const queue = await tracked({}, own);
  const secret = secretOf();
  await submit(queue, { webhook: { url: point.url, secret } }, own);
  await complete(await claim(queue, own), 1, own);
  await point.called();
  await own.restart({ hard: true });
  open = true;
  await own.clock.advance(61_000);
  const { text, headers } = await point.called(2);
  assert.equal(headers['webhook-id'], point.requests[0].headers['webhook-id']);
  new Webhook(secret).verify(text, headers);
});

story('a secret is never shown, logged, or on the disk as it is', async (t) => {
  const point = await endpoint(t, (r, res) => res.writeHead(500).end());
  const own = await start({ flags: ['--allow-private-webhooks'] });
  t.after(() => own.close());
  const queue = await tracked({}, own);
  const secret = secretOf();
  const bytes = Buffer.from(secret.slice(6), 'base64');
  const job = await submit(queue, { webhook: { url: point.url, secret } }, own);
  assert.deepEqual(job.on_done, { webhook: { url: point.url, secrets: 1 } });
  await complete(await claim(queue, own), 1, own);
  await point.called();
  await until('the log', () => /delivery failed/.test(own.output));
  const told = [JSON.stringify(job), (await own.json('GET', `/v1/jobs/${job.id}`)).text,
    (await own.json('GET', `/v1/jobs?queue=${queue}`)).text, point.requests[0].text, own.output];
  for (const text of told) assert.ok(!text.includes(secret.slice(6, 20)) && !text.includes('sealed'), text);
  for (const file of fs.readdirSync(own.data).filter((f) => f.startsWith('ringi.db'))) {
    const data = fs.readFileSync(path.join(own.data, file));
    assert.ok(!data.includes(bytes) && !data.includes(secret.slice(6)), file);
  }
});

story('who may submit may not have any host called, nor tell any queue', async (t) => {
  const point = await endpoint(t);
  const own = await start({ auth: 'on', flags: ['--allow-private-webhooks'] });
  t.after(() => own.close());
  const as = (token) => ({ authorization: `Bearer ${token}` });
  const admin = fs.readFileSync(path.join(own.data, 'admin.token'), 'utf8').trim();
  for (const name of ['work', 'other'])
    assert.equal((await own.json('PUT', `/v1/queues/${name}`, { track: true }, as(admin))).status, 201);
  const key = async (...rules) => {
    const r = await own.json('POST', '/v1/keys', { name: fresh('key'), rules }, as(admin));
    assert.equal(r.status, 201, r.text);
    return r.data.token;
  };
  const submits = async (token, on_done, status) => {
    const job = { payload: 1, on_done };
    for (const [at, body] of [['/v1/queues/work/jobs', job], ['/v1/groups', { jobs: [{ ...job, queue: 'work' }] }],
      ['/v1/groups', { jobs: [{ queue: 'work', payload: 1 }], on_done }]]) {
      const r = await own.json('POST', at, body, as(token));
      assert.equal(r.status === 202 || r.status === 201 ? 'taken' : r.status, status, `${at} ${r.text}`);
      if (status === 403) assert.match(r.data.detail,
        /CallWebhook on resource: 127\.0\.0\.1|SendMessage on resource: other/);
    }
  };
  const webhook = { webhook: { url: point.url } };
  const limited = await key('ringi:SubmitJob:work');
  await submits(limited, undefined, 'taken');
  await submits(limited, webhook, 403);
  await submits(limited, { queue: 'other' }, 403);
  const more = await key('ringi:SubmitJob:work', 'ringi:CallWebhook:127.0.0.1', 'ringi:SendMessage:other');
  await submits(more, { ...webhook, queue: 'other' }, 'taken');
  await submits(await key('ringi:SubmitJob:work', 'ringi:CallWebhook:shop.example'), webhook, 403);
});

story('what is wrong is refused, by name, and nothing is submitted', async (t) => {
  const careful = await start();
  t.after(() => careful.close());
  const url = 'https://example.com/done';
  const queue = await tracked({}, careful);
  for (const [webhook, expected] of [['x', /webhook/], [{}, /on_done\.webhook must be an object such as/],
    [{ url: 'ftp://example.com/' }, /on_done\.webhook\.url must be an http or https URL/],
    [{ url: 'https://me:pass@example.com/' }, /without a user/],
    [{ url: `${url}${'x'.repeat(2048)}` }, /longer than 2048 bytes/],
    [{ url: 'http://127.0.0.1/' }, /127\.0\.0\.1 is an address of a private network/],
    [{ url, sealed: ['AAAA'] }, /no member sealed; it may have url and secret/],
    [{ url, retries: 3 }, /no member retries; it may have url and secret/],
    [{ url, secret: 'whsec_c2VjcmV0' }, /on_done\.webhook\.secret must be "whsec_"/]]) {
    const r = await careful.json('POST', `/v1/queues/${queue}/jobs`, { payload: 1, on_done: { webhook } });
    assert.equal(r.status, 400, r.text);
    assert.match(r.data.detail, expected);
  }
  assert.deepEqual((await careful.json('GET', `/v1/jobs?queue=${queue}`)).data.jobs, []);
});
