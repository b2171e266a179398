// data-edit.tsx - data as fields: a row for each member, or all of it as JSON text. Numbers are
// kept as they are typed (full-width digits and commas are fine).
import { readDigits } from '../lib/digits';
import { readExact, Num, writeExact, type Exact } from '../lib/exact';
import { texts } from '../lib/text';
import { Button, Field } from './parts';

const t = texts({
  amount: ['Amount', '金額'],
  amount_hint: [
    'Only digits, a point at most. Inboxes are ordered by it.',
    '数字と小数点だけ。受信箱の並べ替えに使われます。',
  ],
  key: ['Item {n}', '項目{n}'],
  kind: ['Kind of item {n}', '項目{n}の種類'],
  value: ['Value of item {n}', '項目{n}の内容'],
  text: ['Text', '文字'],
  number: ['Number', '数値'],
  flag: ['Yes or no', 'はい・いいえ'],
  json: ['JSON', 'JSON'],
  add: ['Add an item', '項目を追加'],
  remove: ['Take item {n} out', '項目{n}を削除'],
  as_json: ['Write it as JSON', 'JSONで入力する'],
  as_rows: ['Write it as items', '項目で入力する'],
  data: ['Data (JSON)', '内容（JSON）'],
  yes: ['Yes', 'はい'],
  no: ['No', 'いいえ'],
  bad_number: ['This is no number.', '数値として読めません。'],
  bad_json: ['This is no JSON (near character {at}).', 'JSONとして読めません（{at}文字目付近）。'],
  bad_twice: ['There is another item of this name.', '同じ名前の項目があります。'],
  bad_name: ['Give it a name.', '項目名を入力してください。'],
  not_rows: ['As items only what is an object can be shown.', '項目で表示できるのはオブジェクトだけです。'],
});

export interface Row {
  key: string;
  kind: 'text' | 'number' | 'flag' | 'json';
  value: string;
}
export interface Edited {
  amount: string;
  rows: Row[];
  /** Instead of all of it. */
  json: string | null;
}

export const nothing: Edited = { amount: '', rows: [], json: null };

function toRow(key: string, v: Exact): Row {
  if (v instanceof Num) return { key, kind: 'number', value: v.text };
  if (typeof v === 'string') return { key, kind: 'text', value: v };
  if (typeof v === 'boolean') return { key, kind: 'flag', value: v ? 'yes' : 'no' };
  return { key, kind: 'json', value: writeExact(v, '  ') };
}

export function toEdited(v: Exact | undefined): Edited {
  if (v === undefined || v === null) return nothing;
  if (!(v instanceof Map)) return { ...nothing, json: writeExact(v, '  ') };
  const amount = v.get('amount');
  return {
    amount: amount instanceof Num ? amount.text : '',
    rows: [...v].filter(([k, x]) => k !== 'amount' || !(x instanceof Num)).map(([k, x]) => toRow(k, x)),
    json: null,
  };
}

export type Wrongs = Record<string, string>;

function readJson(text: string, wrong: (why: string) => void): Exact {
  try {
    return readExact(text);
  } catch (e) {
    wrong(t('bad_json', { at: (e as Error).message }));
    return null;
  }
}

function readRow(r: Row, wrong: (why: string) => void): Exact {
  if (r.kind === 'text') return r.value;
  if (r.kind === 'flag') return r.value === 'yes';
  if (r.kind === 'json') return readJson(r.value, wrong);
  const n = readDigits(r.value);
  if (n === null) wrong(t('bad_number'));
  return n === null ? null : new Num(n);
}

/** What was typed, and what is wrong with it: by row:N, amount or json. */
export function readEdited(d: Edited): { data: Exact; wrongs: Wrongs } {
  const wrongs: Wrongs = {};
  if (d.json !== null) {
    const data = readJson(d.json, (why) => (wrongs.json = why));
    return { data, wrongs };
  }
  const data = new Map<string, Exact>();
  if (d.amount.trim()) {
    const n = readDigits(d.amount);
    if (n === null) wrongs.amount = t('bad_number');
    else data.set('amount', new Num(n));
  }
  d.rows.forEach((r, i) => {
    const wrong = (why: string) => (wrongs[`row:${i}`] ??= why);
    const key = r.key.trim();
    if (!key && !r.value.trim()) return;
    if (!key) wrong(t('bad_name'));
    else if (data.has(key)) wrong(t('bad_twice'));
    else data.set(key, readRow(r, wrong));
  });
  return { data, wrongs };
}

