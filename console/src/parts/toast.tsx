// toast.tsx - what just happened, said once, also to screen readers; with a way back where
// there is one.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { Problem } from '../lib/api';
import { Button, problemText } from './parts';

interface Toast {
  id: number;
  text: ComponentChildren;
  bad: boolean;
  undo?: { text: string; run: () => void };
}

const shown = signal<readonly Toast[]>([]);
let last = 0;

const drop = (id: number) => {
  shown.value = shown.value.filter((x) => x.id !== id);
};

export function tell(
  text: ComponentChildren,
  o: { bad?: boolean; undo?: Toast['undo']; ms?: number } = {},
): number {
  const id = ++last;
  shown.value = [...shown.value.slice(-3), { id, text, bad: o.bad ?? false, undo: o.undo }];
  setTimeout(() => drop(id), o.ms ?? (o.bad ? 12_000 : 5000));
  return id;
}

/** A refusal in a sentence; anything else is a bug of ours and goes on. */
export function tellProblem(e: unknown): void {
  if (e instanceof Problem) tell(problemText(e), { bad: true });
  else throw e;
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.value.map((x) => (
        <div key={x.id} class={`toast ${x.bad ? 'bad' : ''}`}>
          <span>{x.text}</span>
          {x.undo && (
            <Button
              tone="quiet"
              onClick={() => {
                x.undo!.run();
                drop(x.id);
              }}
            >
              {x.undo.text}
            </Button>
          )}
        </div>
      ))}
    </div>
  );
}
