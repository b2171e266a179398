/* work.c - the worker: threads that claim, do and report; one that keeps their leases.
 *
 *     claim --> handler --> report --> claim ...        (one thread for each of `concurrency`)
 *                  ^ interrupted?
 *     heartbeats --'                                    (one thread, one request for all)
 *
 * W1  A task's job, and what a heartbeat knows of it, is read and written under the mutex. While
 *     the job is there its thread is in the handler.
 * W2  The answer to a heartbeat is about a lease, not about a slot: by the time it comes the slot
 *     may hold another job.
 * W3  A job that was claimed is reported, or its lease is known to be lost. */
#include "inside.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	LEASE_MS = 30 * 1000,
	BEAT_MOST_MS = 5 * 1000,
	NEWS_MS = 1000, /* between heartbeats that only bring progress */
	CLAIM_WAIT_S = 2,
	PAUSE_MOST_MS = 5 * 1000,
	LOOK_MS = 50,
};

struct ringi_task {
	struct work *work;
	pthread_t thread;
	const struct ringi_job *job; /* NULL: no handler is running */
	enum ringi_interrupt interrupt;
	int64_t beaten, leased_until; /* monotonic */
	bool news;                    /* progress that was not sent yet */
	double progress;              /* below 0: none */
	char message[512];
	char *result;
	char code[64], error[1024];
	long long delay_ms;
};

struct work {
	struct ringi *client;
	const char *queue;
	struct ringi_options options;
	ringi_handler *handler;
	void *context;
	pthread_mutex_t mutex; /* everything below, and the tasks */
	pthread_cond_t wake;   /* of the heartbeats */
	bool over;             /* no task is left */
	bool failed;
	struct ringi_error why;
	struct ringi_task tasks[LIST_MAX];
};

static void tell(struct work *w, const char *job_id, const struct ringi_error *e)
{
	if (w->options.on_error != NULL)
		w->options.on_error(job_id, e, w->context);
}

/* ---- what a handler calls */

enum ringi_interrupt ringi_task_interrupted(struct ringi_task *t)
{
	enum ringi_interrupt seen;

	pthread_mutex_lock(&t->work->mutex);
	/* Once told, it stays so: a handler that gave up must not have its word reported (W3). */
	if (now_ms() >= t->leased_until)
		t->interrupt = RINGI_LOST;
	seen = t->interrupt;
	pthread_mutex_unlock(&t->work->mutex);
	return seen;
}

void ringi_task_progress(struct ringi_task *t, double progress, const char *message)
{
	pthread_mutex_lock(&t->work->mutex);
	t->progress = progress < 0 ? 0 : progress > 1 ? 1 : progress;
	copy_into(t->message, sizeof t->message, message);
	t->news = true;
	pthread_cond_signal(&t->work->wake);
	pthread_mutex_unlock(&t->work->mutex);
}

bool ringi_task_result(struct ringi_task *t, const char *json)
{
	cJSON *parsed = json == NULL ? NULL : cJSON_ParseWithOpts(json, NULL, true);

	free(t->result);
	t->result = parsed == NULL ? NULL : copy_text(json);
	cJSON_Delete(parsed);
	return t->result != NULL;
}

void ringi_task_error(struct ringi_task *t, const char *code, const char *message,
                      long long delay_ms)
{
	copy_into(t->code, sizeof t->code, code);
	copy_into(t->error, sizeof t->error, message);
	t->delay_ms = delay_ms;
}

/* ---- heartbeats */

static int64_t due_at(const struct ringi_task *t)
{
	return t->beaten + (t->news && t->work->options.heartbeat_ms > NEWS_MS
	                        ? NEWS_MS
	                        : t->work->options.heartbeat_ms);
}

/* The next time something is due; with the mutex (W1). */
static int64_t next_due(const struct work *w)
{
	int64_t next = now_ms() + BEAT_MOST_MS;

	for (int i = 0; i < w->options.concurrency; i++)
		if (w->tasks[i].job != NULL && due_at(&w->tasks[i]) < next)
			next = due_at(&w->tasks[i]);
	return next;
}

static void add_beat(cJSON *list, struct ringi_task *t, int64_t now)
{
	cJSON *one = cJSON_CreateObject();

	add_text(one, "id", t->job->id);
	add_text(one, "lease", t->job->lease);
	cJSON_AddNumberToObject(one, "lease_ms", (double)t->work->options.lease_ms);
	if (t->progress >= 0)
		cJSON_AddNumberToObject(one, "progress", t->progress);
	if (t->message[0] != 0)
		add_text(one, "message", t->message);
	cJSON_AddItemToArray(list, one);
	t->news = false;
	t->beaten = now;
}

/* A list of what is due; with the mutex. `leases` is a copy to find the tasks again (W2). */
static cJSON *gather(struct work *w, cJSON **leases)
{
	cJSON *list = cJSON_CreateArray();
	int64_t now = now_ms();

	for (int i = 0; i < w->options.concurrency; i++)
		if (w->tasks[i].job != NULL && due_at(&w->tasks[i]) <= now)
			add_beat(list, &w->tasks[i], now);
	*leases = cJSON_Duplicate(list, true);
	return list;
}

