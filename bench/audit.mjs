// audit.mjs - what the audit log costs, and how fast it is verified.
//
//   node bench/audit.mjs [--records 300000]
//
// The cost is the engine's time for each record beside the same batches without (build/test/audit/
// cost_tool: the server without sockets). Verification is that of `ringi audit verify`, of the
// folder that was written and of its export, process start included.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { options } from './lib.mjs';

const o = options({ records: 300_000, votes: 5_000 });
const ringi = path.resolve(process.env.RINGI ?? 'build/ringi');
const tool = path.join(path.dirname(ringi), 'test/audit/cost_tool');
const big = { maxBuffer: 64 << 20 };

for (const perBatch of [1, 8, 64]) {
  const r = JSON.parse(execFileSync(tool, [String(Math.min(o.records, 50_000)), String(perBatch)], big));
  const share = (r.us_a_record * o.votes) / 1e6;
  console.log(`${perBatch} records a batch: ${r.us_a_record} us each; at ${o.votes} a second ${(100 * share).toFixed(1)} % of the engine's time`);
}
const { folder } = JSON.parse(execFileSync(tool, [String(o.records), '64', 'keep'], big));
const file = path.join(os.tmpdir(), `audit-${process.pid}.jsonl`);
try {
  const rate = (what, args) => {
    const began = performance.now();
    const said = JSON.parse(execFileSync(ringi, ['audit', 'verify', '--json', ...args], big));
    const s = (performance.now() - began) / 1000;
    console.log(`${what}: ${said.result}, ${said.records} records in ${s.toFixed(2)} s, ${Math.round(said.records / s)} a second`);
  };
  rate('folder', ['--folder', folder]);
  fs.writeFileSync(file, execFileSync(ringi, ['audit', 'export', '--folder', folder], { maxBuffer: 4 * 2 ** 30 }));
  console.log(`export: ${Math.round(fs.statSync(file).size / o.records)} bytes a record`);
  rate('export', [file]);
} finally {
  fs.rmSync(file, { force: true });
  fs.rmSync(folder, { recursive: true, force: true });
}
