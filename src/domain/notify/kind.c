/* kind.c - the names of kinds. */
#include "domain/notify/notify.h"

#include "base/err.h"

static const char *const names[NOTIFY_KINDS_COUNT] = {
#define X(name, text) [NOTIFY_##name] = text,
	NOTIFY_KINDS(X)
#undef X
};

const char *notify_kind_name(enum notify_kind kind)
{
	must(kind >= 0 && kind < NOTIFY_KINDS_COUNT);
	return names[kind];
}

bool notify_kind_read(struct str name, enum notify_kind *kind)
{
	for (int i = 0; i < NOTIFY_KINDS_COUNT; i++)
		if (str_is(name, names[i])) {
			*kind = (enum notify_kind)i;
			return true;
		}
	return false;
}
