/* demo.c - `ringi demo`: the whole story of a queue on real rows, told while it happens.
 *
 * Starts a server of its own (a child process of this very program), lets a producer
 * and workers do their work, repairs what failed, and proves at the end that nothing was
 * lost (D3 in demo.h). */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "cli/child.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/demo.h"
#include "cli/demo_claims.h"
#include "cli/demo_company.h"
#include "cli/demo_folder.h"
#include "cli/demo_life.h"
#include "cli/queues.h"
#include "os/os.h"

enum {
	WORKERS_MAX = 32,
	LOOK_MS = 50,
	TOLD_MS = 1000,
	STUCK_MS = 60 * 1000,
	TOKEN_FILE_MAX = 4096
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

static void watch_signals(void)
{
	struct sigaction a = { .sa_handler = on_signal };

	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* ---- queues */

static int counts(struct demo *d, const char *queue, int64_t *waiting)
{
	static const char *const names[] = { "ApproximateNumberOfMessages",
		                                 "ApproximateNumberOfMessagesNotVisible",
		                                 "ApproximateNumberOfMessagesDelayed" };
	struct json *p = json_new(d->cli->arena, JSON_OBJECT);
	struct answer a;
	int code = cli_put_queue(d->cli, p, queue);

	if (code != CLI_DONE)
		return code;
	struct json *wanted = json_add(p, S("AttributeNames"), json_new(d->cli->arena, JSON_ARRAY));
	for (int i = 0; i < 3; i++)
		json_add(wanted, S_NONE, json_new_text(d->cli->arena, JSON_STRING, str_of(names[i])));
	code = cli_sqs(d->cli, "GetQueueAttributes", p, &a);
	*waiting = 0;
	for (int i = 0; i < 3 && code == CLI_DONE; i++)
		*waiting += json_number(json_get(json_get(a.json, "Attributes"), names[i]));
	return code;
}

static int create(struct demo *d, const char *queue, const char *attribute, struct str value)
{
	struct json *p = json_new(d->cli->arena, JSON_OBJECT);
	struct answer a;

	json_put_text(d->cli->arena, p, "QueueName", str_of(queue));
	struct json *attributes = json_add(p, S("Attributes"), json_new(d->cli->arena, JSON_OBJECT));
	json_put_text(d->cli->arena, attributes, attribute, value);
	return cli_sqs(d->cli, "CreateQueue", p, &a);
}

static int create_queues(struct demo *d)
{
	struct json *policy = json_new(d->cli->arena, JSON_OBJECT);
	struct str arn;
	int64_t left = 0, dead = 0;
	int code = create(d, d->dlq, "MessageRetentionPeriod",
	                  arena_printf(d->cli->arena, "%d", QUEUE_RETENTION_MAX_S));

	if (code == CLI_DONE)
		code = queue_attribute(d->cli, d->dlq, "QueueArn", &arn, false);
	if (code != CLI_DONE)
		return code;
	json_put_text(d->cli->arena, policy, "deadLetterTargetArn", arn);
	json_put_number(d->cli->arena, policy, "maxReceiveCount", DEMO_RECEIVES);
	code = create(d, d->queue, "RedrivePolicy", json_written(d->cli->arena, policy));
	if (code == CLI_DONE)
		code = counts(d, d->queue, &left);
	if (code == CLI_DONE)
		code = counts(d, d->dlq, &dead);
	if (code == CLI_DONE && left + dead > 0)
		code = cli_fail(CLI_WRONG,
		                "There are %lld messages in %s and %s from before; purge them "
		                "(`ringi queue purge`) or give another --data.",
		                (long long)(left + dead), d->queue, d->dlq);
	return code;
}

/* ---- progress */

static int64_t rate_of(int64_t rows, int64_t ns)
{
	return ns <= 0 ? 0 : (int64_t)((double)rows * 1e9 / (double)ns);
}

static void tell(const struct demo *d, bool last)
{
	static int64_t told_ms;
	bool terminal = isatty(STDOUT_FILENO);
	int64_t now = os_now().mono_ms, until = d->finished_ns != 0 ? d->finished_ns : os_mono_ns();

	if (!last && now - told_ms < (terminal ? TOLD_MS / 10 : TOLD_MS))
		return;
	told_ms = now;
	printf(SAY(d, "%ssent %lld of %lld, results %lld, failed tries %lld, %lld rows/s%s",
	           "%s送信 %lld / %lld、結果 %lld、失敗した試行 %lld、%lld 行/秒%s"),
	       terminal ? "\r  " : "  ", (long long)d->sent, (long long)d->input->rows,
	       (long long)d->results, (long long)d->failures,
	       (long long)rate_of(d->results, until - d->began_ns),
	       terminal && !last ? "\033[K"
	       : terminal        ? "\033[K\n"
	                         : "\n");
	fflush(stdout);
}

/* Waits until the queue is empty: all have become results or dead letters. */
static int wait_until_empty(struct demo *d, struct child *server)
{
	int64_t waiting = 1, still_ms = 0, before = -1;
	struct arena *own = d->cli->arena, *arena = arena_open();
	int code = CLI_DONE;

	d->cli->arena = arena;
	while (code == CLI_DONE && (!d->produced || waiting > 0)) {
		cli_wait_ms(LOOK_MS);
		arena_reset(arena);
		int64_t progress = d->sent + d->results + d->failures;
		still_ms = progress == before ? still_ms + LOOK_MS : 0;
		before = progress;
		if (interrupted)
			code = cli_fail(CLI_REFUSED, "Stopped before the end.");
		else if (!child_runs(server))
			code = cli_fail(CLI_UNREACHABLE, "The server has ended; %s says why.", server->log);
		else if (d->problems > 0)
			code = cli_fail(CLI_BUG, "%s", d->problem);
		else if (still_ms > STUCK_MS)
			code = cli_fail(CLI_BUG, "Nothing has happened for a minute, but %lld messages wait.",
			                (long long)waiting);
		else
			code = counts(d, d->queue, &waiting);
		tell(d, false);
	}
	tell(d, true);
	d->cli->arena = own;
	arena_close(arena);
	return code;
}

/* ---- the end of the story */

static int report(struct demo *d)
{
	int64_t rows = d->input->rows, results = d->results, in_queue = 0, in_dlq = 0;
	int64_t ns = d->finished_ns - d->began_ns;
	int code = counts(d, d->queue, &in_queue);

	if (code == CLI_DONE)
		code = counts(d, d->dlq, &in_dlq);
	if (code != CLI_DONE)
		return code;
	bool good = rows == results + d->discarded && in_queue == 0 && in_dlq == 0 && d->sent == rows;
	printf(SAY(d,
	           "\nrows in        %8lld\n= results      %8lld  (%lld of them mended and sent back)\n"
	           "+ discarded    %8lld\nleft in queues %8lld\n%s\n",
	           "\n入力行         %8lld\n= 結果         %8lld  (うち %lld 件は修正して再送)\n"
	           "+ 破棄         %8lld\nキューの残り   %8lld\n%s\n"),
	       (long long)rows, (long long)results, (long long)d->mended, (long long)d->discarded,
	       (long long)(in_queue + in_dlq),
	       good ? SAY(d, "The counts add up.", "件数は一致しました。")
	            : SAY(d, "THE COUNTS DO NOT ADD UP.", "件数が一致しません。"));
	printf(SAY(d,
	           "\nthroughput     %8lld rows/s over %lld.%02lld s, each on disk before its "
	           "acknowledgement\n"
	           "longest wait   %8lld ms from sent to its first worker\n"
	           "failed tries   %8lld, %d for each bad row\n",
	           "\nスループット   %8lld 行/秒 (%lld.%02lld 秒、すべてディスクに書いてから応答)\n"
	           "最長待ち時間   %8lld ms (送信から最初のワーカーまで)\n"
	           "失敗した試行   %8lld (不良行ごとに %d 回)\n"),
	       (long long)rate_of(rows, ns), (long long)(ns / 1000000000),
	       (long long)(ns / 10000000 % 100), (long long)d->longest_wait_ms, (long long)d->failures,
	       DEMO_RECEIVES);
	return good ? CLI_DONE : CLI_REFUSED;
}

static int look_around(struct demo *d, const char *result)
{
	const char *where = d->server, *data = d->data;

	printf(SAY(d, "\nThe results are in %s. The server goes on at %s.\n",
	           "\n結果は %s にあります。サーバーは %s で動き続けます。\n"),
	       result, where);
	int code = demo_links(d);
	if (code != CLI_DONE)
		return code;
	printf("%s", SAY(d, "\nAnd from a terminal:\n", "\nターミナルからは:\n"));
	printf("  ringi top --data %s --server %s\n"
	       "  ringi queue peek payments-dlq --data %s --server %s\n"
	       "  curl -H \"Authorization: Bearer $(cat %s/admin.token)\" %s/v1/queues\n",
	       data, where, data, where, data, where);
	code = demo_sqs_key(d);
	if (code != CLI_DONE)
		return code;
	printf("%s\n", SAY(d, "Ctrl-C ends it.", "Ctrl-C で終了します。"));
	fflush(stdout);
	return CLI_DONE;
}

/* ---- the story */

static void introduce(const struct demo *d)
{
	const struct demo_input *in = d->input;

	printf(
		SAY(d,
	        "Now %lld rows of %s: each becomes a message; workers check and convert it.\n"
	        "Some rows are spoiled on purpose: "
	        "every %dth has no %.*s",
	        "次は %lld 行 (%s)。各行がメッセージになり、ワーカーが検査して変換します。わざと壊した行:\n"
	        "%d 行ごとに %.*s なし"),
		(long long)in->rows, in->path, DEMO_NO_NAME_EVERY, S_ARG(in->columns[in->name_column]));
	if (in->number_column >= 0)
		printf(SAY(d, ", every %dth a broken %.*s", "、%d 行ごとに不正な %.*s"),
		       DEMO_BAD_NUMBER_EVERY, S_ARG(in->columns[in->number_column]));
	printf("\n\n");
}

static int tell_story(struct demo *d, struct child *server, int workers)
{
	struct os_thread *threads[WORKERS_MAX + 1];
	int code = create_queues(d), count = 0;

	if (code != CLI_DONE)
		return code;
	d->began_ns = os_mono_ns();
	threads[count++] = os_thread_start("producer", demo_produce, d);
	for (int i = 0; i < workers; i++)
		threads[count++] = os_thread_start("worker", demo_work, d);
	code = wait_until_empty(d, server);
	d->finished_ns = os_mono_ns();
	if (code == CLI_DONE)
		code = demo_repair(d);
	if (code == CLI_DONE)
		code = wait_until_empty(d, server);
	d->stop = true;
	while (count > 0)
		os_thread_join(threads[--count]);
	if (code == CLI_DONE && d->problems > 0)
		code = cli_fail(CLI_BUG, "%s", d->problem);
	if (code == CLI_DONE)
		code = report(d);
	return code;
}

static bool open_result(struct demo *d, const char *path)
{
	d->result = fopen(path, "w");
	if (d->result != NULL)
		fprintf(d->result, "row,name,number,bytes,sha256\n");
	return d->result != NULL;
}

static int stay(struct demo *d, struct child *server, const char *result, struct claims *claims)
{
	int code = look_around(d, result);
	struct os_thread *shops, *workers;

	if (code != CLI_DONE)
		return code;
	d->stop = false;
	shops = os_thread_start("shops", demo_life_shops, d);
	workers = os_thread_start("workers", demo_life_workers, d);
	while (!interrupted && child_runs(server) && code == CLI_DONE) {
		cli_wait_ms(10 * LOOK_MS);
		code = child_runs(server) && !interrupted ? demo_claims_look(claims) : CLI_DONE;
	}
	if (code == CLI_DONE && !interrupted)
		code = cli_fail(CLI_UNREACHABLE, "The server has ended; %s says why.", server->log);
	d->stop = true;
	os_thread_join(shops);
	os_thread_join(workers);
	if (code == CLI_DONE)
		printf("%s\n", SAY(d, "\nThe demo ends.", "\nデモを終了します。"));
	return code;
}

static bool read_token(struct demo *d)
{
	struct str all = S_NONE;
	const char *path = arena_printf(d->cli->arena, "%s/admin.token", d->data).at;

	if (os_file_read(d->cli->arena, path, TOKEN_FILE_MAX, &all) != OK || !str_given(all))
		return false;
	d->token = arena_str(d->cli->arena, str_trim(str_cut(&all, '\n'))).at;
	return true;
}

static int with_server(struct demo *d, struct child *server, const char *data, const char *result)
{
	const struct options *o = &d->cli->options;
	struct claims *claims = NULL;

	d->server = arena_printf(d->cli->arena, "http://%s", server->listen).at;
	d->data = data;
	if (!read_token(d))
		return cli_fail(CLI_STORAGE, "The server has made no admin.token in %s.", data);
	d->cli->client = demo_client(d, NULL);
	if (!open_result(d, result))
		return cli_fail(CLI_STORAGE, "The result file %s cannot be written.", result);
	printf(SAY(d, "ringi demo: server %s, data %s\n", "ringi デモ: サーバー %s、データ %s\n"),
	       d->server, data);
	fflush(stdout);
	int code = demo_company(d);
	if (code == CLI_DONE)
		code = demo_life(d);
	if (code == CLI_DONE)
		introduce(d);
	if (code == CLI_DONE)
		code = tell_story(d, server, (int)option_number(o, "workers"));
	if (fclose(d->result) != 0 && code == CLI_DONE)
		code = cli_fail(CLI_STORAGE, "The result file %s could not be written.", result);
	if (code == CLI_DONE)
		code = demo_claims(d, arena_printf(d->cli->arena, "%s/settlement.csv", data).at, &claims);
	if (code == CLI_DONE && !d->once)
		code = stay(d, server, result, claims);
	demo_claims_end(claims);
	return code;
}

static int run_in(struct demo *d, const char *data)
{
	const struct options *o = &d->cli->options;
	const char *result = option_text(o, "result");
	struct child server = { 0 };
	char why[256];

	if (result == NULL)
		result = arena_printf(d->cli->arena, "%s/result.csv", data).at;
	if (!child_start(&server, option_text(o, "listen"), data, why))
		return cli_fail(CLI_UNREACHABLE, "%s", why);
	int code = with_server(d, &server, data, result);
	bool ended = child_stop(&server);
	if (code == CLI_DONE && !ended && !interrupted)
		code = cli_fail(CLI_BUG, "The server did not end as it should; %s says why.", server.log);
	return code;
}

static int run(struct cli *cli)
{
	const struct options *o = &cli->options;
	const char *data;
	bool temporary;
	struct demo_input input;
	struct demo d = { .cli = cli,
		              .input = &input,
		              .queue = "rows",
		              .dlq = "rows-dlq",
		              .speed = option_number(o, "speed"),
		              .once = option_on(o, "once"),
		              .japanese = cli_japanese(),
		              .lock = PTHREAD_MUTEX_INITIALIZER };
	char why[256];

	if (!demo_input_open(&input, cli->arena, cli_arg(cli, 0), option_number(o, "rows"), why))
		return cli_fail(CLI_WRONG, "%s", why);
	if (option_on(o, "reset") && option_text(o, "data") == NULL)
		return cli_fail(CLI_WRONG, "--reset begins a folder anew: say which, with --data DIR. "
		                           "Without --data each demo is new.");
	data = demo_folder(cli->arena, option_text(o, "data"), option_on(o, "reset"), &temporary, why);
	if (data == NULL)
		return cli_fail(CLI_WRONG, "%s", why);
	d.done = mem_get((size_t)input.rows);
	watch_signals();
	int code = run_in(&d, data);
	mem_free(d.done);
	if (temporary)
		demo_folder_remove(data);
	return code;
}

static const struct option options[] = {
	{ .name = "data",
	  .value = "DIR",
	  .help = "where the server keeps its data (a temporary folder)",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "listen",
	  .value = "HOST:PORT",
	  .help = "where it listens (127.0.0.1:9324, or a free port)",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "speed",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "0",
	  .most = 1000000,
	  .help = "rows a second, to watch; 0: as fast as it goes",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "rows",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "100000",
	  .least = 1,
	  .most = DEMO_ROWS_MAX,
	  .help = "so many rows at most",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "workers",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "4",
	  .least = 1,
	  .most = WORKERS_MAX,
	  .help = "how many",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "result",
	  .value = "FILE",
	  .help = "where the results go (result.csv in the data folder)",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "reset",
	  .kind = OPTION_SWITCH,
	  .help = "begins anew in the folder of an earlier demo (--data)",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "once",
	  .kind = OPTION_SWITCH,
	  .help = "end when the story is told; not 0 if counts do not add up",
	  .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

const struct command commands_demo[] = {
	{ .name = "demo",
	  .args = "[FILE.csv]",
	  .help = "A company at work: its queues, its approvals, its console.",
	  .examples = "ringi demo\nringi demo orders.csv --speed 500\n"
	              "ringi demo --data ./demo --reset\nringi demo --once",
	  .options = options,
	  .args_max = 1,
	  .local = true,
	  .run = run },
	{ 0 },
};
