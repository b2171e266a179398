-- 0005: the ledger of jobs: what happened to every message of a tracked queue.
--
-- A job is a tracked message: they share their UUID, and the payload is the body of the
-- message, which stays (message_body.id = job.body_id) until the job's retention is over.
-- While the job is open its message is there as well (message.id = job.body_id): open jobs
-- are found by messages, all jobs of a queue by the range of its ids (queue id << 40), newest
-- last. People may read these tables; `job_view` shows ids as text. Times are UTC
-- milliseconds since 1970.

create table job (
    body_id         integer primary key, -- the payload, in message_body
    id              blob not null,     -- UUID (version 7), 16 bytes
    queue           text not null,     -- its name
    state           text not null,     -- PENDING, RUNNING, SUCCEEDED, FAILED, CANCELED
    ended_badly     integer,           -- 1: FAILED, 2: CANCELED; else null. To find those among many
    attempts        integer not null,  -- begun, the present one included
    dead_id         integer,           -- FAILED: the id of its copy in a dead-letter queue
    created_at      integer not null,
    execute_at      integer,           -- PENDING: not before; null: at once
    started_at      integer,           -- of the latest attempt
    lease_until     integer,           -- RUNNING: unless the worker asks for more
    finished_at     integer,           -- null: it is PENDING or RUNNING
    worker          text,              -- of the latest attempt
    message_group   text,
    priority        integer,           -- 0..9; null: the queue has no lanes
    timeout_ms      integer,           -- of one attempt, whatever the lease; null: none
    cancel_asked_at integer,           -- the worker is told at its next heartbeat
    requested_by    text not null,     -- principal
    trace_id        blob,              -- 16 bytes; null: the job's own id is its trace
    parent_span_id  blob,              -- 8 bytes; the job's own span is the end of its id
    parent          blob,              -- job that submitted it
    group_id        blob,              -- job_group it belongs to
    on_done         text,              -- JSON: what happens when it ends; null: nothing
    labels          text,              -- JSON {"name": "value"}
    progress        integer,           -- of 1000, as the worker said
    progress_text   text,
    error           text,              -- JSON {"code", "message", "data"} of the last failure
    result          text               -- JSON, of the worker that completed it
);

create unique index job_id on job (id);
create index job_bad on job (ended_badly, id) where ended_badly is not null;
create index job_trace on job (trace_id, id) where trace_id is not null;
create index job_parent on job (parent, id) where parent is not null;
create index job_group_member on job (group_id, id) where group_id is not null;

-- Attempts that ended otherwise than by success, and those that left a log. The one that is
-- running, or that succeeded, is in the job's own row.
create table job_attempt (
    job        blob not null,
    number     integer not null,       -- 1, 2, ...
    outcome    text not null check (outcome in ('SUCCEEDED', 'FAILED', 'LOST', 'TIMED_OUT', 'RELEASED', 'CANCELED')),
    worker     text,
    started_at integer not null,
    ended_at   integer not null,
    error      text,                   -- JSON {"code", "message", "data"}
    log        text,                   -- the end of what the worker printed
    primary key (job, number)
) without rowid;

-- To find jobs by label; job.labels is what is shown.
create table job_label (
    name  text not null,
    value text not null,
    job   blob not null,
    primary key (name, value, job)
) without rowid;

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
alter table message_body add column timeout_ms integer;

-- Not null: its job has a parent, a group or an on_done, so that its end concerns others.
alter table message_body add column grouped integer;

-- Equal to receive_count: nobody holds the message, it waits for its next attempt until
-- visible_at. Anything else: who received it holds it until then.
alter table message add column backoff integer;

-- The tracked queue whose messages lie in this range; null: they have no jobs.
alter table trash add column queue text;
