// redrive.tsx - dead letters go back: the question with its dry run, and moves under way.
import { useSignal } from '@preact/signals';
import { del, get, Problem, send as request } from '../lib/api';
import { number } from '../lib/format';
import { useIntent } from '../lib/change';
import { useLoad, type Loaded } from '../lib/load';
import { queueHref, queuePath, type Move } from '../lib/queues';
import { texts, words } from '../lib/text';
import { command, CopyAs, curl } from './run';
import { Button, Chip, Confirm, Dialog, Empty, Field, Link, Show, Time, Trouble, type Tone } from './parts';
import { tell, tellProblem } from './toast';

const t = texts({
  title: ['Send dead letters back', 'デッドレターを戻す'],
  title_error: ['Send back those of {code}', '{code} のデッドレターを戻す'],
  to: ['Where to', '戻し先'],
  own: ['Each to the queue it came from', 'それぞれ元のキューへ'],
  own_hint: [
    'Leave it empty for that, or name a queue.',
    '空欄なら元のキューへ。別のキュー名も指定できます。',
  ],
  rate: ['Messages a second', '1秒あたりの件数'],
  rate_hint: ['0: as fast as possible. At most 500.', '0 は制限なし。最大 500。'],
  reason: ['Reason', '理由'],
  would: ['{n} messages would be sent back.', '{n} 件が戻ります。'],
  would_more: [
    'Of the oldest {looked}, {n} would be sent back; there are others behind them.',
    '古い順の {looked} 件のうち {n} 件が戻ります。その後ろにも残っています。',
  ],
  sample: ['The first of them', '最初の1件'],
  counting: ['Counting…', '数えています…'],
  start: ['Send back', '戻す'],
  cancel: ['Cancel', 'キャンセル'],
  started: ['They are on their way back', '戻し始めました'],
  moves: ['Moves', '移動'],
  none: ['Nothing was ever moved from here', 'ここから移動したことはありません'],
  progress: ['{moved} of {total}', '{total} 件中 {moved} 件'],
  moved: ['{moved} moved', '{moved} 件を移動'],
  to_each: ['each to its own', 'それぞれ元へ'],
  pause: ['Pause', '一時停止'],
  resume: ['Go on', '再開'],
  stop: ['Stop', '中止'],
  stop_title: ['Stop this move?', 'この移動を中止しますか'],
  stop_text: [
    '{moved} messages have been moved and stay moved.',
    '{moved} 件は移動済みで、元には戻りません。',
  ],
  of_error: ['only {code}', '{code} のみ'],
  stopped: ['Stopped; {moved} had been moved', '中止しました。移動済み {moved} 件'],
});

const stateWords = words({
  RUNNING: ['Running', '実行中'],
  PAUSED: ['Paused', '一時停止中'],
  COMPLETED: ['Done', '完了'],
  CANCELLED: ['Stopped', '中止'],
  FAILED: ['Failed', '失敗'],
});
const tones: Record<Move['state'], Tone> = {
  RUNNING: 'wait',
  PAUSED: 'warn',
  COMPLETED: 'good',
  CANCELLED: 'quiet',
  FAILED: 'bad',
};

interface Count {
  would_move: number;
  looked_at: number;
  more: boolean;
}

/** How many it would be, and the first of them. */
async function look(queue: string, error: string | undefined) {
  // It changes nothing, so it has no id of a change.
  const asked = await request('POST', queuePath(queue, '/moves'), { body: { dry_run: true, error } });
  const count = (await asked.json()) as Count;
  const seen = await get<{ messages: { body: string; error?: { code: string } }[] }>(
    queuePath(queue, '/messages'),
    { limit: 50 },
  );
  const first = seen.messages.find((m) => !error || (m.error?.code ?? 'NO_REPORT') === error);
  return { ...count, sample: first?.body };
}

