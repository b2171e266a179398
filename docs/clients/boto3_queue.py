#!/usr/bin/python3
"""boto3_queue.py - a standard and a FIFO queue with boto3.
boto3 で標準キューと FIFO キューを使う例。"""
import os

import boto3
from botocore.exceptions import ClientError

sqs = boto3.resource(
    "sqs",
    endpoint_url=os.environ.get("RINGI_URL", "http://127.0.0.1:9324"),
    region_name=os.environ.get("AWS_DEFAULT_REGION", "us-east-1"),
    aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "try"),
    aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "try"),
)
name = os.environ.get("QUEUE", "sample-boto3")


def standard():
    """Sends in a batch, receives by long poll, deletes. / まとめて送信し、受信して削除。"""
    queue = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "60"})
    sent = queue.send_messages(Entries=[
        {"Id": str(i), "MessageBody": f"order {i} 注文",
         "MessageAttributes": {"total": {"DataType": "Number", "StringValue": str(i * 100)}}}
        for i in range(3)
    ])
    assert "Failed" not in sent, sent
    received = []
    while len(received) < 3:
        for message in queue.receive_messages(
            MaxNumberOfMessages=10, WaitTimeSeconds=5,
            MessageAttributeNames=["All"], AttributeNames=["All"],
        ):
            received.append((message.body, message.message_attributes["total"]["StringValue"]))
            message.delete()
    print("received:", sorted(received))
    queue.delete()


def fifo():
    """Order inside a group; the same id twice is one message. / グループ内の順序と重複排除。"""
    queue = sqs.create_queue(QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true"})
    for text in ("reserve", "pay", "pay", "ship"):
        queue.send_message(MessageBody=text, MessageGroupId="order-7", MessageDeduplicationId=f"7-{text}")
    print("in order:", [m.body for m in queue.receive_messages(MaxNumberOfMessages=10)])
    queue.delete()


def refusal():
    """A refusal has a code to act on. / エラーにはコードがある。"""
    try:
        sqs.get_queue_by_name(QueueName="no-such-queue")
    except ClientError as error:
        print("refused:", error.response["Error"]["Code"])
    try:
        sqs.get_queue_by_name(QueueName="no-such-queue")
    except sqs.meta.client.exceptions.QueueDoesNotExist:
        print("caught: QueueDoesNotExist")


standard()
fifo()
refusal()
