// centre.mjs - calls are given to operators at once; what can wait goes into a queue.
// 着信は即座にオペレーターへ。録音の暗号化と記録は後で行う。
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { rest } from '../rest.mjs';

const dir = process.env.CALLS ?? '/tmp/calls', later = path.join(dir, 'to-submit');
fs.mkdirSync(later, { recursive: true });
const operators = Array.from({ length: Number(process.env.OPERATORS ?? 20) }, (_, i) => `operator-${i + 1}`);
const free = [...operators], calls = new Map();

const json = (res, status, data) =>
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(data));

const submit = (call) => rest('POST', '/v1/queues/recordings/jobs', { payload: call }, { 'Idempotency-Key': call.id });

/** A row before the deed: what is in this folder was not submitted, or nobody knows whether it was. */
async function submitOrKeep(call) {
  const file = path.join(later, `${call.id}.json`);
  fs.writeFileSync(file, JSON.stringify(call));
  try {
    await submit(call);
    fs.rmSync(file, { force: true });
  } catch { /* again below: the key makes it one job / 後で同じ鍵で送る */ }
}

setInterval(async () => {
  for (const name of fs.readdirSync(later)) {
    const file = path.join(later, name);
    try {
      await submit(JSON.parse(fs.readFileSync(file, 'utf8')));
      fs.rmSync(file, { force: true });
    } catch { /* gone meanwhile, or the next time */ }
  }
}, Number(process.env.AGAIN_MS ?? 1000)).unref();

async function answer(req, res) {
  const id = req.url.split('/')[2];
  if (req.method === 'POST') {
    const operator = free.shift();
    if (!operator) return json(res, 503, { detail: 'all operators are talking' });
    const call = { id: randomUUID(), operator, began: Date.now() };
    calls.set(call.id, call);
    return json(res, 201, call);
  }
  const call = calls.get(id);
  if (!call) return json(res, 404, { detail: 'no such call' });
  calls.delete(id);
  free.push(call.operator);
  fs.writeFileSync(path.join(dir, `${id}.wav`), Buffer.concat(await req.toArray()));
  await submitOrKeep(call);
  return json(res, 202, { id });
}

const server = http.createServer((req, res) =>
  answer(req, res).catch((e) => json(res, 500, { detail: e.message })));
server.listen(Number(process.env.PORT ?? 8082), '127.0.0.1',
  () => console.log(`listening on ${server.address().port}`));
