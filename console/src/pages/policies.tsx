// policies.tsx - who has to agree, by name; templates; policies that are alike.
import { get, seg, whole } from '../lib/api';
import { useLoad } from '../lib/load';
import { ask, place } from '../lib/router';
import { language, texts } from '../lib/text';
import { Card, Chip, Empty, Link, Page, Show, Time } from '../parts/parts';
import { Rows } from '../parts/rows';
import { stateTone, stateWords, type PolicyInfo } from '../parts/policy-info';
import { Tabs } from '../parts/tabs';

const t = texts({
  title: ['Policies', 'ポリシー'],
  lead: [
    'Who has to agree before something is approved. Each change is a version that is kept.',
    '何を誰が承認するか。変更はすべて版として残ります。',
  ],
  policies: ['Policies', 'ポリシー'],
  templates: ['Templates', 'ひな形'],
  similar: ['Much alike', '似ているポリシー'],
  make: ['New policy', 'ポリシーを作る'],
  name: ['Name', '名前'],
  version: ['Version', '版'],
  state: ['State', '状態'],
  changed: ['Last change', '最終変更'],
  note: ['Note', 'メモ'],
  search: ['Part of a name', '名前の一部'],
  none: ['There is no policy yet', 'ポリシーはまだありません'],
  none_found: ['No name has that in it', '該当する名前はありません'],
  none_hint: [
    'A policy says who has to agree. Make the first one.',
    'ポリシーは、誰の承認が必要かを決めます。最初のポリシーを作りましょう。',
  ],
  waiting: ['version {n} waits for a second person', '第 {n} 版が 2 人目の確認待ち'],
  four: ['four eyes', '2 人で確認'],
  no_templates: ['There is no template yet', 'ひな形はまだありません'],
  no_templates_hint: [
    'A template is a policy with places to fill in. It is put by the API: PUT /v1/policy-templates/NAME.',
    'ひな形は、空欄のあるポリシーです。API（PUT /v1/policy-templates/名前）で登録します。',
  ],
  use: ['Make a policy of it', 'これでポリシーを作る'],
  parameters: ['To fill in', '空欄'],
  identical: ['the same under several names', '名前だけが違う同じ内容'],
  alike: ['alike but for names and numbers', '名前と数字だけが違う'],
  alike_hint: [
    'What is in one group is perhaps one template with different parameters.',
    'まとまっているものは、ひな形 1 つと空欄の違いで表せるかもしれません。',
  ],
  no_similar: ['No two policies are alike', '似ているポリシーはありません'],
});

const by = (p: PolicyInfo) =>
  p.accepted_by && p.accepted_by !== p.proposed_by ? `${p.proposed_by}, ${p.accepted_by}` : p.proposed_by;

function List() {
  const q = (place.value.query.get('q') ?? '').toLowerCase();
  const of = useLoad((s) => whole<PolicyInfo>('/v1/policies', 'policies', s), [], 30_000);
  return (
    <>
      <form class="filters" role="search" onSubmit={(e) => e.preventDefault()}>
        <input
          type="search"
          placeholder={t('search')}
          aria-label={t('search')}
          defaultValue={q}
          class="wide-field"
          onInput={(e) => ask({ q: e.currentTarget.value.trim() })}
        />
      </form>
      <Show of={of}>
        {(all) => {
          const found = all.filter((p) => p.name.toLowerCase().includes(q));
          if (found.length === 0)
            return (
              <Empty icon="policy" title={all.length ? t('none_found') : t('none')}>
                {!all.length && t('none_hint')}
              </Empty>
            );
          return (
            <Card class="flush">
              <div class="scroll">
                <Rows>
                  <thead>
                    <tr>
                      <th scope="col">{t('name')}</th>
                      <th scope="col">{t('state')}</th>
                      <th scope="col" class="num">
                        {t('version')}
                      </th>
                      <th scope="col">{t('changed')}</th>
                      <th scope="col">{t('note')}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {found.map((p) => (
                      <tr key={p.name}>
                        <td>
                          <Link to={`/policies/${seg(p.name)}`}>{p.name}</Link>
                        </td>
                        <td>
                          <span class="row">
                            <Chip tone={stateTone(p.state)}>{stateWords(p.state)}</Chip>
                            {p.four_eyes && <Chip>{t('four')}</Chip>}
                            {p.current !== undefined && p.newest > p.current && !p.retired_at && (
                              <Chip tone="wait">{t('waiting', { n: p.newest })}</Chip>
                            )}
                          </span>
                        </td>
                        <td class="num">{p.version}</td>
                        <td class="nowrap">
                          <Time at={p.proposed_at} /> <span class="small soft">{by(p)}</span>
                        </td>
                        <td class="soft">{p.note}</td>
                      </tr>
                    ))}
                  </tbody>
                </Rows>
              </div>
            </Card>
          );
        }}
      </Show>
    </>
  );
}

interface Template {
  name: string;
  note?: string;
  version: number;
  parameters: Record<string, { type: string; about?: string }>;
  changed_by: string;
  changed_at: string;
}

function Templates() {
  const of = useLoad((s) => whole<Template>('/v1/policy-templates', 'templates', s), []);
  return (
    <Show of={of}>
      {(all) =>
        all.length === 0 ? (
          <Empty icon="policy" title={t('no_templates')}>
            {t('no_templates_hint')}
          </Empty>
        ) : (
          <div class="grid">
            {all.map((x) => (
              <Card key={x.name} title={x.name}>
                {x.note && <p>{x.note}</p>}
                <p class="small soft">
                  {t('parameters')}:{' '}
                  {Object.entries(x.parameters)
                    .map(([k, v]) => v.about ?? k)
                    .join(', ')}
                </p>
                <p class="small soft">
                  <Time at={x.changed_at} /> · {x.changed_by}
                </p>
                <p>
                  <Link to={`/policy-new?template=${seg(x.name)}`} class="button plain">
                    {t('use')}
                  </Link>
                </p>
              </Card>
            ))}
          </div>
        )
      }
    </Show>
  );
}

interface Alike {
  identical: boolean;
  policies: { name: string; version: number; words?: { en: string; ja: string } }[];
}

function Similar() {
  const of = useLoad(
    (s) => get<{ groups: Alike[] }>('/v1/policies:similar', {}, s).then((r) => r.groups),
    [],
  );
  return (
    <Show of={of}>
      {(all) =>
        all.length === 0 ? (
          <Empty title={t('no_similar')} />
        ) : (
          <>
            <p class="soft">{t('alike_hint')}</p>
            {all.map((g, i) => (
              <Card
                key={i}
                title={
                  <Chip tone={g.identical ? 'warn' : 'wait'}>
                    {g.identical ? t('identical') : t('alike')}
                  </Chip>
                }
              >
                <dl class="alike">
                  {g.policies.map((p) => (
                    <div key={p.name}>
                      <dt>
                        <Link to={`/policies/${seg(p.name)}`}>{p.name}</Link>
                      </dt>
                      <dd class="soft">{p.words?.[language.value]}</dd>
                    </div>
                  ))}
                </dl>
              </Card>
            ))}
          </>
        )
      }
    </Show>
  );
}

export default function Policies() {
  return (
    <Page
      title={t('title')}
      lead={t('lead')}
      actions={
        <Link to="/policy-new" class="button primary">
          {t('make')}
        </Link>
      }
    >
      <Tabs
        label={t('title')}
        of={[
          { show: '', title: t('policies'), view: () => <List /> },
          { show: 'templates', title: t('templates'), view: () => <Templates /> },
          { show: 'similar', title: t('similar'), view: () => <Similar /> },
        ]}
      />
    </Page>
  );
}
