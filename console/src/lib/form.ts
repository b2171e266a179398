// form.ts - forms as form-js writes them: what somebody has typed becomes data, and data becomes
// readable by its form. The server checks all of it again; here it is said next to the field.
import { compareDigits, readDigits } from './digits';
import { Num, type Exact } from './exact';
import { texts } from './text';

export interface Option {
  label: string;
  value: string;
}
export interface Component {
  type: string;
  key?: string;
  path?: string;
  label?: string;
  dateLabel?: string;
  timeLabel?: string;
  description?: string;
  text?: string;
  subtype?: string;
  components?: Component[];
  values?: Option[];
  defaultValue?: unknown;
  readonly?: boolean;
  disabled?: boolean;
  serializeToString?: boolean;
  decimalDigits?: number;
  appearance?: { prefixAdorner?: string; suffixAdorner?: string };
  conditional?: { hide?: string };
  validate?: {
    required?: boolean;
    min?: number;
    max?: number;
    minLength?: number;
    maxLength?: number;
    pattern?: string;
    validationType?: string;
  };
}
export interface FormSchema {
  components: Component[];
}

/** What was typed, by key; JSON, so that it can be kept as a draft. */
export type Typed = string | boolean | string[] | Filled | Filled[];
export interface Filled {
  [key: string]: Typed | undefined;
}
export type Wrongs = Record<string, string>;

const t = texts({
  needed: ['This is needed.', '入力してください。'],
  tick: ['Tick this to go on.', 'チェックを入れてください。'],
  choose: ['Choose one.', '選んでください。'],
  number: ['This is no number.', '数値として読めません。'],
  whole: ['Only whole numbers.', '整数で入力してください。'],
  digits: ['At most {n} digits behind the point.', '小数は{n}桁までです。'],
  min: ['At least {n}.', '{n}以上で入力してください。'],
  max: ['At most {n}.', '{n}以下で入力してください。'],
  short: ['At least {n} characters.', '{n}文字以上で入力してください。'],
  long: ['At most {n} characters; it has {has}.', '{n}文字までです（いま{has}文字）。'],
  pattern: ['It has another form.', '形式が正しくありません。'],
  email: ['This is no mail address.', 'メールアドレスの形式ではありません。'],
  phone: ['This is no phone number.', '電話番号の形式ではありません。'],
  yes: ['Yes', 'はい'],
  no: ['No', 'いいえ'],
});

export const isField = (c: Component) => c.key !== undefined && !/^(button|group|dynamiclist)$/.test(c.type);
export const locked = (c: Component) => !!c.readonly || !!c.disabled;
export const nameOf = (c: Component) => c.label || c.dateLabel || c.timeLabel || c.key || c.path || '';

const plainNumber = (n: number) => (Number.isInteger(n) ? BigInt(n).toString() : String(n));

// ---- what is shown

const CONDITION = /^= *(?:not\( *([^ ()]+) *\)|([^ =!()]+)) *(?:(!?=) *(.+))?$/u;

/** Whether a simple condition (`=key`, `=not(key)`, `=key = "x"`, `=key != 1`) holds. */
export function holds(hide: string, data: Map<string, Exact>): boolean {
  const m = CONDITION.exec(hide);
  if (!m) return false;
  const v = data.get((m[1] ?? m[2])!);
  const said = v === undefined ? null : v;
  const wanted = m[3] ? (JSON.parse(m[4]!) as unknown) : true;
  const same =
    said instanceof Num
      ? typeof wanted === 'number' && compareDigits(said.text, plainNumber(wanted)) === 0
      : said === wanted;
  return same !== (m[1] !== undefined || m[3] === '!=');
}

// ---- what was typed

function first(c: Component): Typed | undefined {
  const d = c.defaultValue;
  if (Array.isArray(d)) return d.map(String);
  if (typeof d === 'boolean' || typeof d === 'string') return d;
  return typeof d === 'number' ? plainNumber(d) : undefined;
}

/** What a new form has in it. */
export function fresh(of: readonly Component[]): Filled {
  const out: Filled = {};
  for (const c of of) {
    if (c.type === 'group') {
      const inside = fresh(c.components ?? []);
      if (c.path) out[c.path] = inside;
      else Object.assign(out, inside);
    } else if (c.type === 'dynamiclist') out[c.path!] = [];
    else if (isField(c) && first(c) !== undefined) out[c.key!] = first(c);
  }
  return out;
}

/** Data as it would have been typed. */
export function typed(of: readonly Component[], data: Exact | undefined): Filled {
  const from = data instanceof Map ? data : new Map<string, Exact>();
  const out: Filled = {};
  for (const c of of) {
    if (c.type === 'group') {
      if (c.path) out[c.path] = typed(c.components ?? [], from.get(c.path));
      else Object.assign(out, typed(c.components ?? [], from));
    } else if (c.type === 'dynamiclist') {
      const rows = from.get(c.path!);
      out[c.path!] = Array.isArray(rows) ? rows.map((r) => typed(c.components ?? [], r)) : [];
    } else if (isField(c)) {
      const v = from.get(c.key!);
      if (v instanceof Num) out[c.key!] = v.text;
      else if (Array.isArray(v)) out[c.key!] = v.map(String);
      else if (typeof v === 'string' || typeof v === 'boolean') out[c.key!] = v;
    }
  }
  return out;
}

type Wrong = (why: string) => void;

function readNumber(c: Component, text: string, wrong: Wrong): Exact | undefined {
  const n = readDigits(text);
  if (n === null) {
    wrong(t('number'));
    return undefined;
  }
  const { min, max } = c.validate ?? {};
  const digits = n.split('.')[1]?.length ?? 0;
  if (c.decimalDigits !== undefined && digits > c.decimalDigits)
    wrong(c.decimalDigits ? t('digits', { n: c.decimalDigits }) : t('whole'));
  else if (min !== undefined && compareDigits(n, plainNumber(min)) < 0)
    wrong(t('min', { n: plainNumber(min) }));
  else if (max !== undefined && compareDigits(n, plainNumber(max)) > 0)
    wrong(t('max', { n: plainNumber(max) }));
  return c.serializeToString ? n : new Num(n);
}

