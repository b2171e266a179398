/* inside.h - what the files of the library share: the client's insides and one request.
 *
 * Nothing here is exported. JSON is cJSON's, HTTP is libcurl's; neither shows in ringi.h. */
#ifndef RINGI_INSIDE_H
#define RINGI_INSIDE_H

#include "ringi.h"
#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum {
	IDLE_MAX = 32,       /* connections kept for later */
	LIST_MAX = 100,      /* jobs of one claim or heartbeat, handlers of one worker */
	PATH_SIZE = 1024,    /* bytes of a path, with its 0 */
	CALL_MS = 30 * 1000, /* for an answer, beside what the server may wait */
};

struct ringi {
	char *server; /* without a slash at its end */
	char *token;  /* "Authorization: Bearer ...", or NULL */
	atomic_bool stopped;
	atomic_long retry_ms;
	pthread_mutex_t mutex; /* idle */
	CURL *idle[IDLE_MAX];
	int idle_count;
};

/* A request. The body is the request's: call() deletes it. */
struct request {
	const char *method;
	char path[PATH_SIZE];
	cJSON *body;
	const char *key; /* Idempotency-Key; NULL for none, "" to make one up */
	long limit_ms;   /* for the answer; 0: CALL_MS */
	bool once;       /* is not sent again */
};

/* The answer's JSON (cJSON_Delete), NULL with the error filled in. */
cJSON *call(struct ringi *, struct request *, struct ringi_error *);
/* "prefix", the escaped name, "rest". false: the name is empty or too long. */
bool make_path(char path[PATH_SIZE], const char *prefix, const char *name, const char *rest);

/* Always false, so that `return fault(...)` ends a function. The error may be NULL. */
bool fault(struct ringi_error *, const char *code, const char *message);

/* Adds text that must be JSON, as it stands; nothing for NULL. false: it is none. */
bool add_json(cJSON *, const char *name, const char *text, struct ringi_error *);
void add_text(cJSON *, const char *name, const char *text); /* nothing for NULL */
struct ringi_job *job_of(const cJSON *);                    /* NULL: memory is out */
char *copy_text(const char *);                              /* NULL for NULL */
void copy_into(char *to, size_t size, const char *text);    /* cut to fit; NULL is "" */

int64_t now_ms(void); /* of the monotonic clock */
void pause_ms(long ms);

#endif
