-- Statements of looking at jobs. Those named job_ids_... give the ids of one index, newest first:
-- below $1, from $2 on, at most $3.

-- job_brief: a job without its result, which may be long; columns as in job_read
select id, queue, state, attempts, body_id, dead_id, created_at, execute_at, started_at, lease_until, finished_at,
       worker, message_group, priority, timeout_ms, cancel_asked_at, requested_by, trace_id, parent_span_id,
       parent, group_id, on_done, labels, progress, progress_text, error, null
  from job where id = $1

-- job_payload: what it was given
select body from message_body where id = $1

-- job_attempts: how its latest $2 attempts ended, the latest first
select number, outcome, worker, started_at, ended_at, error, log
  from job_attempt where job = $1 order by number desc limit $2

-- job_label_has: whether it has that label
select 1 from job_label where name = $1 and value = $2 and job = $3

-- job_ids_all: all
select id from job where id < $1 and id >= $2 order by id desc limit $3

-- job_ids_open: those of a queue that have not ended
select id from job where queue = $4 and finished_at is null and id < $1 and id >= $2 order by id desc limit $3

-- job_ids_ended: those of a queue that ended so
select id from job
 where queue = $4 and state = $5 and finished_at is not null and id < $1 and id >= $2 order by id desc limit $3

-- job_ids_bad: those of all queues that failed, or were canceled
select id from job
 where state = $4 and (state = 'FAILED' or state = 'CANCELED') and id < $1 and id >= $2 order by id desc limit $3

-- job_ids_trace: those of a trace that is not their own
select id from job where trace_id = $4 and id < $1 and id >= $2 order by id desc limit $3

-- job_ids_parent: those that a job submitted
select id from job where parent = $4 and id < $1 and id >= $2 order by id desc limit $3

-- job_ids_group: those of a group
select id from job where group_id = $4 and id < $1 and id >= $2 order by id desc limit $3

-- job_ids_label: those with a label
select job from job_label where name = $4 and value = $5 and job < $1 and job >= $2 order by job desc limit $3

-- job_open_queue: the next queue above $1 that has jobs which have not ended
select queue from job where finished_at is null and queue > $1 order by queue limit 1