const kinds = ['text', 'number', 'flag', 'json'] as const;

function ValueField({ row, n, set }: { row: Row; n: number; set: (value: string) => void }) {
  const label = t('value', { n });
  if (row.kind === 'flag')
    return (
      <select
        aria-label={label}
        value={row.value === 'yes' ? 'yes' : 'no'}
        onChange={(e) => set(e.currentTarget.value)}
      >
        <option value="yes">{t('yes')}</option>
        <option value="no">{t('no')}</option>
      </select>
    );
  if (row.kind === 'number')
    return (
      <input
        aria-label={label}
        inputMode="decimal"
        autocomplete="off"
        value={row.value}
        onInput={(e) => set(e.currentTarget.value)}
      />
    );
  return (
    <textarea
      aria-label={label}
      class={row.kind === 'json' ? 'mono' : ''}
      rows={row.value.split('\n').length > 1 ? 4 : 1}
      value={row.value}
      onInput={(e) => set(e.currentTarget.value)}
    />
  );
}

function RowFields({
  row,
  n,
  wrong,
  set,
  remove,
}: {
  row: Row;
  n: number;
  wrong?: string;
  set: (r: Row) => void;
  remove: () => void;
}) {
  return (
    <li class={`field data-row ${wrong ? 'wrong' : ''}`}>
      <input
        aria-label={t('key', { n })}
        placeholder={t('key', { n })}
        autocomplete="off"
        value={row.key}
        onInput={(e) => set({ ...row, key: e.currentTarget.value })}
      />
      <ValueField row={row} n={n} set={(value) => set({ ...row, value })} />
      <select
        aria-label={t('kind', { n })}
        value={row.kind}
        onChange={(e) => set({ ...row, kind: e.currentTarget.value as Row['kind'] })}
      >
        {kinds.map((k) => (
          <option key={k} value={k}>
            {t(k)}
          </option>
        ))}
      </select>
      <Button tone="quiet" icon="trash" label={t('remove', { n })} onClick={remove} />
      {wrong && (
        <p class="error" role="alert">
          {wrong}
        </p>
      )}
    </li>
  );
}

/** Fields for data. `set` has the whole of it after each key. */
export function DataEdit({ of: d, wrongs, set }: { of: Edited; wrongs: Wrongs; set: (d: Edited) => void }) {
  const toJson = () => set({ ...d, json: writeExact(readEdited(d).data, '  ') });
  const toRows = () => {
    const { data, wrongs: w } = readEdited(d);
    if (!w.json && data instanceof Map) set(toEdited(data));
  };
  if (d.json !== null) {
    const rowsPossible = readEdited(d).data instanceof Map;
    return (
      <>
        <Field label={t('data')} error={wrongs.json} hint={rowsPossible ? undefined : t('not_rows')}>
          {(id, by) => (
            <textarea
              id={id}
              aria-describedby={by}
              class="mono"
              rows={10}
              spellcheck={false}
              value={d.json!}
              onInput={(e) => set({ ...d, json: e.currentTarget.value })}
            />
          )}
        </Field>
        <p>
          <Button tone="quiet" disabled={!rowsPossible} onClick={toRows}>
            {t('as_rows')}
          </Button>
        </p>
      </>
    );
  }
  return (
    <>
      <Field label={t('amount')} hint={t('amount_hint')} error={wrongs.amount}>
        {(id, by) => (
          <input
            id={id}
            aria-describedby={by}
            inputMode="decimal"
            autocomplete="off"
            class="short"
            value={d.amount}
            onInput={(e) => set({ ...d, amount: e.currentTarget.value })}
          />
        )}
      </Field>
      {d.rows.length > 0 && (
        <ul class="data-edit">
          {d.rows.map((r, i) => (
            <RowFields
              key={i}
              row={r}
              n={i + 1}
              wrong={wrongs[`row:${i}`]}
              set={(x) => set({ ...d, rows: d.rows.map((y, k) => (k === i ? x : y)) })}
              remove={() => set({ ...d, rows: d.rows.filter((_, k) => k !== i) })}
            />
          ))}
        </ul>
      )}
      <p class="row">
        <Button
          icon="plus"
          onClick={() => set({ ...d, rows: [...d.rows, { key: '', kind: 'text', value: '' }] })}
        >
          {t('add')}
        </Button>
        <Button tone="quiet" disabled={Object.keys(readEdited(d).wrongs).length > 0} onClick={toJson}>
          {t('as_json')}
        </Button>
      </p>
    </>
  );
}
