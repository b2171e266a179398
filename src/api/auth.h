/* auth.h - who asks, and may they. */
#ifndef RINGI_API_AUTH_H
#define RINGI_API_AUTH_H

#include "api/api.h"

/* Fills c->caller or refuses. `service`: "sqs", "sns", or "ringi" for /v1. HTTP thread. */
void api_authenticate(struct api *, const struct http_request *, struct str service, struct cmd *);

/* May c->caller do this with that queue or topic? Refuses if not. `resource` may be absent. */
void api_authorise(struct api *, struct cmd *, struct str action, struct str resource);

#endif
