/* schemas.c - the versions of a queue's schema. */
#include "api/rest/routes.h"
#include "base/limits.h"
#include "domain/queue/queue.h"
#include "wire/hash.h"

void rest_schemas_parse(struct api_call *call, const struct rest_in *rest)
{
	struct queue_schemas *in = CALL_NEW(call, struct queue_schemas);
	struct str cursor = form_get(&rest->query, "cursor");

	call->c->in = in;
	in->queue = rest_queue(call, rest);
	in->max = rest_limit(call, rest, 10, SCHEMA_VERSIONS_MAX);
	in->below = INT64_MAX;
	if (str_given(cursor) && !str_i64(cursor, 1, INT64_MAX, &in->below))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER, "cursor is a version's number, not %.*s.",
		             S_ARG(cursor));
}

static void version(struct out *o, const struct schema_version *v)
{
	struct buf sha = { 0 };

	out_item(o, S_NONE);
	out_number(o, S("version"), v->version);
	rest_time(o, S("created_at"), v->created_at);
	if (str_given(v->sha256)) {
		hex_write(&sha, (const uint8_t *)v->sha256.at, v->sha256.len);
		out_text(o, S("sha256"), buf_str(&sha));
		buf_free(&sha);
	}
	out_json(o, S("schema"), str_given(v->schema) ? v->schema : S("null"));
	out_end(o);
}

void rest_schemas_render(const struct api_call *call, struct out *o)
{
	const struct queue_schemas *in = call->c->in;
	struct buf cursor = { 0 };

	out_list(o, S("schemas"), S_NONE);
	for (int i = 0; i < in->count; i++)
		version(o, &in->versions[i]);
	out_end(o);
	if (in->more) {
		buf_add_i64(&cursor, in->versions[in->count - 1].version);
		out_text(o, S("cursor"), buf_str(&cursor));
		buf_free(&cursor);
	}
}
