// forms.test.mjs - templates with forms: what a form may be, and that data is checked by it on the
// server, whatever a browser has done before.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, start, story } from './lib.mjs';

const server = await start({ flags: [] });
after(() => server.close());

const as = (who) => ({ 'X-Ringi-User': who });
const put = (form, name = fresh('template')) => server.json('PUT', `/v1/policy-templates/${name}`,
  { parameters: {}, policy: { need: 1, of: ['aoki'] }, form: { type: 'default', ...form } })
  .then((r) => ({ ...r, name }));
const made = async (components) => {
  const r = await put({ components });
  assert.equal(r.status, 201, r.text);
  return r.name;
};
const refused = async (form, path, words) => {
  const r = await put(form);
  assert.equal(r.status, 400, r.text);
  assert.equal(r.data.code, 'INVALID_PARAMETER');
  assert.ok(r.data.detail.startsWith(path), r.data.detail);
  assert.match(r.data.detail, words);
};
const field = (more) => ({ components: [{ type: 'textfield', key: 'a', ...more }] });
const open = (template, data) => server.json('POST', '/v1/approvals', { template, subject: 's', data }, as('tanaka'));
const wrong = async (template, data, at, words) => {
  const r = await open(template, data);
  assert.deepEqual([r.status, r.data.code, r.data.field], [400, 'SCHEMA_MISMATCH', at], r.text);
  assert.match(r.data.detail, words);
};
const right = async (template, data) => {
  const r = await open(template, data);
  assert.equal(r.status, 201, r.text);
  return r.data;
};

story('what is no form is refused with its place and what to do', async () => {
  await refused({}, 'form:', /components must be a list/);
  for (const type of ['image', 'iframe', 'html', 'script', 'expression', 'filepicker', '<b>', undefined])
    await refused(field({ type }), 'form/components/0 (a):', /Pictures, frames, HTML and scripts/);
  for (const key of [undefined, '', '1a', 'a.b', 'a b', 'x'.repeat(65)])
    await refused(field({ key }), 'form/components/0', /needs a key/);
  await refused({ components: [field().components[0], { type: 'group', components: [field().components[0]] }] },
    'form/components/1/components/0 (a):', /another field has this key/);
  for (const more of [{ label: '=x' }, { validate: { required: '=true' } }, { description: '=if a then b else c' }])
    await refused(field(more), 'form/components/0 (a):', /is an expression \(FEEL\)/);
  for (const hide of ['=sum(a) > 3', '=a and b', 'a', '=', '=a = [1]', '=a = ', '=not(a', true])
    await refused(field({ conditional: { hide } }), 'form/components/0 (a):', /must be a simple condition/);
  await refused(field({ conditional: { hide: '=b' } }), 'form/components/0', /names b, and no field/);
  await refused(field({ validate: { minLength: 3, maxLength: 2 } }), 'form/components/0', /nothing would fit/);
  await refused(field({ validate: { maxLength: 1.5 } }), 'form/components/0', /whole number/);
  await refused(field({ validate: { pattern: '(' } }), 'form:', /pattern/);
  await refused(field({ validate: { validationType: 'url' } }), 'form/components/0', /email, phone or custom/);
  await refused(field({ validate: [] }), 'form/components/0', /validate must be an object/);
  await refused(field({ type: 'number', validate: { min: '1' } }), 'form/components/0', /min must be a number/);
  await refused(field({ type: 'number', validate: { min: 2, max: 1 } }), 'form/components/0', /nothing would fit/);
  await refused(field({ type: 'datetime', subtype: 'year' }), 'form/components/0', /date, time or datetime/);
  await refused(field({ type: 'select' }), 'form/components/0', /values must be a list/);
  await refused(field({ type: 'radio', values: [{ value: 'x' }] }), 'form/components/0', /a label and a value/);
  await refused(field({ type: 'select', valuesKey: 'all' }), 'form/components/0', /must stand in values/);
});

