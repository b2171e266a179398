// events.test.mjs - `ringi events`: what happens to jobs, in a shell.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after } from 'node:test';
import { fresh, RINGI, start, story, until } from '../compat/lib.mjs';
import { cli } from './lib.mjs';

const server = await start();
const { ok, refused } = cli(server);
const running = new Set();
after(async () => {
  for (const p of running) p.kill();
  await server.close();
});

const TIME = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z';

async function tracked(to = server) {
  const name = fresh('work');
  assert.equal((await to.json('PUT', `/v1/queues/${name}`, { track: true })).status, 201);
  return name;
}

/** Runs on until it ends or is killed. */
function follow(to, ...args) {
  const p = spawn(RINGI, ['events', ...args], { env: { ...process.env, LC_ALL: 'C', RINGI_SERVER: to.url } });
  const f = { process: p, out: '', err: '', exit: new Promise((done) => { p.on('close', done); }) };
  running.add(p);
  p.on('close', () => running.delete(p));
  p.stdout.setEncoding('utf8').on('data', (d) => { f.out += d; });
  p.stderr.setEncoding('utf8').on('data', (d) => { f.err += d; });
  f.lines = (count) => until(`${count} lines of ringi events ${args.join(' ')}`, () => {
    const lines = f.out.split('\n').slice(0, -1);
    return lines.length >= count ? lines : null;
  });
  return f;
}

story('changes are printed as they come, the jobs there are first', async () => {
  const queue = await tracked();
  const first = (await ok('send', queue, 'a')).trim();
  const f = follow(server, '--queue', queue, '--max', '3');
  await f.lines(1);
  const second = (await ok('send', queue, 'b')).trim();
  await ok('receive', queue, '--delete');
  assert.equal(await f.exit, 0);
  const lines = f.out.trimEnd().split('\n');
  const done = lines[2].split(/ +/)[3];
  assert.ok([first, second].includes(done));
  for (const [i, what] of [`PENDING +${queue}  ${first}`, `job\\.pending +${queue}  ${second}`,
    `job\\.running +${queue}  ${done}`, `job\\.succeeded +${queue}  ${done}`].entries())
    assert.match(lines[i], new RegExp(`^${TIME}  ${what}$`));
  assert.equal(lines.length, 4);
});

story('for programs each event is a line of JSON; one job, some types, from an event on', async () => {
  const queue = await tracked();
  const job = (await ok('send', queue, 'a')).trim();
  await ok('send', queue, 'b');
  await ok('receive', queue, '--max', '2', '--delete');
  const { data } = await server.json('GET', `/v1/events?format=json&queue=${queue}`);
  const f = follow(server, '--job', job, '--json', '--types', 'job.running,job.succeeded', '--max', '2',
    '--after', data.events[0].id);
  assert.equal(await f.exit, 0);
  const events = f.out.trimEnd().split('\n').map((l) => JSON.parse(l));
  assert.deepEqual(events.map((e) => [e.event, e.data.type, e.data.job]),
    [['job', 'job.running', job], ['job', 'job.succeeded', job]]);
  for (const e of events) assert.match(e.id, /^\d+-\d+$/);
});

story('a stream that breaks is taken up again, and what is missing is told', async () => {
  const own = await start();
  try {
    const queue = await tracked(own);
    const f = follow(own, '--json', '--queue', queue);
    await f.lines(1);
    await own.restart({ hard: true });
    await own.sqs.json.send(`${own.url}/000000000000/${queue}`, 'x');
    const lines = await until('the second beginning', () => {
      const all = f.out.split('\n').slice(0, -1).map((l) => JSON.parse(l));
      return all.some((e) => e.event === 'reset') && all.at(-1).event !== 'reset' ? all : null;
    }, 15_000);
    assert.deepEqual(lines.slice(0, 3).map((e) => e.event), ['snapshot', 'reset', 'snapshot']);
    assert.equal(lines[2].data.jobs.length, 1);
    f.process.kill();
    // The server's end is the end with --once.
    const once = follow(own, '--once');
    await once.lines(1);
    await own.restart();
    assert.equal(await once.exit, 0);
  } finally {
    await own.close();
  }
});

story('what is refused and what is not there has its exit code', async () => {
  assert.match(await refused(1, 'events', '--queue', 'nowhere'), /no queue named nowhere/);
  assert.match(await refused(1, 'events', '--types', 'job.begun'), /job\.begun/);
  assert.match(await refused(2, 'events', 'orders'), /too much/);
  const gone = follow({ url: 'http://127.0.0.1:9' });
  assert.equal(await gone.exit, 3);
});
