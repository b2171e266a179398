-- 0029: commands that an application writes in a transaction of its own.
--
-- An application calls send, submit_job, publish or cancel_job of this schema inside its own
-- transaction. A row is all that they write: it is there when that transaction commits, and never was
-- when it does not. ringi takes rows in order and removes each in the transaction that carries it out
-- (domain/sql), or moves it to sql_refused.
--
-- The functions run with the rights of the schema's owner, so callers need none to any table. What a
-- role may do says sql_grant; unless something is said there, nothing.

-- Which role of the database may do what, and with which queues or topics.
create table sql_grant (
    role_name text collate "C" not null,
    action    text collate "C" not null,
    pattern   text collate "C" not null,
    primary key (role_name, action, pattern)
);

create table sql_command (
    id         bigint generated always as identity primary key,
    kind       text collate "C" not null,   -- send, submit_job, publish, cancel_job
    target     text collate "C" not null,   -- queue, topic
    uuid       bytea not null,              -- of the message or job; told already
    body       text collate "C" not null,
    options    text collate "C" not null,   -- JSON
    role_name  text collate "C" not null,   -- who called
    created_at bigint not null,
    not_before bigint not null default 0    -- its queue was full: tried again then
);

-- What ringi could not do.
create table sql_refused (
    id         bigint primary key,
    kind       text collate "C" not null,
    target     text collate "C" not null,
    uuid       bytea not null,
    body       text collate "C" not null,
    options    text collate "C" not null,
    role_name  text collate "C" not null,
    created_at bigint not null,
    refused_at bigint not null,
    code       text collate "C" not null,
    why        text collate "C" not null
);

-- ---- what the functions share

create function sql_now() returns bigint language sql volatile
    return (extract(epoch from clock_timestamp()) * 1000)::bigint;

-- Version 7: it begins with the time, as all ids of messages and jobs do.
create function sql_uuid() returns uuid language sql volatile
    return encode(set_byte(
        substring(int8send(sql_now()) from 3) || substring(uuid_send(gen_random_uuid()) from 7),
        6, get_byte(uuid_send(gen_random_uuid()), 6) & 15 | 112), 'hex')::uuid;

-- Asked first: who may not is told nothing of what there is.
create function sql_may(action text, target text) returns void language plpgsql stable as $$
begin
    if not exists (select from sql_grant g
                    where g.role_name = session_user and g.action in (sql_may.action, '*')
                      and glob(g.pattern, sql_may.target) = 1) then
        raise exception 'The role % may not % with %.', session_user, action, coalesce(target, 'nothing')
            using errcode = 'insufficient_privilege',
                  hint = format('Its owner can allow it: select %I.allow(%L, %L, %L);', current_schema(), session_user,
                                action, coalesce(target, '*'));
    end if;
end $$;

create function sql_queue(queue text, tracked boolean) returns void language plpgsql stable as $$
declare
    id bigint;
begin
    select q.id into id from queue q where q.name = sql_queue.queue;
    if id is null then
        raise exception 'There is no queue named %.', queue using errcode = 'undefined_object';
    end if;
    if tracked and not exists (select from queue_attribute a
                                where a.queue_id = id and a.name = 'track' and a.value = 'true') then
        raise exception 'The queue % has no jobs: it is not tracked.', queue
            using errcode = 'object_not_in_prerequisite_state';
    end if;
end $$;

-- What each text must be; sizes in bytes, as the API counts them.
create function sql_text(name text, value text, lowest integer, highest integer) returns void
language plpgsql immutable as $$
begin
    if octet_length(coalesce(value, '')) not between lowest and highest then
        raise exception '% has % bytes; it may have % to %.', name, octet_length(coalesce(value, '')), lowest, highest
            using errcode = 'string_data_right_truncation';
    end if;
    if value ~ '[\u0001-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]' then
        raise exception '% has a character that messages may not have.', name
            using errcode = 'invalid_text_representation';
    end if;
end $$;

create function sql_between(name text, value bigint, lowest bigint, highest bigint) returns void
language plpgsql immutable as $$
begin
    if value not between lowest and highest then
        raise exception '% is %; it may be % to %.', name, value, lowest, highest
            using errcode = 'numeric_value_out_of_range';
    end if;
end $$;

create function sql_token(name text, value text) returns void language plpgsql immutable as $$
begin
    if value !~ '^[!-~]{1,128}$' then
        raise exception '% has 1 to 128 letters, digits and signs of ASCII, without spaces.', name
            using errcode = 'invalid_text_representation';
    end if;
