-- 0022: accounts of people: roles and who has them, passwords, sessions, links.
--
-- Times are UTC milliseconds since 1970. Built-in roles have no row (domain/account/builtin.c).

create table role (
    name       text collate "C" primary key,
    rules      text collate "C" not null,    -- JSON: ["ringi:GetQueue:orders-*", ...]
    note       text collate "C",             -- what it is for
    created_at bigint not null,
    changed_at bigint not null
);

-- Who has which role.
create table role_grant (
    holder     text collate "C" not null,    -- 'user:ID of a person' or 'group:NAME' of people
    role       text collate "C" not null,    -- of this table, or built in
    granted_by text collate "C" not null,
    granted_at bigint not null,
    primary key (holder, role)
);
create index role_grant_role on role_grant (role, holder);

-- How a person gets in. Without a row nobody does as them, but programs that act for people.
create table account (
    person          text collate "C" primary key,
    password        text collate "C",        -- argon2id with its salt and costs; null: none is set
    password_at     bigint,
    disabled_at     bigint,                  -- null: may get in
    totp_sealed     bytea,                   -- the secret, under the master key and bound to person; null: none
    totp_at         bigint,                  -- since when it is asked for; null: it was not confirmed yet
    totp_step       bigint,                  -- the last step of which a code was taken
    totp_recovery   text collate "C",        -- JSON: SHA-256 of codes that were not used yet
    oidc_issuer     text collate "C",        -- who vouches for them elsewhere, and under which name
    oidc_subject    text collate "C",
    created_at      bigint not null,
    last_login_at   bigint
);
create unique index account_oidc on account (oidc_issuer, oidc_subject) where oidc_issuer is not null;

create table session (
    id         text collate "C" primary key, -- may be told; opens nothing
    token_hash bytea not null unique,        -- SHA-256 of what the cookie holds
    person     text collate "C" not null,
    created_at bigint not null,
    used_at    bigint not null,              -- to the minute
    ends_at    bigint not null,              -- whatever happens
    how        text collate "C" not null,    -- 'password', 'totp', 'link', 'oidc'
    address    text collate "C",
    client     text collate "C"              -- User-Agent, cut
);
create index session_person on session (person);
create index session_ends on session (ends_at);

-- One-time links: each opens one session, once.
create table login_link (
    token_hash bytea primary key,
    person     text collate "C" not null,
    created_at bigint not null,
    ends_at    bigint not null,
    created_by text collate "C" not null
);
create index login_link_person on login_link (person);
create index login_link_ends on login_link (ends_at);
