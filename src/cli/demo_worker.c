/* demo_worker.c - the producer and the workers of the demo, as anybody would write them.
 *
 * Both speak SQS, batches of ten, long polls. A worker reports why a message failed
 * (ringi's own /v1 .../fail), so that people can group dead letters by error later. */
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/demo.h"
#include "cli/demo_company.h"
#include "os/os.h"
#include "wire/hash.h"

enum { WAIT_S = 1, BATCH_ROOM = MESSAGE_SIZE_MAX * 9 / 10 };

void demo_problem(struct demo *d, struct str what)
{
	pthread_mutex_lock(&d->lock);
	if (d->problems++ == 0)
		snprintf(d->problem, sizeof d->problem, "%.*s", S_ARG(what));
	pthread_mutex_unlock(&d->lock);
}

/* ---- the producer */

struct batch {
	struct demo *demo;
	struct client *client;
	struct arena *arena; /* lifetime: one batch */
	struct json *entries;
	size_t bytes;
};

/* "1234" -> "12x34": a slip of the keyboard. */
static struct str broken_number(struct arena *arena, struct str number)
{
	struct str half = { number.at, number.len / 2 };

	return arena_printf(arena, "%.*sx%.*s", S_ARG(half), S_ARG(str_from(number, half.len)));
}

static struct str row_body(struct demo *d, struct arena *arena, int64_t row,
                           const struct str *fields, int count)
{
	const struct demo_input *in = d->input;
	struct json *body = json_new(arena, JSON_OBJECT);

	json_put_number(arena, body, "row", row);
	for (int i = 0; i < in->column_count; i++) {
		struct str value = i < count ? fields[i] : S("");
		if (i == in->name_column && row % DEMO_NO_NAME_EVERY == 0) {
			value = S("");
			d->spoiled_names++;
		} else if (i == in->number_column && row % DEMO_BAD_NUMBER_EVERY == 0 &&
		           row % DEMO_NO_NAME_EVERY != 0) {
			value = broken_number(arena, value);
			d->spoiled_numbers++;
		}
		json_put_text(arena, body, arena_str(arena, in->columns[i]).at, value);
	}
	return json_written(arena, body);
}

static bool flush(struct batch *b)
{
	struct json *p = json_new(b->arena, JSON_OBJECT);
	struct answer a = { 0 };

	if (b->entries == NULL)
		return true;
	int64_t count = b->entries->count;
	json_put_text(b->arena, p, "QueueUrl",
	              client_queue_url(b->client, b->arena, b->demo->queue, &a));
	json_add(p, S("Entries"), b->entries);
	int code = client_sqs(b->client, b->arena, "SendMessageBatch", json_written(b->arena, p), &a);
	const struct json *failed = json_get(a.json, "Failed");
	bool good = code == CLI_DONE && (failed == NULL || failed->count == 0);
	if (!good)
		demo_problem(b->demo,
		             code != CLI_DONE ? a.problem : json_get_text(failed->first, "Message"));
	else
		b->demo->sent += count;
	b->entries = NULL;
	b->bytes = 0;
	arena_reset(b->arena);
	return good;
}

static void add(struct batch *b, struct str body)
{
	if (b->entries == NULL)
		b->entries = json_new(b->arena, JSON_ARRAY);
	struct json *e = json_add(b->entries, S_NONE, json_new(b->arena, JSON_OBJECT));
	json_put_text(b->arena, e, "Id", arena_printf(b->arena, "%u", b->entries->count));
	json_put_text(b->arena, e, "MessageBody", body);
	b->bytes += body.len;
}

static void keep_pace(const struct demo *d, int64_t row)
{
	if (d->speed == 0)
		return;
	int64_t ahead_ms = row * 1000 / d->speed - (os_mono_ns() - d->began_ns) / 1000000;
	if (ahead_ms > 0)
		cli_wait_ms((int)ahead_ms);
}

void demo_produce(void *context)
{
	struct demo *d = context;
	struct batch b = { d, demo_client(d, NULL), arena_open(), NULL, 0 };
	struct str rest = d->input->first_row, fields[DEMO_COLUMNS_MAX];
	bool good = true;

	for (int64_t row = 1; row <= d->input->rows && good && !d->stop; row++) {
		int count = demo_row(&rest, b.arena, fields);
		struct str body = row_body(d, b.arena, row, fields, count);
		if (b.entries != NULL && b.bytes + body.len > BATCH_ROOM) {
			body = arena_str(d->cli->arena, body); /* outlives the batch; rare */
			good = flush(&b);
		}
		add(&b, body);
		if (b.entries->count == BATCH_ENTRIES_MAX) {
			good = good && flush(&b);
			keep_pace(d, row);
		}
	}
	if (good)
		flush(&b);
	client_close(b.client);
	arena_close(b.arena);
	d->produced = true;
}

/* ---- a worker */

struct worker {
	struct demo *demo;
	struct client *client;
	struct arena *arena;   /* lifetime: one receive */
	struct json *finished; /* entries to delete */
};

static void put_csv(FILE *to, struct str s)
{
	bool quote = false;

	for (size_t i = 0; i < s.len; i++)
		quote = quote || s.at[i] == ',' || s.at[i] == '"' || s.at[i] == '\n' || s.at[i] == '\r';
	if (quote)
		putc('"', to);
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '"')
			putc('"', to);
		putc(s.at[i], to);
	}
	if (quote)
		putc('"', to);
}

/* What a row is turned into: name, number and a fingerprint of the whole. */
static void write_result(struct worker *w, int64_t row, struct str name, struct str number,
                         struct str body)
{
	struct demo *d = w->demo;
	uint8_t digest[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];

