/* submit.c - jobs come in: those of a submit, and the children that a completion brings. All
 * of them or none. */
#include "base/limits.h"
#include "domain/job/done.h"
#include "domain/job/group.h"
#include "domain/idempotency/idempotency.h"
#include "domain/job/inside.h"
#include "domain/job/spans.h"
#include "domain/ledger/trace.h"
#include "wire/traceparent.h"

struct entries {
	struct cmd *c;
	struct job_entry *list;
	struct job_row parent; /* looked at last */
	bool parent_found, parent_sampled;
	struct str queue_name; /* looked at last */
	struct queue *queue;
	const struct job_brought *brought; /* NULL: not by a completion */
	const struct job_entry *group;     /* whose group was looked at last */
	int64_t more;                      /* entries for that queue so far */
};

/* ---- check */

static struct refused good(void)
{
	return (struct refused){ .why = REFUSED_NONE };
}

/* What the reports before put into that queue. */
static int64_t brought_before(const struct job_brought *p, struct str queue)
{
	int64_t n = 0;

	for (int i = 0; p != NULL && i < p->before_count; i++)
		for (int k = 0; p->before[i].refused.why == REFUSED_NONE && k < p->before[i].child_count;
		     k++)
			n += str_eq(p->before[i].children[k].queue, queue);
	return n;
}

static struct refused check_queue(struct batch *b, struct entries *all, int at)
{
	struct str name = all->list[at].queue;

	if (all->queue != NULL && str_eq(name, all->queue_name))
		return good();
	all->queue_name = name;
	all->queue = queue_by_name(b->domain, name);
	all->more = 0;
	for (int i = 0; i < at; i++)
		all->more += str_eq(all->list[i].queue, name);
	all->more += brought_before(all->brought, name);
	if (all->queue == NULL)
		return refused_as(all->c->arena, REFUSED_NO_SUCH_QUEUE, "There is no queue named %.*s.",
		                  S_ARG(name));
	if (!cmd_may(all->c, S("SubmitJob"), name))
		return refused_as(all->c->arena, REFUSED_NOT_ALLOWED,
		                  "User: %.*s is not authorized to perform: ringi:SubmitJob on resource: "
		                  "%.*s because no rule allows it",
		                  S_ARG(all->c->caller.principal), S_ARG(name));
	return queue_is_tracked(all->queue) ? good() : queue_not_tracked(all->c->arena, name);
}

static struct refused check_when(struct batch *b, struct entries *all, struct job_entry *e)
{
	int64_t at = e->execute_at;

	if (e->delay_ms > 0)
		at = b->now.wall_ms + e->delay_ms;
	if (at > b->now.wall_ms + JOB_AHEAD_MAX_MS)
		return refused_as(all->c->arena, REFUSED_INVALID_PARAMETER,
		                  "execute_at is more than %d days ahead.",
		                  (int)(JOB_AHEAD_MAX_MS / DAY_MS));
	if (at > b->now.wall_ms && queue_is_fifo(all->queue))
		return refused_as(all->c->arena, REFUSED_INVALID_PARAMETER,
		                  "The queue %.*s is FIFO: its jobs run in order, so none of them can be "
		                  "put off by itself. Leave out execute_at and delay_ms.",
		                  S_ARG(all->queue_name));
	e->send.execute_at = at > b->now.wall_ms ? at : 0; /* what is past is due now */
	return good();
}

/* Its parent's trace is told or not (S2 of spans.h), whatever its own request says: its workers
 * hear of that by the header that it has come with. */
static void inherit_flag(const struct entries *all, struct job_entry *e)
{
	struct traceparent t = { .flags = all->parent_sampled };
	char text[TRACEPARENT_TEXT + 1];

	if (trace_sampled(e->send.trace_header) == all->parent_sampled)
		return;
	memcpy(t.trace_id, e->trace_id, sizeof t.trace_id);
	memcpy(t.span_id, e->parent_span_id, sizeof t.span_id);
	traceparent_write(&t, text);
	e->send.trace_header = arena_str(all->c->arena, (struct str){ text, TRACEPARENT_TEXT });
}

