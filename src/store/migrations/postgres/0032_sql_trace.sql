-- 0032: commands of applications carry the trace that they belong to.
--
-- The caller says it as the parameter ringi.traceparent of its session or, better, of its transaction
-- (`set local`), in the form of the W3C header. What is none is left out, as it is of a request.
create function sql_trace() returns text language sql stable
    return substring(current_setting('ringi.traceparent', true)
                     from '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$');

create or replace function sql_put(kind text, target text, id uuid, body text, options jsonb) returns uuid
language sql volatile
begin atomic
    insert into sql_command (kind, target, uuid, body, options, role_name, created_at)
    values (kind, target, uuid_send(id), body,
            jsonb_strip_nulls(options || jsonb_build_object('traceparent', sql_trace()))::text,
            session_user, sql_now());
    select id;
end;

create or replace function send_many(queue text, bodies text[], message_group text default null)
returns uuid[] language plpgsql volatile security definer as $$
declare
    ids uuid[];
    given text := jsonb_strip_nulls(jsonb_build_object('group', message_group, 'traceparent', sql_trace()))::text;
begin
    perform sql_may('send', queue);
    perform sql_queue(queue, false), sql_group(queue, message_group, null);
    if coalesce(cardinality(bodies), 0) not between 1 and 1000 or array_ndims(bodies) <> 1 then
        raise exception 'bodies is an array of 1 to 1,000 texts.' using errcode = 'array_subscript_error';
    end if;
    perform sql_text('body', b, 1, 1048576) from unnest(bodies) b;
    with made as (
        insert into sql_command (kind, target, uuid, body, options, role_name, created_at)
        select 'send', queue, uuid_send(sql_uuid()), b, given, session_user, sql_now()
          from unnest(bodies) with ordinality as all_of(b, n) order by n
        returning id, uuid)
    select array_agg(encode(made.uuid, 'hex')::uuid order by made.id) into ids from made;
    return ids;
end $$;

-- As 0029 says; to replace a function takes its settings away, but not its rights.
do $$
declare
    f text;
begin
    foreach f in array array['sql_trace()', 'sql_put(text, text, uuid, text, jsonb)',
                             'send_many(text, text[], text)'] loop
        execute format('alter function %s set search_path = %I, pg_catalog, pg_temp', f, current_schema());
    end loop;
    revoke all on function sql_trace() from public;
end $$;
