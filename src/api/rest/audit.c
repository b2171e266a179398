/* audit.c - /v1/audit: who changed what, what proves it, and the two ways to forget. */
#include "api/rest/routes.h"

#include "api/rest/job.h"
#include "base/limits.h"
#include "domain/audit/change.h"
#include "domain/audit/read.h"
#include "wire/chain_line.h"
#include "wire/hash.h"

/* ---- what is asked */

/* RFC 3339; `otherwise` when it is not given. */
static int64_t moment(struct api_call *call, struct str text, const char *name, int64_t otherwise)
{
	int64_t wall_ms = otherwise;

	if (str_given(text) && !time_read_rfc3339(text, &wall_ms))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, name,
		                   "%s must be a time as in 2026-11-23T09:00:00Z.", name);
	return wall_ms;
}

static int64_t seq_of(struct api_call *call, struct str text, const char *name, int64_t otherwise)
{
	uint64_t seq = (uint64_t)otherwise;

	if (str_given(text) && !str_u64(text, INT64_MAX, &seq))
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, name,
		                   "%s must be the number of an audit record.", name);
	return (int64_t)seq;
}

void rest_audit_list_parse(struct api_call *call, const struct rest_in *rest)
{
	struct audit_list *in = CALL_NEW(call, struct audit_list);

	call->c->in = in;
	in->resource = form_get(&rest->query, "resource");
	in->principal = form_get(&rest->query, "principal");
	in->action = form_get(&rest->query, "action");
	in->from_ms = moment(call, form_get(&rest->query, "from"), "from", 0);
	in->to_ms = moment(call, form_get(&rest->query, "to"), "to", INT64_MAX);
	in->before = seq_of(call, form_get(&rest->query, "cursor"), "cursor", INT64_MAX);
	in->max = rest_limit(call, rest, 100, LIST_MAX);
}

void rest_audit_get_parse(struct api_call *call, const struct rest_in *rest)
{
	struct audit_get *in = CALL_NEW(call, struct audit_get);

	call->c->in = in;
	in->seq = seq_of(call, rest->args[0], "seq", 0);
}

void rest_audit_export_parse(struct api_call *call, const struct rest_in *rest)
{
	struct audit_export *in = CALL_NEW(call, struct audit_export);

	call->c->in = in;
	in->after = seq_of(call, form_get(&rest->query, "after"), "after", 0);
	in->max = rest_limit(call, rest, AUDIT_EXPORT_ROWS, AUDIT_EXPORT_ROWS);
}

void rest_audit_checkpoints_parse(struct api_call *call, const struct rest_in *rest)
{
	struct audit_checkpoints *in = CALL_NEW(call, struct audit_checkpoints);

	call->c->in = in;
	in->after = seq_of(call, form_get(&rest->query, "cursor"), "cursor", 0);
	in->max = rest_limit(call, rest, 100, LIST_MAX);
}

void rest_audit_key_parse(struct api_call *call, const struct rest_in *rest)
{
	(void)rest;
	call->c->in = CALL_NEW(call, struct audit_keys);
}

void rest_audit_redact_parse(struct api_call *call, const struct rest_in *rest)
{
	struct audit_redact *in = CALL_NEW(call, struct audit_redact);

	call->c->in = in;
	if (!rest_only(call, rest->body, "resource person before after origin words reason"))
		return;
	in->resource = rest_short(call, rest->body, "resource", AUDIT_TEXT_MAX);
	in->person = rest_short(call, rest->body, "person", AUDIT_TEXT_MAX);
	in->before_ms = moment(call, param_text(call, rest->body, "before"), "before", INT64_MAX);
	in->after = param_int(call, rest->body, "after", 0);
	in->origin = param_bool(call, rest->body, "origin", false);
	in->words = param_bool(call, rest->body, "words", false);
	in->reason = rest_short(call, rest->body, "reason", JOB_REASON_MAX);
	if (in->after < 0)
		(void)refuse_field(call->c, REFUSED_INVALID_PARAMETER, "after",
		                   "after must be the number of an audit record, or 0.");
}

void rest_audit_retain_parse(struct api_call *call, const struct rest_in *rest)
{
	struct audit_retain *in = CALL_NEW(call, struct audit_retain);

	call->c->in = in;
	if (!rest_only(call, rest->body, "before reason"))
		return;
	in->before_ms = moment(call, param_text_needed(call, rest->body, "before"), "before", 0);
	in->reason = rest_short(call, rest->body, "reason", JOB_REASON_MAX);
}

/* ---- what is answered */

