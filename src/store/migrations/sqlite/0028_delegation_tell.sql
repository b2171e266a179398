-- 0028: when those whom a delegation is about are told next: that it ends soon, and that it has ended.
alter table delegation add column tell_at integer; -- null: nothing is left to tell
update delegation set tell_at = until_at where canceled_at is null;
create index delegation_tell on delegation (tell_at) where tell_at is not null;
