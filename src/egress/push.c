/* push.c - calls of push queues: what is sent, how the answer is judged, what is kept of it.
 *
 *     2xx                                           done
 *     4xx but 408, 409, 425, 429                    refused: the same again would be, too
 *     other answers, redirects, none, a forbidden   failed: again after a backoff, or when
 *     address                                       Retry-After says
 *
 * The signature is that of Standard Webhooks; secrets are opened for it and wiped. Texts of
 * errors and the log name the host, never the URL: people put secrets there. */
#include <stdio.h>

#include "base/limits.h"
#include "base/log.h"
#include "egress/call.h"
#include "egress/side.h"
#include "wire/json.h"
#include "wire/webhook.h"

/* ---- asking */

static void count_busy(struct push_busy *busy, int *count, uint32_t queue)
{
	int i = 0;

	while (i < *count && busy[i].queue != queue)
		i++;
	if (i == *count)
		busy[(*count)++] = (struct push_busy){ .queue = queue };
	busy[i].calls++;
}

static struct cmd *ask(struct side *s, int room)
{
	struct cmd *c = cmd_new(&op_push_take);
	struct push_take *in = ARENA_NEW(c->arena, struct push_take);
	struct push_busy *busy = ARENA_ARRAY(c->arena, struct push_busy, s->count + 1);

	LIST_EACH (&s->calls, struct call, node, call)
		count_busy(busy, &in->busy_count, call->push.receipt.queue);
	in->busy = busy;
	in->max = room;
	c->in = in;
	return c;
}

/* ---- the request */

static struct str content_type(struct arena *a, const struct push_call *p)
{
	struct arena *scratch;
	struct str why;

	if (str_given(p->content_type))
		return arena_printf(a, "Content-Type: %.*s", S_ARG(p->content_type));
	scratch = arena_open();
	bool json = json_read(scratch, p->body, &why) != NULL;
	arena_close(scratch);
	return json ? S("Content-Type: application/json")
	            : S("Content-Type: text/plain; charset=utf-8");
}

static bool render(struct call *c, const uint8_t *key)
{
	const struct push_call *p = &c->push;
	struct arena *a = c->arena;
	char id[37];
	int i = 0;

	uuid_text(p->message_id, id);
	struct str *headers = ARENA_ARRAY(a, struct str, OUTBOX_HEADERS_MAX);
	headers[i++] = content_type(a, p);
	headers[i++] = S("User-Agent: ringi/" RINGI_VERSION);
	headers[i++] = arena_printf(a, "webhook-id: %s", id);
	headers[i++] = arena_printf(a, "webhook-timestamp: %lld", (long long)(p->now_ms / SECOND_MS));
	headers[i++] = arena_printf(a, "ringi-queue: %.*s", S_ARG(p->queue));
	headers[i++] = arena_printf(a, "ringi-attempt: %lld", (long long)p->attempt);
	if (str_given(p->traceparent))
		headers[i++] = arena_printf(a, "traceparent: %.*s", S_ARG(p->traceparent));
	if (p->sealed_count > 0)
		headers[i++] = webhook_header(a,
		                              &(struct webhook_secrets){ key, push_seal_name(a, p->queue),
		                                                         p->sealed, p->sealed_count },
		                              str_of(id), p->now_ms / SECOND_MS, p->body);
	must(i <= OUTBOX_HEADERS_MAX);
	c->what = (struct outbox_call){
		.url = p->url, .headers = headers, .header_count = i, .body = p->body
	};
	return p->sealed_count == 0 || str_given(headers[i - 1]);
}

/* ---- the answer */

static enum push_result result_of(const struct call *c, enum call_end end)
{
	long s = c->status;

	if (end != CALL_ANSWERED)
		return PUSH_FAILED;
	if (s >= 200 && s < 300)
		return PUSH_DONE;
	return s >= 400 && s < 500 && s != 408 && s != 409 && s != 425 && s != 429 ? PUSH_REFUSED
	                                                                           : PUSH_FAILED;
}

/* What the answer began with, as text for people: one line, no half characters. */
static struct str excerpt(struct call *c)
{
	struct str s = { c->excerpt, c->excerpt_len };

	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)c->excerpt[i] < ' ' || c->excerpt[i] == 0x7f)
			c->excerpt[i] = ' ';
	for (size_t cut = 1; cut <= 3 && cut < s.len && !str_utf8(s); cut++)
		if (str_utf8((struct str){ s.at, c->excerpt_len - cut }))
			s.len -= cut;
	for (size_t i = 0; i < s.len && !str_utf8(s); i++)
		if ((unsigned char)c->excerpt[i] >= 0x80)
			c->excerpt[i] = '?';
	return str_trim(s);
}

static struct str error_text(struct call *c, enum call_end end, const char *why)
{
	static const char *const codes[] = { [CALL_TOO_LONG] = "HTTP_ANSWER_TOO_LONG",
		                                 [CALL_TIMED_OUT] = "HTTP_TIMEOUT",
		                                 [CALL_FAILED] = "HTTP_NO_ANSWER",
		                                 [CALL_FORBIDDEN] = "HTTP_FORBIDDEN_ADDRESS" };
	struct buf b = { 0 };
	struct str code, text;

