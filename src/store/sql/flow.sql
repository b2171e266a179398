-- Statements of queues that hand on by themselves (migration 0015).

-- split_read: how far a message is
select elements from split_cursor where id = $1

-- split_put: it is so far
insert into split_cursor (id, elements) values ($1, $2) on conflict (id) do update set elements = $2

-- split_done: it, and those before it in its queue, need none any more
delete from split_cursor where id between $1 and $2
