/* flow_test.c - stories about queues that hand on by themselves: collect and split. */
#include "base/limits.h"
#include "job/stories.h"

#define COLLECT(more) "{\"into\":\"out\",\"max\":3,\"wait_ms\":5000" more "}"
#define SPLIT "{\"into\":\"out\",\"at\":\"/users\"}"

static struct world *with(const char *attribute, const char *value)
{
	struct world *w = world_open(1);

	world_queue(w, "out", NULL);
	world_queue(w, "dead", NULL);
	is(world_queue(w, "in", "RedrivePolicy", world_redrive(w, "dead", 3), attribute, value, NULL),
	   "NONE");
	return w;
}

static void the_end_of_flows(struct world *w)
{
	world_check(w);
	world_check_rows(w);
	world_close(w);
}

static const char *taken(struct world *w, const char *queue)
{
	const char *body = world_receive(w, queue);

	if (body == NULL)
		return "";
	body = arena_str(w->arena, str_of(body)).at;
	is(world_delete(w, queue, world_receipt(w)), "NONE");
	return body;
}

static struct uuid sent(struct world *w, const char *body)
{
	return world_send_as(w, "in", body, (struct sending){ .group = NULL })->message_id;
}

static void begins(const char *body, const char *with)
{
	if (strncmp(body, with, strlen(with)) != 0)
		is(body, with);
}

STORY(as_many_as_max_become_one)
{
	struct world *w = with("collect", COLLECT(""));

	(void)state;
	world_send(w, "in", "{\"n\":1}");
	world_send(w, "in", "two");
	world_pass_ms(w, 0);
	is(world_counts(w, "in"), "2/0/0");
	world_send(w, "in", "3");
	world_send(w, "in", "4");
	world_pass_ms(w, 0);
	is(world_counts(w, "in"), "1/0/0");
	begins(taken(w, "out"),
	       "{\"messages\":[{\"n\":1},\"two\",3],\"count\":3,\"first_sent_at\":\"2");
	is(taken(w, "out"), "");
	the_end_of_flows(w);
}

STORY(fewer_go_when_the_oldest_has_waited)
{
	struct world *w = with("collect", COLLECT(""));

	(void)state;
	world_send(w, "in", "1");
	world_pass_ms(w, 4000);
	world_send(w, "in", "2");
	world_pass_ms(w, 999);
	is(world_counts(w, "out"), "0/0/0");
	world_pass_ms(w, 1);
	begins(taken(w, "out"), "{\"messages\":[1,2],\"count\":2,");
	is(world_counts(w, "in"), "0/0/0");
	/* And again, also over a restart, in which time passes. */
	world_send(w, "in", "3");
	world_pass_ms(w, 3000);
	world_restart(w);
	world_pass_ms(w, 1999);
	is(world_counts(w, "out"), "0/0/0");
	world_pass_ms(w, 1);
	begins(taken(w, "out"), "{\"messages\":[3],\"count\":1,");
	the_end_of_flows(w);
}

STORY(delayed_and_paused_ones_wait)
{
	struct world *w = with("collect", COLLECT(""));

	(void)state;
	world_send_as(w, "in", "1", (struct sending){ .delay_s = 10 });
	world_send(w, "in", "2");
	is(world_set(w, "in", "paused", "true", NULL), "NONE");
	world_pass_ms(w, 60000);
	is(world_counts(w, "out"), "0/0/0");
	is(world_set(w, "in", "paused", "false", NULL), "NONE");
	world_pass_ms(w, 0);
	begins(taken(w, "out"), "{\"messages\":[1,2],\"count\":2,");
	/* A shorter time acts at once. */
	world_send(w, "in", "3");
	world_pass_ms(w, 10);
	is(world_set(w, "in", "collect", "{\"into\":\"out\",\"max\":3,\"wait_ms\":20}", NULL), "NONE");
	world_pass_ms(w, 10);
	begins(taken(w, "out"), "{\"messages\":[3],\"count\":1,");
	the_end_of_flows(w);
}

