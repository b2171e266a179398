-- Statements of `ringi check`: each gives the number of rows that break a promise.

-- check_pages: the database's own check; one row "ok" when it is content
-- sqlite
pragma integrity_check(20)
-- postgres
select 'ok'

-- check_count_queues: how many
select count(*) from queue

-- check_count_messages: how many
select count(*) from message

-- check_no_body: messages without a body
select count(*) from message m where not exists (select 1 from message_body b where b.id = m.id)

-- check_no_message: bodies without a message that are no job's payload either
select count(*) from message_body b
 where not exists (select 1 from message m where m.id = b.id)
   and not exists (select 1 from job j where j.id = b.message_id and j.body_id = b.id)

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
     + (select count(*) from queue_schema s where not exists (select 1 from queue q where q.id = s.queue_id))

-- check_schema: queues whose schema is not the newest version
select count(*) from queue q
 where (select a.value from queue_attribute a where a.queue_id = q.id and a.name = 'schema') is distinct from
       (select s.schema from queue_schema s where s.queue_id = q.id order by s.version desc limit 1)

-- check_breaker_no_queue: breakers of no queue, or of one that pushes nothing; values that cannot be
select count(*) from push_breaker p
 where not exists (select 1 from queue_attribute a where a.queue_id = p.queue_id and a.name = 'push')
    or p.failures < 1 or p.pause_ms < 0 or p.open_until < 0

-- check_secret_no_push: secrets of queues that push nothing
select count(*) from queue_attribute s
 where s.name = 'push_secret'
   and not exists (select 1 from queue_attribute a where a.queue_id = s.queue_id and a.name = 'push')

-- check_history: figures of a queue that there is not, or that cannot be
select (select count(*) from queue_minute m
         where not exists (select 1 from queue q where q.id = m.queue_id)
            or m.sent < 0 or m.moved_in < 0 or m.received < 0 or m.deleted < 0 or m.failed < 0
            or m.dead_lettered < 0 or m.backlog < 0 or m.at % 60000 <> 0)
     + (select count(*) from queue_hour h
         where not exists (select 1 from queue q where q.id = h.queue_id)
            or h.sent < 0 or h.moved_in < 0 or h.received < 0 or h.deleted < 0 or h.failed < 0
            or h.dead_lettered < 0 or h.backlog < 0 or h.at % 3600000 <> 0)

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
select count(*) from (select b.message_id from message m join message_body b on b.id = m.id
                       group by b.message_id having count(*) > 1) t

-- check_approval_timer: timers of what is not open, or of another time than its deadline; those whose calendar is gone
select (select count(*) from approval_timer t where not exists
           (select 1 from approval a where a.id = t.approval and a.state in ('PENDING', 'ESCALATED', 'INCIDENT')))
     + (select count(*) from approval_timer t where t.kind = 0 and not exists
           (select 1 from approval a where a.id = t.approval and a.due_at = t.due_at))
     + (select count(*) from approval_timer t where t.version > 0 and not exists
           (select 1 from calendar_version v where v.calendar = t.calendar and v.version = t.version))

-- check_schedule: schedules without their zone or calendar, due though paused; zones that none has
select (select count(*) from schedule s where s.zone <> 'UTC'
           and not exists (select 1 from zone z where z.name = s.zone))
     + (select count(*) from schedule s where s.calendar is not null
           and s.calendar not in ('always', 'jp') and not exists (select 1 from calendar c where c.name = s.calendar))
     + (select count(*) from schedule where paused <> 0 and next_at is not null)
     + (select count(*) from schedule where length(payload_md5) <> 16 or next_at <= last_due_at
                                         or (last_job is not null and length(last_job) <> 16))
     + (select count(*) from zone z where not exists (select 1 from schedule s where s.zone = z.name))
     + (select count(*) from calendar c where c.version < 1 or not exists
           (select 1 from calendar_version v where v.calendar = c.name and v.version = c.version))
     + (select count(*) from calendar c join calendar_version v on v.calendar = c.name where v.version > c.version)

-- check_bodies: a page of bodies, from an id on
select id, body, body_md5 from message_body where id > $1 order by id limit 1000

-- check_job_values: states that there are not, or that say what times deny
select count(*) from job
 where state not in ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED')
    or (finished_at is null) <> (state in ('PENDING', 'RUNNING'))
    or (state = 'RUNNING' and (lease_until is null or started_at is null or attempts < 1))
    or length(id) <> 16 or attempts < 0
    or ended_badly is distinct from case state when 'FAILED' then 1 when 'CANCELED' then 2 end

-- check_job_message: open jobs without a message, finished ones with one
select count(*) from job j
 where (j.finished_at is null) <> exists (select 1 from message m where m.id = j.body_id)

-- check_job_running: jobs that run while nobody holds their message, or do not while somebody does
select count(*) from job j join message m on m.id = j.body_id
 where (j.state = 'RUNNING') <> (m.receive_count > 0 and m.visible_at <> 0
                               and m.backoff is distinct from m.receive_count)

