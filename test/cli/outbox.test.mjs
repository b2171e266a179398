// outbox.test.mjs - the samples of docs/clients/outbox, each run as a stranger would run it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { RINGI, run, start } from '../compat/lib.mjs';
import { skip as skipPostgres, startPostgres } from '../compat/postgres.mjs';
import { skipSqlite } from './relay_lib.mjs';

const SAMPLES = fileURLToPath(new URL('../../docs/clients/outbox/', import.meta.url));
const server = await start();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-samples-'));
after(async () => { await server.close(); fs.rmSync(folder, { recursive: true, force: true }); });

const env = (more = {}) => ({ RINGI_URL: server.url, RINGI, RINGI_SERVER: '', LC_ALL: 'C.UTF-8',
  PYTHONDONTWRITEBYTECODE: '1', NO_PROXY: '*', TMPDIR: folder, ...more });

test('killed at every step, the shop loses no order, ships none twice and none out of order',
  { timeout: 180_000, skip: skipSqlite }, async () => {
  const r = await run('/usr/bin/python3', [path.join(SAMPLES, 'every_step.py')], { cwd: folder, env: env(),
    limit: 170_000 });
  assert.equal(r.code, 0, r.stdout + r.stderr);
  assert.match(r.stdout, /nothing lost, nothing twice, nothing out of order\n$/);
  const [, application, relay, worker] = /'application': (\d+), 'relay': (\d+), 'worker': (\d+)/.exec(r.stdout);
  assert.ok(Number(application) === 5 && Number(relay) > 5 && Number(worker) > 20, r.stdout);
});

test('with PostgreSQL an order that is rolled back is not announced',
  { timeout: 60_000, skip: skipPostgres }, async (t) => {
  const db = await startPostgres();
  t.after(() => db.stop());
  const r = await run('sh', [path.join(SAMPLES, 'shop-postgres.sh')], { cwd: folder, env: env(db.env()) });
  assert.equal(r.code, 0, r.stderr);
  assert.equal(r.stdout.replaceAll('&quot;', '"'), 'sent: 2\nrefused: 0\nset_aside: 0\nwith_error: 0\n'
    + 'behind_them: 0\n<Body>{"item": "a book", "order": 1}</Body>\n'
    + '<Body>{"item": "a lamp, the \'good\' one", "order": 3}</Body>\n0 waiting\n');
});

test('the tables of the manual are the tables of the samples', () => {
  const page = fs.readFileSync(path.join(SAMPLES, '../../manual/relay.md'), 'utf8');
  for (const [, table] of page.matchAll(/```sql\n(create table [^]*?)```/g)) {
    const plain = (text) => text.replace(/--.*/g, '').replace(/\s+/g, ' ').replaceAll('if not exists ', '');
    const samples = ['sqlite.sql', 'postgres.sql'].map((f) => plain(fs.readFileSync(path.join(SAMPLES, f), 'utf8')));
    for (const statement of plain(table).split(';').map((s) => s.trim()).filter(Boolean))
      assert.ok(samples.some((s) => s.includes(statement)), statement);
  }
});
