-- Statements of business calendars.

-- calendar_all: for memory: those in force
select v.calendar, v.version, v.body
  from calendar c join calendar_version v on v.calendar = c.name and v.version = c.version

-- calendar_last: the last version that a calendar of this name had
select version, body, zone_bytes from calendar_version where calendar = $1 order by version desc limit 1

-- calendar_put: made or changed: the version in force
insert into calendar (name, version, days, changed_at) values ($1, $2, $3, $4)
on conflict (name) do update set version = $2, days = $3, changed_at = $4

-- calendar_version_put: a new one
insert into calendar_version (calendar, version, body, zone_bytes, zone_release, made_at)
values ($1, $2, $3, $4, $5, $6)

-- calendar_forget: versions up to $2 that no open approval reckons with
delete from calendar_version where calendar = $1 and version <= $2
   and not exists (select 1 from approval_timer t where t.calendar = $1 and t.version = calendar_version.version)

-- calendar_delete: its versions are forgotten by calendar_forget
delete from calendar where name = $1

-- calendar_in_force: as a version
select v.version, v.body, v.zone_bytes
  from calendar c join calendar_version v on v.calendar = c.name and v.version = c.version where c.name = $1

-- calendar_version: one of them
select version, body, zone_bytes from calendar_version where calendar = $1 and version = $2

-- calendar_get: one version with its body; $2 -1: the one in force
select c.name, v.made_at, (select count(*) from schedule where calendar = $1), c.days, v.version, v.body, v.zone_release
  from calendar c
  join calendar_version v on v.calendar = c.name and v.version = case $2::bigint when -1 then c.version else $2 end
 where c.name = $1

-- calendar_page: names above $1, those that are built in included
select c.name, c.changed_at, (select count(*) from schedule where calendar = c.name), c.days, c.version
  from (select name, version, days, changed_at from calendar
        union all
        select b.column1, 0, 0, 0 from (values ('always'), ('jp')) b
         where not exists (select 1 from calendar where name = b.column1)) c
 where c.name > $1 order by c.name limit $2

-- calendar_awaited: whether deadlines or reminders of approvals are reckoned with it
select count(*) from (select 1 from approval_timer where calendar = $1 limit 1) t

-- calendar_users: schedules that follow it
select count(*) from schedule where calendar = $1
