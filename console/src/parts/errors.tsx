// errors.tsx - dead letters by the error that their workers reported, and the way back for each.
import { useSignal } from '@preact/signals';
import { get } from '../lib/api';
import { number } from '../lib/format';
import { useLoad } from '../lib/load';
import { queueHref, queuePath, type ErrorGroup } from '../lib/queues';
import { texts } from '../lib/text';
import { Button, Empty, Link, Show, Time } from './parts';
import { Redrive } from './redrive';

const t = texts({
  none: ['No dead letters', 'デッドレターはありません'],
  none_hint: ['What could not be worked on ends up here.', '処理できなかったものがここに入ります。'],
  no_report: ['No worker said why', '理由の報告なし'],
  count: ['{n} messages', '{n} 件'],
  back: ['Send these back', 'これらを戻す'],
  look: ['Look at them', '内容を見る'],
  latest: ['latest', '最新'],
  more: [
    'These are the oldest {n}; there are others behind them.',
    '古い順の {n} 件です。その後ろにも残っています。',
  ],
});

export function Errors({
  queue,
  every = 5000,
  onStarted,
}: {
  queue: string;
  every?: number;
  onStarted: () => void;
}) {
  const back = useSignal<string | null>(null);
  const errors = useLoad(
    (signal) =>
      get<{ errors: ErrorGroup[]; messages: number; more: boolean }>(queuePath(queue, '/errors'), {}, signal),
    [queue],
    every,
  );
  return (
    <Show of={errors}>
      {(e) =>
        e.errors.length === 0 ? (
          <Empty title={t('none')}>{t('none_hint')}</Empty>
        ) : (
          <>
            <ul class="errors">
              {e.errors.map((g) => (
                <li key={g.code}>
                  <span class="share">
                    <progress max={e.messages} value={g.count} aria-label={g.code} />
                  </span>
                  <div class="error-what">
                    <b class="mono">{g.code === 'NO_REPORT' ? t('no_report') : g.code}</b>
                    {g.message && <p class="small soft">{g.message}</p>}
                  </div>
                  <div class="error-count">
                    <b>{t('count', { n: number(g.count) })}</b>
                    <span class="small soft">
                      {t('latest')} <Time at={g.last_sent_at} />
                    </span>
                  </div>
                  <div class="actions">
                    <Link
                      class="button plain"
                      to={queueHref(
                        queue,
                        `?find=${encodeURIComponent(g.code === 'NO_REPORT' ? '' : g.code)}`,
                      )}
                    >
                      {t('look')}
                    </Link>
                    <Button onClick={() => (back.value = g.code)}>{t('back')}</Button>
                  </div>
                </li>
              ))}
            </ul>
            {e.more && <p class="small soft">{t('more', { n: number(e.messages) })}</p>}
            {back.value !== null && (
              <Redrive
                queue={queue}
                error={back.value}
                onClose={() => (back.value = null)}
                onStarted={() => {
                  onStarted();
                  errors.again();
                }}
              />
            )}
          </>
        )
      }
    </Show>
  );
}
