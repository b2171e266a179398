-- 0030: what an audit record has only the size and SHA-256 of, whole.

-- The personal data of a record that is too large for it (AUDIT_DETAIL_MAX): above all the body
-- that an operator mended. It goes when the record's words are redacted, or with the record.
create table audit_whole (
    seq          integer primary key,  -- the record: audit.seq
    personal     text not null         -- a JSON object
);
create trigger audit_whole_no_change before update on audit_whole
begin
    select raise(abort, 'audit records do not change');
end;
create trigger audit_whole_no_delete before delete on audit_whole
 when old.seq > coalesce((select seq from audit_base), 0)
  and exists (select 1 from audit where seq = old.seq and personal is not null)
begin
    select raise(abort, 'what an audit record tells of goes by redaction or retention only');
end;
