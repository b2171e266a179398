/* thread_test.c - the threads around the engine: what is in an inbox when the server stops, and
 * the one moment that a look is of. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "base/arena.h"
#include "domain/batch.h"
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

static void make_place(char place[64])
{
	snprintf(place, 64, "%s/ringi-thread-XXXXXX",
	         access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(place));
}

static void remove_place(const char *place)
{
	char command[96];

	snprintf(command, sizeof command, "rm -rf '%s'", place);
	assert_int_equal(system(command), 0);
}

/* A reader that finds commands together with the word to stop must heed both. */
static void test_what_was_asked_before_the_stop_is_answered(void **state)
{
	char place[64];

	(void)state;
	make_place(place);
	atomic_store(&answers, 0);
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
	remove_place(place);
}

/* ---- one moment */

static struct engine_thread *looked_at;
static int seen[2];

static enum err no_check(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

static enum err put_moment(struct batch *b, struct cmd *c)
{
	(void)c;
	return store_run(b->store, STMT_META_PUT, VALUES(value_text(S("moment")), value_text(S("it"))),
	                 NULL, NULL);
}

static const struct op op_put_moment = { .name = "put_moment",
	                                     .lane = LANE_WRITE,
	                                     .check = no_check,
	                                     .write = put_moment };

static enum err count_row(void *rows, const struct value *columns, int count)
{
	(void)columns;
	(void)count;
	*(int *)rows += 1;
	return OK;
}

static enum err find_moment(struct store *s, int *rows)
{
	return store_run(s, STMT_META_GET, VALUES(value_text(S("moment"))), count_row, rows);
}

static void ask_and_wait(struct engine_thread *t, const struct op *op)
{
	int before = atomic_load(&answers);

	ask(t, op, 1);
	while (atomic_load(&answers) == before)
		usleep(1000);
}

/* Looks, lets somebody else commit, and looks again. */
static enum err look_twice(struct store *s, struct cmd *c, struct now now)
{
	(void)c;
	(void)now;
	TRY(find_moment(s, &seen[0]));
	ask_and_wait(looked_at, &op_put_moment);
	return find_moment(s, &seen[1]);
}

static const struct op op_look_twice = { .name = "look_twice",
	                                     .lane = LANE_READ,
	                                     .read = look_twice };

static enum err look_once(struct store *s, struct cmd *c, struct now now)
{
	(void)c;
	(void)now;
	return find_moment(s, &seen[0]);
}

static const struct op op_look_once = { .name = "look_once", .lane = LANE_READ, .read = look_once };

static void look(const char *place, const struct op *op)
{
	seen[0] = seen[1] = 0;
	looked_at = start(place);
	ask_and_wait(looked_at, op);
	engine_thread_close(looked_at); /* what was asked meanwhile was answered before */
}

/* What one command reads is of one moment, whoever commits meanwhile; the next one sees it. */
static void test_a_look_is_of_one_moment(void **state)
{
	char place[64];

	(void)state;
	make_place(place);
	alarm(STOP_MAX_S);
	look(place, &op_look_twice);
	assert_int_equal(seen[0], 0);
	assert_int_equal(seen[1], 0);
	look(place, &op_look_once);
	assert_int_equal(seen[0], 1);
	alarm(0);
	assert_int_equal(atomic_load(&faults), 0);
	remove_place(place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_asked_before_the_stop_is_answered),
		cmocka_unit_test(test_a_look_is_of_one_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
