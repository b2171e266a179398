// events.test.mjs - live events: a stream tells what happens to jobs, in order, once, and never leaves
// a gap without saying so.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import { after } from 'node:test';
import { fresh, run, start, story, until } from './lib.mjs';
import { Stream } from './stream.mjs';

const server = await start();
after(() => server.close());
const sqs = server.sqs.json;

// ---- a client

const watch = (query = '', options) => Stream.open(server, `/v1/events${query}`, options);
const page = async (query, to = server) => {
  const r = await to.json('GET', `/v1/events?format=json${query}`);
  assert.equal(r.status, 200, r.text);
  return r.data;
};

// ---- work

/** A tracked queue. */
async function tracked(to = server, stem = 'work') {
  const name = fresh(stem);
  const r = await to.json('PUT', `/v1/queues/${name}`, { track: true });
  assert.equal(r.status, 201, r.text);
  return { name, QueueUrl: `${to.url}/000000000000/${name}` };
}
const send = async (q, body = 'x') => (await sqs.send(q.QueueUrl, body)).MessageId;
const receive = async (q, more) => (await sqs.receive(q.QueueUrl, more))[0];
const remove = (q, m) => sqs.ok('DeleteMessage', { QueueUrl: q.QueueUrl, ReceiptHandle: m.ReceiptHandle });

async function sendMany(q, count) {
  let left = count;
  const one = async () => {
    while (left > 0) {
      const n = Math.min(10, left);
      left -= n;
      await sqs.ok('SendMessageBatch', { QueueUrl: q.QueueUrl,
        Entries: Array.from({ length: n }, (_, i) => ({ Id: `${i}`, MessageBody: 'x' })) });
    }
  };
  await Promise.all(Array.from({ length: 16 }, one));
}

// The heartbeat takes a while: it is waited for by the last story.
const quiet = await watch(`?queue=${(await tracked(server, 'quiet')).name}`);

// ---- stories

story('a stream begins with the jobs as they are, then tells what happens to them', async () => {
  const q = await tracked();
  const [first, second] = [await send(q, 'a'), await send(q, 'b')];
  const m = await receive(q, { MaxNumberOfMessages: 1 });
  const s = await watch(`?queue=${q.name}`);
  assert.equal(s.headers['content-type'], 'text/event-stream');
  assert.equal(s.headers['cache-control'], 'no-store');
  const { data } = await s.next('snapshot');
  assert.equal(data.more, false);
  assert.deepEqual(data.jobs.map((j) => [j.job, j.queue, j.state, j.attempts]).sort(),
    [[first, q.name, m.MessageId === first ? 'RUNNING' : 'PENDING', m.MessageId === first ? 1 : 0],
      [second, q.name, m.MessageId === second ? 'RUNNING' : 'PENDING', m.MessageId === second ? 1 : 0]].sort());
  for (const j of data.jobs) assert.ok(Math.abs(Date.parse(j.at) - Date.now()) < 60_000, j.at);

  await remove(q, m);
  const done = await s.next();
  assert.deepEqual({ ...done.data, at: undefined },
    { type: 'job.succeeded', job: m.MessageId, queue: q.name, state: 'SUCCEEDED', at: undefined });
  assert.ok(Math.abs(Date.parse(done.data.at) - Date.now()) < 60_000);
  const third = await send(q);
  assert.deepEqual([(await s.next()).data.job, s.events.at(-1).data.type], [third, 'job.pending']);
  s.end();
});

story('one job is followed by its own path, and only it', async () => {
  const q = await tracked();
  const [mine, other] = [await send(q, 'a'), await send(q, 'b')];
  const s = await Stream.open(server, `/v1/jobs/${mine}/events`);
  assert.deepEqual((await s.next('snapshot')).data.jobs.map((j) => [j.job, j.state]), [[mine, 'PENDING']]);
  for (const m of await sqs.receive(q.QueueUrl)) await remove(q, m);
  assert.equal(await s.types(2), 'job.running job.succeeded');
  assert.ok(s.events.every((e) => e.data?.job !== other));
  s.end();
  // A job that has ended is shown as it is.
  const again = await watch(`?job=${mine}&queue=${q.name}`);
  assert.equal((await again.next('snapshot')).data.jobs[0].state, 'SUCCEEDED');
  again.end();
});