	sha256(body, digest);
	hex_text(digest, 8, hex);
	pthread_mutex_lock(&d->lock);
	if (d->done[row - 1]) {
		d->redelivered++; /* D2 */
	} else {
		d->done[row - 1] = 1;
		d->results++;
		fprintf(d->result, "%lld,", (long long)row);
		put_csv(d->result, name);
		putc(',', d->result);
		put_csv(d->result, number);
		fprintf(d->result, ",%zu,%s\n", body.len, hex);
	}
	pthread_mutex_unlock(&d->lock);
}

static void report_failure(struct worker *w, const struct json *message, const char *code,
                           struct str why)
{
	struct json *p = json_new(w->arena, JSON_OBJECT);
	struct answer a;

	json_put_text(w->arena, p, "receipt", json_get_text(message, "ReceiptHandle"));
	struct json *error = json_add(p, S("error"), json_new(w->arena, JSON_OBJECT));
	json_put_text(w->arena, error, "code", str_of(code));
	json_put_text(w->arena, error, "message", why);
	w->demo->failures++;
	if (client_rest(w->client, w->arena, "POST",
	                arena_printf(w->arena, "/v1/queues/%s/fail", w->demo->queue),
	                json_written(w->arena, p), &a) != CLI_DONE)
		demo_problem(w->demo, a.problem);
}

static void finish(struct worker *w, const struct json *message)
{
	if (w->finished == NULL)
		w->finished = json_new(w->arena, JSON_ARRAY);
	struct json *e = json_add(w->finished, S_NONE, json_new(w->arena, JSON_OBJECT));
	json_put_text(w->arena, e, "Id", arena_printf(w->arena, "%u", w->finished->count));
	json_put_text(w->arena, e, "ReceiptHandle", json_get_text(message, "ReceiptHandle"));
}

static void note_wait(struct demo *d, const struct json *message)
{
	const struct json *system = json_get(message, "Attributes");
	long long waited = os_now().wall_ms - json_number(json_get(system, "SentTimestamp"));
	long long longest = d->longest_wait_ms;

	if (json_number(json_get(system, "ApproximateReceiveCount")) != 1)
		return; /* how long a first try had to wait; later ones wait on purpose */
	d->first_try++;
	while (waited > longest && !atomic_compare_exchange_weak(&d->longest_wait_ms, &longest, waited))
		;
}

static struct str column_text(const struct demo_input *in, struct arena *arena,
                              const struct json *row, int column)
{
	return column < 0 ? S("") : json_get_text(row, arena_str(arena, in->columns[column]).at);
}

static void work_on(struct worker *w, const struct json *message)
{
	const struct demo_input *in = w->demo->input;
	struct str body = json_get_text(message, "Body"), why;
	const struct json *row = json_read(w->arena, body, &why);
	int64_t number_of_row = json_number(json_get(row, "row"));
	struct str name = column_text(in, w->arena, row, in->name_column);
	struct str number = column_text(in, w->arena, row, in->number_column);

	note_wait(w->demo, message);
	if (number_of_row < 1 || number_of_row > in->rows) {
		demo_problem(w->demo, S("A message came that is no row of the input (D1)."));
		return;
	}
	if (str_trim(name).len == 0) {
		report_failure(w, message, "MISSING_NAME",
		               arena_printf(w->arena, "Row %lld has no %.*s.", (long long)number_of_row,
		                            S_ARG(in->columns[in->name_column])));
	} else if (in->number_column >= 0 && !demo_is_number(number)) {
		report_failure(w, message, "BAD_NUMBER",
		               arena_printf(w->arena, "%.*s '%.*s' of row %lld is no number.",
		                            S_ARG(in->columns[in->number_column]), S_ARG(number),
		                            (long long)number_of_row));
	} else {
		write_result(w, number_of_row, name, number, body);
		finish(w, message);
	}
}

static void delete_finished(struct worker *w, struct str url)
{
	struct json *p = json_new(w->arena, JSON_OBJECT);
	struct answer a;

	if (w->finished == NULL)
		return;
	json_put_text(w->arena, p, "QueueUrl", url);
	json_add(p, S("Entries"), w->finished);
	fflush(w->demo->result); /* the result first, then the message may go */
	if (client_sqs(w->client, w->arena, "DeleteMessageBatch", json_written(w->arena, p), &a) !=
	    CLI_DONE)
		demo_problem(w->demo, a.problem);
	w->finished = NULL;
}

static bool receive(struct worker *w, struct str url, struct answer *a)
{
	struct str p = arena_printf(w->arena,
	                            "{\"QueueUrl\":\"%.*s\",\"MaxNumberOfMessages\":%d,"
	                            "\"WaitTimeSeconds\":%d,\"AttributeNames\":[\"All\"]}",
	                            S_ARG(url), BATCH_ENTRIES_MAX, WAIT_S);

	if (client_sqs(w->client, w->arena, "ReceiveMessage", p, a) == CLI_DONE)
		return true;
	if (!w->demo->stop)
		demo_problem(w->demo, a->problem);
	return false;
}

void demo_work(void *context)
{
	struct worker w = { .demo = context, .arena = arena_open() };
	struct answer a = { 0 };
	bool good = true;

	w.client = demo_client(w.demo, NULL);
	while (good && !w.demo->stop) {
		arena_reset(w.arena);
		struct str url = client_queue_url(w.client, w.arena, w.demo->queue, &a);
		good = str_given(url) && receive(&w, url, &a);
		if (!good)
			break;
		JSON_EACH (json_get(a.json, "Messages"), message) {
			work_on(&w, message);
		}
		delete_finished(&w, url);
	}
	client_close(w.client);
	arena_close(w.arena);
}
