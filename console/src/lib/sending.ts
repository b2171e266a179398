// sending.ts - one intended change at a time: busy while it is under way, and one id until the
// server has answered, so that a double click and a second try after a lost answer decide once.
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { Problem, requestId } from './api';

export interface Sending {
  busy: boolean;
  problem: Problem | null;
  /** `what` says what is intended: another intention has another id. True: it is done. */
  run: (what: unknown, send: (id: string) => Promise<unknown>) => Promise<boolean>;
  forget: () => void;
}

/** Whether it may have been carried out although it was not answered. */
const unsure = (p: Problem) => p.status === 0 || p.status >= 500;

export function useSending(): Sending {
  const busy = useSignal(false),
    problem = useSignal<Problem | null>(null),
    kept = useRef<{ what: string; id: string } | null>(null);
  const run: Sending['run'] = async (what, send) => {
    if (busy.peek()) return false;
    const text = JSON.stringify(what);
    if (kept.current?.what !== text) kept.current = { what: text, id: requestId() };
    busy.value = true;
    problem.value = null;
    try {
      await send(kept.current.id);
      kept.current = null;
      return true;
    } catch (e) {
      problem.value = e instanceof Problem ? e : new Problem(0, 'BROKEN', String(e));
      if (!unsure(problem.value)) kept.current = null;
      return false;
    } finally {
      busy.value = false;
    }
  };
  const forget = () => {
    problem.value = null;
  };
  return { busy: busy.value, problem: problem.value, run, forget };
}