story('a filter lets through what fits: queue, types', async () => {
  const [q, elsewhere] = [await tracked(), await tracked()];
  const ends = await watch(`?queue=${q.name}&types=job.succeeded,job.failed`);
  const all = await watch('?after=now');
  const id = await send(q);
  await send(elsewhere);
  await remove(q, await receive(q));
  assert.deepEqual([(await ends.next()).data.type, ends.events.at(-1).data.job], ['job.succeeded', id]);
  assert.equal(await all.types(4), 'job.pending job.pending job.running job.succeeded');
  assert.deepEqual(ends.events.filter((e) => e.name === 'job').length, 1);
  assert.ok(all.events.every((e) => e.name !== 'snapshot'), 'from now on: without the jobs as they are');
  ends.end();
  all.end();
});

story('what is asked wrongly is refused, and the sentence says what', async () => {
  const q = await tracked();
  for (const [path, status, code, says] of [
    ['/v1/events?queue=nowhere', 404, 'NO_SUCH_QUEUE', /nowhere/],
    [`/v1/events?queue=${'x'.repeat(81)}`, 404, 'NO_SUCH_QUEUE', /no queue/],
    ['/v1/events?job=7', 404, 'NO_SUCH_JOB', /7/],
    ['/v1/jobs/019f0000-0000-7000-8000-000000000000/events', 404, 'NO_SUCH_JOB', /019f0000/],
    ['/v1/events?types=job.started', 400, 'INVALID_PARAMETER', /job\.running.*not job\.started/],
    ['/v1/events?types=job.failed,', 400, 'INVALID_PARAMETER', /types/],
    ['/v1/events?after=yesterday', 400, 'INVALID_PARAMETER', /after.*yesterday/],
    ['/v1/events?format=xml', 400, 'INVALID_PARAMETER', /json or sse, not xml/],
    ['/v1/events?format=json&limit=1001', 400, 'INVALID_PARAMETER', /limit/],
    ['/v1/events?format=json&wait=61', 400, 'INVALID_PARAMETER', /wait.*60.*61/],
  ]) {
    const s = await Stream.open(server, path);
    assert.deepEqual([s.status, s.problem?.code], [status, code], path);
    assert.match(s.problem.detail, says);
  }
  const plain = fresh('plain');
  await server.json('PUT', `/v1/queues/${plain}`, {});
  const untracked = await watch(`?queue=${plain}`);
  assert.deepEqual([untracked.status, untracked.problem.code], [409, 'NOT_TRACKED']);
  const elsewhere = await tracked();
  const s = await watch(`?job=${await send(q)}&queue=${elsewhere.name}`);
  assert.deepEqual([s.status, s.problem.code], [404, 'NO_SUCH_JOB']);
  assert.match(s.problem.detail, new RegExp(`in the queue ${elsewhere.name}`));
  assert.equal((await server.request({ method: 'POST', path: '/v1/events' })).status, 405);
  assert.equal((await server.request({ method: 'HEAD', path: '/v1/events' })).status, 200);
});

story('what REST workers do is told: progress, a failure, the next attempt, a cancel', async () => {
  const q = await tracked();
  const post = async (path, body) => {
    const r = await server.json('POST', path, body);
    assert.ok(r.status < 300, r.text);
    return r.data;
  };
  const { id } = await post(`/v1/queues/${q.name}/jobs`, { payload: 1 });
  const s = await watch(`?job=${id}`);
  const claim = async () => (await post(`/v1/queues/${q.name}/claim`, { max: 1, wait_s: 5 })).jobs[0].lease;
  let lease = await claim();
  await post(`/v1/jobs/${id}/heartbeat`, { lease, progress: 0.25, message: 'a quarter' });
  await post(`/v1/jobs/${id}/heartbeat`, { lease, progress: 1 });
  await post(`/v1/jobs/${id}/fail`, { lease, error: { code: 'E', message: 'why' }, delay_ms: 0 });
  lease = await claim();
  await post(`/v1/jobs/${id}/heartbeat`, { lease, progress: 0 });
  await post(`/v1/jobs/${id}/fail`, { lease, error: { code: 'E', message: 'why' }, retry: false });
  await post(`/v1/jobs/${id}/retry`, { reason: 'mended' });
  await post(`/v1/jobs/${id}/cancel`, { reason: 'no need' });
  assert.equal(await s.types(9), 'job.running job.progress job.progress job.pending job.running job.progress '
    + 'job.failed job.pending job.canceled');
  assert.deepEqual(s.events.filter((e) => e.data?.type === 'job.progress').map((e) => e.data.progress), [0.25, 1, 0]);
  // What is kept of it is in the snapshot.
  const other = (await post(`/v1/queues/${q.name}/jobs`, { payload: 2 })).id;
  await post(`/v1/jobs/${other}/heartbeat`, { lease: await claim(), progress: 0.5 });
  const again = await watch(`?queue=${q.name}`);
  assert.deepEqual((await again.next('snapshot')).data.jobs.map((j) => [j.job, j.state, j.progress]),
    [[other, 'RUNNING', 0.5]]);
  s.end();
  again.end();
});

