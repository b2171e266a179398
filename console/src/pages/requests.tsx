// requests.tsx - approvals that one asked for, by how they stand; and all that one may see.
import { useSignal } from '@preact/signals';
import { isOpen, loadPage, type Approval } from '../lib/approval';
import { useLoad } from '../lib/load';
import { ask, href, place } from '../lib/router';
import { me } from '../lib/session';
import { texts } from '../lib/text';
import { Amount, Due, State } from '../parts/approval';
import { Who } from '../parts/people';
import { Empty, Link, More, Page, Show, Time } from '../parts/parts';
import { tellProblem } from '../parts/toast';

const t = texts({
  title: ['Requests', '申請'],
  new: ['Ask for approval', '申請する'],
  open: ['Under way', '審議中'],
  returned: ['Sent back', '差戻し'],
  ended: ['Ended', '完了'],
  all: ['All I may see', '閲覧できるすべて'],
  tabs: ['Which', '表示する申請'],
  find: ['Find by subject', '件名で探す'],
  none_open: ['None of your requests is under way.', '審議中の申請はありません。'],
  none_returned: ['Nothing was sent back to you.', '差し戻された申請はありません。'],
  none_ended: ['None of your requests has ended yet.', '完了した申請はまだありません。'],
  none_all: ['There is nothing that you may see.', '閲覧できる申請はありません。'],
  answered: ['{done} of {of} have answered', '{of}名中{done}名が回答'],
  ended_at: ['ended', '完了'],
});

const tabs = {
  open: 'PENDING,ESCALATED,INCIDENT',
  returned: 'RETURNED',
  ended: 'APPROVED,REJECTED,WITHDRAWN,CANCELED',
  all: '',
};
type Tab = keyof typeof tabs;

/** One line of a list of requests. */
export function RequestRow({ of: a, whose }: { of: Approval; whose: boolean }) {
  const done = a.slot_count - a.open_slots;
  return (
    <li class="inbox-row request-row">
      <State of={a} />
      <a class="inbox-what" href={href(`/approvals/${a.id}`)}>
        <b>{a.subject || '–'}</b>
        <span class="soft small">
          {whose && (
            <>
              <Who id={a.applicant} /> ·{' '}
            </>
          )}
          <Time at={a.opened_at} />
          {a.closed_at ? (
            <>
              {' '}
              · {t('ended_at')} <Time at={a.closed_at} />
            </>
          ) : (
            isOpen(a) && a.slot_count > 0 && <> · {t('answered', { done, of: a.slot_count })}</>
          )}
        </span>
      </a>
      <span class="inbox-amount">
        <Amount of={a} />
      </span>
      <span class="inbox-due">
        <Due of={a} quiet />
      </span>
    </li>
  );
}

function Rest({ first, query }: { first: string; query: Record<string, string | undefined> }) {
  const more = useSignal<Approval[]>([]),
    next = useSignal<string | undefined>(first),
    busy = useSignal(false);
  const load = async () => {
    busy.value = true;
    try {
      const p = await loadPage<Approval>('/v1/approvals', { ...query, cursor: next.value });
      more.value = [...more.value, ...p.items];
      next.value = p.cursor;
    } catch (e) {
      tellProblem(e);
    } finally {
      busy.value = false;
    }
  };
  return (
    <>
      {more.value.length > 0 && (
        <ul class="inbox">
          {more.value.map((a) => (
            <RequestRow key={a.id} of={a} whose={!query.applicant} />
          ))}
        </ul>
      )}
      {next.value && <More onClick={() => void load()} busy={busy.value} />}
    </>
  );
}

export default function Requests() {
  const q = place.value.query;
  const asked = q.get('show') ?? 'open';
  const tab: Tab = Object.hasOwn(tabs, asked) ? (asked as Tab) : 'open';
  const who = me.value!.principal;
  const query = {
    state: tabs[tab] || undefined,
    applicant: tab === 'all' ? undefined : who,
    q: q.get('q') ?? undefined,
  };
  const loaded = useLoad(
    (signal) => loadPage<Approval>('/v1/approvals', { ...query, limit: 50 }, signal),
    [tab, who, query.q],
    5000,
  );
  return (
    <Page
      title={t('title')}
      actions={
        <Link to="/requests/new" class="button primary">
          {t('new')}
        </Link>
      }
    >
      <nav class="tabs" aria-label={t('tabs')}>
        {(Object.keys(tabs) as Tab[]).map((x) => (
          <Link key={x} to={x === 'open' ? '/requests' : `/requests?show=${x}`} current={x === tab}>
            {t(x)}
          </Link>
        ))}
      </nav>
      <form
        class="filters"
        role="search"
        onSubmit={(e) => {
          e.preventDefault();
          ask({ q: new FormData(e.currentTarget).get('q')?.toString().trim() ?? null });
        }}
      >
        <input
          name="q"
          type="search"
          aria-label={t('find')}
          placeholder={t('find')}
          defaultValue={query.q ?? ''}
        />
      </form>
      <Show of={loaded}>
        {(p) =>
          p.items.length || p.cursor ? (
            <>
              <ul class="inbox">
                {p.items.map((a) => (
                  <RequestRow key={a.id} of={a} whose={tab === 'all'} />
                ))}
              </ul>
              {p.cursor && <Rest key={`${tab} ${query.q}`} first={p.cursor} query={query} />}
            </>
          ) : (
            <Empty icon="request" title={t(`none_${tab}`)} />
          )
        }
      </Show>
    </Page>
  );
}
