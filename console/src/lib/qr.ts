// qr.ts - a text as a QR code (ISO/IEC 18004): bytes, error correction L, versions 1 to 9, which
// hold 230 bytes. One mask, chosen by the penalties of the standard that matter for reading.
// Codewords by version at level L: of data, of correction in a block, and how many blocks.
const DATA = [0, 19, 34, 55, 80, 108, 136, 156, 194, 232];
const CORRECTION = [0, 7, 10, 15, 20, 26, 18, 20, 24, 30];
const BLOCKS = [0, 1, 1, 1, 1, 1, 2, 2, 2, 2];

// ---- the field of 256 elements, x^8 + x^4 + x^3 + x^2 + 1

function times(a: number, b: number): number {
  let z = 0;
  for (let i = 7; i >= 0; i--) {
    z = (z << 1) ^ ((z >>> 7) * 0x11d);
    z ^= ((b >>> i) & 1) * a;
  }
  return z;
}

function divisor(degree: number): number[] {
  const r = [...Array<number>(degree - 1).fill(0), 1];
  let root = 1;
  for (let i = 0; i < degree; i++) {
    for (let j = 0; j < degree; j++) r[j] = times(r[j]!, root) ^ (r[j + 1] ?? 0);
    root = times(root, 2);
  }
  return r;
}

export function correction(data: readonly number[], degree: number): number[] {
  const by = divisor(degree);
  const r = Array<number>(degree).fill(0);
  for (const b of data) {
    const factor = b ^ r.shift()!;
    r.push(0);
    by.forEach((x, i) => (r[i]! ^= times(x, factor)));
  }
  return r;
}

// ---- from bytes to codewords

