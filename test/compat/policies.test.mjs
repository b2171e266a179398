// policies.test.mjs - /v1/policies and /v1/policy-templates as a client sees them: versions, four
// eyes, checks, templates, reports.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, start, story } from './lib.mjs';

const server = await start();
after(() => server.close());
const as = (person, more = {}) => ({ 'x-ringi-user': person, ...more });
const ask = (method, at, body, headers = as('taro')) => server.json(method, at, body, headers);
const put = (name, body, headers) => ask('PUT', `/v1/policies/${name}`, body, headers);
const get = (name, at = '') => ask('GET', `/v1/policies/${name}${at}`);
const refused = (r, status, code) => {
  assert.deepEqual([r.status, r.data?.code], [status, code], r.text);
  assert.ok(r.data.detail.length > 10, 'a sentence');
  return r.data.detail;
};
const two = { need: 2, of: ['a', 'b', 'c'] };

story('a policy is put, shown, changed; each change is a version', async () => {
  const name = fresh('p');
  const made = await put(name, two);
  assert.equal(made.status, 201, made.text);
  assert.deepEqual({ ...made.data, sha256: 0 },
    { name, version: 1, sha256: 0, state: 'IN_FORCE', changed: true });
  assert.match(made.data.sha256, /^[0-9a-f]{64}$/);
  const same = await put(name, { of: [{ user: 'a' }, 'b', 'c'], need: { weight: 2 } });
  assert.deepEqual([same.status, same.data.version, same.data.changed], [200, 1, false]);
  const other = await put(name, { ...two, need: 'all' });
  assert.deepEqual([other.status, other.data.version, other.data.changed], [200, 2, true]);
  assert.notEqual(other.data.sha256, made.data.sha256);

  const now = await get(name);
  assert.equal(now.data.version, 2);
  assert.equal(now.data.policy.need, 'all');
  assert.equal(now.data.policy.self, 'exclude'); // defaults are filled in
  assert.equal(now.data.proposed_by, 'taro');
  assert.equal(now.data.words.en, 'all of [a, b, c] must agree.');
  assert.equal(now.data.words.ja, '「a、b、c」のうち全員の承認が必要です。');
  const first = await get(name, '/versions/1');
  assert.deepEqual([first.data.state, first.data.policy.need], ['SUPERSEDED', 2]);
  assert.equal((await get(name, '?version=1')).data.sha256, made.data.sha256);
  const all = await get(name, '/versions?limit=1');
  assert.deepEqual(all.data.versions.map((v) => v.version), [2]);
  const rest = await get(name, `/versions?cursor=${all.data.cursor}`);
  assert.deepEqual(rest.data.versions.map((v) => v.version), [1]);
});

story('what nobody can satisfy, and what is no policy, is refused with the place and the reason', async () => {
  assert.match(refused(await put(fresh('p'), { need: 4, of: ['a', 'b'] }), 400, 'IMPOSSIBLE_POLICY'),
    /N_UNREACHABLE/);
  assert.match(refused(await put(fresh('p'), { ...two, vetto_wait: true }), 400, 'INVALID_POLICY'),
    /did you mean "veto_wait"/);
  assert.match(refused(await put(fresh('p'), { need: 1, of: [{ expression: 'x' }] }), 400, 'INVALID_POLICY'),
    /EXPRESSIONS_NOT_SUPPORTED at \/of\/0\/expression/);
  refused(await put(fresh('p'), { need: 1, of: ['a'.repeat(64 * 1024)] }), 400, 'INVALID_POLICY');
  refused(await put('no%20name', two), 400, 'INVALID_PARAMETER');
  const never = fresh('never');
  refused(await put(never, { policy: two, template: 't' }), 400, 'INVALID_PARAMETER');
  refused(await get(never), 404, 'NO_SUCH_POLICY');
});

story('two who change a policy at once: the second is told', async () => {
  const name = fresh('p');
  await put(name, two);
  const seen = await ask('GET', `/v1/policies/${name}`);
  const tag = seen.headers.etag ?? seen.headers.get?.('etag');
  assert.match(tag, /^"1\.1"$/);
  assert.equal((await put(name, { ...two, need: 1 }, as('taro', { 'if-match': tag }))).status, 200);
  refused(await put(name, { ...two, need: 3 }, as('hanako', { 'if-match': tag })), 412, 'PRECONDITION_FAILED');
  refused(await put(fresh('p'), two, as('taro', { 'if-match': '*' })), 412, 'PRECONDITION_FAILED');
});

