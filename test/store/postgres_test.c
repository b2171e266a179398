/* postgres_test.c - what the driver of PostgreSQL decides without a server. The rest is in
 * store_test.c and test/postgres, with one. */
#include "check.h"
#include "store/postgres.h"

static void a_server_older_than_14_is_refused(void **state)
{
	static struct pgs s;

	(void)state;
	assert_int_equal(pgs_version_serves(&s, 140000), OK);
	assert_int_equal(pgs_version_serves(&s, 150014), OK);
	assert_int_equal(pgs_version_serves(&s, 180000), OK);
	assert_string_equal(s.base.detail, "");
	assert_int_equal(pgs_version_serves(&s, 139999), ERR_NEWER);
	assert_string_equal(s.base.detail, "The server is PostgreSQL 13; ringi needs 14 or newer.");
	assert_int_equal(pgs_version_serves(&s, 90624), ERR_NEWER);
	assert_string_equal(s.base.detail, "The server is PostgreSQL 9; ringi needs 14 or newer.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_older_than_14_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
