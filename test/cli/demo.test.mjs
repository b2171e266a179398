// demo.test.mjs - the demo is a test of everything: its counts must add up, in both languages.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { RINGI, freePort, request, story, until } from '../compat/lib.mjs';
import { folder, ringi } from './lib.mjs';

const ORDERS = fileURLToPath(new URL('orders.csv', import.meta.url)); // 633 rows: 6 broken numbers, 3 without a name
const CLAIMS = fileURLToPath(new URL('../../src/cli/demo_claims.csv', import.meta.url));
const listen = async () => `127.0.0.1:${await freePort()}`;

story('a CSV goes through the queue and the counts add up', async () => {
  const dir = path.join(folder(), 'demo');
  const r = await ringi(['demo', ORDERS, '--once', '--data', dir, '--listen', await listen()]);
  assert.equal(r.code, 0, r.stdout + r.stderr);
  assert.match(r.stdout, /orders 120 = 114 done \+ 6 dead, payments 40 = 28 done \+ 12 dead, one warehouse blocked\.\nThe counts add up\./);
  assert.match(r.stdout, /BAD_NUMBER +6 /);
  assert.match(r.stdout, /MISSING_NAME +3 /);
  assert.match(r.stdout, /rows in +633\n= results +630 +\(6 of them mended and sent back\)\n\+ discarded +3\nleft in queues +0\nThe counts add up\./);
  assert.match(r.stdout, /throughput +\d+ rows\/s/);
  assert.match(r.stdout, /longest wait +\d+ ms/);
  const result = fs.readFileSync(path.join(dir, 'result.csv'), 'utf8').trim().split('\n').slice(1);
  const rows = result.map((line) => Number(line.split(',')[0])).sort((a, b) => a - b);
  assert.deepEqual(rows, Array.from({ length: 633 }, (_, i) => i + 1).filter((n) => n % 211 !== 0));
  assert.match(result.find((l) => l.startsWith('97,')), /^97,97,291,/, 'a mended number is the one of the file');
  // The claims, from their file by the rules that the demo tells.
  assert.match(r.stdout, /claims +36\n= settled +33 +\(1873632 yen, .*\)\n\+ rejected +2\n\+ withdrawn +1\nThe counts add up\./);
  assert.match(r.stdout, /2 corrected and sent again, [1-9]\d* votes by a delegate/);
  const wanted = fs.readFileSync(CLAIMS, 'utf8').trim().split('\n').slice(1).map((line) => line.split(','))
    .filter((c) => !(c[4] === 'entertainment' && c[5] > 50_000) && !(c[4] === 'postage' && c[5] < 1000));
  const settled = fs.readFileSync(path.join(dir, 'settlement.csv'), 'utf8').trim().split('\n').slice(1)
    .map((line) => line.split(','));
  assert.deepEqual(settled.map(([id, who, , amount]) => [id, who, amount]).sort(),
    wanted.map(([id, who, , , , amount]) => [id, who, amount]).sort());
  assert.equal((await ringi(['check', '--data', dir])).code, 0);
});

story('the default input is real and the temporary folder goes away', async () => {
  const r = await ringi(['demo', '--once', '--rows', '500', '--listen', await listen()]);
  assert.equal(r.code, 0, r.stdout + r.stderr);
  assert.match(r.stdout, /The counts add up\./);
  const dir = /data (\S+)/.exec(r.stdout)[1];
  assert.ok(!fs.existsSync(dir), dir);
});

story('it speaks Japanese to those who do', async () => {
  const r = await ringi(['demo', ORDERS, '--once', '--listen', await listen()],
    { env: { LC_ALL: '', LC_MESSAGES: '', LANG: 'ja_JP.UTF-8' } });
  assert.equal(r.code, 0, r.stdout + r.stderr);
  assert.equal(r.stdout.match(/件数は一致しました。/g).length, 3);
  assert.match(r.stdout, /経費申請 +36\n= 精算 +33 /);
});

story('without --once it stays, can be looked at, and ends in order on Ctrl-C', async (t) => {
  const at = await listen();
  const p = spawn(RINGI, ['demo', ORDERS, '--listen', at, '--speed', '2000'], { env: { ...process.env, LC_ALL: 'C' } });
  t.after(() => p.kill('SIGKILL'));
  let said = '';
  p.stdout.on('data', (d) => { said += d; });
  p.stderr.on('data', (d) => { said += d; });
  const ended = new Promise((done) => { p.on('close', (code) => done(code)); });
  await until('the end of the story', () => /Ctrl-C ends it/.test(said), 20_000);
  assert.equal((await request(`http://${at}`, { path: '/v1/queues' })).status, 401, 'it asks who one is');
  const data = /data (\S+)/.exec(said)[1], token = fs.readFileSync(path.join(data, 'admin.token'), 'utf8').trim();
  const r = await request(`http://${at}`, { path: '/v1/queues', headers: { authorization: `Bearer ${token}` } });
  const queues = Object.fromEntries(JSON.parse(r.text).queues.map((q) => [q.name, q]));
  assert.deepEqual(['rows', 'rows-dlq', 'payments-dlq', 'invoices'].map((n) => queues[n].visible), [0, 0, 12, 48]);
  const stock = await request(`http://${at}`,
    { path: '/v1/queues/stock.fifo', headers: { authorization: `Bearer ${token}` } });
  assert.deepEqual(JSON.parse(stock.text).blocked.map((b) => b.group), ['osaka']);
  p.kill('SIGINT');
  assert.equal(await ended, 0, said);
  await assert.rejects(request(`http://${at}`, { path: '/readyz' }), 'the server has gone with it');
});