/* What it is part of: the trace of its parent, else that of the request, else its own. */
static void set_trace(const struct entries *all, struct job_entry *e)
{
	struct trace asked;

	e->has_trace = e->has_span = false;
	if (e->has_parent) {
		const struct job_row *p = &all->parent;
		must(p->id.bytes[0] == e->parent.bytes[0] && all->parent_found);
		memcpy(e->trace_id, str_given(p->trace_id) ? p->trace_id.at : (const char *)p->id.bytes,
		       sizeof e->trace_id);
		memcpy(e->parent_span_id, p->id.bytes + 8, sizeof e->parent_span_id);
		e->has_trace = e->has_span = true;
		inherit_flag(all, e);
	} else if (str_given(e->send.trace_header) && trace_read(e->send.trace_header, &asked)) {
		memcpy(e->trace_id, asked.trace_id, sizeof e->trace_id);
		memcpy(e->parent_span_id, asked.span_id, sizeof e->parent_span_id);
		e->has_trace = true;
		e->has_span = asked.has_span;
	}
	e->extra.trace_id = e->has_trace ? e->trace_id : NULL;
	e->extra.parent_span_id = e->has_span ? e->parent_span_id : NULL;
	e->extra.parent = e->has_parent ? &e->parent : NULL;
	e->extra.group = e->has_group ? &e->group : NULL;
	e->send.extra = &e->extra;
}

static const struct job_row *held_by(const struct entries *all)
{
	return all->brought == NULL ? NULL : all->brought->by;
}

/* A child has its trace: that of a job of which one may know nothing is not told. */
static bool may_be_parent(const struct entries *all)
{
	const struct job_row *p = &all->parent, *held = held_by(all);

	return (held != NULL && memcmp(&held->id, &p->id, sizeof p->id) == 0) ||
	       str_eq(all->c->caller.principal, p->requested_by) ||
	       cmd_may(all->c, S("GetJob"), p->queue) || cmd_may(all->c, S("ReportJob"), p->queue);
}

/* J1: only what exists can be a parent. */
static enum err check_parent(struct batch *b, struct entries *all, const struct job_entry *e,
                             struct refused *why)
{
	char text[37];

	*why = good();
	if (!e->has_parent ||
	    (all->parent_found && memcmp(&all->parent.id, &e->parent, sizeof e->parent) == 0))
		return OK;
	TRY(ledger_read(b->store, b->arena, e->parent, &all->parent, &all->parent_found));
	uuid_text(e->parent, text);
	all->parent_found = all->parent_found && may_be_parent(all);
	if (all->parent_found)
		return job_sampled(b->store, b->arena, e->parent, &all->parent_sampled);
	*why = refused_as(all->c->arena, REFUSED_INVALID_PARAMETER,
	                  "There is no job %s that could be the parent.", text);
	return OK;
}

/* Neighbours mostly are of one group: it is looked at once. */
static bool same_group(const struct entries *all, const struct job_entry *e)
{
	return all->group != NULL && memcmp(&all->group->group, &e->group, sizeof e->group) == 0;
}

static enum err check_one(struct batch *b, struct entries *all, int at, struct refused *why)
{
	struct job_entry *e = &all->list[at];

	*why = check_queue(b, all, at);
	if (why->why == REFUSED_NONE)
		*why = check_when(b, all, e);
	if (why->why != REFUSED_NONE)
		return OK;
	TRY(check_parent(b, all, e, why));
	if (why->why == REFUSED_NONE && e->has_group && !same_group(all, e)) {
		TRY(group_check(b, all->c, &e->group, held_by(all), why));
		all->group = e;
	}
	if (why->why == REFUSED_NONE)
		done_check(b, all->c, e->extra.on_done, why);
	if (why->why != REFUSED_NONE)
		return OK;
	set_trace(all, e);
	e->send.refused = good();
	queue_enqueue_check(b, all->queue, &e->send, false, all->more++);
	why->why = e->send.refused.why;
	why->text = arena_str(all->c->arena, e->send.refused.text);
	return OK;
}