story('with four eyes a change waits for another person', async () => {
  const name = fresh('p');
  const made = await put(name, { policy: two, four_eyes: true, note: 'rule 7' });
  assert.deepEqual([made.status, made.data.state], [201, 'PROPOSED']);
  const accept = (version, person) =>
    ask('POST', `/v1/policies/${name}/versions/${version}/accept`, {}, as(person));
  refused(await accept(1, 'taro'), 409, 'SAME_PERSON');
  const accepted = await accept(1, 'hanako');
  assert.deepEqual([accepted.status, accepted.data.state, accepted.data.accepted_by],
    [200, 'IN_FORCE', 'hanako'], accepted.text);
  refused(await accept(1, 'hanako'), 409, 'CONFLICT');
  refused(await accept(9, 'hanako'), 404, 'NO_SUCH_POLICY');

  // switching it off is a change like any other
  const off = await put(name, { policy: { ...two, need: 1 }, four_eyes: false });
  assert.equal(off.data.state, 'PROPOSED');
  assert.equal((await get(name)).data.version, 1);
  await put(name, { policy: { ...two, need: 'all' }, four_eyes: false });
  assert.equal((await accept(3, 'hanako')).status, 200);
  refused(await accept(2, 'hanako'), 409, 'CONFLICT'); // a newer one is in force
  assert.equal((await put(name, { policy: two })).data.state, 'IN_FORCE');
});

story('a retired policy is kept', async () => {
  const name = fresh('p');
  await put(name, two);
  assert.equal((await ask('DELETE', `/v1/policies/${name}`)).status, 204);
  assert.equal((await ask('DELETE', `/v1/policies/${name}`)).status, 204);
  assert.equal((await get(name)).data.state, 'RETIRED');
  assert.equal((await put(name, two)).data.version, 2);
  assert.equal((await get(name)).data.state, 'IN_FORCE');
  refused(await ask('DELETE', `/v1/policies/${fresh('none')}`), 404, 'NO_SUCH_POLICY');
  const list = await ask('GET', '/v1/policies?limit=1000');
  assert.ok(list.data.policies.some((p) => p.name === name && p.version === 2));
});

story('a check says who has to agree, or every reason why nobody can', async () => {
  const good = await ask('POST', '/v1/policies:check',
    { need: 2, min_votes: 3, of: ['a', { group: 'legal', count: 2 }, { post: 'cfo', of: 'applicant.department',
      veto: true }] });
  assert.equal(good.data.valid, true, good.text);
  assert.equal(good.data.seats, 4);
  assert.equal(good.data.words.en,
    '2 of [a, 2 of the group legal, the cfo of applicant.department (with a veto)] must agree. At least 3 must vote.');
  assert.match(good.data.words.ja, /グループ legal の2名/);
  const bad = await ask('POST', '/v1/policies:check',
    { policy: { need: 5, min_votes: 9, of: ['a', { need: 2, of: ['b'] }] } });
  assert.equal(bad.status, 200);
  assert.equal(bad.data.valid, false);
  assert.deepEqual(bad.data.reasons.map((r) => [r.code, r.path, r.impossible]), [
    ['N_UNREACHABLE', '', true], ['MIN_VOTES_UNREACHABLE', '', true], ['N_UNREACHABLE', '/of/1', true]]);
  assert.match(bad.data.reasons[0].ja, /5 必要/);
});