function fits(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return true; // the server will say
  }
}

function checkText(c: Component, text: string, wrong: Wrong): void {
  const { minLength = 0, maxLength = Infinity, pattern, validationType } = c.validate ?? {};
  const has = [...text].length;
  if (has < minLength) wrong(t('short', { n: minLength }));
  else if (has > maxLength) wrong(t('long', { n: maxLength, has }));
  else if (validationType === 'email') {
    if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)) wrong(t('email'));
  } else if (validationType === 'phone') {
    if (!/^[+]?[0-9][0-9() .-]{3,23}$/.test(text)) wrong(t('phone'));
  } else if (pattern && !fits(pattern, text)) wrong(t('pattern'));
}

/** The value of one field; undefined: it is empty, and left out. */
function readField(c: Component, v: Typed | undefined, wrong: Wrong): Exact | undefined {
  const needed = c.validate?.required;
  if (c.type === 'checkbox') {
    if (needed && v !== true) wrong(t('tick'));
    return v === true || (v === false ? false : undefined);
  }
  if (c.type === 'checklist' || c.type === 'taglist') {
    const list = Array.isArray(v) ? (v as string[]) : [];
    if (needed && list.length === 0) wrong(t('choose'));
    return list.length ? list : undefined;
  }
  const text = typeof v === 'string' ? v : '';
  if (!text.trim()) {
    if (needed) wrong(t(c.type === 'radio' || c.type === 'select' ? 'choose' : 'needed'));
    return undefined;
  }
  if (c.type === 'number') return readNumber(c, text, wrong);
  if (/^text(field|area)$/.test(c.type)) checkText(c, text, wrong);
  return text;
}

export interface Read {
  data: Map<string, Exact>;
  /** By place: `items/0/name`. */
  wrongs: Wrongs;
}

class Reader {
  wrongs: Wrongs = {};
  constructor(private readonly top: Map<string, Exact>) {}

  hidden = (c: Component) => !!c.conditional?.hide && holds(c.conditional.hide, this.top);

  into(data: Map<string, Exact>, of: readonly Component[], filled: Filled, at: string): void {
    for (const c of of) if (!this.hidden(c)) this.one(data, c, filled, at);
  }

  private one(data: Map<string, Exact>, c: Component, filled: Filled, at: string): void {
    if (c.type === 'group') {
      const inside = c.path ? new Map<string, Exact>() : data;
      const below = (c.path ? filled[c.path] : filled) as Filled | undefined;
      this.into(inside, c.components ?? [], below ?? {}, c.path ? `${at}${c.path}/` : at);
      if (c.path) data.set(c.path, inside);
    } else if (c.type === 'dynamiclist') {
      const rows = (filled[c.path!] as Filled[] | undefined) ?? [];
      const list = rows.map((row, i) => {
        const m = new Map<string, Exact>();
        this.into(m, c.components ?? [], row, `${at}${c.path}/${i}/`);
        return m;
      });
      if (list.length) data.set(c.path!, list);
    } else if (isField(c)) {
      const value = locked(c) ? first(c) : filled[c.key!];
      const place = at + c.key;
      const v = readField(c, value, (why) => {
        if (!locked(c)) this.wrongs[place] ??= why;
      });
      if (v !== undefined) data.set(c.key!, v);
    }
  }
}

/** What was typed as data. What is hidden is not in it, and may hide more in its turn. */
export function read(form: FormSchema, filled: Filled): Read {
  let data = new Map<string, Exact>(),
    reader = new Reader(data);
  for (let turn = 0; turn < 8; turn++) {
    const next = new Map<string, Exact>();
    reader = new Reader(data);
    reader.into(next, form.components, filled, '');
    const settled = turn > 0 && [...next.keys()].join() === [...data.keys()].join();
    data = next;
    if (settled) break;
  }
  return { data, wrongs: reader.wrongs };
}

// ---- for reading

function said(c: Component, v: Exact): Exact {
  if (c.type === 'number' && typeof v === 'string') return new Num(v);
  const label = (x: Exact) => c.values?.find((o) => o.value === x)?.label ?? x;
  if (Array.isArray(v)) return v.map(label).join(', ');
  return c.values ? label(v) : v;
}

/** Data by the labels of its form, in its order; what the form does not know, behind it. */
export function labelled(of: readonly Component[], data: Exact | undefined): Exact | undefined {
  if (!(data instanceof Map)) return data;
  const out = new Map<string, Exact>(),
    left = new Map(data);
  const put = (c: Component, key: string, v: Exact) => {
    const name = nameOf(c);
    out.set(out.has(name) || (name !== key && left.has(name)) ? `${name} (${key})` : name, v);
  };
  const walk = (list: readonly Component[]) => {
    for (const c of list) {
      const key = c.key ?? c.path;
      if (c.type === 'group' && !c.path) walk(c.components ?? []);
      const v = key === undefined ? undefined : left.get(key);
      if (v === undefined || key === undefined || c.type === 'button') continue;
      left.delete(key);
      if (c.type === 'group') put(c, key, labelled(c.components ?? [], v)!);
      else if (c.type === 'dynamiclist' && Array.isArray(v))
        put(
          c,
          key,
          v.map((row) => labelled(c.components ?? [], row)!),
        );
      else put(c, key, said(c, v));
    }
  };
  walk(of);
  for (const [k, v] of left) out.set(k, v);
  return out;
}
