-- 0007: what the bodies of a queue must look like. Times are UTC milliseconds since 1970.

-- Every change of a queue's schema, numbered from 1. The newest version is in force; it is also
-- the queue's attribute `schema`.
create table queue_schema (
    queue_id   bigint not null,
    version    bigint not null,
    schema     text collate "C",             -- JSON Schema draft 7; null: from here on there was none
    sha256     bytea,                        -- of the schema's text; null: there was none
    created_at bigint not null,
    primary key (queue_id, version)
);
