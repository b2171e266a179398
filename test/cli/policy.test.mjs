// policy.test.mjs - approval policies from the command line.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import { fresh, start, story } from '../compat/lib.mjs';
import { cli, folder } from './lib.mjs';

const server = await start();
after(() => server.close());
const { at, ok, json, refused } = cli(server);

story('a policy is checked, put, compared, accepted and retired', async () => {
  const file = (name, body) => {
    const at = path.join(folder(), name);
    fs.writeFileSync(at, typeof body === 'string' ? body : JSON.stringify(body));
    return at;
  };
  const name = fresh('policy');
  const two = file('two.json', '{"need": 2, "of": ["a", "b", "c"]} // as rule 7 has it\n');
  assert.equal(await ok('policy', 'check', two), '2 of [a, b, c] must agree.\n');
  assert.equal(await ok('policy', 'check', two, '--lang', 'ja'), '「a、b、c」のうち2件の承認が必要です。\n');
  assert.equal((await json('policy', 'put', name, two, '--note', 'rule 7')).version, 1);
  assert.equal((await json('policy', 'put', name, two)).changed, false);
  const all = file('all.json', { need: 'all', of: ['a', 'b', 'c'] });
  assert.equal((await json('policy', 'put', name, all, '--four-eyes', 'on')).state, 'IN_FORCE');
  const lines = (s) => s.split('\n');
  const [before, now] = [await ok('policy', 'show', name, '--version', '1'), await ok('policy', 'show', name)];
  assert.deepEqual(lines(now).filter((l) => !lines(before).includes(l)).map((l) => l.trim()), ['"need": "all",']);
  assert.equal((await json('policy', 'show', name, '--version', '1')).note, 'rule 7');
  assert.equal((await json('policy', 'put', name, two)).state, 'PROPOSED');
  assert.match(await refused(1, 'policy', 'accept', name, '3'), /another person/);
  assert.equal((await at(['policy', 'accept', name, '3', '--user', 'hanako'])).code, 0);
  assert.match(await ok('policy', 'list'), new RegExp(`^${name} +3 +IN_FORCE`, 'm'));
  assert.deepEqual((await json('policy', 'versions', name)).map((v) => v.state),
    ['IN_FORCE', 'SUPERSEDED', 'SUPERSEDED']);
  await ok('policy', 'retire', name);
  assert.equal((await json('policy', 'show', name)).state, 'RETIRED');
});

story('what nobody can satisfy is told with every reason, and ends with 1', async () => {
  const r = await at(['policy', 'check', '-'], { input: '{"need": 5, "min_votes": 9, "of": ["a"]}' });
  assert.equal(r.code, 1);
  assert.equal(r.stdout, 'N_UNREACHABLE: 5 are needed, but those who are asked come to 1.\n'
    + 'MIN_VOTES_UNREACHABLE: min_votes is 9, but at most 1 can vote.\n');
  assert.match(await refused(1, 'policy', 'show', 'nothing'), /no policy named nothing/);
});

story('policies that are alike are listed', async () => {
  const put = (name, body) => at(['policy', 'put', name, '-'], { input: JSON.stringify(body) });
  for (const [name, n] of [['alike-x', 1], ['alike-y', 2]])
    assert.equal((await put(name, { need: n, of: ['p', 'q'], self: 'allow' })).code, 0);
  assert.match(await ok('policy', 'similar'), /^alike:\n {2}alike-[xy]: .*\n {2}alike-[xy]: /m);
  assert.equal((await json('policy', 'similar')).groups.length >= 1, true);
});
