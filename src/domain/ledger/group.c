/* group.c - which groups the jobs of a batch are in, for who watches a group. */
#include "domain/ledger/ledger.h"

static enum err take_group(void *context, const struct value *columns, int count)
{
	struct job_change *change = context;

	must(count == 1);
	if (columns[0].kind == VALUE_NULL)
		return OK;
	if (!value_read_uuid(columns[0], &change->group))
		return ERR_CORRUPT;
	change->has_group = true;
	return OK;
}

enum err ledger_tell_groups(struct batch *b)
{
	LIST_EACH (&b->changes, struct job_change, node, change) {
		must(!change->group_told);
		TRY(store_run(b->store, STMT_WATCH_GROUP_OF, VALUES(value_uuid(&change->id)), take_group,
		              change));
		change->group_told = true;
	}
	return OK;
}
