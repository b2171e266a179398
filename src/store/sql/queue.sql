-- Statements of queues and messages. Message ids: queue id << 40 | position.

-- queue_all: the catalogue, in the order in which memory keeps it
select id, name, created_at, modified_at, next_position, first_position, purged_at
  from queue order by name

-- queue_one: one queue of the catalogue
select id, name, created_at, modified_at, next_position, first_position, purged_at
  from queue where id = $1

-- queue_by_name: its id
select id from queue where name = $1

-- queue_attributes: what was set on one queue
select name, value from queue_attribute where queue_id = $1

-- queue_tags: the tags of one queue
select name, value from queue_tag where queue_id = $1

-- queue_insert: a new queue
insert into queue (id, name, created_at, modified_at, next_position, first_position)
values ($1, $2, $3, $3, $4, $5)

-- queue_delete: takes it out of the catalogue; its messages become trash
delete from queue where id = $1

-- queue_attributes_delete: all of one queue
delete from queue_attribute where queue_id = $1

-- queue_tags_delete: all of one queue
delete from queue_tag where queue_id = $1

-- queue_attribute_put: sets one
insert into queue_attribute (queue_id, name, value) values ($1, $2, $3)
on conflict (queue_id, name) do update set value = excluded.value

-- queue_attribute_delete: back to its default
delete from queue_attribute where queue_id = $1 and name = $2

-- queue_modified: when its attributes changed
update queue set modified_at = $2 where id = $1

-- queue_tag_put: sets one
insert into queue_tag (queue_id, name, value) values ($1, $2, $3)
on conflict (queue_id, name) do update set value = excluded.value

-- queue_tag_delete: removes one
delete from queue_tag where queue_id = $1 and name = $2

-- queue_reserve: positions below $2 may be given out from now on
update queue set next_position = $2 where id = $1

-- queue_purge: what lies before $2 is trash
update queue set first_position = $2, purged_at = $3 where id = $1

-- trash_insert: a range for the sweeper
insert into trash (first_id, last_id, queue) values ($1, $2, $3)
on conflict (first_id) do update set last_id = excluded.last_id

-- trash_first: the next range to empty
select first_id, last_id, queue from trash order by first_id limit 1

-- trash_delete: the range is empty
delete from trash where first_id = $1

-- trash_shorten: what is before $2 is empty
update trash set first_id = $2 where first_id = $1

-- trash_rows: the first $3 ids of a range that still have rows
select id from message where id between $1 and $2 order by id limit $3

-- trash_dedup_rows: the same for deduplication ids
select id from dedup where id between $1 and $2 order by id limit $3

-- message_scan: all that is needed in memory of one queue's messages
select id, sent_at, visible_at, receive_count, first_received_at, group_id, forgiven, backoff, priority
  from message where id between $1 and $2 order by id

-- message_insert: what changes while it waits
-- gathers
insert into message (id, sent_at, visible_at, receive_count, first_received_at, group_id)
values ($1, $2, $3, $4, $5, $6)

-- message_insert_priority: the same with a priority
-- gathers
insert into message (id, sent_at, visible_at, receive_count, first_received_at, group_id, priority)
values ($1, $2, $3, $4, $5, $6, $7)

-- body_insert: what never changes
-- gathers
insert into message_body (id, message_id, body, body_md5, attributes, trace_header, sender, dedup_id)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- message_receive: hides it until $2
update message set visible_at = $2, receive_count = $3, first_received_at = $4 where id = $1

-- message_receive_page: hides those that are received for the first time, side by side
update message set visible_at = $3, receive_count = 1, first_received_at = $4
 where id between $1 and $2

-- message_visibility: hides it until another time
update message set visible_at = $2 where id = $1

-- message_backoff: nobody holds it; its next attempt is not before $2
update message set visible_at = $2, backoff = receive_count where id = $1

-- message_retry: its receives so far are forgiven; the count goes on, since receipts carry it
update message set visible_at = 0, forgiven = receive_count where id = $1

-- message_read: all that a receiver gets
select b.message_id, b.body, b.body_md5, b.attributes, b.trace_header, b.sender, b.dedup_id,
       b.dead_from, b.error, m.sent_at, m.receive_count, m.first_received_at, m.group_id, m.visible_at, m.id
  from message_body b join message m on m.id = b.id
 where b.id = $1

-- message_read_tracked: and what its job says
select b.message_id, b.body, b.body_md5, b.attributes, b.trace_header, b.sender, b.dedup_id,
       b.dead_from, b.error, m.sent_at, m.receive_count, m.first_received_at, m.group_id, m.visible_at, m.id,
       b.timeout_ms, b.grouped
  from message_body b join message m on m.id = b.id
 where b.id = $1

-- message_page: messages of one queue side by side, from $1 on
select b.message_id, b.body, b.body_md5, b.attributes, b.trace_header, b.sender, b.dedup_id,
       b.dead_from, b.error, m.sent_at, m.receive_count, m.first_received_at, m.group_id, m.visible_at, m.id
  from message m join message_body b on m.id = b.id
 where m.id between $1 and $2 order by m.id limit $3

