/* metrics.c - /metrics: the server's figures in Prometheus's text form.
 *
 * One walk for each metric, because all samples of a metric must stand together. */
#include "api/metrics/flow.h"
#include "api/rest/routes.h"
#include "api/state.h"
#include "base/limits.h"
#include "base/nodes.h"
#include "domain/metrics.h"
#include "engine/submit.h"

void metrics_parse(struct api_call *call, const struct rest_in *rest)
{
	struct metrics *m = CALL_NEW(call, struct metrics);

	(void)rest;
	call->c->in = m;
	m->queues.all_figures = true;
}

static void head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void number(struct buf *b, const char *name, const char *type, const char *help,
                   int64_t value)
{
	head(b, name, type, help);
	buf_printf(b, "%s %lld\n", name, (long long)value);
}

/* ---- queues */

typedef int64_t figure_fn(const struct queue_figures *, int64_t now_ms);

#define FIGURE(name, expression) \
	static int64_t name(const struct queue_figures *f, int64_t now_ms) \
	{ \
		(void)now_ms; \
		return expression; \
	}
FIGURE(visible, f->visible)
FIGURE(in_flight, f->in_flight)
FIGURE(delayed, f->delayed)
FIGURE(sent, f->sent)
FIGURE(received, f->received)
FIGURE(deleted, f->deleted)
FIGURE(dead_lettered, f->dead_lettered)
FIGURE(blocked, f->blocked_groups)
FIGURE(failed, f->failed)
FIGURE(refused, f->refused)
FIGURE(held, f->held_groups)
FIGURE(waiting, f->waiting)
FIGURE(paused, f->paused)
FIGURE(is_dlq, f->is_dlq)
FIGURE(oldest, f->oldest_sent_at == 0 || f->oldest_sent_at > now_ms
                   ? 0
                   : (now_ms - f->oldest_sent_at) / SECOND_MS)

static const struct {
	const char *name, *type, *help;
	figure_fn *figure;
} of_queues[] = {
	{ "ringi_queue_messages_visible", "gauge", "Messages that can be received.", visible },
	{ "ringi_queue_messages_in_flight", "gauge", "Messages received and not yet deleted.",
	  in_flight },
	{ "ringi_queue_messages_delayed", "gauge", "Messages that wait for their delay to pass.",
	  delayed },
	{ "ringi_queue_oldest_age_seconds", "gauge", "How long ago the oldest message was sent.",
	  oldest },
	{ "ringi_queue_sent_total", "counter", "Messages sent to the queue.", sent },
	{ "ringi_queue_received_total", "counter", "Receives, repeated ones included.", received },
	{ "ringi_queue_deleted_total", "counter", "Messages deleted by receivers.", deleted },
	{ "ringi_queue_dead_lettered_total", "counter", "Messages moved to the dead-letter queue.",
	  dead_lettered },
	{ "ringi_queue_failed_total", "counter",
	  "Attempts that ended without a delete: reported, given back, or out of time.", failed },
	{ "ringi_queue_refused_total", "counter", "Sends refused, because it was full.", refused },
	{ "ringi_queue_blocked_groups", "gauge", "Message groups stopped by a poisoned message.",
	  blocked },
	{ "ringi_queue_held_groups", "gauge",
	  "Message groups with waiting messages that are at their limit.", held },
	{ "ringi_queue_waiting_receives", "gauge", "Long polls that wait for a message.", waiting },
	{ "ringi_queue_paused", "gauge", "1: the queue hands nothing out.", paused },
	{ "ringi_queue_is_dlq", "gauge", "1: other queues send their dead letters here.", is_dlq },
};

static void queues(struct buf *b, const struct queue_metrics *in, int64_t now_ms)
{
	for (size_t m = 0; m < sizeof of_queues / sizeof *of_queues; m++) {
		head(b, of_queues[m].name, of_queues[m].type, of_queues[m].help);
		for (int i = 0; i < in->count; i++) {
			buf_add_text(b, of_queues[m].name);
			buf_add(b, S("{queue=\""));
			buf_add(b, in->figures[i].name);
			buf_add(b, S("\"} "));
			buf_add_i64(b, of_queues[m].figure(&in->figures[i], now_ms));
			buf_add_byte(b, '\n');
		}
	}
}

