// schema.test.mjs - both databases have the same tables, and PostgreSQL understands every
// statement: so that whoever adds one to SQLite's side is told what the other side lacks.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../compat/lib.mjs';
import { skip, startPostgres } from '../compat/postgres.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MIGRATIONS = path.join(ROOT, 'src/store/migrations');
const HERE = ['bigint', 'text', 'bytea'];
const ELSEWHERE = { INTEGER: 'bigint', TEXT: 'text', BLOB: 'bytea' };
// Of the driver itself.
const LEASE = 'create table lease (partition_id bigint primary key, node text not null, epoch bigint not null);';
let db;

const migrations = (driver) => {
  const folder = path.join(MIGRATIONS, driver);
  return fs.readdirSync(folder).sort().map((f) => fs.readFileSync(path.join(folder, f), 'utf8')).join('\n');
};

/** What SQLite made of its migrations: { table: { columns, key, indexes } }. */
async function sqlite() {
  const program = `
import json, re, sqlite3, sys
db = sqlite3.connect(':memory:')
db.executescript(sys.stdin.read())
tables = {}
for name, sql in db.execute("select name, sql from sqlite_master where type = 'table' and name not like 'sqlite%'"):
    columns = list(db.execute(f'select name, type, "notnull", dflt_value, pk from pragma_table_info(?)', [name]))
    indexes = {}
    for index, unique, origin in db.execute('select name, "unique", origin from pragma_index_list(?)', [name]):
        on = [c for c, in db.execute('select name from pragma_index_info(?)', [index])]
        if origin == 'c':
            made, = db.execute('select sql from sqlite_master where name = ?', [index]).fetchone()
            indexes[index] = [bool(unique), on, made.partition(' where ')[2]]
        elif origin == 'u':
            indexes['unique ' + ' '.join(on)] = [True, on, '']
    tables[name] = dict(columns=[c[:4] for c in columns],
        key=[c[0] for c in sorted(columns, key=lambda c: c[4]) if c[4]], checks=len(re.findall(r'check \\(', sql)),
        indexes=indexes)
print(json.dumps(tables))`;
  const r = await run('python3', ['-c', program], { input: migrations('sqlite') });
  assert.equal(r.code, 0, r.stderr);
  return JSON.parse(r.stdout);
}

/** The same of PostgreSQL. */
async function postgres() {
  const tables = {};
  for (const { relname, columns, key, checks } of await db.rows(`
    select relname,
           (select json_agg(json_build_array(attname, format_type(atttypid, atttypmod), attnotnull,
                     pg_get_expr(adbin, adrelid), collname) order by attnum)
              from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
              left join pg_collation l on l.oid = attcollation
             where attrelid = c.oid and attnum > 0 and not attisdropped) as columns,
           (select json_agg(attname order by array_position(conkey, attnum)) from pg_constraint
              join pg_attribute on attrelid = c.oid and attnum = any(conkey)
             where conrelid = c.oid and contype = 'p') as key,
           (select count(*) from pg_constraint where conrelid = c.oid and contype = 'c') as checks
      from pg_class c where relkind = 'r' and relnamespace = 'ringi'::regnamespace`)) {
    tables[relname] = { columns, key: key ?? [], checks, indexes: {} };
  }
  for (const { table, name, unique, own, columns, condition } of await db.rows(`
    select indrelid::regclass::text as table, indexrelid::regclass::text as name, indisunique as unique,
           exists (select 1 from pg_constraint where conindid = indexrelid) as own,
           (select json_agg(pg_get_indexdef(indexrelid, n, true) order by n) from generate_series(1, indnatts) n)
             as columns, pg_get_expr(indpred, indrelid, true) as condition
      from pg_index join pg_class c on c.oid = indexrelid
     where c.relnamespace = 'ringi'::regnamespace and not indisprimary`)) {
    tables[table].indexes[own ? `unique ${columns.join(' ')}` : name] = [unique, columns, condition ?? ''];
  }
  return tables;
}

