/* auth.h - who asks, and may they.
 *
 * A signature (SigV4, in a header or presigned) and a bearer token both lead to an access
 * key and so to one caller. What it may do is asked once for each request, when it is
 * known what it is about and before it goes to the engine. */
#ifndef RINGI_API_AUTH_H
#define RINGI_API_AUTH_H

#include "api/api.h"
#include "api/keyring.h"
#include "domain/key/rule.h"

/* Fills c->caller or refuses. `service`: "sqs", "sns", or "ringi" for /v1. HTTP thread. */
void api_authenticate(struct api *, const struct http_request *, struct str service, struct cmd *);

/* May c->caller do this with that queue or topic, and what else the command asks for
 * (api/rights.h)? Refuses if not. `resource` may be absent. Without an action only what is
 * open to everybody passes. */
void api_authorise(struct api *, struct cmd *, struct str action, struct str resource);

/* The request was refused for what stands in it: whoever may not do this at all is told that
 * instead, and learns nothing about their input. HTTP thread. */
void api_authorise_refused(struct api *, struct cmd *, struct str action, struct str resource);

/* What somebody who got in a while ago may by now. NULL: nothing, their key has ended. The
 * answer lies in the loop's keyring and in `scratch`. On that loop's thread. */
const struct grant *api_grant_now(struct api *, int loop, const struct caller *,
                                  struct grant *scratch);

#endif
