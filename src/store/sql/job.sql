-- Statements of the jobs' ledger (migration 0005). Jobs are named by their UUID, or by the
-- id of their message's body.

-- job_insert: of a plain message
insert into job (id, queue, state, attempts, body_id, created_at, execute_at, message_group, priority,
                 requested_by, trace_id, parent_span_id)
values ($1, $2, 'PENDING', 0, $3, $4, $5, $6, $7, $8, $9, $10)

-- job_insert_with: of a message with extras
insert into job (id, queue, state, attempts, body_id, created_at, execute_at, message_group, priority,
                 requested_by, trace_id, parent_span_id, parent, group_id, on_done, labels, timeout_ms)
values ($1, $2, 'PENDING', 0, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)

-- job_label_insert: one of its labels
insert into job_label (name, value, job) values ($1, $2, $3) on conflict do nothing

-- job_start: an attempt begins; none: the message has no job
update job set state = 'RUNNING', attempts = attempts + 1, started_at = $2, lease_until = $3, worker = $4
 where id = $1 and finished_at is null

-- job_lease: until when the worker has it
update job set lease_until = $2 where id = $1

-- job_progress: how far the worker says it is
update job set progress = coalesce($2, progress), progress_text = coalesce($3, progress_text) where id = $1

-- job_ask_cancel: the worker is to be told
update job set cancel_asked_at = $2 where id = $1

-- job_again: pending after an attempt
update job set state = 'PENDING', execute_at = $2, lease_until = null, error = coalesce($3, error) where id = $1

-- job_done: its message was deleted by who held it; which job it was, and whether others wait for its end
update job set state = 'SUCCEEDED', finished_at = $2, lease_until = null
 where id = (select message_id from message_body where id = $1) and finished_at is null
returning id, parent is not null or group_id is not null or on_done is not null

-- job_end: it has ended
update job set state = $2, finished_at = $3, lease_until = null, error = coalesce($4, error), result = $5,
               dead_id = $6
 where id = $1

-- job_reopen: its message is in a queue again
update job set queue = $2, state = 'PENDING', body_id = $3, execute_at = $4, lease_until = null,
               finished_at = null, cancel_asked_at = null, dead_id = null
 where id = $1

-- job_attempt_insert: an attempt that ended otherwise than by success, or left a log
insert into job_attempt (job, number, outcome, worker, started_at, ended_at, error, log)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- job_read: all of one
select id, queue, state, attempts, body_id, dead_id, created_at, execute_at, started_at, lease_until,
       finished_at, worker, message_group, priority, timeout_ms, cancel_asked_at, requested_by, trace_id,
       parent_span_id, parent, group_id, on_done, labels, progress, progress_text, error, result
  from job where id = $1

-- job_of_body: the same, by its message
select id, queue, state, attempts, body_id, dead_id, created_at, execute_at, started_at, lease_until,
       finished_at, worker, message_group, priority, timeout_ms, cancel_asked_at, requested_by, trace_id,
       parent_span_id, parent, group_id, on_done, labels, progress, progress_text, error, result
  from job where id = (select message_id from message_body where message_body.id = $1)

-- job_is_running: whether the message is held by a worker, as far as its job knows
select count(*) from job
 where id = (select message_id from message_body where message_body.id = $1) and state = 'RUNNING'

-- job_queue_after: the next name under which there are jobs that have ended
select queue from job where finished_at is not null and queue > $1 order by queue limit 1

-- job_ended_after: jobs of a queue that have ended so, from an id on, made before $4
select id, body_id, finished_at, labels is not null from job
 where queue = $1 and state = $2 and finished_at is not null and id > $3 and id < $4
 order by id limit $5

-- job_attempts_delete: those of one job
delete from job_attempt where job = $1

-- job_labels_delete: those of one job
delete from job_label where job = $1 and (name, value) in
  (select l.key, l.value from job j, json_each(j.labels) l where j.id = $1)

-- job_delete: its retention is over
delete from job where id = $1

-- job_attempts_of: those of one job that have a row, in order
select number, outcome, worker, error, log from job_attempt where job = $1 order by number
