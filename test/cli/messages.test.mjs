// messages.test.mjs - send, receive, queue and top against a running server.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, freshFifo, start, story } from '../compat/lib.mjs';
import { cli } from './lib.mjs';

const server = await start();
after(() => server.close());
const { at, ok, json, refused } = cli(server);

story('a message is sent, received and deleted', async () => {
  const q = fresh();
  await ok('queue', 'create', q);
  assert.match(await ok('send', q, '{"order": 1}'), /^[0-9a-f-]{36}\n$/);
  assert.equal(await ok('receive', q, '--delete'), '{"order": 1}\n');
  const r = await at(['receive', q]);
  assert.deepEqual([r.code, r.stdout, r.stderr], [0, '', 'No message.\n']);
});

story('standard input is one message, or one a line', async () => {
  const q = fresh();
  await ok('queue', 'create', q);
  assert.equal((await at(['send', q, '-'], { input: 'two\nlines' })).code, 0);
  assert.equal(await ok('receive', q, '--delete'), 'two\nlines\n');
  const lines = Array.from({ length: 25 }, (_, i) => `line ${i} — 行`);
  const r = await at(['send', q, '-', '--lines'], { input: lines.join('\n') });
  assert.equal(r.stdout.trim().split('\n').length, 25);
  const got = (await ok('receive', q, '--max', '100', '--delete')).trim().split('\n');
  assert.deepEqual(got.sort(), lines.sort());
});

story('attributes, groups and deduplication ids arrive', async () => {
  const q = freshFifo();
  await ok('queue', 'create', q);
  await ok('send', q, 'a', '--group', 'g', '--dedup', 'd', '-a', 'kind=test', '--attribute', 'x=y=z');
  await ok('send', q, 'b', '--group', 'g', '--dedup', 'd');
  const m = JSON.parse(await ok('receive', q, '--json', '--delete'));
  assert.equal(m.Body, 'a');
  assert.equal(m.Attributes.MessageGroupId, 'g');
  assert.deepEqual([m.MessageAttributes.kind.StringValue, m.MessageAttributes.x.StringValue], ['test', 'y=z']);
  assert.equal(await ok('receive', q), '', 'the second was the same');
});

story('many copies go in batches', async () => {
  const q = fresh();
  await ok('queue', 'create', q);
  assert.equal((await ok('send', q, 'x', '--count', '23')).trim().split('\n').length, 23);
  assert.equal((await json('queue', 'list', q)).find((x) => x.name === q).visible, 23);
});

story('a queue is made with settings, changed, paused, resumed, purged and deleted', async () => {
  const q = fresh('orders'), dlq = `${q}-dlq`;
  await ok('queue', 'create', q, '--dlq', dlq, '--max-receives', '4', '--visibility', '77', '--set', 'owner=sales');
  let shown = await json('queue', 'show', q);
  assert.deepEqual([shown.dead_letter_queue, shown.max_receives, shown.visibility_timeout, shown.owner],
    [dlq, 4, 77, 'sales']);
  await ok('queue', 'create', q, '--dlq', dlq, '--max-receives', '4', '--visibility', '77');   // the same again
  await ok('queue', 'set', q, 'visibility=5', 'DelaySeconds=0', 'owner=billing');
  shown = await json('queue', 'show', q);
  assert.deepEqual([shown.visibility_timeout, shown.owner], [5, 'billing']);
  await ok('queue', 'pause', q);
  await ok('send', q, 'waits');
  assert.equal(await ok('receive', q), '');
  assert.match(await ok('queue', 'list', q), new RegExp(`${q} +1 +0 +0 .*paused`));
  await ok('queue', 'resume', q);
  assert.equal(await ok('receive', q), 'waits\n');
  await ok('queue', 'purge', q);
  assert.equal((await json('queue', 'show', q)).in_flight, 0);
  await ok('queue', 'delete', q);
  assert.match(await refused(1, 'send', q, 'x'), /does not exist|no queue/i);
});

