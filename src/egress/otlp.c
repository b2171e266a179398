/* otlp.c - the exporter of traces: its turn from the feed to the collector; see otlp.h. */
#include "egress/otlp.h"

#include <stdio.h>

#include "base/log.h"
#include "egress/call.h"
#include "os/os.h"
#include "wire/json.h"

static void on_timer(uv_timer_t *);

static void wait(struct otlp *o, int64_t ms)
{
	if (!o->ended)
		uv_timer_start(&o->timer, on_timer, (uint64_t)ms, 0);
}

static void next(struct otlp *o)
{
	wait(o, o->full ? 0 : OTLP_EVERY_MS);
}

/* ---- from the feed */

/* Only what has ended is told: a new job is not, nor a claim. */
static bool tells(const struct feed_event *e)
{
	return e->again || job_state_final((enum job_state)e->state);
}

static int read_feed(struct otlp *o, struct feed_event *to)
{
	static const struct feed_filter ended = {
		.kinds = 1u << JOB_PENDING | 1u << JOB_SUCCEEDED | 1u << JOB_FAILED | 1u << JOB_CANCELED,
	};
	int n = feed_read(o->config.feed, &o->at, &ended, to, OTLP_LOOK_MAX);

	if (n != FEED_LOST)
		return n;
	struct feed_position first = feed_oldest(o->config.feed); /* T2 */
	atomic_fetch_add(&o->dropped, (int64_t)(first.number - o->at.number));
	o->at = first;
	n = feed_read(o->config.feed, &o->at, &ended, to, OTLP_LOOK_MAX);
	return n == FEED_LOST ? 0 : n; /* lost again meanwhile: with the next turn */
}

static void look(struct otlp *o)
{
	struct cmd *c = cmd_new(&op_job_spans);
	struct feed_event *events = ARENA_ARRAY(c->arena, struct feed_event, OTLP_LOOK_MAX);
	struct span_ask *asks = ARENA_ARRAY(c->arena, struct span_ask, OTLP_LOOK_MAX);
	struct span_list *in = ARENA_NEW(c->arena, struct span_list);
	int n = read_feed(o, events);

	o->full = n == OTLP_LOOK_MAX;
	for (int i = 0; i < n; i++)
		if (tells(&events[i]))
			asks[in->count++] = (struct span_ask){ events[i].job, (enum job_state)events[i].state,
				                                   events[i].at_ms };
	in->asks = asks;
	c->in = in;
	if (in->count == 0) {
		cmd_free(c);
		next(o);
		return;
	}
	o->looking = true;
	egress_send(o->egress, c);
}

/* ---- to the collector */

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct otlp *o = context;

	if (o->answer.len + size * count > OTLP_ANSWER_MAX)
		return 0; /* curl ends it */
	buf_add(&o->answer, (struct str){ bytes, size * count });
	return size * count;
}

#define SET(option, value) must(curl_easy_setopt(o->easy, (option), (value)) == CURLE_OK)

/* Where an operator says, private networks too: the address is not a client's. */
static void post(struct otlp *o)
{
	o->easy = curl_easy_init();
	must(o->easy != NULL && o->spans > 0);
	buf_clear(&o->answer);
	SET(CURLOPT_URL, o->config.endpoint);
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_POSTFIELDS, o->body.at);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)o->body.len);
	SET(CURLOPT_HTTPHEADER, o->headers);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)EGRESS_CONNECT_MS);
	SET(CURLOPT_TIMEOUT_MS, (long)OTLP_CALL_MS);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, o);
	o->tries++;
	egress_add(o->egress, o->easy);
}

void otlp_answered(struct otlp *o, struct cmd *c)
{
	const struct span_list *in = c->in;

	o->looking = false;
	if (c->fault != OK || cmd_refused(c))
		atomic_fetch_add(&o->dropped, in->count);
	else
		atomic_fetch_add(&o->dropped, in->gone);
	if (!o->ended && c->fault == OK && in->span_count > 0) {
		buf_clear(&o->body);
		otlp_write(&o->body, &o->config, in->spans, in->span_count);
		o->spans = in->span_count;
		o->tries = 0;
		post(o);
	} else {
		next(o);
	}
	cmd_free(c);
}

static void say(struct otlp *o, bool fails, const char *why)
{
	if (fails && !o->failing)
		log_line(LOG_WARN, "traces", "the collector does not take them",
		         "endpoint=\"%s\" why=\"%s\" next=\"tried again, %d times; then dropped\"",
		         o->config.endpoint, why, OTLP_TRIES_MAX - 1);
	else if (!fails && o->failing)
		log_line(LOG_INFO, "traces", "the collector takes them again", "dropped=%lld",
		         (long long)atomic_load(&o->dropped));
	o->failing = fails;
}

