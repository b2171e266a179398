// relay_lib.mjs - outbox tables in SQLite and PostgreSQL, and relays that run beside a test.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { RINGI, run, until } from '../compat/lib.mjs';

const PYTHON = '/usr/bin/python3';
export const skipSqlite = fs.existsSync(PYTHON) ? false : `${PYTHON} is not installed`;

// Statements on standard input, one JSON array of statements; the rows of the last one come back.
const RUN_SQL = `
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)
db.row_factory = sqlite3.Row
text = sys.stdin.read()
if sys.argv[2] == 'rows':
    print(json.dumps([dict(r) for r in db.execute(text)]))
else:
    db.executescript(text)
`;

/** An SQLite file, used by Python as an application would. */
export class SqliteDatabase {
  constructor() {
    this.kind = 'sqlite';
    this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-outbox-'));
    this.file = path.join(this.dir, 'shop.db');
    this.flags = ['--sqlite', this.file];
  }

  async #python(how, text) {
    const r = await run(PYTHON, ['-c', RUN_SQL, this.file, how], { input: text });
    if (r.code !== 0) throw new Error(`${r.stderr.trim().split('\n').at(-1)} in: ${text}`);
    return r.stdout;
  }

  sql(text) { return this.#python('script', text); }
  async rows(query) { return JSON.parse(await this.#python('rows', query)); }
  async stop() { fs.rmSync(this.dir, { recursive: true, force: true }); }

  create(name = 'outbox', id = 'integer primary key autoincrement') {
    return this.sql(`create table ${name} (id ${id}, queue text, topic text, body text, message_group text,
      dedup_id text, attributes text, traceparent text, delay integer,
      created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')), sent_at text, error text)`);
  }
}

/** A PostgreSQL of the test, with the same verbs. */
export class PostgresDatabase {
  constructor(server) {
    this.kind = 'postgres';
    this.server = server;
    this.flags = ['--postgres', server.url];
  }

  sql(text) { return this.server.sql(text); }
  rows(query) { return this.server.rows(query); }
  stop() { return this.server.stop(); }

  create(name = 'outbox', id = 'bigint generated always as identity primary key') {
    return this.sql(`create table ${name} (id ${id}, queue text, topic text, body text, message_group text,
      dedup_id text, attributes jsonb, traceparent text, delay integer,
      created_at timestamptz not null default now(), sent_at timestamptz, error text)`);
  }
}

const quote = (v) => (v === null || v === undefined ? 'null' : typeof v === 'number' ? String(v)
  : `'${(typeof v === 'object' ? JSON.stringify(v) : v).replaceAll("'", "''")}'`);

/** One statement that inserts rows, given as objects. */
export function insert(table, ...rows) {
  const names = [...new Set(rows.flatMap((r) => Object.keys(r)))];
  const values = rows.map((r) => `(${names.map((n) => quote(r[n])).join(', ')})`).join(',\n');
  return `insert into ${table} (${names.join(', ')}) values ${values};`;
}

const ENV = { LC_ALL: 'C', RINGI_TOKEN: '', RINGI_POSTGRES: '' };

/** To its end: { code, stdout, stderr, said } where `said` is standard output read as JSON. */
export async function relayOnce(server, db, ...more) {
  const env = { ...ENV, RINGI_SERVER: server.url };
  const r = await run(RINGI, ['relay', ...db.flags, '--once', '--json', ...more], { env });
  return { ...r, said: r.stdout.startsWith('{"sent"') ? JSON.parse(r.stdout) : undefined };
}

const running = new Set();
process.on('exit', () => { for (const r of running) r.process.kill('SIGKILL'); });

/** A relay that stays. */
export class Relay {
  constructor(server, db, args = [], env = {}) {
    this.output = '';
    this.process = spawn(RINGI, ['relay', ...db.flags, '--poll-ms', '20', ...args],
      { env: { ...process.env, ...ENV, RINGI_SERVER: server.url, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.stdout = '';
    this.process.stdout.on('data', (d) => { this.stdout += d; });
    this.process.stderr.on('data', (d) => { this.output = (this.output + d).slice(-100_000); });
    this.exit = new Promise((done) => this.process.on('exit', (code, signal) => done(this.ended = { code, signal })));
    running.add(this);
  }

  says(what, limit) {
    return until(`the relay to say ${what}; it said:\n${this.output}`, () => {
      assert.ok(!this.ended || this.output.includes(what), `the relay ended: ${this.output}`);
      return this.output.includes(what);
    }, limit);
  }

  async stop() {
    if (!this.ended) this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 20_000);
    const ended = await this.exit;
    clearTimeout(timer);
    running.delete(this);
    assert.deepEqual(ended, { code: 0, signal: null }, this.output);
    return this.stdout;
  }

  async kill() {
    this.process.kill('SIGKILL');
    await this.exit;
    running.delete(this);
  }
}

/** A relay of one test: ended with it at the latest. */
export function relay(t, server, db, args, env) {
  const r = new Relay(server, db, args, env);
  t.after(() => (r.ended ? undefined : r.kill()));
  return r;
}

/** Everything in a queue, in the order of its receipt. */
export async function drain(server, QueueUrl) {
  const all = [];
  for (;;) {
    const some = await server.sqs.json.receive(QueueUrl, { AttributeNames: ['All'], MessageAttributeNames: ['All'] });
    if (some.length === 0) return all;
    for (const m of some) {
      all.push(m);
      await server.sqs.json.delete(QueueUrl, m);
    }
  }
}

export const bodies = (messages) => messages.map((m) => m.Body);
