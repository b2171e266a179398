// access.tsx - who and what may come in: accounts of people, roles, keys of programs; and why
// somebody may or may not.
import { useSignal } from '@preact/signals';
import { del, get, put, seg, send, whole } from '../lib/api';
import { useChange } from '../lib/change';
import { useLoad } from '../lib/load';
import { place } from '../lib/router';
import { authOn } from '../lib/root';
import { texts } from '../lib/text';
import { Keys } from '../parts/access-keys';
import { Once } from '../parts/once';
import {
  Button,
  Card,
  Chip,
  Confirm,
  Dialog,
  Empty,
  Field,
  Link,
  Page,
  Show,
  Time,
  Trouble,
} from '../parts/parts';
import { Rows } from '../parts/rows';
import { PersonField, tidy } from '../parts/person-field';
import { Tabs } from '../parts/tabs';
import { tell } from '../parts/toast';

const t = texts({
  title: ['Access', 'アクセス'],
  lead: ['Who may come in, what they may do, and why.', '誰が入れて、何ができるか。その理由も分かります。'],
  accounts: ['Accounts', 'アカウント'],
  roles: ['Roles', 'ロール'],
  keys: ['Keys', 'アクセスキー'],
  why: ['Why may I?', '権限の理由'],
  person: ['Person', '人'],
  signs_in: ['Signs in by', 'サインイン方法'],
  password: ['password', 'パスワード'],
  code: ['one-time code', 'ワンタイムコード'],
  company: ['company login', '会社のログイン'],
  nothing: ['nothing yet', 'まだありません'],
  last: ['Last signed in', '最終サインイン'],
  disabled: ['disabled', '停止中'],
  add: ['New account', 'アカウントを作る'],
  added: [
    '{who} has an account. Give them a link to come in.',
    '{who} さんのアカウントを作りました。入るためのリンクを渡してください。',
  ],
  link: ['Link to sign in', 'サインイン用リンク'],
  link_text: [
    'Whoever has this link can sign in as {who}, once. It is shown only now; hand it over on a safe way.',
    'このリンクを持つ人は、{who} さんとして 1 回だけサインインできます。今しか表示されません。安全な方法で渡してください。',
  ],
  disable: ['Disable', '停止する'],
  enable: ['Enable', '再開する'],
  disable_title: ['Disable {who}?', '{who} さんを停止しますか'],
  disable_text: ['All their sessions end at once.', 'すべてのセッションがすぐに終わります。'],
  logout: ['End sessions', 'セッションを終了'],
  logged_out: ['All sessions of {who} are ended.', '{who} さんのセッションをすべて終了しました。'],
  no_accounts: ['Nobody has an account yet', 'アカウントはまだありません'],
  no_auth: [
    'This server runs without authentication: everybody may do everything. Accounts and rights count once it is on.',
    'このサーバーは認証なしで動いているため、誰でも何でもできます。アカウントと権限は、認証を有効にしたときに使われます。',
  ],
  rules: ['Rules', '規則'],
  note: ['What for', '用途'],
  holders: ['Who has it', '持っている人'],
  built_in: ['built in', '組み込み'],
  give: ['Give', '与える'],
  given: ['{who} has the role {role}.', '{who} さんにロール {role} を与えました。'],
  take: ['Take away', '外す'],
  nobody: ['nobody', 'なし'],
  action: ['Action', '操作'],
  action_hint: [
    'For example ringi:GetQueue, sqs:SendMessage, ringi:PutPolicy',
    '例：ringi:GetQueue、sqs:SendMessage、ringi:PutPolicy',
  ],
  resource: ['On what', '対象'],
  resource_hint: [
    'The name of a queue, policy, person, … Empty: none in particular.',
    'キュー、ポリシー、人などの名前。空なら指定なし',
  ],
  who: ['Who', '誰'],
  who_hint: ['A person, or key:NAME. Empty: I.', '人、または key:名前。空なら自分'],
  own: ['as if it were their own', '自分のものとして'],
  department: ['as if it were of their department', '自分の部署のものとして'],
  ask: ['Tell me', '確かめる'],
  may: ['{who} may {action}', '{who} は {action} ができます'],
  may_not: ['{who} may not {action}', '{who} は {action} ができません'],
  by_rule: ['by the rule', '根拠の規則'],
  by_role: ['of the role', 'ロール'],
  if_own: ['It would be allowed on what is their own.', '自分のものになら許されます。'],
  if_department: [
    'It would be allowed on what is of their department.',
    '自分の部署のものになら許されます。',
  ],
});

