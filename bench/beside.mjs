// beside.mjs - ringi measured in turn with other queues, by one harness, and what the figures say.
//
// The other queues are started and measured by a folder of peer scripts (RINGI_PEERS, or beside the checkout)
// with run.sh, setup.sh and sqs.mjs; a scratch folder is what their setup.sh filled. Ratios are taken between
// medians of one run: a disk and two cores that others share make absolute numbers worth little.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT, figure, median } from './lib.mjs';

const beside = path.resolve(ROOT, ...['..', 'shared', 'bench', 'peers']);
export const folder = process.env.RINGI_PEERS ?? (fs.existsSync(beside) ? beside : null);

/** Why the other queues cannot be measured, or null. */
export function notReady(scratch) {
  if (!folder) return 'No peer scripts (RINGI_PEERS).';
  if (scratch && fs.existsSync(path.join(scratch, 'bin/nload'))) return null;
  return `The peers are not set up: run ${path.join(folder, 'setup.sh')} FOLDER and give --scratch FOLDER.`;
}

function run(command, args, env) {
  return new Promise((done, fail) => {
    const p = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } });
    p.on('error', fail);
    p.on('exit', (code) => (code === 0 ? done() : fail(new Error(`${command} ${args.join(' ')}: exit ${code}`))));
  });
}

/** One pass after the other: ringi as `variant`, started by `command`, then each of `peers`. Gives the rows. */
export async function besidePeers({ scratch, passes, variant, command, durability, peers, limits, env = {} }) {
  const raw = path.join(scratch, `run-${process.pid}.jsonl`);
  const list = [`sqs:${variant}:native`, ...peers.split(',').filter(Boolean)];
  const all = { ...env, SQS_NAME: 'ringi', SQS_VARIANT: variant, SQS_DURABILITY: durability, SQS_CMD: command };
  for (let pass = 1; pass <= passes; pass++) {
    console.log(`pass ${pass} of ${passes}: ${list.join(' ')}`);
    await run('bash', [path.join(folder, 'run.sh'), scratch, raw, '1', ...list], all);
    if (limits) await run('bash', [path.join(folder, 'limits/run.sh'), scratch, raw, '1'], all);
  }
  const rows = fs.existsSync(raw) ? fs.readFileSync(raw, 'utf8').split('\n').filter(Boolean).map(JSON.parse) : [];
  fs.rmSync(raw, { force: true });
  return rows;
}

/** of(peer, variant, workload, field): the median over the passes; null where nothing was measured. */
export const medians = (rows) => (peer, variant, workload, field = 'rate') =>
  median(rows.filter((r) => r.peer === peer && r.variant === variant && r.workload === workload &&
    r[field] !== undefined).map((r) => r[field]));

export const GOAL_HEAD = ['what', 'ringi', 'beside', 'its figure', 'ratio', 'wanted', 'reached'];
/** A line of the table of goals; the ratio wanted is a minimum. */
export function goal([what, a, other, b, wanted]) {
  const ratio = a && b ? a / b : null;
  return [what, figure(a), other, figure(b), ratio ? `${ratio.toFixed(2)}x` : '-', `>= ${wanted}x`,
    ratio === null ? 'not measured' : ratio >= wanted ? 'yes' : 'NO'];
}

/** [queue, p50, p99, messages a second] of the steady load. */
export function latencies(rows) {
  const of = medians(rows);
  const steady = rows.filter((r) => r.workload === 'W3');
  return [...new Set(steady.map((r) => `${r.peer} ${r.variant}`))].map((name) => {
    const [peer, variant] = name.split(' ');
    return [name, figure(of(peer, variant, 'W3', 'p50_ms')), figure(of(peer, variant, 'W3', 'p99_ms')),
      figure(steady.find((r) => r.peer === peer && r.variant === variant).target ?? 1000)];
  });
}

export const EVERYTHING_HEAD = ['queue', 'version', 'an acknowledged send is', 'flushes', 'one in flight /s',
  '64 in flight /s', 'by tens /s', 'cycles /s', 'client'];
/** A server of SQS does not tell its version; ringi's is the program's. */
export function everything(rows, ringi) {
  const of = medians(rows);
  const keys = [...new Set(rows.filter((r) => /^W[12]/.test(r.workload)).map((r) => `${r.peer}\t${r.variant}`))];
  return keys.map((k) => {
    const [peer, variant] = k.split('\t');
    const own = rows.filter((r) => r.peer === peer && r.variant === variant);
    const flushes = median(own.filter((r) => r.workload === 'W1_b1' && r.n).map((r) => (1000 * r.disk_flushes) / r.n));
    return [`${peer} ${variant}`, peer === 'ringi' ? ringi : own[0].version ?? '', own[0].durability, figure(flushes),
      ...['W1_seq', 'W1_b1', 'W1_b10', 'W2'].map((w) => figure(of(peer, variant, w))), own[0].client];
  });
}
