// run.tsx - pieces of the pages for operators: bodies as they were sent, commands to copy, tabs,
// and the question before something that cannot be undone.
import { useSignal } from '@preact/signals';
import { readExact, writeExact } from '../lib/exact';
import { number } from '../lib/format';
import { place } from '../lib/router';
import { texts } from '../lib/text';
import { Button, Confirm, Copy, Link } from './parts';

const t = texts({
  pretty: ['Indented', '整形'],
  sent: ['As sent', '送信されたまま'],
  bytes: ['{n} bytes', '{n} バイト'],
  rest: ['Show all', 'すべて表示'],
  empty: ['(empty)', '(空)'],
  copy_curl: ['Copy as curl', 'curl としてコピー'],
  csv: ['What is shown, as a table', '表示中の一覧（表計算ソフト用）'],
  copy_csv: ['Copy as CSV', 'CSV としてコピー'],
  copy_cli: ['Copy as a command of ringi', 'ringi コマンドとしてコピー'],
  why: ['Reason', '理由'],
  why_hint: ['It stands in the audit log.', '監査ログに残ります。'],
});

/** JSON with line breaks, to the last digit; null where it is none. */
export function pretty(text: string): string | null {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    return writeExact(readExact(text), '  ');
  } catch {
    return null;
  }
}

const SHOWN = 20_000;
const size = (text: string) => new TextEncoder().encode(text).length;

export function Body({ text, label }: { text: string; label: string }) {
  const raw = useSignal(false),
    whole = useSignal(false);
  const nice = pretty(text);
  const said = raw.value || nice === null ? text : nice;
  const cut = !whole.value && said.length > SHOWN;
  return (
    <div class="body">
      <div class="body-head">
        <span class="small soft">{t('bytes', { n: number(size(text)) })}</span>
        {nice !== null && (
          <Button
            tone="quiet"
            onClick={() => {
              raw.value = !raw.value;
            }}
          >
            {raw.value ? t('pretty') : t('sent')}
          </Button>
        )}
        <Copy text={text} />
      </div>
      <pre tabIndex={0} role="region" aria-label={label}>
        {said === '' ? t('empty') : cut ? `${said.slice(0, SHOWN)}…` : said}
      </pre>
      {cut && (
        <Button
          onClick={() => {
            whole.value = true;
          }}
        >
          {t('rest')}
        </Button>
      )}
    </div>
  );
}

export function Tabs({
  tabs,
}: {
  tabs: readonly { id: string; text: string; count?: number; bad?: boolean }[];
}) {
  const at = place.value.query.get('tab') ?? tabs[0]!.id;
  return (
    <nav class="tabs" aria-label={tabs.map((x) => x.text).join(', ')}>
      {tabs.map((x, i) => (
        <Link key={x.id} to={place.value.path + (i === 0 ? '' : `?tab=${x.id}`)} current={x.id === at}>
          {x.text}
          {x.count !== undefined && x.count > 0 && (
            <span class={`count ${x.bad ? 'bad' : ''}`}>{number(x.count)}</span>
          )}
        </Link>
      ))}
    </nav>
  );
}

export { command, curl } from '../lib/command';

/** The same outside the console. There are no secrets in it: who runs it adds a token where one
 * is needed. */
export function CopyAs({ curl: c, cli, csv }: { curl: string; cli?: string; csv?: () => string }) {
  return (
    <details class="copy-as">
      <summary>
        {csv ? 'CSV / ' : ''}curl{cli ? ' / ringi' : ''}
      </summary>
      <div>
        {csv && <span class="soft">{t('csv')}</span>}
        {csv && <Copy text={csv} label={t('copy_csv')} />}
        <code>{c}</code>
        <Copy text={c} label={t('copy_curl')} />
        {cli && <code>{cli}</code>}
        {cli && <Copy text={cli} label={t('copy_cli')} />}
      </div>
    </details>
  );
}

/** Before something that cannot be undone by operators: the reason stands in the audit log. */
export function Danger(props: Omit<Parameters<typeof Confirm>[0], 'danger' | 'reason' | 'hint'>) {
  return <Confirm {...props} danger reason={t('why')} hint={t('why_hint')} />;
}
