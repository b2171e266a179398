// catalogue.test.ts - every text of the console is there in both languages: with the same names in
// braces, and each in its own script.
import { expect, test } from 'vitest';

const files: Record<string, string> = import.meta.glob('../**/*.{ts,tsx}', {
  query: '?raw',
  import: 'default',
  eager: true,
});
const JAPANESE = /[\u3040-\u30ff\u4e00-\u9fff]/;
const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();

/** The texts of a file, as it says them: [key, [English, Japanese]]. */
function said(source: string): [string, string[]][] {
  return [...source.matchAll(/\b(?:texts|words)(?:<[^>]*>)?\(\{\n([\s\S]*?)\n\}\)/g)].flatMap((m) =>
    Object.entries(new Function(`return {${m[1]}}`)() as Record<string, string[]>),
  );
}

const all = Object.entries(files)
  .filter(([file]) => !file.endsWith('.test.ts'))
  .flatMap(([file, source]) => said(source).map(([key, pair]) => ({ at: `${file} ${key}`, pair })));

test('no text was overlooked', () => {
  expect(all.length).toBeGreaterThan(1000);
});

test('each is a pair with the same names in braces', () => {
  const wrong = all.filter(
    ({ pair }) =>
      pair.length !== 2 || pair.some((x) => x.trim() === '') || `${names(pair[0]!)}` !== `${names(pair[1]!)}`,
  );
  expect(wrong).toEqual([]);
});

test('English has no Japanese in it, and Japanese is not English', () => {
  const strange = all.filter(({ at, pair: [en, ja] }) => {
    if (at.endsWith(' language')) return false; // the button that offers the other one
    const of = ja!.replace(/\{\w+\}/g, '');
    return JAPANESE.test(en!) || (en !== ja && /[a-z]/.test(of) && !JAPANESE.test(of));
  });
  expect(strange).toEqual([]);
});
