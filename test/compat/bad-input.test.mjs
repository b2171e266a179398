// bad-input.test.mjs - requests about jobs that nobody should send: each is refused as a problem that names what is
// wrong, and changes nothing. One line a request: what it is, method, path, body, status, and what the answer names.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { start, story } from './lib.mjs';

const JOBS = '/v1/queues/work/jobs', CLAIM = '/v1/queues/work/claim', STRICT = '/v1/queues/strict/jobs';
const NOBODY = '01890000-0000-7000-8000-000000000000';
const deep = (n) => `{"payload":${'['.repeat(n)}${']'.repeat(n)}}`;
let server, job, lease;

before(async () => {
  server = await start();
  await server.json('PUT', '/v1/queues/work', { track: true });
  await server.json('PUT', '/v1/queues/plain', {});
  await server.json('PUT', '/v1/queues/strict', { track: true, schema: { type: 'object', required: ['n'],
    properties: { n: { type: 'integer' }, items: { type: 'array', items: { type: 'string', maxLength: 3 } } } } });
  await server.json('POST', JOBS, { payload: { a: 1 } });
  const claimed = await server.json('POST', CLAIM, { max: 1 });
  ({ id: job, lease } = claimed.data.jobs[0]);
});
after(() => server.close());

/** All that a refused request could have touched. */
async function rows() {
  const get = async (path) => (await server.json('GET', path)).data;
  const { visible, in_flight: inFlight } = await get('/v1/queues/work');
  return JSON.stringify([(await get('/v1/jobs?limit=200')).jobs, visible, inFlight,
    (await get('/v1/schedules')).schedules,
    (await get('/v1/queues/strict')).visible]);
}

async function refused(table) {
  const there = await rows();
  for (const [what, method, path, body, status, names] of table) {
    const text = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const answer = await server.request({ method, path, body: text, headers: { 'content-type': 'application/json' } });
    const said = `${what}: ${answer.status} ${answer.text}`;
    assert.equal(answer.status, status, said);
    assert.match(answer.headers['content-type'], /^application\/problem\+json/, said);
    const problem = JSON.parse(answer.text);
    assert.ok(problem.title && problem.code && problem.detail, said);
    if (names) assert.ok(`${problem.field} ${problem.detail}`.includes(names), `${said} does not name ${names}`);
  }
  assert.equal(await rows(), there);
  assert.equal((await server.request({ path: '/readyz' })).status, 200);
}

story('what is no job is refused', () => refused([
  ['nothing', 'POST', JOBS, '', 400, 'empty'],
  ['white space', 'POST', JOBS, ' \n', 400, 'empty'],
  ['half of an object', 'POST', JOBS, '{', 400, 'JSON'],
  ['a list', 'POST', JOBS, '[]', 400, 'object'],
  ['null', 'POST', JOBS, 'null', 400, 'object'],
  ['bytes that are no UTF-8', 'POST', JOBS, Buffer.from([0x7b, 0x22, 0x70, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400],
  ['a NUL as it is', 'POST', JOBS, Buffer.from('{"payload":"a\u0000b"}'), 400],
  ['half of a surrogate pair', 'POST', JOBS, '{"payload":"\\ud800"}', 400],
  ['a member twice', 'POST', JOBS, '{"payload":1,"payload":2}', 400],
  ['a member that is misspelt', 'POST', JOBS, { payload: 1, prioritty: 3 }, 400, 'prioritty'],
  ['too deep', 'POST', JOBS, deep(5000), 400],
  ['too large', 'POST', JOBS, { payload: 'x'.repeat(1024 * 1024) }, 400],
  ['no jobs', 'POST', JOBS, { jobs: [] }, 400, 'jobs'],
  ['too many jobs', 'POST', JOBS, { jobs: Array.from({ length: 1001 }, () => ({})) }, 400, 'jobs'],
]));

story('each member of a job is bounded, and named when it is beyond', () => refused([
  ...[['priority', '-1'], ['priority', '1.5'], ['priority', '9007199254740993'], ['priority', '1e999'],
    ['priority', '"high"'], ['delay_ms', '-5'], ['timeout_ms', '0.5'], ['execute_at', '"tomorrow"'],
    ['execute_at', '"2026-02-30T00:00:00Z"'], ['execute_at', '"2999-01-01T00:00:00Z"'], ['execute_at', '12'],
    ['labels', '[1]'], ['labels', `{"k":"${'v'.repeat(5000)}"}`], ['parent', '"xx"'], ['parent', `"${NOBODY}"`]]
    .map(([name, value]) => [`${name} ${value.slice(0, 30)}`, 'POST', JOBS, `{"payload":1,"${name}":${value}}`, 400,
      name === 'labels' ? undefined : name]),
  ['nobody\'s group', 'POST', JOBS, { group: NOBODY }, 404, 'group'],
  ['two answers to when', 'POST', JOBS, { execute_at: '2027-01-01T00:00:00Z', delay_ms: 3 }, 400, 'delay_ms'],
  ['too many labels', 'POST', JOBS,
    { labels: Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, 'v'])) }, 400],
  ['against the schema', 'POST', STRICT, { payload: { n: 'x' } }, 400, '/n'],
  ['against it inside', 'POST', STRICT, { payload: { n: 1, items: ['ok', 'toolong'] } }, 400, '/items/1'],
  ['one of several against it', 'POST', STRICT, { jobs: [{ payload: { n: 1 } }, { payload: {} }] }, 400, 'jobs[1]'],
]));

