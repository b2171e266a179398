// inbox-row.tsx - one line of an inbox: what is asked, by whom, how much, by when, and what has
// become of it since the list was made.
import type { Item } from '../lib/approval';
import { href } from '../lib/router';
import { texts } from '../lib/text';
import { Amount, Due } from './approval';
import { Who } from './people';
import { Button, Chip, Time } from './parts';

const t = texts({
  select: ['Select {what}', '{what}を選択'],
  from: ['from', '申請：'],
  answered: ['{done} of {of} have answered', '{of}名中{done}名が回答'],
  first: ['nobody has answered yet', 'まだ誰も回答していません'],
  in_place: ['in place of', '代理：'],
  round: ['asked again', '再申請'],
  late: ['late', '期限超過'],
  approved: ['You approved', '承認しました'],
  returned: ['You sent it back', '差し戻しました'],
  gone: ['Settled meanwhile', '対応不要になりました'],
  busy: ['Sending…', '送信中…'],
  undo: ['Take back', '取り消す'],
  group: ['for group {name}', 'グループ {name} 宛て'],
  post: ['asked as {post}', '{post}として'],
  added: ['added to it', '追加の承認者として'],
});

export type RowState =
  { what: 'busy' | 'approved' | 'returned' | 'gone' } | { what: 'refused'; why: string; final: boolean };

function Became({ state, undo }: { state: RowState; undo: () => void }) {
  if (state.what === 'refused')
    return (
      <p class="row-problem" role="alert">
        {state.why}
      </p>
    );
  return (
    <span class="row-became" role="status">
      <Chip tone={state.what === 'approved' ? 'good' : state.what === 'returned' ? 'warn' : 'quiet'}>
        {t(state.what)}
      </Chip>
      {state.what === 'approved' && (
        <Button tone="quiet" onClick={undo}>
          {t('undo')}
        </Button>
      )}
    </span>
  );
}

/** Why it waits for them. */
const whyAsked = ({ slot: s }: Item) =>
  [
    s.group && t('group', { name: s.group }),
    s.post && t('post', { post: s.post }),
    s.added && t('added'),
  ].filter((x) => typeof x === 'string');

export function InboxRow({
  of: i,
  state,
  chosen,
  toggle,
  undo,
}: {
  of: Item;
  state?: RowState;
  chosen: boolean;
  toggle: () => void;
  undo: () => void;
}) {
  const done = i.slot_count - i.open_slots;
  const closed = state && state.what !== 'refused';
  return (
    <li class={`inbox-row ${chosen ? 'chosen' : ''} ${closed ? 'settled' : ''}`} data-approval={i.id}>
      <label class="pick">
        <input
          type="checkbox"
          checked={chosen}
          disabled={!!state}
          onChange={toggle}
          aria-label={t('select', { what: i.subject })}
        />
      </label>
      <a class="inbox-what" id={`row-${i.id}`} href={href(`/approvals/${i.id}`)}>
        <b>{i.subject || '–'}</b>
        <span class="soft small">
          {t('from')} <Who id={i.applicant} /> · <Time at={i.opened_at} /> ·{' '}
          {done ? t('answered', { done, of: i.slot_count }) : t('first')}
          {whyAsked(i).map((said) => (
            <> · {said}</>
          ))}
          {i.round > 1 && <> · {t('round')}</>}
        </span>
        {i.for && (
          <Chip tone="wait">
            {t('in_place')} <Who id={i.for} />
          </Chip>
        )}
      </a>
      <span class="inbox-amount">
        <Amount of={i} />
      </span>
      <span class="inbox-due">
        <Due of={i} />
      </span>
      {state && <Became state={state} undo={undo} />}
    </li>
  );
}
