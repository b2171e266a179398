// request-new.tsx - asking for approval: by a policy, a template or people one names; a draft
// is kept until it was sent, and it is sent once.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get, seg, send, type Problem } from '../lib/api';
import { useChange } from '../lib/change';
import { readDigits } from '../lib/digits';
import { useDraft } from '../lib/draft';
import { writeExact } from '../lib/exact';
import { fresh, read, type Filled, type FormSchema } from '../lib/form';
import { useLoad } from '../lib/load';
import { go, place } from '../lib/router';
import { language, texts } from '../lib/text';
import { DataEdit, nothing, readEdited, type Edited } from '../parts/data-edit';
import { FormFields } from '../parts/form-fields';
import { Button, Card, Field, Page, Trouble } from '../parts/parts';
import { tidy } from '../parts/person-field';
import { tell } from '../parts/toast';

const t = texts({
  title: ['Ask for approval', '申請する'],
  back: ['Requests', '申請'],
  kept: ['Draft kept on this device', '下書きはこの端末に保存されています'],
  drop: ['Discard draft', '下書きを破棄'],
  how: ['Who decides', '承認ルール'],
  by_policy: ['By a policy', 'ポリシーで'],
  by_template: ['By a template', 'テンプレートで'],
  by_people: ['By people I name', '承認者を指定'],
  policy: ['Policy', 'ポリシー'],
  template: ['Template', 'テンプレート'],
  choose: ['Choose one', '選んでください'],
  no_policies: ['There are no policies yet.', 'ポリシーはまだありません。'],
  people: ['Approvers', '承認者'],
  people_hint: ['Several with commas, or one a line.', '複数のときはカンマか改行で区切ります。'],
  need: ['How many have to agree', '必要な承認数'],
  all: ['all', '全員'],
  any: ['anyone', '誰か1人'],
  majority: ['more than half', '過半数'],
  subject: ['Subject', '件名'],
  about: ['What is asked for', '申請内容'],
  send: ['Ask', '申請する'],
  sent: ['Asked', '申請しました'],
  rule: ['Who would have to agree', '承認に必要な人'],
  need_subject: ['Say in a few words what is asked for.', '件名を入力してください。'],
  long_subject: ['The subject is too long: 1,024 bytes at most.', '件名が長すぎます（1,024バイトまで）。'],
  need_rule: ['Choose who decides.', '承認ルールを選んでください。'],
  need_people: ['Name one person at least.', '承認者を1名以上入力してください。'],
  bad_number: ['This is no number.', '数値として読めません。'],
  members_hint: ['People, several with commas.', '人をカンマ区切りで入力します。'],
});

interface Form {
  how: 'policy' | 'template' | 'people';
  policy: string;
  template: string;
  parameters: Record<string, string>;
  people: string;
  need: string;
  subject: string;
  data: Edited;
  /** What was typed into forms, by their templates. */
  forms: Record<string, Filled>;
}
const empty: Form = {
  how: 'policy',
  policy: '',
  template: '',
  parameters: {},
  people: '',
  need: 'all',
  subject: '',
  data: nothing,
  forms: {},
};

interface Parameter {
  type: 'number' | 'text' | 'flag' | 'members';
  default?: unknown;
  about?: string;
}
interface Template {
  name: string;
  note?: string;
  parameters: Record<string, Parameter>;
  form?: FormSchema;
}
interface Checked {
  valid: boolean;
  words?: { en: string; ja: string };
  policy?: unknown;
  reasons?: { code: string; path: string; en: string; ja: string }[];
}

const names = (text: string) =>
  text
    .normalize('NFKC')
    .split(/[\n,、]/)
    .map((x) => x.trim())
    .filter(Boolean);

const ja = () => language.value === 'ja';

/** What the fields of a template say, as its parameters. */
function parametersOf(of: Template, typed: Record<string, string>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, p] of Object.entries(of.parameters)) {
    const text = typed[name]?.trim();
    if (!text) continue;
    if (p.type === 'number') out[name] = Number(readDigits(text) ?? text);
    else if (p.type === 'flag') out[name] = text === 'yes';
    else out[name] = p.type === 'members' ? names(text) : text;
  }
  return out;
}

