-- Statements of schedules and their zones.

-- schedule_all: for memory
select name, queue, cron, zone, calendar, catch_up, overlap, paused, next_at, late, last_due_at, last_job
  from schedule

-- schedule_put: made, or given another definition; what it did so far stays
insert into schedule (name, queue, payload, payload_md5, cron, zone, calendar, priority, labels, catch_up, overlap,
                      paused, created_at, changed_at, next_at, last_due_at, late, fired, skipped, failed)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14, $15, 0, 0, 0, 0)
on conflict (name) do update set queue = $2, payload = $3, payload_md5 = $4, cron = $5, zone = $6, calendar = $7,
   priority = $8, labels = $9, catch_up = $10, overlap = $11, paused = $12, changed_at = $13, next_at = $14,
   last_due_at = $15, late = 0

-- schedule_payload: what a firing needs
select payload, payload_md5, labels, priority from schedule where name = $1

-- schedule_next: due at another time; paused or not
update schedule set next_at = $2, paused = $3, late = 0 where name = $1

-- schedule_decided: a due time is over
update schedule set next_at = $2, late = $3, last_due_at = $4, last_outcome = $5, last_detail = $6,
   last_fired_at = coalesce($7, last_fired_at), last_job = coalesce($8, last_job),
   fired = fired + $9, skipped = skipped + $10, failed = failed + $11
 where name = $1

-- schedule_ran: fired by hand
update schedule set last_fired_at = $2, last_job = $3, last_outcome = 'FIRED', last_detail = null, fired = fired + 1
 where name = $1

-- schedule_delete: for good
delete from schedule where name = $1

-- schedule_get: all of one
select name, queue, payload, cron, zone, calendar, priority, labels, catch_up, overlap, paused, created_at, changed_at,
       next_at, last_due_at, last_fired_at, last_job, last_outcome, last_detail, fired, skipped, failed
  from schedule where name = $1

-- schedule_page: names above $1, without payloads
select name, queue, null, cron, zone, calendar, priority, labels, catch_up, overlap, paused, created_at, changed_at,
       next_at, last_due_at, last_fired_at, last_job, last_outcome, last_detail, fired, skipped, failed
  from schedule where name > $1 order by name limit $2

-- zone_all: for memory
select name, bytes from zone

-- zone_get: one
select bytes from zone where name = $1

-- zone_put: as it was seen
insert into zone (name, bytes, release, seen_at) values ($1, $2, $3, $4)
on conflict (name) do update set bytes = $2, release = $3, seen_at = $4

-- zone_delete: no schedule uses it any more
delete from zone where name = $1
