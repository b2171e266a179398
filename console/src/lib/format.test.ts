// format.test.ts - numbers, moments and days for people, in the zone that is stated and at its edges; and
// commands that a shell takes for what they are.
import { beforeEach, expect, test, vi } from 'vitest';
import { command, curl } from './command';
import { covers, dayOf, dayPlus, daysOfMonth, local, period, weekday } from './days';
import { compareDigits, readDigits } from './digits';
import { date, dateTime, exact, lasting, number, relative, short, useZone, zone } from './format';
import { say, speak, texts, words } from './text';

vi.hoisted(() => {
  const kept = new Map([['ringi.language', 'en']]);
  Object.assign(globalThis, {
    localStorage: {
      getItem: (k: string) => kept.get(k) ?? null,
      setItem: (k: string, v: string) => kept.set(k, v),
    },
    document: { documentElement: {}, querySelector: () => ({ dataset: { root: '../' } }) },
    location: { href: 'http://localhost:8080/tools/queues/orders', origin: 'http://localhost:8080' },
  });
});

beforeEach(() => {
  speak('en');
  useZone('Asia/Tokyo');
});

// ---- moments

test('a moment is told on the clocks of the stated zone, in both languages', () => {
  const t = '2026-12-31T15:30:00Z'; // a year later in Tokyo
  expect(dateTime(t)).toBe('Fri, 1 Jan 2027, 00:30');
  expect(exact(t)).toMatch(/01\/01\/2027, 00:30:00\.000.*(JST|GMT\+9)/);
  useZone('America/New_York');
  expect(date(t)).toBe('Thu, 31 Dec 2026');
  speak('ja');
  expect(dateTime(t)).toMatch(/^2026\D12\D31\D?\(木\) 10:30$/);
  expect(localStorage.getItem('ringi.zone')).toBe('America/New_York');
  expect(zone.value).toBe('America/New_York');
});

test('what is near is told from now, cut and never rounded up', () => {
  const now = Date.parse('2026-11-23T09:00:00Z');
  const at = (ms: number) => relative(new Date(now + ms).toISOString(), now);
  expect(at(0)).toBe('now');
  expect(at(59_999)).toBe('in 59 seconds');
  expect(at(60_000)).toBe('in 1 minute');
  expect(at(-7_199_999)).toBe('1 hour ago');
  expect(at(-86_400_000)).toBe('yesterday');
  speak('ja');
  expect(at(3 * 3_600_000)).toBe('3 時間後');
  expect(at(-2 * 86_400_000)).toBe('一昨日');
});

test('a length of time has the unit that suits it', () => {
  const told = (ms: number) => lasting(ms).replace(/s$/, ''); // plurals are the browser's
  expect([0, 0.4, 999, 1000, 9940, 60_000, 3_600_000, 172_799_999, 172_800_000].map(told)).toEqual([
    '0 m',
    '0.4 m',
    '999 m',
    '1 sec',
    '9.9 sec',
    '1 min',
    '1 hr',
    '48 hr',
    '2 day',
  ]);
});

test('counts are grouped, and short where there is no room', () => {
  expect([number(1_234_567), short(1_234_567).toLowerCase(), short(999)]).toEqual([
    '1,234,567',
    '1.2m',
    '999',
  ]);
  speak('ja');
  expect(short(12_345_678)).toBe('1234.6万');
});

// ---- days

test('days go over the ends of months, years and leap years', () => {
  expect(dayPlus('2026-12-31', 1)).toBe('2027-01-01');
  expect(dayPlus('2028-03-01', -1)).toBe('2028-02-29');
  expect(dayPlus('2100-02-28', 1)).toBe('2100-03-01'); // no leap year
  expect([daysOfMonth(2028, 2).length, daysOfMonth(2027, 2).length, daysOfMonth(2026, 12).at(-1)]).toEqual([
    29,
    28,
    '2026-12-31',
  ]);
  expect(dayOf(26, 1, 2)).toBe('0026-01-02');
  expect(weekday('2026-11-23')).toBe(1);
});

