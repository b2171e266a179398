// sign-in.tsx - how a person comes in: by password (and code), by a link that was given to
// them, or, with authentication off, by saying who they are.
import { signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { address, get, Problem, seg, send } from '../lib/api';
import { authOn } from '../lib/root';
import { go, href, place } from '../lib/router';
import { choose, chosen, me, proved, signedIn, signedOut, type Me } from '../lib/session';
import { language, speak, texts } from '../lib/text';
import { Button, Field, Trouble, useModal } from '../parts/parts';

const t = texts({
  sign_in: ['Sign in', 'サインイン'],
  again: ['Sign in again', 'もう一度サインイン'],
  ended: [
    'Your session has ended. What you typed is still there.',
    'セッションが終了しました。入力した内容は残っています。',
  ],
  proof: ['Confirm that it is you', '本人確認'],
  proof_why: [
    'This is done only within 15 minutes after signing in. Sign in again to go on.',
    'この操作はサインインから15分以内に限られます。続けるには、もう一度サインインしてください。',
  ],
  cancel: ['Cancel', 'キャンセル'],
  person: ['Person', '利用者名'],
  password: ['Password', 'パスワード'],
  code: ['One-time code', 'ワンタイムコード'],
  code_hint: ['Six digits from your app, or a recovery code.', 'アプリの6桁の数字、または回復コード'],
  welcome: ['Welcome', 'ようこそ'],
  link: [
    'This link signs you in, once. Afterwards you can set a password in your settings.',
    'このリンクで1回だけサインインできます。その後、自分の設定でパスワードを設定できます。',
  ],
  used: [
    'This link has been used, has expired, or a newer one was made. Ask for another, or sign in here.',
    'このリンクは使用済みか、期限が切れたか、新しいものに替わっています。もう一度発行してもらうか、ここでサインインしてください。',
  ],
  who: ['Who are you?', 'あなたは誰ですか'],
  open: [
    'This server asks nobody for a password. Say who you are; each tab can be somebody else.',
    'このサーバーは認証なしで動いています。誰として使うかを選んでください。タブごとに別の人になれます。',
  ],
  other: ['Somebody else', 'ほかの人'],
  go: ['Go on', '進む'],
  operator: ['Just look, as nobody', '誰でもない人として見る'],
  by: ['Sign in by', '次でサインイン:'],
  language: ['日本語', 'English'],
});

/** Full-width letters and digits are the same person as narrow ones. */
const tidy = (s: string) => s.normalize('NFKC').trim();

function Box({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="sign-in-box">
      <p class="brand">
        <img src={href('/favicon.svg')} alt="" width="40" height="40" />
        <b>ringi</b>
      </p>
      <h1>{title}</h1>
      {children}
      <p class="sign-in-language">
        <button
          type="button"
          class="button quiet"
          lang={language.value === 'ja' ? 'en' : 'ja'}
          onClick={() => speak(language.value === 'ja' ? 'en' : 'ja')}
        >
          {t('language')}
        </button>
      </p>
    </div>
  );
}

function Frame({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <main class="sign-in" id="main">
      <Box title={title}>{children}</Box>
    </main>
  );
}

async function findMe(): Promise<void> {
  try {
    signedIn(authOn ? await get<Me>('/v1/me') : { principal: chosen() });
  } catch {
    signedOut();
  }
}

async function open(body: Record<string, string>): Promise<void> {
  const r = await send('POST', '/v1/sessions', { body });
  const s = (await r.json()) as Me & { person: string };
  const known = await get<Me>('/v1/me').catch(() => null);
  signedIn({ ...s, ...known, principal: s.person });
}

function ByPassword() {
  const needsCode = useSignal(false),
    busy = useSignal(false),
    problem = useSignal<Problem | null>(null);
  const submit = async (e: Event) => {
    e.preventDefault();
    const f = new FormData(e.currentTarget as HTMLFormElement);
    const text = (name: string) => f.get(name)?.toString() ?? '';
    const code = tidy(text('code'));
    const body: Record<string, string> = { person: tidy(text('person')), password: text('password') };
    if (code) body[/^\d{6}$/.test(code) ? 'code' : 'recovery_code'] = code;
    busy.value = true;
    problem.value = null;
    try {
      await open(body);
    } catch (x) {
      if (!(x instanceof Problem)) throw x;
      if (x.code === 'CODE_NEEDED' && !needsCode.value) needsCode.value = true;
      else problem.value = x;
    } finally {
      busy.value = false;
    }
  };
  return (
    <form onSubmit={submit}>
      <Field label={t('person')}>
        {(id) => (
          <input
            id={id}
            name="person"
            defaultValue={me.value?.principal}
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            required
          />
        )}
      </Field>
      <Field label={t('password')}>
        {(id) => <input id={id} name="password" type="password" autocomplete="current-password" required />}
      </Field>
      {needsCode.value && (
        <Field label={t('code')} hint={t('code_hint')}>
          {(id, by) => (
            <input
              id={id}
              name="code"
              inputMode="numeric"
              autocomplete="one-time-code"
              aria-describedby={by}
              required
            />
          )}
        </Field>
      )}
      {problem.value && <Trouble problem={problem.value} />}
      <Button type="submit" tone="primary" busy={busy.value}>
        {t('sign_in')}
      </Button>
    </form>
  );
}

function ByName() {
  const people = useSignal<{ id: string; name?: string }[]>([]);
  useEffect(() => {
    get<{ people: { id: string; name?: string }[] }>('/v1/people', { limit: 50 }).then(
      (r) => {
        people.value = r.people ?? [];
      },
      () => undefined,
    );
  }, []);
  const submit = (e: Event) => {
    e.preventDefault();
    const who = tidy(new FormData(e.currentTarget as HTMLFormElement).get('person')?.toString() ?? '');
    if (who) choose(who);
  };
  return (
    <>
      <p>{t('open')}</p>
      {people.value.length > 0 && (
        <ul class="faces">
          {people.value.map((p) => (
            <li key={p.id}>
              <button type="button" class="button plain" onClick={() => choose(p.id)}>
                <span class="avatar" aria-hidden="true">
                  {[...(p.name ?? p.id)][0]}
                </span>
                <span>
                  {p.name ?? p.id}
                  <small>{p.id}</small>
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <form onSubmit={submit}>
        <Field label={t('other')}>
          {(id) => <input id={id} name="person" autocapitalize="none" spellcheck={false} required />}
        </Field>
        <Button type="submit" tone="primary">
          {t('go')}
        </Button>
      </form>
      <p>
        <Button tone="quiet" onClick={() => choose('operator')}>
          {t('operator')}
        </Button>
      </p>
    </>
  );
}

interface Provider {
  name: string;
  title: string;
}

/** Identity providers: links, because the browser itself goes there and comes back. */
function Elsewhere() {
  const providers = useSignal<Provider[]>([]);
  useEffect(() => {
    get<{ providers: Provider[] }>('/v1/login').then(
      (r) => {
        providers.value = r.providers;
      },
      () => undefined,
    );
  }, []);
  if (providers.value.length === 0) return null;
  const next = location.pathname + location.search;
  return (
    <>
      <p>{t('by')}</p>
      <ul class="faces">
        {providers.value.map((p) => (
          <li key={p.name}>
            <a class="button plain" href={address(`/v1/login/oidc/${seg(p.name)}`, { next })}>
              {p.title}
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The link was none any more. */
const used = signal(false);

/** A link is /login#TOKEN: what is behind # never reaches a log. It is used when the button is
 * pressed, so that what looks at links in mails does not use it up. */
function ByLink({ link }: { link: string }) {
  const problem = useSignal<Problem | null>(null),
    busy = useSignal(false);
  const enter = async () => {
    busy.value = true;
    problem.value = null;
    try {
      await open({ link });
      go('/', { replace: true });
    } catch (e) {
      if (!(e instanceof Problem)) throw e;
      if (e.code !== 'INVALID_LOGIN') problem.value = e;
      else {
        used.value = true;
        go('/', { replace: true });
      }
    } finally {
      busy.value = false;
    }
  };
  if (used.value)
    return (
      <>
        <p role="alert">{t('used')}</p>
        <ByPassword />
        <Elsewhere />
      </>
    );
  return (
    <>
      <p class="soft">{t('link')}</p>
      {problem.value && <Trouble problem={problem.value} />}
      <Button tone="primary" busy={busy.value} onClick={enter}>
        {t('sign_in')}
      </Button>
    </>
  );
}

const linkGiven =
  location.hash.length > 20 && location.pathname.endsWith('/login')
    ? decodeURIComponent(location.hash.slice(1))
    : '';

/** Shown until there is somebody. */
export function SignIn() {
  useEffect(() => {
    if (me.value === undefined && !linkGiven) void findMe();
  }, []);
  if (linkGiven)
    return (
      <Frame title={t(used.value ? 'sign_in' : 'welcome')}>
        <ByLink link={linkGiven} />
      </Frame>
    );
  if (me.value === undefined) return null;
  if (authOn)
    return (
      <Frame title={t('sign_in')}>
        <ByPassword />
        <Elsewhere />
      </Frame>
    );
  return (
    <Frame title={t('who')}>
      <ByName />
    </Frame>
  );
}

/** Over the page of somebody whose session ended: a dialog, because others may be open below. */
export function SignInAgain() {
  const ref = useModal();
  return (
    <dialog ref={ref} class="sign-in over" aria-label={t('again')} onCancel={(e) => e.preventDefault()}>
      <Box title={t('again')}>
        <p>{t('ended')}</p>
        <ByPassword />
      </Box>
    </dialog>
  );
}

/** Over the page, and over the dialog whose action asks for it. */
export function SignInProof() {
  const ref = useModal();
  return (
    <dialog ref={ref} class="sign-in over" aria-label={t('proof')} onCancel={() => proved(false)}>
      <Box title={t('proof')}>
        <p>{t('proof_why')}</p>
        <ByPassword />
        <Elsewhere />
        <Button tone="quiet" onClick={() => proved(false)}>
          {t('cancel')}
        </Button>
      </Box>
    </dialog>
  );
}

export const somebody = () => !!me.value?.principal && !(linkGiven && place.value.path === '/login');
