/* fault_test.c - the n-th store call of a life on tracked queues fails, for every n: what was
 * refused with a fault has changed nothing, what was answered well stands, and memory,
 * messages and jobs say the same (L1, L3 to L5). */
#include <stdio.h>

#include "job/stories.h"

struct life {
	struct world *w;
	struct uuid sent[8];
	int count;
	struct queue_receive *got;
};

static void send_one(struct life *l, int i)
{
	static const struct label label = { { "k", 1 }, { "v", 1 } };
	static const struct uuid parent = { { 1 } };
	static const struct job_extra extra = { .labels_json = { "{\"k\":\"v\"}", 9 },
		                                    .labels = &label,
		                                    .label_count = 1,
		                                    .parent = &parent,
		                                    .timeout_ms = 60 * 1000 };
	struct send_entry e = { .body = S("b"),
		                    .body_md5 = S("0123456789abcdef"),
		                    .delay_s = -1,
		                    .priority = -1,
		                    .size = 1,
		                    .extra = i % 2 == 0 ? &extra : NULL };
	struct queue_send p = { .queue = S("work"), .count = 1, .entries = &e };
	struct cmd *c = world_run(l->w, &op_queue_send, &p);

	if (c->fault == OK)
		l->sent[l->count++] = e.message_id;
}

/* One of each thing that can be said of a message that was received. */
static void finish_one(struct life *l, int i)
{
	if (l->got == NULL || i >= l->got->count)
		return;
	struct receipt r = l->got->messages[i].receipt;
	struct uuid id = l->got->messages[i].message_id;
	switch (i) {
	case 0:
		world_delete(l->w, "work", r);
		break;
	case 1:
		job_complete(l->w, r, "{}");
		break;
	case 2:
		job_fail(l->w, r, "{\"code\":\"X\"}", false, 500);
		break;
	case 3:
		job_fail(l->w, r, "{\"code\":\"X\"}", true, -1);
		break;
	case 4:
		world_change(l->w, "work", r, 0);
		break;
	case 5:
		world_change(l->w, "work", r, 40);
		break;
	case 6:
		job_do(l->w, (struct deed){ .what = DO_ASK, .id = id });
		break;
	default:
		break; /* its worker vanishes */
	}
}

/* The n-th step of a life on tracked queues. Outcomes do not matter: any may have met the
 * fault. False: there are no more. */
static bool step(struct life *l, int n)
{
	struct move_start move = { .source = S("dead") };

	if (n < 8)
		send_one(l, n);
	else if (n == 8)
		l->got = ask(l->w, "work", 7, -1, 0);
	else if (n < 16)
		finish_one(l, n - 9);
	else if (n == 16 && l->got != NULL && l->got->count > 3)
		job_do(l->w, (struct deed){ .what = DO_AGAIN, .id = l->got->messages[3].message_id });
	else if (n == 17 && l->count > 0)
		job_do(l->w, (struct deed){ .what = DO_CANCEL, .id = l->sent[l->count - 1] });
	else if (n == 18)
		world_pass_ms(l->w, 45 * SECOND_MS); /* leases end */
	else if (n == 19)
		ask(l->w, "work", 10, 1, 0);
	else if (n == 20)
		world_pass_ms(l->w, 2 * SECOND_MS); /* the last tries are used up */
	else if (n == 21)
		world_run(l->w, &op_move_start, &move);
	else if (n == 22)
		world_jump_ms(l->w, 100 * SECOND_MS);
	else if (n == 23)
		world_pass_ms(l->w, 45 * SECOND_MS); /* finished jobs are swept */
	else if (n == 24)
		world_purge(l->w, "work");
	return n < 25;
}

/* After a fault that stays while memory is read anew, the process ends. */
static void again_if_it_ended(struct life *l)
{
	if (!l->w->last_turn.stop)
		return;
	store_fail_at(l->w->store, 0, OK);
	world_forget(l->w);
	world_restart(l->w);
	l->got = NULL;
}

/* False when there is no n-th call. */
static bool fails_at(int64_t nth, int64_t times)
{
	struct world *w = world_open(1);
	struct life l = { .w = w };

	world_queue(w, "dead", NULL);
	is(world_queue(w, "work", "track", "true", "retention", "60", "RedrivePolicy",
	               world_redrive(w, "dead", 2), NULL),
	   "NONE");
	store_fail_from(w->store, nth, times, ERR_BUSY);
	for (int n = 0; step(&l, n); n++)
		again_if_it_ended(&l);
	bool failed = store_failed(w->store);
	store_fail_at(w->store, 0, OK);
	w->jumped = true;
	world_check(w);
	/* What could not be done by the clock then, is done by now; all jobs have ended. */
	world_pass_ms(w, SECOND_MS);
	world_purge(w, "work");
	world_jump_ms(w, 100 * SECOND_MS);
	world_pass_ms(w, 45 * SECOND_MS);
	world_jump_ms(w, 100 * SECOND_MS);
	world_pass_ms(w, 45 * SECOND_MS);
	is(world_counts(w, "work"), "0/0/0");
	assert_int_equal(jobs_kept(w), 0);
	world_restart(w);
	the_end(w);
	return failed;
}

STORY(whatever_call_fails_messages_and_jobs_agree)
{
	int64_t nth = 1;

	(void)state;
	while (fails_at(nth, 1))
		nth++;
	assert_true(nth > 200);
}

STORY(also_when_the_fault_stays_for_a_while)
{
	(void)state;
	/* Those that end the process disarm it: by number, not until none is left to fail. */
	for (int64_t nth = 1; nth < 400; nth += 7)
		fails_at(nth, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(whatever_call_fails_messages_and_jobs_agree),
		RUN(also_when_the_fault_stays_for_a_while),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
