// audit.tsx - who changed what; and the proof of it, computed in this browser from an export.
import { useSignal } from '@preact/signals';
import { get, Problem, send as request } from '../lib/api';
import { Chain, type Verified } from '../lib/chain';
import { csv } from '../lib/csv';
import { number } from '../lib/format';
import { useLoad } from '../lib/load';
import { place } from '../lib/router';
import { texts } from '../lib/text';
import { Button, Card, Chip, Copy, Empty, Link, More, Page, Show, Time, Trouble } from '../parts/parts';
import { Rows } from '../parts/rows';
import { command, CopyAs, curl } from '../parts/run';
import { Filter, moment } from '../parts/filter';
import { tellProblem } from '../parts/toast';

const t = texts({
  title: ['Audit log', '監査ログ'],
  lead: [
    'Who changed what, when and why. Nothing in it can be changed unseen.',
    '誰が何をいつ、なぜ変えたかの記録です。改ざんは検出できます。',
  ],
  verify: ['Verify', '検証する'],
  stop: ['Stop', '中止'],
  resource: ['Resource, as queue:orders', '対象（例: queue:orders）'],
  who: ['Who', '操作した人'],
  action: ['Action, as queue.*', '操作（例: queue.*）'],
  from: ['From', '期間（から）'],
  to: ['until', '期間（まで）'],
  at: ['When', '日時'],
  what: ['What', '操作'],
  on: ['On', '対象'],
  why: ['Reason', '理由'],
  for: ['for {who}', '{who} の代わりに'],
  details: ['Details', '詳細'],
  none: ['No record matches', '一致する記録がありません'],
  checking: ['{n} records computed…', '{n} 件を計算しました…'],
  good: ['The chain holds', '改ざんはありません'],
  good_what: [
    '{n} records up to number {last} were computed anew in this browser, and {c} signed checkpoints fit.',
    '番号 {last} までの {n} 件をこのブラウザで計算し直し、署名付きチェックポイント {c} 件と一致しました。',
  ],
  keep: [
    'Hash of the last one. Compare it with what was kept elsewhere:',
    '最後のハッシュ。別の場所に保管したものと比べてください:',
  ],
  broken: ['The chain is broken at record {seq}', '記録 {seq} で連鎖が途切れています'],
  hash: ['Its hash is not that of its content.', 'ハッシュが内容と一致しません。'],
  gap: ['Records are missing behind it.', 'その後の記録が欠けています。'],
  signature: ['A checkpoint has a wrong signature.', 'チェックポイントの署名が正しくありません。'],
  checkpoint: ['A checkpoint says something else.', 'チェックポイントと一致しません。'],
  form: ['It cannot be read.', '読み取れません。'],
  plain: [
    'Browsers compute hashes only over HTTPS or on the machine itself. Verify it there:',
    'ブラウザでの計算には HTTPS が必要です。次のコマンドで検証してください:',
  ],
});

interface Rec {
  seq: number;
  at: string;
  principal: string;
  action: string;
  resource: string;
  on_behalf?: string;
  from?: string;
  to?: string;
  reason?: string;
  detail?: unknown;
  personal?: unknown;
  [more: string]: unknown;
}
interface Found {
  records: Rec[];
  cursor?: string;
}

function question(): Record<string, string> {
  const q: Record<string, string> = {};
  for (const k of ['resource', 'principal', 'action']) {
    const v = place.value.query.get(k);
    if (v) q[k] = v;
  }
  for (const k of ['from', 'to']) {
    const v = place.value.query.get(k);
    const at = v && moment(v);
    if (at) q[k] = at;
  }
  return q;
}

const homes: Record<string, string> = { queue: '/queues/', job: '/jobs/', approval: '/approvals/' };

function On({ resource }: { resource: string }) {
  const at = resource.indexOf(':');
  const home = homes[resource.slice(0, at)];
  return home ? (
    <Link to={home + encodeURIComponent(resource.slice(at + 1))}>{resource}</Link>
  ) : (
    <>{resource}</>
  );
}

const SHOWN_ABOVE = new Set([
  'seq',
  'at',
  'principal',
  'action',
  'resource',
  'reason',
  'on_behalf',
  'from',
  'to',
]);

function Row({ of: r }: { of: Rec }) {
  const rest = Object.entries(r).filter(([k]) => !SHOWN_ABOVE.has(k));
  return (
    <tr>
      <td class="num faint">{r.seq}</td>
      <td class="nowrap">
        <Time at={r.at} />
      </td>
      <td>
        {r.principal}
        {r.on_behalf && <span class="small soft"> {t('for', { who: r.on_behalf })}</span>}
      </td>
      <td>
        <code>{r.action}</code>
        {(r.from || r.to) && (
          <span class="small soft">
            {' '}
            {r.from?.slice(0, 40)} → {r.to?.slice(0, 40)}
          </span>
        )}
      </td>
      <td>
        <On resource={r.resource} />
      </td>
      <td>
        {r.reason}
        <details>
          <summary>{t('details')}</summary>
          <dl class="facts run-facts small">
            {rest.map(([k, v]) => (
              <>
                <dt>{k}</dt>
                <dd class="mono">{typeof v === 'object' ? JSON.stringify(v) : String(v)}</dd>
              </>
            ))}
          </dl>
        </details>
      </td>
    </tr>
  );
}

