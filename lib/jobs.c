/* jobs.c - the operations on jobs: a function is a request. */
#include "inside.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_S_MAX 20

/* ---- text and JSON */

char *copy_text(const char *text)
{
	size_t n = text == NULL ? 0 : strlen(text) + 1;
	char *copy = n == 0 ? NULL : malloc(n);

	if (copy != NULL)
		memcpy(copy, text, n);
	return copy;
}

void add_text(cJSON *to, const char *name, const char *text)
{
	if (text != NULL)
		cJSON_AddStringToObject(to, name, text);
}

static void add_number(cJSON *to, const char *name, long long number)
{
	if (number != 0)
		cJSON_AddNumberToObject(to, name, (double)number);
}

bool add_json(cJSON *to, const char *name, const char *text, struct ringi_error *e)
{
	cJSON *parsed;
	char said[96];

	if (text == NULL)
		return true;
	/* Parsed only to see that it is one value; the text itself is sent. */
	parsed = cJSON_ParseWithOpts(text, NULL, true);
	if (parsed == NULL) {
		snprintf(said, sizeof said, "The %s is not JSON.", name);
		return fault(e, "BAD_ARGUMENT", said);
	}
	cJSON_Delete(parsed);
	cJSON_AddRawToObject(to, name, text);
	return true;
}

static const cJSON *member(const cJSON *from, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(from, name);
}

static char *member_text(const cJSON *from, const char *name)
{
	return copy_text(cJSON_GetStringValue(member(from, name)));
}

static char *member_json(const cJSON *from, const char *name)
{
	const cJSON *m = member(from, name);

	return m == NULL ? NULL : cJSON_PrintUnformatted(m);
}

static void job_fill(struct ringi_job *job, const cJSON *from)
{
	const cJSON *error = member(from, "error"), *attempts = member(from, "attempts");

	job->id = member_text(from, "id");
	job->queue = member_text(from, "queue");
	job->state = member_text(from, "state");
	job->lease = member_text(from, "lease");
	job->traceparent = member_text(from, "traceparent");
	job->payload = member_json(from, "payload");
	job->result = member_json(from, "result");
	job->labels = member_json(from, "labels");
	job->error_code = member_text(error, "code");
	job->error_message = member_text(error, "message");
	job->attempts = cJSON_IsNumber(attempts) ? attempts->valueint : 0;
	job->duplicate = cJSON_IsTrue(member(from, "duplicate"));
}

struct ringi_job *job_of(const cJSON *from)
{
	struct ringi_job *job = calloc(1, sizeof *job);

	if (job == NULL)
		return NULL;
	job_fill(job, from);
	/* These are in every answer; without them memory is out or it was not ringi. */
	if (job->id != NULL && job->state != NULL)
		return job;
	ringi_job_free(job);
	return NULL;
}

void ringi_job_free(struct ringi_job *job)
{
	if (job == NULL)
		return;
	char *texts[] = { job->id,     job->queue,      job->state,      job->payload,
		              job->result, job->labels,     job->error_code, job->error_message,
		              job->lease,  job->traceparent };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		free(texts[i]);
	free(job);
}

void ringi_jobs_free(struct ringi_job **jobs, int count)
{
	for (int i = 0; i < count && jobs != NULL; i++)
		ringi_job_free(jobs[i]);
	free(jobs);
}

bool ringi_job_ended(const struct ringi_job *job)
{
	return strcmp(job->state, "PENDING") != 0 && strcmp(job->state, "RUNNING") != 0;
}

/* ---- who wants work done */

static struct ringi_job *call_job(struct ringi *r, struct request *q, struct ringi_error *e)
{
	cJSON *answer = call(r, q, e);
	struct ringi_job *job = answer == NULL ? NULL : job_of(answer);

	if (answer != NULL && job == NULL)
		fault(e, "BAD_ANSWER", "The answer is not a job.");
	cJSON_Delete(answer);
	return job;
}

static bool bad_key(const char *key)
{
	size_t n = key == NULL ? 1 : strlen(key);

	for (const char *c = key; c != NULL && *c != 0; c++)
		if (*c < '!' || *c > '~')
			return true;
	return n < 1 || n > 255;
}

static bool fill_new(cJSON *body, const struct ringi_new *j, struct ringi_error *e)
{
	add_text(body, "parent", j->parent);
	add_text(body, "group", j->group);
	add_text(body, "message_group", j->message_group);
	add_text(body, "dedup", j->dedup);
	add_number(body, "delay_ms", j->delay_ms);
	add_number(body, "timeout_ms", j->timeout_ms);
	add_number(body, "priority", j->priority);
	return add_json(body, "payload", j->payload, e) && add_json(body, "labels", j->labels, e);
}

struct ringi_job *ringi_submit(struct ringi *r, const char *queue, const struct ringi_new *new_job,
                               struct ringi_error *e)
{
	struct request q = { .method = "POST", .key = "" };

	if (!make_path(q.path, "/v1/queues/", queue, "/jobs") || bad_key(new_job->idempotency_key)) {
		fault(e, "BAD_ARGUMENT",
		      "A queue has a name, an idempotency key 1 to 255 visible ASCII characters.");
		return NULL;
	}
	if (new_job->idempotency_key != NULL)
		q.key = new_job->idempotency_key;
	q.body = cJSON_CreateObject();
	if (!fill_new(q.body, new_job, e)) {
		cJSON_Delete(q.body);
		return NULL;
	}
	return call_job(r, &q, e);
}

static struct ringi_job *get(struct ringi *r, const char *id, int wait_s, struct ringi_error *e)
{
	struct request q = { .method = "GET", .limit_ms = CALL_MS + wait_s * 1000L };
	char rest[32] = "";

