-- Statements of the store itself.

-- transaction_begin: of one that will write
-- sqlite
begin immediate
-- postgres
begin

-- transaction_commit: it is on the disk when this returns
commit

-- lease_take: makes this node the owner; the epoch grows each time
insert into lease (partition_id, node, epoch) values (0, $1, 1)
on conflict (partition_id) do update set node = excluded.node, epoch = lease.epoch + 1

-- lease_epoch: the epoch in force
select epoch from lease where partition_id = 0

-- meta_get: one setting of the database itself
select value from meta where name = $1

-- meta_put: sets one
insert into meta (name, value) values ($1, $2)
on conflict (name) do update set value = excluded.value

-- meta_remove: forgets one
delete from meta where name = $1