// These operations take no id: they answer with what is told once, or do the same twice.
const act = async <T,>(path: string, body: unknown = {}) => {
  const r = await send('POST', path, { body });
  return (r.status === 204 ? undefined : await r.json()) as T;
};

// ---- accounts

interface Account {
  person: string;
  disabled: boolean;
  password: boolean;
  totp: boolean;
  oidc_subject?: string;
  last_login_at?: string;
}

function OneAccount({
  a,
  again,
  link,
}: {
  a: Account;
  again: () => void;
  link: (who: string) => Promise<unknown>;
}) {
  const change = useChange();
  const asking = useSignal(false);
  const path = `/v1/accounts/${seg(a.person)}`;
  const by = [a.password && t('password'), a.totp && t('code'), a.oidc_subject && t('company')]
    .filter((x) => x)
    .join(', ');
  return (
    <tr>
      <td>
        <Link to={`/people/${seg(a.person)}`}>{a.person}</Link>{' '}
        {a.disabled && <Chip tone="bad">{t('disabled')}</Chip>}
        {change.problem.value && <Trouble problem={change.problem.value} />}
      </td>
      <td>{by || <span class="faint">{t('nothing')}</span>}</td>
      <td>
        <Time at={a.last_login_at} />
      </td>
      <td>
        <span class="actions">
          <Button
            tone="quiet"
            busy={change.busy.value}
            onClick={() => {
              void change.run(() => link(a.person));
            }}
          >
            {t('link')}
          </Button>
          <Button
            tone="quiet"
            busy={change.busy.value}
            onClick={() => {
              void change.run(async () => {
                await act(`${path}/logout`);
                tell(t('logged_out', { who: a.person }));
              });
            }}
          >
            {t('logout')}
          </Button>
          {a.disabled ? (
            <Button
              tone="quiet"
              busy={change.busy.value}
              onClick={() => {
                void change.run(async () => {
                  await act(`${path}/enable`);
                  again();
                });
              }}
            >
              {t('enable')}
            </Button>
          ) : (
            <Button
              tone="quiet"
              onClick={() => {
                asking.value = true;
              }}
            >
              {t('disable')}
            </Button>
          )}
        </span>
        {asking.value && (
          <Confirm
            title={t('disable_title', { who: a.person })}
            action={t('disable')}
            danger
            onClose={() => {
              asking.value = false;
            }}
            run={async () => {
              await act(`${path}/disable`);
              again();
            }}
          >
            <p>{t('disable_text')}</p>
          </Confirm>
        )}
      </td>
    </tr>
  );
}

