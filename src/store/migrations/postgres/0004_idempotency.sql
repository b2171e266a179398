-- 0004: requests that may come twice. Times are UTC milliseconds since 1970.

-- Answers to requests that had an Idempotency-Key, written with the change they answer.
create table idempotency (
    caller       text collate "C" not null,  -- principal: keys of two callers have nothing to do with each other
    key          text collate "C" not null,
    request_hash bytea not null,             -- SHA-256 of method, path, query and body
    status       bigint not null,            -- of the first answer
    answer       bytea,                      -- its body, sealed where it tells a secret; null: it has none
    expires_at   bigint not null,
    primary key (caller, key)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);
create index idempotency_expires on idempotency (expires_at);
