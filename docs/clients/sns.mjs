// sns.mjs - one publish, two queues, one of them with a filter (AWS SDK for JavaScript v3).
// 一度の発行を二つのキューへ。片方はフィルターつき。
import { CreateTopicCommand, DeleteTopicCommand, PublishBatchCommand, PublishCommand, SNSClient,
  SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand,
  SQSClient } from '@aws-sdk/client-sqs';

const config = {
  endpoint: process.env.RINGI_URL ?? 'http://127.0.0.1:9324',
  region: process.env.AWS_REGION ?? 'us-east-1',
  credentials: { accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? 'try',
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? 'try' },
};
const sns = new SNSClient(config);
const sqs = new SQSClient(config);
const name = process.env.QUEUE ?? 'sample-sns';

const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: `${name}-events` }));

async function subscriber(queue, attributes) {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `${name}-${queue}` }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: Attributes.QueueArn,
    Attributes: attributes }));
  return QueueUrl;
}

const everything = await subscriber('everything', { RawMessageDelivery: 'true' });
const large = await subscriber('large', { RawMessageDelivery: 'true',
  FilterPolicy: JSON.stringify({ total: [{ numeric: ['>=', 1000] }] }) });

const order = (Message, total) => ({ Message,
  MessageAttributes: { total: { DataType: 'Number', StringValue: `${total}` } } });
await sns.send(new PublishCommand({ TopicArn, ...order('a book', 30) }));
await sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: [
  { Id: '1', ...order('a piano', 9000) }, { Id: '2', ...order('a pencil', 1) }] }));

async function read(QueueUrl) {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10,
    WaitTimeSeconds: 5 }));
  return Messages.map((m) => m.Body).sort().join(', ');
}
console.log('everything:', await read(everything));
console.log('large:', await read(large));

await sns.send(new DeleteTopicCommand({ TopicArn }));
for (const QueueUrl of [everything, large]) await sqs.send(new DeleteQueueCommand({ QueueUrl }));
