/* page.c - messages that lie side by side, read together (page.h). */
#include "domain/queue/page.h"

#include "base/limits.h"
#include "domain/queue/enqueue.h"

/* Read before they are wanted, by a receive for those behind it in the batch (A1). */
struct ahead {
	const struct queue *queue;
	struct received *rows;
	int count, next;
};

struct rows {
	struct arena *arena;
	struct received *at;
	size_t bytes, bytes_max; /* rows from there on are only counted */
	int count, seen;
};

static enum err take_row(void *context, const struct value *columns, int count)
{
	struct rows *rows = context;

	rows->seen++;
	if (rows->bytes >= rows->bytes_max)
		return OK;
	struct received *r = &rows->at[rows->count++];
	*r = (struct received){ 0 };
	TRY(message_from_row(rows->arena, columns, count, r));
	rows->bytes += r->body.len + r->attributes.len;
	return OK;
}

static enum err read_rows(struct batch *b, struct queue *q, uint64_t first, int n,
                          struct rows *rows)
{
	size_t before = rows->bytes;

	TRY(store_run(b->store, q->settings.track ? STMT_MESSAGE_PAGE_TRACKED : STMT_MESSAGE_PAGE,
	              VALUES(value_int(message_id_of(q, first)),
	                     value_int(message_id_of(q, first + (uint64_t)n - 1)), value_int(n)),
	              take_row, rows));
	if (rows->seen != n)
		return ERR_CORRUPT;
	must(rows->count >= 1);
	q->row_bytes = (rows->bytes - before) / (size_t)rows->count + 1;
	return OK;
}

/* How many rows to read, this page and what the receives behind it will want. What a row of this
 * queue weighs is known from the page before. */
static int worth_reading(const struct batch *b, const struct queue *q, int n, int64_t following)
{
	int64_t most = (int64_t)n * (b->takers + 1);

	if (q->settings.track || q->row_bytes == 0 || b->takers == 0)
		return n;
	if (most > following)
		most = following;
	if (most > RECEIVE_AHEAD_ROWS)
		most = RECEIVE_AHEAD_ROWS;
	if (most > (int64_t)(RECEIVE_AHEAD_BYTES / q->row_bytes))
		most = (int64_t)(RECEIVE_AHEAD_BYTES / q->row_bytes);
	return most < n ? n : (int)most;
}

static enum err read_ahead(struct batch *b, struct queue *q, uint64_t first, int n)
{
	struct ahead *a = ARENA_NEW(b->arena, struct ahead);
	struct rows rows = { .arena = b->arena,
		                 .at = ARENA_ARRAY(b->arena, struct received, n),
		                 .bytes_max = RECEIVE_AHEAD_BYTES };

	b->ahead = NULL;
	TRY(read_rows(b, q, first, n, &rows));
	*a = (struct ahead){ .queue = q, .rows = rows.at, .count = rows.count };
	b->ahead = a;
	return OK;
}

static bool is_ahead(const struct ahead *a, const struct queue *q, uint64_t first, int n)
{
	return a != NULL && a->queue == q && a->next + n <= a->count &&
	       a->rows[a->next].position == first;
}

/* The batch's memory ends before the answer is sent: what the answer needs is copied. */
static void copy(struct arena *arena, const struct received *from, struct received *to)
{
	*to = *from;
	struct str *const texts[] = { &to->body,         &to->body_md5,  &to->attributes,
		                          &to->trace_header, &to->sender,    &to->group,
		                          &to->dedup,        &to->dead_from, &to->error };
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		*texts[i] = arena_str(arena, *texts[i]);
}

static void from_ahead(struct ahead *a, int n, struct page *page)
{
	for (int i = 0; i < n && page->bytes < RECEIVE_BYTES_MAX; i++) {
		struct received *r = &page->rows[page->count++];
		must(i == 0 || a->rows[a->next].position == r[-1].position + 1); /* A1 */
		copy(page->arena, &a->rows[a->next++], r);
		page->bytes += r->body.len + r->attributes.len;
	}
}

enum err page_read(struct batch *b, struct queue *q, uint64_t first, int n, int64_t following,
                   struct page *page)
{
	int wanted = worth_reading(b, q, n, following);

	must(n >= 1 && n <= following && page->count == 0 && page->bytes < RECEIVE_BYTES_MAX);
	if (!is_ahead(b->ahead, q, first, n) && wanted > n)
		TRY(read_ahead(b, q, first, wanted));
	if (is_ahead(b->ahead, q, first, n)) {
		from_ahead(b->ahead, n, page);
		return OK;
	}
	struct rows rows = {
		.arena = page->arena, .at = page->rows, .bytes = page->bytes, .bytes_max = RECEIVE_BYTES_MAX
	};
	TRY(read_rows(b, q, first, n, &rows));
	page->bytes = rows.bytes;
	page->count = rows.count;
	return OK;
}
