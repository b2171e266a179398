// change.ts - one intended change: done once however often it is clicked, and sent again under
// the same id after a lost answer.
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { post, Problem, requestId } from './api';

export function useChange() {
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const last = useRef({ what: '', id: '' });
  /** True: it was done. A refusal is in `problem`; anything else is a bug of ours. */
  const run = async (what: () => Promise<unknown>): Promise<boolean> => {
    if (busy.peek()) return false;
    busy.value = true;
    problem.value = null;
    try {
      await what();
      last.current = { what: '', id: '' };
      return true;
    } catch (e) {
      if (!(e instanceof Problem)) throw e;
      problem.value = e;
      return false;
    } finally {
      busy.value = false;
    }
  };
  /** Sends it under one id for as long as it says the same. */
  const once = <T>(path: string, body: unknown = {}) => {
    const what = JSON.stringify([path, body]);
    if (last.current.what !== what) last.current = { what, id: requestId() };
    return post<T>(path, body, last.current.id);
  };
  return { busy, problem, run, once };
}
