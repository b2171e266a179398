/* notice.c - the seam between the clock over approvals and notifications.
 *
 * Whoever is told something by the clock is told it from here, once for each kind, slot and n.
 * Nothing sends notifications yet: what was due to be told is in the log of the approval. */
#include "domain/approval/timer.h"

enum err approval_notice(struct batch *b, const struct approval *a, const struct approval_slot *s,
                         const char *kind, int64_t n)
{
	must(s->slot >= 1 && s->state == SLOT_WAITING && kind != NULL && n >= 0);
	(void)b, (void)a;
	return OK;
}
