// contracts.test.mjs - schemas from files, documents of what runs, and the declarative way.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import { fresh, start, story } from '../compat/lib.mjs';
import { cli, folder } from './lib.mjs';

const server = await start();
after(() => server.close());
const { ok, json, refused } = cli(server);

story('a schema is read from a file, with comments, or taken as it stands', async () => {
  const name = fresh();
  const file = path.join(folder(), 'order.json');
  fs.writeFileSync(file, '{ // orders\n "type": "object", /* all\n of them */ "title": "a // b \\" /* c */"\n}\n');
  await ok('queue', 'create', name);
  await ok('queue', 'set', name, `schema=@${file}`, 'owner=sales');
  assert.deepEqual((await json('queue', 'show', name)).schema, { type: 'object', title: 'a // b " /* c */' });
  assert.match(await refused(1, 'send', name, '[]'), /version 1 of the schema .*: it must be an object, not an array/);
  await ok('send', name, '{}');
  await ok('queue', 'set', name, 'schema={"type": "array"}');
  await ok('send', name, '[]');
  await ok('queue', 'set', name, 'schema=');
  await ok('send', name, 'anything');
});

story('a file that is wrong is told with its line', async () => {
  const name = fresh();
  const file = path.join(folder(), 'order.json');
  await ok('queue', 'create', name);
  fs.writeFileSync(file, '{\n  "type": "object",\n  // nothing\n  type: 7\n}\n');
  assert.match(await refused(2, 'queue', 'set', name, `schema=@${file}`), /order\.json:4: .*a key was expected/);
  assert.match(await refused(2, 'queue', 'set', name, 'schema=@/nowhere'), /\/nowhere cannot be read/);
  fs.writeFileSync(file, '{"type": "text"}');
  assert.match(await refused(1, 'queue', 'set', name, `schema=@${file}`), /\/type: must be null, boolean/);
});

// ---- documents of what runs

story('a folder for documents is made with those above it, or it is said why not', async () => {
  const dir = folder(), out = path.join(dir, 'docs', 'events');
  await ok('docs', '--out', `${out}/`, '--lang', 'en');
  await ok('docs', '--out', out, '--lang', 'en');
  assert.ok(fs.existsSync(path.join(out, 'event-flow.md')));
  fs.writeFileSync(path.join(dir, 'file'), '');
  assert.match(await refused(4, 'docs', '--out', path.join(dir, 'file', 'x')), /cannot be made: Not a directory/);
});

/** Rows of the first table: arrays of cells, the head included. */
const table = (text) => text.split('\n').filter((l) => l.startsWith('| ') && !l.startsWith('| ---'))
  .map((l) => l.slice(2, -2).split(/(?<!\\) \| /).map((c) => c.trim()));
const diagram = (text) => text.match(/```mermaid\n([^]*?)```/)[1].trimEnd().split('\n');

