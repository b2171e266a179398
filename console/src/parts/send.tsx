// send.tsx - a message by hand: its body as it is typed, attributes, and where its queue knows
// them group, deduplication, priority and delay.
import { useSignal } from '@preact/signals';
import { Problem } from '../lib/api';
import { useIntent } from '../lib/change';
import { queuePath, type Queue } from '../lib/queues';
import { texts } from '../lib/text';
import { command, CopyAs, curl, pretty } from './run';
import { bodyOf, formOf, SchemaForm, valuesOf } from './schema-form';
import { Button, Dialog, Field, Trouble } from './parts';
import { tell } from './toast';

const t = texts({
  title: ['Send a message to {name}', '{name} にメッセージを送る'],
  body: ['Body', '本文'],
  tidy: ['Indent', '整形'],
  as_form: ['As a form', 'フォームで入力'],
  as_json: ['As JSON', 'JSON で入力'],
  no_form: [
    'The body holds something that the form cannot show; go on as JSON.',
    '本文にフォームで表示できない内容があります。JSON のまま編集してください。',
  ],
  attributes: ['Attributes', '属性'],
  attribute: ['Attribute {n}: name', '属性{n}: 名前'],
  value: ['Attribute {n}: value', '属性{n}: 値'],
  type: ['Attribute {n}: type', '属性{n}: 型'],
  add: ['Add an attribute', '属性を追加'],
  remove: ['Remove attribute {n}', '属性{n}を削除'],
  group: ['Message group', 'メッセージグループ'],
  dedup: ['Deduplication id', '重複排除ID'],
  delay: ['Delay in seconds', '遅延（秒）'],
  priority: ['Priority', '優先度'],
  priority_hint: ['0 to 9, the most urgent; 4 if nothing is said', '0〜9（9が最優先）。省略時は4'],
  send: ['Send', '送る'],
  cancel: ['Close', '閉じる'],
  sent: ['Sent as {id}', '送信しました（{id}）'],
  again: ['It was there already: {id}', '同じものが送信済みです（{id}）'],
});

interface Attribute {
  name: string;
  type: string;
  value: string;
}

export function SendMessage({
  queue,
  onClose,
  onSent,
}: {
  queue: Queue;
  onClose: () => void;
  onSent: () => void;
}) {
  const form = formOf(queue.schema);
  const body = useSignal(''),
    values = useSignal<Record<string, string> | null>(form ? {} : null),
    attributes = useSignal<readonly Attribute[]>([]),
    more = useSignal<Record<string, string>>({}),
    busy = useSignal(false),
    problem = useSignal<Problem | null>(null);
  const send = useIntent();
  const change = (at: number, what: Partial<Attribute>) => {
    attributes.value = attributes.value.map((a, i) => (i === at ? { ...a, ...what } : a));
  };
  const request = () => {
    const b: Record<string, unknown> = {
      body: form && values.value ? bodyOf(form, values.value) : body.value,
    };
    const named = attributes.value.filter((a) => a.name.trim());
    if (named.length)
      b.attributes = Object.fromEntries(named.map((a) => [a.name.trim(), { type: a.type, value: a.value }]));
    for (const [k, v] of Object.entries(more.value)) {
      const text = v.trim();
      if (text) b[k] = k === 'delay_s' || k === 'priority' ? Number(text.normalize('NFKC')) : text;
    }
    return b;
  };
  const submit = async (e: Event) => {
    e.preventDefault();
    if (busy.value) return;
    busy.value = true;
    problem.value = null;
    try {
      const r = await send<{ message_id: string; duplicate?: boolean }>(
        queuePath(queue.name, '/messages'),
        request(),
      );
      tell(t(r.duplicate ? 'again' : 'sent', { id: r.message_id }));
      onSent();
      onClose();
    } catch (x) {
      if (!(x instanceof Problem)) throw x;
      problem.value = x;
    } finally {
      busy.value = false;
    }
  };
  const field = (key: string, label: string, hint?: string, required = false) => (
    <Field label={label} hint={hint}>
      {(id, by) => (
        <input
          id={id}
          aria-describedby={by}
          required={required}
          autocomplete="off"
          inputMode={key === 'delay_s' || key === 'priority' ? 'numeric' : undefined}
          value={more.value[key] ?? ''}
          onInput={(e) => {
            more.value = { ...more.value, [key]: e.currentTarget.value };
          }}
        />
      )}
    </Field>
  );
  const nice = pretty(body.value);
  const turn = () => {
    if (!form) return;
    if (values.value) {
      body.value = bodyOf(form, values.value);
      values.value = null;
      return;
    }
    const read = valuesOf(form, body.value);
    if (read) values.value = read;
    else tell(t('no_form'), { bad: true });
  };
  return (
    <Dialog title={t('title', { name: queue.name })} onClose={onClose} wide>
      <form onSubmit={submit}>
        {form && (
          <p>
            <Button tone="quiet" onClick={turn}>
              {t(values.value ? 'as_json' : 'as_form')}
            </Button>
          </p>
        )}
        {form && values.value ? (
          <SchemaForm schema={form} values={values.value} change={(v) => (values.value = v)} />
        ) : (
          <Field label={t('body')}>
            {(id) => (
              <textarea
                id={id}
                class="mono"
                rows={8}
                required
                spellcheck={false}
                value={body.value}
                onInput={(e) => {
                  body.value = e.currentTarget.value;
                }}
              />
            )}
          </Field>
        )}
        {!values.value && nice !== null && nice !== body.value && (
          <p>
            <Button tone="quiet" onClick={() => (body.value = nice)}>
              {t('tidy')}
            </Button>
          </p>
        )}
        <fieldset class="run-set">
          <legend>{t('attributes')}</legend>
          {attributes.value.map((a, i) => (
            <div class="attribute" key={i}>
              <input
                aria-label={t('attribute', { n: i + 1 })}
                placeholder={t('attributes')}
                value={a.name}
                onInput={(e) => change(i, { name: e.currentTarget.value })}
              />
              <select
                aria-label={t('type', { n: i + 1 })}
                value={a.type}
                onChange={(e) => change(i, { type: e.currentTarget.value })}
              >
                <option>String</option>
                <option>Number</option>
              </select>
              <input
                aria-label={t('value', { n: i + 1 })}
                value={a.value}
                onInput={(e) => change(i, { value: e.currentTarget.value })}
              />
              <Button
                tone="quiet"
                icon="cross"
                label={t('remove', { n: i + 1 })}
                onClick={() => {
                  attributes.value = attributes.value.filter((_, at) => at !== i);
                }}
              />
            </div>
          ))}
          <Button
            icon="plus"
            onClick={() => {
              attributes.value = [...attributes.value, { name: '', type: 'String', value: '' }];
            }}
          >
            {t('add')}
          </Button>
        </fieldset>
        <div class="run-pair">
          {field('group', t('group'), undefined, queue.fifo_queue === true)}
          {queue.fifo_queue && field('dedup', t('dedup'))}
          {!queue.fifo_queue && field('delay_s', t('delay'))}
          {queue.priority && field('priority', t('priority'), t('priority_hint'))}
        </div>
        {problem.value && <Trouble problem={problem.value} />}
        <CopyAs
          curl={curl(queuePath(queue.name, '/messages'), 'POST', request())}
          cli={
            Object.keys(request()).length === 1
              ? command('ringi', 'send', queue.name, String(request().body))
              : undefined
          }
        />
        <div class="dialog-actions">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" tone="primary" icon="send" busy={busy.value}>
            {t('send')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
