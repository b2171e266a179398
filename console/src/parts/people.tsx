// people.tsx - people by the names that the directory has for them; by their ids where it has
// none, or where one may not look.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get, seg } from '../lib/api';
import { me } from '../lib/session';

interface Person {
  id: string;
  name?: string;
}

const known = signal<ReadonlyMap<string, string>>(new Map());
/** By whom. */
let asked: string | undefined;

/** Who may not see the directory sees themselves there. */
const myself = (who: string): Promise<Person[]> =>
  get<Person>(`/v1/people/${seg(who)}`).then(
    (p) => [p],
    () => [],
  );

function learn(): void {
  const who = me.value?.principal ?? '';
  if (asked === who) return;
  asked = who;
  get<{ people?: Person[] }>('/v1/people', { limit: 200 })
    .then(
      (r) => r.people ?? [],
      () => (who ? myself(who) : []),
    )
    .then((people) => {
      known.value = new Map(people.map((p) => [p.id, p.name ?? p.id]));
    });
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
