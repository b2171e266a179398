-- Statements of the directory: people, departments, posts, groups of people.

-- person_get: all of one
select id, name, kana, email, locale, zone, active, from_at, until_at, merged_into, attributes, created_at, changed_at
  from person where id = $1

-- person_called: name, and the name of the department at $2: the main one, else the first
select name, (select d.name from appointment a join department d on d.code = a.department
               where a.person = p.id and a.from_at <= $2 and (a.until_at is null or $2 < a.until_at)
               order by a.main desc, a.place limit 1)
  from person p where id = $1

-- person_name: what to call somebody; no row: the directory does not have them
select name from person where id = $1

-- person_put: made or changed
insert into person (id, name, kana, email, locale, zone, active, from_at, until_at, merged_into, attributes,
                    created_at, changed_at, departed)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13)
on conflict (id) do update set name = $2, kana = $3, email = $4, locale = $5, zone = $6, active = $7, from_at = $8,
   until_at = $9, merged_into = $10, attributes = $11, changed_at = $12, departed = $13

-- person_by_email: who has this mail address and is active at $2; two are as good as many
select id from person
 where email is not null and lower(email) = lower($1::text collate "C") and active <> 0 and from_at <= $2
   and (until_at is null or $2 < until_at) limit 2

-- person_delete: for good
-- counts
delete from person where id = $1

-- person_count: how many there are
select count(*) from person

-- person_active: ids of all who are
select id from person where active <> 0 order by id

-- person_page: ids above $1, those that contain $3 in id, name, kana or mail address (null: all), active $4 (null: all)
select id, name, kana, email, locale, zone, active, from_at, until_at, merged_into, attributes, created_at, changed_at
  from person
 where id > $1
   and ($3::text is null or instr(lower(id), lower($3 collate "C")) > 0 or instr(lower(name), lower($3 collate "C")) > 0
        or instr(lower(coalesce(kana, '')), lower($3 collate "C")) > 0
        or instr(lower(coalesce(email, '')), lower($3 collate "C")) > 0)
   and ($4::bigint is null or active = $4)
 order by id limit $2

-- person_used: what still names a person: departments, people merged into it
select (select count(*) from department where head = $1), (select count(*) from person where merged_into = $1)

-- appointment_of: those of a person, in their order
select department, post, main, from_at, until_at from appointment where person = $1 order by place

-- appointment_clear: all of a person
delete from appointment where person = $1

-- appointment_add: one
insert into appointment (person, place, department, post, main, from_at, until_at)
values ($1, $2, $3, $4, $5, $6, $7)

-- appointment_main: the department of a person at $2: the main one, else the first
select department from appointment
 where person = $1 and from_at <= $2 and (until_at is null or $2 < until_at)
 order by main desc, place limit 1

-- post_holders: who has a post in a department at $3, and may take part
select a.person from appointment a join person p on p.id = a.person
 where a.department = $1 and a.post = $2 and a.from_at <= $3 and (a.until_at is null or $3 < a.until_at)
   and p.active <> 0 and p.from_at <= $3 and (p.until_at is null or $3 < p.until_at)
 group by a.person order by max(a.main) desc, a.person limit $4

-- department_row: one, without counts
select code, parent, head from department where code = $1

-- department_get: one
select code, name, parent, head, created_at, changed_at,
       (select count(*) from department c where c.parent = d.code),
       (select count(distinct person) from appointment a where a.department = d.code)
  from department d where code = $1

-- department_put: made or changed
insert into department (code, name, parent, head, created_at, changed_at) values ($1, $2, $3, $4, $5, $5)
on conflict (code) do update set name = $2, parent = $3, head = $4, changed_at = $5

-- department_delete: for good
-- counts
delete from department where code = $1

-- department_count: how many there are
select count(*) from department

-- department_height: levels from one down to the lowest below it, $2 + 1 at most
with recursive below(code, depth) as (
  select cast($1 as text) collate "C", 1
  union all
  select d.code, b.depth + 1 from department d join below b on d.parent = b.code where b.depth <= $2::bigint)
