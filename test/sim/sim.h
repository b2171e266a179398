/* sim.h - one simulated life of a server: a world, a model, a stream of chance. */
#ifndef RINGI_TEST_SIM_SIM_H
#define RINGI_TEST_SIM_SIM_H

#include "base/rng.h"
#include "sim/model.h"
#include "world/world.h"

enum { TURN_MAX = 4, RECEIPTS = 48 };

/* A receipt that some worker still has. */
struct kept {
	int queue, life, message, moves, receives;
	struct receipt receipt;
};

struct sim {
	struct world *world;
	struct model model;
	struct rng rng;
	uint64_t seed;
	bool verbose, jumps, jumped;
	bool tracks;    /* some queues are tracked */
	bool first;     /* the command to be made up is the first of its turn */
	bool rates;     /* queues, groups, moves have one; no faults, since a rollback fills buckets */
	bool injecting; /* store calls of this turn may fail */
	bool
		attempted; /* a receive of this turn has an attempt id: the model knows only the last one */
	struct kept kept[RECEIPTS];
	int kept_count, next_attempt;
	int64_t operations;
};

/* What one command of a turn was and asked for. */
struct step {
	const char *what;
	struct cmd *c;
	void *in;
	int queue, life;
	int groups[10], ids[10]; /* of sends */
	struct kept kept[10];    /* of receipts */
	int64_t seconds;
	int attempt, max;
	bool parked;
	/* of topics */
	int topic, place;
	int bodies[10], kinds[10], numbers[10];
	struct m_subscription subscription;
	/* settings to be taken over when it succeeds */
	int64_t value;
	void (*apply)(struct sim *, struct step *);
};

uint64_t sim_below(struct sim *, uint64_t bound);
bool sim_chance(struct sim *, int of_100);
void sim_fail(struct sim *, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));
void sim_say(struct sim *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* steps.c */
void sim_setup(struct sim *);
void sim_make_queue(struct sim *, int slot);
/* Makes up one command; `bodies` counts the messages that this turn sends. */
void sim_step(struct sim *, struct step *, int *bodies);
void sim_check_given(struct sim *, const struct m_given *, const struct queue_receive *, int queue);
void sim_check_refusal(struct sim *, const struct step *, enum refusal want);
/* hands.c; false: there is nothing to do it to */
bool sim_make_receipts(struct sim *, struct step *);
bool sim_make_operate(struct sim *, struct step *);
void sim_make_named(struct sim *, struct step *, const struct op *);
void sim_make_set(struct sim *, struct step *);
void sim_make_resume(struct sim *, struct step *);
bool sim_make_job(struct sim *, struct step *);
/* topics.c */
void sim_make_publish(struct sim *, struct step *, int *bodies);
void sim_make_topic_step(struct sim *, struct step *); /* all but publishing */
void sim_check_topics(struct sim *);

/* moves.c */
void sim_move_all(struct sim *);
void sim_move_slowly(struct sim *);
void sim_check_tasks(struct sim *);
/* sim.c */
void sim_restart(struct sim *);
void sim_inject(struct sim *, int64_t most);
void sim_forget_attempts(struct sim *);
void sim_check_waiters(struct sim *, bool died);
/* A fault of the last turn, or of the time that passed, has put off the ends of leases. */
void sim_leases_put_off(struct sim *);

int64_t sim_life(uint64_t seed, bool verbose); /* how many operations */

#endif
