/* health.c - is it there, is it ready, what is it. */
#include "api/rest/routes.h"
#include "api/state.h"

void rest_healthz(const struct api_call *call, struct out *o)
{
	(void)call;
	out_text(o, S("status"), S("ok"));
}

void rest_readyz_parse(struct api_call *call, const struct rest_in *rest)
{
	(void)rest;
	if (!atomic_load(&call->api->ready))
		(void)refuse(call->c, REFUSED_UNAVAILABLE, "The server is starting or stopping.");
}

/* What tools ask that were made for another server of the same API. */
void rest_localstack(const struct api_call *call, struct out *o)
{
	(void)call;
	out_object(o, S("services"));
	out_text(o, S("sqs"), S("running"));
	out_text(o, S("sns"), S("running"));
	out_end(o);
	out_text(o, S("edition"), S("ringi"));
	out_text(o, S("version"), S(RINGI_VERSION));
}
