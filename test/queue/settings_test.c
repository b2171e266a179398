/* settings_test.c - attributes one in and one over, tags, permissions, and what queues do
 * beyond SQS: pause, concurrency, rate, max_messages, groups that stop. */
#include "queue/stories.h"

STORY(every_number_has_its_range)
{
	static const struct {
		const char *name, *in[2], *over[2];
	} table[] = {
		{ "VisibilityTimeout", { "0", "43200" }, { "-1", "43201" } },
		{ "DelaySeconds", { "0", "900" }, { "-1", "901" } },
		{ "MaximumMessageSize", { "1024", "1048576" }, { "1023", "1048577" } },
		{ "MessageRetentionPeriod", { "60", "1209600" }, { "59", "1209601" } },
		{ "ReceiveMessageWaitTimeSeconds", { "0", "20" }, { "-1", "21" } },
		{ "KmsDataKeyReusePeriodSeconds", { "60", "86400" }, { "59", "86401" } },
		{ "concurrency", { "0", "120000" }, { "-1", "120001" } },
		{ "max_receives", { "0", "1000" }, { "x", "1001" } },
		{ "paused", { "true", "false" }, { "yes", "" } },
		{ "on_poison", { "dlq", "stop" }, { "go", "" } },
		{ "SqsManagedSseEnabled", { "true", "false" }, { "1", "" } },
	};
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		for (int n = 0; n < 2; n++) {
			is(world_set(w, "q", table[i].name, table[i].in[n], NULL), "NONE");
			is(world_set(w, "q", table[i].name, table[i].over[n], NULL), "INVALID_ATTRIBUTE");
		}
	is(world_set(w, "q", "Nonsense", "1", NULL), "UNKNOWN_ATTRIBUTE");
	is(world_set(w, "q", "ContentBasedDeduplication", "true", NULL), "UNKNOWN_ATTRIBUTE");
	the_end(w);
}

STORY(all_attributes_of_a_call_are_set_or_none)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	is(world_set(w, "q", "DelaySeconds", "9", "VisibilityTimeout", "99999", NULL),
	   "INVALID_ATTRIBUTE");
	world_send(w, "q", "a");
	is(world_counts(w, "q"), "1/0/0");
	the_end(w);
}

STORY(the_same_queue_made_again_is_the_same_and_another_is_refused)
{
	struct world *w = world_open(1);

	(void)state;
	is(world_queue(w, "q", "DelaySeconds", "5", NULL), "NONE");
	is(world_queue(w, "q", "DelaySeconds", "5", "VisibilityTimeout", "30", NULL), "NONE");
	is(world_queue(w, "q", "DelaySeconds", "6", NULL), "QUEUE_EXISTS");
	is(world_queue(w, "q", NULL), "NONE");
	the_end(w);
}

STORY(names_are_checked)
{
	char name[QUEUE_NAME_MAX + 2];
	struct world *w = world_open(1);

	(void)state;
	memset(name, 'a', sizeof name);
	name[QUEUE_NAME_MAX + 1] = '\0';
	is(world_queue(w, name, NULL), "INVALID_PARAMETER");
	name[QUEUE_NAME_MAX] = '\0';
	is(world_queue(w, name, NULL), "NONE");
	is(world_queue(w, "", NULL), "INVALID_PARAMETER");
	is(world_queue(w, "a b", NULL), "INVALID_PARAMETER");
	is(world_queue(w, ".fifo", NULL), "INVALID_PARAMETER");
	is(world_queue(w, "standard", "FifoQueue", "true", NULL), "INVALID_PARAMETER");
	world_queue(w, "standard", NULL);
	is(world_set(w, "standard", "FifoQueue", "true", NULL), "UNKNOWN_ATTRIBUTE");
	the_end(w);
}

STORY(a_throughput_by_group_needs_ids_by_group)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q.fifo", NULL);
	is(world_set(w, "q.fifo", "FifoThroughputLimit", "perMessageGroupId", NULL),
	   "INVALID_ATTRIBUTE");
	is(world_set(w, "q.fifo", "DeduplicationScope", "messageGroup", "FifoThroughputLimit",
	             "perMessageGroupId", NULL),
	   "NONE");
	is(world_set(w, "q.fifo", "DeduplicationScope", "queue", NULL), "INVALID_ATTRIBUTE");
	the_end(w);
}

