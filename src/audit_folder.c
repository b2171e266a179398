/* audit_folder.c - reads the audit log of a data folder, in the way in which a server's export
 * reads it. Above all layers, because the command line knows no store. */
#include "cli/audit.h"

#include <stdio.h>

#include "base/limits.h"
#include "domain/audit/read.h"
#include "store/store.h"

struct audit_folder {
	struct store *store;
	struct cmd *last; /* holds the lines that were lent */
};

struct audit_folder *audit_folder_open(const char *place, char why[256])
{
	struct audit_folder *f = mem_get(sizeof *f);

	if (store_open_reader(&f->store, place, why) == OK)
		return f;
	mem_free(f);
	return NULL;
}

struct audit_folder *audit_folder_close(struct audit_folder *f)
{
	if (f == NULL)
		return NULL;
	cmd_free(f->last);
	store_close(f->store);
	return mem_free(f);
}

bool audit_folder_page(struct audit_folder *f, int64_t after, struct audit_page *page,
                       char why[256])
{
	f->last = cmd_free(f->last);
	f->last = cmd_new(&op_audit_export);
	struct audit_export *in = ARENA_NEW(f->last->arena, struct audit_export);
	in->after = after;
	in->max = AUDIT_EXPORT_ROWS;
	f->last->in = in;
	enum err fault = cmd_read(f->last, f->store, (struct now){ 0 });
	if (fault != OK)
		snprintf(why, 256, "%.200s (%s). A folder of an older ringi has no chained log yet.",
		         store_detail(f->store), err_name(fault));
	else if (cmd_refused(f->last))
		snprintf(why, 256, "%.*s", S_ARG(f->last->refused.text));
	*page = (struct audit_page){ in->lines, in->records, in->last };
	return fault == OK && !cmd_refused(f->last);
}
