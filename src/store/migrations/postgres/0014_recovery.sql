-- 0014: move tasks that look for some of the messages, pause, and say who wanted them and why;
-- how often a dead letter was sent back by itself.

alter table move_task add column error_code text collate "C"; -- only messages of this error; null: all
alter table move_task add column recover_max bigint; -- only those sent back less often, and it counts; null: all
alter table move_task add column looked_id bigint not null default 0; -- of one that chooses: looked at up to here
alter table move_task add column paused bigint not null default 0;
alter table move_task add column requested_by text collate "C"; -- principal; 'ringi': the queue's own policy
alter table move_task add column reason text collate "C";
alter table message_body add column recoveries bigint not null default 0; -- sent back by its queue's policy
