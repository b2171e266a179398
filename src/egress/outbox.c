/* outbox.c - calls of the outbox: taken, held while their host has enough, reported. */
#include "base/limits.h"
#include "base/log.h"
#include "egress/call.h"
#include "egress/side.h"

/* ---- taking */

static bool same_host(const struct call *a, const struct call *b)
{
	return a->port == b->port && str_eq_nocase(a->host, b->host);
}

/* Owners whose calls wait for a place already. */
static void name_full_owners(struct side *s, struct outbox_take *in, struct arena *a)
{
	LIST_EACH (&s->held, struct call, node, c) {
		bool named = in->full_count == OUTBOX_FULL_MAX;
		for (int i = 0; i < in->full_count; i++)
			named = named || str_eq(in->full[i], c->row.owner);
		if (!named)
			in->full[in->full_count++] = arena_str(a, c->row.owner);
	}
}

static struct cmd *ask(struct side *s, int room)
{
	struct cmd *c = cmd_new(&op_outbox_take);
	struct outbox_take *in = ARENA_NEW(c->arena, struct outbox_take);

	c->in = in;
	in->max = room < OUTBOX_TAKE_MAX ? room : OUTBOX_TAKE_MAX;
	name_full_owners(s, in, c->arena);
	return c;
}

/* ---- calls */

static int calls_to_host_of(const struct side *s, const struct call *c)
{
	int n = 0;

	LIST_EACH (&s->calls, struct call, node, other)
		n += same_host(other, c);
	return n;
}

static void start_or_hold(struct side *s, struct call *c)
{
	bool full = calls_to_host_of(s, c) >= EGRESS_OWNER_CALLS_MAX;

	list_add_last(full ? &s->held : &s->calls, &c->node);
	if (!full)
		call_start(c);
}

/* A place has become free. */
static void start_held(struct side *s)
{
	LIST_EACH (&s->held, struct call, node, c)
		if (calls_to_host_of(s, c) < EGRESS_OWNER_CALLS_MAX) {
			node_take(&c->node);
			list_add_last(&s->calls, &c->node);
			call_start(c);
			return;
		}
}

static enum outbox_result result_of(const struct call *c, enum call_end end)
{
	const struct outbox_kind *kind = outbox_kind(c->row.kind);

	if (kind != NULL && kind->patient && !(end == CALL_ANSWERED && c->status == 410))
		return end == CALL_ANSWERED && c->status >= 200 && c->status < 300 ? OUTBOX_DONE
		                                                                   : OUTBOX_FAILED;
	if (end == CALL_FORBIDDEN)
		return OUTBOX_FINAL;
	if (end != CALL_ANSWERED)
		return OUTBOX_FAILED;
	if (c->status >= 200 && c->status < 300)
		return OUTBOX_DONE;
	return c->status >= 500 || c->status == 408 || c->status == 429 ? OUTBOX_FAILED : OUTBOX_FINAL;
}

static void report(struct side *s, const struct call *c, enum outbox_result result)
{
	struct cmd *command = cmd_new(&op_outbox_done);
	struct outbox_done *in = ARENA_NEW(command->arena, struct outbox_done);

	*in = (struct outbox_done){ .id = c->row.id,
		                        .lease = c->row.lease,
		                        .result = result,
		                        .retry_after_ms = call_retry_after_ms(c) };
	command->in = in;
	egress_send(s->egress, command);
}

static void ended(struct call *c, enum call_end end, const char *why)
{
	struct side *s = c->side;
	enum outbox_result result = result_of(c, end);

	if (result != OUTBOX_DONE)
		log_line(LOG_WARN, "egress", "delivery failed",
		         "kind=%.*s owner=%.*s host=%.*s attempt=%d why=\"%s\" next=%s", S_ARG(c->row.kind),
		         S_ARG(c->row.owner), S_ARG(c->host), c->row.attempts + 1, why,
		         result == OUTBOX_FAILED ? "retry" : "give-up");
	report(s, c, result);
	side_done(s, c, result);
	start_held(s);
	if (side_wanted(s))
		side_plan(s, 0);
}

static struct outbox_row copy_row(struct arena *a, const struct outbox_row *row)
{
	struct outbox_row copy = *row;

	copy.kind = arena_str(a, row->kind);
	copy.owner = arena_str(a, row->owner);
	copy.url = arena_str(a, row->url);
	copy.payload = arena_str(a, row->payload);
	return copy;
}

static void begin(struct side *s, const struct outbox_row *row)
{
	struct call *c = call_new(s->egress, s);
	const struct outbox_kind *kind = outbox_kind(row->kind);
	struct outbox_means means = egress_means(s->egress);

	c->row = copy_row(c->arena, row);
	c->attempt = c->row.attempts;
	c->ended = ended;
	side_begun(s);
	if (kind == NULL || !kind->render(c->arena, &c->row, &means, &c->what))
		call_ended(c, CALL_FORBIDDEN, "the row is not understood");
	else if (!call_aim(c))
		call_ended(c, CALL_FORBIDDEN, "the URL may not be called");
	else
		start_or_hold(s, c);
}

/* ---- answers */

static void taken(struct side *s, const struct cmd *c)
{
	const struct outbox_take *in = c->in;

	/* Rows of owners that were left out are due all the time: look again when a place is free. */
	s->more = in->wait_ms == 0 || in->full_count > 0;
	for (int i = 0; i < in->count && !s->ended; i++)
		begin(s, &in->rows[i]);
	if (in->wait_ms > 0 || s->count < s->kind->max)
		side_plan(s, in->wait_ms);
}

/* After a fault the row's lease ends by itself, and it is called again (O2). */
static void reported(struct side *s, const struct cmd *c)
{
	const struct outbox_done *in = c->in;

	side_plan(s, c->fault != OK ? OUTBOX_LEASE_MS : in->wait_ms);
}

const struct side_kind outbox_side = {
	.max = EGRESS_CALLS_MAX,
	.ask = ask,
	.taken = taken,
	.reported = reported,
};
