// chain.ts - the chain of the audit log, computed again here: what is hashed is in the manual of
// the server (wire/chain.h). Nothing is taken on trust but the export's own bytes.
const text = new TextEncoder();

const hex = (b: Uint8Array) => [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
const bytes = (h: string) => Uint8Array.from(h.match(/../g) ?? [], (x) => Number.parseInt(x, 16));

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    all.set(p, at);
    at += p.length;
  }
  return all;
}

const sha256 = async (parts: readonly Uint8Array[]) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', joined(parts)));

function u64(n: bigint): Uint8Array {
  const b = new Uint8Array(8);
  new DataView(b.buffer).setBigUint64(0, n);
  return b;
}

/** A length and its bytes; absent: a length that none has. */
function field(v: string | Uint8Array | undefined): Uint8Array {
  const b = v === undefined ? null : typeof v === 'string' ? text.encode(v) : v;
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, b ? b.length : 0xffffffff);
  return b ? joined([size, b]) : size;
}

type Line = Record<string, string | number | undefined>;
const said = (l: Line, k: string) => (l[k] === undefined ? undefined : String(l[k]));

async function commitment(
  kind: 'o' | 'w',
  l: Line,
  name: string,
  texts: readonly string[],
): Promise<Uint8Array | undefined> {
  const salt = said(l, `${name}_salt`);
  if (salt === undefined) {
    const digest = said(l, `${name}_digest`);
    return digest === undefined ? undefined : bytes(digest);
  }
  const parts = [new Uint8Array([1]), text.encode(kind), bytes(salt), ...texts.map((k) => field(said(l, k)))];
  return sha256(parts);
}

const FIELDS = [
  ...['principal', 'on_behalf', 'action', 'resource', 'from', 'to'],
  ...['request_id', 'trace_id', 'detail'],
];

async function recordHash(chain: Uint8Array, before: Uint8Array, l: Line): Promise<Uint8Array> {
  return sha256([
    new Uint8Array([0, 1]),
    chain,
    u64(BigInt(l.seq!)),
    u64(BigInt(Date.parse(String(l.at)))),
    before,
    ...FIELDS.map((k) => field(said(l, k))),
    field(await commitment('o', l, 'origin', ['address', 'client'])),
    field(await commitment('w', l, 'words', ['reason', 'personal'])),
  ]);
}

async function signed(chain: Uint8Array, l: Line): Promise<boolean> {
  const key = await crypto.subtle.importKey(
    'raw',
    joined([bytes(String(l.key))]),
    { name: 'Ed25519' },
    false,
    ['verify'],
  );
  const what = joined([
    new Uint8Array([2, 1]),
    chain,
    u64(BigInt(l.checkpoint!)),
    bytes(String(l.hash)),
    u64(BigInt(Date.parse(String(l.at)))),
    field(String(l.software)),
  ]);
  return crypto.subtle.verify({ name: 'Ed25519' }, key, joined([bytes(String(l.signature))]), what);
}

export interface Verified {
  records: number;
  checkpoints: number;
  last: number;
  hash: string;
  /** What does not fit, and where; absent: all fits. */
  wrong?: { seq: number; why: 'hash' | 'gap' | 'signature' | 'checkpoint' | 'form' };
}

/** Reads pages of an export, one after the other, and computes every hash anew. */
export class Chain {
  private chain = new Uint8Array(0);
  private before = new Uint8Array(32);
  private seq = 0;
  private begun = false;
  readonly result: Verified = { records: 0, checkpoints: 0, last: 0, hash: '' };

  /** False: nothing came behind the last page, or something is wrong. */
  async take(page: string): Promise<boolean> {
    const had = this.result.records;
    for (const line of page.split('\n'))
      if (line && !this.result.wrong) await this.line(JSON.parse(line) as Line);
    return !this.result.wrong && this.result.records > had;
  }

  private wrong(why: NonNullable<Verified['wrong']>['why']): void {
    this.result.wrong = { seq: this.seq, why };
  }

  private async line(l: Line): Promise<void> {
    if (l.audit_export !== undefined) this.head(l);
    else if (l.checkpoint !== undefined) await this.checkpoint(l);
    else if (l.seq !== undefined) await this.record(l);
  }

  private head(l: Line): void {
    const chain = bytes(String(l.chain).replaceAll('-', ''));
    if (this.begun) {
      if (hex(chain) !== hex(this.chain) || String(l.hash) !== hex(this.before)) this.wrong('hash');
      return;
    }
    this.begun = true;
    this.chain = chain;
    this.before = bytes(String(l.hash));
    this.seq = Number(l.after);
  }

  private async record(l: Line): Promise<void> {
    if (Number(l.seq) !== this.seq + 1) return this.wrong('gap');
    this.seq = Number(l.seq);
    const hash = await recordHash(this.chain, this.before, l);
    if (hex(hash) !== l.hash) return this.wrong('hash');
    this.before = hash as Uint8Array<ArrayBuffer>;
    this.result.records++;
    this.result.last = this.seq;
    this.result.hash = hex(hash);
  }

  private async checkpoint(l: Line): Promise<void> {
    if (Number(l.checkpoint) === this.seq && l.hash !== hex(this.before)) return this.wrong('checkpoint');
    if (!(await signed(this.chain, l))) return this.wrong('signature');
    this.result.checkpoints++;
  }
}
