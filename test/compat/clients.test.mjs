// clients.test.mjs - the samples of docs/clients, each run as a stranger would run it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ACCOUNT, run, start, until } from './lib.mjs';

const SAMPLES = fileURLToPath(new URL('../../docs/clients/', import.meta.url));
const MODULES = fileURLToPath(new URL('../node_modules', import.meta.url));
const LIMIT_MS = 60_000;

const server = await start();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-clients-'));
// Samples find their packages as in a reader's own folder. / node_modules beside a copy of them
fs.cpSync(SAMPLES, folder, { recursive: true });
fs.symlinkSync(MODULES, path.join(folder, 'node_modules'));
after(async () => { await server.close(); fs.rmSync(folder, { recursive: true, force: true }); });

const env = (more = {}) => ({ RINGI_URL: server.url, AWS_ACCESS_KEY_ID: 'try', AWS_SECRET_ACCESS_KEY: 'try',
  AWS_DEFAULT_REGION: 'us-east-1', AWS_REGION: 'us-east-1', AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null', LC_ALL: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1', NO_PROXY: '*', ...more });

async function sample(file, args, more) {
  const r = await run(file, args, { cwd: folder, env: env(more), limit: LIMIT_MS });
  assert.equal(r.code, 0, `${file} ${args.join(' ')}\n${r.stdout}\n${r.stderr}`);
  return r.stdout;
}

const sample_ = (name, fn) => test(name, { timeout: LIMIT_MS + 5_000 }, fn);
const missing = (file) => (fs.existsSync(file) ? false : `${file} is not installed`);

sample_('curl sends, receives and deletes', async () => {
  const out = await sample('sh', ['shell.sh'], { QUEUE: 'from-shell' });
  assert.match(out, /\/from-shell\n[0-9a-f-]{36}\nreceived: hello from curl\nleft in the queue: 0\n$/);
});

