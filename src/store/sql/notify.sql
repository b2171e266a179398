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

-- notification_count: how many somebody has
select count(*) from notification where person = $1

-- notification_old: of the oldest $2 of somebody those that are not under way, some of them
-- counts
delete from notification where id in
 (select id from (select id, state from notification where person = $1 order by id limit $2) t
   where state not in ('WAITING', 'COLLECTED') limit 100)

-- notification_attempts_old: attempts of notifications that are gone
delete from notification_attempt
 where notification in (select notification from notification_attempt a where notification < $1
                          and not exists (select 1 from notification n where n.id = a.notification) limit 100)

-- notify_person: what notifications must know of somebody
-- gives: name, email, locale, zone, bytes of the zone, attributes, wants
select p.name, p.email, p.locale, p.zone, z.bytes, p.attributes, w.wants
  from (select $1 as id) i left join person p on p.id = i.id left join directory_zone z on z.name = p.zone
       left join notify_preference w on w.person = i.id

-- notify_channels: those that are in use, in the order in which they are tried
select name, type, position, enabled, settings, sealed, version, created_at, changed_at
  from notify_channel where enabled <> 0 order by position, name

-- notification_end: it is not under way any more
update notification set state = $2, ended_at = $3, message = null where id = $1

-- notification_states: what became of somebody's, oldest first
select kind, state, not_before from notification where person = $1 order by id

-- notify_channel_put: a channel, new or changed
insert into notify_channel (name, type, position, enabled, settings, sealed, version, created_at, changed_at)
values ($1, $2, $3, $4, $5, $6, 1, $7, $7)
on conflict (name) do update set type = $2, position = $3, enabled = $4, settings = $5, sealed = $6,
            version = notify_channel.version + 1, changed_at = $7

-- notify_wants_put: what somebody wants
insert into notify_preference (person, wants, changed_at) values ($1, $2, $3)
on conflict (person) do update set wants = $2, changed_at = $3

-- notification_retries: attempts of what was made in [$1, $2), and those beyond the first; of the newest $3
select coalesce(sum(attempts), 0), coalesce(sum(case when attempts > 1 then attempts - 1 else 0 end), 0)
  from (select created_at, attempts from notification order by id desc limit $3) t
 where created_at >= $1 and created_at < $2

-- notification_read: one, by the id that clients see
select id, uuid, person, kind, about, round, n, state, facts, approval, slot, created_at, not_before, ended_at,
       read_at, message, step, tries, attempts, channel, remote, error, digest, forced,
       read_at is null, 0
  from notification where uuid = $1

-- notification_stands: does that slot of the approval still wait?
select 1 from approval a join approval_slot s on s.approval = a.id
 where a.uuid = $1 and a.round = $2 and s.slot = $3 and s.state = 'WAITING'

-- notification_digest_over: of a digest what asked for a decision that is wanted no more
update notification set state = 'OVER', ended_at = $2, digest = null
 where digest = $1 and slot > 0
   and not exists (select 1 from approval a join approval_slot s on s.approval = a.id
                    where a.uuid = notification.approval and a.round = notification.round
                      and s.slot = notification.slot and s.state = 'WAITING')

-- notification_digest_left: whether a digest has anything to tell
select 1 from notification where digest = $1 limit 1

-- notification_digest_items: what a digest tells of, oldest first
select id, uuid, person, kind, about, round, n, state, facts, approval, slot, created_at, not_before, ended_at,
       read_at, message, step, tries, attempts, channel, remote, error, digest, forced,
       read_at is null, count(*) over ()
  from notification where digest = $1 order by id limit $2

-- notify_template_now: the newest texts of a kind
select texts from notify_template where kind = $1 and locale = $2 order by version desc limit 1

-- notification_tried: how far it is after an attempt
update notification set step = $2, tries = $3, attempts = $4, channel = $5, error = $6, not_before = $7 where id = $1

-- notification_sent: a channel took it
update notification set state = 'SENT', ended_at = $2, message = null, attempts = $3, channel = $4, remote = $5,
       error = null where id = $1

