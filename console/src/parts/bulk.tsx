// bulk.tsx - approving many at once: how many, how much together, the largest; one comment; and
// what became of each.
import { useSignal } from '@preact/signals';
import { send } from '../lib/api';
import type { Item } from '../lib/approval';
import { useChange } from '../lib/change';
import { grouped, thousandths } from '../lib/exact';
import { useDraft } from '../lib/draft';
import { texts } from '../lib/text';
import { Amount, Due } from './approval';
import { Button, Dialog, Field, Trouble } from './parts';
import { Who } from './people';

const t = texts({
  bar: ['Selected', '選択中'],
  count: ['{n} selected', '{n}件選択'],
  sum: ['together {sum}', '合計 {sum}'],
  clear: ['Select none', '選択を外す'],
  approve: ['Approve {n}…', '{n}件を承認…'],
  title: ['Approve {n} at once', '{n}件をまとめて承認'],
  go: ['Approve {n}', '{n}件を承認する'],
  without: ['{n} without an amount', '金額なし{n}件'],
  comment: ['One comment for all', '共通のコメント'],
  largest: ['largest', '最大'],
  done: ['{n} approved', '{n}件を承認しました'],
  left: ['{n} were not: the reason is with each.', '{n}件は承認されませんでした。理由は各行にあります。'],
  look: ['It needs a look of its own.', '個別に確認が必要です。'],
  close: ['Close', '閉じる'],
  cancel: ['Cancel', 'キャンセル'],
});

export interface Outcome {
  id: string;
  done: boolean;
  why: string;
  final: boolean;
}

interface Told {
  outcome: string;
  id: string;
  code?: string;
  detail?: string;
}

function together(items: readonly Item[]): string {
  const n = items.reduce((sum, i) => sum + (i.amount ? thousandths(i.amount) : 0n), 0n);
  const text = n.toString().padStart(4, '0');
  return grouped(`${text.slice(0, -3)}.${text.slice(-3)}`);
}

function largest(items: readonly Item[]): Item | undefined {
  const with_ = items.filter((i) => i.amount);
  return with_.length > 1
    ? with_.reduce((a, b) => (thousandths(b.amount!) > thousandths(a.amount!) ? b : a))
    : undefined;
}

/** Asks once more, with all that is about to be approved; then tells what became of each. */
export function BulkAsk({
  items,
  outcome,
  onClose,
}: {
  items: Item[];
  outcome: (o: Outcome) => void;
  onClose: () => void;
}) {
  const draft = useDraft('bulk', ''),
    sending = useChange(),
    result = useSignal<Outcome[] | null>(null);
  const n = items.length,
    most = largest(items),
    without = items.filter((i) => !i.amount).length;
  const submit = async (e: Event) => {
    e.preventDefault();
    const comment = draft.value.value.trim() || undefined;
    const intent = items.map((i) => ({
      id: i.id,
      do: 'approve',
      comment,
      for: i.for,
      slot: i.slot.slot,
      data_version: i.data_version,
    }));
    await sending.run(async (id) => {
      const votes = intent.map((v, k) => ({ ...v, request_id: `${id}-${k}` }));
      const r = await send('POST', '/v1/approvals:vote', { body: { votes } });
      const { outcomes } = (await r.json()) as { outcomes: Told[] };
      const list = outcomes.map((o) => ({
        id: o.id,
        done: o.outcome === 'ok' || o.outcome === 'same',
        why: o.detail ?? t('look'),
        final: o.code === 'CLOSED',
      }));
      for (const o of list) outcome(o);
      result.value = list;
      draft.drop();
    }, intent);
  };
  const told = result.value;
  if (told) {
    const done = told.filter((o) => o.done).length;
    const subject = (id: string) => items.find((i) => i.id === id)?.subject ?? id;
    return (
      <Dialog title={t('done', { n: done })} onClose={onClose}>
        <div role="status">
          {done < told.length && <p>{t('left', { n: told.length - done })}</p>}
          <ul class="outcomes">
            {told
              .filter((o) => !o.done)
              .map((o) => (
                <li key={o.id}>
                  <b>{subject(o.id)}</b>
                  <p class="error">{o.why}</p>
                </li>
              ))}
          </ul>
        </div>
        <div class="dialog-actions">
          <Button tone="primary" onClick={onClose}>
            {t('close')}
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={t('title', { n })} onClose={onClose} wide>
      <form onSubmit={submit}>
        <p class="bulk-sum">
          <b>{t('sum', { sum: together(items) })}</b>
          {without > 0 && <span class="soft">{t('without', { n: without })}</span>}
        </p>
        <ul class="bulk-list" tabIndex={0} aria-label={t('bar')}>
          {items.map((i) => (
            <li key={i.id} class={i === most ? 'most' : ''}>
              <span>
                <b>{i.subject}</b>{' '}
                <small class="soft">
                  <Who id={i.applicant} /> <Due of={i} quiet />
                </small>
              </span>
              <span>
                {i === most && <small class="soft">{t('largest')} </small>}
                <Amount of={i} />
              </span>
            </li>
          ))}
        </ul>
        <Field label={t('comment')}>
          {(id) => (
            <textarea
              id={id}
              rows={2}
              value={draft.value.value}
              onInput={(e) => {
                draft.value.value = e.currentTarget.value;
              }}
            />
          )}
        </Field>
        {sending.problem.value && <Trouble problem={sending.problem.value} />}
        <div class="dialog-actions">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" tone="primary" icon="check" busy={sending.busy.value}>
            {t('go', { n })}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function BulkBar({
  items,
  approve,
  clear,
}: {
  items: Item[];
  approve: () => void;
  clear: () => void;
}) {
  return (
    <section class="bulk" aria-label={t('bar')}>
      <p role="status">
        <b>{t('count', { n: items.length })}</b>{' '}
        {items.some((i) => i.amount) && <span>{t('sum', { sum: together(items) })}</span>}
      </p>
      <div class="actions">
        <Button tone="quiet" onClick={clear}>
          {t('clear')}
        </Button>
        <Button tone="primary" icon="check" onClick={approve}>
          {t('approve', { n: items.length })}
        </Button>
      </div>
    </section>
  );
}
