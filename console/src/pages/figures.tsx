// figures.tsx - how approvals go: how long until a decision, week by week, and whether what was
// promised is kept. All of it is computed by the server when asked.
import { get } from '../lib/api';
import { date, lasting, number } from '../lib/format';
import { useLoad } from '../lib/load';
import { ask, place } from '../lib/router';
import { texts, words } from '../lib/text';
import { Card, Chip, Empty, Page, Show, type Tone } from '../parts/parts';

const t = texts({
  title: ['Figures', '指標'],
  lead: [
    'How long approvals take, and whether what was promised is kept.',
    '承認にかかる時間と、目標を守れているかどうかです。',
  ],
  days: ['Last {n} days', '直近 {n} 日'],
  open: ['open', '未決'],
  late: ['past their deadline', '期限超過'],
  decided: ['decided', '決裁済み'],
  half: ['half of them within', '半数はこの時間以内'],
  most: ['95 of 100 within', '95% はこの時間以内'],
  kept: ['What was promised', '目標'],
  weeks: ['Week by week', '週ごとの推移'],
  week: ['Week from', '週の初め'],
  p50: ['Half within', '半数 (P50)'],
  p95: ['95 of 100 within', '95% (P95)'],
  target: ['{value}; wanted: {target}', '{value}（目標 {target}）'],
  none_yet: ['nothing to tell yet; wanted: {target}', 'まだデータがありません（目標 {target}）'],
  nothing: ['Nothing was decided in this time', 'この期間に決裁されたものはありません'],
  more: [
    'There were more than 100,000 approvals; these are the newest.',
    '10 万件を超えるため、新しいものだけを数えています。',
  ],
  below: ['below {n}', '{n} 未満'],
  at_most: ['at most {n}', '{n} 以下'],
});

const figure = words({
  in_system_p95_ms: ['In the system, 95 of 100 votes', 'システム内の処理時間（95%の投票）'],
  timeout_ratio: ['Deadlines that passed', '期限切れの割合'],
  retry_ratio: ['Notifications sent again', '通知の再試行率'],
  turned_away_ratio: ['Votes turned away', '受け付けられなかった投票の割合'],
});
const state = words({ OK: ['Kept', '達成'], OVER: ['Missed', '未達'], UNKNOWN: ['Not known', '不明'] });
const tones: Record<string, Tone> = { OK: 'good', OVER: 'bad', UNKNOWN: 'quiet' };

interface Alarm {
  figure: string;
  value?: number;
  target: number;
  state: string;
}

interface Figures {
  open: number;
  late: number;
  decided: number;
  p50_ms?: number;
  p95_ms?: number;
  alarms: Alarm[];
  weeks: { begin: string; decided: number; p50_ms: number; p95_ms: number }[];
  more: boolean;
}

const share = (n: number) => `${number(Math.round(n * 1000) / 10)} %`;
const isTime = (a: Alarm) => a.figure.endsWith('_ms');
const wanted = (a: Alarm) =>
  isTime(a) ? t('at_most', { n: lasting(a.target) }) : t('below', { n: share(a.target) });

function Kept({ a }: { a: Alarm }) {
  const value = a.value === undefined ? '' : isTime(a) ? lasting(a.value) : share(a.value);
  return (
    <li>
      <Chip tone={tones[a.state] ?? 'plain'}>{state(a.state)}</Chip>
      <span class="grow">
        {figure(a.figure)}
        <small class="soft">
          {value ? t('target', { value, target: wanted(a) }) : t('none_yet', { target: wanted(a) })}
        </small>
      </span>
    </li>
  );
}

function Weeks({ of }: { of: Figures['weeks'] }) {
  const most = Math.max(1, ...of.map((w) => w.p95_ms));
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={t('weeks')}>
      <table>
        <thead>
          <tr>
            <th>{t('week')}</th>
            <th class="num">{t('decided')}</th>
            <th class="num">{t('p50')}</th>
            <th class="num">{t('p95')}</th>
            <th aria-hidden="true" class="bar-cell" />
          </tr>
        </thead>
        <tbody>
          {of.map((w) => (
            <tr key={w.begin}>
              <td class="nowrap">{date(w.begin)}</td>
              <td class="num">{number(w.decided)}</td>
              <td class="num">{lasting(w.p50_ms)}</td>
              <td class="num">{lasting(w.p95_ms)}</td>
              <td class="bar-cell">
                <svg class="week-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                  <rect class="p95" width={(100 * w.p95_ms) / most} height="10" />
                  <rect class="p50" width={(100 * w.p50_ms) / most} height="10" />
                </svg>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const SPANS = ['28', '91', '364'];

export default function FiguresPage() {
  const asked = place.value.query.get('days') ?? '';
  const days = SPANS.includes(asked) ? asked : '28';
  const of = useLoad(
    (signal) => {
      const from = new Date(Date.now() - Number(days) * 86_400_000).toISOString();
      return get<Figures>('/v1/approval-figures', { from }, signal);
    },
    [days],
    60_000,
  );
  return (
    <Page
      title={t('title')}
      lead={t('lead')}
      actions={
        <select
          aria-label={t('weeks')}
          value={days}
          onChange={(e) => ask({ days: e.currentTarget.value === '28' ? null : e.currentTarget.value })}
        >
          {SPANS.map((n) => (
            <option key={n} value={n}>
              {t('days', { n })}
            </option>
          ))}
        </select>
      }
    >
      <Show of={of}>
        {(f) => (
          <>
            <Card>
              <div class="figures">
                {(
                  [
                    [number(f.open), t('open')],
                    [number(f.late), t('late')],
                    [number(f.decided), t('decided')],
                    [f.p50_ms === undefined ? '–' : lasting(f.p50_ms), t('half')],
                    [f.p95_ms === undefined ? '–' : lasting(f.p95_ms), t('most')],
                  ] as const
                ).map(([value, what]) => (
                  <div class="figure" key={what}>
                    <b>{value}</b>
                    <span>{what}</span>
                  </div>
                ))}
              </div>
              {f.more && <p class="hint">{t('more')}</p>}
            </Card>
            <Card title={t('kept')}>
              <ul class="kept">
                {f.alarms.map((a) => (
                  <Kept key={a.figure} a={a} />
                ))}
              </ul>
            </Card>
            <Card title={t('weeks')}>
              {f.weeks.length === 0 ? <Empty icon="clock" title={t('nothing')} /> : <Weeks of={f.weeks} />}
            </Card>
          </>
        )}
      </Show>
    </Page>
  );
}