-- check_job_payload: jobs whose payload is not there
select count(*) from job j
 where not exists (select 1 from message_body b where b.id = j.body_id and b.message_id = j.id)

-- check_job_attempts: jobs that have more attempts, or fewer, than they began
select count(*) from
  (select j.state, j.attempts, (select count(*) from job_attempt a where a.job = j.id) as n from job j) t
 where n > attempts or n < attempts - case when state in ('RUNNING', 'SUCCEEDED') then 1 else 0 end
    or (state = 'RUNNING' and n = attempts)

-- check_job_no_job: attempts and labels of no job
select (select count(*) from job_attempt a where not exists (select 1 from job j where j.id = a.job))
     + (select count(*) from job_label l where not exists (select 1 from job j where j.id = l.job))

-- check_group: groups whose open members are not those that have not ended
select count(*) from job_group g
 where g.total <> g.open + g.succeeded + g.failed + g.canceled
    or g.open <> (select count(*) from job j where j.group_id = g.id and j.finished_at is null)
               + (select count(*) from job_group m where m.parent = g.id and m.done_at is null)

-- check_saga: sagas that wait for nothing, that have ended with something not undone, or whose items are not theirs
select (select count(*) from saga s where not exists (select 1 from job_group g where g.id = s.id))
     + (select count(*) from saga where (ended_at is null) <> (state in ('RUNNING', 'COMPENSATING')))
     + (select count(*) from saga s join job_group g on g.id = s.id where s.ended_at is null and g.done_at is not null)
     + (select count(*) from saga s where s.ended_at is null and 1 >
          (select count(*) from saga_step p where p.saga = s.id and p.state in ('RUNNING', 'COMPENSATING')))
     + (select count(*) from saga s join saga_step p on p.saga = s.id
         where s.ended_at is not null and (p.state in ('RUNNING', 'COMPENSATING')
            or (p.state = 'SUCCEEDED') <> (s.state = 'SUCCEEDED')))
     + (select count(*) from saga s where s.ended_at is not null and (s.state = 'NEEDS_RECOVERY') <>
          exists (select 1 from recovery_item r where r.saga = s.id and r.state = 'OPEN'))
     + (select count(*) from saga_step p where case p.state when 'NEEDS_RECOVERY' then 1 else 0 end <>
          (select count(*) from recovery_item r where r.saga = p.saga and r.step = p.step and r.state = 'OPEN'))
     + (select count(*) from saga_step p where not exists (select 1 from saga s where s.id = p.saga))
     + (select count(*) from recovery_item r where (r.state = 'DONE') <> (r.done_at is not null))

-- check_notify: notifications whose state cannot be, or that wait for nothing; attempts that were not counted
select (select count(*) from notification
         where (state in ('SENT', 'KEPT', 'OVER', 'FAILED')) <> (ended_at is not null)
            or (state = 'WAITING' and message is null)
            or (state = 'COLLECTED' and digest is null) or (kind = 'digest' and state = 'COLLECTED'))
     + (select count(*) from notification_attempt a join notification n on n.id = a.notification where a.n > n.attempts)

-- check_people: people, departments, posts and groups that name what there is not, periods that cannot be
select (select count(*) from person p where from_at >= coalesce(until_at, from_at + 1) or merged_into = id
           or (merged_into is not null
               and (active <> 0 or not exists (select 1 from person o where o.id = p.merged_into)))
           or (zone <> 'UTC' and not exists (select 1 from directory_zone z where z.name = p.zone)))
     + (select count(*) from appointment a where from_at >= coalesce(until_at, from_at + 1)
           or not exists (select 1 from person p where p.id = a.person)
           or not exists (select 1 from department d where d.code = a.department)
           or (post is not null and not exists (select 1 from post o where o.code = a.post)))
     + (select count(*) from people_group_member m where from_at >= coalesce(until_at, from_at + 1)
           or not exists (select 1 from person p where p.id = m.person)
           or not exists (select 1 from people_group g where g.name = m.grp))
     + (select count(*) from department d
         where (head is not null and not exists (select 1 from person p where p.id = d.head))
            or (parent is not null and not exists (select 1 from department u where u.code = d.parent)))

-- check_departments: departments that no way from the top leads to: a circle
with recursive reached(code) as (
  select code from department where parent is null
  union
  select d.code from department d join reached r on d.parent = r.code)
select (select count(*) from department) - (select count(*) from reached)

-- check_audit_whole: personal data kept whole of records that are gone, were redacted, or say another size
-- sqlite
select count(*) from audit_whole w where not exists (select 1 from audit a
  where a.seq = w.seq and json_extract(a.personal, '$.omitted_bytes') = length(cast(w.personal as blob)))
-- postgres
select count(*) from audit_whole w where not exists (select 1 from audit a
  where a.seq = w.seq and (a.personal::json->>'omitted_bytes')::bigint = octet_length(w.personal))

-- check_delegation: delegations and absences that cannot be
select (select count(*) from delegation where principal = delegate or rank < 1
           or from_at >= coalesce(until_at, from_at + 1) or (amount_path is null) <> (amount_max is null)
           or (canceled_at is null) <> (canceled_by is null))
     + (select count(*) from absence where from_at >= coalesce(until_at, from_at + 1)
           or (canceled_at is null) <> (canceled_by is null))

