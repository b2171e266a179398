// calendars.test.mjs - Japanese holidays against another table of them, durations, and the
// reckoning with business hours against a reference that looks at every minute, with ICU's zones.
//
// The program that is asked is built from test/calendar/calendar_tool.c.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import holidayJp from '@holiday-jp/holiday_jp';

const TOOL = join(dirname(resolve(process.env.RINGI ?? 'build/ringi')), 'test/calendar/calendar_tool');
const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

/** One answer for each question. */
function ask(questions) {
  const out = execFileSync(TOOL, { input: `${questions.join('\n')}\n`, encoding: 'utf8', maxBuffer: 1 << 28 });
  return out.split('\n').slice(0, -1);
}
const iso = (ms) => new Date(ms).toISOString();

// ---- Japan

test('the holidays of Japan are those of another table, in all its years', () => {
  const theirs = Object.keys(holidayJp.holidays).sort();
  const [first, last] = [Number(theirs[0].slice(0, 4)), Number(theirs.at(-1).slice(0, 4))];
  assert.deepEqual(ask([`japan ${first} ${last}`])[0].split(','), theirs);
  assert.ok(first <= 1970 && last >= 2050, `${first} to ${last}`);
});

test('the law begins in July 1948, and nothing is known beyond 2099', () => {
  const [before, early, wedding, war, late, beyond] = ask(['japan 1900 1947', 'japan 1948 1949', 'japan 1959 1959',
    'japan 1966 1967', 'japan 2099 2099', 'japan 2100 2105']);
  assert.equal(before, '');
  assert.equal(early, ['1948-09-23', '1948-11-03', '1948-11-23', '1949-01-01', '1949-01-15', '1949-03-21', '1949-04-29',
    '1949-05-03', '1949-05-05', '1949-09-23', '1949-11-03', '1949-11-23'].join(','));
  assert.ok(wedding.includes('1959-04-10'));
  assert.ok(!war.includes('1966-02-11') && war.includes('1967-02-11') && war.includes('1966-09-15'));
  assert.equal(late.split(',').length, 18);
  assert.equal(beyond, '');
});

// ---- the reference

