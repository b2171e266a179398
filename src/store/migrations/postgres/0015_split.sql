-- 0015: messages that are split in several transactions: how far they are.

create table split_cursor (
    id       bigint primary key,             -- of the message: queue id << 40 | position
    elements bigint not null                 -- of its array, sent so far
);
