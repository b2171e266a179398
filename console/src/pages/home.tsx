// home.tsx - where one begins: what waits for the person, and what needs attention.
import { me } from '../lib/session';
import { texts } from '../lib/text';
import { Page } from '../parts/parts';

const t = texts({ hello: ['Hello, {who}', '{who}さん、こんにちは'] });

export default function Home() {
  return (
    <Page title={t('hello', { who: me.value!.principal })}>
      <p />
    </Page>
  );
}
