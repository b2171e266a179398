/* events.c - GET /v1/events and /v1/jobs/{id}/events: a stream, or a page of JSON.
 *
 *     parse   filter; where the client was: a position that the feed still holds -> go on from
 *             there, else a snapshot
 *     read    the snapshot, by a reader; of one job always, because its queue decides who may
 *     begin   stream: head, snapshot or what was missed, then it is the hub's
 *             page: answered now, or when there is something */
#include "api/live/hub.h"
#include "api/rest/routes.h"
#include "api/state.h"
#include "base/limits.h"
#include "domain/job/watch.h"
#include "wire/json.h"
#include "wire/sse.h"

/* ---- what is wanted */

/* False: there is none to go on from. One that cannot be read is refused when somebody wrote
 * it, but a browser that comes with one would give up for good: it begins anew. */
static bool read_position(struct api_call *call, const struct rest_in *in, struct feed_position *at)
{
	struct str last = http_header(in->request, "Last-Event-ID");
	struct str after = form_get(&in->query, "after");

	if (last.len > 0) {
		if (!feed_position_read(last, at))
			*at = (struct feed_position){ 0 };
		return true;
	}
	if (!str_given(after))
		return false;
	if (str_is(after, "now"))
		*at = feed_head(call->api->live->feed);
	else if (!feed_position_read(after, at))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "after must be the id of an event, or now, not %.*s.", S_ARG(after));
	return true;
}

static bool held(struct live_loop *l, struct feed_position at)
{
	struct feed_event one;

	return feed_read(l->live->feed, &at, NULL, &one, 1) != FEED_LOST;
}

/* Where it begins. What a page begins with may have had others before it, that of a stream
 * has its snapshot. */
static void read_begin(struct api_call *call, const struct rest_in *in, struct watch *w)
{
	struct live_loop *l = hub_loop(call);
	bool given = read_position(call, in, &w->at);

	w->resumed = given && (w->page ? held(l, w->at) : tell_resumes(l, w));
	w->reset = !w->resumed && (given || w->page);
	if (!w->resumed)
		w->at = w->page ? feed_oldest(l->live->feed) : feed_head(l->live->feed);
}

static void read_filter(struct api_call *call, const struct rest_in *in, struct watch *w,
                        struct str job)
{
	struct str types = form_get(&in->query, "types"), wrong = S_NONE;
	struct str group = form_get(&in->query, "group");

	w->filter.queue = form_get(&in->query, "queue");
	if (w->filter.queue.len == 0)
		w->filter.queue = S_NONE;
	if (w->filter.queue.len > QUEUE_NAME_MAX)
		(void)refuse(call->c, REFUSED_NO_SUCH_QUEUE, "There is no queue with such a long name.");
	if (str_given(job)) {
		w->filter.job = &w->job;
		if (!uuid_read(job, &w->job))
			(void)refuse(call->c, REFUSED_NO_SUCH_JOB, "There is no job %.*s.", S_ARG(job));
	}
	if (group.len > 0) {
		w->filter.group = &w->group;
		if (!uuid_read(group, &w->group))
			(void)refuse(call->c, REFUSED_NO_SUCH_GROUP, "There is no group %.*s.", S_ARG(group));
		hub_want_groups(hub_loop(call));
	}
	if (types.len > 0 && !text_kinds_read(types, &w->filter.kinds, &wrong))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "types must be some of job.pending, job.running, job.progress, "
		             "job.succeeded, job.failed, job.canceled, separated by commas, not %.*s.",
		             S_ARG(wrong));
	/* Of a job only the queue is not known yet; what is about no queue is about all of them. */
	call->resource = w->filter.queue;
	if (!str_given(w->filter.queue) && !str_given(job))
		call->resource = S("*");
}

static bool wants_page(const struct rest_in *in)
{
	struct str accept = http_header(in->request, "Accept");
	struct str format = form_get(&in->query, "format");

	if (str_given(format))
		return str_is(format, "json");
	/* Who names JSON and not the stream. */
	return str_given(accept) && accept.len > 0 &&
	       memmem(accept.at, accept.len, "application/json", 16) != NULL &&
	       memmem(accept.at, accept.len, "text/event-stream", 17) == NULL;
}