STORY(a_message_longer_than_the_queue_allows_is_refused)
{
	char body[1026];
	struct world *w = world_open(1);

	(void)state;
	memset(body, 'x', sizeof body);
	body[1025] = '\0';
	world_queue(w, "q", "MaximumMessageSize", "1024", NULL);
	is(world_send(w, "q", body), "INVALID_PARAMETER");
	body[1024] = '\0';
	is(world_send(w, "q", body), "NONE");
	the_end(w);
}

STORY(tags_are_kept_overwritten_and_removed)
{
	struct world *w = world_open(1);
	struct pair two[] = { { S("a"), S("1") }, { S("A"), S("2") } },
				again[] = { { S("a"), S("3") } };
	struct queue_tags set = { .name = S("q"), .tags = two, .count = 2 },
					  over = { .name = S("q"), .tags = again, .count = 1 };
	struct queue_tags all = { .name = S("q") };

	(void)state;
	world_queue(w, "q", NULL);
	world_run(w, &op_queue_tag, &set);
	world_run(w, &op_queue_tag, &over);
	world_restart(w);
	world_run(w, &op_queue_tags_list, &all);
	assert_int_equal(all.all_count, 2);
	world_run(w, &op_queue_untag, &over);
	world_run(w, &op_queue_tags_list, &all);
	assert_int_equal(all.all_count, 1);
	check_text(all.all[0].value, "2");
	the_end(w);
}

STORY(a_paused_queue_takes_messages_and_gives_none)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", "paused", "true", NULL);
	world_send(w, "q", "a");
	struct queue_receive *p = ask(w, "q", 1, -1, 20);
	assert_int_equal(p->count, 0);
	world_set(w, "q", "paused", "false", NULL);
	assert_int_equal(p->count, 1);
	the_end(w);
}

STORY(concurrency_limits_what_is_in_flight)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", "concurrency", "2", NULL);
	for (int i = 0; i < 5; i++)
		world_send(w, "q", "a");
	is(world_receive_many(w, "q", 10), "a a");
	struct receipt r = world_receipt(w);
	struct queue_receive *p = ask(w, "q", 10, -1, 20);
	assert_int_equal(p->count, 0);
	world_delete(w, "q", r);
	assert_int_equal(p->count, 1);
	the_end(w);
}

STORY(a_rate_lets_so_many_a_second_through)
{
	struct world *w = world_open(1);
	int got = 0;

	(void)state;
	world_queue(w, "q", "rate", "10", NULL);
	for (int i = 0; i < 100; i++)
		world_send(w, "q", "a");
	world_pass_ms(w, 2000);
	got += ask(w, "q", 10, 600, 0)->count;
	assert_int_equal(got, 10);
	nothing(world_receive(w, "q"));
	struct queue_receive *p = ask(w, "q", 10, 600, 20);
	world_pass_ms(w, 200);
	assert_true(p->count >= 1 && p->count <= 2);
	the_end(w);
}

STORY(a_full_queue_says_so_until_something_is_deleted)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", "max_messages", "2", NULL);
	world_send(w, "q", "a");
	world_send(w, "q", "b");
	is(world_send(w, "q", "c"), "QUEUE_FULL");
	world_receive(w, "q");
	is(world_send(w, "q", "c"), "QUEUE_FULL");
	world_delete(w, "q", world_receipt(w));
	is(world_send(w, "q", "c"), "NONE");
	the_end(w);
}

static struct cmd *send_batch(struct world *w, const char *queue, int count)
{
	struct queue_send *p = ARENA_NEW(w->arena, struct queue_send);

	p->queue = str_of(queue);
	p->batch = true;
	p->count = count;
	p->entries = ARENA_ARRAY(w->arena, struct send_entry, count);
	for (int i = 0; i < count; i++)
		p->entries[i] = (struct send_entry){ .body = S("x"),
			                                 .body_md5 = S("0123456789abcdef"),
			                                 .size = 1,
			                                 .delay_s = -1,
			                                 .priority = -1 };
	return world_run(w, &op_queue_send, p);
}

