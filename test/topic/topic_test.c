/* topic_test.c - topics: created, subscribed, published, delivered, given up. */
#include <stdio.h>

#include "check.h"

#include "base/limits.h"
#include "domain/outbox/outbox.h"
#include "domain/topic/memory.h"
#include "domain/topic/notice.h"
#include "wire/json.h"
#include "world/world.h"

#define QUEUE_ARN(name) "arn:aws:sqs:us-east-1:000000000000:" name

static const char *why(const struct cmd *c)
{
	assert_non_null(c);
	assert_int_equal(c->fault, OK);
	return refusal_name(c->refused.why);
}

static const char *create_with(struct world *w, const char *name, const char *attribute,
                               const char *value, const char *second, const char *second_value)
{
	struct pair *pairs = ARENA_ARRAY(w->arena, struct pair, 2);
	struct topic_create *in = ARENA_NEW(w->arena, struct topic_create);

	pairs[0] = (struct pair){ str_of(attribute), str_of(value) };
	pairs[1] = (struct pair){ str_of(second), str_of(second_value) };
	in->name = str_of(name);
	in->attributes = pairs;
	in->attribute_count = (attribute != NULL) + (second != NULL);
	return why(world_run(w, &op_topic_create, in));
}

static const char *create(struct world *w, const char *name)
{
	return create_with(w, name, NULL, NULL, NULL, NULL);
}

/* Attributes as name, value; NULL: none. Gives the command's input. */
static struct subscribe *subscribe_as(struct world *w, const char *topic, const char *protocol,
                                      const char *endpoint, const struct pair *pairs, int count)
{
	struct subscribe *in = ARENA_NEW(w->arena, struct subscribe);

	*in = (struct subscribe){ .topic = str_of(topic),
		                      .protocol = str_of(protocol),
		                      .endpoint = str_of(endpoint),
		                      .attributes = pairs,
		                      .attribute_count = count,
		                      .origin = S("http://here:9324") };
	return in;
}

static struct str subscribe(struct world *w, const char *topic, const char *protocol,
                            const char *endpoint)
{
	static const struct pair raw[] = { { { "RawMessageDelivery", 18 }, { "true", 4 } } };
	struct subscribe *in = subscribe_as(w, topic, protocol, endpoint, raw, 1);

	assert_string_equal(why(world_run(w, &op_subscribe, in)), "NONE");
	return arena_str(w->arena, in->subscription);
}

static const char *set(struct world *w, const char *topic, struct str id, const char *name,
                       const char *value)
{
	struct subscription_set *in = ARENA_NEW(w->arena, struct subscription_set);

	*in = (struct subscription_set){ str_of(topic), id, { str_of(name), str_of(value) } };
	return why(world_run(w, &op_subscription_set, in));
}

static struct publish_entry *publish_as(struct world *w, const char *topic, const char *text,
                                        const char *group, const char *dedup, const char **refusal)
{
	struct topic_publish *in = ARENA_NEW(w->arena, struct topic_publish);
	struct publish_entry *e = ARENA_NEW(w->arena, struct publish_entry);

	*e = (struct publish_entry){ .message = str_of(text),
		                         .group = str_of(group),
		                         .dedup = str_of(dedup),
		                         .size = strlen(text) };
	*in = (struct topic_publish){
		.topic = str_of(topic), .entries = e, .count = 1, .origin = S("http://here:9324")
	};
	*refusal = why(world_run(w, &op_topic_publish, in));
	return e;
}

static const char *publish(struct world *w, const char *topic, const char *text)
{
	const char *refusal;

	(void)publish_as(w, topic, text, NULL, NULL, &refusal);
	return refusal;
}

static struct outbox_take *take(struct world *w)
{
	struct outbox_take *in = ARENA_NEW(w->arena, struct outbox_take);

	in->max = OUTBOX_TAKE_MAX;
	assert_string_equal(why(world_run(w, &op_outbox_take, in)), "NONE");
	return in;
}

static int64_t report(struct world *w, const struct outbox_row *row, enum outbox_result result)
{
	struct outbox_done *in = ARENA_NEW(w->arena, struct outbox_done);

	*in = (struct outbox_done){ .id = row->id, .lease = row->lease, .result = result };
	assert_string_equal(why(world_run(w, &op_outbox_done, in)), "NONE");
	return in->wait_ms;
}

