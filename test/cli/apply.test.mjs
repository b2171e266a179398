// apply.test.mjs - `ringi apply`: a file and a server become alike, and nothing is lost on the way.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import { start, story } from '../compat/lib.mjs';
import { cli, folder } from './lib.mjs';

const FLAGS = { flags: ['--allow-private-webhooks'] };
const FILE = {
  queues: {
    orders: { dead_letter_queue: 'orders-dead', max_receives: 3, purpose: 'orders leave the shop at once',
      owner: 'sales',
      visibility_timeout: 60, schema: { type: 'object', required: ['id'] }, track: true, priority: true,
      retry: { max_attempts: 4 }, tags: { producer: 'API-001', consumer: 'Consumer-001' } },
    'orders-dead': { runbook: 'https://wiki.example/orders' },
    'line.fifo': { content_based_deduplication: true, dead_letter_queue: 'line-dead.fifo' },
    'line-dead.fifo': {},
    pushed: { push: { url: 'http://127.0.0.1:1/work', secret: `whsec_${'A'.repeat(32)}` } },
  },
  topics: { news: { display_name: 'News', tags: { team: 'blue' } },
    'steps.fifo': { content_based_deduplication: true } },
  subscriptions: [
    { topic: 'news', queue: 'orders', raw_message_delivery: true, filter_policy: { kind: ['a', { prefix: 'b' }] },
      filter_policy_scope: 'MessageBody', dead_letter_queue: 'orders-dead' },
    { topic: 'news', endpoint: 'http://127.0.0.1:1/hook?a=1&b=2' },
    { topic: 'steps.fifo', queue: 'line.fifo' },
  ],
  calendars: { jp: { holidays: ['2026-05-03', '2026-01-01', '2026-05-03'] } },
  schedules: { nightly: { queue: 'orders', payload: { id: 1 }, cron: '0 3 1B * *', zone: 'Asia/Tokyo', holidays: 'jp',
    labels: { team: 'blue' } } },
};
const copy = (more = {}) => ({ ...structuredClone(FILE), ...more });

/** A server of its own, and apply on it. */
async function world(t) {
  const server = await start(FLAGS);
  t.after(() => server.close());
  const file = path.join(folder(), 'ringi.json');
  const c = cli(server);
  const write = (content) => fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return { server, file, ...c, write,
    plan: async (content, ...flags) => {
      write(content);
      const r = await c.at(['apply', file, '--json', ...flags]);
      const plan = r.stdout ? JSON.parse(r.stdout) : {};
      return { code: r.code, stderr: r.stderr, ...plan,
        steps: plan.steps?.filter((s) => s.action !== 'unchanged')
          .map((s) => `${s.action} ${s.kind} ${s.name}${s.changes ? `: ${s.changes.map((x) => x.member)}` : ''}`) };
    } };
}

story('a bare server becomes what the file says, and a second time there is nothing to do', async (t) => {
  const w = await world(t);
  const dry = await w.plan(FILE, '--dry-run');
  assert.equal(dry.code, 1, 'there is something to do');
  assert.deepEqual([dry.create, dry.change, dry.remove, dry.drift, dry.done], [12, 0, 0, 0, false]);
  assert.deepEqual((await w.json('queue', 'list')), [], 'nothing was done');
  assert.ok(!(await w.at(['apply', w.file, '--dry-run', '--json'])).stdout.includes('whsec_'), 'secrets are not told');
  const first = await w.plan(FILE);
  assert.deepEqual([first.code, first.create, first.done], [0, 12, true], first.stderr);
  assert.deepEqual(first.steps.map((s) => s.replace(/:.*/, '')), [
    'create calendar jp', 'create queue orders-dead', 'create queue orders', 'create queue line-dead.fifo',
    'create queue line.fifo', 'create queue pushed', 'create topic news', 'create topic steps.fifo',
    'create subscription news -> orders', 'create subscription news -> http',
    'create subscription steps.fifo -> line.fifo', 'create schedule nightly']);
  const second = await w.plan(FILE, '--dry-run', '--prune');
  assert.deepEqual([second.code, second.steps, second.unchanged], [0, [], 12]);
  assert.deepEqual([(await w.plan(FILE)).code, (await w.plan(FILE)).unchanged], [0, 12]);
  const { data } = await w.server.json('GET', '/v1/definitions');
  assert.equal(data.queues.orders.dead_letter_queue, 'orders-dead');
  assert.equal(data.subscriptions.find((s) => s.protocol === 'http').endpoint, 'http://127.0.0.1:1/hook?a=1&b=2');
  assert.deepEqual(data.schedules.nightly.payload, { id: 1 });
  assert.equal((await w.server.json('GET', '/v1/queues/pushed')).data.push.secrets, 1);
});

