-- 0008: schedules: jobs that are submitted at times of the calendar.
--
-- Times are UTC milliseconds since 1970.

create table schedule (
    name          text primary key,
    queue         text not null,
    payload       text not null,
    payload_md5   blob not null,
    cron          text not null,
    zone          text not null,
    calendar      text,                -- whose holidays are no business days; null: there are none
    priority      integer,             -- 0..9; null: the queue's
    labels        text,                -- JSON {"name": "value"}
    catch_up      text not null check (catch_up in ('skip', 'one', 'all')),
    overlap       text not null check (overlap in ('allow', 'skip', 'cancel_previous')),
    paused        integer not null,
    created_at    integer not null,
    changed_at    integer not null,
    next_at       integer,             -- due then; null: paused, or never again
    late          integer not null,    -- missed times that were caught up in a row
    last_due_at   integer,             -- the last time that was decided about
    last_fired_at integer,
    last_job      blob,                -- UUID of the job or message of the last firing
    last_outcome  text check (last_outcome in ('FIRED', 'SKIPPED', 'MISSED', 'FAILED')),
    last_detail   text,                -- why it was not fired
    fired         integer not null,    -- counts since it was made
    skipped       integer not null,
    failed        integer not null
) without rowid;

-- TZif data of each zone that a schedule uses, as the machine had it when one was put last: so
-- that another machine, or this one after an update, computes the same.
create table zone (
    name    text primary key,
    bytes   blob not null,
    release text,                      -- of the tz database; null: not known
    seen_at integer not null
) without rowid;

create table holiday_calendar (
    name       text primary key,
    changed_at integer not null
) without rowid;

create table holiday (
    calendar text not null,
    day      integer not null,         -- since 1970-01-01
    primary key (calendar, day)
) without rowid;
