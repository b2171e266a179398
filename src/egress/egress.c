/* egress.c - the thread that calls out: its loop, its places, its commands. */
#include "egress/egress.h"

#include <stdatomic.h>
#include <stdio.h>

#include "base/log.h"
#include "egress/call.h"
#include "egress/wheel.h"
#include "engine/submit.h"
#include "os/os.h"

enum {
	SUBMIT_AGAIN_MS = 100, /* the engine's inbox was full */
	FAULT_AGAIN_MS = 1000, /* the engine could not do it */
};

struct egress {
	struct egress_config config;
	struct os_thread *thread;
	uv_loop_t loop;
	uv_async_t wake;
	uv_timer_t take_timer, submit_timer;
	struct wheel wheel;              /* curl on this loop */
	struct list calls;               /* struct call.node: resolving or calling */
	struct list held;                /* struct call.node: their host has enough under way */
	struct list unsent;              /* struct cmd.node: reports that the inbox had no room for */
	int count;                       /* of calls and held */
	bool taking, again, more, ended; /* again: woken while it was taking */
	uint64_t take_at;                /* of take_timer; 0: not set */

	uv_mutex_t mutex;    /* of what follows */
	struct list answers; /* struct cmd.node */
	bool woken, stop;

	_Atomic int64_t called, done, failed, final, under_way;
};

uv_loop_t *egress_loop(struct egress *e)
{
	return &e->loop;
}

bool egress_private(const struct egress *e)
{
	return e->config.private_webhooks;
}

/* ---- commands */

static void send_all(struct egress *e)
{
	while (!list_empty(&e->unsent)) {
		struct cmd *c = LIST_TAKE(&e->unsent, struct cmd, node);
		if (!submit(e->config.engine, &c)) {
			list_add_first(&e->unsent, &c->node);
			return;
		}
	}
}

static void on_submit_timer(uv_timer_t *timer)
{
	struct egress *e = timer->data;

	send_all(e);
	if (list_empty(&e->unsent))
		uv_timer_stop(timer);
}

static void send_command(struct egress *e, struct cmd *c)
{
	c->reply_to.loop = e->config.loop;
	list_add_last(&e->unsent, &c->node);
	send_all(e);
	if (!list_empty(&e->unsent))
		uv_timer_start(&e->submit_timer, on_submit_timer, SUBMIT_AGAIN_MS, SUBMIT_AGAIN_MS);
}

/* ---- taking */

static bool same_host(const struct call *a, const struct call *b)
{
	return a->port == b->port && str_eq_nocase(a->host, b->host);
}

/* Owners whose calls wait for a place already. */
static void name_full_owners(struct egress *e, struct outbox_take *in, struct arena *a)
{
	LIST_EACH (&e->held, struct call, node, c) {
		bool named = in->full_count == OUTBOX_FULL_MAX;
		for (int i = 0; i < in->full_count; i++)
			named = named || str_eq(in->full[i], c->row.owner);
		if (!named)
			in->full[in->full_count++] = arena_str(a, c->row.owner);
	}
}

static void take(struct egress *e)
{
	int room = EGRESS_CALLS_MAX - e->count;

	/* What is taken now may be older than what we were woken for. */
	e->again = e->taking;
	e->more = e->more || room <= 0; /* when a place is free */
	if (e->taking || e->ended || room <= 0)
		return;
	struct cmd *c = cmd_new(&op_outbox_take);
	struct outbox_take *in = ARENA_NEW(c->arena, struct outbox_take);
	c->in = in;
	in->max = room < OUTBOX_TAKE_MAX ? room : OUTBOX_TAKE_MAX;
	name_full_owners(e, in, c->arena);
	e->taking = true;
	send_command(e, c);
}

static void on_take_timer(uv_timer_t *timer)
{
	struct egress *e = timer->data;

	e->take_at = 0;
	take(e);
}

/* Takes again in so many milliseconds, or earlier if that was planned. */
static void plan_take(struct egress *e, int64_t ms)
{
	if (e->ended || ms == NEVER)
		return;
	uint64_t at = uv_now(&e->loop) + (uint64_t)(ms < 1 ? 1 : ms > HOUR_MS ? HOUR_MS : ms);
	if (e->take_at != 0 && e->take_at <= at)
		return;
	e->take_at = at;
	uv_timer_start(&e->take_timer, on_take_timer, at - uv_now(&e->loop), 0);
}

/* ---- calls */

void egress_perform(struct egress *e, struct call *c)
{
	wheel_add(&e->wheel, c->easy);
}

