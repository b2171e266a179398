// queue-settings.tsx - what a queue is set to, in words; what is set often can be changed here.
// Only what was changed is sent, so that two people do not undo each other.
import { useSignal } from '@preact/signals';
import { Problem, put } from '../lib/api';
import { lasting, number } from '../lib/format';
import { queueHref, queuePath, type Queue } from '../lib/queues';
import { say, texts, type Pair } from '../lib/text';
import { command, CopyAs, curl } from '../parts/run';
import { Button, Card, Field, Link, Time, Trouble } from '../parts/parts';
import { tell } from '../parts/toast';

const t = texts({
  set: ['Settings', '設定'],
  change: ['Change', '変更'],
  save: ['Save', '保存する'],
  cancel: ['Cancel', 'キャンセル'],
  saved: ['Saved', '保存しました'],
  nothing: ['Nothing was changed.', '変更はありません。'],
  none: ['none', 'なし'],
  no_limit: ['no limit', '制限なし'],
  yes: ['yes', 'はい'],
  no: ['no', 'いいえ'],
  all: ['All attributes', 'すべての属性'],
  empty: ['Leave a field empty to give it its default.', '空欄にすると既定値に戻ります。'],
});

type Kind = 'text' | 'seconds' | 'ms' | 'count' | 'limit' | 'queue' | 'choice';
const common: readonly { key: string; kind: Kind; name: Pair; dlqOnly?: boolean }[] = [
  { key: 'purpose', kind: 'text', name: ['What it is for', '目的'] },
  { key: 'owner', kind: 'text', name: ['Owner', '担当'] },
  { key: 'runbook', kind: 'text', name: ['What to do when it fails (address)', '障害時の手順（URL）'] },
  { key: 'visibility_timeout', kind: 'seconds', name: ['Time a worker has', '処理に使える時間'] },
  { key: 'dead_letter_queue', kind: 'queue', name: ['Dead letters go to', 'デッドレター先'] },
  { key: 'max_receives', kind: 'count', name: ['Tries before that', 'そこへ移すまでの試行回数'] },
  {
    key: 'message_retention_period',
    kind: 'seconds',
    name: ['Messages are kept for', 'メッセージの保持期間'],
  },
  { key: 'delay_seconds', kind: 'seconds', name: ['Delay of each message', '送信時の遅延'] },
  { key: 'concurrency', kind: 'limit', name: ['In flight at most', '同時処理の上限'] },
  { key: 'rate', kind: 'limit', name: ['Handed out a second at most', '1秒あたりの上限'] },
  {
    key: 'key_concurrency',
    kind: 'limit',
    name: ['In flight at most, of each group', 'グループごとの同時処理の上限'],
  },
  { key: 'max_messages', kind: 'limit', name: ['Messages that may wait', '待機できる件数の上限'] },
  { key: 'slo_wait_ms', kind: 'ms', name: ['Target: 95 % wait no longer than', '目標: 95％の待ち時間'] },
];

const unit: Partial<Record<Kind, Pair>> = {
  seconds: ['seconds', '秒'],
  ms: ['milliseconds', 'ミリ秒'],
  limit: ['0: no limit', '0 は制限なし'],
};

function shown(kind: Kind, v: unknown) {
  if (v === undefined || v === '') return <span class="faint">{t('none')}</span>;
  if (kind === 'queue') return <Link to={queueHref(String(v))}>{String(v)}</Link>;
  if (kind === 'limit' && v === 0) return <span class="faint">{t('no_limit')}</span>;
  if (kind === 'ms') return v === 0 ? <span class="faint">{t('none')}</span> : lasting(Number(v));
  if (kind === 'seconds') return lasting(Number(v) * 1000);
  return typeof v === 'number' ? number(v) : String(v);
}

