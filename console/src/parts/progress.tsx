// progress.tsx - how far an approval is: one plain sentence, a ring for each need, and everybody
// who is asked.
import { decisionWord, isOpen, places, reasonWord, type Place, type Slot, type View } from '../lib/approval';
import { language, texts } from '../lib/text';
import { Icon } from './icon';
import { Chip, Ring, Time, type Tone } from './parts';
import { Avatar, nameOf, Who } from './people';

const t = texts({
  need: ['{needed} of {of} have to agree', '{of}名中{needed}名の承認が必要'],
  nobody: [
    '{needed} needed, and nobody is left to ask',
    '{needed}名の承認が必要ですが、承認できる人がいません',
  ],
  weight: ['{needed} of {of} points are needed', '{of}点中{needed}点が必要'],
  parts: ['{needed} of {of} parts have to agree', '{of}項目中{needed}項目の承認が必要'],
  sent_back: [
    '{who} has sent it back. It waits for its applicant.',
    '{who}さんが差し戻しました。申請者の対応待ちです。',
  ],
  sent_back_once: [
    'It was sent back, and waits for its applicant.',
    '差し戻されました。申請者の対応待ちです。',
  ],
  withdrawn: ['Its applicant has withdrawn it.', '申請者が取り下げました。'],
  canceled: ['It was canceled.', '取り消されました。'],
  have: ['agreed so far: {yes}', '{yes}名が承認'],
  agreed: ['agreed on', '承認済み'],
  failed: ['cannot be reached any more', '成立しません'],
  waiting: ['Asked', '回答待ち'],
  closed: ['Not needed any more', '回答不要'],
  left_out: ['Not asked', '対象外'],
  gone: ['Not asked any more', '対象から外れました'],
  in_place: ['in place of', '代理：'],
  for_group: ['for group {group}', 'グループ {group} として'],
  group: ['anybody of group {group}', 'グループ {group} の誰か'],
  post: ['as {post}', '{post}として'],
  vacant: ['post {post}: nobody holds it', '役職 {post}：在籍者なし'],
  veto: ['can veto', '拒否権あり'],
  required: ['has to agree', '承認必須'],
  weight_one: ['weight {n}', '重み {n}'],
  opinion: ['opinion only', '意見のみ'],
  added: ['added', '追加'],
  you: ['you', 'あなた'],
  old: ['about version {n}', '第{n}版について'],
});

const decided: Record<string, Tone> = { approve: 'good', reject: 'bad', return: 'warn', abstain: 'quiet' };

function SlotState({ of }: { of: Slot }) {
  if (of.state === 'DECIDED')
    return <Chip tone={decided[of.decision ?? ''] ?? 'quiet'}>{decisionWord(of.decision ?? '')}</Chip>;
  if (of.state === 'WAITING') return <Chip tone="wait">{t('waiting')}</Chip>;
  const said = of.state === 'CLOSED' ? 'closed' : of.state === 'GONE' ? 'gone' : 'left_out';
  return <Chip tone="quiet">{t(said)}</Chip>;
}

function Asked({ of }: { of: Slot }) {
  if (of.by)
    return (
      <>
        <Who id={of.by} then={of.names?.by} />
        {of.for && of.for !== of.by && (
          <small class="soft">
            {' '}
            {t('in_place')} <Who id={of.for} then={of.names?.for} />
          </small>
        )}
      </>
    );
  if (of.user) return <Who id={of.user} />;
  return (
    <>{of.group ? t('group', { group: of.group }) : t('vacant', { post: of.post ?? of.vacant ?? '' })}</>
  );
}

function About({ of, mine, version }: { of: Slot; mine: boolean; version: number }) {
  const said = [
    mine && t('you'),
    of.by && of.group && t('for_group', { group: of.group }),
    of.post && !of.vacant && t('post', { post: of.post }),
    of.veto && t('veto'),
    of.required && t('required'),
    of.weight === 0
      ? t('opinion')
      : of.weight !== undefined && of.weight !== 1 && t('weight_one', { n: of.weight }),
    of.added && t('added'),
    of.state !== 'DECIDED' && of.reason && reasonWord(of.reason),
    of.data_version !== undefined && of.data_version < version && t('old', { n: of.data_version }),
  ].filter((x) => x !== false && x !== undefined && x !== '');
  return said.length ? <small class="soft">{said.join(' · ')}</small> : null;
}

function OneSlot({ of, mine, version }: { of: Slot; mine: boolean; version: number }) {
  return (
    <li class={`slot ${of.state.toLowerCase()}`} data-slot={of.slot}>
      {of.group && !of.by ? (
        <span class="avatar" aria-hidden="true">
          <Icon name="people" size={18} />
        </span>
      ) : (
        <Avatar id={of.by ?? of.user ?? '?'} />
      )}
      <div class="slot-who">
        <b>
          <Asked of={of} />
        </b>
        <About of={of} mine={mine} version={version} />
      </div>
      <div class="slot-state">
        <SlotState of={of} />
        {of.decided_at && (
          <small class="soft">
            <Time at={of.decided_at} />
          </small>
        )}
      </div>
      {of.comment && <blockquote>{of.comment}</blockquote>}
    </li>
  );
}

const ringTone = (state: string, open: boolean): Tone =>
  state === 'WON' ? 'good' : state === 'LOST' || state === 'STUCK' ? 'bad' : open ? 'wait' : 'quiet';

function Need({ place, view }: { place: Place; view: View }) {
  const p = view.progress[place.node];
  if (!p) return null;
  const open = isOpen(view);
  const words = p.of === 0 ? 'nobody' : place.parts ? 'parts' : p.of <= view.slots.length ? 'need' : 'weight';
  return (
    <section class="need" data-depth={place.depth < 3 ? place.depth : 3}>
      <header>
        <Ring got={p.yes} needed={p.needed} tone={ringTone(p.state, open)} size={place.depth ? 44 : 60} />
        <p>
          {t(words, { needed: p.needed, of: p.of })}
          <small class="soft">
            {p.state === 'WON' ? t('agreed') : p.state === 'OPEN' ? t('have', { yes: p.yes }) : t('failed')}
          </small>
        </p>
      </header>
      {place.slots.length > 0 && (
        <ul class="slots">
          {place.slots.map((s) => (
            <OneSlot key={s.slot} of={s} mine={view.mine?.slot === s.slot} version={view.data_version} />
          ))}
        </ul>
      )}
    </section>
  );
}

export function Progress({ of }: { of: View }) {
  return (
    <>
      {places(of.policy_text, of.slots).map((p) => (
        <Need key={p.node} place={p} view={of} />
      ))}
    </>
  );
}

/** Where it stands, in a sentence. The judge's own counts say little of what ended otherwise. */
export function why(v: View): string {
  if (v.state === 'RETURNED') {
    const s = v.slots.find((x) => x.decision === 'return');
    return s ? t('sent_back', { who: nameOf(s.by ?? '') }) : t('sent_back_once');
  }
  if (v.state === 'WITHDRAWN') return t('withdrawn');
  if (v.state === 'CANCELED') return t('canceled');
  return language.value === 'ja' ? v.why_ja : v.why;
}