static struct ringi_task *task_by_lease(struct work *w, const char *lease)
{
	for (int i = 0; i < w->options.concurrency && lease != NULL; i++)
		if (w->tasks[i].job != NULL && strcmp(w->tasks[i].job->lease, lease) == 0)
			return &w->tasks[i];
	return NULL;
}

static void take_beat(struct ringi_task *t, const cJSON *answer, int64_t sent)
{
	if (cJSON_GetObjectItemCaseSensitive(answer, "problem") != NULL) {
		t->interrupt = RINGI_LOST;
		return;
	}
	t->leased_until = sent + t->work->options.lease_ms;
	if (t->interrupt == RINGI_GO_ON &&
	    cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "canceled")))
		t->interrupt = RINGI_CANCELED;
}

static void take_answer(struct work *w, const cJSON *answer, const cJSON *leases, int64_t sent)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(answer, "jobs"), *one;
	int i = 0;

	cJSON_ArrayForEach(one, list)
	{
		const cJSON *asked = cJSON_GetArrayItem(leases, i++);
		const char *lease = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(asked, "lease"));
		struct ringi_task *t = task_by_lease(w, lease);
		if (t != NULL)
			take_beat(t, one, sent);
	}
}

/* Called with the mutex, which it gives away while it waits for the answer. */
static void beat(struct work *w)
{
	struct request q = { .method = "POST", .path = "/v1/jobs:heartbeat", .once = true };
	struct ringi_error e;
	cJSON *leases, *list = gather(w, &leases), *answer;
	int64_t sent = now_ms();

	if (cJSON_GetArraySize(list) == 0) {
		cJSON_Delete(list);
		cJSON_Delete(leases);
		return;
	}
	pthread_mutex_unlock(&w->mutex);
	q.body = cJSON_CreateObject();
	cJSON_AddItemToObject(q.body, "jobs", list);
	q.limit_ms = (long)w->options.lease_ms / 3 + 1000;
	answer = call(w->client, &q, &e);
	if (answer == NULL)
		tell(w, NULL, &e);
	pthread_mutex_lock(&w->mutex);
	take_answer(w, answer, leases, sent);
	cJSON_Delete(answer);
	cJSON_Delete(leases);
}

static void *keep_leases(void *arg)
{
	struct work *w = arg;

	pthread_mutex_lock(&w->mutex);
	while (!w->over) {
		int64_t at = next_due(w);
		struct timespec until = { at / 1000, at % 1000 * 1000000 };
		if (at > now_ms())
			pthread_cond_timedwait(&w->wake, &w->mutex, &until);
		else
			beat(w);
	}
	pthread_mutex_unlock(&w->mutex);
	return NULL;
}

/* ---- tasks */

static void task_begin(struct ringi_task *t, const struct ringi_job *job, int64_t claimed)
{
	pthread_mutex_lock(&t->work->mutex);
	t->job = job;
	t->interrupt = RINGI_GO_ON;
	t->beaten = now_ms();
	t->leased_until = claimed + t->work->options.lease_ms;
	t->news = false;
	t->progress = -1;
	t->message[0] = 0;
	t->result = NULL;
	t->code[0] = t->error[0] = 0;
	t->delay_ms = 0;
	pthread_cond_signal(&t->work->wake);
	pthread_mutex_unlock(&t->work->mutex);
}

/* true: the lease is gone for sure, so that there is nothing to report (W3). */
static bool task_end(struct ringi_task *t)
{
	bool lost;

	pthread_mutex_lock(&t->work->mutex);
	t->job = NULL;
	lost = t->interrupt == RINGI_LOST;
	pthread_mutex_unlock(&t->work->mutex);
	return lost;
}

static void report(struct ringi_task *t, const struct ringi_job *job, enum ringi_outcome outcome)
{
	struct ringi *r = t->work->client;
	const char *code = t->code[0] != 0 ? t->code : "HANDLER_FAILED";
	struct ringi_error e;
	bool ok;

	if (outcome == RINGI_DONE)
		ok = ringi_complete(r, job, t->result, &e);
	else
		ok = ringi_fail(r, job, code, t->error[0] != 0 ? t->error : NULL, outcome == RINGI_AGAIN,
		                t->delay_ms, &e);
	if (!ok)
		tell(t->work, job->id, &e);
}

static void do_job(struct ringi_task *t, const struct ringi_job *job, int64_t claimed)
{
	task_begin(t, job, claimed);
	enum ringi_outcome outcome = t->work->handler(t, job, t->work->context);
	if (!task_end(t))
		report(t, job, outcome);
	free(t->result);
	t->result = NULL;
}

static bool stopped(const struct work *w)
{
	return atomic_load(&w->client->stopped);
}

/* Nothing can come of it: what the caller asked for is wrong. */
static bool is_final(const struct ringi_error *e)
{
	return e->status >= 400 && e->status < 500 && e->status != 408 && e->status != 429;
}

