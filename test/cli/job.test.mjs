// job.test.mjs - `ringi job ...`: submit, list, show, wait, cancel, retry, and the tree of a trace.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, start, story } from '../compat/lib.mjs';
import { ringi } from './lib.mjs';

const server = await start();
after(() => server.close());
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const job = (args, options = {}) => ringi(['job', ...args, '--server', server.url], options);
async function ok(args, options) {
  const r = await job(args, options);
  assert.equal(r.code, 0, `${args.join(' ')}: ${r.stderr}`);
  return r.stdout;
}
async function no(code, pattern, args, options) {
  const r = await job(args, options);
  assert.equal(r.code, code, `${args.join(' ')}: ${r.stdout}${r.stderr}`);
  assert.match(r.stderr, pattern);
  return r;
}
const json = async (args) => JSON.parse(await ok([...args, '--json']));
const post = async (at, body) => {
  const r = await server.json('POST', at, body);
  assert.ok(r.status < 300, r.text);
  return r.data;
};
async function tracked() {
  const name = fresh();
  assert.equal((await server.json('PUT', `/v1/queues/${name}`, { track: true })).status, 201);
  return name;
}
const submitted = async (...args) => {
  const id = (await ok(['submit', ...args])).trim();
  assert.match(id, UUID);
  return id;
};
const claim = async (queue) => (await post(`/v1/queues/${queue}/claim`, {})).jobs[0];
const finish = (what, j, body = {}) => post(`/v1/jobs/${j.id}/${what}`, { lease: j.lease, ...body });

story('a job is submitted with all that it can have, and shown', async () => {
  const queue = await tracked();
  const parent = await submitted(queue);
  const id = await submitted(queue, '{"month": "2026-11"}', '--label', 'customer=4711', '--label', 'kind=a=b',
    '--timeout', '60',
    '--delay', '3600', '--parent', parent);
  const one = await json(['show', id]);
  assert.deepEqual([one.payload, one.labels, one.timeout_ms, one.parent, one.state],
    [{ month: '2026-11' }, { customer: '4711', kind: 'a=b' }, 60_000, parent, 'PENDING']);
  assert.equal(Date.parse(one.execute_at) - Date.parse(one.created_at), 3_600_000);
  assert.match(await ok(['show', id]), new RegExp(`^id: ${id}\nqueue: ${queue}\nstate: PENDING\n`));
  const typed = await ok(['submit', queue, '-', '--json', '--at', '2020-01-01T00:00:00+09:00'], { input: '[1, 2]' });
  assert.deepEqual((await json(['show', JSON.parse(typed).id])).payload, [1, 2]);
});

story('what cannot be submitted is told', async () => {
  const queue = await tracked();
  await no(2, /payload must be JSON/, ['submit', queue, '{broken']);
  await no(2, /--label must be NAME=VALUE, not 'x'/, ['submit', queue, '1', '--label', 'x']);
  await no(1, /There is no queue named nowhere.*NO_SUCH_QUEUE/, ['submit', 'nowhere']);
  await no(1, /execute_at must be a time with its zone/, ['submit', queue, '1', '--at', 'tomorrow']);
  await no(1, /There is no job nobody.*NO_SUCH_JOB/, ['show', 'nobody']);
});

story('wait tells the end, and succeeds when the job did', async () => {
  const queue = await tracked();
  const id = await submitted(queue);
  const waiting = json(['wait', id, '--timeout', '30']);
  await finish('complete', await claim(queue), { result: { rows: 7 } });
  assert.deepEqual((await waiting).result, { rows: 7 });
  const bad = await submitted(queue);
  await finish('fail', await claim(queue), { retry: false, error: { code: 'NO', message: 'never' } });
  await no(1, /The job is FAILED/, ['wait', bad]);
  const slow = await submitted(queue);
  await no(1, /The job is still PENDING/, ['wait', slow, '--timeout', '1']);
});

story('submit can wait for the end itself', async () => {
  const queue = await tracked();
  const submitting = job(['submit', queue, '1', '--wait', '30', '--json']);
  const { jobs } = await post(`/v1/queues/${queue}/claim`, { wait_s: 20 });
  await finish('complete', jobs[0], { result: 'done' });
  const r = await submitting;
  assert.deepEqual([r.code, JSON.parse(r.stdout).result], [0, 'done'], r.stderr);
  await no(1, /The job is still PENDING/, ['submit', queue, '2', '--wait', '1']);
  const { jobs: [late] } = await post(`/v1/queues/${queue}/claim`, {});
  assert.equal(late.payload, 2, 'it was submitted all the same');
});

