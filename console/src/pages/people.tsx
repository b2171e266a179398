// people.tsx - the directory: people, departments as a tree, posts, groups of people; out of a
// file and into one.
import { useSignal } from '@preact/signals';
import { get, seg, whole } from '../lib/api';
import { number } from '../lib/format';
import { useLoad } from '../lib/load';
import { ask, place } from '../lib/router';
import { texts } from '../lib/text';
import { Button, Card, Chip, Empty, Link, More, Page, Show } from '../parts/parts';
import { Rows } from '../parts/rows';
import { PeopleImport } from './people-import';
import type { Listed } from '../parts/person-field';
import { Tabs } from '../parts/tabs';
import { tellProblem } from '../parts/toast';

const t = texts({
  title: ['People', '人と組織'],
  lead: [
    'Who there is, where they belong, and who is above them. Approvals ask these people.',
    '誰がいて、どこに属し、誰が上長か。承認はこの人たちに回ります。',
  ],
  people: ['People', '人'],
  departments: ['Departments', '部署'],
  posts: ['Posts', '役職'],
  groups: ['Groups', 'グループ'],
  file: ['Import', '取り込み'],
  search: ['Name, reading, id or mail', '名前、よみ、ID、メール'],
  active: ['Active ones', '在籍中'],
  everybody: ['Everybody', '全員'],
  who: ['Which people', '対象'],
  name: ['Name', '名前'],
  id: ['Id', 'ID'],
  mail: ['Mail', 'メール'],
  left: ['inactive', '在籍していない'],
  nobody: ['Nobody is found', '見つかりません'],
  nobody_hint: ['Try fewer letters, or look among everybody.', '文字を減らすか、全員から探してください。'],
  empty: ['There is nobody in the directory yet', '名簿にはまだ誰もいません'],
  empty_hint: ['Bring people in from a CSV file.', 'CSV ファイルから取り込めます。'],
  export: ['Export as CSV', 'CSV に書き出す'],
  head: ['Head', '長'],
  vacant: ['vacant', '空席'],
  count: ['{n} people', '{n} 人'],
  rank: ['Rank', '順位'],
  rank_hint: ['1 is the highest', '1 が最上位'],
  code: ['Code', 'コード'],
  none: ['There are none', 'ありません'],
  members: ['Members', 'メンバー'],
});

function List() {
  const q = place.value.query.get('q') ?? '';
  const all = place.value.query.get('who') === 'all';
  const more = useSignal<{ of: Listed[]; cursor?: string }>({ of: [] });
  const ask1 = (cursor?: string, signal?: AbortSignal) =>
    get<{ people: Listed[]; cursor?: string }>(
      '/v1/people',
      { q, active: all ? null : true, limit: 100, cursor },
      signal,
    );
  const of = useLoad(
    async (s) => {
      const first = await ask1(undefined, s);
      more.value = { of: [], cursor: first.cursor };
      return first.people;
    },
    [q, all],
  );
  const next = () =>
    ask1(more.value.cursor).then((r) => {
      more.value = { of: [...more.value.of, ...r.people], cursor: r.cursor };
    }, tellProblem);
  return (
    <>
      <form class="filters" role="search" onSubmit={(e) => e.preventDefault()}>
        <input
          type="search"
          placeholder={t('search')}
          aria-label={t('search')}
          defaultValue={q}
          class="wide-field"
          onInput={(e) => {
            if (!e.isComposing) ask({ q: e.currentTarget.value.trim() });
          }}
          onCompositionEnd={(e) => ask({ q: e.currentTarget.value.trim() })}
        />
        <select
          aria-label={t('who')}
          value={all ? 'all' : ''}
          onChange={(e) => ask({ who: e.currentTarget.value })}
        >
          <option value="">{t('active')}</option>
          <option value="all">{t('everybody')}</option>
        </select>
      </form>
      <Show of={of}>
        {(first) => {
          const people = [...first, ...more.value.of];
          if (people.length === 0)
            return q || all ? (
              <Empty icon="search" title={t('nobody')}>
                {t('nobody_hint')}
              </Empty>
            ) : (
              <Empty icon="people" title={t('empty')}>
                <Link to="/people?show=import">{t('empty_hint')}</Link>
              </Empty>
            );
          return (
            <Card class="flush">
              <div class="scroll">
                <Rows>
                  <thead>
                    <tr>
                      <th scope="col">{t('name')}</th>
                      <th scope="col">{t('id')}</th>
                      <th scope="col">{t('mail')}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {people.map((p) => (
                      <tr key={p.id}>
                        <td>
                          <Link to={`/people/${seg(p.id)}`}>{p.name}</Link>{' '}
                          {!p.active && <Chip>{t('left')}</Chip>}
                          {p.kana && <span class="small faint"> {p.kana}</span>}
                        </td>
                        <td class="mono">{p.id}</td>
                        <td>{p.email ?? ''}</td>
                      </tr>
                    ))}
                  </tbody>
                </Rows>
              </div>
              {more.value.cursor && <More onClick={next} />}
            </Card>
          );
        }}
      </Show>
    </>
  );
}

interface Department {
  code: string;
  name: string;
  parent?: string;
  head?: string;
  people: number;
}

