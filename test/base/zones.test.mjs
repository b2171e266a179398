// zones.test.mjs - base/zone and base/cron against other judges: the time zones of ICU, and a
// reference of cron that looks at every minute.
//
// The program that is asked is built from test/base/zone_tool.c. ICU has its own copy of the tz
// database; where its release is another one than the system's, a few zones may differ.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';

const TOOL = join(dirname(resolve(process.env.RINGI ?? 'build/ringi')), 'test/base/zone_tool');
const FOLDER = process.env.ZONEINFO ?? '/usr/share/zoneinfo';
const MINUTE = 60_000, DAY = 86_400_000;

/** One answer for each question. */
function ask(questions) {
  const out = execFileSync(TOOL, { input: `${questions.join('\n')}\n`, encoding: 'utf8', maxBuffer: 1 << 28 });
  return out.trimEnd().split('\n');
}

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

const formats = new Map();
function offsetOfIntl(zone, ms) {
  if (!formats.has(zone))
    formats.set(zone, new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', era: 'short',
      year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' }));
  const p = Object.fromEntries(formats.get(zone).formatToParts(ms).map((x) => [x.type, Number(x.value)]));
  const local = Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second);
  return (local - Math.floor(ms / 1000) * 1000) / 1000;
}

// ---- zones

const ZONES = Intl.supportedValuesOf('timeZone').filter((z) => /^[A-Z]/.test(z));

test('every zone shows what ICU says, from 1975 to 2100', () => {
  const r = chance(1);
  const asked = ZONES.flatMap((zone) => Array.from({ length: 40 },
    () => [zone, Date.UTC(1975, 0, 1) + r.below(125 * 365) * DAY + r.below(DAY)]));
  const answers = ask(asked.map(([zone, ms]) => `at ${zone} ${ms}`));
  const differ = new Map();
  asked.forEach(([zone, ms], i) => {
    const offset = offsetOfIntl(zone, ms);
    if (answers[i] !== 'unknown' && Number(answers[i].split(' ')[0]) !== offset)
      differ.set(zone, `${new Date(ms).toISOString()}: ${answers[i]}, ICU ${offset}`);
  });
  assert.ok(ZONES.length > 300 && answers.filter((a) => a === 'unknown').length < asked.length / 20);
  const [, release] = /^# version (\w+)/.exec(readFileSync(`${FOLDER}/tzdata.zi`, 'utf8')) ?? [];
  assert.ok(differ.size <= (release === process.versions.tz ? 0 : 5), JSON.stringify([...differ]));
});

test('local times go there and back, also close to the changes of clocks', () => {
  const r = chance(2);
  const asked = [];
  for (const zone of ZONES)
    for (let n = 0; n < 4; n++) {
      let low = Date.UTC(r.between(1980, 2060), 0, 1) + r.below(365) * DAY;
      let high = low + 200 * DAY;
      const before = offsetOfIntl(zone, low);
      if (before === offsetOfIntl(zone, high)) continue;
      while (high - low > 1000) {
        const middle = Math.floor((low + high) / 2000) * 1000;
        if (offsetOfIntl(zone, middle) === before) low = middle;
        else high = middle;
      }
      const after = offsetOfIntl(zone, high);
      for (let k = 0; k < 8; k++) asked.push({ zone, high, before, after, local: high
        + Math.min(before, after) * 1000 + r.below(Math.abs(after - before) * 3) * 1000
        - Math.abs(after - before) * 1000 });
    }
  const answers = ask(asked.map((q) => `local ${q.zone} ${q.local}`));
  asked.forEach((q, i) => {
    const early = q.local - q.before * 1000, late = q.local - q.after * 1000;
    const hits = [...(early < q.high ? [early] : []), ...(late >= q.high ? [late] : [])];
    const expected = hits.length === 2 ? `twice ${hits[0]} ${hits[1]}`
      : hits.length === 1 ? `once ${hits[0]} ${hits[0]}` : `gap ${q.high} ${q.high}`;
    if (answers[i] !== 'unknown') assert.equal(answers[i], expected, JSON.stringify(q));
  });
  assert.ok(asked.length > 1000);
});

// ---- cron: a reference without any cleverness

const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const WEEKDAYS = 'SUN MON TUE WED THU FRI SAT'.split(' ');