test('the aws command line works with queues, dead letters and topics',
  { timeout: LIMIT_MS, skip: missing('/usr/bin/aws') }, async () => {
  const out = await sample('sh', ['aws-cli.sh'], { QUEUE: 'from-aws', PATH: `/usr/bin:${process.env.PATH}` });
  assert.match(out, new RegExp(`^queue: ${server.url}/${ACCOUNT}/from-aws\n`));
  assert.match(out, /received: news for every subscriber\n/);
  assert.match(out, /dead letters' sources: .*\/from-aws\n/);
});

test('boto3 sends batches, keeps FIFO order and catches its exceptions',
  { timeout: LIMIT_MS, skip: missing('/usr/lib/python3/dist-packages/boto3') }, async () => {
  const out = await sample('/usr/bin/python3', ['boto3_queue.py'], { QUEUE: 'from-boto3' });
  assert.equal(out, "received: [('order 0 注文', '0'), ('order 1 注文', '100'), ('order 2 注文', '200')]\n"
    + "in order: ['reserve', 'pay', 'ship']\n"
    + 'refused: AWS.SimpleQueueService.NonExistentQueue\ncaught: QueueDoesNotExist\n');
});

sample_('the JavaScript SDK for SQS sends, receives and knows its errors', async () => {
  const out = await sample(process.execPath, ['sqs.mjs'], { QUEUE: 'from-sdk' });
  assert.equal(out, 'received: first 一番目, second, third\nrefused: true QueueDoesNotExist\n');
});

sample_('a reply queue brings results, errors and late answers', async () => {
  const out = await sample(process.execPath, ['request_reply.mjs'], { QUEUE: 'from-requester' });
  assert.equal(out, '30: 1300\n-1: nobody is -1 years old\n99: it takes too long\ndropped a late reply\n40: 1400\n');
  const { queues } = (await server.json('GET', '/v1/queues?prefix=replies-')).data;
  assert.deepEqual(queues, [], 'its reply queue is gone with it');
});

sample_('the JavaScript SDK for SNS fans out to queues, one filtered', async () => {
  const out = await sample(process.execPath, ['sns.mjs'], { QUEUE: 'from-sns' });
  assert.equal(out, 'everything: a book, a pencil, a piano\nlarge: a piano\n');
});

sample_('sqs-consumer handles every message, a failed one again', async () => {
  const out = await sample(process.execPath, ['consumer.mjs'], { QUEUE: 'from-consumer', COUNT: '5' });
  for (let i = 1; i <= 5; i++) assert.equal(out.split(`handled: job ${i}\n`).length, 2, out);
  assert.match(out, /comes back: not yet/);
  assert.deepEqual(await server.sqs.json.counts('from-consumer'), [0, 0, 0]);
});

const receives = async (file, script, t) => {
  const own = await start({ flags: ['--allow-private-webhooks'] });
  t.after(() => own.close());
  const out = await sample(file, [`webhook/${script}`], { QUEUE: 'from-push', RINGI_URL: own.url });
  assert.deepEqual(await own.sqs.json.counts('from-push'), [0, 0, 0]);
  return out.trim().split('\n').sort();
};

sample_('a receiver in Node takes signed messages of a push queue, a failed one again', async (t) => {
  assert.deepEqual(await receives(process.execPath, 'receiver.mjs', t),
    ['comes back: not yet', 'handled: job 1', 'handled: job 2', 'handled: job 3']);
});

sample_('a receiver in Python takes them too', async (t) => {
  assert.deepEqual(await receives('/usr/bin/python3', 'receiver.py', t),
    ['handled: job 1', 'handled: job 2', 'handled: job 3']);
});

const PYTHON = '/usr/lib/python3/dist-packages';
const celery = ['celery', 'boto3', 'pycurl'].filter((name) =>
  !(fs.existsSync(PYTHON) && fs.readdirSync(PYTHON).some((f) => f === name || f.startsWith(`${name}.`))));
test('a Celery worker runs tasks, retries one and stops when asked', { timeout: LIMIT_MS + 20_000,
  skip: celery.length > 0 && `not installed: ${celery}` }, async (t) => {
  const results = path.join(folder, 'results.txt');
  const settings = env({ QUEUE: 'from-celery', RESULTS: results });
  const worker = spawn('/usr/bin/python3',
    ['-m', 'celery', '--app', 'celery_tasks', 'worker', '--pool', 'solo', '--queues', 'from-celery',
    '--without-gossip', '--without-mingle', '--loglevel', 'INFO'],
      { cwd: folder, env: { ...process.env, ...settings }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [worker.stdout, worker.stderr]) stream.on('data', (d) => { said += d; });
  const ended = new Promise((done) => worker.on('exit', (code, signal) => done({ code, signal })));
  t.after(() => worker.kill('SIGKILL'));
  await until('the worker to be ready', () => {
    assert.equal(worker.exitCode, null, said);
    return said.includes(' ready.');
  }, 30_000);
  assert.equal(await sample('/usr/bin/python3', ['celery_tasks.py', '5'], { QUEUE: 'from-celery', RESULTS: results }),
    'sent\n');
  const lines = () => (fs.existsSync(results) ? fs.readFileSync(results, 'utf8').trim().split('\n').sort() : []);
  await until('six results', () => lines().length >= 6,
    30_000).catch((e) => { throw new Error(`${e.message}: ${lines()}\n${said}`); });
  assert.deepEqual(lines(), ['0 + 10 = 10', '1 + 10 = 11', '2 + 10 = 12', '3 + 10 = 13', '4 + 10 = 14',
    '日本語 after 1 retry']);
  await until('the queue to be empty', async () => (await server.sqs.json.counts('from-celery')).every((n) => n === 0))
    .catch((e) => { throw new Error(`${e.message}\n${said}`); });
  worker.kill('SIGTERM');
  assert.deepEqual(await ended, { code: 0, signal: null }, said);
});
