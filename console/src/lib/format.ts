// format.ts - numbers, times and lengths of time for people. The zone is always the one that
// is stated in the header, never silently the browser's.
import { signal } from '@preact/signals';
import { language } from './text';

const KEPT = 'ringi.zone';
export const zone = signal(
  localStorage.getItem(KEPT) ?? Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC',
);

export function useZone(z: string): void {
  localStorage.setItem(KEPT, z);
  zone.value = z;
}

const locale = () => (language.value === 'ja' ? 'ja-JP' : 'en-GB');

/** Formats are dear to make and cheap to use: long lists have one for each of their cells. */
function kept<T>(make: (locale: string, zone: string) => T): () => T {
  const made = new Map<string, T>();
  return () => {
    const key = `${locale()} ${zone.value}`;
    let f = made.get(key);
    if (f === undefined) made.set(key, (f = make(locale(), zone.value)));
    return f;
  };
}
const dates = new Map<string, () => Intl.DateTimeFormat>();

function dated(kind: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  let f = dates.get(kind);
  if (!f) dates.set(kind, (f = kept((l, timeZone) => new Intl.DateTimeFormat(l, { ...options, timeZone }))));
  return f();
}

/** 2026/11/22(日) 15:00, or 22 Nov 2026, 15:00. */
export const dateTime = (t: string) =>
  dated('dt', {
    year: 'numeric',
    month: language.value === 'ja' ? 'numeric' : 'short',
    day: 'numeric',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(new Date(t));
export const date = (t: string) =>
  dated('d', {
    year: 'numeric',
    month: language.value === 'ja' ? 'numeric' : 'short',
    day: 'numeric',
    weekday: 'short',
  }).format(new Date(t));
export const exact = (t: string) =>
  dated('x', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).format(new Date(t));

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

const relatives = kept((l) => new Intl.RelativeTimeFormat(l, { numeric: 'auto' }));

/** "in 3 hours", "2 日前". */
export function relative(t: string, now: number): string {
  const ms = new Date(t).getTime() - now;
  const [unit, size] = UNITS.find(([, s]) => Math.abs(ms) >= s) ?? ['second', 1000];
  return relatives().format(Math.trunc(ms / size), unit);
}

const units = new Map<string, () => Intl.NumberFormat>();
function inUnit(unit: string, maximumFractionDigits: number): Intl.NumberFormat {
  const key = `${unit} ${maximumFractionDigits}`;
  let f = units.get(key);
  if (!f) {
    const options = { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits } as const;
    units.set(key, (f = kept((l) => new Intl.NumberFormat(l, options))));
  }
  return f();
}

/** A length of time: "1.2 s", "3 min", "5 h". */
export function lasting(ms: number): string {
  const f = (n: number, unit: string) => inUnit(unit, n < 10 ? 1 : 0).format(n);
  if (ms < 1000) return f(ms, 'millisecond');
  if (ms < 60_000) return f(ms / 1000, 'second');
  if (ms < 3_600_000) return f(ms / 60_000, 'minute');
  if (ms < 172_800_000) return f(ms / 3_600_000, 'hour');
  return f(ms / 86_400_000, 'day');
}

const numbers = kept((l) => new Intl.NumberFormat(l));
const shorts = kept((l) => new Intl.NumberFormat(l, { notation: 'compact', maximumFractionDigits: 1 }));
export const number = (n: number) => numbers().format(n);
export const short = (n: number) => shorts().format(n);
