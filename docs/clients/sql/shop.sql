-- shop.sql - an order and its message in one transaction, by psql.
--
--   psql -v queue=orders -f shop.sql        (with libpq's variables: PGHOST, PGDATABASE, PGUSER, ...)
--
-- The schema's owner has said once: select ringi.allow('shop', 'send', 'orders*');
\set ON_ERROR_STOP on
create table if not exists shop_order (id bigint generated always as identity primary key, item text not null);

begin;
-- The trace that this is part of, where there is one; with `local` it ends with the transaction.
set local ringi.traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
insert into shop_order (item) values ('a book') returning id \gset
select ringi.send(:'queue', jsonb_build_object('order', :id, 'item', 'a book')::text,
                  attributes => '{"kind": "paid"}') as message;
commit; -- now it is sent

begin;
select ringi.send(:'queue', '{"item": "a mistake"}');
rollback; -- it never was
