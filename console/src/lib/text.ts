// text.ts - words in English and Japanese, side by side where they are used:
//
//     const t = texts({ hello: ['Hello {name}', '{name}さん、こんにちは'] });
//     t('hello', { name: 'Aoki' })
//
// A pair is a pair: a text without its other language does not compile.
import { effect, signal } from '@preact/signals';

export type Language = 'en' | 'ja';
const KEPT = 'ringi.language';

const first = (): Language => {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'en' || kept === 'ja') return kept;
  return navigator.language.startsWith('ja') ? 'ja' : 'en';
};

export const language = signal<Language>(first());

effect(() => {
  document.documentElement.lang = language.value;
});

export function speak(l: Language): void {
  localStorage.setItem(KEPT, l);
  language.value = l;
}

export type Pair = readonly [en: string, ja: string];
export type Vars = Record<string, string | number>;

export function say(pair: Pair, vars?: Vars): string {
  const s = pair[language.value === 'ja' ? 1 : 0];
  return vars ? s.replace(/\{(\w+)\}/g, (whole, k: string) => (k in vars ? String(vars[k]) : whole)) : s;
}

export function texts<T extends Record<string, Pair>>(pairs: T) {
  return (key: keyof T, vars?: Vars): string => say(pairs[key]!, vars);
}

/** Words for codes: the code itself where none are known. */
export function words<T extends Record<string, Pair>>(pairs: T) {
  return (code: string): string => (Object.hasOwn(pairs, code) ? say(pairs[code]!) : code);
}
