/* group.c - groups of jobs: made, filled, counted, done. G1 to G4: the header. */
#include "domain/job/group.h"

#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/domain.h"
#include "domain/job/done.h"
#include "domain/job/inside.h"
#include "domain/job/saga.h"

/* ---- rows */

struct reading {
	struct arena *arena;
	struct group_row *to;
	bool found;
};

static enum err take_group(void *context, const struct value *columns, int count)
{
	struct reading *r = context;
	struct group_row *g = r->to;

	must(count == 15 && !r->found);
	r->found = true;
	g->has_parent = value_read_uuid(columns[1], &g->parent);
	g->fail_fast = str_is(columns[2].bytes, "FAIL_FAST");
	g->on_done = arena_str(r->arena, columns[3].bytes);
	g->requested_by = arena_str(r->arena, columns[4].bytes);
	int64_t *const numbers[] = { &g->created_at, &g->closed_at, &g->canceling_at,
		                         &g->done_at,    &g->total,     &g->open,
		                         &g->succeeded,  &g->failed,    &g->canceled };
	for (int i = 0; i < 9; i++)
		*numbers[i] = columns[5 + i].number;
	if (!value_read_uuid(columns[0], &g->id) || g->open < 0 ||
	    g->total != g->open + g->succeeded + g->failed + g->canceled) /* G1 */
		return ERR_CORRUPT;
	g->saga = SAGA_NONE;
	return columns[14].kind == VALUE_NULL || saga_state_read(columns[14].bytes, &g->saga)
	           ? OK
	           : ERR_CORRUPT;
}

static enum err group_read(struct store *s, struct arena *a, const struct uuid *id,
                           struct group_row *to, bool *found)
{
	struct reading r = { a, to, false };

	*to = (struct group_row){ .running = -1 };
	TRY(store_run(s, STMT_GROUP_READ, VALUES(value_uuid(id)), take_group, &r));
	*found = r.found;
	return OK;
}

static enum err change(struct batch *b, enum stmt stmt, const struct uuid *id)
{
	return store_run(b->store, stmt, VALUES(value_uuid(id), value_int(b->now.wall_ms)), NULL, NULL);
}

static struct refused no_such(struct arena *a, const struct uuid *id)
{
	char text[37];

	uuid_text(*id, text);
	return refused_as(a, REFUSED_NO_SUCH_GROUP, "There is no group %s.", text);
}

/* ---- counted */

static void cancel_soon(struct batch *b)
{
	b->domain->jobs->step_at_mono = b->now.mono_ms;
}

static enum err cancel_members(struct batch *b, const struct uuid *id)
{
	TRY(change(b, STMT_GROUP_CANCEL, id));
	cancel_soon(b);
	return OK;
}

static enum err count(struct batch *b, const struct uuid *id, int open, enum job_state state)
{
	return store_run(b->store, STMT_GROUP_COUNT,
	                 VALUES(value_uuid(id), value_int(open),
	                        value_int(state == JOB_SUCCEEDED ? -open : 0),
	                        value_int(state == JOB_FAILED ? -open : 0),
	                        value_int(state == JOB_CANCELED ? -open : 0)),
	                 NULL, NULL);
}

static enum job_state state_of(const struct group_row *g)
{
	return g->failed > 0 ? JOB_FAILED : g->canceled > 0 ? JOB_CANCELED : JOB_SUCCEEDED;
}

static bool is_saga(const struct group_row *g)
{
	return g->saga != SAGA_NONE;
}

/* What it is to a group around it. */
static enum job_state outcome_of(const struct group_row *g)
{
	bool good = is_saga(g) ? g->saga == SAGA_SUCCEEDED : state_of(g) == JOB_SUCCEEDED;

	return good ? JOB_SUCCEEDED : JOB_FAILED;
}

static struct str told_state(const struct group_row *g)
{
	return is_saga(g) ? saga_state_name(g->saga) : job_state_name(state_of(g));
}

static enum err tell(struct batch *b, const struct group_row *g)
{
	struct str counts =
		arena_printf(b->arena,
	                 "{\"total\":%lld,\"succeeded\":%lld,\"failed\":%lld,\"canceled\":%lld}",
	                 (long long)g->total, (long long)g->succeeded, (long long)g->failed,
	                 (long long)g->canceled);

	if (!str_given(g->on_done))
		return OK;
	return done_tell(b, g->on_done,
	                 &(struct ended){
						 .kind = "group", .id = g->id, .state = told_state(g), .counts = counts });
}

static enum err member_ended(struct batch *b, const struct uuid *id, enum job_state state);

