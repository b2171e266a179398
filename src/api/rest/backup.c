/* backup.c - POST /v1/backup: the server writes a copy of its data on its own machine.
 *
 * The path is whoever asks's choice, so this is an action of its own that a key must be
 * allowed; an existing file is never written over. */
#include "domain/backup.h"

#include "api/rest/routes.h"

enum { PATH_LEN_MAX = 1000 };

void rest_backup_parse(struct api_call *call, const struct rest_in *rest)
{
	struct backup *in = CALL_NEW(call, struct backup);

	call->c->in = in;
	in->path = param_text_needed(call, rest->body, "path");
	if (cmd_refused(call->c))
		return;
	if (in->path.at[0] != '/' || in->path.len > PATH_LEN_MAX ||
	    memchr(in->path.at, '\0', in->path.len) != NULL)
		(void)refuse(
			call->c, REFUSED_INVALID_PARAMETER,
			"path must be a whole path on the server's machine, from / on, of at most %d bytes.",
			PATH_LEN_MAX);
}

void rest_backup_render(const struct api_call *call, struct out *o)
{
	const struct backup *in = call->c->in;

	out_text(o, S("path"), in->path);
}
