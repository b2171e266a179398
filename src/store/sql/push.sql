-- Statements of push queues.

-- push_breaker_put: the breaker of one queue
insert into push_breaker (queue_id, failures, pause_ms, open_until) values ($1, $2, $3, $4)
on conflict (queue_id) do update set failures = excluded.failures, pause_ms = excluded.pause_ms,
                                     open_until = excluded.open_until

-- push_breaker_one: the same, read
select failures, pause_ms, open_until from push_breaker where queue_id = $1

-- push_breaker_delete: nothing fails
delete from push_breaker where queue_id = $1
