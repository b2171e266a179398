// calendars.tsx - business calendars: which there are.
import { whole } from '../lib/api';
import { number } from '../lib/format';
import { useLoad } from '../lib/load';
import { seg } from '../lib/api';
import { texts } from '../lib/text';
import { Card, Chip, Empty, Link, Page, Show, Time } from '../parts/parts';
import { Rows } from '../parts/rows';

const t = texts({
  title: ['Calendars', 'カレンダー'],
  lead: [
    'Which days and hours count for deadlines and schedules.',
    '期限やスケジュールで数える営業日と時間です。',
  ],
  name: ['Name', '名前'],
  version: ['Version', '版'],
  built_in: ['built in', '組み込み'],
  days: ['Own holidays', '会社の休日'],
  schedules: ['Schedules', 'スケジュール'],
  changed: ['Last change', '最終変更'],
  make: ['New calendar', 'カレンダーを作る'],
  none: ['There are none', 'ありません'],
});

export interface CalendarInfo {
  name: string;
  version: number;
  built_in: boolean;
  changed_at?: string;
  schedules: number;
  days: number;
}

export default function Calendars() {
  const of = useLoad((s) => whole<CalendarInfo>('/v1/calendars', 'calendars', s), []);
  return (
    <Page
      title={t('title')}
      lead={t('lead')}
      actions={
        <Link to="/calendar-new" class="button primary">
          {t('make')}
        </Link>
      }
    >
      <Show of={of}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="calendar" title={t('none')} />
          ) : (
            <Card class="flush">
              <div class="scroll">
                <Rows>
                  <thead>
                    <tr>
                      <th scope="col">{t('name')}</th>
                      <th scope="col" class="num">
                        {t('version')}
                      </th>
                      <th scope="col" class="num">
                        {t('days')}
                      </th>
                      <th scope="col" class="num">
                        {t('schedules')}
                      </th>
                      <th scope="col">{t('changed')}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {all.map((c) => (
                      <tr key={c.name}>
                        <td>
                          <Link to={`/calendars/${seg(c.name)}`}>{c.name}</Link>{' '}
                          {c.built_in && <Chip>{t('built_in')}</Chip>}
                        </td>
                        <td class="num">{c.built_in ? '–' : c.version}</td>
                        <td class="num">{number(c.days)}</td>
                        <td class="num">{number(c.schedules)}</td>
                        <td>
                          <Time at={c.changed_at} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </Rows>
              </div>
            </Card>
          )
        }
      </Show>
    </Page>
  );
}
