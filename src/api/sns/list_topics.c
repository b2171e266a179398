/* list_topics.c - ListTopics: ARNs in order of the names, 100 a page. */
#include "api/sns/sns.h"
#include "base/limits.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct topic_list *in = CALL_NEW(call, struct topic_list);

	call->c->in = in;
	in->max = TOPIC_LIST_PAGE;
	in->after = sns_after(call, params);
}

static void render(const struct api_call *call, struct out *o)
{
	const struct topic_list *in = call->c->in;

	out_list(o, S("Topics"), S("Topics"));
	for (int i = 0; i < in->count; i++) {
		out_item(o, S("member"));
		out_text(o, S("TopicArn"), sns_topic_arn(call, in->names[i]));
		out_end(o);
	}
	out_end(o);
	if (in->count > 0)
		sns_write_next(call, o, in->more, in->names[in->count - 1]);
}

const struct api_op op_sns_list_topics = {
	.name = "ListTopics",
	.op = &op_topic_list,
	.parse = parse,
	.render = render,
};
