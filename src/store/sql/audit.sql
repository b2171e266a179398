-- Statements of the audit log.

-- audit_insert: a record at the end of the chain
insert into audit (seq, at, principal, on_behalf, action, resource, from_value, to_value, request_id, trace_id,
                   detail, origin_salt, address, client, words_salt, reason, personal, hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)

-- audit_whole_insert: of a record with the size and SHA-256 of its personal data: that, whole
insert into audit_whole (seq, personal) values ($1, $2)

-- audit_whole: the same, read
select personal from audit_whole where seq = $1

-- audit_whole_forget: it goes with the words of its record
delete from audit_whole where seq = $1

-- audit_whole_delete: it goes with its record
delete from audit_whole where seq <= $1

-- audit_head: the last record
select seq, hash from audit order by seq desc limit 1

-- audit_before_page: records of the time before the chain
select id, at, principal, action, resource, detail, request_id from audit_before order by id limit $1

-- audit_before_delete: they are in the chain now
delete from audit_before where id <= $1

-- audit_after: records behind $1, in order
select seq, at, principal, on_behalf, action, resource, from_value, to_value, request_id, trace_id, detail,
       origin_salt, origin_digest, address, client, words_salt, words_digest, reason, personal, hash
  from audit where seq > $1 order by seq limit $2

-- audit_checkpoint_insert: the chain up to here, signed
insert into audit_checkpoint (seq, hash, at, software, key_id, signature) values ($1, $2, $3, $4, $5, $6)

-- audit_checkpoint_last: how far it is signed; 0: not at all
select coalesce(max(seq), 0) from audit_checkpoint

-- audit_checkpoint_page: checkpoints behind $1, in order
select c.seq, c.at, c.hash, c.software, k.public, c.signature
  from audit_checkpoint c join audit_key k on k.id = c.key_id
 where c.seq > $1 order by c.seq limit $2

-- audit_key_insert: a key that signs from now on
insert into audit_key (id, public, sealed, made_at) values ($1, $2, $3, $4)

-- audit_key_last: the one that signs
select id, public, sealed from audit_key order by id desc limit 1

-- audit_key_all: all that ever signed
select id, public, made_at from audit_key order by id

-- audit_base: what retention removed last; no row: nothing
select seq, hash, at from audit_base

-- audit_base_put: everything up to here is removed
insert into audit_base (id, seq, hash, at) values (0, $1, $2, $3)
on conflict (id) do update set seq = excluded.seq, hash = excluded.hash, at = excluded.at

-- audit_hash_of: the hash of one record
select hash from audit where seq = $1

-- audit_one: one record
select seq, at, principal, on_behalf, action, resource, from_value, to_value, request_id, trace_id, detail,
       origin_salt, origin_digest, address, client, words_salt, words_digest, reason, personal, hash
  from audit where seq = $1

-- audit_list_resource: of resource $1, below $2, the newest first
select seq, at, principal, on_behalf, action, resource, from_value, to_value, request_id, trace_id, detail,
       origin_salt, origin_digest, address, client, words_salt, words_digest, reason, personal, hash
  from audit where resource = $1 and seq < $2 and ($3::text is null or principal = $3)
   and ($4::text is null or glob($4, action) = 1) and at >= $5 and at < $6 order by seq desc limit $7

-- audit_list_principal: of principal $3, likewise
select seq, at, principal, on_behalf, action, resource, from_value, to_value, request_id, trace_id, detail,
       origin_salt, origin_digest, address, client, words_salt, words_digest, reason, personal, hash
  from audit where principal = $3 and seq < $2 and ($1::text is null or resource = $1)
   and ($4::text is null or glob($4, action) = 1) and at >= $5 and at < $6 order by seq desc limit $7

-- audit_list_action: of action $4, likewise
select seq, at, principal, on_behalf, action, resource, from_value, to_value, request_id, trace_id, detail,
       origin_salt, origin_digest, address, client, words_salt, words_digest, reason, personal, hash
  from audit where action = $4 and seq < $2 and ($1::text is null or resource = $1)
   and ($3::text is null or principal = $3) and at >= $5 and at < $6 order by seq desc limit $7

-- audit_list_time: of a time, by time; $2 is the record that the page before ended with
select seq, at, principal, on_behalf, action, resource, from_value, to_value, request_id, trace_id, detail,
       origin_salt, origin_digest, address, client, words_salt, words_digest, reason, personal, hash
  from audit where at >= $5 and at < $6 and ($1::text is null or resource = $1) and ($3::text is null or principal = $3)
   and ($4::text is null or glob($4, action) = 1)
   and (at, seq) < (coalesce((select at from audit where seq = $2), 9223372036854775807), $2)
 order by at desc, seq desc limit $7

-- audit_of_resource: the log of one resource, in order, behind $2
select seq, at, principal, on_behalf, action, resource, from_value, to_value, request_id, trace_id, detail,
       origin_salt, origin_digest, address, client, words_salt, words_digest, reason, personal, hash
  from audit where resource = $1 and seq > $2 order by seq limit $3

-- audit_newest_of_resource: the end of that log
-- gives: seq
select seq from audit where resource = $1 order by seq desc limit 1

-- audit_redact_page: records of $1 < seq <= $2 that have something to forget and fit
select seq, at, principal, on_behalf, action, resource, from_value, to_value, request_id, trace_id, detail,
       origin_salt, origin_digest, address, client, words_salt, words_digest, reason, personal, hash
  from audit where seq > $1 and seq <= $2 and at < $5
   and ($3::text is null or resource = $3) and ($4::text is null or principal = $4 or on_behalf = $4)
   and ((origin_salt is not null and $6::bigint <> 0) or (words_salt is not null and $7::bigint <> 0)) order by seq

-- audit_redact_origin: where it came from is forgotten
update audit set origin_salt = null, address = null, client = null, origin_digest = $2 where seq = $1

-- audit_redact_words: what was said is forgotten
update audit set words_salt = null, reason = null, personal = null, words_digest = $2 where seq = $1

-- audit_young: the first of the records $2 < seq <= $3 that is not older than $1; null: none
select min(seq) from audit where seq > $2 and seq <= $3 and at >= $1

-- audit_delete: records up to $1 are removed
delete from audit where seq <= $1

-- audit_checkpoint_delete: and what proves them alone
delete from audit_checkpoint where seq < $1
