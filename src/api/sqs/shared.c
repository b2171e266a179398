/* shared.c - what the operations of SQS share: names, URLs, ARNs, maps, batches, pages. */
#include "api/sqs/sqs.h"
#include "api/state.h"
#include "base/limits.h"
#include "domain/queue/receipt.h"

struct str sqs_name_of_url(struct str url)
{
	while (url.len > 0 && url.at[url.len - 1] == '/')
		url.len--;
	for (size_t i = url.len; i > 0; i--)
		if (url.at[i - 1] == '/')
			return str_from(url, i);
	return url;
}

struct str sqs_queue(struct api_call *call, const struct json *params)
{
	struct str url = param_text(call, params, "QueueUrl");

	call->resource = url.len > 0 ? sqs_name_of_url(url) : call->path_queue;
	if (call->resource.len == 0 && url.len > 0)
		(void)refuse(call->c, REFUSED_NO_SUCH_QUEUE, "The specified queue does not exist.");
	else if (call->resource.len == 0)
		param_missing(call, "QueueUrl");
	return call->resource;
}

struct str sqs_url(const struct api_call *call, struct str name)
{
	struct str origin = call_origin(call);

	return arena_printf(call->c->arena, "%.*s/%.*s/%.*s", S_ARG(origin),
	                    S_ARG(call->api->config.account), S_ARG(name));
}

struct str sqs_arn(const struct api_call *call, struct str name)
{
	const struct api_config *config = &call->api->config;

	return arena_printf(call->c->arena, "arn:aws:sqs:%.*s:%.*s:%.*s", S_ARG(config->region),
	                    S_ARG(config->account), S_ARG(name));
}

/* Region and account are not looked at: there is one of each. */
struct str sqs_name_of_arn(struct str arn)
{
	struct str arn_word = str_cut(&arn, ':');
	(void)str_cut(&arn, ':');
	struct str service = str_cut(&arn, ':');
	(void)str_cut(&arn, ':');
	(void)str_cut(&arn, ':');

	return str_is(arn_word, "arn") && str_is(service, "sqs") && arn.len > 0 ? arn : S_NONE;
}

const uint8_t *sqs_receipt_key(const struct api_call *call)
{
	return call->api->config.receipt_key;
}

struct refused sqs_read_receipt(struct api_call *call, struct str handle, struct receipt *r)
{
	if (receipt_read(sqs_receipt_key(call), handle, r))
		return (struct refused){ .why = REFUSED_NONE };
	return (struct refused){ .why = REFUSED_RECEIPT_INVALID,
		                     .text = S("The input receipt handle is invalid.") };
}

/* ---- maps and lists */

struct pair *sqs_pairs(struct api_call *call, const struct json *params, const char *name,
                       int *count)
{
	const struct json *map = param_map(call, params, name);

	*count = 0;
	if (map == NULL)
		return NULL;
	struct pair *pairs = CALL_ARRAY(call, struct pair, map->count);
	JSON_EACH (map, v) {
		if (v->kind == JSON_NULL)
			continue;
		if (v->kind != JSON_STRING)
			(void)refuse(call->c, REFUSED_MALFORMED_INPUT,
			             "The values of %s must be strings, not %s.", name,
			             json_kind_name(v->kind));
		pairs[(*count)++] = (struct pair){ v->key, json_text(v) };
	}
	return pairs;
}

void sqs_write_pairs(struct out *o, struct str key, struct str element, struct str name_tag,
                     const struct pair *pairs, int count)
{
	if (count == 0)
		return;
	if (o->form == OUT_JSON)
		out_object(o, key);
	for (int i = 0; i < count; i++)
		out_entry(o, element, name_tag, S("Value"), pairs[i].name, pairs[i].value);
	if (o->form == OUT_JSON)
		out_end(o);
}

void sqs_write_urls(const struct api_call *call, struct out *o, struct str key,
                    const struct str *names, int count)
{
	if (count == 0)
		return;
	out_list(o, key, S_NONE);
	for (int i = 0; i < count; i++)
		out_item_text(o, S("QueueUrl"), sqs_url(call, names[i]));
	out_end(o);
}

/* ---- batches */

const struct json *sqs_entries(struct api_call *call, const struct json *params, const char *entry)
{
	const struct json *list = param_list(call, params, "Entries");
	int count = list == NULL ? 0 : (int)list->count, i = 0;
	struct str *ids = CALL_ARRAY(call, struct str, count);

	JSON_EACH (list, v) {
		if (v->kind != JSON_OBJECT)
			(void)refuse(call->c, REFUSED_MALFORMED_INPUT,
			             "The elements of Entries must be objects.");
		ids[i++] = param_text(call, v, "Id");
	}
	if (cmd_refused(call->c) ||
	    call_refuse(call, validate_batch(call->c->arena, entry, ids, count)))
		return NULL;
	return list;
}

void sqs_write_failed(const struct api_call *call, struct out *o, struct str id, struct refused r)
{
	struct api_error e = call->family->error(call, r);

	out_item(o, S("BatchResultErrorEntry"));
	out_text(o, S("Id"), id);
	out_bool(o, S("SenderFault"), !e.receiver);
	out_text(o, S("Code"), e.code);
	out_text(o, S("Message"), e.text);
	out_end(o);
}

/* ---- pages. The token is the last name of the page before. */

void sqs_page(struct api_call *call, const struct json *params, int *max, struct str *after)
{
	int64_t wanted = param_int(call, params, "MaxResults", LIST_MAX);
	struct str token = param_text(call, params, "NextToken");

	call_refuse(call, validate_range(call->c->arena, RANGE_LIST_RESULTS, wanted));
	*max = (int)wanted;
	*after = S_NONE;
	if (token.len == 0)
		return;
	*after = base64_read(call->c->arena, token);
	if (after->len == 0 || !str_utf8(*after))
		(void)refuse(
			call->c, REFUSED_INVALID_PARAMETER,
			"Value %.*s for parameter NextToken is invalid. Reason: It is not one that a list has "
			"returned.",
			S_ARG(token));
}

void sqs_write_next(const struct api_call *call, struct out *o, bool asked, bool more,
                    struct str last)
{
	struct buf token = { 0 };

	if (!asked || !more)
		return;
	base64_write(&token, last);
	arena_adopt(call->c->arena, token.at);
	out_text(o, S("NextToken"), buf_str(&token));
}