STORY(by_group_each_has_its_own)
{
	struct world *w = with("collect", COLLECT(",\"by_group\":true"));

	(void)state;
	for (int i = 0; i < 3; i++) {
		world_send_as(w, "in", "1", (struct sending){ .group = "a" });
		if (i < 2)
			world_send_as(w, "in", "2", (struct sending){ .group = "b" });
	}
	world_send(w, "in", "9");
	world_pass_ms(w, 0);
	begins(taken(w, "out"), "{\"messages\":[1,1,1],\"count\":3,");
	is(world_counts(w, "in"), "3/0/0");
	world_pass_ms(w, 5000);
	is(world_counts(w, "out"), "2/0/0");
	is(world_counts(w, "in"), "0/0/0");
	the_end_of_flows(w);
}

STORY(without_groups_they_go_in_the_order_in_which_they_came)
{
	struct world *w = with("collect", COLLECT(""));

	(void)state;
	world_send_as(w, "in", "1", (struct sending){ .group = "a" });
	world_send_as(w, "in", "2", (struct sending){ .group = "b" });
	world_send_as(w, "in", "3", (struct sending){ .group = "a" });
	world_pass_ms(w, 0);
	begins(taken(w, "out"), "{\"messages\":[1,2,3],");
	the_end_of_flows(w);
}

STORY(fifo_queues_collect_each_group_in_order)
{
	struct world *w = world_open(1);

	(void)state;
	is(world_queue(w, "out.fifo", "FifoQueue", "true", NULL), "NONE");
	is(world_queue(w, "dead.fifo", "FifoQueue", "true", NULL), "NONE");
	is(world_queue(w, "in.fifo", "FifoQueue", "true", "RedrivePolicy",
	               world_redrive(w, "dead.fifo", 3), "collect",
	               "{\"into\":\"out.fifo\",\"max\":2,\"wait_ms\":1000}", NULL),
	   "NONE");
	is(world_set(w, "in.fifo", "paused", "true", NULL), "NONE");
	for (int i = 0; i < 4; i++)
		world_send_as(w, "in.fifo", i % 2 == 0 ? "1" : "2",
		              (struct sending){ .group = i < 3 ? "a" : "b",
		                                .dedup = arena_printf(w->arena, "%d", i).at });
	is(world_set(w, "in.fifo", "paused", "false", NULL), "NONE");
	/* Somebody has the first of a: nothing passes it. */
	is(world_receive(w, "in.fifo"), "1");
	world_pass_ms(w, 1000);
	is(world_counts(w, "out.fifo"), "1/0/0");
	begins(taken(w, "out.fifo"), "{\"messages\":[2],\"count\":1,");
	world_pass_ms(w, 30000);
	begins(taken(w, "out.fifo"), "{\"messages\":[1,2],\"count\":2,");
	world_pass_ms(w, 1000);
	begins(taken(w, "out.fifo"), "{\"messages\":[1],\"count\":1,");
	the_end_of_flows(w);
}

STORY(sizes_are_those_of_the_target)
{
	struct world *w = with("collect", "{\"into\":\"out\",\"max\":3,\"wait_ms\":1000}");
	char *big = arena_get(w->arena, 1200);

	(void)state;
	is(world_set(w, "out", "MaximumMessageSize", "1024", NULL), "NONE");
	memset(big, '7', 1199);
	big[600] = '\0';
	world_send(w, "in", "1");
	world_send(w, "in", big);
	world_send(w, "in", big);
	world_pass_ms(w, 0);
	begins(taken(w, "out"), "{\"messages\":[1,777");
	is(world_counts(w, "in"), "1/0/0");
	world_pass_ms(w, 1000);
	begins(taken(w, "out"), "{\"messages\":[777");
	big[600] = '7';
	world_send(w, "in", big);
	world_send(w, "in", "2");
	world_pass_ms(w, 1000);
	is(world_counts(w, "dead"), "1/0/0");
	begins(taken(w, "out"), "{\"messages\":[2],");
	the_end_of_flows(w);
}

