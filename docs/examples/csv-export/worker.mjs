// worker.mjs - writes exports in parts. What is written stays: whoever goes on after a crash begins behind the last
// whole part. / CSV を部分ファイルに分けて書き、途中で落ちても書けた次の部分から続ける。
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rest } from '../rest.mjs';

const dir = process.env.EXPORTS ?? '/tmp/exports';
const pause = Number(process.env.PART_MS ?? 0);       // as slow as your database is
const dieAfter = Number(process.env.DIE_AFTER ?? -1); // for the test: kill -9 after so many parts
const lease_ms = 2000;

/** Row n of the table, by formula here; in your program a SELECT behind the last key of the part before. */
export const row = (n) => `${n},customer ${n % 97},${(n * 37) % 1000}\n`;

/** A part is either there as a whole, or not at all: written aside, synced, renamed. */
function writePart(file, from, to) {
  let text = '';
  for (let n = from; n <= to; n++) text += row(n);
  const f = fs.openSync(`${file}.new`, 'w');
  fs.writeSync(f, text);
  fs.fsyncSync(f);
  fs.closeSync(f);
  fs.renameSync(`${file}.new`, file);
}

/** Puts the parts together; again harmless when done twice. */
function bind(parts, file) {
  fs.writeFileSync(`${file}.new`, 'id,customer,amount\n');
  for (const p of parts) fs.appendFileSync(`${file}.new`, fs.readFileSync(p));
  fs.renameSync(`${file}.new`, file);
}

async function work({ id, lease, payload: { rows, part_rows } }) {
  const count = Math.ceil(rows / part_rows);
  const folder = path.join(dir, id);
  const parts = Array.from({ length: count }, (_, i) => path.join(folder, `part-${i}.csv`));
  fs.mkdirSync(folder, { recursive: true });
  const found = parts.filter((p) => fs.existsSync(p)).length;
  let written = 0;
  for (let i = found; i < count; i++) {
    writePart(parts[i], i * part_rows + 1, Math.min(rows, (i + 1) * part_rows));
    if (++written === dieAfter) process.kill(process.pid, 'SIGKILL');
    const { canceled } = await rest('POST', `/v1/jobs/${id}/heartbeat`,
      { lease, lease_ms, progress: (i + 1) / count, message: `part ${i + 1} of ${count}` });
    if (canceled) {
      fs.rmSync(folder, { recursive: true });
      await rest('POST', `/v1/jobs/${id}/fail`, { lease, retry: false,
        error: { code: 'STOPPED', message: `canceled after ${i + 1} of ${count} parts` } });
      return;
    }
    await sleep(pause);
  }
  bind(parts, path.join(dir, `${id}.csv`));
  await rest('POST', `/v1/jobs/${id}/complete`,
    { lease, result: { file: `${id}.csv`, rows, parts: count, found, written } });
  fs.rmSync(folder, { recursive: true });
}

await rest('PUT', '/v1/queues/exports', { track: true }); // who comes first makes it / 先に来た方が作る
for (;;) {
  const { jobs } = await rest('POST', '/v1/queues/exports/claim',
    { max: 1, wait_s: 20, lease_ms, worker: `export-${process.pid}` });
  for (const job of jobs) {
    // A lost lease is no fault of ours to repair: somebody else has the job, or it has ended. / 他の誰かが続ける。
    await work(job).catch((e) => { if (!['LEASE_LOST', 'JOB_FINAL'].includes(e.code)) throw e; });
  }
}