/** The template that it is opened by, or that the chosen policy was made of. */
function templateOf(
  f: Form,
  templates: Template[],
  policies: { name: string; template?: string }[],
): Template | undefined {
  const name =
    f.how === 'template'
      ? f.template
      : f.how === 'policy' && policies.find((p) => p.name === f.policy)?.template;
  return name ? templates.find((x) => x.name === name) : undefined;
}

/** The rule as the API takes it to check it; null: nothing is chosen yet. */
function ruleOf(
  f: Form,
  templates: Template[],
): { template: string; parameters: object } | { policy: object } | null {
  if (f.how === 'template') {
    const of = templates.find((x) => x.name === f.template);
    return of ? { template: of.name, parameters: parametersOf(of, f.parameters) } : null;
  }
  const of = names(f.people);
  if (f.how === 'policy' || of.length === 0) return null;
  return { policy: { need: /^\d+$/.test(f.need) ? Number(f.need) : f.need, of } };
}

/** What the server says of it, a moment after the last key. */
function useChecked(rule: object | null, policy: string): Checked | null {
  const checked = useSignal<Checked | null>(null);
  const text = JSON.stringify(rule);
  useEffect(() => {
    if (!rule && !policy) {
      checked.value = null;
      return;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => {
      const asked = rule
        ? send('POST', '/v1/policies:check', { text, signal: stop.signal }).then(
            (r) => r.json() as Promise<Checked>,
          )
        : get<Checked>(`/v1/policies/${seg(policy)}`, {}, stop.signal).then((p) => ({ ...p, valid: true }));
      asked.then(
        (c) => {
          checked.value = c;
        },
        () => {
          if (!stop.signal.aborted) checked.value = null;
        },
      );
    }, 250);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text, policy]);
  return checked.value;
}

function ParameterField({
  name,
  of,
  value,
  set,
}: {
  name: string;
  of: Parameter;
  value: string;
  set: (v: string) => void;
}) {
  const hint = of.about ?? (of.type === 'members' ? t('members_hint') : undefined);
  const otherwise =
    of.default === undefined ? '' : typeof of.default === 'string' ? of.default : JSON.stringify(of.default);
  return (
    <Field label={name} hint={hint}>
      {(id, by) =>
        of.type === 'flag' ? (
          <input
            id={id}
            aria-describedby={by}
            type="checkbox"
            checked={value === 'yes' || (value === '' && of.default === true)}
            onChange={(e) => set(e.currentTarget.checked ? 'yes' : 'no')}
          />
        ) : (
          <input
            id={id}
            aria-describedby={by}
            placeholder={otherwise}
            inputMode={of.type === 'number' ? 'numeric' : undefined}
            value={value}
            onInput={(e) => set(e.currentTarget.value)}
          />
        )
      }
    </Field>
  );
}

