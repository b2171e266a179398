// policy.ts - a policy as a tree in the browser: reading it, changing it at a place, and the
// differences of two. What holds where nothing is said is left out, so that texts stay short.
export type Need = number | 'any' | 'all' | 'majority' | 'half' | { percent: number } | { weight: number };

export interface Member {
  user?: string;
  group?: string;
  post?: string;
  /** Of a post: where. Of a node: its members. */
  of?: string | (Member | string)[];
  count?: number;
  weight?: number;
  veto?: boolean;
  required?: boolean;
  need?: Need;
  reject?: string;
  abstain?: string;
  min_votes?: number;
  [more: string]: unknown;
}
export type Policy = Member;

/** Where something stands: the numbers of members from the root. */
export type At = readonly number[];

const NODE: Record<string, unknown> = { reject: 'impossible', abstain: 'out', min_votes: 0 };
const WHOLE: Record<string, unknown> = {
  distinct: 'person',
  self: 'exclude',
  veto_wait: true,
  retract: true,
  return: true,
  edit: 'forbid',
  comment_required_on: ['reject', 'return'],
};
const SEAT: Record<string, unknown> = { count: 1, weight: 1, veto: false, required: false };

export const isNode = (m: Member) => Array.isArray(m.of) || m.need !== undefined;
export const members = (m: Member): Member[] =>
  Array.isArray(m.of) ? m.of.map((x) => (typeof x === 'string' ? { user: x } : (x ?? {}))) : [];

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const without = (m: Member, defaults: Record<string, unknown>): Member =>
  Object.fromEntries(Object.entries(m).filter(([k, v]) => !(k in defaults && same(v, defaults[k]))));

/** Its parts in a fixed order, what is so anyway left out. */
export function lean(m: Member, root = true): Member {
  if (!isNode(m)) {
    const { user, group, post, of, ...rest } = without(m, SEAT);
    return {
      ...(user !== undefined && { user }),
      ...(group !== undefined && { group }),
      ...(post !== undefined && { post }),
      ...(of !== undefined && { of }),
      ...rest,
    };
  }
  const {
    need,
    of: _,
    ...rest
  } = without(m, root ? { ...NODE, ...WHOLE } : { ...NODE, weight: 1, veto: false, required: false });
  const of = members(m).map((x) => {
    const l = lean(x, false);
    return Object.keys(l).length === 1 && typeof l.user === 'string' ? l.user : l;
  });
  return { need, of, ...rest };
}

export const textOf = (p: Policy) =>
  JSON.stringify(lean(p), null, 2).replace(
    /\{\s+"(user|group|post|percent|weight|before|after|every)": ("[^"\n]*"|\d+)\s+\}/g,
    '{ "$1": $2 }',
  );

/** Another tree, with `change` done to what stands at `at`; null takes it away. */
export function changed(p: Policy, at: At, change: (m: Member) => Member | null): Policy {
  if (at.length === 0) return change(p) ?? p;
  const [i, ...rest] = at;
  const of: Member[] = [];
  members(p).forEach((m, j) => {
    const to = j !== i ? m : rest.length ? changed(m, rest, change) : change(m);
    if (to) of.push(to);
  });
  return { ...p, of };
}

/** Moves a member within its node by one place. */
export function moved(p: Policy, at: At, by: -1 | 1): Policy {
  const i = at[at.length - 1]!;
  return changed(p, at.slice(0, -1), (node) => {
    const of = members(node),
      j = i + by;
    if (j < 0 || j >= of.length) return node;
    [of[i], of[j]] = [of[j]!, of[i]!];
    return { ...node, of };
  });
}

/** The member that a JSON Pointer (/of/1/need) leads to, or as far as members go. */
export function placeOf(pointer: string): At {
  const at: number[] = [];
  const parts = pointer.split('/').slice(1);
  for (let i = 0; i + 1 < parts.length && parts[i] === 'of' && /^\d+$/.test(parts[i + 1]!); i += 2)
    at.push(Number(parts[i + 1]));
  return at;
}

// ---- differences

export interface Line {
  kind: 'same' | 'old' | 'new';
  text: string;
}

/** Lines of `a` and `b`, by their longest common part. */
export function differences(a: string, b: string): Line[] {
  const x = a.split('\n'),
    y = b.split('\n');
  const common: number[][] = Array.from({ length: x.length + 1 }, () => Array<number>(y.length + 1).fill(0));
  for (let i = x.length - 1; i >= 0; i--)
    for (let j = y.length - 1; j >= 0; j--)
      common[i]![j] =
        x[i] === y[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
  const lines: Line[] = [];
  let i = 0,
    j = 0;
  while (i < x.length || j < y.length) {
    if (i < x.length && j < y.length && x[i] === y[j]) {
      lines.push({ kind: 'same', text: x[i++]! });
      j++;
    } else if (i < x.length && (j >= y.length || common[i + 1]![j]! >= common[i]![j + 1]!)) {
      lines.push({ kind: 'old', text: x[i++]! });
    } else {
      lines.push({ kind: 'new', text: y[j++]! });
    }
  }
  return lines;
}
