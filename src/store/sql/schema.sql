-- Statements of the versions of schemas.

-- queue_schema_insert: a new version, unless it says what the newest one says
insert into queue_schema (queue_id, version, schema, sha256, created_at)
select $1, coalesce((select max(version) from queue_schema where queue_id = $1), 0) + 1, $2, $3, $4
 where $2 is distinct from
       (select schema from queue_schema where queue_id = $1 order by version desc limit 1)

-- queue_schema_prune: only the newest $2 are kept
delete from queue_schema
 where queue_id = $1 and version <= (select max(version) from queue_schema where queue_id = $1) - $2

-- queue_schema_newest: its number
select version from queue_schema where queue_id = $1 order by version desc limit 1

-- queue_schema_page: versions below $2, the newest first
select version, schema, sha256, created_at from queue_schema
 where queue_id = $1 and version < $2 order by version desc limit $3

-- queue_schemas_delete: all of one queue
delete from queue_schema where queue_id = $1
