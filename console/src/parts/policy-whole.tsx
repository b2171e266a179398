// policy-whole.tsx - what holds for a policy as a whole: time, the applicant's own seat, changes.
import type { Policy } from '../lib/policy';
import { texts } from '../lib/text';
import { Field } from './parts';

const t = texts({
  after: ['Time to decide', '期限'],
  after_hint: [
    'P3D: three days, PT4H: four hours. Empty: no deadline.',
    'P3D は 3 日、PT4H は 4 時間。空なら期限なし',
  ],
  calendar: ['counted in the calendar', '数えるカレンダー'],
  then: ['When it has passed', '期限が過ぎたら'],
  escalate: ['somebody above is asked', '上位の人に回す'],
  approve: ['it is approved', '承認とする'],
  reject: ['it is rejected', '否認とする'],
  count: ['the votes so far are counted', 'それまでの投票で決める'],
  extend: ['it is given as long again', '同じだけ延ばす'],
  recompute: ['Moves when the calendar changes', 'カレンダーの変更に合わせて動かす'],
  fresh: ['Sign in again to decide, from an amount of', 'この金額以上の決裁は再サインインを求める'],
  fresh_hint: [
    '0: for every amount. Empty: never. A whole number; the sign-in counts for 15 minutes.',
    '0 はすべて、空なら求めない。整数で入力。サインインは15分間有効',
  ],
  self: ['When the applicant has a seat', '申請者自身が承認者のとき'],
  exclude: ['they are left out', '外す'],
  allow: ['they may vote', '投票できる'],
  auto: ['counts as agreed', '承認したものとみなす'],
  distinct: ['Somebody with several seats', '複数の席を持つ人'],
  person: ['counts once', '1 回と数える'],
  slot: ['counts for each seat', '席ごとに数える'],
  edit: ['When the data change', '内容が変わったら'],
  forbid: ['that is not allowed', '変更できない'],
  reset: ['votes are taken anew', '投票をやり直す'],
  keep: ['votes stay', '投票はそのまま'],
  veto_wait: [
    'Wait for those with a veto, even when enough agree',
    '十分な承認があっても、拒否権を持つ人を待つ',
  ],
  retract: ['Votes may be taken back', '投票を取り消せる'],
  return: ['The applicant may be sent back', '差し戻しができる'],
});

export function PolicyWhole({ policy, change }: { policy: Policy; change: (p: Policy) => void }) {
  const set = (c: Record<string, unknown>) => {
    const p: Policy = { ...policy, ...c };
    for (const [k, v] of Object.entries(c)) if (v === undefined) delete p[k];
    change(p);
  };
  const deadline = (policy['deadline'] ?? {}) as Record<string, string> & { recompute?: boolean };
  const late = (c: Record<string, string | boolean>) => {
    const d = Object.fromEntries(
      Object.entries({ ...deadline, ...c }).filter(([, v]) => v !== '' && v !== false),
    );
    if (!d['calendar']) delete d['recompute']; // which it follows
    set({ deadline: d['after'] || d['at'] ? d : undefined });
  };
  const fresh = (text: string) => {
    const plain = text.normalize('NFKC').replace(/[,\s]/g, '');
    set({ fresh_login_from: plain === '' ? undefined : /^\d{1,9}$/.test(plain) ? Number(plain) : plain });
  };
  const select = (name: 'self' | 'distinct' | 'edit', first: string, of: Parameters<typeof t>[0][]) => (
    <Field label={t(name)}>
      {(id) => (
        <select
          id={id}
          value={String(policy[name] ?? first)}
          onChange={(e) => set({ [name]: e.currentTarget.value })}
        >
          {of.map((v) => (
            <option key={v} value={v}>
              {t(v)}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
  const flag = (name: 'veto_wait' | 'retract' | 'return') => (
    <label class="tick">
      <input
        type="checkbox"
        checked={policy[name] !== false}
        onChange={(e) => set({ [name]: e.currentTarget.checked })}
      />
      {t(name)}
    </label>
  );
  return (
    <>
      <div class="pair">
        <Field label={t('after')} hint={t('after_hint')}>
          {(id, by) => (
            <input
              id={id}
              value={deadline['after'] ?? ''}
              aria-describedby={by}
              autocapitalize="characters"
              spellcheck={false}
              onInput={(e) => late({ after: e.currentTarget.value.normalize('NFKC').trim().toUpperCase() })}
            />
          )}
        </Field>
        {(deadline['after'] || deadline['at']) && (
          <>
            <Field label={t('calendar')}>
              {(id) => (
                <input
                  id={id}
                  value={deadline['calendar'] ?? ''}
                  autocapitalize="none"
                  onInput={(e) => late({ calendar: e.currentTarget.value.trim() })}
                />
              )}
            </Field>
            <Field label={t('then')}>
              {(id) => (
                <select
                  id={id}
                  value={deadline['then'] ?? 'escalate'}
                  onChange={(e) => late({ then: e.currentTarget.value })}
                >
                  {(['escalate', 'approve', 'reject', 'count', 'extend'] as const).map((v) => (
                    <option key={v} value={v}>
                      {t(v)}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            {deadline['calendar'] && (
              <label class="tick">
                <input
                  type="checkbox"
                  checked={deadline.recompute === true}
                  onChange={(e) => late({ recompute: e.currentTarget.checked })}
                />
                {t('recompute')}
              </label>
            )}
          </>
        )}
      </div>
      <div class="pair">
        {select('self', 'exclude', ['exclude', 'allow', 'auto'])}
        {select('distinct', 'person', ['person', 'slot'])}
        {select('edit', 'forbid', ['forbid', 'reset', 'keep'])}
      </div>
      <Field label={t('fresh')} hint={t('fresh_hint')}>
        {(id, by) => (
          <input
            id={id}
            inputMode="numeric"
            defaultValue={String(policy['fresh_login_from'] ?? '')}
            aria-describedby={by}
            onInput={(e) => fresh(e.currentTarget.value)}
          />
        )}
      </Field>
      <div>
        {flag('veto_wait')}
        {flag('retract')}
        {flag('return')}
      </div>
    </>
  );
}
