-- 0009: priorities of messages.

-- 0 (least urgent) to 9; null: 4. Null takes one byte of the row.
alter table message add column priority bigint;
