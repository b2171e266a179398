// postgres.mjs - ringi on PostgreSQL beside other queues on PostgreSQL, and beside what PostgreSQL can do.
//
//   node bench/postgres.mjs --scratch DIR [--passes 3] [--peers LIST] [--limits] [--out docs/measurements]
//
// Each has a PostgreSQL of its own with the same settings, fsync on; see beside.mjs. pgmq needs its SQL file in
// PGMQ_SQL. Writes postgres.md and postgres.jsonl.
import fs from 'node:fs';
import path from 'node:path';
import { EVERYTHING_HEAD, GOAL_HEAD, besidePeers, everything, goal, latencies, medians, notReady } from './beside.mjs';
import { ROOT, machine, options, table } from './lib.mjs';

const o = options({ passes: 3, scratch: process.env.BENCH_SCRATCH ?? '', out: path.join(ROOT, 'docs/measurements'),
  peers: 'pgmq:b100,pgmq:b10,graphile:tuned,pgboss:notify', limits: false });
const missing = notReady(o.scratch);
if (missing) {
  console.error(missing);
  process.exit(2);
}
const rows = await besidePeers({ ...o, scratch: path.resolve(o.scratch), variant: 'postgres',
  durability: 'PostgreSQL fsync on, synchronous_commit on, group commit',
  command: `${process.execPath} ${path.join(ROOT, 'bench/on-postgres.mjs')} {port} {dir}`,
  env: { TMPDIR: path.resolve(o.scratch, 'data') } });

const of = medians(rows), ringi = (workload) => of('ringi', 'postgres', workload);
const limit = (workload) => of('limit', 'postgres', workload);
const goals = [
  ['full cycle', ringi('W2'), 'pgmq, by 100', of('pgmq', 'b100', 'W2'), 3],
  ['full cycle', ringi('W2'), 'graphile-worker, tuned', of('graphile-worker', 'tuned', 'W2'), 5],
  ['full cycle', ringi('W2'), 'pg-boss', of('pg-boss', 'notify', 'W2'), 5],
  ['full cycle', ringi('W2'), 'raw PostgreSQL, 500 a statement', limit('cycle3_B500_c1'), 0.6],
  ['sends by tens', ringi('W1_b10'), 'pgmq', of('pgmq', 'b10', 'W1_b10'), 4],
].map(goal);
const about = await machine();
const text = `# On PostgreSQL, measured ${about.date}

${table(['', ''], Object.entries(about).map(([k, v]) => [k, v]))}

Messages of 1 KiB; every process on the same machine, over the loopback; each queue with a PostgreSQL of its own,
with the same settings. Medians of ${o.passes} interleaved passes; \`sync_us\` is one fdatasync of 4 KiB. Take the
ratios, not the absolute numbers. Made by \`make bench-postgres\`; the raw lines are in postgres.jsonl.

## Goals

${table(GOAL_HEAD, goals)}

## All of them

Flushes: of the disk's cache, for 1,000 single sends: the proof of the durability column.

${table(EVERYTHING_HEAD, everything(rows, about.ringi.replace('ringi ', '')))}

## Send to handler

${table(['queue', 'p50 ms', 'p99 ms', 'at /s'], latencies(rows))}
`;
fs.mkdirSync(o.out, { recursive: true });
fs.writeFileSync(path.join(o.out, 'postgres.md'), text);
fs.writeFileSync(path.join(o.out, 'postgres.jsonl'), rows.map((r) => `${JSON.stringify(r)}\n`).join(''));
console.log(`\n${text}`);
