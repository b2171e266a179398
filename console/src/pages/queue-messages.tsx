// queue-messages.tsx - a look at the messages of a queue that touches none of them; one can be
// mended and sent on, or removed.
import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { get, Problem, send as request } from '../lib/api';
import { csv } from '../lib/csv';
import { number } from '../lib/format';
import { useIntent } from '../lib/change';
import { queueHref, queuePath, type Queue } from '../lib/queues';
import { ask, place } from '../lib/router';
import { sweepEach } from '../lib/sweep';
import { texts, words } from '../lib/text';
import { ChosenBar, Pick, PickAll, Sweep, useChosen, type Chosen } from '../parts/select';
import { Body, command, CopyAs, curl, pretty } from '../parts/run';
import { Button, Chip, Confirm, Dialog, Empty, Field, Link, Time, Trouble, type Tone } from '../parts/parts';
import { tell } from '../parts/toast';
import { Windowed } from '../parts/windowed';

const t = texts({
  messages: ['Messages', 'メッセージ'],
  position: ['Position', '位置'],
  state: ['State', '状態'],
  sent: ['Sent', '送信'],
  receives: ['Receives', '受信回数'],
  group: ['Group', 'グループ'],
  body: ['Body', '本文'],
  why: ['Error', 'エラー'],
  none: ['No message here', 'メッセージはありません'],
  none_hint: ['What is sent to this queue shows up here.', 'このキューに送られたものがここに表示されます。'],
  filter: ['Find in body, attributes, group, error', '本文・属性・グループ・エラーから探す'],
  where: ['Where to look', '探す場所'],
  anywhere: ['Anywhere', 'すべて'],
  in_body: ['Body', '本文'],
  in_attributes: ['Attributes (name=value)', '属性（名前=値）'],
  in_group: ['Group', 'グループ'],
  in_error: ['Error', 'エラー'],
  remove_many: ['Remove…', '削除…'],
  remove_many_title: ['Remove these messages?', '選んだメッセージを削除しますか'],
  remove_many_text: ['They are removed from {name} for good.', '{name} から完全に削除されます。'],
  back_many: ['Send back…', '元のキューへ戻す…'],
  back_many_title: ['Send these messages back?', '選んだメッセージを元のキューへ戻しますか'],
  back_many_text: [
    'Each goes to the queue that it came from, to be tried again.',
    'それぞれ元のキューに戻り、もう一度処理されます。',
  ],
  back: ['Send back', '戻す'],
  reason: ['Reason', '理由'],
  bounded: [
    'The oldest {n} messages were looked at; there are others behind them.',
    '古い順に {n} 件を確認しました。その後ろにもメッセージがあります。',
  ],
  from: ['From position', '開始位置'],
  seen: ['{n} looked at', '{n} 件を確認'],
  found: ['{n} of {m} looked at', '確認した {m} 件のうち {n} 件'],
  further: ['Look further', 'さらに探す'],
  refresh: ['Look again', '再読み込み'],
  no_match: ['None of those looked at', '確認した中にはありません'],
  message: ['Message {n}', 'メッセージ {n}'],
  id: ['Id', 'ID'],
  by: ['Sender', '送信者'],
  dedup: ['Deduplication id', '重複排除ID'],
  came: ['Came from', '移動元'],
  due: ['Visible', '表示予定'],
  trace: ['Trace', 'トレース'],
  job: ['Job', 'ジョブ'],
  show_job: ['Its job', 'このメッセージのジョブ'],
  attributes: ['Attributes', '属性'],
  edit: ['Edit and resend', '編集して再送'],
  resend: ['Resend as it is', 'そのまま再送'],
  remove: ['Remove', '削除'],
  to: ['To which queue', '送り先のキュー'],
  send: ['Resend', '再送する'],
  cancel: ['Cancel', 'キャンセル'],
  was: ['As it is now', '現在の本文'],
  broken: ['This is no JSON; the body before was.', 'JSON として読めません（元の本文は JSON です）。'],
  resent: ['Message {n} was sent to {to}', 'メッセージ {n} を {to} に送りました'],
  removed: ['Message {n} was removed', 'メッセージ {n} を削除しました'],
  remove_title: ['Remove message {n}?', 'メッセージ {n} を削除しますか'],
  remove_text: ['1 message is removed from {name} for good:', '{name} から 1 件が完全に削除されます:'],
  changes: ['What changes', '変更点'],
});