const number = (text, names, from) => (names?.includes(text) ? names.indexOf(text) + from : Number(text));

/** Whether a plain field (star, ranges, steps, lists) names the number. */
function names(field, n, low, high, words) {
  return field.split(',').some((item) => {
    const [range, step] = item.split('/');
    let [a, b] = range === '*' || range === '?' ? [low, high] : range.split('-').map((x) => number(x, words, low));
    if (b === undefined) b = step ? high : a;
    return n >= a && n <= b && (n - a) % Number(step ?? 1) === 0;
  });
}

/** What there is to know of a local day (milliseconds at its midnight, as if it were UTC). */
function dayOf(ms, holidays) {
  const d = new Date(ms), year = d.getUTCFullYear(), month = d.getUTCMonth();
  const length = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const weekday = (n) => new Date(Date.UTC(year, month, n)).getUTCDay();
  const all = Array.from({ length }, (_, i) => i + 1);
  const workdays = all.filter((n) => weekday(n) >= 1 && weekday(n) <= 5);
  const business = workdays.filter((n) => !holidays.has(new Date(Date.UTC(year, month, n)).toISOString().slice(0, 10)));
  return { n: d.getUTCDate(), month: month + 1, length, weekday: d.getUTCDay(), workdays, business };
}

function monthDay(item, day) {
  const { n, length, workdays, business } = day;
  let m;
  if ((m = /^L(?:-(\d+))?$/.exec(item))) return n === length - Number(m[1] ?? 0);
  if (item === 'LW') return n === workdays.at(-1);
  if (item === 'B') return business.includes(n);
  if ((m = /^(\d+)B$/.exec(item))) return n === business[m[1] - 1];
  if ((m = /^L(?:-(\d+))?B$/.exec(item))) return n === business.at(-1 - Number(m[1] ?? 0));
  if ((m = /^(\d+)W$/.exec(item))) {
    const nearest = [...workdays].sort((a, b) => Math.abs(a - m[1]) - Math.abs(b - m[1]));
    return Number(m[1]) <= length && n === nearest[0];
  }
  return names(item, n, 1, 31);
}

