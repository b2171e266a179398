// exact.test.ts - numbers of users keep every digit; what is no JSON is told.
import { expect, test } from 'vitest';
import { differences, grouped, plain, readExact, writeExact } from './exact';

test('what was read is written again, to the last digit', () => {
  for (const text of ['{"a":12345678901234567890.10,"b":[1e400,-0,""],"c":{}}', '[]', 'null', '"\\u0000𠮷"'])
    expect(writeExact(readExact(text))).toBe(text);
  expect(writeExact(readExact('{"a":[1,{"b":2}],"c":{}}'), '  ')).toBe(
    '{\n  "a": [\n    1,\n    {\n      "b": 2\n    }\n  ],\n  "c": {}\n}',
  );
  expect(plain(readExact('{"a":[1,true]}'))).toEqual({ a: [1, true] });
});

test('what is no JSON is refused', () => {
  for (const text of [
    '',
    '{',
    '[1,]',
    '{"a":1,}',
    '01',
    '1.',
    '"\n"',
    '{"a" 1}',
    '[1] 2',
    ']',
    'nul',
    `${'['.repeat(500)}`,
  ])
    expect(() => readExact(text), text).toThrow(SyntaxError);
});

test('differences name their place, and only what differs', () => {
  const of = (a: string, b: string) =>
    differences(readExact(a), readExact(b)).map((d) => [
      d.path.join('/'),
      d.was === undefined ? null : writeExact(d.was),
      d.is === undefined ? null : writeExact(d.is),
    ]);
  expect(of('{"a":1,"b":[1,2],"c":{"d":1}}', '{"a":1.0,"b":[1],"c":{"d":1,"e":null}}')).toEqual([
    ['a', '1', '1.0'],
    ['b/2', '2', null],
    ['c/e', null, 'null'],
  ]);
  expect(of('{"a":1,"b":2}', '{"b":2,"a":1}')).toEqual([]);
});

test('amounts are grouped as text', () => {
  expect(['1234567.500', '12', '-1000', '1e9', '12345678901234567890'].map(grouped)).toEqual([
    '1,234,567.5',
    '12',
    '-1,000',
    '1e9',
    '12,345,678,901,234,567,890',
  ]);
});
