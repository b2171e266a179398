#!/bin/sh
# shop-postgres.sh - the same with PostgreSQL: an order and its message in one transaction.
#
#   PGHOST=... PGDATABASE=... RINGI_URL=http://127.0.0.1:9324 sh shop-postgres.sh
#
# Needs psql, curl and ringi (or its path in RINGI). libpq's variables say where the
# database is, and PGPASSFILE names the file with its password.
set -eu
here=$(dirname "$0")
url=${RINGI_URL:-http://127.0.0.1:9324}
queue=${QUEUE:-sample-orders-pg.fifo}
psql="psql -X -q -A -t -v ON_ERROR_STOP=1"

$psql -c "set client_min_messages = warning" -f "$here/postgres.sql" -c "
	create table if not exists orders (id bigint generated always as identity primary key,
		customer text not null, item text not null)" >/dev/null
fifo="Attribute.1.Name=FifoQueue&Attribute.1.Value=true"
curl -sf -d "Action=CreateQueue&QueueName=$queue&$fifo" "$url/" >/dev/null

# Both or neither. The values are psql variables, so quotes in them do no harm.
order() { # CUSTOMER ITEM commit|rollback
	$psql -v customer="$1" -v item="$2" -v queue="$queue" -v finish="$3" <<'END'
begin;
with new as (insert into orders (customer, item) values (:'customer', :'item') returning *)
insert into outbox (queue, message_group, body)
select :'queue', customer, jsonb_build_object('order', id, 'item', item) from new;
:finish;
END
}
order ada "a book" commit
order bob "a pencil" rollback
order ada "a lamp, the 'good' one" commit

${RINGI:-ringi} relay --postgres "postgres://" --table outbox --once --server "$url"
curl -sf -d "Action=ReceiveMessage&MaxNumberOfMessages=10" "$url/000000000000/$queue" |
	grep -o '<Body>[^<]*</Body>'
$psql -c "select count(*) || ' waiting' from outbox where sent_at is null"
