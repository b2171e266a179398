-- 0011: groups of jobs: many that belong together, and what happens when all have ended.
--
-- Members are jobs (job.group_id) and other groups (job_group.parent). Times are UTC
-- milliseconds since 1970.

create table job_group (
    id           blob primary key,     -- UUID (version 7), 16 bytes
    parent       blob,                 -- group that it is a member of
    policy       text not null check (policy in ('WAIT_ALL', 'FAIL_FAST')),
    on_done      text,                 -- JSON: who is told when all have ended; null: nobody
    requested_by text not null,        -- principal
    created_at   integer not null,
    closed_at    integer,              -- no member is added any more; null: it is open for more
    canceling_at integer,              -- its open members are being canceled
    done_at      integer,              -- closed, and all members have ended: on_done is told
    total        integer not null,     -- members
    open         integer not null,     -- of these, PENDING or RUNNING (groups: not done)
    succeeded    integer not null,
    failed       integer not null,
    canceled     integer not null
) without rowid;

create index job_group_parent on job_group (parent, id) where parent is not null;
create index job_group_canceling on job_group (canceling_at) where canceling_at is not null and done_at is null;
create index job_group_done on job_group (done_at) where done_at is not null;
