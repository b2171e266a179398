// rows.tsx - a table that is a list of cards on a phone: each cell says what it is by the head of
// its column.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export function Rows({ children, class: name = '' }: { children: ComponentChildren; class?: string }) {
  const ref = useRef<HTMLTableElement>(null);
  useEffect(() => {
    const heads = [...ref.current!.querySelectorAll('thead th')].map((th) => th.textContent ?? '');
    for (const row of ref.current!.tBodies[0]?.rows ?? [])
      [...row.cells].forEach((cell, i) => {
        if (heads[i]) cell.dataset.label = heads[i];
      });
  });
  return (
    <table ref={ref} class={`listing ${name}`}>
      {children}
    </table>
  );
}
