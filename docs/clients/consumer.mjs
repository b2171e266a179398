// consumer.mjs - a worker with sqs-consumer: handles messages, stops when it has handled COUNT.
// sqs-consumer によるワーカー。COUNT 件を処理したら終わる。
import { CreateQueueCommand, SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
import { Consumer } from 'sqs-consumer';

const sqs = new SQSClient({
  endpoint: process.env.RINGI_URL ?? 'http://127.0.0.1:9324',
  region: process.env.AWS_REGION ?? 'us-east-1',
  credentials: { accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? 'try',
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? 'try' },
});
const COUNT = Number(process.env.COUNT ?? 5);

const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: process.env.QUEUE ?? 'sample-consumer',
  Attributes: { VisibilityTimeout: '30' } }));
for (let i = 1; i <= COUNT; i++) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: `job ${i}` }));

let done = 0;
let failedOnce = false;
const consumer = Consumer.create({
  queueUrl: QueueUrl,
  sqs,
  batchSize: 1,
  waitTimeSeconds: 5,
  terminateVisibilityTimeout: true,   // a failed message comes back at once / 失敗したらすぐ戻す
  handleMessage: async (message) => {
    if (message.Body === 'job 2' && !failedOnce) {
      failedOnce = true;
      throw new Error('not yet');
    }
    console.log('handled:', message.Body);
    if (++done === COUNT) setImmediate(() => consumer.stop());
    return message;   // it is deleted then / 返すと削除される
  },
});
consumer.on('processing_error', (error) => console.log('comes back:', error.message.split(': ').pop()));
consumer.on('error', (error) => { console.error(error); process.exitCode = 1; consumer.stop(); });
consumer.start();
