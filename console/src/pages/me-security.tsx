// me-security.tsx - how one signs in: password, one-time codes, and where one is signed in.
// What the server tells once is shown once, and kept nowhere.
import { useSignal } from '@preact/signals';
import { del, get, Problem, send } from '../lib/api';
import { useChange } from '../lib/change';
import { useLoad } from '../lib/load';
import { me } from '../lib/session';
import { texts, words } from '../lib/text';
import { Button, Card, Chip, Confirm, Copy, Field, Show, Time, Trouble } from '../parts/parts';
import { Qr } from '../parts/qr';
import { tell } from '../parts/toast';

const t = texts({
  password: ['Password', 'パスワード'],
  old: ['Password until now', '今のパスワード'],
  fresh: ['New password', '新しいパスワード'],
  fresh_hint: [
    'At least 12 characters. A sentence of your own is good.',
    '12文字以上。自分だけの文がおすすめです。',
  ],
  by_link: [
    'You came by a link: no old password is needed for 15 minutes.',
    'リンクで入ったので、15分間は今のパスワードなしで設定できます。',
  ],
  change: ['Change password', 'パスワードを変更する'],
  changed: [
    'The password is changed. All other sessions are ended.',
    'パスワードを変更しました。ほかのセッションは終了しました。',
  ],
  totp: ['One-time codes', 'ワンタイムコード'],
  totp_text: [
    'An app on your phone shows six digits that are asked for beside the password.',
    'パスワードに加えて、スマートフォンのアプリが示す6桁の数字を使います。',
  ],
  totp_on: ['on', '有効'],
  totp_off: ['off', '無効'],
  totp_lost: [
    'A code is asked for each time you sign in. Without the app, use a recovery code; whoever looks after accounts can turn them off.',
    'サインインのたびにコードを確認します。アプリが使えないときは回復コードを使ってください。アカウント管理者は無効にできます。',
  ],
  enrol: ['Set up an app', 'アプリを設定する'],
  scan: [
    'Scan this with the app, or type the secret into it.',
    'アプリで読み取るか、秘密の文字列を入力してください。',
  ],
  secret: ['Secret', '秘密の文字列'],
  open_app: ['Open in an app on this device', 'この端末のアプリで開く'],
  code: ['Code that the app shows', 'アプリが示すコード'],
  confirm: ['Turn on', '有効にする'],
  recovery: ['Recovery codes', '回復コード'],
  recovery_text: [
    'One-time codes are on. Each of these lets you in once without the app. They are shown only now: print them or keep them safe.',
    'ワンタイムコードを有効にしました。アプリが使えないとき、それぞれ1回だけ使えます。今しか表示されません。印刷するか、安全な場所に保管してください。',
  ],
  kept: ['I have kept them', '保管しました'],
  sessions: ['Where you are signed in', 'サインイン中の端末'],
  current: ['this one', 'この画面'],
  used: ['used', '最終利用'],
  began: ['signed in', 'サインイン'],
  end: ['End it', '終了する'],
  end_title: ['End this session?', 'このセッションを終了しますか'],
  end_text: ['Whoever uses it has to sign in again.', '使っている人は、もう一度サインインが必要になります。'],
  ended: ['The session is ended.', 'セッションを終了しました。'],
});

const how = words({
  password: ['by password', 'パスワード'],
  totp: ['by password and code', 'パスワードとコード'],
  link: ['by link', 'リンク'],
  oidc: ['by company login', '会社のログイン'],
});

function Password() {
  const change = useChange();
  const submit = async (e: Event) => {
    e.preventDefault();
    const form = e.currentTarget as HTMLFormElement;
    const f = new FormData(form);
    const body: Record<string, string> = { password: f.get('password')!.toString() };
    if (f.get('old')) body['old_password'] = f.get('old')!.toString();
    if (await change.run(() => send('POST', '/v1/me/password', { body }))) {
      tell(t('changed'));
      form.reset();
    }
  };
  return (
    <Card title={t('password')}>
      <form class="stack" onSubmit={submit}>
        <input
          class="visually-hidden"
          autocomplete="username"
          value={me.value?.principal}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <Field label={t('old')} hint={me.value?.how === 'link' ? t('by_link') : undefined}>
          {(id, by) => (
            <input
              id={id}
              name="old"
              type="password"
              autocomplete="current-password"
              aria-describedby={by}
              required={me.value?.how !== 'link'}
            />
          )}
        </Field>
        <Field label={t('fresh')} hint={t('fresh_hint')}>
          {(id, by) => (
            <input
              id={id}
              name="password"
              type="password"
              autocomplete="new-password"
              required
              aria-describedby={by}
            />
          )}
        </Field>
        {change.problem.value && <Trouble problem={change.problem.value} />}
        <p>
          <Button type="submit" busy={change.busy.value}>
            {t('change')}
          </Button>
        </p>
      </form>
    </Card>
  );
}