/* As it is after anything that may have been its last: done, if it is (G2). */
static enum err settle_row(struct batch *b, const struct group_row *g)
{
	if (g->closed_at == 0 || g->open > 0 || g->done_at != 0)
		return OK;
	if (is_saga(g) && !saga_ended(g->saga))
		return OK;
	TRY(change(b, STMT_GROUP_DONE, &g->id));
	TRY(tell(b, g));
	return g->has_parent ? member_ended(b, &g->parent, outcome_of(g)) : OK;
}

static enum err settle(struct batch *b, const struct uuid *id)
{
	struct group_row g;
	bool found;

	TRY(group_read(b->store, b->arena, id, &g, &found));
	return found ? settle_row(b, &g) : OK;
}

static enum err member_ended(struct batch *b, const struct uuid *id, enum job_state state)
{
	struct group_row g;
	bool found;

	must(job_state_final(state));
	TRY(count(b, id, -1, state)); /* G1 */
	TRY(group_read(b->store, b->arena, id, &g, &found));
	if (!found)
		return OK;
	if (state == JOB_FAILED && g.fail_fast && g.open > 0 && g.canceling_at == 0 && g.done_at == 0)
		return cancel_members(b, id); /* some are open: it is not done */
	return settle_row(b, &g);
}

static struct uuid group_of(const struct job_row *job)
{
	struct uuid id;

	must(job->group.len == sizeof id);
	memcpy(&id, job->group.at, sizeof id);
	return id;
}

/* A saga goes on before it is asked whether it is done. */
enum err group_job_ended(struct batch *b, const struct job_row *job, enum job_state state)
{
	struct uuid id = group_of(job);

	TRY(saga_job_ended(b, &id, job, state));
	return member_ended(b, &id, state);
}

enum err group_job_reopened(struct batch *b, const struct job_row *job, enum job_state was)
{
	struct uuid id = group_of(job);

	must(was == JOB_FAILED); /* L2: nothing else is opened again */
	TRY(saga_job_reopened(b, &id, job));
	return count(b, &id, 1, was);
}

enum err group_add(struct batch *b, const struct uuid *id, int64_t members)
{
	must(members > 0);
	return store_run(b->store, STMT_GROUP_ADD, VALUES(value_uuid(id), value_int(members)), NULL,
	                 NULL);
}

/* ---- made */

static bool allowed(struct cmd *c, const struct group_row *g, const char *action)
{
	if (str_eq(c->caller.principal, g->requested_by) || cmd_may(c, str_of(action), S("*")))
		return true;
	c->refused = job_not_allowed(c, action);
	return false;
}

/* Who made it, whoever holds a job of it, and whoever may close it: a stranger's member could
 * fail and stop the others (FAIL_FAST), or hold up its end. */
static bool may_join(struct cmd *c, const struct group_row *g, const struct job_row *held)
{
	return str_eq(c->caller.principal, g->requested_by) ||
	       (held != NULL && str_eq(held->group, value_uuid(&g->id).bytes)) ||
	       cmd_may(c, S("CloseGroup"), S("*"));
}

enum err group_check(struct batch *b, struct cmd *c, const struct uuid *id,
                     const struct job_row *held, struct refused *why)
{
	struct group_row g;
	bool found;
	char text[37];

	*why = (struct refused){ .why = REFUSED_NONE };
	uuid_text(*id, text);
	TRY(group_read(b->store, b->arena, id, &g, &found));
	if (!found)
		*why = no_such(c->arena, id);
	else if (!may_join(c, &g, held))
		*why = job_not_allowed(c, "CloseGroup");
	else if (g.closed_at != 0)
		*why = refused_as(c->arena, REFUSED_GROUP_CLOSED,
		                  "The group %s is closed: no job is added to it any more. Make another "
		                  "one, or close it when all are in.",
		                  text);
	return OK;
}

/* G3, and that telling upwards comes to an end. */
static enum err check_depth(struct batch *b, struct cmd *c, const struct group_create *p,
                            struct refused *why)
{
	struct group_row g;
	struct uuid at = p->parent;
	bool found = true;
	int depth = 1;

	for (; found && depth <= GROUP_DEPTH_MAX; depth++) {
		TRY(group_read(b->store, b->arena, &at, &g, &found));
		if (!found || !g.has_parent)
			return OK;
		at = g.parent;
	}
	*why = refused_as(c->arena, REFUSED_INVALID_PARAMETER,
	                  "Groups can be in each other %d deep at most.", GROUP_DEPTH_MAX);
	return OK;
}

