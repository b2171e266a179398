// csv.test.ts - cells that a spreadsheet would run are text, and numbers stay as they are.
import { expect, test } from 'vitest';
import { csv } from './csv';

const one = (text: string) => csv(['a'], [[text]]).slice('a\r\n'.length, -2);

test('what would be a formula in a spreadsheet is text there', () => {
  for (const bad of ['=1+1', '+1', '-cmd', '@SUM(A1)', '＝1', ' =1', '\t=1', "=HYPERLINK('x')"])
    expect(one(bad)).toMatch(/^"'/);
});

test('numbers stay numbers, to the last digit', () => {
  expect(one('-12345678901234567890.10')).toBe('-12345678901234567890.10');
  expect(csv(['a', 'b'], [[1, undefined]])).toBe('a,b\r\n1,\r\n');
});

test('quotes, commas and line breaks stay in their cell', () => {
  expect(one('a "b", c')).toBe('"a ""b"", c"');
  expect(one('a\nb')).toBe('"a\nb"');
  expect(one('髙﨑 𠮷')).toBe('髙﨑 𠮷');
});
