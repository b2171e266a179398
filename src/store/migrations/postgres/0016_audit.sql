-- 0016: audit records that are chained by hashes, and what proves the chain.

-- Records of before; put into the chain at the next start, oldest first.
alter table audit rename to audit_before;

-- Who changed what: written in the same transaction as the change. The layout of what is
-- hashed is in src/wire/chain.h. For readers of SQL: all texts are plain.
create table audit (
    seq          bigint primary key,         -- place in the chain, from 1, without gaps
    at           bigint not null,            -- ms since 1970
    principal    text collate "C" not null,  -- who
    on_behalf    text collate "C",           -- for whom
    action       text collate "C" not null,  -- "queue.create"
    resource     text collate "C" not null,  -- "queue:work"
    from_value   text collate "C",
    to_value     text collate "C",
    request_id   text collate "C",
    trace_id     text collate "C",
    detail       text collate "C",           -- a JSON object
    origin_salt  bytea,                      -- of address and client; null when they are gone
    origin_digest bytea,                     -- what stands for them then
    address      text collate "C",
    client       text collate "C",
    words_salt   bytea,                      -- of reason and personal, likewise
    words_digest bytea,
    reason       text collate "C",
    personal     text collate "C",           -- a JSON object
    hash         bytea not null
);
create index audit_resource on audit (resource);
create index audit_principal on audit (principal);
create index audit_action on audit (action);
create index audit_at on audit (at);

-- The last record that retention removed; no row: none was.
create table audit_base (
    id           bigint primary key check (id = 0),
    seq          bigint not null,
    hash         bytea not null,
    at           bigint not null
);

-- A record never changes, except that personal data may be removed from it.
create function audit_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'audit records do not change';
end $$;
create trigger audit_no_change before update on audit for each row
 when (new.seq is distinct from old.seq or new.at is distinct from old.at
   or new.principal is distinct from old.principal or new.on_behalf is distinct from old.on_behalf
   or new.action is distinct from old.action or new.resource is distinct from old.resource
   or new.from_value is distinct from old.from_value or new.to_value is distinct from old.to_value
   or new.request_id is distinct from old.request_id or new.trace_id is distinct from old.trace_id
   or new.detail is distinct from old.detail or new.hash is distinct from old.hash
   or (new.address is not null and new.address is distinct from old.address)
   or (new.client is not null and new.client is distinct from old.client)
   or (new.reason is not null and new.reason is distinct from old.reason)
   or (new.personal is not null and new.personal is distinct from old.personal))
 execute function audit_refuse_change();
create trigger audit_no_truncate before truncate on audit execute function audit_refuse_change();
create function audit_refuse_delete() returns trigger language plpgsql as $$
begin
    if old.seq > coalesce((select seq from audit_base), 0) then
        raise exception 'audit records are removed from the front only, by retention';
    end if;
    return old;
end $$;
create trigger audit_no_delete before delete on audit for each row execute function audit_refuse_delete();

-- Keys that sign checkpoints. The last one signs, the others still prove.
create table audit_key (
    id           bigint primary key,         -- from 1
    public       bytea not null,             -- Ed25519, 32 bytes
    sealed       bytea,                      -- its seed, sealed with the master key
    made_at      bigint not null
);

-- How far the chain had come at a moment, signed.
create table audit_checkpoint (
    seq          bigint primary key,
    hash         bytea not null,             -- of that record
    at           bigint not null,
    software     text collate "C" not null,
    key_id       bigint not null,
    signature    bytea not null
);