function Below({ all, parent }: { all: Map<string, Department[]>; parent: string }) {
  return (
    <ul class="tree">
      {(all.get(parent) ?? []).map((d) => (
        <li key={d.code}>
          <p class="row">
            <b>{d.name}</b>
            <code class="faint">{d.code}</code>
            <span class="small">
              {t('head')}:{' '}
              {d.head ? (
                <Link to={`/people/${seg(d.head)}`}>{d.head}</Link>
              ) : (
                <Chip tone="wait">{t('vacant')}</Chip>
              )}
            </span>
            <span class="small soft">{t('count', { n: number(d.people) })}</span>
          </p>
          {all.has(d.code) && <Below all={all} parent={d.code} />}
        </li>
      ))}
    </ul>
  );
}

function Departments() {
  const of = useLoad((s) => whole<Department>('/v1/departments', 'departments', s), []);
  return (
    <Show of={of}>
      {(all) => {
        if (all.length === 0) return <Empty icon="people" title={t('none')} />;
        const below = new Map<string, Department[]>();
        for (const d of all) below.set(d.parent ?? '', [...(below.get(d.parent ?? '') ?? []), d]);
        return (
          <Card>
            <Below all={below} parent="" />
          </Card>
        );
      }}
    </Show>
  );
}

function Posts() {
  const of = useLoad(
    (s) => whole<{ code: string; name: string; rank: number; people: number }>('/v1/posts', 'posts', s),
    [],
  );
  return (
    <Show of={of}>
      {(all) =>
        all.length === 0 ? (
          <Empty icon="people" title={t('none')} />
        ) : (
          <Card class="flush">
            <table>
              <thead>
                <tr>
                  <th scope="col">{t('name')}</th>
                  <th scope="col">{t('code')}</th>
                  <th scope="col" class="num" title={t('rank_hint')}>
                    {t('rank')}
                  </th>
                  <th scope="col" class="num">
                    {t('people')}
                  </th>
                </tr>
              </thead>
              <tbody>
                {[...all]
                  .sort((a, b) => a.rank - b.rank)
                  .map((p) => (
                    <tr key={p.code}>
                      <td>{p.name}</td>
                      <td class="mono">{p.code}</td>
                      <td class="num">{p.rank}</td>
                      <td class="num">{number(p.people)}</td>
                    </tr>
                  ))}
              </tbody>
            </table>
          </Card>
        )
      }
    </Show>
  );
}

function Members({ group }: { group: string }) {
  const of = useLoad(
    (s) =>
      get<{ members: { person: string }[] }>(`/v1/people-groups/${seg(group)}`, {}, s).then((r) => r.members),
    [group],
  );
  return (
    <Show of={of}>
      {(all) => (
        <p class="row">
          {all.length === 0 && <span class="soft">{t('none')}</span>}
          {all.map((m) => (
            <Link key={m.person} to={`/people/${seg(m.person)}`}>
              {m.person}
            </Link>
          ))}
        </p>
      )}
    </Show>
  );
}

function Groups() {
  const of = useLoad(
    (s) => whole<{ name: string; title?: string; people: number }>('/v1/people-groups', 'groups', s),
    [],
  );
  const open = useSignal<ReadonlySet<string>>(new Set());
  return (
    <Show of={of}>
      {(all) =>
        all.length === 0 ? (
          <Empty icon="people" title={t('none')} />
        ) : (
          <Card>
            <ul class="lines">
              {all.map((g) => (
                <li key={g.name} class="line">
                  <details
                    onToggle={(e) => {
                      if (e.currentTarget.open) open.value = new Set([...open.value, g.name]);
                    }}
                  >
                    <summary>
                      {g.title || g.name} <code class="faint">{g.name}</code>{' '}
                      <span class="small soft">{t('count', { n: number(g.people) })}</span>
                    </summary>
                    {open.value.has(g.name) && <Members group={g.name} />}
                  </details>
                </li>
              ))}
            </ul>
          </Card>
        )
      }
    </Show>
  );
}

function save(text: string, name: string): void {
  const a = document.createElement('a');
  a.href = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' }));
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 10_000);
}

function Export() {
  const busy = useSignal(false);
  const run = async () => {
    busy.value = true;
    try {
      let text = '',
        cursor: string | undefined;
      do {
        const r = await get<{ csv: string; cursor?: string }>('/v1/people:export', { limit: 10000, cursor });
        text += r.csv;
        cursor = r.cursor;
      } while (cursor);
      save(text, 'people.csv');
    } catch (e) {
      tellProblem(e);
    } finally {
      busy.value = false;
    }
  };
  return (
    <Button onClick={run} busy={busy.value}>
      {t('export')}
    </Button>
  );
}

export default function People() {
  return (
    <Page title={t('title')} lead={t('lead')} actions={<Export />}>
      <Tabs
        label={t('title')}
        of={[
          { show: '', title: t('people'), view: () => <List /> },
          { show: 'departments', title: t('departments'), view: () => <Departments /> },
          { show: 'posts', title: t('posts'), view: () => <Posts /> },
          { show: 'groups', title: t('groups'), view: () => <Groups /> },
          { show: 'import', title: t('file'), view: () => <PeopleImport /> },
        ]}
      />
    </Page>
  );
}
