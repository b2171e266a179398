// people.test.mjs - people, departments, posts, groups of people and delegations from the command line.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import { RINGI, fresh, start, story } from '../compat/lib.mjs';
import { cli, folder } from './lib.mjs';

const server = await start();
after(() => server.close());
const { ok, json, refused } = cli(server);

story('people are put into departments and groups, listed and shown', async () => {
  const [dept, post, id, boss, group] = [fresh('D'), fresh('p'), fresh('佐藤'), fresh('boss'), fresh('g')];
  await ok('post', 'put', post, '--name', '課長', '--rank', '4');
  await ok('people', 'put', boss, '--name', '髙﨑');
  await ok('department', 'put', dept, '--name', '営業部', '--head', boss);
  await ok('people', 'put-group', group, '--title', '法務', boss);
  const made = await json('people', 'put', id, '--name', '佐藤 𠮷子 😀', '--zone', 'Asia/Tokyo', '--at',
    `*${dept}/${post}@2026-01-01..`, '--at', dept, '--group', `${group}@..2099-01-01`, '--attribute', 'office=大阪');
  assert.deepEqual(made, { id, created: true, changed: true });
  const p = await json('people', 'show', id);
  assert.deepEqual([p.name, p.superior, p.attributes], ['佐藤 𠮷子 😀', boss, { office: '大阪' }]);
  assert.deepEqual(p.appointments, [{ department: dept, post, main: true, from: '2026-01-01' }, { department: dept }]);
  assert.deepEqual(p.groups, [{ group, until: '2099-01-01' }]);
  assert.match(await ok('people', 'list', '--q', id), /佐藤 𠮷子 😀/);
  assert.equal((await json('people', 'group', group)).members.length, 2);
  assert.ok((await json('people', 'groups')).some((g) => g.name === group));
  assert.ok((await json('department', 'list')).some((d) => d.code === dept && d.people === 1));
  assert.ok((await json('post', 'list')).some((x) => x.code === post));
  assert.equal((await json('department', 'show', dept)).head, boss);
  assert.match(await refused(1, 'people', 'put', id, '--at', 'NOWHERE'), /no department NOWHERE/);
  assert.match(await refused(2, 'people', 'put', id, '--at', `${dept}@soon`), /no period behind @/);
  assert.match(await refused(2, 'people', 'put', id, '--attribute', 'x'), /NAME=TEXT/);
  await ok('people', 'put', id, '--at', '-', '--group', '-', '--attribute', 'office=', '--inactive');
  assert.deepEqual((await json('people', 'show', id)).appointments, []);
  await ok('people', 'delete', id);
  await ok('department', 'put', dept, '--head', '');
  await ok('department', 'delete', dept);
  await ok('post', 'delete', post);
  await ok('people', 'delete-group', group);
  assert.match(await refused(1, 'people', 'show', id), /no person/);
});

story('a delegation is given, listed and canceled; somebody is away and back', async () => {
  const [a, b] = [fresh('a'), fresh('b')];
  const made = await json('delegate', 'put', b, '--for', a, '--until', '2099-01-04', '--policies', 'x-*', '--amount',
    'total=100', '--order', '2', '--on-absence', '--reason', 'ill');
  assert.deepEqual([made.principal, made.amount, made.order, made.on_absence],
    [a, { path: 'total', max: '100' }, 2, true]);
  assert.match(await ok('delegate', 'list', '--for', a), new RegExp(`${made.id} .*${b}`));
  await ok('delegate', 'cancel', made.id);
  assert.deepEqual(await json('delegate', 'list', '--for', a), []);
  assert.equal((await json('delegate', 'list', '--for', a, '--ended')).length, 1);
  assert.match(await refused(2, 'delegate', 'put', b, '--amount', '5'), /PATH=MAX/);
  const away = await json('people', 'away', a, '--until', '2099-01-01', '--reason', 'holiday');
  assert.match(await ok('people', 'absences', a), /holiday/);
  await ok('people', 'back', a, away.id);
  assert.deepEqual(await json('people', 'absences', a), []);
});

story('a CSV file is imported in both encodings and exported as it was', async (t) => {
  const other = await start();
  t.after(() => other.close());
  const their = cli(other);
  const file = path.join(folder(), 'staff.csv');
  // 髙﨑 in CP932: IBM extensions.
  fs.writeFileSync(file, Buffer.concat([Buffer.from('id,name\r\nichiro,'), Buffer.from([0xfb, 0xfc, 0xfa, 0xb1]),
    Buffer.from('\r\nsum,=1+1\r\n')]));
  assert.match(await their.refused(2, 'people', 'import', file), /not UTF-8. .* --encoding cp932/);
  assert.match(await their.ok('people', 'import', file, '--encoding', 'cp932', '--dry-run'),
    /added +ichiro\n.*nothing was written: 2 added, 0 changed, 0 removed, 0 unchanged, 0 mistakes\n/s);
  await their.ok('people', 'import', file, '--encoding', 'cp932');
  assert.equal((await their.json('people', 'show', 'ichiro')).name, '髙﨑');
  const out = execFileSync(RINGI, ['people', 'export', '--encoding', 'cp932', '--server', other.url]);
  assert.ok(out.includes(Buffer.from([0xfb, 0xfc, 0xfa, 0xb1])));
  assert.match(await their.ok('people', 'export'), /^id,name,.*\r\nichiro,髙﨑,.*\r\nsum,"'=1\+1",/s);
  fs.writeFileSync(file, `\ufeff${await their.ok('people', 'export')}yoshida,𠮷田,,,,,,,,,,\r\n`);
  assert.match(await their.ok('people', 'import', file), /1 added, 0 changed, 0 removed, 2 unchanged/);
  assert.match(await their.refused(1, 'people', 'export', '--encoding', 'cp932'),
    /line 4\. Export it as UTF-8/);
  fs.writeFileSync(file, 'id,name\nichiro,\nx y,z\n');
  const wrong = await their.at(['people', 'import', file, '--dry-run']);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /line 2, column name: .*\nline 3, column id: /);
  fs.writeFileSync(file, 'id\nichiro\n');
  assert.match(await their.ok('people', 'import', file, '--deactivate-missing'),
    /0 added, 0 changed, 2 removed, 1 unch/);
});
