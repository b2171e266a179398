/* replay.h - what an approval was at a past moment, rebuilt from its audit records. Pure.
 *
 * What each record says is written down at the head of domain/approval/approval.h: its detail has
 * the state, the round and the data version as they are after it, and the slots that changed. So
 * replay judges nothing: it follows, and what it comes to must be what the rows say. */
#ifndef RINGI_CLI_REPLAY_H
#define RINGI_CLI_REPLAY_H

#include "base/arena.h"
#include "wire/json.h"

struct replay {
	struct arena *arena;
	bool begun;                /* its opening was among the records */
	int64_t records, last, at; /* the last record followed, and its time */
	struct str state, incident;
	const struct json *round, *data_version; /* numbers */
	struct json *slots;                      /* an array of objects, by number */
};

void replay_start(struct replay *, struct arena *);
/* The next record of that approval. The detail is kept. */
void replay_follow(struct replay *, int64_t seq, int64_t at, struct str action,
                   const struct json *detail);
/* {state, round, data_version, incident, slots} */
struct json *replay_state(const struct replay *);
/* What differs from an approval as GET /v1/approvals/{id} shows it: a sentence, or absent. */
struct str replay_differs(const struct replay *, const struct json *approval);

#endif
