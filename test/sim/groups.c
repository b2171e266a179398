/* groups.c - lives of groups and sagas: random work on them against crashes and failing stores.
 *
 * What must be true whatever happens:
 *   a group tells its end exactly once, and all of its members had ended by then;
 *   a saga ends with all of its steps done, or every step whose job succeeded is compensated
 *   by a job that succeeded, had nothing to undo, or is a recovery item; compensations come
 *   in reverse order. */
#include "sim/groups.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "domain/job/group.h"
#include "domain/job/recovery.h"
#include "sim/play.h"
#include "sim/sim.h"
#include "wire/hash.h"
#include "wire/json.h"

enum { GROUPS_OF_A_LIFE = 24, MEMBERS = 5, EVENTS = 70, ROUNDS = 400 };

struct watched {
	struct uuid id;
	bool saga, open; /* open: for more members */
	bool retried;    /* a step of the saga was, by hand: it is undone when it is */
	int told;
};

struct life {
	struct play play; /* first: drain_told gives it back */
	struct watched groups[GROUPS_OF_A_LIFE];
	int count;
};

static const char *const queues[] = { "work", "other", "undo" };

/* ---- rows */

static struct group_row *group_now(struct life *l, struct uuid id)
{
	struct group_named *p = ARENA_NEW(l->play.world->arena, struct group_named);

	p->id = id;
	if (cmd_refused(look(&l->play, "anonymous", &op_group_get, p)))
		wrong(&l->play, "a group is gone");
	return p->group;
}

static bool job_is(struct life *l, const struct uuid *id, enum job_state state)
{
	struct job_row job;
	bool found = false;

	if (ledger_read(l->play.world->store, l->play.world->arena, *id, &job, &found) != OK || !found)
		wrong(&l->play, "a job is gone");
	return job.state == state;
}

/* ---- told */

static void note_told(struct play *play, struct str body)
{
	struct life *l = CONTAINER(play, struct life, play);
	struct str why;
	struct uuid id;
	const struct json *v = json_read(l->play.world->arena, body, &why);

	if (!uuid_read(json_get_text(v, "group"), &id))
		wrong(&l->play, "something else was told: %.*s", S_ARG(body));
	for (int i = 0; i < l->count; i++) {
		struct watched *g = &l->groups[i];
		if (memcmp(&g->id, &id, sizeof id) != 0)
			continue;
		const struct group_row *row = group_now(l, id);
		say(&l->play, "  told: %.*s", S_ARG(body));
		if (++g->told > 1)
			wrong(&l->play, "an end was told %d times", g->told);
		if (row->open != 0 || row->done_at == 0)
			wrong(&l->play, "an end was told, with %lld open members", (long long)row->open);
	}
}

/* ---- faults */

static struct cmd *run(struct life *l, const struct op *op, void *in)
{
	inject(&l->play, 20, 60);
	l->play.operations++;
	struct cmd *c = world_run(l->play.world, op, in);
	must(c != NULL);
	recover(&l->play);
	return c;
}

/* ---- made */

static void fill(struct life *l, struct job_entry *e, const char *queue)
{
	struct arena *a = l->play.world->arena;
	uint8_t *digest = arena_get(a, MD5_SIZE);

	*e = (struct job_entry){ .queue = str_of(queue) };
	e->send.body = arena_printf(a, "{\"n\":%d}", below(&l->play, 1000));
	e->send.size = e->send.body.len;
	e->send.delay_s = -1;
	e->send.priority = -1;
	md5(e->send.body, digest);
	e->send.body_md5 = (struct str){ (const char *)digest, MD5_SIZE };
	if (chance(&l->play, 10))
		e->delay_ms = 1 + below(&l->play, 3000);
}

static void watch(struct life *l, const struct cmd *c, const struct group_create *p, bool open)
{
	if (c->fault != OK || cmd_refused(c))
		return; /* it may be there all the same, if the commit was what failed: rows are checked */
	l->groups[l->count++] = (struct watched){ .id = p->group.id,
		                                      .saga = p->saga != NULL,
		                                      .open = open };
}

static struct group_create *new_group(struct life *l)
{
	struct group_create *p = ARENA_NEW(l->play.world->arena, struct group_create);

	*p = (struct group_create){ .on_done = S("{\"queue\":\"replies\"}"), .close = true };
	for (int i = l->count - 1; i >= 0 && !p->has_parent; i--)
		if (l->groups[i].open && chance(&l->play, 30)) {
			p->has_parent = true;
			p->parent = l->groups[i].id;
		}
	return p;
}