story('a group is followed over all its queues; who comes into it later, too', async () => {
  const [one, two] = [await tracked(), await tracked()];
  const post = async (path, body) => {
    const r = await server.json('POST', path, body);
    assert.ok(r.status < 300, r.text);
    return r.data;
  };
  const { id: group, jobs } = await post('/v1/groups',
    { close: false, jobs: [{ queue: one.name, payload: 1 }, { queue: two.name, payload: 2 }] });
  const opened = async () => {
    // What was under way when the first one asked for a group reads as missed, once.
    for (let i = 0; ; i++) {
      const s = await watch(`?group=${group}`);
      const e = await s.next((x) => x.name === 'snapshot' || x.name === 'bye');
      if (e.name === 'snapshot') return [s, e];
      assert.ok(i < 3);
    }
  };
  const [s, first] = await opened();
  assert.deepEqual(first.data.jobs.map((j) => [j.job, j.state]).sort(), jobs.map((id) => [id, 'PENDING']).sort());
  await send(one);   // not of the group
  await remove(two, await receive(two));
  assert.equal(await s.types(2), 'job.running job.succeeded');
  const { id: third } = await post(`/v1/queues/${one.name}/jobs`, { payload: 3, group });
  assert.deepEqual([(await s.next()).data.job, s.events.at(-1).data.type], [third, 'job.pending']);
  s.end();
  const again = await watch(`?group=${group}&queue=${one.name}`);
  assert.deepEqual((await again.next('snapshot')).data.jobs.map((j) => j.job).sort(), [jobs[0], third].sort());
  again.end();
  const events = (await page(`&after=${first.id}&group=${group}`)).events;
  assert.deepEqual(events.map((e) => e.type), ['job.running', 'job.succeeded', 'job.pending']);
  for (const none of ['019f0000-0000-7000-8000-000000000000', 'x']) {
    const refused = await watch(`?group=${none}`);
    assert.deepEqual([refused.status, refused.problem.code], [404, 'NO_SUCH_GROUP']);
  }
});

story('a stream that breaks goes on where it was: nothing is lost, nothing comes twice', async () => {
  const q = await tracked();
  let s = await watch(`?queue=${q.name}`);
  await s.next('snapshot');
  let working = true;
  const ids = [];
  const work = (async () => {
    for (let i = 0; i < 150; i++) {
      ids.push(await send(q));
      await remove(q, await receive(q));
    }
    working = false;
  })();
  const seen = [];
  let breaks = 0;
  while (seen.length < 450) {
    const e = await s.next((x) => x.name !== '(position)');
    assert.equal(e.name, 'job', `${e.name} after ${seen.length} changes`);
    seen.push(`${e.data.job} ${e.data.type}`);
    if (!working || seen.length % 40 !== 7) continue;
    const at = e.id;   // what it has seen; more may have come and is dropped with the connection
    s.end();
    breaks++;
    s = await watch(`?queue=${q.name}`, { headers: { 'Last-Event-ID': at } });
  }
  await work;
  assert.ok(breaks >= 3, `${breaks} breaks`);
  assert.deepEqual(seen, ids.flatMap((id) => ['pending', 'running', 'succeeded'].map((t) => `${id} job.${t}`)));
  s.end();
});

