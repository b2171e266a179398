/* rights.h - the rights that one command needs.
 *
 * The first is that of its operation on the queue or topic that it is about. Further ones
 * are for other queues that it names: a message may not get into a queue by way of a
 * redrive policy, a move, a resend or a subscription when it could not be sent there. A queue
 * that pushes needs the right to call the host.
 *
 * To add an operation that names a second queue: add its case in rights.c; the table in
 * test/key/rights_test.c has one for each operation that does. */
#ifndef RINGI_API_RIGHTS_H
#define RINGI_API_RIGHTS_H

#include "api/call.h"

enum { RIGHTS_MAX = 5 };

struct right {
	struct str service, action, resource; /* resource absent: no particular one */
};

/* How many; of a command whose parse has not refused. */
int rights_of(const struct api_call *, struct str action, struct str resource,
              struct right[RIGHTS_MAX]);

#endif
