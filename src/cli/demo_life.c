/* demo_life.c - shops that order, workers that work, fail and dawdle. */
#include "cli/demo_life.h"

#include <string.h>

#include "base/limits.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/demo_company.h"
#include "os/os.h"

enum {
	ORDERS = 120,
	BAD_EVERY = 20, /* of the orders */
	PAYMENTS = 40,
	PAYMENTS_BAD = 12, /* the first */
	INVOICES = 48,
	MOVEMENTS = 24,
	EXPORTS = 6,
	SETTLE_MS = 20 * 1000,
	LOOK_MS = 50,
	SHOP_MS = 700,
	WORKER_MS = 250,
};

struct life {
	struct demo *d;
	struct client *client;
	struct arena *arena; /* lifetime: one step */
	int64_t number;      /* of the next order */
};

static const char *const shops[] = { "銀座", "横浜", "梅田", "Sapporo", "Fukuoka" };
static const char *const warehouses[] = { "tokyo", "osaka", "fukuoka" };

static int call(struct life *l, const char *method, struct str path, struct str body,
                struct answer *a)
{
	int code = client_rest(l->client, l->arena, method, path, body, a);

	if (code != CLI_DONE && !l->d->stop)
		return cli_fail(code, "%s %.*s: %.*s", method, S_ARG(path), S_ARG(a->problem));
	return code;
}

static int send_job(struct life *l, const char *queue, struct str body)
{
	struct answer a;

	return call(l, "POST", arena_printf(l->arena, "/v1/queues/%s/jobs", queue), body, &a);
}

/* ---- what comes in */

static int order(struct life *l)
{
	int64_t n = ++l->number;

	return send_job(l, "orders",
	                arena_printf(l->arena,
	                             "{\"payload\":{\"order\":\"O-%04lld\",\"shop\":\"%s\","
	                             "\"amount\":%lld,\"items\":%lld},\"labels\":{\"shop\":\"%lld\"}}",
	                             (long long)n, shops[n % 5], (long long)(980 + n * 7919 % 48000),
	                             (long long)(1 + n % 6), (long long)(n % 5)));
}

static int pay(struct life *l, int n)
{
	return send_job(l, "payments",
	                arena_printf(l->arena,
	                             "{\"payload\":{\"payment\":\"P-%03d\",\"amount\":%d,\"account\":"
	                             "\"%s\"},\"labels\":{\"bank\":\"%s\"}}",
	                             n, 12000 + n * 3571 % 90000, n % 3 == 2 ? "000-????" : "120-4471",
	                             n % 2 == 0 ? "minato" : "aoba"));
}

static int movement(struct life *l, int n)
{
	bool bad = n == 4; /* the second of osaka */

	return send_job(
		l, "stock.fifo",
		arena_printf(l->arena,
	                 "{\"payload\":{\"movement\":%d,\"warehouse\":\"%s\",\"article\":"
	                 "\"A-%d\",\"change\":%s},\"message_group\":\"%s\",\"dedup\":\"m%d\"}",
	                 n, warehouses[n % 3], 100 + n % 7, bad ? "\"minus two\"" : "-2",
	                 warehouses[n % 3], n));
}

static int export_job(struct life *l, int n)
{
	static const char *const what[] = { "売上月報", "customers", "在庫一覧" };

	return send_job(
		l, "exports",
		arena_printf(l->arena,
	                 "{\"payload\":{\"export\":\"%s\",\"rows\":%d},\"labels\":{\"file\":"
	                 "\"%d\"}}",
	                 what[n % 3], 12000 * (n + 1), n));
}

static int invoice(struct life *l, int n)
{
	return send_job(l, "invoices",
	                arena_printf(l->arena, "{\"payload\":{\"invoice\":\"I-%03d\",\"total\":%d}}", n,
	                             20000 + n * 977));
}

static int fill(struct life *l)
{
	int code = CLI_DONE;

	for (int n = 1; n <= ORDERS && code == CLI_DONE; n++) {
		code = order(l);
		arena_reset(l->arena);
	}
	for (int n = 1; n <= PAYMENTS && code == CLI_DONE; n++)
		code = pay(l, n);
	for (int n = 0; n < MOVEMENTS && code == CLI_DONE; n++)
		code = movement(l, n);
	for (int n = 1; n <= INVOICES && code == CLI_DONE; n++)
		code = invoice(l, n);
	for (int n = 0; n < EXPORTS && code == CLI_DONE; n++)
		code = export_job(l, n);
	arena_reset(l->arena);
	return code;
}

