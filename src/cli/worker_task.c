/* worker_task.c - what a worker asks of the server, for jobs and for plain messages. */
#include "base/limits.h"
#include "cli/worker.h"
#include "os/os.h"
#include "wire/form.h"

static void put(struct arena *a, struct json *o, const char *key, struct str text)
{
	if (str_given(text))
		json_put_text(a, o, key, text);
}

static void put_bool(struct arena *a, struct json *o, const char *key, bool yes)
{
	json_add(o, str_of(key), json_new(a, yes ? JSON_TRUE : JSON_FALSE));
}

static struct str queue_path(struct slot *s, const char *behind)
{
	return arena_printf(s->arena, "/v1/queues/%s/%s", s->worker->queue, behind);
}

static struct str job_path(struct slot *s, const struct task *t, const char *behind)
{
	return arena_printf(s->arena, "/v1/jobs/%.*s/%s", S_ARG(t->id), behind);
}

static void lease_from_now(struct slot *s, struct task *t)
{
	t->lease_until_ns = os_mono_ns() + s->worker->lease_ms * 1000000;
}

/* The text of any JSON value; of a string its characters. */
static struct str text_of(struct arena *a, const struct json *v)
{
	return v == NULL ? S_NONE : v->kind == JSON_STRING ? v->text : json_written(a, v);
}

/* ---- claim */

static void take_job(struct slot *s, struct task *t, const struct json *job)
{
	t->id = json_get_text(job, "id");
	t->lease = json_get_text(job, "lease");
	t->body = text_of(s->arena, json_get(job, "payload"));
	t->attempt = json_number(json_get(job, "attempts"));
	t->labels = text_of(s->arena, json_get(job, "labels"));
	t->attributes = text_of(s->arena, json_get(job, "message_attributes"));
	t->traceparent = json_get_text(job, "traceparent");
	t->sent_at = json_get_text(job, "created_at");
}

static int claim_job(struct slot *s, struct task *t, bool *found, struct answer *a)
{
	struct worker *w = s->worker;
	struct json *p = json_new(s->arena, JSON_OBJECT);

	json_put_number(s->arena, p, "max", 1);
	json_put_number(s->arena, p, "wait_s", w->once ? 0 : WORKER_CLAIM_WAIT_S);
	json_put_number(s->arena, p, "lease_ms", w->lease_ms);
	json_put_text(s->arena, p, "worker", str_of(w->name));
	int code = client_rest(s->waiting, s->arena, "POST", queue_path(s, "claim"),
	                       json_written(s->arena, p), a);
	const struct json *jobs = json_get(a->json, "jobs");
	*found = code == CLI_DONE && jobs != NULL && jobs->count > 0;
	if (*found)
		take_job(s, t, jobs->first);
	return code;
}

static void take_message(struct slot *s, struct task *t, const struct json *m)
{
	const struct json *system = json_get(m, "Attributes");
	int64_t sent_ms = json_number(json_get(system, "SentTimestamp"));
	struct buf b = { 0 };

	t->id = json_get_text(m, "MessageId");
	t->lease = json_get_text(m, "ReceiptHandle");
	t->body = json_get_text(m, "Body");
	t->attempt = json_number(json_get(system, "ApproximateReceiveCount"));
	t->group = json_get_text(system, "MessageGroupId");
	t->attributes = text_of(s->arena, json_get(m, "MessageAttributes"));
	time_rfc3339(&b, sent_ms);
	t->sent_at = arena_str(s->arena, buf_str(&b));
	buf_free(&b);
}