enum err group_create_check(struct batch *b, struct cmd *c, struct group_create *p,
                            const struct job_row *held, struct refused *why)
{
	*why = (struct refused){ .why = REFUSED_NONE };
	if (p->has_parent) {
		TRY(group_check(b, c, &p->parent, held, why));
		if (why->why == REFUSED_NONE)
			TRY(check_depth(b, c, p, why));
	}
	if (why->why == REFUSED_NONE)
		done_check(b, c, p->on_done, why);
	if (why->why == REFUSED_NONE && p->saga != NULL)
		TRY(saga_check(b, c, p->saga, why));
	return OK;
}

static enum err look_at_steps(struct store *s, struct arena *a, struct group_row *g)
{
	struct saga *saga = NULL;

	if (is_saga(g))
		TRY(saga_read(s, a, &g->id, &saga));
	g->steps = saga;
	return OK;
}

enum err group_create_write(struct batch *b, struct cmd *c, struct group_create *p)
{
	struct group_row *g = &p->group;
	bool found;

	struct uuid id = uuid_new(b->now, b->rng);
	TRY(store_run(b->store, STMT_GROUP_INSERT,
	              VALUES(value_uuid(&id), value_uuid(p->has_parent ? &p->parent : NULL),
	                     value_text(p->fail_fast ? S("FAIL_FAST") : S("WAIT_ALL")),
	                     value_text(p->on_done), value_text(c->caller.principal),
	                     value_int(b->now.wall_ms)),
	              NULL, NULL));
	if (p->has_parent)
		TRY(group_add(b, &p->parent, 1));
	for (int i = 0; i < p->count; i++) {
		p->entries[i].group = id;
		p->entries[i].has_group = true;
		p->entries[i].extra.group = &p->entries[i].group;
	}
	must(p->saga == NULL || (p->close && p->count == 0)); /* S1 */
	if (p->saga != NULL)
		TRY(saga_write(b, c, p->saga, &id));
	TRY(job_entries_write(b, c, p->entries, p->count));
	if (p->close)
		TRY(change(b, STMT_GROUP_CLOSE, &id));
	TRY(settle(b, &id));
	TRY(group_read(b->store, c->arena, &id, g, &found));
	/* G1. What a FIFO queue has had already is not one of its members. */
	must(found && (p->saga != NULL ? g->total == 1 : g->total <= p->count));
	return look_at_steps(b->store, c->arena, g);
}

static enum err create_check(struct batch *b, struct cmd *c)
{
	struct group_create *p = c->in;
	struct refused why;

	TRY(group_create_check(b, c, p, NULL, &why));
	if (why.why == REFUSED_NONE)
		TRY(job_entries_check(b, c, p->entries, p->count, "jobs", NULL, &why));
	c->refused = why;
	return OK;
}

static enum err create_write(struct batch *b, struct cmd *c)
{
	return group_create_write(b, c, c->in);
}

const struct op op_group_create = {
	.name = "group_create",
	.lane = LANE_WRITE,
	.check = create_check,
	.write = create_write,
};

/* ---- one group */

static enum err take_count(void *context, const struct value *columns, int count)
{
	must(count == 1);
	*(int64_t *)context = columns[0].number;
	return OK;
}

static enum err look(struct store *s, struct cmd *c, const char *action)
{
	struct group_named *p = c->in;
	bool found;

	p->group = ARENA_NEW(c->arena, struct group_row);
	TRY(group_read(s, c->arena, &p->id, p->group, &found));
	/* Whether there is one is told to whom it could be told of. */
	if (!found) {
		bool may = cmd_may(c, str_of(action), S("*"));
		c->refused = may ? no_such(c->arena, &p->id) : job_not_allowed(c, action);
		return OK;
	}
	return allowed(c, p->group, action) ? look_at_steps(s, c->arena, p->group) : OK;
}

static enum err get_read(struct store *s, struct cmd *c, struct now now)
{
	struct group_named *p = c->in;

	(void)now;
	TRY(look(s, c, "GetGroup"));
	if (cmd_refused(c))
		return OK;
	return store_run(s, STMT_GROUP_RUNNING,
	                 VALUES(value_uuid(&p->id), value_int(GROUP_RUNNING_MAX)), take_count,
	                 &p->group->running);
}

const struct op op_group_get = { .name = "group_get", .lane = LANE_READ, .read = get_read };

static enum err close_check(struct batch *b, struct cmd *c)
{
	return look(b->store, c, "CloseGroup");
}

static enum err close_write(struct batch *b, struct cmd *c)
{
	struct group_named *p = c->in;

	TRY(change(b, STMT_GROUP_CLOSE, &p->id)); /* closed already: nothing */
	TRY(settle(b, &p->id));
	return look(b->store, c, "CloseGroup");
}

