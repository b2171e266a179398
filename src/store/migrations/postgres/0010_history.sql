-- 0010: figures of queues over time. Times are UTC milliseconds since 1970.

-- One row for each minute in which something happened in a queue, kept for 48 hours.
create table queue_minute (
    queue_id      bigint not null,
    at            bigint not null,           -- begin of the minute
    sent          bigint not null,
    moved_in      bigint not null,           -- came from another queue: dead letters, redriven ones
    received      bigint not null,           -- repeated receives included
    deleted       bigint not null,           -- done
    failed        bigint not null,           -- attempts that ended without a delete
    dead_lettered bigint not null,
    backlog       bigint not null,           -- visible at its end
    wait_p50      bigint,                    -- ms from sent, or due, to first received; null: none was
    wait_p95      bigint,
    wait_p99      bigint,
    run_p50       bigint,                    -- ms from received to deleted; null: none was
    run_p95       bigint,
    run_p99       bigint,
    waits         text collate "C" not null, -- histograms: "bucket:count ...", domain/queue/hist.h
    runs          text collate "C" not null,
    primary key (queue_id, at)
);

-- The same of whole hours, made of the minutes when they are 48 hours old, kept for 90 days.
create table queue_hour (
    queue_id      bigint not null,
    at            bigint not null,           -- begin of the hour
    sent          bigint not null,
    moved_in      bigint not null,
    received      bigint not null,
    deleted       bigint not null,
    failed        bigint not null,
    dead_lettered bigint not null,
    backlog       bigint not null,           -- the highest at the end of one of its minutes
    wait_p50      bigint,
    wait_p95      bigint,
    wait_p99      bigint,
    run_p50       bigint,
    run_p95       bigint,
    run_p99       bigint,
    waits         text collate "C" not null,
    runs          text collate "C" not null,
    primary key (queue_id, at)
);