test('the day of a moment is that of the zone, also where clocks change', () => {
  expect(local('2026-11-22T15:00:00Z')).toEqual({ day: '2026-11-23', time: '00:00:00' });
  expect(local('2026-11-22T14:59:59.999Z').day).toBe('2026-11-22');
  const ny = (t: string) => local(t, 'America/New_York').time;
  expect([ny('2026-11-01T05:30:00Z'), ny('2026-11-01T06:30:00Z')]).toEqual(['01:30:00', '01:30:00']);
  expect([ny('2026-03-08T06:59:59Z'), ny('2026-03-08T07:00:00Z')]).toEqual(['01:59:59', '03:00:00']);
});

test('a period of whole days has its last day in it, another one its times', () => {
  const [from, until] = ['2026-11-22T15:00:00Z', '2026-11-24T15:00:00Z'];
  expect(period(from, until)).toBe('Mon, 23 Nov 2026 to Tue, 24 Nov 2026');
  expect(period(from, '2026-11-23T15:00:00Z')).toBe('Mon, 23 Nov 2026');
  expect(period(from)).toBe('from Mon, 23 Nov 2026');
  expect(period(from, '2026-11-24T03:00:00Z')).toBe('Mon, 23 Nov 2026 to Tue, 24 Nov 2026, 12:00');
  const days = ['2026-11-22', '2026-11-23', '2026-11-24', '2026-11-25'];
  expect(days.map((d) => covers(d, from, until))).toEqual([false, true, true, false]);
  expect(covers('2999-01-01', from)).toBe(true);
});

// ---- digits

test('numbers as people type them, and what is none', () => {
  const good: [string, string][] = [
    ['－１２３', '-123'],
    ['ー５', '-5'],
    ['￥１，０００', '1000'],
    ['007', '7'],
    ['-0.50', '-0.50'],
    ['000', '0'],
    [' 1 234 ', '1234'],
  ];
  for (const [typed, is] of good) expect(readDigits(typed), typed).toBe(is);
  for (const no of ['1.', '.5', '--1', '1-', '¥', '+1', '1e400', 'Infinity', 'NaN', '0x10', '千', '1\u0000'])
    expect(readDigits(no), no).toBeNull();
});

test('numbers are compared to the last digit, however long', () => {
  const long = '9'.repeat(400);
  expect(compareDigits(`${long}.01`, `${long}.001`)).toBe(1);
  expect(compareDigits('-2', '-10')).toBe(1);
  expect(compareDigits('-0', '0')).toBe(0);
});

// ---- commands and words

test('a shell takes each word of a command as one', () => {
  expect(command('ringi', 'queue', 'peek', 'orders.fifo')).toBe('ringi queue peek orders.fifo');
  expect(command('a b', "it's", '$(rm)', '`x`', '', '髙﨑', '=ls', '~', '#x')).toBe(
    `'a b' 'it'\\''s' '$(rm)' '\`x\`' '' '髙﨑' '=ls' '~' '#x'`,
  );
  expect(command('a\nb', '!1', '*', 'a=b')).toBe(`'a\nb' '!1' '*' a=b`);
});

test('a request as curl makes it goes to where this console is', () => {
  expect(curl('/v1/queues/orders')).toBe('curl -s http://localhost:8080/tools/v1/queues/orders');
  expect(curl('/v1/audit?a=1&b=2')).toBe(`curl -s 'http://localhost:8080/tools/v1/audit?a=1&b=2'`);
  expect(curl('/v1/x', 'POST', { reason: "it's" })).toBe(
    `curl -s -X POST http://localhost:8080/tools/v1/x -d '{"reason":"it'\\''s"}'`,
  );
});

test('words are put in where they are named, and only there', () => {
  const t = texts({ hi: ['Hi {who}, {other}', '{who}さん、{other}'] });
  expect(t('hi', { who: '{other}', more: 1 })).toBe('Hi {other}, {other}');
  speak('ja');
  expect(t('hi', { who: '髙﨑', other: 0 })).toBe('髙﨑さん、0');
  expect(say(['a', 'b'])).toBe('b');
  const w = words({ OPEN: ['open', '未決'] });
  expect([w('OPEN'), w('constructor'), w('NEW')]).toEqual(['未決', 'constructor', 'NEW']);
});
