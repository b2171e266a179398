-- 0020: approval policies: named and versioned; the text of each by its SHA-256.
--
-- A body never changes and is never deleted: approvals name it. Times are UTC
-- milliseconds since 1970.

create table policy_body (
    sha256        blob primary key,    -- of canonical
    canonical     text not null,
    judge_version integer not null,
    shape         blob not null,       -- digest of what is left without names and constants
    created_at    integer not null
) without rowid;

create table policy (
    name       text primary key,
    newest     integer not null,       -- version that was put last
    current    integer,                -- version in force; null: none was accepted yet
    four_eyes  integer not null,       -- a change is in force when another person has accepted it
    retired_at integer,                -- no new approvals; null: in use
    created_at integer not null,
    changed_at integer not null
) without rowid;

create table policy_version (
    name        text not null,
    version     integer not null,      -- 1, 2, ...
    sha256      blob not null,
    four_eyes   integer not null,      -- what is in force with it
    note        text,                  -- why
    template    text,                  -- made of; null: put as it is
    parameters  text,                  -- JSON, of the template
    proposed_by text not null,
    proposed_at integer not null,
    accepted_by text,                  -- null: it waits for another person
    accepted_at integer,
    primary key (name, version)
) without rowid;
create index policy_version_body on policy_version (sha256);

create table policy_template (
    name       text primary key,
    body       text not null,          -- JSON: parameters, policy
    note       text,
    version    integer not null,       -- counts its changes
    changed_by text not null,
    created_at integer not null,
    changed_at integer not null
) without rowid;
