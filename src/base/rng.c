/* rng.c - ChaCha20 as a stream of random bytes, by libsodium. */
#include "base/rng.h"

#include <sodium.h>
#include <string.h>

#include "base/err.h"

void rng_seed(struct rng *r, const uint8_t seed[32])
{
	*r = (struct rng){ .used = sizeof r->ready };
	memcpy(r->seed, seed, sizeof r->seed);
}

void rng_seed_number(struct rng *r, uint64_t number)
{
	uint8_t seed[32] = { 0 };

	memcpy(seed, &number, sizeof number);
	rng_seed(r, seed);
}

/* Each block comes from the seed and its own number; the nonce carries the number. */
static void refill(struct rng *r)
{
	uint8_t nonce[crypto_stream_chacha20_NONCEBYTES] = { 0 };

	_Static_assert(sizeof r->block == sizeof nonce, "the block number is the nonce");
	memcpy(nonce, &r->block, sizeof r->block);
	r->block++;
	crypto_stream_chacha20(r->ready, sizeof r->ready, nonce, r->seed);
	r->used = 0;
}

void rng_bytes(struct rng *r, void *to, size_t size)
{
	uint8_t *out = to;

	while (size > 0) {
		if (r->used == sizeof r->ready)
			refill(r);
		size_t n = sizeof r->ready - r->used;
		if (n > size)
			n = size;
		memcpy(out, r->ready + r->used, n);
		memset(r->ready + r->used, 0, n);
		r->used += n;
		out += n;
		size -= n;
	}
}

uint64_t rng_u64(struct rng *r)
{
	uint64_t n;

	rng_bytes(r, &n, sizeof n);
	return n;
}

uint64_t rng_below(struct rng *r, uint64_t bound)
{
	must(bound > 0);
	uint64_t fair = UINT64_MAX - UINT64_MAX % bound, n;

	do
		n = rng_u64(r);
	while (n >= fair);
	return n % bound;
}
