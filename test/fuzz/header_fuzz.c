/* header_fuzz.c - any bytes as a time of RFC 3339, and as what a request says of its trace:
 * what is read means the same when it is written and read again. */
#include "base/buf.h"
#include "base/err.h"
#include "base/time.h"
#include "domain/ledger/trace.h"
#include "wire/traceparent.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void time_of(struct str text)
{
	int64_t ms, again;
	struct buf b = { 0 };

	if (!time_read_rfc3339(text, &ms))
		return;
	must(ms >= 0);
	time_rfc3339(&b, ms);
	/* The last hours of the year 9999, west of Greenwich, are in a year of five digits. */
	must(!time_read_rfc3339(buf_str(&b), &again) || again == ms);
	buf_free(&b);
}

static void trace_of(struct str text)
{
	char written[TRACEPARENT_TEXT + 1];
	struct traceparent t, again;
	struct trace trace;

	if (!traceparent_read(text, &t)) {
		if (trace_read(text, &trace))
			must(str_starts(text, S("Root=")));
		return;
	}
	traceparent_write(&t, written);
	must(traceparent_read((struct str){ written, TRACEPARENT_TEXT }, &again));
	must(memcmp(&t, &again, sizeof t) == 0);
	must(memcmp(written + 2, text.at + 2, TRACEPARENT_TEXT - 2) == 0);
	must(trace_read(text, &trace) && trace.has_span);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str text = { (const char *)bytes, size };

	if (size == 0)
		text.at = "";
	time_of(text);
	trace_of(text);
	return 0;
}
