/* hasher.h - passwords are hashed here: HASHERS threads of their own, and a short queue.
 *
 * A job lies in the arena of its call, which waits meanwhile and belongs to the hasher. The
 * answer comes back on the loop that asked. */
#ifndef RINGI_API_HASHER_H
#define RINGI_API_HASHER_H

#include "api/api.h"
#include "http/server.h"
#include "wire/password.h"

struct hash_job {
	struct http_task task; /* the way back */
	struct node node;      /* in the queue */
	struct api *api;
	struct cmd *c; /* whose it is */
	struct str password;
	struct str against;               /* given: does the password fit it? */
	uint8_t salt[PASSWORD_SALT_SIZE]; /* else: hash it with this */
	bool good;                        /* it fits; it is hashed */
	char text[PASSWORD_TEXT_MAX];     /* the hash */
	void (*then)(struct hash_job *);  /* on the loop's thread; takes the command */
};

struct hasher;

struct hasher *hasher_open(struct api *);
/* What is being hashed is finished, what waits is forgotten with its command. */
void hasher_stop(struct hasher *);
struct hasher *hasher_close(struct hasher *); /* accepts NULL, returns NULL */

/* False when HASH_QUEUE_MAX jobs wait already, or it was stopped: nothing is taken. */
bool hasher_put(struct hasher *, struct hash_job *);

#endif
