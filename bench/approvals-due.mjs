// approvals-due.mjs - many deadlines at one moment: how long until all are applied, and how long a
// vote takes meanwhile.
//
//     node bench/approvals-due.mjs [--approvals 100000] [--then escalate] [--ringi build/ringi]
//
// Opens that many approvals with one deadline in common, of the machine's own clock, and votes on
// others all the time. It is told: how long the opening took, from the deadline until none is
// PENDING any more, and the times of votes before and during that.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { approvals: { type: 'string', default: '100000' },
  then: { type: 'string', default: 'escalate' }, ringi: { type: 'string', default: 'build/ringi' },
  ahead: { type: 'string', default: '120' } } });
const COUNT = Number(values.approvals), AT_ONCE = 64;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'approvals-due-'));
const port = 20000 + process.pid % 20000;
const server = spawn(values.ringi, ['serve', '--data', folder, '--listen', `127.0.0.1:${port}`, '--auth', 'off'],
  { stdio: 'ignore' });
const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE + 4 });

function ask(method, at, who, body) {
  return new Promise((done, failed) => {
    const request = http.request({ host: '127.0.0.1', port, agent, method, path: at,
      headers: { 'content-type': 'application/json', 'x-ringi-user': who } }, (answer) => {
      let text = '';
      answer.on('data', (piece) => { text += piece; });
      answer.on('end', () => done({ status: answer.statusCode, data: text ? JSON.parse(text) : null }));
    });
    request.on('error', failed);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
async function ready() {
  for (let n = 0; n < 200; n++) {
    try {
      if ((await ask('GET', '/readyz', 'x')).status === 200) return;
    } catch { /* not yet */ }
    await pause(50);
  }
  throw new Error('the server does not come up');
}

const open = async (policy) => {
  const r = await ask('POST', '/v1/approvals', 'taro', { policy, subject: 'due' });
  if (r.status !== 201) throw new Error(`${r.status} ${JSON.stringify(r.data)}`);
  return r.data.id;
};
const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.floor(q * (list.length - 1))] ?? 0;

/** One vote after the other, each on an approval of its own. */
async function vote(times, going) {
  while (going()) {
    const id = await open({ need: 1, of: ['x'] }), from = performance.now();
    await ask('POST', `/v1/approvals/${id}/votes`, 'x', { do: 'approve' });
    times.push(performance.now() - from);
    await pause(10);
  }
}

try {
  await ready();
  const due = Date.now() + Number(values.ahead) * 1000, policy = { need: 2, of: ['a', 'b', 'c'], escalate_to: 'd',
    deadline: { at: new Date(due).toISOString(), then: values.then } };
  const lately = [];
  let left = COUNT;
  const began = Date.now();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) {
      lately.push(await open(policy));
      if (lately.length > 2 * AT_ONCE) lately.shift();
    }
  }));
  console.log(`opened ${COUNT} in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  if (Date.now() > due - 2000) throw new Error('the deadline came too soon: --ahead SECONDS');
  const before = [], during = [];
  await vote(before, () => Date.now() < due - 500);
  await pause(due - Date.now());
  let over = false;
  const voting = vote(during, () => !over);
  // They are applied in the order of their opening, of which AT_ONCE went on at once.
  for (const id of lately)
    while ((await ask('GET', `/v1/approvals/${id}`, 'x')).data.state === 'PENDING') await pause(20);
  const end = Date.now();
  over = true;
  await voting;
  console.log(`applied ${COUNT} (${values.then}) in ${((end - due) / 1000).toFixed(1)} s`);
  for (const [name, list] of [['before', before], ['during', during]])
    console.log(`votes ${name}: ${list.length}, median ${quantile(list, 0.5).toFixed(1)} ms, p99 `
      + `${quantile(list, 0.99).toFixed(1)} ms, worst ${quantile(list, 1).toFixed(1)} ms`);
} finally {
  agent.destroy();
  const ended = new Promise((done) => { server.once('exit', done); });
  server.kill('SIGTERM');
  await ended;
  fs.rmSync(folder, { recursive: true });
}