story('the retention of messages and that of ended jobs are not taken for each other', async () => {
  const q = fresh();
  await ok('queue', 'create', q, '--set', 'track=true', '--set', 'job-retention=120');
  const kept = async () => {
    const { retention, message_retention_period } = await json('queue', 'show', q);
    return [retention, message_retention_period];
  };
  assert.deepEqual(await kept(), [120, 345600]);
  await ok('queue', 'set', q, 'message-retention=3600', 'job-retention=60');
  assert.deepEqual(await kept(), [60, 3600]);
  assert.match(await refused(2, 'queue', 'set', q, 'retention=61'), /message-retention .* job-retention/);
  assert.deepEqual(await kept(), [60, 3600]);
});

story('a queue is made as wanted, or not at all', async () => {
  const q = `${fresh()}.fifo`, dlq = `dead-${q}`, all = ['--dlq', dlq, '--max-receives', '4', '--visibility', '7',
    '--set', 'track=true', '--set', 'ContentBasedDeduplication=true', '--set', 'on_poison=stop'];
  await refused(1, 'queue', 'create', q, ...all, '--set', 'bogus=1');
  await refused(1, 'queue', 'create', q, ...all, '--set', 'rate=much');
  assert.deepEqual((await json('queue', 'list', q)), []);
  await ok('queue', 'create', q, ...all);
  const made = await json('queue', 'show', q);
  assert.deepEqual([made.track, made.on_poison, made.dead_letter_queue, JSON.parse(made.redrive_policy).maxReceiveCount,
    made.visibility_timeout, made.content_based_deduplication], [true, 'stop', dlq, 4, 7, true]);
  await ok('queue', 'create', q, ...all);
  assert.equal((await at(['queue', 'create', q, '--visibility', '8', '--set', 'track=true'])).code, 1);
  assert.equal((await json('queue', 'show', q)).visibility_timeout, 7);
});

story('an attribute that is given twice is named', async () => {
  const q = fresh();
  await ok('queue', 'create', q);
  assert.match(await refused(2, 'queue', 'set', q, 'visibility=5', 'VisibilityTimeout=6'), /VisibilityTimeout.*twice/);
  assert.match(await refused(2, 'queue', 'set', q, 'owner=a', 'owner=b'), /owner.*twice/);
});

story('peeking changes nothing', async () => {
  const q = fresh();
  await ok('queue', 'create', q);
  await ok('send', q, 'look', '--count', '130');
  const seen = await json('queue', 'peek', q, '--max', '125');
  assert.equal(seen.length, 125);
  assert.deepEqual([seen[0].body, seen[0].state, seen[0].receive_count], ['look', 'ready', 0]);
  assert.equal((await json('queue', 'peek', q, '--from', String(seen[120].position), '--max', '1'))[0].position,
    seen[120].position);
  assert.match(await ok('queue', 'peek', q), /^POSITION +SENT +RECEIVED +STATE/);
});

story('what strangers wrote does not steer the terminal', async () => {
  const q = fresh();
  await ok('queue', 'create', q, '--set', 'purpose=a\u001b[31mred\u009b2Jb\u007f');
  await ok('send', q, 'x\u009b2Jy\tz');
  for (const shown of [await ok('queue', 'peek', q), await ok('queue', 'show', q)])
    assert.doesNotMatch(shown, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  assert.match(await ok('queue', 'peek', q), /x 2Jy z/);
  assert.equal((await json('queue', 'peek', q))[0].body, 'x\u009b2Jy\tz');
});

story('top shows one table with --once', async () => {
  const q = fresh('topmost');
  await ok('queue', 'create', q);
  await ok('send', q, 'x');
  assert.match(await ok('top', '--once'), new RegExp(`QUEUE +VISIBLE.*\\n(.*\\n)*${q} +1 +0 +0`));
  assert.equal((await json('top', '--once')).find((x) => x.name === q).visible, 1);
});

story('refusals are exit code 1 with the server\'s sentence', async () => {
  assert.match(await refused(1, 'send', 'nowhere', 'x'), /\(.*(NonExistentQueue|QueueDoesNotExist)\)/);
  assert.match(await refused(1, 'queue', 'show', 'nowhere'), /nowhere.*NO_SUCH_QUEUE/);
  const q = fresh();
  await ok('queue', 'create', q);
  assert.match(await refused(1, 'queue', 'set', q, 'colour=red'), /colour/);
  assert.match(await refused(1, 'send', q, 'x', '--attribute', 'AWS.x=1'), /AWS/i);
});

story('the address may have a slash at its end', async () => {
  assert.equal((await at(['queue', 'list', '--server', `${server.url}/`])).code, 0);
});
