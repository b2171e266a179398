/* history.c - GET /v1/queues/{name}/history: the figures of a queue over time. */
#include "domain/queue/history.h"

#include "api/rest/routes.h"

/* RFC 3339; 0 when absent. */
static int64_t moment(struct api_call *call, const struct rest_in *rest, const char *name)
{
	struct str text = form_get(&rest->query, name);
	int64_t wall_ms = 0;

	if (str_given(text) && (!time_read_rfc3339(text, &wall_ms) || wall_ms < 1))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, name,
		                   "%s must be a time as in 2026-01-31T09:30:00Z, not %.*s.", name,
		                   S_ARG(text));
	return wall_ms;
}

void rest_history_parse(struct api_call *call, const struct rest_in *rest)
{
	struct queue_history *in = CALL_NEW(call, struct queue_history);
	struct str step = form_get(&rest->query, "step");

	call->c->in = in;
	in->queue = rest_queue(call, rest);
	in->from = moment(call, rest, "from");
	in->to = moment(call, rest, "to");
	in->hours = str_is(step, "hour");
	if (str_given(step) && !in->hours && !str_is(step, "minute"))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "step",
		                   "step must be minute or hour, not %.*s.", S_ARG(step));
}

/* {"p50", "p95", "p99"}, where there was anything. */
static void times(struct out *o, struct str key, const int64_t ms[HISTORY_PERCENTILES])
{
	if (ms[0] < 0)
		return;
	out_object(o, key);
	out_number(o, S("p50"), ms[0]);
	out_number(o, S("p95"), ms[1]);
	out_number(o, S("p99"), ms[2]);
	out_end(o);
}

static void point(struct out *o, const struct history_point *p)
{
	out_item(o, S_NONE);
	rest_time(o, S("at"), p->at);
	out_number(o, S("sent"), p->sent);
	out_number(o, S("moved_in"), p->moved_in);
	out_number(o, S("received"), p->received);
	out_number(o, S("deleted"), p->deleted);
	out_number(o, S("failed"), p->failed);
	out_number(o, S("dead_lettered"), p->dead_lettered);
	out_number(o, S("backlog"), p->backlog);
	times(o, S("wait_ms"), p->wait);
	times(o, S("run_ms"), p->run);
	out_end(o);
}

void rest_history_render(const struct api_call *call, struct out *o)
{
	const struct queue_history *in = call->c->in;

	out_text(o, S("queue"), in->queue);
	out_text(o, S("step"), in->hours ? S("hour") : S("minute"));
	rest_time(o, S("from"), in->from);
	rest_time(o, S("to"), in->to);
	out_list(o, S("points"), S_NONE);
	for (int i = 0; i < in->count; i++)
		point(o, &in->points[i]);
	out_end(o);
}
