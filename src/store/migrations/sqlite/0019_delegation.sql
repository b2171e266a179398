-- 0019: delegation 代理: who may act in whose place, when, and for what; absences.
--
-- Times are UTC milliseconds since 1970, periods half-open. Rows are never changed but for
-- being canceled, so that who could act at a past moment can be told: a row counts at t when
-- created_at <= t, from_at <= t < until_at, and it was not canceled by then.

create table delegation (
    id          integer primary key,
    uuid        blob not null unique,
    principal   text not null,         -- in whose place
    delegate    text not null,         -- who may act
    rank        integer not null,      -- 1: asked first; 2: when no 1 can; ...
    from_at     integer not null,
    until_at    integer,               -- null: until it is canceled
    policies    text,                  -- pattern with *; null: whatever it is about
    amount_path text,                  -- a number in the data of an approval; null: no bound
    amount_max  text,                  -- up to this, as it was written
    on_absence  integer not null,      -- holds only while the principal is absent
    reason      text,
    set_by      text not null,
    created_at  integer not null,
    canceled_at integer,
    canceled_by text
);
create index delegation_principal on delegation (principal, id);
create index delegation_delegate on delegation (delegate, id);

create table absence (
    id          integer primary key,
    uuid        blob not null unique,
    person      text not null,
    from_at     integer not null,
    until_at    integer,               -- null: until it is canceled
    reason      text,
    set_by      text not null,
    created_at  integer not null,
    canceled_at integer,
    canceled_by text
);
create index absence_person on absence (person, id);
