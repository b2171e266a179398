/* side.c - one kind of calls: asked from the engine, a bounded number under way. */
#include "egress/side.h"

#include "egress/call.h"
#include "egress/wheel.h"

enum { FAULT_AGAIN_MS = 1000 }; /* the engine could not do it */

void side_open(struct side *s, struct egress *e, uv_loop_t *loop, const struct side_kind *kind)
{
	s->egress = e;
	s->kind = kind;
	list_init(&s->calls);
	list_init(&s->held);
	must(uv_timer_init(loop, &s->timer) == 0);
	s->timer.data = s;
}

void side_close(struct side *s)
{
	struct list *lists[] = { &s->calls, &s->held };

	s->ended = true;
	for (int i = 0; i < 2; i++)
		while (!list_empty(lists[i]))
			call_drop(LIST_TAKE(lists[i], struct call, node));
	if (s->kind->closed != NULL)
		s->kind->closed(s);
	uv_close((uv_handle_t *)&s->timer, NULL);
}

void side_ask(struct side *s)
{
	int room = s->kind->max - s->count;

	/* What is taken now may be older than what we were woken for. */
	s->again = s->asking;
	s->more = s->more || room <= 0;
	if (s->asking || s->ended || room <= 0)
		return;
	s->asking = true;
	egress_send(s->egress, s->kind->ask(s, room));
}

bool side_wanted(const struct side *s)
{
	return s->more || s->asking;
}

static void on_timer(uv_timer_t *timer)
{
	struct side *s = timer->data;

	s->at = 0;
	side_ask(s);
}

void side_plan(struct side *s, int64_t ms)
{
	if (s->ended || ms == NEVER)
		return;
	uint64_t now = uv_now(s->timer.loop);
	uint64_t at = now + (uint64_t)(ms < 1 ? 1 : ms > HOUR_MS ? HOUR_MS : ms);
	if (s->at != 0 && s->at <= at)
		return;
	s->at = at;
	uv_timer_start(&s->timer, on_timer, at - now, 0);
}

static void taken(struct side *s, const struct cmd *c)
{
	s->asking = false;
	if (c->fault != OK || cmd_refused(c)) {
		side_plan(s, FAULT_AGAIN_MS);
		return;
	}
	if (s->again)
		side_plan(s, 0);
	s->again = false;
	s->kind->taken(s, c);
}

void side_answered(struct side *s, struct cmd *c)
{
	if (c->op == &op_outbox_take || c->op == &op_push_take || c->op == &op_notify_take)
		taken(s, c);
	else
		s->kind->reported(s, c);
	cmd_free(c);
}

void side_begun(struct side *s)
{
	s->count++;
	atomic_store(&s->under_way, s->count);
}

void side_done(struct side *s, struct call *c, enum outbox_result result)
{
	must(s->count > 0);
	node_take(&c->node);
	s->count--;
	atomic_store(&s->under_way, s->count);
	atomic_fetch_add(&s->called, 1);
	atomic_fetch_add(result == OUTBOX_DONE     ? &s->done
	                 : result == OUTBOX_FAILED ? &s->failed
	                                           : &s->final,
	                 1);
}

struct egress_figures side_figures(struct side *s)
{
	return (struct egress_figures){ .called = atomic_load(&s->called),
		                            .done = atomic_load(&s->done),
		                            .failed = atomic_load(&s->failed),
		                            .final = atomic_load(&s->final),
		                            .under_way = atomic_load(&s->under_way) };
}
