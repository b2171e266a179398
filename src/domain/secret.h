/* secret.h - random keys that belong to the database: made once, read at each start. */
#ifndef RINGI_DOMAIN_SECRET_H
#define RINGI_DOMAIN_SECRET_H

#include "base/err.h"
#include "base/rng.h"
#include "store/store.h"

/* The secret of that name, `size` (at most 64) bytes; made from `rng` when there is none yet. */
enum err secret_load(struct store *, int64_t epoch, const char *name, struct rng *, uint8_t *to,
                     size_t size) MUST_USE;

#endif