type Enrolling = { secret: string; url: string } | null;

function Codes() {
  const enrolling = useSignal<Enrolling>(null);
  const recovery = useSignal<readonly string[]>([]);
  const change = useChange();
  const ask = async <T,>(path: string, body: unknown = {}) =>
    (await send('POST', path, { body })).json() as Promise<T>;
  const enrol = () =>
    change.run(async () => {
      enrolling.value = await ask<NonNullable<Enrolling>>('/v1/me/totp');
    });
  const confirm = (e: Event) => {
    e.preventDefault();
    const code = new FormData(e.currentTarget as HTMLFormElement)
      .get('code')!
      .toString()
      .normalize('NFKC')
      .replace(/\s/g, '');
    void change.run(async () => {
      recovery.value = (
        await ask<{ recovery_codes: string[] }>('/v1/me/totp/confirm', { code })
      ).recovery_codes;
      enrolling.value = null;
      me.value = { ...me.value!, totp: true };
    });
  };
  const on = me.value?.totp === true;
  const at = enrolling.value;
  return (
    <Card title={t('totp')}>
      {recovery.value.length > 0 ? (
        <>
          <h3>{t('recovery')}</h3>
          <p>{t('recovery_text')}</p>
          <ul class="codes">
            {recovery.value.map((c) => (
              <li key={c}>
                <code>{c}</code>
              </li>
            ))}
          </ul>
          <p class="row">
            <Copy text={recovery.value.join('\n')} />
            <Button
              onClick={() => {
                recovery.value = [];
              }}
            >
              {t('kept')}
            </Button>
          </p>
        </>
      ) : at ? (
        <form class="stack" onSubmit={confirm}>
          <p>{t('scan')}</p>
          <Qr text={at.url} />
          <dl class="facts">
            <dt>{t('secret')}</dt>
            <dd class="row">
              <code class="secret">{at.secret.replace(/(.{4})(?=.)/g, '$1 ')}</code>
              <Copy text={at.secret} />
            </dd>
          </dl>
          <p>
            <a href={at.url}>{t('open_app')}</a>
          </p>
          <Field label={t('code')}>
            {(id) => <input id={id} name="code" inputMode="numeric" autocomplete="one-time-code" required />}
          </Field>
          {change.problem.value && <Trouble problem={change.problem.value} />}
          <p>
            <Button type="submit" tone="primary" busy={change.busy.value}>
              {t('confirm')}
            </Button>
          </p>
        </form>
      ) : (
        <>
          <p class="row">
            <Chip tone={on ? 'good' : 'plain'}>{t(on ? 'totp_on' : 'totp_off')}</Chip>
          </p>
          <p>{t(on ? 'totp_lost' : 'totp_text')}</p>
          {change.problem.value && <Trouble problem={change.problem.value} />}
          {!on && (
            <p>
              <Button onClick={enrol} busy={change.busy.value}>
                {t('enrol')}
              </Button>
            </p>
          )}
        </>
      )}
    </Card>
  );
}

interface Session {
  id: string;
  how: string;
  current: boolean;
  address?: string;
  client?: string;
  created_at: string;
  used_at: string;
}

function Sessions() {
  const of = useLoad(
    (s) => get<{ sessions: Session[] }>('/v1/sessions', {}, s).then((r) => r.sessions),
    [],
    30_000,
  );
  const ending = useSignal<Session | null>(null);
  return (
    <Card title={t('sessions')}>
      <Show of={of}>
        {(all) => (
          <ul class="lines">
            {all.map((s) => (
              <li key={s.id} class="line">
                <div>
                  <p class="row">
                    <b>{s.address || '–'}</b>
                    {s.current && <Chip tone="good">{t('current')}</Chip>}
                    <span class="soft small">{how(s.how)}</span>
                  </p>
                  <p class="small soft">
                    {t('began')} <Time at={s.created_at} both /> · {t('used')} <Time at={s.used_at} />
                  </p>
                  {s.client && <p class="small soft">{s.client}</p>}
                </div>
                {!s.current && (
                  <Button
                    tone="quiet"
                    onClick={() => {
                      ending.value = s;
                    }}
                  >
                    {t('end')}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </Show>
      {ending.value && (
        <Confirm
          title={t('end_title')}
          action={t('end')}
          danger
          onClose={() => {
            ending.value = null;
          }}
          run={async () => {
            try {
              await del(`/v1/sessions/${ending.value!.id}`);
            } catch (e) {
              if (!(e instanceof Problem && e.status === 404)) throw e; // it has ended by itself
            }
            tell(t('ended'));
            of.again();
          }}
        >
          <p>{t('end_text')}</p>
        </Confirm>
      )}
    </Card>
  );
}

export function Security() {
  return (
    <>
      <div class="grid">
        <Password />
        <Codes />
      </div>
      <Sessions />
    </>
  );
}
