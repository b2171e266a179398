-- 0002: topics, subscriptions, and calls to the outside that must be made.
--
-- Times are UTC milliseconds since 1970.

create table topic (
    id            integer primary key,
    name          text not null unique,
    created_at    integer not null,
    next_sequence integer not null     -- sequence numbers from here on were never given out (FIFO)
);

-- What was set, by its name in the API; what was not set has its default.
create table topic_attribute (
    topic_id integer not null,
    name     text not null,
    value    text not null,
    primary key (topic_id, name)
) without rowid;

create table topic_tag (
    topic_id integer not null,
    name     text not null,
    value    text not null,
    primary key (topic_id, name)
) without rowid;

create table subscription (
    id         text primary key,       -- UUID, the end of its ARN
    topic_id   integer not null,
    protocol   text not null check (protocol in ('sqs', 'http', 'https')),
    endpoint   text not null,          -- a queue's ARN or a URL
    owner      text not null,          -- account
    confirmed  integer not null,       -- 0: nothing is delivered yet
    token      text,                   -- what confirms it
    token_at   integer not null,
    created_at integer not null
);
create index subscription_topic on subscription (topic_id, id);

create table subscription_attribute (
    subscription_id text not null,
    name            text not null,
    value           text not null,
    primary key (subscription_id, name)
) without rowid;

-- Accepted deduplication ids of FIFO topics, of the last five minutes.
create table topic_dedup (
    topic_id   integer not null,
    group_id   text not null,          -- '': the whole topic is the scope
    dedup_id   text not null,
    sent_at    integer not null,
    message_id blob not null,
    sequence   integer not null,
    primary key (topic_id, group_id, dedup_id)
) without rowid;

-- Calls to be made. A row goes when its call was answered well, or when it is given up.
create table outbox (
    id         integer primary key,
    due_at     integer not null,       -- not before; while it is being made: when it is tried anew
    attempts   integer not null,
    kind       text not null,          -- who knows what it means: 'sns'
    owner      text not null,          -- on whose behalf: a subscription's id
    url        text not null,
    payload    text not null,          -- JSON, the kind's own
    created_at integer not null
);
create index outbox_due on outbox (due_at, owner, id);
