/* history.h - figures of a queue over time: rows of minutes and hours.
 *
 *     stats (memory) --every minute--> queue_minute --48 hours--> queue_hour --90 days--> gone
 *
 * H1  A minute's figures are in its row or in memory, not in both: memory forgets them when
 *     the transaction that wrote the row is committed.
 * H2  A minute in which nothing happened in a queue has no row, and an idle server writes none.
 * H3  Percentiles are computed from histograms, which add up; those of an hour are as right
 *     as those of its minutes.
 *
 * What was not written yet when the process ends is lost: less than a minute. */
#ifndef RINGI_DOMAIN_QUEUE_HISTORY_H
#define RINGI_DOMAIN_QUEUE_HISTORY_H

#include "domain/cmd.h"

enum { HISTORY_PERCENTILES = 3 }; /* 50, 95, 99 */

struct history_point {
	int64_t at; /* wall: begin of the minute or hour */
	int64_t sent, moved_in, received, deleted, failed, dead_lettered;
	int64_t backlog; /* at the end; hours: the highest */
	int64_t wait[HISTORY_PERCENTILES], run[HISTORY_PERCENTILES]; /* ms; -1: there was none */
};

/* GET /v1/queues/{name}/history (read lane): points in [from, to), oldest first. */
struct queue_history {
	struct str queue;
	bool hours;       /* else minutes */
	int64_t from, to; /* wall; to 0: now; from 0: an hour, or a week, before. Out: as taken */
	struct history_point *points; /* out */
	int count;
};
extern const struct op op_queue_history;

extern const struct op op_history_write; /* a command of the clock */

#endif
