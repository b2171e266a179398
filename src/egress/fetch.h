/* fetch.h - fetches under way; for egress/ only. Loop thread, but for fetches_room. */
#ifndef RINGI_EGRESS_FETCH_H
#define RINGI_EGRESS_FETCH_H

#include <stdatomic.h>

#include "base/list.h"
#include "http/fetch.h"

struct egress;

struct fetches {
	struct egress *egress;
	struct list calls;     /* struct call.node */
	_Atomic int64_t count; /* taken and not ended */
};

void fetches_open(struct fetches *, struct egress *);
bool fetches_room(struct fetches *);                        /* one more is counted; any thread */
void fetches_start(struct fetches *, struct list *fetches); /* takes them */
void fetches_close(struct fetches *);                       /* all end as stopped */

#endif
