/* stories.h - what the stories about approvals share: people do things, and the step answers in
 * a few words. The approval is the one opened last unless said. */
#ifndef RINGI_TEST_APPROVAL_STORIES_H
#define RINGI_TEST_APPROVAL_STORIES_H

#include "domain/approval/approval.h"
#include "queue/stories.h"

struct step {
	struct world *w;
	struct uuid id; /* of the approval opened last */
};

struct step step_world(void);
/* Ends the story: memory and rows are as they must be. */
void step_end(struct step *);

/* Opened by "taro"; `policy` is JSON. The state, or the refusal. */
const char *opened(struct step *, const char *policy);
struct approval_open *opening_of(struct step *, const char *policy);
const char *opened_as(struct step *, struct approval_open *, const char *who);

/* "yuki" says approve, reject, ... : the state after it, "same", or the refusal. */
const char *says(struct step *, const char *who, const char *what);
const char *says_for(struct step *, const char *who, const char *what, const char *principal);
struct approval_vote *vote_of(struct step *, const char *what);
const char *says_as(struct step *, const char *who, struct approval_vote *);

/* withdraw, cancel, ...: the state, "same", or the refusal. */
struct approval_change *change_of(struct step *);
const char *did(struct step *, const char *who, const struct op *, struct approval_change *);

/* As GET says it; NULL: there is none. */
const struct approval_view *looked(struct step *);
/* "a:approve b:WAITING": each slot with its decision, else its state. */
const char *slots(struct step *);
/* "APPROVED 2": state and round. */
const char *stands(struct step *);
/* How many records of that action are in the log. */
int logged(struct step *, const char *action);
/* The detail of the last record of that action; "": none. */
const char *last_logged(struct step *, const char *action);
/* The kinds of what somebody was told of, oldest first, with a blank between them. */
const char *notices_of(struct step *, const char *who);
/* Subjects in somebody's inbox, with a blank between them. */
const char *inbox_of(struct step *, const char *who);

#endif
