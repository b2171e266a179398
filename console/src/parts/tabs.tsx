// tabs.tsx - views of one page, by a parameter of its address.
import type { ComponentChildren } from 'preact';
import { href, place } from '../lib/router';

export interface Tab {
  /** '' is the first. */
  show: string;
  title: string;
  view: () => ComponentChildren;
}

export function Tabs({ of, label }: { of: readonly Tab[]; label: string }) {
  const at = of.find((x) => x.show === (place.value.query.get('show') ?? '')) ?? of[0]!;
  return (
    <>
      <nav class="tabs" aria-label={label}>
        {of.map((x) => (
          <a
            key={x.show}
            href={href(place.value.path + (x.show && `?show=${x.show}`))}
            aria-current={x === at ? 'page' : undefined}
          >
            {x.title}
          </a>
        ))}
      </nav>
      {at.view()}
    </>
  );
}
