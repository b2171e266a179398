/* window.c - one fetch's rows, batch by batch.
 *
 * A window ends early when the server takes nothing, when the owner is to stop, or when
 * the database has not answered for so long that the lock may be another's (R3). What
 * was not sent is fetched again. */
#include "cli/relay/relay.h"

#include "base/log.h"
#include "os/os.h"

enum { BATCH_BYTES = MESSAGE_SIZE_MAX - BATCH_ENTRIES_MAX * 1024 };

/* ---- picking (R1) */

static bool same_key(const struct entry *a, const struct entry *b)
{
	return a->held.group.len > 0 && str_eq(a->held.group, b->held.group) &&
	       str_eq(a->held.destination, b->held.destination);
}

/* An earlier row of its key still waits in this window. */
static bool has_earlier(const struct relay *r, int at)
{
	for (int i = 0; i < at; i++)
		if (r->entries[i].fate == FATE_WAITS && same_key(&r->entries[i], &r->entries[at]))
			return true;
	return false;
}

/* Of what was not sent now, nothing behind it may be (R1). */
static void leave(struct relay *r, struct entry *of)
{
	of->fate = FATE_LEFT;
	for (int i = 0; i < r->count; i++)
		if (r->entries[i].fate == FATE_WAITS && same_key(&r->entries[i], of))
			r->entries[i].fate = FATE_LEFT;
}

static void leave_destination(struct relay *r, struct str destination)
{
	for (int i = 0; i < r->count; i++)
		if (r->entries[i].fate == FATE_WAITS && str_eq(r->entries[i].held.destination, destination))
			r->entries[i].fate = FATE_LEFT;
}

static int64_t most_bytes(const struct entry *e)
{
	return e->topic ? TOPIC_MESSAGE_MAX - BATCH_ENTRIES_MAX * 1024 : BATCH_BYTES;
}

/* The next batch: rows of one destination, of each key the first that waits. */
static int pick(struct relay *r, int64_t now_ms, struct entry *batch[BATCH_ENTRIES_MAX])
{
	int64_t bytes = 0;
	int count = 0;

	for (int i = 0; i < r->count && count < BATCH_ENTRIES_MAX; i++) {
		struct entry *e = &r->entries[i];
		if (e->fate != FATE_WAITS ||
		    (count > 0 && !str_eq(e->held.destination, batch[0]->held.destination)))
			continue;
		if (holds_has(&r->holds, &e->held, now_ms)) {
			leave(r, e);
			continue;
		}
		if (has_earlier(r, i) || (count > 0 && bytes + e->row->size > most_bytes(e)))
			continue;
		bytes += e->row->size;
		batch[count++] = e;
	}
	return count;
}

/* ---- rows that cannot be sent */

static enum err set_aside(struct relay *r, struct entry *e)
{
	const char *next = r->config.skip || e->held.group.len == 0
	                       ? "clear its error to send it again"
	                       : "its key waits until its error is cleared or it is deleted";
	struct str problem = e->problem;

	if (problem.len > 400)
		problem.len = 400;
	while (!str_utf8(problem))
		problem.len--;
	problem = arena_str(r->batch_arena, problem);
	log_line(LOG_ERROR, "relay", "row set aside",
	         "id=\"%.*s\" to=\"%.*s\" error=\"%.*s\" next=\"%s\"", S_ARG(e->held.id),
	         S_ARG(e->name), S_ARG(problem), next);
	TRY(outbox_set_aside(r->outbox, e->row, problem));
	r->asked_ms = os_now().mono_ms;
	holds_forget(&r->holds, &e->held);
	r->aside++;
	e->fate = FATE_LEFT;
	if (!r->config.skip)
		leave(r, e); /* the next fetch leaves them out */
	return OK;
}

static enum err refused(struct relay *r, struct entry *e, int64_t now_ms)
{
	int tries = holds_row(&r->holds, &e->held, now_ms);

	if (tries == 0) { /* H2 */
		tries = holds_destination(&r->holds, e->held.destination, now_ms, true);
		leave_destination(r, e->held.destination);
		r->crowded = tries == 0;
	}
	r->refused++;
	log_line(LOG_WARN, "relay", "row refused", "id=\"%.*s\" to=\"%.*s\" tries=%d error=\"%.*s\"",
	         S_ARG(e->held.id), S_ARG(e->name), tries, S_ARG(e->problem));
	leave(r, e);
	return tries >= r->max_tries ? set_aside(r, e) : OK;
}

