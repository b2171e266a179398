// form-fields.tsx - the fields of a form, one for each of its components; texts are text, never
// HTML. What is typed stays as it is typed until it is sent.
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { Exact } from '../lib/exact';
import { fresh, holds, isField, locked, nameOf, type Component, type Filled, type Typed } from '../lib/form';
import { texts } from '../lib/text';
import { Button, Field } from './parts';

const t = texts({
  optional: ['optional', '任意'],
  choose: ['Choose one', '選んでください'],
  none: ['None', '指定しない'],
  add: ['Add a row', '行を追加'],
  remove: ['Remove row {n}', '{n}行目を削除'],
  row: ['{what} {n}', '{what} {n}'],
  empty: ['No rows yet.', 'まだ行はありません。'],
});

interface Given {
  filled: Filled;
  set: (f: Filled) => void;
  /** By place; `at` is where these fields are. */
  wrongs: Record<string, string>;
  at: string;
  /** The data at the top, for conditions. */
  top: Map<string, Exact>;
}

interface OfField {
  c: Component;
  value: Typed | undefined;
  set: (v: Typed) => void;
  wrong?: string;
}

/** **strong** and *emphasised* words; all else is what it is. */
function Line({ text }: { text: string }) {
  return (
    <>
      {text.split(/(\*\*[^*]+\*\*|\*[^*]+\*)/).map((part) => {
        if (/^\*\*[^*]+\*\*$/.test(part)) return <strong>{part.slice(2, -2)}</strong>;
        return /^\*[^*]+\*$/.test(part) ? <em>{part.slice(1, -1)}</em> : part;
      })}
    </>
  );
}

function Words({ text }: { text: string }) {
  return (
    <div class="form-text">
      {text.split(/\n{2,}/).map((block) => {
        const lines = block.split('\n').filter(Boolean);
        const head = /^#{1,6} +(.*)$/.exec(lines[0] ?? '');
        if (head && lines.length === 1)
          return (
            <h3>
              <Line text={head[1]!} />
            </h3>
          );
        if (lines.length && lines.every((l) => /^[-*] /.test(l)))
          return (
            <ul>
              {lines.map((l) => (
                <li>
                  <Line text={l.slice(2)} />
                </li>
              ))}
            </ul>
          );
        return (
          <p>
            <Line text={lines.join('\n')} />
          </p>
        );
      })}
    </div>
  );
}

const title = (c: Component) => (
  <>
    {nameOf(c)}
    {!c.validate?.required && !locked(c) && <span class="optional"> {t('optional')}</span>}
  </>
);

function About({ id, c, wrong }: { id: string; c: Component; wrong?: string }) {
  return (
    <div id={id}>
      {c.description && <p class="hint">{c.description}</p>}
      {wrong && <p class="error">{wrong}</p>}
    </div>
  );
}

function Choices({ c, value, set, wrong }: OfField) {
  const id = useId();
  const one = c.type === 'radio';
  const list = Array.isArray(value) ? (value as string[]) : [];
  const toggle = (v: string) => set(list.includes(v) ? list.filter((x) => x !== v) : [...list, v]);
  return (
    <fieldset class={`field choices ${wrong ? 'wrong' : ''}`} disabled={locked(c)}>
      <legend>{title(c)}</legend>
      <div aria-describedby={`${id}-about`} role="group">
        {(c.values ?? []).map((o) => (
          <label key={o.value} class="tick">
            <input
              type={one ? 'radio' : 'checkbox'}
              name={one ? id : undefined}
              checked={one ? value === o.value : list.includes(o.value)}
              onChange={() => (one ? set(o.value) : toggle(o.value))}
            />
            {o.label}
          </label>
        ))}
      </div>
      <About id={`${id}-about`} c={c} wrong={wrong} />
    </fieldset>
  );
}

function Tick({ c, value, set, wrong }: OfField) {
  const id = useId();
  return (
    <div class={`field ${wrong ? 'wrong' : ''}`}>
      <label class="tick">
        <input
          type="checkbox"
          checked={value === true}
          disabled={locked(c)}
          aria-describedby={`${id}-about`}
          onChange={(e) => set(e.currentTarget.checked)}
        />
        {nameOf(c)}
      </label>
      <About id={`${id}-about`} c={c} wrong={wrong} />
    </div>
  );
}

const KIND = { date: 'date', time: 'time', datetime: 'datetime-local' } as const;

function Adorned({ c, children }: { c: Component; children: ComponentChildren }) {
  const { prefixAdorner: before, suffixAdorner: behind } = c.appearance ?? {};
  if (!before && !behind) return <>{children}</>;
  return (
    <span class="adorned">
      {before && <span>{before}</span>}
      {children}
      {behind && <span>{behind}</span>}
    </span>
  );
}

