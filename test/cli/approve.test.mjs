// approve.test.mjs - approvals from the command line.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, start, story } from '../compat/lib.mjs';
import { cli } from './lib.mjs';

const server = await start();
after(() => server.close());
const { ok, json, refused } = cli(server);
const POLICY = '{"need": 2, "of": ["aoki", "ito", "kato"]}';

story('a step is opened, lies in inboxes, and is decided', async () => {
  const queue = fresh('purchases');
  await ok('queue', 'create', queue);
  const made = await json('approve', 'open', POLICY, 'A chair', '{"amount": 12000}', '--user', 'tanaka', '--queue',
    queue,
    '--label', 'team=x');
  assert.deepEqual([made.state, made.applicant, made.amount, made.labels], ['PENDING', 'tanaka', 12000, { team: 'x' }]);
  const { id } = made;
  assert.match(await ok('approve', 'inbox', '--user', 'aoki', '--sort', 'amount'), new RegExp(`^${id} .*A chair`, 'm'));
  assert.equal((await json('approve', 'vote', id, 'approve', '--user', 'aoki')).outcome, 'ok');
  assert.match(await refused(1, 'approve', 'vote', id, 'approve', '--user', 'aoki'), /decided by aoki/);
  assert.match(await refused(1, 'approve', 'vote', id, 'reject', '--user', 'ito'), /wants a comment/);
  await ok('approve', 'comment', id, 'see the offer', '--user', 'ito');
  await ok('approve', 'remind', id, '--user', 'tanaka');
  assert.match(await refused(1, 'approve', 'remind', id, '--user', 'tanaka'), /Once an hour/);
  assert.equal((await json('approve', 'vote', id, 'approve', '--user', 'ito', '--request-id', 'r1')).state, 'APPROVED');
  assert.equal((await json('approve', 'vote', id, 'approve', '--user', 'ito', '--request-id', 'r1')).outcome, 'same');
  const shown = await json('approve', 'show', id, '--log');
  assert.deepEqual([shown.why, shown.events.at(-1).action], ['2 of 3 have agreed; 2 were needed.', 'approval.closed']);
  assert.equal((await json('approve', 'wait', id)).state, 'APPROVED');
  assert.equal((await json('approve', 'list', '--state', 'APPROVED')).length, 1);
  const told = JSON.parse(await ok('receive', queue));
  assert.deepEqual([told.approval, told.state, told.round, told.votes.map((v) => v.by)],
    [id, 'APPROVED', 1, ['aoki', 'ito']]);
});

story('it is sent back, edited, sent in again, withdrawn, canceled', async () => {
  const { id } = await json('approve', 'open', POLICY, 'A desk', '--user', 'tanaka');
  assert.equal((await json('approve', 'vote', id, 'return', '--comment', 'which?', '--user', 'ito')).state, 'RETURNED');
  assert.equal((await json('approve', 'edit', id, '{"kind": "oak"}', '--user', 'tanaka')).data_version, 2);
  assert.equal((await json('approve', 'resubmit', id, '{"kind": "ash"}', '--user', 'tanaka')).round, 2);
  assert.match(await refused(1, 'approve', 'withdraw', id, '--user', 'ito'), /whose request it is/);
  assert.equal((await json('approve', 'withdraw', id, '--user', 'tanaka')).state, 'WITHDRAWN');
  assert.match(await refused(1, 'approve', 'cancel', id), /WITHDRAWN/);
  assert.match(await refused(1, 'approve', 'retry', id), /WITHDRAWN/);
  assert.match(await refused(1, 'approve', 'add', id, 'mori'), /WITHDRAWN/);
  assert.match(await refused(2, 'approve', 'open', '{"need"', 'x'), /not JSON/);
});
