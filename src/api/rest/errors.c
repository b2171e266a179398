/* errors.c - why messages of a queue failed, by the code of the error. */
#include "api/rest/routes.h"
#include "domain/queue/queue.h"

void rest_errors_parse(struct api_call *call, const struct rest_in *rest)
{
	struct queue_errors *in = CALL_NEW(call, struct queue_errors);

	call->c->in = in;
	in->queue = rest_queue(call, rest);
}

static void group(struct out *o, const struct error_group *g)
{
	out_item(o, S_NONE);
	out_text(o, S("code"), g->code);
	if (str_given(g->message))
		out_text(o, S("message"), g->message);
	out_number(o, S("count"), g->count);
	rest_time(o, S("first_sent_at"), g->first_sent_at);
	rest_time(o, S("last_sent_at"), g->last_sent_at);
	out_list(o, S("positions"), S_NONE);
	for (int i = 0; i < g->sample_count; i++)
		out_number(o, S_NONE, (int64_t)g->samples[i]);
	out_end(o);
	out_end(o);
}

void rest_errors_render(const struct api_call *call, struct out *o)
{
	const struct queue_errors *in = call->c->in;

	out_list(o, S("errors"), S_NONE);
	for (int i = 0; i < in->count; i++)
		group(o, &in->groups[i]);
	out_end(o);
	out_number(o, S("messages"), in->looked_at);
	out_bool(o, S("more"), in->more);
}
