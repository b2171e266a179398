-- 0026: approvals by when they were decided, for their figures.

create index approval_closed on approval (closed_at) where closed_at is not null;
