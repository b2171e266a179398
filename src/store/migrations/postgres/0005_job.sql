-- 0005: the ledger of jobs: what happened to every message of a tracked queue.
--
-- A job is a tracked message: they share their UUID, and the payload is the body of the
-- message, which stays (message_body.id = job.body_id) until the job's retention is over.
-- While the job is open its message is there as well (message.id = job.body_id): open jobs
-- are found by messages, all jobs of a queue by the range of its ids (queue id << 40), newest
-- last. People may read these tables; `job_view` shows ids as text. Times are UTC
-- milliseconds since 1970.

create table job (
    body_id         bigint primary key,      -- the payload, in message_body
    id              bytea not null,          -- UUID (version 7), 16 bytes
    queue           text collate "C" not null, -- its name
    state           text collate "C" not null, -- PENDING, RUNNING, SUCCEEDED, FAILED, CANCELED
    ended_badly     bigint,                  -- 1: FAILED, 2: CANCELED; else null. To find those among many
    attempts        bigint not null,         -- begun, the present one included
    dead_id         bigint,                  -- FAILED: the id of its copy in a dead-letter queue
    created_at      bigint not null,
    execute_at      bigint,                  -- PENDING: not before; null: at once
    started_at      bigint,                  -- of the latest attempt
    lease_until     bigint,                  -- RUNNING: unless the worker asks for more
    finished_at     bigint,                  -- null: it is PENDING or RUNNING
    worker          text collate "C",        -- of the latest attempt
    message_group   text collate "C",
    priority        bigint,                  -- 0..9; null: the queue has no lanes
    timeout_ms      bigint,                  -- of one attempt, whatever the lease; null: none
    cancel_asked_at bigint,                  -- the worker is told at its next heartbeat
    requested_by    text collate "C" not null, -- principal
    trace_id        bytea,                   -- 16 bytes; null: the job's own id is its trace
    parent_span_id  bytea,                   -- 8 bytes; the job's own span is the end of its id
    parent          bytea,                   -- job that submitted it
    group_id        bytea,                   -- job_group it belongs to
    on_done         text collate "C",        -- JSON: what happens when it ends; null: nothing
    labels          text collate "C",        -- JSON {"name": "value"}
    progress        bigint,                  -- of 1000, as the worker said
    progress_text   text collate "C",
    error           text collate "C",        -- JSON {"code", "message", "data"} of the last failure
    result          text collate "C"         -- JSON, of the worker that completed it
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);

create unique index job_id on job (id);
create index job_bad on job (ended_badly, id) where ended_badly is not null;
create index job_trace on job (trace_id, id) where trace_id is not null;
create index job_parent on job (parent, id) where parent is not null;
create index job_group_member on job (group_id, id) where group_id is not null;

-- Attempts that ended otherwise than by success, and those that left a log. The one that is
-- running, or that succeeded, is in the job's own row.
create table job_attempt (
    job        bytea not null,
    number     bigint not null,              -- 1, 2, ...
    outcome    text collate "C" not null check (outcome in
                 ('SUCCEEDED', 'FAILED', 'LOST', 'TIMED_OUT', 'RELEASED', 'CANCELED')),
    worker     text collate "C",
    started_at bigint not null,
    ended_at   bigint not null,
    error      text collate "C",             -- JSON {"code", "message", "data"}
    log        text collate "C",             -- the end of what the worker printed
    primary key (job, number)
);

-- To find jobs by label; job.labels is what is shown.
create table job_label (
    name  text collate "C" not null,
    value text collate "C" not null,
    job   bytea not null,
    primary key (name, value, job)
);

-- For people with SQL; how to ask for chains of jobs is in docs/operate/ledger-sql.md.
create view job_view as
select body_id,
       lower(substr(hex(id), 1, 8) || '-' || substr(hex(id), 9, 4) || '-' || substr(hex(id), 13, 4) || '-' ||
             substr(hex(id), 17, 4) || '-' || substr(hex(id), 21)) as id,
       queue, state, attempts, created_at, execute_at, started_at, lease_until, finished_at, worker, priority,
       requested_by,
       lower(hex(coalesce(trace_id, id))) as trace_id,
       lower(substr(hex(id), 17)) as span_id,
       case when parent_span_id is null then null else lower(hex(parent_span_id)) end as parent_span_id,
       case when parent is null then null else lower(hex(parent)) end as parent,
       case when group_id is null then null else lower(hex(group_id)) end as group_id,
       labels, progress / 1000.0 as progress, progress_text, error, result
  from job;

-- How long one attempt may take; what is not set has no limit of its own.
alter table message_body add column timeout_ms bigint;

-- Not null: its job has a parent, a group or an on_done, so that its end concerns others.
alter table message_body add column grouped bigint;

-- Equal to receive_count: nobody holds the message, it waits for its next attempt until
-- visible_at. Anything else: who received it holds it until then.
alter table message add column backoff bigint;

-- The tracked queue whose messages lie in this range; null: they have no jobs.
alter table trash add column queue text collate "C";