/* ---- what becomes of it */

struct fault {
	const char *code, *text;
	bool good_later; /* the next attempt goes well */
};

/* The fault that this job has; NULL: none. */
static const struct fault *fault_of(const struct json *job)
{
	static const struct fault
		address = { "ADDRESS_UNKNOWN", "No such postal code; the carrier refuses it.", false },
		shop = { "SHOP_OFFLINE", "The shop did not answer in 3 s.", true },
		account = { "ACCOUNT_INVALID", "The bank does not know the account 000-????.", false },
		closed = { "BANK_CLOSED", "The bank takes payments from 8:30 on.", false },
		limit = { "LIMIT_EXCEEDED", "More than the limit of one day.", false },
		stock = { "NOT_A_NUMBER", "change must be a number: \"minus two\".", false };
	const struct json *p = json_get(job, "payload");
	struct str number = json_get_text(p, "order"), paid = json_get_text(p, "payment");
	int64_t n = 0;

	if (number.len > 2 && str_i64(str_from(number, 2), 0, INT32_MAX, &n))
		return n % BAD_EVERY == 0 ? &address : n % 13 == 0 ? &shop : NULL;
	if (paid.len > 2 && str_i64(str_from(paid, 2), 0, INT32_MAX, &n) && n <= PAYMENTS_BAD)
		return n % 3 == 2 ? &account : n % 3 == 1 ? &closed : &limit;
	return json_is(json_get(p, "change"), JSON_STRING) ? &stock : NULL;
}

static int finish(struct life *l, const struct json *job)
{
	const struct fault *f = fault_of(job);
	struct str id = json_get_text(job, "id"), lease = json_get_text(job, "lease");
	struct answer a;

	if (f == NULL || (f->good_later && json_number(json_get(job, "attempts")) > 1))
		return call(l, "POST", arena_printf(l->arena, "/v1/jobs/%.*s/complete", S_ARG(id)),
		            arena_printf(l->arena, "{\"lease\":\"%.*s\",\"result\":{\"booked\":true}}",
		                         S_ARG(lease)),
		            &a);
	struct json *body = json_new(l->arena, JSON_OBJECT);
	json_put_text(l->arena, body, "lease", lease);
	struct json *error = json_add(body, S("error"), json_new(l->arena, JSON_OBJECT));
	json_put_text(l->arena, error, "code", str_of(f->code));
	json_put_text(l->arena, error, "message", str_of(f->text));
	return call(l, "POST", arena_printf(l->arena, "/v1/jobs/%.*s/fail", S_ARG(id)),
	            json_written(l->arena, body), &a);
}

/* Up to `max` jobs of a queue; *done grows. */
static int work(struct life *l, const char *queue, const char *worker, int max, int *done)
{
	struct answer a;
	int code = call(l, "POST", arena_printf(l->arena, "/v1/queues/%s/claim", queue),
	                arena_printf(l->arena, "{\"max\":%d,\"worker\":\"%s\"}", max, worker), &a);

	if (code == CLI_DONE)
		JSON_EACH (json_get(a.json, "jobs"), job) {
			if (code == CLI_DONE)
				code = finish(l, job);
			(*done)++;
		}
	arena_reset(l->arena);
	return code;
}

/* An export under way, by a worker that takes its time. */
struct export
{
	char id[64], lease[256];
	int tenths;
};

static int export_begin(struct life *l, struct export *e)
{
	struct answer a;
	int code = call(l, "POST", S("/v1/queues/exports/claim"),
	                S("{\"max\":1,\"worker\":\"export-1\",\"lease_ms\":60000}"), &a);
	const struct json *jobs = code == CLI_DONE ? json_get(a.json, "jobs") : NULL;

	if (jobs == NULL || jobs->count == 0)
		return code;
	struct str id = json_get_text(jobs->first, "id"), lease = json_get_text(jobs->first, "lease");
	must(id.len < sizeof e->id && lease.len < sizeof e->lease);
	snprintf(e->id, sizeof e->id, "%.*s", S_ARG(id));
	snprintf(e->lease, sizeof e->lease, "%.*s", S_ARG(lease));
	e->tenths = 0;
	return code;
}

