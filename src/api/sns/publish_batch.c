/* publish_batch.c - PublishBatch: up to ten messages in one transaction, each answered. */
#include "api/sns/sns.h"
#include "base/limits.h"

static void check_ids(struct api_call *call, const struct topic_publish *in)
{
	for (int i = 0; i < in->count; i++) {
		struct str id = in->entries[i].id;
		if (id.len == 0 || id.len > BATCH_ID_MAX)
			(void)refuse(
				call->c, REFUSED_INVALID_ENTRY_ID,
				"The Id of a batch entry in the batch request is not 1 to %d characters long.",
				BATCH_ID_MAX);
		else if (!str_alphanumeric(id, "-_"))
			(void)refuse(call->c, REFUSED_INVALID_ENTRY_ID,
			             "The Id of a batch entry in the batch request contains an "
			             "impermissible character: %.*s",
			             S_ARG(id));
		for (int k = 0; k < i; k++)
			if (str_eq(id, in->entries[k].id))
				(void)refuse(call->c, REFUSED_ENTRY_IDS_NOT_DISTINCT,
				             "Two or more batch entries in the request have the same Id.");
	}
}

static void read_entries(struct api_call *call, const struct json *list, struct topic_publish *in)
{
	in->entries = CALL_ARRAY(call, struct publish_entry, list->count);
	JSON_EACH (list, v) {
		struct publish_entry *e = &in->entries[in->count++];
		e->id = param_text(call, v, "Id");
		sns_read_publish(call, v, e);
	}
	check_ids(call, in);
}

static void parse(struct api_call *call, const struct json *params)
{
	struct topic_publish *in = CALL_NEW(call, struct topic_publish);
	const struct json *list = param_list(call, params, "PublishBatchRequestEntries");

	call->c->in = in;
	in->batch = true;
	in->origin = call_origin(call);
	in->topic = sns_topic(call, params, "TopicArn");
	if (list == NULL || list->count == 0)
		(void)refuse(call->c, REFUSED_EMPTY_BATCH,
		             "The batch request doesn't contain any entries.");
	else if (list->count > BATCH_ENTRIES_MAX)
		(void)refuse(call->c, REFUSED_TOO_MANY_ENTRIES,
		             "The batch request contains more entries than permissible.");
	else
		read_entries(call, list, in);
}

static void write_failed(const struct api_call *call, struct out *o, const struct publish_entry *e)
{
	struct api_error error = sns_error(call, e->refused);

	out_item(o, S("member"));
	out_text(o, S("Id"), e->id);
	out_text(o, S("Code"), error.code);
	out_text(o, S("Message"), error.text);
	out_bool(o, S("SenderFault"), !error.receiver);
	out_end(o);
}

static void write_published(const struct api_call *call, struct out *o,
                            const struct publish_entry *e)
{
	out_item(o, S("member"));
	out_text(o, S("Id"), e->id);
	sns_write_published(call, o, e);
	out_end(o);
}

static void render(const struct api_call *call, struct out *o)
{
	const struct topic_publish *in = call->c->in;

	out_list(o, S("Successful"), S("Successful"));
	for (int i = 0; i < in->count; i++)
		if (in->entries[i].refused.why == REFUSED_NONE)
			write_published(call, o, &in->entries[i]);
	out_end(o);
	out_list(o, S("Failed"), S("Failed"));
	for (int i = 0; i < in->count; i++)
		if (in->entries[i].refused.why != REFUSED_NONE)
			write_failed(call, o, &in->entries[i]);
	out_end(o);
}

const struct api_op op_sns_publish_batch = {
	.name = "PublishBatch",
	.op = &op_topic_publish,
	.parse = parse,
	.render = render,
};
