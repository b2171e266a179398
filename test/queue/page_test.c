/* page_test.c - what the receives of one batch take is read by the first of them (queue/page.h):
 * nobody may notice. */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "queue/stories.h"

enum { FIRST = 20, SIZE = 10, RECEIVES = 8 };

/* So that the weight of a row is known, one page is received before. */
static struct world *begin(int messages)
{
	struct world *w = world_open(1);
	char body[24];

	world_queue(w, "q", NULL);
	for (int i = 0; i < messages; i++) {
		snprintf(body, sizeof body, "m%03d", i);
		world_send(w, "q", body);
	}
	world_receive_many(w, "q", SIZE);
	return w;
}

static struct cmd *receive(struct world *w, struct queue_receive *p)
{
	*p = (struct queue_receive){ .queue = S("q"), .max = SIZE, .visibility_s = -1, .wait_s = 0 };
	return world_cmd(w, &op_queue_receive, p);
}

/* The answer has messages number from, from + 1, ... */
static void is_page(const struct queue_receive *p, int from, int count)
{
	char want[24];

	assert_int_equal(p->count, count);
	for (int i = 0; i < count; i++) {
		snprintf(want, sizeof want, "m%03d", from + i);
		check_text(p->messages[i].body, want);
		assert_int_equal(p->messages[i].receive_count, 1);
	}
}

STORY(receives_of_one_batch_share_what_stands_in_line)
{
	struct world *w = begin(SIZE + RECEIVES * SIZE - 3);
	struct queue_receive p[RECEIVES];
	struct cmd *c[RECEIVES];

	(void)state;
	for (int i = 0; i < RECEIVES; i++)
		c[i] = receive(w, &p[i]);
	world_run_batch(w, c, RECEIVES);
	for (int i = 0; i < RECEIVES; i++)
		is_page(&p[i], SIZE + i * SIZE, i == RECEIVES - 1 ? SIZE - 3 : SIZE);
	is(world_counts(w, "q"), "0/87/0");
	the_end(w);
}

STORY(messages_that_are_sent_between_them_come_in_their_turn)
{
	struct world *w = begin(SIZE + SIZE + 5);
	struct queue_receive p[3];
	struct send_entry e = { .body = S("m025"), .delay_s = -1, .priority = -1 };
	struct queue_send sending = { .queue = S("q"), .entries = &e, .count = 1 };
	struct cmd *c[] = { receive(w, &p[0]), world_cmd(w, &op_queue_send, &sending),
		                receive(w, &p[1]), receive(w, &p[2]) };

	(void)state;
	e.body_md5 = S("0123456789abcdef");
	world_run_batch(w, c, 4);
	is_page(&p[0], SIZE, SIZE);
	is_page(&p[1], 2 * SIZE, 6);
	assert_int_equal(p[2].count, 0);
	the_end(w);
}

STORY(what_was_read_is_not_given_out_after_a_purge)
{
	struct world *w = begin(SIZE + RECEIVES * SIZE);
	struct queue_receive p[3];
	struct queue_named all = { .name = S("q") };
	struct cmd *c[] = { receive(w, &p[0]), receive(w, &p[1]), world_cmd(w, &op_queue_purge, &all),
		                receive(w, &p[2]) };

	(void)state;
	world_run_batch(w, c, 4);
	is_page(&p[0], SIZE, SIZE);
	is_page(&p[1], 2 * SIZE, SIZE);
	assert_int_equal(p[2].count, 0);
	the_end(w);
}

STORY(messages_heavier_than_those_before_are_read_as_they_are_wanted)
{
	struct world *w = begin(FIRST);
	struct queue_receive p[3];
	size_t size = 256 * (size_t)KIB;
	char *big = mem_get(size);

	(void)state;
	memset(big, 'x', size - 1);
	for (int i = 0; i < FIRST; i++)
		world_send(w, "q", big);
	struct cmd *c[] = { receive(w, &p[0]), receive(w, &p[1]), receive(w, &p[2]) };
	world_run_batch(w, c, 3);
	is_page(&p[0], SIZE, SIZE);
	for (int i = 1; i < 3; i++) { /* each as many as its answer has room for */
		assert_int_equal(p[i].count, RECEIVE_BYTES_MAX / (int)(size - 1) + 1);
		for (int m = 0; m < p[i].count; m++)
			assert_int_equal(p[i].messages[m].body.len, size - 1);
	}
	mem_free(big);
	the_end(w);
}

STORY(a_batch_that_fails_anywhere_gives_each_message_once)
{
	(void)state;
	for (int64_t nth = 1; nth < 40; nth++) {
		struct world *w = begin(SIZE + 3 * SIZE);
		struct queue_receive p[3];
		struct cmd *c[] = { receive(w, &p[0]), receive(w, &p[1]), receive(w, &p[2]) };

		store_fail_at(w->store, nth, ERR_IO);
		world_run_batch(w, c, 3);
		bool over = !store_failed(w->store);
		store_fail_at(w->store, 0, OK);
		if (w->faults == 0)
			for (int i = 0; i < 3; i++)
				is_page(&p[i], SIZE + i * SIZE, SIZE);
		the_end(w);
		if (over)
			return;
	}
	fail_msg("%s", "the batch has more store calls than this story knows");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(receives_of_one_batch_share_what_stands_in_line),
		RUN(messages_that_are_sent_between_them_come_in_their_turn),
		RUN(what_was_read_is_not_given_out_after_a_purge),
		RUN(messages_heavier_than_those_before_are_read_as_they_are_wanted),
		RUN(a_batch_that_fails_anywhere_gives_each_message_once),
	};

	return cmocka_run_group_tests_name("pages read ahead", tests, NULL, NULL);
}
