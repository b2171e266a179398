// replies.test.mjs - reply queues: whoever asked is told of the end of the job, whatever the end, once, and in the
// transaction of that end.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, freshFifo, RINGI, run, start, story, until } from './lib.mjs';

const server = await start();
after(() => server.close());

async function good(method, at, body, to = server) {
  const r = await to.json(method, at, body);
  assert.ok(r.status < 300, `${method} ${at}: ${r.status} ${r.text}`);
  return r.data;
}

async function queues(to = server) {
  const [work, replies] = [fresh('work'), fresh('replies')];
  await good('PUT', `/v1/queues/${work}`, { track: true }, to);
  await good('PUT', `/v1/queues/${replies}`, {}, to);
  return [work, replies];
}

const submit = (work, replies, correlation_id, more = {}, to = server) =>
  good('POST', `/v1/queues/${work}/jobs`, { payload: 1, reply_to: { queue: replies, correlation_id }, ...more }, to);
const claim = async (work, to = server) =>
  (await good('POST', `/v1/queues/${work}/claim`, { max: 1, wait_s: 5 }, to)).jobs[0];
const read = async (replies, to = server) =>
  (await good('GET', `/v1/queues/${replies}/messages?limit=100`, undefined, to)).messages;

story('a reply has the job, its end, its result and the correlation id, also as an attribute', async () => {
  const [work, replies] = await queues();
  const job = await submit(work, replies, 'r-1');
  assert.deepEqual(job.on_done, { queue: replies, correlation_id: 'r-1' });
  const { id, lease } = await claim(work);
  assert.deepEqual(await read(replies), []);
  await good('POST', `/v1/jobs/${id}/complete`, { lease, result: { premium: 1200 } });
  const m = (await server.sqs.json.receive(replies, { MessageAttributeNames: ['All'] }))[0];
  assert.deepEqual(JSON.parse(m.Body),
    { job: job.id, queue: work, state: 'SUCCEEDED', result: { premium: 1200 }, correlation_id: 'r-1' });
  assert.deepEqual(m.MessageAttributes.correlation_id, { StringValue: 'r-1', DataType: 'String' });
});

story('every kind of end is told', async () => {
  const [work, replies] = await queues();
  const QueueUrl = `${server.url}/000000000000/${work}`;
  const ends = {};
  const one = async (name, state, how) => {
    const { id } = await submit(work, replies, name);
    ends[name] = state;
    await how(id);
  };
  await one('failed', 'FAILED', async (id) => {
    const { lease } = await claim(work);
    await good('POST', `/v1/jobs/${id}/fail`, { lease, retry: false, error: { code: 'NO', message: 'why' } });
  });
  await one('canceled', 'CANCELED', (id) => good('POST', `/v1/jobs/${id}/cancel`, {}));
  await one('stopped', 'CANCELED', async (id) => {
    const { lease } = await claim(work);
    await good('POST', `/v1/jobs/${id}/cancel`, {});
    await good('POST', `/v1/jobs/${id}/fail`, { lease, error: { code: 'STOPPED' } });
  });
  await one('deleted by SQS', 'SUCCEEDED', async () => {
    const [m] = await server.sqs.json.receive(QueueUrl);
    await server.sqs.json.ok('DeleteMessage', { QueueUrl, ReceiptHandle: m.ReceiptHandle });
  });
  const told = (await read(replies)).map((m) => JSON.parse(m.body));
  assert.deepEqual(Object.fromEntries(told.map((r) => [r.correlation_id, r.state])), ends);
  assert.deepEqual(told[0].error, { code: 'NO', message: 'why' });
  await one('purged', 'CANCELED', () => good('POST', `/v1/queues/${work}/purge`));
  await until('the reply of the purged one', async () => (await read(replies)).length === 5);
});

