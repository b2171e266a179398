-- 0001: queues and messages.
--
-- A message's id is (queue id << 40 | position): positions grow with each send
-- and are never used again, so rows of one queue lie side by side in the order
-- they were sent and each insert goes to the right edge. What changes while a
-- message waits (message) is apart from what never does (message_body), so that
-- receiving touches a small row and a start reads no bodies.
--
-- Times are UTC milliseconds since 1970 unless the name says otherwise.

-- What SQLite has by itself, so that a statement means the same here.
create function hex(bytes bytea) returns text language sql immutable strict parallel safe
    return upper(encode(bytes, 'hex'));
create function instr(whole text, part text) returns bigint language sql immutable strict parallel safe
    return strpos(whole, part)::bigint;
-- 1: the text matches the pattern, in which * is any text, ? one character, [...] one of these.
create function glob(pattern text, whole text) returns bigint language sql immutable strict parallel safe
    return case when whole ~ ('^(?:' || replace(replace(regexp_replace(pattern,
        '([.+(){}^$|\\])', '\\\1', 'g'), '*', '.*'), '?', '.') || ')$') then 1 else 0 end;

create table meta (
    name  text collate "C" primary key,
    value text collate "C" not null          -- secrets: sealed, base64
);

-- The table lease is the driver's own: it must be there before anybody may migrate.

create table queue (
    id            bigint primary key,        -- 1..8388607, never used again
    name          text collate "C" not null unique,
    created_at    bigint not null,
    modified_at   bigint not null,
    next_position bigint not null,           -- positions from here on were never given out
    first_position bigint not null,          -- rows before it were purged and wait for the sweeper
    purged_at      bigint                    -- the last time; null: never
) with (fillfactor = 50);

-- What was set, by its name in the API; what was not set has its default.
create table queue_attribute (
    queue_id bigint not null,
    name     text collate "C" not null,
    value    text collate "C" not null,
    primary key (queue_id, name)
);

create table queue_tag (
    queue_id bigint not null,
    name     text collate "C" not null,
    value    text collate "C" not null,
    primary key (queue_id, name)
);

create table message (
    id                bigint primary key,
    sent_at           bigint not null,
    visible_at        bigint not null,       -- 0: ready since it was sent
    receive_count     bigint not null,
    first_received_at bigint,
    group_id          text collate "C",
    forgiven          bigint not null default 0 -- of receive_count: before an operator's retry
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);

create table message_body (
    id           bigint primary key,         -- the same as in message
    message_id   bytea not null,             -- UUID, 16 bytes; what clients see
    body         text collate "C" not null,
    body_md5     bytea not null,
    attributes   text collate "C",          -- JSON: {"name": {"type": "String", "value": "..."}}; Binary in base64
    trace_header text collate "C",
    sender       text collate "C" not null,
    dedup_id     text collate "C",
    dead_from    text collate "C",           -- name of the queue it was dead-lettered from
    error        text collate "C"            -- what the last worker reported: JSON {"code", "message"}
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);

-- Accepted deduplication ids of the last five minutes; id as in message, whose
-- row may be gone.
create table dedup (
    id         bigint primary key,
    sent_at    bigint not null,
    dedup_id   text collate "C" not null,
    group_id   text collate "C",             -- null: the whole queue is the scope
    message_id bytea not null
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);

-- Ranges of message ids that nobody can reach any more; the sweeper empties them.
create table trash (
    first_id bigint primary key,
    last_id  bigint not null
);

create table move_task (
    id             text collate "C" primary key, -- UUID
    source         text collate "C" not null, -- queue names
    destination    text collate "C",         -- null: each message back to where it came from
    rate           bigint not null,          -- messages a second at most; 0: no limit
    state          text collate "C" not null check (state in ('RUNNING', 'CANCELLED', 'COMPLETED', 'FAILED')),
    moved          bigint not null,
    total          bigint not null,          -- waiting at the source when it began
    last_id        bigint not null,          -- message ids up to here are its work
    started_at     bigint not null,
    failure        text collate "C"
);

-- Who changed what, written in the same transaction as the change. Never read by the engine.
create table audit (
    id         bigint primary key,
    at         bigint not null,
    principal  text collate "C" not null,
    action     text collate "C" not null,
    resource   text collate "C" not null,
    detail     text collate "C",
    request_id text collate "C"
);
