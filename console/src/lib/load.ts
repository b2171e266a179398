// load.ts - data of a page: loaded when it is shown, again when asked, dropped when it goes.
// What was there stays until the new is there: nothing flickers, nothing jumps.
import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { Problem } from './api';

export interface Loaded<T> {
  data: T | undefined;
  problem: Problem | undefined;
  loading: boolean;
  again: () => void;
}

/** `load` is called again when something of `on` changes, and every `every` ms while the page
 * is visible; another `every` alone loads nothing. */
export function useLoad<T>(
  load: (signal: AbortSignal) => Promise<T>,
  on: readonly unknown[],
  every = 0,
): Loaded<T> {
  const state = useSignal<{ data?: T; problem?: Problem; loading: boolean }>({ loading: true });
  const latest = useRef(load);
  const stop = useRef<AbortController | undefined>(undefined);
  latest.current = load;
  const again = useCallback(() => {
    stop.current?.abort();
    const c = (stop.current = new AbortController());
    state.value = { ...state.value, loading: true };
    latest.current(c.signal).then(
      (data) => {
        if (!c.signal.aborted) state.value = { data, loading: false };
      },
      (e: unknown) => {
        if (c.signal.aborted) return;
        const problem = e instanceof Problem ? e : new Problem(0, 'BROKEN', String(e));
        state.value = { ...state.value, problem, loading: false };
      },
    );
  }, []);
  useEffect(() => {
    state.value = { loading: true };
    again();
    return () => stop.current?.abort();
  }, on);
  useEffect(() => {
    if (every <= 0) return;
    const timer = setInterval(() => {
      if (!document.hidden) again();
    }, every);
    return () => clearInterval(timer);
  }, [every, ...on]);
  const s = state.value;
  return { data: s.data, problem: s.problem, loading: s.loading, again };
}
