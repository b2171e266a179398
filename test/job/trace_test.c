/* trace_test.c - which trace a header names. */
#include "domain/ledger/trace.h"

#include "check.h"

static void both_forms_are_read(void **state)
{
	struct trace t;

	(void)state;
	assert_true(trace_read(S("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), &t));
	assert_memory_equal(t.trace_id,
	                    "\x0a\xf7\x65\x19\x16\xcd\x43\xdd\x84\x48\xeb\x21\x1c\x80\x31\x9c", 16);
	assert_true(t.has_span);
	assert_memory_equal(t.span_id, "\xb7\xad\x6b\x71\x69\x20\x33\x31", 8);
	assert_true(trace_read(S("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;"
	                         "Sampled=1"),
	                       &t));
	assert_memory_equal(t.trace_id,
	                    "\x57\x59\xe9\x88\xbd\x86\x2e\x3f\xe1\xbe\x46\xa9\x94\x27\x27\x93", 16);
	assert_true(t.has_span);
	assert_memory_equal(t.span_id, "\x53\x99\x5c\x3f\x42\xcd\x8a\xd8", 8);
	assert_true(trace_read(S("Root=1-5759e988-bd862e3fe1be46a994272793"), &t));
	assert_false(t.has_span);
}

static void anything_else_is_none(void **state)
{
	static const char *const all[] = {
		"",
		"x",
		"Root=",
		"Root=1",
		"Root=1-5759e988",
		"Root=2-5759e988-bd862e3fe1be46a994272793",
		"Root=1-5759e988-bd862e3fe1be46a99427279",
		"Root=1-00000000-000000000000000000000000",
		"Parent=53995c3f42cd8ad8;Root=1-5759e988-bd862e3fe1be46a994272793",
		"00-00000000000000000000000000000000-b7ad6b7169203331-01",
		"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
		"00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
	};
	struct trace t;

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		assert_false(trace_read(str_of(all[i]), &t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_forms_are_read),
		cmocka_unit_test(anything_else_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
