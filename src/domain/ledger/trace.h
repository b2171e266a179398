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

#endif
