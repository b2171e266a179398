/* state.h - the front door's own memory, for the files of api/ only.
 *
 * `loops[i]` belongs to the thread of HTTP loop i. */
#ifndef RINGI_API_STATE_H
#define RINGI_API_STATE_H

#include <stdatomic.h>

#include "api/api.h"
#include "api/keyring.h"
#include "api/hasher.h"
#include "api/live/live.h"
#include "api/oidc/oidc.h"
#include "api/sessions.h"
#include "api/throttle.h"
#include "base/buf.h"
#include "base/rng.h"
#include "domain/queue/hist.h"

struct api_loop {
	struct rng rng;
	struct buf body, headers; /* scratch of the answer that is being written */
	_Atomic int64_t calls, refused, faults;
	_Atomic uint32_t votes[HIST_BUCKETS]; /* how long each took, from request to answer */
	struct keyring_loop keyring;
};

struct api {
	struct api_config config;
	_Atomic bool ready;
	_Atomic bool stopping;        /* what comes back now is for nobody */
	_Atomic int64_t answer_bytes; /* handed back by the engine, not yet by http_answer */
	_Atomic int64_t clock_ms;     /* where a test has set the clock; 0: the machine's */
	struct keyring_place *keys;
	int loop_count;
	struct api_loop *loops;
	struct hasher *hasher;
	struct throttle *throttle; /* of logins */
	struct oidc *oidc;         /* identity providers */
	struct live *live;         /* api/live; NULL without a feed */
};

/* Writes the answer and frees the command. On the loop's thread. */
void api_finish(struct api *, struct cmd *);
/* A call that its route took (rest_route.begin) has another command to make: c->op and c->in.
 * Or it was refused meanwhile. Comes by the route's begin again. On the loop's thread. */
void api_go_on(struct api *, struct cmd *);
/* The wall clock here, where a test may have moved it. */
int64_t api_wall_ms(struct api *);

#endif
