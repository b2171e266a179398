// days.ts - days of the calendar as texts, 2026-04-01, and periods whose end does not belong
// to them. No time zone but where one is said.
import { date, dateTime, zone } from './format';
import { texts } from './text';

const t = texts({
  between: ['{from} to {until}', '{from} ～ {until}'],
  since: ['from {from}', '{from} から'],
});

const utc = (day: string) => Date.parse(`${day}T00:00:00Z`);

export const dayPlus = (day: string, n: number) =>
  new Date(utc(day) + n * 86_400_000).toISOString().slice(0, 10);
/** 0: Sunday. */
export const weekday = (day: string) => new Date(utc(day)).getUTCDay();
export const daysOfMonth = (year: number, month: number) =>
  Array.from({ length: new Date(Date.UTC(year, month, 0)).getUTCDate() }, (_, i) =>
    dayOf(year, month, i + 1),
  );
export const dayOf = (year: number, month: number, day: number) =>
  `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;

const clocks = new Map<string, Intl.DateTimeFormat>();

/** The day and the time of day that a moment is in a zone. */
export function local(at: string | number, of = zone.value): { day: string; time: string } {
  let f = clocks.get(of);
  if (!f) {
    f = new Intl.DateTimeFormat('en-CA', {
      timeZone: of,
      dateStyle: 'short',
      timeStyle: 'medium',
      hourCycle: 'h23',
    });
    clocks.set(of, f);
  }
  const [day, time] = f.format(new Date(at)).split(', ');
  return { day: day!, time: time! };
}

const midnight = (at: string) => local(at).time === '00:00:00';

/** A period for people: whole days as days, the last one included. */
export function period(from: string, until?: string): string {
  const begin = midnight(from) ? date(from) : dateTime(from);
  if (!until) return t('since', { from: begin });
  const end = midnight(until) ? date(new Date(Date.parse(until) - 1).toISOString()) : dateTime(until);
  return begin === end ? begin : t('between', { from: begin, until: end });
}

/** Whether `day` has something of the period, on the clocks of the zone. */
export function covers(day: string, from: string, until?: string): boolean {
  if (day < local(from).day) return false;
  if (!until) return true;
  return day <= local(Date.parse(until) - 1).day;
}
