-- 0022: accounts of people: roles and who has them, passwords, sessions, links.
--
-- Times are UTC milliseconds since 1970. Built-in roles have no row (domain/account/builtin.c).

create table role (
    name       text primary key,
    rules      text not null,          -- JSON: ["ringi:GetQueue:orders-*", ...]
    note       text,                   -- what it is for
    created_at integer not null,
    changed_at integer not null
) without rowid;

-- Who has which role.
create table role_grant (
    holder     text not null,          -- 'user:ID of a person' or 'group:NAME' of people
    role       text not null,          -- of this table, or built in
    granted_by text not null,
    granted_at integer not null,
    primary key (holder, role)
) without rowid;
create index role_grant_role on role_grant (role, holder);

-- How a person gets in. Without a row nobody does as them, but programs that act for people.
create table account (
    person          text primary key,
    password        text,              -- argon2id with its salt and costs; null: none is set
    password_at     integer,
    disabled_at     integer,           -- null: may get in
    totp_sealed     blob,              -- the secret, under the master key and bound to person; null: none
    totp_at         integer,           -- since when it is asked for; null: it was not confirmed yet
    totp_step       integer,           -- the last step of which a code was taken
    totp_recovery   text,              -- JSON: SHA-256 of codes that were not used yet
    oidc_issuer     text,              -- who vouches for them elsewhere, and under which name
    oidc_subject    text,
    created_at      integer not null,
    last_login_at   integer
) without rowid;
create unique index account_oidc on account (oidc_issuer, oidc_subject) where oidc_issuer is not null;

create table session (
    id         text primary key,       -- may be told; opens nothing
    token_hash blob not null unique,   -- SHA-256 of what the cookie holds
    person     text not null,
    created_at integer not null,
    used_at    integer not null,       -- to the minute
    ends_at    integer not null,       -- whatever happens
    how        text not null,          -- 'password', 'totp', 'link', 'oidc'
    address    text,
    client     text                    -- User-Agent, cut
) without rowid;
create index session_person on session (person);
create index session_ends on session (ends_at);

-- One-time links: each opens one session, once.
create table login_link (
    token_hash blob primary key,
    person     text not null,
    created_at integer not null,
    ends_at    integer not null,
    created_by text not null
) without rowid;
create index login_link_person on login_link (person);
create index login_link_ends on login_link (ends_at);
