/* key.c - access keys: made, rotated, revoked, listed. K1 to K3: key.h. */
#include "domain/key/key.h"

#include "base/limits.h"
#include "domain/audit/audit.h"
#include "domain/domain.h"

/* ---- memory */

static struct keys *keys_of(const struct batch *b)
{
	return b->domain->keys;
}

static struct access_key *find(const struct batch *b, struct str name)
{
	return names_find(&keys_of(b)->by_name, name);
}

/* Copies the texts. */
static void remember(struct keys *all, const struct access_key *from)
{
	struct arena *key_arena = arena_open_sized(sizeof *from + 512 + from->rules.len);
	struct access_key *k = ARENA_NEW(key_arena, struct access_key);

	must(names_find(&all->by_name, from->name) == NULL); /* K2 */
	*k = *from;
	k->arena = key_arena;
	k->id = arena_str(key_arena, from->id);
	k->name = arena_str(key_arena, from->name);
	k->rules = arena_str(key_arena, from->rules);
	k->sealed = arena_str(key_arena, from->sealed);
	k->token_hash = arena_str(key_arena, from->token_hash);
	names_put(&all->by_name, k->name, k);
}

static void forget(struct keys *all, struct access_key *k)
{
	const struct access_key *was = names_take(&all->by_name, k->name);
	must(was == k);
	arena_close(k->arena);
}

static void clear(struct keys *all)
{
	struct access_key *k;
	size_t at = 0;

	while ((k = names_next(&all->by_name, &at)) != NULL)
		arena_close(k->arena);
	names_free(&all->by_name);
}

static enum err got_key(void *context, const struct value *v, int count)
{
	must(count == 7);
	if (v[3].bytes.len != KEY_TOKEN_HASH_SIZE || v[0].bytes.len != KEY_ID_SIZE)
		return ERR_CORRUPT;
	remember(context, &(struct access_key){
						  .id = v[0].bytes,
						  .name = v[1].bytes,
						  .sealed = v[2].bytes,
						  .token_hash = v[3].bytes,
						  .rules = v[4].bytes,
						  .created_at = v[5].number,
						  .expires_at = v[6].number,
					  });
	return OK;
}

enum err keys_load(struct domain *d, struct store *s)
{
	if (d->keys == NULL)
		d->keys = mem_get(sizeof *d->keys);
	clear(d->keys);
	return store_run(s, STMT_KEY_ALL, NO_VALUES, got_key, d->keys);
}

void keys_free(struct domain *d)
{
	if (d->keys != NULL)
		clear(d->keys);
	d->keys = mem_free(d->keys);
}

bool key_name_valid(struct str name)
{
	return name.len > 0 && name.len <= KEY_NAME_MAX && str_alphanumeric(name, "-_.");
}

/* ---- create */

static void check_parts(struct str id, struct str sealed, struct str token_hash)
{
	must(id.len == KEY_ID_SIZE && sealed.len > 0 && token_hash.len == KEY_TOKEN_HASH_SIZE); /* K1 */
}

static enum err create_check(struct batch *b, struct cmd *c)
{
	struct key_create *p = c->in;

	check_parts(p->id, p->sealed, p->token_hash);
	must(key_name_valid(p->name));
	if (find(b, p->name) != NULL)
		return refuse(
			c, REFUSED_CONFLICT,
			"There is an access key named %.*s already. Rotate or revoke it, or take another name.",
			S_ARG(p->name));
	if (keys_of(b)->by_name.count >= KEYS_MAX)
		return refuse(c, REFUSED_OVER_LIMIT,
		              "There are %d access keys, and that is as many as there can be.", KEYS_MAX);
	return OK;
}

static enum err insert(struct batch *b, const struct access_key *k)
{
	b->keys_changed = true;
	remember(keys_of(b), k);
	return store_run(b->store, STMT_KEY_INSERT,
	                 VALUES(value_text(k->id), value_text(k->name), value_blob(k->sealed),
	                        value_blob(k->token_hash), value_text(k->rules),
	                        value_int(k->created_at),
	                        k->expires_at == 0 ? value_null() : value_int(k->expires_at)),
	                 NULL, NULL);
}

static enum err create_write(struct batch *b, struct cmd *c)
{
	struct key_create *p = c->in;

	must(p->life_ms >= 0 && find(b, p->name) == NULL); /* K2 */
	p->created_at = b->now.wall_ms;
	p->expires_at = p->life_ms == 0 ? 0 : b->now.wall_ms + p->life_ms;
	TRY(insert(b, &(struct access_key){
					  .id = p->id,
					  .name = p->name,
					  .sealed = p->sealed,
					  .token_hash = p->token_hash,
					  .rules = p->rules,
					  .created_at = p->created_at,
					  .expires_at = p->expires_at,
				  }));
	return audit_write(b, c, "key.create", audit_name(b, "key", p->name),
	                   AUDIT_JSON(b, audit_text("id", p->id), audit_text("rules", p->rules)));
}

