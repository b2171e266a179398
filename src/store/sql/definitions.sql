-- Statements of definitions: what was set up, without what happens in it.

-- definitions: everything at once, so that it fits together: kind, whose, name, value.
-- Kinds: 1 queue, 2 its attributes, 3 its tags, 4 topic, 5 its attributes, 6 its tags,
-- 7 subscription (whose: its id; topic, protocol, endpoint by name), 8 its attributes,
-- 9 schedule (its columns by name), 10 calendar (body: its JSON).
-- $1: only what has a name that begins so, and the subscriptions of those topics.
select 1 as kind, name as whose, null as name, null as value from queue where substr(name, 1, length($1)) = $1
union all
select 2, q.name, a.name, a.value from queue q join queue_attribute a on a.queue_id = q.id
 where substr(q.name, 1, length($1)) = $1
union all
select 3, q.name, g.name, g.value from queue q join queue_tag g on g.queue_id = q.id
 where substr(q.name, 1, length($1)) = $1
union all
select 4, name, null, null from topic where substr(name, 1, length($1)) = $1
union all
select 5, t.name, a.name, a.value from topic t join topic_attribute a on a.topic_id = t.id
 where substr(t.name, 1, length($1)) = $1
union all
select 6, t.name, g.name, g.value from topic t join topic_tag g on g.topic_id = t.id
 where substr(t.name, 1, length($1)) = $1
union all
select 7, s.id, 'topic', t.name from subscription s join topic t on t.id = s.topic_id
 where substr(t.name, 1, length($1)) = $1
union all
select 7, s.id, 'protocol', s.protocol from subscription s join topic t on t.id = s.topic_id
 where substr(t.name, 1, length($1)) = $1
union all
select 7, s.id, 'endpoint', s.endpoint from subscription s join topic t on t.id = s.topic_id
 where substr(t.name, 1, length($1)) = $1
union all
select 8, s.id, a.name, a.value
  from subscription s join topic t on t.id = s.topic_id join subscription_attribute a on a.subscription_id = s.id
 where substr(t.name, 1, length($1)) = $1
union all
select 9, s.name, k.column1, case k.column1 when 'queue' then s.queue when 'payload' then s.payload
         when 'cron' then s.cron when 'zone' then s.zone when 'holidays' then s.calendar
         when 'priority' then cast(s.priority as text) when 'labels' then s.labels when 'catch_up' then s.catch_up
         when 'overlap' then s.overlap when 'paused' then cast(s.paused as text) end
  from schedule s cross join (values ('queue'), ('payload'), ('cron'), ('zone'), ('holidays'), ('priority'),
         ('labels'), ('catch_up'), ('overlap'), ('paused')) k
 where substr(s.name, 1, length($1)) = $1
union all
select 10, c.name, 'body', v.body
  from calendar c join calendar_version v on v.calendar = c.name and v.version = c.version
 where substr(c.name, 1, length($1)) = $1
order by 1, 2, 3