static void read_form(struct api_call *call, const struct rest_in *in, struct watch *w)
{
	struct str format = form_get(&in->query, "format"), wait = form_get(&in->query, "wait");
	int64_t seconds = 0;

	w->page = wants_page(in);
	w->max = rest_limit(call, in, EVENTS_PAGE_MAX, EVENTS_PAGE_MAX);
	w->head = in->request->method == HTTP_HEAD_;
	if (str_given(format) && !w->page && !str_is(format, "sse"))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER, "format must be json or sse, not %.*s.",
		             S_ARG(format));
	if (str_given(wait) && !str_i64(wait, 0, EVENTS_WAIT_MAX_S, &seconds))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "wait must be a number of seconds from 0 to %d, not %.*s.", EVENTS_WAIT_MAX_S,
		             S_ARG(wait));
	w->wait_ms = seconds * SECOND_MS;
}

/* The command that has to go before: the snapshot, or whose job it is, or nothing. */
static void choose_op(struct api_call *call, const struct watch *w)
{
	struct job_watch *in = CALL_NEW(call, struct job_watch);

	call->c->in = in;
	in->job = w->filter.job;
	in->group = w->filter.group;
	in->queue = w->filter.queue;
	in->max = w->filter.job != NULL ? 1 : SNAPSHOT_MAX;
	call->c->op = &op_rest_local;
	if (w->filter.job != NULL || (!w->page && !w->resumed))
		call->c->op = &op_job_watch;
}

static void parse(struct api_call *call, const struct rest_in *in, struct str job)
{
	struct watch *w = CALL_NEW(call, struct watch);

	call->extra = w;
	if (call->api->live == NULL) {
		(void)refuse(call->c, REFUSED_UNSUPPORTED_OPERATION, "This server has no live events.");
		return;
	}
	read_filter(call, in, w, job);
	read_form(call, in, w);
	if (cmd_refused(call->c))
		return;
	read_begin(call, in, w);
	w->key_queue = w->filter.queue;
	choose_op(call, w);
}

void live_parse(struct api_call *call, const struct rest_in *in)
{
	struct str job = form_get(&in->query, "job");

	parse(call, in, job.len == 0 ? S_NONE : job);
}

void live_job_parse(struct api_call *call, const struct rest_in *in)
{
	parse(call, in, in->args[0]);
}

/* A key with the right to some queues only watches the job in the queue it is in. */
static void keep_to_queue(struct api_call *call, struct watch *w)
{
	const struct job_watch *in = call->c->in;

	if (!hub_may(hub_loop(call), &call->c->caller, S_NONE))
		w->filter.queue = w->key_queue = in->jobs[0].queue;
}

/* ---- a stream */

static void write_snapshot_job(struct buf *b, const struct watched_job *j)
{
	char id[37];

	uuid_text(j->id, id);
	buf_printf(b, "{\"job\":\"%s\",\"queue\":", id);
	json_write_text(b, j->queue);
	buf_add(b, S(",\"state\":\""));
	buf_add(b, job_state_name(j->state));
	buf_printf(b, "\",\"attempts\":%lld", (long long)j->attempts);
	text_ending(b, j->progress, j->at_ms);
}

/* One event, so that a client has all of it or nothing. */
static void write_snapshot(struct buf *b, const struct job_watch *in, struct feed_position at)
{
	struct buf json = { 0 };
	char id[FEED_POSITION_TEXT];

	feed_position_text(at, id);
	buf_add(&json, S("{\"jobs\":["));
	for (int i = 0; i < in->count; i++) {
		if (i > 0)
			buf_add_byte(&json, ',');
		write_snapshot_job(&json, &in->jobs[i]);
	}
	buf_add(&json, S("],\"more\":"));
	buf_add(&json, in->more ? S("true}") : S("false}"));
	sse_write(b, &(struct sse_event){ str_of(id), S("snapshot"), buf_str(&json) });
	buf_free(&json);
}

