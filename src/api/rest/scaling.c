/* scaling.c - GET /v1/queues/{name}/scaling: how many workers a queue wants. */
#include "domain/queue/scaling.h"

#include "api/rest/routes.h"
#include "base/limits.h"
#include "domain/queue/stats.h"

static int64_t number(struct api_call *call, const struct rest_in *rest, const char *name,
                      int64_t min, int64_t max, int64_t otherwise)
{
	struct str text = form_get(&rest->query, name);
	int64_t n = otherwise;

	if (str_given(text) && !str_i64(text, min, max, &n))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, name,
		                   "%s must be a number from %lld to %lld, not %.*s.", name, (long long)min,
		                   (long long)max, S_ARG(text));
	return n;
}

void rest_scaling_parse(struct api_call *call, const struct rest_in *rest)
{
	struct queue_scaling *in = CALL_NEW(call, struct queue_scaling);
	struct scaling_question *p = &in->question;

	call->c->in = in;
	in->name = rest_queue(call, rest);
	p->target_wait_s = number(call, rest, "target_wait_s", 1, SCALING_TARGET_MAX_S, 0);
	p->min = number(call, rest, "min", 0, SCALING_WORKERS_MAX, 0);
	p->max = number(call, rest, "max", 1, SCALING_WORKERS_MAX, 0);
	p->workers = number(call, rest, "workers", 0, SCALING_WORKERS_MAX, -1);
	p->per_worker = number(call, rest, "per_worker", 1, SCALING_WORKERS_MAX, 1);
	if (p->max > 0 && p->min > p->max)
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "min",
		                   "min is %lld, which is more than max, %lld.", (long long)p->min,
		                   (long long)p->max);
}

static void rate(const struct api_call *call, struct out *o, struct str key, double per_second)
{
	out_json(o, key, arena_printf(call->c->arena, "%.3f", per_second));
}

void rest_scaling_render(const struct api_call *call, struct out *o)
{
	const struct queue_scaling *in = call->c->in;
	const struct scaling *s = &in->answer;
	int64_t age_ms = in->oldest_sent_at == 0 ? 0 : call->now_ms - in->oldest_sent_at;

	out_text(o, S("queue"), in->name);
	out_number(o, S("workers_wanted"), s->workers_wanted);
	out_number(o, S("workers_now"), s->workers_now);
	out_number(o, S("backlog"), s->backlog);
	out_number(o, S("in_flight"), s->in_flight);
	out_number(o, S("oldest_age_s"), age_ms < 0 ? 0 : age_ms / SECOND_MS);
	rate(call, o, S("arrival_rate"), s->arrival_rate);
	rate(call, o, S("service_rate"), s->service_rate);
	if (s->per_worker_rate > 0)
		rate(call, o, S("per_worker_rate"), s->per_worker_rate);
	out_number(o, S("target_wait_s"), s->target_wait_s);
	out_number(o, S("window_s"), STATS_WINDOW_S);
}
