-- 0013: sagas: groups of jobs that run one after the other, and what undoes each of them; and
-- what is left for a person to repair.
--
-- A saga is a row of job_group and one here. Times are UTC milliseconds since 1970.

create table saga (
    id       bytea primary key,              -- of its group: UUID (version 7), 16 bytes
    state    text collate "C" not null check (state in
               ('RUNNING', 'COMPENSATING', 'SUCCEEDED', 'COMPENSATED', 'NEEDS_RECOVERY')),
    error    text collate "C",               -- JSON: why it is, or was, compensated
    ended_at bigint                          -- null: RUNNING or COMPENSATING
);

create index saga_ended on saga (ended_at) where ended_at is not null;

create table saga_step (
    saga         bytea not null,
    step         bigint not null,            -- 0, 1, ... in their order
    name         text collate "C" not null,
    state        text collate "C" not null check (state in
                   ('WAITING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'COMPENSATING',
                    'COMPENSATED', 'NOTHING_TO_UNDO', 'NEEDS_RECOVERY', 'RECOVERED')),
    job          bytea,                      -- UUID; null: not submitted (yet)
    undo_job     bytea,                      -- the same of its compensation
    undoable     bigint not null,            -- it has a compensation
    no_undo      bigint not null,            -- there is nothing to undo
    manual       text collate "C",           -- what a person has to do to undo it
    result       text collate "C",           -- JSON, of the job when it had succeeded
    job_spec     text collate "C" not null,  -- JSON: queue, priority, labels, ...
    undo_spec    text collate "C",
    job_payload  text collate "C" not null,
    undo_payload text collate "C",           -- JSON that the compensation is given besides
    primary key (saga, step)
);

-- What a person has to do, since no compensation did.
create table recovery_item (
    id         bytea primary key,            -- UUID (version 7), 16 bytes
    state      text collate "C" not null check (state in ('OPEN', 'DONE')),
    saga       bytea not null,
    step       bigint not null,
    step_name  text collate "C" not null,
    job        bytea,                        -- whose work is to be undone
    undo_job   bytea,                        -- the compensation that failed; null: there was none
    what       text collate "C" not null,    -- to do
    why        text collate "C" not null,
    error      text collate "C",             -- JSON, of the compensation
    created_at bigint not null,
    done_at    bigint,
    done_by    text collate "C",             -- principal
    reason     text collate "C"              -- what was done, as that principal says
);

create index recovery_item_state on recovery_item (state, id);
create index recovery_item_saga on recovery_item (saga, step);
