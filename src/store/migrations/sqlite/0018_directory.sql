-- 0018: the directory: people, departments, posts, groups of people.
--
-- Times are UTC milliseconds since 1970. Periods are half-open, from_at <= t < until_at;
-- from_at 0: since ever; until_at null: for ever. So a reorganisation can be entered ahead.

create table person (
    id          text primary key,      -- never changes, whatever happens to the name
    name        text not null,
    kana        text,                  -- how the name is read
    email       text,
    locale      text not null check (locale in ('ja', 'en')),
    zone        text not null,         -- of the tz database; its bytes are in directory_zone
    active      integer not null,
    from_at     integer not null,      -- takes part
    until_at    integer,
    departed    integer not null,      -- that until_at has passed was told
    merged_into text,                  -- the same human being has that id now
    attributes  text,                  -- JSON {"name": "value"}
    created_at  integer not null,
    changed_at  integer not null
) without rowid;
-- Who will leave by date, in that order.
create index person_leaves on person (until_at, id) where departed = 0 and until_at is not null;

create table department (
    code       text primary key,
    name       text not null,
    parent     text,                   -- null: at the top
    head       text,                   -- a person; null: vacant
    created_at integer not null,
    changed_at integer not null
) without rowid;
create index department_parent on department (parent) where parent is not null;
create index department_head on department (head) where head is not null;

-- 役職: what somebody may be in a department.
create table post (
    code       text primary key,
    name       text not null,
    rank       integer not null,       -- 1 is the highest
    created_at integer not null,
    changed_at integer not null
) without rowid;

-- Who belongs where, and as what; several at the same time are 兼務.
create table appointment (
    id         integer primary key,
    person     text not null,
    place      integer not null,       -- order in which the person's were given
    department text not null,
    post       text,                   -- null: belongs there, without a post
    main       integer not null,
    from_at    integer not null,
    until_at   integer
);
create index appointment_person on appointment (person, place);
create index appointment_seat on appointment (department, post);
create index appointment_post on appointment (post) where post is not null;

create table people_group (
    name       text primary key,
    title      text,
    created_at integer not null,
    changed_at integer not null
) without rowid;

create table people_group_member (
    grp      text not null,
    person   text not null,
    from_at  integer not null,
    until_at integer,
    primary key (grp, person, from_at)
) without rowid;
create index people_group_of on people_group_member (person);

-- TZif data of the zones that people have, as the machine had them when they were put last.
create table directory_zone (
    name    text primary key,
    bytes   blob not null,
    release text                       -- of the tz database; null: not known
) without rowid;