void text_retry_sse(struct api_call *call, struct buf *b)
{
	struct rng *rng = &call->api->loops[call->c->reply_to.loop].rng;

	/* Not all at once, when all have lost their streams at once. */
	sse_write_retry(b, EVENTS_RETRY_MS + (int64_t)rng_below(rng, EVENTS_RETRY_MS));
}

static void write_beginning(struct api_call *call, const struct watch *w, struct buf *b)
{
	text_retry_sse(call, b);
	if (w->resumed)
		text_position_sse(b, w->at);
	if (w->reset)
		text_reset_sse(b);
	if (!w->resumed)
		write_snapshot(b, call->c->in, w->at);
}

bool hub_start(struct api_call *call, const struct watch *w, struct str body)
{
	struct http_server *http = *call->api->config.http;
	const struct reply_to *to = &call->c->reply_to;
	struct buf headers = { 0 };

	buf_add(&headers, S("x-amzn-RequestId: "));
	buf_add(&headers, call->c->request_id);
	buf_add(&headers, S("\r\nX-Accel-Buffering: no\r\n")); /* nginx passes it on at once */
	rest_write_headers(&headers);
	struct http_answer a = {
		.status = 200,
		.content_type = S("text/event-stream"),
		.headers = buf_str(&headers),
		.body = body,
	};
	struct conn_name conn = { to->loop, to->slot, to->generation };
	bool here = http_stream_start(http, conn, &a);
	if (here && w->head) {
		(void)http_stream_end(http, conn);
		here = false;
	}
	buf_free(&headers);
	atomic_fetch_add_explicit(&call->api->loops[to->loop].calls, 1, memory_order_relaxed);
	return here;
}

static void stream(struct api_call *call, const struct watch *w)
{
	struct buf body = { 0 };

	write_beginning(call, w, &body);
	if (hub_start(call, w, buf_str(&body)))
		hub_stream(call);
	buf_free(&body);
	cmd_free(call->c);
}

/* ---- a page */

static int read_page(const struct api_call *call, struct feed_position *at,
                     struct feed_event **events)
{
	const struct watch *w = watch_of(call);

	*at = w->at;
	*events = arena_raw(call->c->arena, sizeof **events * (size_t)w->max);
	return feed_read(call->api->live->feed, at, &w->filter, *events, w->max);
}

void live_page_write(const struct api_call *call, struct buf *b)
{
	const struct watch *w = watch_of(call);
	struct feed_event *events;
	struct feed_position next;
	int count = read_page(call, &next, &events);
	bool reset = w->reset || count == FEED_LOST;
	char text[FEED_POSITION_TEXT];

	if (count == FEED_LOST) /* while it waited: from the oldest on, next time */
		next = feed_oldest(call->api->live->feed);
	feed_position_text(next, text);
	buf_add(b, S("{\"events\":["));
	for (int i = 0; i < count; i++) {
		struct feed_position id = { next.start, events[i].number };
		if (i > 0)
			buf_add_byte(b, ',');
		text_event_json(b, &events[i], &id);
	}
	buf_printf(b, "],\"next\":\"%s\",\"reset\":%s}", text, reset ? "true" : "false");
}

static bool page_waits(const struct api_call *call, const struct watch *w)
{
	return w->wait_ms > 0 && !w->waited && !w->head && !w->reset &&
	       !atomic_load(&call->api->live->stopping) && !hub_something(call);
}

/* ---- begun */

bool live_begin(struct api_call *call)
{
	struct watch *w = watch_of(call);

	if (w->filter.job != NULL && !w->waited)
		keep_to_queue(call, w);
	if (w->page && !page_waits(call, w))
		return false;
	if (atomic_load(&call->api->live->stopping)) {
		(void)refuse(call->c, REFUSED_UNAVAILABLE, "The server stops.");
		return false;
	}
	if (!w->head && !hub_room(call))
		return false;
	if (w->page)
		hub_wait(call);
	else
		stream(call, w);
	return true;
}
