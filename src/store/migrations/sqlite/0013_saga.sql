-- 0013: sagas: groups of jobs that run one after the other, and what undoes each of them; and
-- what is left for a person to repair.
--
-- A saga is a row of job_group and one here. Times are UTC milliseconds since 1970.

create table saga (
    id       blob primary key,         -- of its group: UUID (version 7), 16 bytes
    state    text not null check (state in
               ('RUNNING', 'COMPENSATING', 'SUCCEEDED', 'COMPENSATED', 'NEEDS_RECOVERY')),
    error    text,                     -- JSON: why it is, or was, compensated
    ended_at integer                   -- null: RUNNING or COMPENSATING
) without rowid;

create index saga_ended on saga (ended_at) where ended_at is not null;

create table saga_step (
    saga         blob not null,
    step         integer not null,     -- 0, 1, ... in their order
    name         text not null,
    state        text not null check (state in
                   ('WAITING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'COMPENSATING',
                    'COMPENSATED', 'NOTHING_TO_UNDO', 'NEEDS_RECOVERY', 'RECOVERED')),
    job          blob,                 -- UUID; null: not submitted (yet)
    undo_job     blob,                 -- the same of its compensation
    undoable     integer not null,     -- it has a compensation
    no_undo      integer not null,     -- there is nothing to undo
    manual       text,                 -- what a person has to do to undo it
    result       text,                 -- JSON, of the job when it had succeeded
    job_spec     text not null,        -- JSON: queue, priority, labels, ...
    undo_spec    text,
    job_payload  text not null,
    undo_payload text,                 -- JSON that the compensation is given besides
    primary key (saga, step)
) without rowid;

-- What a person has to do, since no compensation did.
create table recovery_item (
    id         blob primary key,       -- UUID (version 7), 16 bytes
    state      text not null check (state in ('OPEN', 'DONE')),
    saga       blob not null,
    step       integer not null,
    step_name  text not null,
    job        blob,                   -- whose work is to be undone
    undo_job   blob,                   -- the compensation that failed; null: there was none
    what       text not null,          -- to do
    why        text not null,
    error      text,                   -- JSON, of the compensation
    created_at integer not null,
    done_at    integer,
    done_by    text,                   -- principal
    reason     text                    -- what was done, as that principal says
) without rowid;

create index recovery_item_state on recovery_item (state, id);
create index recovery_item_saga on recovery_item (saga, step);
