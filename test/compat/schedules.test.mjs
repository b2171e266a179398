// schedules.test.mjs - schedules as a client sees them: due times under a clock that the test
// pushes, what is refused and why, calendars, rights.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, start, story } from './lib.mjs';

const server = await start();
after(() => server.close());
const sqs = server.sqs.json;
const at = (name, behind = '') => `/v1/schedules/${name}${behind}`;
const ms = (text) => Date.parse(text);

async function ok(method, path, body, status = 200) {
  const r = await server.json(method, path, body);
  assert.equal(r.status, status, `${method} ${path}: ${r.text}`);
  return r.data;
}

/** A schedule with a queue of its own. */
async function made(definition, queueAttributes) {
  const name = fresh('schedule'), queue = (await sqs.queue(queueAttributes)).split('/').pop();
  await ok('PUT', at(name), { queue, payload: 'go', overlap: 'allow', ...definition }, 201);
  return { name, queue };
}

/** The due times of what has come into the queue, as their messages tell. */
async function came(queue) {
  const all = [];
  for (;;) {
    const messages = await sqs.receive(queue, { MessageAttributeNames: ['All'] });
    if (messages.length === 0) return all.sort();
    for (const m of messages) {
      all.push(m.MessageAttributes.due_at?.StringValue ?? 'now');
      await sqs.delete(queue, m);
    }
  }
}

story('a schedule sends at its times, and says what comes next', async (t) => {
  const clock = server.clock.for(t);
  await clock.set(ms('2030-01-31T10:15:00Z'));
  const { name, queue } = await made({ cron: '0 9 LB * ?', zone: 'Asia/Tokyo', payload: { report: 1 },
    labels: { team: 'sales' } });
  const s = await ok('GET', at(name));
  assert.equal(s.next_at, '2030-02-28T00:00:00.000Z');
  assert.deepEqual(s.next, ['2030-02-28T09:00:00+09:00', '2030-03-29T09:00:00+09:00', '2030-04-30T09:00:00+09:00',
    '2030-05-31T09:00:00+09:00', '2030-06-28T09:00:00+09:00']);
  assert.deepEqual(s.labels, { team: 'sales' });
  assert.deepEqual(s.payload, { report: 1 });
  await clock.set(ms('2030-02-28T00:00:00Z'));
  const m = await sqs.one(queue, { MessageAttributeNames: ['All'] });
  assert.equal(m.Body, '{"report":1}');
  assert.equal(m.MessageAttributes.schedule.StringValue, name);
  assert.equal(m.MessageAttributes.due_at.StringValue, '2030-02-28T00:00:00.000Z');
  const { last } = await ok('GET', at(name));
  assert.equal(last.outcome, 'FIRED');
  assert.equal(last.id, m.MessageId);
});

for (const hard of [false, true])
  story(`each due time is fired once over restarts (${hard ? 'killed' : 'stopped'})`, async (t) => {
    const clock = server.clock.for(t);
    await clock.set(ms('2031-05-01T00:00:30Z'));
    const { queue } = await made({ cron: '* * * * *', catch_up: 'all' });
    await clock.set(ms('2031-05-01T00:02:00Z'));
    await server.restart({ hard });
    await clock.set(ms('2031-05-01T00:02:00Z'));
    await clock.set(ms('2031-05-01T00:03:10Z'));
    await server.restart({ hard });
    await clock.set(ms('2031-05-01T00:05:00Z'));
    assert.deepEqual(await came(queue), [1, 2, 3, 4, 5].map((n) => `2031-05-01T00:0${n}:00.000Z`));
  });

