/* check.h - what every test program in C includes: cmocka, and a check for texts. */
#ifndef RINGI_TEST_CHECK_H
#define RINGI_TEST_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/* A view has just this text; NULL: it is absent. */
#define check_text(view, expected) check_text_at((view), (expected), __FILE__, __LINE__)

static inline void check_text_at(struct str s, const char *expected, const char *file, int line)
{
	if (expected == NULL ? !str_given(s) : str_given(s) && str_is(s, expected))
		return;
	print_error("got \"%.*s\", expected \"%s\"\n", S_ARG(s),
	            expected == NULL ? "(absent)" : expected);
	_fail(file, line);
}

#endif
