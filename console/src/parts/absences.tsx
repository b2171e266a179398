// absences.tsx - when somebody is away: a month to choose days in, the list, setting and ending.
import { useSignal } from '@preact/signals';
import { del, get, seg } from '../lib/api';
import { useChange } from '../lib/change';
import { now } from '../lib/clock';
import { covers, dayPlus, local, period } from '../lib/days';
import { type Loaded, useLoad } from '../lib/load';
import { texts } from '../lib/text';
import { Month } from './month';
import { Button, Chip, Field, Show, Trouble } from './parts';
import { tell } from './toast';

const t = texts({
  first: ['First day away', '不在の最初の日'],
  last: ['Last day away', '不在の最後の日'],
  reason: ['Why', '理由'],
  set: ['Set absence', '不在にする'],
  done: ['The absence is set.', '不在を設定しました。'],
  away: ['away', '不在'],
  away_now: ['Away now', '現在不在'],
  end: ['End it', '終わらせる'],
  ended: ['The absence is ended.', '不在を終わらせました。'],
  none: ['No absence is set.', '不在の予定はありません。'],
  before: ['Month before', '前の月'],
  after: ['Month after', '次の月'],
});

export interface Absence {
  id: string;
  from: string;
  until?: string;
  reason?: string;
  canceled_at?: string;
}

export const useAbsences = (person: string) =>
  useLoad(
    (s) =>
      get<{ absences: Absence[] }>(`/v1/people/${seg(person)}/absences`, { limit: 100 }, s).then(
        (r) => r.absences,
      ),
    [person],
    30_000,
  );

export const awayNow = (a: Absence) =>
  Date.parse(a.from) <= now.value && (!a.until || Date.parse(a.until) > now.value);

function One({ person, a, again }: { person: string; a: Absence; again: () => void }) {
  const change = useChange();
  const end = async () => {
    if (await change.run(() => del(`/v1/people/${seg(person)}/absences/${seg(a.id)}`))) {
      tell(t('ended'));
      again();
    }
  };
  return (
    <li class="line">
      <div>
        <p class="row">
          {period(a.from, a.until)}
          {awayNow(a) && <Chip tone="wait">{t('away_now')}</Chip>}
        </p>
        {a.reason && <p class="small soft">{a.reason}</p>}
        {change.problem.value && <Trouble problem={change.problem.value} />}
      </div>
      <Button tone="quiet" onClick={end} busy={change.busy.value}>
        {t('end')}
      </Button>
    </li>
  );
}

export function Absences({ person, zone, of }: { person: string; zone: string; of: Loaded<Absence[]> }) {
  const today = local(now.value, zone).day;
  const shown = useSignal(today.slice(0, 7));
  const first = useSignal(today);
  const last = useSignal('');
  const begun = useSignal(false);
  const change = useChange();
  const [year, month] = shown.value.split('-').map(Number) as [number, number];
  const turn = (n: number) => {
    const d = new Date(Date.UTC(year, month - 1 + n, 1));
    shown.value = d.toISOString().slice(0, 7);
  };
  // The first click is the first day, the next one the last.
  const pick = (day: string) => {
    const ends = begun.value && day >= first.value;
    if (ends) {
      last.value = day;
    } else {
      first.value = day;
      last.value = '';
    }
    begun.value = !ends;
  };
  const submit = async (e: Event) => {
    e.preventDefault();
    const form = e.currentTarget as HTMLFormElement;
    const reason = new FormData(form).get('reason')?.toString().trim();
    const body = {
      from: first.value === today ? undefined : first.value,
      until: last.value ? dayPlus(last.value, 1) : undefined,
      reason: reason || undefined,
    };
    if (await change.run(() => change.once(`/v1/people/${seg(person)}/absences`, body))) {
      tell(t('done'));
      form.reset();
      last.value = '';
      of.again();
    }
  };
  const look = (day: string) => {
    const a = of.data?.find((x) => covers(day, x.from, x.until));
    const pressed = day === first.value || (!!last.value && day >= first.value && day <= last.value);
    return {
      look: a ? 'away' : undefined,
      says: a && `${t('away')}${a.reason ? ` (${a.reason})` : ''}`,
      pressed,
    };
  };
  return (
    <div class="split">
      <div>
        <div class="row month-turn">
          <Button tone="quiet" icon="left" label={t('before')} onClick={() => turn(-1)} />
          <Button tone="quiet" icon="right" label={t('after')} onClick={() => turn(1)} />
        </div>
        <Month year={year} month={month} today={today} look={look} onPick={pick} />
      </div>
      <div class="stack">
        <form class="stack" onSubmit={submit}>
          <div class="pair">
            <Field label={t('first')}>
              {(id) => (
                <input
                  id={id}
                  type="date"
                  required
                  value={first.value}
                  onInput={(e) => {
                    first.value = e.currentTarget.value;
                  }}
                />
              )}
            </Field>
            <Field label={t('last')}>
              {(id) => (
                <input
                  id={id}
                  type="date"
                  value={last.value}
                  min={first.value}
                  onInput={(e) => {
                    last.value = e.currentTarget.value;
                  }}
                />
              )}
            </Field>
          </div>
          <Field label={t('reason')}>{(id) => <input id={id} name="reason" />}</Field>
          {change.problem.value && <Trouble problem={change.problem.value} />}
          <p>
            <Button type="submit" tone="primary" busy={change.busy.value}>
              {t('set')}
            </Button>
          </p>
        </form>
        <Show of={of}>
          {(all) =>
            all.length === 0 ? (
              <p class="soft">{t('none')}</p>
            ) : (
              <ul class="lines">
                {all.map((a) => (
                  <One key={a.id} person={person} a={a} again={of.again} />
                ))}
              </ul>
            )
          }
        </Show>
      </div>
    </div>
  );
}
