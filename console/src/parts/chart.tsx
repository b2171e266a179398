// chart.tsx - a few lines of figures over time, drawn as wide as there is room. The same figures
// are there as words for who does not see them.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { dateTime } from '../lib/format';

export interface Line {
  name: string;
  tone: 'one' | 'two' | 'three';
  /** undefined: nothing is known of that moment. */
  values: readonly (number | undefined)[];
}

const HIGH = 180,
  LEFT = 58,
  BELOW = 22;

/** The next of 1, 2, 5, 10, 20, 50, ... */
function round(n: number): number {
  const ten = 10 ** Math.floor(Math.log10(n));
  return [1, 2, 5, 10].map((f) => f * ten).find((s) => s >= n) ?? 10 * ten;
}

function path(values: Line['values'], x: (i: number) => number, y: (v: number) => number): string {
  let d = '',
    pen = 'M';
  values.forEach((v, i) => {
    if (v === undefined) pen = 'M';
    else {
      d += `${pen}${x(i).toFixed(1)} ${y(v).toFixed(1)}`;
      pen = 'L';
    }
  });
  return d;
}

/** Without neighbours there is no line to draw. */
const alone = (values: Line['values'], i: number) =>
  values[i] !== undefined && values[i - 1] === undefined && values[i + 1] === undefined;

export function Chart({
  title,
  lines,
  times,
  shown,
}: {
  title: string;
  lines: readonly Line[];
  times: readonly string[];
  shown: (v: number) => string;
}) {
  const box = useRef<HTMLDivElement>(null);
  const wide = useSignal(640);
  useEffect(() => {
    const o = new ResizeObserver(([e]) => {
      wide.value = Math.max(240, Math.floor(e!.contentRect.width));
    });
    o.observe(box.current!);
    return () => o.disconnect();
  }, []);
  const most = round(Math.max(1, ...lines.flatMap((l) => l.values.map((v) => v ?? 0))));
  const w = wide.value,
    n = Math.max(1, times.length - 1);
  const x = (i: number) => LEFT + (i / n) * (w - LEFT - 8);
  const y = (v: number) => 8 + (1 - v / most) * (HIGH - BELOW - 8);
  const last = (l: Line) => l.values.findLast((v) => v !== undefined);
  const words = lines.map((l) => `${l.name}: ${last(l) === undefined ? '–' : shown(last(l)!)}`).join(', ');
  return (
    <figure class="chart" ref={box}>
      <figcaption>
        <b>{title}</b>
        {lines.map((l) => (
          <span key={l.name} class={`key ${l.tone}`}>
            {l.name}
          </span>
        ))}
      </figcaption>
      <svg viewBox={`0 0 ${w} ${HIGH}`} width={w} height={HIGH} role="img" aria-label={`${title}. ${words}`}>
        {[0, most / 2, most].map((v) => (
          <g key={v}>
            <line x1={LEFT} x2={w - 8} y1={y(v)} y2={y(v)} class="rule" />
            <text x={LEFT - 8} y={y(v) + 4} text-anchor="end">
              {shown(v)}
            </text>
          </g>
        ))}
        {times.length > 0 && (
          <>
            <text x={LEFT} y={HIGH - 4}>
              {dateTime(times[0]!)}
            </text>
            <text x={w - 8} y={HIGH - 4} text-anchor="end">
              {dateTime(times.at(-1)!)}
            </text>
          </>
        )}
        {lines.map((l) => (
          <g key={l.name} class={`line ${l.tone}`}>
            <path d={path(l.values, x, y)} />
            {l.values.map((v, i) => alone(l.values, i) && <circle key={i} cx={x(i)} cy={y(v!)} r="2.5" />)}
          </g>
        ))}
      </svg>
    </figure>
  );
}
