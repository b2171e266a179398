/* api.c - the life of a call.
 *
 *     api_handle   the request's arena becomes the command's; route; read; who; may they
 *         |        refused or LANE_LOCAL: answered at once
 *         v
 *     submit ... engine ... api_answer -> http_post -> finish on the loop's thread
 *
 * A1  Every request gets exactly one answer, and its command is freed right behind it; where one
 *     command follows another (a submit that waits), the first one before.
 * A2  Only the loop's own thread renders into its buffers, so they need no lock. (What is
 *     kept for an Idempotency-Key is rendered by the engine, into the command's memory.) */
#include "api/api.h"

#include "api/auth.h"
#include "api/aws.h"
#include "api/call.h"
#include "api/console.h"
#include "api/rest/rest.h"
#include "api/state.h"
#include "base/limits.h"
#include "domain/approval/approval.h"
#include "domain/clock.h"
#include "engine/submit.h"

enum { SCRATCH_KEEP = 256 * 1024 }; /* larger answer buffers are given back */

/* A call whose operation is not known yet, or never will be. */
static const struct op op_nothing = { .name = "Nothing", .lane = LANE_LOCAL };

/* From the engine's memory; on its thread, or before it has one. */
static struct keyring *new_keyring(struct api *api, const struct keys *keys,
                                   const struct accounts *accounts)
{
	uint8_t nonce[SEAL_NONCE_SIZE];

	api->config.random(nonce, sizeof nonce);
	return keyring_new(keys, accounts, api->config.master_key, nonce,
	                   api->keys == NULL ? NULL : keyring_newest(api->keys));
}

struct api *api_open(const struct api_config *config)
{
	struct api *api = mem_get(sizeof *api);
	uint8_t seed[32];

	must(config->loops > 0 && config->loops <= HTTP_LOOPS_MAX);
	api->config = *config;
	api->loop_count = config->loops;
	api->loops = mem_get(sizeof *api->loops * (size_t)config->loops);
	for (int i = 0; i < config->loops; i++) {
		config->random(seed, sizeof seed);
		rng_seed(&api->loops[i].rng, seed);
	}
	api->keys = keyring_place_open(new_keyring(api, config->keys, config->accounts));
	api->throttle = throttle_open();
	api->oidc = oidc_open(config->oidc, config->oidc_count, config->random);
	api->hasher = config->thread_start == NULL ? NULL : hasher_open(api);
	api->live = config->feed == NULL ? NULL : live_open(api);
	return api;
}

void api_close(struct api *api)
{
	if (api == NULL)
		return;
	live_close(api->live);
	hasher_close(api->hasher);
	throttle_close(api->throttle);
	oidc_close(api->oidc);
	for (int i = 0; i < api->loop_count; i++) {
		buf_free(&api->loops[i].body);
		buf_free(&api->loops[i].headers);
		keyring_loop_close(&api->loops[i].keyring);
	}
	keyring_place_close(api->keys);
	seal_wipe(api->config.master_key, sizeof api->config.master_key);
	mem_free(api->loops);
	mem_free(api);
}

void api_keys_changed(struct api *api, const struct keys *keys, const struct accounts *accounts)
{
	keyring_swap(api->keys, new_keyring(api, keys, accounts));
}

bool api_keys_open(const struct api *api)
{
	return keyring_opens(keyring_newest(api->keys), api->config.master_key);
}

void api_ready(struct api *api, bool ready)
{
	atomic_store(&api->ready, ready);
}

/* ---- answering */

static void scratch_clear(struct buf *b)
{
	if (b->cap > SCRATCH_KEEP)
		buf_free(b);
	buf_clear(b);
}

/* An answer that grew past memory is a fault like others. */
static struct api_answer_head write_answer(struct api_call *call, struct api_loop *loop)
{
	struct api_answer_head head;

	for (;;) {
		scratch_clear(&loop->body);
		scratch_clear(&loop->headers);
		buf_add(&loop->headers, S("x-amzn-RequestId: "));
		buf_add(&loop->headers, call->c->request_id);
		buf_add(&loop->headers, S("\r\n"));
		head = call->form == API_REST      ? rest_write(call, &loop->body, &loop->headers)
		       : call->form == API_CONSOLE ? console_write(call, &loop->body, &loop->headers)
		                                   : aws_write(call, &loop->body, &loop->headers);
		if ((!loop->body.failed && !loop->headers.failed) || call->c->fault != OK)
			return head;
		call->c->fault = ERR_LIMIT;
	}
}

/* What `wall clock` is here after a test has moved the engine's. */
static void follow_clock(struct api *api, const struct cmd *c)
{
	const struct clock_set *set = c->in;

	if (c->op == &op_clock_set && !cmd_refused(c) && c->fault == OK)
		atomic_store(&api->clock_ms, set->reset ? 0 : set->wall_ms);
}

int64_t api_wall_ms(struct api *api)
{
	int64_t set = atomic_load(&api->clock_ms);

	return set != 0 ? set : api->config.now().wall_ms;
}

