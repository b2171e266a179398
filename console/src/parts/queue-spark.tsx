// queue-spark.tsx - what came into a queue in the last hour, as a small line. Asked for once a
// row has stood still in sight for a moment, a few at a time, and kept for a minute.
import { signal, type Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get } from '../lib/api';
import { number } from '../lib/format';
import { queuePath, type Point } from '../lib/queues';
import { texts } from '../lib/text';
import { Spark } from './parts';

const t = texts({
  came: ['{n} came in within the last hour', '直近1時間に {n} 件到着'],
});

const STEPS = 30,
  STEP_MS = 120_000,
  KEPT_MS = 60_000,
  STILL_MS = 250,
  AT_ONCE = 3;

interface Course {
  at: number;
  values: number[];
}
const known = new Map<string, Signal<Course | null>>();
const wanted = new Set<string>();
let asking = 0;

const courseOf = (name: string) => {
  let s = known.get(name);
  if (!s) known.set(name, (s = signal<Course | null>(null)));
  return s;
};

async function load(name: string): Promise<number[]> {
  const h = await get<{ to: string; points: Point[] }>(queuePath(name, '/history'));
  const end = Date.parse(h.to);
  const values = Array<number>(STEPS).fill(0);
  for (const p of h.points) {
    const back = Math.floor((end - Date.parse(p.at)) / STEP_MS);
    if (back >= 0 && back < STEPS) values[STEPS - 1 - back]! += p.sent + p.moved_in;
  }
  return values;
}

async function work(): Promise<void> {
  if (asking >= AT_ONCE) return;
  asking++;
  for (const name of wanted) {
    wanted.delete(name);
    // Without the right to see it, or without an answer, there is no line.
    const values = await load(name).catch(() => [] as number[]);
    courseOf(name).value = { at: Date.now(), values };
  }
  asking--;
}

export function QueueSpark({ name }: { name: string }) {
  const course = courseOf(name);
  useEffect(() => {
    const ask = () => {
      if (document.hidden || Date.now() - (course.peek()?.at ?? 0) < KEPT_MS) return;
      wanted.add(name);
      void work();
    };
    const first = setTimeout(ask, STILL_MS),
      every = setInterval(ask, KEPT_MS);
    return () => {
      clearTimeout(first);
      clearInterval(every);
      wanted.delete(name);
    };
  }, [name]);
  const values = course.value?.values;
  if (!values?.length) return null;
  const sum = values.reduce((a, b) => a + b, 0);
  if (sum === 0) return <span class="faint">–</span>;
  return <Spark values={values} label={t('came', { n: number(sum) })} />;
}