const struct op op_group_close = {
	.name = "group_close",
	.lane = LANE_WRITE,
	.check = close_check,
	.write = close_write,
};

/* A saga undoes what it did instead. It is marked too: nobody comes to it twice. */
static enum err cancel_group(struct batch *b, const struct group_row *g, struct str reason)
{
	if (!is_saga(g))
		return cancel_members(b, &g->id);
	TRY(change(b, STMT_GROUP_CANCEL, &g->id));
	return saga_cancel(b, &g->id, reason);
}

static enum err cancel_check(struct batch *b, struct cmd *c)
{
	return look(b->store, c, "CancelGroup");
}

static enum err cancel_write(struct batch *b, struct cmd *c)
{
	struct group_named *p = c->in;
	char text[37];

	if (p->group->done_at != 0 || p->group->canceling_at != 0)
		return OK; /* asked for twice is done once */
	uuid_text(p->id, text);
	TRY(cancel_group(b, p->group, p->reason));
	TRY(settle(b, &p->id));
	TRY(audit_put(b, c,
	              &(struct audit_record){ .action = "group.cancel",
	                                      .resource = audit_name(b, "group", str_of(text)),
	                                      .reason = p->reason }));
	return look(b->store, c, "CancelGroup");
}

const struct op op_group_cancel = {
	.name = "group_cancel",
	.lane = LANE_WRITE,
	.drains = true,
	.check = cancel_check,
	.write = cancel_write,
};

/* ---- members are canceled, a few at a time */

struct members {
	struct uuid ids[GROUP_STEP];
	int count;
};

static enum err take_member(void *context, const struct value *columns, int count)
{
	struct members *m = context;

	must(count == 1 && m->count < GROUP_STEP);
	return value_read_uuid(columns[0], &m->ids[m->count++]) ? OK : ERR_CORRUPT;
}

static enum err members_of(struct batch *b, enum stmt stmt, const struct uuid *group,
                           struct members *m)
{
	m->count = 0;
	return store_run(b->store, stmt, VALUES(value_uuid(group), value_int(GROUP_STEP)), take_member,
	                 m);
}

static enum err cancel_jobs(struct batch *b, const struct members *m)
{
	struct job_row job;
	bool found;

	for (int i = 0; i < m->count; i++) {
		TRY(ledger_read(b->store, b->arena, m->ids[i], &job, &found));
		must(found && !job_state_final(job.state));
		TRY(job_cancel_one(b, &job, S("Its group was canceled.")));
	}
	return OK;
}

static enum err cancel_groups(struct batch *b, const struct members *m)
{
	struct group_row g;
	bool found;

	for (int i = 0; i < m->count; i++) {
		TRY(group_read(b->store, b->arena, &m->ids[i], &g, &found));
		must(found && g.done_at == 0);
		TRY(cancel_group(b, &g, S("Its group was canceled.")));
		TRY(settle(b, &g.id));
	}
	return OK;
}

static enum err step_check(struct batch *b, struct cmd *c)
{
	(void)b;
	(void)c;
	return OK;
}

static enum err step_write(struct batch *b, struct cmd *c)
{
	struct members *m = ARENA_NEW(b->arena, struct members);
	struct uuid group;

	(void)c;
	b->domain->jobs->step_at_mono = b->now.mono_ms + HOUR_MS;
	TRY(store_run(b->store, STMT_GROUP_SWEEP,
	              VALUES(value_int(b->now.wall_ms - GROUP_KEPT_MS), value_int(SWEEP_ROWS)), NULL,
	              NULL));
	TRY(sagas_sweep(b));
	TRY(store_run(b->store, STMT_GROUP_CANCELING, NO_VALUES, take_member, m));
	if (m->count == 0)
		return OK;
	cancel_soon(b); /* this one goes on, or the next one begins */
	group = m->ids[0];
	TRY(members_of(b, STMT_GROUP_OPEN_JOBS, &group, m));
	TRY(cancel_jobs(b, m));
	if (m->count > 0)
		return OK;
	TRY(members_of(b, STMT_GROUP_OPEN_GROUPS, &group, m));
	TRY(cancel_groups(b, m));
	return m->count > 0
	           ? OK
	           : store_run(b->store, STMT_GROUP_CANCELED, VALUES(value_uuid(&group)), NULL, NULL);
}

const struct op op_group_step = {
	.name = "group_step",
	.lane = LANE_WRITE,
	.check = step_check,
	.write = step_write,
};

void groups_look(struct domain *d, int64_t at_mono)
{
	d->jobs->step_at_mono = at_mono;
}