story('paths and queries are read as strictly as bodies', () => refused([
  ['no such queue', 'POST', '/v1/queues/nope/jobs', { payload: 1 }, 404, 'nope'],
  ['a queue without jobs', 'POST', '/v1/queues/plain/jobs', { payload: 1 }, 409, 'plain'],
  ['a NUL in a path', 'POST', '/v1/queues/a%00b/jobs', { payload: 1 }, 400, 'path'],
  ['no UTF-8 in a path', 'POST', '/v1/queues/%ff/jobs', { payload: 1 }, 400, 'path'],
  ['a parameter where there is none', 'POST', `${CLAIM}?wait=20`, {}, 400, 'wait'],
  ['waiting for longer than one may', 'POST', `${JOBS}?wait=61`, { payload: 1 }, 400, 'wait'],
  ['waiting for a list', 'POST', `${JOBS}?wait=20`, { jobs: [{ payload: 1 }] }, 400, 'wait'],
  ['one that is misspelt', 'GET', '/v1/jobs?sate=FAILED', undefined, 400, 'sate'],
  ['one of another path', 'GET', '/v1/queues/work?limit=3', undefined, 400, 'limit'],
  ['a very long one', 'GET', `/v1/jobs?${'x'.repeat(300)}=1`, undefined, 400, 'xxx'],
  ['a NUL in a query', 'GET', '/v1/jobs?label.a=%00', undefined, 400, 'U+0000'],
  ...['limit=0', 'limit=-1', 'limit=1.5', 'limit=99999999999999999999', 'limit=abc', 'state=NOPE', 'cursor=zzz',
    'from=never', 'to=2026-99-99'].map((q) => [q, 'GET', `/v1/jobs?${q}`, undefined, 400, q.split('=')[0]]),
  ['no id', 'GET', '/v1/jobs/zzz', undefined, 404],
  ['nobody\'s id', 'GET', `/v1/jobs/${NOBODY}`, undefined, 404],
]));

story('a claim that makes no sense takes nothing', () => refused([
  ...['{"max":0}', '{"max":-1}', '{"max":1.5}', '{"max":100000}', '{"max":"1"}', '{"lease_ms":0}', '{"lease_ms":-1}',
    '{"lease_ms":99999999}', '{"wait_s":-1}', '{"wait_s":1e9}', '{"worker":"a\\u0000"}',
    '{"worker":"a\\nb"}', '{"worker":"\\u001b[2J"}', '{"worker":"\\u007f"}', `{"worker":"${'w'.repeat(5000)}"}`]
    .map((body) => [body.slice(0, 40), 'POST', CLAIM, body, 400, /"(\w+)"/.exec(body)[1]]),
  ['a list', 'POST', CLAIM, '[]', 400, 'object'],
  ['no such queue', 'POST', '/v1/queues/nope/claim', '{}', 404, 'nope'],
]));

