-- 0006: push queues whose URL fails (domain/queue/breaker.h). A row appears with the first
-- failure and goes with the next success.

create table push_breaker (
    queue_id   bigint primary key,
    failures   bigint not null,              -- calls in a row that failed
    pause_ms   bigint not null,              -- the last pause; 0: there was none
    open_until bigint not null               -- no call before this time; 0: closed
) with (fillfactor = 50);