/** The statements as the generator gives them to the driver: [{ name, text }]. */
async function statements() {
  const out = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-statements-'));
  try {
    const sql = path.join(ROOT, 'src/store/sql');
    const files = fs.readdirSync(sql).map((f) => path.join(sql, f));
    const made = await run(process.execPath, [path.join(ROOT, 'tools/statements.mjs'), out, ...files]);
    assert.equal(made.code, 0, made.stderr);
    const c = fs.readFileSync(path.join(out, 'statements.c'), 'utf8');
    const text = /^\t\[STMT_\w+\] = \{ "(\w+)",\n(?:\t\t {2}".*"\n?)+,\n((?:\t\t {2}".*"\n?)+),$/gm;
    return [...c.matchAll(text)].map(([, name, lines]) =>
      ({ name, text: lines.trim().split('\n').map((l) => JSON.parse(l.trim())).join('') }));
  } finally {
    fs.rmSync(out, { recursive: true });
  }
}

before(async () => {
  if (skip) return;
  db = await startPostgres({ settings: { fsync: 'on' } });
  await db.sql(`create schema ringi; alter role ${db.user} set search_path = ringi, pg_catalog;`);
  await db.sql(`begin; ${LEASE} ${migrations('postgres')} commit;`);
});
after(() => db?.stop());

test('migrations of both have the same names', () => {
  const [a, b] = ['sqlite', 'postgres'].map((d) => fs.readdirSync(path.join(MIGRATIONS, d)).sort());
  assert.deepEqual(b, a);
});

test('both have the same tables, columns, keys and indexes', { skip }, async () => {
  const [want, have] = [await sqlite(), await postgres()];
  assert.ok(Object.keys(want).length > 50);
  assert.deepEqual(Object.keys(have).sort(), Object.keys(want).sort());
  const plain = (e) => (e ?? '').replace(/::\w+(\[\])?( COLLATE "C")?|[()'\s]/g, '').toLowerCase()
    .replace(/=anyarray\[(.*)\]/, 'in$1').replaceAll('<>', '!=');
  for (const [name, w] of Object.entries(want)) {
    if (name === 'lease') continue;
    const h = have[name];
    const columns = w.columns.map(([column, type, fixed, value]) =>
      [column, ELSEWHERE[type], Boolean(fixed) || w.key.includes(column), plain(value)]);
    assert.deepEqual(h.columns.map(([c, t, n, v]) => [c, t, n, plain(v)]), columns, `columns of ${name}`);
    assert.deepEqual(h.key, w.key, `primary key of ${name}`);
    assert.equal(h.checks, w.checks, `check constraints of ${name}`);
    assert.deepEqual(Object.keys(h.indexes).sort(), Object.keys(w.indexes).sort(), `indexes of ${name}`);
    for (const [index, [unique, on, where]] of Object.entries(w.indexes)) {
      const [u, o, cond] = h.indexes[index];
      // Of an expression SQLite tells no name.
      assert.deepEqual([u, o.map((c, i) => (on[i] === null ? null : c))], [unique, on], `index ${index}`);
      assert.equal(plain(cond), plain(where), `condition of ${index}`);
    }
    for (const [column, type, , , collation] of h.columns)
      if (type === 'text') assert.equal(collation, 'C', `${name}.${column}: texts are in the order of bytes`);
  }
});

test('the views are the same', { skip }, async () => {
  const names = (driver) => [...migrations(driver).matchAll(/^create view (\w+)/gm)].map((m) => m[1]);
  assert.deepEqual(names('postgres'), names('sqlite'));
});

test('PostgreSQL understands every statement, and its parameters are of three types', { skip }, async () => {
  const all = (await statements()).filter(({ text }) => !/^(begin|commit)\b/.test(text));
  assert.ok(all.length > 500, `${all.length} statements`);
  await db.sql(all.map(({ name, text }) => `prepare ${name} as ${text};`).join('\n') + `
    do $$ declare bad text; begin
      select string_agg(name || ' ' || parameter_types::text, ', ') into bad from pg_prepared_statements
       where exists (select 1 from unnest(parameter_types) t where t::text not in ('${HERE.join("', '")}'));
      if bad is not null then raise exception 'parameters of another type: %', bad; end if;
    end $$;`);
});

test('records of the audit log stay as they are', { skip }, async () => {
  await db.sql(`insert into audit (seq, at, principal, action, resource, address, hash)
                values (1, 0, 'a', 'b', 'c', 'd', '\\x00'), (2, 0, 'a', 'b', 'c', 'd', '\\x00')`);
  for (const change of ['update audit set principal = \'x\'', 'update audit set address = \'x\'', 'truncate audit'])
    await assert.rejects(db.sql(change), /audit records do not change/, change);
  await assert.rejects(db.sql('delete from audit where seq = 1'), /from the front only/);
  await db.sql('update audit set address = null where seq = 1');
  await db.sql("insert into audit_base (id, seq, hash, at) values (0, 1, '\\x00', 0); delete from audit where seq = 1");
  assert.equal(await db.sql('select seq from audit'), '2');
});

test('patterns mean the same', { skip }, async () => {
  const ask = ([pattern, text]) => `glob('${pattern}', '${text}')`;
  const cases = [['a.*', 'a.b', 1], ['a.*', 'axb', 0], ['a?[bc]', 'axb', 1], ['$1*', '$1x', 1], ['a\\b', 'a\\b', 1],
    ['*', '', 1], ['queue.*', 'Queue.create', 0], ['a|b', 'a', 0], ['(a)', 'a', 0], ['a*b', 'a\nb', 1]];
  const here = await db.sql(cases.map((c) => `select ${ask(c)};`).join('\n'));
  assert.deepEqual(here.split('\n').map(Number), cases.map((c) => c[2]));
  const r = await run('python3', ['-c', `
import sqlite3, sys
db = sqlite3.connect(':memory:')
print(*[v for v in db.execute(sys.stdin.read()).fetchone()])`], { input: `select ${cases.map(ask).join(', ')}` });
  assert.deepEqual(r.stdout.trim().split(' ').map(Number), cases.map((c) => c[2]), r.stderr);
});