function Rule({
  f,
  set,
  policies,
  templates,
  checked,
  wrong,
}: {
  f: Form;
  set: (change: Partial<Form>) => void;
  /** null: one may not list them, and types a name. */
  policies: { name: string }[] | null;
  templates: Template[] | null;
  checked: Checked | null;
  wrong?: string;
}) {
  const template = (templates ?? []).find((x) => x.name === f.template);
  const hows = (['policy', 'template', 'people'] as const).filter(
    (x) => x !== 'template' || templates?.length,
  );
  const list = (f.how === 'policy' ? policies : templates) ?? [];
  return (
    <Card title={t('how')}>
      <div class="segments" role="radiogroup" aria-label={t('how')}>
        {hows.map((how) => (
          <label key={how} class={f.how === how ? 'chosen' : ''}>
            <input type="radio" name="how" checked={f.how === how} onChange={() => set({ how })} />
            {t(`by_${how}`)}
          </label>
        ))}
      </div>
      {f.how === 'people' ? (
        <>
          <Field label={t('people')} hint={t('people_hint')} error={wrong}>
            {(id, by) => (
              <textarea
                id={id}
                aria-describedby={by}
                rows={2}
                autocapitalize="none"
                spellcheck={false}
                value={f.people}
                onInput={(e) => set({ people: e.currentTarget.value })}
              />
            )}
          </Field>
          <Field label={t('need')}>
            {(id) => (
              <select
                id={id}
                class="short"
                value={f.need}
                onChange={(e) => set({ need: e.currentTarget.value })}
              >
                {(['all', 'any', 'majority'] as const).map((x) => (
                  <option key={x} value={x}>
                    {t(x)}
                  </option>
                ))}
                {names(f.people).map((_, i) => (
                  <option key={i} value={String(i + 1)}>
                    {i + 1}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </>
      ) : (
        <Field
          label={t(f.how)}
          error={wrong}
          hint={f.how === 'policy' && policies?.length === 0 ? t('no_policies') : template?.note}
        >
          {(id, by) =>
            f.how === 'policy' && !policies ? (
              <input
                id={id}
                aria-describedby={by}
                autocapitalize="none"
                spellcheck={false}
                value={f.policy}
                onInput={(e) => set({ policy: tidy(e.currentTarget.value) })}
              />
            ) : (
              <select
                id={id}
                aria-describedby={by}
                value={f[f.how as 'policy' | 'template']}
                onChange={(e) =>
                  set(
                    f.how === 'policy'
                      ? { policy: e.currentTarget.value }
                      : { template: e.currentTarget.value, parameters: {} },
                  )
                }
              >
                <option value="">{t('choose')}</option>
                {list.map((p) => (
                  <option key={p.name} value={p.name}>
                    {p.name}
                  </option>
                ))}
              </select>
            )
          }
        </Field>
      )}
      {f.how === 'template' &&
        template &&
        Object.entries(template.parameters).map(([name, p]) => (
          <ParameterField
            key={name}
            name={name}
            of={p}
            value={f.parameters[name] ?? ''}
            set={(v) => set({ parameters: { ...f.parameters, [name]: v } })}
          />
        ))}
      {checked?.words && (
        <div class="rule-preview" role="status">
          <h3>{t('rule')}</h3>
          <p class="rule">{ja() ? checked.words.ja : checked.words.en}</p>
        </div>
      )}
      {checked?.valid === false && (
        <ul class="outcomes" role="alert">
          {(checked.reasons ?? []).map((r) => (
            <li key={r.path + r.code} class="error">
              {ja() ? r.ja : r.en}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

/** By what it is opened, as the opening takes it. A template is filled in by the server. */
function opening(f: Form, rule: ReturnType<typeof ruleOf>): object {
  return f.how === 'policy' || !rule ? { policy: f.policy } : rule;
}

const bytes = (s: string) => new TextEncoder().encode(s).length;

interface Wrong {
  subject?: string;
  rule?: string;
}

function wrongOf(f: Form): Wrong {
  const chosen = f.how === 'people' ? names(f.people).length > 0 : f[f.how] !== '';
  return {
    subject: !f.subject.trim() ? t('need_subject') : bytes(f.subject) > 1024 ? t('long_subject') : undefined,
    rule: chosen ? undefined : t(f.how === 'people' ? 'need_people' : 'need_rule'),
  };
}

/** Of a refusal: the field it is about, where there is one. */
function refused(p: Problem | null): Wrong {
  if (!p) return {};
  if (p.field === 'subject') return { subject: p.message };
  return /POLICY|PERSON/.test(p.code) ? { rule: p.message } : {};
}

export default function RequestNew() {
  const asked = place.value.query.get('template') ?? '';
  const draft = useDraft<Form>('request', empty),
    sending = useChange(),
    tried = useSignal(false);
  const policies = useLoad(
    (signal) =>
      get<{ policies: { name: string; retired_at?: string; current?: number; template?: string }[] }>(
        '/v1/policies',
        { limit: 100 },
        signal,
      ),
    [],
  );
  const templates = useLoad(
    (signal) => get<{ templates: Template[] }>('/v1/policy-templates', { limit: 100 }, signal),
    [],
  );
  const f = { ...empty, ...draft.value.value };
  // A link to a template chooses it, unless a draft has chosen.
  if (asked && !draft.kept()) Object.assign(f, { how: 'template', template: asked });
  const set = (change: Partial<Form>) => {
    sending.forget();
    draft.value.value = { ...f, ...change };
  };
  const rule = ruleOf(f, templates.data?.templates ?? []);
  const checked = useChecked(rule, f.how === 'policy' ? f.policy : '');
  const of = templateOf(f, templates.data?.templates ?? [], policies.data?.policies ?? []);
  const form = of?.form;
  const filled = form ? (f.forms[of.name] ?? fresh(form.components)) : {};
  const entered = form ? read(form, filled) : null;
  const { data, wrongs } = entered ?? readEdited(f.data);
  const wrong: Wrong = { ...(tried.value ? wrongOf(f) : {}), ...refused(sending.problem.value) };
  const at = sending.problem.value?.field?.replace(/^data\//, '');
  const submit = async (e: Event) => {
    e.preventDefault();
    tried.value = true;
    const now = wrongOf(f);
    if (now.subject || now.rule || Object.keys(wrongs).length) {
      requestAnimationFrame(() =>
        document.querySelector<HTMLElement>('.wrong input, .wrong textarea, .wrong select')?.focus(),
      );
      return;
    }
    const subject = f.subject.trim();
    let made = '';
    const ok = await sending.run(
      async (id) => {
        const rest = JSON.stringify({ ...opening(f, rule), subject }).slice(0, -1);
        const text = `${rest},"data":${writeExact(data)}}`;
        made = ((await (await send('POST', '/v1/approvals', { text, id })).json()) as { id: string }).id;
      },
      [f.how, f.policy, rule, subject, writeExact(data)],
    );
    if (!ok) return;
    draft.drop();
    tell(t('sent'));
    go(`/approvals/${made}`);
  };
  const general =
    sending.problem.value && !refused(sending.problem.value).subject && !refused(sending.problem.value).rule;
  return (
    <Page
      title={t('title')}
      back={{ to: '/requests', text: t('back') }}
      actions={
        draft.kept() && (
          <>
            <span class="soft small">{t('kept')}</span>
            <Button tone="quiet" icon="trash" onClick={draft.drop}>
              {t('drop')}
            </Button>
          </>
        )
      }
    >
      <form class="stack narrow" onSubmit={submit} noValidate>
        <Rule
          f={f}
          set={set}
          policies={
            policies.problem
              ? null
              : (policies.data?.policies ?? []).filter((p) => !p.retired_at && p.current)
          }
          templates={templates.problem ? null : (templates.data?.templates ?? [])}
          checked={checked}
          wrong={wrong.rule}
        />
        <Card title={t('about')}>
          <Field label={t('subject')} error={wrong.subject}>
            {(id, by) => (
              <input
                id={id}
                aria-describedby={by}
                autocomplete="off"
                value={f.subject}
                onInput={(e) => set({ subject: e.currentTarget.value })}
              />
            )}
          </Field>
          {form && entered ? (
            <FormFields
              of={form.components}
              filled={filled}
              wrongs={{
                ...(tried.value ? wrongs : {}),
                ...(at && sending.problem.value ? { [at]: sending.problem.value.message } : {}),
              }}
              at=""
              top={entered.data}
              set={(x) => set({ forms: { ...f.forms, [of.name]: x } })}
            />
          ) : (
            <DataEdit of={f.data} wrongs={wrongs} set={(d) => set({ data: d })} />
          )}
        </Card>
        {general && <Trouble problem={sending.problem.value!} />}
        <div class="dialog-actions">
          <Button type="submit" tone="primary" icon="send" busy={sending.busy.value}>
            {t('send')}
          </Button>
        </div>
      </form>
    </Page>
  );
}