-- message_page_tracked: and what their jobs say
select b.message_id, b.body, b.body_md5, b.attributes, b.trace_header, b.sender, b.dedup_id,
       b.dead_from, b.error, m.sent_at, m.receive_count, m.first_received_at, m.group_id, m.visible_at, m.id,
       b.timeout_ms, b.grouped
  from message m join message_body b on m.id = b.id
 where m.id between $1 and $2 order by m.id limit $3

-- message_look: a page of messages of one queue for people, from $1 on
select b.message_id, b.body, b.body_md5, b.attributes, b.trace_header, b.sender, b.dedup_id,
       b.dead_from, b.error, m.sent_at, m.receive_count, m.first_received_at, m.group_id, m.visible_at, m.id,
       b.timeout_ms, b.grouped, m.priority, m.backoff
  from message m join message_body b on m.id = b.id
 where m.id between $1 and $2 order by m.id limit $3

-- message_errors: what workers reported of the messages from $1 on
select m.id, m.sent_at, b.error from message m join message_body b on b.id = m.id
 where m.id between $1 and $2 order by m.id limit $3

-- message_sent: when the oldest messages from $1 on were sent
select id, sent_at, group_id from message where id between $1 and $2 order by id limit $3

-- message_dead_from: the queue whose dead letter it is; null: it is none
select dead_from from message_body where id = $1

-- message_delete: half of it
delete from message where id = $1

-- body_delete: the other half
delete from message_body where id = $1

-- message_delete_page: of messages that lie side by side
delete from message where id between $1 and $2

-- body_delete_page: the other halves
delete from message_body where id between $1 and $2

-- body_delete_range: the other halves of messages that are still there, wherever they lie; between them there may be
-- payloads of jobs that have ended. The range stands twice so that no planner reads the whole table
delete from message_body where id between $1 and $2 and id in (select id from message where id between $1 and $2)

-- message_move: the same message under a new id, in another queue; it can be received at once
insert into message (id, sent_at, visible_at, receive_count, first_received_at, group_id, priority)
select $2, $3, 0, $4, first_received_at, group_id, priority from message where id = $1

-- message_priority: of one, where memory does not know it
select priority from message where id = $1

-- body_move: $3 is where it was dead-lettered from
insert into message_body (id, message_id, body, body_md5, attributes, trace_header, sender, dedup_id, dead_from, error,
                          timeout_ms, grouped, recoveries)
select $2, message_id, body, body_md5, attributes, trace_header, sender, dedup_id, $3, error,
       timeout_ms, grouped, recoveries
  from message_body where id = $1

-- body_recovered: once more by the policy of its dead-letter queue
update message_body set recoveries = recoveries + 1 where id = $1

-- body_error: what the last worker reported
update message_body set error = $2 where id = $1

-- body_extra: what a receive must know of its job
update message_body set timeout_ms = $2, grouped = $3 where id = $1

-- body_extra_page: the same for messages that lie side by side
update message_body set timeout_ms = $3, grouped = $4 where id between $1 and $2

-- body_who: what a job wants to know of a message that is there already
select b.message_id, b.sender, b.trace_header, m.priority
  from message_body b join message m on m.id = b.id where b.id = $1

-- message_who: whose it is, and of which group
select b.message_id, m.group_id from message m join message_body b on b.id = m.id where m.id = $1

-- body_rename: another UUID, for what is then the child of a job
update message_body set message_id = $2, grouped = 1 where id = $1

-- body_again: the payload of a job that is tried again gets the id of its new message
-- counts
update message_body set id = $2, dead_from = null where id = $1

-- body_replace: an operator mended it
update message_body set body = $2, body_md5 = $3 where id = $1

-- body_origin: where a dead-lettered message came from
select dead_from from message_body where id = $1

-- dedup_insert: an accepted deduplication id
-- gathers
insert into dedup (id, sent_at, dedup_id, group_id, message_id) values ($1, $2, $3, $4, $5)

-- dedup_one: whose it was
select sent_at, dedup_id, group_id, message_id from dedup where id = $1

-- dedup_scan: those of one queue that still count
select id, sent_at, dedup_id, group_id from dedup where id between $1 and $2 and sent_at > $3 order by id

-- dedup_delete_page: all up to one of trash
delete from dedup where id between $1 and $2

-- dedup_delete: one
delete from dedup where id = $1

-- dedup_old: ids of one queue whose time is over, a few at a time
select id from dedup where id between $1 and $2 and sent_at <= $3 order by id limit $4

-- move_task_insert: a new task
insert into move_task (id, source, destination, rate, state, moved, total, last_id, started_at, error_code,
                       recover_max, looked_id, requested_by, reason)
values ($1, $2, $3, $4, 'RUNNING', 0, $5, $6, $7, $8, $9, $10, $11, $12)

-- move_task_all: all tasks, oldest first
select id, source, destination, rate, state, moved, total, last_id, started_at, failure, error_code, recover_max,
       looked_id, paused, requested_by, reason
  from move_task order by started_at, id

-- move_task_update: how far it is
update move_task set state = $2, moved = $3, failure = $4, looked_id = $5, paused = $6, total = $7 where id = $1

-- move_candidates: dead letters from an id on, with what a task may choose them by
select m.id, m.group_id, b.error, b.recoveries from message m join message_body b on b.id = m.id
 where m.id between $1 and $2 order by m.id limit $3

-- move_task_delete: forgotten
delete from move_task where id = $1
