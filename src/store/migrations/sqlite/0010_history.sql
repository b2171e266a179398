-- 0010: figures of queues over time. Times are UTC milliseconds since 1970.

-- One row for each minute in which something happened in a queue, kept for 48 hours.
create table queue_minute (
    queue_id      integer not null,
    at            integer not null,    -- begin of the minute
    sent          integer not null,
    moved_in      integer not null,    -- came from another queue: dead letters, redriven ones
    received      integer not null,    -- repeated receives included
    deleted       integer not null,    -- done
    failed        integer not null,    -- attempts that ended without a delete
    dead_lettered integer not null,
    backlog       integer not null,    -- visible at its end
    wait_p50      integer,             -- ms from sent, or due, to first received; null: none was
    wait_p95      integer,
    wait_p99      integer,
    run_p50       integer,             -- ms from received to deleted; null: none was
    run_p95       integer,
    run_p99       integer,
    waits         text not null,       -- histograms: "bucket:count ...", domain/queue/hist.h
    runs          text not null,
    primary key (queue_id, at)
) without rowid;

-- The same of whole hours, made of the minutes when they are 48 hours old, kept for 90 days.
create table queue_hour (
    queue_id      integer not null,
    at            integer not null,    -- begin of the hour
    sent          integer not null,
    moved_in      integer not null,
    received      integer not null,
    deleted       integer not null,
    failed        integer not null,
    dead_lettered integer not null,
    backlog       integer not null,    -- the highest at the end of one of its minutes
    wait_p50      integer,
    wait_p95      integer,
    wait_p99      integer,
    run_p50       integer,
    run_p95       integer,
    run_p99       integer,
    waits         text not null,
    runs          text not null,
    primary key (queue_id, at)
) without rowid;
