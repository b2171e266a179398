-- postgres.sql - the outbox of an application that keeps its data in PostgreSQL.
--
--   psql -f postgres.sql           ringi relay --postgres postgres://relay@db/shop --channel outbox
--
-- Only id, body, error, one of queue and topic, and (without --delete) sent_at are needed;
-- the others may be left out. An id may also be a uuid or a text, as long as its order is
-- that of the inserts (UUID version 7).

create table if not exists outbox (
  id            bigint generated always as identity primary key,
  queue         text,          -- the queue, or
  topic         text,          -- the topic that the message goes to
  body          text not null, -- or json, or jsonb
  message_group text,          -- the key: rows of one key arrive in the order of their ids
  dedup_id      text,          -- for FIFO queues; null: made of the row
  attributes    jsonb,         -- an object: {"kind": "paid", "amount": 3}
  traceparent   text,          -- travels with the message
  delay         integer,       -- seconds
  created_at    timestamptz not null default now(),
  sent_at       timestamptz,   -- set by the relay: the server has the message
  error         text           -- set by the relay: why it gave up; null again: try again
);

-- What the relay reads, and nothing else: the table may become long.
create index if not exists outbox_waiting on outbox (id) where sent_at is null and error is null;
create index if not exists outbox_set_aside on outbox (message_group, id)
  where sent_at is null and error is not null;

-- A hint, heard when the transaction commits, so that the relay need not poll often.
create or replace function outbox_notify() returns trigger language plpgsql as $$
begin
  perform pg_notify('outbox', '');
  return null;
end $$;
drop trigger if exists outbox_notify on outbox;
create trigger outbox_notify after insert on outbox for each statement execute function outbox_notify();

-- The relay's own user may read the table and write two columns of it:
--   create role relay login;
--   grant select, update (sent_at, error) on outbox to relay;      -- with --delete also: delete
