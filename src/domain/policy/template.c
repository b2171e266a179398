/* template.c - templates as a resource: put, deleted, listed. */
#include "domain/policy/template.h"

#include "base/limits.h"
#include "domain/audit/audit.h"

struct template_rows {
	struct arena *arena;
	struct policy_template *list;
	int count, max;
	bool more;
};

static enum err got_template(void *context, const struct value *v, int count)
{
	struct template_rows *rows = context;

	must(count == 7 && rows->count <= rows->max);
	if (rows->count == rows->max) {
		rows->more = true;
		return OK;
	}
	rows->list[rows->count++] = (struct policy_template){
		.name = arena_str(rows->arena, v[0].bytes),
		.body = arena_str(rows->arena, v[1].bytes),
		.note = arena_str(rows->arena, v[2].bytes),
		.version = v[3].number,
		.changed_by = arena_str(rows->arena, v[4].bytes),
		.created_at = v[5].number,
		.changed_at = v[6].number,
	};
	return OK;
}

static enum err template_find(struct store *s, struct arena *a, struct str name,
                              struct policy_template *to)
{
	struct template_rows rows = { .arena = a, .list = to, .max = 1 };

	*to = (struct policy_template){ 0 };
	return store_run(s, STMT_POLICY_TEMPLATE_GET, VALUES(value_text(name)), got_template, &rows);
}

static struct refused unknown(struct arena *a, struct str name)
{
	return refused_as(a, REFUSED_NO_SUCH_POLICY, "There is no policy template named %.*s.",
	                  S_ARG(name));
}

enum err policy_template_expand(struct store *s, struct arena *a, struct str name,
                                const struct json *parameters, const struct json **tree,
                                struct refused *why)
{
	struct policy_template t;
	struct str sentence;

	*tree = NULL;
	TRY(template_find(s, a, name, &t));
	if (!str_given(t.name)) {
		*why = unknown(a, name);
		return OK;
	}
	const struct json *body = json_read(a, t.body, &sentence);
	if (body == NULL)
		return ERR_CORRUPT;
	*tree = policy_template_fill(a, body, parameters, why);
	return OK;
}

enum err policy_template_form(struct store *s, struct arena *a, struct str name,
                              const struct json **form, int64_t *version)
{
	struct policy_template t;
	struct str sentence;

	*form = NULL;
	TRY(template_find(s, a, name, &t));
	if (!str_given(t.name))
		return OK;
	const struct json *body = json_read(a, t.body, &sentence);
	if (body == NULL)
		return ERR_CORRUPT;
	*form = json_get(body, "form");
	*version = t.version;
	return OK;
}

enum err policy_of_template(struct store *s, struct arena *a, struct str name,
                            const struct json *parameters, const struct policy **policy,
                            struct refused *why)
{
	const struct json *tree;

	*policy = NULL;
	TRY(policy_template_expand(s, a, name, parameters, &tree, why));
	if (tree != NULL)
		*policy = policy_read(a, tree, why);
	must((*policy == NULL) == (why->why != REFUSED_NONE));
	return OK;
}

/* ---- commands */

static enum err got_count(void *context, const struct value *v, int count)
{
	must(count == 1);
	*(int64_t *)context = v[0].number;
	return OK;
}

static enum err put_check(struct batch *b, struct cmd *c)
{
	struct policy_template_put *p = c->in;
	struct policy_template before;
	int64_t count = 0;

	must(policy_name_valid(p->name) && p->body.len <= POLICY_BYTES_MAX);
	TRY(template_find(b->store, b->arena, p->name, &before));
	p->existed = str_given(before.name);
	p->version = before.version + 1;
	if (p->existed)
		return OK;
	TRY(store_run(b->store, STMT_POLICY_TEMPLATE_COUNT, NO_VALUES, got_count, &count));
	if (count >= POLICY_TEMPLATES_MAX)
		refuse(c, REFUSED_OVER_LIMIT,
		       "There are %d policy templates, and that is as many as there can be.",
		       POLICY_TEMPLATES_MAX);
	return OK;
}

static struct str digest_of(struct batch *b, struct str body)
{
	uint8_t digest[SHA256_SIZE];
	char *text = arena_get(b->arena, 2 * SHA256_SIZE + 1);

	sha256(body, digest);
	hex_text(digest, SHA256_SIZE, text);
	return str_of(text);
}

static enum err put_write(struct batch *b, struct cmd *c)
{
	const struct policy_template_put *p = c->in;

	must(p->version > 0);
	TRY(store_run(b->store, STMT_POLICY_TEMPLATE_PUT,
	              VALUES(value_text(p->name), value_text(p->body), value_text(p->note),
	                     value_text(c->caller.principal), value_int(b->now.wall_ms)),
	              NULL, NULL));
	return audit_put(b, c,
	                 &(struct audit_record){
						 .action = "policy_template.put",
						 .resource = audit_name(b, "policy_template", p->name),
						 .reason = p->note,
						 .detail = AUDIT_JSON(b, audit_number("version", p->version),
	                                          audit_text("sha256", digest_of(b, p->body))),
					 });
}

const struct op op_policy_template_put = {
	.name = "policy_template_put",
	.lane = LANE_WRITE,
	.check = put_check,
	.write = put_write,
};

static enum err delete_check(struct batch *b, struct cmd *c)
{
	const struct policy_named *p = c->in;
	struct policy_template before;

	TRY(template_find(b->store, b->arena, p->name, &before));
	return str_given(before.name) ? OK : refuse_as(c, unknown(c->arena, p->name));
}

static enum err delete_write(struct batch *b, struct cmd *c)
{
	const struct policy_named *p = c->in;

	TRY(store_run(b->store, STMT_POLICY_TEMPLATE_DELETE, VALUES(value_text(p->name)), NULL, NULL));
	must(store_changes(b->store) == 1);
	return audit_write(b, c, "policy_template.delete", audit_name(b, "policy_template", p->name),
	                   S_NONE);
}

const struct op op_policy_template_delete = {
	.name = "policy_template_delete",
	.lane = LANE_WRITE,
	.drains = true,
	.check = delete_check,
	.write = delete_write,
};

static enum err get_read(struct store *s, struct cmd *c, struct now now)
{
	struct policy_template_get *p = c->in;

	(void)now;
	TRY(template_find(s, c->arena, p->name, &p->found));
	return str_given(p->found.name) ? OK : refuse_as(c, unknown(c->arena, p->name));
}

const struct op op_policy_template_get = { .name = "policy_template_get",
	                                       .lane = LANE_READ,
	                                       .read = get_read };

static enum err list_read(struct store *s, struct cmd *c, struct now now)
{
	struct policy_template_list *p = c->in;
	struct template_rows rows = { .arena = c->arena, .max = p->max };

	(void)now;
	must(p->max > 0 && p->max <= LIST_MAX);
	rows.list = p->list = ARENA_ARRAY(c->arena, struct policy_template, p->max);
	TRY(store_run(s, STMT_POLICY_TEMPLATE_PAGE,
	              VALUES(value_text(str_given(p->after) ? p->after : S("")), value_int(p->max + 1)),
	              got_template, &rows));
	p->count = rows.count;
	p->more = rows.more;
	return OK;
}

const struct op op_policy_template_list = { .name = "policy_template_list",
	                                        .lane = LANE_READ,
	                                        .read = list_read };
