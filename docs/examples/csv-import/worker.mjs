// worker.mjs - splits files, takes pieces in, writes reports. As many of it as you like.
// ファイルを分け、断片を取り込み、報告を書く。断片は何度試しても一度だけ入る。
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rest } from '../rest.mjs';

const dir = process.env.IMPORTS ?? '/tmp/imports';
const pause = Number(process.env.PIECE_MS ?? 0);      // as slow as your database is
const dieAfter = Number(process.env.DIE_AFTER ?? -1); // for the test: kill -9 in the middle of that piece
const lease_ms = 2000;
const HEAD = 'id,name,amount';

/** Worse luck than trying again could mend. */
const hopeless = (code, message) => Object.assign(new Error(message), { code, final: true });

/** What is written aside and renamed is there as a whole, once. */
function put(file, text) {
  fs.writeFileSync(`${file}.new`, text);
  fs.renameSync(`${file}.new`, file);
}

/** Pieces that end where a line ends: [from, to) in bytes. */
function cut(file, size) {
  const f = fs.openSync(file), { size: all } = fs.fstatSync(f), room = Buffer.alloc(64 * 1024), pieces = [];
  try {
    const head = room.toString('utf8', 0, fs.readSync(f, room, 0, room.length, 0)).split('\n')[0];
    if (head !== HEAD) throw hopeless('NOT_A_CSV', `the first line must be ${HEAD}`);
    for (let from = HEAD.length + 1; from < all;) {
      let to = Math.min(all, from + size);
      for (let end = -1; to < all && end < 0;) {
        const n = fs.readSync(f, room, 0, room.length, to);
        end = room.subarray(0, n).indexOf(10);
        to += end < 0 ? n : end + 1;
      }
      pieces.push([from, to]);
      from = to;
    }
    return pieces;
  } finally {
    fs.closeSync(f);
  }
}

async function split({ id, payload: { file, piece_bytes } }) {
  if (!fs.existsSync(file)) throw hopeless('NO_SUCH_FILE', file);
  fs.mkdirSync(path.join(dir, id), { recursive: true });
  const pieces = cut(file, piece_bytes);
  if (pieces.length === 0) throw hopeless('EMPTY', 'there is no row');
  if (pieces.length > 1000) throw hopeless('TOO_MANY_PIECES', `${pieces.length} pieces: make them larger`);
  const child = ([from, to], n) => ({ queue: 'import-pieces', payload: { import: id, file, from, to, n } });
  return { children: pieces.map(child),
    group: { on_done: { queue: 'import-reports', payload: { import: id, pieces: pieces.length } } } };
}

/** A row, or why it is none. */
function row(line) {
  const [id, name, amount, ...more] = line.split(',');
  if (more.length || amount === undefined) return { why: 'three columns are wanted' };
  if (!/^\d+$/.test(id)) return { why: 'id is no number' };
  if (!/^-?\d+$/.test(amount)) return { why: 'amount is no number' };
  return { id: Number(id), name, amount: Number(amount) };
}

let taken = 0;
async function piece({ id, lease, payload: { import: of, file, from, to, n } }) {
  const f = fs.openSync(file), bytes = Buffer.alloc(to - from);
  fs.readSync(f, bytes, 0, bytes.length, from);
  fs.closeSync(f);
  const rows = bytes.toString('utf8').split('\n').filter(Boolean).map((line) => ({ line, ...row(line) }));
  if (++taken === dieAfter) process.kill(process.pid, 'SIGKILL');
  await sleep(pause);
  const { canceled } = await rest('POST', `/v1/jobs/${id}/heartbeat`, { lease, lease_ms });
  if (canceled) throw hopeless('STOPPED', 'canceled');
  const good = rows.filter((r) => !r.why), bad = rows.filter((r) => r.why);
  put(path.join(dir, of, `piece-${n}.jsonl`), good.map((r) => `${JSON.stringify([r.id, r.name, r.amount])}\n`).join(''));
  return { result: { rows: good.length, amount: good.reduce((sum, r) => sum + r.amount, 0),
    bad: bad.slice(0, 100).map(({ line, why }) => ({ line, why })), bad_count: bad.length } };
}

/** on_done: the payload is what the group was given, and how it ended. */
async function report({ payload }) {
  const { import: of, pieces } = payload.payload ?? payload;
  const { group } = (await rest('GET', `/v1/jobs?parent=${of}&limit=1`)).jobs[0];
  const all = { state: 'SUCCEEDED', rows: 0, amount: 0, bad_count: 0, bad: [], missing: [] };
  for (let cursor = ''; cursor !== undefined;) {
    const page = await rest('GET', `/v1/jobs?group=${group}&limit=200${cursor && `&cursor=${cursor}`}`);
    for (const j of page.jobs) {
      const { payload: p, result } = await rest('GET', `/v1/jobs/${j.id}`);
      if (j.state !== 'SUCCEEDED') { all.state = 'INCOMPLETE'; all.missing.push(p.n); continue; }
      for (const what of ['rows', 'amount', 'bad_count']) all[what] += result[what];
      all.bad.push(...result.bad);
    }
    cursor = page.cursor;
  }
  put(path.join(dir, of, 'report.json'), JSON.stringify({ ...all, pieces }));
  return { result: { state: all.state } };
}

async function serve(queue, work) {
  for (;;) {
    const { jobs } = await rest('POST', `/v1/queues/${queue}/claim`, { wait_s: 20, lease_ms, worker: `import-${process.pid}` })
      .catch((e) => { if (e.code !== 'NO_SUCH_QUEUE') throw e; return sleep(100, { jobs: [] }); });
    for (const job of jobs) {
      try {
        await rest('POST', `/v1/jobs/${job.id}/complete`, { lease: job.lease, ...await work(job) });
      } catch (e) {
        if (['LEASE_LOST', 'JOB_FINAL'].includes(e.code)) continue; // somebody else has it
        await rest('POST', `/v1/jobs/${job.id}/fail`, { lease: job.lease, retry: !e.final,
          error: { code: e.code ?? 'FAILED', message: e.message } });
      }
    }
  }
}

await Promise.all([serve('imports', split), serve('import-pieces', piece), serve('import-reports', report)]);
