-- Statements of looking at jobs. Those named job_ids... give the ids of one index, newest first:
-- below $1, from $2 on, at most $3. Those named job_places... give ids of messages so.

-- job_brief: a job without its result, which may be long; columns as in job_read
select id, queue, state, attempts, body_id, dead_id, created_at, execute_at, started_at, lease_until, finished_at,
       worker, message_group, priority, timeout_ms, cancel_asked_at, requested_by, trace_id, parent_span_id,
       parent, group_id, on_done, labels, progress, progress_text, error, null
  from job where id = $1

-- job_brief_at: the same, by the id of its message
select id, queue, state, attempts, body_id, dead_id, created_at, execute_at, started_at, lease_until, finished_at,
       worker, message_group, priority, timeout_ms, cancel_asked_at, requested_by, trace_id, parent_span_id,
       parent, group_id, on_done, labels, progress, progress_text, error, null
  from job where body_id = $1

-- job_payload: what it was given
select body from message_body where id = $1

-- job_attempts: how its latest $2 attempts ended, the latest first
select number, outcome, worker, started_at, ended_at, error, log
  from job_attempt where job = $1 order by number desc limit $2

-- job_label_has: whether it has that label
select 1 from job_label where name = $1 and value = $2 and job = $3

-- job_tracked_queues: the queues that keep jobs
select queue_id from queue_attribute where name = 'track' and value = 'true'

-- job_places: jobs as they lie in queues, open and ended
select body_id from job where body_id < $1 and body_id >= $2 order by body_id desc limit $3

-- job_places_open: messages, to which open jobs belong
select id from message where id < $1 and id >= $2 order by id desc limit $3

-- job_places_bad: those that FAILED (1), or were CANCELED (2)
select body_id from job
 where ended_badly = $4 and ended_badly is not null and body_id < $1 and body_id >= $2
 order by body_id desc limit $3

-- job_ids: all
select id from job where id < $1 and id >= $2 order by id desc limit $3

-- job_ids_bad: those that FAILED (1), or were CANCELED (2)
select id from job
 where ended_badly = $4 and ended_badly is not null and id < $1 and id >= $2 order by id desc limit $3

-- job_ids_trace: those of a trace that is not their own
select id from job where trace_id = $4 and id < $1 and id >= $2 order by id desc limit $3

-- job_ids_parent: those that a job submitted
select id from job where parent = $4 and id < $1 and id >= $2 order by id desc limit $3

-- job_ids_group: those of a group
select id from job where group_id = $4 and id < $1 and id >= $2 order by id desc limit $3

-- job_ids_label: those with a label
select job from job_label where name = $4 and value = $5 and job < $1 and job >= $2 order by job desc limit $3

-- job_came: the trace header that it came with, and the job that submitted it
select b.trace_header, j.parent from job j join message_body b on b.id = j.body_id where j.id = $1

-- job_attempt_ended: the attempt that ended at that time
select number, outcome, worker, started_at, substr(error, 1, 8192) from job_attempt where job = $1 and ended_at = $2
 order by number desc limit 1

-- job_for_span: a job without what may be long, but the begin of its error
select id, queue, state, attempts, body_id, dead_id, created_at, execute_at, started_at, lease_until,
       finished_at, worker, message_group, priority, timeout_ms, cancel_asked_at, requested_by, trace_id,
       parent_span_id, parent, group_id, null, null, progress, null, substr(error, 1, 8192), null
  from job where id = $1
