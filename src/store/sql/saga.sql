-- Statements of sagas and of what they leave to people (migration 0013).

-- saga_insert: a new one, of that group
insert into saga (id, state) values ($1, 'RUNNING')

-- saga_step_insert: one of its steps
insert into saga_step (saga, step, name, state, undoable, no_undo, manual, job_spec, undo_spec,
                       job_payload, undo_payload)
values ($1, $2, $3, 'WAITING', $4, $5, $6, $7, $8, $9, $10)

-- saga_read: one
select state, error, ended_at from saga where id = $1

-- saga_steps: all of one, in their order
select name, state, job, undo_job, undoable, no_undo, manual from saga_step where saga = $1 order by step

-- saga_state: it goes on to that state; an error that is known stays
update saga set state = $2, error = coalesce(error, $3), ended_at = $4 where id = $1

-- saga_step_state: a step goes on; what is null stays
update saga_step
   set state = $3, job = coalesce($4, job), undo_job = coalesce($5, undo_job), result = coalesce($6, result)
 where saga = $1 and step = $2

-- saga_step_job: what a step submits
select job_spec, job_payload from saga_step where saga = $1 and step = $2

-- saga_step_undo: what its compensation is made of
select undo_spec, undo_payload, job_payload, result from saga_step where saga = $1 and step = $2

-- saga_old: ended before $1, of which no job is kept and nobody has anything to do, $2 of them
select s.id from saga s join job_group g on g.id = s.id
 where s.ended_at < $1 and g.done_at is not null
   and not exists (select 1 from job j where j.group_id = s.id)
   and not exists (select 1 from recovery_item r where r.saga = s.id and r.state = 'OPEN')
 order by s.ended_at limit $2

-- saga_forget: it is forgotten
delete from saga where id = $1

-- saga_steps_forget: with its steps
delete from saga_step where saga = $1

-- saga_items_forget: and what people did for it
delete from recovery_item where saga = $1

-- saga_group_forget: and its group
delete from job_group where id = $1

-- recovery_insert: something for a person to do
insert into recovery_item (id, state, saga, step, step_name, job, undo_job, what, why, error, created_at)
values ($1, 'OPEN', $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- recovery_done: it was done
update recovery_item set state = 'DONE', done_at = $2, done_by = $3, reason = $4 where id = $1 and state = 'OPEN'

-- recovery_read: one
select id, state, saga, step, step_name, job, undo_job, what, why, error, created_at, done_at, done_by, reason
  from recovery_item where id = $1

-- recovery_list: those in that state below an id (null: the newest), $3 of them
select id, state, saga, step, step_name, job, undo_job, what, why, error, created_at, done_at, done_by, reason
  from recovery_item where state = $1 and ($2::bytea is null or id < $2) order by id desc limit $3

-- recovery_list_all: the same in any state
select id, state, saga, step, step_name, job, undo_job, what, why, error, created_at, done_at, done_by, reason
  from recovery_item where ($1::bytea is null or id < $1) order by id desc limit $2

-- recovery_open_of: the open one of a step
select id, state, saga, step, step_name, job, undo_job, what, why, error, created_at, done_at, done_by, reason
  from recovery_item where saga = $1 and step = $2 and state = 'OPEN'

-- recovery_open: how many of a saga are open
select count(*) from recovery_item where saga = $1 and state = 'OPEN'
