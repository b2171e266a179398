// sqs.mjs - queues with the AWS SDK for JavaScript v3.
// AWS SDK for JavaScript v3 でキューを使う例。
import {
  CreateQueueCommand, DeleteMessageBatchCommand, DeleteQueueCommand, QueueDoesNotExist, GetQueueUrlCommand,
  ReceiveMessageCommand, SQSClient, SendMessageBatchCommand, SendMessageCommand,
} from '@aws-sdk/client-sqs';

const sqs = new SQSClient({
  endpoint: process.env.RINGI_URL ?? 'http://127.0.0.1:9324',
  region: process.env.AWS_REGION ?? 'us-east-1',
  credentials: { accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? 'try',
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? 'try' },
});
const QueueName = process.env.QUEUE ?? 'sample-sdk';

const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, tags: { owner: 'sales' } }));

// The SDK checks the MD5 of every body and attribute. / 本文と属性の MD5 は SDK が確かめる。
await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'first 一番目',
  MessageAttributes: { kind: { DataType: 'String', StringValue: 'greeting' },
    raw: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2, 3]) } } }));
await sqs.send(new SendMessageBatchCommand({ QueueUrl,
  Entries: ['second', 'third'].map((MessageBody, i) => ({ Id: `${i}`, MessageBody })) }));

const received = [];
while (received.length < 3) {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10,
    WaitTimeSeconds: 5,
    MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] }));
  received.push(...Messages.map((m) => m.Body));
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl,
    Entries: Messages.map((m, i) => ({ Id: `${i}`, ReceiptHandle: m.ReceiptHandle })) }));
}
console.log('received:', received.sort().join(', '));

await sqs.send(new DeleteQueueCommand({ QueueUrl }));
try {
  await sqs.send(new GetQueueUrlCommand({ QueueName }));
} catch (error) {
  console.log('refused:', error instanceof QueueDoesNotExist, error.name);
}
