/* traceparent.h - the W3C header that carries a trace from one program to the next. Pure.
 *
 *     00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
 *     version, trace id (16 bytes), id of the span that asks (8 bytes), flags */
#ifndef RINGI_WIRE_TRACEPARENT_H
#define RINGI_WIRE_TRACEPARENT_H

#include "base/str.h"

enum { TRACE_ID_SIZE = 16, SPAN_ID_SIZE = 8, TRACEPARENT_TEXT = 55 };

struct traceparent {
	uint8_t trace_id[TRACE_ID_SIZE], span_id[SPAN_ID_SIZE];
	uint8_t flags; /* 1: sampled */
};

/* False when it is none: the standard says that then a new trace begins. What a later
 * version adds behind the flags is left out. */
bool traceparent_read(struct str, struct traceparent *);
/* Writes TRACEPARENT_TEXT characters and a NUL. */
void traceparent_write(const struct traceparent *, char text[TRACEPARENT_TEXT + 1]);

#endif