story('a template makes policies, and a later change of it changes none', async () => {
  const t = fresh('expense');
  const template = {
    parameters: { n: { type: 'number', min: 1, max: 3, default: 2 }, group: { type: 'text' },
      others: { type: 'members', default: [] } },
    policy: { need: { parameter: 'n' },
      of: [{ group: { parameter: 'group' }, count: 3 }, { parameter: 'others' }] },
    note: 'expenses',
  };
  const path = `/v1/policy-templates/${t}`;
  assert.equal((await ask('PUT', path, template)).status, 201);
  assert.deepEqual((await ask('GET', path)).data.policy, template.policy);
  const name = fresh('p');
  const others = ['x', { user: 'y', weight: 0 }];
  const made = await put(name, { template: t, parameters: { n: 3, group: 'legal', others } });
  assert.equal(made.status, 201, made.text);
  const p = await get(name);
  assert.deepEqual([p.data.policy.need, p.data.policy.of.length, p.data.template], [3, 3, t]);
  assert.deepEqual(p.data.parameters, { n: 3, group: 'legal', others });
  for (const [parameters, what] of [[{ n: 3 }, /group is needed/], [{ n: 4, group: 'x' }, /n must be of type number/],
    [{ group: 'x', gruop: 'y' }, /no parameter gruop/]])
    assert.match(refused(await put(fresh('p'), { template: t, parameters }), 400, 'INVALID_PARAMETER'), what);
  const checked = await ask('POST', '/v1/policies:check', { template: t, parameters: { group: 'legal' } });
  assert.equal(checked.data.words.en, '2 of [3 of the group legal] must agree.');

  const changed = { ...template, policy: { ...template.policy, min_votes: 2 } };
  assert.equal((await ask('PUT', path, changed)).data.version, 2);
  assert.equal((await get(name)).data.sha256, made.data.sha256);
  refused(await ask('PUT', path, { parameters: {}, policy: { need: { parameter: 'n' }, of: ['a'] } }), 400,
    'INVALID_PARAMETER');
  refused(await ask('PUT', path, { parameters: { n: { type: 'number', default: 5 } },
    policy: { need: { parameter: 'n' }, of: ['a'] } }), 400, 'IMPOSSIBLE_POLICY');
  assert.ok((await ask('GET', '/v1/policy-templates')).data.templates.some((x) => x.name === t));
  assert.equal((await ask('DELETE', path)).status, 204);
  refused(await ask('GET', path), 404, 'NO_SUCH_POLICY');
  refused(await put(fresh('p'), { template: t }), 404, 'NO_SUCH_POLICY');
  assert.equal((await get(name)).status, 200);
});

story('policies that are alike but for names and constants are found', async () => {
  const [a, b, c, d] = ['alike-a', 'alike-b', 'alike-c', 'alike-d'].map(fresh);
  const shape = (need, of) => ({ need, of, abstain: 'no', self: 'allow', edit: 'keep' });
  await put(a, shape(2, ['x', 'y', 'z']));
  await put(b, shape(3, ['p', 'q', 'r', 's']));
  await put(c, shape(2, ['x', 'y', 'z']));
  await put(d, shape('all', ['x', 'y', 'z']));
  const r = await ask('GET', '/v1/policies:similar');
  const group = r.data.groups.find((g) => g.policies.some((p) => p.name === a));
  assert.deepEqual(group.policies.map((p) => p.name).sort(), [a, b, c].sort());
  assert.equal(group.identical, false);
});

story('approvals open by a policy and keep its version', async () => {
  const name = fresh('p');
  const open = (more = {}) => ask('POST', '/v1/approvals', { policy: name, subject: 's', applicant: 'x', ...more });
  refused(await open(), 404, 'NO_SUCH_POLICY');
  const v1 = (await put(name, { policy: two, four_eyes: true })).data;
  refused(await open(), 409, 'CONFLICT'); // nobody has accepted it yet
  await ask('POST', `/v1/policies/${name}/versions/1/accept`, {}, as('hanako'));
  const first = await open();
  assert.equal(first.status, 201, first.text);
  await put(name, { ...two, need: 'all' });
  await ask('POST', `/v1/policies/${name}/versions/2/accept`, {}, as('hanako'));
  const show = async (r) => (await ask('GET', `/v1/approvals/${r.data.id}`)).data.policy;
  assert.deepEqual(await show(first), { name, version: 1, sha256: v1.sha256, judge: 1 });
  assert.equal((await show(await open())).version, 2);
  assert.equal((await show(await open({ version: 1 }))).version, 1);
  refused(await open({ version: 3 }), 404, 'NO_SUCH_POLICY');
  await ask('DELETE', `/v1/policies/${name}`);
  refused(await open(), 409, 'CONFLICT');
  const vote = (who) => ask('POST', `/v1/approvals/${first.data.id}/votes`, { do: 'approve' }, as(who));
  await vote('a');
  assert.equal((await vote('b')).data.state, 'APPROVED'); // two of three, as it was
});
