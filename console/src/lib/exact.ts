// exact.ts - JSON whose numbers stay the text that somebody wrote: 12345678901234567890.10 is
// shown, compared and sent again to the last digit, and members keep their order.

/** A number, as it is written. */
export class Num {
  constructor(readonly text: string) {}
}
export type Exact = null | boolean | string | Num | Exact[] | Map<string, Exact>;

const TOKEN =
  /[ \t\n\r]*(?:([[\]{},:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))/y;
const DEEP = 200;

class Reader {
  private at = 0;
  private token = '';
  private depth = 0;
  constructor(private readonly text: string) {}

  private fail(): never {
    throw new SyntaxError(String(this.at));
  }

  private next(): string {
    TOKEN.lastIndex = this.at;
    const m = TOKEN.exec(this.text);
    if (!m) this.fail();
    this.at = TOKEN.lastIndex;
    return (this.token = (m[1] ?? m[2] ?? m[3] ?? m[4])!);
  }

  whole(): Exact {
    const v = this.value(this.next());
    if (/[^ \t\n\r]/.test(this.text.slice(this.at))) this.fail();
    return v;
  }

  private value(token: string): Exact {
    if (token[0] === '"') return JSON.parse(token) as string;
    if (token === 'null') return null;
    if (token === 'true' || token === 'false') return token === 'true';
    if (token === '[' || token === '{')
      return this.inside(() => (token === '[' ? this.list() : this.object()));
    return /^[-\d]/.test(token) ? new Num(token) : this.fail();
  }

  private inside<T>(read: () => T): T {
    if (++this.depth > DEEP) this.fail();
    const v = read();
    this.depth--;
    return v;
  }

  private list(): Exact[] {
    const list: Exact[] = [];
    if (this.next() === ']') return list;
    for (;;) {
      list.push(this.value(this.token));
      if (this.next() === ']') return list;
      if (this.token !== ',') this.fail();
      this.next();
    }
  }

  private object(): Map<string, Exact> {
    const o = new Map<string, Exact>();
    if (this.next() === '}') return o;
    for (;;) {
      if (this.token[0] !== '"') this.fail();
      const key = JSON.parse(this.token) as string;
      if (this.next() !== ':') this.fail();
      o.set(key, this.value(this.next()));
      if (this.next() === '}') return o;
      if (this.token !== ',') this.fail();
      this.next();
    }
  }
}

/** Throws SyntaxError; its message is where, in characters. */
export const readExact = (text: string): Exact => new Reader(text).whole();

/** As text again; `indent`: for people. */
export function writeExact(v: Exact, indent = '', before = '\n'): string {
  if (v instanceof Num) return v.text;
  const list = Array.isArray(v);
  if (!list && !(v instanceof Map)) return JSON.stringify(v);
  const inner = indent ? before + indent : '';
  const parts = list
    ? v.map((x) => inner + writeExact(x, indent, inner))
    : [...v].map(([k, x]) => `${inner}${JSON.stringify(k)}:${indent && ' '}${writeExact(x, indent, inner)}`);
  const end = parts.length && indent ? before : '';
  return list ? `[${parts.join(',')}${end}]` : `{${parts.join(',')}${end}}`;
}

/** What ordinary JSON would give; for members whose numbers are small. */
export function plain(v: Exact): unknown {
  if (v instanceof Num) return Number(v.text);
  if (Array.isArray(v)) return v.map(plain);
  return v instanceof Map ? Object.fromEntries([...v].map(([k, x]) => [k, plain(x)])) : v;
}

/** "1234567.500" as "1,234,567.5". Not a number as people write amounts: as it is. */
export function grouped(text: string): string {
  const m = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!m) return text;
  const rest = m[3]?.replace(/0+$/, '');
  return m[1]! + m[2]!.replace(/\B(?=(\d{3})+$)/g, ',') + (rest ? `.${rest}` : '');
}

/** An amount of at most three places, in thousandths. */
export function thousandths(amount: string): bigint {
  const [whole, rest = ''] = amount.split('.');
  return BigInt(whole! + rest.padEnd(3, '0').slice(0, 3));
}

/** One difference between two values: where, and what was and is there. */
export interface Change {
  path: string[];
  was: Exact | undefined;
  is: Exact | undefined;
}

const same = (a: Exact, b: Exact) => writeExact(a) === writeExact(b);

/** All differences, member by member; lists by place. */
export function differences(was: Exact, is: Exact, path: string[] = []): Change[] {
  if (was instanceof Map && is instanceof Map) {
    const keys = [...new Set([...was.keys(), ...is.keys()])];
    return keys.flatMap((k) => between(was.get(k), is.get(k), [...path, k]));
  }
  if (Array.isArray(was) && Array.isArray(is)) {
    const n = was.length > is.length ? was.length : is.length;
    return Array.from({ length: n }, (_, i) => between(was[i], is[i], [...path, String(i + 1)])).flat();
  }
  return same(was, is) ? [] : [{ path, was, is }];
}

function between(was: Exact | undefined, is: Exact | undefined, path: string[]): Change[] {
  return was === undefined || is === undefined ? [{ path, was, is }] : differences(was, is, path);
}
