// people.tsx - people by the names that the directory has for them; by their ids where it has
// none, or where one may not look.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get, seg } from '../lib/api';
import { introduce, known, type Named } from '../lib/names';
import { me } from '../lib/session';

/** By whom. */
let asked: string | undefined;
/** Whether the directory has answered. */
const answered = signal<string | undefined>(undefined);

/** Who may not see the directory sees themselves there. */
const myself = (who: string): Promise<Named[]> =>
  get<Named>(`/v1/people/${seg(who)}`).then(
    (p) => [p],
    () => [],
  );

function learn(): void {
  const who = me.value?.principal ?? '';
  if (asked === who) return;
  asked = who;
  get<{ people?: Named[] }>('/v1/people', { limit: 200 })
    .then(
      (r) => r.people ?? [],
      () => (who ? myself(who) : []),
    )
    .then((people) => {
      introduce(people.map(({ id, name }) => ({ id, name })));
      answered.value = who;
    });
}

/** A person's name; department and id on hover. `then`: what they were called on the day it is about. */
export function Who({ id, then }: { id: string; then?: string }) {
  useEffect(learn, []);
  const p = known.value.get(id);
  const name = then ?? p?.name;
  if (!name || name === id) return <span>{id}</span>;
  return <span title={p?.department ? `${p.department} · ${id}` : id}>{name}</span>;
}

/** For sentences that are texts. */
export const nameOf = (id: string) => known.value.get(id)?.name ?? id;

/** The same, but nothing until it is known whether there is a name. */
export function useName(id: string): string | undefined {
  useEffect(learn, []);
  return known.value.get(id)?.name ?? (answered.value === id ? id : undefined);
}

export function Avatar({ id }: { id: string }) {
  return (
    <span class="avatar" aria-hidden="true">
      {[...nameOf(id)][0]?.toUpperCase()}
    </span>
  );
}
