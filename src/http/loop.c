/* loop.c - one event loop: names of connections, deadlines, posted tasks, its end.
 *
 *     running --http_drain--> draining --no connection left--> emptied
 *                                emptied --http_close--> ended
 *
 * A loop goes on running posted tasks while it is emptied, so that whoever holds a
 * task of ours can still get rid of it. */
#include "http/loop.h"

#include <sys/socket.h>

#include "http/conn.h"

static void on_wake(uv_async_t *);
static void on_tick(uv_timer_t *);

/* ---- begin and end */

static void set_durations(struct loop *l)
{
	const struct http_bounds *b = &l->server->bounds;

	l->due_ms[DUE_HEAD] = b->head_ms;
	l->due_ms[DUE_BODY] = b->body_ms;
	l->due_ms[DUE_IDLE] = b->idle_ms;
	l->due_ms[DUE_SEND] = b->send_ms;
	l->due_ms[DUE_LINGER] = b->linger_ms;
}

/* A deadline is seen at most a tenth of the shortest duration late, and an idle
 * machine is not woken more than four times a second. */
static uint64_t tick_ms(const struct loop *l)
{
	int64_t shortest = l->server->bounds.drain_ms;

	for (int i = 0; i < DUE_KINDS; i++)
		if (l->due_ms[i] < shortest)
			shortest = l->due_ms[i];
	shortest /= 10;
	return (uint64_t)(shortest < 2 ? 2 : shortest > 250 ? 250 : shortest);
}

struct loop *loop_new(struct http_server *server, int number)
{
	struct loop *l = mem_get(sizeof *l);

	l->server = server;
	l->number = number;
	list_init(&l->posted);
	for (int i = 0; i < DUE_KINDS; i++)
		list_init(&l->due[i]);
	set_durations(l);
	if (uv_loop_init(&l->uv) != 0) {
		mem_free(l);
		return NULL;
	}
	must(uv_mutex_init(&l->mutex) == 0);
	must(uv_async_init(&l->uv, &l->wake, on_wake) == 0);
	must(uv_timer_init(&l->uv, &l->tick) == 0);
	l->wake.data = l->tick.data = l;
	uv_timer_start(&l->tick, on_tick, tick_ms(l), tick_ms(l));
	return l;
}

static void run(void *context)
{
	struct loop *l = context;

	uv_run(&l->uv, UV_RUN_DEFAULT);
	uv_mutex_lock(&l->mutex);
	l->ended = true;
	uv_mutex_unlock(&l->mutex);
}

bool loop_start(struct loop *l)
{
	uv_thread_options_t options = { .flags = UV_THREAD_HAS_STACK_SIZE, .stack_size = 512 * 1024 };

	return uv_thread_create_ex(&l->thread, &options, run, l) == 0;
}

static void close_handles(struct loop *l)
{
	uv_close((uv_handle_t *)&l->wake, NULL);
	uv_close((uv_handle_t *)&l->tick, NULL);
}

void loop_free(struct loop *l)
{
	if (!l->ended) { /* never started */
		close_handles(l);
		uv_run(&l->uv, UV_RUN_DEFAULT);
	}
	must(l->conn_count == 0);
	must(uv_loop_close(&l->uv) == 0);
	uv_mutex_destroy(&l->mutex);
	mem_free(l->slots);
	buf_free(&l->out);
	mem_free(l);
}

int64_t loop_now_ms(struct loop *l)
{
	return (int64_t)uv_now(&l->uv);
}

/* ---- names */

static void slots_grow(struct loop *l)
{
	uint32_t count = l->slot_count == 0 ? 64 : l->slot_count * 2;

	l->slots = mem_resize(l->slots, count * sizeof *l->slots);
	for (uint32_t i = l->slot_count; i < count; i++)
		l->slots[i] = (struct slot){ .generation = 1, .next_free = i + 1 };
	l->slot_count = count;
}

void loop_add(struct loop *l, struct conn *c)
{
	if (l->slot_free == l->slot_count)
		slots_grow(l);
	c->slot = l->slot_free;
	struct slot *s = &l->slots[c->slot];
	l->slot_free = s->next_free;
	s->conn = c;
	c->generation = s->generation;
	l->conn_count++;
	loop_count(l, COUNT_CONNECTIONS, 1);
}

