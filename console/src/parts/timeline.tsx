// timeline.tsx - what has happened to an approval, oldest first, as its log tells it.
import { decisionWord, type Happened, type Slot } from '../lib/approval';
import { exact, dateTime, zone } from '../lib/format';
import { say, texts, type Pair } from '../lib/text';
import { Icon, type IconName } from './icon';
import { nameOf, Who } from './people';

const t = texts({
  version: ['version {n} of the data', '内容の第{n}版'],
  in_place: ['in place of', '代理：'],
  late: ['after the end', '終了後'],
  system: ['ringi', 'ringi'],
});

// Sentences without their subject, which stands before them.
const said: Record<string, Pair> = {
  'approval.opened': ['asked for approval', '申請しました'],
  'approval.retracted': ['took their answer back', '回答を取り消しました'],
  'approval.resubmitted': ['corrected it and asked again', '修正して再申請しました'],
  'approval.edited': ['changed the data', '内容を変更しました'],
  'approval.commented': ['commented', 'コメントしました'],
  'approval.reminded': ['sent a reminder', '催促しました'],
  'approval.reminder': ['reminded those who are asked', '回答待ちの人に催促しました'],
  'approval.asked': ['asked {who} as well', '{who}を承認者に追加しました'],
  'approval.slot': ['changed who is asked: {who}', '承認者が変わりました：{who}'],
  'approval.viewed': ['has seen it', '確認しました'],
  'approval.refused': ['was turned away ({code})', '受け付けられませんでした（{code}）'],
  'approval.withdrawn': ['withdrew it', '取り下げました'],
  'approval.canceled': ['canceled it', '取り消しました'],
  'approval.incident': ['nobody is left who could decide', '承認できる人がいなくなりました'],
  'approval.resumed': ['looked again for approvers', '承認者を探し直しました'],
  'approval.extended': ['the deadline was moved on', '期限が延びました'],
  'approval.recomputed': ['the calendar changed: another deadline', 'カレンダーの変更で期限が変わりました'],
  'approval.escalated': ['the deadline has passed', '期限を過ぎました'],
  'approval.untold': ['what should follow could not be told', '後続への通知ができませんでした'],
};
const voted: Record<string, Pair> = {
  approve: ['approved', '承認しました'],
  reject: ['rejected it', '却下しました'],
  abstain: ['abstained', '棄権しました'],
  return: ['sent it back', '差し戻しました'],
};
const ended: Record<string, Pair> = {
  APPROVED: ['It is approved', '承認されました'],
  REJECTED: ['It is rejected', '却下されました'],
  RETURNED: ['It was sent back', '差し戻されました'],
  WITHDRAWN: ['It was withdrawn', '取り下げられました'],
  CANCELED: ['It was canceled', '取り消されました'],
};

const slotOf = (e: Happened): Slot | undefined =>
  typeof e.detail?.slot === 'object' ? e.detail.slot : undefined;
const askedName = (s: Slot | number | undefined) =>
  typeof s === 'object' ? nameOf(s.user ?? s.group ?? s.vacant ?? '') : '';

function sentence(e: Happened): string {
  if (e.action === 'approval.voted') {
    const d = slotOf(e)?.decision ?? '';
    return voted[d] ? say(voted[d]) : decisionWord(d);
  }
  if (e.action === 'approval.closed') {
    const s = e.detail?.state ?? '';
    return ended[s] ? say(ended[s]) : s;
  }
  const slots = e.detail?.slots ?? [e.detail?.slot];
  const who = slots.map(askedName).filter(Boolean).join(', ');
  const pair = said[e.action];
  return pair ? say(pair, { who, code: e.detail?.code ?? '' }) : e.action;
}

const icons: Record<string, IconName> = {
  'approval.opened': 'send',
  'approval.resubmitted': 'send',
  'approval.commented': 'ask',
  'approval.reminded': 'bell',
  'approval.reminder': 'bell',
  'approval.asked': 'plus',
  'approval.edited': 'request',
  'approval.incident': 'dead',
  'approval.refused': 'cross',
  'approval.retracted': 'back',
};
const closedIcon: Record<string, IconName> = {
  approve: 'check',
  APPROVED: 'check',
  return: 'back',
  RETURNED: 'back',
};

function iconOf(e: Happened): IconName {
  if (e.action === 'approval.voted') return closedIcon[slotOf(e)?.decision ?? ''] ?? 'cross';
  if (e.action === 'approval.closed') return closedIcon[e.detail?.state ?? ''] ?? 'cross';
  return icons[e.action] ?? 'right';
}

/** The server's own doing has no person before it. */
const byItself = (e: Happened) =>
  e.action === 'approval.closed' || e.principal === '' || e.principal === 'ringi';

function One({ of: e, comment }: { of: Happened; comment?: string }) {
  const behalf = e.for ?? slotOf(e)?.for;
  const words = comment ?? e.reason;
  return (
    <li class={`event ${e.action.replace('approval.', '')} ${e.detail?.state?.toLowerCase() ?? ''}`}>
      <span class="event-icon">
        <Icon name={iconOf(e)} size={16} />
      </span>
      <div>
        <p>
          {!byItself(e) && (
            <b>
              <Who id={e.principal} then={e.names?.by} />{' '}
            </b>
          )}
          {sentence(e)}
          {behalf && behalf !== e.principal && (
            <span class="soft">
              {' '}
              ({t('in_place')} <Who id={behalf} then={e.names?.for} />)
            </span>
          )}
          {/resubmitted|edited/.test(e.action) && e.detail?.data_version && (
            <span class="soft"> · {t('version', { n: e.detail.data_version })}</span>
          )}
        </p>
        {words && <blockquote>{words}</blockquote>}
      </div>
      <time dateTime={e.at} title={`${exact(e.at)} (${zone.value})`} class="small soft">
        {dateTime(e.at)}
      </time>
    </li>
  );
}

/** A send-back is a vote and an end at one time: told once, with what was said. */
export function Timeline({ events }: { events: readonly Happened[] }) {
  const sentBack = (e: Happened | undefined) =>
    e?.action === 'approval.closed' && e.detail?.state === 'RETURNED' ? e : undefined;
  const isVote = (e: Happened | undefined) => e?.action === 'approval.voted';
  return (
    <ol class="timeline">
      {events.map((e, i) => {
        if (sentBack(e) && isVote(events[i - 1])) return null;
        return (
          <One key={e.number} of={e} comment={isVote(e) ? sentBack(events[i + 1])?.reason : undefined} />
        );
      })}
    </ol>
  );
}
