/* receipts.c - the four operations that are about receipt handles. */
#include "api/sqs/receipts.h"

static struct refused read_one(struct api_call *call, const struct json *params, bool change,
                               struct receipt_entry *e)
{
	struct str handle = param_text(call, params, "ReceiptHandle");
	int64_t visibility = param_int(call, params, "VisibilityTimeout", 0);
	struct arena *a = call->c->arena;

	if (handle.len == 0)
		return refused_as(a, REFUSED_MISSING_PARAMETER,
		                  "The request must contain the parameter ReceiptHandle.");
	e->visibility_s = visibility;
	if (change && !param_given(params, "VisibilityTimeout"))
		return refused_as(a, REFUSED_MISSING_PARAMETER,
		                  "The request must contain the parameter VisibilityTimeout.");
	struct refused r = { .why = REFUSED_NONE };
	if (change)
		r = validate_range(a, RANGE_VISIBILITY, visibility);
	return r.why == REFUSED_NONE ? sqs_read_receipt(call, handle, &e->receipt) : r;
}

void receipts_parse_one(struct api_call *call, const struct json *params, bool change)
{
	struct queue_receipts *in = CALL_NEW(call, struct queue_receipts);

	call->c->in = in;
	in->queue = sqs_queue(call, params);
	in->entries = CALL_NEW(call, struct receipt_entry);
	in->count = 1;
	call_refuse(call, read_one(call, params, change, in->entries));
}

void receipts_parse_batch(struct api_call *call, const struct json *params, const char *entry,
                          bool change)
{
	struct queue_receipts *in = CALL_NEW(call, struct queue_receipts);

	call->c->in = in;
	in->batch = true;
	in->queue = sqs_queue(call, params);
	const struct json *entries = sqs_entries(call, params, entry);
	if (entries == NULL)
		return;
	in->entries = CALL_ARRAY(call, struct receipt_entry, entries->count);
	JSON_EACH (entries, v) {
		struct receipt_entry *e = &in->entries[in->count++];
		e->id = json_get_text(v, "Id");
		e->refused = read_one(call, v, change, e);
	}
}

static int write_done(struct out *o, const struct queue_receipts *in, struct str element)
{
	int failed = 0;

	for (int i = 0; i < in->count; i++)
		failed += in->entries[i].refused.why != REFUSED_NONE;
	if (failed == in->count)
		return failed;
	out_list(o, S("Successful"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		if (in->entries[i].refused.why != REFUSED_NONE)
			continue;
		out_item(o, element);
		out_text(o, S("Id"), in->entries[i].id);
		out_end(o);
	}
	out_end(o);
	return failed;
}

void receipts_render_batch(const struct api_call *call, struct out *o, struct str element)
{
	const struct queue_receipts *in = call->c->in;

	if (write_done(o, in, element) == 0)
		return;
	out_list(o, S("Failed"), S_NONE);
	for (int i = 0; i < in->count; i++) {
		const struct receipt_entry *e = &in->entries[i];
		if (e->refused.why != REFUSED_NONE)
			sqs_write_failed(call, o, e->id, sqs_receipt_refused(call, e->refused, &e->receipt));
	}
	out_end(o);
}