STORY(a_full_target_is_waited_for)
{
	struct world *w = with("collect", COLLECT(""));

	(void)state;
	is(world_set(w, "out", "max_messages", "1", NULL), "NONE");
	world_send(w, "out", "in the way");
	for (int i = 0; i < 3; i++)
		world_send(w, "in", "1");
	world_pass_ms(w, 10000);
	is(world_counts(w, "in"), "3/0/0");
	is(taken(w, "out"), "in the way");
	world_pass_ms(w, FLOW_AGAIN_MS);
	is(world_counts(w, "in"), "0/0/0");
	begins(taken(w, "out"), "{\"messages\":[1,1,1],");
	is(world_delete_queue(w, "out"), "NONE");
	for (int i = 0; i < 3; i++)
		world_send(w, "in", "1");
	world_pass_ms(w, 10000);
	is(world_counts(w, "in"), "3/0/0");
	the_end_of_flows(w);
}

STORY(what_does_not_fit_the_schema_of_the_target_is_a_dead_letter)
{
	struct world *w = with("collect", COLLECT(""));

	(void)state;
	is(world_set(w, "out", "schema", "{\"required\":[\"order\"]}", NULL), "NONE");
	for (int i = 0; i < 3; i++)
		world_send(w, "in", "1");
	world_pass_ms(w, 0);
	is(world_counts(w, "dead"), "3/0/0");
	is(world_counts(w, "in"), "0/0/0");
	the_end_of_flows(w);
}

STORY(jobs_of_collected_messages_have_succeeded)
{
	struct world *w = with("collect", COLLECT(""));

	(void)state;
	is(world_set(w, "in", "track", "true", NULL), "NONE");
	is(world_set(w, "out", "track", "true", NULL), "NONE");
	struct uuid id = sent(w, "1");
	is(world_receive(w, "in"), "1"); /* somebody tried it */
	world_pass_ms(w, 60000);
	is(job_says(w, id), "SUCCEEDED 1");
	is(job_attempts(w, id), "LOST");
	const struct job_row *job = job_of(w, id);
	begins(job->result.at, "{\"into\":\"");
	struct uuid into;
	must(uuid_read((struct str){ job->result.at + 9, 36 }, &into));
	is(job_says(w, into), "PENDING 0");
	is(world_set(w, "in", "split", SPLIT, "collect", "", NULL), "NONE");
	id = sent(w, "{\"users\":[1,2]}");
	struct uuid bad = sent(w, "{}");
	world_pass_ms(w, 0);
	is(job_says(w, id), "SUCCEEDED 0");
	is(job_of(w, id)->result.at, "{\"into\":\"out\",\"count\":2}");
	is(job_says(w, bad), "FAILED 0");
	begins(job_of(w, bad)->error.at, "{\"code\":\"NOT_AN_ARRAY\"");
	the_end_of_flows(w);
}

STORY(an_array_becomes_a_message_for_each_element)
{
	struct world *w = with("split", SPLIT);

	(void)state;
	world_send(w, "in", "{\"users\":[{\"id\":7}, \"x\", null]}");
	world_send(w, "in", "{\"users\":[]}");
	world_pass_ms(w, 0);
	is(world_counts(w, "in"), "0/0/0");
	is(taken(w, "out"), "{\"id\":7}");
	is(taken(w, "out"), "\"x\"");
	is(taken(w, "out"), "null");
	is(taken(w, "out"), "");
	world_send(w, "in", "{\"users\":{}}");
	world_send(w, "in", "no json");
	world_pass_ms(w, 0);
	is(world_counts(w, "dead"), "2/0/0");
	is(world_counts(w, "out"), "0/0/0");
	/* Pointers: escapes, places in arrays, the whole body. */
	is(world_set(w, "in", "split", "{\"into\":\"out\",\"at\":\"/a~1b/1/c~0d\"}", NULL), "NONE");
	world_send(w, "in", "{\"a/b\":[0,{\"c~d\":[1]}]}");
	world_pass_ms(w, 0);
	is(taken(w, "out"), "1");
	is(world_set(w, "in", "split", "{\"into\":\"out\"}", NULL), "NONE");
	world_send(w, "in", "[2]");
	world_pass_ms(w, 0);
	is(taken(w, "out"), "2");
	the_end_of_flows(w);
}

