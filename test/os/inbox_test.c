/* inbox_test.c - commands reach their owner: all, once, drains first, and in time. */
#include <stdatomic.h>

#include "check.h"
#include "os/inbox.h"
#include "os/os.h"

enum { SENDERS = 4, EACH = 20000 };

struct item {
	struct node node;
	int sender, number;
};

static void what_drains_comes_first_and_full_is_said(void **state)
{
	struct inbox *in = inbox_open(2, 1);
	struct item i[5] = { 0 };
	struct list got;
	int drain, fill;

	(void)state;
	list_init(&got);
	assert_true(inbox_put(in, &i[0].node, false));
	assert_false(inbox_put(in, &i[1].node, false));
	assert_true(inbox_put(in, &i[2].node, true));
	assert_true(inbox_put(in, &i[3].node, true));
	assert_false(inbox_put(in, &i[1].node, true));
	inbox_put_own(in, &i[4].node); /* always fits, behind what it may tell of */
	inbox_depth(in, &drain, &fill);
	assert_int_equal(drain, 2);
	assert_int_equal(fill, 2);
	assert_int_equal(inbox_take(in, &got, 2, NEVER), 2);
	assert_ptr_equal(LIST_TAKE(&got, struct item, node), &i[2]);
	assert_ptr_equal(LIST_TAKE(&got, struct item, node), &i[3]);
	assert_int_equal(inbox_take(in, &got, 100, NEVER), 2);
	assert_ptr_equal(LIST_TAKE(&got, struct item, node), &i[0]);
	assert_ptr_equal(LIST_TAKE(&got, struct item, node), &i[4]);
	assert_int_equal(inbox_take(in, &got, 100, 0), 0);
	assert_true(inbox_put(in, &i[1].node, false)); /* room again */
	assert_int_equal(inbox_take(in, &got, 100, 0), 1);
	assert_null(inbox_close(in));
	assert_null(inbox_close(NULL));
}

static void waiting_ends_at_its_time_or_by_a_wake_up(void **state)
{
	struct inbox *in = inbox_open(1, 1);
	struct list got;
	int64_t until = os_now().mono_ms + 20;

	(void)state;
	list_init(&got);
	assert_int_equal(inbox_take(in, &got, 1, until), 0);
	assert_true(os_now().mono_ms >= until);
	inbox_wake(in);
	inbox_wake(in);
	assert_int_equal(inbox_take(in, &got, 1, NEVER), 0); /* both are one */
	assert_int_equal(inbox_take(in, &got, 1, os_now().mono_ms + 1), 0);
	inbox_close(in);
}

struct sender {
	struct inbox *in;
	struct item *items;
	_Atomic int *refused;
};

static void send_all(void *at)
{
	struct sender *s = at;

	for (int i = 0; i < EACH; i++)
		while (!inbox_put(s->in, &s->items[i].node, s->items[i].sender % 2 == 0))
			atomic_fetch_add(s->refused, 1);
}

static void everything_arrives_once_and_in_the_order_of_its_sender(void **state)
{
	static struct item items[SENDERS][EACH];
	struct inbox *in = inbox_open(256, 256);
	struct os_thread *threads[SENDERS];
	struct sender senders[SENDERS];
	_Atomic int refused = 0;
	int next[SENDERS] = { 0 }, total = 0;
	struct list got;

	(void)state;
	list_init(&got);
	for (int s = 0; s < SENDERS; s++) {
		for (int i = 0; i < EACH; i++)
			items[s][i] = (struct item){ .sender = s, .number = i };
		senders[s] = (struct sender){ in, items[s], &refused };
		threads[s] = os_thread_start("sender", send_all, &senders[s]);
	}
	while (total < SENDERS * EACH) {
		int n = inbox_take(in, &got, 100, NEVER);
		assert_in_range(n, 1, 100);
		total += n;
		for (struct item *i; (i = LIST_TAKE(&got, struct item, node)) != NULL;)
			assert_int_equal(i->number, next[i->sender]++);
	}
	for (int s = 0; s < SENDERS; s++)
		os_thread_join(threads[s]);
	inbox_close(in);
}

/* Sends one, waits for it to come back: each side sleeps in turn. */
static void echo(void *at)
{
	struct inbox **both = at;
	struct list got;

	list_init(&got);
	for (int i = 0; i < EACH; i++) {
		while (inbox_take(both[0], &got, 1, NEVER) == 0)
			;
		inbox_put_own(both[1], list_take_first(&got));
	}
}

static void no_wake_up_is_lost(void **state)
{
	struct inbox *both[2] = { inbox_open(1, 1), inbox_open(1, 1) };
	struct os_thread *t = os_thread_start("echo", echo, both);
	struct item item = { 0 };
	struct list got;

	(void)state;
	list_init(&got);
	for (int i = 0; i < EACH; i++) {
		assert_true(inbox_put(both[0], &item.node, i % 2 == 0));
		assert_int_equal(inbox_take(both[1], &got, 1, NEVER), 1);
		assert_ptr_equal(list_take_first(&got), &item.node);
	}
	os_thread_join(t);
	inbox_close(both[0]);
	inbox_close(both[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_drains_comes_first_and_full_is_said),
		cmocka_unit_test(waiting_ends_at_its_time_or_by_a_wake_up),
		cmocka_unit_test(everything_arrives_once_and_in_the_order_of_its_sender),
		cmocka_unit_test(no_wake_up_is_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
