-- 0021: approvals: steps that ask people, and what these said.
--
-- What was said in earlier rounds, taken back or refused is in the audit records of the resource
-- "approval:UUID"; these rows are how it stands. Times are UTC milliseconds since 1970.

create table approval (
    id             integer primary key, -- grows with each opening
    uuid           blob not null unique, -- UUID (version 7), 16 bytes
    state          text not null check (state in ('PENDING', 'ESCALATED', 'INCIDENT', 'RETURNED',
                                                  'APPROVED', 'REJECTED', 'WITHDRAWN', 'CANCELED')),
    round          integer not null,    -- 1, and one more each time it is asked anew
    data_version   integer not null,    -- the newest of approval_data
    policy         text,                -- name; null: it was given with the opening
    policy_version integer not null,    -- 0 without a name
    policy_sha256  blob not null,       -- which text it is judged by: policy_body
    judge_version  integer not null,    -- which judging function it opened with
    subject        text not null,
    applicant      text not null,       -- whose request it is
    entered_by     text not null,       -- who typed it
    opened_by      text not null,       -- principal that opened it
    priority       integer not null,    -- 0..9, 9 is the most urgent
    amount         integer,             -- data.amount in thousandths; null: it has none
    labels         text,                -- JSON object; null: none
    on_decided     text,                -- JSON: what follows the decision; null: nothing
    opened_at      integer not null,
    asked_at       integer not null,    -- when this round began
    due_at         integer,             -- deadline of the round; null: none
    changed_at     integer not null,
    closed_at      integer,             -- when it was decided for good; null: it may still move
    slots          integer not null,    -- of this round
    open_slots     integer not null,    -- of these, WAITING
    refused        integer not null,    -- votes that were turned away and are in the log
    reminded_at    integer,             -- when those who are asked were reminded by hand
    incident       text,                -- why it is an INCIDENT
    corrects       blob,                -- the decided approval that this one corrects
    previous       blob,                -- the step before this one
    last_step      integer not null default 1
);

create index approval_state on approval (state, id);
create index approval_applicant on approval (applicant, id);
create index approval_by_policy on approval (policy, id) where policy is not null;

create table approval_label (
    name     text not null,
    value    text not null,
    approval integer not null,
    primary key (name, value, approval)
) without rowid;

-- Each version of what is decided about. A vote names the version that it saw.
create table approval_data (
    approval integer not null,
    version  integer not null,
    data     text not null,            -- JSON
    at       integer not null,
    set_by   text not null,
    primary key (approval, version)
) without rowid;

-- Who is asked in this round, and what they said. due_at, amount and approval order an inbox.
create table approval_slot (
    approval     integer not null,
    slot         integer not null,     -- 1 .. of this round
    holder       text not null,        -- "user:NAME" or "group:NAME"
    state        text not null check (state in ('WAITING', 'DECIDED', 'LEFT_OUT', 'GONE', 'CLOSED')),
    seat         integer not null,     -- of the policy's leaves; -1: added later
    post         text,                 -- the post that its holder had when it was asked
    due_at       integer not null,     -- of the approval; 2^63 - 1: none
    amount       integer not null,     -- of the approval; -1: none
    decision     text check (decision in ('approve', 'reject', 'abstain', 'return')),
    decided_by   text,                 -- the person who did
    for_person   text,                 -- in whose place; null: in their own
    decided_at   integer,
    vote_order   integer,              -- of the votes of the round, from 1
    data_version integer,              -- that was decided about
    comment      text,
    reason       text,                 -- why it is LEFT_OUT or GONE
    weight       integer not null default 1,
    flags        integer not null default 0, -- 1 veto, 2 required
    members      text,                 -- JSON: who may fill it, where that was fixed at the opening
    primary key (approval, slot)
) without rowid;

create index approval_slot_due on approval_slot (holder, due_at, approval) where state = 'WAITING';
create index approval_slot_amount on approval_slot (holder, amount, approval) where state = 'WAITING';
create index approval_slot_age on approval_slot (holder, approval) where state = 'WAITING';

-- Requests that changed an approval, by the id that their sender gave them: for ever.
create table approval_request (
    principal text not null,
    request   text not null,
    hash      blob not null,           -- SHA-256 of what was asked
    approval  integer not null,
    answer    text not null,           -- JSON: what was answered
    primary key (principal, request)
) without rowid;

-- What rounds are judged by: the canonical text of each policy that an approval opened with.
create table approval_policy (
    sha256    blob primary key,        -- of the text
    canonical text not null            -- JSON
) without rowid;

-- People who left, and whose open slots are still to go.
create table approval_leaver (
    person text primary key
) without rowid;
