/* people_group.c - groups of people: put with their members, deleted, listed.
 *
 * A person stands in a group for periods that do not overlap. */
#include <stdlib.h>

#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/directory/inside.h"
#include "domain/news.h"

struct groups {
	struct arena *arena;
	struct people_group_info *all;
	int max, count;
	bool more;
};

static enum err got_group(void *context, const struct value *v, int count)
{
	struct groups *g = context;

	must(count == 5);
	g->more = g->count == g->max;
	if (!g->more)
		g->all[g->count++] = (struct people_group_info){
			.name = arena_str(g->arena, v[0].bytes),
			.title = arena_str(g->arena, v[1].bytes),
			.created_at = v[2].number,
			.changed_at = v[3].number,
			.people = v[4].number,
		};
	return OK;
}

static enum err group_find(struct store *s, struct arena *a, struct str name,
                           struct people_group_info *info)
{
	struct groups g = { .arena = a, .all = info, .max = 1 };

	*info = (struct people_group_info){ 0 };
	return store_run(s, STMT_PEOPLE_GROUP_GET, VALUES(value_text(name)), got_group, &g);
}

/* ---- put */

/* The zone of a member decides when their days begin. */
static enum err check_member(struct batch *b, struct cmd *c, struct belonging *m)
{
	const struct zone *zone;
	struct wrong wrong = { 0 };
	struct person person;

	TRY(directory_person(b->store, c->arena, m->where, &person));
	if (!str_given(person.id))
		return refuse_field(c, REFUSED_UNKNOWN_PERSON, "members",
		                    "The directory has no person %.*s. Put /v1/people/%.*s first, or "
		                    "correct the id.",
		                    S_ARG(m->where), S_ARG(m->where));
	if (!str_given(m->from) && !str_given(m->until)) {
		m->period = (struct period){ 0, NEVER };
		return OK;
	}
	TRY(directory_zone_named(b->store, c->arena, person.zone, &zone));
	if (zone == NULL)
		return ERR_CORRUPT;
	belongings_read(c->arena, zone, m, 1, "members", &wrong);
	if (is_wrong(&wrong))
		return refuse_field(c, wrong.why, wrong.field, "%.*s", S_ARG(wrong.text));
	return OK;
}

static int by_person(const void *a, const void *b)
{
	const struct belonging *x = a, *y = b;
	int order = str_cmp(x->where, y->where);

	return order != 0
	           ? order
	           : (x->period.from_at > y->period.from_at) - (x->period.from_at < y->period.from_at);
}

static void check_twice(struct cmd *c, const struct people_group_put *p)
{
	qsort(p->members, (size_t)p->member_count, sizeof *p->members, by_person);
	for (int i = 1; i < p->member_count; i++)
		if (str_eq(p->members[i - 1].where, p->members[i].where) &&
		    p->members[i].period.from_at < p->members[i - 1].period.until_at) {
			(void)refuse_field(c, REFUSED_INVALID_PARAMETER, "members",
			                   "%.*s stands twice in the group for the same time. Leave one out.",
			                   S_ARG(p->members[i].where));
			return;
		}
}

/* No person may come to stand in more groups than one may. */
static enum err check_room_of(struct batch *b, struct cmd *c, const struct people_group_put *p)
{
	int64_t others;

	for (int i = 0; i < p->member_count; i++) {
		TRY(ask_number(b->store, STMT_PERSON_GROUPS_BESIDES,
		               VALUES(value_text(p->members[i].where), value_text(p->name)), &others));
		int own = 1;
		while (i + 1 < p->member_count && str_eq(p->members[i].where, p->members[i + 1].where)) {
			own++;
			i++;
		}
		if (others + own > PERSON_GROUPS_MAX)
			return refuse_field(c, REFUSED_OVER_LIMIT, "members",
			                    "%.*s is in %lld groups already, and %d is the most.",
			                    S_ARG(p->members[i].where), (long long)others, PERSON_GROUPS_MAX);
	}
	return OK;
}

static enum err check_members(struct batch *b, struct cmd *c, struct people_group_put *p)
{
	if (p->members == NULL)
		return OK;
	if (p->member_count > PEOPLE_GROUP_MEMBERS_MAX)
		return refuse_field(c, REFUSED_OVER_LIMIT, "members",
		                    "%d members are too many: %d at most.", p->member_count,
		                    PEOPLE_GROUP_MEMBERS_MAX);
	for (int i = 0; i < p->member_count && !cmd_refused(c); i++)
		TRY(check_member(b, c, &p->members[i]));
	if (!cmd_refused(c))
		check_twice(c, p);
	return cmd_refused(c) ? OK : check_room_of(b, c, p);
}

static enum err put_check(struct batch *b, struct cmd *c)
{
	struct people_group_put *p = c->in;
	struct people_group_info before;

