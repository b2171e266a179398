// names.ts - what to call people: as the directory has it, and as answers about approvals tell it
// to those who may not look there. Another person at the keyboard begins with nothing.
import { effect, signal } from '@preact/signals';
import { me } from './session';

export interface Named {
  id: string;
  name?: string;
  department?: string;
}

export const known = signal<ReadonlyMap<string, Named>>(new Map());

export function introduce(people: readonly Named[] | undefined): void {
  if (!people?.length) return;
  const all = new Map(known.peek());
  for (const p of people) all.set(p.id, { ...all.get(p.id), ...p });
  known.value = all;
}

let of: string | undefined;
effect(() => {
  const who = me.value?.principal;
  if (who !== of && of !== undefined) known.value = new Map();
  of = who;
});