export interface Message {
  position: number;
  message_id: string;
  state: 'ready' | 'delayed' | 'in_flight';
  body: string;
  sent_at: string;
  receive_count: number;
  visible_at?: string;
  priority?: number;
  group?: string;
  dedup?: string;
  sender?: string;
  trace?: string;
  dead_from?: string;
  attributes?: Record<string, { type: string; value?: string }>;
  error?: { code: string; message?: string };
}

const stateWords = words({
  ready: ['Waiting', '待機中'],
  delayed: ['Delayed', '遅延'],
  in_flight: ['In flight', '処理中'],
});
const tones: Record<Message['state'], Tone> = { ready: 'plain', delayed: 'wait', in_flight: 'good' };

const attributesOf = (m: Message) =>
  Object.entries(m.attributes ?? {}).map(([k, v]) => `${k}=${v.value ?? ''}`);

const places = {
  body: (m: Message) => [m.body],
  attributes: attributesOf,
  group: (m: Message) => [m.group],
  error: (m: Message) => [m.error?.code, m.error?.message],
} as const;
type Where = keyof typeof places;

function matches(m: Message, find: string, where: string): boolean {
  if (!find) return true;
  const text = Object.hasOwn(places, where)
    ? places[where as Where](m)
    : [m.message_id, ...Object.values(places).flatMap((of) => of(m))];
  return text.some((x) => x?.toLowerCase().includes(find));
}

/** As many are looked at for "all that match". */
const MOST_PAGES = 100;

const table = (shown: readonly Message[]) =>
  csv(
    ['position', 'message_id', 'state', 'sent_at', 'receive_count', 'group', 'error', 'attributes', 'body'],
    shown.map((m) => [
      m.position,
      m.message_id,
      m.state,
      m.sent_at,
      m.receive_count,
      m.group,
      m.error?.code,
      attributesOf(m).join('; '),
      m.body,
    ]),
  );

/** Pages of a queue, as far as was asked for. */
function usePages(queue: string, from: string) {
  const got = useSignal<readonly Message[]>([]),
    cursor = useSignal<string | null | undefined>(undefined), // undefined: not begun; null: the end
    busy = useSignal(false),
    problem = useSignal<Problem | null>(null);
  const stop = useRef<AbortController | undefined>(undefined);
  const load = async (anew: boolean, pages = 1) => {
    if (busy.value && !anew) return;
    stop.current?.abort();
    const c = (stop.current = new AbortController());
    busy.value = true;
    problem.value = null;
    try {
      let at = anew ? undefined : (cursor.value ?? undefined);
      let list = anew ? [] : [...got.value];
      for (let i = 0; i < pages; i++) {
        const r: { messages: Message[]; cursor?: string } = await get(
          queuePath(queue, '/messages'),
          { limit: 100, ...(at ? { cursor: at } : { from }) },
          c.signal,
        );
        list = [...list, ...r.messages];
        at = r.cursor;
        if (!at) break;
      }
      got.value = list;
      cursor.value = at ?? null;
    } catch (e) {
      if (c.signal.aborted) return;
      if (!(e instanceof Problem)) throw e;
      problem.value = e;
      cursor.value ??= null;
    } finally {
      if (stop.current === c) busy.value = false;
    }
  };
  useEffect(() => {
    void load(true);
    return () => stop.current?.abort();
  }, [queue, from]);
  return { got, cursor, busy, problem, load };
}

