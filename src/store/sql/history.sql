-- Statements of the figures of queues over time (domain/queue/history.c).

-- history_minute_put: what happened in a minute. One that is there already comes of a clock that was set back
insert into queue_minute (queue_id, at, sent, moved_in, received, deleted, failed, dead_lettered, backlog,
                          wait_p50, wait_p95, wait_p99, run_p50, run_p95, run_p99, waits, runs)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
on conflict (queue_id, at) do update
   set sent = queue_minute.sent + excluded.sent, moved_in = queue_minute.moved_in + excluded.moved_in,
       received = queue_minute.received + excluded.received, deleted = queue_minute.deleted + excluded.deleted,
       failed = queue_minute.failed + excluded.failed,
       dead_lettered = queue_minute.dead_lettered + excluded.dead_lettered, backlog = excluded.backlog,
       wait_p50 = excluded.wait_p50, wait_p95 = excluded.wait_p95, wait_p99 = excluded.wait_p99,
       run_p50 = excluded.run_p50, run_p95 = excluded.run_p95, run_p99 = excluded.run_p99,
       waits = excluded.waits, runs = excluded.runs

-- history_hour_put: the same of an hour
insert into queue_hour (queue_id, at, sent, moved_in, received, deleted, failed, dead_lettered, backlog,
                        wait_p50, wait_p95, wait_p99, run_p50, run_p95, run_p99, waits, runs)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
on conflict (queue_id, at) do update
   set sent = queue_hour.sent + excluded.sent, moved_in = queue_hour.moved_in + excluded.moved_in,
       received = queue_hour.received + excluded.received, deleted = queue_hour.deleted + excluded.deleted,
       failed = queue_hour.failed + excluded.failed,
       dead_lettered = queue_hour.dead_lettered + excluded.dead_lettered, backlog = excluded.backlog,
       wait_p50 = excluded.wait_p50, wait_p95 = excluded.wait_p95, wait_p99 = excluded.wait_p99,
       run_p50 = excluded.run_p50, run_p95 = excluded.run_p95, run_p99 = excluded.run_p99,
       waits = excluded.waits, runs = excluded.runs

-- history_minutes: those of one queue in [$2, $3)
select at, sent, moved_in, received, deleted, failed, dead_lettered, backlog, waits, runs
  from queue_minute where queue_id = $1 and at >= $2 and at < $3 order by at

-- history_hours: those of one queue in [$2, $3)
select at, sent, moved_in, received, deleted, failed, dead_lettered, backlog, waits, runs
  from queue_hour where queue_id = $1 and at >= $2 and at < $3 order by at

-- history_first: the oldest minute of one queue
select at from queue_minute where queue_id = $1 order by at limit 1

-- history_minutes_delete: those of one queue before $2
delete from queue_minute where queue_id = $1 and at < $2

-- history_hours_delete: those of one queue before $2
delete from queue_hour where queue_id = $1 and at < $2
