-- 0020: approval policies: named and versioned; the text of each by its SHA-256.
--
-- A body never changes and is never deleted: approvals name it. Times are UTC
-- milliseconds since 1970.

create table policy_body (
    sha256        bytea primary key,         -- of canonical
    canonical     text collate "C" not null,
    judge_version bigint not null,
    shape         bytea not null,            -- digest of what is left without names and constants
    created_at    bigint not null
);

create table policy (
    name       text collate "C" primary key,
    newest     bigint not null,              -- version that was put last
    current    bigint,                       -- version in force; null: none was accepted yet
    four_eyes  bigint not null,              -- a change is in force when another person has accepted it
    retired_at bigint,                       -- no new approvals; null: in use
    created_at bigint not null,
    changed_at bigint not null
);

create table policy_version (
    name        text collate "C" not null,
    version     bigint not null,             -- 1, 2, ...
    sha256      bytea not null,
    four_eyes   bigint not null,             -- what is in force with it
    note        text collate "C",            -- why
    template    text collate "C",            -- made of; null: put as it is
    parameters  text collate "C",            -- JSON, of the template
    proposed_by text collate "C" not null,
    proposed_at bigint not null,
    accepted_by text collate "C",            -- null: it waits for another person
    accepted_at bigint,
    primary key (name, version)
);
create index policy_version_body on policy_version (sha256);

create table policy_template (
    name       text collate "C" primary key,
    body       text collate "C" not null,    -- JSON: parameters, policy
    note       text collate "C",
    version    bigint not null,              -- counts its changes
    changed_by text collate "C" not null,
    created_at bigint not null,
    changed_at bigint not null
);
