/* front.c - the two doors, the loop they open into, and what it is told from other threads. */
#include "cluster/front.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "cluster/forward.h"
#include "cluster/guest.h"
#include "cluster/health.h"
#include "os/os.h"

enum { TICK_MS = 50, ACCEPT_AT_ONCE = 64 };

int64_t front_now_ms(struct front *f)
{
	return (int64_t)uv_now(&f->uv);
}

/* ---- doors */

static void client_came(struct front *f, int socket, const char *peer)
{
	if (f->serving != NULL)
		http_adopt(f->serving, socket, peer);
	else
		forward_open(f, socket, peer);
}

static void on_waiting(uv_poll_t *poll, int status, int events)
{
	struct door *d = CONTAINER(poll, struct door, poll);

	(void)status, (void)events;
	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		struct sockaddr_storage from = { 0 };
		socklen_t len = sizeof from;
		char peer[HTTP_PEER_SIZE];
		int s = accept4(d->socket, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (s >= 0) {
			http_peer(peer, &from);
			d->came(d->front, s, peer);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			uv_poll_stop(&d->poll);
			d->paused = true;
			return;
		} else if (errno != ECONNABORTED && errno != EINTR) {
			return;
		}
	}
}

static bool door_open(struct front *f, struct door *d, const char *listen,
                      void (*came)(struct front *, int, const char *), char why[256])
{
	d->front = f;
	d->came = came;
	d->socket = http_listen(listen, &d->port, why);
	if (d->socket < 0)
		return false;
	must(uv_poll_init(&f->uv, &d->poll, d->socket) == 0);
	must(uv_poll_start(&d->poll, UV_READABLE, on_waiting) == 0);
	d->open = true;
	return true;
}

static void door_tick(struct door *d)
{
	if (d->open && d->paused)
		uv_poll_start(&d->poll, UV_READABLE, on_waiting);
	d->paused = false;
}

static void on_door_closed(uv_handle_t *handle)
{
	close(CONTAINER(handle, struct door, poll)->socket);
}

static void door_close(struct door *d)
{
	if (!d->open)
		return;
	d->open = false;
	uv_poll_stop(&d->poll);
	uv_close((uv_handle_t *)&d->poll, on_door_closed);
}

/* ---- the loop */

void front_look_drained(struct front *f)
{
	if (!f->draining || f->drain_said || f->forward_count > 0 || f->guest_count > 0)
		return;
	f->drain_said = true;
	f->serving = NULL;
	uv_sem_post(&f->drained);
}

static void drain(struct front *f)
{
	f->draining = true;
	f->drain_until_ms = front_now_ms(f) + HTTP_DRAIN_TIME_MS;
	door_close(&f->clients);
	door_close(&f->peers);
	guests_end(f);
	forwards_drain(f);
	front_look_drained(f);
}

static void end(struct front *f)
{
	f->ended = true;
	door_close(&f->clients);
	door_close(&f->peers);
	guests_end(f);
	forwards_end(f);
	uv_close((uv_handle_t *)&f->wake, NULL);
	uv_close((uv_handle_t *)&f->tick, NULL);
}

static void on_wake(uv_async_t *wake)
{
	struct front *f = CONTAINER(wake, struct front, wake);

	uv_mutex_lock(&f->mutex);
	f->owner = f->told;
	f->serving = f->drain_said ? NULL : f->told_serving;
	bool must_drain = f->told_drain, must_end = f->told_end;
	uv_mutex_unlock(&f->mutex);
	if (!f->draining)
		forwards_owner(f);
	if (must_drain && !f->draining)
		drain(f);
	if (must_end && !f->ended)
		end(f);
}

static void on_tick(uv_timer_t *tick)
{
	struct front *f = CONTAINER(tick, struct front, tick);

	door_tick(&f->clients);
	door_tick(&f->peers);
	guests_tick(f);
	forwards_tick(f);
}

static void run(void *context)
{
	struct front *f = context;

	uv_run(&f->uv, UV_RUN_DEFAULT);
}

/* ---- from other threads */

void front_tell_owner(struct front *f, const struct front_owner *owner)
{
	uv_mutex_lock(&f->mutex);
	f->told = *owner;
	uv_mutex_unlock(&f->mutex);
	uv_async_send(&f->wake);
}

void front_tell_serving(struct front *f, struct http_server *server)
{
	uv_mutex_lock(&f->mutex);
	f->told_serving = server;
	uv_mutex_unlock(&f->mutex);
	uv_async_send(&f->wake);
}

void front_drain(struct front *f)
{
	uv_mutex_lock(&f->mutex);
	bool already = f->told_drain;
	f->told_drain = true;
	uv_mutex_unlock(&f->mutex);
	if (already)
		return;
	uv_async_send(&f->wake);
	uv_sem_wait(&f->drained);
}

void front_figures(struct front *f, struct nodes *all)
{
	all->forwards.open = atomic_load(&f->open);
	all->forwards.total = atomic_load(&f->total);
	all->forwards.waiting = atomic_load(&f->waiting);
	all->forwards.refused = atomic_load(&f->refused);
	all->forwards.taken = atomic_load(&f->taken);
	all->forwards.denied = atomic_load(&f->denied);
}

int front_port(const struct front *f)
{
	return f->clients.port;
}

int front_node_port(const struct front *f)
{
	return f->peers.port;
}

/* ---- opening and closing */

static bool open_servers(struct front *f, char why[256])
{
	struct http_config own = { .loops = 1, .handle = health_own, .context = f, .self = &f->own };
	struct http_config away = {
		.loops = 1,
		.tls_cert = f->config.tls_cert,
		.tls_key = f->config.tls_key,
		.handle = health_away,
		.context = f,
		.self = &f->away,
	};

	return http_open(&own, why) != NULL && http_open(&away, why) != NULL;
}

static struct front *give_up(struct front *f)
{
	end(f);
	uv_run(&f->uv, UV_RUN_DEFAULT);
	f->thread = NULL;
	return front_close(f);
}

struct front *front_open(const struct front_config *config, char why[256])
{
	struct front *f = mem_get(sizeof *f);

	f->config = *config;
	list_init(&f->guests);
	list_init(&f->forwards);
	must(uv_mutex_init(&f->mutex) == 0);
	must(uv_sem_init(&f->drained, 0) == 0);
	must(uv_loop_init(&f->uv) == 0);
	must(uv_async_init(&f->uv, &f->wake, on_wake) == 0);
	must(uv_timer_init(&f->uv, &f->tick) == 0);
	uv_timer_start(&f->tick, on_tick, TICK_MS, TICK_MS);
	if (!open_servers(f, why) || !door_open(f, &f->clients, config->listen, client_came, why) ||
	    !door_open(f, &f->peers, config->node_listen, guest_open, why))
		return give_up(f);
	f->thread = os_thread_start("front", run, f);
	return f;
}

struct front *front_close(struct front *f)
{
	if (f == NULL)
		return NULL;
	if (f->thread != NULL) {
		uv_mutex_lock(&f->mutex);
		f->told_end = true;
		uv_mutex_unlock(&f->mutex);
		uv_async_send(&f->wake);
		os_thread_join(f->thread);
	}
	if (f->own != NULL)
		http_close(f->own);
	if (f->away != NULL)
		http_close(f->away);
	must(uv_loop_close(&f->uv) == 0);
	uv_sem_destroy(&f->drained);
	uv_mutex_destroy(&f->mutex);
	return mem_free(f);
}
