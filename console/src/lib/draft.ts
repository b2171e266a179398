// draft.ts - what somebody types, kept on their device until it was sent: a reload, a lost
// session or a closed tab takes nothing away.
import { signal, type Signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { me } from './session';

const PREFIX = 'ringi.draft.';

function read<T>(key: string, empty: T): T {
  try {
    const kept = localStorage.getItem(key);
    return kept === null ? empty : (JSON.parse(kept) as T);
  } catch {
    return empty;
  }
}

export interface Draft<T> {
  value: Signal<T>;
  /** There is something in it. */
  kept: () => boolean;
  drop: () => void;
}

/** A value of this person under a name; `empty` is what there is without one. */
export function useDraft<T>(name: string, empty: T): Draft<T> {
  const key = `${PREFIX}${me.value?.principal}.${name}`;
  const none = JSON.stringify(empty);
  const value = useMemo(() => signal(read(key, empty)), [key]);
  useEffect(
    () =>
      value.subscribe((v) => {
        const text = JSON.stringify(v);
        try {
          if (text === none) localStorage.removeItem(key);
          else localStorage.setItem(key, text);
        } catch {
          // Full, or forbidden: it is in the page all the same.
        }
      }),
    [value],
  );
  return {
    value,
    kept: () => JSON.stringify(value.value) !== none,
    drop: () => {
      value.value = empty;
    },
  };
}