static struct topic_figures figures(struct world *w)
{
	return topics_figures(engine_domain(w->engine));
}

/* ---- topics */

static void a_topic_is_created_once(void **state)
{
	struct world *w = world_open(1);

	(void)state;
	assert_string_equal(create_with(w, "news", "DisplayName", "News", NULL, NULL), "NONE");
	assert_string_equal(create(w, "news"), "NONE");
	assert_string_equal(create_with(w, "news", "DisplayName", "Olds", NULL, NULL),
	                    "INVALID_TOPIC_PARAMETER");
	assert_string_equal(create_with(w, "news", "SignatureVersion", "3", NULL, NULL),
	                    "INVALID_TOPIC_PARAMETER");
	assert_string_equal(create_with(w, "a b", NULL, NULL, NULL, NULL), "INVALID_TOPIC_PARAMETER");
	assert_string_equal(create_with(w, "f", "FifoTopic", "true", NULL, NULL),
	                    "INVALID_TOPIC_PARAMETER");
	assert_string_equal(create(w, "f.fifo"), "INVALID_TOPIC_PARAMETER");
	assert_string_equal(create_with(w, "f.fifo", "FifoTopic", "true", NULL, NULL), "NONE");
	world_restart(w);
	assert_int_equal(figures(w).topics, 2);
	assert_string_equal(create_with(w, "news", "DisplayName", "News", NULL, NULL), "NONE");
	world_close(w);
}

static void a_deleted_topic_takes_its_subscriptions_along(void **state)
{
	struct world *w = world_open(2);
	struct topic_named in = { S("news") };

	(void)state;
	world_queue(w, "q", NULL);
	create(w, "news");
	subscribe(w, "news", "sqs", QUEUE_ARN("q"));
	assert_string_equal(why(world_run(w, &op_topic_delete, &in)), "NONE");
	assert_string_equal(why(world_run(w, &op_topic_delete, &in)), "NONE");
	assert_string_equal(publish(w, "news", "x"), "NO_SUCH_TOPIC");
	world_restart(w);
	assert_int_equal(figures(w).subscriptions, 0);
	world_close(w);
}

/* ---- into queues */

static void a_message_reaches_every_queue_that_subscribed(void **state)
{
	struct world *w = world_open(3);

	(void)state;
	create(w, "news");
	world_queue(w, "a", NULL);
	world_queue(w, "b", NULL);
	struct str first = subscribe(w, "news", "sqs", QUEUE_ARN("a"));
	assert_true(str_eq(subscribe(w, "news", "sqs", QUEUE_ARN("a")), first));
	subscribe(w, "news", "sqs", QUEUE_ARN("b"));
	assert_string_equal(publish(w, "news", "hello"), "NONE");
	assert_string_equal(world_receive(w, "a"), "hello");
	assert_string_equal(world_receive(w, "b"), "hello");
	assert_null(world_receive(w, "a"));
	assert_int_equal(figures(w).delivered, 2);
	world_close(w);
}

static void the_envelope_tells_where_it_comes_from(void **state)
{
	struct world *w = world_open(4);
	struct str syntax;

	(void)state;
	create(w, "news");
	world_queue(w, "a", NULL);
	struct str id = subscribe(w, "news", "sqs", QUEUE_ARN("a"));
	assert_string_equal(set(w, "news", id, "RawMessageDelivery", "false"), "NONE");
	publish(w, "news", "hello \"you\"");
	const struct json *e = json_read(w->arena, str_of(world_receive(w, "a")), &syntax);
	check_text(json_get_text(e, "Type"), "Notification");
	check_text(json_get_text(e, "TopicArn"), "arn:aws:sns:us-east-1:000000000000:news");
	check_text(json_get_text(e, "Message"), "hello \"you\"");
	assert_true(
		str_starts(json_get_text(e, "UnsubscribeURL"), S("http://here:9324/?Action=Unsubscribe&")));
	world_close(w);
}

