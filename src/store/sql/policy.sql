-- Statements of approval policies, their versions and templates.

-- policy_put: a new version; $3: it is in force, $4: four eyes from now on (as it was when null)
insert into policy (name, newest, current, four_eyes, retired_at, created_at, changed_at)
values ($1, $2, case when $3::bigint <> 0 then $2::bigint end, $4, null, $5, $5)
on conflict (name) do update set newest = $2, current = case when $3 <> 0 then $2 else policy.current end,
   four_eyes = case when $3 <> 0 then $4 else policy.four_eyes end, retired_at = null, changed_at = $5

-- policy_accepted: version $2 is in force
update policy set current = $2, four_eyes = $3, changed_at = $4 where name = $1

-- policy_retire: no new approvals by it
update policy set retired_at = $2, changed_at = $2 where name = $1

-- policy_count: how many names there are
select count(*) from policy

-- policy_version_insert: a version
insert into policy_version (name, version, sha256, four_eyes, note, template, parameters, proposed_by, proposed_at,
                            accepted_by, accepted_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- policy_version_accept: another person agrees
update policy_version set accepted_by = $3, accepted_at = $4 where name = $1 and version = $2

-- policy_body_put: kept once
insert into policy_body (sha256, canonical, judge_version, shape, created_at) values ($1, $2, $3, $4, $5)
on conflict (sha256) do nothing

-- policy_body_get: one
select canonical from policy_body where sha256 = $1

-- policy_version_get: version $2; 0: in force, or the newest when none is; -1: the newest
select v.name, v.version, v.sha256, b.canonical, v.four_eyes, v.note, v.template, v.parameters, v.proposed_by,
       v.proposed_at, v.accepted_by, v.accepted_at, p.current, p.newest, p.retired_at
  from policy p
  join policy_version v on v.name = p.name
       and v.version = case $2::bigint when 0 then coalesce(p.current, p.newest) when -1 then p.newest else $2 end
  join policy_body b on b.sha256 = v.sha256
 where p.name = $1

-- policy_version_page: versions of one below $2, the newest first
select v.name, v.version, v.sha256, b.canonical, v.four_eyes, v.note, v.template, v.parameters, v.proposed_by,
       v.proposed_at, v.accepted_by, v.accepted_at, p.current, p.newest, p.retired_at
  from policy_version v join policy p on p.name = v.name join policy_body b on b.sha256 = v.sha256
 where v.name = $1 and v.version < $2 order by v.version desc limit $3

-- policy_page: names above $1, as policy_version_get with 0 gives them
select v.name, v.version, v.sha256, null, v.four_eyes, v.note, v.template, v.parameters, v.proposed_by,
       v.proposed_at, v.accepted_by, v.accepted_at, p.current, p.newest, p.retired_at
  from policy p join policy_version v on v.name = p.name and v.version = coalesce(p.current, p.newest)
 where p.name > $1 order by p.name limit $2

-- policy_similar: policies in use that differ in names and constants only, shape by shape
select b.shape, p.name, v.version, v.sha256, b.canonical
  from policy p join policy_version v on v.name = p.name and v.version = p.current
  join policy_body b on b.sha256 = v.sha256
 where p.retired_at is null and b.shape in
       (select b2.shape from policy p2 join policy_version v2 on v2.name = p2.name and v2.version = p2.current
          join policy_body b2 on b2.sha256 = v2.sha256
         where p2.retired_at is null group by b2.shape having count(*) > 1)
 order by b.shape, v.sha256, p.name limit $1

-- policy_template_put: made or changed
insert into policy_template (name, body, note, version, changed_by, created_at, changed_at)
values ($1, $2, $3, 1, $4, $5, $5)
on conflict (name) do update set body = $2, note = $3, version = policy_template.version + 1,
   changed_by = $4, changed_at = $5

-- policy_template_get: one
select name, body, note, version, changed_by, created_at, changed_at from policy_template where name = $1

-- policy_template_page: names above $1
select name, body, note, version, changed_by, created_at, changed_at from policy_template
 where name > $1 order by name limit $2

-- policy_template_delete: policies that were made of it stay
-- counts
delete from policy_template where name = $1

-- policy_template_count: how many there are
select count(*) from policy_template
