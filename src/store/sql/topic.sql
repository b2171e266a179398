-- Statements of topics and their subscriptions.

-- topic_all: the catalogue
select id, name, created_at, next_sequence from topic order by id

-- topic_attributes_all: what was set on all topics
select topic_id, name, value from topic_attribute

-- topic_tags_all: the tags of all topics
select topic_id, name, value from topic_tag

-- topic_insert: a new topic
insert into topic (id, name, created_at, next_sequence) values ($1, $2, $3, 1)

-- topic_reserve: sequence numbers below $2 may be given out from now on
update topic set next_sequence = $2 where id = $1

-- topic_delete: takes it out of the catalogue
delete from topic where id = $1

-- topic_attributes_delete: all of one topic
delete from topic_attribute where topic_id = $1

-- topic_tags_delete: all of one topic
delete from topic_tag where topic_id = $1

-- topic_subscription_attributes_delete: of all subscriptions of one topic
delete from subscription_attribute
 where subscription_id in (select id from subscription where topic_id = $1)

-- topic_subscriptions_delete: all of one topic
delete from subscription where topic_id = $1

-- topic_dedup_delete_all: all of one topic
delete from topic_dedup where topic_id = $1

-- topic_attribute_put: sets one
insert into topic_attribute (topic_id, name, value) values ($1, $2, $3)
on conflict (topic_id, name) do update set value = excluded.value

-- topic_attribute_delete: back to its default
delete from topic_attribute where topic_id = $1 and name = $2

-- topic_tag_put: sets one
insert into topic_tag (topic_id, name, value) values ($1, $2, $3)
on conflict (topic_id, name) do update set value = excluded.value

-- topic_tag_delete: removes one
delete from topic_tag where topic_id = $1 and name = $2

-- topic_page: names above $1
select name from topic where name > $1 order by name limit $2

-- topic_exists: whether there is one of this name
select id from topic where name = $1

-- topic_dedup_all: accepted deduplication ids, oldest first
select topic_id, group_id, dedup_id, sent_at, message_id, sequence from topic_dedup order by sent_at

-- topic_dedup_put: an accepted one
insert into topic_dedup (topic_id, group_id, dedup_id, sent_at, message_id, sequence)
values ($1, $2, $3, $4, $5, $6)
on conflict (topic_id, group_id, dedup_id) do update
   set sent_at = excluded.sent_at, message_id = excluded.message_id, sequence = excluded.sequence

-- topic_dedup_delete: its time is over
delete from topic_dedup where topic_id = $1 and group_id = $2 and dedup_id = $3

-- subscription_all: the catalogue
select id, topic_id, protocol, endpoint, owner, confirmed, token, token_at, created_at from subscription
 order by created_at, id

-- subscription_attributes_all: what was set on all of them
select subscription_id, name, value from subscription_attribute

-- subscription_insert: a new one
insert into subscription (id, topic_id, protocol, endpoint, owner, confirmed, token, token_at, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $8)

-- subscription_token: another token confirms it from now on
update subscription set token = $2, token_at = $3 where id = $1

-- subscription_confirm: the endpoint wants it
update subscription set confirmed = 1 where id = $1

-- subscription_delete: forgotten
delete from subscription where id = $1

-- subscription_attributes_delete: all of one
delete from subscription_attribute where subscription_id = $1

-- subscription_attribute_put: sets one
insert into subscription_attribute (subscription_id, name, value) values ($1, $2, $3)
on conflict (subscription_id, name) do update set value = excluded.value

-- subscription_attribute_delete: back to its default
delete from subscription_attribute where subscription_id = $1 and name = $2

-- subscription_page: all subscriptions, ids above $1
select s.id, t.name, s.protocol, s.endpoint, s.owner, s.confirmed
  from subscription s join topic t on t.id = s.topic_id
 where s.id > $1 order by s.id limit $2

-- subscription_page_of: those of topic $3, ids above $1
select s.id, t.name, s.protocol, s.endpoint, s.owner, s.confirmed
  from topic t join subscription s on t.id = s.topic_id
 where t.name = $3 and s.id > $1 order by s.id limit $2
