/* outbox.c - what both databases have in common: columns, sentences, waiting. */
#include "relay/outbox.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "relay/driver.h"

static const char *const usual[OUTBOX_COLUMNS] = {
	[OUTBOX_ID] = "id",
	[OUTBOX_QUEUE] = "queue",
	[OUTBOX_TOPIC] = "topic",
	[OUTBOX_BODY] = "body",
	[OUTBOX_GROUP] = "message_group",
	[OUTBOX_DEDUP] = "dedup_id",
	[OUTBOX_ATTRIBUTES] = "attributes",
	[OUTBOX_TRACE] = "traceparent",
	[OUTBOX_DELAY] = "delay",
	[OUTBOX_CREATED] = "created_at",
	[OUTBOX_SENT] = "sent_at",
	[OUTBOX_ERROR] = "error",
};

const char *outbox_column_name(enum outbox_column c)
{
	must((unsigned)c < OUTBOX_COLUMNS);
	return usual[c];
}

const char *outbox_column(const struct outbox *o, enum outbox_column c)
{
	const char *given = o->config->columns[c];

	return given != NULL ? given : outbox_column_name(c);
}

/* What libraries say may have several lines and no full stop. */
static void make_sentence(char *text, size_t room)
{
	size_t len = strlen(text);

	while (len > 0 && strchr("\n .", text[len - 1]) != NULL)
		len--;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ')
			text[i] = ' ';
	snprintf(text + len, room - len, ".");
}

enum err outbox_fault(struct outbox *o, enum err fault, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(o->problem, sizeof o->problem - 1, format, list);
	va_end(list);
	make_sentence(o->problem, sizeof o->problem);
	return fault;
}

static enum err missing(struct outbox *o, enum outbox_column c, const char *why)
{
	return outbox_fault(o, ERR_CORRUPT,
	                    "The table %s has no column %s%s; the manual's page on relays has the "
	                    "table, and --column %s=NAME names another column.",
	                    o->config->table, outbox_column(o, c), why, outbox_column_name(c));
}

enum err outbox_check_columns(struct outbox *o)
{
	for (int c = 0; c < OUTBOX_COLUMNS; c++)
		if (o->config->columns[c] != NULL && !o->has[c])
			return outbox_fault(o, ERR_CORRUPT,
			                    "The table %s has no column %s, which --column names.",
			                    o->config->table, o->config->columns[c]);
	if (!o->has[OUTBOX_ID])
		return missing(o, OUTBOX_ID, "");
	if (!o->has[OUTBOX_QUEUE] && !o->has[OUTBOX_TOPIC])
		return missing(o, OUTBOX_QUEUE, " (nor topic)");
	if (!o->has[OUTBOX_BODY])
		return missing(o, OUTBOX_BODY, "");
	if (!o->has[OUTBOX_SENT] && !o->config->remove)
		return missing(o, OUTBOX_SENT, " (without it --delete is needed)");
	return o->has[OUTBOX_ERROR] ? OK : missing(o, OUTBOX_ERROR, "");
}

struct str outbox_destination(struct arena *arena, const struct outbox_row *row)
{
	if (str_given(row->topic))
		return arena_printf(arena, "t:%.*s", S_ARG(row->topic));
	return arena_printf(arena, "q:%.*s", S_ARG(row->queue));
}

bool outbox_stopped(const struct outbox *o, int ms)
{
	struct pollfd in = { .fd = o->config->stop, .events = POLLIN };

	return poll(&in, 1, ms) > 0;
}

/* ---- the driver does it */

struct outbox *outbox_open(const struct outbox_config *config)
{
	must((config->postgres == NULL) != (config->sqlite == NULL) && config->table != NULL);
	const struct outbox_driver *driver = config->postgres != NULL ? &outbox_postgres
	                                                              : &outbox_sqlite;
	struct outbox *o = driver->open(config);

	o->driver = driver;
	o->config = config;
	snprintf(o->name, sizeof o->name, "%s", config->table);
	return o;
}

struct outbox *outbox_close(struct outbox *o)
{
	if (o == NULL)
		return NULL;
	outbox_disconnect(o);
	o->driver->close(o);
	return mem_free(o);
}

const char *outbox_problem(const struct outbox *o)
{
	return o->problem;
}

const char *outbox_name(const struct outbox *o)
{
	return o->name;
}

enum err outbox_connect(struct outbox *o)
{
	must(o->arena == NULL);
	o->arena = arena_open();
	memset(o->has, 0, sizeof o->has);
	return o->driver->connect(o);
}

void outbox_disconnect(struct outbox *o)
{
	o->driver->disconnect(o);
	o->arena = arena_close(o->arena);
}

enum err outbox_lock(struct outbox *o)
{
	return o->config->look ? OK : o->driver->lock(o);
}

enum err outbox_fetch(struct outbox *o, struct arena *arena, const struct outbox_held *held,
                      const struct outbox_row *after, struct outbox_row **rows, int *count)
{
	*rows = ARENA_ARRAY(arena, struct outbox_row, RELAY_ROWS);
	*count = 0;
	return o->driver->fetch(o, arena, held, after, rows, count);
}

enum err outbox_settle(struct outbox *o, const struct outbox_row *const *rows, int count)
{
	must(!o->config->look && count <= BATCH_ENTRIES_MAX);
	return count == 0 ? OK : o->driver->settle(o, rows, count);
}

enum err outbox_set_aside(struct outbox *o, const struct outbox_row *row, struct str error)
{
	must(!o->config->look);
	return o->driver->set_aside(o, row, error);
}

enum err outbox_count(struct outbox *o, int64_t *aside, int64_t *behind)
{
	return o->driver->count(o, aside, behind);
}

enum err outbox_wait(struct outbox *o, int ms)
{
	return o->driver->wait(o, ms);
}
