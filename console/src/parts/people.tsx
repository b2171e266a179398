// people.tsx - people by the names that the directory has for them; by their ids where it has
// none, or where one may not look.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get } from '../lib/api';

interface Person {
  id: string;
  name?: string;
}

const known = signal<ReadonlyMap<string, string>>(new Map());
let asked = false;

function learn(): void {
  if (asked) return;
  asked = true;
  get<{ people?: Person[] }>('/v1/people', { limit: 200 }).then(
    (r) => {
      known.value = new Map((r.people ?? []).map((p) => [p.id, p.name ?? p.id]));
    },
    () => {
      // Ids do.
    },
  );
}

/** A person's name; their id on hover. */
export function Who({ id }: { id: string }) {
  useEffect(learn, []);
  const name = known.value.get(id);
  return name && name !== id ? <span title={id}>{name}</span> : <span>{id}</span>;
}

/** For sentences that are texts. */
export const nameOf = (id: string) => known.value.get(id) ?? id;

export function Avatar({ id }: { id: string }) {
  return (
    <span class="avatar" aria-hidden="true">
      {[...nameOf(id)][0]?.toUpperCase()}
    </span>
  );
}
