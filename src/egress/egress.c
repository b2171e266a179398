/* egress.c - the thread that calls out: its loop, its commands, its end. */
#include "egress/egress.h"

#include <stdio.h>

#include "egress/call.h"
#include "egress/fetch.h"
#include "egress/otlp.h"
#include "egress/side.h"
#include "egress/wheel.h"
#include "engine/submit.h"
#include "os/os.h"
#include "wire/seal.h"

enum { SUBMIT_AGAIN_MS = 100 }; /* the engine's inbox was full */

struct egress {
	struct egress_config config;
	struct os_thread *thread;
	uv_loop_t loop;
	uv_async_t wake;
	uv_timer_t submit_timer;
	struct wheel wheel; /* curl on this loop */
	struct side outbox, push, notify;
	struct otlp otlp;
	struct fetches fetches;
	struct list unsent; /* struct cmd.node: commands that the inbox had no room for */
	bool ended;

	uv_mutex_t mutex;    /* of what follows */
	struct list answers; /* struct cmd.node */
	struct list asked;   /* struct http_fetch.node */
	bool outbox_woken, push_woken, notify_woken, stop;
};

uv_loop_t *egress_loop(struct egress *e)
{
	return &e->loop;
}

bool egress_private(const struct egress *e)
{
	return e->config.private_webhooks;
}

bool egress_private_mail(const struct egress *e)
{
	return e->config.private_mail;
}

void egress_random(const struct egress *e, void *to, size_t size)
{
	e->config.random(to, size);
}

struct outbox_means egress_means(const struct egress *e)
{
	return (struct outbox_means){ e->config.signer, e->config.master_key };
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

void egress_send(struct egress *e, struct cmd *c)
{
	c->reply_to.loop = e->config.loop;
	list_add_last(&e->unsent, &c->node);
	send_all(e);
	if (!list_empty(&e->unsent))
		uv_timer_start(&e->submit_timer, on_submit_timer, SUBMIT_AGAIN_MS, SUBMIT_AGAIN_MS);
}

static void answered(struct egress *e, struct cmd *c)
{
	if (c->op == &op_job_spans) {
		otlp_answered(&e->otlp, c);
		return;
	}
	bool of_push = c->op == &op_push_take || c->op == &op_push_done;
	bool of_notify = c->op == &op_notify_take || c->op == &op_notify_done;

	side_answered(of_push ? &e->push : of_notify ? &e->notify : &e->outbox, c);
}

/* ---- calls */

void egress_perform(struct egress *e, struct call *c)
{
	wheel_add(&e->wheel, c->easy);
}

void egress_forget(struct egress *e, struct call *c)
{
	wheel_remove(&e->wheel, c->easy);
}

void egress_add(struct egress *e, CURL *easy)
{
	wheel_add(&e->wheel, easy);
}

void egress_remove(struct egress *e, CURL *easy)
{
	wheel_remove(&e->wheel, easy);
}

static void on_done(void *context, CURL *easy, CURLcode code)
{
	struct egress *e = context;
	void *call = NULL;

	if (otlp_finished(&e->otlp, easy, code))
		return;
	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&call);
	call_finished(call, code);
}

/* ---- the thread */

static void end_all(struct egress *e)
{
	e->ended = true;
	side_close(&e->outbox);
	side_close(&e->push);
	side_close(&e->notify);
	otlp_close(&e->otlp);
	fetches_close(&e->fetches);
	while (!list_empty(&e->unsent))
		cmd_free(LIST_TAKE(&e->unsent, struct cmd, node));
	wheel_close(&e->wheel);
	uv_close((uv_handle_t *)&e->submit_timer, NULL);
	uv_close((uv_handle_t *)&e->wake, NULL);
}