static const char *long_array(struct world *w, int count)
{
	struct buf text = { 0 };

	buf_add(&text, S("{\"users\":["));
	for (int i = 0; i < count; i++)
		buf_printf(&text, "%s%d", i == 0 ? "" : ",", i);
	buf_add(&text, S("]}"));
	struct str copy = arena_str(w->arena, buf_str(&text));
	buf_free(&text);
	return copy.at;
}

STORY(a_long_array_goes_in_several_steps_each_element_once)
{
	struct world *w = with("split", SPLIT);

	(void)state;
	enum { ELEMENTS = 2 * SPLIT_STEP + 1 };
	is(world_set(w, "out", "max_messages", "1500", NULL), "NONE");
	world_send(w, "in", long_array(w, ELEMENTS));
	world_pass_ms(w, 0);
	is(world_counts(w, "out"), "1500/0/0");
	is(world_counts(w, "in"), "1/0/0");
	world_restart(w);
	is(world_set(w, "out", "max_messages", "0", NULL), "NONE");
	world_pass_ms(w, FLOW_AGAIN_MS);
	is(world_counts(w, "in"), "0/0/0");
	for (int i = 0; i < ELEMENTS; i++)
		is(taken(w, "out"), arena_printf(w->arena, "%d", i).at);
	is(taken(w, "out"), "");
	the_end_of_flows(w);
}

STORY(one_element_that_is_refused_holds_back_all)
{
	struct world *w = with("split", SPLIT);

	(void)state;
	is(world_set(w, "out", "schema", "{\"type\":\"number\"}", NULL), "NONE");
	world_send(w, "in", "{\"users\":[1,2,\"x\"]}");
	world_pass_ms(w, 0);
	is(world_counts(w, "out"), "0/0/0");
	is(world_counts(w, "dead"), "1/0/0");
	the_end_of_flows(w);
}

/* The n-th store call fails: in and out are of one transaction, and it is tried again. False:
 * there are not so many calls. */
static bool under_fault(struct world *w, int64_t n, const char *before, const char *after)
{
	is(world_set(w, "in", "paused", "false", NULL), "NONE");
	store_fail_at(w->store, n, ERR_IO);
	world_pass_ms(w, 0);
	bool failed = store_failed(w->store);
	store_fail_at(w->store, 0, OK);
	world_check(w);
	bool done = strcmp(world_counts(w, "in"), "0/0/0") == 0;
	is(world_counts(w, "in"), done ? "0/0/0" : before);
	is(world_counts(w, "out"), done ? after : "0/0/0");
	world_pass_ms(w, 200);
	is(world_counts(w, "in"), "0/0/0");
	is(world_counts(w, "out"), after);
	while (taken(w, "out")[0] != '\0')
		;
	is(world_set(w, "in", "paused", "true", NULL), "NONE");
	return failed;
}

STORY(a_fault_leaves_all_or_nothing)
{
	(void)state;
	for (int tracked = 0; tracked < 2; tracked++) {
		struct world *w = with("collect", COLLECT(""));
		bool failed = true;
		is(world_set(w, "in", "paused", "true", "track", tracked ? "true" : "false", NULL), "NONE");
		for (int64_t n = 1; failed; n++) {
			for (int i = 0; i < 3; i++)
				world_send(w, "in", "1");
			failed = under_fault(w, n, "3/0/0", "1/0/0");
		}
		is(world_set(w, "in", "collect", "", "split", SPLIT, NULL), "NONE");
		failed = true;
		for (int64_t n = 1; failed; n++) {
			world_send(w, "in", "{\"users\":[1,2,3]}");
			failed = under_fault(w, n, "1/0/0", "3/0/0");
		}
		the_end_of_flows(w);
	}
}

