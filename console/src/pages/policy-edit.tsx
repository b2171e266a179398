// policy-edit.tsx - a policy is made or changed: as a tree or as its text, each in step with the
// other, with what it means or why it cannot be while one works. Of a template: by its blanks.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { get, Problem, seg, send, whole } from '../lib/api';
import { useChange } from '../lib/change';
import { useLoad } from '../lib/load';
import { lean, placeOf, textOf, type Policy } from '../lib/policy';
import { go, place } from '../lib/router';
import { language, texts } from '../lib/text';
import { Button, Card, Field, Page, Show, Trouble } from '../parts/parts';
import { type PolicyVersion } from '../parts/policy-info';
import { Place, placeId, type Reason } from '../parts/policy-parts';
import { PolicyTree } from '../parts/policy-tree';
import { PolicyWhole } from '../parts/policy-whole';
import { Blanks, blanksOf, valuesOf, type Template } from '../parts/policy-blanks';
import { tell } from '../parts/toast';
import type { Args } from './pages';

const t = texts({
  back: ['Policies', 'ポリシー'],
  make: ['New policy', 'ポリシーを作る'],
  edit: ['Change {name}', '{name} を変更する'],
  name: ['Name', '名前'],
  name_hint: ['Letters, digits and - _ . as expense-large', '英数字と - _ .（例：expense-large）'],
  taken: [
    'There is a policy of this name already. Open it to change it.',
    'この名前のポリシーはもうあります。変更するには開いてください。',
  ],
  tree: ['Who has to agree', '承認が必要な人'],
  text: ['The same as text', '同じ内容のテキスト'],
  text_wrong: [
    'This is no JSON yet; the tree stays as it was.',
    'まだ JSON として読めません。ツリーは前のままです。',
  ],
  means: ['What it means', 'このポリシーの意味'],
  cannot: ['It cannot be so', 'このままでは成り立ちません'],
  checking: ['looking…', '確認中…'],
  whole: ['For the whole', '全体の決まり'],
  note: ['Why', '理由'],
  note_hint: ['Kept with the version.', '版と一緒に残ります。'],
  four: ['Changes wait until a second person accepts them', '変更には 2 人目の確認を必要とする'],
  save: ['Save as a new version', '新しい版として保存'],
  save_new: ['Make it', '作成する'],
  saved: ['Version {n} is in force.', '第 {n} 版が有効になりました。'],
  proposed: ['Version {n} waits for a second person.', '第 {n} 版は 2 人目の確認を待っています。'],
  same: ['Nothing has changed.', '変わったところはありません。'],
  as_tree: ['Change it freely instead', 'ひな形を使わずに変更する'],
  of_template: ['Template {name}', 'ひな形 {name}'],
});

interface Check {
  valid: boolean;
  words?: { en: string; ja: string };
  policy?: Policy;
  reasons: Reason[];
}

/** Asks the server a moment after the last change. */
function useCheck(body: unknown) {
  const found = useSignal<Check | Problem | null>(null);
  const key = JSON.stringify(body);
  useEffect(() => {
    if (key === undefined) return;
    const stop = new AbortController();
    const wait = setTimeout(() => {
      send('POST', '/v1/policies:check', { body, signal: stop.signal })
        .then((r) => r.json() as Promise<Check>)
        .then(
          (c) => {
            found.value = c;
          },
          (e: unknown) => {
            if (e instanceof Problem) found.value = e;
          },
        );
    }, 200);
    return () => {
      clearTimeout(wait);
      stop.abort();
    };
  }, [key]);
  return found;
}

function Verdict({ of }: { of: Check | Problem | null }) {
  return (
    <div class="verdict" aria-live="polite">
      {of === null ? (
        <p class="soft">{t('checking')}</p>
      ) : of instanceof Problem ? (
        <Trouble problem={of} />
      ) : of.valid ? (
        <Card title={t('means')} class="good">
          <p>{of.words?.[language.value]}</p>
        </Card>
      ) : (
        <Card title={t('cannot')} class="bad">
          <ul>
            {of.reasons.map((r, i) => (
              <li key={i}>
                <a
                  href={`#${placeId(placeOf(r.path))}`}
                  onClick={(e) => {
                    e.preventDefault();
                    document.getElementById(placeId(placeOf(r.path)))?.focus();
                  }}
                >
                  {r.path || '/'}
                </a>{' '}
                {r[language.value]}
              </li>
            ))}
          </ul>
        </Card>
      )}
    </div>
  );
}