story('every limit of a form, one over it', async () => {
  const spacers = (n) => ({ components: Array.from({ length: n }, () => ({ type: 'spacer' })) });
  assert.equal((await put(spacers(200))).status, 201);
  await refused(spacers(201), 'form/components/200:', /at most 200/);
  const deep = (n) => (n === 0 ? { components: [] } : { components: [{ type: 'group', ...deep(n - 1) }] });
  assert.equal((await put(deep(4))).status, 201);
  await refused(deep(5), 'form', /at most 4 deep/);
  const values = (n) => field({
    type: 'select', values: Array.from({ length: n }, (_, i) => ({ label: `${i}`, value: `${i}` })) });
  assert.equal((await put(values(500))).status, 201);
  await refused(values(501), 'form/components/0', /1 to 500/);
  assert.equal((await put(field({ key: 'x'.repeat(64) }))).status, 201);
  assert.equal((await put(field({ type: 'number', decimalDigits: 10 }))).status, 201);
  await refused(field({ type: 'number', decimalDigits: 11 }), 'form/components/0', /from 0 to 10/);
  const list = await made([{ type: 'dynamiclist', path: 'rows', components: [{ type: 'textfield', key: 'a' }] }]);
  const rows = (n) => ({ rows: Array.from({ length: n }, () => ({ a: 'x' })) });
  await right(list, rows(200));
  await wrong(list, rows(201), 'data/rows', /200/);
  const digits = await made([{ type: 'number', key: 'n', serializeToString: true }]);
  await right(digits, { n: '9'.repeat(64) });
  await wrong(digits, { n: '9'.repeat(65) }, 'data/n', /64/);
});

story('data is checked by the form: needed, length, pattern, bounds to the digit, choices, days', async () => {
  const t = await made([
    { type: 'textfield', key: 'name', validate: { required: true, maxLength: 3 } },
    { type: 'textfield', key: 'code', validate: { pattern: '^[A-Z]{2}-\\d+$' } },
    { type: 'textfield', key: 'mail', validate: { validationType: 'email' } },
    { type: 'textfield', key: 'phone', validate: { validationType: 'phone' } },
    { type: 'number', key: 'amount', decimalDigits: 2, validate: { min: 1, max: 100.5 } },
    { type: 'number', key: 'exact', serializeToString: true, decimalDigits: 1,
      validate: { min: 0.1, max: 9007199254740992 } },
    { type: 'checkbox', key: 'agreed', validate: { required: true } },
    { type: 'taglist', key: 'tags', values: [{ label: 'A', value: 'a' }, { label: 'B', value: 'b' }] },
    { type: 'radio', key: 'kind', values: [{ label: 'A', value: 'a' }] },
    { type: 'datetime', key: 'day', subtype: 'date' }, { type: 'datetime', key: 'time', subtype: 'time' },
    { type: 'datetime', key: 'at', subtype: 'datetime' },
    { type: 'text', text: 'read this' }, { type: 'separator' }, { type: 'button', key: 'send', label: 'Send' },
  ]);
  const good = { name: '髙﨑𠮷', agreed: true };
  await right(t, good);
  await right(t, { ...good, code: 'AB-1', mail: 'a@example.com', phone: '+81 3-1234-5678', amount: 100.5,
    exact: '9007199254740992', tags: ['a', 'b'], kind: 'a', day: '2028-02-29', time: '23:59', at: '2028-02-29T00:00' });
  await wrong(t, { agreed: true }, 'data', /name/);
  await wrong(t, { ...good, name: '' }, 'data/name', /at least 1/);
  await wrong(t, { ...good, name: '髙﨑𠮷x' }, 'data/name', /at most 3/);
  await wrong(t, { ...good, code: 'ab-1' }, 'data/code', /match/);
  await wrong(t, { ...good, mail: 'a' }, 'data/mail', /email/);
  await wrong(t, { ...good, phone: 'call me' }, 'data/phone', /match/);
  await wrong(t, { ...good, amount: 0 }, 'data/amount', /too small/);
  await wrong(t, { ...good, amount: 1.005 }, 'data/amount', /multiple/);
  await wrong(t, { ...good, amount: '5' }, 'data/amount', /number/);
  await wrong(t, { ...good, exact: '9007199254740992.1' }, 'data/exact', /at most 9007199254740992/);
  await wrong(t, { ...good, exact: '0' }, 'data/exact', /at least 0.1/);
  for (const exact of ['1.23', '１', '01', '1e3', ' 1', '']) await wrong(t, { ...good, exact }, 'data/exact', /match/);
  await wrong(t, { ...good, agreed: false }, 'data/agreed', /true/);
  await wrong(t, { ...good, tags: ['a', 'a'] }, 'data/tags', /two equal/);
  await wrong(t, { ...good, tags: ['c'] }, 'data/tags/0', /one of/);
  await wrong(t, { ...good, kind: 'b' }, 'data/kind', /one of/);
  await wrong(t, { ...good, day: '2027-02-29' }, 'data/day', /date/);
  await wrong(t, { ...good, time: '24:00' }, 'data/time', /match/);
  await wrong(t, { ...good, extra: 1 }, 'data/extra', /extra/);
  for (const data of [null, 'x', [], 5]) assert.equal((await open(t, data)).status, 400);
});

