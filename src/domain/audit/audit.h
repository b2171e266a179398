/* audit.h - who changed what: a row in the same transaction as the change. The
 * engine never reads it. Sends, receives and deletes of messages are not recorded. */
#ifndef RINGI_DOMAIN_AUDIT_AUDIT_H
#define RINGI_DOMAIN_AUDIT_AUDIT_H

#include "domain/batch.h"
#include "domain/cmd.h"

enum err audit_write(struct batch *, const struct cmd *, const char *action, struct str resource,
                     struct str detail) MUST_USE;
/* What the server did by itself: the principal is "ringi". */
enum err audit_write_own(struct batch *, const char *action, struct str resource, struct str detail)
	MUST_USE;

#endif