enum err job_entries_check(struct batch *b, struct cmd *c, struct job_entry *list, int count,
                           const char *name, const struct job_brought *brought, struct refused *why)
{
	struct entries all = { .c = c, .list = list, .brought = brought };

	must(count >= 0 && count <= JOB_ENTRIES_MAX);
	*why = good();
	for (int i = 0; i < count; i++) {
		TRY(check_one(b, &all, i, why));
		if (why->why == REFUSED_NONE)
			continue;
		if (name != NULL)
			why->text = arena_printf(c->arena, "%s[%d]: %.*s", name, i, S_ARG(why->text));
		return OK;
	}
	return OK;
}

static enum err submit_check(struct batch *b, struct cmd *c)
{
	struct job_submit *p = c->in;
	struct refused why;

	must(p->count >= 1 && (p->many || p->count == 1));
	must(p->wait_ms == 0 || !p->many);
	if (p->wait_ms > 0 && !job_allowed(c, "GetJob", p->queue))
		return OK;
	for (int i = 0; i < p->count; i++)
		p->entries[i].queue = p->queue;
	TRY(job_entries_check(b, c, p->entries, p->count, p->many ? "jobs" : NULL, NULL, &why));
	c->refused = why;
	return OK;
}

/* ---- write */

/* Neighbours mostly are of one group: it counts them together. */
struct members {
	const struct job_entry *of; /* an entry of that group; NULL: none yet */
	int64_t count;
};

static enum err add_members(struct batch *b, const struct members *m)
{
	return m->of == NULL ? OK : group_add(b, &m->of->group, m->count);
}

static enum err count_member(struct batch *b, struct members *m, const struct job_entry *e)
{
	if (!e->has_group || e->send.duplicate)
		return OK;
	if (m->of == NULL || memcmp(&m->of->group, &e->group, sizeof e->group) != 0) {
		TRY(add_members(b, m));
		*m = (struct members){ .of = e };
	}
	m->count++;
	return OK;
}

/* Those of one queue that follow each other, from the first on. */
static int one_queue(const struct job_entry *list, int count)
{
	int n = 1;

	while (n < count && str_eq(list[n].queue, list[0].queue))
		n++;
	return n;
}

static enum err enqueue_run(struct batch *b, struct cmd *c, struct job_entry *list, int count)
{
	struct str sender = str_given(c->caller.key_id) ? c->caller.key_id : c->caller.principal;
	struct send_entry **sends = ARENA_ARRAY(b->arena, struct send_entry *, count);
	struct queue *q = queue_by_name(b->domain, list[0].queue);

	must(q != NULL && queue_is_tracked(q));
	for (int i = 0; i < count; i++) {
		must(list[i].send.extra == &list[i].extra);
		list[i].send.requested_by = c->caller.principal;
		sends[i] = &list[i].send;
	}
	return queue_enqueue_all(b, q, sends, count, sender);
}

enum err job_entries_write(struct batch *b, struct cmd *c, struct job_entry *list, int count)
{
	struct members members = { .of = NULL };

	for (int at = 0, n; at < count; at += n) {
		n = one_queue(list + at, count - at);
		TRY(enqueue_run(b, c, list + at, n));
	}
	for (int i = 0; i < count; i++) {
		struct job_entry *e = &list[i];
		TRY(count_member(b, &members, e));
		idempotency_made(c, &e->send.message_id);
		if (!e->has_trace)
			memcpy(e->trace_id, e->send.message_id.bytes, sizeof e->trace_id);
	}
	return add_members(b, &members);
}

static enum err submit_write(struct batch *b, struct cmd *c)
{
	struct job_submit *p = c->in;

	return job_entries_write(b, c, p->entries, p->count);
}

const struct op op_job_submit = {
	.name = "job_submit",
	.lane = LANE_WRITE,
	.check = submit_check,
	.write = submit_write,
};
