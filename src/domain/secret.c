/* secret.c - random keys that belong to the database, kept in table meta as hex. */
#include "domain/secret.h"

#include "wire/hash.h"

struct reading {
	uint8_t *to;
	size_t size;
	bool found;
};

static enum err take_secret(void *context, const struct value *columns, int count)
{
	struct reading *r = context;

	must(count == 1);
	r->found = true;
	return hex_read(columns[0].bytes, r->to, r->size) ? OK : ERR_CORRUPT;
}

enum err secret_load(struct store *store, int64_t epoch, const char *name, struct rng *rng,
                     uint8_t *to, size_t size)
{
	struct reading r = { to, size, false };
	char text[129];

	must(size > 0 && size <= 64);
	TRY(store_run(store, STMT_META_GET, VALUES(value_text(str_of(name))), take_secret, &r));
	if (r.found)
		return OK;
	rng_bytes(rng, to, size);
	hex_text(to, size, text);
	TRY(store_begin(store, epoch));
	enum err fault = store_run(store, STMT_META_PUT,
	                           VALUES(value_text(str_of(name)), value_text(str_of(text))), NULL,
	                           NULL);
	if (fault == OK)
		fault = store_commit(store);
	if (fault != OK)
		store_rollback(store);
	return fault;
}
