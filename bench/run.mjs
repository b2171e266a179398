// run.mjs - ringi beside other queues, on one machine, in one interleaved run.
//
//   make bench [BENCH_FLAGS="--passes 3"]
//   node bench/run.mjs [--passes 3] [--scratch DIR] [--peers LIST] [--limits] [--out docs/measurements]
//
// Without the other queues (see beside.mjs) only ringi is measured, with its own client. Writes latest.md and
// latest.jsonl.
import fs from 'node:fs';
import path from 'node:path';
import { EVERYTHING_HEAD, GOAL_HEAD, besidePeers, everything, goal, latencies, medians, notReady } from './beside.mjs';
import { RINGI, ROOT, Ringi, figure, machine, options, table } from './lib.mjs';

const o = options({ passes: 3, scratch: process.env.BENCH_SCRATCH ?? '', out: path.join(ROOT, 'docs/measurements'),
  peers: 'rabbitmq:quorum:native,beanstalkd:f0:native,bullmq:always,pgmq:b100,nats:file:native', limits: false,
  fifo: true, seconds: 4 });
const DURABILITY = 'fsync before the reply, group commit';
const rows = [];

// ---- measuring

const WORKLOADS = [
  ['W1_seq', 'send_rate', ['--workload', 'send', '--connections', 1, '--batch', 1]],
  ['W1_b1', 'send_rate', ['--workload', 'send', '--connections', 64, '--batch', 1]],
  ['W1_b10', 'send_rate', ['--workload', 'send', '--connections', 64, '--batch', 10]],
  ['W2', 'cycle_rate', ['--workload', 'cycle', '--connections', 64, '--batch', 10]],
  ['W3', 'rate', ['--workload', 'latency', '--rate', 1000]],
];
/** ringi with its own client: when there are no peers, and for what their harness does not know. */
async function alone() {
  for (let pass = 1; pass <= o.passes; pass++) {
    const server = await Ringi.start({ scratch: o.scratch || undefined });
    for (const [workload, rate, args] of WORKLOADS) {
      const r = await server.bench(...args, '--seconds', o.seconds);
      rows.push({ peer: 'ringi', variant: 'sqlite', durability: DURABILITY, client: 'ringi bench', pass, ...r, workload,
        rate: r[rate] });
      console.log(`pass ${pass}  ${workload.padEnd(8)} ${figure(r[rate])}  p50 ${r.p50_ms} ms  p99 ${r.p99_ms} ms`);
    }
    await server.stop();
  }
}

/** FIFO beside standard, and how a long line of groups is received. */
async function fifo() {
  for (let pass = 1; pass <= o.passes; pass++) {
    const server = await Ringi.start({ scratch: o.scratch || undefined });
    for (const [workload, args] of [['standard', []], ['fifo_1000_groups', ['--groups', 1000]],
      ['fifo_1000_waiting', ['--groups', 1000, '--count', 1000]],
        ['fifo_200000_waiting', ['--groups', 1000, '--count', 200000]]]) {
      const r = await server.bench('--count', 50000, ...args, '--seconds', 60);
      rows.push({ peer: 'ringi', variant: 'fifo', client: 'ringi bench', pass, ...r, workload, rate: r.cycle_rate });
      console.log(`pass ${pass}  ${workload.padEnd(20)} ${figure(r.cycle_rate)} cycles/s, drained at ${figure(r.drain_rate)}/s`);
    }
    await server.stop();
  }
}

// ---- what it means

const of = (...what) => medians(rows)(...what);
const ringi = (workload, field) => of('ringi', 'sqlite', workload, field);
const limit = (variant, workload) => of('limit', variant, workload);

/** [what, ringi's figure, name of the other, its figure, the ratio wanted] */
function goals() {
  const quorum = (w) => of('rabbitmq', 'quorum', w);
  return [
    ['one send in flight', ringi('W1_seq'), 'RabbitMQ quorum', quorum('W1_seq'), 2.5],
    ['one send in flight', ringi('W1_seq'), 'beanstalkd -f0', of('beanstalkd', 'f0', 'W1_seq'), 1],
    ['sends, 64 in flight', ringi('W1_b1'), 'RabbitMQ quorum', quorum('W1_b1'), 3],
    ['sends, 64 in flight', ringi('W1_b1'), 'a server that does nothing', limit('http-nginx-nload', 'send_c64_b1'),
      0.4],
    ['sends by tens', ringi('W1_b10'), 'RabbitMQ quorum', quorum('W1_b10'), 3],
    ['sends by tens', ringi('W1_b10'), 'raw SQLite, 1,000 a commit', limit('sqlite', 'insert_B1000'), 0.7],
    ['full cycle', ringi('W2'), 'RabbitMQ quorum', quorum('W2'), 2],
    ['full cycle', ringi('W2'), 'pgmq', of('pgmq', 'b100', 'W2'), 6],
    ['full cycle', ringi('W2'), 'BullMQ, appendfsync always', of('bullmq', 'always', 'W2'), 10],
    ['full cycle', ringi('W2'), 'NATS JetStream (syncs later)', of('nats', 'file', 'W2'), 1],
    ['full cycle', ringi('W2'), 'raw SQLite cycle', limit('sqlite-split-idx', 'cycle1_B100'), 0.6],
    ['FIFO, 1,000 groups', of('ringi', 'fifo', 'fifo_1000_groups'), 'standard queue', of('ringi', 'fifo', 'standard'),
      0.6],
    ['FIFO, 200,000 waiting, drained', of('ringi', 'fifo', 'fifo_200000_waiting', 'drain_rate'), '1,000 waiting',
      of('ringi', 'fifo', 'fifo_1000_waiting', 'drain_rate'), 0.9],
  ].map(goal);
}

function report(about) {
  const W3 = [ringi('W3', 'p50_ms'), ringi('W3', 'p99_ms')];
  return `# Side by side, measured ${about.date}

${table(['', ''], Object.entries(about).map(([k, v]) => [k, v]))}

Messages of 1 KiB; every process on the same machine, over the loopback. Medians of ${o.passes} interleaved
passes; \`sync_us\` is one fdatasync of 4 KiB. Take the ratios, not the absolute numbers: they are what survives
another machine. Made by \`make bench\`; the raw lines are in latest.jsonl.

## Goals

${table(GOAL_HEAD, goals())}

At a steady 1,000 messages a second, from send to handler: p50 ${figure(W3[0])} ms (wanted <= 0.5),
p99 ${figure(W3[1])} ms (wanted <= 3).

## All of them

Flushes: of the disk's cache, for 1,000 single sends: the proof of the durability column.

${table(EVERYTHING_HEAD, everything(rows, about.ringi.replace('ringi ', '')))}

## Send to handler

${table(['queue', 'p50 ms', 'p99 ms', 'at /s'], latencies(rows))}
`;
}

const missing = notReady(o.scratch);
if (missing) {
  console.log(`${missing} Only ringi is measured, with its own client.`);
  await alone();
} else {
  rows.push(...await besidePeers({ ...o, scratch: path.resolve(o.scratch), variant: 'sqlite', durability: DURABILITY,
    command: `${RINGI} serve --listen 127.0.0.1:{port} --data {dir} --auth off` }));
}
if (o.fifo) await fifo();
const text = report(await machine());
fs.mkdirSync(o.out, { recursive: true });
fs.writeFileSync(path.join(o.out, 'latest.md'), text);
fs.writeFileSync(path.join(o.out, 'latest.jsonl'), rows.map((r) => `${JSON.stringify(r)}\n`).join(''));
console.log(`\n${text}`);
