/* keyring.h - the access keys as the front door needs them: an immutable copy.
 *
 *     engine thread   after a commit that changed keys: keyring_new, keyring_swap
 *     HTTP loop       keyring_now: the newest one, which this loop holds until it asks again
 *
 * R1  A keyring never changes once it is in its place (but for the times of last use, which
 *     are atomic). It is freed when the last holder has let go.
 * R2  keyring_swap has returned before the change is answered, so whoever knows that a key
 *     was made or revoked cannot meet an older ring.
 * R3  Secrets lie here sealed. They are opened for the moment in which a signing key is
 *     derived; those are kept per loop, for a day, key, region and service. */
#ifndef RINGI_API_KEYRING_H
#define RINGI_API_KEYRING_H

#include <stdatomic.h>

#include "api/roster.h"
#include "base/map.h"
#include "base/time.h"
#include "domain/key/key.h"
#include "domain/key/rule.h"
#include "wire/seal.h"
#include "wire/sigv4.h"

struct ring_key {
	struct str id, name, principal, sealed, token_hash;
	struct grant grant;
	int64_t expires_at;      /* 0: never */
	_Atomic int64_t used_ms; /* noted last; 0: not since start */
};

struct keyring;

/* `keys` NULL: none; `accounts` NULL: only the built-in roles. `before`, may be NULL: times of
 * last use are taken from it. `nonce` is chance. */
struct keyring *keyring_new(const struct keys *, const struct accounts *,
                            const uint8_t master[SEAL_KEY_SIZE],
                            const uint8_t nonce[SEAL_NONCE_SIZE], const struct keyring *before);
/* False when a secret does not open with this master key. */
bool keyring_opens(const struct keyring *, const uint8_t master[SEAL_KEY_SIZE]);

/* NULL when there is none. By id for signatures, by the token itself for bearers. */
struct ring_key *keyring_by_id(const struct keyring *, struct str id);
struct ring_key *keyring_by_name(const struct keyring *, struct str name);
struct ring_key *keyring_by_token(const struct keyring *, struct str token);
/* Roles and who has them. */
const struct roster *keyring_roster(const struct keyring *);
/* Stands in for a key that is unknown, so that its refusal costs the same work. */
struct ring_key *keyring_nobody(const struct keyring *);

/* Rules out of their JSON, for keys that are to be made too; -1 when it is none. */
int keyring_rules(struct arena *, struct str json, struct rule **);

/* ---- the place of the newest one */

struct keyring_place;
struct keyring_place *keyring_place_open(struct keyring *first);   /* takes it */
struct keyring_place *keyring_place_close(struct keyring_place *); /* accepts NULL, returns NULL */
void keyring_swap(struct keyring_place *, struct keyring *next);   /* takes it; any thread */
/* One writer only: what it replaces. Lent until the next keyring_swap. */
const struct keyring *keyring_newest(struct keyring_place *);

/* ---- a loop's own: no locks between changes. Zeroed at first. */

enum { DAY_KEYS = 128, DAY_KEY_NAME_MAX = 95 };

struct day_key {
	uint8_t length;              /* of `name`; 0: free */
	char name[DAY_KEY_NAME_MAX]; /* id/day/region/service */
	uint8_t key[SHA256_SIZE];
};

struct keyring_loop {
	struct keyring *held;
	int64_t version;
	struct day_key day_keys[DAY_KEYS];
};

/* The newest keyring; lent until this loop asks again. Asked once for each request. */
const struct keyring *keyring_now(struct keyring_place *, struct keyring_loop *);
/* The one that this loop was lent last, even if there is a newer one. */
const struct keyring *keyring_held(const struct keyring_loop *);
void keyring_loop_close(struct keyring_loop *);
/* The signing key for the scope of the claim. */
void keyring_day_key(struct keyring_loop *, const struct ring_key *,
                     const uint8_t master[SEAL_KEY_SIZE], const struct sigv4_claim *,
                     uint8_t key[SHA256_SIZE]);

#endif