function Edit({ queue: q, onClose, onDone }: { queue: Queue; onClose: () => void; onDone: () => void }) {
  const was = (key: string) => (q[key] === undefined ? '' : String(q[key]));
  const typed = useSignal<Record<string, string>>({});
  const busy = useSignal(false),
    problem = useSignal<Problem | null>(null);
  const changed = () => {
    const body: Record<string, unknown> = {};
    for (const c of common) {
      const v = typed.value[c.key];
      if (v === undefined || v.trim() === was(c.key)) continue;
      const text = c.kind === 'text' ? v.trim() : v.normalize('NFKC').trim();
      body[c.key] = text === '' ? null : text;
    }
    return body;
  };
  const submit = async (e: Event) => {
    e.preventDefault();
    const body = changed();
    if (Object.keys(body).length === 0) {
      tell(t('nothing'));
      onClose();
      return;
    }
    busy.value = true;
    problem.value = null;
    try {
      await put(queuePath(q.name), body);
      tell(t('saved'));
      onDone();
      onClose();
    } catch (x) {
      if (!(x instanceof Problem)) throw x;
      problem.value = x;
    } finally {
      busy.value = false;
    }
  };
  return (
    <form class="stack" onSubmit={submit}>
      <p class="small soft">{t('empty')}</p>
      <div class="run-pair">
        {common.map((c) => (
          <Field key={c.key} label={say(c.name)} hint={unit[c.kind] && say(unit[c.kind]!)}>
            {(id, by) => (
              <input
                id={id}
                aria-describedby={by}
                inputMode={c.kind === 'text' || c.kind === 'queue' ? undefined : 'numeric'}
                value={typed.value[c.key] ?? was(c.key)}
                onInput={(e) => {
                  typed.value = { ...typed.value, [c.key]: e.currentTarget.value };
                }}
              />
            )}
          </Field>
        ))}
      </div>
      {problem.value && <Trouble problem={problem.value} />}
      <div class="dialog-actions">
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button type="submit" tone="primary" busy={busy.value}>
          {t('save')}
        </Button>
      </div>
    </form>
  );
}

const hidden = new Set([
  ...['name', 'visible', 'in_flight', 'delayed', 'waiting', 'blocked_groups', 'held_groups', 'blocked'],
  ...['oldest_age_ms', 'lanes', 'slo', 'push_state', 'redrive_policy', 'is_dlq', 'fifo'],
  ...common.map((c) => c.key),
]);

function value(v: unknown) {
  if (typeof v === 'boolean') return t(v ? 'yes' : 'no');
  if (typeof v === 'number') return number(v);
  if (typeof v === 'object' && v !== null) return <code>{JSON.stringify(v)}</code>;
  return /_at$/.test(String(v)) ? <Time at={String(v)} /> : String(v);
}

export function Settings({ queue, changed }: { queue: Queue; changed: () => void }) {
  const editing = useSignal(false);
  const rest = Object.entries(queue).filter(([k]) => !hidden.has(k));
  return (
    <>
      <Card
        title={t('set')}
        actions={!editing.value && <Button onClick={() => (editing.value = true)}>{t('change')}</Button>}
      >
        {editing.value ? (
          <Edit queue={queue} onClose={() => (editing.value = false)} onDone={changed} />
        ) : (
          <dl class="facts run-facts">
            {common.map((c) => (
              <>
                <dt>{say(c.name)}</dt>
                <dd>{shown(c.kind, queue[c.key])}</dd>
              </>
            ))}
          </dl>
        )}
      </Card>
      <Card title={t('all')}>
        <dl class="facts run-facts">
          {rest.map(([k, v]) => (
            <>
              <dt class="mono">{k}</dt>
              <dd>{/_at$/.test(k) ? <Time at={String(v)} both /> : value(v)}</dd>
            </>
          ))}
        </dl>
        <CopyAs curl={curl(queuePath(queue.name))} cli={command('ringi', 'queue', 'show', queue.name)} />
      </Card>
    </>
  );
}