story('what is left to the person is decided by the person, and then settled', async (t) => {
  const at = await listen();
  const p = spawn(RINGI, ['demo', ORDERS, '--listen', at], { env: { ...process.env, LC_ALL: 'C' } });
  t.after(() => p.kill('SIGKILL'));
  let said = '';
  p.stdout.on('data', (d) => { said += d; });
  p.stderr.on('data', (d) => { said += d; });
  const ended = new Promise((done) => { p.on('close', (code) => done(code)); });
  await until('the person is asked', () => /The rest is yours/.test(said), 40_000);
  await until('the links', () => /Ctrl-C ends it/.test(said), 20_000);
  const links = Object.fromEntries([...said.matchAll(/http:\/\/(\w+)\.localhost:\d+\/login#(\S+)/g)].map((m) =>
    [m[1], m[2]]));
  assert.deepEqual(Object.keys(links), ['aoki', 'suzuki', 'mori', 'okada', 'yamamoto', 'ito']);
  const send = (method, where, headers, body) => request(`http://${at}`, { method, path: where,
    headers: { 'content-type': 'application/json', 'x-ringi-csrf': 'none', ...headers },
      body: body && JSON.stringify(body) });
  const sessions = {};
  for (const [who, link] of Object.entries(links)) {
    const r = await send('POST', '/v1/sessions', {}, { link });
    assert.equal(r.status, 201, r.text);
    assert.equal((await send('POST', '/v1/sessions', {}, { link })).status, 401, 'a link logs in once');
    sessions[who] = { cookie: r.headers['set-cookie'][0].split(';')[0], 'x-ringi-csrf': JSON.parse(r.text).csrf };
  }
  const as = async (who, method, where, body) => JSON.parse((await send(method, where, sessions[who], body)).text);
  // Each may what their part needs, and no more.
  const may = async (who, where) => (await send('GET', where, sessions[who])).status;
  assert.deepEqual(await Promise.all(['aoki', 'suzuki', 'mori', 'okada'].map((who) => may(who, '/v1/queues/payments'))),
    [403, 403, 403, 200]);
  assert.deepEqual(await Promise.all(['aoki', 'suzuki', 'mori', 'okada'].map((who) => may(who, '/v1/audit'))),
    [403, 403, 200, 200]);
  assert.equal((await as('aoki', 'GET', '/v1/approvals?state=RETURNED')).approvals.length, 1);
  let voted = 0;
  for (const who of ['suzuki', 'yamamoto', 'ito']) {
    for (const item of (await as(who, 'GET', '/v1/inbox?limit=200')).items) {
      voted += (await as(who, 'POST', `/v1/approvals/${item.id}/votes`, { do: 'approve' })).outcome === 'ok';
    }
  }
  assert.ok(voted > 0);
  await until('the settlement', () => /= settled +\d/.test(said), 20_000);
  assert.match(said, /claims +36\n= settled +\d+ .*\n\+ rejected +\d+\n\+ withdrawn +1\nThe counts add up\./);
  p.kill('SIGINT');
  assert.equal(await ended, 0, said);
});

story('--reset begins anew where a demo was, and nowhere else', async () => {
  const dir = folder(), demo = path.join(dir, 'demo'), other = path.join(dir, 'other');
  const run = async (...more) => ringi(['demo', ORDERS, '--once', '--listen', await listen(), ...more]);
  assert.equal((await run('--data', demo)).code, 0);
  const again = await run('--data', demo);
  assert.equal(again.code, 2);
  assert.match(again.stderr, /holds a demo already: --reset begins anew/);
  const reset = await run('--data', demo, '--reset');
  assert.equal(reset.code, 0, reset.stdout + reset.stderr);
  fs.mkdirSync(other);
  fs.writeFileSync(path.join(other, 'ledger.db'), 'precious');
  const refused = await run('--data', other, '--reset');
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /not empty and no demo's/);
  assert.equal(fs.readFileSync(path.join(other, 'ledger.db'), 'utf8'), 'precious');
  assert.equal((await run('--reset')).code, 2, 'which one is said');
});

story('input that cannot be is refused with a sentence', async () => {
  const dir = folder(), empty = path.join(dir, 'empty.csv'), latin = path.join(dir, 'latin.csv');
  fs.writeFileSync(empty, 'name,amount\n');
  fs.writeFileSync(latin, Buffer.from([0x6e, 0x0a, 0xe9, 0x0a]));
  for (const [file, pattern] of [[empty, /no rows/], [latin, /not UTF-8/],
    [path.join(dir, 'none.csv'), /cannot be read/]]) {
    const r = await ringi(['demo', file, '--once']);
    assert.equal(r.code, 2, r.stderr);
    assert.match(r.stderr, pattern);
  }
});

story('a port that is taken stops the demo with a sentence', async (t) => {
  const at = await listen();
  const p = spawn(RINGI, ['serve', '--data', path.join(folder(), 'd'), '--auth', 'off', '--listen', at]);
  t.after(() => p.kill('SIGKILL'));
  await until('the other server', () => request(`http://${at}`, { path: '/readyz' }).then((r) => r.status === 200,
    () => false));
  const r = await ringi(['demo', ORDERS, '--once', '--listen', at]);
  assert.ok(r.code === 2 || r.code === 3, `${r.code} ${r.stdout}${r.stderr}`);
});
