// people-import.tsx - people out of a CSV file: first what would change and every mistake, then,
// if somebody wants that, the change itself.
import { useSignal } from '@preact/signals';
import { seg } from '../lib/api';
import { useChange } from '../lib/change';
import { number } from '../lib/format';
import { texts } from '../lib/text';
import { Button, Card, Chip, Empty, Field, Link, Trouble, type Tone } from '../parts/parts';
import { tell } from '../parts/toast';

const t = texts({
  title: ['People from a CSV file', 'CSV ファイルから取り込む'],
  lead: [
    'The first line names the columns: id, name, kana, email, appointments, groups, ... Nothing is written before you have seen what would change.',
    '1 行目は列の名前です：id、name、kana、email、appointments、groups など。変わる内容を確かめるまで、何も書き込みません。',
  ],
  file: ['File', 'ファイル'],
  file_hint: ['UTF-8 or Shift_JIS.', 'UTF-8 か Shift_JIS'],
  text: ['or its text', 'または内容'],
  missing: [
    'Who is active and not in the file becomes inactive',
    'ファイルにいない在籍者を、在籍していないことにする',
  ],
  dry: ['Show what would change', '変わる内容を確かめる'],
  run: ['Import {n} changes', '{n} 件を取り込む'],
  done: [
    'Imported: {added} added, {changed} changed, {removed} made inactive.',
    '取り込みました：追加 {added}、変更 {changed}、在籍終了 {removed}',
  ],
  mistakes: [
    'Mistakes: {n}. Nothing can be imported before they are mended.',
    '誤りが {n} 件あります。直すまで取り込めません。',
  ],
  line: ['Line', '行'],
  column: ['Column', '列'],
  what: ['What is wrong', '内容'],
  same: ['Nothing would change', '変わるところはありません'],
  same_hint: ['All {n} people are so already.', '{n} 人はすべてこのとおりです。'],
  person: ['Person', '人'],
  change: ['Change', '変更'],
  added: ['added', '追加'],
  changed: ['changed', '変更'],
  removed: ['inactive', '在籍終了'],
  summary: [
    '{added} would be added, {changed} changed, {removed} made inactive; {unchanged} stay as they are.',
    '追加 {added}、変更 {changed}、在籍終了 {removed}、そのまま {unchanged}',
  ],
  rest: ['and {n} more', 'ほか {n} 件'],
  nothing: ['nothing', 'なし'],
});

interface Told {
  imported: boolean;
  added: number;
  changed: number;
  removed: number;
  unchanged: number;
  changes: {
    id: string;
    what: 'added' | 'changed' | 'removed';
    fields?: Record<string, { from?: unknown; to?: unknown }>;
  }[];
  errors: { line: number; column?: string; detail: string }[];
  error_count: number;
}

/** UTF-8 if it is; otherwise what spreadsheets of Japanese Windows write. */
async function textOf(file: File): Promise<string> {
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('shift_jis').decode(bytes);
  }
}

const shown = (v: unknown) =>
  v === undefined || v === null || v === '' ? t('nothing') : typeof v === 'string' ? v : JSON.stringify(v);

const TONES: Record<string, Tone> = { added: 'good', changed: 'wait', removed: 'bad' };

function Mistakes({ told }: { told: Told }) {
  return (
    <Card>
      <p class="error" role="alert">
        {t('mistakes', { n: number(told.error_count) })}
      </p>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col" class="num">
                {t('line')}
              </th>
              <th scope="col">{t('column')}</th>
              <th scope="col">{t('what')}</th>
            </tr>
          </thead>
          <tbody>
            {told.errors.map((e, i) => (
              <tr key={i}>
                <td class="num">{e.line}</td>
                <td class="mono">{e.column ?? ''}</td>
                <td>{e.detail}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function Changes({ told }: { told: Told }) {
  const all = told.added + told.changed + told.removed;
  if (all === 0) return <Empty title={t('same')}>{t('same_hint', { n: number(told.unchanged) })}</Empty>;
  return (
    <Card>
      <p>
        {t('summary', {
          added: number(told.added),
          changed: number(told.changed),
          removed: number(told.removed),
          unchanged: number(told.unchanged),
        })}
      </p>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">{t('person')}</th>
              <th scope="col">{t('change')}</th>
            </tr>
          </thead>
          <tbody>
            {told.changes.map((c) => (
              <tr key={c.id}>
                <td>
                  <Link to={`/people/${seg(c.id)}`}>{c.id}</Link>{' '}
                  <Chip tone={TONES[c.what]}>{t(c.what)}</Chip>
                </td>
                <td>
                  {Object.entries(c.fields ?? {}).map(([f, v]) => (
                    <p key={f} class="small">
                      <code>{f}</code>{' '}
                      {c.what !== 'added' && (
                        <>
                          <del>{shown(v.from)}</del> →{' '}
                        </>
                      )}
                      <ins>{shown(v.to)}</ins>
                    </p>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {all > told.changes.length && <p class="soft">{t('rest', { n: number(all - told.changes.length) })}</p>}
    </Card>
  );
}

export function PeopleImport() {
  const csv = useSignal(''),
    missing = useSignal(false),
    told = useSignal<Told | null>(null);
  const change = useChange();
  const body = (dry: boolean) => ({
    csv: csv.value,
    deactivate_missing: missing.value || undefined,
    dry_run: dry || undefined,
  });
  const look = (e: Event) => {
    e.preventDefault();
    void change.run(async () => {
      told.value = await change.once<Told>('/v1/people:import', body(true));
    });
  };
  const run = () =>
    change.run(async () => {
      const r = await change.once<Told>('/v1/people:import', body(false));
      tell(t('done', { added: number(r.added), changed: number(r.changed), removed: number(r.removed) }));
      csv.value = '';
      told.value = null;
    });
  const type = (text: string) => {
    csv.value = text;
    told.value = null;
  };
  const n = told.value ? told.value.added + told.value.changed + told.value.removed : 0;
  return (
    <>
      <Card title={t('title')}>
        <p class="lead">{t('lead')}</p>
        <form class="stack" onSubmit={look}>
          <Field label={t('file')} hint={t('file_hint')}>
            {(id, by) => (
              <input
                id={id}
                type="file"
                accept=".csv,text/csv"
                aria-describedby={by}
                onChange={async (e) => {
                  const f = e.currentTarget.files?.[0];
                  if (f) type(await textOf(f));
                }}
              />
            )}
          </Field>
          <Field label={t('text')}>
            {(id) => (
              <textarea
                id={id}
                class="mono"
                rows={6}
                spellcheck={false}
                value={csv.value}
                required
                onInput={(e) => type(e.currentTarget.value)}
              />
            )}
          </Field>
          <label class="tick">
            <input
              type="checkbox"
              checked={missing.value}
              onChange={(e) => {
                missing.value = e.currentTarget.checked;
                told.value = null;
              }}
            />
            {t('missing')}
          </label>
          {change.problem.value && <Trouble problem={change.problem.value} />}
          <p class="row">
            <Button type="submit" tone={n ? 'plain' : 'primary'} busy={change.busy.value}>
              {t('dry')}
            </Button>
            {told.value?.error_count === 0 && n > 0 && (
              <Button tone="primary" onClick={run} busy={change.busy.value}>
                {t('run', { n: number(n) })}
              </Button>
            )}
          </p>
        </form>
      </Card>
      <div aria-live="polite">
        {told.value &&
          (told.value.error_count > 0 ? <Mistakes told={told.value} /> : <Changes told={told.value} />)}
      </div>
    </>
  );
}
