-- Statements of `ringi check`: each gives the number of rows that break a promise.

-- check_pages: the database's own check; one row "ok" when it is content
pragma integrity_check(20)

-- check_count_queues: how many
select count(*) from queue

-- check_count_messages: how many
select count(*) from message

-- check_no_body: messages without a body
select count(*) from message m where not exists (select 1 from message_body b where b.id = m.id)

-- check_no_message: bodies without a message
select count(*) from message_body b where not exists (select 1 from message m where m.id = b.id)

-- check_no_queue: messages of no queue that are not trash either
select count(*) from message m
 where not exists (select 1 from queue q where q.id = m.id >> 40)
   and not exists (select 1 from trash t where m.id between t.first_id and t.last_id)

-- check_dedup_no_queue: the same for deduplication ids
select count(*) from dedup d
 where not exists (select 1 from queue q where q.id = d.id >> 40)
   and not exists (select 1 from trash t where d.id between t.first_id and t.last_id)

-- check_attribute_no_queue: attributes and tags of no queue
select (select count(*) from queue_attribute a where not exists (select 1 from queue q where q.id = a.queue_id))
     + (select count(*) from queue_tag g where not exists (select 1 from queue q where q.id = g.queue_id))

-- check_position: messages beyond the next position of their queue
select count(*) from message m join queue q on q.id = m.id >> 40
 where (m.id & 1099511627775) >= q.next_position

-- check_purged: messages before the first position of their queue that are not trash
select count(*) from message m join queue q on q.id = m.id >> 40
 where (m.id & 1099511627775) < q.first_position
   and not exists (select 1 from trash t where m.id between t.first_id and t.last_id)

-- check_values: counts, times and sizes that cannot be
select (select count(*) from message where receive_count < 0 or sent_at < 0 or visible_at < 0)
     + (select count(*) from message_body where length(message_id) <> 16 or length(body_md5) <> 16)

-- check_twice: UUIDs of more than one message
select count(*) from (select message_id from message_body group by message_id having count(*) > 1)

-- check_bodies: a page of bodies, from an id on
select id, body, body_md5 from message_body where id > $1 order by id limit 1000
