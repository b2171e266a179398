-- 0016: audit records that are chained by hashes, and what proves the chain.

-- Records of before; put into the chain at the next start, oldest first.
alter table audit rename to audit_before;

-- Who changed what: written in the same transaction as the change. The layout of what is
-- hashed is in src/wire/chain.h. For readers of SQL: all texts are plain.
create table audit (
    seq          integer primary key,  -- place in the chain, from 1, without gaps
    at           integer not null,     -- ms since 1970
    principal    text not null,        -- who
    on_behalf    text,                 -- for whom
    action       text not null,        -- "queue.create"
    resource     text not null,        -- "queue:work"
    from_value   text,
    to_value     text,
    request_id   text,
    trace_id     text,
    detail       text,                 -- a JSON object
    origin_salt  blob,                 -- of address and client; null when they are gone
    origin_digest blob,                -- what stands for them then
    address      text,
    client       text,
    words_salt   blob,                 -- of reason and personal, likewise
    words_digest blob,
    reason       text,
    personal     text,                 -- a JSON object
    hash         blob not null
);
create index audit_resource on audit (resource);
create index audit_principal on audit (principal);
create index audit_action on audit (action);
create index audit_at on audit (at);

-- The last record that retention removed; no row: none was.
create table audit_base (
    id           integer primary key check (id = 0),
    seq          integer not null,
    hash         blob not null,
    at           integer not null
);

-- A record never changes, except that personal data may be removed from it.
create trigger audit_no_change before update on audit
 when new.seq is not old.seq or new.at is not old.at or new.principal is not old.principal
   or new.on_behalf is not old.on_behalf or new.action is not old.action
   or new.resource is not old.resource or new.from_value is not old.from_value
   or new.to_value is not old.to_value or new.request_id is not old.request_id
   or new.trace_id is not old.trace_id or new.detail is not old.detail or new.hash is not old.hash
   or (new.address is not null and new.address is not old.address)
   or (new.client is not null and new.client is not old.client)
   or (new.reason is not null and new.reason is not old.reason)
   or (new.personal is not null and new.personal is not old.personal)
begin
    select raise(abort, 'audit records do not change');
end;
create trigger audit_no_delete before delete on audit
 when old.seq > coalesce((select seq from audit_base), 0)
begin
    select raise(abort, 'audit records are removed from the front only, by retention');
end;

-- Keys that sign checkpoints. The last one signs, the others still prove.
create table audit_key (
    id           integer primary key,  -- from 1
    public       blob not null,        -- Ed25519, 32 bytes
    sealed       blob,                 -- its seed, sealed with the master key
    made_at      integer not null
);

-- How far the chain had come at a moment, signed.
create table audit_checkpoint (
    seq          integer primary key,
    hash         blob not null,        -- of that record
    at           integer not null,
    software     text not null,
    key_id       integer not null,
    signature    blob not null
);
