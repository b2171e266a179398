-- 0012: finding jobs.

-- Jobs of a queue that ended badly: by the ids of messages, which begin with that of the queue.
create index job_bad_at on job (ended_badly, body_id) where ended_badly is not null;

-- The answer to a submit is kept for as long as its jobs are.
-- The lowest and the highest id of the jobs that the request made; null: it made none. While
-- one in between is there, the row is not forgotten.
alter table idempotency add column first_job bytea;
alter table idempotency add column last_job bytea;
