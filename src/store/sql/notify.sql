-- Statements of notifications (migration 0023).

-- notification_insert: one more, unless the person was told of it already
-- gives: id
insert into notification (uuid, person, kind, about, round, n, state, facts, approval, slot, created_at, not_before,
                          ended_at, forced)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
on conflict (person, kind, about, round, n) do nothing
returning id

-- notification_message: its message on the queue
update notification set message = $2 where id = $1

-- notification_into_digest: it is told together with others
update notification set state = 'COLLECTED', digest = $2, not_before = $3, message = null where id = $1

-- notification_digest_at: a digest of somebody that still waits for its time
-- gives: id
select id from notification
 where person = $1 and kind = 'digest' and about = '' and round = 0 and n = $2 and state = 'WAITING'

-- notification_recent: how many somebody was told one by one since then
select count(*) from notification where person = $1 and created_at > $2 and state in ('WAITING', 'SENT')

-- notification_old: the oldest that somebody has beyond so many, none that is still under way; some of them
delete from notification where id in
 (select id from notification
   where person = $1 and state not in ('WAITING', 'COLLECTED')
     and id <= (select id from notification where person = $1 order by id desc limit 1 offset $2)
   order by id limit 100)

-- notify_person: what notifications must know of somebody
-- gives: name, email, locale, zone, bytes of the zone, attributes, wants
select p.name, p.email, p.locale, p.zone, z.bytes, p.attributes, w.wants
  from (select $1 as id) i left join person p on p.id = i.id left join directory_zone z on z.name = p.zone
       left join notify_preference w on w.person = i.id

-- notify_channels: those that are in use, in the order in which they are tried
select name, type, position, enabled, settings, sealed, version, created_at, changed_at
  from notify_channel where enabled order by position, name

-- notify_name: what to call somebody; no row: the directory does not have them
select name from person where id = $1

-- notification_end: it is not under way any more
update notification set state = $2, ended_at = $3, message = null where id = $1

-- notification_states: what became of somebody's, oldest first
select kind, state, not_before from notification where person = $1 order by id

-- notify_channel_put: a channel, new or changed
insert into notify_channel (name, type, position, enabled, settings, sealed, version, created_at, changed_at)
values ($1, $2, $3, $4, $5, $6, 1, $7, $7)
on conflict (name) do update set type = $2, position = $3, enabled = $4, settings = $5, sealed = $6,
            version = version + 1, changed_at = $7

-- notify_wants_put: what somebody wants
insert into notify_preference (person, wants, changed_at) values ($1, $2, $3)
on conflict (person) do update set wants = $2, changed_at = $3

-- notification_retries: attempts of what was made in [$1, $2), and those beyond the first; of the newest $3
select coalesce(sum(attempts), 0), coalesce(sum(case when attempts > 1 then attempts - 1 else 0 end), 0)
  from (select created_at, attempts from notification order by id desc limit $3)
 where created_at >= $1 and created_at < $2
