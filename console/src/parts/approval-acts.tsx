// approval-acts.tsx - larger things one does to an approval: correct it, add an approver, read
// its rule.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { get, post, seg, send } from '../lib/api';
import { at, type View } from '../lib/approval';
import { useChange } from '../lib/change';
import { useDraft } from '../lib/draft';
import { differences, writeExact, type Exact } from '../lib/exact';
import { labelled, read, typed, type Filled } from '../lib/form';
import { useLoad } from '../lib/load';
import { language, texts } from '../lib/text';
import { Differences } from './approval';
import { DataEdit, readEdited, toEdited, type Edited } from './data-edit';
import { FormFields } from './form-fields';
import { Button, Card, Dialog, Field, Link, Trouble } from './parts';
import { PersonField, tidy } from './person-field';
import { tell } from './toast';

const t = texts({
  correct: ['Correct and ask again', '修正して再申請'],
  hint: [
    'Everybody is asked again. What you change is shown to them next to what it was.',
    '全員にもう一度承認を求めます。変更した点は、変更前と並べて表示されます。',
  ],
  changes: ['Your changes', '変更点'],
  none: ['You have changed nothing yet.', 'まだ変更はありません。'],
  send: ['Ask again', '再申請する'],
  start_over: ['Start over', '元に戻す'],
  sent: ['Asked again', '再申請しました'],
  add: ['Add an approver', '承認者を追加'],
  person: ['Person', '人'],
  group: ['Group', 'グループ'],
  kind: ['Who', '対象'],
  added: ['Added', '追加しました'],
  rule_of: ['By the policy {name}, version {version}.', 'ポリシー {name}（第{version}版）による承認です。'],
  inline: ['By a rule of its own.', 'この申請だけのルールです。'],
  json: ['As JSON', 'JSONで見る'],
});

interface Correcting {
  data: Exact;
  wrongs: Record<string, string>;
  fields: (refused: Record<string, string>) => ComponentChildren;
  draft: { kept: () => boolean; drop: () => void };
}

/** By the form that it was opened by. */
function useFormOf(v: View): Correcting {
  const of = v.form?.schema.components ?? [];
  const draft = useDraft<Filled | null>(`correct-form.${v.id}.${v.data_version}`, null);
  const filled = draft.value.value ?? typed(of, v.data);
  const { data, wrongs } = read({ components: of }, filled);
  const set = (f: Filled) => {
    draft.value.value = f;
  };
  const fields = (refused: Record<string, string>) => (
    <FormFields of={of} filled={filled} wrongs={{ ...wrongs, ...refused }} at="" top={data} set={set} />
  );
  return { data, wrongs, fields, draft };
}

/** Without a form: a row for each member. */
function useRowsOf(v: View): Correcting {
  const draft = useDraft<Edited | null>(`correct.${v.id}.${v.data_version}`, null);
  const edited = draft.value.value ?? toEdited(v.data);
  const { data, wrongs } = readEdited(edited);
  const set = (d: Edited) => {
    draft.value.value = d;
  };
  return { data, wrongs, fields: () => <DataEdit of={edited} wrongs={wrongs} set={set} />, draft };
}

/** After a send-back: the data as fields, what is changed about it, and once more. */
export function Correct({ of: v, again }: { of: View; again: () => void }) {
  const sending = useChange();
  const byForm = useFormOf(v),
    byRows = useRowsOf(v);
  const { data, wrongs, fields, draft } = v.form ? byForm : byRows;
  const bad = Object.keys(wrongs).length > 0;
  const changes = bad ? [] : differences(v.data ?? null, data);
  const by = v.form?.schema.components ?? [];
  const shown = bad ? [] : differences(labelled(by, v.data) ?? null, labelled(by, data) ?? null);
  const place = sending.problem.value?.field?.replace(/^data\//, '');
  const submit = async (e: Event) => {
    e.preventDefault();
    if (bad) return;
    const text = changes.length ? `{"data":${writeExact(data)}}` : '{}';
    const ok = await sending.run((id) => send('POST', `${at(v.id)}/resubmit`, { text, id }), text);
    if (ok) {
      draft.drop();
      tell(t('sent'));
    }
    again();
  };
  return (
    <Card title={t('correct')} class="correct">
      <form class="stack" onSubmit={submit}>
        <p class="soft">{t('hint')}</p>
        {fields(place && sending.problem.value ? { [place]: sending.problem.value.message } : {})}
        <section class="changes">
          <h3>{t('changes')}</h3>
          {shown.length ? <Differences of={shown} /> : <p class="soft">{t('none')}</p>}
        </section>
        {sending.problem.value && <Trouble problem={sending.problem.value} />}
        <div class="dialog-actions">
          {draft.kept() && (
            <Button tone="quiet" onClick={draft.drop}>
              {t('start_over')}
            </Button>
          )}
          <Button type="submit" tone="primary" icon="send" busy={sending.busy.value} disabled={bad}>
            {t('send')}
          </Button>
        </div>
      </form>
    </Card>
  );
}

export function AddApprover({ of: v, onClose, again }: { of: View; onClose: () => void; again: () => void }) {
  const kind = useSignal<'user' | 'group'>('user'),
    name = useSignal(''),
    sending = useChange();
  const named = (x: string) => {
    name.value = x;
  };
  const submit = async (e: Event) => {
    e.preventDefault();
    const body = { [kind.value]: tidy(name.value) };
    if (await sending.run((id) => post(`${at(v.id)}/approvers`, body, id), body)) {
      tell(t('added'));
      onClose();
    }
    again();
  };
  return (
    <Dialog title={t('add')} onClose={onClose}>
      <form onSubmit={submit}>
        <Field label={t('kind')}>
          {(id) => (
            <select
              id={id}
              value={kind.value}
              onChange={(e) => {
                kind.value = e.currentTarget.value as 'user' | 'group';
              }}
            >
              <option value="user">{t('person')}</option>
              <option value="group">{t('group')}</option>
            </select>
          )}
        </Field>
        {kind.value === 'user' ? (
          <PersonField label={t('person')} value={name.value} onInput={named} />
        ) : (
          <Field label={t('group')}>
            {(id) => (
              <input
                id={id}
                required
                autocapitalize="none"
                autocomplete="off"
                value={name.value}
                onInput={(e) => named(e.currentTarget.value)}
              />
            )}
          </Field>
        )}
        {sending.problem.value && <Trouble problem={sending.problem.value} />}
        <div class="dialog-actions">
          <Button type="submit" tone="primary" busy={sending.busy.value}>
            {t('add')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface Checked {
  words?: { en: string; ja: string };
}

/** The rule in words, as the server words it, and as JSON. */
export function Explain({ of: v }: { of: View }) {
  const { name, version } = v.policy;
  const loaded = useLoad(
    async (signal) => {
      const path = name ? `/v1/policies/${seg(name)}` : '';
      if (name) return await get<Checked>(path, { version }, signal);
      const r = await send('POST', '/v1/policies:check', { text: `{"policy":${v.policy_json}}`, signal });
      return (await r.json()) as Checked;
    },
    [v.policy.sha256],
  );
  const words = loaded.data?.words;
  return (
    <>
      {words && <p class="rule">{language.value === 'ja' ? words.ja : words.en}</p>}
      <p class="soft small">
        {name ? (
          <Link to={`/policies/${seg(name)}`}>{t('rule_of', { name, version: version ?? '' })}</Link>
        ) : (
          t('inline')
        )}
      </p>
      <details>
        <summary>{t('json')}</summary>
        <pre class="mono">{v.policy_json}</pre>
      </details>
    </>
  );
}
