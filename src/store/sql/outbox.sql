-- Statements of the outbox: calls that must be made.

-- outbox_insert: one more
insert into outbox (due_at, attempts, kind, owner, url, payload, created_at)
values ($1, 0, $2, $3, $4, $5, $1)

-- outbox_due: the first $2 that are due at $1, but not those of owners $3 to $10
select id, due_at, attempts, kind, owner, url, payload, created_at from outbox
 where due_at <= $1 and owner not in ($3, $4, $5, $6, $7, $8, $9, $10)
 order by due_at, id limit $2

-- outbox_next: when the first after $1 is due
select due_at from outbox where due_at > $1 order by due_at limit 1

-- outbox_one: one of them
select id, due_at, attempts, kind, owner, url, payload, created_at from outbox where id = $1

-- outbox_lease: it is being made; nobody else makes it before $2
update outbox set due_at = $2 where id = $1

-- outbox_retry: it failed and is due again
update outbox set due_at = $2, attempts = $3 where id = $1

-- outbox_delete: made, or given up
delete from outbox where id = $1

-- outbox_count: how many of one kind wait
select count(*) from outbox where kind = $1

-- outbox_waiting: how many wait on behalf of each owner
select owner, count(*) from outbox group by owner
