/* memory_test.c - the n-th allocation that may be refused is refused, for every n.
 *
 * Sizes that a client chooses are asked for by arena_try and `struct buf`. When there is no
 * memory once, the batch is rolled back and the command runs again: it is done, and whole. When
 * there is none for longer, it is told a fault or a refusal and nothing has changed: no text that
 * was cut is in the rows. Parsers give nothing rather than half of it. */
#include <stdio.h>

#include "approval/stories.h"
#include "base/arena.h"
#include "base/buf.h"
#include "domain/job/job.h"
#include "domain/topic/topic.h"
#include "wire/form.h"
#include "wire/hash.h"
#include "wire/json.h"

#define ARN(name) "arn:aws:sqs:us-east-1:000000000000:" name
enum { FOR_GOOD = 1000 };

/* One kind of command: made, outside of what fails, for the n-th time. */
struct deed {
	const char *name;
	struct cmd *(*make)(struct step *, int n);
	/* All of it is there (true) or nothing (false); half of it is no answer. */
	bool (*done)(struct step *, int n, struct cmd *);
	int least; /* allocations that may be refused */
};

static struct str numbered(struct step *s, const char *stem, int n)
{
	return arena_printf(s->w->arena, "%s-%d", stem, n);
}

static struct str digest_of(struct step *s, struct str body)
{
	uint8_t *digest = ARENA_ARRAY(s->w->arena, uint8_t, MD5_SIZE);

	md5(body, digest);
	return (struct str){ (char *)digest, MD5_SIZE };
}

/* ---- queues */

static struct cmd *make_send(struct step *s, int n)
{
	struct queue_send *p = ARENA_NEW(s->w->arena, struct queue_send);

	*p = (struct queue_send){ .queue = numbered(s, "work", n), .count = 10, .batch = true };
	is(world_queue(s->w, p->queue.at, NULL), "NONE");
	p->entries = ARENA_ARRAY(s->w->arena, struct send_entry, p->count);
	for (int i = 0; i < p->count; i++)
		p->entries[i] = (struct send_entry){ .body = S("\"text\""),
			                                 .body_md5 = digest_of(s, S("\"text\"")),
			                                 .size = 6,
			                                 .delay_s = -1,
			                                 .priority = -1 };
	return world_cmd(s->w, &op_queue_send, p);
}

static bool sent(struct step *s, int n, struct cmd *c)
{
	const char *counts = world_counts(s->w, numbered(s, "work", n).at);

	(void)c;
	assert_true(strcmp(counts, "10/0/0") == 0 || strcmp(counts, "0/0/0") == 0);
	return counts[0] == '1';
}

static struct cmd *make_dead(struct step *s, int n)
{
	struct str dead = numbered(s, "dead", n), from = numbered(s, "from", n);
	struct queue_receipts *p = ARENA_NEW(s->w->arena, struct queue_receipts);

	is(world_queue(s->w, dead.at, NULL), "NONE");
	is(world_queue(s->w, from.at, "RedrivePolicy", world_redrive(s->w, dead.at, 5), NULL), "NONE");
	is(world_send(s->w, from.at, "what fails"), "NONE");
	is(world_receive(s->w, from.at), "what fails");
	*p = (struct queue_receipts){ .queue = from, .count = 1 };
	p->entries = ARENA_NEW(s->w->arena, struct receipt_entry);
	p->entries[0] = (struct receipt_entry){ .receipt = world_receipt(s->w),
		                                    .dead = true,
		                                    .error = S(
												"{\"code\":\"BROKEN\",\"message\":\"no\"}") };
	return world_cmd(s->w, &op_queue_fail, p);
}

static bool died(struct step *s, int n, struct cmd *c)
{
	bool there = strcmp(world_counts(s->w, numbered(s, "dead", n).at), "1/0/0") == 0;

	(void)c;
	is(world_counts(s->w, numbered(s, "from", n).at), there ? "0/0/0" : "0/1/0");
	return there;
}

/* ---- topics */