static void hex(struct out *o, const struct api_call *call, struct str key, const uint8_t *bytes,
                size_t size)
{
	char *text = arena_get(call->c->arena, 2 * size + 1);

	hex_text(bytes, size, text);
	out_text(o, key, str_of(text));
}

static void object(struct out *o, const char *name, struct str json)
{
	if (str_given(json))
		out_json(o, str_of(name), json);
}

static void record(struct out *o, const struct api_call *call, const struct chain_record *r)
{
	out_number(o, S("seq"), r->seq);
	rest_time(o, S("at"), r->at);
	out_text(o, S("principal"), r->principal);
	rest_given(o, "on_behalf", r->on_behalf);
	out_text(o, S("action"), r->action);
	out_text(o, S("resource"), r->resource);
	rest_given(o, "from", r->from);
	rest_given(o, "to", r->to);
	rest_given(o, "reason", r->words.texts[0]);
	rest_given(o, "request_id", r->request_id);
	rest_given(o, "trace_id", r->trace_id);
	rest_given(o, "address", r->origin.texts[0]);
	rest_given(o, "client", r->origin.texts[1]);
	object(o, "detail", r->detail);
	object(o, "personal", r->words.texts[1]);
	if (str_given(r->origin.digest) || str_given(r->words.digest))
		out_bool(o, S("redacted"), true);
	hex(o, call, S("hash"), r->hash, sizeof r->hash);
}

void rest_audit_list_render(const struct api_call *call, struct out *o)
{
	const struct audit_list *in = call->c->in;

	out_list(o, S("records"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		record(o, call, &in->records[i]);
		out_end(o);
	}
	out_end(o);
	if (in->more)
		out_text(o, S("cursor"),
		         arena_printf(call->c->arena, "%lld", (long long)in->records[in->count - 1].seq));
}

void rest_audit_get_render(const struct api_call *call, struct out *o)
{
	const struct audit_get *in = call->c->in;

	record(o, call, in->record);
	object(o, "personal_whole", in->whole);
}

void rest_audit_export_write(const struct api_call *call, struct buf *b)
{
	const struct audit_export *in = call->c->in;

	buf_add(b, in->lines);
}

void rest_audit_checkpoints_render(const struct api_call *call, struct out *o)
{
	const struct audit_checkpoints *in = call->c->in;

	out_list(o, S("checkpoints"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		const struct chain_checkpoint *c = &in->checkpoints[i];
		struct uuid chain;
		memcpy(chain.bytes, c->chain, sizeof chain.bytes);
		out_item(o, S_NONE); /* spelled as in an export: it can be kept as a line */
		out_number(o, S("checkpoint"), c->seq);
		rest_uuid(o, S("chain"), chain);
		rest_time(o, S("at"), c->at);
		hex(o, call, S("hash"), c->hash, sizeof c->hash);
		out_text(o, S("software"), c->software);
		hex(o, call, S("key"), c->public, sizeof c->public);
		hex(o, call, S("signature"), c->signature, sizeof c->signature);
		out_end(o);
	}
	out_end(o);
	if (in->more)
		out_text(o, S("cursor"),
		         arena_printf(call->c->arena, "%lld",
		                      (long long)in->checkpoints[in->count - 1].seq));
}

void rest_audit_key_render(const struct api_call *call, struct out *o)
{
	const struct audit_keys *in = call->c->in;
	struct uuid chain;

	memcpy(chain.bytes, in->chain, sizeof chain.bytes);
	rest_uuid(o, S("chain"), chain);
	out_text(o, S("algorithm"), S("Ed25519"));
	if (in->count > 0)
		hex(o, call, S("key"), in->keys[in->count - 1].public, ED25519_PUBLIC_SIZE);
	out_list(o, S("keys"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		out_item(o, S_NONE);
		hex(o, call, S("key"), in->keys[i].public, ED25519_PUBLIC_SIZE);
		rest_time(o, S("made_at"), in->keys[i].made_at);
		out_end(o);
	}
	out_end(o);
}

void rest_audit_redact_render(const struct api_call *call, struct out *o)
{
	const struct audit_redact *in = call->c->in;

	out_number(o, S("redacted"), in->redacted);
	out_number(o, S("last"), in->last);
	out_bool(o, S("more"), in->more);
}

void rest_audit_retain_render(const struct api_call *call, struct out *o)
{
	const struct audit_retain *in = call->c->in;

	out_number(o, S("removed"), in->removed);
	out_number(o, S("last"), in->last);
	out_bool(o, S("more"), in->more);
}