story('what a worker reports is checked before it counts', () => {
  const of = (verb, members) => [`${verb} ${members.slice(0, 30)}`, 'POST', `/v1/jobs/${job}/${verb}`,
    `{"lease":${JSON.stringify(lease)},${members}}`, 400];
  return refused([
    ...['heartbeat', 'complete', 'fail'].flatMap((verb) => ['{}', '{"lease":"nonsense"}', '{"lease":12}']
      .map((body) => [`${verb} ${body}`, 'POST', `/v1/jobs/${job}/${verb}`, body, 400, 'lease'])),
    ...['"progress":-1', '"progress":101', '"progress":1.5', '"progress":"x"', '"progress":1e999', '"lease_ms":-1',
      '"nothing":1'].map((members) => of('heartbeat', members)),
    ...['"retry":"yes"', '"error":12', '"error":{"code":12}', `"error":{"code":"${'c'.repeat(5000)}"}`]
      .map((members) => of('fail', members)),
    of('complete', `"result":"${'x'.repeat(1024 * 1024)}"`),
  ]);
});

story('what is over, closed, or somebody else\'s is not changed', async () => {
  const post = async (path, body) => (await server.json('POST', path, body)).data;
  const other = await post(JOBS, { payload: 'other' }), done = await post(JOBS, { payload: 'done' });
  const [first, second] = (await post(CLAIM, { max: 2 })).jobs;
  assert.deepEqual([first.id, second.id], [other.id, done.id]);
  assert.equal((await server.json('POST', `/v1/jobs/${done.id}/complete`, { lease: second.lease })).status, 200);
  const group = await post('/v1/groups', {});
  assert.equal((await server.json('POST', `/v1/groups/${group.id}/close`, {})).status, 200);
  await refused([
    ...['heartbeat', 'complete', 'fail'].flatMap((verb) => [
      [`${verb}: a lease of another job`, 'POST', `/v1/jobs/${other.id}/${verb}`, { lease }, 409, 'lease'],
      [`${verb}: final`, 'POST', `/v1/jobs/${done.id}/${verb}`, { lease: second.lease }, 409, 'SUCCEEDED']]),
    ['cancel: final', 'POST', `/v1/jobs/${done.id}/cancel`, {}, 409, 'SUCCEEDED'],
    ['retry: final', 'POST', `/v1/jobs/${done.id}/retry`, {}, 409, 'SUCCEEDED'],
    ['retry: it runs', 'POST', `/v1/jobs/${other.id}/retry`, {}, 409, 'RUNNING'],
    ['a member of a closed group', 'POST', JOBS, { group: group.id }, 409, 'closed'],
    ['one of several for a closed group', 'POST', JOBS, { jobs: [{}, { group: group.id }] }, 409, 'closed'],
    // No cycle of parents can be written down: ids are the server's, and a parent is there before its child.
    ['an id of one\'s own', 'POST', JOBS, { id: NOBODY, parent: NOBODY }, 400, 'id'],
    ['a child of two parents', 'POST', `/v1/jobs/${job}/complete`,
      { lease, children: [{ queue: 'work' }, { queue: 'work', parent: other.id }] }, 400, 'children[1]'],
    ['a child that is its own group\'s parent', 'POST', '/v1/groups', { parent: NOBODY, jobs: [{ queue: 'work' }] },
      404,
      'group'],
    ['a parent that is to come', 'POST', JOBS, { jobs: [{ parent: NOBODY }, {}] }, 400, 'parent'],
  ]);
});

story('a schedule that can never run, or nobody understands, is none', () => {
  const whole = { payload: 1, queue: 'work', cron: '0 0 * * *' };
  return refused([{ queue: undefined }, { cron: undefined }, { cron: '61 * * * *' }, { cron: '* * * *' },
    { cron: 'a b c d e' }, { cron: '0 0 30 2 *' }, { cron: '*/0 * * * *' }, { cron: '5-1 * * * *' },
    { cron: '1,,2 * * * *' }, { cron: '0 '.repeat(10000) }, { zone: 'Mars/Base' }, { zone: '../../etc/passwd' },
    { overlap: 'maybe' }, { catch_up: 'never ever' }]
    .map((part) => [JSON.stringify(part).slice(0, 50), 'PUT', '/v1/schedules/s', { ...whole, ...part }, 400,
      Object.keys(part)[0]])
    .concat([['no such queue', 'PUT', '/v1/schedules/s', { ...whole, queue: 'nope' }, 400, 'nope']]));
});
