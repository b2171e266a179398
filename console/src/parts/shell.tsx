// shell.tsx - what stands around every page: menu, search, who one is, language, colours.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { del } from '../lib/api';
import { zone } from '../lib/format';
import { shortcuts, useKeys } from '../lib/keys';
import { authOn, version } from '../lib/root';
import { match } from '../lib/pattern';
import { go, href, place } from '../lib/router';
import { choose, may, me, signedOut } from '../lib/session';
import { language, say, speak, texts } from '../lib/text';
import { groups, pages, type PageEntry } from '../pages/pages';
import { Bell } from './bell';
import { Icon } from './icon';
import { Avatar, Who } from './people';
import { Button, Dialog } from './parts';
import { setTheme, theme } from './theme';
import { Toasts, tellProblem } from './toast';

const t = texts({
  skip: ['Skip to content', '本文へ'],
  menu: ['Menu', 'メニュー'],
  search: ['Search: id, number, person, word', '検索（ID、番号、人、ことば）'],
  search_short: ['Search', '検索'],
  mine: ['My settings', '自分の設定'],
  sign_out: ['Sign out', 'サインアウト'],
  change: ['Change person', '人を替える'],
  dark: ['Dark or light', '明るさを切り替える'],
  language: ['日本語', 'English'],
  shortcuts: ['Keyboard shortcuts', 'キーボードショートカット'],
  zone: ['Times are in {zone}', '時刻は {zone}'],
});

const all = pages.filter((p) => p.menu);
const menu = () => all.filter((p) => !p.menu!.needs || may(p.menu!.needs));
const current = (p: PageEntry) =>
  match(p.path, place.value.path) !== null || (p.path !== '/' && place.value.path.startsWith(`${p.path}/`));

function Menu() {
  return (
    <nav class="menu" aria-label={t('menu')}>
      {(Object.keys(groups) as (keyof typeof groups)[]).map((g) => {
        const of = menu().filter((p) => p.menu!.group === g);
        return (
          of.length > 0 && (
            <div key={g} class={`menu-group ${g}`}>
              <p>{say(groups[g])}</p>
              <ul>
                {of.map((p) => (
                  <li key={p.path}>
                    <a href={href(p.path)} aria-current={current(p) ? 'page' : undefined}>
                      <Icon name={p.menu!.icon} />
                      <span>{say(p.title)}</span>
                    </a>
                  </li>
                ))}
              </ul>
            </div>
          )
        );
      })}
    </nav>
  );
}

const narrow = matchMedia('(max-width: 30rem)').matches;

function Search() {
  const submit = (e: Event) => {
    e.preventDefault();
    const q = new FormData(e.currentTarget as HTMLFormElement).get('q')?.toString().trim();
    if (q) go(`/search?q=${encodeURIComponent(q)}`);
  };
  return (
    <form class="search" role="search" onSubmit={submit}>
      <Icon name="search" size={18} />
      <input
        id="search"
        name="q"
        type="search"
        placeholder={t(narrow ? 'search_short' : 'search')}
        aria-label={t('search')}
        autocomplete="off"
        key={place.value.path === '/search' ? (place.value.query.get('q') ?? '') : ''}
        defaultValue={place.value.path === '/search' ? (place.value.query.get('q') ?? '') : ''}
      />
    </form>
  );
}

async function leave() {
  try {
    await del('/v1/sessions/current');
    signedOut();
    go('/');
  } catch (e) {
    tellProblem(e);
  }
}

function Person() {
  const who = me.value!.principal;
  return (
    <div class="person">
      <a class="person-link" href={href('/me')} title={t('mine')}>
        <Avatar id={who || '?'} />
        <span class="person-name">
          <Who id={who} />
        </span>
        <span class="visually-hidden">{t('mine')}</span>
      </a>
      {authOn ? (
        <Button tone="quiet" icon="out" label={t('sign_out')} onClick={leave} />
      ) : (
        <Button tone="quiet" icon="person" label={t('change')} onClick={() => choose('')} />
      )}
    </div>
  );
}

function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t('shortcuts')} onClose={onClose}>
      <dl class="shortcuts">
        {shortcuts.value.map((k) => (
          <div key={k.key}>
            <dt>
              <kbd>{k.key}</kbd>
            </dt>
            <dd>{say(k.what)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

export function Shell({ children }: { children: ComponentChildren }) {
  const help = useSignal(false),
    open = useSignal(false);
  useKeys([
    {
      key: '?',
      what: ['This list', 'この一覧'],
      run: () => {
        help.value = true;
      },
    },
    { key: '/', what: ['Search', '検索へ'], run: () => document.getElementById('search')?.focus() },
    ...menu().map((p) => ({ key: `g ${p.menu!.key}`, what: p.title, run: () => go(p.path) })),
  ]);
  useEffect(() => {
    open.value = false;
  }, [place.value.path]);
  return (
    <div class={`shell ${open.value ? 'menu-open' : ''}`}>
      <a class="skip" href="#main">
        {t('skip')}
      </a>
      <header class="top">
        <Button
          tone="quiet"
          icon="queue"
          label={t('menu')}
          onClick={() => {
            open.value = !open.value;
          }}
        />
        <a class="brand" href={href('/')}>
          <img src={href('/favicon.svg')} alt="" width="28" height="28" />
          <b>ringi</b>
        </a>
        <Search />
        <Bell />
        <Button
          tone="quiet"
          icon="moon"
          label={t('dark')}
          onClick={() => setTheme(theme.value === 'dark' ? 'light' : 'dark')}
        />
        <button
          type="button"
          class="button quiet"
          lang={language.value === 'ja' ? 'en' : 'ja'}
          onClick={() => speak(language.value === 'ja' ? 'en' : 'ja')}
        >
          {t('language')}
        </button>
        <Person />
      </header>
      <aside class="side">
        <Menu />
        <p class="side-out">
          {authOn ? (
            <Button icon="out" onClick={leave}>
              {t('sign_out')}
            </Button>
          ) : (
            <Button icon="person" onClick={() => choose('')}>
              {t('change')}
            </Button>
          )}
        </p>
        <p class="small faint">
          {t('zone', { zone: zone.value })}
          <br />
          ringi {version}
        </p>
      </aside>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <Toasts />
      {help.value && (
        <Shortcuts
          onClose={() => {
            help.value = false;
          }}
        />
      )}
    </div>
  );
}
