/* backup.c - POST /v1/backup: the server writes a copy of its data on its own machine.
 *
 * Whoever asks names a file, never a place: it lies in the folder of --backup-dir itself, so
 * that nobody makes the server write elsewhere (docs/decisions/0031). One that exists is never
 * written over. */
#include "domain/backup.h"

#include "api/rest/routes.h"
#include "api/state.h"
#include "base/limits.h"

/* "monday.db", or the same below the whole path of the folder. Absent: it is neither. */
static struct str name_of(struct str path, struct str folder)
{
	if (folder.len > 0 && str_starts(path, folder) && path.len > folder.len &&
	    path.at[folder.len] == '/')
		path = str_from(path, folder.len + 1);
	if (path.len == 0 || path.len > BACKUP_NAME_MAX || path.at[0] == '.')
		return S_NONE;
	for (size_t i = 0; i < path.len; i++)
		if (path.at[i] == '/' || (unsigned char)path.at[i] < ' ' || path.at[i] == 0x7f)
			return S_NONE;
	return path;
}

void rest_backup_parse(struct api_call *call, const struct rest_in *rest)
{
	struct backup *in = CALL_NEW(call, struct backup);

	call->c->in = in;
	in->path = param_text_needed(call, rest->body, "path");
	if (cmd_refused(call->c))
		return;
	struct str folder = call->api->config.backup_dir, name = name_of(in->path, folder);
	if (!str_given(name))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "path must be the name of a file, of at most %d bytes, not one that begins "
		             "with a dot: copies are written into the server's --backup-dir %.*s only.",
		             BACKUP_NAME_MAX, S_ARG(folder));
	else
		in->path = arena_printf(call->c->arena, "%.*s/%.*s", S_ARG(folder), S_ARG(name));
}

void rest_backup_render(const struct api_call *call, struct out *o)
{
	const struct backup *in = call->c->in;

	out_text(o, S("path"), in->path);
}
