/* clock.c - pushing the server's clock, for tests; only with --test-clock. */
#include "domain/clock.h"

#include "api/rest/routes.h"
#include "api/state.h"

static struct clock_set *test_clock(struct api_call *call)
{
	struct clock_set *in = CALL_NEW(call, struct clock_set);

	call->c->in = in;
	if (!call->api->config.test_clock)
		(void)refuse(call->c, REFUSED_UNSUPPORTED_OPERATION,
		             "The clock can be set only with --test-clock.");
	return in;
}

void rest_clock_set_parse(struct api_call *call, const struct rest_in *rest)
{
	struct clock_set *in = test_clock(call);

	in->wall_ms = param_int(call, rest->body, "timestamp", -1);
	if (in->wall_ms < 0)
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "timestamp must be a time in milliseconds since 1970.");
}

void rest_clock_reset_parse(struct api_call *call, const struct rest_in *rest)
{
	(void)rest;
	test_clock(call)->reset = true;
}
