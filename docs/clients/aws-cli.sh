#!/bin/sh
# aws-cli.sh - queues, dead letters and a topic with the AWS command line.
# AWS コマンドラインでキュー、デッドレター、トピックを使う例。
set -eu
URL=${RINGI_URL:-http://127.0.0.1:9324}
QUEUE=${QUEUE:-sample-aws-cli}
AWS=${AWS:-aws}
export AWS_ACCESS_KEY_ID="${AWS_ACCESS_KEY_ID:-try}" AWS_SECRET_ACCESS_KEY="${AWS_SECRET_ACCESS_KEY:-try}"
export AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-us-east-1}" AWS_PAGER=''

aws() { "$AWS" --endpoint-url "$URL" --output text "$@"; }
sqs() { aws sqs "$@"; }

# A queue and its dead-letter queue. / キューとデッドレターキュー。
dead=$(sqs create-queue --queue-name "$QUEUE-dead" --query QueueUrl)
dead_arn=$(sqs get-queue-attributes --queue-url "$dead" --attribute-names QueueArn --query Attributes.QueueArn)
queue=$(sqs create-queue --queue-name "$QUEUE" --query QueueUrl --attributes \
	"{\"RedrivePolicy\":\"{\\\"deadLetterTargetArn\\\":\\\"$dead_arn\\\",\\\"maxReceiveCount\\\":\\\"3\\\"}\"}")
arn=$(sqs get-queue-attributes --queue-url "$queue" --attribute-names QueueArn --query Attributes.QueueArn)
echo "queue: $queue"

# Send, receive, delete. / 送信、受信、削除。
sqs send-message --queue-url "$queue" --message-body 'hello from the aws cli' \
	--message-attributes 'lang={DataType=String,StringValue=日本語}' --query MessageId
receipt=$(sqs receive-message --queue-url "$queue" --wait-time-seconds 5 --message-attribute-names All \
	--query 'Messages[0].ReceiptHandle')
sqs delete-message --queue-url "$queue" --receipt-handle "$receipt"

# A topic that feeds the queue. / トピックからキューへ。
topic=$(aws sns create-topic --name "$QUEUE-news" --query TopicArn)
aws sns subscribe --topic-arn "$topic" --protocol sqs --notification-endpoint "$arn" \
	--attributes RawMessageDelivery=true --return-subscription-arn --query SubscriptionArn
aws sns publish --topic-arn "$topic" --message 'news for every subscriber' --query MessageId
body=$(sqs receive-message --queue-url "$queue" --wait-time-seconds 5 --query 'Messages[0].Body')
echo "received: $body"

echo "dead letters' sources: $(sqs list-dead-letter-source-queues --queue-url "$dead" --query 'queueUrls[0]')"
aws sns delete-topic --topic-arn "$topic"
sqs delete-queue --queue-url "$queue"
sqs delete-queue --queue-url "$dead"
