-- sqlite.sql - the outbox of an application that keeps its data in an SQLite file.
--
--   sqlite3 shop.db < sqlite.sql          ringi relay --sqlite shop.db --table outbox
--
-- Only id, body, error, one of queue and topic, and (without --delete) sent_at are needed;
-- the others may be left out.

create table if not exists outbox (
  -- autoincrement: the id of a deleted row is never given again
  id            integer primary key autoincrement,
  queue         text,          -- the queue, or
  topic         text,          -- the topic that the message goes to
  body          text not null,
  message_group text,          -- the key: rows of one key arrive in the order of their ids
  dedup_id      text,          -- for FIFO queues; null: made of the row
  attributes    text,          -- a JSON object: {"kind": "paid", "amount": 3}
  traceparent   text,          -- travels with the message
  delay         integer,       -- seconds
  created_at    text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  sent_at       text,          -- set by the relay: the server has the message
  error         text           -- set by the relay: why it gave up; null again: try again
);

-- What the relay reads, and nothing else: the table may become long.
create index if not exists outbox_waiting on outbox (id) where sent_at is null and error is null;
create index if not exists outbox_set_aside on outbox (message_group, id)
  where sent_at is null and error is not null;
