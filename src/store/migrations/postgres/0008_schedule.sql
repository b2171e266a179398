-- 0008: schedules: jobs that are submitted at times of the calendar.
--
-- Times are UTC milliseconds since 1970.

create table schedule (
    name          text collate "C" primary key,
    queue         text collate "C" not null,
    payload       text collate "C" not null,
    payload_md5   bytea not null,
    cron          text collate "C" not null,
    zone          text collate "C" not null,
    calendar      text collate "C",          -- whose holidays are no business days; null: there are none
    priority      bigint,                    -- 0..9; null: the queue's
    labels        text collate "C",          -- JSON {"name": "value"}
    catch_up      text collate "C" not null check (catch_up in ('skip', 'one', 'all')),
    overlap       text collate "C" not null check (overlap in ('allow', 'skip', 'cancel_previous')),
    paused        bigint not null,
    created_at    bigint not null,
    changed_at    bigint not null,
    next_at       bigint,                    -- due then; null: paused, or never again
    late          bigint not null,           -- missed times that were caught up in a row
    last_due_at   bigint,                    -- the last time that was decided about
    last_fired_at bigint,
    last_job      bytea,                     -- UUID of the job or message of the last firing
    last_outcome  text collate "C" check (last_outcome in ('FIRED', 'SKIPPED', 'MISSED', 'FAILED')),
    last_detail   text collate "C",          -- why it was not fired
    fired         bigint not null,           -- counts since it was made
    skipped       bigint not null,
    failed        bigint not null
) with (fillfactor = 50);

-- TZif data of each zone that a schedule uses, as the machine had it when one was put last: so
-- that another machine, or this one after an update, computes the same.
create table zone (
    name    text collate "C" primary key,
    bytes   bytea not null,
    release text collate "C",                -- of the tz database; null: not known
    seen_at bigint not null
);

create table holiday_calendar (
    name       text collate "C" primary key,
    changed_at bigint not null
);

create table holiday (
    calendar text collate "C" not null,
    day      bigint not null,                -- since 1970-01-01
    primary key (calendar, day)
);