static void a_filter_keeps_out_what_is_not_wanted(void **state)
{
	struct world *w = world_open(5);

	(void)state;
	create(w, "news");
	world_queue(w, "a", NULL);
	struct str id = subscribe(w, "news", "sqs", QUEUE_ARN("a"));
	assert_string_equal(set(w, "news", id, "FilterPolicy", "{\"x\":{\"y\":[1]}}"),
	                    "INVALID_TOPIC_PARAMETER");
	assert_string_equal(set(w, "news", id, "FilterPolicyScope", "MessageBody"), "NONE");
	assert_string_equal(set(w, "news", id, "FilterPolicy", "{\"x\":{\"y\":[1]}}"), "NONE");
	assert_string_equal(set(w, "news", id, "FilterPolicyScope", "MessageAttributes"),
	                    "INVALID_TOPIC_PARAMETER");
	world_restart(w);
	publish(w, "news", "{\"x\":{\"y\":2}}");
	publish(w, "news", "not json");
	publish(w, "news", "{\"x\":{\"y\":1}}");
	assert_string_equal(world_receive(w, "a"), "{\"x\":{\"y\":1}}");
	assert_null(world_receive(w, "a"));
	assert_int_equal(figures(w).filtered, 2);
	world_close(w);
}

static void what_a_queue_cannot_take_goes_to_the_dead_letter_queue(void **state)
{
	struct world *w = world_open(6);

	(void)state;
	create(w, "news");
	world_queue(w, "gone", NULL);
	world_queue(w, "small", "max_messages", "1", NULL);
	world_queue(w, "dead", NULL);
	struct str a = subscribe(w, "news", "sqs", QUEUE_ARN("gone"));
	subscribe(w, "news", "sqs", QUEUE_ARN("small"));
	set(w, "news", a, "RedrivePolicy", "{\"deadLetterTargetArn\":\"" QUEUE_ARN("dead") "\"}");
	assert_string_equal(set(w, "news", a, "RedrivePolicy",
	                        "{\"deadLetterTargetArn\":\"" QUEUE_ARN("d.fifo") "\"}"),
	                    "INVALID_TOPIC_PARAMETER");
	world_delete_queue(w, "gone");
	publish(w, "news", "one");
	publish(w, "news", "two");
	assert_string_equal(world_receive_many(w, "dead", 10), "one two");
	assert_string_equal(world_receive_many(w, "small", 10), "one");
	assert_int_equal(figures(w).failed, 3);
	assert_int_equal(figures(w).dead_lettered, 2);
	world_close(w);
}

/* ---- FIFO */

/* The queue has no use for a deduplication id, the dead-letter queue cannot do without. */
static void a_dead_letter_of_a_fifo_topic_keeps_its_deduplication_id(void **state)
{
	static const struct pair attributes[] = {
		{ { "RawMessageDelivery", 18 }, { "true", 4 } },
		{ { "RedrivePolicy", 13 },
		  { "{\"deadLetterTargetArn\":\"" QUEUE_ARN("dead.fifo") "\"}",
		    sizeof "{\"deadLetterTargetArn\":\"" QUEUE_ARN("dead.fifo") "\"}" - 1 } },
	};
	struct world *w = world_open(17);
	const char *refusal;

	(void)state;
	create_with(w, "t.fifo", "FifoTopic", "true", NULL, NULL);
	world_queue(w, "dead.fifo", "FifoQueue", "true", NULL);
	world_queue(w, "full", "max_messages", "1", NULL);
	world_send(w, "full", "of it");
	assert_string_equal(why(world_run(w, &op_subscribe,
	                                  subscribe_as(w, "t.fifo", "sqs", QUEUE_ARN("full"),
	                                               attributes, 2))),
	                    "NONE");
	publish_as(w, "t.fifo", "one", "g", "d1", &refusal);
	assert_string_equal(refusal, "NONE");
	assert_int_equal(figures(w).dead_lettered, 1);
	struct queue_receive *got = world_receive_as(w, "dead.fifo",
	                                             (struct queue_receive){ .max = 1 });
	assert_int_equal(got->count, 1);
	check_text(got->messages[0].dedup, "d1");
	world_close(w);
}

