// digits.ts - decimal numbers as text, to the last digit: how people type them, which is larger.

/** A number as people type it: full-width, with commas or a sign of money; null: it is none. */
export function readDigits(text: string): string | null {
  const tidy = text
    .normalize('NFKC')
    .replace(/[\s,_]/g, '')
    .replace(/^[¥￥$€]/, '')
    .replace(/円$/, '')
    .replace(/^[−－ー]/, '-')
    .replace(/^(-?)0+(?=\d)/, '$1');
  return /^-?\d+(\.\d+)?$/.test(tidy) ? tidy : null;
}

/** Below 0, 0, above 0; exact. */
export function compareDigits(a: string, b: string): number {
  const digits = Math.max(...[a, b].map((x) => x.split('.')[1]?.length ?? 0));
  const whole = (x: string) => {
    const [n, part = ''] = x.split('.');
    return BigInt(n! + part.padEnd(digits, '0'));
  };
  const d = whole(a) - whole(b);
  return d < 0n ? -1 : d > 0n ? 1 : 0;
}
