-- Statements of requests that may come twice.

-- idempotency_one: what was answered to a caller's key, unless its time is over at $3 and its jobs are gone
select request_hash, status, answer from idempotency i
 where caller = $1 and key = $2
   and (expires_at > $3 or exists (select 1 from job j where j.id between i.first_job and i.last_job))

-- idempotency_put: the first answer; one whose time is over makes room
insert into idempotency (caller, key, request_hash, status, answer, expires_at, first_job, last_job)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (caller, key) do update
   set request_hash = excluded.request_hash, status = excluded.status, answer = excluded.answer,
       expires_at = excluded.expires_at, first_job = excluded.first_job, last_job = excluded.last_job

-- idempotency_renew: of the first $2 whose time is over at $1, those that have jobs are kept until $3
-- counts
update idempotency set expires_at = $3 where (caller, key) in
 (select caller, key
    from (select caller, key, first_job, last_job
            from idempotency where expires_at <= $1 order by expires_at limit $2) i
   where exists (select 1 from job j where j.id between i.first_job and i.last_job))

-- idempotency_sweep: forgets up to $2 of those whose time is over at $1
-- counts
delete from idempotency where (caller, key) in
 (select caller, key from idempotency where expires_at <= $1 order by expires_at limit $2)