/** Names to choose from; who may not list them types them. */
function Names() {
  const none = () => [];
  const of = useLoad(async (s) => {
    const [people, groups, posts, departments] = await Promise.all([
      get<{ people: { id: string; name: string }[] }>('/v1/people', { active: true, limit: 200 }, s).then(
        (r) => r.people,
        none,
      ),
      whole<{ name: string; title?: string }>('/v1/people-groups', 'groups', s).catch(none),
      whole<{ code: string; name: string }>('/v1/posts', 'posts', s).catch(none),
      whole<{ code: string; name: string }>('/v1/departments', 'departments', s).catch(none),
    ]);
    return [
      ['people', people.map((x) => [x.id, x.name])],
      ['groups', groups.map((x) => [x.name, x.title])],
      ['posts', posts.map((x) => [x.code, x.name])],
      [
        'departments',
        [
          ['applicant.department'],
          ['applicant.department.parent'],
          ...departments.map((x) => [x.code, x.name]),
        ],
      ],
    ] as [string, (string | undefined)[][]][];
  }, []);
  return (
    <>
      {of.data?.map(([kind, all]) => (
        <datalist key={kind} id={`policy-${kind}`}>
          {all.map(([v, label]) => (
            <option key={v} value={v}>
              {label}
            </option>
          ))}
        </datalist>
      ))}
    </>
  );
}

function ByTree({
  policy,
  check,
  change,
}: {
  policy: Policy;
  check: Check | Problem | null;
  change: (p: Policy) => void;
}) {
  const text = useSignal(textOf(policy)),
    broken = useSignal(false),
    typing = useRef(false);
  // While somebody types the text it is theirs; otherwise it follows the tree.
  if (!typing.current && !broken.peek()) text.value = textOf(policy);
  const type = (v: string) => {
    text.value = v;
    try {
      const p: unknown = JSON.parse(v);
      broken.value = typeof p !== 'object' || p === null || Array.isArray(p);
      if (!broken.value) change(p as Policy);
    } catch {
      broken.value = true;
    }
  };
  const wrong = new Map<string, Reason[]>();
  if (check && !(check instanceof Problem))
    for (const r of check.reasons) {
      const at = placeOf(r.path).join('.');
      wrong.set(at, [...(wrong.get(at) ?? []), r]);
    }
  const set = (p: Policy) => {
    broken.value = false;
    change(p);
  };
  return (
    <div class="sides">
      <div class="stack">
        <Card title={t('tree')}>
          <Place e={{ policy, change: set, wrong }} m={policy} />
          <Names />
        </Card>
        <Card title={t('whole')}>
          <PolicyWhole policy={policy} change={set} />
        </Card>
      </div>
      <div class="stack sticky">
        <Verdict of={check} />
        <Card>
          <Field label={t('text')} error={broken.value ? t('text_wrong') : undefined}>
            {(id, by) => (
              <textarea
                id={id}
                class="mono"
                rows={18}
                spellcheck={false}
                aria-describedby={by}
                value={text.value}
                onFocus={() => {
                  typing.current = true;
                }}
                onBlur={() => {
                  typing.current = false;
                  if (!broken.value) text.value = textOf(policy);
                }}
                onInput={(e) => type(e.currentTarget.value)}
              />
            )}
          </Field>
        </Card>
      </div>
    </div>
  );
}

function ByTemplate({
  template,
  values,
  check,
  change,
}: {
  template: Template;
  values: Record<string, string>;
  check: Check | Problem | null;
  change: (v: Record<string, string>) => void;
}) {
  return (
    <div class="sides">
      <Card title={t('of_template', { name: template.name })}>
        {template.note && <p class="soft">{template.note}</p>}
        <Blanks of={template} values={values} change={change} />
      </Card>
      <div class="stack sticky">
        <Verdict of={check} />
        {check && !(check instanceof Problem) && check.policy && (
          <Card title={t('tree')}>
            <PolicyTree policy={check.policy} />
          </Card>
        )}
      </div>
    </div>
  );
}

interface Start {
  name?: string;
  etag?: string;
  policy: Policy;
  four_eyes: boolean;
  template?: Template;
  parameters?: Record<string, unknown>;
}

