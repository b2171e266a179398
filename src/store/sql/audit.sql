-- Statements of the audit log.

-- audit_insert: a record at the end of the chain
insert into audit (seq, at, principal, on_behalf, action, resource, from_value, to_value, request_id, trace_id,
                   detail, origin_salt, address, client, words_salt, reason, personal, hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)

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
