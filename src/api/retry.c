/* retry.c - when it makes sense to send a call again that was not carried out.
 *
 * The header Retry-After has whole seconds, as its readers expect (AWS's SDKs among them);
 * problem+json has milliseconds. */
#include "api/call.h"

bool fault_passes(enum err e)
{
	return e == ERR_BUSY || e == ERR_LOST || e == ERR_LIMIT || e == ERR_FULL;
}

int64_t call_retry_ms(const struct api_call *call)
{
	const struct cmd *c = call->c;
	enum refusal why = c->refused.why;

	if (why == REFUSED_NONE)
		why = fault_passes(c->fault) ? REFUSED_UNAVAILABLE : REFUSED_NONE;
	return c->refused.retry_ms > 0 ? c->refused.retry_ms : refusal_retry_ms(why);
}

void call_write_retry(const struct api_call *call, struct buf *headers)
{
	int64_t ms = call_retry_ms(call);

	if (ms > 0)
		buf_printf(headers, "Retry-After: %lld\r\n", (long long)((ms + 999) / 1000));
}
