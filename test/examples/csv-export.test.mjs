// csv-export.test.mjs - docs/examples/csv-export: the export as a whole, canceled, and gone on with after kill -9.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import { freePort, start, story, until } from '../compat/lib.mjs';
import { begin, folder } from './lib.mjs';

const server = await start();
after(() => server.close());

async function setUp(t) {
  const EXPORTS = folder(t);
  const PORT = String(await freePort());
  const env = { RINGI_URL: server.url, EXPORTS, PORT, WEB_URL: `http://127.0.0.1:${PORT}` };
  const web = begin(t, 'csv-export/web.mjs', [], env);
  await until('the web application', () => web.text().includes('listening'));
  const job = async (id) => (await server.json('GET', `/v1/jobs/${id}`)).data;
  return { env, job, web: env.WEB_URL, EXPORTS };
}

/** Every row once and in order, and the sum of the amounts. */
function check(text, rows) {
  const lines = text.trimEnd().split('\n').slice(1).map((l) => l.split(','));
  assert.equal(lines.length, rows);
  lines.forEach(([id, , amount], i) => {
    assert.equal(Number(id), i + 1);
    assert.equal(Number(amount), ((i + 1) * 37) % 1000);
  });
}

story('the worker may be there before the web application, and an order that makes no sense is no job', async (t) => {
  const own = await start();
  t.after(() => own.close());
  const env = { RINGI_URL: own.url, EXPORTS: folder(t), PORT: String(await freePort()) };
  const worker = begin(t, 'csv-export/worker.mjs', [], env);
  await until('the worker waits', async () => (await own.json('GET', '/v1/queues/exports')).data.waiting === 1);
  const web = begin(t, 'csv-export/web.mjs', [], env);
  await until('the web application', () => web.text().includes('listening'));
  const order = (body) => fetch(`http://127.0.0.1:${env.PORT}/exports`, { method: 'POST', body: JSON.stringify(body) });
  assert.equal((await order({ rows: 'many' })).status, 400);
  const { id } = await (await order({ rows: 10 })).json();
  assert.equal((await own.json('GET', `/v1/jobs/${id}?wait=10`)).data.state, 'SUCCEEDED', worker.text());
});

story('an export is ordered, followed and downloaded; the same order again is the same export', async (t) => {
  const { env, web, job, EXPORTS } = await setUp(t);
  const file = path.join(EXPORTS, 'download.csv');
  begin(t, 'csv-export/worker.mjs', [], env);
  const client = begin(t, 'csv-export/client.mjs', ['20500', file, '1000'], env);
  assert.deepEqual(await client.exit, { code: 0, signal: null }, client.text());
  const said = client.text().trimEnd().split('\n');
  const id = said[0].split(' ')[1];
  assert.equal(said[0], `202 ${id}`);
  const shares = said.filter((l) => l.endsWith(' %')).map((l) => Number(l.split(' ')[1]));
  assert.ok(shares.length >= 3, client.text());
  check(fs.readFileSync(file, 'utf8'), 20_500);
  assert.deepEqual((await job(id)).result, { file: `${id}.csv`, rows: 20_500, parts: 21, found: 0, written: 21 });

  const order = () => fetch(`${web}/exports`, { method: 'POST', headers: { 'idempotency-key': 'form-7' },
    body: JSON.stringify({ rows: 10, part_rows: 5 }) });
  const [first, second] = [await order(), await order()];
  assert.deepEqual([first.status, second.status], [202, 202]);
  const again = (await first.json()).id;
  assert.equal(first.headers.get('location'), `/exports/${again}`);
  assert.equal((await second.json()).id, again);
  assert.equal((await server.json('GET', `/v1/jobs/${again}?wait=10`)).data.state, 'SUCCEEDED');
});

story('an export that is canceled in the middle stops, and leaves nothing behind', async (t) => {
  const { env, web, job, EXPORTS } = await setUp(t);
  begin(t, 'csv-export/worker.mjs', [], { ...env, PART_MS: '50' });
  const client = begin(t, 'csv-export/client.mjs', ['100000', '/dev/null', '100'], env); // 1,000 parts: 50 s
  await until('progress', () => /RUNNING [1-9]|RUNNING 0 %\n[^]*RUNNING/.test(client.text()));
  const id = client.text().split('\n')[0].split(' ')[1];
  assert.equal((await fetch(`${web}/exports/${id}/file`)).status, 409);
  assert.equal((await fetch(`${web}/exports/${id}`, { method: 'DELETE' })).status, 200);
  assert.deepEqual(await client.exit, { code: 1, signal: null });
  assert.match(client.text(), /CANCELED \d+ %\n$/);
  const end = await job(id);
  assert.equal(end.state, 'CANCELED');
  assert.ok(end.progress < 1);
  assert.deepEqual(fs.readdirSync(EXPORTS), []);
});

story('a worker that was killed with -9 is followed by one that goes on behind the last whole part', async (t) => {
  const { env, job, EXPORTS } = await setUp(t);
  const file = path.join(EXPORTS, 'download.csv');
  const first = begin(t, 'csv-export/worker.mjs', [], { ...env, DIE_AFTER: '7' });
  const client = begin(t, 'csv-export/client.mjs', ['20000', file, '1000'], env);
  assert.deepEqual(await first.exit, { code: null, signal: 'SIGKILL' });
  const id = client.text().split('\n')[0].split(' ')[1];
  const part = path.join(EXPORTS, id, 'part-6.csv');
  const written = fs.statSync(part).mtimeMs;
  assert.equal(fs.readdirSync(path.join(EXPORTS, id)).length, 7);
  begin(t, 'csv-export/worker.mjs', [], { ...env, PART_MS: '30' });
  await until('the second worker', () => fs.existsSync(path.join(EXPORTS, id, 'part-7.csv')));
  assert.equal(fs.statSync(part).mtimeMs, written); // what was finished is not written again
  assert.deepEqual(await client.exit, { code: 0, signal: null }, client.text());
  check(fs.readFileSync(file, 'utf8'), 20_000);
  const end = await job(id);
  assert.deepEqual(end.result, { file: `${id}.csv`, rows: 20_000, parts: 20, found: 7, written: 13 });
  assert.deepEqual(end.history.map((a) => a.outcome).sort(), ['LOST', 'SUCCEEDED']);
});