select max(depth) from below

-- department_page: codes above $1, right below $3 (null: anywhere)
select code, name, parent, head, created_at, changed_at,
       (select count(*) from department c where c.parent = d.code),
       (select count(distinct person) from appointment a where a.department = d.code)
  from department d where code > $1 and ($3::text is null or parent = $3) order by code limit $2

-- post_has: whether there is one
select code from post where code = $1

-- post_get: one
select code, name, rank, created_at, changed_at,
       (select count(distinct person) from appointment a where a.post = p.code)
  from post p where code = $1

-- post_put: made or changed
insert into post (code, name, rank, created_at, changed_at) values ($1, $2, $3, $4, $4)
on conflict (code) do update set name = $2, rank = $3, changed_at = $4

-- post_delete: for good
-- counts
delete from post where code = $1

-- post_count: how many there are
select count(*) from post

-- post_page: codes above $1
select code, name, rank, created_at, changed_at,
       (select count(distinct person) from appointment a where a.post = p.code)
  from post p where code > $1 order by code limit $2

-- people_group_exists: whether there is one
select name from people_group where name = $1

-- people_group_get: one
select name, title, created_at, changed_at,
       (select count(distinct person) from people_group_member m where m.grp = g.name)
  from people_group g where name = $1

-- people_group_put: made or changed
insert into people_group (name, title, created_at, changed_at) values ($1, $2, $3, $3)
on conflict (name) do update set title = $2, changed_at = $3

-- people_group_delete: for good
-- counts
delete from people_group where name = $1

-- people_group_clear: its members
delete from people_group_member where grp = $1

-- people_group_count: how many there are
select count(*) from people_group

-- people_group_page: names above $1
select name, title, created_at, changed_at,
       (select count(distinct person) from people_group_member m where m.grp = g.name)
  from people_group g where name > $1 order by name limit $2

-- people_group_members: as they were given
select person, from_at, until_at from people_group_member where grp = $1 order by person, from_at

-- people_group_add: a member
insert into people_group_member (grp, person, from_at, until_at) values ($1, $2, $3, $4)

-- people_group_size: members of a group besides one person
select count(*) from people_group_member where grp = $1 and person <> $2

-- people_group_active: who belongs to a group at $2 and may take part, ids above $3
select m.person from people_group_member m join person p on p.id = m.person
 where m.grp = $1 and m.from_at <= $2 and (m.until_at is null or $2 < m.until_at) and m.person > $3
   and p.active <> 0 and p.from_at <= $2 and (p.until_at is null or $2 < p.until_at)
 group by m.person order by m.person limit $4

-- people_group_has: whether somebody belongs to a group at $3
select count(*) from people_group_member
 where grp = $1 and person = $2 and from_at <= $3 and (until_at is null or $3 < until_at)

-- people_groups_of: the groups of a person
select grp, from_at, until_at from people_group_member where person = $1 order by grp, from_at

-- people_groups_at: names of the groups that a person belongs to at $2
select distinct grp from people_group_member
 where person = $1 and from_at <= $2 and (until_at is null or $2 < until_at) order by grp limit $3

-- person_groups_besides: in how many groups a person stands, but one
select count(*) from people_group_member where person = $1 and grp <> $2

-- people_groups_leave: a person belongs to none
delete from people_group_member where person = $1

-- directory_zone_get: one
select bytes from directory_zone where name = $1

-- directory_zone_put: as it was seen
insert into directory_zone (name, bytes, release) values ($1, $2, $3)
on conflict (name) do update set bytes = $2, release = $3

-- people_leave_next: the next moment at which somebody leaves by date
select min(until_at) from person where departed = 0 and until_at is not null

-- people_leave_due: who left by date up to $1 and has not been told of, $2 at most
select id from person where departed = 0 and until_at is not null and until_at <= $1 order by until_at, id limit $2

-- person_departed: it has been told
-- counts
update person set departed = 1 where id = $1
