/* webhook.h - signatures of what is sent to a URL, as the Standard Webhooks specification
 * (standardwebhooks.com) has them. Pure.
 *
 *     webhook-id: 0193...             the same each time it is sent
 *     webhook-timestamp: 1795000000   seconds; of this sending
 *     webhook-signature: v1,BASE64    HMAC-SHA256 of "id.timestamp.body"
 *
 * A secret is "whsec_" and the base64 of 24 to 64 random bytes. While secrets are exchanged
 * there are two, and two signatures with a space between them. */
#ifndef RINGI_WIRE_WEBHOOK_H
#define RINGI_WIRE_WEBHOOK_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

enum { WEBHOOK_SECRET_MIN = 24, WEBHOOK_SECRET_MAX = 64 }; /* bytes */

/* The bytes of a secret; absent when the text is none. The caller wipes them. */
struct str webhook_secret(struct arena *, struct str text);

/* Adds one signature, behind a space when there already is one. */
void webhook_sign(struct buf *, struct str secret, struct str id, int64_t seconds, struct str body);

/* "webhook-signature: ..." by secrets that are sealed (wire/seal.h); absent when one of them
 * does not open. They are wiped again. */
struct webhook_secrets {
	const uint8_t *key; /* SEAL_KEY_SIZE bytes */
	struct str bound_to;
	const struct str *sealed;
	int count; /* at least 1 */
};
struct str webhook_header(struct arena *, const struct webhook_secrets *, struct str id,
                          int64_t seconds, struct str body);

#endif