void loop_take(struct loop *l, struct conn *c)
{
	struct slot *s = &l->slots[c->slot];

	must(s->conn == c && s->generation == c->generation);
	*s = (struct slot){ .generation = s->generation + 1, .next_free = l->slot_free };
	l->slot_free = c->slot;
	loop_count(l, COUNT_CONNECTIONS, -1);
	atomic_fetch_sub(&l->server->conns, 1);
}

void loop_rename(struct conn *c)
{
	c->generation = ++c->loop->slots[c->slot].generation;
}

struct conn *loop_find(struct http_server *server, struct conn_name name)
{
	must(name.loop >= 0 && name.loop < server->loop_count);
	struct loop *l = server->loops[name.loop];

	if (l->conn_count == 0 || name.slot >= l->slot_count)
		return NULL;
	struct slot *s = &l->slots[name.slot];
	return s->generation == name.generation ? s->conn : NULL;
}

/* ---- deadlines (L1) */

void loop_due(struct conn *c, enum due due)
{
	struct loop *l = c->loop;

	if (due == DUE_SEND && c->due == DUE_SEND)
		return;
	node_take(&c->due_node);
	c->due = due;
	if (due == DUE_NEVER)
		return;
	c->due_at_ms = loop_now_ms(l) + l->due_ms[due];
	list_add_last(&l->due[due], &c->due_node);
}

static void check_rates(struct loop *l)
{
	const struct http_bounds *b = &l->server->bounds;

	LIST_EACH (&l->due[DUE_BODY], struct conn, due_node, c) {
		int64_t counted = loop_now_ms(l) - c->body_since_ms - b->body_rate_after_ms;
		if (counted > 0 && (int64_t)c->body.len < counted * b->body_rate / SECOND_MS)
			conn_refuse(c, 408, "The body arrives too slowly.");
	}
}

static void close_all(struct loop *l)
{
	for (uint32_t i = 0; i < l->slot_count; i++)
		if (l->slots[i].conn != NULL)
			conn_close(l->slots[i].conn);
}

static void on_tick(uv_timer_t *tick)
{
	struct loop *l = tick->data;
	struct conn *c;

	for (int i = 0; i < DUE_KINDS; i++)
		while ((c = LIST_FIRST(&l->due[i], struct conn, due_node)) != NULL &&
		       c->due_at_ms <= loop_now_ms(l))
			conn_due(c);
	check_rates(l);
	if (l->server->config.tick != NULL)
		l->server->config.tick(l->server->config.context, l->number);
	if (l->number == 0)
		listener_tick(l->server);
	if (l->draining && loop_now_ms(l) >= l->drain_until_ms)
		close_all(l);
}

/* ---- tasks from other threads */

void loop_post(struct loop *l, struct list *tasks)
{
	if (list_empty(tasks))
		return;
	uv_mutex_lock(&l->mutex);
	/* Only the first of a batch wakes: the loop takes the whole list at once. */
	bool wake = list_empty(&l->posted) && !l->ended;
	list_move_all(&l->posted, tasks);
	if (wake)
		uv_async_send(&l->wake);
	uv_mutex_unlock(&l->mutex);
}

void loop_run_posted(struct loop *l)
{
	struct list tasks;
	struct http_task *t;

	list_init(&tasks);
	uv_mutex_lock(&l->mutex);
	list_move_all(&tasks, &l->posted);
	uv_mutex_unlock(&l->mutex);
	while ((t = LIST_TAKE(&tasks, struct http_task, node)) != NULL)
		t->run(t, l->server->config.context);
}

/* ---- draining */

static void drain_begin(struct loop *l)
{
	l->draining = true;
	l->drain_until_ms = loop_now_ms(l) + l->server->bounds.drain_ms;
	if (l->number == 0)
		listener_stop(l->server);
	for (uint32_t i = 0; i < l->slot_count; i++)
		if (l->slots[i].conn != NULL && conn_idle(l->slots[i].conn))
			conn_close(l->slots[i].conn);
}

static void drain_look(struct loop *l)
{
	if (!l->draining || l->conn_count > 0)
		return;
	if (!l->emptied) {
		l->emptied = true;
		uv_sem_post(&l->server->emptied);
	}
	if (l->closing && !uv_is_closing((uv_handle_t *)&l->wake))
		close_handles(l);
}

void loop_conn_freed(struct loop *l)
{
	l->conn_count--;
	drain_look(l);
}

static void on_wake(uv_async_t *wake)
{
	struct loop *l = wake->data;

	loop_run_posted(l);
	if (atomic_load(&l->server->draining) && !l->draining)
		drain_begin(l);
	l->closing = atomic_load(&l->server->closing);
	drain_look(l);
}
