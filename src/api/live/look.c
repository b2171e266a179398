/* look.c - reads for those who watch an approval or an inbox. K1 to K3: look.h. */
#include "api/live/look.h"

#include <stdlib.h>

#include "api/auth.h"
#include "api/state.h"
#include "engine/submit.h"

enum { LATER_MS = 200 }; /* the readers have too much to do */

static int64_t mono_ms(const struct live_loop *l)
{
	return l->live->api->config.now().mono_ms;
}

/* ---- whose */

/* The texts lie behind the struct. */
static struct look *look_new(const struct api_call *call, struct str behalf)
{
	struct str principal = call->c->caller.principal;
	size_t more = behalf.len;
	struct look *k = mem_get(sizeof *k + principal.len + more + 1);
	char *bytes = (char *)(k + 1);

	memcpy(bytes, principal.at, principal.len);
	k->principal = (struct str){ bytes, principal.len };
	k->person = call->c->caller.person;
	k->behalf = S_NONE;
	if (more > 0) {
		memcpy(bytes + principal.len, behalf.at, more);
		k->behalf = (struct str){ bytes + principal.len, more };
	}
	return k;
}

void look_free(struct look *k)
{
	mem_free(k); /* what is under way is freed when it comes back: it finds nobody */
}

/* ---- what is read */

static void ask_approval(struct cmd *c, const struct look *k)
{
	struct approval_watch *in = ARENA_NEW(c->arena, struct approval_watch);

	in->id = k->approval;
	in->after = k->told;
	c->in = in;
}

static void ask_inbox(struct cmd *c, const struct look *k)
{
	struct inbox_watch *in = ARENA_NEW(c->arena, struct inbox_watch);
	struct uuid *touched = ARENA_ARRAY(c->arena, struct uuid, k->touched_count + 1);

	memcpy(touched, k->touched, sizeof *touched * (size_t)k->touched_count);
	in->page = (struct approval_inbox){ .behalf = str_given(k->behalf)
		                                              ? arena_str(c->arena, k->behalf)
		                                              : S_NONE,
		                                .own = k->own,
		                                .order = k->order,
		                                .max = k->max };
	in->whole = k->whole;
	in->touched = touched;
	in->touched_count = k->touched_count;
	in->known = k->who;
	c->in = in;
}

static void keep_caller(struct cmd *c, const struct watcher *w)
{
	struct caller who = hub_caller(w);

	c->caller.principal = arena_str(c->arena, w->look->principal);
	c->caller.person = w->look->person;
	c->caller.key_id = arena_str(c->arena, who.key_id);
	c->caller.session = arena_str(c->arena, who.session);
}

/* K1: what they may now. False: nothing of this. */
static bool lend_rights(struct live_loop *l, struct cmd *c, const struct look *k)
{
	struct api *api = l->live->api;
	struct grant scratch;

	if (!api->config.auth)
		return true;
	const struct grant *grant = api_grant_now(api, l->number, &c->caller, &scratch);
	if (grant == NULL)
		return false;
	if (k->inbox &&
	    !grant_allows(grant, S("ringi"), S("GetInbox"), k->principal, k->person ? FACT_OWN : 0)
	         .allowed)
		return false;
	c->grant = grant_copy(c->arena, grant); /* of an approval its rows tell */
	return true;
}

static struct cmd *new_look(struct live_loop *l, struct watcher *w)
{
	struct cmd *c = cmd_new(w->look->inbox ? &op_inbox_watch : &op_approval_watch);
	struct api_call *call = ARENA_NEW(c->arena, struct api_call);

	call->api = l->live->api;
	call->c = c;
	call->form = API_REST;
	call->looks = true;
	c->api = call;
	c->reply_to = (struct reply_to){ (int)w->conn.loop, w->conn.slot, w->conn.generation };
	keep_caller(c, w);
	if (w->look->inbox)
		ask_inbox(c, w->look);
	else
		ask_approval(c, w->look);
	return c;
}

void look_start(struct live_loop *l, struct watcher *w)
{
	struct look *k = w->look;

	k->again = k->under_way != NULL;
	if (k->again)
		return; /* K2 */
	struct cmd *c = new_look(l, w), *asked = c;
	if (!lend_rights(l, c, k)) {
		cmd_free(c);
		hub_end(l, w, hub_no_right);
		return;
	}
	k->under_way = c;
	if (!submit(l->live->api->config.engine, &asked)) {
		cmd_free(c);
		k->under_way = NULL;
		heap_put(&l->due, &w->due, mono_ms(l) + LATER_MS, 0);
		return;
	}
	k->at = l->at;
	k->touched_count = 0;
	k->whole = false;
}

void look_beat(struct live_loop *l, struct watcher *w)
{
	w->look->beat = true;
	w->look->whole = w->look->whole || w->look->more_holders;
	look_start(l, w);
}

/* ---- something has happened */

static void touch(struct look *k, const struct feed_event *e)
{
	static const struct uuid nobody = { 0 };

	if (!k->inbox || memcmp(&e->job, &nobody, sizeof nobody) == 0)
		return; /* each look asks who is asked now */
	for (int i = 0; i < k->touched_count; i++)
		if (memcmp(&k->touched[i], &e->job, sizeof e->job) == 0)
			return;
	if (k->touched_count == WATCH_TOUCHED_MAX)
		k->whole = true;
	else
		k->touched[k->touched_count++] = e->job;
}

