// router.ts - which page is shown: the address is the state, so that every view can be
// bookmarked. Paths are those behind the root of the server: '/queues/orders'.
import { signal } from '@preact/signals';
import { root } from './root';

export interface Place {
  path: string;
  query: URLSearchParams;
}

function read(): Place {
  const p = location.pathname;
  return {
    path: `/${p.startsWith(root) ? p.slice(root.length) : ''}`.replace(/(.)\/$/, '$1'),
    query: new URLSearchParams(location.search),
  };
}

export const place = signal<Place>(read());

/** The address of a page, for href. */
export const href = (to: string) => root + to.replace(/^\//, '');

export function go(to: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', href(to));
  else history.pushState(null, '', href(to));
  place.value = read();
  if (!replace) scrollTo(0, 0);
}

/** The same page with other parameters; null and '' take one away. */
export function ask(change: Record<string, string | null>, { replace = true } = {}): void {
  const q = new URLSearchParams(place.value.query);
  for (const [k, v] of Object.entries(change))
    if (v) q.set(k, v);
    else q.delete(k);
  const s = q.toString();
  go(place.value.path + (s && `?${s}`), { replace });
}

addEventListener('popstate', () => {
  place.value = read();
});

// Links of this console change the page without loading it; with a modifier, or to anywhere
// else, they are links.
addEventListener('click', (e) => {
  const a = (e.target as Element | null)?.closest?.('a');
  if (!a || e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
  if (a.target || a.hasAttribute('download') || a.origin !== location.origin) return;
  if (!a.pathname.startsWith(root) || a.pathname.startsWith(`${root}v1/`)) return;
  if (a.hash && a.pathname === location.pathname) return;
  e.preventDefault();
  go(`/${a.pathname.slice(root.length)}${a.search}`);
});