/** Numbers that look random and are the same each time (mulberry32). */
function chance(seed) {
  let a = seed;
  const next = () => {
    a = (a + 0x6D2B79F5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  return { below, between: (a, b) => a + below(b - a + 1), of: (list) => list[below(list.length)] };
}

const formats = new Map(), byDay = new Map();
function offsetOfIntl(zone, ms) {
  if (!formats.has(zone)) formats.set(zone, new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23',
    year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' }));
  const p = Object.fromEntries(formats.get(zone).formatToParts(ms).map((x) => [x.type, Number(x.value)]));
  return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) - Math.floor(ms / 1000) * 1000;
}
function offsetAt(zone, ms) {
  const day = Math.floor(ms / DAY), key = `${zone} ${day}`;
  if (!byDay.has(key)) {
    const a = offsetOfIntl(zone, day * DAY);
    byDay.set(key, a === offsetOfIntl(zone, (day + 1) * DAY - 1000) ? a : null);
  }
  return byDay.get(key) ?? offsetOfIntl(zone, ms);
}

const NAMES = 'sun mon tue wed thu fri sat'.split(' ');
const minutes = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

/** A calendar that knows every minute of a stretch of time. */
class Reference {
  constructor(calendar, from, until) {
    this.calendar = calendar;
    this.zone = calendar.zone ?? 'UTC';
    this.from = Math.floor(from / MINUTE) * MINUTE;
    // shown[i]: the latest local time that a clock has shown up to minute i
    this.shown = [];
    let latest = -Infinity;
    for (let at = this.from - 3 * DAY; at <= until; at += MINUTE) {
      latest = Math.max(latest, at + offsetAt(this.zone, at));
      if (at >= this.from) this.shown.push(latest);
    }
    this.open = new Uint8Array(this.shown.length);
    const first = Math.floor(this.shown[0] / DAY) - 3, last = Math.floor(this.shown.at(-1) / DAY);
    for (let day = first; day <= last; day++)
      for (const [a, b] of this.hours(day)) {
        const [x, y] = [this.index(day * DAY + a * MINUTE), this.index(day * DAY + b * MINUTE)];
        for (let i = x; i < y; i++) this.open[i] = 1;
      }
  }

  /** The first minute at which this local time or a later one is shown. */
  index(local) {
    let low = 0, high = this.shown.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.shown[middle] < local) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  workday(day) {
    const date = iso(day * DAY).slice(0, 10), { hours, holidays = [], working_days: extra = [] } = this.calendar;
    if (extra.includes(date)) return true;
    if (holidays.includes(date) || (this.calendar.national_holidays && date in holidayJp.holidays)) return false;
    return (hours[NAMES[new Date(day * DAY).getUTCDay()]] ?? []).length > 0;
  }

  hours(day) {
    if (!this.workday(day)) return [];
    const { hours } = this.calendar, own = hours[NAMES[new Date(day * DAY).getUTCDay()]] ?? [];
    const other = hours.extra ?? ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((n) => hours[n] ?? [])
      .find((h) => h.length > 0);
    return (own.length > 0 ? own : other).map((s) => [minutes(s.slice(0, 5)), minutes(s.slice(6))]);
  }

  at(i) {
    if (i >= this.shown.length) throw new RangeError('beyond what the reference looks at');
    return this.from + i * MINUTE;
  }

  nextOpen(i) {
    while (!this.open[i]) this.at(i++);
    return i;
  }

  passed(i, wanted) {
    for (; wanted > 0; i++) wanted -= (this.at(i), this.open[i]);
    return i;
  }

  add(from, { years = 0, months = 0, weeks = 0, days = 0, minutes: rest = 0 }) {
    let i = (from - this.from) / MINUTE;
    if (years || months || weeks || days) {
      const began = this.shown[i], time = began - Math.floor(began / DAY) * DAY;
      let day = Math.floor(began / DAY);
      const d = new Date(day * DAY), length = new Date(Date.UTC(d.getUTCFullYear() + years, d.getUTCMonth() + months
        + 1, 0)).getUTCDate();
      day = Date.UTC(d.getUTCFullYear() + years, d.getUTCMonth() + months, Math.min(d.getUTCDate(), length)) / DAY;
      day += 7 * weeks;
      if (years || months || weeks) while (!this.workday(day)) day++;
      for (let n = 0; n < days; n++) do day++; while (!this.workday(day));
      const cut = this.calendar.cut_off ?? 'close';
      if (cut === 'none') i = this.nextOpen(this.index(day * DAY + time));
      else i = this.index(day * DAY + (cut === 'close' ? this.hours(day).at(-1)[1] : minutes(cut)) * MINUTE);
    }
    // Opening time ends with the minute in which the last of it passes.
    return this.at(rest > 0 ? this.passed(i, rest) : i);
  }

  between(a, b) {
    let sum = 0;
    for (let i = (a - this.from) / MINUTE; i < (b - this.from) / MINUTE; i++) sum += this.open[i];
    return sum * MINUTE;
  }
}

const ZONES = ['Asia/Tokyo', 'UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago',
  'Africa/Casablanca', 'Pacific/Apia', 'America/Sao_Paulo', 'Asia/Kathmandu', 'Asia/Gaza'];

const clock = (m) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`;

/** Ascending, not touching. */
function someHours(r) {
  const edges = [...new Set(Array.from({ length: 2 * r.between(1, 3) }, () => r.of([r.between(0, 1440),
    15 * r.between(0, 96), 60 * r.between(0, 24)])))].sort((a, b) => a - b);
  const spans = [];
  for (let i = 0; i + 1 < edges.length; i += 2) spans.push(`${clock(edges[i])}-${clock(edges[i + 1])}`);
  return spans;
}

function someCalendar(r, near) {
  const zone = r.of(ZONES), hours = {};
  const usual = r.of([['09:00-18:00'], ['09:00-12:00', '13:00-17:30'], ['00:00-24:00'],
    ['00:00-03:00', '23:00-24:00']]);
  for (const n of NAMES) if (r.below(3) > 0) hours[n] = r.below(3) === 0 ? someHours(r) : usual;
  hours.wed = usual;
  if (r.below(2)) hours.extra = ['10:00-15:00'];
  const days = () => [...new Set(Array.from({ length: r.below(8) },
    () => iso(near + r.below(30) * DAY).slice(0, 10)))].sort();
  const holidays = days(), working = days().filter((d) => !holidays.includes(d));
  const cut_off = r.of(['close', 'none', '24:00', undefined]);
  return { zone, hours, cut_off, national_holidays: r.below(3) === 0 ? 'jp' : undefined, holidays,
    working_days: working };
}

/** A moment; often shortly before the clocks of the zone change. */
function moment(r, zone) {
  const ms = Date.UTC(r.between(2009, 2030), 0, 1) + r.below(365) * DAY + r.below(1440) * MINUTE;
  if (r.below(3) === 0) return ms;
  for (let day = 0; day < 220; day++)
    if (offsetAt(zone, ms + day * DAY) !== offsetAt(zone, ms + (day + 1) * DAY)) return ms + (day - r.below(4)) * DAY
      + r.below(1440) * MINUTE;
  return ms;
}

const DURATIONS = [['P1D', { days: 1 }], ['P3D', { days: 3 }], ['P5D', { days: 5 }], ['PT1M', { minutes: 1 }],
  ['PT4H', { minutes: 240 }], ['PT30H', { minutes: 1800 }], ['P1DT2H', { days: 1, minutes: 120 }],
  ['P1W', { weeks: 1 }], ['P1M', { months: 1 }], ['P1M2D', { months: 1, days: 2 }], ['PT90M', { minutes: 90 }],
  ['P2DT1M', { days: 2, minutes: 1 }]];

test('deadlines are those that a look at every minute finds', () => {
  const r = chance(17), questions = [], expected = [];
  let changes = 0;
  for (let n = 0; n < Number(process.env.CALENDAR_CASES ?? 120); n++) {
    const zone = r.of(ZONES), near = moment(r, zone), calendar = { ...someCalendar(r, near), zone };
    const from = near - 5 * DAY, reference = new Reference(calendar, from, near + 75 * DAY);
    changes += offsetAt(zone, near) !== offsetAt(zone, near + 5 * DAY);
    questions.push(`calendar ${JSON.stringify(calendar)}`);
    expected.push(null);
    for (let k = 0; k < 8; k++) {
      const at = near + r.below(5 * 1440) * MINUTE, [text, parts] = r.of(DURATIONS);
      const until = at + r.below(12 * 1440) * MINUTE, i = (at - reference.from) / MINUTE;
      const add = (questions_, answer) => { questions.push(questions_); expected.push(`${answer}`); };
      try {
        add(`add ${at} ${text}`, reference.add(at, parts));
        add(`next ${at}`, reference.at(reference.nextOpen(i)));
      } catch (e) {
        assert.ok(e instanceof RangeError, e.stack); // the reference does not look that far
        while (questions.length > expected.length) questions.pop();
      }
      add(`open ${at}`, reference.open[i]);
      add(`between ${at} ${until}`, reference.between(at, until));
    }
  }
  const answers = ask(questions);
  let calendar;
  questions.forEach((q, i) => {
    if (expected[i] === null) calendar = q;
    if (expected[i] === null) assert.match(answers[i], /^ok /, q);
    else assert.equal(answers[i], expected[i], `${q}, expected ${iso(Number(expected[i]))}\n${calendar}`);
  });
  assert.ok(changes > 20, `${changes} changes of clocks`);
});

test('counting back finds the last moment from which so much opening time remains', () => {
  const r = chance(18), questions = [], about = [];
  for (let n = 0; n < 60; n++) {
    const zone = r.of(ZONES), near = moment(r, zone), calendar = { ...someCalendar(r, near), zone };
    questions.push(`calendar ${JSON.stringify(calendar)}`);
    for (let k = 0; k < 6; k++) {
      const at = near + r.below(20 * 1440) * MINUTE, rest = r.of([1, 60, 240, 1800]);
      about.push([questions.length, at, rest * MINUTE, calendar]);
      questions.push(`before ${at} PT${rest}M`);
    }
  }
  const answers = ask(questions), again = [];
  let last;
  for (const [i, at, , calendar] of about) {
    if (last !== calendar) again.push(`calendar ${JSON.stringify(calendar)}`);
    last = calendar;
    again.push(`between ${answers[i]} ${at}`, `open ${answers[i]}`);
  }
  const told = ask(again).filter((line) => !line.startsWith('ok'));
  about.forEach(([i, , wanted], n) => {
    assert.equal(Number(told[2 * n]), wanted, questions[i]);
    assert.equal(told[2 * n + 1], '1', questions[i]);
  });
});

// ---- what it means, in examples

const TOKYO = { zone: 'Asia/Tokyo', national_holidays: 'jp' };
const at = (text) => Date.parse(`${text}:00+09:00`);

test('three business days: the day it begins does not count, and it ends at the cut-off', () => {
  const ends = (calendar, from, duration) => {
    const [, answer] = ask([`calendar ${JSON.stringify(calendar)}`, `add ${at(from)} ${duration}`]);
    return Number.isNaN(Number(answer)) ? answer : new Date(Number(answer) + 9 * HOUR).toISOString().slice(0, 16);
  };
  assert.equal(ends(TOKYO, '2026-11-19T10:00', 'P3D'), '2026-11-25T18:00'); // Thu; Mon is a holiday
  assert.equal(ends(TOKYO, '2026-11-19T23:00', 'P1D'), '2026-11-20T18:00');
  assert.equal(ends(TOKYO, '2026-11-21T10:00', 'P1D'), '2026-11-24T18:00'); // on a Saturday
  assert.equal(ends({ ...TOKYO, cut_off: '17:00' }, '2026-11-19T10:00', 'P1D'), '2026-11-20T17:00');
  assert.equal(ends({ ...TOKYO, cut_off: 'none' }, '2026-11-19T10:30', 'P1D'), '2026-11-20T10:30');
  assert.equal(ends({ ...TOKYO, cut_off: 'none' }, '2026-11-19T20:30', 'P1D'), '2026-11-24T09:00');
  assert.equal(ends(TOKYO, '2026-11-20T16:00', 'PT4H'), '2026-11-24T11:00');
  assert.equal(ends(TOKYO, '2026-11-20T14:00', 'PT4H'), '2026-11-20T18:00');
  assert.equal(ends(TOKYO, '2026-11-20T20:00', 'PT4H'), '2026-11-24T13:00');
  assert.equal(ends(TOKYO, '2026-11-19T10:00', 'P1DT2H'), '2026-11-24T11:00');
  assert.equal(ends(TOKYO, '2027-01-31T10:00', 'P1M'), '2027-03-01T18:00'); // 28 February is a Sunday
  assert.equal(ends(TOKYO, '2026-11-16T10:00', 'P1W'), '2026-11-24T18:00');
  assert.equal(ends(TOKYO, '2026-11-16T10:00', 'P2Y'), '2028-11-16T18:00');
  assert.equal(ends({ ...TOKYO, holidays: ['2026-11-20'], working_days: ['2026-11-23', '2026-11-21'] },
    '2026-11-19T10:00',
    'P3D'), '2026-11-24T18:00');
  assert.equal(ends(TOKYO, '2099-12-30T10:00', 'P3D'), 'never');
  assert.equal(ends({ ...TOKYO, hours: {}, working_days: ['2026-11-21'] }, '2026-11-19T10:00', 'P1D'),
    'wrong calendar');
  assert.equal(ends({ zone: 'Asia/Tokyo', hours: { extra: ['10:00-12:00'] }, working_days: ['2026-11-21'] },
    '2026-11-19T10:00', 'P1D'), '2026-11-21T12:00');
  assert.equal(ends({ zone: 'Asia/Tokyo', hours: { extra: ['10:00-12:00'] }, working_days: ['2026-11-21'] },
    '2026-11-19T10:00', 'P2D'), 'never');
  assert.equal(ends({ zone: 'Asia/Tokyo', hours: { extra: ['10:00-12:00'] }, working_days: ['2026-11-21'] },
    '2026-11-19T10:00', 'PT2H1M'), 'never');
});

test('what is no calendar is told with its member', () => {
  const wrong = [
    [{ hours: {} }, /^wrong hours .*never open/], [{ hours: { mon: ['22:00-06:00'] } }, /^wrong hours .*past midnight/],
    [{ hours: { mon: ['9:00-18:00'] } }, /^wrong hours .*09:00-18:00/],
      [{ hours: { mon: ['09:00-24:01'] } }, /^wrong hours /],
    [{ hours: { mon: ['09:00-12:00', '11:00-13:00'] } }, /^wrong hours .*overlap/],
      [{ hours: { montag: [] } }, /^wrong hours /],
    [{ hours: { mon: Array.from({ length: 9 }, (_, i) => `${clock(60 * i)}-${clock(60 * i + 30)}`) } },
      /^wrong hours .*8/],
    [{ hours: [] }, /^wrong hours /], [{ cut_off: 'noon' }, /^wrong cut_off /],
      [{ cut_off: '09:00' }, /^wrong cut_off .*later/],
    [{ zone: 9 }, /^wrong zone /], [{ national_holidays: 'de' }, /^wrong national_holidays /],
    [{ holidays: ['2026-02-30'] }, /^wrong holidays /], [{ holidays: {} }, /^wrong holidays /],
    [{ holidays: ['2026-02-03'], working_days: ['2026-02-03'] }, /^wrong working_days 2026-02-03 /],
    [{ hours: {}, working_days: ['2026-11-21'] }, /^wrong hours working_days have no hours/],
      [{ colour: 1 }, /^wrong colour /],
  ];
  const answers = ask(wrong.map(([body]) => `calendar ${JSON.stringify(body)}`));
  wrong.forEach(([body, sentence], i) => assert.match(answers[i], sentence, JSON.stringify(body)));
});

test('durations: what is ambiguous, nothing, negative or too long is refused with a sentence', () => {
  const wrong = { P: /nothing/, '3D': /begins with P/, p3d: /capitals/, PT: /behind T/, P0D: /longer than nothing/,
    PT0S: /longer/, '-P1D': /positive/, 'P-1D': /positive/, 'P1.5D': /fractions/, 'PT1,5H': /fractions/, P30M: /PT30M/,
    P13M: /12 at most/, P1W2D: /weeks stand alone/, P1D1D: /in this order/, PT1M1H: /in this order/,
      P1H: /in this order/,
    P3DT: /behind T/, P11Y: /ten years/, P3661D: /ten years/, PT87841H: /ten years/,
      P99999999999999999999D: /ten years/,
    PTT1H: /in this order/, 'P1D ': /in this order/, [`P${'0'.repeat(40)}1D`]: /too long/, '': /begins with P/ };
  const answers = ask(['calendar {"zone":"UTC"}', ...Object.keys(wrong).map((text) => `add 0 ${text}`)]).slice(1);
  Object.values(wrong).forEach((sentence, i) => assert.match(answers[i], sentence, Object.keys(wrong)[i]));
  const right = ['P3D', 'PT4H', 'P1DT2H', 'P1W', 'P1M', 'P10Y', 'P12M', 'P1Y6M', 'PT90S', 'PT87840H', 'P0Y1D'];
  for (const answer of ask(['calendar {"zone":"UTC"}', ...right.map((text) => `add 0 ${text}`)]).slice(1))
    assert.match(answer, /^\d+$|^never$/);
});
