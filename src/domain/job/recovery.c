/* recovery.c - the list of what people have to repair. S8: the header. */
#include "domain/job/recovery.h"

#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/job/inside.h"
#include "domain/job/saga_inside.h"

/* ---- rows */

struct taking {
	struct arena *arena;
	struct recovery_item *items;
	int count, max;
	bool more;
};

static bool take_id(struct value v, struct uuid *to, bool *given)
{
	*given = v.kind == VALUE_BLOB && v.bytes.len == sizeof *to;
	if (*given)
		memcpy(to, v.bytes.at, sizeof *to);
	return *given || v.kind == VALUE_NULL;
}

static enum err take_item(void *context, const struct value *columns, int count)
{
	struct taking *t = context;
	bool given[4];

	must(count == 14);
	if (t->count == t->max) {
		t->more = true;
		return OK;
	}
	struct recovery_item *i = &t->items[t->count++];
	if (!take_id(columns[0], &i->id, &given[0]) || !take_id(columns[2], &i->saga, &given[1]) ||
	    !take_id(columns[5], &i->job, &given[2]) || !take_id(columns[6], &i->undo_job, &given[3]))
		return ERR_CORRUPT;
	i->has_job = given[2];
	i->has_undo_job = given[3];
	i->done = str_is(columns[1].bytes, "DONE");
	i->step = (int)columns[3].number;
	i->created_at = columns[10].number;
	i->done_at = columns[11].number;
	struct str *const texts[] = { &i->step_name, &i->what,    &i->why,
		                          &i->error,     &i->done_by, &i->reason };
	static const int at[] = { 4, 7, 8, 9, 12, 13 };
	for (int k = 0; k < 6; k++)
		*texts[k] = arena_str(t->arena, columns[at[k]].bytes);
	return given[0] && given[1] ? OK : ERR_CORRUPT;
}

static enum err take_number(void *context, const struct value *columns, int count)
{
	must(count == 1);
	*(int64_t *)context = columns[0].number;
	return OK;
}

/* ---- for sagas */

static struct str what_to_do(struct batch *b, const struct saga_step *step)
{
	if (str_given(step->manual))
		return step->manual;
	return arena_printf(b->arena, "Undo by hand what the job of step %.*s did.", S_ARG(step->name));
}

enum err recovery_open(struct batch *b, const struct saga *s, int at, struct str why,
                       struct str error)
{
	const struct saga_step *step = &s->steps[at];
	struct uuid id = uuid_new(b->now, b->rng);

	must(step->state == STEP_NEEDS_RECOVERY && step->has_job && str_given(why)); /* S8 */
	return store_run(b->store, STMT_RECOVERY_INSERT,
	                 VALUES(value_uuid(&id), value_uuid(&s->id), value_int(at),
	                        value_text(step->name), value_uuid(&step->job),
	                        step->has_undo_job ? value_uuid(&step->undo_job) : value_null(),
	                        value_text(what_to_do(b, step)), value_text(why), value_text(error),
	                        value_int(b->now.wall_ms)),
	                 NULL, NULL);
}

static enum err close(struct batch *b, const struct uuid *id, struct str who, struct str reason)
{
	return store_run(b->store, STMT_RECOVERY_DONE,
	                 VALUES(value_uuid(id), value_int(b->now.wall_ms), value_text(who),
	                        value_text(reason)),
	                 NULL, NULL);
}

enum err recovery_close(struct batch *b, const struct uuid *saga, int step)
{
	struct recovery_item item = { .done = false };
	struct taking t = { .arena = b->arena, .items = &item, .max = 1 };

	TRY(store_run(b->store, STMT_RECOVERY_OPEN_OF, VALUES(value_uuid(saga), value_int(step)),
	              take_item, &t));
	must(!t.more); /* S8 */
	if (t.count == 0)
		return OK;
	return close(b, &item.id, S("ringi"), S("The compensation succeeded after all."));
}

enum err recovery_count(struct batch *b, const struct uuid *saga, int64_t *open)
{
	struct value id = value_uuid(saga);

	return store_run(b->store, STMT_RECOVERY_OPEN, &id, 1, take_number, open);
}

/* ---- commands */

static bool allowed(struct cmd *c, const char *action)
{
	if (cmd_may(c, str_of(action), S("*")))
		return true;
	refuse(c, REFUSED_NOT_ALLOWED,
	       "User: %.*s is not authorized to perform: ringi:%s because no rule allows it "
	       "on all queues",
	       S_ARG(c->caller.principal), action);
	return false;
}

static enum err list_read(struct store *s, struct cmd *c, struct now now)
{
	struct recovery_list *p = c->in;
	struct value before = p->before == NULL ? value_null() : value_uuid(p->before);

	(void)now;
	must(p->max >= 1 && p->max <= RECOVERY_LIST_MAX);
	if (!allowed(c, "ListRecoveries"))
		return OK;
	p->items = ARENA_ARRAY(c->arena, struct recovery_item, p->max);
	struct taking t = { .arena = c->arena, .items = p->items, .max = p->max };
	if (str_given(p->state))
		TRY(store_run(s, STMT_RECOVERY_LIST,
		              VALUES(value_text(p->state), before, value_int(p->max + 1)), take_item, &t));
	else
		TRY(store_run(s, STMT_RECOVERY_LIST_ALL, VALUES(before, value_int(p->max + 1)), take_item,
		              &t));
	p->count = t.count;
	p->more = t.more;
	return OK;
}

const struct op op_recovery_list = { .name = "recovery_list",
	                                 .lane = LANE_READ,
	                                 .read = list_read };

static enum err look(struct batch *b, struct cmd *c)
{
	struct recovery_done *p = c->in;
	struct taking t = { .arena = c->arena, .items = &p->item, .max = 1 };
	struct value id = value_uuid(&p->id);
	char text[37];

	p->item = (struct recovery_item){ .done = false };
	TRY(store_run(b->store, STMT_RECOVERY_READ, &id, 1, take_item, &t));
	uuid_text(p->id, text);
	if (t.count == 0)
		refuse(c, REFUSED_NO_SUCH_RECOVERY, "There is no recovery item %s.", text);
	return OK;
}

static enum err done_check(struct batch *b, struct cmd *c)
{
	return allowed(c, "FinishRecovery") ? look(b, c) : OK;
}

static enum err done_write(struct batch *b, struct cmd *c)
{
	struct recovery_done *p = c->in;
	char text[37];

	if (p->item.done)
		return OK; /* done twice is done once; the first one's word stands */
	must(p->reason.len > 0);
	uuid_text(p->id, text);
	TRY(close(b, &p->id, c->caller.principal, p->reason));
	TRY(saga_recovered(b, &p->item.saga, p->item.step));
	TRY(audit_put(b, c,
	              &(struct audit_record){ .action = "recovery.done",
	                                      .resource = audit_name(b, "recovery", str_of(text)),
	                                      .reason = p->reason }));
	return look(b, c);
}

const struct op op_recovery_done = {
	.name = "recovery_done",
	.lane = LANE_WRITE,
	.check = done_check,
	.write = done_write,
};
