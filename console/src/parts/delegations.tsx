// delegations.tsx - who acts in whose place: the list of one person's, setting one, canceling one.
import { useSignal } from '@preact/signals';
import { del, get, seg } from '../lib/api';
import { useChange } from '../lib/change';
import { now } from '../lib/clock';
import { dayPlus, local, period } from '../lib/days';
import { type Loaded, useLoad } from '../lib/load';
import { texts } from '../lib/text';
import { Button, Chip, Confirm, Dialog, Field, Link, Show, Trouble } from './parts';
import { PersonField, tidy } from './person-field';
import { tell } from './toast';

const t = texts({
  add: ['Set a delegation', '代理を設定する'],
  given: ['Given', '任せた代理'],
  received: ['Received', '任された代理'],
  none_given: ['Nobody acts in this place.', '代理をする人はいません。'],
  none_received: ["Acts in nobody's place.", '誰の代理もしていません。'],
  now: ['In force', '有効'],
  later: ['Begins later', 'これから'],
  waits: ['While absent', '不在の間だけ'],
  over: ['Ended', '終了'],
  policies: ['Policies {of}', 'ポリシー {of}'],
  all: ['All policies', 'すべてのポリシー'],
  amount: ['{path} up to {max}', '{path} が {max} まで'],
  order: ['Order {n}', '{n} 番目'],
  cancel: ['Cancel it', '取り消す'],
  cancel_title: ['Cancel this delegation?', 'この代理を取り消しますか'],
  cancel_text: [
    '{delegate} will not act for {principal} any more. What was decided stays.',
    '{delegate} さんは {principal} さんの代理ができなくなります。済んだ決定はそのままです。',
  ],
  canceled: ['The delegation is canceled.', '代理を取り消しました。'],
  set: ['{delegate} may act for {principal}.', '{delegate} さんが {principal} さんの代理になりました。'],
  delegate: ['Who acts', '代理をする人'],
  delegate_hint: ['A name or an id.', '名前か ID'],
  first: ['First day', '最初の日'],
  last: ['Last day', '最後の日'],
  last_hint: ['Empty: until it is canceled.', '空なら取り消すまで'],
  only: ['Only these policies', '対象のポリシー'],
  only_hint: [
    'A name, with * for any letters: expense-*. Empty: all.',
    '名前。* は任意の文字（expense-*）。空ならすべて',
  ],
  path: ['Where the amount stands', '金額の場所'],
  path_hint: ['In the data of the application, for example total.', '申請のデータの中の場所。例：total'],
  max: ['Up to', '上限'],
  absence: ['Only while I am absent', '不在の間だけ有効'],
  position: ['Order', '順番'],
  position_hint: [
    'Order 2 acts while all of order 1 are away.',
    '2 番目は、1 番目が全員不在のときに代理をします',
  ],
  reason: ['Why', '理由'],
  save: ['Set it', '設定する'],
  bounds: ['Bounds', '範囲'],
});

export interface Delegation {
  id: string;
  principal: string;
  delegate: string;
  order: number;
  from: string;
  until?: string;
  policies?: string;
  amount?: { path: string; max: string | number };
  on_absence: boolean;
  reason?: string;
  set_by: string;
  canceled_at?: string;
}

const begun = (d: Delegation) => Date.parse(d.from) <= now.value;
const ended = (d: Delegation) => !!d.canceled_at || (!!d.until && Date.parse(d.until) <= now.value);

export const inForce = (d: Delegation) => begun(d) && !ended(d);

function State({ d }: { d: Delegation }) {
  if (ended(d)) return <Chip>{t('over')}</Chip>;
  if (!begun(d)) return <Chip tone="wait">{t('later')}</Chip>;
  return d.on_absence ? <Chip tone="wait">{t('waits')}</Chip> : <Chip tone="good">{t('now')}</Chip>;
}

export const bounds = (d: Delegation) =>
  [
    d.policies ? t('policies', { of: d.policies }) : t('all'),
    d.amount && t('amount', { path: d.amount.path, max: String(d.amount.max) }),
    d.order > 1 && t('order', { n: d.order }),
  ]
    .filter((x) => x)
    .join(' · ');

function Row({ d, other, onCancel }: { d: Delegation; other: string; onCancel?: () => void }) {
  return (
    <li class="line">
      <div>
        <p class="row">
          <Link to={`/people/${seg(other)}`}>
            <b>{other}</b>
          </Link>
          <State d={d} />
        </p>
        <p class="small">{period(d.from, d.until)}</p>
        <p class="small soft">
          {bounds(d)}
          {d.reason && ` · ${d.reason}`}
        </p>
      </div>
      {onCancel && (
        <Button tone="quiet" onClick={onCancel}>
          {t('cancel')}
        </Button>
      )}
    </li>
  );
}