end $$;

create function sql_group(target text, message_group text, dedup text) returns void
language plpgsql immutable as $$
begin
    if target like '%.fifo' and message_group is null then
        raise exception '% keeps the order within message groups: message_group must say which.', target
            using errcode = 'null_value_not_allowed';
    end if;
    perform sql_token('message_group', message_group), sql_token('dedup', dedup);
end $$;

-- {"name": "text" or number}
create function sql_map(name text, map jsonb, most integer, longest integer, names text, size integer) returns void
language plpgsql immutable as $$
declare
    one record;
    n integer := 0;
begin
    if map is null then
        return;
    end if;
    if jsonb_typeof(map) <> 'object' then
        raise exception '% is a JSON object.', name using errcode = 'invalid_parameter_value';
    end if;
    for one in select key, value from jsonb_each(map) loop
        n := n + 1;
        if n > most or length(one.key) > longest or one.key !~ names
           or jsonb_typeof(one.value) not in ('string', 'number')
           or octet_length(one.value #>> '{}') not between 1 and size then
            raise exception '% has at most % members, whose names have up to % of these characters: %, and whose '
                'values are texts or numbers of 1 to % bytes.', name, most, longest, names, size
                using errcode = 'invalid_parameter_value', detail = left(one.key, 100);
        end if;
    end loop;
end $$;

create function sql_put(kind text, target text, id uuid, body text, options jsonb) returns uuid
language sql volatile
begin atomic
    insert into sql_command (kind, target, uuid, body, options, role_name, created_at)
    values (kind, target, uuid_send(id), body, jsonb_strip_nulls(options)::text, session_user, sql_now());
    select id;
end;

-- ---- for applications

-- A message into a queue; its id.
create function send(queue text, body text, delay_s integer default null, message_group text default null,
                     dedup text default null, priority integer default null, attributes jsonb default null)
returns uuid language plpgsql volatile security definer as $$
begin
    perform sql_may('send', queue);
    perform sql_queue(queue, false);
    perform sql_text('body', body, 1, 1048576), sql_between('delay_s', delay_s, 0, 900),
        sql_between('priority', priority, 0, 9), sql_group(queue, message_group, dedup),
        sql_map('attributes', attributes, 10, 256, '^[A-Za-z0-9_.-]+$', 262144);
    return sql_put('send', queue, sql_uuid(), body, jsonb_build_object('delay_s', delay_s, 'group', message_group,
        'dedup', dedup, 'priority', priority, 'attributes', attributes));
end $$;

-- Many messages at once, in their order; their ids in the same order.
create function send_many(queue text, bodies text[], message_group text default null)
returns uuid[] language plpgsql volatile security definer as $$
declare
    ids uuid[];
begin
    perform sql_may('send', queue);
    perform sql_queue(queue, false), sql_group(queue, message_group, null);
    if coalesce(cardinality(bodies), 0) not between 1 and 1000 or array_ndims(bodies) <> 1 then
        raise exception 'bodies is an array of 1 to 1,000 texts.' using errcode = 'array_subscript_error';
    end if;
    perform sql_text('body', b, 1, 1048576) from unnest(bodies) b;
    with made as (
        insert into sql_command (kind, target, uuid, body, options, role_name, created_at)
        select 'send', queue, uuid_send(sql_uuid()), b,
               jsonb_strip_nulls(jsonb_build_object('group', message_group))::text, session_user, sql_now()
          from unnest(bodies) with ordinality as all_of(b, n) order by n
        returning id, uuid)
    select array_agg(encode(made.uuid, 'hex')::uuid order by made.id) into ids from made;
    return ids;
end $$;

-- A job into a tracked queue; its id.
create function submit_job(queue text, payload jsonb default null, labels jsonb default null,
                           execute_at timestamptz default null, priority integer default null,
                           message_group text default null, dedup text default null)
returns uuid language plpgsql volatile security definer as $$
declare
    body text := coalesce(payload, 'null')::text;
    at bigint := (extract(epoch from execute_at) * 1000)::bigint;
begin
    perform sql_may('submit_job', queue);
    perform sql_queue(queue, true);
    perform sql_text('payload', body, 1, 1048576), sql_between('priority', priority, 0, 9),
        sql_group(queue, message_group, dedup), sql_map('labels', labels, 16, 64, '^[A-Za-z0-9_./-]+$', 256),
        sql_between('execute_at', at, 0, sql_now() + 400 * 86400000::bigint);
    return sql_put('submit_job', queue, sql_uuid(), body, jsonb_build_object('execute_at', at, 'group', message_group,
        'dedup', dedup, 'priority', priority, 'labels', labels));
end $$;

-- A message to all that subscribe a topic; its id.
create function publish(topic text, message text, subject text default null, attributes jsonb default null,
                        message_group text default null, dedup text default null)
returns uuid language plpgsql volatile security definer as $$
begin
    perform sql_may('publish', topic);
    if not exists (select from topic t where t.name = publish.topic) then
        raise exception 'There is no topic named %.', topic using errcode = 'undefined_object';
    end if;
    perform sql_text('message', message, 1, 262144), sql_group(topic, message_group, dedup),
        sql_map('attributes', attributes, 10, 256, '^[A-Za-z0-9_.-]+$', 262144);
    if subject is not null and (length(subject) not between 1 and 100 or subject ~ '[[:cntrl:]]') then
        raise exception 'subject has 1 to 100 characters, none of them a control character.'
            using errcode = 'invalid_text_representation';
    end if;
    return sql_put('publish', topic, sql_uuid(), message, jsonb_build_object('subject', subject,
        'group', message_group, 'dedup', dedup, 'attributes', attributes));
end $$;

-- A job that has not ended, also one that was submitted in this very transaction.
create function cancel_job(job uuid, reason text default null)
returns void language plpgsql volatile security definer as $$
declare
    queue text;
begin
    select j.queue into queue from job j where j.id = uuid_send(cancel_job.job);
    if queue is null then
        select c.target into queue from sql_command c
         where c.kind = 'submit_job' and c.uuid = uuid_send(cancel_job.job);
    end if;
    if queue is null then
        perform sql_may('cancel_job', '*');
        raise exception 'There is no job %.', job using errcode = 'undefined_object';
    end if;
    perform sql_may('cancel_job', queue);
    perform sql_text('reason', reason, 0, 1024);
    perform sql_put('cancel_job', queue, job, '', jsonb_build_object('reason', reason));
end $$;

-- ---- for the schema's owner

-- A role may do that with the queues (or topics) that the pattern names: * is any text, ? one character.
create function allow(role_name text, action text, pattern text) returns void language plpgsql volatile as $$
begin
    if action not in ('send', 'submit_job', 'publish', 'cancel_job', '*') then
        raise exception 'action is send, submit_job, publish, cancel_job, or * for all of them.'
            using errcode = 'invalid_parameter_value';
    end if;
    if not exists (select from pg_roles r where r.rolname = allow.role_name) then
        raise exception 'There is no role %.', role_name using errcode = 'undefined_object';
    end if;
    execute format('grant usage on schema %I to %I', current_schema(), role_name);
    execute format('grant execute on function send, send_many, submit_job, publish, cancel_job to %I', role_name);
    insert into sql_grant values (role_name, action, pattern) on conflict do nothing;
end $$;

create function disallow(role_name text, action text, pattern text) returns void language sql volatile
begin atomic
    delete from sql_grant g
     where g.role_name = disallow.role_name and g.action = disallow.action and g.pattern = disallow.pattern;
end;

-- What was refused is tried again, as new work; the number of its command.
create function retry_refused(id bigint) returns bigint language sql volatile
begin atomic
    with gone as (delete from sql_refused r where r.id = retry_refused.id returning *)
    insert into sql_command (kind, target, uuid, body, options, role_name, created_at)
    select g.kind, g.target, g.uuid, g.body, g.options, g.role_name, g.created_at from gone g
    returning sql_command.id;
end;

-- Names mean those of this schema, whatever the caller's path is and whatever temporary tables it has.
do $$
declare
    f record;
begin
    for f in select p.oid::regprocedure as signature from pg_proc p
              where p.pronamespace = current_schema()::regnamespace
                and (p.proname like 'sql\_%'
                     or p.proname in ('send', 'send_many', 'submit_job', 'publish', 'cancel_job',
                                      'allow', 'disallow', 'retry_refused')) loop
        execute format('alter function %s set search_path = %I, pg_catalog, pg_temp', f.signature, current_schema());
        execute format('revoke all on function %s from public', f.signature);
    end loop;
end $$;
