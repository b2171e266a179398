-- live.sql - what somebody who watches jobs is shown at first. Times: of the latest change.

-- watch_job: one job
-- gives: id, queue, state, attempts, progress, time
select id, queue, state, attempts, progress, coalesce(finished_at, started_at, created_at) from job where id = $1;

-- watch_open: the open jobs of all queues
select id, queue, state, attempts, progress, coalesce(started_at, created_at) from job
 where finished_at is null order by queue, id limit $1;

-- watch_open_of: those of one queue
select id, queue, state, attempts, progress, coalesce(started_at, created_at) from job
 where queue = $1 and finished_at is null order by id limit $2;

-- watch_queue: whether the queue keeps jobs: its attribute, null when it was never set
select (select value from queue_attribute a where a.queue_id = q.id and a.name = 'track') from queue q where q.name = $1
