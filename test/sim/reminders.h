/* reminders.h - who was reminded, as the rows of notifications have it. */
#ifndef RINGI_TEST_SIM_REMINDERS_H
#define RINGI_TEST_SIM_REMINDERS_H

#include "sim/napkin.h"

enum { REMINDERS = 1000 };

struct reminders {
	struct reminder {
		struct uuid approval;
		struct str person;
		int64_t round, n, slot, at;
	} all[REMINDERS];
	int count;
};

void reminders_read(struct play *, struct reminders *);
/* Number `i`, of this approval: none after the vote or the end, none twice. */
void reminders_check(const struct play *, const struct reminders *, int i,
                     const struct approval_view *);
/* After an hour in which nobody said anything: who is silent was reminded, where the policy
 * says "every". */
void reminders_check_silent(const struct play *, const struct reminders *,
                            const struct approval_view *, const struct tree *);

#endif
