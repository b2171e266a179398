/* hub.c - the watchers of each HTTP loop: found, added, kept alive, ended.
 *
 *     hub_stream, hub_wait --> watcher --its client leaves, reads too slowly, loses its right,
 *                                 |      the server stops--> freed
 *                                 '--a page: an event, or its time is up--> answered, freed */
#include "api/live/hub.h"

#include "api/auth.h"
#include "api/live/look.h"
#include "api/rest/rest.h"
#include "api/state.h"
#include "base/limits.h"

#define GROUPS_WANTED_MS (10 * MINUTE_MS)

/* ---- begin and end */

static void end_task(struct http_task *task, void *context)
{
	(void)context;
	hub_end_all(CONTAINER(task, struct live_loop, end_task), "The server stops.");
}

struct live *live_open(struct api *api)
{
	size_t count = (size_t)api->loop_count;
	struct live *live = mem_get(sizeof *live + count * sizeof *live->loops);

	live->api = api;
	live->feed = api->config.feed;
	live->loop_count = api->loop_count;
	for (int i = 0; i < live->loop_count; i++) {
		struct live_loop *l = &live->loops[i];
		l->live = live;
		l->number = i;
		l->task.run = tell_task;
		l->end_task.run = end_task;
		list_init(&l->watchers);
		list_init(&l->touched);
	}
	return live;
}

struct live *live_close(struct live *live)
{
	if (live == NULL)
		return NULL;
	for (int i = 0; i < live->loop_count; i++) {
		struct live_loop *l = &live->loops[i];
		must(list_empty(&l->watchers)); /* their connections have ended before */
		names_free(&l->places);
		map_free(&l->by_conn);
		heap_free(&l->due);
		buf_free(&l->texts);
		buf_free(&l->piece);
		buf_free(&l->missed_text);
		buf_free(&l->scratch);
	}
	return mem_free(live);
}

static void post(struct live_loop *l, struct http_task *task)
{
	struct list tasks;

	list_init(&tasks);
	list_add_last(&tasks, &task->node);
	http_post(*l->live->api->config.http, l->number, &tasks);
}

void live_grew(struct live *live)
{
	for (int i = 0; i < live->loop_count; i++) {
		struct live_loop *l = &live->loops[i];
		/* At most one is under way; it reads all there is. Who begins to watch after this look
		 * has read the feed after it too. */
		if (atomic_load(&l->count) > 0 && !atomic_exchange(&l->posted, true))
			post(l, &l->task);
	}
}

void live_drain(struct live *live)
{
	if (atomic_exchange(&live->stopping, true))
		return;
	for (int i = 0; i < live->loop_count; i++)
		post(&live->loops[i], &live->loops[i].end_task);
}

struct live_figures live_figures(const struct live *live)
{
	struct live_figures f = { .watchers = atomic_load(&live->count) };

	for (int i = 0; i < live->loop_count; i++) {
		f.told += atomic_load_explicit(&live->loops[i].told, memory_order_relaxed);
		f.cut += atomic_load_explicit(&live->loops[i].cut, memory_order_relaxed);
	}
	return f;
}

/* ---- who may */

bool hub_may(struct live_loop *l, const struct caller *who, struct str queue)
{
	struct api *api = l->live->api;
	struct grant scratch;

	if (!api->config.auth)
		return true;
	const struct grant *grant = api_grant_now(api, l->number, who, &scratch);
	return grant_allows(grant, S("ringi"), S("WatchEvents"), queue, 0).allowed;
}

struct caller hub_caller(const struct watcher *w)
{
	return (struct caller){
		.key_id = w->key_id_len == 0 ? S_NONE : (struct str){ w->key_id, w->key_id_len },
		.principal = { w->person, w->person_len },
		.person = w->person_len > 0,
		.session = w->session_len == 0 ? S_NONE : (struct str){ w->session, w->session_len },
	};
}

static bool still_may(struct live_loop *l, const struct watcher *w)
{
	struct str queue = { w->key_queue, w->key_queue_len };
	struct caller who = hub_caller(w);

	return hub_may(l, &who, queue.len == 0 ? S_NONE : queue);
}

/* ---- places: where the watchers of something are found (V3) */

static struct str place_name(char bytes[1 + QUEUE_NAME_MAX], const struct feed_filter *f)
{
	const struct uuid *id = f->job != NULL ? f->job : f->group;
	struct str queue = f->queue;

	if (f->about == FEED_INBOX)
		id = f->holders;
	if (id != NULL) {
		bytes[0] = f->about == FEED_INBOX      ? 'h'
		           : f->about == FEED_APPROVAL ? 'a'
		           : f->job != NULL            ? 'j'
		                                       : 'g';
		memcpy(bytes + 1, id->bytes, sizeof id->bytes);
		return (struct str){ bytes, 1 + sizeof id->bytes };
	}
	must(queue.len <= QUEUE_NAME_MAX);
	bytes[0] = str_given(queue) ? 'q' : '*';
	if (queue.len > 0)
		memcpy(bytes + 1, queue.at, queue.len);
	return (struct str){ bytes, 1 + queue.len };
}

