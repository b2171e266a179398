/* cluster.h - this server as one node of several on one schema of PostgreSQL.
 *
 * One of them, the owner, serves (store/postgres_lease.c); the others stand by, and take over.
 * A thread of its own gives a sign of life each second and keeps what it sees of the others. */
#ifndef RINGI_CLUSTER_CLUSTER_H
#define RINGI_CLUSTER_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/nodes.h"

struct cluster;
struct http_server;

struct cluster_config {
	const char *place;  /* URL of the store */
	const char *node;   /* its name */
	const char *listen; /* for clients; opened only with node_listen */
	/* For other nodes; NULL: this one passes nothing on, and nobody passes anything on to it. */
	const char *node_listen;
	const char *node_address; /* where they reach it; NULL: at node_listen */
	const char *tls_cert, *tls_key;
	uint8_t master_key[32];
	void (*look)(void); /* the lease may be free now, or this node must end. Any thread. */
};

/* Registers; NULL, the exit code and a sentence when this may be no node of the schema. */
struct cluster *cluster_open(const struct cluster_config *, int *code, char why[256]);
/* Whether clients come by the cluster's port (cluster_port), and so by http_adopt. */
bool cluster_listens(const struct cluster *);
int cluster_port(const struct cluster *);
/* It is the owner now, and answers. */
void cluster_serving(struct cluster *, struct http_server *);
/* Takes no more connections, and ends those that are passed on. The server gets none behind
 * that. */
void cluster_drain(struct cluster *);
/* Whether it may try to take over; false while its clock is wrong. */
bool cluster_may_take(struct cluster *);
/* A sentence, once it is not one of the nodes any more and must end; else false. */
bool cluster_over(struct cluster *, char why[256]);
/* What is known. Any thread. */
void cluster_nodes(struct cluster *, struct nodes *);
struct cluster *cluster_close(struct cluster *); /* accepts NULL, returns NULL */

#endif
