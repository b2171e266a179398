-- 0029: commands that an application writes in a transaction of its own.
--
-- That needs a database which applications share: PostgreSQL, where functions (its file of this
-- number) are the only ones that write these rows. With SQLite they stay empty; the tables are here
-- so that both have the same.

-- Which role of the database may do what, and with which queues or topics.
create table sql_grant (
    role_name text not null,
    action    text not null,
    pattern   text not null,
    primary key (role_name, action, pattern)
) without rowid;

create table sql_command (
    id         integer primary key,
    kind       text not null,               -- send, submit_job, publish, cancel_job
    target     text not null,               -- queue, topic
    uuid       blob not null,               -- of the message or job; told already
    body       text not null,
    options    text not null,               -- JSON
    role_name  text not null,               -- who called
    created_at integer not null,
    not_before integer not null default 0   -- its queue was full: tried again then
);

-- What ringi could not do.
create table sql_refused (
    id         integer primary key,
    kind       text not null,
    target     text not null,
    uuid       blob not null,
    body       text not null,
    options    text not null,
    role_name  text not null,
    created_at integer not null,
    refused_at integer not null,
    code       text not null,
    why        text not null
);