function weekDay(item, day) {
  const { n, length, weekday } = day;
  let m;
  if ((m = /^(\w+)#(\d)$/.exec(item))) return weekday === number(m[1], WEEKDAYS, 0) % 7 &&
    Math.ceil(n / 7) === Number(m[2]);
  if ((m = /^(\w+)L$/.exec(item))) return weekday === number(m[1], WEEKDAYS, 0) % 7 && n > length - 7;
  return names(item, weekday, 0, 6, WEEKDAYS) || (weekday === 0 && names(item, 7, 0, 6, WEEKDAYS));
}

function dayFits(f, day) {
  const byNumber = f[2].split(',').some((item) => monthDay(item, day));
  const byWeekday = f[4].split(',').some((item) => weekDay(item, day));
  const open = /^[*?]/.test(f[2]) || /^[*?]/.test(f[4]);
  return names(f[3], day.month, 1, 12, MONTHS) && (open ? byNumber && byWeekday : byNumber || byWeekday);
}

/** Looks at each minute of UTC: what a clock on the wall newly shows, or shows at all. */
function reference(text, zone, holidays, after, days) {
  const f = text.split(' ');
  const rhythm = f[0].startsWith('*') || f[1].startsWith('*');
  const fits = new Map();
  const due = (local) => {
    const midnight = Math.floor(local / DAY) * DAY, m = (local - midnight) / MINUTE;
    if (!fits.has(midnight)) fits.set(midnight, dayFits(f, dayOf(midnight, holidays)));
    return fits.get(midnight) && names(f[1], Math.floor(m / 60), 0, 23) && names(f[0], m % 60, 0, 59);
  };
  let at = Math.floor(after / MINUTE) * MINUTE - 2 * DAY, offset = offsetOfIntl(zone, at) * 1000;
  let shown = at + offset;
  const end = after + days * DAY;
  for (; at <= end; at += MINUTE) {
    if (at % (15 * MINUTE) === 0) offset = offsetAt(zone, at) * 1000; // clocks change at a quarter
    const local = at + offset, first = shown + MINUTE;
    if (local > shown) shown = local;
    if (at <= after) continue;
    if (rhythm && due(local)) return at;
    if (!rhythm) for (let l = first; l <= local; l += MINUTE) if (due(l)) return at;
  }
  return null;
}

/** As offsetOfIntl, remembered by day where the day has but one. */
const byDay = new Map();
function offsetAt(zone, ms) {
  const day = Math.floor(ms / DAY), key = `${zone} ${day}`;
  if (!byDay.has(key)) {
    const a = offsetOfIntl(zone, day * DAY);
    byDay.set(key, a === offsetOfIntl(zone, (day + 1) * DAY - 1000) ? a : null);
  }
  return byDay.get(key) ?? offsetOfIntl(zone, ms);
}

const CLOCKS = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Tokyo',
  'Africa/Casablanca', 'Pacific/Apia', 'America/Santiago', 'Asia/Kathmandu'];

function plain(r, low, high) {
  const a = r.between(low, high), b = r.between(a, high);
  return r.of(['*', `${a}`, `${a}`, `${a}-${b}`, `*/${r.between(2, Math.max(2, Math.floor(high / 2)))}`, `${a},${b}`,
    `${a}-${b}/${r.between(1, 3)}`, `${a}/${r.between(2, 5)}`]);
}

function expression(r) {
  const n = r.between(1, 31), weekday = r.of([`${r.below(8)}`, r.of(WEEKDAYS)]);
  return [plain(r, 0, 59), r.of([plain(r, 0, 23), `${r.between(0, 3)}`]),
    r.of(['*', '?', '*', plain(r, 1, 31), 'L', `L-${r.between(1, 20)}`, 'LW', `${n}W`, 'B', `${r.between(1, 23)}B`,
      'LB',
      `L-${r.between(1, 10)}B`, `1,${n}W,LB`]),
    r.of(['*', '*', '*', plain(r, 1, 12), r.of(MONTHS)]),
    r.of(['*', '?', '*', plain(r, 0, 6), weekday, `${weekday}#${r.between(1, 5)}`, `${weekday}L`, 'MON-FRI',
      'FRI-SUN'])].join(' ');
}

/** A moment; often shortly before the clocks of the zone change. */
function moment(r, zone) {
  const ms = Date.UTC(r.between(2009, 2030), 0, 1) + r.below(365) * DAY + r.below(DAY);
  if (r.below(3) === 0) return ms;
  for (let day = 0; day < 220; day++)
    if (offsetAt(zone, ms + day * DAY) !== offsetAt(zone, ms + (day + 1) * DAY)) return ms + day * DAY + r.below(DAY);
  return ms;
}

test('the next time is the one that a look at every minute finds', () => {
  const r = chance(3), DAYS = 70;
  const cases = Array.from({ length: Number(process.env.CRON_CASES ?? 700) }, () => {
    const zone = r.of(CLOCKS), after = moment(r, zone);
    const holidays = Array.from({ length: 12 }, () => after + r.below(60) * DAY).sort((a, b) => a - b)
      .map((ms) => new Date(ms).toISOString().slice(0, 10));
    return { zone, after, holidays: [...new Set(holidays)], text: expression(r) };
  });
  const answers = ask(cases.map((c) => `next ${c.zone} ${c.after} ${c.holidays.join(',')} ${c.text}`));
  let found = 0;
  cases.forEach((c, i) => {
    const expected = reference(c.text.replace('FRI-SUN', 'FRI,SAT,SUN'), c.zone, new Set(c.holidays), c.after, DAYS);
    const told = answers[i] === 'never' ? Infinity : Number(answers[i]);
    if (expected === null) assert.ok(told > c.after + DAYS * DAY, `${JSON.stringify(c)}: ${answers[i]}`);
    else assert.equal(told, expected, `${JSON.stringify(c)}: ${new Date(told).toISOString()}`);
    found += expected !== null;
  });
  assert.ok(found > cases.length / 2, `${found} of ${cases.length} were due`);
});

test('what is no expression is refused with its field', () => {
  const wrong = { '60 * * * *': 'minute', '* 24 * * *': 'hour', '* * 0 * *': 'day-of-month', '* * * 13 *': 'month',
    '* * * * 8': 'day-of-week', '* * * *': 'cron', '@often': 'cron' };
  const answers = ask(Object.keys(wrong).map((text) => `next UTC 0 - ${text}`));
  assert.deepEqual(answers, Object.values(wrong).map((field) => `wrong ${field}`));
});