/* Rows that cannot be messages at all: no retry would mend them. */
static enum err set_aside_impossible(struct relay *r)
{
	for (int i = 0; i < r->count; i++)
		if (r->entries[i].fate == FATE_REFUSED) {
			r->refused++;
			TRY(set_aside(r, &r->entries[i]));
		}
	return OK;
}

/* ---- one batch */

/* What a row says, so that another one that got its id is not taken for it. */
static void remember(struct relay *r, const struct entry *e)
{
	struct sent_row *kept = &r->unsettled[r->unsettled_count++];

	kept->id = arena_str(r->unsettled_arena, e->row->id);
	entry_digest(e->row, kept->digest);
}

static enum err settle(struct relay *r, struct entry **batch, int count)
{
	const struct outbox_row *sent[BATCH_ENTRIES_MAX] = { NULL };
	int n = 0;

	for (int i = 0; i < count; i++)
		if (batch[i]->fate == FATE_SENT)
			sent[n++] = batch[i]->row;
	enum err fault = outbox_settle(r->outbox, sent, n);
	if (fault == OK && n > 0)
		r->asked_ms = os_now().mono_ms;
	if (fault == OK)
		return OK;
	arena_reset(r->unsettled_arena);
	r->unsettled_count = 0;
	for (int i = 0; i < count; i++)
		if (batch[i]->fate == FATE_SENT)
			remember(r, batch[i]);
	return fault;
}

static bool was_sent(const struct relay *r, const struct entry *e)
{
	uint8_t digest[SHA256_SIZE];

	for (int i = 0; i < r->unsettled_count; i++) {
		if (!str_eq(r->unsettled[i].id, e->row->id))
			continue;
		entry_digest(e->row, digest);
		if (memcmp(digest, r->unsettled[i].digest, SHA256_SIZE) == 0)
			return true;
	}
	return false;
}

/* Rows that were sent when the database went away, and are not settled yet. */
static enum err settle_known(struct relay *r)
{
	struct entry *known[BATCH_ENTRIES_MAX];
	int count = 0;

	for (int i = 0; i < r->count && count < r->unsettled_count; i++)
		if (was_sent(r, &r->entries[i])) {
			r->entries[i].fate = FATE_SENT;
			known[count++] = &r->entries[i];
		}
	TRY(settle(r, known, count));
	r->unsettled_count = 0;
	return OK;
}

static void count_sent(struct relay *r, struct entry **batch, int count)
{
	for (int i = 0; i < count; i++)
		r->sent += batch[i]->fate == FATE_SENT;
}

/* Also what the answer did not name: it may be there, and goes again. */
static void later(struct relay *r, struct entry *e, int64_t now_ms)
{
	if (e->fate == FATE_LATER)
		log_line(LOG_WARN, "relay", "not now", "to=\"%.*s\" error=\"%.*s\"", S_ARG(e->name),
		         S_ARG(e->problem));
	holds_destination(&r->holds, e->held.destination, now_ms, false);
	leave(r, e);
	leave_destination(r, e->held.destination);
	r->left = true;
}

static enum err take_fates(struct relay *r, struct entry **batch, int count, int64_t now_ms)
{
	count_sent(r, batch, count);
	TRY(settle(r, batch, count));
	for (int i = 0; i < count; i++) {
		struct entry *e = batch[i];
		if (e->fate == FATE_SENT) {
			holds_forget(&r->holds, &e->held);
			holds_open(&r->holds, e->held.destination);
		}
	}
	for (int i = 0; i < count; i++) {
		struct entry *e = batch[i];
		if (e->fate == FATE_REFUSED) {
			TRY(refused(r, e, now_ms));
		} else if (e->fate != FATE_SENT && e->fate != FATE_LEFT) {
			later(r, e, now_ms);
		}
	}
	return OK;
}

/* Nothing of it was taken: each of its rows was tried. */
static enum err missing(struct relay *r, struct entry **batch, int count, int64_t now_ms)
{
	int tries = holds_destination(&r->holds, batch[0]->held.destination, now_ms, true);