/* ---- the engine */

/* `unit`: what the first bound is worth; each bound is twice the one before. */
static void histogram(struct buf *b, const char *name, const char *help, const int64_t *counts,
                      int buckets, double unit, double sum)
{
	int64_t below = 0;
	double bound = unit;

	head(b, name, "histogram", help);
	for (int i = 0; i < buckets; i++, bound *= 2) {
		below += counts[i];
		if (i + 1 < buckets)
			buf_printf(b, "%s_bucket{le=\"%g\"} %lld\n", name, bound, (long long)below);
	}
	buf_printf(b, "%s_bucket{le=\"+Inf\"} %lld\n", name, (long long)below);
	buf_printf(b, "%s_sum %.9f\n%s_count %lld\n", name, sum, name, (long long)below);
}

static void engine(struct buf *b, const struct engine_figures *e)
{
	int times = sizeof e->commit_time / sizeof *e->commit_time;
	int sizes = sizeof e->commit_commands / sizeof *e->commit_commands;

	histogram(b, "ringi_commit_seconds", "From the begin of a transaction to its end on disk.",
	          e->commit_time, times, 50e-6, (double)e->commit_ns / 1e9);
	histogram(b, "ringi_commit_commands", "Commands that shared one transaction.",
	          e->commit_commands, sizes, 1, (double)e->commands);
	head(b, "ringi_sync_seconds", "summary", "Waiting for the disk to confirm what was written.");
	buf_printf(b, "ringi_sync_seconds_sum %.9f\nringi_sync_seconds_count %lld\n",
	           (double)e->sync_ns / 1e9, (long long)e->syncs);
	head(b, "ringi_inbox_depth", "gauge", "Commands that wait for the engine or a reader.");
	buf_printf(b,
	           "ringi_inbox_depth{inbox=\"drain\"} %d\nringi_inbox_depth{inbox=\"fill\"} %d\n"
	           "ringi_inbox_depth{inbox=\"read\"} %d\n",
	           e->inbox_drain, e->inbox_fill, e->inbox_read);
	number(b, "ringi_batches_total", "counter", "Transactions begun.", e->batches);
	number(b, "ringi_commands_total", "counter", "Commands carried out.", e->commands);
	number(b, "ringi_faults_total", "counter", "Commands that the server could not carry out.",
	       e->faults);
	number(b, "ringi_sql_refused_total", "counter",
	       "Commands of applications (SQL functions) that were refused: table sql_refused.",
	       e->sql_refused);
	number(b, "ringi_checkpoints_total", "counter", "Checkpoints of the write-ahead log.",
	       e->checkpoints);
	number(b, "ringi_log_bytes", "gauge", "Size of the write-ahead log.", e->log_bytes);
	number(b, "ringi_gone_receives_total", "counter", "Messages handed to a client that had left.",
	       e->gone_receives);
	number(b, "ringi_disk_full", "gauge", "1: sends are refused until there is room.",
	       e->disk_full);
}

/* ---- the doors */