static int claim_message(struct slot *s, struct task *t, bool *found, struct answer *a)
{
	struct worker *w = s->worker;
	struct json *p = json_new(s->arena, JSON_OBJECT);
	struct str url = client_queue_url(s->client, s->arena, w->queue, a);

	if (!str_given(url))
		return a->status == 0 ? CLI_UNREACHABLE : CLI_REFUSED;
	json_put_text(s->arena, p, "QueueUrl", url);
	json_put_number(s->arena, p, "MaxNumberOfMessages", 1);
	json_put_number(s->arena, p, "WaitTimeSeconds", w->once ? 0 : WORKER_CLAIM_WAIT_S);
	json_put_number(s->arena, p, "VisibilityTimeout", (w->lease_ms + 999) / 1000);
	for (int i = 0; i < 2; i++) {
		struct str key = i ? S("MessageAttributeNames") : S("MessageSystemAttributeNames");
		json_add(json_add(p, key, json_new(s->arena, JSON_ARRAY)), S_NONE,
		         json_new_text(s->arena, JSON_STRING, S("All")));
	}
	int code = client_sqs(s->waiting, s->arena, "ReceiveMessage", json_written(s->arena, p), a);
	const struct json *messages = json_get(a->json, "Messages");
	*found = code == CLI_DONE && messages != NULL && messages->count > 0;
	if (*found)
		take_message(s, t, messages->first);
	return code;
}

int task_claim(struct slot *s, struct task *t, bool *found, struct answer *a)
{
	memset(t, 0, sizeof *t);
	*found = false;
	int code = s->worker->tracked ? claim_job(s, t, found, a) : claim_message(s, t, found, a);
	lease_from_now(s, t);
	return code;
}

/* ---- while it runs */

/* Hidden for so long from now, by SQS. */
static int hide(struct slot *s, struct task *t, int64_t seconds, struct answer *a)
{
	struct json *p = json_new(s->arena, JSON_OBJECT);
	struct str url = client_queue_url(s->client, s->arena, s->worker->queue, a);

	if (!str_given(url))
		return CLI_UNREACHABLE;
	json_put_text(s->arena, p, "QueueUrl", url);
	json_put_text(s->arena, p, "ReceiptHandle", t->lease);
	json_put_number(s->arena, p, "VisibilityTimeout", seconds);
	return client_sqs(s->client, s->arena, "ChangeMessageVisibility", json_written(s->arena, p), a);
}

/* "0.42 halfway there" */
static void put_progress(struct arena *a, struct json *p, struct str line)
{
	struct str text = line, first = str_cut(&text, ' '), why;
	const struct json *n = first.len == 0 ? NULL : json_read(a, first, &why);

	if (n != NULL && n->kind == JSON_NUMBER)
		json_add(p, S("progress"), json_new_text(a, JSON_NUMBER, n->text));
	else
		text = line;
	if (str_given(text) && text.len > 0 && str_utf8(text))
		json_put_text(a, p, "message", text.len > 512 ? (struct str){ text.at, 512 } : text);
}

int task_heartbeat(struct slot *s, struct task *t, struct str progress, bool *canceled,
                   struct answer *a)
{
	struct worker *w = s->worker;
	struct json *p = json_new(s->arena, JSON_OBJECT);
	int code;

	if (w->tracked) {
		json_put_text(s->arena, p, "lease", t->lease);
		json_put_number(s->arena, p, "lease_ms", w->lease_ms);
		put_progress(s->arena, p, progress);
		code = client_rest(s->client, s->arena, "POST", job_path(s, t, "heartbeat"),
		                   json_written(s->arena, p), a);
		*canceled = code == CLI_DONE && json_is(json_get(a->json, "canceled"), JSON_TRUE);
	} else {
		code = hide(s, t, (w->lease_ms + 999) / 1000, a);
	}
	if (code == CLI_DONE)
		lease_from_now(s, t);
	return code;
}

/* ---- its end */

typedef int ask(struct slot *, struct task *, struct str body, struct answer *);

/* A report that does not get through is made again, for as long as the lease is ours. */
static int insist(struct slot *s, struct task *t, ask *ask_once, struct str body, struct answer *a)
{
	enum { FIRST_MS = 100, LONGEST_MS = 5000 };
	int code, pause = FIRST_MS;

	for (;; pause = pause * 2 > LONGEST_MS ? LONGEST_MS : pause * 2) {
		code = ask_once(s, t, body, a);
		bool again = code == CLI_UNREACHABLE || a->status == 429 || a->status >= 500;
		if (!again || os_mono_ns() + (int64_t)pause * 1000000 >= t->lease_until_ns)
			return code;
		cli_wait_ms(pause);
	}
}

static int ask_complete(struct slot *s, struct task *t, struct str body, struct answer *a)
{
	return s->worker->tracked
	           ? client_rest(s->client, s->arena, "POST", job_path(s, t, "complete"), body, a)
	           : client_sqs(s->client, s->arena, "DeleteMessage", body, a);
}

