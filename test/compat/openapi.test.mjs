// openapi.test.mjs - /openapi.json says what the server has and does.
//
// The document is held against the table of routes (src/api/rest/routes.c), its references against
// itself, and the answers of a living server against its schemas.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after } from 'node:test';
import { fresh, start, story } from './lib.mjs';

const server = await start();
after(() => server.close());
const doc = (await server.json('GET', '/openapi.json')).data;
const METHODS = ['get', 'put', 'post', 'delete'];

/** What a "$ref" stands for. */
function resolve(node) {
  if (!node?.$ref) return node;
  assert.match(node.$ref, /^#\//);
  const found = node.$ref.slice(2).split('/').reduce((at, part) => at?.[part], doc);
  assert.ok(found, `${node.$ref} leads nowhere`);
  return resolve(found);
}

function* operations() {
  for (const [path, item] of Object.entries(doc.paths))
    for (const method of METHODS) if (item[method]) yield { path, method, item, op: item[method] };
}

/** Every node of the document with its place. */
function* nodes(at = doc, place = '#') {
  yield [at, place];
  if (at && typeof at === 'object') for (const [k, v] of Object.entries(at)) yield* nodes(v, `${place}/${k}`);
}

const KINDS = {
  string: (v) => typeof v === 'string', number: (v) => typeof v === 'number', integer: Number.isInteger,
    boolean: (v) => typeof v === 'boolean',
  object: (v) => v !== null && typeof v === 'object' && !Array.isArray(v), array: Array.isArray,
    null: (v) => v === null,
};
const FORMATS = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
};

function fits(value, schema, place) {
  try {
    check(value, schema, place);
    return true;
  } catch (e) {
    if (e.code === 'ERR_ASSERTION') return false;
    throw e;
  }
}

/** The part of JSON Schema that the document uses. */
function check(value, schema, place) {
  const s = resolve(schema);
  const say = (what) => assert.fail(`${place} ${what}: ${JSON.stringify(value)}`);
  if (s.type && ![s.type].flat().some((t) => KINDS[t](value))) say(`is no ${s.type}`);
  if (s.enum && !s.enum.includes(value)) say(`is none of ${s.enum}`);
  if (s.minimum !== undefined && value < s.minimum) say(`is below ${s.minimum}`);
  if (s.pattern && !new RegExp(s.pattern).test(value)) say(`does not fit ${s.pattern}`);
  if (s.format && FORMATS[s.format] && !FORMATS[s.format].test(value)) say(`is no ${s.format}`);
  for (const other of s.allOf ?? []) check(value, other, place);
  if (s.anyOf && !s.anyOf.some((other) => fits(value, other, place))) say('fits none of several');
  if (Array.isArray(value)) value.forEach((v, i) => s.items && check(v, s.items, `${place}[${i}]`));
  if (!KINDS.object(value)) return;
  for (const name of s.required ?? []) if (!(name in value)) say(`lacks ${name}`);
  for (const [name, v] of Object.entries(value)) {
    const known = s.properties?.[name] ?? s.additionalProperties;
    if (known === false || (s.properties && known === undefined && s.additionalProperties === false))
      say(`has ${name}, which is not described`);
    if (known && known !== true) check(v, known, `${place}.${name}`);
  }
}

/** Asks, and holds the answer against what the document says about this operation. */
async function ask(operationId, args = {}, body = undefined, headers = {}) {
  const { path, method, op } = [...operations()].find((o) => o.op.operationId === operationId);
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(args[name]));
  const query = new URLSearchParams(Object.entries(args).filter(([name]) => !path.includes(`{${name}}`)));
  const r = await server.json(method.toUpperCase(), query.size > 0 ? `${filled}?${query}` : filled, body, headers);
  const answer = resolve(op.responses[r.status] ?? op.responses.default);
  assert.ok(op.responses[r.status] || r.status >= 400, `${operationId}: ${r.status} is not described: ${r.text}`);
  const type = (r.headers['content-type'] ?? '').split(';')[0];
  const kinds = Object.keys(answer.content ?? {});
  assert.ok(type === '' ? kinds.length === 0 : kinds.includes(type), `${operationId}: content type ${type}`);
  if (/json/.test(type)) check(r.data, answer.content[type].schema, operationId);
  return r;
}

