// select.tsx - rows of a list are chosen, one by one, a page, or all that match; then something
// is done to each: with their count, a sample and a reason before, progress meanwhile, and what
// became of each at the end.
import { useSignal, type Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { Problem } from '../lib/api';
import { number } from '../lib/format';
import type { Swept } from '../lib/sweep';
import { texts } from '../lib/text';
import { Button, Dialog, Field, problemText, Trouble } from './parts';

const t = texts({
  pick: ['Select {what}', '{what} を選択'],
  pick_all: ['Select what is shown', '表示中のものをすべて選択'],
  bar: ['Selected', '選択中'],
  count: ['{n} selected', '{n} 件を選択中'],
  all: ['All that match are selected', '一致するものをすべて選択中'],
  choose_all: ['Select all that match', '一致するものをすべて選択'],
  clear: ['Select none', '選択を外す'],
  reason: ['Reason', '理由'],
  reason_hint: ['It stands in the audit log.', '監査ログに残ります。'],
  counting: ['Counting…', '数えています…'],
  these: ['{n} in all', '全部で {n} 件'],
  at_least: ['{n} at least', '{n} 件以上'],
  sample: ['The first of them', '最初の数件'],
  cancel: ['Cancel', 'キャンセル'],
  close: ['Close', '閉じる'],
  stop: ['Stop', '中止'],
  under_way: ['{done} of {total}', '{total} 件中 {done} 件'],
  so_far: ['{done} so far', '{done} 件まで完了'],
  done: ['{n} done', '{n} 件が完了しました'],
  stopped: ['Stopped. What was done stays done.', '中止しました。完了した分は元に戻りません。'],
  refused: ['{n} were refused', '{n} 件は実行できませんでした'],
  others: ['and {n} others', 'ほか {n} 件'],
});

export interface Chosen {
  ids: Signal<ReadonlySet<string>>;
  /** Also what is not on the page. */
  all: Signal<boolean>;
  clear: () => void;
}

/** Nothing is chosen any more when the `question` of the list is another. */
export function useChosen(question: string): Chosen {
  const ids = useSignal<ReadonlySet<string>>(new Set()),
    all = useSignal(false);
  const clear = () => {
    ids.value = new Set();
    all.value = false;
  };
  useEffect(() => clear, [question]);
  return useMemo(() => ({ ids, all, clear }), []);
}

export function Pick({ of, id, what }: { of: Chosen; id: string; what: string }) {
  return (
    <label class="pick-row">
      <input
        type="checkbox"
        aria-label={t('pick', { what })}
        checked={of.all.value || of.ids.value.has(id)}
        onChange={(e) => {
          const to = new Set(of.ids.value);
          if (e.currentTarget.checked) to.add(id);
          else to.delete(id);
          of.ids.value = to;
          of.all.value = false;
        }}
      />
    </label>
  );
}

export function PickAll({ of, ids }: { of: Chosen; ids: readonly string[] }) {
  const chosen = ids.filter((id) => of.ids.value.has(id)).length;
  const every = ids.length > 0 && (of.all.value || chosen === ids.length);
  return (
    <label class="pick-row">
      <input
        type="checkbox"
        aria-label={t('pick_all')}
        checked={every}
        ref={(box) => {
          if (box) box.indeterminate = chosen > 0 && !every;
        }}
        onChange={() => {
          of.ids.value = every ? new Set() : new Set([...of.ids.value, ...ids]);
          of.all.value = false;
        }}
      />
    </label>
  );
}

/** What is chosen and what can be done to it; nothing while nothing is. */
export function ChosenBar({
  of,
  chooseAll,
  busy,
  children,
}: {
  of: Chosen;
  /** Absent: there is nothing beyond what can be chosen on the page. */
  chooseAll?: () => void;
  busy?: boolean;
  children: ComponentChildren;
}) {
  const n = of.ids.value.size;
  if (n === 0 && !of.all.value) return null;
  return (
    <section class="bulk" aria-label={t('bar')}>
      <p role="status">
        <b>{of.all.value ? t('all') : t('count', { n: number(n) })}</b>
      </p>
      <div class="actions">
        {chooseAll && !of.all.value && (
          <Button tone="quiet" busy={busy} onClick={chooseAll}>
            {t('choose_all')}
          </Button>
        )}
        <Button tone="quiet" onClick={of.clear}>
          {t('clear')}
        </Button>
        {children}
      </div>
    </section>
  );
}

const SHOWN = 50;

function Outcome({ so, stopped }: { so: Swept; stopped: boolean }) {
  const refused = so.refused.length + (so.refusedCount ?? 0);
  return (
    <div role="status">
      {stopped && <p>{t('stopped')}</p>}
      {refused > 0 && <p>{t('refused', { n: number(refused) })}</p>}
      {so.refused.length > 0 && (
        <ul class="outcomes bulk-list" tabIndex={0} aria-label={t('refused', { n: number(refused) })}>
          {so.refused.slice(0, SHOWN).map((r) => (
            <li key={r.what}>
              <b class="mono">{r.what}</b>
              <span class="bad-text">{problemText(r.problem)}</span>
            </li>
          ))}
        </ul>
      )}
      {so.refused.length > SHOWN && (
        <p class="soft">{t('others', { n: number(so.refused.length - SHOWN) })}</p>
      )}
    </div>
  );
}

export interface Total {
  n: number;
  /** There are more, which nobody has counted. */
  more?: boolean;
}

/** Asks once, with a reason; then does it, and tells what became of each. */
export function Sweep({
  title,
  action,
  danger,
  total,
  sample,
  children,
  run,
  onClose,
}: {
  title: string;
  action: string;
  danger?: boolean;
  /** undefined: it is being counted. */
  total: Total | undefined;
  sample: readonly string[];
  children?: ComponentChildren;
  run: (reason: string, tell: (so: Swept) => void, stop: AbortSignal) => Promise<unknown>;
  /** `done`: something was. */
  onClose: (done: boolean) => void;
}) {
  const why = useSignal(''),
    so = useSignal<Swept | null>(null),
    state = useSignal<'asks' | 'runs' | 'ended'>('asks'),
    problem = useSignal<Problem | null>(null);
  const stop = useRef(new AbortController());
  const gone = () => {
    stop.current.abort();
    onClose((so.peek()?.done ?? 0) > 0 || state.peek() !== 'asks');
  };
  const submit = async (e: Event) => {
    e.preventDefault();
    if (state.peek() !== 'asks') return;
    state.value = 'runs';
    problem.value = null;
    try {
      await run(why.value.trim(), (x) => (so.value = x), stop.current.signal);
      so.value ??= { done: 0, refused: [] };
      state.value = 'ended';
    } catch (x) {
      problem.value = x instanceof Problem ? x : new Problem(0, 'BROKEN', String(x));
      state.value = so.value ? 'ended' : 'asks';
    }
  };
  const got = so.value ?? { done: 0, refused: [] };
  if (state.value === 'ended')
    return (
      <Dialog title={t('done', { n: number(got.done) })} onClose={gone}>
        {problem.value && <Trouble problem={problem.value} />}
        <Outcome so={got} stopped={stop.current.signal.aborted} />
        <div class="dialog-actions">
          <Button tone="primary" onClick={gone}>
            {t('close')}
          </Button>
        </div>
      </Dialog>
    );
  const of = total && !total.more ? total.n : undefined;
  const through = got.done + got.refused.length + (got.refusedCount ?? 0);
  return (
    <Dialog title={title} onClose={gone}>
      <form onSubmit={submit}>
        {children}
        <p role="status">
          <b>{total ? t(total.more ? 'at_least' : 'these', { n: number(total.n) }) : t('counting')}</b>
        </p>
        {sample.length > 0 && (
          <div class="sample">
            <p class="small soft">{t('sample')}</p>
            <pre>
              {sample
                .slice(0, 5)
                .map((s) => s.slice(0, 200))
                .join('\n')}
            </pre>
          </div>
        )}
        <Field label={t('reason')} hint={t('reason_hint')}>
          {(id, by) => (
            <textarea
              id={id}
              aria-describedby={by}
              rows={2}
              required
              maxLength={1000}
              readOnly={state.value === 'runs'}
              value={why.value}
              onInput={(e) => {
                why.value = e.currentTarget.value;
              }}
            />
          )}
        </Field>
        {state.value === 'runs' && (
          <div class="progress">
            <progress max={of ?? 1} value={of === undefined ? undefined : through} aria-label={action} />
            <span class="small num">
              {of === undefined
                ? t('so_far', { done: number(through) })
                : t('under_way', { done: number(through), total: number(of) })}
            </span>
          </div>
        )}
        {problem.value && <Trouble problem={problem.value} />}
        <div class="dialog-actions">
          {state.value === 'runs' ? (
            <Button onClick={() => stop.current.abort()}>{t('stop')}</Button>
          ) : (
            <Button onClick={gone}>{t('cancel')}</Button>
          )}
          <Button
            type="submit"
            tone={danger ? 'danger' : 'primary'}
            busy={state.value === 'runs'}
            disabled={total === undefined || total.n === 0}
          >
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