story('who has missed too much is told so, and gets the jobs as they are', async () => {
  const q = await tracked();
  let s = await watch(`?queue=${q.name}`);
  const before = (await s.next('snapshot')).id;
  s.end();
  await sendMany(q, 1000);
  s = await watch(`?queue=${q.name}`, { headers: { 'Last-Event-ID': before } });
  await until('all that was missed', () => s.events.filter((e) => e.name === 'job').length === 1000);
  assert.ok(s.events.every((e) => e.name !== 'reset'));
  s.end();
  await send(q);   // one over EVENTS_RESUME_MAX and SNAPSHOT_MAX
  s = await watch(`?queue=${q.name}`, { headers: { 'Last-Event-ID': before } });
  assert.match((await s.next('reset')).data.why, /missed/);
  const { data, id } = await s.next('snapshot');
  assert.deepEqual([data.jobs.length, data.more], [1000, true]);
  assert.notEqual(id, before);
  s.end();
  // A position of something else, and one that is none: likewise, since a browser would give up.
  for (const at of ['1-1', 'nonsense', '99999999999-7']) {
    s = await watch(`?queue=${q.name}`, { headers: { 'Last-Event-ID': at } });
    await s.next('reset');
    await s.next('snapshot');
    s.end();
  }
});

story('pages: what is kept, then what came since, or a wait for it', async () => {
  const q = await tracked();
  const since = (await page('&after=now')).next;
  const first = await send(q);
  await remove(q, await receive(q));
  const all = await page(`&after=${since}&queue=${q.name}`);
  assert.deepEqual(all.events.map((e) => [e.type, e.job]),
    [['job.pending', first], ['job.running', first], ['job.succeeded', first]]);
  assert.equal(all.reset, false);
  const two = await page(`&after=${since}&limit=2`);
  assert.deepEqual(two.events, all.events.slice(0, 2));
  assert.deepEqual((await page(`&after=${two.next}`)).events, all.events.slice(2));
  assert.deepEqual((await page(`&after=${all.events[0].id}&job=${first}&types=job.succeeded`)).events,
    all.events.slice(2));
  assert.deepEqual([(await page(`&after=${all.next}`)).events, (await page('')).reset,
    (await page('&after=1-1')).reset],
    [[], true, true]);

  const waiting = page(`&after=${all.next}&queue=${q.name}&wait=20`);
  await until('the wait', async () => /ringi_watchers ([2-9])/.test((await server.request({ path: '/metrics' })).text));
  await send(await tracked());   // of another queue: not what is waited for
  const second = await send(q);
  const came = await waiting;
  assert.deepEqual(came.events.map((e) => e.job), [second]);
  const began = Date.now();
  assert.deepEqual((await page(`&after=${came.next}&wait=1`)).events, []);
  assert.ok(Date.now() - began >= 900);
  const accepts = await server.json('GET', `/v1/events?after=${came.next}`, undefined, { Accept: 'application/json' });
  assert.deepEqual(accepts.data.events, []);
});

story('a page that waits is forgotten when its client leaves', async () => {
  const count = async () => Number(/^ringi_watchers (\d+)/m.exec((await server.request({ path: '/metrics' })).text)[1]);
  const before = await count();
  const req = http.get(`${server.url}/v1/events?format=json&after=now&wait=60`);
  req.on('error', () => {});
  await until('the wait', async () => await count() === before + 1);
  req.destroy();
  await until('its end', async () => await count() === before);
});

story('a client that does not read is cut off; others are not disturbed', async () => {
  const q = await tracked();
  const [slow, good] = [await watch(`?queue=${q.name}`), await watch(`?queue=${q.name}`)];
  slow.res.pause();
  let sent = 0;
  const cut = async () => /^ringi_watchers_cut_total [1-9]/m.test((await server.request({ path: '/metrics' })).text);
  while (!await cut()) {
    assert.ok(sent < 100_000, 'so much fits into no buffer');
    await sendMany(q, 2000);
    sent += 2000;
  }
  await until('all of it', () => good.events.filter((e) => e.name === 'job').length === sent);
  assert.equal(good.ended, false);
  slow.res.resume();
  await slow.closed();
  // It may go on, with what has become of it.
  const again = await watch(`?queue=${q.name}`, { headers: { 'Last-Event-ID': slow.position } });
  assert.ok(['reset', 'job', '(position)'].includes((await again.next(() => true)).name));
  again.end();
  good.end();
});