/* Whether the route has taken the call. */
static bool begun(struct api_call *call)
{
	return call->form == API_REST && call->route != NULL && call->route->begin != NULL &&
	       !cmd_refused(call->c) && call->c->fault == OK && call->route->begin(call);
}

/* What a call has done by an earlier command is not denied because a later one came to nothing. */
static void answer_what_stands(struct api_call *call)
{
	if (call->form == API_REST && call->route != NULL && call->route->stands != NULL &&
	    (cmd_refused(call->c) || call->c->fault != OK))
		call->route->stands(call);
}

/* In the system: from the whole request to what is on disk and about to be answered. */
static void note_vote(struct api_loop *loop, const struct api *api, const struct api_call *call)
{
	if (call->c->op != &op_approval_vote || cmd_refused(call->c) || call->c->fault != OK)
		return;
	int64_t ms = api->config.now().mono_ms - call->started_mono_ns / (1000 * 1000);
	atomic_fetch_add_explicit(&loop->votes[hist_bucket(ms)], 1, memory_order_relaxed);
}

void api_finish(struct api *api, struct cmd *c)
{
	struct api_call *call = api_call_of(c);

	if (call->looks) { /* nobody asked: it is for those who watch */
		live_looked(api->live, c);
		return;
	}
	if (call->form == API_REST) {
		follow_clock(api, c);
		call->now_ms = api_wall_ms(api);
	}
	if (begun(call))
		return;
	answer_what_stands(call);
	struct conn_name conn = { c->reply_to.loop, c->reply_to.slot, c->reply_to.generation };
	struct api_loop *loop = &api->loops[conn.loop];
	struct api_answer_head head = write_answer(call, loop);

	note_vote(loop, api, call);
	atomic_fetch_add_explicit(&loop->calls, 1, memory_order_relaxed);
	if (cmd_refused(c))
		atomic_fetch_add_explicit(&loop->refused, 1, memory_order_relaxed);
	if (c->fault != OK)
		atomic_fetch_add_explicit(&loop->faults, 1, memory_order_relaxed);
	struct http_answer answer = {
		.status = head.status,
		.content_type = head.content_type,
		.headers = buf_str(&loop->headers),
		.body = buf_str(&loop->body),
	};
	(void)http_answer(*api->config.http, conn, &answer); /* false: nobody waits any more */
	if (c->answer_bytes > 0)
		atomic_fetch_sub_explicit(&api->answer_bytes, (int64_t)c->answer_bytes,
		                          memory_order_relaxed);
	cmd_free(c);
}

struct answers {
	struct http_task task;
	struct api *api;
	struct list commands;
};

static void finish_all(struct http_task *task, void *context)
{
	struct answers *a = CONTAINER(task, struct answers, task);
	struct cmd *c;

	(void)context;
	while ((c = LIST_TAKE(&a->commands, struct cmd, node)) != NULL)
		api_finish(a->api, c);
	mem_free(a);
}

void api_answer(void *context, int loop, struct list *commands)
{
	struct answers *a = mem_get(sizeof *a);
	struct api *api = context;
	struct list tasks;
	int64_t bytes = 0;

	a->api = api;
	a->task.run = finish_all;
	list_init(&a->commands);
	LIST_EACH (commands, struct cmd, node, c)
		bytes += (int64_t)c->answer_bytes;
	if (bytes > 0)
		atomic_fetch_add_explicit(&api->answer_bytes, bytes, memory_order_relaxed);
	list_move_all(&a->commands, commands);
	list_init(&tasks);
	list_add_last(&tasks, &a->task.node);
	http_post(*api->config.http, loop, &tasks);
}

int64_t api_answers(struct api *api)
{
	return atomic_load_explicit(&api->answer_bytes, memory_order_relaxed) +
	       http_unsent(*api->config.http);
}

/* ---- asking */

static struct str request_id(struct api *api, struct api_call *call, int loop)
{
	char text[37];

	uuid_text(uuid_new(api->config.now(), &api->loops[loop].rng), text);
	return arena_str(call->c->arena, (struct str){ text, 36 });
}

/* A name or address with a port; anything else would only make broken URLs. */
static bool is_host(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!good && (c == 0 || strchr(".-_:[]", c) == NULL))
			return false;
	}
	return s.len > 0;
}

struct str call_origin(const struct api_call *call)
{
	struct str host = call->host;

	if (str_given(call->api->config.advertise))
		return call->api->config.advertise;
	if (!is_host(host))
		host = S("localhost");
	return arena_printf(call->c->arena, "%s://%.*s", call->tls ? "https" : "http", S_ARG(host));
}

struct str call_console(const struct api_call *call)
{
	struct str url = call->api->config.console_url;

	return str_given(url) ? url : call_origin(call);
}

