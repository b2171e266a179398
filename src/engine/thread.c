/* thread.c - the threads around engine_turn and around reads.
 *
 *     inbox -> take what has gathered -> engine_turn -> answers to their loops
 *
 * While one turn waits for the disk the next one's commands gather by themselves;
 * there is no timer that waits for a fuller batch. */
#include "engine/thread.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "domain/queue/memory.h"
#include "domain/sql/sql.h"
#include "engine/feed.h"
#include "os/inbox.h"
#include "os/os.h"

enum { LOOPS_MAX = HTTP_LOOPS_MAX + 2 }; /* http loops, egress, the start itself */

struct reader {
	struct engine_thread *owner;
	struct store *store;
	struct inbox *inbox;
	struct os_thread *thread;
};

struct engine_thread {
	struct engine_thread_config config;
	struct store *store;
	struct engine *engine;
	struct feed *feed;
	struct inbox *inbox;
	struct os_thread *thread;
	struct reader readers[READERS];
	atomic_uint next_reader;
	atomic_bool stopping, draining;
	int64_t disk_look_mono; /* engine's thread: when free space is looked at again */
	pthread_mutex_t mutex;  /* of what follows: written by the engine's thread */
	struct engine_figures figures;
	struct clock clock; /* a copy, for the readers */
};

/* ---- answers */

static void hand_back(struct engine_thread *t, struct list *finished)
{
	struct list by_loop[LOOPS_MAX];
	struct node *n;
	int used = 0;

	while ((n = list_take_first(finished)) != NULL) {
		struct cmd *c = CONTAINER(n, struct cmd, node);
		int loop = c->reply_to.loop;
		if (loop < 0) {
			cmd_free(c);
			continue;
		}
		must(loop < LOOPS_MAX && !node_linked(&c->waiting));
		for (; used <= loop; used++)
			list_init(&by_loop[used]);
		list_add_last(&by_loop[loop], n);
	}
	for (int i = 0; i < used; i++)
		if (!list_empty(&by_loop[i]))
			t->config.answer(t->config.answer_context, i, &by_loop[i]);
}

/* ---- the engine's thread */

static int bucket(int64_t n, int64_t first, int buckets)
{
	int i = 0;

	for (int64_t bound = first; i < buckets - 1 && n > bound; bound *= 2)
		i++;
	return i;
}

static void note_turn(struct engine_thread *t, const struct turn *turn)
{
	struct store_stats stats = store_stats(t->store);
	struct engine_figures *f = &t->figures;

	pthread_mutex_lock(&t->mutex);
	if (turn->batches > 0) {
		f->commit_commands[bucket(turn->commands / turn->batches, 1, 12)] += turn->batches;
		int64_t commits = stats.commits - f->commits;
		if (commits > 0)
			f->commit_time[bucket((stats.commit_ns - f->commit_ns) / commits, 50000, 16)] +=
				commits;
	}
	must(stats.commits >= f->commits && stats.syncs >= f->syncs);
	f->batches += turn->batches;
	f->commands += turn->commands;
	f->faults += turn->faults;
	f->commits = stats.commits;
	f->commit_ns = stats.commit_ns;
	f->syncs = stats.syncs;
	f->sync_ns = stats.sync_ns;
	f->log_bytes = stats.log_bytes;
	f->checkpoints = stats.checkpoints;
	f->sql_refused = sql_refused(engine_domain(t->engine));
	f->parked = engine_domain(t->engine)->queues->parked_count;
	f->disk_full = engine_domain(t->engine)->queues->disk_full;
	t->clock = engine_domain(t->engine)->clock;
	pthread_mutex_unlock(&t->mutex);
}

/* At most every DISK_LOOK_MS: on some file systems the question goes over a network. */
static void watch_disk(struct engine_thread *t)
{
	int64_t now_mono = os_now().mono_ms;

	if (t->config.disk == NULL || now_mono < t->disk_look_mono)
		return;
	t->disk_look_mono = now_mono + DISK_LOOK_MS;
	bool was_full = engine_domain(t->engine)->queues->disk_full;
	int64_t bytes = os_disk_free(t->config.disk);
	bool full = bytes >= 0 && bytes < DISK_FREE_MIN;
	if (full == was_full)
		return;
	engine_disk_full(t->engine, full);
	log_line(full ? LOG_ERROR : LOG_INFO, "engine",
	         full ? "disk nearly full" : "disk has room again", "free_bytes=%lld next=\"%s\"",
	         (long long)bytes, full ? "sends are refused, deletes go on" : "sends are taken");
}

static void log_faults(const struct engine_thread *t, const struct turn *turn)
{
	if (turn->faults > 0)
		log_line(LOG_WARN, "engine", "batch rolled back", "err=%s detail=\"%s\" next=\"%s\"",
		         err_name(turn->why), store_detail(t->store),
		         turn->stop ? "the process ends" : "its commands one by one");
}

