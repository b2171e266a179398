/* refusal.c - names and statuses of refusals. */
#include "domain/refusal.h"

#include "base/err.h"

static const struct {
	const char *name;
	int status;
} refusals[] = {
#define X(name, status) { #name, status },
	REFUSALS(X)
#undef X
};

const char *refusal_name(enum refusal r)
{
	must((unsigned)r < REFUSALS_COUNT);
	return refusals[r].name;
}

int refusal_status(enum refusal r)
{
	must((unsigned)r < REFUSALS_COUNT);
	return refusals[r].status;
}

bool refusal_is_fullness(enum refusal r)
{
	return r == REFUSED_QUEUE_FULL || r == REFUSED_DISK_FULL;
}

int64_t refusal_retry_ms(enum refusal r)
{
	int status = refusal_status(r);

	if (r == REFUSED_QUEUE_FULL) /* nobody has deleted anything lately */
		return 5000;
	if (r == REFUSED_DISK_FULL) /* somebody has to make room */
		return 15000;
	/* An inbox, answers on their way: a matter of moments, and a second is a while here. */
	return status == 429 || status == 503 ? 1000 : 0;
}
