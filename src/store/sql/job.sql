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

-- job_insert_page: of messages that lie side by side and have the same extras
-- counts
insert into job (id, queue, state, attempts, body_id, created_at, execute_at, message_group, priority,
                 requested_by, trace_id, parent_span_id, parent, group_id, on_done, timeout_ms)
select b.message_id, $3, 'PENDING', 0, m.id, $4, nullif(m.visible_at, 0), m.group_id, m.priority, $5, $6, $7,
       $8, $9, $10, $11
  from message m join message_body b on b.id = m.id where m.id between $1 and $2

-- job_label_insert: one of its labels
insert into job_label (name, value, job) values ($1, $2, $3) on conflict do nothing

-- job_start: an attempt begins
-- counts
update job set state = 'RUNNING', attempts = attempts + 1, started_at = $2, lease_until = $3, worker = $4
 where body_id = $1 and finished_at is null

-- job_start_page: attempts begin of messages that lie side by side
-- counts
update job set state = 'RUNNING', attempts = attempts + 1, started_at = $3, lease_until = $4, worker = $5
 where body_id between $1 and $2 and finished_at is null

-- job_started: which of the messages side by side have a job
select id from job where body_id between $1 and $2 and finished_at is null

-- job_lease: until when the worker has it
update job set lease_until = $2 where id = $1

-- job_progress: how far the worker says it is
update job set progress = coalesce($2, progress), progress_text = coalesce($3, progress_text) where id = $1

-- job_ask_cancel: the worker is to be told
update job set cancel_asked_at = $2 where id = $1

-- job_again: pending after an attempt
update job set state = 'PENDING', execute_at = $2, lease_until = null, error = coalesce($3, error) where id = $1

-- job_done: its message was deleted by who held it
-- counts
update job set state = 'SUCCEEDED', finished_at = $2, lease_until = null
 where body_id = $1 and finished_at is null

-- job_done_page: messages that lie side by side were deleted by who held them
-- counts
update job set state = 'SUCCEEDED', finished_at = $3, lease_until = null
 where body_id between $1 and $2 and finished_at is null

-- job_grouped: which job it is, and whether its end concerns others
select id, parent is not null or group_id is not null or on_done is not null from job where body_id = $1

-- job_end: it has ended
update job set state = $2, finished_at = $3, lease_until = null, error = coalesce($4, error), result = $5,
               dead_id = $6, ended_badly = case $2 when 'FAILED' then 1 when 'CANCELED' then 2 end
 where id = $1

-- job_reopen: its message is in a queue again
update job set queue = $2, state = 'PENDING', body_id = $3, execute_at = $4, lease_until = null,
               finished_at = null, cancel_asked_at = null, dead_id = null, ended_badly = null
 where id = $1

-- job_attempt_insert: an attempt that ended otherwise than by success, or left a log
insert into job_attempt (job, number, outcome, worker, started_at, ended_at, error, log)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- job_read: all of one
select id, queue, state, attempts, body_id, dead_id, created_at, execute_at, started_at, lease_until,
       finished_at, worker, message_group, priority, timeout_ms, cancel_asked_at, requested_by, trace_id,
       parent_span_id, parent, group_id, on_done, labels, progress, progress_text, error, result
  from job where id = $1

-- job_running_page: those that run of messages side by side, and whether somebody wants them canceled
select body_id, id, cancel_asked_at from job where body_id between $1 and $2 and state = 'RUNNING'

-- job_of_body: the same, by its message
select id, queue, state, attempts, body_id, dead_id, created_at, execute_at, started_at, lease_until,
       finished_at, worker, message_group, priority, timeout_ms, cancel_asked_at, requested_by, trace_id,
       parent_span_id, parent, group_id, on_done, labels, progress, progress_text, error, result
  from job where body_id = $1

-- job_of_message: the same, for a message that was another one's copy: by its UUID
select id, queue, state, attempts, body_id, dead_id, created_at, execute_at, started_at, lease_until,
       finished_at, worker, message_group, priority, timeout_ms, cancel_asked_at, requested_by, trace_id,
       parent_span_id, parent, group_id, on_done, labels, progress, progress_text, error, result
  from job where id = (select message_id from message_body where message_body.id = $1)

-- job_after: a page of all jobs, for the sweeper
select body_id, id, created_at, finished_at, labels is not null from job where body_id > $1 order by body_id limit $2

-- job_attempts_delete: those of one job
delete from job_attempt where job = $1

-- job_labels_delete: those of one job
-- sqlite
delete from job_label where job = $1 and (name, value) in
  (select l.key, l.value from job j, json_each(j.labels) l where j.id = $1)
-- postgres
delete from job_label where job = $1 and (name, value) in
  (select l.key, l.value from job j, json_each_text(j.labels::json) l where j.id = $1)

-- job_delete: its retention is over
delete from job where body_id = $1

-- job_bodies_delete: of messages that lie side by side, those without a job
delete from message_body where id between $1 and $2 and not exists
  (select 1 from job where job.body_id = message_body.id)

-- job_attempts_of: those of one job that have a row, in order
select number, outcome, worker, error, log from job_attempt where job = $1 order by number