static void make_group(struct life *l)
{
	struct group_create *p = new_group(l);

	p->close = chance(&l->play, 70);
	p->fail_fast = chance(&l->play, 30);
	p->count = below(&l->play, MEMBERS + 1);
	p->entries = ARENA_ARRAY(l->play.world->arena, struct job_entry, MEMBERS);
	for (int i = 0; i < p->count; i++)
		fill(l, &p->entries[i], queues[below(&l->play, 2)]);
	say(&l->play, "group of %d%s", p->count, p->close ? "" : ", open");
	watch(l, run(l, &op_group_create, p), p, !p->close);
}

static void make_saga(struct life *l)
{
	struct group_create *p = new_group(l);
	struct saga_create *s = ARENA_NEW(l->play.world->arena, struct saga_create);

	s->count = 1 + below(&l->play, MEMBERS);
	s->steps = ARENA_ARRAY(l->play.world->arena, struct saga_declared, MEMBERS);
	p->saga = s;
	for (int i = 0; i < s->count; i++) {
		struct saga_declared *d = &s->steps[i];
		int how = below(&l->play, 10);
		*d = (struct saga_declared){ .name = arena_printf(l->play.world->arena, "s%d", i) };
		fill(l, &d->job, queues[below(&l->play, 2)]);
		d->nothing = how == 0;
		d->has_compensation = how > 2;
		if (d->has_compensation)
			fill(l, &d->compensation, "undo");
		else if (!d->nothing)
			d->manual = S("by hand");
	}
	say(&l->play, "saga of %d", s->count);
	watch(l, run(l, &op_group_create, p), p, false);
}

/* ---- worked on */

static struct watched *any_group(struct life *l)
{
	return l->count == 0 ? NULL : &l->groups[below(&l->play, l->count)];
}

static void name_group(struct life *l, const struct op *op, const struct watched *g)
{
	struct group_named *p = ARENA_NEW(l->play.world->arena, struct group_named);

	*p = (struct group_named){ .id = g->id, .reason = S("sim") };
	run(l, op, p);
}

static void cancel_any(struct life *l)
{
	const struct watched *g = any_group(l);

	if (g == NULL)
		return;
	say(&l->play, "cancel a %s", g->saga ? "saga" : "group");
	name_group(l, &op_group_cancel, g);
}

static void close_any(struct life *l)
{
	const struct watched *g = any_group(l);

	if (g == NULL || !g->open)
		return;
	name_group(l, &op_group_close, g);
}

static void report(struct life *l, const char *queue, struct receipt receipt, int how)
{
	inject(&l->play, 20, 60);
	if (how < 60)
		world_delete(l->play.world, queue, receipt);
	else if (how < 90)
		world_fail(l->play.world, queue, receipt, "{\"code\":\"SIM\"}", how < 80, 0);
	recover(&l->play); /* else: the worker is never heard of again */
}

static bool work(struct life *l, const char *queue, int how)
{
	const char *body;

	inject(&l->play, 20, 60);
	l->play.operations++;
	body = world_receive(l->play.world, queue);
	bool got = body != NULL && l->play.world->last_turn.faults == 0;
	recover(&l->play);
	if (!got)
		return false;
	say(&l->play, "%s: %s", queue, how < 60 ? "done" : how < 90 ? "failed" : "lost");
	report(l, queue, world_receipt(l->play.world), how);
	return true;
}

/* Jobs of a saga that failed are tried again by hand now and then. */
static void retry_any(struct life *l)
{
	struct watched *g = any_group(l);
	struct job_named *p = ARENA_NEW(l->play.world->arena, struct job_named);

	if (g == NULL || !g->saga)
		return;
	const struct saga *s = group_now(l, g->id)->steps;
	const struct saga_step *step = &s->steps[below(&l->play, s->count)];
	if (!step->has_job)
		return;
	p->id = step->has_undo_job && chance(&l->play, 50) ? step->undo_job : step->job;
	say(&l->play, "retry a job");
	g->retried = true;
	run(l, &op_job_retry, p);
}

static void repair_any(struct life *l)
{
	struct recovery_list *p = ARENA_NEW(l->play.world->arena, struct recovery_list);
	struct recovery_done *done = ARENA_NEW(l->play.world->arena, struct recovery_done);

	*p = (struct recovery_list){ .state = S("OPEN"), .max = 10 };
	(void)look(&l->play, "anonymous", &op_recovery_list, p);
	if (p->count == 0)
		return;
	*done = (struct recovery_done){ .id = p->items[below(&l->play, p->count)].id,
		                            .reason = S("sim") };
	say(&l->play, "repair by hand");
	run(l, &op_recovery_done, done);
}

