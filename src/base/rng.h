/* rng.h - chance is an argument.
 *
 * A stream of unpredictable bytes from a 32-byte seed (ChaCha20). The server
 * seeds it from the operating system, tests from a number; nothing else in
 * base/, wire/ and domain/ knows randomness. One thread at a time. */
#ifndef RINGI_BASE_RNG_H
#define RINGI_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	uint8_t seed[32];
	uint64_t block;
	size_t used; /* of `ready` */
	uint8_t ready[512];
};

void rng_seed(struct rng *, const uint8_t seed[32]);
void rng_seed_number(struct rng *, uint64_t); /* tests and simulation */
void rng_bytes(struct rng *, void *to, size_t size);
uint64_t rng_u64(struct rng *);
uint64_t rng_below(struct rng *, uint64_t bound); /* 0..bound-1, bound > 0 */

#endif
