/* traceparent.c - reading and writing the W3C header. Hex digits are lower case, ids are not
 * all zero, and version ff is none. */
#include "wire/traceparent.h"

#include <stdio.h>

#include "base/err.h"
#include "wire/hash.h"

static bool zero(const uint8_t *bytes, size_t size)
{
	uint8_t any = 0;

	for (size_t i = 0; i < size; i++)
		any |= bytes[i];
	return any == 0;
}

static bool lower(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] >= 'A' && s.at[i] <= 'F')
			return false;
	return true;
}

bool traceparent_read(struct str s, struct traceparent *t)
{
	uint8_t version;

	if (s.len < TRACEPARENT_TEXT || s.at[2] != '-' || s.at[35] != '-' || s.at[52] != '-')
		return false;
	if (!lower((struct str){ s.at, TRACEPARENT_TEXT }) ||
	    !hex_read((struct str){ s.at, 2 }, &version, 1) ||
	    !hex_read((struct str){ s.at + 3, 32 }, t->trace_id, TRACE_ID_SIZE) ||
	    !hex_read((struct str){ s.at + 36, 16 }, t->span_id, SPAN_ID_SIZE) ||
	    !hex_read((struct str){ s.at + 53, 2 }, &t->flags, 1))
		return false;
	if (version == 0xff ||
	    (s.len > TRACEPARENT_TEXT && (version == 0 || s.at[TRACEPARENT_TEXT] != '-')))
		return false;
	return !zero(t->trace_id, TRACE_ID_SIZE) && !zero(t->span_id, SPAN_ID_SIZE);
}

void traceparent_write(const struct traceparent *t, char text[TRACEPARENT_TEXT + 1])
{
	char trace[2 * TRACE_ID_SIZE + 1], span[2 * SPAN_ID_SIZE + 1];

	hex_text(t->trace_id, TRACE_ID_SIZE, trace);
	hex_text(t->span_id, SPAN_ID_SIZE, span);
	int n = snprintf(text, TRACEPARENT_TEXT + 1, "00-%s-%s-%02x", trace, span, t->flags);
	must(n == TRACEPARENT_TEXT);
}
