// topic.test.mjs - topics from the command line.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fresh, start, story } from '../compat/lib.mjs';
import { cli } from './lib.mjs';

const server = await start();
after(() => server.close());
const { ok, json, refused } = cli(server);

story('what is published reaches the subscribed queues that want it', async () => {
  const topic = fresh('events'), all = fresh('all'), paid = fresh('paid');
  assert.match(await ok('topic', 'create', topic), new RegExp(`^arn:aws:sns:.*:${topic}\n$`));
  for (const q of [all, paid]) await ok('queue', 'create', q);
  await ok('topic', 'subscribe', topic, all, '--raw');
  const arn = (await ok('topic', 'subscribe', topic, paid, '--raw', '--filter', '{"kind": ["paid"]}')).trim();
  await ok('topic', 'publish', topic, '{"order": "<1> & \\"2\\""}', '-a', 'kind=sent');
  await ok('topic', 'publish', topic, 'paid!', '-a', 'kind=paid');
  assert.deepEqual((await ok('receive', all, '--max', '10')).trim().split('\n').sort(),
    ['paid!', '{"order": "<1> & \\"2\\""}']);
  assert.equal(await ok('receive', paid, '--max', '10'), 'paid!\n');
  const subscriptions = await json('topic', 'subscriptions', topic);
  assert.deepEqual(subscriptions.map((s) => [s.topic, s.protocol, s.endpoint.split(':').pop()]).sort(),
    [[topic, 'sqs', all], [topic, 'sqs', paid]].sort());
  await ok('topic', 'unsubscribe', arn);
  assert.equal((await json('topic', 'subscriptions', topic)).length, 1);
  assert.ok((await json('topic', 'list')).some((x) => x.name === topic));
  await ok('topic', 'delete', topic);
  assert.ok(!(await json('topic', 'list')).some((x) => x.name === topic));
});

story('a topic that is not there is named', async () => {
  assert.match(await refused(1, 'topic', 'publish', 'nowhere', 'x'), /no topic nowhere/);
});
