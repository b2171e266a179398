/* check.h - is a database whole? Pages, and what the rows promise each other.
 *
 * Opens the place as the server does (so: recovers the log, migrates an older schema,
 * is refused while a server runs), then only reads (on PostgreSQL after it has taken the
 * lease, in one transaction):
 *
 *   K1  the database's own check of its pages and indexes is content
 *   K2  a message has a body, a body has a message
 *   K3  a message, an attribute, a tag, a schema, a deduplication id belongs to a queue that
 *       there is, or lies in a range that the sweeper is to empty (trash)
 *   K4  positions are below the next one that the queue will give out
 *   K5  receive counts and times are not negative, MD5s and ids have their sizes
 *   K6  the MD5 kept with a body is that of the body
 *   K7  message ids (UUIDs) are not given twice
 *   K8  a job's state is one that there is, and fits its times
 *   K9  the schema of a queue is the newest one of its versions
 *   K10 a schedule has its zone and calendar, a zone has a schedule, and a paused one is
 *       not due
 *   K11 figures over time belong to a queue that there is, and are possible ones
 *   K12 personal data kept beside an audit record has one that tells of it, and its size
 *
 * and what other modules promise, under their own numbers: L of domain/ledger/ledger.h, T of
 * domain/approval/timer.h, C and O of domain/account/, N of domain/notify/notify.h and others. */
#ifndef RINGI_STORE_CHECK_H
#define RINGI_STORE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct store_check {
	int64_t queues, messages, bytes; /* bytes of bodies */
	int64_t problems;
	char detail[256]; /* a sentence, when a fault came back */
};

/* Whether there is a database at that place. False, and a sentence: no, or nobody can tell. */
bool store_exists(const char *place, char why[256]) MUST_USE;
/* Calls `tell` for each kind of problem found. A fault means that it could not be checked. */
enum err store_check(const char *place, void (*tell)(void *context, const char *sentence),
                     void *context, struct store_check *result) MUST_USE;

#endif
