/* feed.c - the ring of the latest changes of jobs, and of news of approvals. F1 to F3: feed.h.
 *
 * The engine takes the mutex once a batch; a reader holds it for READ_STEP events at most,
 * which is a few microseconds, so that many readers do not hold up the engine. */
#include "engine/feed.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "domain/news.h"

enum { READ_STEP = 1024 };

struct feed {
	pthread_mutex_t mutex;
	uint32_t start;
	_Atomic int64_t groups_until;
	uint64_t count; /* appended since the start; the newest is at (count - 1) % EVENTS_KEPT */
	struct feed_event *ring;
};

static_assert(sizeof(struct feed_event) <= 136, "the ring is small: src/memory.c");
static_assert(QUEUE_NAME_MAX <= UINT8_MAX, "the length of a name fits");

struct feed *feed_open(void)
{
	struct feed *f = mem_get(sizeof *f);

	must(pthread_mutex_init(&f->mutex, NULL) == 0);
	f->ring = mem_get(sizeof *f->ring * EVENTS_KEPT); /* untouched pages cost nothing */
	return f;
}

struct feed *feed_close(struct feed *f)
{
	if (f == NULL)
		return NULL;
	pthread_mutex_destroy(&f->mutex);
	mem_free(f->ring);
	return mem_free(f);
}

void feed_begin(struct feed *f, uint32_t start)
{
	must(f->count == 0 && f->ring != NULL);
	f->start = start;
}

/* ---- writing */

static void put(struct feed *f, const struct job_change *c, int64_t at_ms)
{
	struct feed_event *e = &f->ring[f->count++ % EVENTS_KEPT];

	must(c->queue.len > 0 && c->queue.len <= QUEUE_NAME_MAX && (int)c->state < (int)JOB_STATES &&
	     c->progress >= -1 && c->progress <= 1000);
	e->number = f->count;
	e->about = FEED_JOB;
	e->job = c->id;
	e->at_ms = at_ms;
	e->progress = (int16_t)c->progress;
	e->state = (uint8_t)c->state;
	e->group_told = c->group_told;
	e->has_group = c->has_group;
	e->again = c->again;
	e->group = c->group;
	e->queue_len = (uint8_t)c->queue.len;
	memcpy(e->queue, c->queue.at, c->queue.len);
}

static void put_news(struct feed *f, const struct news *n, int64_t at_ms)
{
	struct feed_event *e = &f->ring[f->count++ % EVENTS_KEPT];

	*e = (struct feed_event){
		.number = f->count,
		.about = n->of_holder ? FEED_INBOX : FEED_APPROVAL,
		.job = n->approval,
		.group = n->holder,
		.at_ms = at_ms,
		.progress = -1,
	};
}

void feed_append(struct feed *f, const struct list *changes, const struct list *news, int64_t at_ms)
{
	if (list_empty(changes) && list_empty(news))
		return;
	pthread_mutex_lock(&f->mutex);
	LIST_EACH (changes, const struct job_change, node, c)
		put(f, c, at_ms);
	LIST_EACH (news, const struct news, node, n)
		put_news(f, n, at_ms);
	pthread_mutex_unlock(&f->mutex);
}

void feed_want_groups(struct feed *f, int64_t until_ms)
{
	int64_t before = atomic_load_explicit(&f->groups_until, memory_order_relaxed);

	while (before < until_ms && !atomic_compare_exchange_weak(&f->groups_until, &before, until_ms))
		;
}

bool feed_groups_wanted(struct feed *f, int64_t now_ms)
{
	return atomic_load_explicit(&f->groups_until, memory_order_relaxed) > now_ms;
}

/* ---- reading */

static uint64_t oldest(const struct feed *f)
{
	return f->count < EVENTS_KEPT ? 0 : f->count - EVENTS_KEPT;
}

struct feed_position feed_head(struct feed *f)
{
	pthread_mutex_lock(&f->mutex);
	struct feed_position p = { f->start, f->count };
	pthread_mutex_unlock(&f->mutex);
	return p;
}