-- notification_failed: no channel took it
update notification set state = 'FAILED', ended_at = $2, attempts = $3, error = $4 where id = $1

-- notification_again: it is tried from the first channel on
update notification set state = 'WAITING', ended_at = null, step = 0, tries = 0 where id = $1

-- notification_attempt_insert: one attempt, and how it ended
insert into notification_attempt (notification, n, at, channel, address, outcome, status, error)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- notify_link_insert: a link by which somebody may decide once
insert into notify_link (hash, notification, person, approval, round, slot, expires_at)
values ($1, $2, $3, $4, $5, $6, $7)

-- notify_link_read: one, by its hash; and since when the account of whom it is for is closed
-- gives: notification, person, approval, round, slot, expires_at, used_at, disabled_at
select l.notification, l.person, l.approval, l.round, l.slot, l.expires_at, l.used_at, a.disabled_at
  from notify_link l left join account a on a.person = l.person where l.hash = $1

-- notify_link_use: it has decided
update notify_link set used_at = $2 where hash = $1 and used_at is null

-- notify_link_sweep: those that are of no use any more
delete from notify_link where hash in (select hash from notify_link where expires_at < $1 limit 20)

-- notification_one: one, by the id of its row
select id, uuid, person, kind, about, round, n, state, facts, approval, slot, created_at, not_before, ended_at,
       read_at, message, step, tries, attempts, channel, remote, error, digest, forced,
       read_at is null, 0
  from notification where id = $1

-- notification_attempts: of one, the latest, oldest first
select n, at, channel, address, outcome, status, error from
 (select n, at, channel, address, outcome, status, error from notification_attempt where notification = $1
   order by n desc limit $2) t order by n

-- notification_list: everybody's, newest first
select id, uuid, person, kind, about, round, n, state, facts, approval, slot, created_at, not_before, ended_at,
       read_at, message, step, tries, attempts, channel, remote, error, digest, forced,
       read_at is null, 0
  from notification where id < $1 and ($3::text is null or state = $3) and ($4::bigint = 0 or read_at is null)
 order by id desc limit $2

-- notification_list_of: somebody's, newest first; what a digest is made of stands for itself
select id, uuid, person, kind, about, round, n, state, facts, approval, slot, created_at, not_before, ended_at,
       read_at, message, step, tries, attempts, channel, remote, error, digest, forced,
       read_at is null, 0
  from notification where person = $5 and id < $1 and ($3::text is null or state = $3)
   and ($4::bigint = 0 or read_at is null) and kind <> 'digest'
 order by id desc limit $2

-- notification_unread: how many somebody has not seen
select count(*) from notification where person = $1 and read_at is null and kind <> 'digest'

-- notification_read_all: somebody has seen all, or none
-- counts
update notification set read_at = $2 where person = $1 and (read_at is null) <> ($2::bigint is null)

-- notification_read_mark: somebody has seen one of theirs, or not
-- counts
update notification set read_at = $3 where uuid = $1 and person = $2 and (read_at is null) <> ($3::bigint is null)

-- notify_channel_one: by its name
select name, type, position, enabled, settings, sealed, version, created_at, changed_at
  from notify_channel where name = $1

-- notify_channel_all: in the order in which they are tried
select name, type, position, enabled, settings, sealed, version, created_at, changed_at
  from notify_channel order by position, name

-- notify_channel_delete: one less
delete from notify_channel where name = $1

-- notify_wants_one: what somebody wants
select wants from notify_preference where person = $1

-- notify_template_one: texts of a kind: the newest, or of a version
select kind, locale, texts, set_by, version, set_at from notify_template
 where kind = $1 and locale = $2 and ($3::bigint = 0 or version = $3) order by version desc limit 1

-- notify_template_all: the newest of each
select kind, locale, texts, set_by, version, set_at from notify_template t
 where version = (select max(version) from notify_template o where o.kind = t.kind and o.locale = t.locale)
 order by kind, locale

-- notify_template_put: one more version
insert into notify_template (kind, locale, version, texts, set_by, set_at) values ($1, $2, $3, $4, $5, $6)
