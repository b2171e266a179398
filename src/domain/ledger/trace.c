/* trace.c - which trace a request belongs to, as its header says. Two forms are known:
 *
 *     00-TRACE(32 hex)-SPAN(16 hex)-FLAGS                     W3C traceparent
 *     Root=1-TIME(8 hex)-ID(24 hex);Parent=SPAN(16 hex);...   X-Ray, AWSTraceHeader
 *
 * Pure, any thread. */
#include "domain/ledger/trace.h"

#include "wire/hash.h"
#include "wire/traceparent.h"

/* Exactly `size` bytes, not all zero. */
static bool id_read(struct str text, uint8_t *to, size_t size)
{
	uint8_t any = 0;

	if (!hex_read(text, to, size))
		return false;
	for (size_t i = 0; i < size; i++)
		any |= to[i];
	return any != 0;
}

static bool w3c(struct str header, struct trace *to)
{
	struct traceparent t;

	to->has_span = true;
	if (!traceparent_read(header, &t))
		return false;
	memcpy(to->trace_id, t.trace_id, sizeof to->trace_id);
	memcpy(to->span_id, t.span_id, sizeof to->span_id);
	return true;
}

/* "1-TIME-ID" */
static bool x_ray_root(struct str value, struct trace *to)
{
	struct str rest = value;
	struct str version = str_cut(&rest, '-'), time = str_cut(&rest, '-');
	char all[32];

	if (!str_is(version, "1") || time.len != 8 || rest.len != 24)
		return false;
	memcpy(all, time.at, 8);
	memcpy(all + 8, rest.at, 24);
	return id_read((struct str){ all, sizeof all }, to->trace_id, 16);
}

static bool x_ray(struct str header, struct trace *to)
{
	struct str rest = header;
	bool root = false;

	to->has_span = false;
	while (str_given(rest)) {
		struct str value = str_trim(str_cut(&rest, ';'));
		struct str name = str_cut(&value, '=');
		if (str_is(name, "Root"))
			root = x_ray_root(value, to);
		else if (str_is(name, "Parent"))
			to->has_span = id_read(value, to->span_id, 8);
	}
	return root;
}

bool trace_read(struct str header, struct trace *to)
{
	return str_starts(header, S("Root=")) ? x_ray(header, to) : w3c(header, to);
}

static bool x_ray_sampled(struct str header)
{
	struct str rest = header;

	while (str_given(rest))
		if (str_is(str_trim(str_cut(&rest, ';')), "Sampled=0"))
			return false;
	return true;
}

bool trace_sampled(struct str header)
{
	struct traceparent t;

	if (!str_given(header))
		return true;
	if (str_starts(header, S("Root=")))
		return x_ray_sampled(header);
	return !traceparent_read(header, &t) || (t.flags & 1) != 0;
}
