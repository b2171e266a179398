// calendar.tsx - one business calendar: a year of days, its hours, its versions; days off are set
// by clicking on them; and when something ends that may take three business days.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get, put, seg } from '../lib/api';
import { useChange } from '../lib/change';
import { now } from '../lib/clock';
import { local, weekday } from '../lib/days';
import { lasting } from '../lib/format';
import { useLoad } from '../lib/load';
import { ask, go, place } from '../lib/router';
import { texts } from '../lib/text';
import { Month, type DayLook } from '../parts/month';
import { Button, Card, Chip, Field, Page, Show, Trouble } from '../parts/parts';
import { tell } from '../parts/toast';
import type { CalendarInfo } from './calendars';
import type { Args } from './pages';

const t = texts({
  back: ['Calendars', 'カレンダー'],
  make: ['New calendar', 'カレンダーを作る'],
  name: ['Name', '名前'],
  zone: ['Time zone', 'タイムゾーン'],
  version: ['Version {n}', '第 {n} 版'],
  built_in: ['built in', '組み込み'],
  before: ['Year before', '前の年'],
  after: ['Year after', '次の年'],
  national: ['national holiday', '祝日'],
  off: ['day off', '休日'],
  extra: ['worked on', '出勤日'],
  closed: ['closed', '定休'],
  jp: ['National holidays of Japan are off', '日本の祝日を休みにする'],
  jp_is: ['Japan', '日本'],
  none: ['none', 'なし'],
  holidays: ['National holidays', '祝日'],
  hours: ['Opening hours', '営業時間'],
  cut_off: ['A day ends', '1 日の終わり'],
  close: ['at closing time', '営業終了'],
  exact: ['at the time of day it began', '始まった時刻'],
  legend: [
    'Click a day to make it a day off, or one that is worked on; again to undo.',
    '日をクリックすると休日か出勤日になります。もう一度で戻ります。',
  ],
  changed: ['{n} days changed', '{n} 日変更'],
  save: ['Save as a new version', '新しい版として保存'],
  create: ['Make it', '作成する'],
  saved: ['Version {n} is in force.', '第 {n} 版が有効になりました。'],
  undo: ['Undo', '元に戻す'],
  due: ['When is it due?', '期限はいつ？'],
  takes: ['Time it may take', '期間'],
  takes_hint: [
    'P3D: three business days, PT4H: four opening hours, P1W: a week.',
    'P3D は 3 営業日、PT4H は営業時間で 4 時間、P1W は 1 週間',
  ],
  from: ['From', '開始'],
  from_hint: ['On the clocks of your time zone; empty: now.', '自分のタイムゾーンの時刻。空なら今'],
  explain: ['Explain', '確かめる'],
  answer: ['From {from} it is due at {at}.', '{from} から数えて、期限は {at} です。'],
  open: ['It is open then.', '開始時は営業中です。'],
  shut: [
    'It is closed then; time begins to count at the next opening.',
    '開始時は営業時間外なので、次の営業開始から数えます。',
  ],
  between: ['{time} of opening hours lie in between.', 'その間の営業時間は {time} です。'],
  older: ['Another version', 'ほかの版'],
});

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

interface Calendar extends CalendarInfo {
  zone: string;
  hours: Record<string, string[]>;
  cut_off: string;
  national_holidays?: string;
  holidays: string[];
  working_days?: string[];
  national_days?: string[];
}

interface Answer {
  at: string;
  at_local: string;
  from_local: string;
  open: boolean;
  open_ms: number;
  zone: string;
}

const clock = (local: string) => local.slice(0, 16).replace('T', ' ');

