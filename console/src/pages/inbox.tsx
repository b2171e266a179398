// inbox.tsx - what waits for a person: read, decided one by one with single keys, or many at
// once. What changes meanwhile is marked where it stands; nothing moves until one says so.
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { get, post, Problem, requestId } from '../lib/api';
import { at, loadPage, meet, readPage, type Item } from '../lib/approval';
import { thousandths } from '../lib/exact';
import { useKeys } from '../lib/keys';
import { useLive } from '../lib/live';
import { useLoad } from '../lib/load';
import { ask, go, place } from '../lib/router';
import { me } from '../lib/session';
import { texts } from '../lib/text';
import { BulkAsk, BulkBar, type Outcome } from '../parts/bulk';
import { retract } from '../parts/decide';
import { InboxRow, type RowState } from '../parts/inbox-row';
import { Who } from '../parts/people';
import { Button, Confirm, Empty, Link, More, Page, problemText, Show } from '../parts/parts';
import { tell } from '../parts/toast';

const t = texts({
  title: ['Inbox', '受信箱'],
  all: ['All', 'すべて'],
  mine: ['Mine', '自分宛て'],
  for: ['In place of', '代理：'],
  sort: ['Order', '並び順'],
  due: ['by deadline', '期限が近い順'],
  amount: ['largest amount first', '金額が大きい順'],
  age: ['oldest first', '古い順'],
  empty: ['Nothing waits for you.', '承認待ちはありません。'],
  empty_hint: ['What you are asked for appears here by itself.', '依頼が来ると、ここに自動で表示されます。'],
  fresh: ['Show {n} new', '新着{n}件を表示'],
  again: ['Tidy up', '一覧を整理'],
  approved: ['Approved: {what}', '承認しました：{what}'],
  undo: ['Take back', '取り消す'],
  back: ['Send back', '差し戻す'],
  back_of: ['Send back: {what}', '差し戻す：{what}'],
  reason: ['Comment (needed)', 'コメント（必須）'],
  select_all: ['Select all', 'すべて選択'],
  tabs: ['Whose', '誰宛てか'],
  offline: ['Not live: trying to connect again.', '自動更新が切れています。再接続中です。'],
});

interface Delegation {
  principal: string;
  from: string;
}

/** People whom the caller may decide for now. */
function usePrincipals(): string[] {
  const who = me.value!.principal;
  const loaded = useLoad(
    (signal) => get<{ delegations?: Delegation[] }>('/v1/delegations', { delegate: who, limit: 50 }, signal),
    [who],
  );
  const began = (loaded.data?.delegations ?? []).filter((d) => new Date(d.from).getTime() <= Date.now());
  return [...new Set(began.map((d) => d.principal))].filter((p) => p !== who);
}

function Tabs({ principals, whose }: { principals: string[]; whose: string }) {
  if (principals.length === 0 && !whose) return null;
  const link = (to: string) => `/inbox${to && `?for=${encodeURIComponent(to)}`}`;
  const people = whose && whose !== 'me' && !principals.includes(whose) ? [...principals, whose] : principals;
  return (
    <nav class="tabs" aria-label={t('tabs')}>
      <Link to={link('')} current={!whose}>
        {t('all')}
      </Link>
      <Link to={link('me')} current={whose === 'me'}>
        {t('mine')}
      </Link>
      {people.map((p) => (
        <Link key={p} to={link(p)} current={whose === p}>
          {t('for')} <Who id={p} />
        </Link>
      ))}
    </nav>
  );
}

const MOST_BULK = 100;

