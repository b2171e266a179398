/* nodes.h - what is known of the servers of one schema, at one moment. Plain data. */
#ifndef RINGI_BASE_NODES_H
#define RINGI_BASE_NODES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/limits.h"

struct node_info {
	char name[NODE_NAME_MAX + 1];
	char address[NODE_ADDRESS_MAX + 1]; /* where other nodes reach it; "": nowhere */
	char version[32];
	bool owner;         /* it says so of itself */
	bool live;          /* its last sign of life is not older than NODE_LATE_MS */
	int64_t epoch;      /* of the lease, as it last saw it */
	int64_t lag_ms;     /* how long PostgreSQL took to answer its last sign of life */
	int64_t started_ms; /* wall clock of the database */
	int64_t heartbeat_age_ms;
};

struct nodes {
	struct node_info node[NODES_MAX]; /* by name */
	int count;
	char self[NODE_NAME_MAX + 1];
	bool serving; /* this one is the owner, and answers */
	/* The lease. */
	bool held; /* somebody holds it, and it is not over */
	char holder[NODE_NAME_MAX + 1];
	int64_t epoch, lease_age_ms, lease_left_ms;
	/* Of this process, since its start. */
	int64_t seen_ms_ago; /* how old all of the above is; -1: nothing was seen yet */
	int64_t skew_ms;     /* our clock minus the database's */
	int64_t takeovers;   /* owners that came after another */
	struct {
		int64_t open, total, waiting, refused; /* connections passed on to the owner */
		int64_t taken, denied;                 /* by the owner, from others */
	} forwards;
};

/* NULL: there is none of that name. */
const struct node_info *nodes_named(const struct nodes *, const char *name);
void nodes_metrics(struct buf *, const struct nodes *); /* in Prometheus's text form; NULL: none */

#endif