story('list shows what fits, for people and for programs', async () => {
  const queue = await tracked();
  const a = await submitted(queue, '1', '--label', 'customer=7'), b = await submitted(queue, '2');
  await finish('fail', await claim(queue), { retry: false, error: { code: 'NO_STOCK', message: 'item\u001b[31m 7' } });
  const table = await ok(['list', '--queue', queue]);
  assert.match(table, /^ID +QUEUE +STATE +ATTEMPTS +CREATED +ENDED +LABELS +WHY\n/);
  assert.match(table, new RegExp(`${a} +${queue} +FAILED +1 .*"customer":"7".*NO_STOCK: item \\[31m 7`),
    'nothing steers the terminal');
  const ids = async (...args) => (await json(['list', ...args])).map((j) => j.id);
  assert.deepEqual(await ids('--queue', queue), [b, a]);
  assert.deepEqual(await ids('--queue', queue, '--state', 'FAILED'), [a]);
  assert.deepEqual(await ids('--label', 'customer=7', '--queue', queue), [a]);
  assert.deepEqual(await ids('--text', 'no_stock', '--queue', queue), [a]);
  assert.deepEqual(await ids('--queue', queue, '--to', '2020-01-01T00:00:00Z'), []);
  const one = await job(['list', '--queue', queue, '--max', '1']);
  assert.equal(one.stdout.trim().split('\n').length, 2);
  assert.match(one.stderr, /There are more/);
  await no(1, /'DONE' is no state/, ['list', '--state', 'DONE']);
});

story('more than a page is listed page by page', async () => {
  const queue = await tracked();
  await post(`/v1/queues/${queue}/jobs`, { jobs: Array(450).fill({}) });
  assert.equal((await json(['list', '--queue', queue, '--max', '1000'])).length, 450);
  assert.equal((await json(['list', '--queue', queue, '--max', '230'])).length, 230);
});

story('jobs are canceled by id, and by what they have in common', async () => {
  const queue = await tracked();
  const [a, b] = [await submitted(queue), await submitted(queue)];
  assert.equal(await ok(['cancel', b, '--reason', 'twice']), `${b} CANCELED\n`);
  const running = await claim(queue);
  assert.equal(await ok(['cancel', a]), `${a} RUNNING (its worker will be told)\n`);
  await finish('complete', running);
  await no(1, /SUCCEEDED already.*JOB_FINAL/, ['cancel', a]);
  await post(`/v1/queues/${queue}/jobs`, { jobs: Array(250).fill({ labels: { batch: queue } }) });
  await claim(queue);
  assert.equal(await ok(['cancel', '--label', `batch=${queue}`]), '249 canceled, 1 workers will be told\n');
  assert.deepEqual(await json(['cancel', '--queue', queue]), { canceled: 0, asked: 0 });
  await no(2, /Which jobs\?/, ['cancel']);
  await no(2, /Which jobs\?/, ['cancel', a, '--queue', queue]);
});

story('failed jobs are retried', async () => {
  const queue = await tracked();
  const ids = [await submitted(queue), await submitted(queue)];
  for (let i = 0; i < 2; i++) await finish('fail', await claim(queue), { retry: false });
  assert.equal(await ok(['retry', ...ids, '--reason', 'mended']), ids.map((id) => `${id} PENDING\n`).join(''));
  await no(1, /only a FAILED one can be retried.*CONFLICT/, ['retry', ids[0]]);
});

story('a trace is drawn as a tree: who submitted whom', async () => {
  const [orders, mails] = [await tracked(), await tracked()];
  const root = await submitted(orders, '1');
  const { children } = await finish('complete', await claim(orders),
    { children: [{ queue: mails }, { queue: orders }] });
  const mail = await claim(mails);
  await finish('fail', mail, { retry: false, error: { code: 'BOUNCED', message: 'nobody there' } });
  const { children: [leaf] } = await finish('complete', await claim(orders), { children: [{ queue: mails }] });
  const lines = (await ok(['trace', leaf])).trim().split('\n');
  assert.equal(lines.length, 4);
  assert.match(lines[0], new RegExp(`^SUCCEEDED  ${orders}  ${root}  \\S+Z  waited .*  ran `));
  const rest = lines.slice(1).map((l) => l.replace(/ {2}\d{4}-.*?Z/, '').replace(/ {2}(waited|ran) [\d.]+ \w+/g,
    '')).join('\n');
  const failed = `FAILED  ${mails}  ${children[0]}  BOUNCED: nobody there`,
    second = `SUCCEEDED  ${orders}  ${children[1]}`,
    third = `PENDING  ${mails}  ${leaf}`;
  assert.ok([`├─ ${failed}\n└─ ${second}\n   └─ ${third}`, `├─ ${second}\n│  └─ ${third}\n└─ ${failed}`].includes(rest),
    rest);
  const [tree] = await json(['trace', root]);
  assert.deepEqual([tree.id, tree.children.map((c) => c.id).sort()], [root, [...children].sort()]);
  assert.equal(tree.children.find((c) => c.id === children[1]).children[0].id, leaf);
  assert.equal(await ok(['trace', tree.trace_id]), `${lines.join('\n')}\n`, 'by the id of the trace too');
  await no(1, /NO_SUCH_JOB/, ['trace', 'nobody']);
});

story('in a tree, parts that came in one transaction with the whole are below it', async () => {
  const [whole, parts] = [await tracked(), await tracked()];
  assert.equal((await server.json('PUT', `/v1/queues/${parts}-dlq`, {})).status, 201);
  const split = { dead_letter_queue: `${parts}-dlq`, max_receives: 3, split: { into: parts } };
  assert.equal((await server.json('PUT', `/v1/queues/${whole}`, split)).status, 200);
  const root = await submitted(whole, '[1, 2, 3, 4, 5, 6, 7, 8]');
  await ok(['wait', root]);
  const trees = await json(['trace', root]);
  assert.deepEqual(trees.map((t) => [t.id, t.children.length]), [[root, 8]]);
});