struct feed_position feed_oldest(struct feed *f)
{
	pthread_mutex_lock(&f->mutex);
	struct feed_position p = { f->start, oldest(f) };
	pthread_mutex_unlock(&f->mutex);
	return p;
}

/* Some more events behind *at; *end: there was nothing more to look at. */
static int read_step(struct feed *f, struct feed_position *at, const struct feed_filter *filter,
                     struct feed_event *to, int max, bool *end)
{
	uint64_t to_number = at->number + READ_STEP;
	int count = 0;

	if (at->start != f->start || at->number > f->count || at->number < oldest(f))
		return FEED_LOST; /* F2 */
	if (to_number > f->count)
		to_number = f->count;
	must(at->number <= to_number && to_number - oldest(f) <= EVENTS_KEPT);
	while (at->number < to_number && count < max) {
		const struct feed_event *e = &f->ring[at->number++ % EVENTS_KEPT];
		if (filter != NULL && feed_may_fit(filter, e))
			return FEED_LOST; /* F4 */
		if (filter == NULL || feed_fits(filter, e))
			to[count++] = *e;
	}
	*end = at->number == f->count;
	return count;
}

int feed_read(struct feed *f, struct feed_position *at, const struct feed_filter *filter,
              struct feed_event *to, int max)
{
	bool end = false;
	int count = 0;

	must(max > 0);
	while (!end && count < max) {
		pthread_mutex_lock(&f->mutex);
		int n = read_step(f, at, filter, to + count, max - count, &end);
		pthread_mutex_unlock(&f->mutex);
		if (n == FEED_LOST)
			return FEED_LOST;
		count += n;
	}
	return count;
}

/* ---- pure */

bool feed_is_progress(const struct feed_event *e)
{
	return e->state == JOB_RUNNING && e->progress >= 0;
}

static bool fits_but_group(const struct feed_filter *filter, const struct feed_event *e)
{
	unsigned kind = feed_is_progress(e) ? FEED_PROGRESS : 1u << e->state;

	if (filter->kinds != 0 && (filter->kinds & kind) == 0)
		return false;
	if (filter->job != NULL && memcmp(filter->job, &e->job, sizeof e->job) != 0)
		return false;
	return !str_given(filter->queue) ||
	       str_eq(filter->queue, (struct str){ e->queue, e->queue_len });
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

static bool fits_news(const struct feed_filter *filter, const struct feed_event *e)
{
	if (filter->about == FEED_INBOX)
		return filter->holder_count > 0 &&
		       bsearch(&e->group, filter->holders, (size_t)filter->holder_count, sizeof e->group,
		               by_bytes) != NULL;
	must(filter->about == FEED_APPROVAL && filter->job != NULL);
	return memcmp(filter->job, &e->job, sizeof e->job) == 0;
}

bool feed_fits(const struct feed_filter *filter, const struct feed_event *e)
{
	if (filter->about != e->about)
		return false;
	if (filter->about != FEED_JOB)
		return fits_news(filter, e);
	if (filter->group != NULL &&
	    (!e->has_group || memcmp(filter->group, &e->group, sizeof e->group) != 0))
		return false;
	return fits_but_group(filter, e);
}

bool feed_may_fit(const struct feed_filter *filter, const struct feed_event *e)
{
	return filter->about == FEED_JOB && e->about == FEED_JOB && filter->group != NULL &&
	       !e->group_told && fits_but_group(filter, e);
}

void feed_position_text(struct feed_position p, char text[FEED_POSITION_TEXT])
{
	snprintf(text, FEED_POSITION_TEXT, "%u-%llu", p.start, (unsigned long long)p.number);
}

bool feed_position_read(struct str text, struct feed_position *p)
{
	struct str number = text, start = str_cut(&number, '-');
	uint64_t n;

	if (!str_given(number) || !str_u64(start, UINT32_MAX, &n) ||
	    !str_u64(number, UINT64_MAX, &p->number))
		return false;
	p->start = (uint32_t)n;
	return true;
}