struct watch_place *hub_place(struct live_loop *l, const struct feed_filter *f)
{
	char bytes[1 + QUEUE_NAME_MAX];

	return names_find(&l->places, place_name(bytes, f));
}

static struct watch_place *place_made(struct live_loop *l, const struct feed_filter *f)
{
	struct watch_place *p = hub_place(l, f);

	if (p != NULL)
		return p;
	p = mem_get(sizeof *p);
	p->name = place_name(p->bytes, f);
	list_init(&p->watchers);
	names_put(&l->places, p->name, p);
	return p;
}

/* ---- added and removed */

static uint64_t conn_key(struct conn_name c)
{
	return (uint64_t)c.generation << 32 | c.slot;
}

struct live_loop *hub_loop(const struct api_call *call)
{
	return &call->api->live->loops[call->c->reply_to.loop];
}

bool hub_room(struct api_call *call)
{
	if (atomic_load(&call->api->live->count) < call->api->config.watchers_max)
		return true;
	(void)refuse(call->c, REFUSED_THROTTLED,
	             "There are %d watchers already. Try again when some have left.",
	             call->api->config.watchers_max);
	return false;
}

static int64_t mono_ms(const struct live_loop *l)
{
	return l->live->api->config.now().mono_ms;
}

static void keep_text(char *to, uint8_t *len, size_t max, struct str from)
{
	must(from.len <= max);
	if (from.len > 0)
		memcpy(to, from.at, from.len);
	*len = (uint8_t)from.len;
}

static struct watcher *watcher_new(struct live_loop *l, const struct api_call *call)
{
	const struct watch *watch = watch_of(call);
	const struct cmd *c = call->c;
	struct watcher *w = mem_get(sizeof *w);

	w->conn = (struct conn_name){ c->reply_to.loop, c->reply_to.slot, c->reply_to.generation };
	w->filter.kinds = watch->filter.kinds;
	w->job = watch->job;
	if (watch->filter.job != NULL)
		w->filter.job = &w->job;
	w->group = watch->group;
	if (watch->filter.group != NULL)
		w->filter.group = &w->group;
	keep_text(w->queue, &w->queue_len, sizeof w->queue, watch->filter.queue);
	if (str_given(watch->filter.queue))
		w->filter.queue = (struct str){ w->queue, w->queue_len };
	keep_text(w->key_queue, &w->key_queue_len, sizeof w->key_queue, watch->key_queue);
	keep_text(w->key_id, &w->key_id_len, sizeof w->key_id, c->caller.key_id);
	if (c->caller.person && l->live->api->config.auth)
		keep_text(w->person, &w->person_len, sizeof w->person, c->caller.principal);
	keep_text(w->session, &w->session_len, sizeof w->session, c->caller.session);
	w->links = &w->own;
	return w;
}

void hub_link(struct live_loop *l, struct watch_link *link, struct watcher *w,
              const struct feed_filter *f)
{
	link->watcher = w;
	link->place = place_made(l, f);
	list_add_last(&link->place->watchers, &link->node);
}

/* A place that is being told may have more watchers than its list shows: tell.c looks. */
static void leave_place(struct live_loop *l, struct watch_place *p)
{
	if (!list_empty(&p->watchers) || node_linked(&p->touched))
		return;
	names_take(&l->places, p->name);
	mem_free(p);
}

void hub_unlink(struct live_loop *l, struct watcher *w)
{
	for (int i = 0; i < w->link_count; i++) {
		node_take(&w->links[i].node);
		leave_place(l, w->links[i].place);
	}
	w->link_count = 0;
}

struct watcher *hub_find(struct live_loop *l, struct conn_name conn)
{
	return map_find(&l->by_conn, conn_key(conn));
}

struct watcher *hub_add(struct live_loop *l, const struct api_call *call)
{
	struct watcher *w = watcher_new(l, call);

	atomic_fetch_add(&l->live->count, 1);
	if (atomic_fetch_add(&l->count, 1) == 0)
		l->at = feed_head(l->live->feed);
	l->of_groups += w->filter.group != NULL;
	w->from = l->at.number;
	list_add_last(&l->watchers, &w->all);
	map_put(&l->by_conn, conn_key(w->conn), w);
	w->told_mono = mono_ms(l);
	return w;
}

/* One of jobs: it is in one place. */
static struct watcher *add(struct live_loop *l, const struct api_call *call)
{
	struct watcher *w = hub_add(l, call);

	hub_link(l, &w->own, w, &w->filter);
	w->link_count = 1;
	return w;
}

void hub_remove(struct live_loop *l, struct watcher *w)
{
	must(map_take(&l->by_conn, conn_key(w->conn)) == w);
	hub_unlink(l, w);
	node_take(&w->all);
	heap_take(&l->due, &w->due);
	l->of_groups -= w->filter.group != NULL;
	atomic_fetch_sub(&l->count, 1);
	atomic_fetch_sub(&l->live->count, 1);
	if (w->links != &w->own)
		mem_free(w->links);
	look_free(w->look);
	mem_free(w);
}

/* ---- begun */

