// policy-parts.tsx - a policy as a tree that is edited: needs, people, groups and posts, with
// what is wrong said at its place. Everything by buttons and fields, nothing by dragging.
import { useId } from 'preact/hooks';
import { changed, isNode, members, moved, type At, type Member, type Need, type Policy } from '../lib/policy';
import { language, texts } from '../lib/text';
import { Button } from './parts';
import { needText } from './policy-tree';

const t = texts({
  need: ['How many must agree', '必要な承認'],
  n: ['a number of these', '人数を決める'],
  percent: ['a share of these, in %', '割合（%）を決める'],
  weight: ['a sum of weights', '重みの合計を決める'],
  number: ['How many', '数'],
  user: ['Person', '人'],
  group: ['Group', 'グループ'],
  post: ['Post', '役職'],
  of: ['in department', 'どの部署の'],
  part: ['Part', 'まとまり'],
  count: ['count', '人数'],
  weigh: ['weight', '重み'],
  veto: ['veto', '拒否権'],
  required: ['required', '必須'],
  up: ['Up', '上へ'],
  down: ['Down', '下へ'],
  remove: ['Remove', '取り除く'],
  options: ['How votes are counted', '数え方'],
  reject: ['Lost', '不成立になるとき'],
  impossible: ['when the need cannot be reached', '必要数に届かなくなったとき'],
  any: ['at the first no', '最初の否認'],
  last: ['when all have voted', '全員が投票した後'],
  abstain: ['Who abstains', '棄権'],
  out: ['leaves the count', '数に入れない'],
  no: ['counts as no', '否認とみなす'],
  yes: ['counts as yes', '承認とみなす'],
  min: ['Votes at least', '最少の投票数'],
  add_user: ['Add a person', '人を加える'],
  add_group: ['Add a group', 'グループを加える'],
  add_post: ['Add a post', '役職を加える'],
  add_part: ['Add a part', 'まとまりを加える'],
});

export interface Reason {
  code: string;
  path: string;
  impossible: boolean;
  en: string;
  ja: string;
}

export interface Editing {
  policy: Policy;
  change: (p: Policy) => void;
  /** By place: "1.0". */
  wrong: ReadonlyMap<string, readonly Reason[]>;
}

/** A number where it is one; otherwise the text, which the server refuses at its place. */
export const numeric = (s: string): number => {
  const n = s.normalize('NFKC').trim();
  return (/^\d+$/.test(n) ? Number(n) : n) as number;
};

export const placeId = (at: At) => `at-${at.join('.') || 'root'}`;

function Small({
  label,
  value,
  onInput,
  list,
  narrow,
}: {
  label: string;
  value: string | number;
  onInput: (v: string) => void;
  list?: string;
  narrow?: boolean;
}) {
  const id = useId();
  return (
    <span class={`small-field ${narrow ? 'narrow' : ''}`}>
      <label for={id}>{label}</label>
      <input
        id={id}
        value={String(value)}
        list={list}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        inputMode={narrow ? 'numeric' : undefined}
        onInput={(e) => onInput(e.currentTarget.value)}
      />
    </span>
  );
}

function Choice({
  label,
  value,
  of,
  onChange,
}: {
  label: string;
  value: string;
  of: readonly (readonly [string, string])[];
  onChange: (v: string) => void;
}) {
  const id = useId();
  return (
    <span class="small-field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(e) => onChange(e.currentTarget.value)}>
        {of.map(([v, text]) => (
          <option key={v} value={v}>
            {text}
          </option>
        ))}
      </select>
    </span>
  );
}

function kindOf(need: Need | undefined): string {
  if (typeof need === 'string' && ['any', 'all', 'majority', 'half'].includes(need)) return need;
  if (need && typeof need === 'object') return 'percent' in need ? 'percent' : 'weight';
  return 'n';
}

function NeedOf({ m, set }: { m: Member; set: (change: Partial<Member>) => void }) {
  const kind = kindOf(m.need);
  const at = typeof m.need === 'object' ? ('percent' in m.need ? m.need.percent : m.need.weight) : m.need;
  const make = (k: string, n: number): Need =>
    k === 'n' ? n : k === 'percent' ? { percent: n } : k === 'weight' ? { weight: n } : (k as Need);
  const first: Record<string, number> = { n: 1, percent: 50, weight: 1 };
  return (
    <>
      <Choice
        label={t('need')}
        value={kind}
        onChange={(k) => set({ need: make(k, first[k] ?? 1) })}
        of={[
          ['all', needText('all')],
          ['any', needText('any')],
          ['majority', needText('majority')],
          ['half', needText('half')],
          ['n', t('n')],
          ['percent', t('percent')],
          ['weight', t('weight')],
        ]}
      />
      {kind in first && (
        <Small
          narrow
          label={t('number')}
          value={(at as number | undefined) ?? ''}
          onInput={(v) => set({ need: make(kind, numeric(v)) })}
        />
      )}
    </>
  );
}

