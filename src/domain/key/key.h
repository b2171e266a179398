/* key.h - access keys: who may ask.
 *
 * K1  No secret is stored as it is: the one for signatures is sealed under a master key
 *     that is not in the database, of the bearer token there is only the hash. Both are
 *     made, sealed and hashed by the front door; nothing here sees them plain.
 * K2  A name has one valid key at a time. Rotating makes a new key under the same name
 *     with the same rules; the old one stops in the same transaction.
 * K3  Memory holds the valid keys. Whoever checks requests works on a copy that is made
 *     anew after each change (batch.keys_changed), before the change is answered. */
#ifndef RINGI_DOMAIN_KEY_KEY_H
#define RINGI_DOMAIN_KEY_KEY_H

#include "base/map.h"
#include "domain/batch.h"
#include "domain/cmd.h"

enum { KEY_ID_SIZE = 20, KEY_TOKEN_HASH_SIZE = 32 };

struct domain;

struct access_key {
	struct str id, name, rules; /* rules: a JSON array of texts */
	struct str sealed, token_hash;
	int64_t created_at, expires_at; /* expires_at 0: never */
	struct arena *arena;            /* lifetime: the key; it lies in it */
};

struct keys {
	struct names by_name;
};

enum err keys_load(struct domain *, struct store *) MUST_USE; /* anew if there are some */
void keys_free(struct domain *);

/* Letters, digits and - _ . ; at most KEY_NAME_MAX. */
bool key_name_valid(struct str);

struct key_create {
	struct str id, name, rules, sealed, token_hash;
	int64_t life_ms;                /* 0: for ever */
	int64_t created_at, expires_at; /* out */
};
extern const struct op op_key_create;

struct key_rotate {
	struct str id, name, sealed, token_hash; /* the new one */
	struct str old_id; /* the one that the caller may rotate; absent: whichever has the name */
	struct str rules;  /* out */
	int64_t created_at, expires_at; /* out; it lives as long as the old one was to live */
};
extern const struct op op_key_rotate;

struct key_named {
	struct str name;
};
extern const struct op op_key_revoke;

/* It was used; not worth an audit record. */
struct key_used {
	struct str id;
};
extern const struct op op_key_used;

/* Valid keys by name, above `after`. Read lane. */
struct key_info {
	struct str id, name, rules;
	int64_t created_at, expires_at, last_used_at; /* 0: none */
};
struct key_list {
	struct str after;
	int max;
	struct key_info *keys; /* out */
	int count;
	bool more;
};
extern const struct op op_key_list;

#endif
