// policies.test.mjs - the console for who says who has to agree: changing a policy, versions, four eyes, templates.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { start } from '../compat/lib.mjs';
import { accessible, open, story } from './browser.mjs';
import { company } from './company.mjs';

const server = await start({ flags: [] });
after(() => server.close());
await company(server);
const as = (who) => ({ 'x-ringi-user': who });
const put = async (name, body, who = 'mori') => {
  const r = await server.json('PUT', `/v1/policies/${name}`, body, as(who));
  assert.ok(r.status < 300, r.text);
};
const policy = async (name) => (await server.json('GET', `/v1/policies/${name}`)).data;

story('a policy is made of people and groups, explained meanwhile, and what cannot be is refused at its place',
  async (t) => {
  const { page, trouble } = await open(t, server, '/policies', { who: 'mori' });
  await page.getByRole('link', { name: 'New policy' }).click();
  await page.getByLabel('Name', { exact: true }).fill('expense');
  await page.getByLabel('Person', { exact: true }).fill('sato');
  await page.getByText('all of [sato] must agree.').waitFor();
  await page.getByRole('button', { name: 'Add a group' }).click();
  await page.getByLabel('Group', { exact: true }).fill('legal');
  await page.getByLabel('How many must agree').selectOption('n');
  await page.getByLabel('How many', { exact: true }).fill('３');
  // Three of two: told at the node, and it cannot be saved.
  await page.locator('#at-root > .error', { hasText: '3 are needed' }).waitFor();
  await page.getByRole('heading', { name: 'It cannot be so' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Make it' }).isDisabled(), true);
  await page.getByLabel('count', { exact: true }).fill('2');
  await page.getByText('3 of [sato, 2 of the group legal] must agree.').waitFor();
  // The text is in step, and so is the tree with the text.
  const text = page.getByLabel('The same as text');
  assert.deepEqual(JSON.parse(await text.inputValue()), { need: 3, of: ['sato', { group: 'legal', count: 2 }] });
  await text.fill('{"need": "any", "of": [{"user": "sato", "veto": true}, {"need": 5, "of": ["mori"]}]');
  await page.getByText('This is no JSON yet').waitFor();
  await text.fill('{"need": "any", "of": [{"user": "sato", "veto": true}, {"need": 5, "of": ["mori"]}]}');
  await page.locator('#at-1 > .error', { hasText: '5 are needed' }).waitFor();
  await page.locator('#at-1').getByRole('button', { name: 'Remove' }).first().click();
  await page.getByText('any one of [sato (with a veto)] must agree.').waitFor();
  await page.getByLabel('Why').fill('rule 7');
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.getByText('Version 1 is in force.').waitFor();
  const made = await policy('expense');
  assert.deepEqual([made.note, made.proposed_by, made.policy.need, made.policy.of.length],
    ['rule 7', 'mori', 'any', 1]);
  assert.deepEqual(trouble, []);
});

story('a change waits for a second person: not its author, but another, who sees what changed, accepts it',
  async (t) => {
  await put('contract', { need: 'any', of: ['sato', 'mori'] });
  await put('contract', { policy: { need: 'all', of: ['sato', 'mori'] }, four_eyes: true });
  const author = await open(t, server, '/policies/contract', { who: 'mori' });
  await author.page.getByRole('link', { name: 'Change' }).click();
  await author.page.locator('#at-1').getByRole('checkbox', { name: 'veto' }).check();
  await author.page.getByText('mori (with a veto)').waitFor();
  await author.page.getByRole('button', { name: 'Save as a new version' }).click();
  await author.page.getByRole('heading', { name: 'Version 3 waits for a second person' }).waitFor();
  await author.page.getByRole('button', { name: 'Accept version 3' }).click();
  await author.page.locator('.waiting').getByRole('alert').waitFor();
  assert.equal((await policy('contract')).version, 2);
  const other = await open(t, server, '/policies/contract', { who: 'sato', language: 'ja' });
  await other.page.locator('.diff ins', { hasText: '"veto": true' }).waitFor();
  await other.page.getByRole('button', { name: '第 3 版を有効にする' }).click();
  await other.page.locator('.line', { hasText: '第 3 版' }).getByText('有効', { exact: true }).waitFor();
  assert.deepEqual([(await policy('contract')).version, (await policy('contract')).accepted_by], [3, 'sato']);
  assert.deepEqual([author.trouble, other.trouble], [[], []]);
});

story('time and logins of a policy: a deadline that follows its calendar, a fresh login from an amount on',
  async (t) => {
  await put('large', { need: 'all', of: ['sato'] });
  const { page, trouble } = await open(t, server, '/policies/large/edit', { who: 'mori' });
  await page.getByLabel('Time to decide').fill('ｐ3ｄ');
  assert.equal(await page.getByLabel('Moves when the calendar changes').count(), 0, 'there is none yet');
  await page.getByLabel('counted in the calendar').fill('jp');
  await page.getByLabel('Moves when the calendar changes').check();
  const amount = page.getByLabel('Sign in again to decide, from an amount of');
  await amount.fill('much');
  await page.locator('.verdict').getByText('fresh_login_from must be a whole number').waitFor();
  await amount.fill('１,000,000');
  await page.locator('.verdict').getByText('all of [sato] must agree.').waitFor();
  await page.getByRole('button', { name: 'Save as a new version' }).click();
  await page.getByText('Version 2').first().waitFor();
  const { policy: kept } = await policy('large');
  assert.deepEqual([kept.fresh_login_from, kept.deadline], [1000000,
    { after: 'P3D', calendar: 'jp', then: 'escalate', recompute: true }]);
  await accessible(page, 'policy');
  assert.deepEqual(trouble, []);
});

story('who changes what somebody else has changed meanwhile is told, and keeps what they typed', async (t) => {
  await put('lease', { need: 'all', of: ['sato'] });
  const { page, trouble } = await open(t, server, '/policies/lease/edit', { who: 'mori' });
  await page.getByLabel('Person', { exact: true }).fill('suzuki');
  await page.getByText('all of [suzuki] must agree.').waitFor();
  await put('lease', { need: 'any', of: ['mori', 'sato'] }, 'sato');
  await page.getByRole('button', { name: 'Save as a new version' }).click();
  await page.getByRole('alert').waitFor();
  assert.equal(await page.getByLabel('Person', { exact: true }).inputValue(), 'suzuki');
  assert.equal((await policy('lease')).version, 2);
  assert.deepEqual(trouble, []);
});

story('a template is filled in as a form; the policy that comes of it is shown before it is made', async (t) => {
  const r = await server.json('PUT', '/v1/policy-templates/joint', {
    parameters: { n: { type: 'number', min: 1, max: 5, default: 2, about: 'How many of them' },
      group: { type: 'text', about: 'Which group' },
      others: { type: 'members', default: [], about: 'Others' } },
    policy: { need: { parameter: 'n' }, of: [{ group: { parameter: 'group' }, count: 5 }, { parameter: 'others' }] } },
      as('mori'));
  assert.equal(r.status, 201, r.text);
  const { page, trouble } = await open(t, server, '/policies?show=templates', { who: 'mori' });
  await page.getByRole('link', { name: 'Make a policy of it' }).click();
  // The list that is still shown has a field "Part of a name".
  await page.getByLabel('Name', { exact: true }).fill('joint-legal');
  await page.getByLabel('Which group').fill('legal');
  await page.getByLabel('How many of them').fill('9');
  await page.locator('.verdict').getByRole('alert').waitFor();
  await page.getByLabel('How many of them').fill('3');
  await page.getByLabel('Others').fill('sato, suzuki');
  await page.getByText('3 of [5 of the group legal, sato, suzuki] must agree.').waitFor();
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.getByText('made of the template joint').waitFor();
  assert.deepEqual((await policy('joint-legal')).parameters, { n: 3, group: 'legal', others: ['sato', 'suzuki'] });
  assert.deepEqual(trouble, []);
});

story('policies that are alike are shown beside each other', async (t) => {
  await put('like-1', { need: 'half', of: ['sato', 'mori', 'suzuki'], reject: 'any' });
  await put('like-2', { need: 'half', of: ['sato', 'mori', 'suzuki'], reject: 'any' });
  const { page, trouble } = await open(t, server, '/policies?show=similar', { who: 'mori' });
  await page.locator('.card', { hasText: 'the same under several names' }).getByRole('link',
    { name: 'like-2' }).waitFor();
  assert.deepEqual(trouble, []);
});
