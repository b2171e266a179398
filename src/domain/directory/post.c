/* post.c - posts (役職): put, deleted, listed; and what departments, posts and groups share. */
#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/directory/inside.h"

bool directory_name_fits(struct cmd *c, struct str name, const char *what, struct str code)
{
	if (name.len == 0)
		(void)refuse_field(c, REFUSED_MISSING_PARAMETER, "name", "The %s %.*s needs a name.", what,
		                   S_ARG(code));
	else if (!text_plain(name, PERSON_NAME_MAX))
		(void)refuse_field(c, REFUSED_INVALID_PARAMETER, "name",
		                   "The name of the %s %.*s must be text without control characters, %d "
		                   "bytes at most.",
		                   what, S_ARG(code), PERSON_NAME_MAX);
	return !cmd_refused(c);
}

bool directory_code_fits(struct cmd *c, struct str code, const char *what)
{
	if (!directory_code_valid(code))
		(void)refuse_field(c, REFUSED_INVALID_PARAMETER, "code",
		                   "'%.*s' is no code of a %s: 1 to %d bytes of letters, digits and . _ - "
		                   "are (no full-width forms, no signs).",
		                   (int)(code.len > DIRECTORY_CODE_MAX ? DIRECTORY_CODE_MAX : code.len),
		                   code.at, what, DIRECTORY_CODE_MAX);
	return !cmd_refused(c);
}

enum err directory_room(struct batch *b, struct cmd *c, enum stmt count_stmt, int64_t max,
                        const char *what)
{
	int64_t count;

	TRY(ask_number(b->store, count_stmt, NO_VALUES, &count));
	if (count >= max)
		(void)refuse(c, REFUSED_OVER_LIMIT,
		             "There are %lld %s, and that is as many as there can be.", (long long)max,
		             what);
	return OK;
}

enum err directory_audit(struct batch *b, const struct cmd *c, const char *action, const char *kind,
                         struct str name, struct str detail, struct str personal)
{
	return audit_put(b, c,
	                 &(struct audit_record){ .action = action,
	                                         .resource = audit_name(b, kind, name),
	                                         .detail = detail,
	                                         .personal = personal });
}

struct posts {
	struct arena *arena;
	struct post_info *all;
	int max, count;
	bool more;
};

static enum err got_post(void *context, const struct value *v, int count)
{
	struct posts *p = context;

	must(count == 6);
	p->more = p->count == p->max;
	if (!p->more)
		p->all[p->count++] = (struct post_info){
			.code = arena_str(p->arena, v[0].bytes),
			.name = arena_str(p->arena, v[1].bytes),
			.rank = v[2].number,
			.created_at = v[3].number,
			.changed_at = v[4].number,
			.people = v[5].number,
		};
	return OK;
}

static enum err post_find(struct store *s, struct arena *a, struct str code, struct post_info *info)
{
	struct posts p = { .arena = a, .all = info, .max = 1 };

	*info = (struct post_info){ 0 };
	return store_run(s, STMT_POST_GET, VALUES(value_text(code)), got_post, &p);
}

static enum err post_put_check(struct batch *b, struct cmd *c)
{
	struct post_put *p = c->in;
	struct post_info before;

	TRY(post_find(b->store, c->arena, p->code, &before));
	p->existed = str_given(before.code);
	if (!str_given(p->name))
		p->name = before.name;
	if (p->rank < 0 && p->existed)
		p->rank = before.rank;
	if (!directory_code_fits(c, p->code, "post") ||
	    !directory_name_fits(c, p->name, "post", p->code))
		return OK;
	if (p->rank < 1 || p->rank > POST_RANK_MAX)
		return refuse_field(c, REFUSED_INVALID_PARAMETER, "rank",
		                    "The post %.*s needs a rank from 1, the highest, to %d.",
		                    S_ARG(p->code), POST_RANK_MAX);
	return p->existed ? OK : directory_room(b, c, STMT_POST_COUNT, POSTS_MAX, "posts");
}

static enum err post_put_write(struct batch *b, struct cmd *c)
{
	const struct post_put *p = c->in;

	must(p->rank >= 1 && p->rank <= POST_RANK_MAX);
	TRY(store_run(b->store, STMT_POST_PUT,
	              VALUES(value_text(p->code), value_text(p->name), value_int(p->rank),
	                     value_int(b->now.wall_ms)),
	              NULL, NULL));
	return directory_audit(b, c, "post.put", "post", p->code,
	                       AUDIT_JSON(b, audit_text("name", p->name),
	                                  audit_number("rank", p->rank)),
	                       S_NONE);
}

const struct op op_post_put = {
	.name = "post_put",
	.lane = LANE_WRITE,
	.check = post_put_check,
	.write = post_put_write,
};

static enum err post_delete_check(struct batch *b, struct cmd *c)
{
	const struct directory_named *p = c->in;
	struct post_info post;

	TRY(post_find(b->store, c->arena, p->name, &post));
	if (!str_given(post.code))
		return refuse(c, REFUSED_NOT_FOUND, "There is no post %.*s.", S_ARG(p->name));
	if (post.people > 0)
		return refuse(c, REFUSED_CONFLICT,
		              "%lld people have or had the post %.*s. Change their appointments first.",
		              (long long)post.people, S_ARG(p->name));
	return OK;
}

static enum err post_delete_write(struct batch *b, struct cmd *c)
{
	const struct directory_named *p = c->in;

	TRY(store_run(b->store, STMT_POST_DELETE, VALUES(value_text(p->name)), NULL, NULL));
	must(store_changes(b->store) == 1);
	return directory_audit(b, c, "post.delete", "post", p->name, S_NONE, S_NONE);
}

const struct op op_post_delete = {
	.name = "post_delete",
	.lane = LANE_WRITE,
	.check = post_delete_check,
	.write = post_delete_write,
};

static enum err post_list_read(struct store *s, struct cmd *c, struct now now)
{
	struct post_list *p = c->in;
	struct posts posts = { .arena = c->arena, .max = p->max };

	(void)now;
	must(p->max > 0 && p->max <= PEOPLE_LIST_MAX);
	posts.all = p->all = ARENA_ARRAY(c->arena, struct post_info, p->max);
	if (str_given(p->name))
		TRY(post_find(s, c->arena, p->name, posts.all));
	else
		TRY(store_run(s, STMT_POST_PAGE,
		              VALUES(value_text(or_empty(p->after)), value_int(p->max + 1)), got_post,
		              &posts));
	p->count = str_given(p->name) ? str_given(posts.all->code) : posts.count;
	p->more = posts.more;
	if (str_given(p->name) && p->count == 0)
		return refuse(c, REFUSED_NOT_FOUND, "There is no post %.*s.", S_ARG(p->name));
	return OK;
}

const struct op op_post_list = { .name = "post_list", .lane = LANE_READ, .read = post_list_read };