static void a_fifo_topic_numbers_and_deduplicates(void **state)
{
	struct world *w = world_open(7);
	const char *refusal;

	(void)state;
	create_with(w, "t.fifo", "FifoTopic", "true", NULL, NULL);
	world_queue(w, "q.fifo", "FifoQueue", "true", NULL);
	subscribe(w, "t.fifo", "sqs", QUEUE_ARN("q.fifo"));
	struct publish_entry *one = publish_as(w, "t.fifo", "one", "g", "1", &refusal);
	assert_string_equal(refusal, "NONE");
	struct publish_entry *two = publish_as(w, "t.fifo", "two", "g", "2", &refusal);
	assert_true(two->sequence > one->sequence);
	world_restart(w);
	struct publish_entry *again = publish_as(w, "t.fifo", "again", "g", "1", &refusal);
	assert_true(again->duplicate && again->sequence == one->sequence);
	assert_memory_equal(&again->message_id, &one->message_id, sizeof one->message_id);
	assert_string_equal(world_receive_many(w, "q.fifo", 10), "one two");
	world_pass_ms(w, DEDUP_MS + 1);
	again = publish_as(w, "t.fifo", "later", "h", "1", &refusal);
	assert_true(!again->duplicate && again->sequence > two->sequence);
	(void)publish_as(w, "t.fifo", "x", NULL, "9", &refusal);
	assert_string_equal(refusal, "INVALID_TOPIC_PARAMETER");
	(void)publish_as(w, "t.fifo", "x", "g", NULL, &refusal);
	assert_string_equal(refusal, "INVALID_TOPIC_PARAMETER");
	world_close(w);
}

static void a_group_scope_makes_the_same_id_two_messages(void **state)
{
	struct world *w = world_open(8);
	const char *refusal;

	(void)state;
	create_with(w, "t.fifo", "FifoTopic", "true", "FifoThroughputScope", "MessageGroup");
	assert_false(publish_as(w, "t.fifo", "x", "g", "1", &refusal)->duplicate);
	assert_false(publish_as(w, "t.fifo", "x", "h", "1", &refusal)->duplicate);
	assert_true(publish_as(w, "t.fifo", "x", "h", "1", &refusal)->duplicate);
	world_close(w);
}

static void content_is_a_deduplication_id_where_the_topic_says_so(void **state)
{
	struct world *w = world_open(9);
	const char *refusal;

	(void)state;
	create_with(w, "t.fifo", "FifoTopic", "true", "ContentBasedDeduplication", "true");
	assert_false(publish_as(w, "t.fifo", "x", "g", NULL, &refusal)->duplicate);
	assert_true(publish_as(w, "t.fifo", "x", "g", NULL, &refusal)->duplicate);
	assert_false(publish_as(w, "t.fifo", "y", "g", NULL, &refusal)->duplicate);
	world_close(w);
}

static void old_deduplication_rows_do_not_pile_up(void **state)
{
	struct world *w = world_open(10);
	const char *refusal;
	char id[16];

	(void)state;
	create_with(w, "t.fifo", "FifoTopic", "true", NULL, NULL);
	for (int i = 0; i < 20; i++) {
		snprintf(id, sizeof id, "%d", i);
		(void)publish_as(w, "t.fifo", "x", "g", id, &refusal);
		world_pass_ms(w, MINUTE_MS);
	}
	const struct topic *t = topic_find(engine_domain(w->engine), S("t.fifo"));
	assert_true(t->dedup.count <= 6);
	world_restart(w);
	t = topic_find(engine_domain(w->engine), S("t.fifo"));
	assert_true(t->dedup.count <= 6);
	world_close(w);
}

/* ---- HTTP endpoints */

static void wrong_endpoints_are_refused(void **state)
{
	static const char *const wrong[][2] = {
		{ "sqs", "http://here/000000000000/q" },
		{ "sqs", "arn:aws:sqs:eu-west-1:000000000000:q" },
		{ "sqs", QUEUE_ARN("q.fifo") },
		{ "http", "https://example.com/" },
		{ "https", "http://example.com/" },
		{ "http", "http://127.0.0.1/" },
		{ "http", "http://localhost:80/" },
		{ "http", "http://[::1]/" },
		{ "http", "http://2130706433/" },
		{ "http", "http://user@example.com/" },
		{ "email", "a@example.com" },
		{ "pigeon", "x" },
	};
	struct world *w = world_open(11);

	(void)state;
	create(w, "news");
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct subscribe *in = subscribe_as(w, "news", wrong[i][0], wrong[i][1], NULL, 0);
		assert_string_equal(why(world_run(w, &op_subscribe, in)), "INVALID_TOPIC_PARAMETER");
	}
	assert_int_equal(figures(w).subscriptions, 0);
	world_close(w);
}

