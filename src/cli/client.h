/* client.h - the command line's way to a server: HTTP over one kept-alive connection.
 *
 * One client belongs to one thread. Requests are signed with an access key (SigV4),
 * or carry a bearer token, or neither (--auth off). */
#ifndef RINGI_CLI_CLIENT_H
#define RINGI_CLI_CLIENT_H

#include "base/arena.h"
#include "base/str.h"
#include "wire/json.h"

struct client;

struct client_config {
	const char *server;                           /* "http://127.0.0.1:9324" */
	const char *key_id, *secret, *token, *region; /* NULL: without */
	const char *user;    /* for whom it acts (X-Ringi-User), no line ends; NULL: for itself */
	const char *ca_file; /* NULL: the system's certificates */
	bool insecure;       /* any certificate */
	const _Atomic bool *hang_up; /* when true, a request under way is given up; may be NULL */
};

struct client *client_open(const struct client_config *);
struct client *client_close(struct client *); /* accepts NULL, returns NULL */
const struct client_config *client_config_of(const struct client *); /* as it was opened */
const char *client_server(const struct client *);
const char *client_token(const struct client *); /* NULL: it has none, or signs */
bool client_signs(const struct client *);

struct answer {
	int status; /* HTTP; 0: the server could not be reached */
	struct str body;
	struct json *json;  /* NULL: the body is not JSON */
	struct str problem; /* a sentence: why it failed; absent when it did not */
	struct str code;    /* NO_SUCH_QUEUE, AWS.SimpleQueueService...; may be absent */
};

/* All give an exit code (cli.h): 0 when the status is 2xx, else 1 or 3, and fill the
 * answer, which lies in the arena. */

/* One SQS action in its JSON protocol; the parameters are a JSON object. */
int client_sqs(struct client *, struct arena *, const char *action, struct str parameters,
               struct answer *);
/* One SNS action in its Query protocol: `form` begins with "&" or is empty; the answer is XML. */
int client_sns(struct client *, struct arena *, const char *action, struct str form,
               struct answer *);
/* ringi's own API: `path` begins with "/v1/"; body absent: none. */
int client_rest(struct client *, struct arena *, const char *method, struct str path,
                struct str body, struct answer *);

/* A GET whose answer goes on (Server-Sent Events): each piece of it goes to `piece`, until
 * that returns false or the stream ends; then 0. `last_id` absent: from the beginning. Ends
 * with 3 when nothing, not even a heartbeat, has come for a while. What is refused is in the
 * answer. */
typedef bool client_piece(void *context, struct str bytes);
int client_stream(struct client *, struct arena *, struct str path, struct str last_id,
                  client_piece *, void *context, struct answer *);

/* The URL of a queue by its name: asks the server once for each name. Absent (and the
 * answer says why) when there is none. */
struct str client_queue_url(struct client *, struct arena *, const char *queue, struct answer *);

/* The text of the first <name>...</name>, unescaped; absent without one. `rest`, when
 * given, is where to look, and is moved behind it. */
struct str xml_text(struct arena *, struct str *rest, const char *name);

#endif
