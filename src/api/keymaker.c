/* keymaker.c - chance becomes an access key. */
#include "api/keymaker.h"

#include "api/state.h"

enum { SECRET_LENGTH = 40 };

/* `length` characters of the alphabet, each as probable as the others. */
static struct str chance_text(struct api *api, struct arena *a, struct str prefix, size_t length,
                              struct str alphabet)
{
	char *text = arena_get(a, prefix.len + length + 1);
	unsigned fair = 256 - 256 % (unsigned)alphabet.len;
	uint8_t bytes[64];
	size_t at = prefix.len, used = sizeof bytes;

	memcpy(text, prefix.at, prefix.len);
	while (at < prefix.len + length) {
		if (used == sizeof bytes) {
			api->config.random(bytes, sizeof bytes);
			used = 0;
		}
		unsigned byte = bytes[used++];
		if (byte < fair)
			text[at++] = alphabet.at[byte % alphabet.len];
	}
	seal_wipe(bytes, sizeof bytes);
	return (struct str){ text, prefix.len + length };
}

struct str fresh_text(struct api *api, struct arena *a, struct str prefix, size_t length)
{
	return chance_text(api, a, prefix, length,
	                   S("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"));
}

struct fresh_key *fresh_key(struct api *api, struct arena *a)
{
	struct fresh_key *k = ARENA_NEW(a, struct fresh_key);
	uint8_t nonce[SEAL_NONCE_SIZE], *hash = arena_get(a, SHA256_SIZE);

	k->id = chance_text(api, a, S("RK"), KEY_ID_SIZE - 2, S("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"));
	k->secret = fresh_text(api, a, S(""), SECRET_LENGTH);
	k->token = fresh_text(api, a, S("ringi_"), TOKEN_LENGTH);
	api->config.random(nonce, sizeof nonce);
	k->sealed = seal(a, api->config.master_key, nonce, k->id, k->secret);
	sha256(k->token, hash);
	k->token_hash = (struct str){ (const char *)hash, SHA256_SIZE };
	return k;
}

struct cmd *api_first_key(struct api *api, struct str *token)
{
	struct cmd *c = cmd_new(&op_key_create);
	struct key_create *in = ARENA_NEW(c->arena, struct key_create);
	const struct fresh_key *k = fresh_key(api, c->arena);

	*in = (struct key_create){
		.id = k->id,
		.name = S("admin"),
		.rules = S("[\"*:*:*\"]"),
		.sealed = k->sealed,
		.token_hash = k->token_hash,
	};
	c->in = in;
	*token = k->token;
	return c;
}