static void doors(struct buf *b, struct api *api, const struct http_stats *h)
{
	int64_t calls = 0, refused = 0, faults = 0;

	for (int i = 0; i < api->loop_count; i++) {
		calls += atomic_load_explicit(&api->loops[i].calls, memory_order_relaxed);
		refused += atomic_load_explicit(&api->loops[i].refused, memory_order_relaxed);
		faults += atomic_load_explicit(&api->loops[i].faults, memory_order_relaxed);
	}
	number(b, "ringi_http_connections", "gauge", "Open connections.", h->connections);
	number(b, "ringi_http_accepted_total", "counter", "Connections accepted.", h->accepted);
	number(b, "ringi_http_requests_total", "counter", "Requests read.", h->requests);
	number(b, "ringi_http_malformed_total", "counter",
	       "Requests that were no HTTP and were refused.", h->refused);
	number(b, "ringi_http_received_bytes_total", "counter", "Bytes read.", h->bytes_in);
	number(b, "ringi_http_sent_bytes_total", "counter", "Bytes written.", h->bytes_out);
	number(b, "ringi_calls_total", "counter", "Calls answered.", calls);
	number(b, "ringi_calls_refused_total", "counter", "Calls answered with a refusal.", refused);
	number(b, "ringi_calls_failed_total", "counter", "Calls that the server could not carry out.",
	       faults);
}

/* ---- topics, and calls to the outside */

static void topics(struct buf *b, const struct topic_figures *f)
{
	number(b, "ringi_topics", "gauge", "Topics.", f->topics);
	number(b, "ringi_subscriptions", "gauge", "Subscriptions of all topics.", f->subscriptions);
	number(b, "ringi_topic_published_total", "counter", "Messages published to topics.",
	       f->published);
	number(b, "ringi_topic_delivered_total", "counter",
	       "Deliveries to one subscription that arrived.", f->delivered);
	number(b, "ringi_topic_filtered_total", "counter",
	       "Deliveries that a filter policy did not want.", f->filtered);
	number(b, "ringi_topic_failed_total", "counter", "Deliveries that were given up.", f->failed);
	number(b, "ringi_topic_dead_lettered_total", "counter",
	       "Deliveries that went to the subscription's dead-letter queue.", f->dead_lettered);
	number(b, "ringi_topic_waiting_calls", "gauge",
	       "Calls to subscribers that are still to be made.", f->waiting);
}

static void schedules(struct buf *b, const struct schedule_figures *f)
{
	number(b, "ringi_schedules", "gauge", "Schedules.", f->schedules);
	number(b, "ringi_schedules_paused", "gauge", "Schedules that are paused.", f->paused);
	head(b, "ringi_schedule_firings_total", "counter",
	     "Due times that were decided about, and firings by hand.");
	buf_printf(b,
	           "ringi_schedule_firings_total{outcome=\"fired\"} %lld\n"
	           "ringi_schedule_firings_total{outcome=\"skipped\"} %lld\n"
	           "ringi_schedule_firings_total{outcome=\"missed\"} %lld\n"
	           "ringi_schedule_firings_total{outcome=\"failed\"} %lld\n",
	           (long long)f->fired, (long long)f->skipped, (long long)f->missed,
	           (long long)f->failed);
}

static void calls_out(struct buf *b, const struct api_calls_out *f)
{
	number(b, "ringi_egress_calls_total", "counter", "Calls to subscribers of topics that ended.",
	       f->outbox.called);
	head(b, "ringi_egress_ended_total", "counter",
	     "Calls that ended: done, failed (tried again), final (never again).");
	buf_printf(b,
	           "ringi_egress_ended_total{result=\"done\"} %lld\n"
	           "ringi_egress_ended_total{result=\"failed\"} %lld\n"
	           "ringi_egress_ended_total{result=\"final\"} %lld\n",
	           (long long)f->outbox.done, (long long)f->outbox.failed, (long long)f->outbox.final);
	number(b, "ringi_egress_under_way", "gauge", "Calls to subscribers being made.",
	       f->outbox.under_way);
	head(b, "ringi_push_calls_total", "counter",
	     "Calls of push queues that ended: done, failed (tried again), refused (never again).");
	buf_printf(b,
	           "ringi_push_calls_total{result=\"done\"} %lld\n"
	           "ringi_push_calls_total{result=\"failed\"} %lld\n"
	           "ringi_push_calls_total{result=\"refused\"} %lld\n",
	           (long long)f->push.done, (long long)f->push.failed, (long long)f->push.final);
	number(b, "ringi_push_under_way", "gauge", "Calls of push queues being made.",
	       f->push.under_way);
	head(b, "ringi_notify_attempts_total", "counter",
	     "Attempts to send notifications: sent, failed (tried again), refused (by that channel).");
	buf_printf(b,
	           "ringi_notify_attempts_total{result=\"sent\"} %lld\n"
	           "ringi_notify_attempts_total{result=\"failed\"} %lld\n"
	           "ringi_notify_attempts_total{result=\"refused\"} %lld\n",
	           (long long)f->notify.done, (long long)f->notify.failed, (long long)f->notify.final);
	number(b, "ringi_notify_retry_ratio_percent", "gauge",
	       "Attempts to send notifications that failed, of a hundred, since the start.",
	       f->notify.called == 0 ? 0
	                             : 100 * (f->notify.failed + f->notify.final) / f->notify.called);
}