	log_line(LOG_WARN, "relay", "no such queue or topic", "to=\"%.*s\" tries=%d error=\"%.*s\"",
	         S_ARG(batch[0]->name), tries, S_ARG(r->last_problem));
	r->refused += count;
	r->crowded = tries == 0;
	leave_destination(r, batch[0]->held.destination);
	for (int i = 0; i < count && tries >= r->max_tries; i++) {
		batch[i]->problem = r->last_problem;
		TRY(set_aside(r, batch[i]));
	}
	return OK;
}

/* Nobody knows for how long; nothing is wrong with the rows. */
static enum err not_now(struct relay *r, struct entry **batch, int64_t now_ms, const char *event)
{
	holds_destination(&r->holds, batch[0]->held.destination, now_ms, false);
	log_line(LOG_WARN, "relay", event, "to=\"%.*s\" error=\"%.*s\"", S_ARG(batch[0]->name),
	         S_ARG(r->last_problem));
	leave_destination(r, batch[0]->held.destination);
	r->left = true;
	return OK;
}

static enum err send_batch(struct relay *r, struct entry **batch, int count, bool *down);

/* Each alone, so that it is seen which one spoils the others. */
static enum err send_singly(struct relay *r, struct entry **batch, int count, bool *down)
{
	for (int i = 0; i < count && !*down; i++)
		if (batch[i]->fate == FATE_WAITS)
			TRY(send_batch(r, &batch[i], 1, down));
	return OK;
}

static enum err send_batch(struct relay *r, struct entry **batch, int count, bool *down)
{
	enum reply reply = relay_send(r, batch, count);
	int64_t now_ms = os_now().mono_ms;

	switch (reply) {
	case REPLY_ENTRIES:
		return take_fates(r, batch, count, now_ms);
	case REPLY_SPLIT:
		return send_singly(r, batch, count, down);
	case REPLY_MISSING:
		return missing(r, batch, count, now_ms);
	case REPLY_DENIED:
		return not_now(r, batch, now_ms, "not allowed");
	case REPLY_LATER:
		return not_now(r, batch, now_ms, "not now");
	case REPLY_DOWN:
		*down = true;
		return OK;
	}
	return OK;
}

/* ---- the window */

static enum err usable_id(struct relay *r, const struct outbox_row *row)
{
	if (row->id.len >= 1 && row->id.len <= RELAY_ID_MAX && str_utf8(row->id))
		return OK;
	cli_fail(CLI_STORAGE,
	         "An id in the table %s has %zu bytes; ids are texts of 1 to %d bytes, or numbers.",
	         r->config.table, row->id.len, RELAY_ID_MAX);
	return ERR_LIMIT;
}

static enum err fetch(struct relay *r)
{
	struct outbox_row *rows;
	struct outbox_held held;

	arena_reset(r->window_arena);
	r->count = 0;
	holds_lists(&r->holds, r->window_arena, os_now().mono_ms, &held);
	TRY(outbox_fetch(r->outbox, r->window_arena, &held, NULL, &rows, &r->count));
	r->asked_ms = os_now().mono_ms;
	r->entries = ARENA_ARRAY(r->window_arena, struct entry, r->count);
	for (int i = 0; i < r->count; i++) {
		TRY(usable_id(r, &rows[i]));
		entry_make(r, r->window_arena, &rows[i], &r->entries[i]);
	}
	return OK;
}

enum err relay_window(struct relay *r, bool *idle, bool *down)
{
	struct entry *batch[BATCH_ENTRIES_MAX];

	*down = r->crowded = false;
	arena_reset(r->batch_arena);
	TRY(fetch(r));
	*idle = r->count == 0;
	if (r->unsettled_count > 0)
		TRY(settle_known(r));
	TRY(set_aside_impossible(r));
	while (!*down && !relay_stopping(r)) {
		int64_t now_ms = os_now().mono_ms;
		int count = pick(r, now_ms, batch);
		if (count == 0 || now_ms - r->asked_ms > RELAY_TRUST_MS) /* R3 */
			break;
		arena_reset(r->batch_arena);
		TRY(send_batch(r, batch, count, down));
	}
	return OK;
}
