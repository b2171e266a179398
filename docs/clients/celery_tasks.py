#!/usr/bin/python3
"""celery_tasks.py - Celery with ringi as its broker.
ringi をブローカーにした Celery の例。

    worker / ワーカー:   celery --app celery_tasks worker --pool solo --queues sample-celery
                         --without-gossip --without-mingle     (all on one line / 一行で)
    producer / 送信側:   python3 celery_tasks.py

RESULTS names the file that the worker writes results to. / ワーカーが結果を書くファイルは RESULTS。
"""
import os
import sys
from urllib.parse import quote, urlsplit

from celery import Celery

url = urlsplit(os.environ.get("RINGI_URL", "http://127.0.0.1:9324"))
key = quote(os.environ.get("AWS_ACCESS_KEY_ID", "try"), safe="")
secret = quote(os.environ.get("AWS_SECRET_ACCESS_KEY", "try"), safe="")
queue = os.environ.get("QUEUE", "sample-celery")
results = os.environ.get("RESULTS", "celery-results.txt")

app = Celery("celery_tasks", broker=f"sqs://{key}:{secret}@{url.netloc}")
app.conf.update(
    task_default_queue=queue,
    task_acks_late=True,              # deleted after the work / 処理のあとで削除
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    broker_transport_options={
        "region": os.environ.get("AWS_DEFAULT_REGION", "us-east-1"),
        "is_secure": url.scheme == "https",
        "visibility_timeout": 60,
        "wait_time_seconds": 2,       # long poll / ロングポーリング
        "polling_interval": 0.1,
    },
)


def note(line):
    with open(results, "a", encoding="utf-8") as file:
        print(line, file=file, flush=True)


@app.task
def add(a, b):
    note(f"{a} + {b} = {a + b}")


@app.task(bind=True, max_retries=3)
def flaky(self, text):
    """Fails once, is tried again. / 一度失敗して、もう一度実行される。"""
    if self.request.retries == 0:
        raise self.retry(countdown=0)
    note(f"{text} after {self.request.retries} retry")


if __name__ == "__main__":
    for n in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
        add.delay(n, 10)
    flaky.delay("日本語")
    print("sent")
