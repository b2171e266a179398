/* person.c - a person is put or deleted: plan.c says what of it, here it is written. */
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/directory/inside.h"
#include "domain/news.h"

void people_left_add(struct batch *b, struct str id)
{
	struct person_left *left = ARENA_NEW(b->arena, struct person_left);

	must(id.len > 0);
	left->id = arena_str(b->arena, id);
	list_add_last(&b->people_left, &left->node);
}

/* ---- rows */

static enum err write_person(struct batch *b, const struct person *p)
{
	must(p->id.len > 0 && p->name.len > 0 && p->period.from_at < p->period.until_at); /* D3 */
	return store_run(b->store, STMT_PERSON_PUT,
	                 VALUES(value_text(p->id), value_text(p->name), value_text(p->kana),
	                        value_text(p->email), value_text(p->locale), value_text(p->zone),
	                        value_int(p->active), value_int(p->period.from_at),
	                        value_until(p->period.until_at), value_text(p->merged_into),
	                        value_text(p->attributes), value_int(b->now.wall_ms),
	                        value_int(p->period.until_at <= b->now.wall_ms)),
	                 NULL, NULL);
}

static enum err write_zone(struct batch *b, const struct person_put *put)
{
	if (!str_given(put->zone_bytes) || !str_given(put->zone))
		return OK;
	return store_run(b->store, STMT_DIRECTORY_ZONE_PUT,
	                 VALUES(value_text(put->zone), value_blob(put->zone_bytes),
	                        value_text(put->zone_release)),
	                 NULL, NULL);
}

static enum err write_appointments(struct batch *b, const struct person_put *put)
{
	TRY(store_run(b->store, STMT_APPOINTMENT_CLEAR, VALUES(value_text(put->id)), NULL, NULL));
	for (int i = 0; i < put->appointment_count; i++) {
		const struct belonging *a = &put->appointments[i];
		must(a->period.from_at < a->period.until_at); /* D3 */
		TRY(store_run(b->store, STMT_APPOINTMENT_ADD,
		              VALUES(value_text(put->id), value_int(i), value_text(a->where),
		                     value_text(a->post), value_int(a->main), value_int(a->period.from_at),
		                     value_until(a->period.until_at)),
		              NULL, NULL));
	}
	return OK;
}

static enum err write_groups(struct batch *b, const struct person_put *put)
{
	TRY(store_run(b->store, STMT_PEOPLE_GROUPS_LEAVE, VALUES(value_text(put->id)), NULL, NULL));
	for (int i = 0; i < put->group_count; i++) {
		const struct belonging *g = &put->groups[i];
		must(g->period.from_at < g->period.until_at); /* D3 */
		TRY(store_run(b->store, STMT_PEOPLE_GROUP_ADD,
		              VALUES(value_text(g->where), value_text(put->id),
		                     value_int(g->period.from_at), value_until(g->period.until_at)),
		              NULL, NULL));
	}
	return OK;
}

enum err person_apply(struct batch *b, const struct person_put *put, const struct person_plan *plan)
{
	must(!plan->existed || str_eq(plan->before.id, plan->after.id)); /* D1 */
	if (plan->person_changed) {
		TRY(write_zone(b, put));
		TRY(write_person(b, &plan->after));
	}
	if (plan->appointments_changed)
		TRY(write_appointments(b, put));
	if (plan->groups_changed)
		TRY(write_groups(b, put));
	if (plan->groups_changed || plan->left)
		news_of_person(b, put->id);
	if (plan->left)
		people_left_add(b, put->id);
	return OK;
}

enum err person_audit(struct batch *b, const struct cmd *c, const struct person_put *put,
                      const struct person_plan *plan)
{
	return directory_audit(b, c, "person.put", "person", put->id, plan->fields, plan->changes);
}

/* ---- put */

static enum err put_check(struct batch *b, struct cmd *c)
{
	struct person_put *p = c->in;
	struct person_plan *plan = ARENA_NEW(c->arena, struct person_plan);
	struct wrong wrong = { 0 };

	TRY(person_plan(b->store, c->arena, b->now, p, plan, &wrong));
	if (is_wrong(&wrong))
		return refuse_field(c, wrong.why, wrong.field, "%.*s", S_ARG(wrong.text));
	p->plan = plan;
	return OK;
}

static enum err put_write(struct batch *b, struct cmd *c)
{
	struct person_put *p = c->in;
	const struct person_plan *plan = p->plan;

	must(plan != NULL && str_eq(plan->after.id, p->id));
	p->existed = plan->existed;
	p->left = plan->left;
	p->changes = plan->changes;
	p->changed = plan->person_changed || plan->appointments_changed || plan->groups_changed;
	if (!p->changed)
		return OK;
	TRY(person_apply(b, p, plan));
	TRY(people_leave_look(b));
	return person_audit(b, c, p, plan);
}

const struct op op_person_put = {
	.name = "person_put",
	.lane = LANE_WRITE,
	.check = put_check,
	.write = put_write,
};

/* ---- delete */

struct used {
	int64_t heads, merged;
};

static enum err got_used(void *context, const struct value *v, int count)
{
	must(count == 2);
	*(struct used *)context = (struct used){ v[0].number, v[1].number };
	return OK;
}

static enum err delete_check(struct batch *b, struct cmd *c)
{
	const struct person_named *p = c->in;
	struct used used = { 0 };
	struct person person;

	TRY(directory_person(b->store, c->arena, p->id, &person));
	if (!str_given(person.id))
		return refuse(c, REFUSED_NOT_FOUND, "The directory has no person %.*s.", S_ARG(p->id));
	if (person.active)
		return refuse(c, REFUSED_CONFLICT,
		              "%.*s is active. Set active to false, which is what to do with people who "
		              "leave; only who never should have been here is deleted, after that.",
		              S_ARG(p->id));
	TRY(store_run(b->store, STMT_PERSON_USED, VALUES(value_text(p->id)), got_used, &used));
	if (used.heads > 0 || used.merged > 0)
		return refuse(
			c, REFUSED_CONFLICT,
			"%.*s is still named by %lld departments as their head and by %lld people who "
			"were merged into them. Change those first.",
			S_ARG(p->id), (long long)used.heads, (long long)used.merged);
	return OK;
}

static enum err delete_write(struct batch *b, struct cmd *c)
{
	const struct person_named *p = c->in;

	TRY(store_run(b->store, STMT_APPOINTMENT_CLEAR, VALUES(value_text(p->id)), NULL, NULL));
	TRY(store_run(b->store, STMT_PEOPLE_GROUPS_LEAVE, VALUES(value_text(p->id)), NULL, NULL));
	TRY(store_run(b->store, STMT_PERSON_DELETE, VALUES(value_text(p->id)), NULL, NULL));
	must(store_changes(b->store) == 1);
	TRY(people_leave_look(b));
	return directory_audit(b, c, "person.delete", "person", p->id, S_NONE, S_NONE);
}

const struct op op_person_delete = {
	.name = "person_delete",
	.lane = LANE_WRITE,
	.check = delete_check,
	.write = delete_write,
};
