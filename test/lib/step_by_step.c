/* step_by_step.c - every function of libringi but the worker loop, against a real server:
 * step_by_step QUEUE SERVER, the queue being tracked. Prints what it saw;
 * test/lib/client.test.mjs compares. */
#include <ringi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ringi_error e;
static const char *queue;

static void must_be(bool good, const char *what)
{
	if (good)
		return;
	printf("not so: %s (%s: %s)\n", what, e.code, e.message);
	exit(1);
}

static struct ringi_job *submit(struct ringi *r, const char *payload)
{
	struct ringi_job *job = ringi_submit(r, queue,
	                                     &(struct ringi_new){ .payload = payload, .priority = 3 },
	                                     &e);

	must_be(job != NULL, "submitted");
	return job;
}

static struct ringi_job **claim_one(struct ringi *r)
{
	struct ringi_job **list;

	must_be(ringi_claim(r, queue, 1, 5, 60000, "w", &list, &e) == 1, "claimed");
	return list;
}

static void show(struct ringi *r, const char *id)
{
	struct ringi_job *job = ringi_get(r, id, &e);

	must_be(job != NULL, "there");
	printf("%s %d %s %s\n", job->state, job->attempts, job->result ? job->result : "-",
	       job->error_code ? job->error_code : "-");
	ringi_job_free(job);
}

static void good_end(struct ringi *r)
{
	struct ringi_job *job = submit(r, "{\"n\": 1, \"text\": \"日本\"}"), **list = claim_one(r);
	bool canceled = true;

	printf("%s\n", list[0]->payload);
	must_be(strcmp(list[0]->id, job->id) == 0 && list[0]->traceparent != NULL, "the same job");
	must_be(ringi_heartbeat(r, list[0], 0, 0.5, "half", &canceled, &e) && !canceled, "beaten");
	must_be(!ringi_complete(r, list[0], "{broken", &e), "a result must be JSON");
	printf("%s\n", e.code);
	must_be(ringi_complete(r, list[0], "[1,2]", &e), "completed");
	must_be(!ringi_complete(r, list[0], NULL, &e), "only once");
	printf("%d %s\n", e.status, e.code);
	show(r, job->id);
	ringi_jobs_free(list, 1);
	ringi_job_free(job);
}

static void bad_end(struct ringi *r)
{
	struct ringi_job *job = submit(r, NULL), **list = claim_one(r), **again;

	must_be(ringi_fail(r, list[0], "AWAY", NULL, true, 0, &e), "failed");
	again = claim_one(r);
	must_be(!ringi_heartbeat(r, list[0], 0, -1, NULL, NULL, &e), "the lease is over");
	printf("%s\n", e.code);
	must_be(ringi_fail(r, again[0], "BROKEN", "for good", false, 0, &e), "failed again");
	show(r, job->id);
	ringi_jobs_free(list, 1);
	ringi_jobs_free(again, 1);
	ringi_job_free(job);
}

static void canceled(struct ringi *r)
{
	struct ringi_job *job = submit(r, "7"), *end;
	struct ringi_job **none;

	must_be(ringi_cancel(r, job->id, "not needed", &e), "canceled");
	end = ringi_wait(r, job->id, 5000, &e);
	must_be(end != NULL && ringi_job_ended(end), "ended");
	show(r, job->id);
	must_be(ringi_claim(r, queue, 1, 0, 0, NULL, &none, &e) == 0 && none == NULL, "no more");
	ringi_job_free(end);
	ringi_job_free(job);
}

static void refused(struct ringi *r)
{
	struct ringi_new bad = { .payload = "1, \"priority\": 9" };
	struct ringi_job *job;

	must_be(ringi_submit(r, queue, &bad, NULL) == NULL, "one value, and no error wanted");
	must_be(ringi_submit(r, "no/where", &(struct ringi_new){ 0 }, &e) == NULL, "no such queue");
	printf("%d %s\n", e.status, e.code);
	must_be(ringi_get(r, "", &e) == NULL, "no id");
	printf("%d %s\n", e.status, e.code);
	must_be(ringi_open("localhost", NULL, &e) == NULL, "no address");
	struct ringi_new keyed = { .payload = "1", .idempotency_key = queue };
	job = ringi_submit(r, queue, &keyed, &e);
	struct ringi_job *same = ringi_submit(r, queue, &keyed, &e);
	must_be(job != NULL && same != NULL && strcmp(job->id, same->id) == 0, "one job for one key");
	ringi_job_free(job);
	ringi_job_free(same);
}

int main(int argc, char **argv)
{
	struct ringi *r = argc < 3 ? NULL : ringi_open(argv[2], NULL, &e);
	struct ringi *nobody = ringi_open("http://127.0.0.1:1/", "token", &e);

	queue = argv[1];
	must_be(r != NULL && nobody != NULL, "opened");
	good_end(r);
	bad_end(r);
	canceled(r);
	refused(r);
	ringi_retry(nobody, 0);
	must_be(ringi_get(nobody, "x", &e) == NULL, "nobody answers");
	printf("%d %s\n", e.status, e.code);
	ringi_close(nobody);
	ringi_close(r);
	ringi_close(NULL);
	return 0;
}