static int calls_to_host_of(const struct egress *e, const struct call *c)
{
	int n = 0;

	LIST_EACH (&e->calls, struct call, node, other)
		n += same_host(other, c);
	return n;
}

static void start_or_hold(struct egress *e, struct call *c)
{
	bool full = calls_to_host_of(e, c) >= EGRESS_OWNER_CALLS_MAX;

	list_add_last(full ? &e->held : &e->calls, &c->node);
	if (!full)
		call_start(c);
}

/* A place has become free. */
static void start_held(struct egress *e)
{
	LIST_EACH (&e->held, struct call, node, c)
		if (calls_to_host_of(e, c) < EGRESS_OWNER_CALLS_MAX) {
			node_take(&c->node);
			list_add_last(&e->calls, &c->node);
			call_start(c);
			return;
		}
}

static void report(struct egress *e, const struct call *c, enum outbox_result result)
{
	struct cmd *command = cmd_new(&op_outbox_done);
	struct outbox_done *in = ARENA_NEW(command->arena, struct outbox_done);

	*in = (struct outbox_done){ .id = c->row.id, .lease = c->row.lease, .result = result };
	command->in = in;
	send_command(e, command);
}

static void count_end(struct egress *e, enum outbox_result result)
{
	atomic_fetch_add(&e->called, 1);
	atomic_fetch_add(result == OUTBOX_DONE     ? &e->done
	                 : result == OUTBOX_FAILED ? &e->failed
	                                           : &e->final,
	                 1);
}

void call_ended(struct call *c, enum outbox_result result, const char *why)
{
	struct egress *e = c->egress;

	if (result != OUTBOX_DONE)
		log_line(LOG_WARN, "egress", "delivery failed",
		         "kind=%.*s owner=%.*s host=%.*s attempt=%d why=\"%s\" next=%s", S_ARG(c->row.kind),
		         S_ARG(c->row.owner), S_ARG(c->host), c->row.attempts + 1, why,
		         result == OUTBOX_FAILED ? "retry" : "give-up");
	count_end(e, result);
	report(e, c, result);
	node_take(&c->node);
	e->count--;
	atomic_store(&e->under_way, e->count);
	if (c->easy != NULL)
		wheel_remove(&e->wheel, c->easy);
	call_free(c);
	start_held(e);
	if (e->more)
		plan_take(e, 0);
}

static void on_done(void *context, CURL *easy, CURLcode code)
{
	void *call = NULL;

	(void)context;
	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&call);
	call_finished(call, code);
}

static struct outbox_row copy_row(struct arena *a, const struct outbox_row *row)
{
	struct outbox_row copy = *row;

	copy.kind = arena_str(a, row->kind);
	copy.owner = arena_str(a, row->owner);
	copy.url = arena_str(a, row->url);
	copy.payload = arena_str(a, row->payload);
	return copy;
}

static void begin(struct egress *e, const struct outbox_row *row)
{
	struct arena *a = arena_open();
	struct call *c = ARENA_NEW(a, struct call);

	c->egress = e;
	c->arena = a;
	c->row = copy_row(a, row);
	node_init(&c->node);
	e->count++;
	atomic_store(&e->under_way, e->count);
	const struct outbox_kind *kind = outbox_kind(c->row.kind);
	if (kind == NULL || !kind->render(a, &c->row, e->config.signer, &c->what)) {
		call_ended(c, OUTBOX_FINAL, "the row is not understood");
		return;
	}
	if (!call_aim(c)) {
		call_ended(c, OUTBOX_FINAL, "the URL may not be called");
		return;
	}
	start_or_hold(e, c);
}

/* ---- answers */

static void taken(struct egress *e, const struct cmd *c)
{
	const struct outbox_take *in = c->in;

	e->taking = false;
	if (c->fault != OK || cmd_refused(c)) {
		plan_take(e, FAULT_AGAIN_MS);
		return;
	}
	/* Rows of owners that were left out are due all the time: look again when a place is free. */
	e->more = in->wait_ms == 0 || in->full_count > 0;
	if (e->again)
		plan_take(e, 0);
	e->again = false;
	for (int i = 0; i < in->count && !e->ended; i++)
		begin(e, &in->rows[i]);
	if (in->wait_ms > 0 || e->count < EGRESS_CALLS_MAX)
		plan_take(e, in->wait_ms);
}