/* For as long as somebody watches a group, and for whoever comes back in a while. */
void hub_want_groups(struct live_loop *l)
{
	feed_want_groups(l->live->feed, mono_ms(l) + GROUPS_WANTED_MS);
}

static void answer_wait(struct live_loop *l, struct watcher *w)
{
	struct cmd *c = w->waits;

	hub_remove(l, w);
	watch_of(api_call_of(c))->waited = true;
	api_finish(l->live->api, c);
}

bool hub_something(const struct api_call *call)
{
	const struct watch *watch = watch_of(call);
	struct feed_position at = watch->at;
	struct feed_event one;

	return feed_read(call->api->live->feed, &at, &watch->filter, &one, 1) != 0;
}

/* Those that came together are not due together. */
void hub_beat(struct live_loop *l, struct watcher *w)
{
	int64_t apart = EVENTS_HEARTBEAT_MS / 2;

	apart += (int64_t)rng_below(&l->live->api->loops[l->number].rng, (uint64_t)apart);
	heap_put(&l->due, &w->due, w->told_mono + apart, 0);
}

void hub_stream(struct api_call *call)
{
	struct live_loop *l = hub_loop(call);
	struct watcher *w = add(l, call);

	hub_beat(l, w);
	tell_missed(l, w, watch_of(call)->at);
}

void hub_wait(struct api_call *call)
{
	struct live_loop *l = hub_loop(call);
	struct watcher *w = add(l, call);

	w->waits = call->c;
	heap_put(&l->due, &w->due, w->told_mono + watch_of(call)->wait_ms, 0);
	if (hub_something(call)) /* it came while nobody looked */
		answer_wait(l, w);
}

/* ---- ended */

void hub_end(struct live_loop *l, struct watcher *w, const char *why)
{
	struct http_server *http = *l->live->api->config.http;
	struct conn_name conn = w->conn;
	struct buf bye = { 0 };

	if (w->waits != NULL) {
		answer_wait(l, w);
		return;
	}
	text_bye_sse(&bye, why);
	hub_remove(l, w);
	if (http_stream_piece(http, conn, buf_str(&bye)))
		(void)http_stream_end(http, conn);
	buf_free(&bye);
}

void hub_end_all(struct live_loop *l, const char *why)
{
	while (!list_empty(&l->watchers))
		hub_end(l, CONTAINER(l->watchers.head.next, struct watcher, all), why);
}

bool live_gone(struct live *live, struct conn_name conn)
{
	struct live_loop *l = &live->loops[conn.loop];
	struct watcher *w = map_find(&l->by_conn, conn_key(conn));

	if (w == NULL)
		return false;
	struct cmd *c = w->waits;
	hub_remove(l, w);
	cmd_free(c);
	return true;
}

/* ---- time */

const char hub_no_right[] = "The caller may not watch this any more.";

static void due(struct live_loop *l, struct watcher *w, int64_t now_mono)
{
	struct buf *b = &l->piece;

	if (w->filter.group != NULL)
		hub_want_groups(l);
	if (w->waits != NULL) {
		answer_wait(l, w);
	} else if (w->look != NULL) {
		heap_put(&l->due, &w->due, now_mono + EVENTS_HEARTBEAT_MS, 0);
		look_beat(l, w);
	} else if (!still_may(l, w)) {
		hub_end(l, w, hub_no_right);
	} else if (w->told_mono + EVENTS_HEARTBEAT_MS / 2 > now_mono) {
		heap_put(&l->due, &w->due, w->told_mono + EVENTS_HEARTBEAT_MS, 0);
	} else {
		/* Its position moves on, although nothing was told: else a quiet stream could not be
		 * resumed after so many changes of others. */
		heap_put(&l->due, &w->due, now_mono + EVENTS_HEARTBEAT_MS, 0);
		buf_clear(b);
		text_position_sse(b, l->at);
		(void)tell_bytes(l, w, buf_str(b));
	}
}

/* The keys have changed: not only at the next heartbeat. */
static void look_at_rights(struct live_loop *l)
{
	struct api *api = l->live->api;
	struct list all;
	struct watcher *w;

	(void)keyring_now(api->keys, &api->loops[l->number].keyring);
	if (api->loops[l->number].keyring.version == l->keys_version)
		return;
	l->keys_version = api->loops[l->number].keyring.version;
	list_init(&all);
	list_move_all(&all, &l->watchers);
	while ((w = LIST_TAKE(&all, struct watcher, all)) != NULL) {
		list_add_last(&l->watchers, &w->all);
		if (w->look != NULL)
			look_start(l, w);
		else if (!still_may(l, w))
			hub_end(l, w, hub_no_right);
	}
}

void live_tick(struct live *live, int loop)
{
	struct live_loop *l = &live->loops[loop];
	struct heap_entry *first;

	if (atomic_load(&l->count) == 0)
		return;
	if (live->api->config.auth)
		look_at_rights(l);
	int64_t now_mono = mono_ms(l);
	while ((first = heap_first(&l->due)) != NULL && first->key <= now_mono)
		due(l, CONTAINER(first, struct watcher, due), now_mono);
}
