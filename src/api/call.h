/* call.h - one request on its way through the front door, and what an operation of
 * Amazon's protocols is.
 *
 * A call lies in the arena of its command (c->api points at it) and lives as long. The
 * HTTP thread fills it; the engine never looks inside. */
#ifndef RINGI_API_CALL_H
#define RINGI_API_CALL_H

#include "domain/cmd.h"
#include "http/server.h"
#include "wire/json.h"
#include "wire/out.h"

struct api;
struct api_call;
struct api_family;
struct rest_route;
struct session_found;
struct grant;

enum api_form { API_JSON, API_QUERY, API_REST, API_CONSOLE };

/* One operation of SQS or SNS: bytes already are a tree, the answer is written once for
 * both forms. */
struct api_op {
	const char *name;    /* "SendMessage" */
	const struct op *op; /* what the engine or a reader does */
	/* Fills c->in; may refuse. `params` is an object, never NULL. */
	void (*parse)(struct api_call *, const struct json *params);
	/* The members of the result object, from c->in and c->out. NULL: there is no result. */
	void (*render)(const struct api_call *, struct out *);
	bool no_queue_url; /* not valid on the URL of a queue (CreateQueue, ListQueues) */
	bool open; /* no credentials are asked for: a parameter that only they know is the proof */
};

struct api_call {
	struct api *api;
	struct cmd *c;
	const struct api_family *family; /* NULL: ringi's own /v1 */
	const struct api_op *op;         /* NULL: not known (yet) */
	const struct rest_route *route;  /* of API_REST */
	enum api_form form;
	bool looks;        /* no request: a stream of api/live reads what it tells next */
	struct str action; /* as asked, for authorisation and logs */
	struct str host;   /* the Host header, as sent */
	bool tls;
	struct str path_queue; /* queue name in the path; absent without one */
	struct str resource;   /* queue or topic name that it is about; absent: none */
	/* What the caller may, of a keyring that its loop holds: only until the command is
	 * submitted. NULL: nothing (and with --auth off nobody asks). */
	const struct grant *grant;
	const struct session_found *session; /* that opened the door; NULL: none did */
	struct str csrf;                     /* of the session, where it is told */
	struct str trace;                    /* X-Amzn-Trace-Id; absent without one */
	int64_t started_mono_ns;
	int64_t now_ms; /* when the answer of an API_REST call is written */
	void *extra;    /* the operation's own, from parse to render */
};

static inline struct api_call *api_call_of(const struct cmd *c)
{
	return c->api;
}

/* "http://host:port": what queue URLs begin with. */
struct str call_origin(const struct api_call *);
/* The same, or with a path: where people open the console; no slash at its end. */
struct str call_console(const struct api_call *);
/* The nodes of the schema, in the call's memory; NULL: this server is alone. */
struct nodes *call_nodes(const struct api_call *);

/* Refuses the call with a refusal made elsewhere; the first one stands. REFUSED_NONE
 * changes nothing. Returns whether the call is refused now. */
bool call_refuse(struct api_call *, struct refused);

/* Tried again, it may succeed. */
bool fault_passes(enum err);
/* When to send the refused or failed call again; 0: it makes no sense. */
int64_t call_retry_ms(const struct api_call *);
void call_write_retry(const struct api_call *, struct buf *headers);

/* ---- parameters. JSON null counts as absent. A value of the wrong kind refuses the call
 * (MALFORMED_INPUT) and reads as absent. */
struct str param_text(struct api_call *, const struct json *params, const char *name);
/* Absent or empty: refused with MISSING_PARAMETER. */
struct str param_text_needed(struct api_call *, const struct json *params, const char *name);
int64_t param_int(struct api_call *, const struct json *params, const char *name,
                  int64_t otherwise);
bool param_bool(struct api_call *, const struct json *params, const char *name, bool otherwise);
const struct json *param_list(struct api_call *, const struct json *params, const char *name);
const struct json *param_map(struct api_call *, const struct json *params, const char *name);
/* All elements as texts; NULL and 0 when absent. */
const struct str *param_texts(struct api_call *, const struct json *params, const char *name,
                              int *count);
bool param_given(const struct json *params, const char *name);
void param_missing(struct api_call *, const char *name);

/* Memory of the call. */
#define CALL_NEW(call, type) ARENA_NEW((call)->c->arena, type)
#define CALL_ARRAY(call, type, n) ARENA_ARRAY((call)->c->arena, type, (n))

#endif
