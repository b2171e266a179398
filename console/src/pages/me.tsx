// me.tsx - what belongs to oneself: language, colours, time zone; who acts for one; when one is
// away; and, where people sign in, password, one-time codes and sessions.
import { useSignal } from '@preact/signals';
import { get, seg } from '../lib/api';
import { useZone, zone } from '../lib/format';
import { useLoad } from '../lib/load';
import { authOn } from '../lib/root';
import { me } from '../lib/session';
import { language, speak, texts } from '../lib/text';
import { Absences, useAbsences } from '../parts/absences';
import { Delegations, useDelegations } from '../parts/delegations';
import { Card, Field, Link, Page } from '../parts/parts';
import { setTheme, theme, themeChosen, themeOfDevice } from '../parts/theme';
import { Security } from './me-security';

const t = texts({
  title: ['My settings', '自分の設定'],
  looks: ['Looks and times', '表示と時刻'],
  language: ['Language', '言語'],
  theme: ['Colours', '配色'],
  device: ['As on this device', '端末に合わせる'],
  light: ['Light', '明るい'],
  dark: ['Dark', '暗い'],
  zone: ['Time zone', 'タイムゾーン'],
  zone_hint: ['All times are shown in {zone}.', 'すべての時刻を {zone} で表示しています。'],
  zone_wrong: [
    'There is no such time zone. Times stay in {zone}.',
    'そのタイムゾーンはありません。{zone} のままです。',
  ],
  here: ['Kept in this browser.', 'このブラウザーに保存されます。'],
  delegations: ['Who acts in whose place', '代理'],
  absences: ['When I am away', '不在の予定'],
});

const zones: readonly string[] = ['UTC', ...Intl.supportedValuesOf('timeZone')];

function known(z: string): boolean {
  try {
    return !!z && !!new Intl.DateTimeFormat('en', { timeZone: z });
  } catch {
    return false;
  }
}

function Looks() {
  const wrong = useSignal(false);
  return (
    <Card title={t('looks')}>
      <div class="grid">
        <Field label={t('language')}>
          {(id) => (
            <select
              id={id}
              value={language.value}
              onChange={(e) => speak(e.currentTarget.value === 'ja' ? 'ja' : 'en')}
            >
              <option value="en" lang="en">
                English
              </option>
              <option value="ja" lang="ja">
                日本語
              </option>
            </select>
          )}
        </Field>
        <Field label={t('theme')}>
          {(id) => (
            <select
              id={id}
              value={themeChosen.value ? theme.value : ''}
              onChange={(e) => {
                const v = e.currentTarget.value;
                if (v === 'light' || v === 'dark') setTheme(v);
                else themeOfDevice();
              }}
            >
              <option value="">{t('device')}</option>
              <option value="light">{t('light')}</option>
              <option value="dark">{t('dark')}</option>
            </select>
          )}
        </Field>
        <Field
          label={t('zone')}
          hint={t('zone_hint', { zone: zone.value })}
          error={wrong.value ? t('zone_wrong', { zone: zone.value }) : undefined}
        >
          {(id, by) => (
            <>
              <input
                id={id}
                list="zones"
                defaultValue={zone.value}
                aria-describedby={by}
                aria-invalid={wrong.value}
                autocomplete="off"
                spellcheck={false}
                onChange={(e) => {
                  const z = e.currentTarget.value.normalize('NFKC').trim();
                  wrong.value = !known(z);
                  if (!wrong.value) useZone(z);
                }}
              />
              <datalist id="zones">
                {zones.map((z) => (
                  <option key={z} value={z} />
                ))}
              </datalist>
            </>
          )}
        </Field>
      </div>
      <p class="hint">{t('here')}</p>
    </Card>
  );
}

export default function Me() {
  const who = me.value!.principal;
  const delegations = useDelegations(who);
  const absences = useAbsences(who);
  const entry = useLoad((s) => get<{ zone: string; name: string }>(`/v1/people/${seg(who)}`, {}, s), [who]);
  // Days are those of one's zone in the directory; who is not in it has UTC, like the server.
  const of = entry.data?.zone ?? 'UTC';
  const known = entry.data !== undefined || entry.problem !== undefined;
  return (
    <Page
      title={t('title')}
      lead={entry.data ? <Link to={`/people/${seg(who)}`}>{`${entry.data.name} (${who})`}</Link> : who}
    >
      <Looks />
      <Card title={t('delegations')}>
        <Delegations person={who} zone={of} of={delegations} may />
      </Card>
      <Card title={t('absences')}>
        {/* Not before the zone is known: another one later would take away what was typed. */}
        {known && <Absences person={who} zone={of} of={absences} />}
      </Card>
      {authOn && <Security />}
    </Page>
  );
}
