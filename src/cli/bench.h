/* bench.h - what the files of `ringi bench` share. */
#ifndef RINGI_CLI_BENCH_H
#define RINGI_CLI_BENCH_H

#include "cli/cli.h"
#include "cli/load.h"

/* `count` in so many ns, as a number a second. */
void bench_put_rate(struct arena *, struct json *to, const char *key, int64_t count, int64_t ns);

struct percentile {
	const char *name; /* NULL: the end of the table */
	int per_mille;
};
/* Of the samples, which are sorted by it. */
void bench_put_latencies(struct arena *, struct load *, struct json *to, const struct percentile *);

/* The workload votes: people at their desks, so few connections. `load` has host, port, token,
 * connections and count (of votes). An exit code; shows what was measured. */
enum { BENCH_VOTERS = 8 };
int bench_votes(struct cli *, struct load *);

#endif