/* The token that the endpoint was sent. */
static struct str confirm(struct world *w, const char *topic)
{
	struct outbox_take *t = take(w);
	struct notice n;

	assert_int_equal(t->count, 1);
	assert_true(notice_read(w->arena, t->rows[0].payload, &n) && n.confirmation);
	report(w, &t->rows[0], OUTBOX_DONE);
	struct subscription_confirm *in = ARENA_NEW(w->arena, struct subscription_confirm);
	*in = (struct subscription_confirm){ .topic = str_of(topic), .token = n.token };
	assert_string_equal(why(world_run(w, &op_subscription_confirm, in)), "NONE");
	return arena_str(w->arena, in->subscription);
}

static void an_endpoint_gets_nothing_before_it_has_confirmed(void **state)
{
	struct world *w = world_open(12);

	(void)state;
	create(w, "news");
	struct str id = subscribe(w, "news", "http", "http://example.com/hook");
	publish(w, "news", "too early");
	assert_true(str_eq(confirm(w, "news"), id));
	publish(w, "news", "hello");
	struct outbox_take *t = take(w);
	assert_int_equal(t->count, 1);
	struct outbox_call call = { .header_count = 0 };
	const struct outbox_means means = { 0 };
	assert_true(outbox_kind(t->rows[0].kind)->render(w->arena, &t->rows[0], &means, &call));
	check_text(call.url, "http://example.com/hook");
	check_text(call.body, "hello");
	report(w, &t->rows[0], OUTBOX_DONE);
	assert_int_equal(take(w)->count, 0);
	assert_int_equal(figures(w).waiting, 0);
	world_close(w);
}

static void a_token_lasts_two_days(void **state)
{
	struct world *w = world_open(13);
	struct notice n;

	(void)state;
	create(w, "news");
	subscribe(w, "news", "http", "http://example.com/hook");
	assert_true(notice_read(w->arena, take(w)->rows[0].payload, &n));
	world_pass_ms(w, TOPIC_TOKEN_MS + 1);
	struct subscription_confirm in = { .topic = S("news"), .token = n.token };
	assert_string_equal(why(world_run(w, &op_subscription_confirm, &in)),
	                    "INVALID_TOPIC_PARAMETER");
	world_close(w);
}

static void a_failed_delivery_is_tried_three_more_times_and_then_dead_lettered(void **state)
{
	struct world *w = world_open(14);

	(void)state;
	create(w, "news");
	world_queue(w, "dead", NULL);
	subscribe(w, "news", "http", "http://example.com/hook");
	struct str id = confirm(w, "news");
	set(w, "news", id, "RedrivePolicy", "{\"deadLetterTargetArn\":\"" QUEUE_ARN("dead") "\"}");
	publish(w, "news", "hello");
	for (int i = 0; i < 3; i++) {
		struct outbox_take *t = take(w);
		assert_int_equal(t->count, 1);
		assert_int_equal(t->rows[0].attempts, i);
		assert_int_equal(report(w, &t->rows[0], OUTBOX_FAILED), 20 * SECOND_MS);
		assert_int_equal(take(w)->count, 0);
		world_pass_ms(w, 20 * SECOND_MS);
		if (i == 1)
			world_restart(w);
	}
	assert_null(world_receive(w, "dead"));
	assert_true(report(w, &take(w)->rows[0], OUTBOX_FAILED) == NEVER);
	assert_string_equal(world_receive(w, "dead"), "hello");
	world_close(w);
}

static void a_call_that_nobody_reports_on_is_made_again(void **state)
{
	struct world *w = world_open(15);

	(void)state;
	create(w, "news");
	subscribe(w, "news", "http", "http://example.com/hook");
	struct outbox_row old = take(w)->rows[0];
	assert_int_equal(take(w)->count, 0);
	world_pass_ms(w, OUTBOX_LEASE_MS);
	struct outbox_take *t = take(w);
	assert_int_equal(t->count, 1);
	report(w, &old, OUTBOX_DONE); /* too late: its lease is over */
	report(w, &t->rows[0], OUTBOX_FAILED);
	world_pass_ms(w, 20 * SECOND_MS);
	assert_int_equal(take(w)->count, 1);
	world_close(w);
}

