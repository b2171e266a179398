// decide.tsx - what stands at the bottom of an approval: a comment, and what one may do. What
// was typed is kept until the server has taken it.
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { post } from '../lib/api';
import { at, type View } from '../lib/approval';
import { useChange } from '../lib/change';
import { useDraft } from '../lib/draft';
import { useKeys } from '../lib/keys';
import { me } from '../lib/session';
import { texts } from '../lib/text';
import { nameOf } from './people';
import { Button, problemText } from './parts';
import { tell, tellProblem } from './toast';

const t = texts({
  bar: ['Your decision', 'あなたの判断'],
  bar_comment: ['Say something about it', 'コメント'],
  in_place: ['in place of {who}', '{who}さんの代理として'],
  comment: ['Comment', 'コメント'],
  comment_hint: ['Needed to reject or send back', '却下・差戻しでは必須'],
  approve: ['Approve', '承認する'],
  return: ['Send back', '差し戻す'],
  reject: ['Reject', '却下する'],
  abstain: ['Abstain', '棄権する'],
  ask: ['Comment only', 'コメントだけ送る'],
  send: ['Send comment', 'コメントを送る'],
  say_why: ['Say why in a comment first.', '理由をコメントに書いてください。'],
  say: ['Write a comment first.', 'コメントを書いてください。'],
  done_approve: ['Approved', '承認しました'],
  done_return: ['Sent back', '差し戻しました'],
  done_reject: ['Rejected', '却下しました'],
  done_abstain: ['Abstained', '棄権しました'],
  done_ask: ['Your comment is there', 'コメントを送りました'],
  undo: ['Take back', '取り消す'],
  taken_back: ['Taken back', '取り消しました'],
  looked: ['I have looked', '確認しました'],
  more: ['More', 'ほかの操作'],
  stale: [
    'What is asked for was changed meanwhile: you saw version {seen}, it is version {now} now. Look at it again; your comment is kept.',
    '確認中に申請内容が変わりました（第{seen}版を見ていましたが、いまは第{now}版です）。もう一度ご確認ください。コメントは残っています。',
  ],
});

export type Deed = 'approve' | 'return' | 'reject' | 'abstain';

/** Takes one's answer back; says so. */
export async function retract(id: string, slot: number | undefined, behalf?: string): Promise<void> {
  try {
    await post(`${at(id)}/votes`, { do: 'retract', slot, for: behalf });
    tell(t('taken_back'));
  } catch (e) {
    tellProblem(e);
  }
}

export const retractable = (v: View) => v.policy_text.retract !== false;

/** Who acts needs a comment for it. */
const mustSay = (v: View, deed: Deed) =>
  (v.policy_text.comment_required_on ?? ['reject', 'return']).includes(deed);

/** `seen`: the version of the data that was before the person's eyes; `saw`: they look at the newest. */
export function Decide({
  of: v,
  seen,
  saw,
  again,
}: {
  of: View;
  seen: number;
  saw: () => void;
  again: () => void;
}) {
  const draft = useDraft(`comment.${v.id}`, ''),
    sending = useChange(),
    wrong = useSignal(''),
    more = useSignal(false),
    field = useRef<HTMLTextAreaElement>(null);
  const mine = v.mine;
  const stale = mine !== undefined && seen < v.data_version;

  const need = (words: 'say_why' | 'say') => {
    wrong.value = t(words);
    field.current?.focus();
  };
  const comment = () => draft.value.value.trim();
  const done = (deed: Deed, slot: number | undefined) => {
    const undo = retractable(v) && deed !== 'return' && slot !== undefined;
    tell(t(`done_${deed}`), {
      undo: undo
        ? { text: t('undo'), run: () => void retract(v.id, slot, mine?.for).then(again) }
        : undefined,
    });
  };
  const decide = async (deed: Deed) => {
    wrong.value = '';
    if (mustSay(v, deed) && !comment()) return need('say_why');
    const body = {
      do: deed,
      comment: comment() || undefined,
      for: mine?.for,
      slot: mine?.slot,
      data_version: seen,
    };
    if (await sending.run((id) => post(`${at(v.id)}/votes`, body, id), body)) {
      draft.drop();
      done(deed, mine?.slot);
    }
    again();
  };
  const ask = async () => {
    wrong.value = '';
    if (!comment()) return need('say');
    const body = { comment: comment() };
    if (await sending.run((id) => post(`${at(v.id)}/comments`, body, id), body)) {
      draft.drop();
      tell(t('done_ask'));
    }
    again();
  };
  const mayReturn = v.policy_text.return !== false;
  useKeys(
    mine
      ? [
          { key: 'a', what: ['Approve', '承認する'], run: () => void decide('approve') },
          { key: 'b', what: ['Send back', '差し戻す'], run: () => void (mayReturn && decide('return')) },
          { key: 'q', what: ['Comment', 'コメント'], run: () => field.current?.focus() },
        ]
      : [{ key: 'q', what: ['Comment', 'コメント'], run: () => field.current?.focus() }],
    [v, seen, sending.busy.value],
  );
  const busy = sending.busy.value;
  const problem = sending.problem.value?.code === 'STALE' ? null : sending.problem.value;
  return (
    <section class={`decide ${mine ? 'mine' : ''}`} aria-label={t(mine ? 'bar' : 'bar_comment')}>
      <div class="decide-body">
        {stale && (
          <p class="notice" role="alert">
            {t('stale', { seen, now: v.data_version })} <Button onClick={saw}>{t('looked')}</Button>
          </p>
        )}
        {mine?.for && mine.for !== me.value?.principal && (
          <p class="decide-for">{t('in_place', { who: nameOf(mine.for) })}</p>
        )}
        <div class={`field ${wrong.value ? 'wrong' : ''}`}>
          <label class="visually-hidden" for="decide-comment">
            {t('comment')}
          </label>
          <textarea
            id="decide-comment"
            ref={field}
            rows={1}
            placeholder={mine ? `${t('comment')} – ${t('comment_hint')}` : t('comment')}
            aria-describedby="decide-wrong"
            value={draft.value.value}
            onInput={(e) => {
              draft.value.value = e.currentTarget.value;
              wrong.value = '';
            }}
          />
          <p id="decide-wrong" class="error" role="alert">
            {wrong.value || (problem ? problemText(problem) : '')}
          </p>
        </div>
        <div class="decide-buttons">
          {mine ? (
            <>
              <Button
                tone="primary"
                icon="check"
                busy={busy}
                onClick={() => void decide('approve')}
                shortcut="a"
              >
                {t('approve')}
              </Button>
              {mayReturn && (
                <Button icon="back" busy={busy} onClick={() => void decide('return')} shortcut="b">
                  {t('return')}
                </Button>
              )}
              <Button tone="danger" icon="cross" busy={busy} onClick={() => void decide('reject')}>
                {t('reject')}
              </Button>
              <span class="decide-toggle">
                <Button
                  tone="quiet"
                  icon="more"
                  label={t('more')}
                  onClick={() => {
                    more.value = !more.value;
                  }}
                />
              </span>
              <span class={`decide-more ${more.value ? 'open' : ''}`}>
                <Button tone="quiet" busy={busy} onClick={() => void decide('abstain')}>
                  {t('abstain')}
                </Button>
                <Button tone="quiet" icon="ask" busy={busy} onClick={() => void ask()}>
                  {t('ask')}
                </Button>
              </span>
            </>
          ) : (
            <Button icon="ask" busy={busy} onClick={() => void ask()}>
              {t('send')}
            </Button>
          )}
        </div>
      </div>
    </section>
  );
}
