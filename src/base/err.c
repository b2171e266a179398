/* err.c - names of faults, and the end of a process that found a bug in itself. */
#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>

const char *err_name(enum err e)
{
	switch (e) {
	case OK:
		return "ok";
	case ERR_BUSY:
		return "busy";
	case ERR_LOST:
		return "lost";
	case ERR_LIMIT:
		return "limit";
	case ERR_FULL:
		return "full";
	case ERR_IO:
		return "io";
	case ERR_CORRUPT:
		return "corrupt";
	case ERR_NEWER:
		return "newer";
	}
	return "unknown";
}

void must_failed(const char *condition, const char *file, int line, const char *function)
{
	fprintf(stderr, "ringi: bug: %s:%d: %s: must(%s)\n", file, line, function, condition);
	abort();
}
