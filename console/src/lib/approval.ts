// approval.ts - approvals as the API tells them, and words for what they say. Amounts and data
// are exact text.
import { send, seg } from './api';
import { Num, plain, readExact, writeExact, type Exact } from './exact';
import type { FormSchema } from './form';
import { introduce, known, type Named } from './names';
import { words } from './text';

/** What they were called on the day of the vote. */
export interface VoteNames {
  by?: string;
  for?: string;
}

export interface Slot {
  slot: number;
  user?: string;
  group?: string;
  vacant?: string;
  post?: string;
  state: string;
  decision?: string;
  by?: string;
  for?: string;
  names?: VoteNames;
  decided_at?: string;
  expected_at?: string;
  data_version?: number;
  comment?: string;
  reason?: string;
  weight?: number;
  veto?: boolean;
  required?: boolean;
  added?: boolean;
}

export interface Approval {
  id: string;
  state: string;
  round: number;
  data_version: number;
  policy: { name?: string; version?: number; sha256: string };
  subject: string;
  applicant: string;
  entered_by: string;
  amount?: string;
  labels?: Record<string, string>;
  incident?: string;
  corrects?: string;
  previous?: string;
  slot_count: number;
  open_slots: number;
  opened_at: string;
  due_at?: string;
  changed_at: string;
  closed_at?: string;
}

export interface Item extends Approval {
  slot: Slot;
  for?: string;
}

export interface Progress {
  node: number;
  state: string;
  yes: number;
  no: number;
  open: number;
  needed: number;
  of: number;
  missing: number;
}

export interface Happened {
  number: number;
  at: string;
  action: string;
  principal: string;
  for?: string;
  names?: VoteNames;
  reason?: string;
  detail?: {
    slot?: Slot | number;
    slots?: (Slot | number)[];
    code?: string;
    do?: string;
    late?: boolean;
    round?: number;
    data_version?: number;
    state?: string;
    due_at?: number;
    attachments?: { name?: string; sha256: string }[];
  };
}

export interface PolicyNode {
  need: unknown;
  of: (PolicyNode | { user?: string; group?: string; post?: string; count?: number; need?: undefined })[];
}

export interface PolicyText extends PolicyNode {
  return?: boolean;
  retract?: boolean;
  add?: boolean;
  over?: boolean;
  edit?: string;
  comment_required_on?: string[];
}

export interface View extends Approval {
  why: string;
  why_ja: string;
  data?: Exact;
  slots: Slot[];
  progress: Progress[];
  mine?: { slot: number; for?: string };
  /** That it was opened by. */
  form?: { template: string; version: number; schema: FormSchema };
  policy_text: PolicyText;
  /** As it is written, for reading. */
  policy_json: string;
  events: Happened[];
  next?: number;
}

type Tree = Map<string, Exact>;

function head(tree: Tree): Approval {
  const a = plain(tree) as Approval;
  const amount = tree.get('amount');
  return { ...a, amount: amount instanceof Num ? amount.text : undefined };
}

/** The answer as a tree; whom it names is known from now on. */
function read(text: string): Tree {
  const tree = readExact(text) as Tree;
  introduce(plain(tree.get('people') ?? []) as Named[]);
  return tree;
}

function view(text: string): View {
  const tree = read(text);
  const policy = tree.get('policy_text');
  return {
    ...(head(tree) as View),
    data: tree.get('data'),
    policy_json: policy === undefined ? '' : writeExact(policy, '  '),
  };
}

export const at = (id: string) => `/v1/approvals/${seg(id)}`;

export async function loadView(id: string, signal?: AbortSignal): Promise<View> {
  const r = await send('GET', at(id), { query: { mine: 1, log: 1, form: 1, people: 1 }, signal });
  return view(await r.text());
}

export async function loadData(id: string, version: number, signal?: AbortSignal): Promise<Exact> {
  const r = await send('GET', `${at(id)}/data`, { query: { version }, signal });
  return (readExact(await r.text()) as Tree).get('data') ?? null;
}

