/* errors.c - why messages are where they are: dead letters grouped by the code that their
 * workers reported. Read lane: rows only. */
#include <stdlib.h>

#include "base/limits.h"
#include "domain/queue/errors.h"
#include "domain/queue/memory.h"
#include "store/store.h"
#include "wire/json.h"

struct grouping {
	struct cmd *c;
	struct queue_errors *to;
};

static struct error_group *group_of(struct queue_errors *to, struct arena *arena, struct str code)
{
	for (int i = 0; i < to->count; i++)
		if (str_eq(to->groups[i].code, code))
			return &to->groups[i];
	if (to->count == ERROR_GROUPS_MAX) {
		to->more = true;
		return NULL;
	}
	struct error_group *g = &to->groups[to->count++];
	g->code = arena_str(arena, code);
	return g;
}

static void count_in(struct error_group *g, uint64_t position, int64_t sent_at)
{
	if (g->count++ == 0)
		g->first_sent_at = g->last_sent_at = sent_at;
	if (sent_at < g->first_sent_at)
		g->first_sent_at = sent_at;
	if (sent_at > g->last_sent_at)
		g->last_sent_at = sent_at;
	if (g->sample_count < (int)(sizeof g->samples / sizeof *g->samples))
		g->samples[g->sample_count++] = position;
}

struct str error_code(struct arena *arena, struct str stored, struct str *message)
{
	struct str why;

	if (!str_given(stored))
		return S("NO_REPORT");
	const struct json *error = json_read(arena, stored, &why);
	struct str code = json_get_text(error, "code");
	if (message != NULL)
		*message = json_get_text(error, "message");
	return code.len > 0 ? code : S("NO_REPORT");
}

struct str error_json(struct arena *arena, struct str code, struct str message)
{
	struct buf b = { 0 };

	buf_add(&b, S("{\"code\":"));
	json_write_text(&b, code);
	buf_add(&b, S(",\"message\":"));
	json_write_text(&b, message);
	buf_add_byte(&b, '}');
	arena_adopt(arena, b.at);
	return buf_str(&b);
}

static enum err take_row(void *context, const struct value *columns, int count)
{
	struct grouping *g = context;
	struct str message = S_NONE;

	must(count == 3);
	if (g->to->looked_at == ERROR_ROWS_MAX) {
		g->to->more = true;
		return OK;
	}
	g->to->looked_at++;
	struct arena *scratch = arena_open();
	struct str code = error_code(scratch, columns[2].bytes, &message);
	struct error_group *group = group_of(g->to, g->c->arena, code);
	if (group != NULL) {
		if (group->count == 0)
			group->message = arena_str(g->c->arena, message);
		count_in(group, (uint64_t)columns[0].number & POSITION_MAX, columns[1].number);
	}
	arena_close(scratch);
	return OK;
}

static enum err take_id(void *context, const struct value *columns, int count)
{
	must(count >= 1);
	*(int64_t *)context = columns[0].number;
	return OK;
}

static int by_count(const void *a, const void *b)
{
	const struct error_group *x = a, *y = b;

	return x->count < y->count ? 1 : x->count > y->count ? -1 : str_cmp(x->code, y->code);
}

enum err errors_each(struct store *store, struct cmd *c, struct str queue, row_fn *take,
                     void *context)
{
	int64_t id = 0;

	TRY(store_run(store, STMT_QUEUE_BY_NAME, VALUES(value_text(queue)), take_id, &id));
	if (id == 0)
		return refuse(c, REFUSED_NO_SUCH_QUEUE, "The specified queue does not exist.");
	must(id <= QUEUE_ID_MAX);
	return store_run(store, STMT_MESSAGE_ERRORS,
	                 VALUES(value_int(id << 40), value_int(id << 40 | (int64_t)POSITION_MAX),
	                        value_int(ERROR_ROWS_MAX + 1)),
	                 take, context);
}

static enum err errors_read(struct store *store, struct cmd *c, struct now now)
{
	struct queue_errors *p = c->in;
	struct grouping g = { c, p };

	(void)now;
	must(p->count == 0);
	p->groups = ARENA_ARRAY(c->arena, struct error_group, ERROR_GROUPS_MAX);
	TRY(errors_each(store, c, p->queue, take_row, &g));
	qsort(p->groups, (size_t)p->count, sizeof *p->groups, by_count);
	return OK;
}

const struct op op_queue_errors = { .name = "queue_errors",
	                                .lane = LANE_READ,
	                                .read = errors_read };