static struct api_call *call_open(struct api *api, const struct http_request *r)
{
	struct cmd *c = cmd_new_in(&op_nothing, r->arena);
	struct api_call *call = ARENA_NEW(c->arena, struct api_call);

	call->api = api;
	call->c = c;
	call->started_mono_ns = r->started_mono_ns;
	call->host = http_header(r, "Host");
	call->tls = r->tls;
	c->api = call;
	c->reply_to.loop = r->conn.loop;
	c->reply_to.slot = r->conn.slot;
	c->reply_to.generation = r->conn.generation;
	c->request_id = request_id(api, call, r->conn.loop);
	c->address = forwarded_address(&api->config.trusted, r);
	c->client = http_header(r, "User-Agent");
	if (c->client.len > AUDIT_CLIENT_MAX)
		c->client.len = AUDIT_CLIENT_MAX;
	c->trace_parent = http_header(r, "traceparent");
	call->trace = http_header(r, "X-Amzn-Trace-Id");
	c->caller.principal = S("anonymous");
	return call;
}

/* /ACCOUNT/QUEUE and everything longer that ends in a queue's name. */
static struct str queue_in_path(struct arena *a, struct str path)
{
	struct str first = str_from(path, 1), rest = first;

	(void)str_cut(&rest, '/');
	if (rest.len == 0)
		return S_NONE;
	while (str_given(rest)) {
		first = str_cut(&rest, '/');
		if (rest.len == 0)
			break;
	}
	return form_decode_path(a, first);
}

static bool read_aws(struct api_call *call, const struct http_request *r)
{
	const struct json *params = NULL;

	call->path_queue = queue_in_path(call->c->arena, r->path);
	if (!aws_read(call, r, &params))
		return false;
	if (!str_given(form_decode_path(call->c->arena, r->path)))
		(void)refuse(call->c, REFUSED_MALFORMED_INPUT, "The path has a broken percent escape.");
	if (cmd_refused(call->c))
		return true;
	if (!call->op->open || str_given(http_header(r, "Authorization")))
		api_authenticate(call->api, r, call->family->name, call->c);
	if (cmd_refused(call->c))
		return true;
	call->c->op = call->op->op;
	call->op->parse(call, params);
	return true;
}

/* A tree of values takes many times the bytes of its text: it counts too. */
static void hold_memory(struct api *api, struct cmd *c)
{
	struct conn_name conn = { c->reply_to.loop, c->reply_to.slot, c->reply_to.generation };
	int64_t bytes = (int64_t)arena_bytes(c->arena);

	if (bytes > REQUEST_SMALL && !http_hold(*api->config.http, conn, bytes))
		(void)refuse(c, REFUSED_THROTTLED,
		             "The server holds too many large requests at the moment. Try again.");
}

static void go(struct api *api, struct api_call *call)
{
	struct cmd *c = call->c;

	if (cmd_refused(c))
		api_authorise_refused(api, c, call->action, call->resource);
	else
		hold_memory(api, c);
	if (!cmd_refused(c) && !(call->op != NULL && call->op->open))
		api_authorise(api, c, call->action, call->resource);
	if (cmd_refused(c)) {
		api_finish(api, c);
	} else if (c->op->lane == LANE_LOCAL) {
		if (c->op->local != NULL)
			c->op->local(c);
		api_finish(api, c);
	} else if (!submit(api->config.engine, &c)) {
		(void)refuse(c, REFUSED_THROTTLED,
		             "The server has too much to do at the moment. Try again.");
		api_finish(api, c);
	}
}

void api_go_on(struct api *api, struct cmd *c)
{
	if (cmd_refused(c) || c->fault != OK) {
		api_finish(api, c);
	} else if (!submit(api->config.engine, &c)) {
		(void)refuse(c, REFUSED_THROTTLED,
		             "The server has too much to do at the moment. Try again.");
		api_finish(api, c);
	}
}

void api_stop(struct api *api)
{
	atomic_store(&api->stopping, true);
	hasher_stop(api->hasher);
}

void api_handle(void *context, struct http_request *r)
{
	struct api *api = context;
	struct api_call *call = call_open(api, r);
	uint64_t cut = buf_failures();

	if (!rest_read(call, r) && !read_aws(call, r) && !console_read(call, r))
		rest_not_found(call, r);
	if (!cmd_refused(call->c) && buf_failures() != cut)
		(void)refuse(call->c, REFUSED_THROTTLED,
		             "There is no memory for so large a request at the moment. Try again.");
	go(api, call);
}

void api_gone(void *context, struct conn_name conn)
{
	struct api *api = context;

	if (api->live != NULL && live_gone(api->live, conn))
		return;
	submit_gone(api->config.engine, (struct reply_to){ conn.loop, conn.slot, conn.generation });
}

/* ---- live events */

void api_feed_grew(struct api *api)
{
	live_grew(api->live);
}

void api_drain(struct api *api)
{
	live_drain(api->live);
}

void api_tick(void *context, int loop)
{
	struct api *api = context;

	live_tick(api->live, loop);
}
