// notifications.tsx - what the person was told, the newest first, and what became of it.
import { useSignal } from '@preact/signals';
import { get, post } from '../lib/api';
import { useLoad } from '../lib/load';
import { me } from '../lib/session';
import { texts, words } from '../lib/text';
import { seen } from '../parts/bell';
import { Button, Card, Chip, Empty, Link, More, Page, Show, Time, type Tone } from '../parts/parts';
import { tellProblem } from '../parts/toast';

const t = texts({
  title: ['Notifications', 'お知らせ'],
  lead: [
    'What you were told, here and elsewhere.',
    'あなたへのお知らせです。メールなどで届いたものも含みます。',
  ],
  read_all: ['I have seen them all', 'すべて既読にする'],
  none: ['Nobody has told you anything yet', 'お知らせはまだありません'],
  unseen: ['New', '未読'],
  by: ['{state}, {channel}', '{state}（{channel}）'],
});

const states = words({
  WAITING: ['on its way', '送信待ち'],
  COLLECTED: ['told together with others', 'まとめて送信'],
  SENT: ['sent', '送信済み'],
  KEPT: ['only here', 'この画面のみ'],
  OVER: ['was over before it left', '送信前に終了'],
  FAILED: ['could not be sent', '送信できませんでした'],
});
const tones: Record<string, Tone> = { FAILED: 'bad', SENT: 'good' };

interface Told {
  id: string;
  title: string;
  text: string;
  state: string;
  channel?: string;
  approval?: string;
  read: boolean;
  created_at: string;
}

function One({ of }: { of: Told }) {
  return (
    <li class={of.read ? '' : 'unseen'}>
      <p class="row">
        {!of.read && <Chip tone="wait">{t('unseen')}</Chip>}
        {of.approval ? <Link to={`/approvals/${of.approval}`}>{of.title}</Link> : <b>{of.title}</b>}
      </p>
      <p class="told">{of.text}</p>
      <p class="row small soft">
        <Time at={of.created_at} />
        <Chip tone={tones[of.state] ?? 'plain'}>
          {of.channel ? t('by', { state: states(of.state), channel: of.channel }) : states(of.state)}
        </Chip>
      </p>
    </li>
  );
}

const STEP = 50;

export default function Notifications() {
  const limit = useSignal(STEP);
  const of = useLoad(
    (s) =>
      get<{ unread: number; notifications: Told[]; cursor?: string }>(
        '/v1/notifications',
        { limit: limit.value },
        s,
      ),
    [me.value!.principal],
    30_000,
  );
  const readAll = async () => {
    try {
      await post('/v1/notifications:read');
      of.again();
      seen.value++;
    } catch (e) {
      tellProblem(e);
    }
  };
  return (
    <Page
      title={t('title')}
      lead={t('lead')}
      actions={of.data && of.data.unread > 0 && <Button onClick={readAll}>{t('read_all')}</Button>}
    >
      <Card>
        <Show of={of}>
          {(d) =>
            d.notifications.length === 0 ? (
              <Empty icon="bell" title={t('none')} />
            ) : (
              <>
                <ul class="notices">
                  {d.notifications.map((n) => (
                    <One key={n.id} of={n} />
                  ))}
                </ul>
                {d.cursor && limit.value < 200 && (
                  <More
                    onClick={() => {
                      limit.value = 200;
                      of.again();
                    }}
                    busy={of.loading}
                  />
                )}
              </>
            )
          }
        </Show>
      </Card>
    </Page>
  );
}
