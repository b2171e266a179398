// month.tsx - a month as a table of days. What a day is, it says in words, too.
import { daysOfMonth, weekday } from '../lib/days';
import { language, texts } from '../lib/text';

const t = texts({ choose: ['choose', '選ぶ'] });

export interface DayLook {
  /** A class of the day, and what it means. */
  look?: string;
  says?: string;
  pressed?: boolean;
}

const locale = () => (language.value === 'ja' ? 'ja-JP' : 'en-GB');
const name = (day: string, o: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(locale(), { ...o, timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`));

/** Weeks begin on Sunday in Japanese, on Monday in English. */
const first = () => (language.value === 'ja' ? 0 : 1);

function weeks(year: number, month: number): (string | null)[][] {
  const days: (string | null)[] = daysOfMonth(year, month);
  const before = (weekday(days[0]!) - first() + 7) % 7;
  const cells = [...Array<null>(before).fill(null), ...days];
  while (cells.length % 7) cells.push(null);
  return Array.from({ length: cells.length / 7 }, (_, i) => cells.slice(i * 7, i * 7 + 7));
}

function Day({ day, is, onPick }: { day: string; is: DayLook; onPick?: (day: string) => void }) {
  const number = Number(day.slice(8));
  const says = `${name(day, { month: 'long', day: 'numeric', weekday: 'long' })}${is.says ? `: ${is.says}` : ''}`;
  if (!onPick)
    return (
      <span title={is.says ? says : undefined}>
        {number}
        {is.says && <span class="visually-hidden"> {is.says}</span>}
      </span>
    );
  return (
    <button
      type="button"
      title={says}
      aria-label={`${says}, ${t('choose')}`}
      aria-pressed={is.pressed ?? false}
      onClick={() => onPick(day)}
    >
      {number}
    </button>
  );
}

export function Month({
  year,
  month,
  today,
  look,
  onPick,
}: {
  year: number;
  month: number;
  today: string;
  look: (day: string) => DayLook;
  onPick?: (day: string) => void;
}) {
  const rows = weeks(year, month);
  const week = rows.find((r) => r.every((d) => d))!;
  return (
    <table class="month">
      <caption>
        {name(
          rows[0]!.find((d) => d)!,
          { year: 'numeric', month: 'long' },
        )}
      </caption>
      <thead>
        <tr>
          {week.map((d) => (
            <th key={d} scope="col" class={`w${weekday(d!)}`}>
              {name(d!, { weekday: 'narrow' })}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((r, i) => (
          <tr key={i}>
            {r.map((d, j) => {
              if (!d) return <td key={j} />;
              const is = look(d);
              return (
                <td
                  key={d}
                  class={`w${weekday(d)} ${is.look ?? ''} ${d === today ? 'today' : ''}`}
                  aria-current={d === today ? 'date' : undefined}
                >
                  <Day day={d} is={is} onPick={onPick} />
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