story('children and FIFO queues have it too; what cannot be is refused', async () => {
  const [work, replies] = await queues();
  const fifo = freshFifo('replies');
  await good('PUT', `/v1/queues/${fifo}`, {});
  await submit(work, replies, 'parent');
  const { id, lease } = await claim(work);
  await good('POST', `/v1/jobs/${id}/complete`, { lease,
    children: [{ queue: work, payload: 2, reply_to: { queue: fifo, message_group: 'g', correlation_id: 'child' } }] });
  const child = await claim(work);
  await good('POST', `/v1/jobs/${child.id}/complete`, { lease: child.lease });
  assert.deepEqual((await read(fifo)).map((m) => [m.group, JSON.parse(m.body).correlation_id]), [['g', 'child']]);

  for (const [body, status, code, says] of [
    [{ reply_to: { queue: 'nowhere' } }, 404, 'NO_SUCH_QUEUE', /nowhere/],
    [{ reply_to: {} }, 400, 'MISSING_PARAMETER', /queue/],
    [{ reply_to: { queue: fifo } }, 400, 'MISSING_PARAMETER', /message_group/],
    [{ reply_to: { queue: replies, payload: 1 } }, 400, undefined, /payload/],
    [{ reply_to: { queue: replies }, on_done: { queue: replies } }, 400, 'INVALID_PARAMETER', /one of them/],
    [{ reply_to: { queue: replies, correlation_id: 'x'.repeat(257) } }, 400, 'INVALID_PARAMETER', /correlation_id/],
  ]) {
    const r = await server.json('POST', `/v1/queues/${work}/jobs`, { payload: 1, ...body });
    assert.equal(r.status, status, r.text);
    if (code) assert.equal(r.data.code, code);
    assert.match(r.data.detail, says);
  }
  assert.equal((await good('GET', `/v1/queues/${work}`)).visible, 0);
});

story('whoever may not send to the reply queue cannot have replies sent there', async () => {
  const own = await start({ auth: 'on' });
  try {
    const admin = { authorization: `Bearer ${(await run('cat', [`${own.data}/admin.token`])).stdout.trim()}` };
    const ask = (method, at, body, headers) => own.json(method, at, body, headers);
    for (const [name, more] of [['work', { track: true }], ['mine', {}], ['others', {}]])
      assert.equal((await ask('PUT', `/v1/queues/${name}`, more, admin)).status, 201);
    const key = (await ask('POST', '/v1/keys',
      { name: 'shop', rules: ['ringi:SubmitJob:work', 'ringi:SendMessage:mine'] }, admin)).data;
    const shop = { authorization: `Bearer ${key.token}` };
    assert.equal((await ask('POST', '/v1/queues/work/jobs', { reply_to: { queue: 'mine' } }, shop)).status, 202);
    const r = await ask('POST', '/v1/queues/work/jobs', { reply_to: { queue: 'others' } }, shop);
    assert.deepEqual([r.status, r.data.code], [403, 'NOT_ALLOWED']);
  } finally {
    await own.close();
  }
});

story('the process dies in the middle of the work: who has ended is told once, nobody else', async () => {
  const own = await start();
  try {
    const [work, replies] = await queues(own);
    const count = 60;
    const ids = await Promise.all(Array.from({ length: count },
      async (_, i) => (await submit(work, replies, `${i}`, {}, own)).id));
    let answered = 0;
    const workers = Array.from({ length: 8 }, async () => {
      for (;;) {
        const job = await claim(work, own);
        await good('POST', `/v1/jobs/${job.id}/complete`, { lease: job.lease }, own);
        answered++;
      }
    });
    const gone = Promise.allSettled(workers);
    await until('some of them', () => answered >= 20);
    await own.restart({ hard: true });
    await gone;
    const ended = [];
    for (const id of ids)
      if ((await good('GET', `/v1/jobs/${id}`, undefined, own)).state === 'SUCCEEDED') ended.push(id);
    const told = (await read(replies, own)).map((m) => JSON.parse(m.body).job);
    assert.deepEqual(told.sort(), ended.sort());
    assert.ok(ended.length >= answered && ended.length < count, `${answered} answered, ${ended.length} ended`);
  } finally {
    await own.close();
  }
});

story('a shell asks and reads the reply', async () => {
  const [work, replies] = await queues();
  const env = { LC_ALL: 'C', RINGI_SERVER: server.url };
  const id = (await run(RINGI, ['job', 'submit', work, '{"age": 30}', '--reply-to', replies, '--correlation', 'r-7'],
    { env })).stdout.trim();
  const job = await claim(work);
  await good('POST', `/v1/jobs/${job.id}/complete`, { lease: job.lease, result: 7 });
  const read = await run(RINGI, ['receive', replies, '--delete'], { env });
  assert.deepEqual(JSON.parse(read.stdout),
    { job: id, queue: work, state: 'SUCCEEDED', result: 7, correlation_id: 'r-7' });
  const wrong = await run(RINGI, ['job', 'submit', work, '{}', '--correlation', 'r-7'], { env });
  assert.deepEqual([wrong.code, /--reply-to/.test(wrong.stderr)], [2, true]);
});