/* One step more. Somebody may have canceled it: then it is over without a word. */
static int export_step(struct life *l, struct export *e)
{
	struct answer a;

	if (e->id[0] == '\0')
		return export_begin(l, e);
	bool last = ++e->tenths == 10;
	struct str body =
		last ? arena_printf(l->arena, "{\"lease\":\"%s\",\"result\":{\"bytes\":48123}}", e->lease)
			 : arena_printf(l->arena, "{\"lease\":\"%s\",\"progress\":0.%d,\"message\":\"%d0 %%\"}",
	                        e->lease, e->tenths, e->tenths);
	int code = client_rest(l->client, l->arena, "POST",
	                       arena_printf(l->arena, "/v1/jobs/%s/%s", e->id,
	                                    last ? "complete" : "heartbeat"),
	                       body, &a);
	if (last || code != CLI_DONE)
		e->id[0] = '\0';
	arena_reset(l->arena);
	return CLI_DONE;
}

/* ---- the past */

static int count_jobs(struct life *l, const char *queue, const char *state, int *count)
{
	struct answer a;
	int code = call(l, "GET",
	                arena_printf(l->arena, "/v1/jobs?queue=%s&state=%s&limit=200", queue, state),
	                S_NONE, &a);
	const struct json *jobs = code == CLI_DONE ? json_get(a.json, "jobs") : NULL;

	*count = jobs == NULL ? 0 : (int)jobs->count;
	arena_reset(l->arena);
	return code;
}

/* Until nothing of `queue` is open; then how many went well and how many did not. */
static int drain(struct life *l, const char *queue, const char *worker, int *good, int *bad)
{
	int code = CLI_DONE, open = 1;

	for (int waited = 0; code == CLI_DONE && open > 0 && waited < SETTLE_MS; waited += LOOK_MS) {
		int done = 0;
		code = work(l, queue, worker, 50, &done);
		if (code == CLI_DONE)
			code = count_jobs(l, queue, "PENDING,RUNNING", &open);
		if (done == 0)
			cli_wait_ms(LOOK_MS);
	}
	if (code == CLI_DONE)
		code = count_jobs(l, queue, "SUCCEEDED", good);
	if (code == CLI_DONE)
		code = count_jobs(l, queue, "FAILED", bad);
	return code;
}

/* Until one warehouse stands behind its bad message and the others have nothing left. */
static int book_stock(struct life *l)
{
	int code = CLI_DONE;
	int64_t blocked = 0;

	for (int waited = 0; code == CLI_DONE && waited < SETTLE_MS; waited += LOOK_MS) {
		struct answer a;
		int done = 0;
		code = work(l, "stock.fifo", "warehouse", 10, &done);
		if (code == CLI_DONE)
			code = call(l, "GET", S("/v1/queues/stock.fifo"), S_NONE, &a);
		if (code == CLI_DONE)
			blocked = json_number(json_get(a.json, "blocked_groups"));
		arena_reset(l->arena);
		if (done == 0 && blocked > 0)
			return CLI_DONE;
		if (done == 0)
			cli_wait_ms(LOOK_MS);
	}
	return code == CLI_DONE ? cli_fail(CLI_BUG, "No warehouse of stock.fifo is blocked.") : code;
}

static int topic(struct life *l)
{
	static const char *const queues[] = { "mail", "analytics" };
	struct answer a;
	int code = client_sns(l->client, l->arena, "CreateTopic", S("&Name=order-events"), &a);
	struct str rest = a.body, arn = xml_text(l->arena, &rest, "TopicArn");

	for (int i = 0; i < 2 && code == CLI_DONE; i++) {
		code = call(l, "GET", arena_printf(l->arena, "/v1/queues/%s", queues[i]), S_NONE, &a);
		if (code == CLI_DONE)
			code =
				client_sns(l->client, l->arena, "Subscribe",
			               arena_printf(l->arena,
			                            "&TopicArn=%.*s&Protocol=sqs&Endpoint=%.*s&Attributes."
			                            "entry.1.key=RawMessageDelivery&Attributes.entry.1.value="
			                            "true",
			                            S_ARG(arn), S_ARG(json_get_text(a.json, "arn"))),
			               &a);
	}
	for (int i = 0; i < 9 && code == CLI_DONE; i++)
		code = client_sns(l->client, l->arena, "Publish",
		                  arena_printf(l->arena,
		                               "&TopicArn=%.*s&Message=%%7B%%22order%%22%%3A%%22O-%04d%%22"
		                               "%%2C%%22event%%22%%3A%%22shipped%%22%%7D",
		                               S_ARG(arn), i),
		                  &a);
	arena_reset(l->arena);
	return code == CLI_DONE ? code : cli_fail(code, "order-events: %.*s", S_ARG(a.problem));
}

