/* secret.h - secrets of webhooks at the front door: sealed before anybody else sees them. */
#ifndef RINGI_API_REST_SECRET_H
#define RINGI_API_REST_SECRET_H

#include "api/call.h"
#include "base/limits.h"

/* One text, or a list of them while secrets are exchanged, into `sealed`, in base64; their
 * number. null: 0. `name` is what a refusal calls it. */
int rest_secrets(struct api_call *, const struct json *, const char *name, struct str bound_to,
                 struct str sealed[PUSH_SECRETS_MAX]);

#endif
