/* figures.c - how approvals go (figures.h). */
#include "domain/approval/figures.h"

#include <stdlib.h>

#include "domain/approval/inside.h"

#define WEEK_MS (7 * 24 * HOUR_MS)
#define FIRST_MONDAY_MS (4 * 24 * HOUR_MS) /* 1970-01-05 */

struct taken {
	int64_t week, ms; /* which one it was closed in; how long it took */
};

struct counting {
	struct approval_figures *out;
	struct taken *taken;
	int64_t seen;
};

static int64_t week_of(int64_t wall_ms)
{
	return (wall_ms - FIRST_MONDAY_MS) / WEEK_MS;
}

/* state, opened_at, closed_at, due_at, refused, votes */
static enum err count_closed(void *context, const struct value *v, int count)
{
	struct counting *n = context;
	struct approval_figures *f = n->out;
	enum approval_state state;

	must(count == 6 && n->seen <= APPROVAL_FIGURES_MAX);
	if (n->seen++ == APPROVAL_FIGURES_MAX) {
		f->more = true;
		return OK;
	}
	if (!approval_state_read(v[0].bytes, &state))
		return ERR_CORRUPT;
	int64_t opened = v[1].number, closed = v[2].number;
	f->closed[state]++;
	if (v[3].kind != VALUE_NULL) {
		f->deadlines++;
		f->timeouts += closed >= v[3].number;
	}
	f->turned_away += v[4].number;
	f->votes += v[5].number;
	if (state == APPROVAL_APPROVED || state == APPROVAL_REJECTED)
		n->taken[f->decided++] = (struct taken){ week_of(closed),
			                                     closed > opened ? closed - opened : 0 };
	return OK;
}

static enum err take_open(void *context, const struct value *v, int count)
{
	struct approval_figures *f = context;

	must(count == 2);
	f->open = v[0].number;
	f->late = v[1].number;
	return OK;
}

static enum err take_attempts(void *context, const struct value *v, int count)
{
	struct approval_figures *f = context;

	must(count == 2);
	f->sent = v[0].number;
	f->retries = v[1].number;
	return OK;
}

/* ---- percentiles */

static int by_length(const void *a, const void *b)
{
	const struct taken *x = a, *y = b;

	return x->ms < y->ms ? -1 : x->ms > y->ms;
}

static int by_week(const void *a, const void *b)
{
	const struct taken *x = a, *y = b;

	return x->week != y->week ? (x->week < y->week ? -1 : 1) : by_length(a, b);
}

/* The smallest length that `percent` of 100 are not above; of sorted ones. */
static int64_t percentile(const struct taken *sorted, int64_t count, int percent)
{
	return count == 0 ? -1 : sorted[(count * percent + 99) / 100 - 1].ms;
}

static void of_weeks(struct cmd *c, struct approval_figures *f, struct taken *t)
{
	qsort(t, (size_t)f->decided, sizeof *t, by_week);
	f->weeks = ARENA_ARRAY(c->arena, struct approval_week, APPROVAL_FIGURES_WEEKS + 1);
	for (int64_t i = 0, end; i < f->decided; i = end) {
		for (end = i; end < f->decided && t[end].week == t[i].week; end++)
			;
		must(f->week_count <= APPROVAL_FIGURES_WEEKS);
		f->weeks[f->week_count++] = (struct approval_week){
			.begin = FIRST_MONDAY_MS + t[i].week * WEEK_MS,
			.decided = end - i,
			.p50_ms = percentile(t + i, end - i, 50),
			.p95_ms = percentile(t + i, end - i, 95),
		};
	}
}

static enum err count_all(struct store *store, struct cmd *c, struct now now, struct counting *n)
{
	struct approval_figures *f = n->out;
	struct value policy = value_text(f->policy);

	TRY(store_run(store, STMT_APPROVAL_CLOSED_BETWEEN,
	              VALUES(value_int(f->from), value_int(f->to), policy,
	                     value_int(APPROVAL_FIGURES_MAX + 1)),
	              count_closed, n));
	TRY(store_run(store, STMT_APPROVAL_OPEN_COUNT, VALUES(value_int(now.wall_ms), policy),
	              take_open, f));
	TRY(store_run(store, STMT_NOTIFICATION_RETRIES,
	              VALUES(value_int(f->from), value_int(f->to), value_int(APPROVAL_FIGURES_MAX)),
	              take_attempts, f));
	qsort(n->taken, (size_t)f->decided, sizeof *n->taken, by_length);
	f->p50_ms = percentile(n->taken, f->decided, 50);
	f->p95_ms = percentile(n->taken, f->decided, 95);
	of_weeks(c, f, n->taken);
	return OK;
}

static enum err figures_read(struct store *store, struct cmd *c, struct now now)
{
	struct approval_figures *f = c->in;

	if (f->to == 0)
		f->to = now.wall_ms + 1; /* what is closed at this moment, too */
	if (f->from == 0)
		f->from = f->to - APPROVAL_FIGURES_DAYS * 24 * HOUR_MS;
	if (f->from >= f->to || f->to - f->from > APPROVAL_FIGURES_WEEKS * WEEK_MS - WEEK_MS)
		return refuse(c, REFUSED_INVALID_PARAMETER,
		              "from must be before to, and at most %d weeks before it.",
		              APPROVAL_FIGURES_WEEKS - 1);
	struct arena *scratch = arena_open();
	struct counting n = { f, ARENA_ARRAY(scratch, struct taken, APPROVAL_FIGURES_MAX), 0 };
	enum err fault = count_all(store, c, now, &n);
	arena_close(scratch);
	return fault;
}

const struct op op_approval_figures = { .name = "approval_figures",
	                                    .lane = LANE_READ,
	                                    .read = figures_read };