function codewords(bytes: Uint8Array, version: number): number[] {
  const room = DATA[version]!;
  const bits: number[] = [];
  const put = (value: number, n: number) => {
    for (let i = n - 1; i >= 0; i--) bits.push((value >>> i) & 1);
  };
  put(4, 4);
  put(bytes.length, 8);
  for (const b of bytes) put(b, 8);
  put(0, Math.min(4, room * 8 - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  const data: number[] = [];
  for (let i = 0; i < bits.length; i += 8) data.push(bits.slice(i, i + 8).reduce((a, b) => a * 2 + b, 0));
  for (let pad = 0xec; data.length < room; pad ^= 0xec ^ 0x11) data.push(pad);
  return interleaved(data, version);
}

/** At level L of these versions all blocks are of one length. */
function interleaved(data: readonly number[], version: number): number[] {
  const n = BLOCKS[version]!;
  const each = data.length / n;
  const blocks = Array.from({ length: n }, (_, i) => data.slice(i * each, (i + 1) * each));
  const more = blocks.map((b) => correction(b, CORRECTION[version]!));
  const across = (of: number[][]) => of[0]!.flatMap((_, i) => of.map((b) => b[i]!));
  return [...across(blocks), ...across(more)];
}

// ---- the picture

class Picture {
  readonly size: number;
  readonly on: boolean[][];
  readonly fixed: boolean[][];
  constructor(readonly version: number) {
    this.size = version * 4 + 17;
    this.on = Array.from({ length: this.size }, () => Array<boolean>(this.size).fill(false));
    this.fixed = this.on.map((r) => [...r]);
    this.patterns();
  }
  set(x: number, y: number, on: boolean): void {
    if (x < 0 || y < 0 || x >= this.size || y >= this.size) return;
    this.on[y]![x] = on;
    this.fixed[y]![x] = true;
  }
  private patterns(): void {
    const s = this.size;
    for (let i = 0; i < s; i++) {
      this.set(6, i, i % 2 === 0);
      this.set(i, 6, i % 2 === 0);
    }
    for (const [cx, cy] of [
      [3, 3],
      [s - 4, 3],
      [3, s - 4],
    ] as const)
      for (let dy = -4; dy <= 4; dy++)
        for (let dx = -4; dx <= 4; dx++) {
          const d = Math.max(Math.abs(dx), Math.abs(dy));
          this.set(cx + dx, cy + dy, d !== 2 && d !== 4);
        }
    this.alignment();
    this.format(0);
    if (this.version >= 7) this.versionBits();
  }
  private alignment(): void {
    if (this.version < 2) return;
    const last = this.size - 7;
    const at = this.version < 7 ? [6, last] : [6, this.version * 2 + 8, last];
    for (const cy of at)
      for (const cx of at) {
        if ((cx === 6 && cy === 6) || (cx === 6 && cy === last) || (cx === last && cy === 6)) continue;
        for (let dy = -2; dy <= 2; dy++)
          for (let dx = -2; dx <= 2; dx++)
            this.set(cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
      }
  }
  format(mask: number): void {
    const data = (1 << 3) | mask; // 01: level L
    let rest = data;
    for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
    const bits = ((data << 10) | rest) ^ 0x5412;
    const bit = (i: number) => ((bits >>> i) & 1) === 1;
    const s = this.size;
    for (let i = 0; i < 15; i++) {
      const [x, y] = i < 6 ? [8, i] : i < 8 ? [8, i + 1] : i === 8 ? [7, 8] : [14 - i, 8];
      this.set(x!, y!, bit(i));
      if (i < 8) this.set(s - 1 - i, 8, bit(i));
      else this.set(8, s - 15 + i, bit(i));
    }
    this.set(8, s - 8, true);
  }
  private versionBits(): void {
    let rest = this.version;
    for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
    const bits = (this.version << 12) | rest;
    for (let i = 0; i < 18; i++) {
      const a = this.size - 11 + (i % 3),
        b = Math.floor(i / 3),
        on = ((bits >>> i) & 1) === 1;
      this.set(a, b, on);
      this.set(b, a, on);
    }
  }
  fill(words: readonly number[]): void {
    let i = 0;
    for (let right = this.size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5;
      for (let n = 0; n < this.size; n++)
        for (const x of [right, right - 1]) {
          const y = ((right + 1) & 2) === 0 ? this.size - 1 - n : n;
          if (this.fixed[y]![x]) continue;
          this.on[y]![x] = (((words[i >>> 3] ?? 0) >>> (7 - (i & 7))) & 1) === 1;
          i++;
        }
    }
  }
  masked(mask: number): boolean[][] {
    this.format(mask);
    const flip = MASKS[mask]!;
    return this.on.map((row, y) => row.map((on, x) => (this.fixed[y]![x] ? on : on !== flip(x, y))));
  }
}

const MASKS: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** How hard a picture is to read: long runs, squares of one colour, too dark or too light. */
function penalty(p: boolean[][]): number {
  const n = p.length;
  let sum = 0,
    dark = 0;
  const runs = (at: (i: number, j: number) => boolean) => {
    for (let i = 0; i < n; i++) {
      let run = 1;
      for (let j = 1; j <= n; j++) {
        if (j < n && at(i, j) === at(i, j - 1)) run++;
        else {
          if (run >= 5) sum += run - 2;
          run = 1;
        }
      }
    }
  };
  runs((i, j) => p[i]![j]!);
  runs((i, j) => p[j]![i]!);
  for (let y = 0; y < n; y++)
    for (let x = 0; x < n; x++) {
      if (p[y]![x]) dark++;
      if (x && y && p[y]![x] === p[y - 1]![x] && p[y]![x] === p[y]![x - 1] && p[y]![x] === p[y - 1]![x - 1])
        sum += 3;
    }
  return sum + Math.floor(Math.abs((dark * 20) / (n * n) - 10)) * 10;
}

/** Rows of dark (true) and light modules; null: too long. */
export function qr(text: string): boolean[][] | null {
  const bytes = new TextEncoder().encode(text);
  const version = DATA.findIndex((d) => d >= bytes.length + 2);
  if (version < 1) return null;
  const picture = new Picture(version);
  picture.fill(codewords(bytes, version));
  const all = MASKS.map((_, m) => picture.masked(m));
  return all.reduce((a, b) => (penalty(b) < penalty(a) ? b : a));
}