story('no name stands twice in an object of the document', () => {
  // A reader takes one of the two without a word. The file has a member a line, or all of them in one.
  const text = fs.readFileSync(new URL('../../src/api/rest/openapi.json', import.meta.url), 'utf8');
  const open = [];
  for (const [i, line] of text.split('\n').entries()) {
    const indent = line.search(/\S/), name = /^ *"([^"]+)": /.exec(line)?.[1];
    while (open.length && open.at(-1).indent > indent) open.pop();
    if (name === undefined) continue;
    if (open.at(-1)?.indent !== indent) open.push({ indent, names: new Set() });
    const { names } = open.at(-1);
    assert.ok(!names.has(name), `line ${i + 1}: "${name}" stands twice`);
    names.add(name);
  }
});

story('it is OpenAPI 3.1 of this version, open to everybody', async () => {
  assert.match(doc.openapi, /^3\.1\.\d$/);
  const metrics = (await server.request({ path: '/metrics' })).text;
  assert.equal(doc.info.version, /ringi_build_info\{version="([^"]+)"/.exec(metrics)[1]);
  const guarded = await start({ auth: 'on' });
  try {
    assert.equal((await guarded.json('GET', '/openapi.json')).status, 200);
  } finally {
    await guarded.close();
  }
});

story('it has every route of the server and no other', () => {
  const source = fs.readFileSync(new URL('../../src/api/rest/routes.c', import.meta.url), 'utf8');
  const named = Object.fromEntries([...source.matchAll(/#define (\w+) "([^"]+)"/g)].map(([, name, path]) =>
    [name, path]));
  const whole = (path) => path.replace(/\b[A-Z]+\b(?=[^"]*(?:"[^"]*"[^"]*)*$)/g, (name) => `"${named[name]}"`)
    .replaceAll(/"\s*"|"/g, '').trim();
  const routes = [...source.matchAll(/\{ ROUTE\((\w+),\s*((?:[A-Z]+|"[^"]*"|\s)+),\s*(NULL|"\w+"),/g)]
    .map(([, verb, path, action]) => ({ open: action === 'NULL', name: `${verb.toLowerCase()} ${whole(path)}` }));
  assert.equal(routes.length, source.split('{ ROUTE(').length - 1, 'every line was read');
  assert.deepEqual([...operations()].map((o) => `${o.method} ${o.path}`).sort(), routes.map((r) => r.name).sort());
  for (const { open, name } of routes) {
    const [method, path] = name.split(' ');
    assert.equal(doc.paths[path][method].security?.length === 0, open, `${name}: who may`);
  }
});

story('references lead somewhere, names are unique, paths and bodies are described', () => {
  for (const [node] of nodes()) if (node?.$ref) resolve(node);
  const used = new Set([...nodes()].map(([n]) => n?.$ref).filter(Boolean));
  for (const kind of ['schemas', 'parameters', 'responses', 'headers'])
    for (const name of Object.keys(doc.components[kind]))
      assert.ok(used.has(`#/components/${kind}/${name}`), `nobody uses ${kind}/${name}`);
  const ids = [...operations()].map((o) => o.op.operationId);
  assert.equal(new Set(ids).size, ids.length);
  for (const { path, method, item, op } of operations()) {
    const parameters = [...(item.parameters ?? []), ...(op.parameters ?? [])].map(resolve);
    const inPath = parameters.filter((p) => p.in === 'path').map((p) => p.name);
    assert.deepEqual(inPath.sort(), [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort(), `${method} ${path}`);
    assert.ok(op.summary && Object.values(op.responses).every((r) => resolve(r).description), `${method} ${path}`);
    const takesKey = parameters.some((p) => p.name === 'Idempotency-Key');
    const keyless = ['/v1/backup', '/v1/queues/{name}/claim'];
    const ofPeople = /^\/v1\/(sessions|me|accounts)/.test(path); // secrets: none is kept for a repeat
    const once = method === 'delete' || (method === 'post' && !keyless.includes(path) && !ofPeople);
    assert.equal(takesKey, once && path.startsWith('/v1/'), `${method} ${path}`);
  }
});

story('queues answer as described', async () => {
  const [name, dead] = [fresh(), fresh('dead')];
  await ask('putQueue', { name: dead }, {});
  assert.equal((await ask('putQueue', { name }, { dead_letter_queue: dead, max_receives: 1, purpose: 'p', owner: 'o',
    runbook: 'r', schema: { type: 'object' }, Policy: '{}', kms_master_key_id: 'k',
      redrive_allow_policy: { redrivePermission: 'denyAll' } })).status,
  201);
  assert.equal((await ask('putQueue', { name }, {})).status, 200);
  await ask('putQueue', { name: `${name}.fifo` }, { content_based_deduplication: true, on_poison: 'stop' });
  const push = { url: 'https://example.com/hook', secret: `whsec_${'A'.repeat(32)}`, timeout_ms: 5000 };
  await ask('putQueue', { name: `${name}-push` }, { push });
  for (const n of [name, dead, `${name}.fifo`, `${name}-push`]) await ask('getQueue', { name: n });
  await ask('putQueue', { name }, { slo_wait_ms: 1_000, priority: true });
  assert.equal((await ask('getQueue', { name })).data.slo.state, 'ok');
  assert.equal((await ask('getScaling', { name })).status, 200);
  assert.equal((await ask('getHistory', { name })).status, 200);
  assert.equal((await ask('putQueue', { name }, { push: { url: 'x' } })).status, 400);
  await ask('putQueue', { name: `${name}-push` }, { push: null });
  await ask('listQueues');
  assert.equal((await ask('listSchemas', { name })).data.schemas.length, 1);
  for (const id of ['pauseQueue', 'resumeQueue', 'purgeQueue']) assert.equal((await ask(id, { name })).status, 204, id);
  assert.equal((await ask('getQueue', { name: 'nowhere' })).status, 404);
  assert.equal((await ask('putQueue', { name }, { colour: 'red' })).status, 400);
  assert.equal((await ask('resumeGroup', { name, group: 'g' }, { how: 'retry' })).status >= 400, true);
  assert.equal((await ask('deleteQueue', { name: `${name}.fifo` })).status, 204);
});

story('ways to sign in answer as described', async () => {
  assert.deepEqual((await ask('listLoginWays')).data.providers, []);
  for (const id of ['beginOidcLogin', 'endOidcLogin']) assert.equal((await ask(id, { provider: 'none' })).status, 404);
  const person = fresh('person');
  await ask('createAccount', {}, { person });
  assert.equal((await ask('linkAccount', { id: person }, { issuer: 'https://id.example.com', subject: 's' })).status,
    204);
  assert.equal((await ask('linkAccount', { id: 'nobody' }, { issuer: 'https://id.example.com', subject: 't' })).status,
    404);
  assert.equal((await ask('listAccounts')).data.accounts.find((a) => a.person === person).oidc_subject, 's');
  assert.equal((await ask('unlinkAccount', { id: person })).status, 204);
});

story('messages and moves answer as described', async () => {
  const [name, dead] = [fresh(), fresh('dead')];
  await ask('putQueue', { name: dead }, {});
  await ask('putQueue', { name }, { dead_letter_queue: dead, max_receives: 1 });
  const key = { 'Idempotency-Key': 'once' };
  const send = { body: 'a', attributes: { t: 'x', n: { type: 'Number', value: '1' } } };
  for (let i = 0; i < 2; i++) assert.equal((await ask('sendMessage', { name }, send, key)).status, 201);
  assert.equal((await ask('sendMessage', { name }, { ...send, delay_s: 9 }, key)).status, 409);
  const m = await server.sqs.json.one(name);
  await ask('peekMessages', { name });
  assert.equal((await ask('failMessage', { name }, { receipt: m.ReceiptHandle, retry: false,
    error: { code: 'BAD', message: 'why' } })).status, 204);
  await ask('listErrors', { name: dead });
  const { data } = await ask('peekMessages', { name: dead });
  const { position } = data.messages[0];
  assert.equal((await ask('resendMessage', { name: dead, position }, { body: 'b' })).status, 204);
  assert.equal((await ask('removeMessage', { name: dead, position })).status, 404);
  const move = await ask('startMove', { name: dead }, {});
  assert.equal(move.status, 201, move.text);
  await ask('listMoves');
  await ask('listMovesOfQueue', { name: dead });
  await ask('cancelMove', { id: move.data.id });
});

story('events answer as described', async () => {
  const page = { Accept: 'application/json' };
  assert.equal((await ask('watchEvents', {}, undefined, page)).status, 200);
  const nobody = '019f0000-0000-7000-8000-000000000000';
  assert.equal((await ask('watchJob', { id: nobody }, undefined, page)).status, 404);
});

story('a submit that waits answers as described, with the end and without', async () => {
  const name = fresh();
  await ask('putQueue', { name }, { track: true });
  const waits = ask('submitJob', { name, wait: '20' }, { payload: 'w' });
  const [job] = (await ask('claimJobs', { name }, { wait_s: 10 })).data.jobs;
  await ask('completeJob', { id: job.id }, { lease: job.lease, result: [1] });
  assert.deepEqual([(await waits).status, (await waits).data.result], [201, [1]]);
  assert.equal((await ask('submitJob', { name, wait: '1' }, {})).status, 202);
  assert.equal((await ask('submitJob', { name, wait: '99' }, {})).status, 400);
});

story('jobs answer as described', async () => {
  const [name, dead] = [fresh(), fresh('dead')];
  await ask('putQueue', { name: dead }, {});
  await ask('putQueue', { name }, { track: true, dead_letter_queue: dead, max_receives: 1 });
  const labels = { customer: '7', 'file/name': 'x' };
  const one = { payload: { a: [1] }, labels, timeout_ms: 60_000, priority: 3 };
  const first = await ask('submitJob', { name }, one, { 'Idempotency-Key': 'job-1' });
  assert.equal(first.status, 202, first.text);
  assert.equal((await ask('submitJob', { name }, one, { 'Idempotency-Key': 'job-1' })).text, first.text);
  assert.equal((await ask('submitJob', { name }, { jobs: [{}, { payload: 'x', parent: first.data.id }] })).status, 202);
  assert.equal((await ask('submitJob', { name }, { execute_at: '2999-01-01T00:00:00Z' })).status, 400);
  await ask('listJobs');
  const claimed = (await ask('claimJobs', { name }, { max: 3, worker: 'w' })).data.jobs;
  assert.equal(claimed.length, 3);
  const [a, b, c] = claimed;
  assert.equal((await ask('getJob', { id: a.id })).status, 200);
  assert.equal((await ask('heartbeatJob', { id: a.id }, { lease: a.lease, progress: 1 / 3, message: 'm' })).status,
    200);
  const children = [{ queue: name, payload: null, delay_ms: 5_000 }];
  assert.equal((await ask('completeJob', { id: a.id }, { lease: a.lease, result: [1], children })).status, 200);
  assert.equal((await ask('failJob', { id: b.id }, { lease: b.lease, error: { code: 'BAD', message: 'm', data: {} },
    retry: false, log: 'l' })).data.state, 'FAILED');
  assert.equal((await ask('getJob', { id: b.id })).data.history.length, 1);
  assert.equal((await ask('retryJob', { id: b.id }, { reason: 'r' })).data.state, 'PENDING');
  assert.equal((await ask('cancelJob', { id: b.id }, { reason: 'r' })).data.state, 'CANCELED');
  assert.equal((await ask('cancelJob', { id: a.id }, {})).status, 409);
  for (const id of ['heartbeatJobs', 'completeJobs', 'failJobs'])
    assert.equal((await ask(id, {}, { jobs: [{ id: c.id, lease: c.lease }, { id: a.id, lease: a.lease }] })).status,
      200);
  assert.equal((await ask('redriveJobs', {}, { query: { queue: name }, dry_run: true })).data.retried, 0);
  assert.equal((await ask('cancelJobs', {}, { query: { queue: name } })).data.canceled, 1);
  await ask('listJobs');
  assert.equal((await ask('getJob', { id: 'nothing' })).status, 404);
});

story('schedules and calendars answer as described', async () => {
  const [name, queue, calendar] = [fresh('schedule'), fresh(), fresh('calendar')];
  await ask('putQueue', { name: queue }, {});
  assert.equal((await ask('putCalendar', { name: calendar }, { holidays: ['2026-12-25', '2026-12-24'] })).status, 201);
  assert.equal((await ask('putCalendar', { name: calendar }, { holidays: [] })).status, 200);
  assert.equal((await ask('putCalendar', { name: calendar }, { holidays: ['2026-02-30'] })).status, 400);
  const office = { zone: 'Europe/Berlin', hours: { mon: ['09:00-12:00', '13:00-17:00'], extra: ['10:00-11:00'] },
    cut_off: '16:00', national_holidays: 'jp', holidays: ['2026-12-24'], working_days: ['2026-12-26'] };
  assert.equal((await ask('putCalendar', { name: calendar }, office)).data.version, 3);
  assert.equal((await ask('getCalendar', { name: calendar })).data.cut_off, '16:00');
  assert.equal((await ask('getCalendar', { name: calendar, version: 1 })).data.cut_off, 'close');
  assert.equal((await ask('getCalendar', { name: 'always' })).data.built_in, true);
  const days = (await ask('getCalendar', { name: 'jp', year: 2026 })).data.national_days;
  assert.deepEqual([days.length, days[0], days.at(-1)], [18, '2026-01-01', '2026-11-23']);
  assert.deepEqual((await ask('getCalendar', { name: 'always', year: 2026 })).data.national_days, []);
  assert.equal((await ask('getCalendar', { name: 'jp', year: 2100 })).data.field, 'year');
  assert.equal((await ask('calendarDeadline',
    { name: 'jp', after: 'P3D', from: '2026-11-19T10:00:00Z' })).data.at_local,
    '2026-11-25T18:00:00+09:00');
  assert.equal((await ask('calendarDeadline', { name: 'jp', after: '3D' })).status, 400);
  const body = { queue, payload: { a: 1 }, cron: '0 9 B * ?', zone: 'Europe/Berlin', holidays: calendar, priority: 3,
    labels: { team: 'x' }, catch_up: 'one', overlap: 'allow', paused: false };
  assert.equal((await ask('putSchedule', { name }, body)).status, 201);
  assert.equal((await ask('putSchedule', { name }, body)).status, 200);
  assert.equal((await ask('putSchedule', { name }, { ...body, colour: 'red' })).data.field, 'colour');
  assert.equal((await ask('runSchedule', { name })).status, 202);
  assert.equal((await ask('getSchedule', { name })).data.next.length, 5);
  assert.equal((await ask('nextOfSchedule', { name })).data.next.length, 5);
  assert.equal((await ask('previewSchedule', {}, { cron: '@daily', count: 3, holidays: calendar })).data.next.length,
    3);
  for (const id of ['listSchedules', 'listCalendars']) assert.equal((await ask(id)).status, 200);
  assert.equal((await ask('getCalendar', { name: calendar })).status, 200);
  for (const id of ['pauseSchedule', 'resumeSchedule']) assert.equal((await ask(id, { name })).status, 204, id);
  assert.equal((await ask('deleteCalendar', { name: calendar })).status, 409);
  assert.equal((await ask('deleteSchedule', { name })).status, 204);
  assert.equal((await ask('deleteCalendar', { name: calendar })).status, 204);
  assert.equal((await ask('getSchedule', { name })).status, 404);
});

story('approvals answer as described', async () => {
  const as = (user) => ({ 'X-Ringi-User': user });
  const queue = fresh('decided');
  await ask('putQueue', { name: queue }, {});
  const open = { policy: { need: 2, of: ['a', 'b', { group: 'g' }, 'taro'] }, subject: 's', data: { amount: 12.5 },
    applicant: 'taro', entered_by: 'hana', priority: 5, labels: { team: 'x' },
    on_decided: { queue, correlation_id: 'c', payload: [1], webhook: { url: 'https://example.com/x' } } };
  const first = await ask('openApproval', {}, open, { ...as('app'), 'Idempotency-Key': 'open-1' });
  assert.equal(first.status, 201, first.text);
  const { id } = first.data;
  assert.equal((await ask('openApproval', {}, { ...open, colour: 1 })).data.field, 'colour');
  assert.equal((await ask('openApproval', {}, { policy: { need: 9, of: ['a'] } })).data.code, 'IMPOSSIBLE_POLICY');
  assert.equal((await ask('listApprovals')).data.approvals.length, 1);
  assert.equal((await ask('approvalFigures')).data.alarms.length, 4);
  assert.equal((await ask('getInbox', {}, undefined, as('a'))).data.items.length, 1);
  assert.equal((await ask('vote', { id }, { do: 'approve', data_version: 1 }, as('a'))).data.outcome, 'ok');
  assert.equal((await ask('vote', { id }, { do: 'retract', request_id: 'r' }, as('a'))).data.outcome, 'ok');
  assert.equal((await ask('vote', { id }, { do: 'retract', request_id: 'r' }, as('a'))).data.outcome, 'same');
  assert.equal((await ask('vote', { id }, { do: 'perhaps' }, as('a'))).status, 400);
  assert.equal((await ask('vote', { id }, { do: 'return', comment: 'c' }, as('b'))).data.state, 'RETURNED');
  assert.equal((await ask('resubmitApproval', { id }, { data: { amount: 1 } }, as('taro'))).data.round, 2);
  assert.equal((await ask('editApproval', { id }, { data: {} }, as('taro'))).data.code, 'LOCKED');
  assert.equal((await ask('commentApproval', { id }, { comment: 'c', attachments: [{ name: 'n', size: 1,
    sha256: '0'.repeat(64) }] }, as('a'))).status, 200);
  assert.equal((await ask('addApprover', { id }, { user: 'z' }, as('a'))).data.code, 'NOT_ALLOWED');
  assert.equal((await ask('remindApproval', { id }, {}, as('taro'))).data.outcome, 'ok');
  assert.equal((await ask('retryApproval', { id }, {}, as('a'))).data.code, 'CONFLICT');
  const many = await ask('voteMany', {}, { votes: [{ id, do: 'approve' }, { id, do: 'approve' }] }, as('a'));
  assert.deepEqual(many.data.outcomes.map((o) => o.outcome), ['ok', 'refused']);
  assert.ok((await ask('getApprovalLog', { id })).data.events.length > 4);
  assert.equal((await ask('getApproval', { id })).data.state, 'PENDING');
  assert.equal((await ask('withdrawApproval', { id }, { reason: 'r' }, as('taro'))).data.state, 'WITHDRAWN');
  assert.equal((await ask('cancelApproval', { id }, {}, as('app'))).data.code, 'CLOSED');
  assert.equal((await ask('getApproval', { id: 'nothing' })).data.code, 'NO_SUCH_APPROVAL');
});

story('people and delegations answer as described', async () => {
  const [id, other, code, post, group] = [fresh('a'), fresh('b'), fresh('D'), fresh('P'), fresh('G')];
  assert.equal((await ask('putDepartment', { code }, { name: 'Sales' })).status, 201);
  assert.equal((await ask('putPost', { code: post }, { name: 'manager', rank: 3 })).status, 201);
  assert.equal((await ask('putPeopleGroup', { name: group }, { title: 'Legal' })).status, 201);
  const body = { name: '佐藤', kana: 'サトウ', email: 'a@example.com', attributes: { office: 'Osaka' },
    until: '2099-01-01', appointments: [{ department: code, post, main: true, from: '2026-01-01' }],
      groups: [{ group, until: '2099-01-01' }] };
  assert.equal((await ask('putPerson', { id }, body)).status, 201);
  assert.equal((await ask('putPerson', { id }, body)).data.changed, false);
  await ask('putPerson', { id: other }, { name: 'x' });
  assert.equal((await ask('putDepartment', { code }, { head: other })).status, 200);
  assert.equal((await ask('getPerson', { id })).data.superior, other);
  for (const op of ['listPeople', 'listDepartments', 'listPosts', 'listPeopleGroups'])
    assert.equal((await ask(op)).status, 200);
  assert.equal((await ask('getDepartment', { code })).data.people, 1);
  assert.equal((await ask('getPost', { code: post })).data.people, 1);
  assert.equal((await ask('getPeopleGroup', { name: group })).data.members.length, 1);
  assert.equal((await ask('importPeople', {}, { csv: `id,name\n${other},y\n,z\n`, dry_run: true })).data.error_count,
    1);
  assert.equal((await ask('importPeople', {}, { csv: `id,name\n${other},x\n` })).data.unchanged, 1);
  assert.ok((await ask('exportPeople')).data.csv.includes(id));
  const absence = (await ask('putAbsence', { id }, { until: '2099-01-04', reason: 'ill' })).data.id;
  assert.equal((await ask('listAbsences', { id })).data.absences.length, 1);
  assert.equal((await ask('deleteAbsence', { id, absence })).status, 204);
  const { data } = await ask('putDelegation', {}, { principal: id, delegate: other, until: '2099-01-04', policies: 'x*',
    amount: { path: 'total', max: 5 }, order: 2, reason: 'ill', on_absence: true });
  await ask('listDelegations');
  assert.equal((await ask('getDelegation', { id: data.id })).data.delegate, other);
  assert.equal((await ask('deleteDelegation', { id: data.id })).status, 204);
  await ask('getDelegation', { id: data.id });
  assert.equal((await ask('deletePerson', { id })).status, 409);
  for (const op of ['deleteDepartment', 'deletePost']) assert.equal((await ask(op, { code })).status >= 400, true);
  assert.equal((await ask('deletePeopleGroup', { name: group })).status, 204);
});

story('policies and their templates answer as described', async () => {
  const [name, template] = [fresh('policy'), fresh('template')];
  const as = (person) => ({ 'x-ringi-user': person });
  const policy = { need: 2, of: ['a', { group: 'g', count: 2 }, { post: 'p', of: 'applicant.department', veto: true }],
    deadline: { after: 'P3D', then: 'count' }, remind: [{ every: 'P1D' }], escalate_to: 'z' };
  assert.equal((await ask('putPolicyTemplate', { name: template },
    { note: 'n', parameters: { n: { type: 'number', default: 1 } },
    policy: { need: { parameter: 'n' }, of: ['a'] } })).status, 201);
  assert.equal((await ask('putPolicyTemplate', { name: template },
    { parameters: {}, policy: { need: 1, of: ['a'] } })).status, 200);
  assert.equal((await ask('putPolicy', { name }, { policy, four_eyes: true, note: 'why' }, as('taro'))).status, 201);
  assert.equal((await ask('putPolicy', { name }, { template }, as('taro'))).data.version, 2);
  assert.equal((await ask('acceptPolicyVersion', { name, version: 2 }, {}, as('taro'))).data.code, 'SAME_PERSON');
  assert.equal((await ask('acceptPolicyVersion', { name, version: 2 }, {}, as('hanako'))).status, 200);
  assert.equal((await ask('getPolicyVersion', { name, version: 1 })).data.state, 'SUPERSEDED');
  await ask('putPolicy', { name: `${name}-b` }, { need: 'any', of: ['b'] });
  for (const id of ['getPolicy', 'listPolicyVersions', 'getPolicyTemplate'])
    assert.equal((await ask(id, { name: id.endsWith('Template') ? template : name })).status, 200);
  for (const id of ['listPolicies', 'listPolicyTemplates']) assert.equal((await ask(id)).status, 200);
  assert.ok((await ask('similarPolicies')).data.groups.length >= 1);
  assert.equal((await ask('checkPolicy', {}, policy)).data.valid, true);
  assert.equal((await ask('checkPolicy', {}, { need: 9, of: ['a'] })).data.valid, false);
  assert.equal((await ask('putPolicy', { name }, { need: 9, of: ['a'] })).data.code, 'IMPOSSIBLE_POLICY');
  assert.equal((await ask('retirePolicy', { name })).status, 204);
  assert.ok((await ask('getPolicy', { name })).data.retired_at);
  assert.equal((await ask('deletePolicyTemplate', { name: template })).status, 204);
});

story('groups of jobs answer as described', async () => {
  const [name, replies] = [fresh(), fresh('replies')];
  await ask('putQueue', { name: replies }, {});
  await ask('putQueue', { name }, { track: true });
  const on_done = { queue: replies, correlation_id: 'c', payload: { n: 1 } };
  const made = await ask('createGroup', {}, { policy: 'fail_fast', on_done, jobs: [{ queue: name }, { queue: name }] });
  assert.equal(made.status, 201, made.text);
  assert.equal((await ask('getGroup', { id: made.data.id })).data.pending, 2);
  assert.equal((await ask('closeGroup', { id: made.data.id })).status, 200);
  assert.equal((await ask('submitJob', { name }, { group: made.data.id, on_done })).status, 409);
  assert.equal((await ask('cancelGroup', { id: made.data.id }, { reason: 'r' })).status, 200);
  assert.equal((await ask('getGroup', { id: 'nothing' })).status, 404);
  assert.equal((await ask('submitJob', { name }, { on_done })).status, 202);
});

story('sagas and recovery items answer as described', async () => {
  const name = fresh();
  await ask('putQueue', { name }, { track: true });
  const steps = [{ name: 'a', job: { queue: name }, manual: 'Undo it.' }, { name: 'b', job: { queue: name } }];
  const made = await ask('createGroup', {}, { saga: { steps } });
  assert.equal(made.status, 201, made.text);
  const [job] = (await ask('claimJobs', { name }, {})).data.jobs;
  await ask('completeJob', { id: job.id }, { lease: job.lease });
  assert.equal((await ask('cancelGroup', { id: made.data.id }, { reason: 'r' })).data.saga.state, 'COMPENSATING');
  assert.equal((await ask('getGroup', { id: made.data.id })).data.done, true);
  const [item] = (await ask('listRecoveries')).data.recoveries;
  assert.equal((await ask('finishRecovery', { id: item.id }, {})).status, 400);
  assert.equal((await ask('finishRecovery', { id: item.id }, { reason: 'r' })).data.state, 'DONE');
});

story('the audit log answers as described', async () => {
  await ask('putQueue', { name: fresh() }, {});
  const { seq } = (await ask('listAudit')).data.records[0];
  assert.equal((await ask('getAudit', { seq })).status, 200);
  assert.equal((await ask('getAudit', { seq: 1000000 })).status, 404);
  const lines = await server.request({ path: '/v1/audit/export' });
  assert.equal(lines.headers['content-type'], Object.keys(doc.paths['/v1/audit/export'].get.responses[200].content)[0]);
  await ask('listAuditCheckpoints');
  await ask('getAuditKey');
  assert.equal((await ask('redactAudit', {}, { reason: 'r' })).status, 400);
  assert.equal((await ask('redactAudit', {}, { origin: true, reason: 'r' })).status, 200);
  assert.equal((await ask('retainAudit', {}, { before: '2020-01-01T00:00:00Z', reason: 'r' })).status, 200);
  assert.equal((await ask('listAudit')).data.records.some((r) => r.redacted), true);
});

story('notifications, channels and templates answer as described', async () => {
  const as = (person) => ({ 'x-ringi-user': person });
  const [name, person] = [fresh('channel'), fresh('person')];
  const settings = { url: 'https://example.com/hook' };
  assert.equal((await ask('putChannel', { name }, { type: 'webhook', settings, enabled: true })).status, 201);
  assert.equal((await ask('putChannel', { name }, { type: 'webhook', settings })).status, 200);
  assert.equal((await ask('putChannel', { name }, { type: 'pigeon' })).status, 400);
  await ask('getChannel', { name });
  assert.equal((await ask('listChannels')).data.channels.length, 1);
  const wishes = { channels: [{ channel: name }], kinds: { 'channel.test': 'off' }, quiet: { days: ['SUN'] } };
  assert.equal((await ask('putNotificationPreferences', { id: person }, wishes)).status, 200);
  assert.equal((await ask('putNotificationPreferences', { id: person }, { moon: 1 })).status, 400);
  assert.deepEqual((await ask('getNotificationPreferences', { id: person })).data.preferences, wishes);
  await ask('setClock', {}, { timestamp: Date.now() });
  const { notification: id } = (await ask('testChannel', { name }, {}, as(person))).data;
  await ask('getNotification', { id }, undefined, as(person));
  assert.equal((await ask('listNotifications', {}, undefined, as(person))).data.unread, 1);
  assert.equal((await ask('listNotifications', { person: '*', limit: 1 })).status, 200);
  assert.equal((await ask('readNotifications', {}, {}, as(person))).data.changed, 1);
  assert.ok([202, 409].includes((await ask('retryNotification', { id }, {})).status));
  assert.equal((await ask('deleteChannel', { name })).status, 204);
  const kind = { kind: 'approval.asked', locale: 'en' };
  assert.equal((await ask('getNotificationTemplate', kind)).data.built_in, true);
  assert.equal((await ask('putNotificationTemplate', kind, { subject: 'a', text: '{{person}}' })).data.version, 1);
  assert.equal((await ask('putNotificationTemplate', kind, { subject: 'a', text: '{{nobody}}' })).status, 400);
  assert.equal((await ask('previewNotificationTemplate', {}, kind)).data.text, 'Yuki Sato');
  assert.equal((await ask('resetNotificationTemplate', kind)).status, 204);
  assert.equal((await ask('listNotificationTemplates')).data.templates.length, 34);
  await ask('resetClock');
});

story('keys and operation answer as described', async () => {
  const name = fresh('key');
  assert.equal((await ask('createKey', {}, { name, rules: ['sqs:*:*'], expires_in_s: 60 })).status, 201);
  await ask('listKeys');
  assert.equal((await ask('rotateKey', { name })).status, 201);
  assert.equal((await ask('revokeKey', { name })).status, 204);
  for (const id of ['health', 'ready', 'metrics', 'openapi', 'asyncapi', 'getDefinitions', 'localstackHealth',
    'certificate'])
    assert.equal((await ask(id)).status, 200, id);
  const copied = process.env.RINGI_TEST_POSTGRES ? 409 : 200; // PostgreSQL has tools of its own for that
  assert.equal((await ask('backup', {}, { path: 'copy.db' })).status, copied);
  assert.equal((await ask('setClock', {}, { timestamp: Date.now() })).status, 204);
  assert.equal((await ask('resetClock')).status, 204);
});
