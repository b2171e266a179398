// limits.test.mjs - 120000 messages in flight: a standard queue says OverLimit.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, test } from 'node:test';
import { start, story, until } from './lib.mjs';

const server = await start();
after(() => server.close());
const sqs = server.sqs.json;
const IN_FLIGHT = 120_000;

/** Runs `step` until it says false, `width` at a time. */
const together = (width, step) => Promise.all(Array.from({ length: width }, async () => { while (await step()); }));

test('beyond 120000 messages in flight a receive answers OverLimit 403, and a delete makes room', { timeout: 120_000 },
  async () => {
  const url = await sqs.queue();
  let batches = IN_FLIGHT / 10 + 1;
  const Entries = Array.from({ length: 10 }, (_, i) => ({ Id: `${i}`, MessageBody: 'x' }));
  await together(32, async () => {
    if (batches-- <= 0) return false;
    await sqs.ok('SendMessageBatch', { QueueUrl: url, Entries });
    return true;
  });
  let left = IN_FLIGHT / 10;
  let last;
  await together(32, async () => {
    if (left-- <= 0) return false;
    [last] = await sqs.receive(url, { VisibilityTimeout: 43_200 });
    return true;
  });
  const [, inFlight] = await sqs.counts(url);
  for (let n = inFlight; n < IN_FLIGHT;) n += (await sqs.receive(url, { VisibilityTimeout: 43_200 })).length;
  for (const api of [server.sqs.json, server.sqs.query])
    await api.refused('OverLimit', 'ReceiveMessage', { QueueUrl: url }, { status: 403 });
  await sqs.delete(url, last);
  assert.equal((await sqs.receive(url, { MaxNumberOfMessages: 1 })).length, 1);
});

story('what is read out of large requests counts against the memory of all requests', async () => {
  const url = await sqs.queue();
  const body = JSON.stringify({ QueueUrl: url, WaitTimeSeconds: 2, Extra: Array(150_000).fill(1) });
  const answers = await Promise.all(Array.from({ length: 40 }, () => server.request({ method: 'POST', body,
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ReceiveMessage' } })));
  const refused = answers.filter((r) => r.status !== 200);
  assert.ok(refused.length > 0 && refused.length < 40, `${refused.length} of 40 were refused`);
  for (const r of refused) assert.match(r.text, /hrottl/);
  for (const r of refused) assert.equal(r.headers['retry-after'], '1');
  await sqs.send(url, 'there is room again');
  assert.equal((await sqs.one(url)).Body, 'there is room again');
  const metrics = (await server.request({ path: '/metrics' })).text;
  assert.equal(/ringi_limit_used\{limit="body_bytes"\} (\d+)/.exec(metrics)[1], '0');
});

story('the memory that is printed at start is the sum that the manual explains', async () => {
  const page = fs.readFileSync(new URL('../../docs/manual/limits.md', import.meta.url), 'utf8');
  const l = Object.fromEntries([...page.matchAll(/^\| `([A-Z0-9_]+)` \| ([\d,]+) \|/gm)]
    .map(([, name, value]) => [name, Number(value.replaceAll(',', ''))]));
  const [kib, mib, loops] = [1024, 1024 * 1024, 3];
  const sum = 16 * mib + loops * (2 * mib + 2 * l.HTTP_BODY_MAX + l.JSON_NODES_MAX * 64)
    + 6 * (l.ANSWERS_MAX + l.MESSAGE_SIZE_MAX)
    + l.HTTP_CONNS_MAX * (kib + l.HTTP_HEAD_MAX + l.REQUEST_SMALL) + l.HTTP_BODIES_MAX + 2 * l.BATCH_BYTES_MAX
    + kib * (l.STORE_CACHE_KIB + l.READERS * l.STORE_READER_CACHE_KIB)
    + (l.EGRESS_CALLS_MAX + l.PUSH_CALLS_MAX + l.NOTIFY_CALLS_MAX) * (mib + l.EGRESS_ANSWER_MAX)
    + l.EVENTS_KEPT * 136 + l.WATCHERS_MAX * 8 * kib
    + 2 * l.OTLP_LOOK_MAX * 32 * kib + l.FETCHES_MAX * 4 * l.OIDC_ANSWER_MAX
    + 16 * (l.ARCHIVE_TAKE_BYTES + l.MESSAGE_SIZE_MAX);
  const own = await start({ flags: ['--loops', `${loops}`] });
  try {
    const said = await until('the last line of the start', () => /memory_max=(\d+)MiB/.exec(own.output));
    assert.equal(said[1], `${Math.floor(sum / mib)}`);
  } finally {
    await own.close();
  }
});
