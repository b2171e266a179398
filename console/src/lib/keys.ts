// keys.ts - single keys as shortcuts: off in fields, while an input method composes, and
// with a modifier. Pages add theirs; `?` lists what there is.
import { signal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';
import type { Pair } from './text';

export interface Key {
  key: string;
  what: Pair;
  run: () => void;
}

export const shortcuts = signal<readonly Key[]>([]);

/** They work from the moment on in which what they are about can be seen. */
export function useKeys(keys: readonly Key[], on: readonly unknown[] = []): void {
  useLayoutEffect(() => {
    shortcuts.value = [...keys, ...shortcuts.value];
    return () => {
      shortcuts.value = shortcuts.value.filter((k) => !keys.includes(k));
    };
  }, on);
}

const typing = (e: EventTarget | null) =>
  e instanceof HTMLElement &&
  (e.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(e.tagName)) &&
  !(e instanceof HTMLInputElement && /^(checkbox|radio)$/.test(e.type));

let before = '';

addEventListener('keydown', (e) => {
  if (e.isComposing || e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || typing(e.target)) return;
  if (document.querySelector('dialog[open]')) return;
  const two = `${before} ${e.key}`;
  before = e.key === 'g' ? 'g' : '';
  const k = shortcuts.value.find((s) => s.key === two) ?? shortcuts.value.find((s) => s.key === e.key);
  if (!k) return;
  e.preventDefault();
  before = '';
  k.run();
});
