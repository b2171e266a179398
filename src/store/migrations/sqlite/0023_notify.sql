-- 0023: notifications: what people are told, by which channel, and what became of it.
--
-- A notification that is to leave the server is a message on the queue ringi-notifications; these
-- rows say what it means and how far it is. Times are UTC milliseconds since 1970.

create table notification (
    id         integer primary key,    -- grows
    uuid       blob not null unique,   -- UUID (version 7), 16 bytes
    person     text not null,
    kind       text not null,          -- "approval.asked", ...
    about      text not null,          -- what it is about: the id of an approval, of a delegation; '': nothing
    round      integer not null,
    n          integer not null,       -- the how manieth of that kind
    state      text not null check (state in ('WAITING', 'COLLECTED', 'SENT', 'KEPT', 'OVER', 'FAILED')),
    facts      text not null,          -- JSON: what templates may name
    approval   blob,                   -- UUID; null: it is about something else
    slot       integer not null default 0, -- of the approval, that waits for the person; 0: none
    created_at integer not null,
    not_before integer not null,       -- it leaves the server then or later
    ended_at   integer,                -- it was sent, given up, or there was nothing to send any more
    read_at    integer,                -- the person has seen it
    message    blob,                   -- id of its message on the queue; null: none is under way
    step       integer not null default 0, -- of the person's channels: which is tried
    tries      integer not null default 0, -- of that step, that failed
    attempts   integer not null default 0, -- in all
    channel    text,                   -- that took it, or was tried last
    remote     text,                   -- what the other side calls it: a mail's Message-ID, Slack's ts
    error      text,                   -- of the last attempt, if it failed
    digest     integer,                -- the notification that tells of it together with others
    forced     text                    -- JSON {"channel", "address"}: a test of a channel
);

-- One event never rings twice.
create unique index notification_once on notification (person, kind, about, round, n);
create index notification_person on notification (person, id);
create index notification_unread on notification (person, id) where read_at is null and kind <> 'digest';
create index notification_digest on notification (digest, id) where digest is not null;
create index notification_state on notification (state, id);
create index notification_recent on notification (person, created_at) where state in ('WAITING', 'SENT');

create table notification_attempt (
    notification integer not null,
    n            integer not null,
    at           integer not null,
    channel      text not null,
    address      text not null,        -- what of it may be shown
    outcome      text not null check (outcome in ('SENT', 'FAILED', 'REFUSED')),
    status       integer,              -- of HTTP or SMTP; null: there was no answer
    error        text,
    primary key (notification, n)
) without rowid;

-- Where notifications go. Secrets lie apart and sealed.
create table notify_channel (
    name       text primary key,
    type       text not null,          -- smtp, slack, teams, lineworks, webpush, webhook
    position   integer not null,       -- order in which channels are tried, for who has said nothing
    enabled    integer not null,
    settings   text not null,          -- JSON
    sealed     text not null,          -- JSON {"member": "base64"}
    version    integer not null,
    created_at integer not null,
    changed_at integer not null
) without rowid;

-- What people want: channels and addresses in order, kinds, quiet hours, digests.
create table notify_preference (
    person     text primary key,
    wants      text not null,          -- JSON
    changed_at integer not null
) without rowid;

-- Texts instead of those that are built in; the highest version counts, an empty text gives it back.
create table notify_template (
    kind       text not null,
    locale     text not null,
    version    integer not null,
    texts      text not null,          -- JSON {"subject", "text", "html", "chat"}; '': the built-in ones
    set_by     text not null,
    set_at     integer not null,
    primary key (kind, locale, version)
) without rowid;

-- Links in mails by which somebody may decide once. Only a hash of what the link says is kept.
create table notify_link (
    hash         blob primary key,     -- SHA-256 of the token
    notification integer not null,
    person       text not null,
    approval     blob not null,
    round        integer not null,
    slot         integer not null,
    expires_at   integer not null,
    used_at      integer
) without rowid;
create index notify_link_expires on notify_link (expires_at);
create index notify_link_of on notify_link (notification);
