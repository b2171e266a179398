/* department.c - departments: put, deleted, listed. D2 is kept here. */
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/directory/inside.h"

/* ---- rows */

struct departments {
	struct arena *arena;
	struct department_info *all;
	int max, count;
	bool more;
};

static enum err got_department(void *context, const struct value *v, int count)
{
	struct departments *d = context;

	must(count == 8);
	d->more = d->count == d->max;
	if (!d->more)
		d->all[d->count++] = (struct department_info){
			.code = arena_str(d->arena, v[0].bytes),
			.name = arena_str(d->arena, v[1].bytes),
			.parent = arena_str(d->arena, v[2].bytes),
			.head = arena_str(d->arena, v[3].bytes),
			.created_at = v[4].number,
			.changed_at = v[5].number,
			.children = v[6].number,
			.people = v[7].number,
		};
	return OK;
}

static enum err department_find(struct store *s, struct arena *a, struct str code,
                                struct department_info *info)
{
	struct departments d = { .arena = a, .all = info, .max = 1 };

	*info = (struct department_info){ 0 };
	return store_run(s, STMT_DEPARTMENT_GET, VALUES(value_text(code)), got_department, &d);
}

/* ---- put */

/* Under this parent it would not be below itself, and the tree not too deep (D2). */
static enum err check_place(struct batch *b, struct cmd *c, struct str code, struct str parent)
{
	struct department_info above;
	int64_t height;
	int depth = 0;

	for (struct str at = parent; str_given(at) && depth <= DEPARTMENT_DEPTH_MAX; depth++) {
		if (str_eq(at, code))
			return refuse_field(c, REFUSED_CONFLICT, "parent",
			                    "%.*s cannot be below %.*s, which is below %.*s itself: that would "
			                    "be a circle. Move %.*s first.",
			                    S_ARG(code), S_ARG(parent), S_ARG(code), S_ARG(parent));
		TRY(department_find(b->store, c->arena, at, &above));
		if (!str_given(above.code))
			return refuse_field(c, REFUSED_UNKNOWN_DEPARTMENT, "parent",
			                    "There is no department %.*s to be above %.*s. Put it first, or "
			                    "correct the code.",
			                    S_ARG(at), S_ARG(code));
		at = above.parent;
	}
	TRY(ask_number(b->store, STMT_DEPARTMENT_HEIGHT,
	               VALUES(value_text(code), value_int(DEPARTMENT_DEPTH_MAX + 1)), &height));
	if (depth + height > DEPARTMENT_DEPTH_MAX)
		return refuse_field(c, REFUSED_OVER_LIMIT, "parent",
		                    "Departments would be %lld deep, with %.*s below %.*s; %d is the most.",
		                    (long long)(depth + height), S_ARG(code), S_ARG(parent),
		                    DEPARTMENT_DEPTH_MAX);
	return OK;
}

static enum err check_head(struct batch *b, struct cmd *c, struct str head)
{
	struct person p;

	TRY(directory_person(b->store, c->arena, head, &p));
	if (!str_given(p.id))
		return refuse_field(c, REFUSED_UNKNOWN_PERSON, "head",
		                    "The directory has no person %.*s. Put /v1/people/%.*s first, or "
		                    "correct the id.",
		                    S_ARG(head), S_ARG(head));
	return OK;
}

/* What the command leaves as it is, filled in. */
static void fill(struct department_put *p, const struct department_info *before)
{
	p->existed = str_given(before->code);
	if (!str_given(p->name))
		p->name = before->name;
	if (!str_given(p->parent))
		p->parent = before->parent;
	if (!str_given(p->head))
		p->head = before->head;
	if (p->parent.len == 0)
		p->parent = S_NONE;
	if (p->head.len == 0)
		p->head = S_NONE;
}

static enum err department_put_check(struct batch *b, struct cmd *c)
{
	struct department_put *p = c->in;
	struct department_info before;

