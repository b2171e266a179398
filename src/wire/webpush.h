/* webpush.h - messages to browsers: encrypted (RFC 8291, aes128gcm of RFC 8188) and with the
 * sender's proof (VAPID, RFC 8292). Pure: salt and key pair come from the caller. */
#ifndef RINGI_WIRE_WEBPUSH_H
#define RINGI_WIRE_WEBPUSH_H

#include "base/arena.h"
#include "base/str.h"
#include "wire/jwt.h"

enum { WEBPUSH_PRIVATE = 32, WEBPUSH_PUBLIC = 65, WEBPUSH_AUTH = 16, WEBPUSH_TEXT_MAX = 3900 };

struct webpush_message {
	struct str receiver, auth; /* of the subscription: 65 and 16 bytes */
	struct str text;
	uint8_t salt[16], private_key[WEBPUSH_PRIVATE]; /* fresh for each message */
};
/* A key as browsers write it: base64url, with padding or without. Absent: it is none. */
struct str webpush_key_read(struct arena *, struct str text);

/* The body; absent when the keys are none or the text is too long. */
struct str webpush_encrypt(struct arena *, const struct webpush_message *);

/* "Authorization: vapid t=..., k=..."; `subject` is a mailto: or https: URL. Absent: no key. */
struct str vapid_header(struct arena *, const uint8_t key[WEBPUSH_PRIVATE], struct str origin,
                        struct str subject, int64_t expires_s);
/* What browsers subscribe with: the public key in base64url; absent: it is no key. */
struct str vapid_public(struct arena *, const uint8_t key[WEBPUSH_PRIVATE]);

#endif
