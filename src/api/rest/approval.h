/* approval.h - what the files about approvals (src/api/rest/approval_*.c, inbox.c) share. */
#ifndef RINGI_API_REST_APPROVAL_H
#define RINGI_API_REST_APPROVAL_H

#include "api/rest/job.h"
#include "domain/approval/approval.h"

/* The id in the path; refuses NO_SUCH_APPROVAL for what is no UUID. */
struct uuid rest_approval_id(struct api_call *, struct str text);
/* A request that decides: the approval, and request_id or Idempotency-Key, which are the same.
 * `body` is what is asked, and what `hash` is about, with `what`. */
void rest_approval_request(struct api_call *, const struct rest_in *, const char *what,
                           const struct json *body, struct approval_request *);
/* The same of one of several: its request id alone. */
void rest_approval_item(struct api_call *, const char *what, const struct json *item,
                        struct approval_request *);
/* data.amount in thousandths, as it orders an inbox; -1: there is none. */
int64_t rest_amount(const struct json *data);

/* ---- writing */

void rest_approval(struct out *, const struct approval *);
void rest_slot(struct out *, const struct approval *, const struct approval_slot *);
void rest_slots(struct out *, const struct approval_view *);
void rest_events(struct out *, const struct approval_view *);
void rest_approval_view(struct out *, const struct approval_view *);
/* people=1: what to call whom the answer names. */
bool rest_people_asked(const struct rest_in *);
void rest_people(struct out *, const struct approval_people *); /* NULL: nothing */
/* inbox.c */
void rest_inbox_items(struct out *, const struct approval_inbox *);

#endif