story('missed times are dropped, stood for by one, or all fired', async (t) => {
  const clock = server.clock.for(t);
  await clock.set(ms('2032-01-01T00:30:00Z'));
  const [skip, one, all] = [await made({ cron: '@hourly' }), await made({ cron: '@hourly', catch_up: 'one' }),
    await made({ cron: '@hourly', catch_up: 'all' })];
  await clock.set(ms('2032-01-01T03:30:00Z'));
  assert.deepEqual(await came(skip.queue), []);
  assert.deepEqual(await came(one.queue), ['2032-01-01T01:00:00.000Z']);
  assert.deepEqual(await came(all.queue), [1, 2, 3].map((n) => `2032-01-01T0${n}:00:00.000Z`));
  const { last } = await ok('GET', at(skip.name));
  assert.equal(last.outcome, 'MISSED');
  await clock.set(ms('2032-01-01T04:00:00Z'));
  for (const { queue } of [skip, one, all]) assert.deepEqual(await came(queue), ['2032-01-01T04:00:00.000Z']);
});

story('a clock that is set back fires nothing twice', async (t) => {
  const clock = server.clock.for(t);
  await clock.set(ms('2033-01-01T00:59:00Z'));
  const { queue } = await made({ cron: '@hourly' });
  await clock.set(ms('2033-01-01T01:00:10Z'));
  await clock.set(ms('2033-01-01T00:30:00Z'));
  await clock.set(ms('2033-01-01T01:30:00Z'));
  await clock.set(ms('2033-01-01T02:00:00Z'));
  assert.deepEqual(await came(queue), ['2033-01-01T01:00:00.000Z', '2033-01-01T02:00:00.000Z']);
});

story('summer time: what does not exist comes after the gap, what exists twice comes once', async (t) => {
  const clock = server.clock.for(t);
  await clock.set(ms('2034-03-25T12:00:00Z'));
  const { name, queue } = await made({ cron: '30 2 * * *', zone: 'Europe/Berlin' });
  assert.deepEqual((await ok('GET', at(name, '/next?count=3'))).next,
    ['2034-03-26T03:00:00+02:00', '2034-03-27T02:30:00+02:00', '2034-03-28T02:30:00+02:00']);
  assert.deepEqual((await ok('GET', at(name, '/next?count=2&from=2034-10-28T12:00:00%2B02:00'))).next,
    ['2034-10-29T02:30:00+02:00', '2034-10-30T02:30:00+01:00']);
  await clock.set(ms('2034-03-26T01:00:00Z'));
  await clock.set(ms('2034-03-26T01:45:00Z'));
  assert.deepEqual(await came(queue), ['2034-03-26T01:00:00.000Z']);
});

story('on a tracked queue a firing waits for the job before, unless told otherwise', async (t) => {
  const clock = server.clock.for(t);
  await clock.set(ms('2035-01-01T00:59:00Z'));
  const queue = fresh();
  await ok('PUT', `/v1/queues/${queue}`, { track: true }, 201);
  const name = fresh('schedule');
  await ok('PUT', at(name), { queue, payload: 'go', cron: '@hourly' }, 201);
  assert.equal((await ok('GET', at(name))).overlap, 'skip');
  await clock.set(ms('2035-01-01T01:00:00Z'));
  await clock.set(ms('2035-01-01T02:00:00Z'));
  let s = await ok('GET', at(name));
  assert.deepEqual([s.fired, s.skipped, s.last.outcome], [1, 1, 'SKIPPED']);
  assert.match(s.last.detail, /^The job of the firing before, [0-9a-f-]{36}, is PENDING\.$/);
  const r = await server.json('POST', at(name, '/run'));
  assert.deepEqual([r.status, r.data.code], [409, 'CONFLICT'], r.text);
  await sqs.delete(queue, await sqs.one(queue));
  await clock.set(ms('2035-01-01T03:00:00Z'));
  s = await ok('GET', at(name));
  assert.equal(s.fired, 2);
});