static void traces(struct buf *b, const struct api_calls_out *f)
{
	if (!f->traces.on)
		return;
	head(b, "ringi_trace_spans_total", "counter",
	     "Spans for the collector: sent, rejected (by it), dropped (it did not take them).");
	buf_printf(b,
	           "ringi_trace_spans_total{result=\"sent\"} %lld\n"
	           "ringi_trace_spans_total{result=\"rejected\"} %lld\n"
	           "ringi_trace_spans_total{result=\"dropped\"} %lld\n",
	           (long long)f->traces.sent, (long long)f->traces.rejected,
	           (long long)f->traces.dropped);
	number(b, "ringi_trace_requests_failed_total", "counter",
	       "Requests that the collector did not take.", f->traces.failed_requests);
}

static void archive(struct buf *b, const struct api_calls_out *f)
{
	if (!f->archive.on)
		return;
	number(b, "ringi_archived_messages_total", "counter",
	       "Dead letters that went into files when their retention was over.", f->archive.messages);
	number(b, "ringi_archive_failures_total", "counter", "Files that could not be written.",
	       f->archive.failures);
	number(b, "ringi_archive_waiting", "gauge",
	       "1: the last file could not be written, dead letters wait in their queues.",
	       f->archive.waiting);
}

/* Only of push queues. */
static void breakers(struct buf *b, const struct queue_metrics *in)
{
	head(b, "ringi_queue_push_state", "gauge",
	     "Calls of the push queue: 0 made, 1 held back after failures, 2 one on trial.");
	for (int i = 0; i < in->count; i++)
		if (in->figures[i].push.on)
			buf_printf(b, "ringi_queue_push_state{queue=\"%.*s\"} %d\n", S_ARG(in->figures[i].name),
			           (int)in->figures[i].push.state);
}

/* ---- live events */

static void live(struct buf *b, const struct live_figures *f)
{
	number(b, "ringi_watchers", "gauge", "Streams of live events, and pages that wait for one.",
	       f->watchers);
	number(b, "ringi_events_sent_total", "counter", "Changes of jobs told to a stream.", f->told);
	number(b, "ringi_watchers_cut_total", "counter",
	       "Streams that ended because their client did not read them.", f->cut);
}

/* ---- limits */

struct limit {
	const char *name;
	int64_t used, max;
};

/* Those that people set: only of queues that have one. */
static void limits_of_queues(struct buf *b, const struct queue_metrics *in, bool used)
{
	for (int i = 0; i < in->count; i++) {
		const struct queue_figures *f = &in->figures[i];
		if (f->max_messages == 0)
			continue;
		buf_printf(b, "ringi_limit_%s{limit=\"max_messages\",queue=\"%.*s\"} %lld\n",
		           used ? "used" : "max", S_ARG(f->name),
		           (long long)(used ? f->visible + f->in_flight + f->delayed : f->max_messages));
	}
}

