/* retry_test.c - delivery policies: when a failed delivery is tried again. */
#include "check.h"

#include "base/limits.h"
#include "domain/topic/retry.h"

#define OWN(inner) "{\"healthyRetryPolicy\":" inner "}"
#define OF_TOPIC(inner) "{\"http\":{\"defaultHealthyRetryPolicy\":" inner "}}"

/* Delays in seconds joined by ' '. */
static struct str delays(struct arena *a, const char *topic, const char *own)
{
	struct retry_policy p = retry_policy_of(a, str_of(topic), str_of(own));
	struct buf b = { 0 };

	for (int attempts = 1; retry_delay_ms(&p, attempts) >= 0; attempts++)
		buf_printf(&b, "%s%lld", attempts > 1 ? " " : "",
		           (long long)(retry_delay_ms(&p, attempts) / SECOND_MS));
	arena_adopt(a, b.at);
	return buf_str(&b);
}

static void delays_follow_the_phases_of_the_policy(void **state)
{
	struct arena *a = arena_open();

	(void)state;
	check_text(delays(a, NULL, NULL), "20 20 20");
	check_text(delays(a, NULL, OWN("{\"numRetries\":0}")), "");
	check_text(delays(a, NULL,
	                  OWN("{\"numRetries\":5,\"numNoDelayRetries\":1,\"numMinDelayRetries\":1,"
	                      "\"numMaxDelayRetries\":1,\"minDelayTarget\":1,\"maxDelayTarget\":9}")),
	           "0 1 1 9 9");
	check_text(delays(a, NULL,
	                  OWN("{\"numRetries\":5,\"minDelayTarget\":10,\"maxDelayTarget\":50}")),
	           "10 20 30 40 50");
	check_text(delays(a, NULL,
	                  OWN("{\"numRetries\":6,\"minDelayTarget\":1,\"maxDelayTarget\":20,"
	                      "\"backoffFunction\":\"exponential\"}")),
	           "1 2 4 8 16 20");
	check_text(delays(a, NULL,
	                  OWN("{\"numRetries\":3,\"minDelayTarget\":1,\"maxDelayTarget\":100,"
	                      "\"backoffFunction\":\"geometric\"}")),
	           "1 10 100");
	arena_close(a);
}

static void the_subscription_counts_unless_the_topic_forbids_it(void **state)
{
	struct arena *a = arena_open();
	const char *topic = OF_TOPIC("{\"numRetries\":1,\"minDelayTarget\":7,\"maxDelayTarget\":7}");

	(void)state;
	check_text(delays(a, topic, NULL), "7");
	check_text(delays(a, topic, OWN("{\"numRetries\":2}")), "20 20");
	check_text(delays(a, "{\"http\":{\"disableSubscriptionOverrides\":true}}",
	                  OWN("{\"numRetries\":1}")),
	           "20 20 20");
	arena_close(a);
}

static void wrong_policies_are_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"[]",
		OWN("{\"numRetries\":101}"),
		OWN("{\"numRetries\":-1}"),
		OWN("{\"numRetries\":\"3\"}"),
		OWN("{\"minDelayTarget\":3601}"),
		OWN("{\"minDelayTarget\":21}"),
		OWN("{\"numRetries\":2,\"numNoDelayRetries\":3}"),
		OWN("{\"backoffFunction\":\"random\"}"),
	};
	struct arena *a = arena_open();
	struct str why;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		if (retry_policy_check(a, str_of(wrong[i]), false, &why))
			fail_msg("%s", wrong[i]);
		assert_true(why.len > 0);
	}
	assert_true(retry_policy_check(a, S("{}"), false, &why));
	assert_true(retry_policy_check(a, S(OF_TOPIC("{\"numRetries\":1}")), true, &why));
	arena_close(a);
}

/* What is shown can be set. */
static void the_effective_policy_reads_back(void **state)
{
	struct arena *a = arena_open();
	struct retry_policy p = retry_policy_of(a, S_NONE,
	                                        S(OWN("{\"numRetries\":9,\"numMinDelayRetries\":2}")));
	struct str own = retry_policy_text(a, &p, false), topic = retry_policy_text(a, &p, true), why;

	(void)state;
	assert_true(retry_policy_check(a, own, false, &why));
	assert_true(retry_policy_check(a, topic, true, &why));
	struct retry_policy back = retry_policy_of(a, topic, S_NONE);
	assert_int_equal(back.retries, 9);
	assert_int_equal(back.min_delay, 2);
	arena_close(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delays_follow_the_phases_of_the_policy),
		cmocka_unit_test(the_subscription_counts_unless_the_topic_forbids_it),
		cmocka_unit_test(wrong_policies_are_refused),
		cmocka_unit_test(the_effective_policy_reads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
