/* trace.h - the trace and the span that a request came from, read out of its header. */
#ifndef RINGI_DOMAIN_LEDGER_TRACE_H
#define RINGI_DOMAIN_LEDGER_TRACE_H

#include "base/str.h"

struct trace {
	uint8_t trace_id[16], span_id[8];
	bool has_span;
};

/* False for what is none of the known forms, and for ids that are all zero. */
bool trace_read(struct str header, struct trace *);
/* Whether what came with this header wants to be told: unless its flag 01 is not set, or (X-Ray)
 * Sampled=0. Absent, or none of the known forms: yes. */
bool trace_sampled(struct str header);

#endif
