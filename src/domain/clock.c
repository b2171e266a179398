/* clock.c - pushing the clock, for tests. The engine reads time through
 * domain->clock and applies what became due before the answer leaves. */
#include "domain/clock.h"

#include "domain/batch.h"
#include "domain/domain.h"

static enum err set_check(struct batch *b, struct cmd *c)
{
	struct clock_set *p = c->in;

	(void)b;
	if (!p->reset && p->wall_ms < 0)
		refuse(c, REFUSED_INVALID_PARAMETER, "The timestamp %lld is before 1970.",
		       (long long)p->wall_ms);
	return OK;
}

static enum err set_write(struct batch *b, struct cmd *c)
{
	struct clock_set *p = c->in;
	struct clock *clock = &b->domain->clock;

	must(p->reset || p->wall_ms >= 0);
	clock->moved = true;
	b->outbox_grew = true; /* calls may have become due */
	if (p->reset) {
		/* Mono time goes on from where it stood; it never goes back. */
		clock->mono_offset = b->now.mono_ms - b->now.patience_ms;
		clock->pinned = false;
		return OK;
	}
	clock->mono_ms = b->now.mono_ms;
	if (p->wall_ms > b->now.wall_ms)
		clock->mono_ms += p->wall_ms - b->now.wall_ms;
	must(clock->mono_ms >= b->now.mono_ms);
	clock->pinned = true;
	clock->wall_ms = p->wall_ms;
	return OK;
}

struct now clock_now(const struct clock *clock, struct now machine)
{
	struct now now = machine;

	now.patience_ms = machine.mono_ms;
	now.mono_ms = clock->pinned ? clock->mono_ms : machine.mono_ms + clock->mono_offset;
	if (clock->pinned)
		now.wall_ms = clock->wall_ms;
	return now;
}

const struct op op_clock_set = {
	.name = "clock_set",
	.lane = LANE_WRITE,
	.check = set_check,
	.write = set_write,
};