const struct op op_key_create = {
	.name = "key_create",
	.lane = LANE_WRITE,
	.check = create_check,
	.write = create_write,
};

/* ---- revoke, rotate */

static enum err named_check(struct batch *b, struct cmd *c, struct str name)
{
	if (find(b, name) == NULL)
		return refuse(c, REFUSED_NOT_FOUND, "There is no access key named %.*s.", S_ARG(name));
	return OK;
}

static enum err end(struct batch *b, struct access_key *k)
{
	b->keys_changed = true;
	TRY(store_run(b->store, STMT_KEY_REVOKE, VALUES(value_text(k->id), value_int(b->now.wall_ms)),
	              NULL, NULL));
	forget(keys_of(b), k);
	return store_run(b->store, STMT_KEY_FORGET, VALUES(value_int(KEYS_MAX)), NULL, NULL);
}

static enum err revoke_check(struct batch *b, struct cmd *c)
{
	struct key_named *p = c->in;

	return named_check(b, c, p->name);
}

static enum err revoke_write(struct batch *b, struct cmd *c)
{
	struct key_named *p = c->in;
	struct access_key *k = find(b, p->name);

	must(k != NULL);
	TRY(audit_write(b, c, "key.revoke", audit_name(b, "key", p->name),
	                AUDIT_JSON(b, audit_text("id", k->id))));
	return end(b, k);
}

const struct op op_key_revoke = {
	.name = "key_revoke",
	.lane = LANE_WRITE,
	.drains = true,
	.check = revoke_check,
	.write = revoke_write,
};

static enum err rotate_check(struct batch *b, struct cmd *c)
{
	struct key_rotate *p = c->in;

	check_parts(p->id, p->sealed, p->token_hash);
	const struct access_key *old = find(b, p->name);
	if (old != NULL && str_given(p->old_id) && !str_eq(old->id, p->old_id))
		return refuse(c, REFUSED_CONFLICT, "The access key %.*s was changed meanwhile.",
		              S_ARG(p->name));
	return named_check(b, c, p->name);
}

static enum err rotate_write(struct batch *b, struct cmd *c)
{
	struct key_rotate *p = c->in;
	struct access_key *old = find(b, p->name);

	must(old != NULL);
	p->rules = arena_str(c->arena, old->rules);
	p->created_at = b->now.wall_ms;
	p->expires_at = old->expires_at == 0 ? 0 : b->now.wall_ms + (old->expires_at - old->created_at);
	TRY(audit_put(b, c,
	              &(struct audit_record){ .action = "key.rotate",
	                                      .resource = audit_name(b, "key", p->name),
	                                      .from = old->id,
	                                      .to = p->id }));
	TRY(end(b, old));
	return insert(b, &(struct access_key){
						 .id = p->id,
						 .name = p->name,
						 .sealed = p->sealed,
						 .token_hash = p->token_hash,
						 .rules = p->rules,
						 .created_at = p->created_at,
						 .expires_at = p->expires_at,
					 });
}

const struct op op_key_rotate = {
	.name = "key_rotate",
	.lane = LANE_WRITE,
	.drains = true,
	.check = rotate_check,
	.write = rotate_write,
};

/* ---- used */

static enum err used_check(struct batch *b, struct cmd *c)
{
	(void)b, (void)c;
	return OK;
}

static enum err used_write(struct batch *b, struct cmd *c)
{
	struct key_used *p = c->in;

	must(p->id.len == KEY_ID_SIZE);
	return store_run(b->store, STMT_KEY_USED, VALUES(value_text(p->id), value_int(b->now.wall_ms)),
	                 NULL, NULL);
}

const struct op op_key_used = {
	.name = "key_used",
	.lane = LANE_WRITE,
	.check = used_check,
	.write = used_write,
};

/* ---- list */

struct listing {
	struct arena *arena;
	struct key_list *p;
};

static enum err got_info(void *context, const struct value *v, int count)
{
	struct listing *l = context;

	must(count == 6);
	if (l->p->count == l->p->max) {
		l->p->more = true;
		return OK;
	}
	l->p->keys[l->p->count++] = (struct key_info){
		.id = arena_str(l->arena, v[0].bytes),
		.name = arena_str(l->arena, v[1].bytes),
		.rules = arena_str(l->arena, v[2].bytes),
		.created_at = v[3].number,
		.expires_at = v[4].number,
		.last_used_at = v[5].number,
	};
	return OK;
}

static enum err list_read(struct store *s, struct cmd *c, struct now now)
{
	struct key_list *p = c->in;
	struct listing l = { c->arena, p };

	(void)now;
	must(p->max > 0 && p->max <= LIST_MAX);
	p->keys = ARENA_ARRAY(c->arena, struct key_info, p->max);
	return store_run(s, STMT_KEY_PAGE,
	                 VALUES(value_text(str_given(p->after) ? p->after : S("")),
	                        value_int(p->max + 1)),
	                 got_info, &l);
}

const struct op op_key_list = { .name = "key_list", .lane = LANE_READ, .read = list_read };
