-- Statements of the clock over approvals (migration 0024).

-- approval_timer_put: a deadline or reminder, or another moment of it
insert into approval_timer (approval, kind, n, due_at, count, calendar, version) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (approval, kind, n) do update set due_at = $4, count = $5, calendar = $6, version = $7

-- approval_timers_due: what has come, the earliest first
select approval, kind, n from approval_timer where due_at <= $1 order by due_at, approval, kind, n limit $2

-- approval_timers_due_of: the same of one approval
select approval, kind, n from approval_timer where approval = $1 and due_at <= $2 order by due_at, kind, n limit $3

-- approval_timer_get: one
select due_at, count, calendar, version from approval_timer where approval = $1 and kind = $2 and n = $3

-- approval_timer_next: when the next one comes
select min(due_at) from approval_timer

-- approval_timer_drop: one that has come
delete from approval_timer where approval = $1 and kind = $2 and n = $3

-- approval_timers_drop: the round is over
delete from approval_timer where approval = $1

-- approval_due_set: another deadline
update approval set due_at = $2, changed_at = $3 where id = $1

-- approval_slots_due: the same for inboxes
update approval_slot set due_at = $2 where approval = $1

-- approval_slots_remind: who is still asked and was not reminded since $3
-- gives: slot
update approval_slot set reminded_at = $2
 where approval = $1 and state = 'WAITING' and coalesce(reminded_at, 0) <= $3
returning slot

-- approval_calendar_behind: the next calendar above $1 that timers were reckoned with an older version of
select c.name, c.version from calendar c
 where c.name > $1
   and exists (select 1 from approval_timer t where t.calendar = c.name and t.version < c.version)
 order by c.name limit 1

-- approval_timers_behind: these timers, behind version $3 and approval $4
select version, approval from approval_timer
 where calendar = $1 and version < $2 and (version, approval) > ($3, $4)
 order by version, approval limit $5