STORY(what_cannot_be_is_refused)
{
	struct world *w = with("collect", COLLECT(""));
	static const char *const bad[] = {
		"7",
		"{}",
		"{\"into\":\"out\"}",
		"{\"into\":\"out\",\"max\":0,\"wait_ms\":1}",
		"{\"into\":\"out\",\"max\":1001,\"wait_ms\":1}",
		"{\"into\":\"out\",\"max\":1,\"wait_ms\":86400001}",
		"{\"into\":\"out\",\"max\":1,\"wait_ms\":1,\"by_group\":1}",
		"{\"into\":\"out\",\"max\":1,\"wait_ms\":1,\"more\":1}",
		"{\"into\":\"nowhere\",\"max\":1,\"wait_ms\":1}",
		"{\"into\":\"in\",\"max\":1,\"wait_ms\":1}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		is(world_set(w, "in", "collect", bad[i], NULL), "INVALID_ATTRIBUTE");
	is(world_set(w, "in", "split", SPLIT, NULL), "INVALID_ATTRIBUTE"); /* it has collect */
	is(world_set(w, "in", "priority", "on", NULL), "INVALID_ATTRIBUTE");
	is(world_set(w, "in", "RedrivePolicy", "", NULL), "INVALID_ATTRIBUTE");
	is(world_set(w, "out", "split", "{\"into\":\"dead\",\"at\":\"x\"}", NULL), "INVALID_ATTRIBUTE");
	is(world_set(w, "out", "split", "{\"into\":\"dead\"}", NULL), "INVALID_ATTRIBUTE"); /* no DLQ */
	/* in -> out -> in, and by way of a dead-letter queue. */
	is(world_set(w, "out", "split", "{\"into\":\"in\"}", "RedrivePolicy",
	             world_redrive(w, "dead", 3), NULL),
	   "INVALID_ATTRIBUTE");
	is(world_queue(w, "dead2", NULL), "NONE");
	is(world_set(w, "dead", "split", "{\"into\":\"in\"}", "RedrivePolicy",
	             world_redrive(w, "dead2", 3), NULL),
	   "INVALID_ATTRIBUTE");
	the_end_of_flows(w);
}

STORY(a_chain_may_be_so_long_and_no_longer)
{
	struct world *w = world_open(1);
	const char *said = "NONE";
	int made = 0;

	(void)state;
	world_queue(w, "dead", NULL);
	world_queue(w, "q0", NULL);
	for (; made <= FLOW_DEPTH_MAX + 1 && strcmp(said, "NONE") == 0; made++) {
		const char *name = arena_printf(w->arena, "q%d", made + 1).at;
		said = world_queue(w, name, "RedrivePolicy", world_redrive(w, "dead", 3), "split",
		                   arena_printf(w->arena, "{\"into\":\"q%d\"}", made).at, NULL);
	}
	is(said, "INVALID_ATTRIBUTE");
	assert_int_equal(made, FLOW_DEPTH_MAX + 1);
	the_end_of_flows(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(as_many_as_max_become_one),
		RUN(fewer_go_when_the_oldest_has_waited),
		RUN(delayed_and_paused_ones_wait),
		RUN(by_group_each_has_its_own),
		RUN(without_groups_they_go_in_the_order_in_which_they_came),
		RUN(fifo_queues_collect_each_group_in_order),
		RUN(sizes_are_those_of_the_target),
		RUN(a_full_target_is_waited_for),
		RUN(what_does_not_fit_the_schema_of_the_target_is_a_dead_letter),
		RUN(jobs_of_collected_messages_have_succeeded),
		RUN(an_array_becomes_a_message_for_each_element),
		RUN(a_long_array_goes_in_several_steps_each_element_once),
		RUN(one_element_that_is_refused_holds_back_all),
		RUN(a_fault_leaves_all_or_nothing),
		RUN(what_cannot_be_is_refused),
		RUN(a_chain_may_be_so_long_and_no_longer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