/* One turn, and the turns that a pushed clock asks for before its answer. */
static struct turn turn_all(struct engine_thread *t, struct list *commands, struct list *finished)
{
	struct clock *clock = &engine_domain(t->engine)->clock;
	struct turn turn = engine_turn(t->engine, commands, clock_now(clock, os_now()), finished);

	while (clock->moved && !turn.stop) {
		clock->moved = false;
		do {
			struct turn more = engine_turn(t->engine, commands, clock_now(clock, os_now()),
			                               finished);
			more.commands += turn.commands;
			more.batches += turn.batches;
			more.faults += turn.faults;
			more.why = more.why == OK ? turn.why : more.why;
			more.outbox_grew = more.outbox_grew || turn.outbox_grew;
			more.push_grew = more.push_grew || turn.push_grew;
			more.notify_grew = more.notify_grew || turn.notify_grew;
			more.archive_grew = more.archive_grew || turn.archive_grew;
			more.keys_changed = more.keys_changed || turn.keys_changed;
			more.feed_grew = more.feed_grew || turn.feed_grew;
			turn = more;
		} while (!turn.stop && turn.next_mono <= clock_now(clock, os_now()).mono_ms);
	}
	return turn;
}

static void one_round(struct engine_thread *t, struct list *commands, int64_t *until)
{
	struct clock *clock = &engine_domain(t->engine)->clock;
	struct list finished;
	int drain, fill;

	list_init(&finished);
	watch_disk(t);
	if (t->config.answers != NULL)
		engine_answers(t->engine, t->config.answers(t->config.context));
	struct turn turn = turn_all(t, commands, &finished);
	must(list_empty(commands));
	log_faults(t, &turn);
	note_turn(t, &turn);
	if (atomic_exchange(&t->draining, false))
		engine_stop_waiting(t->engine, clock_now(clock, os_now()), &finished);
	/* Before the answers: who knows of a revoked key must not meet it any more. */
	if (turn.keys_changed && t->config.keys_changed != NULL)
		t->config.keys_changed(t->config.context);
	hand_back(t, &finished);
	if (turn.outbox_grew && t->config.outbox_grew != NULL)
		t->config.outbox_grew(t->config.context);
	if (turn.feed_grew && t->config.feed_grew != NULL)
		t->config.feed_grew(t->config.context);
	if (turn.push_grew && t->config.push_grew != NULL)
		t->config.push_grew(t->config.context);
	if (turn.notify_grew && t->config.notify_grew != NULL)
		t->config.notify_grew(t->config.context);
	if (turn.archive_grew && t->config.archive_grew != NULL)
		t->config.archive_grew(t->config.context);
	inbox_depth(t->inbox, &drain, &fill);
	enum err fault = turn.stop ? turn.why : engine_idle(t->engine, drain + fill > 0);
	if (fault != OK)
		t->config.died(t->config.context, fault, store_detail(t->store));
	*until = turn.next_wait;
	if (!clock->pinned && turn.next_mono != NEVER && turn.next_mono - clock->mono_offset < *until)
		*until = turn.next_mono - clock->mono_offset;
	int64_t every = store_idle_every_ms(t->store);
	if (every > 0 && os_now().mono_ms + every < *until)
		*until = os_now().mono_ms + every;
}

static void run_engine(void *context)
{
	struct engine_thread *t = context;
	struct list commands;
	int64_t until = 0;

	list_init(&commands);
	while (!atomic_load(&t->stopping) || !list_empty(&commands)) {
		inbox_take(t->inbox, &commands, BATCH_COMMANDS_MAX, until);
		one_round(t, &commands, &until);
	}
	/* What came in between is carried out too. */
	while (inbox_take(t->inbox, &commands, BATCH_COMMANDS_MAX, 0) > 0)
		one_round(t, &commands, &until);
	struct list finished;
	list_init(&finished);
	engine_stop_waiting(t->engine, clock_now(&engine_domain(t->engine)->clock, os_now()),
	                    &finished);
	hand_back(t, &finished);
}

/* ---- the readers' threads */

static void read_one(struct reader *r, struct cmd *c)
{
	struct engine_thread *t = r->owner;

	pthread_mutex_lock(&t->mutex);
	struct now now = clock_now(&t->clock, os_now());
	pthread_mutex_unlock(&t->mutex);
	uint64_t cut = buf_failures();
	c->fault = cmd_read(c, r->store, now);
	if (c->fault == OK && buf_failures() != cut)
		c->fault = ERR_LIMIT; /* no cut text is answered */
	if (c->fault != OK)
		log_line(LOG_WARN, "reader", "a read failed", "op=%s err=%s detail=\"%s\"", c->op->name,
		         err_name(c->fault), store_detail(r->store));
}

static void run_reader(void *context)
{
	struct reader *r = context;
	struct list commands, finished;

	list_init(&commands);
	list_init(&finished);
	for (;;) {
		/* Asked for before the wait: a wake-up that comes with a command is used up by
		 * it, and the one that tells of the end comes once. */
		bool stopping = atomic_load(&r->owner->stopping);
		if (inbox_take(r->inbox, &commands, 1, stopping ? 0 : NEVER) == 0) {
			if (stopping)
				break;
			continue;
		}
		struct node *n = list_take_first(&commands);
		read_one(r, CONTAINER(n, struct cmd, node));
		list_add_last(&finished, n);
		hand_back(r->owner, &finished);
	}
}

