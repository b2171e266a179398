// windowed.tsx - a long table of which only what is in sight is in the page. It scrolls with the
// page; all rows are equally high.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

const BEYOND = 8;

export function Windowed<T>({
  items,
  kind,
  label,
  head,
  row,
  keyOf,
  onEnd,
}: {
  items: readonly T[];
  /** The class that gives its columns. */
  kind: string;
  label: string;
  head: readonly { text: ComponentChildren; num?: boolean; sorted?: 'ascending' | 'descending' }[];
  row: (item: T, index: number) => readonly ComponentChildren[];
  keyOf: (item: T) => string;
  /** The end is near: more may be loaded. */
  onEnd?: () => void;
}) {
  const space = useRef<HTMLDivElement>(null),
    rows = useRef<HTMLDivElement>(null);
  const seen = useSignal({ first: 0, count: 40 });
  const place = () => {
    const s = space.current;
    if (!s) return;
    const high = (rows.current?.firstElementChild as HTMLElement | null)?.offsetHeight ?? 44;
    const above = Math.max(0, Math.floor(-s.getBoundingClientRect().top / high) - BEYOND);
    const first = above - (above % 4);
    const count = Math.ceil(innerHeight / high) + 2 * BEYOND + 4;
    if (first !== seen.value.first || count !== seen.value.count) seen.value = { first, count };
    s.style.height = `${items.length * high}px`;
    rows.current!.style.transform = `translateY(${Math.min(seen.value.first, items.length) * high}px)`;
    if (onEnd && first + count >= items.length) onEnd();
  };
  const latest = useRef(place);
  latest.current = place;
  useLayoutEffect(place);
  useEffect(() => {
    let asked = 0;
    const ask = () => {
      asked ||= requestAnimationFrame(() => {
        asked = 0;
        latest.current();
      });
    };
    addEventListener('scroll', ask, { passive: true });
    addEventListener('resize', ask);
    return () => {
      cancelAnimationFrame(asked);
      removeEventListener('scroll', ask);
      removeEventListener('resize', ask);
    };
  }, []);
  const { first, count } = seen.value;
  return (
    <div class={`windowed ${kind}`} role="table" aria-label={label} aria-rowcount={items.length + 1}>
      <div role="rowgroup" class="windowed-head">
        <div role="row" aria-rowindex={1}>
          {head.map((h, i) => (
            <div key={i} role="columnheader" class={h.num ? 'num' : ''} aria-sort={h.sorted}>
              {h.text}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" class="windowed-space" ref={space}>
        <div role="presentation" ref={rows}>
          {items.slice(first, first + count).map((item, i) => (
            <div key={keyOf(item)} role="row" class="windowed-row" aria-rowindex={first + i + 2}>
              {row(item, first + i).map((cell, c) => (
                <div key={c} role="cell" class={head[c]!.num ? 'num' : ''}>
                  {cell}
                </div>
              ))}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}
