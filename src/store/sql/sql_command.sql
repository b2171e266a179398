-- Commands that applications wrote in transactions of their own (migration 0029).

-- sql_waiting: is there one?
select 1 from sql_command where not_before <= $1 limit 1

-- sql_take: the first ones, $2 at most, and no more than $3 bytes but at least one
-- sqlite
select id, kind, target, uuid, body, options, role_name
  from (select c.*, sum(length(cast(body as blob))) over (order by id) - length(cast(body as blob)) as before
          from (select * from sql_command where not_before <= $1 order by id limit $2) c)
 where before < $3 order by id
-- postgres
select id, kind, target, uuid, body, options, role_name
  from (select c.*, sum(octet_length(body)) over (order by id) - octet_length(body) as before
          from (select * from sql_command where not_before <= $1 order by id limit $2) c) q
 where before < $3 order by id

-- sql_done: it is carried out, in this transaction
delete from sql_command where id = $1

-- sql_put_off: all for that target
update sql_command set not_before = $2 where target = $1

-- sql_again: nothing is put off any more
update sql_command set not_before = 0 where not_before <> 0

-- sql_refuse: it could not be done, and this is why
insert into sql_refused (id, kind, target, uuid, body, options, role_name, created_at, refused_at, code, why)
select id, kind, target, uuid, body, options, role_name, created_at, $2, $3, $4 from sql_command where id = $1
