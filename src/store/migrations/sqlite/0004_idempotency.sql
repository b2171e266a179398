-- 0004: requests that may come twice. Times are UTC milliseconds since 1970.

-- Answers to requests that had an Idempotency-Key, written with the change they answer.
create table idempotency (
    caller       text not null,        -- principal: keys of two callers have nothing to do with each other
    key          text not null,
    request_hash blob not null,        -- SHA-256 of method, path, query and body
    status       integer not null,     -- of the first answer
    answer       blob,                 -- its body, sealed where it tells a secret; null: it has none
    expires_at   integer not null,
    primary key (caller, key)
) without rowid;
create index idempotency_expires on idempotency (expires_at);