/* After a fault the row's lease ends by itself, and it is called again (O2). */
static void reported(struct egress *e, const struct cmd *c)
{
	const struct outbox_done *in = c->in;

	plan_take(e, c->fault != OK ? OUTBOX_LEASE_MS : in->wait_ms);
}

static void answered(struct egress *e, struct cmd *c)
{
	if (c->op == &op_outbox_take)
		taken(e, c);
	else
		reported(e, c);
	cmd_free(c);
}

/* ---- the thread */

static void end_all(struct egress *e)
{
	struct list *lists[] = { &e->calls, &e->held };

	e->ended = true;
	for (int i = 0; i < 2; i++)
		while (!list_empty(lists[i])) {
			struct call *c = LIST_TAKE(lists[i], struct call, node);
			if (c->easy != NULL)
				wheel_remove(&e->wheel, c->easy);
			call_free(c);
		}
	while (!list_empty(&e->unsent))
		cmd_free(LIST_TAKE(&e->unsent, struct cmd, node));
	wheel_close(&e->wheel);
	uv_close((uv_handle_t *)&e->take_timer, NULL);
	uv_close((uv_handle_t *)&e->submit_timer, NULL);
	uv_close((uv_handle_t *)&e->wake, NULL);
}

static void on_wake(uv_async_t *async)
{
	struct egress *e = async->data;
	struct list answers;

	list_init(&answers);
	uv_mutex_lock(&e->mutex);
	list_move_all(&answers, &e->answers);
	bool woken = e->woken, stop = e->stop;
	e->woken = false;
	uv_mutex_unlock(&e->mutex);
	while (!list_empty(&answers))
		answered(e, LIST_TAKE(&answers, struct cmd, node));
	if (stop && !e->ended)
		end_all(e);
	else if (woken)
		plan_take(e, 0);
}

static void run(void *context)
{
	struct egress *e = context;

	plan_take(e, 0);
	uv_run(&e->loop, UV_RUN_DEFAULT);
}

/* Everything that needs the lock, and the loop that watches the other end of it. */
static void tell(struct egress *e, struct list *answers, bool stop)
{
	uv_mutex_lock(&e->mutex);
	if (answers != NULL)
		list_move_all(&e->answers, answers);
	else
		e->woken = true;
	bool gone = e->stop; /* its thread may have ended: nobody to wake */
	e->stop = e->stop || stop;
	if (!gone)
		uv_async_send(&e->wake);
	uv_mutex_unlock(&e->mutex);
}

void egress_wake(struct egress *e)
{
	tell(e, NULL, false);
}

void egress_answer(struct egress *e, struct list *commands)
{
	tell(e, commands, false);
}

struct egress *egress_open(const struct egress_config *config, char why[256])
{
	struct egress *e = mem_get(sizeof *e);

	e->config = *config;
	list_init(&e->calls);
	list_init(&e->held);
	list_init(&e->unsent);
	list_init(&e->answers);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || uv_loop_init(&e->loop) != 0) {
		(void)snprintf(why, 256, "Calls to the outside cannot be set up.");
		return mem_free(e);
	}
	must(uv_mutex_init(&e->mutex) == 0);
	must(uv_async_init(&e->loop, &e->wake, on_wake) == 0);
	must(uv_timer_init(&e->loop, &e->take_timer) == 0 &&
	     uv_timer_init(&e->loop, &e->submit_timer) == 0);
	e->wake.data = e->take_timer.data = e->submit_timer.data = e;
	wheel_open(&e->wheel, &e->loop, on_done, e);
	return e;
}

void egress_start(struct egress *e)
{
	e->thread = os_thread_start("egress", run, e);
}

void egress_stop(struct egress *e)
{
	if (e == NULL || e->thread == NULL)
		return;
	tell(e, NULL, true);
	os_thread_join(e->thread);
	e->thread = NULL;
}

struct egress *egress_close(struct egress *e)
{
	if (e == NULL)
		return NULL;
	egress_stop(e);
	while (!list_empty(&e->answers))
		cmd_free(LIST_TAKE(&e->answers, struct cmd, node));
	must(uv_loop_close(&e->loop) == 0);
	uv_mutex_destroy(&e->mutex);
	curl_global_cleanup();
	return mem_free(e);
}

struct egress_figures egress_figures(struct egress *e)
{
	return (struct egress_figures){ .called = atomic_load(&e->called),
		                            .done = atomic_load(&e->done),
		                            .failed = atomic_load(&e->failed),
		                            .final = atomic_load(&e->final),
		                            .under_way = atomic_load(&e->under_way) };
}