static void drop(struct otlp *o)
{
	atomic_fetch_add(&o->dropped, o->spans);
	o->spans = 0;
	next(o);
}

/* {"partialSuccess": {"rejectedSpans": "3", "errorMessage": "..."}} */
static int64_t rejected(struct otlp *o)
{
	struct arena *scratch = arena_open();
	struct str why;
	const struct json *p = json_get(json_read(scratch, buf_str(&o->answer), &why),
	                                "partialSuccess");
	const struct json *n = json_get(p, "rejectedSpans");
	int64_t count = 0;

	if (n != NULL && (n->kind == JSON_NUMBER || n->kind == JSON_STRING) &&
	    !str_i64(n->text, 0, o->spans, &count))
		count = 0;
	arena_close(scratch);
	return count;
}

static void taken(struct otlp *o)
{
	int64_t bad = rejected(o);

	say(o, false, "");
	atomic_fetch_add(&o->sent, o->spans - bad);
	atomic_fetch_add(&o->rejected, bad);
	o->spans = 0;
	next(o);
}

/* Twice as long each time, half of it by chance; as the collector says, where it does. */
static int64_t again_ms(const struct otlp *o)
{
	int64_t ms = (int64_t)OTLP_AGAIN_MIN_MS << (o->tries - 1);
	uint16_t chance;

	if (o->retry_after_s > 0)
		return o->retry_after_s * SECOND_MS < OTLP_AGAIN_MAX_MS ? o->retry_after_s * SECOND_MS
		                                                        : OTLP_AGAIN_MAX_MS;
	os_random(&chance, sizeof chance);
	if (ms > OTLP_AGAIN_MAX_MS)
		ms = OTLP_AGAIN_MAX_MS;
	return ms / 2 + ms / 2 * chance / UINT16_MAX;
}

static bool may_pass(CURLcode code, long status)
{
	return (code != CURLE_OK && code != CURLE_WRITE_ERROR) || status == 429 || status == 502 ||
	       status == 503 || status == 504;
}

static void not_taken(struct otlp *o, CURLcode code, long status)
{
	char why[64];

	(void)snprintf(why, sizeof why, "status %ld", status);
	atomic_fetch_add(&o->failed, 1);
	say(o, true, code != CURLE_OK ? curl_easy_strerror(code) : why);
	if (may_pass(code, status) && o->tries < OTLP_TRIES_MAX)
		wait(o, again_ms(o));
	else
		drop(o);
}

bool otlp_finished(struct otlp *o, CURL *easy, CURLcode code)
{
	curl_off_t seconds = 0;
	long status = 0;

	if (o->easy == NULL || o->easy != easy)
		return false;
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
	o->retry_after_s = seconds > 0 ? (int64_t)seconds : 0;
	egress_remove(o->egress, easy);
	curl_easy_cleanup(easy);
	o->easy = NULL;
	if (code == CURLE_OK && status >= 200 && status < 300)
		taken(o);
	else
		not_taken(o, code, status);
	return true;
}

/* ---- its life */

static void on_timer(uv_timer_t *timer)
{
	struct otlp *o = timer->data;

	must(!o->looking && o->easy == NULL);
	if (o->spans > 0)
		post(o);
	else
		look(o);
}

void otlp_open(struct otlp *o, struct egress *e, uv_loop_t *loop, const struct egress_traces *t)
{
	o->egress = e;
	o->config = *t;
	must(uv_timer_init(loop, &o->timer) == 0);
	o->timer.data = o;
	if (t->endpoint == NULL)
		return;
	o->at = feed_head(t->feed);
	for (int i = 0; i < t->header_count; i++)
		o->headers = curl_slist_append(o->headers, t->headers[i].at);
	o->headers = curl_slist_append(o->headers, "Content-Type: application/json");
	o->headers = curl_slist_append(o->headers, "User-Agent: ringi/" RINGI_VERSION);
	o->headers = curl_slist_append(o->headers, "Expect:");
	must(o->headers != NULL);
}

void otlp_begin(struct otlp *o)
{
	if (o->config.endpoint != NULL)
		next(o);
}

void otlp_close(struct otlp *o)
{
	o->ended = true;
	if (o->easy != NULL) {
		egress_remove(o->egress, o->easy);
		curl_easy_cleanup(o->easy);
	}
	o->easy = NULL;
	curl_slist_free_all(o->headers);
	o->headers = NULL;
	buf_free(&o->body);
	buf_free(&o->answer);
	uv_close((uv_handle_t *)&o->timer, NULL);
}

struct egress_trace_figures otlp_figures(struct otlp *o)
{
	return (struct egress_trace_figures){ .sent = atomic_load(&o->sent),
		                                  .rejected = atomic_load(&o->rejected),
		                                  .dropped = atomic_load(&o->dropped),
		                                  .failed_requests = atomic_load(&o->failed) };
}
