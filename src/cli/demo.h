/* demo.h - the parts of `ringi demo`: input, producer, workers, repair.
 *
 *     rows of a CSV --producer--> queue --workers--> result file
 *                                   |  too often
 *                                   v
 *                            dead-letter queue --repair--> back, mended
 *                                                      \-> discarded on purpose
 *
 * D1  Every row of the input is a message exactly once.
 * D2  A row is in the result file at most once, however often its message comes:
 *     workers may be told twice, so they remember (struct demo.done).
 * D3  At the end: rows = results + discarded, and both queues are empty. */
#ifndef RINGI_CLI_DEMO_H
#define RINGI_CLI_DEMO_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

enum {
	DEMO_COLUMNS_MAX = 64,
	DEMO_ROWS_MAX = 5 * 1000 * 1000,
	DEMO_BAD_NUMBER_EVERY = 97, /* rows spoiled on purpose */
	DEMO_NO_NAME_EVERY = 211,
	DEMO_RECEIVES = 3, /* tries before the dead-letter queue */
};

/* Rows, whatever file they came from. */
struct demo_input {
	const char *path;
	struct str text; /* CSV, the whole file */
	struct str columns[DEMO_COLUMNS_MAX];
	int column_count;
	int name_column;   /* must not be empty: the first */
	int number_column; /* -1: the file has none */
	int64_t rows;
	struct str first_row; /* where the rows begin, in `text` */
};

/* NULL path: what this machine has. False and a sentence in `why`. At most `max` rows. */
bool demo_input_open(struct demo_input *, struct arena *, const char *path, int64_t max,
                     char why[256]);
/* The next row of `rest` as fields in the arena; -1 at the end. */
int demo_row(struct str *rest, struct arena *, struct str fields[DEMO_COLUMNS_MAX]);
bool demo_is_number(struct str);

struct cli;

struct demo {
	struct cli *cli; /* of the main thread */
	const struct demo_input *input;
	const char *server, *data, *token; /* token: of the administrator */
	const char *queue, *dlq;
	int64_t speed; /* rows a second; 0: as fast as it goes */
	bool once, japanese;
	int64_t began_ns, finished_ns;

	atomic_llong sent, results, failures, redelivered, longest_wait_ms, first_try;
	atomic_bool produced, stop;
	atomic_int problems; /* things that must not happen: they fail the demo */
	int64_t discarded, mended, spoiled_numbers, spoiled_names;

	pthread_mutex_t lock; /* of what follows */
	FILE *result;
	unsigned char *done; /* one for each row (D2) */
	char problem[512];   /* the first one */
};

/* Threads: the context is the demo. */
void demo_produce(void *demo);
void demo_work(void *demo);

/* Groups the dead letters, mends one class, discards the rest; prints what it does.
 * Gives an exit code. */
int demo_repair(struct demo *);

/* Remembers the first problem, counts all. */
void demo_problem(struct demo *, struct str what);
/* In the language of the person. */
#define SAY(demo, english, nihongo) ((demo)->japanese ? (nihongo) : (english))

#endif