	TRY(department_find(b->store, c->arena, p->code, &before));
	bool moved = str_given(p->parent) && !str_eq(p->parent, before.parent);
	bool new_head = str_given(p->head) && !str_eq(p->head, before.head);
	fill(p, &before);
	if (!directory_code_fits(c, p->code, "department") ||
	    !directory_name_fits(c, p->name, "department", p->code))
		return OK;
	if (!p->existed)
		TRY(directory_room(b, c, STMT_DEPARTMENT_COUNT, DEPARTMENTS_MAX, "departments"));
	if (moved && str_given(p->parent))
		TRY(check_place(b, c, p->code, p->parent));
	return new_head && str_given(p->head) && !cmd_refused(c) ? check_head(b, c, p->head) : OK;
}

static enum err department_put_write(struct batch *b, struct cmd *c)
{
	const struct department_put *p = c->in;

	must(p->name.len > 0 && !str_eq(p->code, p->parent)); /* D2 */
	TRY(store_run(b->store, STMT_DEPARTMENT_PUT,
	              VALUES(value_text(p->code), value_text(p->name), value_text(p->parent),
	                     value_text(p->head), value_int(b->now.wall_ms)),
	              NULL, NULL));
	return directory_audit(b, c, "department.put", "department", p->code,
	                       AUDIT_JSON(b, audit_text("name", p->name),
	                                  audit_text("parent", p->parent), audit_text("head", p->head)),
	                       S_NONE);
}

const struct op op_department_put = {
	.name = "department_put",
	.lane = LANE_WRITE,
	.check = department_put_check,
	.write = department_put_write,
};

/* ---- delete */

static enum err department_delete_check(struct batch *b, struct cmd *c)
{
	const struct directory_named *p = c->in;
	struct department_info d;

	TRY(department_find(b->store, c->arena, p->name, &d));
	if (!str_given(d.code))
		return refuse(c, REFUSED_NOT_FOUND, "There is no department %.*s.", S_ARG(p->name));
	if (d.children > 0 || d.people > 0)
		return refuse(c, REFUSED_CONFLICT,
		              "%lld departments are below %.*s, and %lld people belong or belonged to it. "
		              "Move them first.",
		              (long long)d.children, S_ARG(p->name), (long long)d.people);
	return OK;
}

static enum err department_delete_write(struct batch *b, struct cmd *c)
{
	const struct directory_named *p = c->in;

	TRY(store_run(b->store, STMT_DEPARTMENT_DELETE, VALUES(value_text(p->name)), NULL, NULL));
	must(store_changes(b->store) == 1);
	return directory_audit(b, c, "department.delete", "department", p->name, S_NONE, S_NONE);
}

const struct op op_department_delete = {
	.name = "department_delete",
	.lane = LANE_WRITE,
	.check = department_delete_check,
	.write = department_delete_write,
};

/* ---- list */

static enum err department_list_read(struct store *s, struct cmd *c, struct now now)
{
	struct department_list *p = c->in;
	struct departments d = { .arena = c->arena, .max = p->max };

	(void)now;
	must(p->max > 0 && p->max <= PEOPLE_LIST_MAX);
	d.all = p->all = ARENA_ARRAY(c->arena, struct department_info, p->max);
	if (str_given(p->name))
		TRY(department_find(s, c->arena, p->name, d.all));
	else
		TRY(store_run(s, STMT_DEPARTMENT_PAGE,
		              VALUES(value_text(or_empty(p->after)), value_int(p->max + 1),
		                     value_text(p->parent)),
		              got_department, &d));
	p->count = str_given(p->name) ? str_given(d.all->code) : d.count;
	p->more = d.more;
	if (str_given(p->name) && p->count == 0)
		return refuse(c, REFUSED_NOT_FOUND, "There is no department %.*s.", S_ARG(p->name));
	return OK;
}

const struct op op_department_list = { .name = "department_list",
	                                   .lane = LANE_READ,
	                                   .read = department_list_read };
