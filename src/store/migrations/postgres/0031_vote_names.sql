-- 0031: a vote keeps what those whom it names were called on its day.

-- JSON: {"by": ..., "for": ...}, as the directory had them; null: it had neither, or an older vote.
alter table approval_slot add column names text collate "C";
