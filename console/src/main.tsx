// main.tsx - the console: somebody signs in, then the page of the address is shown.
import { effect, signal } from '@preact/signals';
import { render, type FunctionComponent } from 'preact';
import { match } from './lib/pattern';
import { href, place } from './lib/router';
import { ended, me, proofs } from './lib/session';
import { say, texts } from './lib/text';
import { Button, Empty, Page } from './parts/parts';
import { Shell } from './parts/shell';
import './parts/theme';
import { pages, type Args, type PageEntry } from './pages/pages';
import { SignIn, SignInAgain, SignInProof, somebody } from './pages/sign-in';

const t = texts({
  nothing: ['There is nothing at this address', 'このアドレスには何もありません'],
  nothing_hint: [
    'Perhaps it was removed, or the link is incomplete.',
    '削除されたか、リンクが途中で切れているのかもしれません。',
  ],
  stale: ['A newer version of this page is there', '新しい版があります'],
  reload: ['Load it again', '読み込み直す'],
});

interface Shown {
  entry: PageEntry;
  args: Args;
  view: FunctionComponent<{ args: Args }>;
}

const shown = signal<Shown | 'nothing' | 'stale' | null>(null);

function find(path: string): { entry: PageEntry; args: Args } | null {
  for (const entry of pages) {
    const args = match(entry.path, path);
    if (args) return { entry, args };
  }
  return null;
}

// What was shown stays until the next page is here.
effect(() => {
  const found = find(place.value.path);
  if (!found) {
    shown.value = 'nothing';
    return;
  }
  const at = place.value.path;
  found.entry.load().then(
    (m) => {
      if (place.peek().path === at) shown.value = { ...found, view: m.default };
    },
    () => {
      shown.value = 'stale';
    },
  );
});

effect(() => {
  const s = shown.value;
  document.title = s && typeof s === 'object' ? `${say(s.entry.title)} - ringi` : 'ringi';
});

function View() {
  const s = shown.value;
  if (s === null) return null;
  if (s === 'nothing')
    return (
      <Page title={t('nothing')}>
        <Empty icon="search" title={t('nothing_hint')} />
      </Page>
    );
  if (s === 'stale')
    return (
      <Page title={t('stale')}>
        <Button tone="primary" onClick={() => location.reload()}>
          {t('reload')}
        </Button>
      </Page>
    );
  const V = s.view;
  return <V key={place.value.path} args={s.args} />;
}

// A session that ended elsewhere is begun anew over the page, which keeps what was typed.
function App() {
  if (!somebody()) return <SignIn />;
  return (
    <>
      <Shell key={me.value!.principal}>
        <View />
      </Shell>
      {ended.value && <SignInAgain />}
      {proofs.value.length > 0 && !ended.value && <SignInProof />}
    </>
  );
}

render(<App />, document.getElementById('app')!);

// Written relative to the page that was loaded; the address changes with each page that is shown.
for (const link of document.querySelectorAll<HTMLLinkElement>(
  'link[rel~=icon], link[rel=manifest], link[rel=apple-touch-icon]',
))
  link.setAttribute('href', link.href);

// Not before the page is there, which it makes no faster. Browsers have it on secure origins only.
if ('serviceWorker' in navigator)
  addEventListener('load', () => {
    navigator.serviceWorker.register(href('/sw.js')).catch(() => undefined);
  });