story('a schedule can be paused, resumed, and run by hand, once for each key', async (t) => {
  const clock = server.clock.for(t);
  await clock.set(ms('2036-01-01T00:30:00Z'));
  const { name, queue } = await made({ cron: '@hourly' });
  await ok('POST', at(name, '/pause'), undefined, 204);
  let s = await ok('GET', at(name));
  assert.deepEqual([s.paused, s.next, s.next_at], [true, [], undefined]);
  assert.equal((await ok('GET', at(name, '/next'))).next.length, 5);
  await clock.set(ms('2036-01-01T01:30:00Z'));
  assert.deepEqual(await came(queue), []);
  const key = { 'Idempotency-Key': fresh('key') };
  const runs = [];
  for (let i = 0; i < 2; i++) runs.push((await server.json('POST', at(name, '/run'), undefined, key)).data);
  assert.equal(runs[0].id, runs[1].id);
  assert.equal(runs[0].queue, queue);
  assert.deepEqual(await came(queue), ['now']);
  await ok('POST', at(name, '/resume'), undefined, 204);
  s = await ok('GET', at(name));
  assert.equal(s.next_at, '2036-01-01T02:00:00.000Z');
  await ok('DELETE', at(name), undefined, 204);
  assert.equal((await server.json('GET', at(name))).data.code, 'NO_SUCH_SCHEDULE');
});

story('business days follow a calendar, also when it changes', async (t) => {
  const clock = server.clock.for(t);
  await clock.set(ms('2029-12-28T12:00:00Z')); // a Friday
  const holidays = fresh('calendar');
  assert.equal((await ok('PUT', `/v1/calendars/${holidays}`, { holidays: ['2029-12-31', '2030-01-01'] }, 201)).days, 2);
  const { name } = await made({ cron: '0 9 1B * ?', holidays });
  assert.equal((await ok('GET', at(name))).next_at, '2030-01-02T09:00:00.000Z');
  await ok('PUT', `/v1/calendars/${holidays}`, { holidays: ['2030-01-02', '2030-01-01', '2030-01-02'] });
  assert.equal((await ok('GET', at(name))).next_at, '2030-01-03T09:00:00.000Z');
  const shown = await ok('GET', `/v1/calendars/${holidays}`);
  assert.deepEqual([shown.holidays, shown.schedules], [['2030-01-01', '2030-01-02'], 1]);
  assert.ok((await ok('GET', '/v1/calendars')).calendars.some((c) => c.name === holidays && c.days === 2));
  assert.equal((await server.json('DELETE', `/v1/calendars/${holidays}`)).status, 409);
});

story('a calendar has versions, hours and national holidays, and says when something ends', async () => {
  const name = fresh('calendar'), at = `/v1/calendars/${name}`;
  const office = { zone: 'Asia/Tokyo', hours: { mon: ['09:00-17:00'], tue: ['09:00-17:00'], wed: [] },
    national_holidays: 'jp', holidays: ['2026-11-24'], working_days: ['2026-11-28'] };
  assert.deepEqual(await ok('PUT', at, office, 201), { name, version: 1, created: true, changed: true, days: 1 });
  assert.deepEqual(await ok('PUT', at, office), { name, version: 1, created: false, changed: false, days: 1 });
  assert.deepEqual((await ok('GET', '/v1/definitions?prefix=' + name)).calendars, { [name]: office });
  const when = (query) => ok('GET', `${at}/deadline?${query}`);
  const from = 'from=2026-11-19T10:00:00%2B09:00';
  // Monday the 23rd is a national holiday, the 24th is off, Saturday the 28th is worked on.
  assert.equal((await when(`after=P1D&${from}`)).at_local, '2026-11-28T17:00:00+09:00');
  const told = await when(`after=PT9H&${from}`);
  assert.deepEqual([told.at, told.open, told.open_ms, told.version],
    ['2026-11-30T01:00:00.000Z', false, 9 * 3_600_000, 1]);
  assert.equal((await ok('PUT', at, { ...office, cut_off: '16:30' })).version, 2);
  assert.equal((await when(`after=P1D&${from}`)).at_local, '2026-11-28T16:30:00+09:00');
  assert.equal((await ok('GET', `${at}?version=1`)).cut_off, 'close');
  assert.equal((await server.json('GET', `${at}?version=7`)).status, 404);
  for (const [query, field] of [['after=P1.5D', 'after'], ['', 'after'], ['after=P1D&from=now', 'from'],
    ['after=P1D&from=2099-12-31T00:00:00Z', 'after']])
    assert.equal((await server.json('GET', `${at}/deadline?${query}`)).data.field, field, query);
  for (const [change, field] of [[{ zone: 'Mars/Olympus' }, 'zone'], [{ hours: { mon: ['22:00-06:00'] } }, 'hours'],
    [{ hours: {}, working_days: [] }, 'hours'], [{ colour: 1 }, 'colour'], [{ cut_off: 'never' }, 'cut_off']]) {
    const r = await server.json('PUT', at, { ...office, ...change });
    assert.deepEqual([r.status, r.data.field], [400, field], r.text);
  }
  await ok('DELETE', at, undefined, 204);
  assert.equal((await server.json('GET', `${at}/deadline?after=P1D`)).status, 404);
  assert.equal((await ok('PUT', at, office, 201)).version, 3);
});