/** A line of a flowchart as we write them; anything else is a label that got out of its quotes. */
const LABEL = '"[^"<>`\\\\[\\]{}|]*"';
const LINES = [/^flowchart LR$/, /^ {4}classDef dlq [\w#:,-]+$/, /^ {4}class q\d+ dlq$/,
  new RegExp(`^ {4}(q\\d+\\[\\(${LABEL}\\)\\]|t\\d+\\{\\{${LABEL}\\}\\}|s\\d+>${LABEL}\\]|c\\d+\\(\\[${LABEL}\\]\\))$`),
  new RegExp(`^ {4}[qtsc]\\d+ (-->|-\\.->)(\\|${LABEL}\\|)? [qtsc]\\d+$`)];

async function shop(t) {
  const own = await start({ flags: ['--allow-private-webhooks'] });
  t.after(() => own.close());
  const c = cli(own);
  const dir = folder();
  const file = path.join(dir, 'ringi.json');
  fs.writeFileSync(file, JSON.stringify({
    queues: {
      orders: { purpose: 'the shop answers before | the stock\ndoes', owner: 'sales <ec>',
        dead_letter_queue: 'orders-dead',
        max_receives: 3, visibility_timeout: 90, schema: {}, track: true, retry: { max_attempts: 7 },
        tags: { producer: 'API-001, API-002', consumer: 'task "one"] --> x' } },
      payments: { purpose: 'p', owner: 'o', schema: {}, dead_letter_queue: 'orders-dead',
        message_retention_period: 7200,
        push: { url: 'http://127.0.0.1:1/pay?key=secret' }, tags: { producer: 'task "one"] --> x' } },
      'orders-dead': { runbook: 'https://wiki.example/orders', message_retention_period: 1209600 },
      'lost.fifo': {}, 'bare_one': {},
    },
    topics: { news: { tags: { producer: 'CMS' } }, 'steps.fifo': {} },
    subscriptions: [{ topic: 'news', queue: 'bare_one', filter_policy: { kind: ['a'] },
      dead_letter_queue: 'orders-dead' },
      { topic: 'news', endpoint: 'http://127.0.0.1:1/hook?secret=1' }],
    schedules: { nightly: { queue: 'bare_one', payload: 'x', cron: '0 3 * * *' } },
  }));
  await c.ok('apply', file);
  return { ...c, dir };
}

story('the table of queues has what a reader asks for, and tells what is missing', async (t) => {
  const w = await shop(t);
  const out = path.join(w.dir, 'out');
  const said = await w.ok('docs', '--out', out, '--lang', 'en');
  assert.deepEqual(said.trim().split('\n').map((f) => path.basename(f)),
    ['queues.md', 'dead-letter-queues.md', 'event-flow.md', 'asyncapi.json']);
  const text = fs.readFileSync(path.join(out, 'queues.md'), 'utf8');
  const [head, ...rows] = table(text);
  assert.deepEqual(head, ['Queue', 'Purpose', 'Producers', 'Consumers', 'Kind', 'Owner', 'DLQ', 'Receives at most',
    'Visibility timeout', 'Retention', 'Schema', 'Runbook']);
  assert.deepEqual(rows[4], ['payments', 'p', 'task "one"] --> x', 'http://127.0.0.1:1', 'standard', 'o', 'orders-dead',
    '10', '30 s', '2 h', 'yes', ''].map((c) => (c.startsWith('http') ? `<${c}>` : c)));
  assert.deepEqual(rows[2], ['orders', 'the shop answers before \\| the stock<br>does', 'API-001, API-002',
    'task "one"] --> x', 'standard, tracked', 'sales &lt;ec>', 'orders-dead', '7', '90 s', '4 days', 'yes', '']);
  assert.deepEqual(rows[0].slice(0, 4), ['bare\\_one', '', 'news, nightly', '']);
  assert.deepEqual(rows[1].slice(4, 8), ['FIFO', '', '', 'no limit']);
  for (const gap of ['Without a purpose: `bare_one`, `lost.fifo`', 'Without a schema: `bare_one`, `lost.fifo`',
    'Without a dead-letter queue: `bare_one`, `lost.fifo`']) assert.ok(text.includes(`* ${gap}\n`), text);
  assert.ok(!text.includes('secret'));
  assert.equal(JSON.parse(fs.readFileSync(path.join(out, 'asyncapi.json'))).asyncapi, '3.0.0');
});

story('the table of dead-letter queues says who looks and what to do', async (t) => {
  const w = await shop(t);
  const text = (await w.ok('docs', '--lang', 'en')).split('# Dead-letter queues')[1].split('# Event flow')[0];
  assert.deepEqual(table(text), [
    ['DLQ', 'Sources', 'Who looks', 'What to do', 'Recovery procedure', 'Retention'],
    ['orders-dead', 'orders, payments, news -> bare\\_one', 'sales &lt;ec>', '', '<https://wiki.example/orders>',
      '14 days'],
  ]);
  assert.match(text, /ringi dlq redrive DLQ --dry-run/);
});

story('the diagram connects who is known, and no label breaks out of it', async (t) => {
  const w = await shop(t);
  const lines = diagram(await w.ok('docs', '--lang', 'en'));
  for (const line of lines) assert.ok(LINES.some((pattern) => pattern.test(line)), line);
  const names = Object.fromEntries(lines.map((l) => /^ {4}([qtsc]\d+)[[({>]+"([^"]*)"/.exec(l)).filter(Boolean)
    .map(([, id, name]) => [id, name.replace(/#(\d+);/g, (_, n) => String.fromCharCode(n))]));
  const edges = lines.map((l) => /^ {4}([qtsc]\d+) (-->|-\.->)(?:\|"(.*)"\|)? ([qtsc]\d+)$/.exec(l)).filter(Boolean)
    .map(([, from, line, label, to]) => `${names[from]} ${line} ${names[to]}${label ? ` (${label})` : ''}`
      .replace(/#(\d+);/g, (_, n) => String.fromCharCode(n)));
  assert.deepEqual(edges.sort(), [
    'API-001 --> orders', 'API-002 --> orders', 'orders --> task "one"] --> x', 'task "one"] --> x --> payments',
    'CMS --> news', 'news --> bare_one ({"kind":["a"]})', 'news --> http://127.0.0.1:1',
    'news -.-> orders-dead (undeliverable)', 'nightly: 0 3 * * * --> bare_one',
    'orders -.-> orders-dead (3 receives)', 'payments -.-> orders-dead (10 receives)',
    'payments --> http://127.0.0.1:1 (POST)'].sort());
  assert.ok(lines.includes(`    class ${Object.keys(names).find((id) => names[id] === 'orders-dead')} dlq`));
});

story('documents are the same bytes each time, in Japanese too', async (t) => {
  const w = await shop(t);
  const [first, second] = [await w.ok('docs', '--lang', 'ja'), await w.ok('docs', '--lang', 'ja')];
  assert.equal(first, second);
  assert.deepEqual(table(first)[0], ['キュー名', '目的（非同期にした理由）', 'プロデューサー', 'コンシューマー', '種別', '担当',
    'DLQ', '最大受信回数', '可視性タイムアウト', '保持期間', 'スキーマ', '手順書']);
  for (const heading of ['# キュー定義一覧', '# DLQ 運用一覧', '# イベントフロー図', '14 日']) assert.ok(first.includes(heading));
  const r = await w.at(['docs'], { env: { LC_ALL: 'ja_JP.UTF-8' } });
  assert.equal(r.stdout, first);
  assert.match(await w.refused(4, 'docs', '--out', '/proc/nowhere'), /folder \/proc\/nowhere cannot be made/);
  assert.match(await w.refused(2, 'docs', '--lang', 'fr'), /--lang must be one of/);
});

story('a bare server has documents too', async (t) => {
  const own = await start();
  t.after(() => own.close());
  const text = await cli(own).ok('docs', '--lang', 'en');
  assert.equal(text.split('There are none yet.').length, 3);
  for (const line of diagram(text)) assert.ok(LINES.some((pattern) => pattern.test(line)), line);
});
