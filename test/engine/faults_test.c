/* faults_test.c - the n-th store call fails, for every n (and with it E1 to E3 of engine.c).
 *
 * One batch holds a command of each kind, each on queues of its own, so that what a
 * command did or did not do can be read from its queues. After each fault: who was told of
 * success finds it in the rows, also after a restart; who was told of a fault finds
 * nothing changed; memory is what the rows say; nobody else suffers. */
#include <stdio.h>

#include "check.h"
#include "base/limits.h"
#include "domain/queue/memory.h"
#include "store/store.h"
#include "world/world.h"

enum {
	LIST,
	GET,
	TAGS,
	SEND,
	BATCH,
	RECEIVE,
	DELETE,
	CREATE,
	ONE_ID,
	SAME_ID,
	DEAD_LETTER,
	PURGE,
	REMOVE,
	MAKE_AGAIN,
	SEND_AGAIN,
	SERVE,
	SHOW,
	REFUSE,
	FAIL,
	REPLAY,
	SET,
	RESUME,
	OPERATE,
	POISON,
	COMMANDS
};

/* A command that writes and then fails, always. */
static enum err poison_check(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

static enum err poison_write(struct batch *b, struct cmd *c)
{
	(void)c;
	TRY(store_run(b->store, STMT_META_PUT, VALUES(value_text(S("poison")), value_text(S("1"))),
	              NULL, NULL));
	return ERR_IO;
}

static const struct op op_poison = {
	.name = "poison",
	.lane = LANE_WRITE,
	.check = poison_check,
	.write = poison_write,
};

struct scene {
	struct world *w;
	struct cmd *commands[COMMANDS];
	struct queue_receive *waiter, *second;
	struct cmd *waiter_cmd, *second_cmd;
	bool poisoned;
};

/* ---- setting up */

static struct receipt held(struct world *w, const char *queue)
{
	assert_non_null(world_receive(w, queue));
	return world_receipt(w);
}

static struct cmd *with_send(struct world *w, const char *queue, int count, const char *group,
                             const char *id)
{
	struct queue_send *p = ARENA_NEW(w->arena, struct queue_send);

	p->queue = str_of(queue);
	p->count = count;
	p->batch = count > 1;
	p->entries = ARENA_ARRAY(w->arena, struct send_entry, count);
	for (int i = 0; i < count; i++)
		p->entries[i] = (struct send_entry){ .body = S("new"),
			                                 .body_md5 = S("0123456789abcdef"),
			                                 .size = 3,
			                                 .group = str_of(group),
			                                 .dedup = str_of(id),
			                                 .delay_s = -1,
			                                 .priority = -1 };
	return world_cmd(w, &op_queue_send, p);
}

static struct cmd *with_name(struct world *w, const struct op *op, const char *name)
{
	struct queue_named *p = ARENA_NEW(w->arena, struct queue_named);

	p->name = str_of(name);
	return world_cmd(w, op, p);
}

static struct cmd *with_receipt(struct world *w, const struct op *op, const char *queue,
                                struct receipt r, bool dead)
{
	struct queue_receipts *p = ARENA_NEW(w->arena, struct queue_receipts);

	p->queue = str_of(queue);
	p->count = 1;
	p->entries = ARENA_NEW(w->arena, struct receipt_entry);
	p->entries[0] = (struct receipt_entry){ .receipt = r, .dead = dead };
	return world_cmd(w, op, p);
}

static struct cmd *with_receive(struct world *w, const char *queue, const char *attempt,
                                int64_t wait_s)
{
	struct queue_receive *p = ARENA_NEW(w->arena, struct queue_receive);

	*p = (struct queue_receive){ .queue = str_of(queue),
		                         .max = 10,
		                         .visibility_s = 60,
		                         .wait_s = wait_s,
		                         .attempt = str_of(attempt) };
	return world_cmd(w, &op_queue_receive, p);
}

static struct cmd *with_create(struct world *w, const char *name)
{
	struct queue_create *p = ARENA_NEW(w->arena, struct queue_create);

	p->name = str_of(name);
	return world_cmd(w, &op_queue_create, p);
}

static void wait_for(struct world *w, const char *queue, struct cmd **c, struct queue_receive **p)
{
	*c = with_receive(w, queue, NULL, 20);
	*p = (*c)->in;
	world_run_batch(w, c, 1);
	assert_false(world_has_answered(w, *c));
}

static void make_lists(struct scene *s)
{
	struct world *w = s->w;
	struct queue_list *list = ARENA_NEW(w->arena, struct queue_list);
	struct queue_get *get = ARENA_NEW(w->arena, struct queue_get);
	struct queue_tags *tags = ARENA_NEW(w->arena, struct queue_tags),
					  *tag = ARENA_NEW(w->arena, struct queue_tags);

	list->max = 100;
	list->prefix = S("list-");
	s->commands[LIST] = world_cmd(w, &op_queue_list, list);
	get->name = S("list-a");
	get->all = get->own = true;
	s->commands[GET] = world_cmd(w, &op_queue_get, get);
	tag->name = tags->name = S("list-a");
	tag->tags = ARENA_NEW(w->arena, struct pair);
	*(struct pair *)tag->tags = (struct pair){ S("team"), S("blue") };
	tag->count = 1;
	world_run(w, &op_queue_tag, tag);
	s->commands[TAGS] = world_cmd(w, &op_queue_tags_list, tags);
}

static void make_operators(struct scene *s)
{
	struct world *w = s->w;
	struct queue_set *set = ARENA_NEW(w->arena, struct queue_set);
	struct queue_resume *resume = ARENA_NEW(w->arena, struct queue_resume);
	struct queue_operate *operate = ARENA_NEW(w->arena, struct queue_operate);

	world_queue(w, "set", NULL);
	set->name = S("set");
	set->attributes = ARENA_NEW(w->arena, struct pair);
	*(struct pair *)set->attributes = (struct pair){ S("DelaySeconds"), S("5") };
	set->count = 1;
	s->commands[SET] = world_cmd(w, &op_queue_set, set);
	world_queue(w, "strict.fifo", "on_poison", "stop", "max_receives", "1", NULL);
	world_send(w, "strict.fifo", "bad");
	world_change(w, "strict.fifo", held(w, "strict.fifo"), 0);
	*resume = (struct queue_resume){ .queue = S("strict.fifo"),
		                             .group = S("g"),
		                             .how = RESUME_DELETE };
	s->commands[RESUME] = world_cmd(w, &op_queue_resume, resume);
	world_queue(w, "operate-dead", NULL);
	world_queue(w, "operate", "RedrivePolicy", world_redrive(w, "operate-dead", 1), NULL);
	world_send(w, "operate", "bad");
	world_fail(w, "operate", held(w, "operate"), "{}", true, 0);
	*operate = (struct queue_operate){ .queue = S("operate-dead"),
		                               .position = 1,
		                               .body = S("good"),
		                               .body_md5 = S("0123456789abcdef") };
	s->commands[OPERATE] = world_cmd(w, &op_queue_operate, operate);
}

static void make_receives(struct scene *s)
{
	struct world *w = s->w;

	world_queue(w, "receive", NULL);
	world_send(w, "receive", "old");
	s->commands[RECEIVE] = with_receive(w, "receive", NULL, 0);
	world_queue(w, "delete", NULL);
	world_send(w, "delete", "old");
	s->commands[DELETE] = with_receipt(w, &op_queue_delete_messages, "delete", held(w, "delete"),
	                                   false);
	world_queue(w, "dead", NULL);
	world_queue(w, "work", "RedrivePolicy", world_redrive(w, "dead", 1), NULL);
	world_send(w, "work", "old");
	world_change(w, "work", held(w, "work"), 0);
	s->commands[DEAD_LETTER] = with_receive(w, "work", NULL, 0);
	world_queue(w, "fail-dead", NULL);
	world_queue(w, "fail", "RedrivePolicy", world_redrive(w, "fail-dead", 9), NULL);
	world_send(w, "fail", "old");
	s->commands[FAIL] = with_receipt(w, &op_queue_fail, "fail", held(w, "fail"), true);
	world_queue(w, "replay.fifo", NULL);
	world_send(w, "replay.fifo", "old");
	struct cmd *first = with_receive(w, "replay.fifo", "attempt", 0);
	world_run_batch(w, &first, 1);
	s->commands[REPLAY] = with_receive(w, "replay.fifo", "attempt", 0);
	world_queue(w, "refuse", "max_messages", "1", NULL);
	world_send(w, "refuse", "old");
	s->commands[REFUSE] = with_send(w, "refuse", 1, NULL, NULL);
}

static void make_all(struct scene *s, bool poisoned)
{
	struct world *w = s->w;

	world_queue(w, "list-a", NULL);
	world_queue(w, "list-b", NULL);
	make_lists(s);
	make_receives(s);
	make_operators(s);
	world_queue(w, "send", NULL);
	s->commands[SEND] = with_send(w, "send", 1, NULL, NULL);
	world_queue(w, "batch", NULL);
	s->commands[BATCH] = with_send(w, "batch", 3, NULL, NULL);
	s->commands[CREATE] = with_create(w, "create");
	world_queue(w, "id.fifo", NULL);
	s->commands[ONE_ID] = with_send(w, "id.fifo", 1, "g", "same");
	s->commands[SAME_ID] = with_send(w, "id.fifo", 1, "g", "same");
	world_queue(w, "purge", NULL);
	world_send(w, "purge", "old");
	s->commands[PURGE] = with_name(w, &op_queue_purge, "purge");
	world_queue(w, "again", NULL);
	world_send(w, "again", "old");
	s->commands[REMOVE] = with_name(w, &op_queue_delete, "again");
	s->commands[MAKE_AGAIN] = with_create(w, "again");
	s->commands[SEND_AGAIN] = with_send(w, "again", 1, NULL, NULL);
	world_queue(w, "serve", NULL);
	wait_for(w, "serve", &s->waiter_cmd, &s->waiter);
	s->commands[SERVE] = with_send(w, "serve", 1, NULL, NULL);
	world_queue(w, "show", NULL);
	world_send(w, "show", "old");
	struct receipt r = held(w, "show");
	wait_for(w, "show", &s->second_cmd, &s->second);
	s->commands[SHOW] = with_receipt(w, &op_queue_change_visibility, "show", r, false);
	s->poisoned = poisoned;
	s->commands[POISON] = poisoned ? world_cmd(w, &op_poison, NULL)
	                               : with_name(w, &op_queue_find, "send");
}

/* ---- looking at what came of it */

static bool done(const struct scene *s, int which)
{
	const struct cmd *c = s->commands[which];

	return c->fault == OK && !cmd_refused(c);
}

static void check_counts(struct scene *s, int which, const char *queue, const char *if_done,
                         const char *if_not)
{
	const char *want = done(s, which) ? if_done : if_not;

	assert_string_equal(world_counts(s->w, queue), want);
}

static void check_answers(struct scene *s)
{
	const struct queue_list *list = s->commands[LIST]->in;
	const struct queue_get *get = s->commands[GET]->in;
	const struct queue_tags *tags = s->commands[TAGS]->in;

	if (done(s, LIST))
		assert_int_equal(list->count, 2);
	if (done(s, GET))
		assert_true(get->attribute_count > 15 && get->attribute_count < 30);
	if (done(s, TAGS))
		assert_int_equal(tags->all_count, 1);
	assert_true(s->commands[REFUSE]->fault != OK ||
	            s->commands[REFUSE]->refused.why == REFUSED_QUEUE_FULL);
	if (s->poisoned)
		assert_true(s->commands[POISON]->fault != OK);
	for (int i = 0; i < COMMANDS; i++)
		assert_true(i == REFUSE || s->commands[i]->fault != OK || !cmd_refused(s->commands[i]) ||
		            (i == SEND_AGAIN && !done(s, MAKE_AGAIN)));
}

static void check_waiters(struct scene *s, bool stopped)
{
	bool first = world_has_answered(s->w, s->waiter_cmd),
		 second = world_has_answered(s->w, s->second_cmd);

	if (!stopped) {
		assert_true(first == done(s, SERVE) && second == done(s, SHOW));
	}
	if (first && s->waiter_cmd->fault == OK)
		assert_int_equal(s->waiter->count, done(s, SERVE));
	if (second && s->second_cmd->fault == OK)
		assert_int_equal(s->second->count, done(s, SHOW));
}

static void check_queues(struct scene *s, bool stopped)
{
	struct world *w = s->w;

	check_counts(s, SEND, "send", "1/0/0", "0/0/0");
	check_counts(s, BATCH, "batch", "3/0/0", "0/0/0");
	check_counts(s, RECEIVE, "receive", "0/1/0", "1/0/0");
	check_counts(s, DELETE, "delete", "0/0/0", "0/1/0");
	check_counts(s, CREATE, "create", "0/0/0", "NO_SUCH_QUEUE");
	assert_string_equal(world_counts(w, "id.fifo"),
	                    done(s, ONE_ID) || done(s, SAME_ID) ? "1/0/0" : "0/0/0");
	check_counts(s, DEAD_LETTER, "work", "0/0/0", "1/0/0");
	check_counts(s, DEAD_LETTER, "dead", "1/0/0", "0/0/0");
	check_counts(s, FAIL, "fail", "0/0/0", "0/1/0");
	check_counts(s, FAIL, "fail-dead", "1/0/0", "0/0/0");
	check_counts(s, PURGE, "purge", "0/0/0", "1/0/0");
	int there = !done(s, REMOVE) + done(s, SEND_AGAIN);
	const char *again = there == 2 ? "2/0/0" : there == 1 ? "1/0/0" : "0/0/0";
	assert_string_equal(world_counts(w, "again"),
	                    done(s, REMOVE) && !done(s, MAKE_AGAIN) ? "NO_SUCH_QUEUE" : again);
	/* A receiver whose connection died with the server may hold it. */
	if (!stopped)
		check_counts(s, SERVE, "serve", "0/1/0", "0/0/0");
	assert_string_equal(world_counts(w, "show"), "0/1/0");
	assert_string_equal(world_counts(w, "refuse"), "1/0/0");
	check_counts(s, RESUME, "strict.fifo", "0/0/0", "1/0/0");
	check_counts(s, OPERATE, "operate", "1/0/0", "0/0/0");
	check_counts(s, OPERATE, "operate-dead", "0/0/0", "1/0/0");
	world_send(w, "set", "one");
	check_counts(s, SET, "set", "0/0/1", "1/0/0");
}

/* True when a call failed: there may be more. */
static bool one_fault(int64_t nth, int64_t times, enum err fault, bool poisoned)
{
	struct scene s = { .w = world_open(7) };

	make_all(&s, poisoned);
	store_fail_from(s.w->store, nth, times, fault);
	world_run_batch(s.w, s.commands, COMMANDS);
	bool failed = store_failed(s.w->store), stopped = s.w->last_turn.stop;
	store_fail_at(s.w->store, 0, OK);
	for (int i = 0; i < COMMANDS; i++)
		assert_true(world_has_answered(s.w, s.commands[i]));
	if (times == 1 && !poisoned) /* E3: again, one by one, and all is well */
		for (int i = 0; i < COMMANDS; i++)
			assert_int_equal(s.commands[i]->fault, OK);
	check_answers(&s);
	check_waiters(&s, stopped);
	if (!stopped)
		world_check(s.w);
	world_restart(s.w);
	check_queues(&s, stopped);
	world_check(s.w);
	world_close(s.w);
	return failed;
}

static void until_nothing_fails(int64_t times, enum err fault, bool poisoned)
{
	int64_t nth = 1;

	while (one_fault(nth, times, fault, poisoned))
		nth++;
	assert_true(nth > 50);
}

static void a_batch_survives_one_fault_at_any_store_call(void **state)
{
	(void)state;
	until_nothing_fails(1, ERR_IO, false);
}

static void a_busy_store_costs_nobody_an_answer(void **state)
{
	(void)state;
	until_nothing_fails(1, ERR_BUSY, false);
}

static void a_disk_that_stays_dead_lets_nobody_believe_in_success(void **state)
{
	(void)state;
	until_nothing_fails(1000 * 1000, ERR_IO, false);
}

static void two_faults_in_a_row_are_told_or_survived(void **state)
{
	(void)state;
	until_nothing_fails(2, ERR_FULL, false);
}

static void a_poisoned_command_hurts_nobody_else_whatever_else_fails(void **state)
{
	(void)state;
	until_nothing_fails(1, ERR_IO, true);
}

static void a_poisoned_command_leaves_no_rows(void **state)
{
	struct scene s = { .w = world_open(7) };

	(void)state;
	make_all(&s, true);
	world_run_batch(s.w, s.commands, COMMANDS);
	assert_int_equal(s.commands[POISON]->fault, ERR_IO);
	for (int i = 0; i < POISON; i++)
		assert_int_equal(s.commands[i]->fault, OK);
	check_queues(&s, false);
	world_close(s.w);
}

/* ---- the clock's own work */

static bool move_fault(int64_t nth)
{
	struct world *w = world_open(7);
	struct move_start *p = ARENA_NEW(w->arena, struct move_start);

	world_queue(w, "dead", NULL);
	world_queue(w, "work", "RedrivePolicy", world_redrive(w, "dead", 1), NULL);
	for (int i = 0; i < 3; i++) {
		world_send(w, "work", "job");
		world_fail(w, "work", held(w, "work"), "{}", true, 0);
	}
	p->source = S("dead");
	world_run(w, &op_move_start, p);
	store_fail_at(w->store, nth, ERR_IO);
	world_pass_ms(w, 1000);
	bool failed = store_failed(w->store);
	store_fail_at(w->store, 0, OK);
	world_check(w);
	world_pass_ms(w, 1000);
	assert_string_equal(world_counts(w, "work"), "3/0/0");
	assert_string_equal(world_counts(w, "dead"), "0/0/0");
	world_check(w);
	world_close(w);
	return failed;
}

static void a_move_task_goes_on_after_a_fault_and_moves_nothing_twice(void **state)
{
	int64_t nth = 1;

	(void)state;
	while (move_fault(nth))
		nth++;
	assert_true(nth > 10);
}

static bool sweep_fault(int64_t nth)
{
	struct world *w = world_open(7);

	world_queue(w, "short", "MessageRetentionPeriod", "60", NULL);
	world_queue(w, "gone", NULL);
	world_queue(w, "order.fifo", NULL);
	for (int i = 0; i < 3; i++) {
		world_send(w, "short", "old");
		world_send(w, "gone", "old");
		world_send(w, "order.fifo", "old");
	}
	world_delete_queue(w, "gone");
	world_pass_ms(w, 59 * SECOND_MS);
	store_fail_at(w->store, nth, ERR_IO);
	world_pass_ms(w, 3 * SECOND_MS);
	bool failed = store_failed(w->store);
	store_fail_at(w->store, 0, OK);
	world_pass_ms(w, 3 * SECOND_MS);
	assert_string_equal(world_counts(w, "short"), "0/0/0");
	assert_string_equal(world_counts(w, "order.fifo"), "3/0/0");
	world_check(w);
	world_close(w);
	return failed;
}

static void the_sweeper_goes_on_after_a_fault(void **state)
{
	int64_t nth = 1;

	(void)state;
	while (sweep_fault(nth))
		nth++;
	assert_true(nth > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_survives_one_fault_at_any_store_call),
		cmocka_unit_test(a_busy_store_costs_nobody_an_answer),
		cmocka_unit_test(a_disk_that_stays_dead_lets_nobody_believe_in_success),
		cmocka_unit_test(two_faults_in_a_row_are_told_or_survived),
		cmocka_unit_test(a_poisoned_command_hurts_nobody_else_whatever_else_fails),
		cmocka_unit_test(a_poisoned_command_leaves_no_rows),
		cmocka_unit_test(a_move_task_goes_on_after_a_fault_and_moves_nothing_twice),
		cmocka_unit_test(the_sweeper_goes_on_after_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
