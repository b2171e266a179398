/* look.c - policies and their versions, listed, shown, checked and compared. Read lane. */
#include "base/limits.h"
#include "domain/policy/template.h"
#include "domain/policy/version_rows.h"

static enum err refuse_unknown(struct cmd *c, struct str name, int64_t version)
{
	if (version > 0)
		return refuse(c, REFUSED_NO_SUCH_POLICY, "There is no version %lld of a policy named %.*s.",
		              (long long)version, S_ARG(name));
	return refuse(c, REFUSED_NO_SUCH_POLICY, "There is no policy named %.*s.", S_ARG(name));
}

static enum err get_read(struct store *s, struct cmd *c, struct now now)
{
	struct policy_get *p = c->in;

	(void)now;
	TRY(policy_version_find(s, c->arena, p->name, p->version, &p->found));
	return str_given(p->found.name) ? OK : refuse_unknown(c, p->name, p->version);
}

const struct op op_policy_get = { .name = "policy_get", .lane = LANE_READ, .read = get_read };

struct version_rows {
	struct arena *arena;
	struct policy_list *p;
};

static enum err got_version(void *context, const struct value *v, int count)
{
	struct version_rows *rows = context;
	struct policy_list *p = rows->p;

	must(count == POLICY_VERSION_COLUMNS && p->count <= p->max);
	if (p->count == p->max)
		p->more = true;
	else
		policy_version_take(rows->arena, v, &p->list[p->count++]);
	return OK;
}

static enum err list_read(struct store *s, struct cmd *c, struct now now)
{
	struct policy_list *p = c->in;
	struct version_rows rows = { c->arena, p };

	(void)now;
	must(p->max > 0 && p->max <= LIST_MAX);
	p->list = ARENA_ARRAY(c->arena, struct policy_version, p->max);
	return store_run(s, STMT_POLICY_PAGE,
	                 VALUES(value_text(str_given(p->after) ? p->after : S("")),
	                        value_int(p->max + 1)),
	                 got_version, &rows);
}

const struct op op_policy_list = { .name = "policy_list", .lane = LANE_READ, .read = list_read };

static enum err versions_read(struct store *s, struct cmd *c, struct now now)
{
	struct policy_list *p = c->in;
	struct version_rows rows = { c->arena, p };
	struct policy_version any;

	(void)now;
	must(p->max > 0 && p->max <= LIST_MAX);
	TRY(policy_version_find(s, c->arena, p->name, -1, &any));
	if (!str_given(any.name))
		return refuse_unknown(c, p->name, 0);
	p->list = ARENA_ARRAY(c->arena, struct policy_version, p->max);
	return store_run(s, STMT_POLICY_VERSION_PAGE,
	                 VALUES(value_text(p->name), value_int(p->below), value_int(p->max + 1)),
	                 got_version, &rows);
}

const struct op op_policy_versions = { .name = "policy_versions",
	                                   .lane = LANE_READ,
	                                   .read = versions_read };

/* ---- check */

static enum err check_read(struct store *s, struct cmd *c, struct now now)
{
	struct policy_checking *p = c->in;
	struct refused why = { 0 };

	(void)now;
	if (p->tree == NULL) {
		TRY(policy_template_expand(s, c->arena, p->template, p->parameters, &p->tree, &why));
		if (p->tree == NULL)
			return refuse_as(c, why);
	}
	p->policy = policy_check(c->arena, p->tree, &p->faults);
	must((p->policy == NULL) == (p->faults != NULL));
	return OK;
}

const struct op op_policy_check = { .name = "policy_check", .lane = LANE_READ, .read = check_read };

/* ---- similar */

struct alike_rows {
	struct arena *arena;
	struct policy_similar *p;
};

static enum err got_alike(void *context, const struct value *v, int count)
{
	struct alike_rows *rows = context;
	struct policy_similar *p = rows->p;

	must(count == 5 && p->count <= POLICY_SIMILAR_MAX);
	if (p->count == POLICY_SIMILAR_MAX) {
		p->more = true;
		return OK;
	}
	p->list[p->count++] = (struct policy_alike){
		.shape = arena_str(rows->arena, v[0].bytes),
		.name = arena_str(rows->arena, v[1].bytes),
		.version = v[2].number,
		.sha256 = arena_str(rows->arena, v[3].bytes),
		.canonical = arena_str(rows->arena, v[4].bytes),
	};
	return OK;
}

static enum err similar_read(struct store *s, struct cmd *c, struct now now)
{
	struct policy_similar *p = c->in;
	struct alike_rows rows = { c->arena, p };

	(void)now;
	p->list = ARENA_ARRAY(c->arena, struct policy_alike, POLICY_SIMILAR_MAX);
	return store_run(s, STMT_POLICY_SIMILAR, VALUES(value_int(POLICY_SIMILAR_MAX + 1)), got_alike,
	                 &rows);
}

const struct op op_policy_similar = { .name = "policy_similar",
	                                  .lane = LANE_READ,
	                                  .read = similar_read };
