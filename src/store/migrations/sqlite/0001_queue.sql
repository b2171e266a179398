-- 0001: queues and messages.
--
-- A message's id is (queue id << 40 | position): positions grow with each send
-- and are never used again, so rows of one queue lie side by side in the order
-- they were sent and each insert goes to the right edge. What changes while a
-- message waits (message) is apart from what never does (message_body), so that
-- receiving touches a small row and a start reads no bodies.
--
-- Times are UTC milliseconds since 1970 unless the name says otherwise.

create table meta (
    name  text primary key,
    value text not null              -- secrets: sealed, base64
) without rowid;

-- Who owns this partition: one row. A transaction of an older epoch is refused.
create table lease (
    partition_id integer primary key,
    node         text not null,
    epoch        integer not null
);

create table queue (
    id            integer primary key, -- 1..8388607, never used again
    name          text not null unique,
    created_at    integer not null,
    modified_at   integer not null,
    next_position integer not null,    -- positions from here on were never given out
    first_position integer not null,   -- rows before it were purged and wait for the sweeper
    purged_at      integer             -- the last time; null: never
);

-- What was set, by its name in the API; what was not set has its default.
create table queue_attribute (
    queue_id integer not null,
    name     text not null,
    value    text not null,
    primary key (queue_id, name)
) without rowid;

create table queue_tag (
    queue_id integer not null,
    name     text not null,
    value    text not null,
    primary key (queue_id, name)
) without rowid;

create table message (
    id                integer primary key,
    sent_at           integer not null,
    visible_at        integer not null, -- 0: ready since it was sent
    receive_count     integer not null,
    first_received_at integer,
    group_id          text,
    forgiven          integer not null default 0 -- of receive_count: before an operator's retry
);

create table message_body (
    id           integer primary key,  -- the same as in message
    message_id   blob not null,        -- UUID, 16 bytes; what clients see
    body         text not null,
    body_md5     blob not null,
    attributes   text,                 -- JSON: {"name": {"type": "String", "value": "..."}, ...}; Binary in base64
    trace_header text,
    sender       text not null,
    dedup_id     text,
    dead_from    text,                 -- name of the queue it was dead-lettered from
    error        text                  -- what the last worker reported: JSON {"code", "message"}
);

-- Accepted deduplication ids of the last five minutes; id as in message, whose
-- row may be gone.
create table dedup (
    id         integer primary key,
    sent_at    integer not null,
    dedup_id   text not null,
    group_id   text,                   -- null: the whole queue is the scope
    message_id blob not null
);

-- Ranges of message ids that nobody can reach any more; the sweeper empties them.
create table trash (
    first_id integer primary key,
    last_id  integer not null
);

create table move_task (
    id             text primary key,   -- UUID
    source         text not null,      -- queue names
    destination    text,               -- null: each message back to where it came from
    rate           integer not null,   -- messages a second at most; 0: no limit
    state          text not null check (state in ('RUNNING', 'CANCELLED', 'COMPLETED', 'FAILED')),
    moved          integer not null,
    total          integer not null,   -- waiting at the source when it began
    last_id        integer not null,   -- message ids up to here are its work
    started_at     integer not null,
    failure        text
);

-- Who changed what, written in the same transaction as the change. Never read by the engine.
create table audit (
    id         integer primary key,
    at         integer not null,
    principal  text not null,
    action     text not null,
    resource   text not null,
    detail     text,
    request_id text
);
