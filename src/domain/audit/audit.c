/* audit.c - one row for each accepted change of a resource. */
#include "domain/audit/audit.h"

static enum err insert(struct batch *b, struct str principal, const char *action,
                       struct str resource, struct str detail, struct str request_id)
{
	must(principal.len > 0 && str_given(resource)); /* who, and what */
	return store_run(b->store, STMT_AUDIT_INSERT,
	                 VALUES(value_int(b->now.wall_ms), value_text(principal),
	                        value_text(str_of(action)), value_text(resource), value_text(detail),
	                        value_text(request_id)),
	                 NULL, NULL);
}

enum err audit_write(struct batch *b, const struct cmd *c, const char *action, struct str resource,
                     struct str detail)
{
	return insert(b, c->caller.principal, action, resource, detail, c->request_id);
}

enum err audit_write_own(struct batch *b, const char *action, struct str resource,
                         struct str detail)
{
	return insert(b, S("ringi"), action, resource, detail, S_NONE);
}
