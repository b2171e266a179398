// topics.tsx - topics, and who gets what is published to them.
import { get } from '../lib/api';
import { csv } from '../lib/csv';
import { useLoad } from '../lib/load';
import { queueHref } from '../lib/queues';
import { texts } from '../lib/text';
import { Card, Empty, Link, Page, Show } from '../parts/parts';
import { Rows } from '../parts/rows';
import { command, CopyAs, curl } from '../parts/run';

const t = texts({
  title: ['Topics', 'トピック'],
  lead: [
    'What is published to a topic goes to all its subscribers.',
    'トピックに送ったものは、すべての購読先に届きます。',
  ],
  none: ['No topic yet', 'トピックはまだありません'],
  none_hint: ['One is made with: ringi topic create', '作成するには: ringi topic create'],
  nobody: ['Nobody subscribes: what is published goes nowhere.', '購読先がありません。送っても届きません。'],
  to: ['To', '届け先'],
  filter: ['Only what matches', '条件'],
  everything: ['everything', 'すべて'],
  dead: ['Dead letters go to', 'デッドレター先'],
});

interface Subscription {
  topic: string;
  protocol: string;
  queue?: string;
  endpoint?: string;
  filter_policy?: unknown;
  dead_letter_queue?: string;
  id: string;
}
interface Definitions {
  topics: Record<string, { display_name?: string }>;
  subscriptions: Subscription[];
}

const text = (filter: unknown) =>
  filter === undefined || typeof filter === 'string' ? filter : JSON.stringify(filter);

/** A topic to which nobody subscribes has a line, too. */
const table = (d: Definitions) =>
  csv(
    ['topic', 'to', 'filter', 'dead_letter_queue'],
    Object.keys(d.topics).flatMap((name) => {
      const of = d.subscriptions.filter((s) => s.topic === name);
      if (of.length === 0) return [[name, undefined, undefined, undefined]];
      return of.map((s) => [name, s.queue ?? s.endpoint, text(s.filter_policy), s.dead_letter_queue]);
    }),
  );

function Subscribers({ of }: { of: readonly Subscription[] }) {
  return (
    <div class="scroll">
      <Rows>
        <thead>
          <tr>
            <th>{t('to')}</th>
            <th>{t('filter')}</th>
            <th>{t('dead')}</th>
          </tr>
        </thead>
        <tbody>
          {of.map((s) => (
            <tr key={s.id}>
              <td>{s.queue ? <Link to={queueHref(s.queue)}>{s.queue}</Link> : s.endpoint}</td>
              <td>
                {s.filter_policy === undefined ? (
                  <span class="faint">{t('everything')}</span>
                ) : (
                  <code>{text(s.filter_policy)}</code>
                )}
              </td>
              <td>
                {s.dead_letter_queue ? (
                  <Link to={queueHref(s.dead_letter_queue)}>{s.dead_letter_queue}</Link>
                ) : (
                  <span class="faint">–</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </Rows>
    </div>
  );
}

export default function Topics() {
  const definitions = useLoad((signal) => get<Definitions>('/v1/definitions', {}, signal), [], 15_000);
  return (
    <Page title={t('title')} lead={t('lead')}>
      <Show of={definitions}>
        {(d) => {
          const names = Object.keys(d.topics);
          if (names.length === 0)
            return (
              <Empty icon="topic" title={t('none')}>
                <code>{t('none_hint')}</code>
              </Empty>
            );
          return (
            <>
              {names.map((name) => {
                const of = d.subscriptions.filter((s) => s.topic === name);
                return (
                  <Card key={name} title={d.topics[name]!.display_name ?? name}>
                    {of.length > 0 ? <Subscribers of={of} /> : <p class="soft">{t('nobody')}</p>}
                  </Card>
                );
              })}
              <CopyAs
                csv={() => table(d)}
                curl={curl('/v1/definitions')}
                cli={command('ringi', 'topic', 'subscriptions')}
              />
            </>
          );
        }}
      </Show>
    </Page>
  );
}
