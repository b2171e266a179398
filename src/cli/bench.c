/* bench.c - `ringi bench`: how fast this server is from here, with many connections.
 *
 * Five workloads (load.h does them):
 *
 *   send      as many sends as `connections` allow, for some seconds
 *   cycle     sends `count` messages, then receives and deletes them all
 *   jobs      the same over REST: submits, claims and completes jobs of a tracked queue
 *   latency   sends at a steady rate to receivers that wait
 *   votes     opens approvals and votes on them (bench_votes.c)
 *
 * The queue is made for the run and deleted after it. */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "cli/bench.h"
#include "cli/client.h"
#include "cli/load.h"
#include "os/os.h"

enum { CONNECTIONS_MAX = 4096 };

struct bench {
	struct cli *cli;
	const char *mode;
	char queue[QUEUE_NAME_MAX + 1];
	struct load load;
};

/* ---- results */

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void put_percentile(struct arena *arena, const struct load *l, struct json *to,
                           const char *key, int per_mille)
{
	int64_t us = l->sample_count == 0
	                 ? 0
	                 : l->samples[(int64_t)(l->sample_count - 1) * per_mille / 1000];

	json_add(to, str_of(key),
	         json_new_text(arena, JSON_NUMBER,
	                       arena_printf(arena, "%lld.%03lld", (long long)(us / 1000),
	                                    (long long)(us % 1000))));
}

void bench_put_rate(struct arena *arena, struct json *to, const char *key, int64_t count,
                    int64_t ns)
{
	json_put_number(arena, to, key, ns <= 0 ? 0 : (int64_t)((double)count * 1e9 / (double)ns));
}

void bench_put_latencies(struct arena *arena, struct load *l, struct json *to,
                         const struct percentile *which)
{
	qsort(l->samples, (size_t)l->sample_count, sizeof *l->samples, by_size);
	for (; which->name != NULL; which++)
		put_percentile(arena, l, to, which->name, which->per_mille);
}

static bool is_cycle(const struct bench *b)
{
	return b->load.jobs || strcmp(b->mode, "cycle") == 0;
}

static const struct percentile percentiles[] = { { "p50_ms", 500 },
	                                             { "p90_ms", 900 },
	                                             { "p99_ms", 990 },
	                                             { "max_ms", 1000 },
	                                             { 0 } };

static struct json *measure(struct bench *b)
{
	struct json *result = json_new(b->cli->arena, JSON_OBJECT);
	int64_t seconds = option_number(&b->cli->options, "seconds"), began = os_mono_ns();

	b->load.ends_at = began + seconds * LOAD_SECOND;
	b->load.due_next = began + 50 * 1000000ll; /* the receivers are waiting by then */
	load_run(&b->load);
	int64_t sent_at = os_mono_ns();
	json_put_text(b->cli->arena, result, "workload", str_of(b->mode));
	json_put_number(b->cli->arena, result, "messages", b->load.confirmed);
	if (b->load.rate == 0)
		bench_put_rate(b->cli->arena, result, "send_rate", b->load.confirmed, sent_at - began);
	bench_put_latencies(b->cli->arena, &b->load, result, percentiles);
	if (is_cycle(b) && b->load.failure == NULL) {
		b->load.draining = true;
		load_run(&b->load);
		int64_t end = os_mono_ns();
		bench_put_rate(b->cli->arena, result, "drain_rate", b->load.deleted, end - sent_at);
		bench_put_rate(b->cli->arena, result, "cycle_rate", b->load.deleted, end - began);
	}
	return result;
}

/* ---- before and after */

/* "http://HOST:PORT", "http://[ADDRESS]:PORT" */
static bool split_server(struct load *l, const char *server)
{
	struct str port = str_of(server), host;

	if (!str_starts(port, S("http://")))
		return false;
	port = str_from(port, 7);
	port = str_cut(&port, '/');
	if (str_starts(port, S("["))) {
		port = str_from(port, 1);
		host = str_cut(&port, ']');
		(void)str_cut(&port, ':');
	} else {
		host = str_cut(&port, ':');
	}
	snprintf(l->host, sizeof l->host, "%.*s", S_ARG(host));
	snprintf(l->port, sizeof l->port, "%.*s", S_ARG(str_given(port) ? port : S("80")));
	return true;
}

/* False, and the sentence printed, when the server is one that we cannot measure. */
static bool find_server(struct bench *b)
{
	const char *server = option_text(&b->cli->options, "server");
	struct client *client = cli_client(b->cli);

	if (client == NULL)
		return false;
	b->load.token = client_token(client);
	if (client_signs(client))
		return cli_fail(CLI_WRONG, "bench signs nothing; give a token (--token, --data) instead of "
		                           "an access key.") == CLI_DONE;
	if (b->load.groups > 0 && b->load.jobs)
		return cli_fail(CLI_WRONG, "--groups is not for the workload jobs.") == CLI_DONE;
	if (b->load.batch > (b->load.jobs ? JOB_CLAIM_MAX : BATCH_ENTRIES_MAX))
		return cli_fail(CLI_WRONG,
		                "A request has at most %d messages, or %d jobs: give a smaller "
		                "--batch.",
		                BATCH_ENTRIES_MAX, JOB_CLAIM_MAX) == CLI_DONE;
	if (!split_server(&b->load, server))
		return cli_fail(CLI_WRONG, "bench speaks plain http only; give --server "
		                           "http://HOST:PORT.") == CLI_DONE;
	return true;
}

