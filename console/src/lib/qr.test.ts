// qr.test.ts - parts of a QR code against the worked example of the standard's readers, and its frame.
import { expect, test } from 'vitest';
import { correction, qr } from './qr';

test('codewords of correction', () => {
  const data = [32, 91, 11, 120, 209, 114, 220, 77, 67, 64, 236, 17, 236, 17, 236, 17];
  expect(correction(data, 10)).toEqual([196, 35, 39, 119, 235, 215, 231, 226, 93, 23]);
});

test('size by length, finders in three corners, nothing for what is too long', () => {
  expect(qr('a')!.length).toBe(21);
  expect(qr('x'.repeat(230))!.length).toBe(53);
  expect(qr('x'.repeat(231))).toBe(null);
  const p = qr('otpauth://totp/ringi:hanako?secret=ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')!;
  const n = p.length;
  for (const [x, y] of [
    [0, 0],
    [n - 7, 0],
    [0, n - 7],
  ] as const)
    for (let i = 0; i < 7; i++)
      expect([p[y]![x + i], p[y + 6]![x + i], p[y + i]![x]]).toEqual([true, true, true]);
});
