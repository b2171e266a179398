// windowed.tsx - a long table of which only what is in sight is in the page. It scrolls with the
// page; all rows are equally high. While it scrolls, layout is read once a frame and only rows
// that come into sight are made.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { language } from '../lib/text';

const BEYOND = 6,
  STEP = 4,
  UNKNOWN_HEIGHT = 44;

type Cells<T> = (item: T, index: number) => readonly ComponentChildren[];

/** Made anew only when its item is another: a component that reads a signal is compared by what
 * it was given. `nums`: which cells are numbers, as in "011". */
function Row<T>({ item, index, nums, row }: { item: T; index: number; nums: string; row: Cells<T> }) {
  void language.value;
  return (
    <div role="row" class="windowed-row" aria-rowindex={index + 2}>
      {row(item, index).map((cell, c) => (
        <div key={c} role="cell" class={nums[c] === '1' ? 'num' : ''}>
          {cell}
        </div>
      ))}
    </div>
  );
}

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
  /** The same function for as long as it makes the same of an item. */
  row: Cells<T>;
  keyOf: (item: T) => string;
  /** The end is near: more may be loaded. */
  onEnd?: () => void;
}) {
  const space = useRef<HTMLDivElement>(null),
    rows = useRef<HTMLDivElement>(null),
    high = useRef(0),
    laid = useRef({ height: -1, above: -1, items: -1 });
  const seen = useSignal({ first: 0, count: 32 });
  // Reads layout, writes none.
  const look = () => {
    const s = space.current;
    if (!s) return;
    const one = high.current || UNKNOWN_HEIGHT;
    const above = Math.max(0, Math.floor(-s.getBoundingClientRect().top / one) - BEYOND);
    const first = above - (above % STEP);
    const count = Math.ceil(innerHeight / one) + 2 * BEYOND + STEP;
    if (first !== seen.peek().first || count !== seen.peek().count) seen.value = { first, count };
    if (onEnd && first + count >= items.length) onEnd();
  };
  // Writes layout, and reads it only where the height of a row is not known.
  const lay = () => {
    high.current ||= (rows.current!.firstElementChild as HTMLElement | null)?.offsetHeight ?? 0;
    const one = high.current || UNKNOWN_HEIGHT,
      height = items.length * one,
      above = Math.min(seen.peek().first, items.length) * one;
    if (height !== laid.current.height) space.current!.style.height = `${height}px`;
    if (above !== laid.current.above) rows.current!.style.transform = `translateY(${above}px)`;
    const other = items.length !== laid.current.items;
    laid.current = { height, above, items: items.length };
    if (other) look();
  };
  const latest = useRef(look);
  latest.current = look;
  useLayoutEffect(lay);
  useEffect(() => {
    let asked = 0;
    const ask = () => {
      asked ||= requestAnimationFrame(() => {
        asked = 0;
        latest.current();
      });
    };
    const resized = () => {
      const before = high.current;
      high.current = (rows.current?.firstElementChild as HTMLElement | null)?.offsetHeight ?? 0;
      if (high.current !== before) seen.value = { ...seen.value };
      ask();
    };
    addEventListener('scroll', ask, { passive: true });
    addEventListener('resize', resized);
    return () => {
      cancelAnimationFrame(asked);
      removeEventListener('scroll', ask);
      removeEventListener('resize', resized);
    };
  }, []);
  const { first, count } = seen.value;
  const nums = head.map((h) => (h.num ? '1' : '0')).join('');
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
            <Row key={keyOf(item)} item={item} index={first + i} nums={nums} row={row} />
          ))}
        </div>
      </div>
    </div>
  );
}
