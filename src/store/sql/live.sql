-- live.sql - what somebody who watches jobs is shown at first. Times: of the latest change. Open jobs are found by
-- their messages (migration 0005).

-- watch_job: one job
-- gives: id, queue, state, attempts, progress, time
select id, queue, state, attempts, progress, coalesce(finished_at, started_at, created_at) from job where id = $1

-- watch_open: the open jobs of all queues that keep jobs
select j.id, j.queue, j.state, j.attempts, j.progress, coalesce(j.started_at, j.created_at)
  from queue_attribute a
 cross join message m
 cross join job j
 where a.name = 'track' and a.value = 'true'
   and m.id between (a.queue_id << 40) and ((a.queue_id + 1) << 40) - 1
   and j.body_id = m.id and j.finished_at is null
 limit $1

-- watch_queue: its id, and whether it keeps jobs: the attribute, null when it was never set
select q.id, (select value from queue_attribute a where a.queue_id = q.id and a.name = 'track')
  from queue q where q.name = $1

-- watch_open_of: the open jobs of one queue, by its id
select j.id, j.queue, j.state, j.attempts, j.progress, coalesce(j.started_at, j.created_at)
  from message m
 cross join job j
 where m.id between ($1::bigint << 40) and (($1 + 1) << 40) - 1 and j.body_id = m.id and j.finished_at is null
 order by m.id limit $2

-- watch_group_of: the group of a job, null for none
select group_id from job where id = $1

-- watch_group: whether there is such a group
select 1 from job_group where id = $1

-- watch_members: the jobs of a group
-- gives: id, queue, state, attempts, progress, time
select id, queue, state, attempts, progress, coalesce(finished_at, started_at, created_at) from job
 where group_id = $1 order by id limit $2

-- watch_members_of: those of one queue
select id, queue, state, attempts, progress, coalesce(finished_at, started_at, created_at) from job
 where group_id = $1 and queue = $2 order by id limit $3
