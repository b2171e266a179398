-- Statements of delegations and absences.

-- delegation_add: one
insert into delegation (uuid, principal, delegate, rank, from_at, until_at, policies, amount_path, amount_max,
                        on_absence, reason, set_by, created_at, tell_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)

-- delegation_cancel: from now on it does not hold
-- counts
update delegation set canceled_at = $2, canceled_by = $3, tell_at = null where uuid = $1 and canceled_at is null

-- delegation_get: one
select uuid, principal, delegate, rank, from_at, until_at, policies, amount_path, amount_max, on_absence, reason,
       set_by, created_at, canceled_at, canceled_by, id
  from delegation where uuid = $1

-- delegation_of: those of a principal that count at $2
select uuid, principal, delegate, rank, from_at, until_at, policies, amount_path, amount_max, on_absence, reason,
       set_by, created_at, canceled_at, canceled_by, id
  from delegation
 where principal = $1 and created_at <= $2 and from_at <= $2 and (until_at is null or $2 < until_at)
   and (canceled_at is null or $2 < canceled_at)
 order by rank, id

-- delegation_to: principals of those to a delegate that count at $2
select distinct principal from delegation
 where delegate = $1 and created_at <= $2 and from_at <= $2 and (until_at is null or $2 < until_at)
   and (canceled_at is null or $2 < canceled_at)
 order by principal limit $3

-- delegation_ahead: those of a principal, without condition, that hold at $2 or later, begun before $3
select uuid, principal, delegate, rank, from_at, until_at, policies, amount_path, amount_max, on_absence, reason,
       set_by, created_at, canceled_at, canceled_by, id
  from delegation
 where principal = $1 and on_absence = 0 and canceled_at is null and (until_at is null or until_at > $2)
   and ($3::bigint is null or from_at < $3)
 order by rank, id

-- delegation_count: those of a principal that hold now or later
select count(*) from delegation
 where principal = $1 and canceled_at is null and (until_at is null or until_at > $2)

-- delegation_tell_next: when somebody is told next of an end
select min(tell_at) from delegation where tell_at is not null

-- delegation_tell_due: of whose end somebody is to be told at $1, $2 at most
select uuid, principal, delegate, rank, from_at, until_at, policies, amount_path, amount_max, on_absence, reason,
       set_by, created_at, canceled_at, canceled_by, id
  from delegation where tell_at is not null and tell_at <= $1 order by tell_at, id limit $2

-- delegation_told: of its end it is told at $2 next; null: nothing is left to tell
-- counts
update delegation set tell_at = $2 where uuid = $1

-- delegation_on_absence: who acts for somebody while they are absent, at some time of [$2, $3); null: for ever
select distinct delegate from delegation
 where principal = $1 and on_absence = 1 and canceled_at is null and ($3::bigint is null or from_at < $3)
   and (until_at is null or until_at > $2)
 order by delegate limit $4

-- delegation_page: of a principal ($1) or to a delegate ($2), null: all; not ended at $3 (null: all); before id $4
select uuid, principal, delegate, rank, from_at, until_at, policies, amount_path, amount_max, on_absence, reason,
       set_by, created_at, canceled_at, canceled_by, id
  from delegation
 where ($1::text is null or principal = $1) and ($2::text is null or delegate = $2)
   and ($3::bigint is null or (canceled_at is null and (until_at is null or until_at > $3)))
   and ($4::bigint is null or id < $4) and ($5::text is null or principal = $5 or delegate = $5)
 order by id desc limit $6

-- absence_add: one
insert into absence (uuid, person, from_at, until_at, reason, set_by, created_at) values ($1, $2, $3, $4, $5, $6, $7)

-- absence_cancel: from now on it does not count
-- counts
update absence set canceled_at = $2, canceled_by = $3 where uuid = $1 and canceled_at is null

-- absence_get: one
select uuid, person, from_at, until_at, reason, set_by, created_at, canceled_at, canceled_by, id
  from absence where uuid = $1

-- absence_at: whether somebody is absent at $2
select count(*) from absence
 where person = $1 and created_at <= $2 and from_at <= $2 and (until_at is null or $2 < until_at)
   and (canceled_at is null or $2 < canceled_at)

-- absence_count: those of a person that are now or later
select count(*) from absence where person = $1 and canceled_at is null and (until_at is null or until_at > $2)

-- absence_page: those of a person, not ended at $2 (null: all), before id $3
select uuid, person, from_at, until_at, reason, set_by, created_at, canceled_at, canceled_by, id
  from absence
 where person = $1 and ($2::bigint is null or (canceled_at is null and (until_at is null or until_at > $2)))
   and ($3::bigint is null or id < $3)
 order by id desc limit $4
