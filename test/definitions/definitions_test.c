/* definitions_test.c - what was set up, in one look: complete, in order, bounded. */
#include <stdio.h>

#include "domain/definitions/definitions.h"
#include "domain/topic/topic.h"
#include "queue/stories.h"

static struct cmd *look(struct world *w, const char *prefix)
{
	struct definitions *p = ARENA_NEW(w->arena, struct definitions);
	struct cmd *c = world_cmd(w, &op_definitions, p);

	p->prefix = str_of(prefix);
	assert_int_equal(op_definitions.read(w->store, c, w->now), OK);
	return c;
}

static void topic(struct world *w, const char *name, const char *display)
{
	struct topic_create *in = ARENA_NEW(w->arena, struct topic_create);
	struct pair *pairs = ARENA_ARRAY(w->arena, struct pair, 2);

	pairs[0] = (struct pair){ S("DisplayName"), str_of(display) };
	pairs[1] = (struct pair){ S("team"), S("blue") };
	*in = (struct topic_create){ .name = str_of(name),
		                         .attributes = pairs,
		                         .attribute_count = 1,
		                         .tags = pairs + 1,
		                         .tag_count = 1 };
	assert_false(cmd_refused(world_run(w, &op_topic_create, in)));
}

static void subscribe(struct world *w, const char *name, const char *queue)
{
	struct subscribe *in = ARENA_NEW(w->arena, struct subscribe);
	struct pair *raw = ARENA_NEW(w->arena, struct pair);

	*raw = (struct pair){ S("RawMessageDelivery"), S("true") };
	*in = (struct subscribe){
		.topic = str_of(name),
		.protocol = S("sqs"),
		.endpoint = arena_printf(w->arena, "arn:aws:sqs:us-east-1:000000000000:%s", queue),
		.attributes = raw,
		.attribute_count = 1,
		.origin = S("http://here"),
	};
	assert_false(cmd_refused(world_run(w, &op_subscribe, in)));
}

/* "name[attribute=value,...](tag=value,...) ..." */
static const char *told(struct world *w, const struct definition_list *list)
{
	struct buf b = { 0 };
	int count = 0;

	for (const struct definition *d = list->first; d != NULL; d = d->next, count++) {
		buf_printf(&b, "%s%.*s", b.len > 0 ? " " : "",
		           S_ARG(str_given(d->topic) ? d->topic : d->name));
		if (str_given(d->endpoint))
			buf_printf(&b, ">%.*s:%.*s", S_ARG(d->protocol), S_ARG(d->endpoint));
		for (const struct setting *s = d->attributes; s != NULL; s = s->next)
			buf_printf(&b, "%s%.*s=%.*s", s == d->attributes ? "[" : ",", S_ARG(s->name),
			           S_ARG(s->value));
		buf_add_text(&b, d->attributes == NULL ? "" : "]");
		for (const struct setting *s = d->tags; s != NULL; s = s->next)
			buf_printf(&b, "(%.*s=%.*s)", S_ARG(s->name), S_ARG(s->value));
	}
	assert_int_equal(count, list->count);
	struct str text = arena_str(w->arena, buf_str(&b));
	buf_free(&b);
	return text.at;
}

static void tag(struct world *w, const char *queue)
{
	struct queue_tags *in = ARENA_NEW(w->arena, struct queue_tags);
	struct pair *pair = ARENA_NEW(w->arena, struct pair);

	*pair = (struct pair){ S("producer"), S("shop") };
	*in = (struct queue_tags){ .name = str_of(queue), .tags = pair, .count = 1 };
	assert_false(cmd_refused(world_run(w, &op_queue_tag, in)));
}

STORY(everything_is_told_in_order)
{
	struct world *w = world_open(1);
	struct cmd *c = look(w, "");
	const struct definitions *d = c->in;

	(void)state;
	is(told(w, &d->queues), "");
	cmd_free(c);
	world_queue(w, "b", "DelaySeconds", "5", "owner", "sales", NULL);
	world_queue(w, "a-bare", NULL);
	world_queue(w, "c.fifo", NULL);
	tag(w, "c.fifo");
	tag(w, "a-bare");
	topic(w, "news", "News");
	topic(w, "bare", "B");
	subscribe(w, "news", "b");
	subscribe(w, "news", "a-bare");
	c = look(w, "");
	d = c->in;
	is(told(w, &d->queues),
	   "a-bare(producer=shop) b[DelaySeconds=5,owner=sales] c.fifo[FifoQueue=true](producer=shop)");
	is(told(w, &d->topics), "bare[DisplayName=B](team=blue) news[DisplayName=News](team=blue)");
	is(told(w, &d->subscriptions),
	   "news>sqs:arn:aws:sqs:us-east-1:000000000000:a-bare[RawMessageDelivery=true] "
	   "news>sqs:arn:aws:sqs:us-east-1:000000000000:b[RawMessageDelivery=true]");
	cmd_free(c);
	c = look(w, "b");
	d = c->in;
	is(told(w, &d->queues), "b[DelaySeconds=5,owner=sales]");
	is(told(w, &d->topics), "bare[DisplayName=B](team=blue)");
	is(told(w, &d->subscriptions), "");
	cmd_free(c);
	the_end(w);
}

STORY(more_than_can_be_told_at_once_is_refused)
{
	struct world *w = world_open(1);
	char name[32];

	(void)state;
	for (int i = 0; i <= DEFINITIONS_MAX; i++) {
		snprintf(name, sizeof name, "q-%05d", i);
		is(world_queue(w, name, NULL), "NONE");
		if (i == DEFINITIONS_MAX - 1 || i == DEFINITIONS_MAX) {
			struct cmd *c = look(w, "");
			is(refusal_name(c->refused.why), i == DEFINITIONS_MAX ? "OVER_LIMIT" : "NONE");
			cmd_free(c);
		}
		if (i % 100 == 0)
			world_forget(w);
	}
	struct cmd *c = look(w, "q-00");
	assert_int_equal(((struct definitions *)c->in)->queues.count, 1000);
	cmd_free(c);
	world_close(w);
}

STORY(more_bytes_than_can_be_told_at_once_are_refused)
{
	struct world *w = world_open(1);
	struct buf policy = { 0 };
	char name[32];
	int all = (int)(DEFINITIONS_BYTES_MAX / QUEUE_POLICY_MAX);

	(void)state;
	buf_add(&policy, S("{\"Id\":\""));
	while (policy.len < QUEUE_POLICY_MAX - 40)
		buf_add_byte(&policy, 'x');
	buf_add(&policy, S("\"}"));
	buf_add_byte(&policy, '\0');
	for (int i = 0; i <= all; i++) {
		snprintf(name, sizeof name, "q-%05d", i);
		is(world_queue(w, name, "Policy", policy.at, NULL), "NONE");
		if (i < all - 1)
			continue;
		struct cmd *c = look(w, "");
		is(refusal_name(c->refused.why), i == all ? "OVER_LIMIT" : "NONE");
		cmd_free(c);
	}
	buf_free(&policy);
	world_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(everything_is_told_in_order),
		RUN(more_than_can_be_told_at_once_is_refused),
		RUN(more_bytes_than_can_be_told_at_once_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
