// home.tsx - where one begins: what waits for the person, and what needs attention.
import type { ComponentChildren } from 'preact';
import { loadPage, type Approval, type Item } from '../lib/approval';
import { useLive } from '../lib/live';
import { useLoad } from '../lib/load';
import { href } from '../lib/router';
import { authOn } from '../lib/root';
import { may, me } from '../lib/session';
import { texts } from '../lib/text';
import { Amount, Due, State } from '../parts/approval';
import { useName, Who } from '../parts/people';
import { lines, load } from './overview';
import { Card, Chip, Empty, Link, Page, Show, Time } from '../parts/parts';

const t = texts({
  hello: ['Hello, {who}', '{who}さん、こんにちは'],
  hello_you: ['Hello', 'こんにちは'],
  waiting: ['Waiting for you', 'あなたの承認待ち'],
  none: ['Nothing waits for you.', '承認待ちはありません。'],
  count: ['{n} wait for your answer', '{n}件があなたの回答を待っています'],
  one: ['One waits for your answer', '1件があなたの回答を待っています'],
  inbox: ['To the inbox', '受信箱へ'],
  mine: ['Your open requests', 'あなたの進行中の申請'],
  none_mine: ['You have asked for nothing that is open.', '進行中の申請はありません。'],
  new: ['Ask for approval', '申請する'],
  all: ['All requests', '申請の一覧へ'],
  returned: ['sent back to you', '差し戻されています'],
  from: ['from', '申請：'],
  stuck: ['Stands still, or is late', '止まっている、または遅れている承認'],
  none_stuck: ['Nothing stands still.', '止まっている承認はありません。'],
  run: ['In operation', '運用'],
  overview: ['To the overview', '概況へ'],
  fine: ['Nothing needs you.', '対応が必要なものはありません。'],
});

const SHOWN = 5;
const COUNTED = 100;

/** What it is, in small what else is to be known, and at the right how it stands. */
function Line({
  to,
  name,
  about,
  children,
}: {
  to: string;
  name: string;
  about: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <li>
      <a href={href(to)}>
        <b>{name}</b>
        <small class="soft">{about}</small>
      </a>
      <span class="home-right">{children}</span>
    </li>
  );
}

function Waiting() {
  const who = me.value!.principal;
  const loaded = useLoad((signal) => loadPage<Item>('/v1/inbox', { limit: COUNTED }, signal), [who]);
  useLive('/v1/inbox/events', (e) => e.type === 'changed' && loaded.again(), { limit: 1 });
  return (
    <Card title={t('waiting')} actions={<Link to="/inbox">{t('inbox')}</Link>}>
      <Show of={loaded}>
        {(p) =>
          p.items.length === 0 ? (
            <Empty icon="check" title={t('none')} />
          ) : (
            <>
              <p class="home-count">
                {p.items.length === 1 && !p.cursor
                  ? t('one')
                  : t('count', { n: p.cursor ? `${p.items.length}+` : p.items.length })}
              </p>
              <ul class="home-list">
                {p.items.slice(0, SHOWN).map((i) => (
                  <Line
                    key={i.id}
                    to={`/approvals/${i.id}`}
                    name={i.subject || '–'}
                    about={
                      <>
                        {t('from')} <Who id={i.applicant} />
                      </>
                    }
                  >
                    <Amount of={i} />
                    <Due of={i} quiet />
                  </Line>
                ))}
              </ul>
            </>
          )
        }
      </Show>
    </Card>
  );
}

function Mine() {
  const who = me.value!.principal;
  const loaded = useLoad(
    (signal) =>
      loadPage<Approval>(
        '/v1/approvals',
        { applicant: who, state: 'RETURNED,PENDING,ESCALATED,INCIDENT', limit: 20 },
        signal,
      ),
    [who],
    10_000,
  );
  const first = (a: Approval, b: Approval) => Number(b.state === 'RETURNED') - Number(a.state === 'RETURNED');
  return (
    <Card title={t('mine')} actions={<Link to="/requests">{t('all')}</Link>}>
      <Show of={loaded}>
        {(p) =>
          p.items.length === 0 ? (
            <Empty icon="request" title={t('none_mine')}>
              <Link to="/requests/new" class="button">
                {t('new')}
              </Link>
            </Empty>
          ) : (
            <ul class="home-list">
              {p.items
                .toSorted(first)
                .slice(0, SHOWN)
                .map((a) => (
                  <Line
                    key={a.id}
                    to={`/approvals/${a.id}`}
                    name={a.subject || '–'}
                    about={a.state === 'RETURNED' ? t('returned') : <Time at={a.opened_at} />}
                  >
                    <State of={a} />
                  </Line>
                ))}
            </ul>
          )
        }
      </Show>
    </Card>
  );
}

/** For who keeps queues going. */
function Operation() {
  const look = useLoad(load, [], 10_000);
  return (
    <Card title={t('run')} actions={<Link to="/overview">{t('overview')}</Link>}>
      <Show of={look}>
        {({ queues }) => {
          const needs = lines(queues);
          return needs.length === 0 ? (
            <Empty icon="check" title={t('fine')} />
          ) : (
            <ul class="home-list">
              {needs.slice(0, SHOWN).map((l) => (
                <Line key={l.key} to={l.to} name={l.name} about={l.what}>
                  <Chip tone={l.tone}>{l.chip}</Chip>
                </Line>
              ))}
            </ul>
          );
        }}
      </Show>
    </Card>
  );
}

/** For who answers for the process: what stands still until somebody sees to it. */
function Stuck() {
  const loaded = useLoad(
    (signal) => loadPage<Approval>('/v1/approvals', { state: 'INCIDENT,ESCALATED', limit: SHOWN }, signal),
    [],
    10_000,
  );
  return (
    <Card title={t('stuck')} actions={<Link to="/requests?show=all">{t('all')}</Link>}>
      <Show of={loaded}>
        {(p) =>
          p.items.length === 0 ? (
            <Empty icon="check" title={t('none_stuck')} />
          ) : (
            <ul class="home-list">
              {p.items.map((a) => (
                <Line
                  key={a.id}
                  to={`/approvals/${a.id}`}
                  name={a.subject || '–'}
                  about={
                    <>
                      {t('from')} <Who id={a.applicant} />
                    </>
                  }
                >
                  <State of={a} />
                  <Due of={a} quiet />
                </Line>
              ))}
            </ul>
          )
        }
      </Show>
    </Card>
  );
}

export default function Home() {
  const who = useName(me.value!.principal);
  return (
    <Page
      title={who === undefined ? t('hello_you') : t('hello', { who })}
      actions={
        <Link to="/requests/new" class="button primary">
          {t('new')}
        </Link>
      }
    >
      <div class="grid">
        {may('ListQueues') && <Operation />}
        {authOn && may('PutPolicy') && <Stuck />}
        <Waiting />
        <Mine />
      </div>
    </Page>
  );
}