static void subscribed(struct step *s, struct str topic, const char *protocol, const char *endpoint)
{
	struct subscribe *in = ARENA_NEW(s->w->arena, struct subscribe);

	*in = (struct subscribe){ .topic = topic,
		                      .protocol = str_of(protocol),
		                      .endpoint = str_of(endpoint),
		                      .origin = S("http://here:9324") };
	struct cmd *c = world_run(s->w, &op_subscribe, in);
	assert_int_equal(c->fault, OK);
	is(refusal_name(c->refused.why), "NONE");
}

static struct cmd *make_publish(struct step *s, int n)
{
	struct str topic = numbered(s, "news", n), queue = numbered(s, "reader", n);
	struct topic_create *t = ARENA_NEW(s->w->arena, struct topic_create);
	struct topic_publish *p = ARENA_NEW(s->w->arena, struct topic_publish);
	struct publish_entry *e = ARENA_NEW(s->w->arena, struct publish_entry);

	t->name = topic;
	is(refusal_name(world_run(s->w, &op_topic_create, t)->refused.why), "NONE");
	is(world_queue(s->w, queue.at, NULL), "NONE");
	subscribed(s, topic, "sqs", arena_printf(s->w->arena, ARN("%s"), queue.at).at);
	*e = (struct publish_entry){ .message = S("\"quoted\" news"), .size = 13 };
	*p = (struct topic_publish){
		.topic = topic, .entries = e, .count = 1, .origin = S("http://here:9324")
	};
	return world_cmd(s->w, &op_topic_publish, p);
}

static bool published(struct step *s, int n, struct cmd *c)
{
	const char *body = world_receive(s->w, numbered(s, "reader", n).at);
	struct str why;

	(void)c;
	if (body == NULL)
		return false;
	const struct json *envelope = json_read(s->w->arena, str_of(body), &why);
	assert_non_null(envelope);
	assert_true(str_is(json_text(json_get(envelope, "Message")), "\"quoted\" news"));
	assert_true(str_given(json_text(json_get(envelope, "UnsubscribeURL"))));
	return true;
}

/* ---- jobs */

static struct cmd *make_job(struct step *s, int n)
{
	struct job_submit *p = ARENA_NEW(s->w->arena, struct job_submit);

	*p = (struct job_submit){ .queue = numbered(s, "jobs", n), .count = 3, .many = true };
	is(world_queue(s->w, p->queue.at, "track", "true", NULL), "NONE");
	p->entries = ARENA_ARRAY(s->w->arena, struct job_entry, 3);
	for (int i = 0; i < 3; i++)
		p->entries[i] = (struct job_entry){ .send = { .body = S("{\"n\":1}"),
			                                          .body_md5 = digest_of(s, S("{\"n\":1}")),
			                                          .size = 7,
			                                          .delay_s = -1,
			                                          .priority = -1 } };
	return world_cmd(s->w, &op_job_submit, p);
}

static bool submitted(struct step *s, int n, struct cmd *c)
{
	const char *counts = world_counts(s->w, numbered(s, "jobs", n).at);

	(void)c;
	assert_true(strcmp(counts, "3/0/0") == 0 || strcmp(counts, "0/0/0") == 0);
	return counts[0] == '3';
}

/* ---- approvals */

#define POLICY "{\"need\":2,\"of\":[\"a\",\"b\",\"c\"]}"

static struct cmd *make_opening(struct step *s, int n)
{
	struct approval_open *p = opening_of(s, POLICY);

	p->subject = numbered(s, "opening", n);
	struct cmd *c = world_cmd(s->w, &op_approval_open, p);
	c->caller.principal = S("taro");
	return c;
}

static bool is_open(struct step *s, int n, struct cmd *c)
{
	const char *inbox = inbox_of(s, "a");

	(void)c;
	return strstr(inbox, numbered(s, "opening", n).at) != NULL;
}

static struct cmd *make_vote(struct step *s, int n)
{
	(void)n;
	is(opened(s, POLICY), "PENDING");
	is(says(s, "a", "approve"), "PENDING");
	struct cmd *c = world_cmd(s->w, &op_approval_vote, vote_of(s, "approve"));
	c->caller.principal = S("b");
	return c;
}

