/* server.h - the parts put together: store, engine, front door, HTTP, outgoing calls. */
#ifndef RINGI_SERVER_H
#define RINGI_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "api/forwarded.h"
#include "base/err.h"
#include "base/str.h"

struct oidc_provider;

struct server_options {
	const char *data;   /* folder; made when missing */
	const char *store;  /* "sqlite": in data; or a URL of PostgreSQL */
	const char *listen; /* "127.0.0.1:9324" */
	const char *node, *account, *region;
	const char *node_listen, *node_address; /* for other nodes; NULL: none */
	const char *advertise;    /* "https://host:port"; NULL: queue URLs follow the Host header */
	const char *console_url;  /* where people open the console; NULL: where `advertise` says */
	struct forwarded trusted; /* proxies that are believed */
	const char *tls_cert, *tls_key;
	const char *otlp_endpoint; /* with /v1/traces; NULL: traces go nowhere */
	const char *otlp_service;
	const struct str *otlp_headers;
	int otlp_header_count;
	const struct oidc_provider *oidc; /* api/oidc/oidc.h */
	int oidc_count;
	const char *archive;         /* folder for dead letters beyond retention; NULL: they go */
	const char *backup_dir;      /* where copies are written; NULL: backups in the data folder */
	const char *master_key_file; /* NULL: master.key in the data folder */
	int loops;                   /* 0: by cores */
	/* Asked, after a pause of its own, while another server has the store (and once that was
	 * so, while PostgreSQL is away): whether to try again. NULL: refused at once. */
	bool (*stand_by)(void);
	void (*look)(void); /* ends that pause; any thread */
	bool auth, metrics_open, test_clock, private_webhooks, private_mail, sixty_seconds,
		decision_links;
};

struct server;

/* NULL, the exit code in *code and a sentence in `why` on failure. */
struct server *server_open(const struct server_options *, int *code, char why[512]);
int server_port(const struct server *);
/* What its limits allow it to take, in bytes (memory.h). */
int64_t server_memory_max(const struct server *);
const char *server_store(const struct server *); /* store_about */
/* Answers what is in progress, closes, frees. */
void server_close(struct server *);

/* `ringi serve`: until SIGTERM or SIGINT. Returns the exit code. */
int serve_main(int argc, char **argv);

#endif