function Proof({ stopWhen }: { stopWhen: () => void }) {
  const chain = useSignal<Verified | null>(null),
    done = useSignal(false);
  const able = typeof crypto.subtle === 'object';
  useLoad(async (signal) => {
    if (!able) return;
    const c = new Chain();
    try {
      let more = true;
      while (more && !signal.aborted) {
        const after = c.result.last;
        const r = await request('GET', '/v1/audit/export', { query: { after, limit: 1000 }, signal });
        more = await c.take(await r.text());
        chain.value = { ...c.result };
      }
      done.value = true;
    } catch (e) {
      if (!signal.aborted) tellProblem(e);
      stopWhen();
    }
  }, []);
  const v = chain.value;
  if (!able)
    return (
      <Card>
        <p>{t('plain')}</p>
        <pre>ringi audit verify</pre>
      </Card>
    );
  if (v?.wrong)
    return (
      <div class="trouble" role="alert">
        <p>
          <b>{t('broken', { seq: v.wrong.seq })}</b> {t(v.wrong.why)}
        </p>
      </div>
    );
  if (!done.value)
    return (
      <p role="status" class="loading">
        {t('checking', { n: number(v?.records ?? 0) })}{' '}
        <Button tone="quiet" onClick={stopWhen}>
          {t('stop')}
        </Button>
      </p>
    );
  return (
    <Card>
      <p role="status">
        <Chip tone="good">{t('good')}</Chip>{' '}
        {t('good_what', { n: number(v!.records), last: number(v!.last), c: number(v!.checkpoints) })}
      </p>
      <p class="small soft row">
        {t('keep')} <code class="hash">{v!.hash}</code> <Copy text={v!.hash} />
      </p>
    </Card>
  );
}

const COLUMNS = [
  'seq',
  'at',
  'principal',
  'on_behalf',
  'action',
  'resource',
  'from',
  'to',
  'reason',
] as const;

function List({ first, query }: { first: Found; query: Record<string, string> }) {
  const more = useSignal<Rec[]>([]),
    cursor = useSignal(first.cursor),
    busy = useSignal(false),
    problem = useSignal<Problem | null>(null);
  const next = async () => {
    busy.value = true;
    problem.value = null;
    try {
      const r = await get<Found>('/v1/audit', { ...query, limit: 100, cursor: cursor.value });
      more.value = [...more.value, ...r.records];
      cursor.value = r.cursor;
    } catch (e) {
      if (!(e instanceof Problem)) throw e;
      problem.value = e;
    } finally {
      busy.value = false;
    }
  };
  const all = [...first.records, ...more.value];
  if (all.length === 0) return <Empty icon="audit" title={t('none')} />;
  return (
    <>
      <div class="card flush scroll" tabIndex={0} role="region" aria-label={t('title')}>
        <Rows class="rows audit-rows">
          <thead>
            <tr>
              <th class="num">#</th>
              <th>{t('at')}</th>
              <th>{t('who')}</th>
              <th>{t('what')}</th>
              <th>{t('on')}</th>
              <th>{t('why')}</th>
            </tr>
          </thead>
          <tbody>
            {all.map((r) => (
              <Row key={r.seq} of={r} />
            ))}
          </tbody>
        </Rows>
      </div>
      {problem.value && <Trouble problem={problem.value} />}
      {cursor.value && <More busy={busy.value} onClick={() => void next()} />}
      <CopyAs
        csv={() =>
          csv(
            COLUMNS,
            all.map((r) => COLUMNS.map((c) => r[c] as string | number | undefined)),
          )
        }
        curl={curl(`/v1/audit?${new URLSearchParams(query)}`)}
        cli={command('ringi', 'audit', 'list', ...Object.entries(query).flatMap(([k, v]) => [`--${k}`, v]))}
      />
    </>
  );
}

export default function Audit() {
  const proving = useSignal(false);
  const query = question();
  const key = JSON.stringify(query);
  const found = useLoad((signal) => get<Found>('/v1/audit', { ...query, limit: 100 }, signal), [key]);
  return (
    <Page
      title={t('title')}
      lead={t('lead')}
      actions={
        <Button tone="primary" icon="audit" disabled={proving.value} onClick={() => (proving.value = true)}>
          {t('verify')}
        </Button>
      }
    >
      {proving.value && <Proof stopWhen={() => (proving.value = false)} />}
      <div class="filters" role="search">
        <Filter name="resource" label={t('resource')} />
        <Filter name="principal" label={t('who')} />
        <Filter name="action" label={t('action')} />
        <Filter name="from" label={t('from')} time />
        <Filter name="to" label={t('to')} time />
      </div>
      <Show of={found}>{(first) => <List key={key} first={first} query={query} />}</Show>
    </Page>
  );
}