static void on_wake(uv_async_t *async)
{
	struct egress *e = async->data;
	struct list answers, asked;

	list_init(&answers);
	list_init(&asked);
	uv_mutex_lock(&e->mutex);
	list_move_all(&answers, &e->answers);
	list_move_all(&asked, &e->asked);
	bool outbox = e->outbox_woken, push = e->push_woken;
	bool notify = e->notify_woken, stop = e->stop;
	e->outbox_woken = e->push_woken = e->notify_woken = false;
	uv_mutex_unlock(&e->mutex);
	while (!list_empty(&answers))
		answered(e, LIST_TAKE(&answers, struct cmd, node));
	fetches_start(&e->fetches, &asked);
	if (stop && !e->ended)
		end_all(e);
	if (outbox)
		side_plan(&e->outbox, 0);
	if (push)
		side_ask(&e->push);
	if (notify)
		side_ask(&e->notify);
}

static void run(void *context)
{
	struct egress *e = context;

	side_plan(&e->outbox, 0);
	side_plan(&e->push, 0);
	side_plan(&e->notify, 0);
	otlp_begin(&e->otlp);
	uv_run(&e->loop, UV_RUN_DEFAULT);
}

/* Everything that needs the lock, and the loop that watches the other end of it. */
static void tell(struct egress *e, struct list *answers, bool *flag)
{
	uv_mutex_lock(&e->mutex);
	bool gone = e->stop; /* its thread may have ended: nobody to wake */
	if (answers != NULL)
		list_move_all(&e->answers, answers);
	if (flag != NULL)
		*flag = true;
	if (!gone)
		uv_async_send(&e->wake);
	uv_mutex_unlock(&e->mutex);
}

void egress_wake_outbox(struct egress *e)
{
	tell(e, NULL, &e->outbox_woken);
}

void egress_wake_push(struct egress *e)
{
	tell(e, NULL, &e->push_woken);
}

void egress_wake_notify(struct egress *e)
{
	tell(e, NULL, &e->notify_woken);
}

void egress_answer(struct egress *e, struct list *commands)
{
	tell(e, commands, NULL);
}

bool egress_fetch(struct egress *e, struct http_fetch *fetch)
{
	bool taken;

	uv_mutex_lock(&e->mutex);
	taken = !e->stop && fetches_room(&e->fetches);
	if (taken) {
		node_init(&fetch->node);
		list_add_last(&e->asked, &fetch->node);
		uv_async_send(&e->wake);
	}
	uv_mutex_unlock(&e->mutex);
	return taken;
}

struct egress *egress_open(const struct egress_config *config, char why[256])
{
	struct egress *e = mem_get(sizeof *e);

	e->config = *config;
	list_init(&e->unsent);
	list_init(&e->answers);
	list_init(&e->asked);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || uv_loop_init(&e->loop) != 0) {
		(void)snprintf(why, 256, "Calls to the outside cannot be set up.");
		return mem_free(e);
	}
	must(uv_mutex_init(&e->mutex) == 0);
	must(uv_async_init(&e->loop, &e->wake, on_wake) == 0);
	must(uv_timer_init(&e->loop, &e->submit_timer) == 0);
	side_open(&e->outbox, e, &e->loop, &outbox_side);
	side_open(&e->push, e, &e->loop, &push_side);
	side_open(&e->notify, e, &e->loop, &notify_side);
	otlp_open(&e->otlp, e, &e->loop, &config->traces);
	fetches_open(&e->fetches, e);
	e->wake.data = e->submit_timer.data = e;
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
	tell(e, NULL, &e->stop);
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
	seal_wipe(e->config.master_key, sizeof e->config.master_key);
	return mem_free(e);
}

struct egress_figures egress_outbox_figures(struct egress *e)
{
	return side_figures(&e->outbox);
}

struct egress_figures egress_push_figures(struct egress *e)
{
	return side_figures(&e->push);
}

struct egress_trace_figures egress_trace_figures(struct egress *e)
{
	return otlp_figures(&e->otlp);
}

struct egress_figures egress_notify_figures(struct egress *e)
{
	return side_figures(&e->notify);
}