story('jp and always are built in, until somebody puts one of that name', async () => {
  const list = async () => (await ok('GET', '/v1/calendars')).calendars.filter((c) => c.name === 'jp');
  assert.deepEqual(await list(), [{ name: 'jp', version: 0, built_in: true, schedules: 0, days: 0 }]);
  const { name } = await made({ cron: '0 9 B * ?', zone: 'Asia/Tokyo', holidays: 'jp' });
  assert.deepEqual((await ok('GET', at(name, '/next?count=2&from=2026-11-20T03:00:00Z'))).next,
    ['2026-11-24T09:00:00+09:00', '2026-11-25T09:00:00+09:00']);
  assert.equal((await server.json('DELETE', '/v1/calendars/jp')).status, 409);
  assert.equal((await ok('PUT', '/v1/calendars/jp', { holidays: ['2026-11-24'] }, 201)).version, 1);
  assert.deepEqual((await ok('GET', at(name, '/next?count=2&from=2026-11-20T03:00:00Z'))).next,
    ['2026-11-23T09:00:00+09:00', '2026-11-25T09:00:00+09:00']);
  assert.deepEqual((await list()).map((c) => [c.version, c.schedules]), [[1, 1]]);
  assert.equal((await server.json('DELETE', '/v1/calendars/jp')).status, 409);
  await ok('DELETE', at(name), undefined, 204);
  await ok('DELETE', '/v1/calendars/jp', undefined, 204);
  assert.equal((await list())[0].version, 0);
  const day = await ok('GET', '/v1/calendars/always/deadline?after=P1D&from=2026-11-21T10:20:30.456Z');
  assert.equal(day.at, '2026-11-22T10:20:30.456Z');
});

story('what an expression means can be seen before anything is stored', async () => {
  const preview = (body) => ok('POST', '/v1/schedules:preview', body);
  assert.deepEqual((await preview({ cron: '0 0 29 2 *', from: '2028-03-01T00:00:00Z', count: 1 })).next,
    ['2032-02-29T00:00:00Z']);
  assert.deepEqual((await preview({ cron: '0 0 30 2 *' })).next, []);
  assert.equal((await preview({ cron: '* * * * *', count: 100 })).next.length, 100);
});

