// dead.tsx - all dead letters: which queues have some, why, and the way back.
import { useSignal } from '@preact/signals';
import { csv } from '../lib/csv';
import { lasting, number } from '../lib/format';
import { useLoad } from '../lib/load';
import { allQueues, queueHref, type QueueRow } from '../lib/queues';
import { texts } from '../lib/text';
import { Errors } from '../parts/errors';
import { Button, Card, Empty, Link, Page, Show } from '../parts/parts';
import { Moves, Redrive, useMoves } from '../parts/redrive';
import { command, CopyAs, curl } from '../parts/run';

const t = texts({
  title: ['Dead letters', 'デッドレター'],
  lead: ['{n} could not be worked on.', '処理できなかったメッセージが {n} 件あります。'],
  fine: ['No dead letters', 'デッドレターはありません'],
  fine_hint: ['Everything was worked on, or still will be.', 'すべて処理済みか、処理待ちです。'],
  back: ['Send all back', 'すべて戻す'],
  of: ['from {names}', '{names} から'],
  count: ['{n} in all, the oldest for {age}', '{n} 件、最も古いものは {age} 前'],
  moves: ['On their way back', '戻しているもの'],
  others: ['Empty ones', '空のデッドレターキュー'],
  more: ['{n} more', 'ほか {n} 件'],
});

/** With the most first; each asks the server for its errors. */
const AT_ONCE = 50;
const EMPTY_SHOWN = 20;

function One({ of: q, from, started }: { of: QueueRow; from: string[]; started: () => void }) {
  const back = useSignal(false);
  return (
    <Card
      title={<Link to={queueHref(q.name)}>{q.name}</Link>}
      actions={
        <Button icon="back" onClick={() => (back.value = true)}>
          {t('back')}
        </Button>
      }
    >
      <p class="soft">
        {t('count', { n: number(q.visible), age: lasting(q.oldest_age_ms ?? 0) })}
        {from.length > 0 && ` · ${t('of', { names: from.slice(0, 5).join(', ') })}`}
      </p>
      <Errors queue={q.name} onStarted={started} />
      {back.value && <Redrive queue={q.name} onClose={() => (back.value = false)} onStarted={started} />}
    </Card>
  );
}

function Empties({ of: names }: { of: string[] }) {
  return (
    <p class="small soft">
      {t('others')}:{' '}
      {names.slice(0, EMPTY_SHOWN).map((name) => (
        <>
          <Link key={name} to={queueHref(name)}>
            {name}
          </Link>{' '}
        </>
      ))}
      {names.length > EMPTY_SHOWN && t('more', { n: number(names.length - EMPTY_SHOWN) })}
    </p>
  );
}

export default function Dead() {
  const shown = useSignal(AT_ONCE);
  const queues = useLoad(allQueues, [], 5000);
  const moves = useMoves();
  const live = moves.data?.filter((m) => m.state === 'RUNNING' || m.state === 'PAUSED') ?? [];
  const recent = moves.data?.filter((m) => m.state !== 'RUNNING' && m.state !== 'PAUSED').slice(0, 3) ?? [];
  const dead = queues.data?.filter((q) => q.is_dlq) ?? [];
  const full = dead.filter((q) => q.visible > 0).sort((a, b) => b.visible - a.visible);
  const from = (name: string) =>
    (queues.data ?? []).filter((q) => q.dead_letter_queue === name).map((q) => q.name);
  const started = () => {
    moves.again();
    queues.again();
  };
  const sum = full.reduce((n, q) => n + q.visible, 0);
  return (
    <Page title={t('title')} lead={sum > 0 ? t('lead', { n: number(sum) }) : undefined}>
      {live.length + recent.length > 0 && (
        <Card title={t('moves')}>
          <Moves of={{ ...moves, data: [...live, ...recent] }} quiet />
        </Card>
      )}
      <Show of={queues}>
        {() =>
          full.length === 0 ? (
            <Empty title={t('fine')}>{t('fine_hint')}</Empty>
          ) : (
            <>
              {full.slice(0, shown.value).map((q) => (
                <One key={q.name} of={q} from={from(q.name)} started={started} />
              ))}
              {full.length > shown.value && (
                <Button onClick={() => (shown.value += AT_ONCE)}>
                  {t('more', { n: number(full.length - shown.value) })}
                </Button>
              )}
            </>
          )
        }
      </Show>
      {dead.length > 0 && (
        <CopyAs
          csv={() =>
            csv(
              ['queue', 'from', 'messages', 'oldest_age_ms'],
              dead.map((q) => [q.name, from(q.name).join(' '), q.visible, q.oldest_age_ms]),
            )
          }
          curl={curl('/v1/queues?limit=1000')}
          cli={command('ringi', 'dlq', 'list')}
        />
      )}
      {dead.length > full.length && <Empties of={dead.filter((q) => q.visible === 0).map((q) => q.name)} />}
    </Page>
  );
}
