// csv-import.test.mjs - docs/examples/csv-import: whole, with wrong rows, killed, canceled, and not a CSV.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import { start, story, until } from '../compat/lib.mjs';
import { begin, folder } from './lib.mjs';

const server = await start();
after(() => server.close());

function setUp(t, rows, wrong = () => false) {
  const IMPORTS = folder(t), file = path.join(IMPORTS, 'customers.csv');
  fs.writeFileSync(file, `id,name,amount\n${Array.from({ length: rows },
    (_, i) => (wrong(i) ? `${i},客 ${i},much\n` : `${i},客 ${i},${i % 100}\n`)).join('')}`);
  const env = { RINGI_URL: server.url, IMPORTS, PIECE: '2000' };
  const read = (id) => fs.readdirSync(path.join(IMPORTS, id)).filter((f) => f.endsWith('.jsonl'))
    .flatMap((f) => fs.readFileSync(path.join(IMPORTS, id, f), 'utf8').split('\n').filter(Boolean).map(JSON.parse));
  return { env, file, read };
}
const idOf = (client) => /import (\S+)/.exec(client.text())[1];
const reportOf = (client) => JSON.parse(client.text().trimEnd().split('\n').at(-1));

story('every row is taken in once, and wrong ones are told with their line', async (t) => {
  const { env, file, read } = setUp(t, 5000, (i) => i === 17 || i === 4321);
  for (let i = 0; i < 3; i++) begin(t, 'csv-import/worker.mjs', [], env);
  const client = begin(t, 'csv-import/import.mjs', [file], env);
  assert.deepEqual(await client.exit, { code: 0, signal: null }, client.text());
  const report = reportOf(client);
  assert.deepEqual([report.state, report.rows, report.bad_count, report.missing], ['SUCCEEDED', 4998, 2, []]);
  assert.deepEqual(report.bad.map((b) => b.line).sort(), ['17,客 17,much', '4321,客 4321,much']);
  assert.ok(report.pieces > 20);
  const ids = read(idOf(client)).map(([id]) => id).sort((a, b) => a - b);
  assert.deepEqual(ids, Array.from({ length: 5000 }, (_, i) => i).filter((i) => i !== 17 && i !== 4321));
});

story('a worker that is killed with -9 costs its piece a second try, and no row comes twice', async (t) => {
  const { env, file, read } = setUp(t, 2000);
  const first = begin(t, 'csv-import/worker.mjs', [], { ...env, DIE_AFTER: '5' });
  const client = begin(t, 'csv-import/import.mjs', [file], env);
  assert.deepEqual(await first.exit, { code: null, signal: 'SIGKILL' });
  begin(t, 'csv-import/worker.mjs', [], env);
  assert.deepEqual(await client.exit, { code: 0, signal: null }, client.text());
  const rows = read(idOf(client));
  assert.equal(new Set(rows.map(([id]) => id)).size, 2000);
  assert.equal(rows.length, 2000);
  const { jobs } = (await server.json('GET', `/v1/jobs?parent=${idOf(client)}&limit=200`)).data;
  assert.equal(jobs.filter((j) => j.attempts === 2).length, 1);
});

story('an import that is canceled says what is missing', async (t) => {
  const { env, file } = setUp(t, 5000);
  begin(t, 'csv-import/worker.mjs', [], { ...env, PIECE_MS: '200' });
  const client = begin(t, 'csv-import/import.mjs', [file], env);
  await until('a few pieces', () => /\n[2-9] of/.test(client.text()));
  const group = /group (\S+)/.exec(client.text())[1];
  assert.deepEqual(await begin(t, 'csv-import/import.mjs', ['--cancel', group], env).exit, { code: 0, signal: null });
  assert.deepEqual(await client.exit, { code: 0, signal: null }, client.text());
  const report = reportOf(client);
  assert.equal(report.state, 'INCOMPLETE');
  assert.ok(report.missing.length > 0 && report.missing.length < report.pieces && report.rows > 0, client.text());
});

story('what is no CSV fails at once, without a second try', async (t) => {
  const { env, file } = setUp(t, 1);
  fs.writeFileSync(file, 'GIF89a');
  begin(t, 'csv-import/worker.mjs', [], env);
  const client = begin(t, 'csv-import/import.mjs', [file], env);
  assert.deepEqual(await client.exit, { code: 1, signal: null });
  assert.match(client.text(), /FAILED NOT_A_CSV: the first line must be id,name,amount/);
  const job = (await server.json('GET', `/v1/jobs/${idOf(client)}`)).data;
  assert.equal(job.attempts, 1);
});
