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
