// request_reply.mjs - a service asks others through a queue and waits for the answers in a reply queue of its own.
// 応答キューと相関 ID で、キュー越しに頼んだ結果を待つ例（同期待ち合わせ）。
import {
  DeleteMessageBatchCommand, DeleteQueueCommand, GetQueueUrlCommand, ReceiveMessageCommand, SQSClient,
} from '@aws-sdk/client-sqs';
import { randomUUID } from 'node:crypto';
import os from 'node:os';

const url = process.env.RINGI_URL ?? 'http://127.0.0.1:9324';
const sqs = new SQSClient({
  endpoint: url,
  region: process.env.AWS_REGION ?? 'us-east-1',
  credentials: { accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? 'try',
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? 'try' },
});
const authorization = process.env.RINGI_TOKEN ? { authorization: `Bearer ${process.env.RINGI_TOKEN}` } : {};

async function rest(method, path, body, headers = {}) {
  const r = await fetch(url + path, { method, body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...authorization, ...headers } });
  if (!r.ok) throw new Error(`${method} ${path}: ${await r.text()}`);
  return r.status === 204 ? {} : r.json();
}

// ---- who asks / 頼む側

class Requester {
  // A queue for this process alone, because a receiver cannot choose messages by their correlation id. Replies that
  // nobody fetched go by themselves. / 自分専用のキュー。取りに来なかった返信は保持期間で消える。
  static async open(queue) {
    const r = new Requester();
    r.queue = queue;
    r.replies = `replies-${os.hostname().replaceAll(/[^A-Za-z0-9-]/g, '-')}-${process.pid}`;
    r.waiting = new Map();
    await rest('PUT', `/v1/queues/${r.replies}`, { message_retention_period: 600, purpose: `replies to ${r.replies}` });
    r.QueueUrl = (await sqs.send(new GetQueueUrlCommand({ QueueName: r.replies }))).QueueUrl;
    r.open = true;
    r.loop = r.listen();
    return r;
  }

  async listen() {
    while (this.open) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: this.QueueUrl,
        MaxNumberOfMessages: 10, WaitTimeSeconds: 1, MessageAttributeNames: ['correlation_id'] }));
      for (const m of Messages) {
        const id = m.MessageAttributes?.correlation_id?.StringValue;
        // Nobody waits for it any more: a late answer is dropped. / 遅れて届いた返信は捨てる。
        if (this.waiting.has(id)) this.waiting.get(id)(JSON.parse(m.Body));
        else console.log('dropped a late reply');
      }
      if (Messages.length)
        await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: this.QueueUrl,
          Entries: Messages.map((m, i) => ({ Id: `${i}`, ReceiptHandle: m.ReceiptHandle })) }));
    }
  }

  /** The result of the job; throws its error, or when it took too long. */
  async ask(payload, limitMs) {
    const id = randomUUID();
    let timer;
    const reply = new Promise((done, fail) => {
      this.waiting.set(id, done);
      timer = setTimeout(() => fail(new Error('it takes too long')), limitMs);
    });
    let job;
    try {
      // The key makes it safe to send the request again. / 同じ鍵なら再送しても二重にならない。
      job = await rest('POST', `/v1/queues/${this.queue}/jobs`,
        { payload, reply_to: { queue: this.replies, correlation_id: id } }, { 'Idempotency-Key': id });
      const { state, result, error } = await reply;
      if (state !== 'SUCCEEDED') throw new Error(error?.message ?? state);
      return result;
    } catch (e) {
      if (e.message === 'it takes too long')   // the result is of no use any more / もう要らないので取り消す
        await rest('POST', `/v1/jobs/${job.id}/cancel`, { reason: 'the caller gave up' }).catch(() => {});
      throw e;
    } finally {
      clearTimeout(timer);
      this.waiting.delete(id);
    }
  }

  async close() {
    this.open = false;
    await this.loop;
    await sqs.send(new DeleteQueueCommand({ QueueUrl: this.QueueUrl }));
  }
}

// ---- who works; usually another program / 働く側（ふつうは別のプログラム）

const queue = process.env.QUEUE ?? 'sample-quotes';
await rest('PUT', `/v1/queues/${queue}`, { track: true, purpose: 'quotes are calculated apart from the web servers' });
let working = true;
const worker = (async () => {
  while (working) {
    const { jobs } = await rest('POST', `/v1/queues/${queue}/claim`, { max: 1, wait_s: 1, worker: 'quotes' });
    for (const { id, lease, payload: { age } } of jobs) {
      if (age === 99) await new Promise((done) => setTimeout(done, 1500));
      if (age < 0)
        await rest('POST', `/v1/jobs/${id}/fail`, { lease, retry: false,
          error: { code: 'BAD_AGE', message: `nobody is ${age} years old` } });
      else await rest('POST', `/v1/jobs/${id}/complete`, { lease, result: { premium: 1000 + age * 10 } });
    }
  }
})();

const requester = await Requester.open(queue);
for (const age of [30, -1, 99, 40]) {
  try {
    console.log(`${age}:`, (await requester.ask({ age }, age === 99 ? 500 : 10_000)).premium);
  } catch (e) {
    console.log(`${age}: ${e.message}`);
  }
}
working = false;
await worker;
await requester.close();
