// contracts.test.mjs - schemas from files, documents of what runs, and the declarative way.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import { fresh, start, story } from '../compat/lib.mjs';
import { cli, folder } from './lib.mjs';

const server = await start();
after(() => server.close());
const { ok, json, refused } = cli(server);

story('a schema is read from a file, with comments, or taken as it stands', async (t) => {
  const name = fresh();
  const file = path.join(folder(t), 'order.json');
  fs.writeFileSync(file, '{ // orders\n "type": "object", /* all\n of them */ "title": "a // b \\" /* c */"\n}\n');
  await ok('queue', 'create', name);
  await ok('queue', 'set', name, `schema=@${file}`, 'owner=sales');
  assert.deepEqual((await json('queue', 'show', name)).schema, { type: 'object', title: 'a // b " /* c */' });
  assert.match(await refused(1, 'send', name, '[]'), /version 1 of the schema .*: it must be an object, not an array/);
  await ok('send', name, '{}');
  await ok('queue', 'set', name, 'schema={"type": "array"}');
  await ok('send', name, '[]');
  await ok('queue', 'set', name, 'schema=');
  await ok('send', name, 'anything');
});

story('a file that is wrong is told with its line', async (t) => {
  const name = fresh();
  const file = path.join(folder(t), 'order.json');
  await ok('queue', 'create', name);
  fs.writeFileSync(file, '{\n  "type": "object",\n  // nothing\n  type: 7\n}\n');
  assert.match(await refused(2, 'queue', 'set', name, `schema=@${file}`), /order\.json:4: .*a key was expected/);
  assert.match(await refused(2, 'queue', 'set', name, 'schema=@/nowhere'), /\/nowhere cannot be read/);
  fs.writeFileSync(file, '{"type": "text"}');
  assert.match(await refused(1, 'queue', 'set', name, `schema=@${file}`), /\/type: must be null, boolean/);
});