function SeatOf({ m, set }: { m: Member; set: (change: Partial<Member>) => void }) {
  if (m.group !== undefined)
    return (
      <>
        <Small label={t('group')} value={m.group} list="policy-groups" onInput={(v) => set({ group: v })} />
        <Small narrow label={t('count')} value={m.count ?? 1} onInput={(v) => set({ count: numeric(v) })} />
      </>
    );
  if (m.post !== undefined)
    return (
      <>
        <Small label={t('post')} value={m.post} list="policy-posts" onInput={(v) => set({ post: v })} />
        <Small
          label={t('of')}
          value={(m.of as string | undefined) ?? 'applicant.department'}
          list="policy-departments"
          onInput={(v) => set({ of: v })}
        />
        <Small narrow label={t('count')} value={m.count ?? 1} onInput={(v) => set({ count: numeric(v) })} />
      </>
    );
  return (
    <Small label={t('user')} value={m.user ?? ''} list="policy-people" onInput={(v) => set({ user: v })} />
  );
}

function Ranks({ m, set }: { m: Member; set: (change: Partial<Member>) => void }) {
  return (
    <>
      <Small narrow label={t('weigh')} value={m.weight ?? 1} onInput={(v) => set({ weight: numeric(v) })} />
      <label class="tick">
        <input type="checkbox" checked={!!m.veto} onChange={(e) => set({ veto: e.currentTarget.checked })} />
        {t('veto')}
      </label>
      <label class="tick">
        <input
          type="checkbox"
          checked={!!m.required}
          onChange={(e) => set({ required: e.currentTarget.checked })}
        />
        {t('required')}
      </label>
    </>
  );
}

function Order({ e, at, last }: { e: Editing; at: At; last: boolean }) {
  return (
    <span class="order">
      <Button
        tone="quiet"
        icon="up"
        label={t('up')}
        disabled={at[at.length - 1] === 0}
        onClick={() => e.change(moved(e.policy, at, -1))}
      />
      <Button
        tone="quiet"
        icon="down"
        label={t('down')}
        disabled={last}
        onClick={() => e.change(moved(e.policy, at, 1))}
      />
      <Button
        tone="quiet"
        icon="trash"
        label={t('remove')}
        onClick={() => e.change(changed(e.policy, at, () => null))}
      />
    </span>
  );
}

function Counting({ m, set }: { m: Member; set: (change: Partial<Member>) => void }) {
  return (
    <details>
      <summary class="small">{t('options')}</summary>
      <div class="fields">
        <Choice
          label={t('reject')}
          value={m.reject ?? 'impossible'}
          onChange={(v) => set({ reject: v })}
          of={[
            ['impossible', t('impossible')],
            ['any', t('any')],
            ['last', t('last')],
          ]}
        />
        <Choice
          label={t('abstain')}
          value={m.abstain ?? 'out'}
          onChange={(v) => set({ abstain: v })}
          of={[
            ['out', t('out')],
            ['no', t('no')],
            ['yes', t('yes')],
          ]}
        />
        <Small
          narrow
          label={t('min')}
          value={m.min_votes ?? 0}
          onInput={(v) => set({ min_votes: numeric(v) })}
        />
      </div>
    </details>
  );
}

const NEW: readonly (readonly ['add_user' | 'add_group' | 'add_post' | 'add_part', () => Member])[] = [
  ['add_user', () => ({ user: '' })],
  ['add_group', () => ({ group: '', count: 1 })],
  ['add_post', () => ({ post: '', of: 'applicant.department' })],
  ['add_part', () => ({ need: 'any', of: [{ user: '' }] })],
];

/** What stands at a place, and what is below it. */
export function Place({ e, m, at = [], last = true }: { e: Editing; m: Member; at?: At; last?: boolean }) {
  const set = (change: Partial<Member>) => e.change(changed(e.policy, at, (x) => ({ ...x, ...change })));
  const wrong = e.wrong.get(at.join('.')) ?? [];
  const of = members(m);
  return (
    <div class={`place ${wrong.length ? 'wrong' : ''}`} id={placeId(at)} tabIndex={-1}>
      <div class="fields">
        {isNode(m) ? <NeedOf m={m} set={set} /> : <SeatOf m={m} set={set} />}
        {at.length > 0 && <Ranks m={m} set={set} />}
        {at.length > 0 && <Order e={e} at={at} last={last} />}
      </div>
      {wrong.map((r, i) => (
        <p key={i} class="error" role="alert">
          {r[language.value]}
        </p>
      ))}
      {isNode(m) && (
        <>
          <Counting m={m} set={set} />
          <ul class="tree">
            {of.map((x, i) => (
              <li key={i}>
                <Place e={e} m={x} at={[...at, i]} last={i === of.length - 1} />
              </li>
            ))}
            <li>
              <p class="row adds">
                {NEW.map(([what, make]) => (
                  <Button key={what} tone="quiet" icon="plus" onClick={() => set({ of: [...of, make()] })}>
                    {t(what)}
                  </Button>
                ))}
              </p>
            </li>
          </ul>
        </>
      )}
    </div>
  );
}
