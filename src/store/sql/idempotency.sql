-- Statements of requests that may come twice.

-- idempotency_one: what was answered to a caller's key, unless its time is over at $3
select request_hash, status, answer from idempotency where caller = $1 and key = $2 and expires_at > $3

-- idempotency_put: the first answer; one whose time is over makes room
insert into idempotency (caller, key, request_hash, status, answer, expires_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (caller, key) do update
   set request_hash = excluded.request_hash, status = excluded.status, answer = excluded.answer,
       expires_at = excluded.expires_at

-- idempotency_sweep: forgets up to $2 of those whose time is over at $1
delete from idempotency where (caller, key) in
 (select caller, key from idempotency where expires_at <= $1 order by expires_at limit $2)
