-- 0017: calendars: from days without business to business calendars with versions.
--
-- No store here is older than this: there is nothing to take over. A version is never changed;
-- of a deleted calendar the last one stays, so that a new one of that name goes on counting.

create table calendar (
    name       text collate "C" primary key,
    version    bigint not null,              -- the one in force
    days       bigint not null,              -- its holidays, counted
    changed_at bigint not null
);

create table calendar_version (
    calendar     text collate "C" not null,
    version      bigint not null,
    body         text collate "C" not null,  -- JSON, as PUT takes it
    zone_bytes   bytea,                      -- TZif data of its zone, as they were then; null: UTC
    zone_release text collate "C",           -- of the tz database; null: not known
    made_at      bigint not null,
    primary key (calendar, version)
);

drop table holiday;
drop table holiday_calendar;
