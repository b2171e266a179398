-- shop.sql - an order and its message in one transaction, by psql.
--
--   psql -v queue=orders -f shop.sql        (with libpq's variables: PGHOST, PGDATABASE, PGUSER, ...)
--
-- The schema's owner has said once: select ringi.allow('shop', 'send', 'orders*');
\set ON_ERROR_STOP on
create table if not exists shop_order (id bigint generated always as identity primary key, item text not null);

begin;
insert into shop_order (item) values ('a book') returning id \gset
select ringi.send(:'queue', jsonb_build_object('order', :id, 'item', 'a book')::text,
                  attributes => '{"kind": "paid"}') as message;
commit; -- now it is sent

begin;
select ringi.send(:'queue', '{"item": "a mistake"}');
rollback; -- it never was