STORY(a_batch_is_refused_as_a_whole_only_when_nothing_of_it_fits)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", "max_messages", "3", NULL);
	struct cmd *c = send_batch(w, "q", 5);
	const struct queue_send *p = c->in;
	is(refusal_name(c->refused.why), "NONE");
	for (int i = 0; i < 5; i++)
		is(refusal_name(p->entries[i].refused.why), i < 3 ? "NONE" : "QUEUE_FULL");
	c = send_batch(w, "q", 5);
	is(refusal_name(c->refused.why), "QUEUE_FULL");
	is(world_counts(w, "q"), "3/0/0");
	the_end(w);
}

/* What a sender is told: at the rate of deletes, a hundredth of the queue. */
STORY(a_full_queue_tells_when_to_come_again)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", "max_messages", "2000", NULL);
	for (int i = 0; i < 200; i++)
		send_batch(w, "q", 10);
	assert_int_equal(send_batch(w, "q", 1)->refused.retry_ms, 5000); /* nobody works */
	for (int second = 0; second < 60; second++) {
		for (int i = 0; i < 4; i++) {
			is(world_receive(w, "q"), "x");
			is(world_delete(w, "q", world_receipt(w)), "NONE");
		}
		send_batch(w, "q", 4);
		world_pass_ms(w, 1000);
	}
	/* Room for 20 at 4 a second. */
	assert_in_range(send_batch(w, "q", 1)->refused.retry_ms, 4700, 5300);
	world_pass_ms(w, 5 * MINUTE_MS);
	assert_int_equal(send_batch(w, "q", 1)->refused.retry_ms, RETRY_AFTER_MAX_MS);
	world_pass_ms(w, 30 * MINUTE_MS);
	assert_int_equal(send_batch(w, "q", 1)->refused.retry_ms, 5000);
	the_end(w);
}

static enum refusal resume(struct world *w, enum resume_how how)
{
	struct queue_resume p = { .queue = S("q.fifo"), .group = S("g"), .how = how };

	return world_run(w, &op_queue_resume, &p)->refused.why;
}

/* A group of two whose first message was received once too often. */
static struct world *stopped(void)
{
	struct world *w = world_open(1);

	world_queue(w, "dead.fifo", NULL);
	world_queue(w, "q.fifo", "on_poison", "stop", "RedrivePolicy", world_redrive(w, "dead.fifo", 1),
	            NULL);
	world_send(w, "q.fifo", "bad");
	world_send(w, "q.fifo", "good");
	is(world_receive(w, "q.fifo"), "bad");
	assert_int_equal(resume(w, RESUME_RETRY), REFUSED_CONFLICT);
	world_pass_ms(w, 30 * SECOND_MS);
	world_restart(w);
	nothing(world_receive(w, "q.fifo"));
	return w;
}

STORY(a_stopped_group_tries_again_when_told)
{
	struct world *w = stopped();

	(void)state;
	struct queue_receive *p = ask(w, "q.fifo", 1, 9, 20);
	assert_int_equal(resume(w, RESUME_RETRY), REFUSED_NONE);
	assert_int_equal(p->count, 1);
	check_text(p->messages[0].body, "bad");
	/* What was forgiven still counts for receipts: whoever held it before does not now. */
	struct receipt before = p->messages[0].receipt;
	assert_int_equal(before.receive, 2);
	before.receive = 1;
	is(world_delete(w, "q.fifo", before), "RECEIPT_EXPIRED");
	world_restart(w);
	is(world_delete(w, "q.fifo", before), "RECEIPT_EXPIRED");
	is(world_delete(w, "q.fifo", p->messages[0].receipt), "NONE");
	the_end(w);
}

STORY(a_stopped_group_goes_on_without_its_poison)
{
	struct world *w = stopped();

	(void)state;
	assert_int_equal(resume(w, RESUME_DELETE), REFUSED_NONE);
	is(world_receive(w, "q.fifo"), "good");
	is(world_counts(w, "dead.fifo"), "0/0/0");
	the_end(w);
}

