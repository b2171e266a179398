// person-field.tsx - a field for somebody of the directory: their id, with suggestions as one
// types a name, a reading or an id.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId } from 'preact/hooks';
import { get } from '../lib/api';
import { Field } from './parts';

export interface Listed {
  id: string;
  name: string;
  kana?: string;
  email?: string;
  active: boolean;
}

/** Full-width letters and digits are the same person as narrow ones. */
export const tidy = (s: string) => s.normalize('NFKC').trim();

export function PersonField({
  label,
  hint,
  error,
  value,
  onInput,
  required = true,
}: {
  label: ComponentChildren;
  hint?: ComponentChildren;
  error?: string;
  value: string;
  onInput: (id: string) => void;
  required?: boolean;
}) {
  const list = useId();
  const found = useSignal<readonly Listed[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    const wait = setTimeout(() => {
      get<{ people: Listed[] }>('/v1/people', { q: value.trim(), active: true, limit: 20 }, stop.signal).then(
        (r) => {
          found.value = r.people;
        },
        () => undefined, // who may not list people types the id
      );
    }, 150);
    return () => {
      clearTimeout(wait);
      stop.abort();
    };
  }, [value]);
  const known = found.value.find((p) => p.id === tidy(value));
  return (
    <Field label={label} hint={known?.name ?? hint} error={error}>
      {(id, by) => (
        <>
          <input
            id={id}
            list={list}
            value={value}
            required={required}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            aria-describedby={by}
            onInput={(e) => onInput(e.currentTarget.value)}
            onBlur={(e) => onInput(tidy(e.currentTarget.value))}
          />
          <datalist id={list}>
            {found.value.map((p) => (
              <option key={p.id} value={p.id}>
                {p.name}
              </option>
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}
