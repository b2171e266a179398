// policy-blanks.tsx - the blanks of a template as a form.
import type { Member } from '../lib/policy';
import { texts } from '../lib/text';
import { Field } from './parts';
import { numeric } from './policy-parts';

const t = texts({
  members: [
    'Ids with commas between, or JSON: ["sato", {"group": "legal"}]',
    'ID をコンマで区切るか、JSON で：["sato", {"group": "legal"}]',
  ],
  number: ['A number from {min} to {max}', '{min} ～ {max} の数'],
});

export interface Template {
  name: string;
  note?: string;
  parameters: Record<string, { type: string; default?: unknown; min?: number; max?: number; about?: string }>;
}

const shown = (v: unknown): string =>
  Array.isArray(v)
    ? v.every((x) => typeof x === 'string')
      ? v.join(', ')
      : JSON.stringify(v)
    : v === undefined
      ? ''
      : String(v);

/** What stands in the blanks, as texts: what was said before, or what is so unless said. */
export const blanksOf = (of: Template, given: Record<string, unknown> = {}) =>
  Object.fromEntries(Object.entries(of.parameters).map(([k, p]) => [k, shown(given[k] ?? p.default)]));

function list(text: string): unknown {
  const s = text.trim();
  if (!s.startsWith('[')) return s.split(/[,、\s]+/).filter((x) => x) satisfies (string | Member)[];
  try {
    return JSON.parse(s);
  } catch {
    return s; // the server says what is wrong with it
  }
}

/** As the server takes them; empty ones are left to their defaults. */
export const valuesOf = (of: Template, values: Record<string, string>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(of.parameters).flatMap(([k, p]) => {
      const v = values[k] ?? '';
      if (p.type === 'flag') return [[k, v === 'true']];
      if (v.trim() === '') return [];
      return [[k, p.type === 'number' ? numeric(v) : p.type === 'members' ? list(v) : v.trim()]];
    }),
  );

export function Blanks({
  of,
  values,
  change,
}: {
  of: Template;
  values: Record<string, string>;
  change: (v: Record<string, string>) => void;
}) {
  const set = (k: string, v: string) => change({ ...values, [k]: v });
  return (
    <div class="stack">
      {Object.entries(of.parameters).map(([k, p]) =>
        p.type === 'flag' ? (
          <label key={k} class="tick">
            <input
              type="checkbox"
              checked={values[k] === 'true'}
              onChange={(e) => set(k, String(e.currentTarget.checked))}
            />
            {p.about ?? k}
          </label>
        ) : (
          <Field
            key={k}
            label={p.about ?? k}
            hint={
              p.type === 'members'
                ? t('members')
                : p.type === 'number' && p.max !== undefined
                  ? t('number', { min: p.min ?? 0, max: p.max })
                  : undefined
            }
          >
            {(id, by) => (
              <input
                id={id}
                value={values[k]}
                aria-describedby={by}
                autocapitalize="none"
                spellcheck={false}
                inputMode={p.type === 'number' ? 'numeric' : undefined}
                required={p.default === undefined}
                onInput={(e) => set(k, e.currentTarget.value)}
              />
            )}
          </Field>
        ),
      )}
    </div>
  );
}