story('a restart is told: bye, then reset and the jobs as they are', async () => {
  const own = await start();
  const agent = new http.Agent();
  try {
    const q = await tracked(own);
    const id = (await own.sqs.json.send(q.QueueUrl, 'x')).MessageId;
    const s = await Stream.open(own, `/v1/events?queue=${q.name}`, { agent });
    await s.next('snapshot');
    const waiting = own.request({ path: '/v1/events?format=json&after=now&wait=60', agent });
    await until('the wait', async () => /^ringi_watchers 2/m.test((await own.request({ path: '/metrics' })).text));
    await own.restart();   // insists on a quick end with 0
    assert.match((await s.next('bye')).data.why, /stops/);
    await s.closed();
    assert.deepEqual(JSON.parse((await waiting).text).events, []);
    const again = await Stream.open(own, `/v1/events?queue=${q.name}`,
      { agent, headers: { 'Last-Event-ID': s.position } });
    await again.next('reset');
    assert.deepEqual((await again.next('snapshot')).data.jobs.map((j) => j.job), [id]);
    again.end();
  } finally {
    await own.close();
  }
});

/** A key with these rules: the header that names it. */
async function keyed(to, admin, name, rules) {
  const r = await to.json('POST', '/v1/keys', { name, rules }, admin);
  assert.equal(r.status, 201, r.text);
  return { authorization: `Bearer ${r.data.token}` };
}

story('who may watch: the queue\'s own right, everything with *, and no longer than the key lives', async () => {
  const own = await start({ auth: 'on' });
  try {
    const token = (await run('cat', [`${own.data}/admin.token`])).stdout.trim();
    const admin = { authorization: `Bearer ${token}` };
    for (const name of ['orders-a', 'mails'])
      assert.equal((await own.json('PUT', `/v1/queues/${name}`, { track: true }, admin)).status, 201);
    const job = {};
    for (const name of ['orders-a', 'mails']) {
      const r = await own.json('POST', `/v1/queues/${name}/messages`, { body: 'x' }, admin);
      job[name] = r.data.message_id ?? r.data.id;
    }
    const clerk = await keyed(own, admin, 'clerk', ['ringi:WatchEvents:orders-*']);
    const other = await keyed(own, admin, 'other', ['sqs:*:*']);
    const opened = async (path, headers) => {
      const s = await Stream.open(own, path, { headers });
      return s.status === 200 ? s : `${s.status} ${s.problem.code}`;
    };
    assert.equal(await opened('/v1/events', {}), '401 MISSING_TOKEN');
    assert.equal(await opened('/v1/events', other), '403 NOT_ALLOWED');
    assert.equal(await opened('/v1/events', clerk), '403 NOT_ALLOWED');
    assert.equal(await opened('/v1/events?queue=mails', clerk), '403 NOT_ALLOWED');
    assert.equal(await opened(`/v1/events?job=${job.mails}`, clerk), '403 NOT_ALLOWED');
    assert.equal(await opened(`/v1/jobs/${job['orders-a']}/events`, other), '403 NOT_ALLOWED');
    const all = await opened('/v1/events', admin);
    assert.equal((await all.next('snapshot')).data.jobs.length, 2);
    const queue = await opened('/v1/events?queue=orders-a', clerk);
    const one = await opened(`/v1/jobs/${job['orders-a']}/events`, clerk);
    assert.equal((await one.next('snapshot')).data.jobs[0].queue, 'orders-a');
    const pageOf = (path, headers) => own.json('GET', path, undefined, { accept: 'application/json', ...headers });
    assert.equal((await pageOf(`/v1/jobs/${job.mails}/events`, clerk)).status, 403);
    assert.equal((await pageOf(`/v1/jobs/${job['orders-a']}/events`, clerk)).data.events.length, 1);

    assert.equal((await own.json('DELETE', '/v1/keys/clerk', undefined, admin)).status, 204);
    const began = Date.now();
    for (const s of [queue, one]) {
      assert.match((await s.next('bye')).data.why, /may not/);
      await s.closed();
    }
    assert.ok(Date.now() - began < 3000);
    assert.equal(all.ended, false);
    assert.equal(await opened('/v1/events?queue=orders-a', clerk), '403 INVALID_TOKEN'.replace('403', '401'));
    all.end();
  } finally {
    await own.close();
  }
});