/* ---- the door */

bool submit(struct engine_thread *t, struct cmd **take)
{
	struct cmd *c = *take;
	bool taken;

	must(c != NULL && c->magic == CMD_MAGIC && c->op->lane != LANE_LOCAL);
	if (c->op->lane == LANE_READ)
		taken = inbox_put(t->readers[atomic_fetch_add(&t->next_reader, 1) % READERS].inbox,
		                  &c->node, false);
	else
		taken = inbox_put(t->inbox, &c->node, c->op->drains);
	if (taken)
		*take = NULL;
	return taken;
}

void submit_gone(struct engine_thread *t, struct reply_to gone)
{
	struct cmd *c = cmd_new(&op_queue_gone);
	struct reply_to *in = ARENA_NEW(c->arena, struct reply_to);

	must(gone.loop >= 0 && gone.loop < LOOPS_MAX);
	*in = gone;
	c->in = in;
	inbox_put_own(t->inbox, &c->node);
}

struct engine_figures engine_figures(struct engine_thread *t)
{
	pthread_mutex_lock(&t->mutex);
	struct engine_figures f = t->figures;
	pthread_mutex_unlock(&t->mutex);
	inbox_depth(t->inbox, &f.inbox_drain, &f.inbox_fill);
	for (int i = 0; i < READERS; i++) {
		int drain, fill;
		inbox_depth(t->readers[i].inbox, &drain, &fill);
		f.inbox_read += fill;
	}
	f.stopping = atomic_load(&t->stopping);
	return f;
}

/* ---- start and stop */

static enum err open_parts(struct engine_thread *t, char detail[256])
{
	TRY(store_open(&t->store, t->config.place, detail));
	struct engine_config config = {
		.store = t->store,
		.feed = t->feed,
		.domain = t->config.domain,
		.node = t->config.node,
	};
	os_random(config.seed, sizeof config.seed);
	TRY(engine_open(&t->engine, &config, os_now(), detail));
	for (int i = 0; i < READERS; i++)
		TRY(store_open_reader(&t->readers[i].store, t->config.place, detail));
	return OK;
}

static void close_parts(struct engine_thread *t)
{
	for (int i = 0; i < READERS; i++) {
		store_close(t->readers[i].store);
		inbox_close(t->readers[i].inbox);
	}
	engine_close(t->engine);
	store_close(t->store);
	feed_close(t->feed);
	inbox_close(t->inbox);
	pthread_mutex_destroy(&t->mutex);
	mem_free(t);
}

struct engine_thread *engine_thread_open(const struct engine_thread_config *config, enum err *why,
                                         char detail[256])
{
	struct engine_thread *t = mem_get(sizeof *t);

	must(config->answer != NULL && config->died != NULL);
	t->config = *config;
	must(pthread_mutex_init(&t->mutex, NULL) == 0);
	t->inbox = inbox_open(INBOX_DRAIN_MAX, INBOX_FILL_MAX);
	t->feed = feed_open();
	for (int i = 0; i < READERS; i++) {
		t->readers[i].owner = t;
		t->readers[i].inbox = inbox_open(READ_INBOX_MAX, READ_INBOX_MAX);
	}
	*why = open_parts(t, detail);
	if (*why != OK) {
		close_parts(t);
		return NULL;
	}
	t->thread = os_thread_start("engine", run_engine, t);
	for (int i = 0; i < READERS; i++)
		t->readers[i].thread = os_thread_start("reader", run_reader, &t->readers[i]);
	return t;
}

const struct domain_config *engine_thread_domain(const struct engine_thread *t)
{
	return &engine_domain(t->engine)->config;
}

const struct keys *engine_thread_keys(const struct engine_thread *t)
{
	return engine_domain(t->engine)->keys;
}

const struct accounts *engine_thread_accounts(const struct engine_thread *t)
{
	return engine_domain(t->engine)->accounts;
}

struct feed *engine_thread_feed(struct engine_thread *t)
{
	return t->feed;
}

const char *engine_thread_store(const struct engine_thread *t)
{
	return store_about(t->store);
}

const struct queues *engine_thread_queues(const struct engine_thread *t)
{
	return engine_domain(t->engine)->queues;
}

void engine_thread_drain(struct engine_thread *t)
{
	atomic_store(&t->draining, true);
	inbox_wake(t->inbox);
}

struct engine_thread *engine_thread_close(struct engine_thread *t)
{
	if (t == NULL)
		return NULL;
	atomic_store(&t->stopping, true);
	inbox_wake(t->inbox);
	must(t->thread != NULL);
	os_thread_join(t->thread);
	for (int i = 0; i < READERS; i++) {
		inbox_wake(t->readers[i].inbox);
		os_thread_join(t->readers[i].thread);
	}
	close_parts(t);
	return NULL;
}
