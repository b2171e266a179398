"""shop.py - an order and its message in one transaction, by psycopg2.

  PGHOST=... PGDATABASE=... PGUSER=shop QUEUE=orders python3 shop.py

The schema's owner has said once: select ringi.allow('shop', 'send', 'orders*');
"""
import json
import os

import psycopg2

QUEUE = os.environ.get("QUEUE", "orders")
db = psycopg2.connect("")  # libpq's variables say where it is


def order(item, traceparent=""):  # of the request that is being answered
    with db, db.cursor() as c:  # commits, or rolls back when something is raised
        c.execute("select set_config('ringi.traceparent', %s, true)", (traceparent,))  # the message has it, too
        c.execute("insert into shop_order (item) values (%s) returning id", (item,))
        body = json.dumps({"order": c.fetchone()[0], "item": item})
        c.execute("select ringi.send(%s, %s)", (QUEUE, body))
        if not item:
            raise ValueError("there is nothing to order")
    print("ordered", item)


with db, db.cursor() as c:
    c.execute("create table if not exists shop_order "
              "(id bigint generated always as identity primary key, item text not null)")
order("a pencil")
try:
    order("")
except ValueError as e:
    print("not ordered:", e)
db.close()
