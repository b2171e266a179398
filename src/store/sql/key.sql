-- Statements of access keys.

-- key_all: those that are valid, or were until they expired
select id, name, sealed, token_hash, rules, created_at, expires_at from access_key where revoked_at is null

-- key_insert: a new one
insert into access_key (id, name, sealed, token_hash, rules, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7)

-- key_revoke: it opens nothing any more
update access_key set revoked_at = $2, sealed = null, token_hash = null where id = $1

-- key_used: when it was last seen
update access_key set last_used_at = $2 where id = $1 and revoked_at is null

-- key_forget: of the revoked ones only the $1 newest are kept
delete from access_key where id in
 (select id from access_key where revoked_at is not null order by revoked_at desc, id limit 100 offset $1)

-- key_page: names above $1
select id, name, rules, created_at, expires_at, last_used_at from access_key
 where revoked_at is null and name > $1 order by name limit $2
