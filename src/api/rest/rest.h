/* rest.h - ringi's own API: JSON under /v1, and the few other paths (health, metrics, clock).
 *
 * To add an operation: write its parse and render in api/rest/, add its line to
 * routes.c, its page to docs/api/rest/ and its test. */
#ifndef RINGI_API_REST_REST_H
#define RINGI_API_REST_REST_H

#include "api/aws.h"
#include "api/call.h"
#include "wire/form.h"

enum { REST_ARGS_MAX = 4 };

/* What has been read of a request before its route's parse. */
struct rest_in {
	struct str args[REST_ARGS_MAX]; /* what stands for {name} in the path, decoded */
	const struct json *body;        /* an object; empty when there is no body */
	struct form query;
	const struct http_request *request; /* method and headers; lent for the parse */
};

struct rest_route {
	enum http_method method;
	const char *path;   /* "/v1/queues/{name}/purge" */
	const char *action; /* for authorisation; NULL: open to everybody */
	const struct op *op;
	void (*parse)(struct api_call *, const struct rest_in *);
	/* One of these; neither: 204. `write` gives the bytes, of `content_type`. */
	void (*render)(const struct api_call *, struct out *);
	void (*write)(const struct api_call *, struct buf *);
	const char *content_type;
	/* The command is done. Takes the call (true) when it answers by itself or later; may refuse.
	 * On the loop's thread. */
	bool (*begin)(struct api_call *);
	/* The command was refused or failed, and is of a call that had done something before: puts
	 * back what that was, so that it is answered. NULL: there is nothing before. */
	void (*stands)(struct api_call *);
	int status;                                /* of success; 0: 200, or 204 without a body */
	int (*status_of)(const struct api_call *); /* instead */
	/* Headers of what was done, the bytes of the answer in hand. NULL: none of its own. */
	void (*headers)(const struct api_call *, struct str body, struct buf *);
	/* Instead of all these: the answer is a page for people, also to what is refused or failed;
	 * the request's body is a form, which parse reads. */
	struct api_answer_head (*page)(const struct api_call *, struct buf *body, struct buf *headers);
	bool secret; /* the answer tells one: it is not kept plain */
	bool asks;   /* its body may name more than its path: the operation asks for that (cmd_may) */
	bool late;   /* without a queue in the request the operation asks for the right: cmd_may */
	bool maker;  /* late, and who has made it may without a rule: the operation knows them */
	bool person; /* its resource is a person: whether it is the caller is known at the door */
	bool fresh;  /* by a session only a short while after its login (SESSION_FRESH_MS) */
	bool no_key; /* takes no Idempotency-Key, though it is a POST */
	bool open_query; /* others may add parameters of their own to its query */
	bool own_key;    /* the operation keeps the answer itself, for ever (domain/approval) */
};
extern const struct rest_route rest_routes[]; /* ends with path NULL */

/* False when the path is not one of ours. Else the call is filled, perhaps refused. */
bool rest_read(struct api_call *, const struct http_request *);
void rest_not_found(struct api_call *, const struct http_request *);
struct api_answer_head rest_write(const struct api_call *, struct buf *body, struct buf *headers);

/* What a browser should make of any answer of ours. */
void rest_write_headers(struct buf *headers);
/* Of what was done, neither refused nor failed. */
struct api_answer_head rest_write_result(const struct api_call *, struct buf *body);

/* idempotency.c. Behind the route's parse: notes an Idempotency-Key, or refuses it. */
void rest_idempotency_read(struct api_call *, const struct http_request *);
/* The answer that the engine kept or found. */
struct api_answer_head rest_idempotency_write(const struct api_call *, struct buf *body,
                                              struct buf *headers);

/* ---- for the routes */

/* "visibility_timeout" and "VisibilityTimeout": one from the other. */
struct str rest_camel(struct arena *, struct str snake);
struct str rest_snake(struct arena *, struct str camel);

extern const struct op op_rest_local; /* answered by render or write alone */

/* known.c. The body, or an object in it, has no members but these (names between spaces); else it
 * is refused. */
bool rest_only(struct api_call *, const struct json *object, const char *names);
/* The query has no parameters but those that openapi.json has for the route; refuses. */
bool rest_query_only(struct api_call *, const struct rest_route *, const struct form *);

/* ?limit=, within 1..max; refuses otherwise. */
int rest_limit(struct api_call *, const struct rest_in *, int otherwise, int max);
/* A time as RFC 3339; 0: nothing. */
void rest_time(struct out *, struct str key, int64_t wall_ms);
/* A parameter of the query as a time, wall; 0: it is not given. Refuses what is none. */
int64_t rest_time_asked(struct api_call *, const struct form *, const char *name);
/* A redrive policy in short: the queue's name, and after how many receives. */
void rest_redrive(struct out *, struct arena *, struct str policy);
void rest_uuid(struct out *, struct str key, struct uuid);
/* messages.c: all about a message for people, as members of the object that is open. */
struct received;
void rest_message(struct out *, struct arena *, const struct received *, int64_t now_ms);
/* The first argument as the queue's name; it is also what is authorised. */
struct str rest_queue(struct api_call *, const struct rest_in *);
/* A position in the path or query; refuses what is none. */
uint64_t rest_position(struct api_call *, struct str text);

#endif
