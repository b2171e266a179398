// approval.tsx - pieces of pages about approvals: state, amount, deadline, data as a table.
import type { ComponentChildren } from 'preact';
import { isFinal, stateWord, type Approval } from '../lib/approval';
import { now } from '../lib/clock';
import { grouped, Num, writeExact, type Change, type Exact } from '../lib/exact';
import { exact, lasting, relative, zone } from '../lib/format';
import { texts } from '../lib/text';
import { Chip, type Tone } from './parts';

const t = texts({
  late: ['{time} late', '{time}超過'],
  due: ['due {time}', '期限 {time}'],
  no_due: ['no deadline', '期限なし'],
  yes: ['Yes', 'はい'],
  no: ['No', 'いいえ'],
  none: ['none', 'なし'],
  no_data: ['Nothing but the subject was given.', '件名のほかに内容はありません。'],
  value: ['Value', '値'],
  what: ['What', '項目'],
  was: ['Before', '変更前'],
  is: ['Now', '変更後'],
  absent: ['was not there', '（なし）'],
  gone: ['was taken out', '（削除）'],
  amount: ['Amount', '金額'],
});

const tones: Record<string, Tone> = {
  PENDING: 'wait',
  ESCALATED: 'warn',
  INCIDENT: 'bad',
  RETURNED: 'warn',
  APPROVED: 'good',
  REJECTED: 'bad',
};

export function State({ of }: { of: { state: string } }) {
  return <Chip tone={tones[of.state] ?? 'quiet'}>{stateWord(of.state)}</Chip>;
}

export function Amount({ of }: { of: { amount?: string } }) {
  return of.amount === undefined ? null : <span class="amount">{grouped(of.amount)}</span>;
}

const DAY_MS = 86_400_000;

/** By when; late in words. Of what has ended nothing. */
export function Due({ of, quiet = false }: { of: Approval; quiet?: boolean }) {
  if (!of.due_at || isFinal(of) || of.state === 'RETURNED')
    return quiet ? null : <span class="faint">{t('no_due')}</span>;
  const left = new Date(of.due_at).getTime() - now.value;
  const said =
    left < 0 ? t('late', { time: lasting(-left) }) : t('due', { time: relative(of.due_at, now.value) });
  return (
    <time
      dateTime={of.due_at}
      title={`${exact(of.due_at)} (${zone.value})`}
      class={`due ${left < 0 ? 'late' : left < DAY_MS ? 'soon' : ''}`}
    >
      {said}
    </time>
  );
}

// ---- data

const label = (key: string) => (key === 'amount' ? t('amount') : key.replaceAll('_', ' '));

function Scalar({ v }: { v: Exclude<Exact, Exact[] | Map<string, Exact>> }) {
  if (v instanceof Num) return <span class="num-text">{v.text}</span>;
  if (typeof v === 'boolean') return <>{t(v ? 'yes' : 'no')}</>;
  return v === null || v === '' ? <span class="faint">{t('none')}</span> : <span class="as-typed">{v}</span>;
}

const isTree = (v: Exact): v is Map<string, Exact> => v instanceof Map;
const MOST_COLUMNS = 6;

/** The keys of a list that is a table: objects of few and plain members. */
function columns(list: Exact[]): string[] | null {
  if (list.length === 0 || !list.every(isTree)) return null;
  const keys = [...new Set(list.flatMap((row) => [...row.keys()]))];
  const flat = list.every((row) => [...row.values()].every((v) => !isTree(v) && !Array.isArray(v)));
  return flat && keys.length <= MOST_COLUMNS ? keys : null;
}

function Rows({ list, keys }: { list: Exact[]; keys: string[] }) {
  return (
    <div class="scroll" tabIndex={0} role="group">
      <table class="data-rows">
        <thead>
          <tr>
            {keys.map((k) => (
              <th key={k} scope="col">
                {label(k)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(list as Map<string, Exact>[]).map((row, i) => (
            <tr key={i}>
              {keys.map((k) => {
                const v = row.get(k);
                return (
                  <td key={k} class={v instanceof Num ? 'num' : ''}>
                    {v === undefined ? null : <Value v={v} />}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Value({ v, amount }: { v: Exact; amount?: boolean }): ComponentChildren {
  if (amount && v instanceof Num) return <span class="num-text">{grouped(v.text)}</span>;
  if (isTree(v)) return v.size ? <Members of={v} /> : <span class="faint">{t('none')}</span>;
  if (!Array.isArray(v)) return <Scalar v={v} />;
  if (v.length === 0) return <span class="faint">{t('none')}</span>;
  const keys = columns(v);
  if (keys) return <Rows list={v} keys={keys} />;
  return (
    <ol class="data-list">
      {v.map((x, i) => (
        <li key={i}>
          <Value v={x} />
        </li>
      ))}
    </ol>
  );
}

function Members({ of }: { of: Map<string, Exact> }) {
  return (
    <dl class="data">
      {[...of].map(([k, v]) => (
        <div key={k} class={isTree(v) || Array.isArray(v) ? 'nested' : ''}>
          <dt>{label(k)}</dt>
          <dd>
            <Value v={v} amount={k === 'amount'} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** What is decided about, readable; numbers as they were written. */
export function Data({ of }: { of: Exact | undefined }) {
  if (of === undefined || of === null || (isTree(of) && of.size === 0))
    return <p class="soft">{t('no_data')}</p>;
  return <Value v={of} />;
}

function Side({ v, of: Tag, otherwise }: { v: Exact | undefined; of: 'ins' | 'del'; otherwise: string }) {
  if (v === undefined) return <span class="faint">{otherwise}</span>;
  return <Tag>{isTree(v) || Array.isArray(v) ? <code>{writeExact(v)}</code> : <Scalar v={v} />}</Tag>;
}

/** What was and what is, line by line. */
export function Differences({ of }: { of: readonly Change[] }) {
  return (
    <div class="scroll" tabIndex={0} role="group">
      <table class="differences">
        <thead>
          <tr>
            <th scope="col">{t('what')}</th>
            <th scope="col">{t('was')}</th>
            <th scope="col">{t('is')}</th>
          </tr>
        </thead>
        <tbody>
          {of.map((d) => (
            <tr key={d.path.join('\n')}>
              <th scope="row">{d.path.length ? d.path.map(label).join(' › ') : t('value')}</th>
              <td>
                <Side v={d.was} of="del" otherwise={t('absent')} />
              </td>
              <td>
                <Side v={d.is} of="ins" otherwise={t('gone')} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
