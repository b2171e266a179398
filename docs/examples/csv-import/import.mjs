// import.mjs FILE | --cancel GROUP - hands a file over, and follows the import until its report is there.
// ファイルを渡し、グループの件数で進み具合を見て、報告を待つ。
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rest } from '../rest.mjs';

const dir = process.env.IMPORTS ?? '/tmp/imports';
const [what, group] = process.argv.slice(2);
if (what === '--cancel') {
  await rest('POST', `/v1/groups/${group}/cancel`, { reason: 'by the user' });
  process.exit(0);
}

for (const queue of ['imports', 'import-pieces'])
  await rest('PUT', `/v1/queues/${queue}`, { track: true, retry: { max_attempts: 5, backoff: { initial_ms: 200 } } });
await rest('PUT', '/v1/queues/import-reports', { track: true });
const { id } = await rest('POST', '/v1/queues/imports/jobs',
  { payload: { file: path.resolve(what), piece_bytes: Number(process.env.PIECE ?? 64 * 1024) } });
console.log(`import ${id}`);
const split = await rest('GET', `/v1/jobs/${id}?wait=60`);
if (split.state !== 'SUCCEEDED') {
  console.log(`${split.state} ${split.error?.code}: ${split.error?.message}`);
  process.exit(1);
}
const [piece] = (await rest('GET', `/v1/jobs?parent=${id}&limit=1`)).jobs;
console.log(`group ${piece.group}`);
const file = path.join(dir, id, 'report.json');
while (!fs.existsSync(file)) {
  const g = await rest('GET', `/v1/groups/${piece.group}`);
  console.log(`${g.total - g.open} of ${g.total}`);
  await sleep(100);
}
console.log(fs.readFileSync(file, 'utf8'));