-- check_approval_values: approvals whose state, times or counts deny each other
select count(*) from approval a
 where (closed_at is not null) <> (state in ('APPROVED', 'REJECTED', 'WITHDRAWN', 'CANCELED'))
    or (incident is not null) <> (state = 'INCIDENT')
    or length(uuid) <> 16 or length(policy_sha256) <> 32 or round < 1 or data_version < 1
    or not exists (select 1 from approval_data d where d.approval = a.id and d.version = a.data_version)
    or (select count(*) from approval_data d where d.approval = a.id) <> data_version

-- check_approval_slots: slots that are asked by what is closed, miscounted, or of nothing
select (select count(*) from approval a where open_slots <>
          (select count(*) from approval_slot s where s.approval = a.id and s.state = 'WAITING')
           or slots <> (select count(*) from approval_slot s where s.approval = a.id)
           or (open_slots > 0 and state not in ('PENDING', 'ESCALATED', 'INCIDENT')))
     + (select count(*) from approval_slot s where not exists (select 1 from approval a where a.id = s.approval))
     + (select count(*) from approval_slot where (state = 'DECIDED') <> (decision is not null)
          or (decision is null) <> (decided_by is null) or (decision is null) <> (decided_at is null))
     + (select count(*) from approval_slot s join approval a on a.id = s.approval
         where s.due_at <> coalesce(a.due_at, 9223372036854775807) and s.state = 'WAITING')

-- check_approval_policy: approvals whose policy is not there
select count(*) from approval a where not exists (select 1 from approval_policy p where p.sha256 = a.policy_sha256)

-- check_approval_closes: approvals that were closed otherwise than once, as far as the log goes back
select count(*) from approval a where closed_at is not null and exists
          (select 1 from audit r where r.seq > coalesce((select seq from audit_base), 0)
              and r.resource = 'approval:' || lower(substr(hex(uuid), 1, 8) || '-' || substr(hex(uuid), 9, 4) || '-' ||
                  substr(hex(uuid), 13, 4) || '-' || substr(hex(uuid), 17, 4) || '-' || substr(hex(uuid), 21))
              and r.action = 'approval.opened')
   and 1 <> (select count(*) from audit r where r.action = 'approval.closed' and r.to_value = a.state
              and r.resource = 'approval:' || lower(substr(hex(uuid), 1, 8) || '-' || substr(hex(uuid), 9, 4) || '-' ||
                  substr(hex(uuid), 13, 4) || '-' || substr(hex(uuid), 17, 4) || '-' || substr(hex(uuid), 21)))

-- check_approval_rest: labels, data, forms and requests of no approval
select (select count(*) from approval_label l where not exists (select 1 from approval a where a.id = l.approval))
     + (select count(*) from approval_data d where not exists (select 1 from approval a where a.id = d.approval))
     + (select count(*) from approval_form f where not exists (select 1 from approval a where a.id = f.approval))
     + (select count(*) from approval_request r where not exists (select 1 from approval a where a.id = r.approval))

-- check_policy: policies without their versions or texts, versions in force that nobody accepted
select (select count(*) from policy p where not exists
          (select 1 from policy_version v where v.name = p.name and v.version = p.newest)
           or (current is not null and not exists (select 1 from policy_version v
                where v.name = p.name and v.version = p.current and v.accepted_at is not null))
           or current > newest)
     + (select count(*) from policy_version v where not exists (select 1 from policy p where p.name = v.name)
           or not exists (select 1 from policy_body b where b.sha256 = v.sha256)
           or (accepted_by is null) <> (accepted_at is null))

-- check_account: sessions and links of nobody or of somebody who may not get in; accounts that cannot be
select (select count(*) from session s where not exists
          (select 1 from account a where a.person = s.person and a.disabled_at is null))
     + (select count(*) from login_link l where not exists
          (select 1 from account a where a.person = l.person and a.disabled_at is null))
     + (select count(*) from session where length(token_hash) <> 32 or ends_at <= created_at
           or how not in ('password', 'totp', 'link', 'oidc'))
     + (select count(*) from login_link where length(token_hash) <> 32 or ends_at <= created_at)
     + (select count(*) from account where (totp_at is not null and totp_sealed is null)
           or (oidc_issuer is null) <> (oidc_subject is null) or (password is null) <> (password_at is null))

-- check_role: roles that somebody has and there are not, or that nobody could have
select count(*) from role_grant g
 where not (holder like 'user:_%' or holder like 'group:_%')
    or (role not in ('administrator', 'operator', 'process-owner', 'person')
        and not exists (select 1 from role r where r.name = g.role))

-- check_notify_link: attempts and links of notifications that there never were, deliveries that cannot be
select (select count(*) from notification_attempt t where notification > (select coalesce(max(id), 0) from notification)
           or n < 1)
     + (select count(*) from notify_link where length(hash) <> 32 or round < 1
           or notification > (select coalesce(max(id), 0) from notification))
