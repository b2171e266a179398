# shop.py - an application with an outbox: orders are written and announced in one transaction.
#
#   python3 shop.py init                     tables in shop.db, the queue
#   python3 shop.py order CUSTOMER ITEM      an order and its message, both or neither
#   python3 shop.py work                     the other side: handles messages until there are none
#   python3 shop.py show                     orders, and what was shipped
#
# Settings: SHOP (the file, shop.db), RINGI_URL, QUEUE. CRASH_AT=n kills the process at its
# n-th step, as a power cut would: every_step.py beside this file tries every n.
import json
import os
import signal
import sqlite3
import sys
import urllib.request
from pathlib import Path

FILE = os.environ.get('SHOP', 'shop.db')
URL = os.environ.get('RINGI_URL', 'http://127.0.0.1:9324')
QUEUE = os.environ.get('QUEUE', 'sample-orders.fifo')
steps = 0


def step(what):
    """A place where the process might die."""
    global steps
    steps += 1
    if os.environ.get('CRASH_AT') == str(steps):
        print(f'dies before: {what}', flush=True)
        os.kill(os.getpid(), signal.SIGKILL)


def database():
    db = sqlite3.connect(FILE, timeout=20, isolation_level=None)
    db.execute('pragma foreign_keys = on')
    return db


def sqs(action, **parameters):
    request = urllib.request.Request(f'{URL}/', json.dumps(parameters).encode(), {
        'X-Amz-Target': f'AmazonSQS.{action}', 'Content-Type': 'application/x-amz-json-1.0'})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b'{}')


def init():
    db = database()
    db.execute('pragma journal_mode = wal')  # readers and the relay do not wait for writers
    db.executescript(Path(__file__).with_name('sqlite.sql').read_text())
    db.executescript('''
        create table if not exists orders (id integer primary key, customer text not null, item text not null);
        create table if not exists shipped (order_id integer primary key, customer text not null, place integer);
        create table if not exists seen (message text primary key);''')
    sqs('CreateQueue', QueueName=QUEUE, Attributes={'FifoQueue': 'true', 'VisibilityTimeout': '1'})


def order(customer, item):
    """The whole of the pattern: one transaction writes the order and the message about it."""
    db = database()
    step('the transaction')
    db.execute('begin immediate')
    step('the order')
    number = db.execute('insert into orders (customer, item) values (?, ?)', (customer, item)).lastrowid
    step('the message')
    db.execute('insert into outbox (queue, message_group, body) values (?, ?, ?)',
               (QUEUE, customer, json.dumps({'order': number, 'customer': customer, 'item': item})))
    step('the commit')
    db.execute('commit')
    print(f'order {number}', flush=True)
    step('the end')


def handle(db, message):
    """At least once means: twice is possible. What was seen is skipped, in the same transaction."""
    body = json.loads(message['Body'])
    step('the transaction')
    db.execute('begin immediate')
    step('the mark')
    new = db.execute('insert or ignore into seen (message) values (?)', (str(body['order']),)).rowcount
    if new:
        step('the shipping')
        db.execute('''insert into shipped (order_id, customer, place)
                      select ?, ?, count(*) from shipped''', (body['order'], body['customer']))
    step('the commit')
    db.execute('commit')
    step('the delete')
    sqs('DeleteMessage', QueueUrl=f'{URL}/000000000000/{QUEUE}', ReceiptHandle=message['ReceiptHandle'])
    print(f"order {body['order']}: {'shipped' if new else 'was shipped already'}", flush=True)


def work():
    db = database()
    while True:
        got = sqs('ReceiveMessage', QueueUrl=f'{URL}/000000000000/{QUEUE}', MaxNumberOfMessages=10,
                  WaitTimeSeconds=2)
        for message in got.get('Messages', []):
            handle(db, message)
        if not got.get('Messages'):
            break
    step('the end')


def show():
    db = database()
    orders = [list(r) for r in db.execute('select id, customer from orders order by id')]
    shipped = [list(r) for r in db.execute('select order_id, customer from shipped order by place')]
    print(json.dumps({'orders': orders, 'shipped': shipped}))


if __name__ == '__main__':
    {'init': init, 'order': order, 'work': work, 'show': show}[sys.argv[1]](*sys.argv[2:])
