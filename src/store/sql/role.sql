-- Statements of roles and of who has them.

-- role_all: those that are not built in
select name, rules, note, created_at, changed_at from role order by name

-- role_one: by its name
select name, rules, note, created_at, changed_at from role where name = $1

-- role_count: how many
select count(*) from role

-- role_put: made or changed
insert into role (name, rules, note, created_at, changed_at) values ($1, $2, $3, $4, $4)
on conflict (name) do update set rules = excluded.rules, note = excluded.note, changed_at = excluded.changed_at

-- role_delete: nobody has it
-- counts
delete from role where name = $1

-- role_grants: who has what, in the order of holders
select holder, role from role_grant order by holder, role

-- role_grant_count: how many
select count(*) from role_grant

-- role_held: whether this holder has it
select count(*) from role_grant where holder = $1 and role = $2

-- role_grant_put: they have it
insert into role_grant (holder, role, granted_by, granted_at) values ($1, $2, $3, $4)
on conflict (holder, role) do nothing

-- role_grant_delete: they have it no more
delete from role_grant where holder = $1 and role = $2

-- role_holders: of one role, above $2
select holder, granted_by, granted_at from role_grant where role = $1 and holder > $2 order by holder limit $3

-- role_of_holder: what one has
select role, granted_by, granted_at from role_grant where holder = $1 order by role