async function startOf(
  name: string | undefined,
  template: string | null,
  signal: AbortSignal,
): Promise<Start> {
  const made = (n: string) => get<Template>(`/v1/policy-templates/${seg(n)}`, {}, signal);
  if (!name)
    return {
      policy: { need: 'all', of: [{ user: '' }] },
      four_eyes: false,
      template: template ? await made(template) : undefined,
    };
  const newest = (
    await get<{ versions: PolicyVersion[] }>(`/v1/policies/${seg(name)}/versions`, { limit: 1 }, signal)
  ).versions[0]!;
  const etag = (await send('GET', `/v1/policies/${seg(name)}`, { signal })).headers.get('ETag') ?? undefined;
  const of = newest.template ? await made(newest.template).catch(() => undefined) : undefined;
  return {
    name,
    etag,
    policy: lean(newest.policy),
    four_eyes: newest.four_eyes,
    template: of,
    parameters: newest.parameters,
  };
}

interface Saved {
  name: string;
  version: number;
  state: string;
  changed: boolean;
}

async function save(start: Start, name: string, body: object): Promise<Saved> {
  if (!start.name) {
    const there = await get(`/v1/policies/${seg(name)}`).then(
      () => true,
      (e: unknown) => !(e instanceof Problem && e.status === 404),
    );
    if (there) throw new Problem(409, 'CONFLICT', t('taken'));
  }
  const headers: Record<string, string> = start.etag ? { 'If-Match': start.etag } : {};
  return (await send('PUT', `/v1/policies/${seg(name)}`, { body, headers })).json() as Promise<Saved>;
}

function Editor({ start }: { start: Start }) {
  const policy = useSignal(start.policy),
    name = useSignal(start.name ?? ''),
    note = useSignal('');
  const four = useSignal(start.four_eyes),
    template = useSignal(start.template);
  const values = useSignal(start.template ? blanksOf(start.template, start.parameters) : {});
  const change = useChange();
  const what = template.value
    ? { template: template.value.name, parameters: template.value && valuesOf(template.value, values.value) }
    : { policy: policy.value };
  const check = useCheck(what);
  const submit = (e: Event) => {
    e.preventDefault();
    void change.run(async () => {
      const body = { ...what, four_eyes: four.value, note: note.value.trim() || undefined };
      const r = await save(start, name.value.normalize('NFKC').trim(), body);
      tell(!r.changed ? t('same') : t(r.state === 'PROPOSED' ? 'proposed' : 'saved', { n: r.version }));
      go(`/policies/${seg(r.name)}`);
    });
  };
  const valid = check.value !== null && !(check.value instanceof Problem) && check.value.valid;
  return (
    <form class="stack" onSubmit={submit}>
      {!start.name && (
        <Card>
          <Field label={t('name')} hint={t('name_hint')}>
            {(id, by) => (
              <input
                id={id}
                class="wide-field"
                value={name.value}
                required
                autocapitalize="none"
                spellcheck={false}
                autocomplete="off"
                aria-describedby={by}
                onInput={(e) => {
                  name.value = e.currentTarget.value;
                }}
              />
            )}
          </Field>
        </Card>
      )}
      {template.value ? (
        <>
          <ByTemplate
            template={template.value}
            values={values.value}
            check={check.value}
            change={(v) => {
              values.value = v;
            }}
          />
          <p>
            <Button
              tone="quiet"
              onClick={() => {
                const c = check.value;
                if (c && !(c instanceof Problem) && c.policy) policy.value = lean(c.policy);
                template.value = undefined;
              }}
            >
              {t('as_tree')}
            </Button>
          </p>
        </>
      ) : (
        <ByTree
          policy={policy.value}
          check={check.value}
          change={(p) => {
            policy.value = p;
          }}
        />
      )}
      <Card>
        <Field label={t('note')} hint={t('note_hint')}>
          {(id, by) => (
            <input
              id={id}
              value={note.value}
              aria-describedby={by}
              onInput={(e) => {
                note.value = e.currentTarget.value;
              }}
            />
          )}
        </Field>
        <label class="tick">
          <input
            type="checkbox"
            checked={four.value}
            onChange={(e) => {
              four.value = e.currentTarget.checked;
            }}
          />
          {t('four')}
        </label>
        {change.problem.value && <Trouble problem={change.problem.value} />}
        <p>
          <Button type="submit" tone="primary" busy={change.busy.value} disabled={!valid}>
            {start.name ? t('save') : t('save_new')}
          </Button>
        </p>
      </Card>
    </form>
  );
}

export default function PolicyEdit({ args }: { args: Args }) {
  const name = args['name'];
  const template = place.value.query.get('template');
  const of = useLoad((s) => startOf(name, template, s), [name, template]);
  return (
    <Page
      back={{ to: name ? `/policies/${seg(name)}` : '/policies', text: name ?? t('back') }}
      title={name ? t('edit', { name }) : t('make')}
    >
      <Show of={of}>{(start) => <Editor start={start} />}</Show>
    </Page>
  );
}
