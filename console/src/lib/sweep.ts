// sweep.ts - one thing done to many: item by item, each with its result, or step by step by a
// query of the server. It can be stopped; what was done stays done.
import { post, Problem, requestId } from './api';

export interface Refused {
  /** What it was, for people. */
  what: string;
  problem: Problem;
}
export interface Swept {
  done: number;
  refused: readonly Refused[];
  /** Refused by steps, which tell only how many. */
  refusedCount?: number;
}

const AT_ONCE = 4;

/** Sent again under the same id when no answer came. */
async function tried<T>(act: (id: string) => Promise<T>): Promise<T> {
  const id = requestId();
  for (let left = 2; ; left--)
    try {
      return await act(id);
    } catch (e) {
      if (!(e instanceof Problem) || !e.unsure || left === 0) throw e;
    }
}

/** `act` for each of `items`, a few at once. */
export async function sweepEach<T>(
  items: readonly T[],
  name: (item: T) => string,
  act: (item: T, id: string) => Promise<unknown>,
  tell: (so: Swept) => void,
  stop: AbortSignal,
): Promise<void> {
  let next = 0,
    done = 0;
  const refused: Refused[] = [];
  const worker = async () => {
    while (next < items.length && !stop.aborted) {
      const item = items[next++]!;
      try {
        await tried((id) => act(item, id));
        done++;
      } catch (e) {
        if (!(e instanceof Problem)) throw e;
        refused.push({ what: name(item), problem: e });
      }
      tell({ done, refused: [...refused] });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

interface Step {
  cursor?: unknown;
  delayed?: number;
}

/** A query of the server, step by step until there is no other: `of` says what a step did. */
export async function sweepQuery<T extends object>(
  path: string,
  body: Record<string, unknown>,
  of: (step: T) => { done: number; refused?: number },
  tell: (so: Swept) => void,
  stop: AbortSignal,
  most = Infinity,
): Promise<{ done: number; more: boolean }> {
  let at: Step = {}, // what the step before said, to go on from
    done = 0,
    refusedCount = 0;
  do {
    const asked = { ...body, cursor: at.cursor, delayed: at.delayed };
    const step = await tried((id) => post<T & Step>(path, asked, id));
    const did = of(step);
    done += did.done;
    refusedCount += did.refused ?? 0;
    at = step;
    tell({ done, refused: [], refusedCount });
  } while (at.cursor !== undefined && !stop.aborted && done < most);
  return { done, more: at.cursor !== undefined };
}