	TRY(group_find(b->store, c->arena, p->name, &before));
	p->existed = str_given(before.name);
	if (!str_given(p->title))
		p->title = before.title;
	if (p->title.len == 0)
		p->title = S_NONE;
	if (!directory_code_fits(c, p->name, "group of people"))
		return OK;
	if (!text_plain(p->title, PERSON_NAME_MAX))
		return refuse_field(
			c, REFUSED_INVALID_PARAMETER, "title",
			"The title of %.*s must be text without control characters, %d bytes at "
			"most.",
			S_ARG(p->name), PERSON_NAME_MAX);
	if (!p->existed)
		TRY(directory_room(b, c, STMT_PEOPLE_GROUP_COUNT, PEOPLE_GROUPS_MAX, "groups of people"));
	return cmd_refused(c) ? OK : check_members(b, c, p);
}

/* Whose inbox has more in it now, or less: who was in the group, and who is. */
static void tell_inboxes(struct batch *b, struct str group, const struct belonging *members,
                         int count)
{
	news_of_holder(b, NULL, arena_printf(b->arena, "group:%.*s", S_ARG(group)));
	for (int i = 0; i < count; i++)
		news_of_person(b, members[i].where);
}

static enum err write_members(struct batch *b, const struct people_group_put *p)
{
	tell_inboxes(b, p->name, p->members, p->member_count);
	TRY(store_run(b->store, STMT_PEOPLE_GROUP_CLEAR, VALUES(value_text(p->name)), NULL, NULL));
	for (int i = 0; i < p->member_count; i++) {
		const struct belonging *m = &p->members[i];
		must(m->period.from_at < m->period.until_at); /* D3 */
		TRY(store_run(b->store, STMT_PEOPLE_GROUP_ADD,
		              VALUES(value_text(p->name), value_text(m->where),
		                     value_int(m->period.from_at), value_until(m->period.until_at)),
		              NULL, NULL));
	}
	return OK;
}

static enum err put_write(struct batch *b, struct cmd *c)
{
	const struct people_group_put *p = c->in;

	must(directory_code_valid(p->name) && p->member_count >= 0);
	TRY(store_run(b->store, STMT_PEOPLE_GROUP_PUT,
	              VALUES(value_text(p->name), value_text(p->title), value_int(b->now.wall_ms)),
	              NULL, NULL));
	if (p->members != NULL)
		TRY(write_members(b, p));
	struct str members = p->members == NULL
	                         ? S_NONE
	                         : belongings_text(b->arena, zone_utc(), p->members, p->member_count);
	return directory_audit(b, c, "people_group.put", "people_group", p->name,
	                       AUDIT_JSON(b, audit_text("title", p->title),
	                                  audit_text("members", members)),
	                       S_NONE);
}

const struct op op_people_group_put = {
	.name = "people_group_put",
	.lane = LANE_WRITE,
	.check = put_check,
	.write = put_write,
};

/* ---- delete */

static enum err delete_check(struct batch *b, struct cmd *c)
{
	const struct directory_named *p = c->in;
	bool there;

	TRY(directory_has_group(b->store, p->name, &there));
	if (!there)
		return refuse(c, REFUSED_NOT_FOUND, "There is no group of people %.*s.", S_ARG(p->name));
	return OK;
}

static enum err delete_write(struct batch *b, struct cmd *c)
{
	const struct directory_named *p = c->in;

	tell_inboxes(b, p->name, NULL, 0);
	TRY(store_run(b->store, STMT_PEOPLE_GROUP_CLEAR, VALUES(value_text(p->name)), NULL, NULL));
	TRY(store_run(b->store, STMT_PEOPLE_GROUP_DELETE, VALUES(value_text(p->name)), NULL, NULL));
	must(store_changes(b->store) == 1);
	return directory_audit(b, c, "people_group.delete", "people_group", p->name, S_NONE, S_NONE);
}

const struct op op_people_group_delete = {
	.name = "people_group_delete",
	.lane = LANE_WRITE,
	.check = delete_check,
	.write = delete_write,
};

/* ---- list */

static enum err list_read(struct store *s, struct cmd *c, struct now now)
{
	struct people_group_list *p = c->in;
	struct groups g = { .arena = c->arena, .max = p->max };

	(void)now;
	must(p->max > 0 && p->max <= PEOPLE_LIST_MAX);
	g.all = p->all = ARENA_ARRAY(c->arena, struct people_group_info, p->max);
	if (!str_given(p->name)) {
		TRY(store_run(s, STMT_PEOPLE_GROUP_PAGE,
		              VALUES(value_text(or_empty(p->after)), value_int(p->max + 1)), got_group,
		              &g));
		p->count = g.count;
		p->more = g.more;
		return OK;
	}
	TRY(group_find(s, c->arena, p->name, g.all));
	p->count = str_given(g.all->name);
	if (p->count == 0)
		return refuse(c, REFUSED_NOT_FOUND, "There is no group of people %.*s.", S_ARG(p->name));
	return group_members(s, c->arena, p->name, &p->members, &p->member_count);
}

const struct op op_people_group_list = { .name = "people_group_list",
	                                     .lane = LANE_READ,
	                                     .read = list_read };
