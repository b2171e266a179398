/* health.c - at the nodes' port: is it there, is it of use, what does it see. And to clients of
 * a standby that knows no owner: come again. */
#include "cluster/health.h"

#include <string.h>

#include "wire/out.h"

/* Whether a client that comes here is served: by this node, or by the owner it passes it on to. */
static bool of_use(const struct nodes *all)
{
	const struct node_info *owner = nodes_named(all, all->holder);

	if (all->serving)
		return true;
	return all->held && owner != NULL && owner->live && owner->address[0] != '\0' &&
	       all->seen_ms_ago >= 0 && all->seen_ms_ago <= NODE_LATE_MS;
}

static void answer(struct http_server *server, struct http_request *r, int status, struct str type,
                   struct str headers, struct str body)
{
	struct http_answer a = {
		.status = status,
		.content_type = type,
		.headers = headers,
		.body = body,
		.close = status >= 500,
	};

	(void)http_answer(server, r->conn, &a);
	arena_close(r->arena);
}

static void problem(struct http_server *server, struct http_request *r, int status,
                    const char *code, const char *detail)
{
	struct buf body = { 0 };
	struct out o = out_start(OUT_JSON, &body);

	out_object(&o, S_NONE);
	out_number(&o, S("status"), status);
	out_text(&o, S("code"), str_of(code));
	out_text(&o, S("detail"), str_of(detail));
	out_end(&o);
	answer(server, r, status, S("application/problem+json"),
	       status == 503 ? S("Retry-After: 1\r\n") : S(""), buf_str(&body));
	buf_free(&body);
}

static void ready(struct front *f, struct http_request *r, const struct nodes *all)
{
	struct buf body = { 0 };
	struct out o = out_start(OUT_JSON, &body);
	bool good = of_use(all) && !f->draining;

	out_object(&o, S_NONE);
	out_text(&o, S("status"), good ? S("ready") : S("no owner"));
	out_text(&o, S("node"), str_of(all->self));
	out_text(&o, S("role"), all->serving ? S("owner") : S("standby"));
	out_text(&o, S("owner"), all->held ? str_of(all->holder) : S(""));
	out_number(&o, S("epoch"), all->epoch);
	out_end(&o);
	answer(f->own, r, good ? 200 : 503, S("application/json"), S(""), buf_str(&body));
	buf_free(&body);
}

void health_own(void *context, struct http_request *r)
{
	struct front *f = context;
	struct nodes *all = ARENA_NEW(r->arena, struct nodes);
	struct buf body = { 0 };

	f->config.nodes(f->config.context, all);
	if (r->method != HTTP_GET_ && r->method != HTTP_HEAD_) {
		problem(f->own, r, 405, "METHOD_NOT_ALLOWED", "This port answers GET.");
	} else if (str_is(r->path, "/healthz")) {
		answer(f->own, r, 200, S("application/json"), S(""), S("{\"status\":\"ok\"}"));
	} else if (str_is(r->path, "/readyz")) {
		ready(f, r, all);
	} else if (str_is(r->path, "/metrics")) {
		nodes_metrics(&body, all);
		answer(f->own, r, 200, S("text/plain; version=0.0.4; charset=utf-8"), S(""),
		       buf_str(&body));
		buf_free(&body);
	} else {
		problem(f->own, r, 404, "NOT_FOUND",
		        "This is the port for other nodes: it has /healthz, /readyz and /metrics.");
	}
}

void health_away(void *context, struct http_request *r)
{
	struct front *f = context;

	problem(f->away, r, 503, "NO_OWNER",
	        "No node serves at the moment; one takes over within seconds. Try again.");
}
