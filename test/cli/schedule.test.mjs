// schedule.test.mjs - schedules and calendars from the command line.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, start, story } from '../compat/lib.mjs';
import { cli } from './lib.mjs';

const server = await start();
after(() => server.close());
const { at, ok, json, refused } = cli(server);

story('a schedule is put, shown, paused, resumed, run, and deleted', async (t) => {
  const clock = server.clock.for(t);
  await clock.set(Date.parse('2030-01-31T10:15:00Z'));
  const [name, queue] = [fresh('daily'), fresh()];
  await ok('queue', 'create', queue);
  const made = await json('schedule', 'put', name, queue, '{"a": 1}', '--cron', '0 7 B * ?', '--zone', 'Asia/Tokyo',
    '--label', 'team=x', '--catch-up', 'one');
  assert.deepEqual([made.created, made.next_at], [true, '2030-01-31T22:00:00.000Z']);
  assert.equal((await ok('schedule', 'next', name, '--count', '3')),
    '2030-02-01T07:00:00+09:00\n2030-02-04T07:00:00+09:00\n2030-02-05T07:00:00+09:00\n');
  assert.equal((await ok('schedule', 'next', name, '--count', '1', '--from', '2031-01-01T00:00:00+09:00')),
    '2031-01-01T07:00:00+09:00\n');
  const s = await json('schedule', 'show', name);
  assert.deepEqual([s.payload, s.labels, s.catch_up, s.zone], [{ a: 1 }, { team: 'x' }, 'one', 'Asia/Tokyo']);
  await ok('schedule', 'pause', name);
  assert.match(await ok('schedule', 'list'), new RegExp(`^${name} .*0 7 B`, 'm'));
  assert.equal((await json('schedule', 'list')).find((x) => x.name === name).paused, true);
  await ok('schedule', 'resume', name);
  assert.match(await ok('schedule', 'run', name), /^[0-9a-f-]{36}\n$/);
  assert.equal(await ok('receive', queue), '{"a": 1}\n');
  await ok('schedule', 'delete', name);
  assert.match(await refused(1, 'schedule', 'show', name), /no schedule named/);
});

story('an expression can be tried, with holidays', async () => {
  const calendar = fresh('jp');
  const put = await at(['calendar', 'put', calendar, '-'],
    { input: '# new year\n2030-01-01 a Tuesday\n\n2030-01-02 # also\n' });
  assert.equal(put.code, 0, put.stderr);
  assert.equal(await ok('calendar', 'show', calendar), '2030-01-01\n2030-01-02\n');
  assert.equal(await ok('schedule', 'preview', '0 9 1B * ?', '--holidays', calendar, '--count', '2', '--from',
    '2029-12-31T12:00:00Z'), '2030-01-03T09:00:00Z\n2030-02-01T09:00:00Z\n');
  assert.equal((await json('calendar', 'list')).find((c) => c.name === calendar).days, 2);
  await ok('calendar', 'delete', calendar);
  assert.equal(await ok('calendar', 'deadline', 'jp', 'P3D', '--from', '2026-11-19T10:00:00+09:00'),
    '2026-11-25T18:00:00+09:00\n');
  const put2 = await at(['calendar', 'put', calendar, '--file', '-'],
    { input: '{"zone": "Asia/Tokyo", "hours": {"sat": ["10:00-12:00"]} /* only then */}' });
  assert.equal(put2.code, 0, put2.stderr);
  assert.equal((await json('calendar', 'deadline', calendar, 'PT1H', '--from', '2026-11-19T10:00:00+09:00')).at_local,
    '2026-11-21T11:00:00+09:00');
  assert.match(await refused(2, 'calendar', 'put', calendar), /Which days/);
  await ok('calendar', 'delete', calendar);
  assert.match(await refused(1, 'calendar', 'show', calendar), /no calendar named/);
});

story('what is wrong is told', async () => {
  assert.match(await refused(1, 'schedule', 'preview', '0 0 31 2 *'), /names no time in the eight years/);
  const queue = fresh();
  await ok('queue', 'create', queue);
  assert.match(await refused(2, 'schedule', 'put', 'x', queue, 'go'), /--cron/);
  assert.match(await refused(1, 'schedule', 'put', 'x', queue, 'go', '--cron', '61 * * * *'), /minute '61'/);
  assert.match(await refused(1, 'schedule', 'put', 'x', queue, 'go', '--cron', '@daily', '--zone', 'Mars/Base'),
    /Mars/);
  assert.match(await refused(2, 'schedule', 'put', 'x', queue, 'go', '--cron', '@daily', '--label', 'x'), /NAME=TEXT/);
});
