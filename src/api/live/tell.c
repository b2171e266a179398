/* tell.c - what has happened goes to the watchers concerned.
 *
 * Events are taken from the feed some hundreds at a time. First the places they concern are
 * collected (three look-ups an event), then each watcher there gets its part in one write:
 * a burst costs a watcher one system call, not one a change. */
#include "api/live/look.h"
#include "api/state.h"
#include "base/limits.h"

enum { ROUNDS = 8 }; /* of EVENTS_AT_ONCE in one task, then others have their turn */

/* ---- one watcher */

bool tell_bytes(struct live_loop *l, struct watcher *w, struct str bytes)
{
	struct http_server *http = *l->live->api->config.http;

	if (http_stream_piece(http, w->conn, bytes))
		return true;
	atomic_fetch_add_explicit(&l->cut, 1, memory_order_relaxed);
	hub_remove(l, w);
	return false;
}

/* The text of an event is the same for all. */
static struct str text_of(struct live_loop *l, int i)
{
	if (l->text_len[i] == 0) {
		l->text_at[i] = l->texts.len;
		text_event_sse(&l->texts, &l->scratch, &l->events[i], l->at.start);
		l->text_len[i] = l->texts.len - l->text_at[i];
	}
	return (struct str){ l->texts.at + l->text_at[i], l->text_len[i] };
}

void tell_count(struct live_loop *l, int64_t n)
{
	atomic_fetch_add_explicit(&l->told, n, memory_order_relaxed);
}

static bool wants(const struct watcher *w, const struct feed_event *e)
{
	return e->number > w->from && feed_fits(&w->filter, e);
}

static void tell_page(struct live_loop *l, struct watcher *w, int count)
{
	for (int i = 0; i < count; i++)
		if (wants(w, &l->events[i])) {
			hub_end(l, w, NULL);
			return;
		}
}

/* Its part of the events. May free it. */
static void tell_one(struct live_loop *l, struct watcher *w, int count, int64_t now_mono)
{
	int64_t told = 0;

	if (w->look != NULL) {
		look_touch(l, w, l->events, count);
		return;
	}
	if (w->waits != NULL) {
		tell_page(l, w, count);
		return;
	}
	buf_clear(&l->piece);
	for (int i = 0; i < count; i++)
		if (wants(w, &l->events[i])) {
			buf_add(&l->piece, text_of(l, i));
			told++;
		}
	if (told == 0)
		return;
	tell_count(l, told);
	w->told_mono = now_mono;
	(void)tell_bytes(l, w, buf_str(&l->piece));
}

/* ---- all that are concerned */

static void touch(struct live_loop *l, struct watch_place *p)
{
	if (p != NULL && !node_linked(&p->touched))
		list_add_last(&l->touched, &p->touched);
}

static void touch_of(struct live_loop *l, const struct feed_event *e)
{
	struct feed_filter job = { .job = &e->job }, group = { .group = &e->group };
	struct feed_filter queue = { .queue = { e->queue, e->queue_len } };
	struct feed_filter news = { .about = e->about, .job = &e->job, .holders = &e->group };

	if (e->about != FEED_JOB) {
		touch(l, hub_place(l, &news));
		return;
	}
	touch(l, hub_place(l, &job));
	touch(l, hub_place(l, &queue));
	if (e->has_group && l->of_groups > 0)
		touch(l, hub_place(l, &group));
}

static void tell_place(struct live_loop *l, struct watch_place *p, int count, int64_t now_mono)
{
	struct list todo;
	struct watch_link *w;

	list_init(&todo);
	list_move_all(&todo, &p->watchers);
	list_add_last(&l->touched, &p->touched); /* so that it outlives its last watcher */
	while ((w = LIST_TAKE(&todo, struct watch_link, node)) != NULL) {
		list_add_last(&p->watchers, &w->node);
		tell_one(l, w->watcher, count, now_mono);
	}
	node_take(&p->touched);
	if (list_empty(&p->watchers)) {
		names_take(&l->places, p->name);
		mem_free(p);
	}
}

/* A change from before somebody wanted to know the groups: whose group it might be in cannot
 * go on (V2). */
static void end_unsure(struct live_loop *l, int count)
{
	struct list all;
	struct watcher *w;

	list_init(&all);
	list_move_all(&all, &l->watchers);
	while ((w = LIST_TAKE(&all, struct watcher, all)) != NULL) {
		bool unsure = false;
		list_add_last(&l->watchers, &w->all);
		for (int i = 0; i < count && !unsure; i++)
			unsure = l->events[i].number > w->from && feed_may_fit(&w->filter, &l->events[i]);
		if (unsure)
			hub_end(l, w, "Changes were missed.");
	}
}

static void tell_all(struct live_loop *l, int count)
{
	int64_t now_mono = l->live->api->config.now().mono_ms;
	struct watch_place *everything, *p;
	struct list places;

	if (l->of_groups > 0)
		end_unsure(l, count);
	everything = hub_place(l, &(struct feed_filter){ 0 });
	buf_clear(&l->texts);
	memset(l->text_len, 0, sizeof l->text_len);
	for (int i = 0; i < count; i++) {
		if (l->events[i].about == FEED_JOB)
			touch(l, everything);
		touch_of(l, &l->events[i]);
	}
	list_init(&places);
	list_move_all(&places, &l->touched);
	while ((p = LIST_TAKE(&places, struct watch_place, touched)) != NULL)
		tell_place(l, p, count, now_mono);
}

/* The loop was held up for so long that the ring has gone round. Everybody comes again, and
 * learns then that something is missing (V2). */
static void tell_lost(struct live_loop *l)
{
	l->at = feed_head(l->live->feed);
	hub_end_all(l, "Changes were missed.");
}

void tell_task(struct http_task *task, void *context)
{
	struct live_loop *l = CONTAINER(task, struct live_loop, task);

	(void)context;
	atomic_store(&l->posted, false);
	for (int i = 0; i < ROUNDS; i++) {
		if (atomic_load(&l->count) == 0) /* at the end of the server there is no feed either */
			return;
		int count = feed_read(l->live->feed, &l->at, NULL, l->events, EVENTS_AT_ONCE);
		if (count == FEED_LOST)
			tell_lost(l);
		else
			tell_all(l, count);
		if (count < EVENTS_AT_ONCE)
			return;
	}
	live_grew(l->live);
}

/* ---- who comes later */

bool tell_resumes(struct live_loop *l, const struct watch *watch)
{
	struct feed_position at = watch->at;
	int count = feed_read(l->live->feed, &at, &watch->filter, l->missed, EVENTS_RESUME_MAX + 1);

	return count != FEED_LOST && count <= EVENTS_RESUME_MAX;
}

static int missed(struct live_loop *l, const struct watcher *w, struct feed_position at)
{
	int count = feed_read(l->live->feed, &at, &w->filter, l->missed, EVENTS_RESUME_MAX + 1);

	/* What the loop has not read yet comes with it. */
	while (count > 0 && l->missed[count - 1].number > l->at.number)
		count--;
	return count > EVENTS_RESUME_MAX ? FEED_LOST : count;
}

bool tell_missed(struct live_loop *l, struct watcher *w, struct feed_position at)
{
	int count = missed(l, w, at);

	must(w->waits == NULL);
	if (count == FEED_LOST) {
		hub_end(l, w, "Changes were missed.");
		return false;
	}
	buf_clear(&l->missed_text);
	for (int i = 0; i < count; i++)
		text_event_sse(&l->missed_text, &l->scratch, &l->missed[i], l->at.start);
	tell_count(l, count);
	return count == 0 || tell_bytes(l, w, buf_str(&l->missed_text));
}
