/* api.h - the front door: bytes become commands, commands become bytes.
 *
 *     http/server  -> api_handle (HTTP thread): route, authenticate, parse, authorise
 *                  -> submit (engine or reader), or answered at once (LANE_LOCAL)
 *     engine       -> api_answer (engine thread) -> http_post -> render (HTTP thread)
 *
 * An operation of a protocol is one file with one `struct api_op`; the tables that
 * list them are api/sqs/ops.c, api/sns/ops.c and api/rest/routes.c. */
#ifndef RINGI_API_API_H
#define RINGI_API_API_H

#include "api/forwarded.h"
#include "base/list.h"
#include "domain/cmd.h"
#include "http/fetch.h"
#include "http/server.h"
#include "wire/json.h"
#include "wire/out.h"

struct api;
struct engine_thread;
struct feed;
struct accounts;
struct keys;
struct nodes;
struct oidc_provider;
struct sessions;

/* Calls since start, by their ending, and those being made. */
struct api_calls_out {
	struct {
		int64_t called, done, failed, final, under_way;
	} outbox, push, notify; /* of topics; of push queues; of notifications */
	struct {
		bool on;
		int64_t sent, rejected, dropped, failed_requests;
	} traces; /* spans for a collector */
	struct {
		bool on, waiting;
		int64_t messages, failures;
	} archive; /* dead letters to files */
};

struct api_config {
	struct http_server **http; /* set once it is open */
	struct engine_thread *engine;
	struct str account, region;
	/* "https://host:port", what queue URLs begin with; absent: they follow the Host header. */
	struct str advertise;
	/* "https://host:port/path", where people open the console, no slash at its end; absent: at the
	 * same. And the origin that its pages have. */
	struct str console_url, console_origin;
	struct forwarded trusted;        /* proxies that are believed */
	struct str backup_dir;           /* the only folder that copies are written into; whole */
	bool auth;                       /* access keys are asked for */
	bool metrics_open;               /* /metrics needs none */
	uint8_t master_key[32];          /* that secrets of access keys are sealed with */
	const struct keys *keys;         /* those there are at start, may be NULL; lent for api_open */
	const struct accounts *accounts; /* roles and who has them; the same */
	bool decision_links;             /* a mail's link may decide */
	bool test_clock;                 /* PUT /v2/clock */
	bool private_webhooks;           /* private networks may be called */
	uint8_t receipt_key[16];
	int loops;
	struct sessions *sessions; /* of people (api/sessions.h); lent; NULL: nobody logs in */
	/* Threads that hash passwords; NULL: nobody logs in. */
	void *(*thread_start)(const char *name, void (*run)(void *), void *context);
	void (*thread_join)(void *);
	struct feed *feed; /* what happens to jobs; NULL: there are no live events */
	int watchers_max;  /* WATCHERS_MAX */
	/* Questions to the machine, which this layer may not ask itself (os/os.h). The
	 * last two may be NULL. */
	struct now (*now)(void);
	void (*random)(void *to, size_t size);
	int64_t (*memory_resident)(void);
	int64_t (*disk_free)(void);
	/* The TZif bytes of a time zone, and the release of the tz database; bytes absent, with a
	 * sentence in *why, when there is no such zone. NULL: there is only UTC. */
	enum err (*zone)(struct arena *, struct str name, struct str *bytes, struct str *release,
	                 struct str *why);
	/* Figures of calls to the outside; NULL: there are none. */
	struct api_calls_out (*calls_out)(void *context);
	void *calls_out_context;
	/* Identity providers; lent. Who asks them; NULL: nobody. */
	const struct oidc_provider *oidc;
	int oidc_count;
	http_fetch_fn *fetch;
	void *fetch_context;
	struct str node; /* the name of this server */
	/* The servers of the schema, as far as this one knows; NULL: it is alone. Any thread. */
	void (*nodes)(void *context, struct nodes *);
	void *nodes_context;
	/* PEM of what verifies the signatures of published messages; NULL: nothing is signed. */
	struct str (*certificate)(void *context);
	void *certificate_context;
};

struct api *api_open(const struct api_config *);
void api_close(struct api *);
void api_ready(struct api *, bool ready); /* what /readyz says */

/* Access keys or roles have changed. On the engine's thread, before the change is answered. */
void api_keys_changed(struct api *, const struct keys *, const struct accounts *);
bool api_keys_open(const struct api *); /* false: sealed with another master key */
/* The command that makes the first key, with all rights, and its token. The caller owns it. */
struct cmd *api_first_key(struct api *, struct str *token);

/* The feed has something new. Any thread; wakes loops that have watchers. */
void api_feed_grew(struct api *);
/* The server stops: streams end, answers that wait are given. Once, before http_wait. */
void api_drain(struct api *);

/* Nobody asks any more: what is computed for a request is forgotten. Behind http_wait, before
 * http_close. */
void api_stop(struct api *);

/* For struct http_config. */
void api_handle(void *api, struct http_request *);
void api_gone(void *api, struct conn_name);
void api_tick(void *api, int loop);
/* For the engine (answer_fn). */
void api_answer(void *api, int loop, struct list *commands);
/* Bytes of answers on their way out, for ANSWERS_MAX; any thread. */
int64_t api_answers(struct api *);

#endif