STORY(a_stopped_group_sends_its_poison_to_the_dead_letter_queue)
{
	struct world *w = stopped();

	(void)state;
	assert_int_equal(resume(w, RESUME_DEAD_LETTER), REFUSED_NONE);
	is(world_receive(w, "q.fifo"), "good");
	is(world_receive(w, "dead.fifo"), "bad");
	the_end(w);
}

STORY(a_stopped_group_does_not_stop_others_and_goes_on_when_the_setting_goes)
{
	struct world *w = stopped();

	(void)state;
	send_in(w, "q.fifo", "other", "id", "free");
	is(world_receive(w, "q.fifo"), "free");
	world_set(w, "q.fifo", "on_poison", "dlq", NULL);
	is(world_receive(w, "q.fifo"), "good");
	is(world_counts(w, "dead.fifo"), "1/0/0");
	the_end(w);
}

STORY(when_the_disk_is_full_sends_are_refused_and_deletes_go_on)
{
	struct world *w = world_open(1);

	(void)state;
	world_queue(w, "q", NULL);
	world_send(w, "q", "a");
	engine_disk_full(w->engine, true);
	is(world_send(w, "q", "b"), "DISK_FULL");
	is(world_receive(w, "q"), "a");
	is(world_delete(w, "q", world_receipt(w)), "NONE");
	engine_disk_full(w->engine, false);
	is(world_send(w, "q", "b"), "NONE");
	the_end(w);
}

static enum refusal permit(struct world *w, const struct op *op, const char *label)
{
	struct str account = S("111122223333"), action = S("SendMessage");
	struct queue_permission *p = ARENA_NEW(w->arena, struct queue_permission);

	*p = (struct queue_permission){ .name = S("q"),
		                            .label = str_of(label),
		                            .accounts = &account,
		                            .account_count = 1,
		                            .actions = &action,
		                            .action_count = 1 };
	return world_run(w, op, p)->refused.why;
}

STORY(permissions_are_statements_with_labels)
{
	struct world *w = world_open(1);
	struct str name = S("Policy");
	struct queue_get get = { .name = S("q"), .names = &name, .count = 1 };

	(void)state;
	world_queue(w, "q", NULL);
	assert_int_equal(permit(w, &op_queue_permit, "one"), REFUSED_NONE);
	assert_int_equal(permit(w, &op_queue_permit, "one"), REFUSED_INVALID_PARAMETER);
	assert_int_equal(permit(w, &op_queue_unpermit, "two"), REFUSED_INVALID_PARAMETER);
	world_restart(w);
	world_run(w, &op_queue_get, &get);
	assert_int_equal(get.attribute_count, 1);
	assert_non_null(strstr(get.attributes[0].value.at, "\"Sid\":\"one\""));
	assert_int_equal(permit(w, &op_queue_unpermit, "one"), REFUSED_NONE);
	the_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(every_number_has_its_range),
		RUN(all_attributes_of_a_call_are_set_or_none),
		RUN(the_same_queue_made_again_is_the_same_and_another_is_refused),
		RUN(names_are_checked),
		RUN(a_throughput_by_group_needs_ids_by_group),
		RUN(a_message_longer_than_the_queue_allows_is_refused),
		RUN(tags_are_kept_overwritten_and_removed),
		RUN(a_paused_queue_takes_messages_and_gives_none),
		RUN(concurrency_limits_what_is_in_flight),
		RUN(a_rate_lets_so_many_a_second_through),
		RUN(a_full_queue_says_so_until_something_is_deleted),
		RUN(a_batch_is_refused_as_a_whole_only_when_nothing_of_it_fits),
		RUN(a_full_queue_tells_when_to_come_again),
		RUN(a_stopped_group_tries_again_when_told),
		RUN(a_stopped_group_goes_on_without_its_poison),
		RUN(a_stopped_group_sends_its_poison_to_the_dead_letter_queue),
		RUN(a_stopped_group_does_not_stop_others_and_goes_on_when_the_setting_goes),
		RUN(when_the_disk_is_full_sends_are_refused_and_deletes_go_on),
		RUN(permissions_are_statements_with_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
