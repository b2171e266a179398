/* bench_votes.c - `ringi bench --workload votes`: approvals are opened, and then voted on.
 *
 * One policy, 3 of 5. First all are opened; then each gets its first vote, then each its second,
 * then each its third, which decides it. So neighbours of a batch vote on approvals of their own,
 * as people do, and each is read again after all the others. A vote is a POST with a request id,
 * and a connection waits for its answer before the next: that is what a client does. */
#include <stdio.h>

#include "base/rng.h"
#include "base/time.h"
#include "cli/bench.h"
#include "cli/client.h"
#include "os/os.h"
#include "wire/json.h"

#define POLICY "bench-3-of-5"
enum { NEED = 3, VOTERS = 5, ID_TEXT = 37 };

static const char policy[] = "{\"need\":3,\"of\":[\"bench-1\",\"bench-2\",\"bench-3\",\"bench-4\","
							 "\"bench-5\"]}";

struct votes {
	struct load load; /* first: it is found by its address */
	struct rng rng;
	char (*ids)[ID_TEXT];
	int64_t opened, decided;
};

static struct votes *votes_of(struct load *l)
{
	return (struct votes *)l;
}

/* ---- openings */

static void make_open(struct load *l, int64_t number, char path[LOAD_PATH],
                      char person[LOAD_PERSON])
{
	snprintf(path, LOAD_PATH, "/v1/approvals");
	snprintf(person, LOAD_PERSON, "bench-applicant");
	buf_printf(&l->body,
	           "{\"policy\":\"" POLICY "\",\"subject\":\"Order %lld\","
	           "\"data\":{\"amount\":%lld,\"what\":\"paper\"}}",
	           (long long)number, (long long)(number % 100000 + 1));
}

static bool take_open(struct load *l, int64_t number, struct str answer)
{
	static const char name[] = "\"id\":\"";
	const char *at = memmem(answer.at, answer.len, name, sizeof name - 1);

	if (at == NULL || answer.at + answer.len - at < (ptrdiff_t)(sizeof name + ID_TEXT))
		return false;
	snprintf(votes_of(l)->ids[number], ID_TEXT, "%s", at + sizeof name - 1);
	return true;
}

static const struct load_asking opening = { make_open, take_open };

/* ---- votes */

static void make_vote(struct load *l, int64_t number, char path[LOAD_PATH],
                      char person[LOAD_PERSON])
{
	struct votes *v = votes_of(l);
	int64_t which = number % v->opened, turn = number / v->opened;
	char request[ID_TEXT];

	must(turn < NEED);
	uuid_text(uuid_new(os_now(), &v->rng), request);
	snprintf(path, LOAD_PATH, "/v1/approvals/%s/votes", v->ids[which]);
	snprintf(person, LOAD_PERSON, "bench-%lld", (long long)((which + turn) % VOTERS + 1));
	buf_printf(&l->body, "{\"do\":\"approve\",\"request_id\":\"%s\"}", request);
}

static bool take_vote(struct load *l, int64_t number, struct str answer)
{
	static const char state[] = "\"state\":\"APPROVED\"";
	struct votes *v = votes_of(l);
	bool decided = memmem(answer.at, answer.len, state, sizeof state - 1) != NULL;

	v->decided += decided;
	/* With fewer approvals than connections the votes on one may overtake each other. */
	return v->opened <= l->conn_count || decided == (number / v->opened == NEED - 1);
}

static const struct load_asking voting = { make_vote, take_vote };

/* ---- the measurement */

/* How long it took; `count` of them, or what fits into the time. */
static int64_t phase(struct votes *v, const struct load_asking *asking, int64_t count, int64_t ns)
{
	struct load *l = &v->load;
	int64_t began = os_mono_ns();

	l->asking = asking;
	l->count = count;
	l->sent = l->confirmed = 0;
	l->sample_count = 0;
	l->ends_at = began + ns;
	load_run(l);
	return os_mono_ns() - began;
}

static const struct percentile of_opening[] = { { "open_p50_ms", 500 },
	                                            { "open_p95_ms", 950 },
	                                            { "open_p99_ms", 990 },
	                                            { 0 } };
static const struct percentile of_votes[] = { { "p50_ms", 500 },
	                                          { "p95_ms", 950 },
	                                          { "p99_ms", 990 },
	                                          { "max_ms", 1000 },
	                                          { 0 } };

static struct json *measure(struct votes *v, struct arena *arena, int64_t approvals, int64_t ns)
{
	struct json *result = json_new(arena, JSON_OBJECT);
	struct load *l = &v->load;
	int64_t took = phase(v, &opening, approvals, ns);

	v->opened = l->confirmed;
	json_put_text(arena, result, "workload", S("votes"));
	json_put_number(arena, result, "connections", l->conn_count);
	json_put_number(arena, result, "approvals", v->opened);
	bench_put_rate(arena, result, "open_rate", v->opened, took);
	bench_put_latencies(arena, l, result, of_opening);
	if (l->failure != NULL || v->opened == 0)
		return result;
	took = phase(v, &voting, v->opened * NEED, ns);
	json_put_number(arena, result, "votes", l->confirmed);
	json_put_number(arena, result, "decided", v->decided);
	bench_put_rate(arena, result, "vote_rate", l->confirmed, took);
	bench_put_latencies(arena, l, result, of_votes);
	if (l->confirmed == v->opened * NEED && v->decided != v->opened && l->failure == NULL)
		l->failure = "not every approval was decided by its third vote";
	return result;
}

static int put_policy(struct cli *cli)
{
	struct str why;
	struct answer a;

	return cli_rest(cli, "PUT", S("/v1/policies/" POLICY),
	                json_read(cli->arena, str_of(policy), &why), &a);
}

int bench_votes(struct cli *cli, struct load *l)
{
	struct votes v = { .load = *l };
	int64_t approvals = (l->count + NEED - 1) / NEED;
	int code = put_policy(cli);

	if (code != CLI_DONE)
		return code;
	uint8_t seed[32];
	os_random(seed, sizeof seed);
	rng_seed(&v.rng, seed);
	v.ids = mem_get(sizeof *v.ids * (size_t)approvals);
	if (!load_open(&v.load)) {
		code = cli_fail(CLI_UNREACHABLE, "Only some of %d connections to %s could be opened.",
		                l->conn_count, client_server(cli->client));
	} else {
		int64_t seconds = option_number(&cli->options, "seconds");
		struct json *result = measure(&v, cli->arena, approvals, seconds * LOAD_SECOND);
		if (v.load.failure != NULL)
			code = cli_fail(CLI_REFUSED, "The measurement stopped: %s.", v.load.failure);
		else
			cli_show(cli, result);
	}
	load_close(&v.load);
	mem_free(v.ids);
	return code;
}