static bool voted(struct step *s, int n, struct cmd *c)
{
	bool over = strcmp(stands(s), "APPROVED 1") == 0;

	(void)n;
	(void)c;
	is(slots(s), over ? "a:approve b:approve c:CLOSED" : "a:approve b:WAITING c:WAITING");
	return over;
}

/* ---- all of them */

/* False: nothing was left that could be refused. */
static bool one(struct step *s, const struct deed *d, int n, int64_t nth, int64_t times)
{
	struct cmd *c = d->make(s, n);

	mem_fail_at(nth, times);
	world_run_batch(s->w, &c, 1);
	bool refused = mem_has_failed(), well = c->fault == OK && !cmd_refused(c);
	mem_fail_at(0, 0);
	if (s->w->last_turn.stop) /* memory could not be read anew: the process ends */
		world_restart(s->w);
	else
		world_check(s->w);
	if (times == 1 || !refused)
		assert_true(well);
	assert_true(d->done(s, n, c) == well);
	return refused;
}

static const struct deed deeds[] = {
	{ "send", make_send, sent, 0 },
	{ "dead letter", make_dead, died, 0 },
	{ "publish", make_publish, published, 3 },
	{ "job", make_job, submitted, 0 },
	{ "opening", make_opening, is_open, 3 },
	{ "vote", make_vote, voted, 1 },
};

STORY(no_memory_for_what_a_client_chose_costs_the_command_and_nothing_else)
{
	struct step s = step_world();
	int n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
		int64_t nth = 1;
		while (one(&s, &deeds[i], ++n, nth, 1)) {
			one(&s, &deeds[i], ++n, nth, FOR_GOOD);
			nth++;
		}
		print_message("%s: %d allocations\n", deeds[i].name, (int)nth - 1);
		assert_true(nth > deeds[i].least && nth < 2000);
	}
	step_end(&s);
}

/* ---- parsers */

#define PARSED "{\"a\":[1,2,{\"b\":\"\\u3042 long enough to be a text of its own\"}],\"c\":null}"

STORY(a_tree_is_whole_or_is_not)
{
	int64_t nth = 0;
	bool refused;

	(void)state;
	do {
		struct arena *a = arena_open();
		struct buf again = { 0 };
		struct str why;

		mem_fail_at(++nth, 1);
		const struct json *tree = json_read(a, S(PARSED), &why);
		refused = mem_has_failed();
		mem_fail_at(0, 0);
		assert_true(refused || tree != NULL);
		if (tree != NULL) {
			json_write(&again, tree);
			is(arena_str(a, buf_str(&again)).at,
			   "{\"a\":[1,2,{\"b\":\"\xe3\x81\x82 long enough to be a text of its own\"}],"
			   "\"c\":null}");
		}
		buf_free(&again);
		arena_close(a);
	} while (refused);
}

STORY(a_form_is_whole_or_is_not)
{
	int64_t nth = 0;
	bool refused;

	(void)state;
	do {
		struct arena *a = arena_open();
		struct form form = { 0 };
		struct str why;

		mem_fail_at(++nth, 1);
		bool good = form_read(a, S("Action=SendMessage&Body=a%20b&Empty="), &form, &why);
		refused = mem_has_failed();
		mem_fail_at(0, 0);
		assert_true(good != refused);
		if (good)
			is(arena_str(a, form_get(&form, "Body")).at, "a b");
		arena_close(a);
	} while (refused);
	assert_true(nth > 2);
}

STORY(a_buffer_without_memory_is_told_by_its_thread)
{
	struct buf b = { 0 };
	uint64_t before = buf_failures();

	(void)state;
	buf_add(&b, S("fits"));
	mem_fail_at(1, 1);
	for (int i = 0; i < 1000; i++)
		buf_add(&b, S("does not fit"));
	assert_true(b.failed && mem_has_failed());
	assert_int_equal(buf_failures() - before, 1); /* once a buffer */
	mem_fail_at(0, 0);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(no_memory_for_what_a_client_chose_costs_the_command_and_nothing_else),
		RUN(a_tree_is_whole_or_is_not),
		RUN(a_form_is_whole_or_is_not),
		RUN(a_buffer_without_memory_is_told_by_its_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
