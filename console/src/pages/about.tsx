// about.tsx - what this server is.
import { version, root } from '../lib/root';
import { zone } from '../lib/format';
import { texts } from '../lib/text';
import { Card, Page } from '../parts/parts';

const t = texts({
  title: ['About', 'このサーバーについて'],
  lead: ['Approvals, queues and jobs in one program.', '承認、キュー、ジョブを 1 つのプログラムで。'],
  version: ['Version', 'バージョン'],
  licence: ['Licence', 'ライセンス'],
  licence_text: [
    'Free software; its text is in the file LICENSE that came with the program.',
    '自由なソフトウェアです。条文はプログラムに付属の LICENSE にあります。',
  ],
  api: ['Its API', 'API'],
  openapi: ['OpenAPI: all operations', 'OpenAPI：すべての操作'],
  asyncapi: ['AsyncAPI: queues and topics', 'AsyncAPI：キューとトピック'],
  health: ['Whether it is well', '稼働状況'],
  address: ['Address', 'アドレス'],
  zone: ['Times are shown in', '時刻の表示'],
  browser: ['Browser', 'ブラウザー'],
});

export default function About() {
  return (
    <Page title="ringi" lead={t('lead')}>
      <Card title={t('title')}>
        <dl class="facts">
          <dt>{t('version')}</dt>
          <dd>{version}</dd>
          <dt>{t('licence')}</dt>
          <dd>Apache License 2.0. {t('licence_text')}</dd>
          <dt>{t('address')}</dt>
          <dd class="mono">{location.origin + root}</dd>
          <dt>{t('zone')}</dt>
          <dd>{zone.value}</dd>
          <dt>{t('browser')}</dt>
          <dd class="small">{navigator.userAgent}</dd>
        </dl>
      </Card>
      <Card title={t('api')}>
        <ul class="lines">
          <li class="line">
            <a href={`${root}openapi.json`} target="_blank" rel="noreferrer">
              {t('openapi')}
            </a>
          </li>
          <li class="line">
            <a href={`${root}asyncapi.json`} target="_blank" rel="noreferrer">
              {t('asyncapi')}
            </a>
          </li>
          <li class="line">
            <a href={`${root}readyz`} target="_blank" rel="noreferrer">
              {t('health')}
            </a>
          </li>
        </ul>
      </Card>
    </Page>
  );
}
