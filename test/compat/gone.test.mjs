// gone.test.mjs - clients that leave while they wait: nothing is kept for them, nothing is given to them.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after } from 'node:test';
import { start, story, until } from './lib.mjs';

const server = await start();
after(() => server.close());

/** Asks for a message as bytes, and leaves as soon as they are written. */
function askAndLeave(QueueUrl) {
  const body = JSON.stringify({ QueueUrl, WaitTimeSeconds: 20 });
  return new Promise((done) => {
    const c = net.connect(server.port, '127.0.0.1', () => {
      c.write(['POST / HTTP/1.1', `Host: ${server.host}`, 'Content-Type: application/x-amz-json-1.0',
        'X-Amz-Target: AmazonSQS.ReceiveMessage', `Content-Length: ${body.length}`, '', body].join('\r\n'),
      () => setTimeout(() => c.destroy(), 1));
    });
    c.on('error', () => {}).on('close', done);
  });
}

story('a receiver that leaves before the engine has looked at its request is forgotten', async () => {
  const sqs = server.sqs.json;
  const queue = await sqs.queue();
  const busy = await sqs.queue();
  const name = queue.split('/').pop();
  // Big commits keep the engine busy: requests and the news that their clients left gather together.
  for (let i = 0; i < 10; i++) {
    const sent = sqs.send(busy, 'x'.repeat(1024 * 1024));
    await Promise.all(Array.from({ length: 20 }, () => askAndLeave(queue)));
    await sent;
  }
  await until('no receiver waits any more', async () =>
    (await server.json('GET', `/v1/queues/${name}`)).data.waiting === 0, 3000);
  await sqs.send(queue, 'for the living');
  assert.equal((await sqs.receive(queue)).length, 1);
});
