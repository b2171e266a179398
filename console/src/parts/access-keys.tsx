// access-keys.tsx - keys of programs: made, rotated, ended. Their secret is told once.
import { useSignal } from '@preact/signals';
import { del, seg, whole } from '../lib/api';
import { useChange } from '../lib/change';
import { useLoad } from '../lib/load';
import { texts } from '../lib/text';
import { Once } from './once';
import { Button, Card, Confirm, Dialog, Empty, Field, Show, Time, Trouble } from './parts';
import { tell } from './toast';

const t = texts({
  make: ['New key', 'キーを作る'],
  name: ['Name', '名前'],
  rules: ['Rules', '規則'],
  rules_hint: [
    'One a line: service:Action:name, with * for any letters. For example sqs:*:orders-*',
    '1 行に 1 つ。サービス:操作:名前。* は任意の文字。例：sqs:*:orders-*',
  ],
  expires: ['Expires after days', '有効日数'],
  expires_hint: ['Empty: it does not expire.', '空なら無期限'],
  id: ['Access key id', 'アクセスキー ID'],
  secret: ['Secret access key', 'シークレットアクセスキー'],
  token: ['Token', 'トークン'],
  once: [
    'The key {name} is ready. Its secret and token are shown only now.',
    'キー {name} ができました。シークレットとトークンは今しか表示されません。',
  ],
  used: ['Last used', '最終利用'],
  ends: ['Expires', '期限'],
  never: ['never', 'なし'],
  rotate: ['Rotate', '更新する'],
  rotate_title: ['Rotate {name}?', '{name} を更新しますか'],
  rotate_text: [
    'It gets a new id, secret and token. The old ones end at once.',
    '新しい ID、シークレット、トークンになります。古いものはすぐに使えなくなります。',
  ],
  revoke: ['Revoke', '失効させる'],
  revoke_title: ['Revoke {name}?', '{name} を失効させますか'],
  revoke_text: [
    'Programs that use it are refused from now on.',
    'このキーを使うプログラムは、すぐに拒否されます。',
  ],
  revoked: ['The key {name} is revoked.', 'キー {name} を失効させました。'],
  none: ['There is no key yet', 'キーはまだありません'],
  none_hint: [
    'A program that calls this server has a key of its own, which may only what it needs.',
    'このサーバーを呼ぶプログラムには、必要なことだけができる専用のキーを渡します。',
  ],
});

interface Key {
  name: string;
  access_key_id: string;
  rules: string[];
  expires_at?: string;
  last_used_at?: string;
}

interface Secrets extends Key {
  secret_access_key: string;
  token: string;
}

function Make({ onClose, done }: { onClose: () => void; done: (s: Secrets) => void }) {
  const change = useChange();
  const submit = (e: Event) => {
    e.preventDefault();
    const f = new FormData(e.currentTarget as HTMLFormElement);
    const days = f.get('days')!.toString().normalize('NFKC').trim();
    const body = {
      name: f.get('name')!.toString().normalize('NFKC').trim(),
      rules: f
        .get('rules')!
        .toString()
        .split('\n')
        .map((r) => r.trim())
        .filter((r) => r),
      expires_in_s: days ? Number(days) * 86_400 : undefined,
    };
    void change.run(async () => done(await change.once<Secrets>('/v1/keys', body)));
  };
  return (
    <Dialog title={t('make')} onClose={onClose}>
      <form onSubmit={submit}>
        <Field label={t('name')}>
          {(id) => <input id={id} name="name" required autocapitalize="none" spellcheck={false} />}
        </Field>
        <Field label={t('rules')} hint={t('rules_hint')}>
          {(id, by) => (
            <textarea
              id={id}
              name="rules"
              class="mono"
              rows={4}
              required
              spellcheck={false}
              aria-describedby={by}
            />
          )}
        </Field>
        <Field label={t('expires')} hint={t('expires_hint')}>
          {(id, by) => <input id={id} name="days" inputMode="numeric" aria-describedby={by} />}
        </Field>
        {change.problem.value && <Trouble problem={change.problem.value} />}
        <div class="dialog-actions">
          <Button type="submit" tone="primary" busy={change.busy.value}>
            {t('make')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function Keys() {
  const of = useLoad((s) => whole<Key>('/v1/keys', 'keys', s), []);
  const making = useSignal(false);
  const asked = useSignal<{ what: 'rotate' | 'revoke'; name: string } | null>(null);
  const told = useSignal<Secrets | null>(null);
  const change = useChange();
  const a = asked.value,
    s = told.value;
  const run = async () => {
    if (a!.what === 'rotate') {
      told.value = await change.once<Secrets>(`/v1/keys/${seg(a!.name)}/rotate`);
    } else {
      await del(`/v1/keys/${seg(a!.name)}`);
      tell(t('revoked', { name: a!.name }));
    }
    of.again();
  };
  return (
    <>
      <p>
        <Button
          icon="plus"
          onClick={() => {
            making.value = true;
          }}
        >
          {t('make')}
        </Button>
      </p>
      <Show of={of}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="settings" title={t('none')}>
              {t('none_hint')}
            </Empty>
          ) : (
            <Card>
              <ul class="lines">
                {all.map((k) => (
                  <li key={k.name} class="line">
                    <div>
                      <p class="row">
                        <b>{k.name}</b>
                        <code class="faint">{k.access_key_id}</code>
                      </p>
                      <p class="small">
                        <code>{k.rules.join('  ')}</code>
                      </p>
                      <p class="small soft">
                        {t('used')}: <Time at={k.last_used_at} /> · {t('ends')}:{' '}
                        {k.expires_at ? <Time at={k.expires_at} /> : t('never')}
                      </p>
                    </div>
                    <span class="actions">
                      <Button
                        tone="quiet"
                        onClick={() => {
                          asked.value = { what: 'rotate', name: k.name };
                        }}
                      >
                        {t('rotate')}
                      </Button>
                      <Button
                        tone="quiet"
                        onClick={() => {
                          asked.value = { what: 'revoke', name: k.name };
                        }}
                      >
                        {t('revoke')}
                      </Button>
                    </span>
                  </li>
                ))}
              </ul>
            </Card>
          )
        }
      </Show>
      {making.value && (
        <Make
          onClose={() => {
            making.value = false;
          }}
          done={(k) => {
            making.value = false;
            told.value = k;
            of.again();
          }}
        />
      )}
      {a && (
        <Confirm
          title={t(`${a.what}_title`, { name: a.name })}
          action={t(a.what)}
          danger
          onClose={() => {
            asked.value = null;
          }}
          run={run}
        >
          <p>{t(`${a.what}_text`)}</p>
        </Confirm>
      )}
      {s && (
        <Once
          title={s.name}
          text={t('once', { name: s.name })}
          onClose={() => {
            told.value = null;
          }}
          secrets={[
            [t('id'), s.access_key_id],
            [t('secret'), s.secret_access_key],
            [t('token'), s.token],
          ]}
        />
      )}
    </>
  );
}
