-- 0003: access keys. Times are UTC milliseconds since 1970.

-- Who may ask, and for what. A revoked key stays as history, without its secrets.
create table access_key (
    id           text collate "C" primary key, -- 'RK' and 18 letters or digits; what signatures name
    name         text collate "C" not null,
    sealed       bytea,                      -- the secret, under the master key and bound to id; null: revoked
    token_hash   bytea,                      -- SHA-256 of the bearer token; null: revoked
    rules        text collate "C" not null,  -- JSON: ["sqs:SendMessage:orders-*", ...]
    created_at   bigint not null,
    expires_at   bigint,                     -- null: never
    last_used_at bigint,                     -- to the hour; null: not yet
    revoked_at   bigint
);
create unique index access_key_name on access_key (name) where revoked_at is null;
