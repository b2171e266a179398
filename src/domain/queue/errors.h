/* errors.h - what workers reported of messages, as it is stored. Any thread. */
#ifndef RINGI_DOMAIN_QUEUE_ERRORS_H
#define RINGI_DOMAIN_QUEUE_ERRORS_H

#include "domain/cmd.h"
#include "store/store.h"

/* The code in a stored report, JSON {"code", "message"}; absent, or without one: "NO_REPORT".
 * Lives in the arena. `message` may be NULL. */
struct str error_code(struct arena *, struct str stored, struct str *message);
/* A report as it is stored: {"code": ..., "message": ...}, in the arena. */
struct str error_json(struct arena *, struct str code, struct str message);
/* Id, sent_at and report of up to ERROR_ROWS_MAX + 1 messages of the queue, oldest first;
 * refuses when there is none of that name. */
enum err errors_each(struct store *, struct cmd *, struct str queue, row_fn *, void *context)
	MUST_USE;

#endif
