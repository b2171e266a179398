/* figures.h - how approvals go: how long they take, how many are late, how often people's votes
 * and our notifications miss, and whether that is within what was promised.
 *
 * Computed from the rows when asked, nothing is counted twice or kept apart. Over those closed in
 * [from, to), the newest APPROVAL_FIGURES_MAX of them. Lengths are milliseconds. */
#ifndef RINGI_DOMAIN_APPROVAL_FIGURES_H
#define RINGI_DOMAIN_APPROVAL_FIGURES_H

#include "domain/approval/approval.h"

/* Those that people decided in a week that begins on Monday, 00:00 UTC. */
struct approval_week {
	int64_t begin, decided, p50_ms, p95_ms;
};

struct approval_figures {
	struct str policy; /* only of this one; absent: of all */
	int64_t from, to;  /* wall; to 0: now, from 0: APPROVAL_FIGURES_DAYS before */

	/* out */
	int64_t closed[APPROVAL_STATES]; /* by how they ended */
	int64_t open, late;              /* now: not closed; and past their deadline */
	int64_t decided, p50_ms, p95_ms; /* approved or rejected: from opening to close; -1: none */
	int64_t deadlines, timeouts;     /* closed ones that had one; that ended at it or behind it */
	int64_t votes, turned_away;  /* votes that count; that came too late, twice, or on old data */
	int64_t sent, retries;       /* attempts to notify somebody; beyond the first */
	struct approval_week *weeks; /* the oldest first, those without any left out */
	int week_count;
	bool more; /* there were more approvals than are looked at */
};
extern const struct op op_approval_figures; /* read lane */

#endif
