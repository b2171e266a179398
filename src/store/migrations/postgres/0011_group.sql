-- 0011: groups of jobs: many that belong together, and what happens when all have ended.
--
-- Members are jobs (job.group_id) and other groups (job_group.parent). Times are UTC
-- milliseconds since 1970.

create table job_group (
    id           bytea primary key,          -- UUID (version 7), 16 bytes
    parent       bytea,                      -- group that it is a member of
    policy       text collate "C" not null check (policy in ('WAIT_ALL', 'FAIL_FAST')),
    on_done      text collate "C",           -- JSON: who is told when all have ended; null: nobody
    requested_by text collate "C" not null,  -- principal
    created_at   bigint not null,
    closed_at    bigint,                     -- no member is added any more; null: it is open for more
    canceling_at bigint,                     -- its open members are being canceled
    done_at      bigint,                     -- closed, and all members have ended: on_done is told
    total        bigint not null,            -- members
    open         bigint not null,            -- of these, PENDING or RUNNING (groups: not done)
    succeeded    bigint not null,
    failed       bigint not null,
    canceled     bigint not null
) with (fillfactor = 70);

create index job_group_parent on job_group (parent, id) where parent is not null;
create index job_group_canceling on job_group (canceling_at) where canceling_at is not null and done_at is null;
create index job_group_done on job_group (done_at) where done_at is not null;