static void owners_that_are_full_are_left_out(void **state)
{
	struct world *w = world_open(16);

	(void)state;
	create(w, "news");
	subscribe(w, "news", "http", "http://example.com/a");
	struct str b = subscribe(w, "news", "http", "http://example.com/b");
	struct outbox_take *in = ARENA_NEW(w->arena, struct outbox_take);
	in->max = OUTBOX_TAKE_MAX;
	in->full[in->full_count++] = b;
	assert_string_equal(why(world_run(w, &op_outbox_take, in)), "NONE");
	assert_int_equal(in->count, 1);
	check_text(in->rows[0].url, "http://example.com/a");
	world_close(w);
}

static void what_waits_for_somebody_who_left_is_dropped(void **state)
{
	struct world *w = world_open(17);

	(void)state;
	create(w, "news");
	struct subscription_named in = { S("news"),
		                             subscribe(w, "news", "http", "http://example.com/hook") };
	assert_string_equal(why(world_run(w, &op_unsubscribe, &in)), "NONE");
	assert_int_equal(take(w)->count, 0);
	world_pass_ms(w, OUTBOX_LEASE_MS);
	assert_int_equal(take(w)->count, 0);
	world_close(w);
}

/* ---- faults */

/* All that publishing touches, in one command. False when it did not finish. */
static bool publish_story(struct world *w)
{
	struct topic_publish in = {
		.topic = S("t"), .count = 2, .batch = true, .origin = S("http://here")
	};
	struct publish_entry entries[2] = { { .message = S("one"), .size = 3 },
		                                { .message = S("two"), .size = 3 } };

	in.entries = entries;
	struct cmd *c = world_run(w, &op_topic_publish, &in);
	return c->fault == OK;
}

static void a_publish_is_whole_or_nothing_whatever_store_call_fails(void **state)
{
	(void)state;
	for (int nth = 1;; nth++) {
		struct world *w = world_open(100);
		create(w, "t");
		world_queue(w, "a", NULL);
		world_queue(w, "b", NULL);
		subscribe(w, "t", "sqs", QUEUE_ARN("a"));
		subscribe(w, "t", "http", "http://example.com/hook");
		(void)confirm(w, "t");
		subscribe(w, "t", "sqs", QUEUE_ARN("b"));
		store_fail_at(w->store, nth, ERR_IO);
		bool done = publish_story(w);
		bool failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		const char *expected = done ? "2/0/0" : "0/0/0";
		assert_string_equal(world_counts(w, "a"), expected);
		assert_string_equal(world_counts(w, "b"), expected);
		assert_int_equal(take(w)->count, done ? 2 : 0);
		assert_int_equal(figures(w).waiting, done ? 2 : 0);
		world_check(w);
		world_close(w);
		if (!failed)
			break;
		assert_true(nth < 200);
	}
}

/* All that memory knows of topics, as text. */
static void tell_props(struct buf *to, const struct props *p)
{
	PROPS_EACH(p, one)
	buf_printf(to, " %.*s=%.*s", S_ARG(one->name), S_ARG(one->value));
}

static void tell_topic(struct buf *to, const struct topic *t)
{
	buf_printf(to, "topic %.*s fifo=%d dedup=%zu confirmed=%d of %d", S_ARG(t->name), t->fifo,
	           t->dedup.count, t->confirmed_count, t->subscription_count);
	tell_props(to, &t->attributes);
	tell_props(to, &t->tags);
	LIST_EACH (&t->subscriptions, struct subscription, in_topic, s) {
		buf_printf(to, "\n  %.*s %.*s %d filter=%d raw=%d waiting=%lld", S_ARG(s->id),
		           S_ARG(s->endpoint), s->confirmed, s->filter != NULL, s->raw,
		           (long long)s->waiting);
		tell_props(to, &s->attributes);
	}
	buf_add_byte(to, '\n');
}

static struct str memory_text(struct world *w)
{
	static const char *const names[] = { "t", "t.fifo", "u" };
	struct buf b = { 0 };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const struct topic *t = topic_find(engine_domain(w->engine), str_of(names[i]));
		if (t != NULL)
			tell_topic(&b, t);
	}
	arena_adopt(w->arena, b.at);
	return buf_str(&b);
}