function Due({ name }: { name: string }) {
  const answer = useSignal<Answer | null>(null);
  const change = useChange();
  const submit = (e: Event) => {
    e.preventDefault();
    const f = new FormData(e.currentTarget as HTMLFormElement);
    const after = f.get('after')!.toString().normalize('NFKC').trim().toUpperCase();
    const from = f.get('from')!.toString();
    void change.run(async () => {
      answer.value = null;
      answer.value = await get<Answer>(`/v1/calendars/${seg(name)}/deadline`, {
        after,
        from: from ? new Date(from).toISOString() : null,
      });
    });
  };
  const a = answer.value;
  return (
    <Card title={t('due')}>
      <form class="stack" onSubmit={submit}>
        <div class="pair">
          <Field label={t('takes')} hint={t('takes_hint')}>
            {(id, by) => (
              <input
                id={id}
                name="after"
                defaultValue="P3D"
                required
                aria-describedby={by}
                spellcheck={false}
              />
            )}
          </Field>
          <Field label={t('from')} hint={t('from_hint')}>
            {(id, by) => <input id={id} name="from" type="datetime-local" aria-describedby={by} />}
          </Field>
        </div>
        {change.problem.value && <Trouble problem={change.problem.value} />}
        <p>
          <Button type="submit" busy={change.busy.value}>
            {t('explain')}
          </Button>
        </p>
      </form>
      <div aria-live="polite">
        {a && (
          <p class="said">
            <b>{t('answer', { from: clock(a.from_local), at: clock(a.at_local) })}</b> ({a.zone})
            <br />
            {a.open ? t('open') : t('shut')} {t('between', { time: lasting(a.open_ms) })}
          </p>
        )}
      </div>
    </Card>
  );
}

function Hours({ c }: { c: Calendar }) {
  // 2026-11-01 is a Sunday: names of weekdays from days.
  const names = new Intl.DateTimeFormat(document.documentElement.lang, { weekday: 'short', timeZone: 'UTC' });
  return (
    <dl class="facts">
      <dt>{t('zone')}</dt>
      <dd>{c.zone}</dd>
      {DAYS.map((d, i) => (
        <>
          <dt>{names.format(new Date(Date.UTC(2026, 10, 1 + i)))}</dt>
          <dd>{c.hours[d]?.join(', ') || <span class="faint">{t('closed')}</span>}</dd>
        </>
      ))}
      {c.hours['extra'] && (
        <>
          <dt>{t('extra')}</dt>
          <dd>{c.hours['extra'].join(', ')}</dd>
        </>
      )}
      <dt>{t('cut_off')}</dt>
      <dd>{c.cut_off === 'close' ? t('close') : c.cut_off === 'none' ? t('exact') : c.cut_off}</dd>
      <dt>{t('holidays')}</dt>
      <dd>{c.national_holidays ? t('jp_is') : t('none')}</dd>
    </dl>
  );
}

type Days = { off: ReadonlySet<string>; on: ReadonlySet<string> };

function toggled(days: Days, day: string, closed: boolean): Days {
  const off = new Set(days.off),
    on = new Set(days.on);
  if (off.delete(day) || on.delete(day)) return { off, on };
  (closed ? on : off).add(day);
  return { off, on };
}

const differ = (a: Days, b: Days) =>
  [...new Set([...a.off, ...a.on, ...b.off, ...b.on])].filter(
    (d) => a.off.has(d) !== b.off.has(d) || a.on.has(d) !== b.on.has(d),
  ).length;

function One({ c, year, again }: { c: Calendar; year: number; again: () => void }) {
  const start: Days = { off: new Set(c.holidays), on: new Set(c.working_days ?? []) };
  const days = useSignal(start);
  useEffect(() => {
    days.value = start;
  }, [c.version]);
  const change = useChange();
  const national = new Set(c.national_days ?? []);
  const today = local(now.value, c.zone).day;
  const closed = (d: string) => !c.hours[DAYS[weekday(d)]!]?.length || national.has(d);
  const look = (d: string): DayLook => {
    if (days.value.on.has(d)) return { look: 'extra', says: t('extra'), pressed: true };
    if (days.value.off.has(d)) return { look: 'off', says: t('off'), pressed: true };
    if (national.has(d)) return { look: 'national', says: t('national') };
    return closed(d) ? { look: 'closed', says: t('closed') } : {};
  };
  const n = differ(start, days.value);
  const save = async () => {
    const { zone, hours, cut_off, national_holidays } = c;
    const done = await change.run(async () => {
      const r = await put<{ version: number }>(`/v1/calendars/${seg(c.name)}`, {
        zone,
        hours,
        cut_off,
        national_holidays,
        holidays: [...days.value.off].sort(),
        working_days: [...days.value.on].sort(),
      });
      tell(t('saved', { n: r.version }));
    });
    if (done) {
      ask({ version: null });
      again();
    }
  };
  const turn = (by: number) => ask({ year: String(year + by) });
  return (
    <>
      <Card
        title={String(year)}
        actions={
          <>
            <Button tone="quiet" icon="left" label={t('before')} onClick={() => turn(-1)} />
            <Button tone="quiet" icon="right" label={t('after')} onClick={() => turn(1)} />
          </>
        }
      >
        <p class="row small legend">
          <span class="chip bad">{t('national')}</span>
          <span class="chip wait">{t('off')}</span>
          <span class="chip good">{t('extra')}</span>
          {!c.built_in && <span class="soft">{t('legend')}</span>}
        </p>
        <div class="year">
          {Array.from({ length: 12 }, (_, i) => (
            <Month
              key={i}
              year={year}
              month={i + 1}
              today={today}
              look={look}
              onPick={
                c.built_in
                  ? undefined
                  : (d) => {
                      days.value = toggled(days.value, d, closed(d));
                    }
              }
            />
          ))}
        </div>
        {change.problem.value && <Trouble problem={change.problem.value} />}
        {n > 0 && (
          <p class="row" role="status">
            {t('changed', { n })}
            <Button tone="primary" onClick={save} busy={change.busy.value}>
              {t('save')}
            </Button>
            <Button
              onClick={() => {
                days.value = start;
              }}
            >
              {t('undo')}
            </Button>
          </p>
        )}
      </Card>
      <div class="split">
        <Card title={t('hours')}>
          <Hours c={c} />
        </Card>
        <Due name={c.name} />
      </div>
    </>
  );
}