function List({ first, cursor, query }: { first: Item[]; cursor?: string; query: Record<string, string> }) {
  const items = useSignal(first),
    next = useSignal(cursor),
    states = useSignal<Record<string, RowState>>({}),
    fresh = useSignal<Item[]>([]),
    chosen = useSignal<ReadonlySet<string>>(new Set()),
    bulk = useSignal<Item[] | null>(null),
    sendBack = useSignal<Item | null>(null),
    busy = useSignal(false);
  const cursorAt = useRef(-1);
  const ids = useRef(new Map<string, string>()); // approval and deed: the id of the request
  const mark = (id: string, s: RowState | undefined) => {
    const { [id]: _, ...rest } = states.value;
    states.value = s ? { ...rest, [id]: s } : rest;
    if (s && chosen.value.has(id)) toggle(id, false);
  };
  const toggle = (id: string, on = !chosen.value.has(id)) => {
    const c = new Set(chosen.value);
    if (on && c.size < MOST_BULK) c.add(id);
    else c.delete(id);
    chosen.value = c;
  };
  const open = (i: Item) => !states.value[i.id];

  // ---- live
  const take = (came: Item[], gone: string[]) => {
    const known = new Map(items.value.map((i) => [i.id, i]));
    meet(came);
    const changed = came.filter((i) => known.has(i.id));
    const added = came.filter((i) => !known.has(i.id));
    if (changed.length) {
      const by = new Map(changed.map((i) => [i.id, i]));
      items.value = items.value.map((i) => by.get(i.id) ?? i);
      for (const i of changed) if (states.value[i.id]?.what !== 'busy') mark(i.id, undefined);
    }
    const rest = fresh.value.filter((i) => !gone.includes(i.id) && !added.some((a) => a.id === i.id));
    if (items.value.length === 0) items.value = [...rest, ...added];
    else fresh.value = [...rest, ...added];
    for (const id of gone) if (known.has(id) && !states.value[id]) mark(id, { what: 'gone' });
  };
  useLive(
    '/v1/inbox/events',
    (e) => {
      if (e.type === 'changed') {
        const { gone } = JSON.parse(e.data) as { gone?: string[] };
        take(readPage<Item>(e.data).items, gone ?? []);
      } else if (e.type === 'snapshot') {
        const { more } = JSON.parse(e.data) as { more: boolean };
        const now = readPage<Item>(e.data).items;
        const there = new Set(now.map((i) => i.id));
        take(now, more ? [] : items.value.filter((i) => !there.has(i.id)).map((i) => i.id));
      }
    },
    { ...query, limit: 50 },
  );

  // ---- one by one
  const idOf = (what: string) => {
    const id = ids.current.get(what) ?? requestId();
    ids.current.set(what, id);
    return id;
  };
  const voted = async (i: Item, deed: string, comment?: string) => {
    const key = `${i.id} ${i.slot.slot} ${i.data_version} ${deed} ${comment ?? ''}`;
    const body = { do: deed, comment, for: i.for, slot: i.slot.slot, data_version: i.data_version };
    try {
      await post(`${at(i.id)}/votes`, body, idOf(key));
    } catch (e) {
      if (e instanceof Problem && e.status >= 400 && e.status < 500) ids.current.delete(key);
      throw e;
    }
    ids.current.delete(key);
  };
  const undo = async (i: Item) => {
    await retract(i.id, i.slot.slot, i.for);
    mark(i.id, undefined);
  };
  const approve = async (i: Item) => {
    if (!open(i)) return;
    mark(i.id, { what: 'busy' });
    try {
      await voted(i, 'approve');
      mark(i.id, { what: 'approved' });
      tell(t('approved', { what: i.subject }), { undo: { text: t('undo'), run: () => void undo(i) } });
    } catch (e) {
      if (!(e instanceof Problem)) throw e;
      mark(i.id, { what: 'refused', why: problemText(e), final: e.code === 'CLOSED' });
    }
  };

  // ---- keys
  const focus = (to: number) => {
    const n = items.value.length;
    if (n === 0) return;
    cursorAt.current = to < 0 ? 0 : to >= n ? n - 1 : to;
    document.getElementById(`row-${items.value[cursorAt.current]!.id}`)?.focus();
  };
  const here = () => {
    const row = document.activeElement?.closest<HTMLElement>('[data-approval]')?.dataset.approval;
    const found = items.value.findIndex((i) => i.id === row);
    if (found >= 0) cursorAt.current = found;
    return items.value[cursorAt.current];
  };
  const on = (f: (i: Item) => void) => () => {
    const i = here();
    if (i) f(i);
  };
  useKeys([
    { key: 'j', what: ['Next', '次へ'], run: () => (here(), focus(cursorAt.current + 1)) },
    { key: 'k', what: ['Before', '前へ'], run: () => (here(), focus(cursorAt.current - 1)) },
    { key: 'o', what: ['Open', '開く'], run: on((i) => go(`/approvals/${i.id}`)) },
    { key: 'a', what: ['Approve', '承認する'], run: on((i) => void approve(i)) },
    { key: 'b', what: ['Send back', '差し戻す'], run: on((i) => open(i) && (sendBack.value = i)) },
    { key: 'x', what: ['Select', '選択する'], run: on((i) => open(i) && toggle(i.id)) },
  ]);

  const more = async () => {
    busy.value = true;
    try {
      const p = await loadPage<Item>('/v1/inbox', { ...query, cursor: next.value });
      const known = new Set(items.value.map((i) => i.id));
      items.value = [...items.value, ...p.items.filter((i) => !known.has(i.id))];
      next.value = p.cursor;
    } finally {
      busy.value = false;
    }
  };
  const outcome = (o: Outcome) =>
    mark(o.id, o.done ? { what: 'approved' } : { what: 'refused', why: o.why, final: o.final });
  const selectable = items.value.filter(open);
  const all = selectable.length > 0 && selectable.every((i) => chosen.value.has(i.id));
  const stale = Object.values(states.value).some((s) => s.what !== 'busy');
  return (
    <>
      <div class="inbox-tools">
        <label class="row">
          <input
            type="checkbox"
            checked={all}
            disabled={selectable.length === 0}
            onChange={() => {
              chosen.value = all ? new Set() : new Set(selectable.slice(0, MOST_BULK).map((i) => i.id));
            }}
          />
          {t('select_all')}
        </label>
        <span class="inbox-news" role="status">
          {(fresh.value.length > 0 || stale) && (
            <Button
              icon="refresh"
              onClick={() => {
                items.value = [...items.value.filter(open), ...fresh.value].sort(order(query.sort));
                fresh.value = [];
                states.value = {};
              }}
            >
              {fresh.value.length ? t('fresh', { n: fresh.value.length }) : t('again')}
            </Button>
          )}
        </span>
      </div>
      {items.value.length === 0 ? (
        <Empty icon="inbox" title={t('empty')}>
          {t('empty_hint')}
        </Empty>
      ) : (
        <ul class="inbox">
          {items.value.map((i) => (
            <InboxRow
              key={i.id}
              of={i}
              state={states.value[i.id]}
              chosen={chosen.value.has(i.id)}
              toggle={() => toggle(i.id)}
              undo={() => void undo(i)}
            />
          ))}
        </ul>
      )}
      {next.value && <More onClick={() => void more()} busy={busy.value} />}
      {chosen.value.size > 0 && (
        <BulkBar
          items={items.value.filter((i) => chosen.value.has(i.id))}
          approve={() => {
            bulk.value = items.value.filter((i) => chosen.value.has(i.id));
          }}
          clear={() => {
            chosen.value = new Set();
          }}
        />
      )}
      {bulk.value && (
        <BulkAsk
          items={bulk.value}
          outcome={outcome}
          onClose={() => {
            bulk.value = null;
          }}
        />
      )}
      {sendBack.value && (
        <Confirm
          title={t('back_of', { what: sendBack.value.subject })}
          action={t('back')}
          reason={t('reason')}
          onClose={() => {
            sendBack.value = null;
            requestAnimationFrame(() => focus(cursorAt.current)); // behind a dialog nothing takes the focus
          }}
          run={async (comment) => {
            const i = sendBack.value!;
            await voted(i, 'return', comment);
            mark(i.id, { what: 'returned' });
          }}
        />
      )}
    </>
  );
}

