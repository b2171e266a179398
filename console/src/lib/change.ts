// change.ts - one intended change: done once however often it is clicked, and sent again under
// the same id after a lost answer, until the server has said yes or no.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { post, Problem, requestId } from './api';

/** One id for as long as what is intended is the same and was not answered. */
class Ids {
  private kept: { what: string; id: string } | null = null;
  of(what: unknown): string {
    const text = JSON.stringify(what);
    if (this.kept?.what !== text) this.kept = { what: text, id: requestId() };
    return this.kept.id;
  }
  answered(by?: unknown): void {
    if (!(by instanceof Problem) || !by.unsure) this.kept = null;
  }
}

/** Sends a change; who shows that it is under way, and a refusal, is somebody else. */
export function useIntent() {
  const ids = useMemo(() => new Ids(), []);
  return async <T>(path: string, body: unknown = {}): Promise<T> => {
    try {
      const answer = await post<T>(path, body, ids.of([path, body]));
      ids.answered();
      return answer;
    } catch (e) {
      ids.answered(e);
      throw e;
    }
  };
}

export function useChange() {
  const busy = useSignal(false),
    problem = useSignal<Problem | null>(null);
  const ids = useMemo(() => new Ids(), []);
  /** True: it was done. A refusal is in `problem`; anything else is a bug of ours, which is shown
   * and goes on. `what` says what is intended: `act` gets an id for it. */
  const run = async (act: (id: string) => Promise<unknown>, what?: unknown): Promise<boolean> => {
    if (busy.peek()) return false;
    busy.value = true;
    problem.value = null;
    try {
      await act(what === undefined ? '' : ids.of(what));
      ids.answered();
      return true;
    } catch (e) {
      ids.answered(e);
      problem.value = e instanceof Problem ? e : new Problem(0, 'BROKEN', String(e));
      if (!(e instanceof Problem)) throw e;
      return false;
    } finally {
      busy.value = false;
    }
  };
  /** Sends it under one id for as long as it says the same. */
  const once = <T>(path: string, body: unknown = {}) => post<T>(path, body, ids.of([path, body]));
  const forget = () => {
    problem.value = null;
  };
  return { busy, problem, run, once, forget };
}