story('a stream ends when its key expires', async () => {
  const own = await start({ auth: 'on' });
  try {
    const token = (await run('cat', [`${own.data}/admin.token`])).stdout.trim();
    const made = await own.json('POST', '/v1/keys', { name: 'brief', rules: ['ringi:WatchEvents:*'], expires_in_s: 2 },
      { authorization: `Bearer ${token}` });
    const s = await Stream.open(own, '/v1/events', { headers: { authorization: `Bearer ${made.data.token}` } });
    await until('bye', () => s.events.find((e) => e.name === 'bye'), 20_000);
    await s.closed();
  } finally {
    await own.close();
  }
});

// The program of a person with a browser, as far as Node has one.
const page_program = `
  const [url, queue] = process.argv.slice(1);
  const es = new EventSource(url + '/v1/events?queue=' + queue);
  const say = (e) => console.log(e.type, e.lastEventId, e.data);
  for (const name of ['snapshot', 'job', 'reset']) es.addEventListener(name, say);
  setInterval(() => {}, 1000);   // it lives on while nothing is connected
  es.onerror = () => console.log('error', es.readyState, '');
`;

story('an EventSource follows, and comes back after a restart by itself', async (t) => {
  const known = await run(process.execPath, ['--experimental-eventsource', '-p', 'typeof EventSource']);
  if (known.stdout.trim() !== 'function') return t.skip('this Node has no EventSource');
  const own = await start();
  const q = await tracked(own);
  const lines = [];
  const child = execFile(process.execPath, ['--experimental-eventsource', '-e', page_program, own.url, q.name]);
  child.stdout.setEncoding('utf8').on('data', (d) => lines.push(...d.split('\n').filter(Boolean)));
  const next = (what) => until(what, () => lines.find((l) => l.startsWith(what)) ?? (child.exitCode !== null &&
    assert.fail(`it ended: ${lines}`)), 15_000);
  try {
    await next('snapshot');
    const id = (await own.sqs.json.send(q.QueueUrl, 'x')).MessageId;
    assert.match(await next('job'), new RegExp(`"type":"job.pending","job":"${id}"`));
    lines.length = 0;
    await own.restart();
    await next('reset');
    assert.match(await next('snapshot'), new RegExp(id));
    await own.sqs.json.receive(q.QueueUrl);
    assert.match(await next('job'), /job\.running/);
  } finally {
    child.kill();
    await own.close();
  }
});

const WATCHERS_MAX = 12_288;

story('one watcher above the limit is refused, and has room when one leaves', async (t) => {
  const hard = Number((await run('sh', ['-c', 'ulimit -Hn'])).stdout);   // Node has made use of it
  if (hard < WATCHERS_MAX + 500) return t.skip(`only ${hard} descriptors here`);
  const own = await start();
  const sockets = [];
  const open = () => new Promise((done, fail) => {
    const c = net.connect(own.port, '127.0.0.1',
      () => c.write(`GET /v1/events?after=now HTTP/1.1\r\nHost: ${own.host}\r\n\r\n`));
    c.once('data', () => done(c)).on('error', fail);
    sockets.push(c);
  });
  try {
    for (let i = 0; i < WATCHERS_MAX / 256; i++) await Promise.all(Array.from({ length: 256 }, open));
    const metrics = (await own.request({ path: '/metrics' })).text;
    assert.match(metrics, /ringi_limit_used\{limit="watchers"\} 12288\n/);
    assert.match(metrics, /ringi_limit_max\{limit="watchers"\} 12288\n/);
    const over = await Stream.open(own, '/v1/events');
    assert.deepEqual([over.status, over.problem.code], [503, 'THROTTLED']);
    assert.match(over.problem.detail, /12288 watchers/);
    sockets.pop().destroy();
    await until('room for one', async () => {
      const s = await Stream.open(own, '/v1/events');
      return s.status === 200;
    });
  } finally {
    for (const c of sockets) c.destroy();
    await own.close();
  }
});

story('a quiet stream is not silent, and its position moves on', async () => {
  const beat = await until('a heartbeat', () => quiet.events.find((e) => e.name === '(position)'), 20_000);
  const [, number] = beat.id.split('-').map(Number);
  assert.ok(number > Number(quiet.events[0].id.split('-')[1]), 'others have changed meanwhile');
  quiet.end();
});
