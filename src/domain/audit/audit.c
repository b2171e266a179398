/* audit.c - one row for each accepted change of a resource. */
#include "domain/audit/audit.h"

enum err audit_write(struct batch *b, const struct cmd *c, const char *action, struct str resource,
                     struct str detail)
{
	must(c->caller.principal.len > 0 && str_given(resource)); /* who, and what */
	return store_run(b->store, STMT_AUDIT_INSERT,
	                 VALUES(value_int(b->now.wall_ms), value_text(c->caller.principal),
	                        value_text(str_of(action)), value_text(resource), value_text(detail),
	                        value_text(c->request_id)),
	                 NULL, NULL);
}
