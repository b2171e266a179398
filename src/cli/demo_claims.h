/* demo_claims.h - the second story of `ringi demo`: expense claims, decided by people.
 *
 *     claims.csv --applicants--> approvals, by amount --approvers--> decided
 *                                    any of 2 | 2 of 3 | all         |  on_decided
 *                                                                    v
 *                  settlement.csv <--at closing, one batch-- queue of decided claims
 *
 * One approver is slow, one is absent and has a delegate, one misses a deadline, one claim is
 * withdrawn, some come back to their applicant once.
 *
 * C1  Each claim is one approval, and each approval that ends is one message, whatever happens.
 * C2  At the end: claims = settled + rejected + withdrawn, and the sum of what is settled is the
 *     sum of the approved rows of the file. */
#ifndef RINGI_CLI_DEMO_CLAIMS_H
#define RINGI_CLI_DEMO_CLAIMS_H

#include "cli/demo.h"

struct claims;

/* The story up to where people decide; gives an exit code. With demo.once everybody is played;
 * else the managers and the director are left to the person at the keyboard, who is told how.
 * `file`: where settled claims go. */
int demo_claims(struct demo *, const char *file, struct claims **);

/* While the person looks around: when all is decided, the settlement is made and told, once.
 * Gives an exit code. */
int demo_claims_look(struct claims *);

struct claims *demo_claims_end(struct claims *); /* accepts NULL, returns NULL */

#endif
