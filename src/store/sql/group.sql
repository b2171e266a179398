-- Statements of groups of jobs (migration 0011).

-- group_insert: a new one, without members
insert into job_group (id, parent, policy, on_done, requested_by, created_at, total, open, succeeded, failed, canceled)
values ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0, 0)

-- group_read: one
select id, parent, policy, on_done, requested_by, created_at, closed_at, canceling_at, done_at,
       total, open, succeeded, failed, canceled, (select s.state from saga s where s.id = job_group.id)
  from job_group where id = $1

-- group_running: its members that a worker has, $2 of them are counted
select count(*) from (select 1 from job where group_id = $1 and state = 'RUNNING' limit $2) t

-- group_add: members come in
update job_group set total = total + $2, open = open + $2 where id = $1

-- group_count: a member has ended (open -1) or was opened again (open +1)
update job_group set open = open + $2, succeeded = succeeded + $3, failed = failed + $4, canceled = canceled + $5
 where id = $1

-- group_close: no member is added any more
update job_group set closed_at = $2 where id = $1 and closed_at is null

-- group_cancel: its open members are to be canceled
update job_group set canceling_at = $2, closed_at = coalesce(closed_at, $2)
 where id = $1 and canceling_at is null and done_at is null

-- group_canceled: all of them have been told
update job_group set canceling_at = null where id = $1

-- group_done: all members have ended
update job_group set done_at = $2 where id = $1 and done_at is null

-- group_canceling: one whose members are being canceled (a saga has its own way)
select id from job_group where canceling_at is not null and done_at is null
   and not exists (select 1 from saga s where s.id = job_group.id)
 order by canceling_at limit 1

-- group_open_jobs: members that have not ended and have not been told, $2 of them
select id from job where group_id = $1 and finished_at is null and cancel_asked_at is null
 order by id limit $2

-- group_open_groups: groups in it that are not done and not being canceled
select id from job_group where parent = $1 and done_at is null and canceling_at is null order by id limit $2

-- group_sweep: done long ago, without members whose jobs are kept, $2 of them
delete from job_group where id in
  (select g.id from job_group g where g.done_at < $1
      and not exists (select 1 from job j where j.group_id = g.id)
      and not exists (select 1 from job_group m where m.parent = g.id)
      and not exists (select 1 from saga s where s.id = g.id) limit $2)
