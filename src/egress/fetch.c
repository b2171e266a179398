/* fetch.c - documents of others, asked for by the front door (http/fetch.h).
 *
 *     egress_fetch --(its thread)--> resolve, guard, GET or POST --> ended
 *
 * The rules of all calls hold (E1 of egress.h). FETCHES_MAX at most are under way; each takes
 * FETCH_CALL_MS at most. What is under way when the server stops is ended as stopped. */
#include "base/limits.h"
#include "egress/call.h"
#include "egress/fetch.h"

/* A call, and whose fetch it is. */
struct fetching {
	struct call *call;
	struct http_fetch *fetch;
	struct fetches *of;
	struct buf body;
};

static void finish(struct fetching *f)
{
	struct http_fetch *fetch = f->fetch;

	buf_free(&f->body);
	atomic_fetch_sub(&f->of->count, 1);
	fetch->ended(fetch); /* not ours any more */
}

static void ended(struct call *c, enum call_end end, const char *why)
{
	struct fetching *f = c->context;
	struct http_fetch *fetch = f->fetch;

	node_take(&c->node);
	if (end == CALL_ANSWERED && !f->body.failed) {
		fetch->status = (int)c->status;
		fetch->body = arena_str(fetch->arena, buf_str(&f->body));
	}
	fetch->why = arena_str(fetch->arena, str_of(why));
	finish(f);
}

static void add_headers(struct call *c, const struct http_fetch *fetch)
{
	struct str *headers = ARENA_ARRAY(c->arena, struct str, 3);
	int count = 0;

	headers[count++] = S("Accept: application/json");
	headers[count++] = S("User-Agent: ringi/" RINGI_VERSION);
	if (str_given(fetch->authorization))
		headers[count++] = arena_printf(c->arena, "Authorization: %.*s",
		                                S_ARG(fetch->authorization));
	c->what = (struct outbox_call){ .url = arena_str(c->arena, fetch->url),
		                            .headers = headers,
		                            .header_count = count,
		                            .body = arena_str(c->arena, fetch->form) };
}

static void start(struct fetches *all, struct http_fetch *fetch)
{
	struct call *c = call_new(all->egress, NULL);
	struct fetching *f = ARENA_NEW(c->arena, struct fetching);

	*f = (struct fetching){ .call = c, .fetch = fetch, .of = all };
	c->context = f;
	c->ended = ended;
	c->time_ms = FETCH_CALL_MS;
	c->private_too = fetch->private_too;
	c->get = !str_given(fetch->form);
	c->answer_max = fetch->max;
	c->body = &f->body;
	add_headers(c, fetch);
	list_add_last(&all->calls, &c->node);
	if (call_aim(c))
		call_start(c);
	else
		call_ended(c, CALL_FORBIDDEN, "the address may not be called");
}

void fetches_open(struct fetches *all, struct egress *e)
{
	all->egress = e;
	list_init(&all->calls);
}

void fetches_start(struct fetches *all, struct list *fetches)
{
	while (!list_empty(fetches))
		start(all, LIST_TAKE(fetches, struct http_fetch, node));
}

bool fetches_room(struct fetches *all)
{
	int64_t count = atomic_load(&all->count);

	while (count < FETCHES_MAX)
		if (atomic_compare_exchange_weak(&all->count, &count, count + 1))
			return true;
	return false;
}

void fetches_close(struct fetches *all)
{
	while (!list_empty(&all->calls)) {
		struct call *c = LIST_TAKE(&all->calls, struct call, node);
		struct fetching *f = c->context;
		f->fetch->stopped = true;
		finish(f);
		call_drop(c);
	}
}
