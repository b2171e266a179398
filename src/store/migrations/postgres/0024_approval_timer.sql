-- 0024: the clock over approvals: deadlines and reminders.
--
-- A round that is open has its timers here, and nobody else has any. Times are UTC milliseconds.

create table approval_timer (
    approval bigint not null,
    kind     bigint not null,                -- 0 the deadline, 1 a reminder
    n        bigint not null,                -- which reminder of the policy
    due_at   bigint not null,
    count    bigint not null,                -- how often it came already: extensions, reminders
    calendar text collate "C",               -- that it is reckoned with; null: the clock's own time
    version  bigint not null,                -- of that calendar
    primary key (approval, kind, n)
);

create index approval_timer_due on approval_timer (due_at, approval, kind, n);
create index approval_timer_calendar on approval_timer (calendar, version) where calendar is not null;

alter table approval_slot add column reminded_at bigint; -- when its holder was last reminded

-- Rounds that were open before there were timers: their deadlines.
insert into approval_timer (approval, kind, n, due_at, count, version)
select id, 0, 0, due_at, 0, 0 from approval
 where due_at is not null and state in ('PENDING', 'ESCALATED', 'INCIDENT');