story('groups, lists, conditions, and fields that nobody changes', async () => {
  const t = await made([
    { type: 'checkbox', key: 'travel' },
    { type: 'textfield', key: 'to', validate: { required: true }, conditional: { hide: '=travel != true' } },
    { type: 'group', path: 'who', components: [{ type: 'textfield', key: 'name', validate: { required: true } }] },
    { type: 'group', components: [{ type: 'textfield', key: 'flat' }], conditional: { hide: '=flat2 = "x"' } },
    { type: 'textfield', key: 'flat2' },
    { type: 'dynamiclist', path: 'items', components: [
      { type: 'number', key: 'n', serializeToString: true, validate: { required: true, max: 9 } }] },
    { type: 'textfield', key: 'fixed', readonly: true, defaultValue: 'v1' },
      { type: 'textfield', key: 'none', disabled: true },
  ]);
  const who = { name: 'x' };
  await right(t, { who });
  await right(t, { who, travel: true, to: 'Osaka', fixed: 'v1', items: [{ n: '9' }], flat: 'y' });
  await wrong(t, {}, 'data', /who/);
  await wrong(t, { who: {} }, 'data/who', /name/);
  await wrong(t, { who, travel: true }, 'data', /to/);
  await wrong(t, { who, to: 'Osaka' }, 'data/to', /to/);
  await wrong(t, { who, flat: 'y', flat2: 'x' }, 'data/flat', /flat/);
  await wrong(t, { who, items: [{}] }, 'data/items/0', /n/);
  await wrong(t, { who, items: [{ n: '10' }] }, 'data/items/0/n', /at most 9/);
  await wrong(t, { who, fixed: 'v2' }, 'data/fixed', /v1|constant|equal/);
  await wrong(t, { who, none: 'x' }, 'data/none', /none/);
});

story('an approval keeps the form it was opened by; new data is checked by that one', async () => {
  const name = await made([{ type: 'textfield', key: 'a', label: 'Old', validate: { required: true } }]);
  const { id } = await right(name, { a: 'x' });
  await put({ components: [{ type: 'textfield', key: 'b', validate: { required: true } }] }, name);
  const get = async (q) => (await server.json('GET', `/v1/approvals/${id}${q}`, undefined, as('tanaka'))).data;
  const { form } = await get('?form=1');
  assert.deepEqual([form.template, form.version, form.schema.components[0].label], [name, 1, 'Old']);
  assert.equal((await get('')).form, undefined);
  await server.json('POST', `/v1/approvals/${id}/votes`, { do: 'return', comment: 'no' }, as('aoki'));
  const again = (data) => server.json('POST', `/v1/approvals/${id}/resubmit`, { data }, as('tanaka'));
  const edit = (data) => server.json('POST', `/v1/approvals/${id}/edit`, { data }, as('tanaka'));
  for (const r of [await again({ b: 'x' }), await edit({ b: 'x' })])
    assert.deepEqual([r.status, r.data.code], [400, 'SCHEMA_MISMATCH']);
  assert.equal((await edit({ a: 'z' })).status, 200);
  assert.equal((await again({ a: 'y' })).status, 200);
  await wrong(name, { a: 'x' }, 'data/a', /./);
});

story('a policy that was made of a template has its form; parameters choose the people', async () => {
  const [template, policy] = [fresh('template'), fresh('policy')];
  const form = { type: 'default', components: [{ type: 'textfield', key: 'a', validate: { required: true } }] };
  await server.json('PUT', `/v1/policy-templates/${template}`, { form,
    parameters: { who: { type: 'members', default: ['aoki'] } }, policy: { need: 1, of: [{ parameter: 'who' }] } });
  await server.json('PUT', `/v1/policies/${policy}`, { template });
  const by = (body) => server.json('POST', '/v1/approvals', { subject: 's', ...body }, as('tanaka'));
  assert.equal((await by({ policy, data: {} })).data.code, 'SCHEMA_MISMATCH');
  assert.equal((await by({ policy, data: { a: 'x' } })).status, 201);
  const r = await by({ template, parameters: { who: ['mori'] }, data: { a: 'x' } });
  assert.equal(r.data.slots[0].user, 'mori');
  assert.equal((await by({ template, policy, data: { a: 'x' } })).data.field, 'template');
  assert.equal((await by({ policy, parameters: {}, data: { a: 'x' } })).data.field, 'parameters');
  assert.equal((await by({ template: 'nope', data: {} })).data.code, 'NO_SUCH_POLICY');
  assert.equal((await by({ template, parameters: { x: 1 }, data: { a: 'x' } })).data.code, 'INVALID_PARAMETER');
  assert.equal((await by({ template, parameters: [], data: { a: 'x' } })).status, 400);
});
