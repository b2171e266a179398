#!/bin/sh
# shell.sh - queues with nothing but curl (SQS's Query protocol; the server runs with --auth off).
# curl だけでキューを使う例 (Query プロトコル、サーバーは --auth off)。
set -eu
URL=${RINGI_URL:-http://127.0.0.1:9324}
QUEUE=${QUEUE:-sample-shell}

# call ACTION [NAME=VALUE...]: one request; prints the XML answer, fails on an error.
call() {
	action=$1
	shift
	for pair in "$@"; do
		set -- "$@" --data-urlencode "$pair"
		shift
	done
	curl --silent --show-error --fail-with-body --data-urlencode "Action=$action" \
		--data-urlencode Version=2012-11-05 "$@" "$URL/000000000000/$QUEUE"
}

# element NAME: the text of the first <NAME> of the answer on standard input.
element() {
	grep -o "<$1>[^<]*" | head -n 1 | sed 's/^[^>]*>//'
}

# A queue is made at the server's address, not at a queue's. / 作成だけは宛先がサーバー自身。
curl --silent --show-error --fail-with-body --data-urlencode Action=CreateQueue \
	--data-urlencode Version=2012-11-05 --data-urlencode "QueueName=$QUEUE" "$URL/" |
	element QueueUrl

call SendMessage "MessageBody=hello from curl" | element MessageId

answer=$(call ReceiveMessage WaitTimeSeconds=5)
printf 'received: %s\n' "$(printf '%s' "$answer" | element Body)"
receipt=$(printf '%s' "$answer" | element ReceiptHandle)

call DeleteMessage "ReceiptHandle=$receipt" >/dev/null
left=$(call GetQueueAttributes AttributeName.1=ApproximateNumberOfMessages | element Value)
printf 'left in the queue: %s\n' "$left"