story('an export makes another server the same', async (t) => {
  const [w, other] = [await world(t), await world(t)];
  assert.equal((await w.plan(FILE)).code, 0);
  const text = await w.ok('apply', '--export');
  assert.match(text, /^{\n {2}"queues": {\n {4}"line-dead.fifo": {},\n/);
  const exported = JSON.parse(text);
  assert.deepEqual([(await w.plan(text, '--prune')).steps, Object.keys(exported.queues).length], [[], 5]);
  assert.ok(!text.includes('whsec_') && !('server' in exported) && !('id' in exported.subscriptions[0]));
  assert.equal((await other.plan(text)).code, 0);
  assert.equal(await other.ok('apply', '--export'), text);
});

story('what differs is changed and nothing else is touched', async (t) => {
  const w = await world(t);
  await w.plan(FILE);
  const file = copy();
  Object.assign(file.queues.orders, { visibility_timeout: '90', purpose: null, max_receives: 5, schema: {} });
  file.queues.orders.tags.producer = 'API-002';
  file.queues['line.fifo'].max_receives = '10'; // is the default of the server
  file.topics.news = { display_name: 'Old news', tags: { team: 'red' } };
  file.subscriptions[0] = { topic: 'news', queue: 'orders', raw_message_delivery: false,
    filter_policy: { kind: ['c'] }, filter_policy_scope: 'MessageAttributes', dead_letter_queue: 'orders-dead' };
  file.schedules.nightly = { queue: 'orders', payload: { id: 2 }, cron: '0 3 1B * *', zone: 'Asia/Tokyo',
    holidays: 'jp' };
  file.calendars.jp.holidays = [];
  const { code, steps, stderr } = await w.plan(file);
  assert.equal(code, 0, stderr);
  assert.deepEqual(steps, [
    'change calendar jp: holidays',
    'change queue orders: max_receives,purpose,visibility_timeout,schema,tags.producer',
    'change topic news: display_name,tags.team',
    'change subscription news -> orders: raw_message_delivery,filter_policy,filter_policy_scope',
    'change schedule nightly: payload,labels',
  ]);
  assert.deepEqual((await w.plan(file, '--dry-run', '--prune')).steps, []);
  const { data } = await w.server.json('GET', '/v1/queues/orders');
  assert.deepEqual([data.visibility_timeout, data.dead_letter_queue, data.max_receives, data.owner,
    data.schema_version],
    [90, 'orders-dead', 5, 'sales', 2]);
});

story('what the file has not is told, and goes only with --prune; a queue with messages stays', async (t) => {
  const w = await world(t);
  await w.plan(FILE);
  await w.ok('queue', 'set', 'orders', 'rate=5', 'concurrency=2');
  await w.ok('queue', 'pause', 'orders');
  await w.ok('queue', 'create', 'extra');
  await w.ok('queue', 'create', 'full');
  await w.ok('send', 'full', 'x');
  const file = copy({ subscriptions: FILE.subscriptions.slice(1), schedules: {}, calendars: {} });
  delete file.topics['steps.fifo'];
  file.subscriptions.pop();
  delete file.queues.orders.tags.consumer;
  const told = await w.plan(file);
  assert.deepEqual([told.code, told.change, told.remove], [0, 0, 0]);
  assert.deepEqual(told.steps, [
    'drift queue orders: concurrency,rate,tags.consumer', 'drift schedule nightly',
    'drift subscription news -> orders', 'drift subscription steps.fifo -> line.fifo', 'drift topic steps.fifo',
    'drift queue extra', 'drift queue full', 'drift calendar jp']);
  const shown = await w.ok('apply', w.file);
  assert.match(shown, /^drift {5}queue orders: concurrency 2, rate 5, tags\.consumer "Consumer-001": only on the server$/m);
  assert.match(shown, /^drift {5}queue extra: only on the server$/m);
  assert.match(shown, /^0 to create, 0 to change, 0 to remove, 6 unchanged, 8 drifted$/m);
  const before = await w.ok('apply', '--export');
  for (const flags of [['--prune', '--dry-run'], ['--prune']]) {
    const stopped = await w.plan(file, ...flags);
    assert.deepEqual([stopped.code, stopped.remove, stopped.done], [1, 7, false]);
    assert.match(stopped.stderr, /queue full is not in the file, but holds 1 messages; it stays/);
  }
  assert.equal(await w.ok('apply', '--export'), before, 'nothing was done');
  await w.ok('queue', 'purge', 'full');
  assert.equal((await w.plan(file, '--prune')).code, 0);
  const after = await w.plan(file, '--dry-run', '--prune');
  assert.deepEqual([after.code, after.steps], [0, []]);
  const { data } = await w.server.json('GET', '/v1/definitions');
  assert.deepEqual(Object.keys(data.queues), ['line-dead.fifo', 'line.fifo', 'orders', 'orders-dead', 'pushed']);
  assert.deepEqual([data.queues.orders.rate, data.queues.orders.paused, data.queues.orders.tags],
    [undefined, true, { producer: 'API-001' }]);
});

story('a wrong file is told with line or pointer, and nothing is done', async (t) => {
  const w = await world(t);
  for (const [content, why] of [
    ['{\n  "queues": {},\n  // a comment\n  "topics": [}\n', /ringi\.json:4: The text is not valid JSON/],
    ['[]', /ringi\.json: must be an object, not array\./],
    [{ queue: {} }, /\/queue: the file has no such member; did you mean queues\?/],
    [{ queues: [] }, /\/queues: must be an object, not array/],
    [{ queues: { a: 7 } }, /\/queues\/a: must be an object, not number/],
    [{ queues: { a: { visibilty_timeout: 7 } } },
      /\/queues\/a\/visibilty_timeout: a queue has no such member; did you mean visibility_timeout\?/],
    [{ queues: { a: { redrive_policy: {} } } }, /\/queues\/a\/redrive_policy: use dead_letter_queue and max_receives/],
    [{ queues: { a: { tags: { b: 1 } } } }, /\/queues\/a\/tags\/b: must be a string, not number/],
    [{ topics: { a: { colour: 'red' } } }, /\/topics\/a\/colour: a topic has no such member/],
    [{ subscriptions: {} }, /\/subscriptions: must be a list, not object/],
    [{ subscriptions: [{ queue: 'a' }] }, /\/subscriptions\/0\/topic: must name a topic/],
    [{ subscriptions: [{ topic: 'a' }] }, /\/subscriptions\/0: must have either queue \(a name\) or endpoint/],
    [{ subscriptions: [{ topic: 'a', endpoint: 'mailto:x' }] }, /\/subscriptions\/0\/endpoint: must be a URL/],
    [{ subscriptions: [{ topic: 'a', queue: 'b', protocol: 'http' }] }, /\/subscriptions\/0\/protocol: is sqs/],
    [{ schedules: { a: { queue: 'b', cron: '* * * * *' } } }, /\/schedules\/a\/payload: is missing/],
    [{ calendars: { a: { holidays: '2026-01-01' } } }, /\/calendars\/a\/holidays: must be a list/],
  ]) {
    w.write(content);
    const r = await w.at(['apply', w.file]);
    assert.equal(r.code, 2, `${JSON.stringify(content)}: ${r.code} ${r.stdout}${r.stderr}`);
    assert.match(r.stderr, why);
  }
  assert.match(await w.refused(2, 'apply'), /Name a file, or --export/);
  assert.match(await w.refused(2, 'apply', w.file, '--export'), /Name a file, or --export/);
  assert.match(await w.refused(2, 'apply', '/nowhere'), /\/nowhere cannot be read/);
  assert.deepEqual(await w.json('queue', 'list'), []);
  const r = await w.plan({ queues: { a: { visibility_timeout: -1 } } });
  assert.equal(r.code, 1);
  assert.match(r.stderr, /Invalid value for the parameter VisibilityTimeout.*create queue a was refused; 0 steps/s);
});

story('names may be spelled as SQS does, and the file may come from standard input', async (t) => {
  const w = await world(t);
  const content = JSON.stringify({ queues: { a: { VisibilityTimeout: 45, FifoQueue: false, Tags: { b: 'c' } } },
    topics: { 'b.fifo': { FifoTopic: true, DisplayName: 'B' } } });
  for (const [create, unchanged] of [[2, 0], [0, 2]]) {
    const r = await w.at(['apply', '-', '--json'], { input: content });
    assert.equal(r.code, 0, r.stderr);
    const plan = JSON.parse(r.stdout);
    assert.deepEqual([plan.create, plan.unchanged], [create, unchanged]);
  }
});