/* Every command that changes topics. Ends at the first fault. */
static bool whole_story(struct world *w)
{
	struct pair tag = { S("k"), S("v") }, fifo = { S("FifoTopic"), S("true") };
	struct topic_create one = { .name = S("t"), .tags = &tag, .tag_count = 1 };
	struct topic_create two = { .name = S("t.fifo"), .attributes = &fifo, .attribute_count = 1 };
	struct topic_create three = { .name = S("u") };
	struct topic_set display = { S("t"), { S("DisplayName"), S("T") } };
	struct topic_tags untag = { .name = S("t"), .tags = &tag, .count = 1 };
	struct subscribe *queue = subscribe_as(w, "t", "sqs", QUEUE_ARN("a"), NULL, 0);
	struct subscribe *hook = subscribe_as(w, "u", "http", "http://example.com/", NULL, 0);
	struct publish_entry e = { .message = S("m"), .group = S("g"), .dedup = S("d"), .size = 1 };
	struct topic_publish publish_one = {
		.topic = S("t.fifo"), .entries = &e, .count = 1, .origin = S("http://x")
	};
	struct topic_named gone = { S("u") };
	const struct {
		const struct op *op;
		void *in;
	} steps[] = {
		{ &op_topic_create, &one },   { &op_topic_create, &two },
		{ &op_topic_create, &three }, { &op_topic_set, &display },
		{ &op_topic_untag, &untag },  { &op_subscribe, queue },
		{ &op_subscribe, hook },      { &op_topic_publish, &publish_one },
		{ &op_topic_delete, &gone },
	};

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		if (world_run(w, steps[i].op, steps[i].in)->fault != OK)
			return false;
	struct subscription_set filter = { S("t"),
		                               queue->subscription,
		                               { S("FilterPolicy"), S("{\"a\":[1]}") } };
	struct subscription_named leave = { S("t"), queue->subscription };
	return world_run(w, &op_subscription_set, &filter)->fault == OK &&
	       world_run(w, &op_unsubscribe, &leave)->fault == OK;
}

static void after_any_fault_memory_is_what_the_rows_say(void **state)
{
	int faults = 0;

	(void)state;
	for (int nth = 1;; nth++) {
		struct world *w = world_open(200);
		world_queue(w, "a", NULL);
		store_fail_at(w->store, nth, ERR_IO);
		(void)whole_story(w);
		bool failed = store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		struct str before = memory_text(w);
		world_restart(w);
		struct str after = memory_text(w);
		if (!str_eq(before, after))
			fail_msg("call %d: memory\n%.*srows\n%.*s", nth, S_ARG(before), S_ARG(after));
		world_close(w);
		if (!failed)
			break;
		faults++;
	}
	assert_true(faults > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_topic_is_created_once),
		cmocka_unit_test(a_deleted_topic_takes_its_subscriptions_along),
		cmocka_unit_test(a_message_reaches_every_queue_that_subscribed),
		cmocka_unit_test(the_envelope_tells_where_it_comes_from),
		cmocka_unit_test(a_filter_keeps_out_what_is_not_wanted),
		cmocka_unit_test(what_a_queue_cannot_take_goes_to_the_dead_letter_queue),
		cmocka_unit_test(a_dead_letter_of_a_fifo_topic_keeps_its_deduplication_id),
		cmocka_unit_test(a_fifo_topic_numbers_and_deduplicates),
		cmocka_unit_test(a_group_scope_makes_the_same_id_two_messages),
		cmocka_unit_test(content_is_a_deduplication_id_where_the_topic_says_so),
		cmocka_unit_test(old_deduplication_rows_do_not_pile_up),
		cmocka_unit_test(wrong_endpoints_are_refused),
		cmocka_unit_test(an_endpoint_gets_nothing_before_it_has_confirmed),
		cmocka_unit_test(a_token_lasts_two_days),
		cmocka_unit_test(a_failed_delivery_is_tried_three_more_times_and_then_dead_lettered),
		cmocka_unit_test(a_call_that_nobody_reports_on_is_made_again),
		cmocka_unit_test(owners_that_are_full_are_left_out),
		cmocka_unit_test(what_waits_for_somebody_who_left_is_dropped),
		cmocka_unit_test(a_publish_is_whole_or_nothing_whatever_store_call_fails),
		cmocka_unit_test(after_any_fault_memory_is_what_the_rows_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
