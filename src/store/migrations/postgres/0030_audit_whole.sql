-- 0030: what an audit record has only the size and SHA-256 of, whole.

-- The personal data of a record that is too large for it (AUDIT_DETAIL_MAX): above all the body
-- that an operator mended. It goes when the record's words are redacted, or with the record.
create table audit_whole (
    seq          bigint primary key,         -- the record: audit.seq
    personal     text collate "C" not null   -- a JSON object
);
create trigger audit_whole_no_change before update on audit_whole for each row execute function audit_refuse_change();
create trigger audit_whole_no_truncate before truncate on audit_whole execute function audit_refuse_change();
create function audit_whole_refuse_delete() returns trigger language plpgsql as $$
begin
    if old.seq > coalesce((select seq from audit_base), 0)
       and exists (select 1 from audit where seq = old.seq and personal is not null) then
        raise exception 'what an audit record tells of goes by redaction or retention only';
    end if;
    return old;
end $$;
create trigger audit_whole_no_delete before delete on audit_whole
    for each row execute function audit_whole_refuse_delete();
