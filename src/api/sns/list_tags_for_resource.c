/* list_tags_for_resource.c - ListTagsForResource: the tags of a topic. */
#include "api/sns/sns.h"

static void parse(struct api_call *call, const struct json *params)
{
	struct topic_tags *in = CALL_NEW(call, struct topic_tags);

	call->c->in = in;
	in->name = sns_topic(call, params, "ResourceArn");
}

static void render(const struct api_call *call, struct out *o)
{
	const struct topic_tags *in = call->c->in;

	out_list(o, S("Tags"), S("Tags"));
	for (int i = 0; i < in->all_count; i++) {
		out_item(o, S("member"));
		out_text(o, S("Key"), in->all[i].name);
		out_text(o, S("Value"), in->all[i].value);
		out_end(o);
	}
	out_end(o);
}

const struct api_op op_sns_list_tags_for_resource = {
	.name = "ListTagsForResource",
	.op = &op_topic_tags_list,
	.parse = parse,
	.render = render,
};
