/* play.h - what the lives of groups.c and approvals.c share: a world, chance, faults, and what is
 * told to the queue "replies" when something has ended. */
#ifndef RINGI_TEST_SIM_PLAY_H
#define RINGI_TEST_SIM_PLAY_H

#include "base/rng.h"
#include "wire/json.h"
#include "world/world.h"

struct play {
	struct world *world;
	struct rng rng;
	uint64_t seed;
	const char *what; /* "groups": for sentences */
	bool verbose, faulty;
	int64_t operations;
};

/* A world with that queue; most lives are faulty. `salt`: kinds of lives have chances of their
 * own. */
void play_begin(struct play *, const char *what, uint64_t seed, uint64_t salt, bool verbose);

bool chance(struct play *, int of_100);
int below(struct play *, int bound);
/* The difference, and how to see it again; exits. */
void wrong(const struct play *, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));
void say(const struct play *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Runs a command of the read lane as somebody; the world owns it. */
struct cmd *look(struct play *, const char *who, const struct op *, void *in);

/* In a faulty life: store calls of the next turn may fail, one of `most`, of_100 times. */
void inject(struct play *, int of_100, int most);
/* No more of them; a server that ended is started again. */
void recover(struct play *);

/* Takes all that was told; each body goes to `note`. */
void drain_told(struct play *, void (*note)(struct play *, struct str body));

#endif
