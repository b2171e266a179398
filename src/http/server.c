/* server.c - opening and closing: loops, the listener, draining, counters. */
#include <stdio.h>

#include "base/arena.h"
#include "http/conn.h"
#include "http/loop.h"

struct str http_header(const struct http_request *r, const char *name)
{
	struct str wanted = str_of(name);

	for (int i = 0; i < r->header_count; i++)
		if (str_eq_nocase(r->headers[i].name, wanted))
			return r->headers[i].value;
	return S_NONE;
}

int http_header_count(const struct http_request *r, const char *name)
{
	struct str wanted = str_of(name);
	int n = 0;

	for (int i = 0; i < r->header_count; i++)
		n += str_eq_nocase(r->headers[i].name, wanted);
	return n;
}

struct http_bounds http_bounds_usual(void)
{
	return (struct http_bounds){
		.conns = HTTP_CONNS_MAX,
		.bodies = HTTP_BODIES_MAX,
		.body_rate = HTTP_BODY_RATE_MIN,
		.body_rate_after_ms = 5 * SECOND_MS,
		.stream_queue = HTTP_STREAM_QUEUE_MAX,
		.head_ms = HTTP_HEAD_TIME_MS,
		.body_ms = HTTP_BODY_TIME_MS,
		.idle_ms = HTTP_IDLE_TIME_MS,
		.send_ms = HTTP_SEND_TIME_MS,
		.linger_ms = HTTP_LINGER_TIME_MS,
		.drain_ms = HTTP_DRAIN_TIME_MS,
	};
}

/* ---- opening */

/* One core is left to the engine. */
static int loops_wanted(const struct http_config *config)
{
	int n = config->loops;

	if (n <= 0)
		n = (int)uv_available_parallelism() - 1;
	return n < 1 ? 1 : n > HTTP_LOOPS_MAX ? HTTP_LOOPS_MAX : n;
}

static bool open_tls(struct http_server *s, char why[256])
{
	if (s->config.tls_cert == NULL && s->config.tls_key == NULL)
		return true;
	if (s->config.tls_cert == NULL || s->config.tls_key == NULL) {
		snprintf(why, 256, "TLS needs both a certificate and a key.");
		return false;
	}
	s->tls = tls_context_open(s->config.tls_cert, s->config.tls_key, why);
	return s->tls != NULL;
}

static bool open_loops(struct http_server *s, char why[256])
{
	int wanted = loops_wanted(&s->config);

	while (s->loop_count < wanted) {
		struct loop *l = loop_new(s, s->loop_count);
		if (l == NULL) {
			snprintf(why, 256, "The event loops cannot be set up: out of descriptors.");
			return false;
		}
		s->loops[s->loop_count++] = l;
	}
	return true;
}

static struct http_server *give_up(struct http_server *s)
{
	/* The loops do not run: this thread plays their part. */
	listener_stop(s);
	for (int i = 0; i < s->loop_count; i++)
		loop_free(s->loops[i]);
	s->tls = tls_context_close(s->tls);
	uv_sem_destroy(&s->emptied);
	return mem_free(s);
}

struct http_server *http_open_bounded(const struct http_config *config,
                                      const struct http_bounds *bounds, char why[256])
{
	struct http_server *s = mem_get(sizeof *s);

	s->config = *config;
	s->bounds = *bounds;
	must(uv_sem_init(&s->emptied, 0) == 0);
	if (!open_tls(s, why) || !open_loops(s, why) || !listener_open(s, why))
		return give_up(s);
	if (config->self != NULL)
		*config->self = s; /* the threads below may need it before we return */
	must(listener_start(s));
	for (int i = 0; i < s->loop_count; i++)
		must(loop_start(s->loops[i]));
	return s;
}

struct http_server *http_open(const struct http_config *config, char why[256])
{
	struct http_bounds bounds = http_bounds_usual();

	return http_open_bounded(config, &bounds, why);
}

int http_port(const struct http_server *s)
{
	return s->listener.port;
}

int http_loops(const struct http_server *s)
{
	return s->loop_count;
}

void http_post(struct http_server *s, int loop, struct list *tasks)
{
	must(loop >= 0 && loop < s->loop_count);
	loop_post(s->loops[loop], tasks);
}

/* ---- closing */

static void wake_all(struct http_server *s)
{
	for (int i = 0; i < s->loop_count; i++)
		uv_async_send(&s->loops[i]->wake);
}

void http_drain(struct http_server *s)
{
	if (!atomic_exchange(&s->draining, true))
		wake_all(s);
}

void http_wait(struct http_server *s)
{
	http_drain(s);
	for (int i = 0; i < s->loop_count && !s->waited; i++)
		uv_sem_wait(&s->emptied);
	s->waited = true;
}

void http_close(struct http_server *s)
{
	http_wait(s);
	atomic_store(&s->closing, true);
	wake_all(s);
	for (int i = 0; i < s->loop_count; i++)
		must(uv_thread_join(&s->loops[i]->thread) == 0);
	for (int i = 0; i < s->loop_count; i++) {
		loop_run_posted(s->loops[i]); /* posted too late: they learn that nobody waits */
		loop_free(s->loops[i]);
	}
	tls_context_close(s->tls);
	uv_sem_destroy(&s->emptied);
	mem_free(s);
}

static int64_t sum(const struct http_server *s, enum count what)
{
	int64_t n = 0;

	for (int i = 0; i < s->loop_count; i++)
		n += atomic_load_explicit(&s->loops[i]->counts[what], memory_order_relaxed);
	return n;
}

int64_t http_unsent(const struct http_server *s)
{
	return atomic_load_explicit(&s->unsent, memory_order_relaxed);
}

struct http_stats http_stats(const struct http_server *s)
{
	return (struct http_stats){
		.connections = sum(s, COUNT_CONNECTIONS),
		.connections_max = atomic_load(&s->conns_max),
		.accepted = sum(s, COUNT_ACCEPTED),
		.requests = sum(s, COUNT_REQUESTS),
		.refused = sum(s, COUNT_REFUSED),
		.bytes_in = sum(s, COUNT_IN),
		.bytes_out = sum(s, COUNT_OUT),
		.body_bytes_held = atomic_load(&s->bodies),
	};
}