/* Bytes of the character that begins there; 0: none does. */
static size_t character(struct str s)
{
	unsigned char c = (unsigned char)s.at[0];
	size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

	return c != '\0' && n <= s.len && str_utf8((struct str){ s.at, n }) ? n : 0;
}

/* The end of the output, as text: what is none is '?', byte by byte. The cut may have gone through
 * a character, whose rest is left out. */
static struct str log_text(struct slot *s, const struct ending *e)
{
	struct str log = buf_str(&e->log);

	log = str_from(log, log.len > WORKER_LOG_MAX ? log.len - WORKER_LOG_MAX : 0);
	for (int i = 0; i < 3 && log.len > 0 && ((unsigned char)log.at[0] & 0xc0) == 0x80; i++)
		log = str_from(log, 1);
	if (log.len == 0)
		return S_NONE;
	char *text = arena_get(s->arena, log.len);
	for (size_t i = 0, n; i<log.len; i += n> 0 ? n : 1) {
		n = character(str_from(log, i));
		if (n == 0)
			text[i] = '?';
		else
			memcpy(text + i, log.at + i, n);
	}
	return (struct str){ text, log.len };
}

int task_complete(struct slot *s, struct task *t, const struct ending *e, struct answer *a)
{
	struct json *p = json_new(s->arena, JSON_OBJECT);
	struct str why;

	memset(a, 0, sizeof *a);
	if (!s->worker->tracked) {
		put(s->arena, p, "QueueUrl", client_queue_url(s->client, s->arena, s->worker->queue, a));
		json_put_text(s->arena, p, "ReceiptHandle", t->lease);
		return insist(s, t, ask_complete, json_written(s->arena, p), a);
	}
	json_put_text(s->arena, p, "lease", t->lease);
	put(s->arena, p, "log", log_text(s, e));
	struct json *result = str_given(e->result) ? json_read(s->arena, e->result, &why) : NULL;
	if (result != NULL)
		json_add(p, S("result"), result);
	return insist(s, t, ask_complete, json_written(s->arena, p), a);
}

static int ask_fail(struct slot *s, struct task *t, struct str body, struct answer *a)
{
	return client_rest(s->client, s->arena, "POST",
	                   s->worker->tracked ? job_path(s, t, "fail") : queue_path(s, "fail"), body,
	                   a);
}

/* The last line that says something, as the error's sentence. */
static struct str last_line(struct str log)
{
	struct str line = S_NONE;

	while (str_given(log) && log.len > 0) {
		struct str next = str_trim(str_cut(&log, '\n'));
		if (next.len > 0)
			line = next;
	}
	return line.len > 512 ? str_from(line, line.len - 512) : line;
}

static struct json *error_of(struct slot *s, const struct ending *e, struct str log)
{
	struct json *error = json_new(s->arena, JSON_OBJECT);
	struct str code = e->timed_out  ? S("TIMED_OUT")
	                  : e->canceled ? S("CANCELED")
	                  : e->signal   ? arena_printf(s->arena, "SIGNAL_%d", e->signal)
	                                : arena_printf(s->arena, "EXIT_%d", e->code);
	struct str line = last_line(log);

	json_put_text(s->arena, error, "code", code);
	if (line.len > 0 && str_utf8(line))
		json_put_text(s->arena, error, "message", line);
	return error;
}

int task_fail(struct slot *s, struct task *t, const struct ending *e, bool dead, struct answer *a)
{
	struct json *p = json_new(s->arena, JSON_OBJECT);
	struct str log = log_text(s, e);

	memset(a, 0, sizeof *a);
	json_put_text(s->arena, p, s->worker->tracked ? "lease" : "receipt", t->lease);
	json_add(p, S("error"), error_of(s, e, log));
	put_bool(s->arena, p, "retry", !dead);
	if (s->worker->tracked)
		put(s->arena, p, "log", log);
	return insist(s, t, ask_fail, json_written(s->arena, p), a);
}

/* Untouched: somebody else may have it at once. */
int task_give_back(struct slot *s, struct task *t, struct answer *a)
{
	memset(a, 0, sizeof *a);
	return hide(s, t, 0, a);
}