function SetOne({
  principal,
  zone,
  onDone,
  onClose,
}: {
  principal: string;
  zone: string;
  onDone: () => void;
  onClose: () => void;
}) {
  const delegate = useSignal('');
  const change = useChange();
  const submit = async (e: Event) => {
    e.preventDefault();
    const f = new FormData(e.currentTarget as HTMLFormElement);
    const text = (name: string) => f.get(name)?.toString().trim() || undefined;
    const last = text('last'),
      max = text('max');
    const body = {
      principal,
      delegate: tidy(delegate.value),
      from: text('first') === local(now.peek(), zone).day ? undefined : text('first'),
      until: last && dayPlus(last, 1),
      policies: text('policies'),
      amount: max ? { path: text('path') ?? '', max: tidy(max).replace(/,/g, '') } : undefined,
      on_absence: f.has('absence') || undefined,
      order: Number(text('order')),
      reason: text('reason'),
    };
    if (await change.run(() => change.once('/v1/delegations', body))) {
      tell(t('set', { delegate: body.delegate, principal }));
      onDone();
    }
  };
  return (
    <Dialog title={t('add')} onClose={onClose}>
      <form onSubmit={submit}>
        <PersonField
          label={t('delegate')}
          hint={t('delegate_hint')}
          value={delegate.value}
          onInput={(v) => {
            delegate.value = v;
          }}
        />
        <div class="pair">
          <Field label={t('first')}>
            {(id) => (
              <input id={id} name="first" type="date" required defaultValue={local(now.peek(), zone).day} />
            )}
          </Field>
          <Field label={t('last')} hint={t('last_hint')}>
            {(id, by) => <input id={id} name="last" type="date" aria-describedby={by} />}
          </Field>
        </div>
        <label class="tick">
          <input type="checkbox" name="absence" />
          {t('absence')}
        </label>
        <details>
          <summary>{t('bounds')}</summary>
          <div class="stack">
            <Field label={t('only')} hint={t('only_hint')}>
              {(id, by) => <input id={id} name="policies" aria-describedby={by} autocapitalize="none" />}
            </Field>
            <div class="pair">
              <Field label={t('path')} hint={t('path_hint')}>
                {(id, by) => <input id={id} name="path" aria-describedby={by} autocapitalize="none" />}
              </Field>
              <Field label={t('max')}>{(id) => <input id={id} name="max" inputMode="decimal" />}</Field>
            </div>
            <Field label={t('position')} hint={t('position_hint')}>
              {(id, by) => (
                <select id={id} name="order" aria-describedby={by}>
                  {[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => (
                    <option key={n}>{n}</option>
                  ))}
                </select>
              )}
            </Field>
            <Field label={t('reason')}>{(id) => <input id={id} name="reason" />}</Field>
          </div>
        </details>
        {change.problem.value && <Trouble problem={change.problem.value} />}
        <div class="dialog-actions">
          <Button type="submit" tone="primary" busy={change.busy.value}>
            {t('save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export interface Both {
  given: Delegation[];
  received: Delegation[];
}

export const useDelegations = (person: string): Loaded<Both> =>
  useLoad(
    async (signal) => {
      const of = (who: object) =>
        get<{ delegations: Delegation[] }>('/v1/delegations', { ...who, limit: 200 }, signal);
      const [given, received] = await Promise.all([of({ principal: person }), of({ delegate: person })]);
      return { given: given.delegations, received: received.delegations };
    },
    [person],
    30_000,
  );

function List({
  title,
  none,
  all,
  other,
  onCancel,
}: {
  title: string;
  none: string;
  all: Delegation[];
  other: (d: Delegation) => string;
  onCancel?: (d: Delegation) => void;
}) {
  return (
    <div>
      <h3>{title}</h3>
      {all.length === 0 ? (
        <p class="soft">{none}</p>
      ) : (
        <ul class="lines">
          {all.map((d) => (
            <Row key={d.id} d={d} other={other(d)} onCancel={onCancel && (() => onCancel(d))} />
          ))}
        </ul>
      )}
    </div>
  );
}

/** `may`: with buttons; the server has the last word. */
export function Delegations({
  person,
  zone,
  of,
  may,
}: {
  person: string;
  zone: string;
  of: Loaded<Both>;
  may: boolean;
}) {
  const adding = useSignal(false);
  const canceling = useSignal<Delegation | null>(null);
  const c = canceling.value;
  return (
    <>
      {may && (
        <p>
          <Button
            icon="plus"
            onClick={() => {
              adding.value = true;
            }}
          >
            {t('add')}
          </Button>
        </p>
      )}
      <Show of={of}>
        {(both) => (
          <div class="grid">
            <List
              title={t('given')}
              none={t('none_given')}
              all={both.given}
              other={(d) => d.delegate}
              onCancel={
                may
                  ? (d) => {
                      canceling.value = d;
                    }
                  : undefined
              }
            />
            <List
              title={t('received')}
              none={t('none_received')}
              all={both.received}
              other={(d) => d.principal}
            />
          </div>
        )}
      </Show>
      {adding.value && (
        <SetOne
          principal={person}
          zone={zone}
          onClose={() => {
            adding.value = false;
          }}
          onDone={() => {
            adding.value = false;
            of.again();
          }}
        />
      )}
      {c && (
        <Confirm
          title={t('cancel_title')}
          action={t('cancel')}
          danger
          onClose={() => {
            canceling.value = null;
          }}
          run={async () => {
            await del(`/v1/delegations/${seg(c.id)}`);
            tell(t('canceled'));
            of.again();
          }}
        >
          <p>{t('cancel_text', { delegate: c.delegate, principal: c.principal })}</p>
        </Confirm>
      )}
    </>
  );
}