static int report(struct life *l, const int *good, const int *bad)
{
	struct demo *d = l->d;
	bool right = good[0] + bad[0] == ORDERS && bad[0] == ORDERS / BAD_EVERY &&
	             good[1] + bad[1] == PAYMENTS && bad[1] == PAYMENTS_BAD;

	printf(SAY(d,
	           "Its queues: orders %d = %d done + %d dead, payments %d = %d done + %d dead, one "
	           "warehouse blocked.\n%s\n\n",
	           "会社のキュー: orders %d = 完了 %d + デッドレター %d、payments %d = 完了 %d + "
	           "デッドレター %d、倉庫が 1 つ停止中。\n%s\n\n"),
	       ORDERS, good[0], bad[0], PAYMENTS, good[1], bad[1],
	       right ? SAY(d, "The counts add up.", "件数は一致しました。")
	             : SAY(d, "THE COUNTS DO NOT ADD UP.", "件数が一致しません。"));
	fflush(stdout);
	return right ? CLI_DONE : CLI_REFUSED;
}

int demo_life(struct demo *d)
{
	struct life l = { .d = d, .client = demo_client(d, NULL), .arena = arena_open() };
	struct export e = { 0 };
	int good[2] = { 0 }, bad[2] = { 0 }, code = fill(&l);

	if (code == CLI_DONE)
		code = topic(&l);
	if (code == CLI_DONE)
		code = drain(&l, "orders", "order-worker-1", &good[0], &bad[0]);
	if (code == CLI_DONE)
		code = drain(&l, "payments", "bank-gateway", &good[1], &bad[1]);
	if (code == CLI_DONE)
		code = book_stock(&l);
	for (int i = 0; i < 18 && code == CLI_DONE; i++)
		code = export_step(&l, &e);
	if (code == CLI_DONE)
		code = report(&l, good, bad);
	client_close(l.client);
	arena_close(l.arena);
	return code;
}

/* ---- what goes on */

static void rest_a_while(const struct demo *d, int ms)
{
	for (; ms > 0 && !d->stop; ms -= LOOK_MS)
		cli_wait_ms(LOOK_MS);
}

void demo_life_shops(void *context)
{
	struct demo *d = context;
	struct life l = { d, demo_client(d, NULL), arena_open(), ORDERS };
	int n = MOVEMENTS, payments = PAYMENTS;

	for (int round = 0; !d->stop; round++) {
		if (order(&l) != CLI_DONE)
			break;
		if (round % 3 == 0 && n % 3 != 1)
			(void)movement(&l, n++);
		else
			n += round % 3 == 0;
		if (round % 5 == 0)
			(void)pay(&l, ++payments);
		if (round % 60 == 59)
			(void)export_job(&l, round / 60);
		arena_reset(l.arena);
		rest_a_while(d, SHOP_MS);
	}
	client_close(l.client);
	arena_close(l.arena);
}

void demo_life_workers(void *context)
{
	static const char *const queues[][2] = { { "orders", "order-worker-1" },
		                                     { "payments", "bank-gateway" },
		                                     { "stock.fifo", "warehouse" },
		                                     { "reports", "report-1" },
		                                     { "orders", "order-worker-2" } };
	struct demo *d = context;
	struct life l = { .d = d, .client = demo_client(d, NULL), .arena = arena_open() };
	struct export e = { 0 };
	int done = 0;

	for (int round = 0; !d->stop; round++) {
		const char *const *q = queues[round % 5];
		if (work(&l, q[0], q[1], 2, &done) != CLI_DONE)
			break;
		if (round % 8 == 0)
			(void)export_step(&l, &e);
		rest_a_while(d, WORKER_MS);
	}
	client_close(l.client);
	arena_close(l.arena);
}