const time = (s: string | undefined) => (s ? new Date(s).getTime() : Infinity);

/** As the server orders them. */
const order = (sort: string | undefined) => (a: Item, b: Item) => {
  if (sort === 'age') return a.opened_at < b.opened_at ? -1 : 1;
  if (sort === 'amount') return thousandths(b.amount ?? '-1') > thousandths(a.amount ?? '-1') ? 1 : -1;
  const [x, y] = [time(a.due_at), time(b.due_at)];
  return x === y ? (a.opened_at < b.opened_at ? -1 : 1) : x - y;
};

export default function Inbox() {
  const q = place.value.query;
  const whose = q.get('for') ?? '',
    sort = q.get('sort') ?? 'due';
  const principals = usePrincipals();
  const query = { for: whose, sort };
  const loaded = useLoad(
    (signal) => loadPage<Item>('/v1/inbox', { ...query, limit: 50 }, signal),
    [whose, sort, me.value?.principal],
  );
  useLayoutEffect(() => {
    document.getElementById('main')?.focus({ preventScroll: true });
  }, []);
  return (
    <Page
      title={t('title')}
      actions={
        <label class="row">
          <span class="soft small">{t('sort')}</span>
          <select
            value={sort}
            onChange={(e) => ask({ sort: e.currentTarget.value === 'due' ? null : e.currentTarget.value })}
          >
            {(['due', 'amount', 'age'] as const).map((s) => (
              <option key={s} value={s}>
                {t(s)}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <Tabs principals={principals} whose={whose} />
      <Show of={loaded}>
        {(p) => (
          <List
            key={`${whose} ${sort} ${me.value?.principal}`}
            first={p.items}
            cursor={p.cursor}
            query={query}
          />
        )}
      </Show>
    </Page>
  );
}
