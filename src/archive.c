/* archive.c - dead letters to files, one thread. */
#include "archive.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "api/rest/rest.h"
#include "base/limits.h"
#include "base/log.h"
#include "domain/queue/archive.h"
#include "os/inbox.h"
#include "os/os.h"
#include "wire/out.h"

struct archive {
	char folder[PATH_MAX / 2];
	int loop;
	struct engine_thread *engine;
	struct os_thread *thread;
	struct inbox *inbox; /* the answer to its one command */
	atomic_bool wanted, ended, waiting;
	_Atomic int64_t messages, failures;
};

/* ---- lines */

static void add_line(struct buf *lines, struct arena *a, const struct archive_take *t,
                     const struct received *r)
{
	struct out o = out_start(OUT_JSON, lines);

	out_item(&o, S_NONE);
	out_text(&o, S("queue"), t->queue);
	rest_time(&o, S("archived_at"), t->now_ms);
	rest_message(&o, a, r, t->now_ms);
	out_end(&o);
	buf_add_byte(lines, '\n');
}

enum err archive_lines(struct buf *lines, struct arena *a, const struct archive_take *t)
{
	uint64_t refused = mem_failures();

	for (int i = 0; i < t->count; i++)
		add_line(lines, a, t, &t->messages[i]);
	return mem_failures() == refused && !lines->failed ? OK : ERR_LIMIT;
}

static struct str file_of(const struct archive *s, struct arena *a, const struct archive_take *t)
{
	struct buf day = { 0 };

	time_rfc3339(&day, t->now_ms);
	struct str path = arena_printf(a, "%s/%.*s-%.10s.jsonl", s->folder, S_ARG(t->queue), day.at);
	buf_free(&day);
	return path;
}

/* Says so once, and once when it works again. */
static void note(struct archive *s, struct str file, enum err fault)
{
	bool waited = atomic_exchange(&s->waiting, fault != OK);

	if (fault != OK)
		atomic_fetch_add(&s->failures, 1);
	if (fault != OK && !waited)
		log_line(LOG_WARN, "archive", "file cannot be written",
		         "file=\"%.*s\" err=%s next=\"dead letters stay in their queues; tried again\"",
		         S_ARG(file), err_name(fault));
	else if (fault == OK && waited)
		log_line(LOG_INFO, "archive", "files can be written again", "file=\"%.*s\"", S_ARG(file));
}

/* ---- rounds, on its thread */

/* Carried out by the engine; NULL: it could not. The caller frees it. */
static struct cmd *carried_out(struct archive *s, struct cmd *c)
{
	struct list answers;

	list_init(&answers);
	c->reply_to.loop = s->loop;
	if (!submit(s->engine, &c))
		return cmd_free(c);
	while (inbox_take(s->inbox, &answers, 1, NEVER) == 0)
		continue;
	c = LIST_TAKE(&answers, struct cmd, node);
	must(list_empty(&answers));
	return c->fault == OK && !cmd_refused(c) ? c : cmd_free(c);
}

/* D1: only now may they go. */
static bool remove_all(struct archive *s, const struct archive_take *t, struct str file)
{
	struct cmd *c = cmd_new(&op_archive_done);
	struct archive_done *in = ARENA_NEW(c->arena, struct archive_done);
	uint64_t *positions = ARENA_ARRAY(c->arena, uint64_t, t->count);

	for (int i = 0; i < t->count; i++)
		positions[i] = t->messages[i].position;
	*in = (struct archive_done){ .queue_id = t->queue_id,
		                         .positions = positions,
		                         .count = t->count,
		                         .file = arena_str(c->arena, file) };
	c->in = in;
	c = carried_out(s, c);
	if (c == NULL)
		return false;
	atomic_fetch_add(&s->messages, ((const struct archive_done *)c->in)->removed);
	cmd_free(c);
	return true;
}

