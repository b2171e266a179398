/* thread_test.c - the threads around the engine: what is in an inbox when the server stops. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "base/arena.h"
#include "domain/queue/queue.h"
#include "domain/topic/topic.h"
#include "engine/thread.h"

enum { ROUNDS = 20, COMMANDS = 40, STOP_MAX_S = 60 };

static atomic_int answers, faults;

static void count(void *context, int loop, struct list *commands)
{
	struct cmd *c;

	(void)context;
	assert_int_equal(loop, 0);
	while ((c = LIST_TAKE(commands, struct cmd, node)) != NULL) {
		atomic_fetch_add(&answers, 1);
		atomic_fetch_add(&faults, c->fault != OK);
		cmd_free(c);
	}
}

static void died(void *context, enum err why, const char *detail)
{
	(void)context;
	fprintf(stderr, "died: %s: %s\n", err_name(why), detail);
	abort();
}

static struct engine_thread *start(const char *place)
{
	struct engine_thread_config config = {
		.place = place,
		.node = "test",
		.domain = { .account = S("000000000000"), .region = S("us-east-1") },
		.answer = count,
		.died = died,
	};
	enum err why;
	char detail[256];
	struct engine_thread *t = engine_thread_open(&config, &why, detail);

	assert_non_null(t);
	return t;
}

static void ask(struct engine_thread *t, const struct op *op, size_t size)
{
	struct cmd *c = cmd_new(op);

	c->reply_to.loop = 0;
	c->in = arena_get(c->arena, size);
	if (op == &op_topic_list)
		((struct topic_list *)c->in)->max = 1;
	if (op == &op_queue_list)
		((struct queue_list *)c->in)->max = 1;
	assert_true(submit(t, &c));
	assert_null(c);
}

/* A reader that finds commands together with the word to stop must heed both. */
static void test_what_was_asked_before_the_stop_is_answered(void **state)
{
	char place[64], command[96];

	(void)state;
	snprintf(place, sizeof place, "%s/ringi-thread-XXXXXX",
	         access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(place));
	alarm(STOP_MAX_S); /* a stop that hangs fails the test */
	for (int round = 1; round <= ROUNDS; round++) {
		struct engine_thread *t = start(place);
		for (int i = 0; i < COMMANDS; i++) {
			ask(t, &op_topic_list, sizeof(struct topic_list));
			ask(t, &op_queue_list, sizeof(struct queue_list));
		}
		engine_thread_close(t);
		assert_int_equal(atomic_load(&answers), round * COMMANDS * 2);
	}
	alarm(0);
	assert_int_equal(atomic_load(&faults), 0);
	snprintf(command, sizeof command, "rm -rf '%s'", place);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_asked_before_the_stop_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