function NewAccount({ onClose, done }: { onClose: () => void; done: (who: string) => void }) {
  const who = useSignal('');
  const change = useChange();
  const submit = async (e: Event) => {
    e.preventDefault();
    const person = tidy(who.value);
    if (await change.run(() => act('/v1/accounts', { person }))) done(person);
  };
  return (
    <Dialog title={t('add')} onClose={onClose}>
      <form onSubmit={submit}>
        <PersonField
          label={t('person')}
          value={who.value}
          onInput={(v) => {
            who.value = v;
          }}
        />
        {change.problem.value && <Trouble problem={change.problem.value} />}
        <div class="dialog-actions">
          <Button type="submit" tone="primary" busy={change.busy.value}>
            {t('add')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Accounts() {
  const of = useLoad((s) => whole<Account>('/v1/accounts', 'accounts', s), []);
  const adding = useSignal(false);
  const link = useSignal<{ who: string; url: string; ends_at: string } | null>(null);
  const makeLink = async (who: string) => {
    const r = await act<{ url: string; ends_at: string }>(`/v1/accounts/${seg(who)}/link`);
    link.value = { who, ...r };
  };
  return (
    <>
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
      <Show of={of}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="people" title={t('no_accounts')} />
          ) : (
            <Card class="flush">
              <div class="scroll" tabIndex={0} role="region" aria-label={t('accounts')}>
                <Rows>
                  <thead>
                    <tr>
                      <th scope="col">{t('person')}</th>
                      <th scope="col">{t('signs_in')}</th>
                      <th scope="col">{t('last')}</th>
                      <th scope="col">
                        <span class="visually-hidden">{t('action')}</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {all.map((a) => (
                      <OneAccount key={a.person} a={a} again={of.again} link={makeLink} />
                    ))}
                  </tbody>
                </Rows>
              </div>
            </Card>
          )
        }
      </Show>
      {adding.value && (
        <NewAccount
          onClose={() => {
            adding.value = false;
          }}
          done={(who) => {
            adding.value = false;
            tell(t('added', { who }));
            of.again();
          }}
        />
      )}
      {link.value && (
        <Once
          title={t('link')}
          text={t('link_text', { who: link.value.who })}
          secrets={[[t('link'), link.value.url]]}
          onClose={() => {
            link.value = null;
          }}
        />
      )}
    </>
  );
}

// ---- roles

interface Role {
  name: string;
  rules: string[];
  note?: string;
  built_in?: boolean;
}

function Holders({ role }: { role: string }) {
  const of = useLoad(
    (s) => get<{ holders: { holder: string }[] }>(`/v1/roles/${seg(role)}`, {}, s).then((r) => r.holders),
    [role],
  );
  const who = useSignal('');
  const change = useChange();
  const path = (person: string) => `/v1/roles/${seg(role)}/holders/${seg(`user:${person}`)}`;
  const give = async (e: Event) => {
    e.preventDefault();
    const person = tidy(who.value);
    if (await change.run(() => put(path(person), {}))) {
      tell(t('given', { who: person, role }));
      who.value = '';
      of.again();
    }
  };
  const take = (person: string) =>
    void change.run(async () => {
      await del(path(person));
      of.again();
    });
  return (
    <>
      <h3>{t('holders')}</h3>
      <Show of={of}>
        {(all) => (
          <ul class="row">
            {all.length === 0 && <li class="soft">{t('nobody')}</li>}
            {all.map((h) => {
              const person = h.holder.replace(/^user:/, '');
              return (
                <li key={h.holder} class="chip">
                  {person}
                  <Button
                    tone="quiet"
                    icon="cross"
                    label={`${t('take')}: ${person}`}
                    onClick={() => take(person)}
                  />
                </li>
              );
            })}
          </ul>
        )}
      </Show>
      <form class="row give" onSubmit={give}>
        <PersonField
          label={t('person')}
          value={who.value}
          onInput={(v) => {
            who.value = v;
          }}
        />
        <Button type="submit" busy={change.busy.value}>
          {t('give')}
        </Button>
      </form>
      {change.problem.value && <Trouble problem={change.problem.value} />}
    </>
  );
}

function Roles() {
  const of = useLoad((s) => get<{ roles: Role[] }>('/v1/roles', {}, s).then((r) => r.roles), []);
  const open = useSignal<ReadonlySet<string>>(new Set());
  return (
    <Show of={of}>
      {(all) => (
        <Card>
          <ul class="lines">
            {all.map((r) => (
              <li key={r.name} class="line">
                <details
                  onToggle={(e) => {
                    if (e.currentTarget.open) open.value = new Set([...open.value, r.name]);
                  }}
                >
                  <summary>
                    {r.name} {r.built_in && <Chip>{t('built_in')}</Chip>}{' '}
                    <span class="small soft">{r.note}</span>
                  </summary>
                  <div class="stack">
                    <pre>{r.rules.join('\n')}</pre>
                    {open.value.has(r.name) && r.name !== 'person' && <Holders role={r.name} />}
                  </div>
                </details>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </Show>
  );
}

// ---- why

interface Explained {
  principal: string;
  action: string;
  allowed: boolean;
  reason: string;
  rule?: string;
  role?: string;
  allowed_if?: string[];
}

function Why() {
  const answer = useSignal<Explained | null>(null);
  const change = useChange();
  const q = place.value.query;
  const submit = (e: Event) => {
    e.preventDefault();
    const f = new FormData(e.currentTarget as HTMLFormElement);
    const text = (k: string) => tidy(f.get(k)?.toString() ?? '');
    void change.run(async () => {
      answer.value = null;
      answer.value = await get<Explained>('/v1/rights:explain', {
        action: text('action'),
        resource: text('resource'),
        principal: text('who'),
        own: f.has('own') || null,
        department: f.has('department') || null,
      });
    });
  };
  const a = answer.value;
  return (
    <Card title={t('why')}>
      <form class="stack" onSubmit={submit}>
        <div class="pair">
          <Field label={t('action')} hint={t('action_hint')}>
            {(id, by) => (
              <input
                id={id}
                name="action"
                required
                defaultValue={q.get('action') ?? ''}
                aria-describedby={by}
                autocapitalize="none"
                spellcheck={false}
              />
            )}
          </Field>
          <Field label={t('resource')} hint={t('resource_hint')}>
            {(id, by) => (
              <input
                id={id}
                name="resource"
                defaultValue={q.get('resource') ?? ''}
                aria-describedby={by}
                autocapitalize="none"
                spellcheck={false}
              />
            )}
          </Field>
          <Field label={t('who')} hint={t('who_hint')}>
            {(id, by) => (
              <input
                id={id}
                name="who"
                defaultValue={q.get('who') ?? ''}
                aria-describedby={by}
                autocapitalize="none"
                spellcheck={false}
              />
            )}
          </Field>
        </div>
        <div>
          <label class="tick">
            <input type="checkbox" name="own" />
            {t('own')}
          </label>
          <label class="tick">
            <input type="checkbox" name="department" />
            {t('department')}
          </label>
        </div>
        {change.problem.value && <Trouble problem={change.problem.value} />}
        <p>
          <Button type="submit" tone="primary" busy={change.busy.value}>
            {t('ask')}
          </Button>
        </p>
      </form>
      <div aria-live="polite">
        {a && (
          <div class="stack said">
            <p>
              <Chip tone={a.allowed ? 'good' : 'bad'}>
                {t(a.allowed ? 'may' : 'may_not', { who: a.principal, action: a.action })}
              </Chip>
            </p>
            <p>{a.reason}</p>
            {(a.rule || a.role) && (
              <dl class="facts">
                {a.rule && (
                  <>
                    <dt>{t('by_rule')}</dt>
                    <dd>
                      <code>{a.rule}</code>
                    </dd>
                  </>
                )}
                {a.role && (
                  <>
                    <dt>{t('by_role')}</dt>
                    <dd>{a.role}</dd>
                  </>
                )}
              </dl>
            )}
            {a.allowed_if?.includes('own') && <p>{t('if_own')}</p>}
            {a.allowed_if?.includes('department') && <p>{t('if_department')}</p>}
          </div>
        )}
      </div>
    </Card>
  );
}

export default function Access() {
  return (
    <Page title={t('title')} lead={t('lead')}>
      {!authOn && <p class="said">{t('no_auth')}</p>}
      <Tabs
        label={t('title')}
        of={[
          { show: '', title: t('accounts'), view: () => <Accounts /> },
          { show: 'roles', title: t('roles'), view: () => <Roles /> },
          { show: 'keys', title: t('keys'), view: () => <Keys /> },
          { show: 'why', title: t('why'), view: () => <Why /> },
        ]}
      />
    </Page>
  );
}
