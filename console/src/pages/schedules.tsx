// schedules.tsx - what happens by the clock: when next, what came of the last time; paused, run now.
import { useSignal } from '@preact/signals';
import { get, seg } from '../lib/api';
import { csv } from '../lib/csv';
import { number } from '../lib/format';
import { useIntent } from '../lib/change';
import { useLoad, type Loaded } from '../lib/load';
import { queueHref } from '../lib/queues';
import { texts, words } from '../lib/text';
import { Button, Card, Chip, Confirm, Empty, Link, Page, Show, Time } from '../parts/parts';
import { command, CopyAs, curl } from '../parts/run';
import { tell, tellProblem } from '../parts/toast';

const t = texts({
  title: ['Schedules', 'スケジュール'],
  lead: ['Messages and jobs at times of the calendar.', 'カレンダーの時刻に送られるメッセージとジョブです。'],
  none: ['No schedule yet', 'スケジュールはまだありません'],
  none_hint: ['One is made with: ringi schedule put', '作成するには: ringi schedule put'],
  next: ['Next', '次回'],
  paused: ['Paused', '停止中'],
  into: ['into {queue}', '{queue} へ'],
  zone: ['as the clocks of {zone} show it', '{zone} の時刻'],
  following: ['The next five', '次の5回'],
  last: ['Last', '前回'],
  counts: [
    '{fired} fired, {skipped} skipped, {failed} failed',
    '実行 {fired}、見送り {skipped}、失敗 {failed}',
  ],
  pause: ['Pause', '一時停止'],
  resume: ['Go on', '再開'],
  run: ['Run now', '今すぐ実行'],
  run_title: ['Run {name} now?', '{name} を今すぐ実行しますか'],
  run_text: [
    'One more than its times; those stay as they are.',
    '予定とは別に1回実行します。予定は変わりません。',
  ],
  ran: ['It was put into {queue}', '{queue} に入れました'],
  show: ['Show', '表示'],
});

const outcomes = words({
  FIRED: ['Fired', '実行'],
  SKIPPED: ['Skipped: the one before had not ended', '見送り（前回が未完了）'],
  MISSED: ['Missed', '実行できず'],
  FAILED: ['Failed', '失敗'],
});

interface Schedule {
  name: string;
  queue: string;
  cron: string;
  zone: string;
  paused: boolean;
  next_at?: string;
  next?: string[];
  fired: number;
  skipped: number;
  failed: number;
  last?: { outcome: string; detail?: string; due_at: string; id?: string };
}

const path = (name: string, behind = '') => `/v1/schedules/${seg(name)}${behind}`;

function Following({ name }: { name: string }) {
  const one = useLoad((signal) => get<Schedule>(path(name), {}, signal), [name]);
  return (
    <Show of={one}>
      {(s) => (
        <>
          {s.last && (
            <p class="small">
              {t('last')}: <Time at={s.last.due_at} /> · {outcomes(s.last.outcome)} {s.last.detail}{' '}
              {s.last.id && <Link to={`/jobs/${s.last.id}`}>{t('show')}</Link>}
            </p>
          )}
          <ol class="small mono">
            {s.next?.map((at) => (
              <li key={at}>{at.replace('T', ' ')}</li>
            ))}
          </ol>
        </>
      )}
    </Show>
  );
}

function One({ of: s, again }: { of: Schedule; again: () => void }) {
  const running = useSignal(false),
    open = useSignal(false);
  const send = useIntent();
  const act = async (what: 'pause' | 'resume') => {
    try {
      await send(path(s.name, `/${what}`));
      again();
    } catch (e) {
      tellProblem(e);
    }
  };
  return (
    <Card
      title={
        <>
          {s.name} {s.paused && <Chip tone="wait">{t('paused')}</Chip>}
        </>
      }
      actions={
        <>
          {s.paused ? (
            <Button icon="play" onClick={() => void act('resume')}>
              {t('resume')}
            </Button>
          ) : (
            <Button icon="pause" onClick={() => void act('pause')}>
              {t('pause')}
            </Button>
          )}
          <Button onClick={() => (running.value = true)}>{t('run')}</Button>
        </>
      }
    >
      <p>
        <code>{s.cron}</code>{' '}
        <span class="small soft">
          {t('zone', { zone: s.zone })} · <Link to={queueHref(s.queue)}>{t('into', { queue: s.queue })}</Link>
        </span>
      </p>
      <p>
        {t('next')}: <b>{s.paused ? '–' : <Time at={s.next_at} both />}</b>
      </p>
      <p class="small soft">
        {t('counts', { fired: number(s.fired), skipped: number(s.skipped), failed: number(s.failed) })}
      </p>
      <details onToggle={(e) => (open.value = e.currentTarget.open)}>
        <summary>{t('following')}</summary>
        {open.value && <Following name={s.name} />}
      </details>
      {running.value && (
        <Confirm
          title={t('run_title', { name: s.name })}
          action={t('run')}
          onClose={() => (running.value = false)}
          run={async () => {
            await send(path(s.name, '/run'));
            tell(t('ran', { queue: s.queue }));
            again();
          }}
        >
          <p>{t('run_text')}</p>
        </Confirm>
      )}
    </Card>
  );
}

async function all(signal: AbortSignal): Promise<Schedule[]> {
  const list: Schedule[] = [];
  let cursor: string | undefined;
  do {
    const r: { schedules: Schedule[]; cursor?: string } = await get('/v1/schedules', { cursor }, signal);
    list.push(...r.schedules);
    cursor = r.cursor;
  } while (cursor && list.length < 1000);
  return list;
}

const COLUMNS = ['name', 'queue', 'cron', 'zone', 'next_at', 'fired', 'skipped', 'failed'] as const;
const table = (list: readonly Schedule[]) =>
  csv(
    [...COLUMNS, 'paused'],
    list.map((s) => [...COLUMNS.map((c) => s[c]), String(s.paused)]),
  );

export default function Schedules() {
  const schedules: Loaded<Schedule[]> = useLoad(all, [], 10_000);
  return (
    <Page title={t('title')} lead={t('lead')}>
      <Show of={schedules}>
        {(list) =>
          list.length === 0 ? (
            <Empty icon="clock" title={t('none')}>
              <code>{t('none_hint')}</code>
            </Empty>
          ) : (
            <>
              <div class="grid">
                {list.map((s) => (
                  <One key={s.name} of={s} again={schedules.again} />
                ))}
              </div>
              <CopyAs
                csv={() => table(list)}
                curl={curl('/v1/schedules?limit=1000')}
                cli={command('ringi', 'schedule', 'list')}
              />
            </>
          )
        }
      </Show>
    </Page>
  );
}
