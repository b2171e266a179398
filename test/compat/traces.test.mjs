// traces.test.mjs - traces of jobs as a collector gets them.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { collector } from './collector.mjs';
import { RINGI, fresh, run, start, story, until } from './lib.mjs';

const there = await collector();
const secret = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-traces-')), 'headers');
fs.writeFileSync(secret, '# of the collector\nAuthorization: Bearer s3cret\n\nx-team: shop\n', { mode: 0o600 });
const server = await start({ flags: ['--otlp-endpoint', `${there.url}/`, '--otlp-headers-file', secret,
  '--otlp-service', 'orders'] });
after(async () => {
  await server.close();
  await there.close();
  fs.rmSync(path.dirname(secret), { recursive: true });
});

const TRACE = '0af7651916cd43dd8448eb211c80319c', SPAN = 'b7ad6b7169203331';
const post = async (at, body, headers) => {
  const r = await server.json('POST', at, body, headers);
  assert.ok(r.status < 300, r.text);
  return r.data;
};
async function queue(more = {}) {
  const name = fresh('traced');
  assert.equal((await server.json('PUT', `/v1/queues/${name}`, { track: true, ...more })).status, 201);
  return name;
}
const submit = (q, body = {}, headers) => post(`/v1/queues/${q}/jobs`, body, headers);
const claim = async (q) => (await post(`/v1/queues/${q}/claim`, { worker: 'w1', wait_s: 5 })).jobs[0];
const spansOf = (id) => there.spans.filter((s) => s.of['messaging.message.id'] === id);
const told = (id, count) => until(`${count} spans of ${id}`, () => spansOf(id).length >= count && spansOf(id));
const metric = async (name) => {
  const text = (await server.request({ path: '/metrics' })).text;
  return Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\S+)`, 'm').exec(text)?.[1]);
};

story('a job and its attempts are spans of the trace that it came with', async () => {
  const q = await queue({ retry: { max_attempts: 3, backoff: { initial_ms: 1 } } });
  const job = await submit(q, {}, { traceparent: `00-${TRACE}-${SPAN}-01` });
  const first = await claim(q);
  assert.equal(first.traceparent, `00-${TRACE}-${job.span_id}-01`);
  await post(`/v1/jobs/${job.id}/fail`, { lease: first.lease, error: { code: 'BUSY', message: 'bank is busy' } });
  const second = await claim(q);
  await post(`/v1/jobs/${job.id}/complete`, { lease: second.lease });
  const spans = await told(job.id, 3);
  const [whole] = spans.filter((s) => s.name === `job ${q}`);
  const [bad, good] = spans.filter((s) => s.name === `process ${q}`)
    .sort((a, b) => a.of['ringi.attempt.number'] - b.of['ringi.attempt.number']);
  assert.deepEqual([whole.traceId, whole.spanId, whole.parentSpanId, whole.kind], [TRACE, job.span_id, SPAN, 4]);
  assert.deepEqual(whole.status, {});
  assert.deepEqual([whole.of['ringi.job.state'], whole.of['ringi.job.attempts']], ['SUCCEEDED', '2']);
  for (const s of [bad, good]) {
    assert.deepEqual([s.traceId, s.parentSpanId, s.kind, s.of['ringi.worker']], [TRACE, job.span_id, 5, 'w1']);
    assert.ok(BigInt(whole.startTimeUnixNano) <= BigInt(s.startTimeUnixNano));
    assert.ok(BigInt(s.endTimeUnixNano) <= BigInt(whole.endTimeUnixNano));
  }
  assert.notEqual(bad.spanId, good.spanId);
  assert.deepEqual([bad.status, bad.of['error.type'], bad.of['ringi.attempt.outcome']],
    [{ code: 2, message: 'bank is busy' }, 'BUSY', 'FAILED']);
  assert.deepEqual([good.status, good.of['ringi.attempt.outcome']], [{}, 'SUCCEEDED']);
});

story('who sends them, and the secret of the file, are told', async () => {
  const job = await submit(await queue());
  await post(`/v1/jobs/${job.id}/cancel`, {});
  const [span] = await told(job.id, 1);
  assert.deepEqual([span.traceId, span.parentSpanId, span.of['ringi.job.state']],
    [job.trace_id, undefined, 'CANCELED']);
  const { headers } = there.requests.at(-1);
  assert.deepEqual([headers.authorization, headers['x-team']], ['Bearer s3cret', 'shop']);
  const { stdout } = await run(RINGI, ['version']);
  assert.equal(there.resources.at(-1)['service.name'], 'orders');
  assert.ok(stdout.includes(there.resources.at(-1)['service.version']));
  assert.equal(there.resources.at(-1)['service.instance.id'], 'ringi');
});

story('messages of a tracked queue are told too, whoever sends and deletes them', async () => {
  const q = await queue(), QueueUrl = `${server.url}/000000000000/${q}`;
  const { MessageId } = await server.sqs.json.ok('SendMessage', { QueueUrl, MessageBody: 'x' });
  const m = await server.sqs.json.one(QueueUrl);
  await server.sqs.json.ok('DeleteMessage', { QueueUrl, ReceiptHandle: m.ReceiptHandle });
  assert.deepEqual((await told(MessageId, 2)).map((s) => s.name).sort(), [`job ${q}`, `process ${q}`]);
});

story('what came unsampled is not told, nor are its children; and workers hear of it', async () => {
  const q = await queue();
  const job = await submit(q, {}, { traceparent: `00-${TRACE.replace('0a', '0b')}-${SPAN}-00` });
  const mine = await claim(q);
  assert.match(mine.traceparent, /-00$/);
  const { children: [child] } = await post(`/v1/jobs/${job.id}/complete`,
    { lease: mine.lease, children: [{ queue: q, payload: 1 }] });
  const grown = await claim(q);
  assert.match(grown.traceparent, /-00$/, 'of the child, too');
  await post(`/v1/jobs/${child}/complete`, { lease: grown.lease });
  // By a request of its own, whatever that says; and the other way round.
  const told01 = { traceparent: `00-${TRACE}-${SPAN}-01` }, told00 = { traceparent: `00-${TRACE}-${SPAN}-00` };
  const late = await post(`/v1/queues/${q}/jobs`, { parent: job.id }, told01);
  const later = await claim(q);
  assert.deepEqual([later.id, later.traceparent.slice(-3)], [late.id, '-00']);
  await post(`/v1/jobs/${late.id}/complete`, { lease: later.lease });
  const seen = await submit(q, {}, told01);
  await post(`/v1/jobs/${seen.id}/complete`, { lease: (await claim(q)).lease });
  const ofSeen = await submit(q, { parent: seen.id }, told00);
  const last = await claim(q);
  assert.match(last.traceparent, /-01$/);
  await post(`/v1/jobs/${ofSeen.id}/complete`, { lease: last.lease });
  const other = await submit(q);
  await post(`/v1/jobs/${other.id}/cancel`, {});
  await told(other.id, 1);
  assert.deepEqual([spansOf(job.id), spansOf(child)], [[], []]);
});

story('a collector that asks for patience is asked again when it says, with the same spans', async () => {
  const job = await submit(await queue());
  const from = there.requests.length, failed = await metric('ringi_trace_requests_failed_total');
  there.answers.push([503, { 'retry-after': '2' }, ''], [429, {}, '']);
  await post(`/v1/jobs/${job.id}/cancel`, {});
  const spans = await told(job.id, 1);
  const [a, b, c] = there.requests.slice(from).map((r) => r.at);
  assert.ok(b - a >= 1990, `asked again after ${b - a} ms`);
  assert.ok(c - b >= 490, `and then after ${c - b} ms`);
  assert.equal(spans.length, 1);
  assert.equal(await metric('ringi_trace_requests_failed_total'), failed + 2);
});

story('what it refuses is dropped at once and counted, and so is what it rejects', async () => {
  const before = await metric('ringi_trace_spans_total{result="dropped"}');
  const rejected = await metric('ringi_trace_spans_total{result="rejected"}');
  there.answers.push([400, {}, '{"code":3}']);
  const one = await submit(await queue());
  await post(`/v1/jobs/${one.id}/cancel`, {});
  await until('the drop', async () => await metric('ringi_trace_spans_total{result="dropped"}') === before + 1);
  there.answers.push([200, {}, '{"partialSuccess":{"rejectedSpans":"1","errorMessage":"old"}}']);
  const two = await submit(await queue());
  await post(`/v1/jobs/${two.id}/cancel`, {});
  await until('the rejection', async () => await metric('ringi_trace_spans_total{result="rejected"}') === rejected + 1);
  assert.deepEqual(spansOf(one.id), []);
});

story('a collector that is away holds up nobody, and gets them when it is there again', async () => {
  const q = await queue();
  await there.close();
  const jobs = await post(`/v1/queues/${q}/jobs`, { jobs: Array.from({ length: 1000 }, () => ({ payload: 1 })) });
  for (let i = 0; i < 10; i++) {
    const { jobs: mine } = await post(`/v1/queues/${q}/claim`, { max: 100 });
    await post('/v1/jobs:complete', { jobs: mine.map(({ id, lease }) => ({ id, lease })) });
  }
  const again = await collectorAgain();
  const ids = new Set(jobs.jobs.map((j) => j.id));
  await until('all of them', () => again.spans.filter((s) => ids.has(s.of['messaging.message.id'])).length >= 2000,
    25_000);
  assert.deepEqual(again.problems, []);
});
const collectorAgain = async () => { await there.open(there.port); return there; };

story('nothing is sent without an endpoint, and wrong options stop the start', async () => {
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'ringi-none-'));
  const open = path.join(data, 'open');
  fs.writeFileSync(open, 'a: b\n', { mode: 0o644 });
  const bad = path.join(data, 'bad');
  fs.writeFileSync(bad, 'no header\n', { mode: 0o600 });
  for (const [flags, said] of [
    [['--otlp-endpoint', 'collector:4318'], /--otlp-endpoint collector:4318 must be http/],
    [['--otlp-endpoint', 'http://user:pw@there'], /must be http/],
    [['--otlp-headers-file', bad], /needs --otlp-endpoint/],
    [['--otlp-endpoint', there.url, '--otlp-headers-file', open], /Others can read/],
    [['--otlp-endpoint', there.url, '--otlp-headers-file', bad], /line 1: a line is `Name: value`/],
    [['--otlp-endpoint', there.url, '--otlp-headers-file', path.join(data, 'none')], /cannot be read/],
  ]) {
    const r = await run(RINGI, ['serve', '--data', data, ...flags]);
    assert.equal(r.code, 2, r.stderr);
    assert.match(r.stderr, said);
  }
  fs.rmSync(data, { recursive: true });
  assert.deepEqual(there.problems, []);
});