export interface Pageful<T> {
  items: T[];
  cursor?: string;
}

/** A page of `items` or `approvals`. */
export function readPage<T extends Approval>(text: string): Pageful<T> {
  const tree = read(text);
  const list = (tree.get('items') ?? tree.get('approvals') ?? []) as Tree[];
  return { items: list.map((x) => head(x) as T), cursor: tree.get('cursor') as string | undefined };
}

export async function loadPage<T extends Approval>(
  path: '/v1/inbox' | '/v1/approvals',
  query: Record<string, string | number | undefined>,
  signal?: AbortSignal,
): Promise<Pageful<T>> {
  const r = await send('GET', path, { query: { ...query, people: 1 }, signal });
  return readPage<T>(await r.text());
}

const asked = new Set<string>();

/** What came by itself has no names: they are asked for, once for each who is not known. */
export function meet(items: readonly Approval[]): void {
  for (const i of items) {
    if (known.peek().has(i.applicant) || asked.has(i.applicant)) continue;
    asked.add(i.applicant);
    void send('GET', at(i.id), { query: { people: 1 } }).then(
      async (r) => void read(await r.text()),
      () => asked.delete(i.applicant),
    );
  }
}

export const OPEN = ['PENDING', 'ESCALATED', 'INCIDENT'];
export const isOpen = (a: { state: string }) => OPEN.includes(a.state);
export const isFinal = (a: { state: string }) => !isOpen(a) && a.state !== 'RETURNED';

/** The places of a policy in order, root first, each with the slots that are asked there. */
export interface Place {
  node: number;
  depth: number;
  /** It has needs of its own below it. */
  parts: boolean;
  slots: Slot[];
}

export function places(policy: PolicyText, slots: readonly Slot[]): Place[] {
  const first = slots.filter((s) => !s.added);
  const found: Place[] = [];
  let next = 0;
  const walk = (n: PolicyNode, depth: number) => {
    const p: Place = { node: found.length, depth, parts: n.of.some((m) => m.need !== undefined), slots: [] };
    found.push(p);
    for (const m of n.of)
      if (m.need !== undefined) walk(m as PolicyNode, depth + 1);
      else
        for (let i = 0; i < ((m as { count?: number }).count ?? 1); i++) {
          const s = first[next++];
          if (s) p.slots.push(s);
        }
  };
  walk(policy, 0);
  const rest = next === first.length ? slots.filter((s) => s.added) : [];
  if (next !== first.length) return [{ node: 0, depth: 0, parts: false, slots: [...slots] }];
  found[0]!.slots.push(...rest);
  return found;
}

export const stateWord = words({
  PENDING: ['Under way', '審議中'],
  ESCALATED: ['Late', '期限超過'],
  INCIDENT: ['Nobody can decide', '承認者不在'],
  RETURNED: ['Sent back', '差戻し'],
  APPROVED: ['Approved', '承認'],
  REJECTED: ['Rejected', '却下'],
  WITHDRAWN: ['Withdrawn', '取下げ'],
  CANCELED: ['Canceled', '取消'],
});

export const decisionWord = words({
  approve: ['Approved', '承認'],
  reject: ['Rejected', '却下'],
  abstain: ['Abstained', '棄権'],
  return: ['Sent back', '差戻し'],
});

export const reasonWord = words({
  APPLICANT: ['asked for it', '申請者本人'],
  INACTIVE: ['not active', '利用停止中'],
  EMPTY: ['nobody holds this post', '在籍者なし'],
  SAME_PERSON: ['counts once, in another place', '別の枠で回答'],
  LEFT: ['has left', '退職・異動'],
  DEADLINE: ['time was up', '期限切れ'],
  ESCALATED: ['asked a superior instead', '上長へ引上げ'],
  KEPT: ['kept from the round before', '前回の回答を引継ぎ'],
});
