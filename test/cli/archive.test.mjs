// archive.test.mjs - `ringi serve --archive DIR`: dead letters go into a file when their retention is over.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { start, story, until } from '../compat/lib.mjs';
import { cli, folder, ringi } from './lib.mjs';

const RETENTION_MS = 60_000;

/** A server with an archive, and a queue whose messages have all become dead letters. */
async function withDeadLetters(t, { count = 3, dir = path.join(folder(), 'archive') } = {}) {
  const server = await start({ flags: ['--archive', dir] });
  t.after(() => server.close());
  const { ok } = cli(server);
  await ok('queue', 'create', 'work', '--dlq', 'dead', '--max-receives', '1');
  await ok('queue', 'set', 'dead', 'message_retention_period=60');
  for (let i = 0; i < count; i++) {
    await ok('send', 'work', `${i}`);
    const m = JSON.parse(await ok('receive', 'work', '--json'));
    const r = await server.json('POST', '/v1/queues/work/fail', { receipt: m.ReceiptHandle, retry: false,
      error: { code: 'BAD' } });
    assert.equal(r.status, 204, r.text);
  }
  return { server, dir, ok };
}

const left = async (server) => (await server.json('GET', '/v1/queues/dead')).data.visible;
const lines = (dir) => fs.readdirSync(dir).filter((f) => f.startsWith('dead-'))
  .flatMap((f) => fs.readFileSync(path.join(dir, f), 'utf8').trim().split('\n'))
  .map((line) => { try { return JSON.parse(line); } catch { return { torn: line }; } });
const metric = async (server, name) =>
  Number((await server.request({ path: '/metrics' })).text.match(new RegExp(`^${name} (\\d+)`, 'm'))[1]);
const fileOf = (dir, ms) => path.join(dir, `dead-${new Date(ms).toISOString().slice(0, 10)}.jsonl`);

story('when their retention is over they are in a file that nobody else reads, and gone', async (t) => {
  const { server, dir } = await withDeadLetters(t);
  assert.equal(await left(server), 3);
  await server.clock.advance(RETENTION_MS + 2000);
  await until('an empty queue', async () => await left(server) === 0);
  const [file] = fs.readdirSync(dir);
  assert.match(file, /^dead-\d{4}-\d\d-\d\d\.jsonl$/);
  assert.equal(fs.statSync(path.join(dir, file)).mode & 0o777, 0o600);
  const all = lines(dir);
  assert.deepEqual(all.map((m) => [m.queue, m.body, m.dead_from, m.error.code]),
    ['0', '1', '2'].map((body) => ['dead', body, 'work', 'BAD']));
  assert.ok(all.every((m) => m.message_id && Date.parse(m.archived_at) >= Date.parse(m.sent_at) + RETENTION_MS));
  assert.equal(await metric(server, 'ringi_archived_messages_total'), 3);
  const { records } = (await server.json('GET', '/v1/audit?action=message.archive')).data;
  assert.equal(records.length, 1);
  assert.deepEqual([records[0].principal, records[0].resource, records[0].detail.messages],
    ['ringi', 'queue:dead', 3]);
  assert.ok(records[0].detail.file.endsWith(file));
});

story('a full disk keeps them in their queue, and says so; later they go on, behind a torn line', async (t) => {
  const { server, dir } = await withDeadLetters(t);
  const at = Date.now() + RETENTION_MS + 2000, file = fileOf(dir, at);
  fs.symlinkSync('/dev/full', file);
  await server.clock.set(at);
  await until('a failure', async () => await metric(server, 'ringi_archive_failures_total') > 0);
  assert.equal(await left(server), 3);
  assert.equal(await metric(server, 'ringi_archive_waiting'), 1);
  assert.match(server.output, /file cannot be written/);
  fs.rmSync(file);
  fs.writeFileSync(file, '{"torn":');
  await until('an empty queue', async () => await left(server) === 0);
  const all = lines(dir);
  assert.deepEqual(all.map((m) => m.torn ?? m.body), ['{"torn":', '0', '1', '2']);
  assert.equal(await metric(server, 'ringi_archive_waiting'), 0);
});

story('a write that ends in the middle leaves nothing of it in the file, and all of them in their queue', async (t) => {
  const { server, dir } = await withDeadLetters(t);
  const at = Date.now() + RETENTION_MS + 2000, file = fileOf(dir, at), most = 64 * 1024 * 1024;
  const limit = (bytes) => execFileSync('prlimit', [`--pid=${server.process.pid}`, `--fsize=${bytes}:unlimited`]);
  fs.writeFileSync(file, '');
  fs.truncateSync(file, most - 300); // room for half of the first line
  fs.writeFileSync(file, '\n', { flag: 'r+' });
  const before = fs.statSync(file).size;
  limit(most);
  await server.clock.set(at);
  await until('a failure', async () => await metric(server, 'ringi_archive_failures_total') > 0);
  assert.equal(fs.statSync(file).size, before);
  assert.equal(await left(server), 3);
  limit('unlimited');
  await until('an empty queue', async () => await left(server) === 0);
  const tail = Buffer.alloc(fs.statSync(file).size - before), fd = fs.openSync(file);
  fs.readSync(fd, tail, 0, tail.length, before);
  fs.closeSync(fd);
  const bodies = tail.toString().trim().split('\n').map((line) => JSON.parse(line).body);
  assert.deepEqual(bodies, ['0', '1', '2']);
});

story('killed at any moment, each one is in the file or in its queue', async (t) => {
  const count = 12;
  const { server, dir } = await withDeadLetters(t, { count });
  for (let round = 0; round < 4; round++) {
    // It may come at any point between the clock, the file and the deletion.
    const moved = server.clock.set(Date.now() + RETENTION_MS + 2000).catch(() => {});
    if (round > 0) await moved;
    await server.restart({ hard: true });
    const bodies = new Set([...lines(dir).map((m) => m.body),
      ...(await server.json('GET', '/v1/queues/dead/messages')).data.messages.map((m) => m.body)]);
    assert.equal([...bodies].filter((b) => b !== undefined).length, count, `round ${round}`);
  }
  await server.clock.set(Date.now() + RETENTION_MS + 2000);
  await until('an empty queue', async () => await left(server) === 0);
  assert.equal(new Set(lines(dir).map((m) => m.message_id)).size, count);
});

story('a folder that cannot be written is told at the start', async () => {
  const data = folder(), file = path.join(data, 'file');
  fs.writeFileSync(file, '');
  const r = await ringi(['serve', '--data', path.join(data, 'd'), '--listen', '127.0.0.1:0', '--auth', 'off',
    '--archive', file]);
  assert.equal(r.code, 4);
  assert.match(r.stderr, /Nothing can be written to the archive folder .*file\./);
});
