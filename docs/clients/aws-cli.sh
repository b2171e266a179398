#!/bin/sh
# aws-cli.sh - queues, dead letters and a topic with the AWS command line.
# AWS コマンドラインでキュー、デッドレター、トピックを使う例。
set -eu
URL=${RINGI_URL:-http://127.0.0.1:9324}
QUEUE=${QUEUE:-sample-aws-cli}
AWS=${AWS:-aws}
export AWS_ACCESS_KEY_ID="${AWS_ACCESS_KEY_ID:-try}"
export AWS_SECRET_ACCESS_KEY="${AWS_SECRET_ACCESS_KEY:-try}"
export AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-us-east-1}" AWS_PAGER=''

aws() { command "$AWS" --endpoint-url "$URL" --output text "$@"; }
sqs() { aws sqs "$@"; }

# attribute URL NAME: one attribute of a queue. / キューの属性を一つ。
attribute() {
	sqs get-queue-attributes --queue-url "$1" --attribute-names "$2" --query "Attributes.$2"
}
# receive URL WHAT: waits for a message and prints a part of it. / 受信して一部を表示。
receive() {
	sqs receive-message --queue-url "$1" --wait-time-seconds 5 --query "Messages[0].$2"
}

# A queue and its dead-letter queue. / キューとデッドレターキュー。
dead=$(sqs create-queue --queue-name "$QUEUE-dead" --query QueueUrl)
dead_arn=$(attribute "$dead" QueueArn)
policy="{\\\"deadLetterTargetArn\\\":\\\"$dead_arn\\\",\\\"maxReceiveCount\\\":\\\"3\\\"}"
queue=$(sqs create-queue --queue-name "$QUEUE" --query QueueUrl \
	--attributes "{\"RedrivePolicy\":\"$policy\"}")
echo "queue: $queue"

# Send, receive, delete. / 送信、受信、削除。
sqs send-message --queue-url "$queue" --message-body 'hello from the aws cli' \
	--message-attributes 'lang={DataType=String,StringValue=日本語}' --query MessageId
sqs delete-message --queue-url "$queue" --receipt-handle "$(receive "$queue" ReceiptHandle)"

# A topic that feeds the queue. / トピックからキューへ。
topic=$(aws sns create-topic --name "$QUEUE-news" --query TopicArn)
aws sns subscribe --topic-arn "$topic" --protocol sqs \
	--notification-endpoint "$(attribute "$queue" QueueArn)" \
	--attributes RawMessageDelivery=true --return-subscription-arn --query SubscriptionArn
aws sns publish --topic-arn "$topic" --message 'news for every subscriber' --query MessageId
echo "received: $(receive "$queue" Body)"

sources=$(sqs list-dead-letter-source-queues --queue-url "$dead" --query 'queueUrls[0]')
echo "dead letters' sources: $sources"
aws sns delete-topic --topic-arn "$topic"
sqs delete-queue --queue-url "$queue"
sqs delete-queue --queue-url "$dead"
