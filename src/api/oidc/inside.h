/* inside.h - what the files of this folder share. */
#ifndef RINGI_API_OIDC_INSIDE_H
#define RINGI_API_OIDC_INSIDE_H

#include <pthread.h>

#include "api/oidc/oidc.h"
#include "base/buf.h"
#include "base/limits.h"
#include "wire/hash.h"
#include "wire/seal.h"

struct oidc_text {
	struct buf text;
	int64_t at_ms; /* 0: there is none */
};

struct oidc_known {
	struct oidc_text documents[OIDC_DOCUMENTS];
	int64_t failed_ms; /* 0: it did not */
};

struct oidc {
	const struct oidc_provider *providers;
	int count;
	uint8_t key[SEAL_KEY_SIZE]; /* of cookies; a restart makes another */
	pthread_mutex_t mutex;      /* of all below */
	struct oidc_known known[OIDC_PROVIDERS_MAX];
	uint8_t used[OIDC_USED_MAX][SHA256_SIZE / 2]; /* hashes of states, the oldest makes room */
	int used_next;
};

#endif
