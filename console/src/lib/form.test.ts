// form.test.ts - forms without a browser: digits, conditions, what is left out, labels.
import { expect, test, vi } from 'vitest';
import { compareDigits, readDigits } from './digits';
import { writeExact, readExact } from './exact';
import { fresh, holds, labelled, read, typed, type FormSchema } from './form';

vi.hoisted(() => {
  Object.assign(globalThis, {
    localStorage: { getItem: () => 'en', setItem: () => undefined },
    document: { documentElement: {} },
  });
});

test('numbers as people type them, exact to the digit', () => {
  expect(readDigits('１２，３４５．６７')).toBe('12345.67');
  expect(readDigits('¥90071992547409931234')).toBe('90071992547409931234');
  expect(readDigits('８００円')).toBe('800');
  for (const no of ['', '1e3', '=1+1', '一', '1.2.3', '<b>1</b>']) expect(readDigits(no)).toBeNull();
  expect(compareDigits('9007199254740993', '9007199254740992')).toBe(1);
  expect(compareDigits('-0.5', '0')).toBe(-1);
  expect(compareDigits('1.10', '1.1')).toBe(0);
});

test('simple conditions', () => {
  const data = readExact('{"a":true,"n":12.0,"s":"x = y"}') as Map<string, never>;
  for (const yes of ['=a', '= a = true', '=n = 12', '=s = "x = y"', '=b != true', '=not(b)', '=b = null'])
    expect(holds(yes, data), yes).toBe(true);
  for (const no of ['=b', '=not(a)', '=n != 12', '=s = "x"', 'a']) expect(holds(no, data), no).toBe(false);
});

const form: FormSchema = {
  components: [
    { type: 'checkbox', key: 'abroad', label: 'Abroad' },
    {
      type: 'textfield',
      key: 'to',
      label: 'To',
      validate: { required: true },
      conditional: { hide: '=abroad != true' },
    },
    { type: 'number', key: 'amount', label: '金額', decimalDigits: 0, validate: { min: 1 } },
    {
      type: 'select',
      key: 'kind',
      label: 'Kind',
      values: [{ label: 'Paper', value: 'p' }],
      defaultValue: 'p',
    },
    {
      type: 'dynamiclist',
      path: 'items',
      label: 'Items',
      components: [
        { type: 'textfield', key: 'name', label: 'Name', validate: { required: true, maxLength: 3 } },
      ],
    },
  ],
};

test('what is hidden or empty is left out, what is wrong has its place', () => {
  expect(fresh(form.components)).toEqual({ kind: 'p', items: [] });
  const a = read(form, { to: 'Osaka', amount: '９００', items: [{ name: '髙﨑𠮷' }], kind: '' });
  expect(a.wrongs).toEqual({});
  expect(writeExact(a.data)).toBe('{"amount":900,"items":[{"name":"髙﨑𠮷"}]}');
  const b = read(form, { abroad: true, to: ' ', amount: '0.5', items: [{}, { name: '1234' }] });
  expect(Object.keys(b.wrongs)).toEqual(['to', 'amount', 'items/0/name', 'items/1/name']);
});

test('data and back, and by its labels', () => {
  const data = readExact('{"amount":12345678901234567890,"kind":"p","more":1,"items":[{"name":"a"}]}');
  expect(writeExact(read(form, typed(form.components, data)).data)).toBe(
    '{"amount":12345678901234567890,"kind":"p","items":[{"name":"a"}]}',
  );
  expect(writeExact(labelled(form.components, data)!)).toBe(
    '{"金額":12345678901234567890,"Kind":"Paper","Items":[{"Name":"a"}],"more":1}',
  );
});
