-- Statements of approvals (migration 0021).

-- approval_insert: a new one
-- gives: id, which grows
insert into approval (uuid, state, round, data_version, policy, policy_version, policy_sha256, judge_version,
                      subject, applicant, entered_by, opened_by, priority, amount, labels, on_decided,
                      opened_at, asked_at, due_at, changed_at, slots, open_slots, refused, incident,
                      corrects, previous, last_step)
values ($1, $2, 1, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $16, $15, $17, $18, 0, $19,
        $20, $21, $22)
returning id

-- approval_read: one, by the id that clients see
select id, uuid, state, round, data_version, policy, policy_version, policy_sha256, judge_version, subject,
       applicant, entered_by, opened_by, priority, amount, labels, on_decided, opened_at, asked_at, due_at,
       changed_at, closed_at, slots, open_slots, refused, incident, corrects, previous, last_step
  from approval where uuid = $1

-- approval_read_row: one, by the id of its row
select id, uuid, state, round, data_version, policy, policy_version, policy_sha256, judge_version, subject,
       applicant, entered_by, opened_by, priority, amount, labels, on_decided, opened_at, asked_at, due_at,
       changed_at, closed_at, slots, open_slots, refused, incident, corrects, previous, last_step
  from approval where id = $1

-- approval_stands: how it stands after a change
update approval set state = $2, open_slots = $3, changed_at = $4, closed_at = $5, incident = $6, slots = $7
 where id = $1

-- approval_moves: the same where state and incident stay as they are, so that no index has to follow
-- counts
update approval set open_slots = $3, changed_at = $4, slots = $5
 where id = $1 and state = $2 and incident is null and closed_at is null

-- approval_again: a new round
update approval set state = 'PENDING', round = $2, data_version = $3, asked_at = $4, changed_at = $4, due_at = $5,
       slots = $6, open_slots = $7, incident = null, amount = $8, policy_version = $9, policy_sha256 = $10,
       judge_version = $11
 where id = $1

-- approval_reminded: those who are asked were reminded
update approval set reminded_at = $2 where id = $1

-- approval_reminded_at: when that was
select reminded_at from approval where id = $1

-- approval_version: its data was changed, and nothing else
update approval set data_version = $2, amount = $3, changed_at = $4 where id = $1

-- approval_refused: one more vote was turned away
update approval set refused = refused + 1 where id = $1

-- approval_data_put: a version of what is decided about
insert into approval_data (approval, version, data, at, set_by) values ($1, $2, $3, $4, $5)

-- approval_data_read: one version
select data from approval_data where approval = $1 and version = $2

-- approval_label_put: a label to find it by
insert into approval_label (name, value, approval) values ($1, $2, $3)

-- approval_slot_put: somebody is asked
insert into approval_slot (approval, slot, holder, state, seat, post, due_at, amount, decision, decided_by, for_person,
                           decided_at, data_version, comment, reason, weight, flags, members, vote_order, names)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)

-- approval_slots: all of the round
select slot, holder, state, seat, post, decision, decided_by, for_person, decided_at, data_version, comment, reason,
       weight, flags, members, vote_order, names
  from approval_slot where approval = $1 order by slot

-- approval_slot_set: what somebody said, or that nobody will
-- counts
update approval_slot set state = $3, decision = $4, decided_by = $5, for_person = $6, decided_at = $7,
       data_version = $8, comment = $9, reason = $10, vote_order = $11, names = $12
 where approval = $1 and slot = $2

-- approval_slots_close: nobody is asked any more
update approval_slot set state = 'CLOSED' where approval = $1 and state = 'WAITING'

-- approval_slots_drop: a new round has others
delete from approval_slot where approval = $1

-- approval_slot_drop: it is written anew
-- counts
delete from approval_slot where approval = $1 and slot = $2

-- approval_leaver_put: slots of somebody who left are still to go
insert into approval_leaver (person) values ($1) on conflict (person) do nothing

-- approval_leaver: one of them
select person from approval_leaver order by person limit 1

-- approval_leaver_drop: all have gone
delete from approval_leaver where person = $1

-- approval_request_read: what that request was answered
select hash, answer from approval_request where principal = $1 and request = $2

-- approval_request_put: it was carried out
insert into approval_request (principal, request, hash, approval, answer) values ($1, $2, $3, $4, $5)

-- approval_ids: newest first
select id from approval where id < $1 order by id desc limit $2

-- approval_ids_state: of that state, newest first
select id from approval where state = $3 and id < $1 order by id desc limit $2

-- approval_ids_applicant: of that person, newest first
select id from approval where applicant = $3 and id < $1 order by id desc limit $2

-- approval_ids_policy: by that policy, newest first
select id from approval where policy = $3 and id < $1 order by id desc limit $2

-- approval_ids_label: with that label, newest first
select approval from approval_label where name = $3 and value = $4 and approval < $1 order by approval desc limit $2

-- approval_id_at: the first whose id is not below
select id from approval where uuid >= $1 order by uuid limit 1

-- approval_inbox_due: what waits for a holder, by deadline
select approval, slot, due_at from approval_slot
 where holder = $1 and state = 'WAITING' and (due_at, approval) > ($2, $3) order by due_at, approval limit $4

-- approval_inbox_amount: the same, the largest first
select approval, slot, amount from approval_slot
 where holder = $1 and state = 'WAITING' and (amount, approval) < ($2, $3)
 order by amount desc, approval desc limit $4

-- approval_inbox_age: the same, the oldest first
select approval, slot, approval from approval_slot
 where holder = $1 and state = 'WAITING' and approval > $3 and $2::bigint is not null order by approval limit $4

-- approval_held: open slots of a holder, oldest first
select approval, slot from approval_slot
 where holder = $1 and state = 'WAITING' order by approval limit $2

-- approval_policy_put: a text that an approval is judged by, unless it is there
insert into approval_policy (sha256, canonical) values ($1, $2) on conflict (sha256) do nothing

-- approval_policy_read: one
select canonical from approval_policy where sha256 = $1

-- approval_form_put: the form that it was opened by
insert into approval_form (approval, template, version, form) values ($1, $2, $3, $4)

-- approval_form_read: the same
select template, version, form from approval_form where approval = $1

-- approval_closed_between: those closed in [$1, $2), of a policy or of all, the newest first
select state, opened_at, closed_at, due_at, refused,
       (select count(*) from approval_slot s where s.approval = a.id and s.state = 'DECIDED')
  from approval a
 where closed_at >= $1 and closed_at < $2 and ($3::text is null or policy = $3)
 order by closed_at desc limit $4

-- approval_open_count: how many are open, and how many of these are past their deadline
select count(*), coalesce(sum(case when due_at <= $1 then 1 else 0 end), 0)
  from approval
 where state in ('PENDING', 'ESCALATED', 'INCIDENT', 'RETURNED') and ($2::text is null or policy = $2)
