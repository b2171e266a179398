/* place.h - where the store of a test lies: nobody else has it, and it goes with the test.
 *
 * A folder; or, when the environment's RINGI_TEST_POSTGRES names a database
 * (postgres://user@host:port/name), a schema of its own there. */
#ifndef RINGI_TEST_PLACE_H
#define RINGI_TEST_PLACE_H

#include <stdbool.h>

struct place {
	char folder[64]; /* in memory if there is room; empty in the case of PostgreSQL */
	char at[512];    /* for store_open */
	char schema[32]; /* PostgreSQL; else empty */
};

bool place_is_postgres(void);
void place_make(struct place *);
/* An empty store of today's schema, as store_open would make it there, but without running
 * each migration again: a test that fails the n-th call for all n makes hundreds. Does nothing
 * for PostgreSQL. */
void place_fill(const struct place *);
void place_remove(struct place *); /* the store is closed */
/* Statements for PostgreSQL, run in the schema of the place. Dies on a fault. */
void place_run(const struct place *, const char *sql);

#endif
