/* cmd.c - birth, refusal and death of a command; the read lane's snapshot. */
#include "domain/cmd.h"

#include <stdarg.h>
#include <stdio.h>

#include "domain/key/rule.h"
#include "store/store.h"

struct cmd *cmd_new(const struct op *op)
{
	return cmd_new_in(op, arena_open());
}

struct cmd *cmd_new_in(const struct op *op, struct arena *cmd_arena)
{
	struct cmd *c = ARENA_NEW(cmd_arena, struct cmd);

	c->magic = CMD_MAGIC;
	c->op = op;
	c->arena = cmd_arena;
	c->reply_to.loop = -1;
	c->caller.principal = S("ringi");
	node_init(&c->node);
	node_init(&c->waiting);
	return c;
}

struct cmd *cmd_free(struct cmd *c)
{
	if (c != NULL) {
		must(c->magic == CMD_MAGIC);
		must(!node_linked(&c->waiting) && c->deadline.place == 0);
		c->magic = 0;
		arena_close(c->arena);
	}
	return NULL;
}

enum err cmd_read(struct cmd *c, struct store *store, struct now now)
{
	must(c->magic == CMD_MAGIC && c->op->lane == LANE_READ);
	if (c->op->own_snapshot)
		return c->op->read(store, c, now);
	TRY(store_begin(store, 0));
	enum err fault = c->op->read(store, c, now);
	store_rollback(store);
	return fault;
}

static struct str sentence(struct arena *a, const char *format, va_list args)
{
	char text[1024];
	int n = vsnprintf(text, sizeof text, format, args);

	must(n >= 0);
	size_t len = (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
	if ((size_t)n >= sizeof text) { /* cut: the last character may be half of one */
		while (len > 0 && ((unsigned char)text[len - 1] & 0xC0) == 0x80)
			len--;
		if (len > 0 && (unsigned char)text[len - 1] >= 0x80)
			len--;
	}
	return arena_str(a, (struct str){ text, len });
}

bool cmd_may_about(const struct cmd *c, struct str action, struct str resource, unsigned facts)
{
	must(str_given(resource));
	return c->grant == NULL || grant_allows(c->grant, S("ringi"), action, resource, facts).allowed;
}

bool cmd_may(const struct cmd *c, struct str action, struct str queue)
{
	return cmd_may_about(c, action, queue, 0);
}

unsigned cmd_facts(const struct cmd *c, struct str action, struct str resource)
{
	if (c->grant == NULL)
		return FACTS_NONE_NEEDED | FACT_OWN | FACT_DEPARTMENT;
	return grant_facts(c->grant, S("ringi"), action, resource);
}

static void refuse_with(struct cmd *c, enum refusal why, struct str field, const char *format,
                        va_list args)
{
	must(why != REFUSED_NONE);
	if (cmd_refused(c))
		return;
	c->refused = (struct refused){ .why = why, .text = sentence(c->arena, format, args) };
	c->refused_field = arena_str(c->arena, field);
}

enum err refuse(struct cmd *c, enum refusal why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	refuse_with(c, why, S_NONE, format, args);
	va_end(args);
	return OK;
}

enum err refuse_field(struct cmd *c, enum refusal why, const char *field, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	refuse_with(c, why, str_of(field), format, args);
	va_end(args);
	return OK;
}

enum err refuse_as(struct cmd *c, struct refused r)
{
	must(r.why != REFUSED_NONE && r.retry_ms >= 0);
	if (cmd_refused(c))
		return OK;
	c->refused = r;
	c->refused.text = arena_str(c->arena, r.text);
	return OK;
}

struct refused refused_as(struct arena *a, enum refusal why, const char *format, ...)
{
	struct refused r = { .why = why };
	va_list args;

	va_start(args, format);
	r.text = sentence(a, format, args);
	va_end(args);
	return r;
}