static void set_up(struct bench *b)
{
	const struct options *o = &b->cli->options;
	struct load *l = &b->load;

	b->mode = option_text(o, "workload");
	l->arena = b->cli->arena;
	l->batch = (int)option_number(o, "batch");
	l->size = (int)option_number(o, "size");
	l->groups = (int)option_number(o, "groups");
	l->fifo = l->groups > 0;
	l->jobs = strcmp(b->mode, "jobs") == 0;
	l->count = is_cycle(b) || strcmp(b->mode, "votes") == 0 ? option_number(o, "count")
	                                                        : INT64_MAX / 2;
	l->rate = strcmp(b->mode, "latency") == 0 ? option_number(o, "rate") : 0;
	l->receivers = l->rate > 0 ? (int)option_number(o, "receivers") : 0;
	l->conn_count = (int)option_number(o, "connections") + l->receivers;
	if (strcmp(b->mode, "votes") == 0 && !option_given(o, "connections"))
		l->conn_count = BENCH_VOTERS;
	snprintf(b->queue, sizeof b->queue, "bench-%lld%s", (long long)os_now().wall_ms,
	         l->fifo ? ".fifo" : "");
	l->submit_path = arena_printf(l->arena, "/v1/queues/%s/jobs", b->queue).at;
	l->claim_path = arena_printf(l->arena, "/v1/queues/%s/claim", b->queue).at;
}

static int make_queue(struct bench *b)
{
	struct json *p = json_new(b->cli->arena, JSON_OBJECT);
	struct json *attributes = json_new(b->cli->arena, JSON_OBJECT);
	struct answer a;

	json_put_text(b->cli->arena, p, "QueueName", str_of(b->queue));
	json_put_text(b->cli->arena, attributes, "VisibilityTimeout", S("120"));
	if (b->load.fifo) {
		json_put_text(b->cli->arena, attributes, "FifoQueue", S("true"));
		json_put_text(b->cli->arena, attributes, "DeduplicationScope", S("messageGroup"));
		json_put_text(b->cli->arena, attributes, "FifoThroughputLimit", S("perMessageGroupId"));
	}
	if (option_on(&b->cli->options, "track") || b->load.jobs)
		json_put_text(b->cli->arena, attributes, "track", S("true"));
	json_add(p, S("Attributes"), attributes);
	int code = cli_sqs(b->cli, "CreateQueue", p, &a);
	if (code == CLI_DONE)
		b->load.url = json_get_text(a.json, "QueueUrl");
	return code;
}

static void delete_queue(struct bench *b)
{
	struct json *p = json_new(b->cli->arena, JSON_OBJECT);
	struct answer a;

	json_put_text(b->cli->arena, p, "QueueUrl", b->load.url);
	(void)cli_sqs(b->cli, "DeleteQueue", p, &a);
}

static int run(struct cli *cli)
{
	struct bench b = { .cli = cli };
	int code;

	set_up(&b);
	if (!find_server(&b))
		return CLI_WRONG;
	if (strcmp(b.mode, "votes") == 0)
		return bench_votes(cli, &b.load);
	code = make_queue(&b);
	if (code != CLI_DONE)
		return code;
	if (!load_open(&b.load)) {
		code = cli_fail(CLI_UNREACHABLE, "Only some of %d connections to %s could be opened.",
		                b.load.conn_count, client_server(cli->client));
	} else {
		struct json *result = measure(&b);
		if (b.load.failure != NULL)
			code = cli_fail(CLI_REFUSED, "The measurement stopped: %s.", b.load.failure);
		else
			cli_show(cli, result);
	}
	load_close(&b.load);
	delete_queue(&b);
	return code;
}

static const struct option options[] = {
	{ .name = "workload",
	  .kind = OPTION_CHOICE,
	  .value = "WHAT",
	  .choices = "send|cycle|jobs|latency|votes",
	  .fallback = "cycle",
	  .help =
	      "send, cycle (send, receive, delete), jobs (submit, claim, complete), latency or votes",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "connections",
	  .letter = 'c',
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "64",
	  .least = 1,
	  .most = CONNECTIONS_MAX,
	  .help = "requests in flight (of votes: 8)",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "batch",
	  .letter = 'b',
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "10",
	  .least = 1,
	  .most = JOB_CLAIM_MAX,
	  .help = "messages in one send, jobs in one request",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "size",
	  .kind = OPTION_NUMBER,
	  .value = "BYTES",
	  .fallback = "1024",
	  .least = LOAD_STAMP,
	  .most = MESSAGE_SIZE_MAX / BATCH_ENTRIES_MAX,
	  .help = "of one message",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "count",
	  .letter = 'n',
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "50000",
	  .least = 1,
	  .most = 100000000,
	  .help = "messages of cycle, votes of votes",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "seconds",
	  .letter = 's',
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "10",
	  .least = 1,
	  .most = 3600,
	  .help = "how long it sends at most",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "rate",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "1000",
	  .least = 1,
	  .most = 1000000,
	  .help = "sends a second, of latency",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "receivers",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "16",
	  .least = 1,
	  .most = 1024,
	  .help = "long polls, of latency",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "groups",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "0",
	  .most = 1000000,
	  .help = "a FIFO queue with so many message groups",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "track",
	  .kind = OPTION_SWITCH,
	  .help = "a tracked queue: each message has a job",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

const struct command commands_bench[] = {
	{ .name = "bench",
	  .help = "Measures this server from here.",
	  .examples = "ringi bench\n"
	              "ringi bench --workload send --batch 1 --connections 64\n"
	              "ringi bench --workload latency --rate 1000\n"
	              "ringi bench --workload votes --count 30000\n"
	              "ringi bench --groups 1000 --json",
	  .options = options,
	  .run = run },
	{ 0 },
};