static void event(struct life *l)
{
	int what = below(&l->play, 100);

	if (what < 8 && l->count < GROUPS_OF_A_LIFE)
		make_group(l);
	else if (what < 20 && l->count < GROUPS_OF_A_LIFE)
		make_saga(l);
	else if (what < 72)
		work(l, queues[below(&l->play, 3)], below(&l->play, 100));
	else if (what < 76)
		cancel_any(l);
	else if (what < 80)
		close_any(l);
	else if (what < 85)
		retry_any(l);
	else if (what < 88)
		repair_any(l);
	else if (what < 92)
		world_restart(l->play.world);
	else {
		inject(&l->play, 20, 60);
		world_pass_ms(l->play.world, chance(&l->play, 30) ? 40000 : below(&l->play, 2000));
		recover(&l->play);
	}
	drain_told(&l->play, note_told);
	world_check(l->play.world);
	world_forget(l->play.world);
}

/* ---- the end */

static bool all_done(struct life *l)
{
	for (int i = 0; i < l->count; i++)
		if (group_now(l, l->groups[i].id)->done_at == 0)
			return false;
	return true;
}

static void finish(struct life *l)
{
	l->play.faulty = false;
	for (int i = 0; i < l->count; i++)
		if (l->groups[i].open)
			name_group(l, &op_group_close, &l->groups[i]);
	for (int i = 0; i < ROUNDS && !all_done(l); i++) {
		for (int k = 0; k < 3; k++)
			while (work(l, queues[k], below(&l->play, 90)))
				continue;
		world_pass_ms(l->play.world, 10000);
		drain_told(&l->play, note_told);
		world_forget(l->play.world);
	}
	drain_told(&l->play, note_told);
}

static void check_undone(struct life *l, const struct saga *s, bool in_order)
{
	int64_t after = INT64_MAX;

	for (int i = 0; i < s->count; i++) {
		const struct saga_step *step = &s->steps[i];
		enum saga_step_state state = step->state;
		struct job_row undo;
		bool found;

		if (!step->has_job || !job_is(l, &step->job, JOB_SUCCEEDED))
			continue;
		if (state != STEP_COMPENSATED && state != STEP_NOTHING_TO_UNDO &&
		    state != STEP_NEEDS_RECOVERY && state != STEP_RECOVERED)
			wrong(&l->play, "step %d of a saga succeeded and is %.*s", i,
			      S_ARG(saga_step_state_name(state)));
		if (state == STEP_COMPENSATED && !job_is(l, &step->undo_job, JOB_SUCCEEDED))
			wrong(&l->play, "step %d is compensated by a job that did not succeed", i);
		if (!step->has_undo_job)
			continue;
		must(ledger_read(l->play.world->store, l->play.world->arena, step->undo_job, &undo,
		                 &found) == OK);
		if (in_order && undo.created_at > after)
			wrong(&l->play, "step %d was compensated after one before it", i);
		after = undo.created_at;
	}
}

static void check_saga(struct life *l, const struct saga *s, bool in_order)
{
	if (!saga_ended(s->state))
		wrong(&l->play, "a saga has not ended: %.*s", S_ARG(saga_state_name(s->state)));
	if (s->state != SAGA_SUCCEEDED) {
		check_undone(l, s, in_order);
		return;
	}
	for (int i = 0; i < s->count; i++)
		if (!job_is(l, &s->steps[i].job, JOB_SUCCEEDED) || s->steps[i].has_undo_job)
			wrong(&l->play, "a saga succeeded, and its step %d did not", i);
}

static void check_end(struct life *l)
{
	for (int i = 0; i < l->count; i++) {
		const struct watched *g = &l->groups[i];
		const struct group_row *row = group_now(l, g->id);
		if (row->done_at == 0 || g->told != 1)
			wrong(&l->play, "a %s was told %d times; open %lld, %s", g->saga ? "saga" : "group",
			      g->told, (long long)row->open, row->done_at == 0 ? "not done" : "done");
		if (g->saga)
			check_saga(l, row->steps, !g->retried);
	}
	world_check_rows(l->play.world);
}

int64_t sim_groups(uint64_t seed, bool verbose)
{
	struct life *l = mem_get(sizeof *l);
	int64_t operations;

	play_begin(&l->play, "groups", seed, 0x6a6f6273, verbose);
	for (int i = 0; i < 3; i++)
		world_queue(l->play.world, queues[i], "track", "true", "retry",
		            "{\"max_attempts\":2,\"backoff\":{\"initial_ms\":100}}", NULL);
	for (int i = 0; i < EVENTS; i++)
		event(l);
	finish(l);
	check_end(l);
	l->play.world = world_close(l->play.world);
	operations = l->play.operations;
	mem_free(l);
	return operations;
}