export function Redrive({
  queue,
  error,
  onClose,
  onStarted,
}: {
  queue: string;
  error?: string;
  onClose: () => void;
  onStarted: () => void;
}) {
  const to = useSignal(''),
    rate = useSignal('0'),
    why = useSignal(''),
    busy = useSignal(false),
    problem = useSignal<Problem | null>(null);
  const send = useIntent();
  const count = useLoad(() => look(queue, error), [queue, error]);
  const body = () => ({
    destination: to.value.normalize('NFKC').trim() || undefined,
    rate: Number(rate.value.normalize('NFKC').trim() || '0'),
    error,
    reason: why.value.trim() || undefined,
  });
  const submit = async (e: Event) => {
    e.preventDefault();
    if (busy.value) return;
    busy.value = true;
    problem.value = null;
    try {
      await send(queuePath(queue, '/moves'), body());
      tell(t('started'));
      onStarted();
      onClose();
    } catch (x) {
      if (!(x instanceof Problem)) throw x;
      problem.value = x;
    } finally {
      busy.value = false;
    }
  };
  const c = count.data;
  return (
    <Dialog title={error ? t('title_error', { code: error }) : t('title')} onClose={onClose}>
      <form onSubmit={submit}>
        {count.problem && <Trouble problem={count.problem} again={count.again} />}
        <p role="status">
          {c
            ? t(c.more ? 'would_more' : 'would', {
                n: number(c.would_move),
                looked: number(c.looked_at),
              })
            : t('counting')}
        </p>
        {c?.sample !== undefined && (
          <div class="sample">
            <p class="small soft">{t('sample')}</p>
            <pre>{c.sample.slice(0, 400)}</pre>
          </div>
        )}
        <Field label={t('to')} hint={t('own_hint')}>
          {(id, by) => (
            <input
              id={id}
              aria-describedby={by}
              autocapitalize="none"
              spellcheck={false}
              value={to.value}
              onInput={(e) => {
                to.value = e.currentTarget.value;
              }}
            />
          )}
        </Field>
        <Field label={t('rate')} hint={t('rate_hint')}>
          {(id, by) => (
            <input
              id={id}
              aria-describedby={by}
              inputMode="numeric"
              value={rate.value}
              onInput={(e) => {
                rate.value = e.currentTarget.value;
              }}
            />
          )}
        </Field>
        <Field label={t('reason')}>
          {(id) => (
            <textarea
              id={id}
              rows={2}
              value={why.value}
              onInput={(e) => {
                why.value = e.currentTarget.value;
              }}
            />
          )}
        </Field>
        {problem.value && <Trouble problem={problem.value} />}
        <CopyAs
          curl={curl(queuePath(queue, '/moves'), 'POST', body())}
          cli={command('ringi', 'dlq', 'redrive', queue, ...(error ? ['--error', error] : []))}
        />
        <div class="dialog-actions">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" tone="primary" busy={busy.value} disabled={c?.would_move === 0 && !c.more}>
            {t('start')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** The moves of a queue, or of all; looked at every second while one runs. */
export function useMoves(queue?: string): Loaded<Move[]> {
  const running = useSignal(false);
  return useLoad(
    async (signal) => {
      const path = queue === undefined ? '/v1/moves' : queuePath(queue, '/moves');
      const { moves } = await get<{ moves: Move[] }>(path, {}, signal);
      running.value = moves.some((m) => m.state === 'RUNNING');
      return moves;
    },
    [queue],
    1000,
  );
}

/** With an error only some of `total` are moved, and nobody knows how many before the end. */
function Progress({ of: m }: { of: Move }) {
  const total = m.total ?? m.moved;
  const done = m.state === 'COMPLETED';
  return (
    <div class="progress">
      <progress max={total || 1} value={done ? total || 1 : m.moved} aria-label={t('moves')} />
      <span class="small num">
        {m.error
          ? t('moved', { moved: number(m.moved) })
          : t('progress', { moved: number(m.moved), total: number(total) })}
      </span>
    </div>
  );
}

function One({ of: m, again }: { of: Move; again: () => void }) {
  const stopping = useSignal(false);
  const send = useIntent();
  const act = async (what: 'pause' | 'resume') => {
    try {
      await send(`/v1/moves/${m.id}/${what}`);
      again();
    } catch (e) {
      tellProblem(e);
    }
  };
  const live = m.state === 'RUNNING' || m.state === 'PAUSED';
  return (
    <li class="move">
      <div class="row">
        <Chip tone={tones[m.state]}>{stateWords(m.state)}</Chip>
        <span>
          <Link to={queueHref(m.source)}>{m.source}</Link> →{' '}
          {m.destination ? <Link to={queueHref(m.destination)}>{m.destination}</Link> : t('to_each')}
        </span>
        {m.error && <span class="small soft">{t('of_error', { code: m.error })}</span>}
        <span class="small soft">
          <Time at={m.started_at} />
          {m.requested_by && ` · ${m.requested_by}`}
        </span>
        {live && (
          <span class="actions">
            {m.state === 'RUNNING' ? (
              <Button icon="pause" onClick={() => void act('pause')}>
                {t('pause')}
              </Button>
            ) : (
              <Button icon="play" onClick={() => void act('resume')}>
                {t('resume')}
              </Button>
            )}
            <Button tone="danger" onClick={() => (stopping.value = true)}>
              {t('stop')}
            </Button>
          </span>
        )}
      </div>
      <Progress of={m} />
      {(m.reason || m.failure) && <p class="small soft">{m.failure ?? m.reason}</p>}
      {stopping.value && (
        <Confirm
          title={t('stop_title')}
          action={t('stop')}
          danger
          onClose={() => (stopping.value = false)}
          run={async () => {
            const r = await del<{ moved: number }>(`/v1/moves/${m.id}`);
            tell(t('stopped', { moved: number(r.moved) }));
            again();
          }}
        >
          <p>{t('stop_text', { moved: number(m.moved) })}</p>
        </Confirm>
      )}
    </li>
  );
}

export function Moves({ of, quiet = false }: { of: Loaded<Move[]>; quiet?: boolean }) {
  if (quiet && !of.data?.length) return null;
  return (
    <Show of={of}>
      {(moves) =>
        moves.length === 0 ? (
          <Empty icon="back" title={t('none')} />
        ) : (
          <ul class="moves" aria-label={t('moves')}>
            {moves.map((m) => (
              <One key={m.id} of={m} again={of.again} />
            ))}
          </ul>
        )
      }
    </Show>
  );
}