function Version({ c, newest }: { c: Calendar; newest: number }) {
  if (c.built_in) return <Chip>{t('built_in')}</Chip>;
  return (
    <label class="row">
      {t('older')}
      <select
        class="narrow-select"
        value={c.version}
        onChange={(e) =>
          ask({ version: Number(e.currentTarget.value) === newest ? null : e.currentTarget.value })
        }
      >
        {Array.from({ length: Math.min(newest, 100) }, (_, i) => newest - i).map((v) => (
          <option key={v} value={v}>
            {t('version', { n: v })}
          </option>
        ))}
      </select>
    </label>
  );
}

function Make() {
  const change = useChange();
  const submit = (e: Event) => {
    e.preventDefault();
    const f = new FormData(e.currentTarget as HTMLFormElement);
    const name = f.get('name')!.toString().normalize('NFKC').trim();
    void change.run(async () => {
      await put(`/v1/calendars/${seg(name)}`, {
        zone: f.get('zone')!.toString().trim(),
        national_holidays: f.has('jp') ? 'jp' : undefined,
        holidays: [],
      });
      go(`/calendars/${seg(name)}`);
    });
  };
  return (
    <Page back={{ to: '/calendars', text: t('back') }} title={t('make')}>
      <Card>
        <form class="stack" onSubmit={submit}>
          <Field label={t('name')}>
            {(id) => <input id={id} name="name" required autocapitalize="none" spellcheck={false} />}
          </Field>
          <Field label={t('zone')}>
            {(id) => <input id={id} name="zone" required defaultValue="Asia/Tokyo" spellcheck={false} />}
          </Field>
          <label class="tick">
            <input type="checkbox" name="jp" defaultChecked />
            {t('jp')}
          </label>
          {change.problem.value && <Trouble problem={change.problem.value} />}
          <p>
            <Button type="submit" tone="primary" busy={change.busy.value}>
              {t('create')}
            </Button>
          </p>
        </form>
      </Card>
    </Page>
  );
}

export default function CalendarPage({ args }: { args: Args }) {
  const name = args['name'];
  const q = place.value.query;
  const year = Number(q.get('year')) || Number(local(now.value).day.slice(0, 4));
  const of = useLoad(
    async (s) => {
      if (!name) return null;
      const [c, newest] = await Promise.all([
        get<Calendar>(`/v1/calendars/${seg(name)}`, { year, version: q.get('version') }, s),
        get<Calendar>(`/v1/calendars/${seg(name)}`, {}, s),
      ]);
      return { c, newest: newest.version, year };
    },
    [name, q.get('version')],
  );
  useEffect(() => {
    if (of.data && of.data.year !== year) of.again();
  }, [year]);
  if (!name) return <Make />;
  return (
    <Page
      back={{ to: '/calendars', text: t('back') }}
      title={name}
      actions={of.data && <Version c={of.data.c} newest={of.data.newest} />}
    >
      <Show of={of}>{(d) => d && <One c={d.c} year={d.year} again={of.again} />}</Show>
    </Page>
  );
}
