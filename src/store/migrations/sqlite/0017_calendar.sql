-- 0017: calendars: from days without business to business calendars with versions.
--
-- What was there keeps its days and gets version 1. A version is never changed; of a deleted
-- calendar the last one stays, so that a new one of that name goes on counting.

create table calendar (
    name       text primary key,
    version    integer not null,       -- the one in force
    days       integer not null,       -- its holidays, counted
    changed_at integer not null
) without rowid;

create table calendar_version (
    calendar     text not null,
    version      integer not null,
    body         text not null,        -- JSON, as PUT takes it
    zone_bytes   blob,                 -- TZif data of its zone, as they were then; null: UTC
    zone_release text,                 -- of the tz database; null: not known
    made_at      integer not null,
    primary key (calendar, version)
) without rowid;

insert into calendar (name, version, days, changed_at)
select c.name, 1, (select count(*) from holiday h where h.calendar = c.name), c.changed_at from holiday_calendar c;

insert into calendar_version (calendar, version, body, made_at)
select c.name, 1,
       '{"holidays":[' || coalesce((select group_concat('"' || date(d.day * 86400, 'unixepoch') || '"', ',')
          from (select h.day from holiday h where h.calendar = c.name order by h.day) d), '') || ']}', c.changed_at
  from holiday_calendar c;

drop table holiday;
drop table holiday_calendar;
