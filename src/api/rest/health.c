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

void rest_readyz(const struct api_call *call, struct out *o)
{
	(void)call;
	out_text(o, S("status"), S("ready"));
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

static const char page[] =
	"<!doctype html>\n"
	"<html lang=\"en\"><head><meta charset=\"utf-8\"><title>ringi</title>\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<style>body{font:16px/1.5 system-ui,sans-serif;max-width:44em;margin:3em auto;padding:0 1em}"
	"code{background:#8882;padding:.1em .3em}</style></head>\n"
	"<body><h1>ringi " RINGI_VERSION "</h1>\n"
	"<p>A durable message queue that speaks Amazon SQS and SNS. Point an SDK at this address:</p>\n"
	"<pre><code>aws --endpoint-url ADDRESS sqs create-queue --queue-name hello</code></pre>\n"
	"<ul>\n"
	"<li><a href=\"/v1/queues\">/v1/queues</a>: the queues and their counts, as JSON</li>\n"
	"<li><a href=\"/metrics\">/metrics</a>: figures for Prometheus</li>\n"
	"<li><a href=\"/readyz\">/readyz</a>: whether it serves requests</li>\n"
	"</ul></body></html>\n";

void rest_landing(const struct api_call *call, struct buf *b)
{
	(void)call;
	buf_add_text(b, page);
}
