// bell.tsx - how much the person has not seen yet; leads to all of it.
import { signal } from '@preact/signals';
import { get } from '../lib/api';
import { useLoad } from '../lib/load';
import { me } from '../lib/session';
import { texts } from '../lib/text';
import { Icon } from './icon';
import { Link } from './parts';

const t = texts({
  none: ['Notifications', 'お知らせ'],
  some: ['Notifications, {n} not seen', 'お知らせ（未読 {n} 件）'],
});

const EVERY_MS = 30_000;

/** Counted up when something on the page changed how much is unread. */
export const seen = signal(0);

export function Bell() {
  const of = useLoad(
    (s) => get<{ unread: number }>('/v1/notifications', { limit: 1 }, s),
    [me.value!.principal, seen.value],
    EVERY_MS,
  );
  const n = of.data?.unread ?? 0;
  return (
    <Link to="/notifications" class="button quiet bell" label={n > 0 ? t('some', { n }) : t('none')}>
      <Icon name="bell" size={18} />
      {n > 0 && <span class="bell-count">{n > 99 ? '99+' : n}</span>}
    </Link>
  );
}