story('what is wrong is told by field', async () => {
  const queue = (await sqs.queue()).split('/').pop();
  const good = { queue, payload: 'go', cron: '@daily', overlap: 'allow' };
  const wrong = [
    [{ cron: '61 * * * *' }, 'minute', /minute '61' .* 0 to 59/],
      [{ cron: '* * * * FRI-MON' }, 'day-of-week', /FRI-MON/],
    [{ cron: '* * *' }, 'cron', /3 fields/], [{ cron: '@often' }, 'cron', /@often/],
      [{ cron: undefined }, 'cron', /cron/],
    [{ cron: `* * * * ${','.repeat(250)}` }, 'cron', /255/], [{ cron: '0 0 31 2 *' }, 'cron', /names no time/],
    [{ cron: 5 }, 'cron', /string/],
    [{ zone: 'Europe/Atlantis' }, 'zone', /no time zone 'Europe\/Atlantis'/],
      [{ zone: '../../etc/passwd' }, 'zone', /name/],
    [{ zone: 'right/UTC' }, 'zone', /name/], [{ zone: 'A'.repeat(65) }, 'zone', /name/],
    [{ holidays: 'none-such' }, 'holidays', /no calendar/], [{ queue: 'none-such' }, 'queue', /no queue/],
    [{ queue: undefined }, 'queue', /queue/], [{ payload: undefined }, 'payload', /payload/],
    [{ payload: 'x'.repeat(1048576) }, 'payload', /shorter/],
    [{ catch_up: 'some' }, 'catch_up', /skip, one or all/], [{ overlap: 'maybe' }, 'overlap', /allow, skip/],
    [{ overlap: 'skip' }, 'overlap', /keeps no jobs/], [{ priority: 10 }, 'priority', /0 to 9/],
    [{ labels: { due_at: 'x' } }, 'labels', /by the schedule itself/], [{ labels: { a: 1 } }, 'labels', /text/],
    [{ colour: 'red' }, 'colour', /not known/],
  ];
  for (const [change, field, sentence] of wrong) {
    const r = await server.json('PUT', at('wrong'), { ...good, ...change });
    assert.equal(r.status, 400, `${JSON.stringify(change).slice(0, 100)}: ${r.text}`);
    assert.match(r.headers['content-type'], /problem\+json/);
    assert.equal(r.data.field, field, r.text);
    assert.match(r.data.detail, sentence);
  }
  for (const name of ['a b', 'x'.repeat(65), 'ä'])
    assert.equal((await server.json('PUT', at(encodeURIComponent(name)), good)).data.field, 'name');
  assert.equal((await server.json('GET', at('wrong'))).status, 404);
  const next = (query) => server.json('GET', at('wrong', `/next?${query}`));
  assert.equal((await next('count=101')).data.field, 'count');
  assert.equal((await next('from=tomorrow')).data.field, 'from');
  const day = (n) => new Date(ms('2000-01-01') + n * 86_400_000).toISOString().slice(0, 10);
  const holidays = Array.from({ length: 4001 }, (_, i) => day(i));
  assert.equal((await server.json('PUT', '/v1/calendars/many', { holidays })).data.field, 'holidays');
  assert.equal((await server.json('PUT', '/v1/calendars/many', { holidays: holidays.slice(1) })).status, 201);
  assert.equal((await server.json('PUT', '/v1/calendars/many', { holidays: ['01.01.2026'] })).data.field, 'holidays');
});

story('lists go on page by page', async () => {
  const queue = (await sqs.queue()).split('/').pop(), names = [1, 2, 3].map(() => fresh('page'));
  for (const n of names) await ok('PUT', at(n), { queue, payload: 'x', cron: '@yearly', overlap: 'allow' }, 201);
  const seen = [];
  for (let cursor = ''; cursor !== undefined;) {
    const page = await ok('GET', `/v1/schedules?limit=2&cursor=${cursor}`);
    seen.push(...page.schedules.map((s) => s.name));
    cursor = page.cursor;
  }
  assert.deepEqual(seen.filter((n) => names.includes(n)), names);
  assert.deepEqual(seen, [...seen].sort());
});

story('firings are counted', async () => {
  const figures = (await server.request({ path: '/metrics' })).text;
  for (const outcome of ['fired', 'skipped', 'missed', 'failed'])
    assert.match(figures, new RegExp(`ringi_schedule_firings_total\\{outcome="${outcome}"\\} \\d`));
  for (const limit of ['schedules', 'calendars']) assert.match(figures,
    new RegExp(`ringi_limit_used\\{limit="${limit}"\\} \\d`));
});
