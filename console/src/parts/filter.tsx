// filter.tsx - one filter of a list: what is typed stands in the address once the field is left.
import { zone } from '../lib/format';
import { ask, place } from '../lib/router';

/** "2026-11-23T09:00", as the clocks of the stated zone show it, as a moment. */
export function moment(local: string): string | undefined {
  const clock = Date.parse(`${local}Z`);
  if (Number.isNaN(clock)) return undefined;
  const shown = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone.value,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(clock);
  const ahead = Date.parse(`${shown.replace(' ', 'T')}Z`) - clock;
  return new Date(clock - ahead).toISOString();
}

export function Filter({ name, label, time = false }: { name: string; label: string; time?: boolean }) {
  const field = {
    'aria-label': label,
    title: label,
    placeholder: label,
    value: place.value.query.get(name) ?? '',
    onChange: (e: { currentTarget: HTMLInputElement }) => ask({ [name]: e.currentTarget.value.trim() }),
  };
  if (!time) return <input type="text" {...field} />;
  return (
    <span class="dated">
      <span class="small soft" aria-hidden="true">
        {label}
      </span>
      <input type="datetime-local" {...field} />
    </span>
  );
}