	if (end == CALL_ANSWERED) {
		struct str said = excerpt(c);
		code = arena_printf(c->arena, "HTTP_%ld", c->status);
		text = arena_printf(c->arena, "%.*s answered %ld%s%.*s", S_ARG(c->host), c->status,
		                    said.len > 0 ? ": " : "", S_ARG(said));
	} else {
		code = str_of(codes[end]);
		text = arena_printf(c->arena, "%.*s: %s", S_ARG(c->host), why);
	}
	buf_add(&b, S("{\"code\":"));
	json_write_text(&b, code);
	buf_add(&b, S(",\"message\":"));
	json_write_text(&b, str_utf8(text) ? text : str_of("(no text)"));
	buf_add_byte(&b, '}');
	arena_adopt(c->arena, b.at);
	return buf_str(&b);
}

static void report(struct call *c, enum push_result result, struct str error)
{
	struct cmd *command = cmd_new(&op_push_done);
	struct push_done *in = ARENA_NEW(command->arena, struct push_done);
	int64_t retry_ms = call_retry_after_ms(c);

	*in = (struct push_done){
		.receipt = c->push.receipt,
		.result = result,
		.error = arena_str(command->arena, error),
		.retry_after_ms = retry_ms == 0 ? -1 : retry_ms,
		.hold = c->status == 429 || c->status == 503,
	};
	command->in = in;
	egress_send(c->side->egress, command);
}

static void log_failure(const struct call *c, enum push_result result, const char *why)
{
	char id[37];

	uuid_text(c->push.message_id, id);
	log_line(LOG_WARN, "push", "call failed",
	         "queue=%.*s message=%s host=%.*s attempt=%lld why=\"%s\" next=%s",
	         S_ARG(c->push.queue), id, S_ARG(c->host), (long long)c->push.attempt, why,
	         result == PUSH_REFUSED ? "dead-letter" : "retry");
}

static void ended(struct call *c, enum call_end end, const char *why)
{
	struct side *s = c->side;
	enum push_result result = result_of(c, end);

	if (result != PUSH_DONE)
		log_failure(c, result, why);
	report(c, result, result == PUSH_DONE ? S_NONE : error_text(c, end, why));
	side_done(s, c,
	          result == PUSH_DONE     ? OUTBOX_DONE
	          : result == PUSH_FAILED ? OUTBOX_FAILED
	                                  : OUTBOX_FINAL);
	/* Behind the report, in the same batch mostly: what that one frees is seen. */
	if (side_wanted(s))
		side_ask(s);
}

/* ---- beginning */

static struct push_call copy_call(struct arena *a, const struct push_call *p)
{
	struct push_call copy = *p;

	copy.queue = arena_str(a, p->queue);
	copy.url = arena_str(a, p->url);
	copy.body = arena_str(a, p->body);
	copy.content_type = arena_str(a, p->content_type);
	copy.traceparent = arena_str(a, p->traceparent);
	for (int i = 0; i < p->sealed_count; i++)
		copy.sealed[i] = arena_str(a, p->sealed[i]);
	return copy;
}

static void begin(struct side *s, const struct push_call *p)
{
	struct call *c = call_new(s->egress, s);

	c->push = copy_call(c->arena, p);
	c->attempt = (int)(p->attempt & INT16_MAX);
	c->time_ms = p->timeout_ms;
	c->by_status = true;
	c->ended = ended;
	side_begun(s);
	list_add_last(&s->calls, &c->node);
	if (!render(c, egress_means(s->egress).master_key))
		call_ended(c, CALL_FORBIDDEN, "its secret cannot be opened with this master key");
	else if (!call_aim(c))
		call_ended(c, CALL_FORBIDDEN, "the URL may not be called");
	else
		call_start(c);
}

static void taken(struct side *s, const struct cmd *c)
{
	const struct push_take *in = c->in;

	s->more = in->more;
	for (int i = 0; i < in->count && !s->ended; i++)
		begin(s, &in->calls[i]);
}

/* After a fault the lease of its message ends by itself, and it is called again (P2). */
static void reported(struct side *s, const struct cmd *c)
{
	const struct push_done *in = c->in;

	(void)s;
	if (c->fault != OK)
		return;
	if (in->opened)
		log_line(LOG_WARN, "push", "calls held back",
		         "queue=%.*s failures=%lld next=\"one call on trial in %lld ms\"", S_ARG(in->queue),
		         (long long)in->failures, (long long)in->pause_ms);
	if (in->closed)
		log_line(LOG_INFO, "push", "calls go on", "queue=%.*s", S_ARG(in->queue));
}

const struct side_kind push_side = {
	.max = PUSH_CALLS_MAX,
	.ask = ask,
	.taken = taken,
	.reported = reported,
};