void look_touch(struct live_loop *l, struct watcher *w, const struct feed_event *events, int count)
{
	bool some = false;

	for (int i = 0; i < count; i++)
		if (events[i].number > w->from && feed_fits(&w->filter, &events[i])) {
			touch(w->look, &events[i]);
			some = true;
		}
	if (count > 0 && events[count - 1].number > w->from)
		w->from = events[count - 1].number; /* it may be met again, in another of its places */
	if (some)
		look_start(l, w);
}

/* ---- places */

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

static void follow_inbox(struct live_loop *l, struct watcher *w, const struct inbox_watch *in)
{
	struct look *k = w->look;

	hub_unlink(l, w);
	if (w->links != &w->own)
		mem_free(w->links);
	k->who = in->who;
	k->more_holders = in->holder_count > WATCH_HOLDERS_MAX;
	k->holder_count = k->more_holders ? WATCH_HOLDERS_MAX : in->holder_count;
	memcpy(k->holders, in->holders, sizeof *k->holders * (size_t)k->holder_count);
	qsort(k->holders, (size_t)k->holder_count, sizeof *k->holders, by_bytes);
	w->filter.about = FEED_INBOX;
	w->filter.holders = k->holders;
	w->filter.holder_count = k->holder_count;
	w->links = &w->own;
	if (k->holder_count > 1)
		w->links = mem_get(sizeof *w->links * (size_t)k->holder_count);
	for (int i = 0; i < k->holder_count; i++) {
		struct feed_filter one = { .about = FEED_INBOX, .holders = &k->holders[i] };
		hub_link(l, &w->links[i], w, &one);
	}
	w->link_count = k->holder_count;
}

/* ---- told */

static void write_news(struct live_loop *l, struct watcher *w, const struct cmd *c)
{
	struct look *k = w->look;
	const struct approval_watch *approval = c->in;
	const struct inbox_watch *inbox = c->in;

	buf_clear(&l->piece);
	if (k->inbox) {
		text_inbox_sse(&l->piece, inbox, k->at);
		if (memcmp(&inbox->who, &k->who, sizeof k->who) != 0)
			follow_inbox(l, w, inbox);
	} else {
		text_approval_sse(&l->piece, approval);
		k->told = approval->newest;
	}
	if (l->piece.len > 0)
		tell_count(l, 1);
	else if (k->beat && k->inbox)
		text_inbox_position_sse(&l->piece, k->at, &k->who);
	else if (k->beat)
		text_approval_position_sse(&l->piece, k->told);
	k->beat = false;
}

static bool look_told(struct live_loop *l, struct watcher *w, const struct cmd *c)
{
	if (c->fault != OK || cmd_refused(c)) {
		hub_end(l, w, c->fault != OK ? "It could not be read. Come again." : hub_no_right);
		return false;
	}
	write_news(l, w, c);
	if (l->piece.len == 0)
		return true;
	w->told_mono = mono_ms(l);
	return tell_bytes(l, w, buf_str(&l->piece));
}

void live_looked(struct live *live, struct cmd *c)
{
	struct conn_name conn = { c->reply_to.loop, c->reply_to.slot, c->reply_to.generation };
	struct live_loop *l = &live->loops[conn.loop];
	struct watcher *w = hub_find(l, conn);

	if (w != NULL && w->look != NULL && w->look->under_way == c) {
		w->look->under_way = NULL;
		if (look_told(l, w, c) && w->look->again)
			look_start(l, w);
	}
	cmd_free(c);
}

/* ---- begun */

/* What has come since its position was read, and that of a client who comes again. */
static void catch_up(struct live_loop *l, struct watcher *w, struct feed_position at)
{
	int count = feed_read(l->live->feed, &at, &w->filter, l->missed, EVENTS_RESUME_MAX + 1);

	if (count == FEED_LOST || count > EVENTS_RESUME_MAX) {
		w->look->whole = true;
		count = 0;
	}
	for (int i = 0; i < count; i++)
		touch(w->look, &l->missed[i]);
	if (count > 0 || w->look->whole)
		look_start(l, w);
}

static void take_inbox(struct live_loop *l, struct watcher *w, const struct inbox_watch *in,
                       const struct watch *watch)
{
	struct look *k = w->look;

	k->inbox = true;
	k->order = in->page.order;
	k->own = in->page.own;
	k->max = in->page.max;
	k->whole = in->holders_only && watch->reset;
	follow_inbox(l, w, in);
}

static void take_approval(struct live_loop *l, struct watcher *w, const struct approval_watch *in)
{
	w->look->approval = in->id;
	w->look->told = in->newest;
	w->job = in->id;
	w->filter = (struct feed_filter){ .about = FEED_APPROVAL, .job = &w->job };
	hub_link(l, &w->own, w, &w->filter);
	w->link_count = 1;
}

void look_begin(struct api_call *call, struct watch *watch)
{
	struct live_loop *l = hub_loop(call);
	struct watcher *w = hub_add(l, call);
	bool inbox = call->c->op == &op_inbox_watch;
	const struct inbox_watch *in = call->c->in;

	w->look = look_new(call, inbox ? in->page.behalf : S_NONE);
	if (inbox)
		take_inbox(l, w, in, watch);
	else
		take_approval(l, w, call->c->in);
	hub_beat(l, w);
	catch_up(l, w, watch->at);
}
