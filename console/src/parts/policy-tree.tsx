// policy-tree.tsx - a policy as a tree that people read: who has to agree, and how many.
import { seg } from '../lib/api';
import { isNode, members, type Member, type Need, type Policy } from '../lib/policy';
import { texts } from '../lib/text';
import { Icon } from './icon';
import { Chip, Link } from './parts';
import { Who } from './people';

const t = texts({
  n: ['{n} of these', 'このうち {n} 件'],
  any: ['any one of these', 'このうちいずれか 1 件'],
  all: ['all of these', 'すべて'],
  majority: ['more than half of these', 'このうち過半数'],
  half: ['at least half of these', 'このうち半数以上'],
  percent: ['{n} % of these', 'このうち {n} %'],
  weight: ['weights of these that sum up to {n}', '重みの合計が {n} 以上'],
  group: ['{n} of the group {name}', 'グループ {name} の {n} 人'],
  post: ['the {name} of {of}', '{of} の {name}'],
  posts: ['{n} × the {name} of {of}', '{of} の {name} {n} 人'],
  applicant: ["the applicant's department", '申請者の部署'],
  above: ["the department above the applicant's", '申請者の部署の上の部署'],
  opinion: ['opinion only', '意見のみ'],
  weighs: ['weight {n}', '重み {n}'],
  veto: ['veto', '拒否権'],
  required: ['required', '必須'],
  reject_any: ['lost at the first no', '最初の否認で不成立'],
  reject_last: ['lost only when all have voted', '全員の投票後に判定'],
  abstain_no: ['abstaining counts as no', '棄権は否認とみなす'],
  abstain_yes: ['abstaining counts as yes', '棄権は承認とみなす'],
  min: ['at least {n} votes', '投票 {n} 件以上'],
  unknown: ['something else', 'その他'],
});

export function needText(need: Need | undefined): string {
  if (typeof need === 'number') return t('n', { n: need });
  if (need === 'any' || need === 'all' || need === 'majority' || need === 'half') return t(need);
  if (need && typeof need === 'object' && 'percent' in need) return t('percent', { n: need.percent });
  if (need && typeof need === 'object' && 'weight' in need) return t('weight', { n: need.weight });
  return t('unknown');
}

export const placeText = (of: unknown) =>
  of === undefined || of === 'applicant.department'
    ? t('applicant')
    : of === 'applicant.department.parent'
      ? t('above')
      : String(of);

export function seatText(m: Member): string {
  if (m.group !== undefined) return t('group', { n: m.count ?? 1, name: m.group });
  if (m.post !== undefined)
    return t((m.count ?? 1) > 1 ? 'posts' : 'post', { n: m.count ?? 1, name: m.post, of: placeText(m.of) });
  return m.user ?? t('unknown');
}

export function Marks({ m }: { m: Member }) {
  return (
    <>
      {m.veto && <Chip tone="bad">{t('veto')}</Chip>}
      {m.required && <Chip tone="wait">{t('required')}</Chip>}
      {m.weight === 0 && <Chip>{t('opinion')}</Chip>}
      {(m.weight ?? 1) > 1 && <Chip>{t('weighs', { n: m.weight! })}</Chip>}
      {m.reject === 'any' && <Chip>{t('reject_any')}</Chip>}
      {m.reject === 'last' && <Chip>{t('reject_last')}</Chip>}
      {m.abstain === 'no' && <Chip>{t('abstain_no')}</Chip>}
      {m.abstain === 'yes' && <Chip>{t('abstain_yes')}</Chip>}
      {!!m.min_votes && <Chip>{t('min', { n: m.min_votes })}</Chip>}
    </>
  );
}

function Part({ m }: { m: Member }) {
  if (isNode(m))
    return (
      <>
        <p class="row need">
          <b>{needText(m.need)}</b>
          <Marks m={m} />
        </p>
        <ul class="tree">
          {members(m).map((x, i) => (
            <li key={i}>
              <Part m={x} />
            </li>
          ))}
        </ul>
      </>
    );
  return (
    <p class="row">
      <Icon name={m.user !== undefined ? 'person' : 'people'} size={18} />
      {m.user !== undefined ? (
        <Link to={`/people/${seg(m.user)}`}>
          <Who id={m.user} />
        </Link>
      ) : (
        <span>{seatText(m)}</span>
      )}
      <Marks m={m} />
    </p>
  );
}

export const PolicyTree = ({ policy }: { policy: Policy }) => (
  <div class="policy-tree">
    <Part m={policy} />
  </div>
);
