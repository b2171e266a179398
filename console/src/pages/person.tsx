// person.tsx - one of the directory: where they belong, who is above them, who may decide in
// their place now, and what they may.
import { get, seg } from '../lib/api';
import { useLoad } from '../lib/load';
import { me } from '../lib/session';
import { texts } from '../lib/text';
import { awayNow, Absences, useAbsences } from '../parts/absences';
import { bounds, Delegations, inForce, useDelegations, type Delegation } from '../parts/delegations';
import { Card, Chip, Link, Page, Show } from '../parts/parts';
import type { Args } from './pages';

const t = texts({
  back: ['People', '人と組織'],
  facts: ['Who this is', '基本情報'],
  id: ['Id', 'ID'],
  kana: ['Reading', 'よみ'],
  mail: ['Mail', 'メール'],
  zone: ['Time zone', 'タイムゾーン'],
  period: ['Here', '在籍期間'],
  department: ['Department', '部署'],
  superior: ['Superior', '上長'],
  nobody: ['nobody', 'なし'],
  merged: ['Merged into', '統合先'],
  takes: ['takes part', '承認に参加する'],
  takes_not: ['does not take part', '承認に参加しない'],
  away: ['away now', '現在不在'],
  where: ['Where they belong', '所属と役職'],
  post: ['Post', '役職'],
  main: ['main', '本務'],
  when: ['When', '期間'],
  always: ['always', '常に'],
  none: ['none', 'なし'],
  groups: ['Groups', 'グループ'],
  roles: ['Roles', 'ロール'],
  instead: ['Who may decide in their place now', '今、代わりに決められる人'],
  instead_none: ['Nobody else: only {name}.', '{name} さん本人だけです。'],
  instead_order: ['only while those before are away', '前の順番の人が全員不在の間だけ'],
  delegations: ['Delegations', '代理'],
  absences: ['Away', '不在の予定'],
});

interface Person {
  id: string;
  name: string;
  kana?: string;
  email?: string;
  zone: string;
  active: boolean;
  from?: string;
  until?: string;
  merged_into?: string;
  attributes?: Record<string, string>;
  takes_part: boolean;
  department?: string;
  superior?: string;
  appointments: { department: string; post?: string; main?: boolean; from?: string; until?: string }[];
  groups: { group: string; from?: string; until?: string }[];
}

const when = (x: { from?: string; until?: string }) =>
  x.from || x.until ? `${x.from ?? ''} – ${x.until ?? ''}` : t('always');
const to = (id: string) => <Link to={`/people/${seg(id)}`}>{id}</Link>;

function Facts({ p, roles }: { p: Person; roles?: readonly string[] }) {
  return (
    <Card title={t('facts')}>
      <dl class="facts">
        <dt>{t('id')}</dt>
        <dd class="mono">{p.id}</dd>
        {p.kana && (
          <>
            <dt>{t('kana')}</dt>
            <dd>{p.kana}</dd>
          </>
        )}
        {p.email && (
          <>
            <dt>{t('mail')}</dt>
            <dd>{p.email}</dd>
          </>
        )}
        <dt>{t('zone')}</dt>
        <dd>{p.zone}</dd>
        <dt>{t('period')}</dt>
        <dd>{when(p)}</dd>
        <dt>{t('department')}</dt>
        <dd>{p.department ?? t('none')}</dd>
        <dt>{t('superior')}</dt>
        <dd>{p.superior ? to(p.superior) : t('nobody')}</dd>
        {p.merged_into && (
          <>
            <dt>{t('merged')}</dt>
            <dd>{to(p.merged_into)}</dd>
          </>
        )}
        <dt>{t('groups')}</dt>
        <dd>
          {p.groups.map((g) => (g.from || g.until ? `${g.group} (${when(g)})` : g.group)).join(', ') ||
            t('none')}
        </dd>
        {roles && (
          <>
            <dt>{t('roles')}</dt>
            <dd>{roles.join(', ') || t('none')}</dd>
          </>
        )}
        {Object.entries(p.attributes ?? {}).map(([k, v]) => (
          <>
            <dt>{k}</dt>
            <dd>{v}</dd>
          </>
        ))}
      </dl>
    </Card>
  );
}

function Where({ p }: { p: Person }) {
  return (
    <Card title={t('where')} class="flush">
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">{t('department')}</th>
              <th scope="col">{t('post')}</th>
              <th scope="col">{t('when')}</th>
            </tr>
          </thead>
          <tbody>
            {p.appointments.map((a, i) => (
              <tr key={i}>
                <td>
                  {a.department} {a.main && <Chip tone="good">{t('main')}</Chip>}
                </td>
                <td>{a.post ?? ''}</td>
                <td>{when(a)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function Instead({ p, given, away }: { p: Person; given: Delegation[]; away: boolean }) {
  const who = given.filter((d) => inForce(d) && (!d.on_absence || away));
  return (
    <Card title={t('instead')}>
      {who.length === 0 ? (
        <p class="soft">{t('instead_none', { name: p.name })}</p>
      ) : (
        <ul class="lines">
          {who.map((d) => (
            <li key={d.id} class="line">
              <span>
                {to(d.delegate)}{' '}
                <span class="small soft">
                  {bounds(d)}
                  {d.order > 1 && `: ${t('instead_order')}`}
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function One({ p }: { p: Person }) {
  const delegations = useDelegations(p.id);
  const absences = useAbsences(p.id);
  const roles = useLoad(
    (s) =>
      get<{ roles: { role: string }[] }>(`/v1/people/${seg(p.id)}/roles`, {}, s).then((r) =>
        r.roles.map((x) => x.role),
      ),
    [p.id],
  );
  const away = absences.data?.some(awayNow) ?? false;
  return (
    <Page
      back={{ to: '/people', text: t('back') }}
      title={p.name}
      lead={
        <span class="row">
          <Chip tone={p.takes_part ? 'good' : 'plain'}>{p.takes_part ? t('takes') : t('takes_not')}</Chip>
          {away && <Chip tone="wait">{t('away')}</Chip>}
        </span>
      }
    >
      <div class="split">
        <Facts p={p} roles={roles.data} />
        <div class="stack">
          <Where p={p} />
          {delegations.data && <Instead p={p} given={delegations.data.given} away={away} />}
        </div>
      </div>
      <Card title={t('delegations')}>
        <Delegations person={p.id} zone={p.zone} of={delegations} may />
      </Card>
      {(absences.data || p.id === me.value?.principal) && (
        <Card title={t('absences')}>
          <Absences person={p.id} zone={p.zone} of={absences} />
        </Card>
      )}
    </Page>
  );
}

export default function PersonPage({ args }: { args: Args }) {
  const of = useLoad((s) => get<Person>(`/v1/people/${seg(args['id']!)}`, {}, s), [args['id']]);
  if (of.data) return <One p={of.data} />;
  return (
    <Page back={{ to: '/people', text: t('back') }} title={args['id']!}>
      <Show of={of}>{() => null}</Show>
    </Page>
  );
}