static void give_up(struct work *w, const struct ringi_error *e)
{
	pthread_mutex_lock(&w->mutex);
	if (!w->failed)
		w->why = *e;
	w->failed = true;
	pthread_mutex_unlock(&w->mutex);
}

static bool has_failed(struct work *w)
{
	bool failed;

	pthread_mutex_lock(&w->mutex);
	failed = w->failed;
	pthread_mutex_unlock(&w->mutex);
	return failed;
}

static void rest_a_while(struct work *w, int n)
{
	int64_t end = now_ms() + (n < 5 ? 200L << n : PAUSE_MOST_MS);

	while (now_ms() < end && !stopped(w) && !has_failed(w))
		pause_ms(LOOK_MS);
}

static void *do_jobs(void *arg)
{
	struct ringi_task *t = arg;
	struct work *w = t->work;
	struct ringi_job **jobs;
	struct ringi_error e;
	int failures = 0;

	while (!stopped(w) && !has_failed(w)) {
		int n = ringi_claim(w->client, w->queue, 1, CLAIM_WAIT_S, w->options.lease_ms,
		                    w->options.worker, &jobs, &e);
		if (n < 0) {
			tell(w, NULL, &e);
			/* A wrong argument of the caller's is the library's own, with status 0. */
			if (is_final(&e) || strcmp(e.code, "BAD_ARGUMENT") == 0)
				give_up(w, &e);
			rest_a_while(w, failures++);
			continue;
		}
		failures = 0;
		if (n > 0)
			do_job(t, jobs[0], now_ms());
		ringi_jobs_free(jobs, n);
	}
	return NULL;
}

/* ---- all of it */

static bool take_options(struct work *w, const struct ringi_options *o, struct ringi_error *e)
{
	if (o != NULL)
		w->options = *o;
	o = &w->options;
	if (o->concurrency == 0)
		w->options.concurrency = 1;
	if (o->lease_ms == 0)
		w->options.lease_ms = LEASE_MS;
	if (o->heartbeat_ms == 0)
		w->options.heartbeat_ms = o->lease_ms / 3 < BEAT_MOST_MS ? (long)o->lease_ms / 3
		                                                         : BEAT_MOST_MS;
	if (o->concurrency < 1 || o->concurrency > LIST_MAX)
		return fault(e, "BAD_ARGUMENT", "concurrency is 1 to 100.");
	if (o->lease_ms < 1000 || o->lease_ms > 43200000)
		return fault(e, "BAD_ARGUMENT", "lease_ms is 1,000 to 43,200,000.");
	if (o->heartbeat_ms < 10 || o->heartbeat_ms >= o->lease_ms)
		return fault(e, "BAD_ARGUMENT", "heartbeat_ms is at least 10, and less than the lease.");
	return true;
}

/* Threads inherit it: signals are for the program's own threads, but for those of faults. */
static void block_signals(sigset_t *before)
{
	sigset_t all;
	const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS };

	sigfillset(&all);
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
		sigdelset(&all, faults[i]);
	pthread_sigmask(SIG_BLOCK, &all, before);
}

static bool run(struct work *w)
{
	pthread_t beats;
	sigset_t before;
	int n = 0, code;

	block_signals(&before);
	code = pthread_create(&beats, NULL, keep_leases, w);
	bool has_beats = code == 0;
	for (; code == 0 && n < w->options.concurrency; n += code == 0) {
		w->tasks[n].work = w;
		code = pthread_create(&w->tasks[n].thread, NULL, do_jobs, &w->tasks[n]);
		if (code != 0) /* those that began end */
			give_up(w, &(struct ringi_error){ 0, "NO_THREAD", "No more threads can be made." });
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	/* The heartbeats look at `concurrency` tasks; those without a thread have no job. */
	while (n > 0)
		pthread_join(w->tasks[--n].thread, NULL);
	pthread_mutex_lock(&w->mutex);
	w->over = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->mutex);
	if (has_beats)
		pthread_join(beats, NULL);
	else
		give_up(w, &(struct ringi_error){ 0, "NO_THREAD", "No more threads can be made." });
	return !w->failed;
}

static void begin_locks(struct work *w)
{
	pthread_condattr_t clock;

	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &clock);
	pthread_condattr_destroy(&clock);
	pthread_mutex_init(&w->mutex, NULL);
}

bool ringi_work(struct ringi *r, const char *queue, const struct ringi_options *options,
                ringi_handler *handler, void *context, struct ringi_error *e)
{
	struct work *w = calloc(1, sizeof *w);
	bool ok;

	if (w == NULL)
		return fault(e, "NO_MEMORY", "Memory is out.");
	if (!take_options(w, options, e)) {
		free(w);
		return false;
	}
	w->client = r;
	w->queue = queue;
	w->handler = handler;
	w->context = context;
	begin_locks(w);
	ok = run(w);
	if (!ok && e != NULL)
		*e = w->why;
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->mutex);
	free(w);
	return ok;
}