function Resend({
  queue,
  of: m,
  onClose,
  onDone,
}: {
  queue: string;
  of: Message;
  onClose: () => void;
  onDone: () => void;
}) {
  const body = useSignal(m.body),
    to = useSignal(m.dead_from ?? ''),
    why = useSignal(''),
    busy = useSignal(false),
    problem = useSignal<Problem | null>(null);
  const send = useIntent();
  const wasJson = pretty(m.body) !== null;
  const submit = async (e: Event) => {
    e.preventDefault();
    if (busy.value) return;
    busy.value = true;
    problem.value = null;
    try {
      const target = to.value.normalize('NFKC').trim();
      await send(queuePath(queue, `/messages/${m.position}/resend`), {
        body: body.value === m.body ? undefined : body.value,
        to: target && target !== m.dead_from ? target : undefined,
        reason: why.value.trim() || undefined,
      });
      tell(t('resent', { n: m.position, to: target }));
      onDone();
      onClose();
    } catch (x) {
      if (!(x instanceof Problem)) throw x;
      problem.value = x;
    } finally {
      busy.value = false;
    }
  };
  return (
    <Dialog title={`${t('edit')}: ${t('message', { n: m.position })}`} onClose={onClose} wide>
      <form onSubmit={submit}>
        <Field label={t('body')} error={wasJson && pretty(body.value) === null ? t('broken') : undefined}>
          {(id, by) => (
            <textarea
              id={id}
              aria-describedby={by}
              class="mono"
              rows={10}
              spellcheck={false}
              value={body.value}
              onInput={(e) => {
                body.value = e.currentTarget.value;
              }}
            />
          )}
        </Field>
        {body.value !== m.body && (
          <details>
            <summary>{t('was')}</summary>
            <pre>{m.body}</pre>
          </details>
        )}
        <Field label={t('to')}>
          {(id) => (
            <input
              id={id}
              required
              autocapitalize="none"
              spellcheck={false}
              value={to.value}
              onInput={(e) => {
                to.value = e.currentTarget.value;
              }}
            />
          )}
        </Field>
        <Field label={t('reason')}>
          {(id) => (
            <input
              id={id}
              maxLength={1000}
              value={why.value}
              onInput={(e) => {
                why.value = e.currentTarget.value;
              }}
            />
          )}
        </Field>
        {problem.value && <Trouble problem={problem.value} />}
        <div class="dialog-actions">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" tone="primary" icon="send" busy={busy.value}>
            {t('send')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Detail({
  queue,
  of: m,
  onClose,
  act,
}: {
  queue: Queue;
  of: Message;
  onClose: () => void;
  act: (what: 'edit' | 'remove') => void;
}) {
  return (
    <Dialog title={t('message', { n: m.position })} onClose={onClose} wide>
      {m.error && (
        <p class="why">
          <Chip tone="bad">{m.error.code}</Chip> {m.error.message}
        </p>
      )}
      <Body text={m.body} label={t('body')} />
      {m.attributes && (
        <>
          <h3>{t('attributes')}</h3>
          <dl class="facts run-facts mono">
            {Object.entries(m.attributes).map(([k, v]) => (
              <Fact key={k} name={k}>
                {v.value ?? '…'} <span class="faint">{v.type}</span>
              </Fact>
            ))}
          </dl>
        </>
      )}
      <dl class="facts run-facts">
        <Fact name={t('id')}>
          <span class="mono">{m.message_id}</span>
        </Fact>
        {queue.track && (
          <Fact name={t('job')}>
            <Link to={`/jobs/${m.message_id}`}>{t('show_job')}</Link>
          </Fact>
        )}
        <Fact name={t('state')}>
          <Chip tone={tones[m.state]}>{stateWords(m.state)}</Chip>
        </Fact>
        <Fact name={t('sent')}>
          <Time at={m.sent_at} both />
        </Fact>
        {m.visible_at && (
          <Fact name={t('due')}>
            <Time at={m.visible_at} both />
          </Fact>
        )}
        <Fact name={t('receives')}>{number(m.receive_count)}</Fact>
        {m.group && <Fact name={t('group')}>{m.group}</Fact>}
        {m.dedup && (
          <Fact name={t('dedup')}>
            <span class="mono">{m.dedup}</span>
          </Fact>
        )}
        {m.sender && <Fact name={t('by')}>{m.sender}</Fact>}
        {m.dead_from && (
          <Fact name={t('came')}>
            <Link to={queueHref(m.dead_from)}>{m.dead_from}</Link>
          </Fact>
        )}
        {m.trace && (
          <Fact name={t('trace')}>
            <span class="mono">{m.trace}</span>
          </Fact>
        )}
      </dl>
      <CopyAs
        curl={curl(queuePath(queue.name, `/messages?from=${m.position}&limit=1`))}
        cli={queue.is_dlq ? command('ringi', 'dlq', 'show', queue.name, String(m.position)) : undefined}
      />
      <div class="dialog-actions">
        <Button tone="danger" icon="trash" onClick={() => act('remove')}>
          {t('remove')}
        </Button>
        <Button tone="primary" icon="send" onClick={() => act('edit')}>
          {t('edit')}
        </Button>
      </div>
    </Dialog>
  );
}

type What = 'remove' | 'back';

/** What is done to all that are chosen, one request for each. */
function Many({
  queue,
  what,
  of,
  onClose,
}: {
  queue: string;
  what: What;
  of: Message[];
  onClose: (done: boolean) => void;
}) {
  const one = (m: Message) => queuePath(queue, `/messages/${m.position}`);
  return (
    <Sweep
      title={t(what === 'remove' ? 'remove_many_title' : 'back_many_title')}
      action={t(what)}
      danger={what === 'remove'}
      total={{ n: of.length }}
      sample={of.slice(0, 5).map((m) => `${m.position}  ${m.body}`)}
      onClose={onClose}
      run={(reason, tellSo, stop) =>
        sweepEach(
          of,
          (m) => t('message', { n: m.position }),
          (m, id) =>
            what === 'remove'
              ? request('DELETE', one(m), { query: { reason } })
              : request('POST', `${one(m)}/resend`, { body: { reason }, id }),
          tellSo,
          stop,
        )
      }
    >
      <p>{what === 'remove' ? t('remove_many_text', { name: queue }) : t('back_many_text')}</p>
    </Sweep>
  );
}

function Picked({
  queue,
  of: chosen,
  shown,
  chooseAll,
  busy,
  done,
}: {
  queue: Queue;
  of: Chosen;
  shown: readonly Message[];
  chooseAll?: () => void;
  busy: boolean;
  done: () => void;
}) {
  const asking = useSignal<{ what: What; of: Message[] } | null>(null);
  const ask = (what: What) => {
    asking.value = { what, of: shown.filter((m) => chosen.ids.value.has(String(m.position))) };
  };
  const a = asking.value;
  return (
    <>
      <ChosenBar of={chosen} chooseAll={chooseAll} busy={busy}>
        {shown.some((m) => m.dead_from !== undefined) && (
          <Button tone="primary" icon="back" onClick={() => ask('back')}>
            {t('back_many')}
          </Button>
        )}
        <Button tone="danger" icon="trash" onClick={() => ask('remove')}>
          {t('remove_many')}
        </Button>
      </ChosenBar>
      {a && (
        <Many
          queue={queue.name}
          what={a.what}
          of={a.of}
          onClose={(did) => {
            asking.value = null;
            if (!did) return;
            chosen.clear();
            done();
          }}
        />
      )}
    </>
  );
}

export function Messages({ queue, changed }: { queue: Queue; changed: () => void }) {
  const counts = `${queue.visible} ${queue.in_flight} ${queue.delayed}`;
  const known = useRef(counts);
  const find = (place.value.query.get('find') ?? '').toLowerCase();
  const from = place.value.query.get('from') ?? '';
  const where = place.value.query.get('in') ?? '';
  const chosen = useChosen(`${queue.name} ${find} ${where} ${from}`);
  const { got, cursor, busy, problem, load } = usePages(queue.name, from);
  const doing = useSignal<{ what: 'look' | 'edit' | 'remove'; of: Message } | null>(null);
  // A queue that is seen whole is looked at again when something happened in it.
  useEffect(() => {
    if (known.current === counts || got.value.length > 100) return;
    known.current = counts;
    void load(true);
  }, [counts]);
  const shown = got.value.filter((m) => matches(m, find, where));
  const ids = shown.map((m) => String(m.position));
  const chooseAll = async () => {
    if (cursor.value) await load(false, MOST_PAGES);
    chosen.ids.value = new Set(
      got.value.filter((m) => matches(m, find, where)).map((m) => String(m.position)),
    );
    if (cursor.value) tell(t('bounded', { n: number(got.value.length) }));
  };
  const close = () => {
    doing.value = null;
  };
  const done = () => {
    changed();
    void load(true);
  };
  const d = doing.value;
  const row = useCallback(
    (m: Message) => [
      <span class="pick-cell">
        <Pick of={chosen} id={String(m.position)} what={t('message', { n: m.position })} />
        <button type="button" class="cell-button" onClick={() => (doing.value = { what: 'look', of: m })}>
          {m.position}
        </button>
      </span>,
      <code>{m.body.slice(0, 200)}</code>,
      m.error ? (
        <span class="bad-text" title={m.error.message}>
          {m.error.code}
        </span>
      ) : (
        (m.group ?? <span class="faint">–</span>)
      ),
      <Chip tone={tones[m.state]}>{stateWords(m.state)}</Chip>,
      number(m.receive_count),
      <Time at={m.sent_at} />,
    ],
    [],
  );
  return (
    <>
      <div class="filters" role="search">
        <input
          type="search"
          class="wide"
          aria-label={t('filter')}
          placeholder={t('filter')}
          value={place.value.query.get('find') ?? ''}
          onInput={(e) => ask({ find: e.currentTarget.value })}
        />
        <select aria-label={t('where')} value={where} onChange={(e) => ask({ in: e.currentTarget.value })}>
          <option value="">{t('anywhere')}</option>
          {(Object.keys(places) as Where[]).map((w) => (
            <option key={w} value={w}>
              {t(`in_${w}`)}
            </option>
          ))}
        </select>
        <input
          class="small-input"
          inputMode="numeric"
          aria-label={t('from')}
          placeholder={t('from')}
          value={from}
          onChange={(e) => ask({ from: e.currentTarget.value.normalize('NFKC').replace(/\D/g, '') })}
        />
        <Button icon="refresh" label={t('refresh')} busy={busy.value} onClick={() => void load(true)} />
        <span class="small soft" role="status">
          {find
            ? t('found', { n: number(shown.length), m: number(got.value.length) })
            : t('seen', { n: number(got.value.length) })}
        </span>
        {find && cursor.value && (
          <Button busy={busy.value} onClick={() => void load(false, 20)}>
            {t('further')}
          </Button>
        )}
      </div>
      {problem.value && <Trouble problem={problem.value} again={() => void load(true)} />}
      {shown.length > 0 ? (
        <Windowed
          items={shown}
          kind="of-messages"
          label={t('messages')}
          head={[
            {
              text: (
                <span class="pick-cell">
                  <PickAll of={chosen} ids={ids} />
                  {t('position')}
                </span>
              ),
            },
            { text: t('body') },
            { text: queue.is_dlq || shown.some((m) => m.error) ? t('why') : t('group') },
            { text: t('state') },
            { text: t('receives'), num: true },
            { text: t('sent') },
          ]}
          row={row}
          keyOf={(m) => String(m.position)}
          onEnd={() => {
            if (cursor.value && !find) void load(false);
          }}
        />
      ) : (
        cursor.value !== undefined &&
        !problem.value && (
          <Empty icon={find ? 'search' : 'inbox'} title={find ? t('no_match') : t('none')}>
            {!find && t('none_hint')}
          </Empty>
        )
      )}
      <Picked
        queue={queue}
        of={chosen}
        shown={shown}
        chooseAll={cursor.value || chosen.ids.value.size < shown.length ? () => void chooseAll() : undefined}
        busy={busy.value}
        done={done}
      />
      {shown.length > 0 && (
        <CopyAs
          csv={() => table(shown)}
          curl={curl(queuePath(queue.name, '/messages?limit=100'))}
          cli={command('ringi', 'queue', 'peek', queue.name)}
        />
      )}
      {d?.what === 'look' && (
        <Detail
          queue={queue}
          of={d.of}
          onClose={close}
          act={(what) => {
            doing.value = { what, of: d.of };
          }}
        />
      )}
      {d?.what === 'edit' && <Resend queue={queue.name} of={d.of} onClose={close} onDone={done} />}
      {d?.what === 'remove' && (
        <Confirm
          danger
          title={t('remove_title', { n: d.of.position })}
          action={t('remove')}
          reason={t('reason')}
          onClose={close}
          run={async (reason) => {
            await request('DELETE', queuePath(queue.name, `/messages/${d.of.position}`), {
              query: { reason },
            });
            tell(t('removed', { n: d.of.position }));
            done();
          }}
        >
          <p>{t('remove_text', { name: queue.name })}</p>
          <pre>{d.of.body.slice(0, 600)}</pre>
        </Confirm>
      )}
    </>
  );
}