static void write_limits(struct buf *b, const struct limit *all, size_t count,
                         const struct queue_metrics *in)
{
	head(b, "ringi_limit_used", "gauge", "How much of a limit is in use.");
	for (size_t i = 0; i < count; i++)
		buf_printf(b, "ringi_limit_used{limit=\"%s\"} %lld\n", all[i].name, (long long)all[i].used);
	limits_of_queues(b, in, true);
	head(b, "ringi_limit_max", "gauge", "The limit.");
	for (size_t i = 0; i < count; i++)
		buf_printf(b, "ringi_limit_max{limit=\"%s\"} %lld\n", all[i].name, (long long)all[i].max);
	limits_of_queues(b, in, false);
}

/* Of a limit that each queue, topic or subscription has for itself: the fullest one. */
static void limits(struct buf *b, const struct metrics *m, const struct engine_figures *e,
                   const struct http_stats *h, const struct api_calls_out *out, int64_t watchers)
{
	const struct limit all[] = {
		{ "connections", h->connections, HTTP_CONNS_MAX },
		{ "body_bytes", h->body_bytes_held, HTTP_BODIES_MAX },
		{ "inbox_drain", e->inbox_drain, INBOX_DRAIN_MAX },
		{ "inbox_fill", e->inbox_fill, INBOX_FILL_MAX },
		{ "inbox_read", e->inbox_read, READ_INBOX_MAX * READERS },
		{ "waiting_receives", m->queues.parked, WAITING_RECEIVES_MAX },
		{ "queues", m->queues.queues, QUEUES_MAX },
		{ "in_flight", m->queues.most_in_flight, QUEUE_IN_FLIGHT_MAX },
		{ "receive_attempts", m->queues.most_attempts, ATTEMPTS_MAX },
		{ "topics", m->topics.topics, TOPICS_MAX },
		{ "subscriptions", m->topics.most_subscriptions, TOPIC_SUBSCRIPTIONS_MAX },
		{ "waiting_calls", m->topics.most_waiting, OUTBOX_OWNER_MAX },
		{ "schedules", m->schedules.schedules, SCHEDULES_MAX },
		{ "calendars", m->schedules.calendars, CALENDARS_MAX },
		{ "calls", out->outbox.under_way, EGRESS_CALLS_MAX },
		{ "callbacks", m->callbacks, CALLBACKS_MAX },
		{ "push_calls", out->push.under_way, PUSH_CALLS_MAX },
		{ "notify_calls", out->notify.under_way, NOTIFY_CALLS_MAX },
		{ "watchers", watchers, WATCHERS_MAX },
		{ "access_keys", m->keys, KEYS_MAX },
	};

	write_limits(b, all, sizeof all / sizeof *all, &m->queues);
}

void metrics_write(const struct api_call *call, struct buf *b)
{
	const struct metrics *m = call->c->in;
	const struct api_config *config = &call->api->config;
	struct engine_figures e = engine_figures(config->engine);
	struct http_stats h = http_stats(*config->http);
	struct api_calls_out out = { 0 };
	struct live_figures watched = { 0 };

	if (call->api->live != NULL)
		watched = live_figures(call->api->live);
	if (config->calls_out != NULL)
		out = config->calls_out(config->calls_out_context);
	queues(b, &m->queues, call->now_ms);
	metrics_flow(b, &m->queues);
	breakers(b, &m->queues);
	topics(b, &m->topics);
	schedules(b, &m->schedules);
	calls_out(b, &out);
	traces(b, &out);
	archive(b, &out);
	engine(b, &e);
	doors(b, call->api, &h);
	live(b, &watched);
	nodes_metrics(b, call_nodes(call));
	limits(b, m, &e, &h, &out, watched.watchers);
	if (config->memory_resident != NULL)
		number(b, "ringi_memory_resident_bytes", "gauge", "Memory that the process holds.",
		       config->memory_resident());
	if (config->disk_free != NULL)
		number(b, "ringi_disk_free_bytes", "gauge", "Room left on the disk of the data.",
		       config->disk_free());
	head(b, "ringi_build_info", "gauge", "The version, as a label.");
	buf_add(b, S("ringi_build_info{version=\"" RINGI_VERSION "\"} 1\n"));
}
