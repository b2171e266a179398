// schema-form.tsx - a form made from a JSON Schema: a field for each property of its top level.
// What is typed for a number goes into the body digit for digit. What no field can hold (lists,
// objects) is written as JSON in its field.
import { useId } from 'preact/hooks';
import { readExact, writeExact, type Exact } from '../lib/exact';
import { texts } from '../lib/text';

const t = texts({
  needed: ['needed', '必須'],
  json: ['as JSON', 'JSON で入力'],
  none: ['(nothing)', '（なし）'],
  yes: ['Yes', 'はい'],
  no: ['No', 'いいえ'],
});

interface Property {
  type?: string | string[];
  title?: string;
  description?: string;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  format?: string;
}
export interface Schema {
  type?: string;
  properties?: Record<string, Property>;
  required?: string[];
}

/** Whether a form can be made of it at all. */
export function formOf(schema: unknown): Schema | null {
  const s = schema as Schema | null | undefined;
  if (!s || typeof s !== 'object' || typeof s.properties !== 'object') return null;
  return Object.keys(s.properties).length > 0 && (s.type === undefined || s.type === 'object') ? s : null;
}

type Kind = 'text' | 'number' | 'yes' | 'choice' | 'json';

function kindOf(p: Property): Kind {
  if (p.enum?.every((x) => typeof x === 'string')) return 'choice';
  switch (p.type) {
    case 'string':
      return 'text';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'yes';
    default:
      return 'json';
  }
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** One member as JSON text; undefined: left out. What is wrong is sent as a text, so that the
 * server says what is wrong with it. */
function member(p: Property, typed: string): string | undefined {
  if (typed === '') return undefined;
  const plain = typed.normalize('NFKC').trim();
  switch (kindOf(p)) {
    case 'number':
      return NUMBER.test(plain) ? plain : JSON.stringify(typed);
    case 'yes':
      return typed;
    case 'json':
      try {
        return writeExact(readExact(typed));
      } catch {
        return JSON.stringify(typed);
      }
    default:
      return JSON.stringify(typed);
  }
}

/** The body that the form says. */
export function bodyOf(schema: Schema, values: Readonly<Record<string, string>>): string {
  const members = Object.entries(schema.properties!).flatMap(([name, p]) => {
    const text = member(p, values[name] ?? '');
    return text === undefined ? [] : [`${JSON.stringify(name)}: ${text}`];
  });
  return members.length ? `{\n  ${members.join(',\n  ')}\n}` : '{}';
}

/** What the form shows of a body; null: it holds more than the form can show. */
export function valuesOf(schema: Schema, body: string): Record<string, string> | null {
  if (body.trim() === '') return {};
  let tree: Exact;
  try {
    tree = readExact(body);
  } catch {
    return null;
  }
  if (!(tree instanceof Map)) return null;
  const values: Record<string, string> = {};
  for (const [name, v] of tree) {
    if (!Object.hasOwn(schema.properties!, name)) return null;
    const text = typeof v === 'string';
    const kind = kindOf(schema.properties![name]!);
    if (text !== (kind === 'text' || kind === 'choice') && kind !== 'json') return null;
    values[name] = text && kind !== 'json' ? v : writeExact(v);
  }
  return values;
}

function Input({
  id,
  by,
  of: p,
  value,
  required,
  change,
}: {
  id: string;
  by: string;
  of: Property;
  value: string;
  required: boolean;
  change: (value: string) => void;
}) {
  const kind = kindOf(p);
  const common = { id, 'aria-describedby': by, required, value };
  if (kind === 'choice' || kind === 'yes') {
    const options: [string, string][] =
      kind === 'yes'
        ? [
            ['true', t('yes')],
            ['false', t('no')],
          ]
        : (p.enum as string[]).map((x) => [x, x]);
    return (
      <select {...common} onChange={(e) => change(e.currentTarget.value)}>
        <option value="">{t('none')}</option>
        {options.map(([v, said]) => (
          <option key={v} value={v}>
            {said}
          </option>
        ))}
      </select>
    );
  }
  if (kind === 'json')
    return (
      <textarea
        {...common}
        class="mono"
        rows={3}
        spellcheck={false}
        onInput={(e) => change(e.currentTarget.value)}
      />
    );
  return (
    <input
      {...common}
      autocomplete="off"
      inputMode={kind === 'number' ? 'decimal' : undefined}
      onInput={(e) => change(e.currentTarget.value)}
    />
  );
}

const bounds = (p: Property) =>
  p.minimum !== undefined || p.maximum !== undefined ? `${p.minimum ?? '…'} – ${p.maximum ?? '…'}` : '';

export function SchemaForm({
  schema,
  values,
  change,
}: {
  schema: Schema;
  values: Readonly<Record<string, string>>;
  change: (values: Record<string, string>) => void;
}) {
  const stem = useId();
  return (
    <>
      {Object.entries(schema.properties!).map(([name, p], i) => {
        const id = `${stem}-${i}`,
          required = schema.required?.includes(name) ?? false;
        const kind = kindOf(p);
        const about = [
          p.description,
          bounds(p),
          kind === 'json' ? t('json') : '',
          required ? t('needed') : '',
        ];
        return (
          <div class="field" key={name}>
            <label for={id}>{p.title ? `${p.title} (${name})` : name}</label>
            <Input
              id={id}
              by={`${id}-about`}
              of={p}
              value={values[name] ?? ''}
              required={required && kind !== 'text'}
              change={(v) => change({ ...values, [name]: v })}
            />
            <p class="hint" id={`${id}-about`}>
              {about.filter(Boolean).join(' · ')}
            </p>
          </div>
        );
      })}
    </>
  );
}