function Entry({ c, value, set, wrong }: OfField) {
  const text = typeof value === 'string' ? value : '';
  const onInput = (e: { currentTarget: { value: string } }) => set(e.currentTarget.value);
  return (
    <Field label={title(c)} hint={c.description} error={wrong}>
      {(id, by) => {
        const all = { id, 'aria-describedby': by, value: text, onInput };
        if (c.type === 'textarea') return <textarea {...all} rows={4} readOnly={locked(c)} />;
        if (c.type === 'select')
          return (
            <select {...all} disabled={locked(c)}>
              <option value="">{t(c.validate?.required ? 'choose' : 'none')}</option>
              {(c.values ?? []).map((o) => (
                <option key={o.value} value={o.value}>
                  {o.label}
                </option>
              ))}
            </select>
          );
        if (c.type === 'datetime')
          return (
            <input
              {...all}
              class="short"
              type={KIND[(c.subtype ?? 'date') as keyof typeof KIND]}
              readOnly={locked(c)}
            />
          );
        return (
          <Adorned c={c}>
            <input
              {...all}
              class={c.type === 'number' ? 'short' : undefined}
              inputMode={c.type === 'number' ? 'decimal' : undefined}
              autocomplete="off"
              readOnly={locked(c)}
            />
          </Adorned>
        );
      }}
    </Field>
  );
}

function Rows({ c, filled, set, wrongs, at, top }: Given & { c: Component }) {
  const rows = (filled[c.path!] as Filled[] | undefined) ?? [];
  const put = (list: Filled[]) => set({ ...filled, [c.path!]: list });
  return (
    <fieldset class="form-group">
      <legend>{nameOf(c)}</legend>
      {rows.length === 0 && <p class="soft small">{t('empty')}</p>}
      {rows.map((row, i) => (
        <fieldset key={i} class="form-row">
          <legend>{t('row', { what: nameOf(c), n: i + 1 })}</legend>
          <FormFields
            of={c.components ?? []}
            filled={row}
            wrongs={wrongs}
            at={`${at}${c.path}/${i}/`}
            top={top}
            set={(r) => put(rows.map((x, k) => (k === i ? r : x)))}
          />
          <p>
            <Button
              tone="quiet"
              icon="trash"
              label={t('remove', { n: i + 1 })}
              onClick={() => put(rows.filter((_, k) => k !== i))}
            />
          </p>
        </fieldset>
      ))}
      <p>
        <Button icon="plus" onClick={() => put([...rows, fresh(c.components ?? [])])}>
          {t('add')}
        </Button>
      </p>
    </fieldset>
  );
}

function Group(p: Given & { c: Component }) {
  const { c, filled, set, at } = p;
  const name = c.label;
  const inside = c.path ? ((filled[c.path] as Filled | undefined) ?? {}) : filled;
  const fields = (
    <FormFields
      {...p}
      of={c.components ?? []}
      filled={inside}
      at={c.path ? `${at}${c.path}/` : at}
      set={(f) => set(c.path ? { ...filled, [c.path]: f } : f)}
    />
  );
  if (!name) return fields;
  return (
    <fieldset class="form-group">
      <legend>{name}</legend>
      {fields}
    </fieldset>
  );
}

function One(p: Given & { c: Component }) {
  const { c, filled, set, wrongs, at } = p;
  if (c.type === 'text') return <Words text={c.text ?? ''} />;
  if (c.type === 'separator') return <hr class="form-line" />;
  if (c.type === 'spacer') return <div class="form-gap" />;
  if (c.type === 'group') return <Group {...p} />;
  if (c.type === 'dynamiclist') return <Rows {...p} />;
  if (!isField(c)) return null;
  const field = {
    c,
    value: filled[c.key!],
    wrong: wrongs[at + c.key],
    set: (v: Typed) => set({ ...filled, [c.key!]: v }),
  };
  if (c.type === 'checkbox') return <Tick {...field} />;
  if (/^(checklist|taglist|radio)$/.test(c.type)) return <Choices {...field} />;
  return <Entry {...field} />;
}

/** `set` has all that was typed, after each key. */
export function FormFields({ of, ...p }: Given & { of: readonly Component[] }) {
  return (
    <>
      {of.map((c, i) =>
        c.conditional?.hide && holds(c.conditional.hide, p.top) ? null : (
          <One key={c.key ?? c.path ?? i} {...p} c={c} />
        ),
      )}
    </>
  );
}
