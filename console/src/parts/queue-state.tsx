// queue-state.tsx - what a queue is at, as words.
import type { QueueRow } from '../lib/queues';
import { texts } from '../lib/text';
import { Chip } from './parts';

const t = texts({
  paused: ['Paused', '停止中'],
  open: ['Calls stopped', '送信停止中'],
  half_open: ['Calls on trial', '送信再開を確認中'],
  blocked: ['{n} groups blocked', '{n} グループ停止'],
  blocked_one: ['1 group blocked', '1 グループ停止'],
  dead: ['Dead letters', 'デッドレター'],
  fine: ['Running', '稼働中'],
});

export function QueueState({ of: q }: { of: QueueRow }) {
  const chips = [
    q.paused && <Chip tone="wait">{t('paused')}</Chip>,
    q.breaker === 'open' && <Chip tone="bad">{t('open')}</Chip>,
    q.breaker === 'half_open' && <Chip tone="warn">{t('half_open')}</Chip>,
    q.blocked_groups > 0 && (
      <Chip tone="bad">{t(q.blocked_groups === 1 ? 'blocked_one' : 'blocked', { n: q.blocked_groups })}</Chip>
    ),
    q.is_dlq && <Chip tone={q.visible > 0 ? 'bad' : 'quiet'}>{t('dead')}</Chip>,
  ].filter(Boolean);
  return chips.length ? <span class="chips">{chips}</span> : <span class="faint">{t('fine')}</span>;
}