	if (wait_s > 0)
		snprintf(rest, sizeof rest, "?wait=%d", wait_s);
	if (!make_path(q.path, "/v1/jobs/", id, rest)) {
		fault(e, "BAD_ARGUMENT", "A job has an id.");
		return NULL;
	}
	return call_job(r, &q, e);
}

struct ringi_job *ringi_get(struct ringi *r, const char *id, struct ringi_error *e)
{
	return get(r, id, 0, e);
}

struct ringi_job *ringi_wait(struct ringi *r, const char *id, long long wait_ms,
                             struct ringi_error *e)
{
	int64_t end = now_ms() + (wait_ms > 0 ? wait_ms : 0);

	for (;;) {
		int64_t left = (end - now_ms() + 999) / 1000;
		int wait_s = left <= 0 ? 0 : left < WAIT_S_MAX ? (int)left : WAIT_S_MAX;
		struct ringi_job *job = get(r, id, wait_s, e);
		if (job == NULL || ringi_job_ended(job) || now_ms() >= end)
			return job;
		ringi_job_free(job);
	}
}

/* A change of one job, whose answer matters only where `answer` is given. */
static bool change(struct ringi *r, const char *id, const char *what, struct request *q,
                   cJSON **answer, struct ringi_error *e)
{
	cJSON *got;

	q->method = "POST";
	if (q->body == NULL || !make_path(q->path, "/v1/jobs/", id, what)) {
		cJSON_Delete(q->body);
		return fault(e, "BAD_ARGUMENT", "A job has an id.");
	}
	got = call(r, q, e);
	if (answer != NULL)
		*answer = got;
	else
		cJSON_Delete(got);
	return got != NULL;
}

bool ringi_cancel(struct ringi *r, const char *id, const char *reason, struct ringi_error *e)
{
	struct request q = { .key = "", .body = cJSON_CreateObject() };

	add_text(q.body, "reason", reason);
	return change(r, id, "/cancel", &q, NULL, e);
}

/* ---- who works */

static int take_jobs(const cJSON *answer, struct ringi_job ***jobs, struct ringi_error *e)
{
	const cJSON *list = member(answer, "jobs");
	int n = cJSON_GetArraySize(list), i = 0;
	const cJSON *one;

	if (!cJSON_IsArray(list)) {
		fault(e, "BAD_ANSWER", "The answer is not a list of jobs.");
		return -1;
	}
	if (n == 0)
		return 0;
	*jobs = calloc((size_t)n, sizeof **jobs);
	cJSON_ArrayForEach(one, list)
	{
		if (*jobs == NULL || ((*jobs)[i++] = job_of(one)) == NULL) {
			ringi_jobs_free(*jobs, i);
			*jobs = NULL;
			fault(e, "NO_MEMORY", "Memory is out; the jobs come back when their leases end.");
			return -1;
		}
	}
	return n;
}

int ringi_claim(struct ringi *r, const char *queue, int max, int wait_s, long long lease_ms,
                const char *worker, struct ringi_job ***jobs, struct ringi_error *e)
{
	struct request q = { .method = "POST", .once = true };
	cJSON *answer;
	int n;

	*jobs = NULL;
	if (!make_path(q.path, "/v1/queues/", queue, "/claim")) {
		fault(e, "BAD_ARGUMENT", "A queue has a name.");
		return -1;
	}
	q.limit_ms = CALL_MS + wait_s * 1000L;
	q.body = cJSON_CreateObject();
	cJSON_AddNumberToObject(q.body, "max", max);
	cJSON_AddNumberToObject(q.body, "wait_s", wait_s);
	add_number(q.body, "lease_ms", lease_ms);
	add_text(q.body, "worker", worker);
	answer = call(r, &q, e);
	n = answer == NULL ? -1 : take_jobs(answer, jobs, e);
	cJSON_Delete(answer);
	return n;
}

static cJSON *with_lease(const struct ringi_job *job)
{
	cJSON *body = cJSON_CreateObject();

	add_text(body, "lease", job->lease);
	return body;
}

bool ringi_heartbeat(struct ringi *r, const struct ringi_job *job, long long lease_ms,
                     double progress, const char *message, bool *canceled, struct ringi_error *e)
{
	struct request q = { .once = true, .body = with_lease(job) };
	cJSON *answer;

	add_number(q.body, "lease_ms", lease_ms);
	if (progress >= 0)
		cJSON_AddNumberToObject(q.body, "progress", progress);
	add_text(q.body, "message", message);
	if (!change(r, job->id, "/heartbeat", &q, &answer, e))
		return false;
	if (canceled != NULL)
		*canceled = cJSON_IsTrue(member(answer, "canceled"));
	cJSON_Delete(answer);
	return true;
}

bool ringi_complete(struct ringi *r, const struct ringi_job *job, const char *result,
                    struct ringi_error *e)
{
	struct request q = { .key = "", .body = with_lease(job) };

	if (!add_json(q.body, "result", result, e)) {
		cJSON_Delete(q.body);
		return false;
	}
	return change(r, job->id, "/complete", &q, NULL, e);
}

bool ringi_fail(struct ringi *r, const struct ringi_job *job, const char *code, const char *message,
                bool retry, long long delay_ms, struct ringi_error *e)
{
	struct request q = { .key = "", .body = with_lease(job) };
	cJSON *error = cJSON_AddObjectToObject(q.body, "error");

	add_text(error, "code", code);
	add_text(error, "message", message);
	cJSON_AddBoolToObject(q.body, "retry", retry);
	if (retry && delay_ms > 0)
		add_number(q.body, "delay_ms", delay_ms);
	return change(r, job->id, "/fail", &q, NULL, e);
}
