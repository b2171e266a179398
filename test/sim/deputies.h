/* deputies.h - who acts for whom in the lives of approvals.c, as a napkin has it.
 *
 *     p0..p7  are asked            d0..d2  are not: they act for others
 *
 * Whoever is asked hands on to a d, and a d to one behind it, so that there is no circle; for a
 * while or for good, always or while they are absent. */
#ifndef RINGI_TEST_SIM_DEPUTIES_H
#define RINGI_TEST_SIM_DEPUTIES_H

#include "domain/directory/delegation.h"
#include "sim/play.h"

enum { PEOPLE = 8, DEPUTIES = 3, BEINGS = PEOPLE + DEPUTIES, HANDED = 24, AWAY = 12 };

struct deputies {
	struct handed {
		int from, to;
		struct period period;
		bool on_absence, canceled;
		struct uuid id;
	} handed[HANDED];
	int handed_count;
	struct away {
		int who;
		struct period period;
	} away[AWAY];
	int away_count;
};

const char *being_name(char name[16], int being);
/* One command as somebody, with its faults. */
typedef struct cmd *run_fn(struct play *, const char *who, const struct op *, void *in);
/* Somebody hands on, takes that back, or is away for a while. */
void deputies_event(struct play *, struct deputies *, run_fn *);
/* May `being` act in the place of `person` now? */
bool deputies_may(const struct play *, const struct deputies *, int being, int person);

#endif
