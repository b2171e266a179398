/* worker.c - a worker in C, with libringi. / libringi を使った C のワーカー。
 *
 *	cc -o worker worker.c $(pkg-config --cflags --libs ringi)
 *	RINGI_URL=http://127.0.0.1:9324 QUEUE=reports ./worker
 *	./worker submit '{"pages":20}'       submits a job and waits for its end / 投入して終了を待つ
 *
 * Writes reports of so many pages, 50 ms each; one with "fail":true fails at its first attempt.
 * SIGTERM: what was begun is finished. / SIGTERM では実行中の分を終えてから止まる。 */
#include <ringi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct ringi *client; /* for the signal handler */

static void on_signal(int number)
{
	(void)number;
	ringi_stop(client);
}

static void on_error(const char *job_id, const struct ringi_error *e, void *context)
{
	(void)context;
	fprintf(stderr, "%s: %s: %s\n", job_id != NULL ? job_id : "-", e->code, e->message);
}

/* The payload is compact JSON; a real worker takes a parser. / 実際にはパーサーを使うこと。 */
static int pages_of(const char *payload)
{
	const char *at = strstr(payload, "\"pages\":");
	int pages = 0;

	return at != NULL && sscanf(at, "\"pages\":%d", &pages) == 1 ? pages : -1;
}

static enum ringi_outcome write_report(struct ringi_task *task, const struct ringi_job *job,
                                       void *context)
{
	const struct timespec page_time = { 0, 50 * 1000000 };
	int pages = pages_of(job->payload);
	char text[64];

	(void)context;
	printf("begun %s %d\n", job->id, job->attempts);
	if (pages < 0) { /* never gets better / 何度やっても同じ */
		ringi_task_error(task, "BAD_PAYLOAD", "There is no number of pages.", 0);
		return RINGI_DEAD;
	}
	if (job->attempts == 1 && strstr(job->payload, "\"fail\":true") != NULL) {
		ringi_task_error(task, "PRINTER_AWAY", "The printer does not answer.", 100);
		return RINGI_AGAIN;
	}
	for (int i = 0; i < pages; i++) {
		enum ringi_interrupt why = ringi_task_interrupted(task);
		if (why !=
		    RINGI_GO_ON) { /* canceled, or another worker has it / 取り消し、またはリース喪失 */
			printf("%s %s\n", why == RINGI_LOST ? "lost" : "canceled", job->id);
			ringi_task_error(task, "GIVEN_UP", "Somebody wanted it to end.", 0);
			return RINGI_DEAD;
		}
		nanosleep(&page_time, NULL);
		snprintf(text, sizeof text, "page %d of %d", i + 1, pages);
		ringi_task_progress(task, (i + 1.0) / pages, text);
	}
	snprintf(text, sizeof text, "{\"pages\":%d}", pages);
	ringi_task_result(task, text);
	printf("written %s\n", job->id);
	return RINGI_DONE;
}

static const char *setting(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value != NULL ? value : otherwise;
}

static int fail(const struct ringi_error *e)
{
	fprintf(stderr, "worker: %s: %s\n", e->code, e->message);
	return 1;
}

static int submit(const char *queue, const char *payload)
{
	struct ringi_error e;
	struct ringi_new what = { .payload = payload, .labels = "{\"from\":\"c\"}" };
	struct ringi_job *job = ringi_submit(client, queue, &what, &e), *end;

	if (job == NULL)
		return fail(&e);
	end = ringi_wait(client, job->id, 60 * 1000, &e);
	ringi_job_free(job);
	if (end == NULL)
		return fail(&e);
	printf("%s %s\n", end->state, end->result != NULL ? end->result : "-");
	ringi_job_free(end);
	return 0;
}

static int work(const char *queue)
{
	struct ringi_error e;
	struct ringi_options options = { .worker = "reports", .on_error = on_error };
	struct sigaction action = { .sa_handler = on_signal };

	options.lease_ms = atol(setting("LEASE_MS", "30000"));
	options.concurrency = atoi(setting("CONCURRENCY", "2"));
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	if (!ringi_work(client, queue, &options, write_report, NULL, &e))
		return fail(&e);
	printf("stopped\n");
	return 0;
}

int main(int argc, char **argv)
{
	const char *queue = setting("QUEUE", "sample-reports");
	struct ringi_error e;
	int code;

	setvbuf(stdout, NULL, _IOLBF, 0);
	client = ringi_open(setting("RINGI_URL", "http://127.0.0.1:9324"), getenv("RINGI_TOKEN"), &e);
	if (client == NULL)
		return fail(&e);
	code = argc == 3 && strcmp(argv[1], "submit") == 0 ? submit(queue, argv[2]) : work(queue);
	ringi_close(client);
	return code;
}
