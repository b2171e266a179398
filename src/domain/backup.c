/* backup.c - writes the copy in the read lane, so that the engine goes on meanwhile. */
#include "domain/backup.h"

#include "store/store.h"

static enum err read_all(struct store *store, struct cmd *c, struct now now)
{
	struct backup *in = c->in;

	(void)now;
	if (store_backup(store, arena_str(c->arena, in->path).at) != OK)
		return refuse(c, REFUSED_CONFLICT, "The copy %.*s cannot be written: %s.", S_ARG(in->path),
		              store_detail(store));
	return OK;
}

const struct op op_backup = { .name = "Backup",
	                          .lane = LANE_READ,
	                          .read = read_all,
	                          .own_snapshot = true };