static bool write_all(struct archive *s, struct cmd *c)
{
	const struct archive_take *t = c->in;
	struct str file = file_of(s, c->arena, t);
	struct buf lines = { 0 };

	enum err fault = archive_lines(&lines, c->arena, t);
	if (fault == OK)
		fault = os_file_append(file.at, buf_str(&lines));
	buf_free(&lines);
	note(s, file, fault);
	return fault == OK && remove_all(s, t, file);
}

/* False: it has to be tried again. */
static bool one_round(struct archive *s, bool *more)
{
	struct cmd *c = cmd_new(&op_archive_take);

	c->in = ARENA_NEW(c->arena, struct archive_take);
	c = carried_out(s, c);
	*more = c != NULL && ((const struct archive_take *)c->in)->count > 0;
	bool good = c != NULL && (!*more || write_all(s, c));
	cmd_free(c);
	return good;
}

/* Until it is woken, or until then. */
static void rest_until(struct archive *s, int64_t mono_ms)
{
	struct list none;

	list_init(&none);
	must(inbox_take(s->inbox, &none, 1, mono_ms) == 0);
}

/* What has come meanwhile waits too: the disk is no better for it. */
static void pause_for(struct archive *s, int64_t ms)
{
	int64_t again = os_now().mono_ms + ms;

	must(ms >= ARCHIVE_AGAIN_FIRST_MS && ms <= ARCHIVE_AGAIN_MAX_MS);
	while (!atomic_load(&s->ended) && os_now().mono_ms < again)
		rest_until(s, again);
}

static void run(void *context)
{
	struct archive *s = context;
	int64_t pause = ARCHIVE_AGAIN_FIRST_MS;
	bool more = false;

	while (!atomic_load(&s->ended)) {
		if (!more && !atomic_exchange(&s->wanted, false)) {
			rest_until(s, NEVER);
		} else if (one_round(s, &more)) {
			pause = ARCHIVE_AGAIN_FIRST_MS;
		} else {
			more = true;
			pause_for(s, pause);
			pause = pause * 2 > ARCHIVE_AGAIN_MAX_MS ? ARCHIVE_AGAIN_MAX_MS : pause * 2;
		}
	}
}

/* ---- for the server */

/* A file that can be made and written now, so that a wrong folder is noticed at the start. */
static bool folder_good(const char *folder)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/.ringi-archive", folder);
	bool good = os_folder_make(folder) == OK && os_file_write(path, S("\n")) == OK;
	unlink(path);
	return good;
}

struct archive *archive_open(const char *folder, int loop, char why[512])
{
	struct archive *s = mem_get(sizeof *s);

	if (snprintf(s->folder, sizeof s->folder, "%s", folder) >= (int)sizeof s->folder ||
	    !folder_good(folder)) {
		snprintf(why, 512, "Nothing can be written to the archive folder %.200s.", folder);
		return mem_free(s);
	}
	s->loop = loop;
	s->inbox = inbox_open(1, 1);
	return s;
}

void archive_start(struct archive *s, struct engine_thread *engine)
{
	s->engine = engine;
	atomic_store(&s->wanted, true);
	s->thread = os_thread_start("archive", run, s);
}

void archive_wake(struct archive *s)
{
	atomic_store(&s->wanted, true);
	inbox_wake(s->inbox);
}

void archive_answer(struct archive *s, struct list *commands)
{
	while (!list_empty(commands))
		inbox_put_own(s->inbox, &LIST_TAKE(commands, struct cmd, node)->node);
}

struct archive_figures archive_figures(struct archive *s)
{
	return (struct archive_figures){ .messages = atomic_load(&s->messages),
		                             .failures = atomic_load(&s->failures),
		                             .waiting = atomic_load(&s->waiting) };
}

void archive_stop(struct archive *s)
{
	if (s == NULL || s->thread == NULL)
		return;
	atomic_store(&s->ended, true);
	inbox_wake(s->inbox);
	os_thread_join(s->thread);
	s->thread = NULL;
}

struct archive *archive_close(struct archive *s)
{
	if (s == NULL)
		return NULL;
	must(s->thread == NULL);
	inbox_close(s->inbox);
	return mem_free(s);
}
