/* log_test.c - one event is one line, in both formats, whatever is in it.
 *
 * Standard error is a pipe while a line is written, so that it can be read back. */
#include <unistd.h>

#include "base/log.h"
#include "check.h"

static char line[16384];

static int64_t clock_of_the_test(void)
{
	return 1795361852123;
}

#define LOGGED(...) (begin(), log_line(__VA_ARGS__), finish())

static int saved, ends[2];

static void begin(void)
{
	assert_int_equal(pipe(ends), 0);
	saved = dup(2);
	assert_int_equal(dup2(ends[1], 2), 2);
	close(ends[1]);
}

static struct str finish(void)
{
	size_t len = 0;
	ssize_t n;

	dup2(saved, 2);
	close(saved);
	while ((n = read(ends[0], line + len, sizeof line - len)) > 0)
		len += (size_t)n;
	close(ends[0]);
	return (struct str){ line, len };
}

static void text_is_the_line_of_the_header(void **state)
{
	(void)state;
	log_open(LOG_TEXT, LOG_INFO);
	check_text(LOGGED(LOG_WARN, "engine", "batch rolled back", "commands=%d next=\"one by one\"",
	                  64),
	           "2026-11-22T15:37:32.123Z warn engine \"batch rolled back\" commands=64 "
	           "next=\"one by one\"\n");
	check_text(LOGGED(LOG_ERROR, "store", "gone", " "),
	           "2026-11-22T15:37:32.123Z error store \"gone\"\n");
	check_text(LOGGED(LOG_DEBUG, "store", "too small to tell", " "), "");
}

static void json_has_the_same_keys(void **state)
{
	(void)state;
	log_open(LOG_JSON, LOG_DEBUG);
	check_text(LOGGED(LOG_DEBUG, "engine", "done",
	                  "n=64 s=-3 z=007 e= q=\"a\\\"b\" word v=\"x y\""),
	           "{\"time\":\"2026-11-22T15:37:32.123Z\",\"level\":\"debug\",\"area\":\"engine\","
	           "\"event\":\"done\",\"n\":64,\"s\":-3,\"z\":\"007\",\"e\":\"\",\"q\":\"a\\\\\\\"b\","
	           "\"note\":\"word\",\"v\":\"x y\"}\n");
	check_text(LOGGED(LOG_INFO, "a", "b", "open=\"no end"),
	           "{\"time\":\"2026-11-22T15:37:32.123Z\",\"level\":\"info\",\"area\":\"a\","
	           "\"event\":\"b\",\"open\":\"no end\"}\n");
}

static void nobody_forges_a_line(void **state)
{
	(void)state;
	log_open(LOG_TEXT, LOG_INFO);
	check_text(LOGGED(LOG_INFO, "a", "b", "q=\"%s\"", "x\n2026 error\r\x1b[2J\x7f\xC2\x9B"),
	           "2026-11-22T15:37:32.123Z info a \"b\" "
	           "q=\"x\\n2026 error\\x0d\\x1b[2J\\x7f\\x9b\"\n");
	log_open(LOG_JSON, LOG_INFO);
	check_text(LOGGED(LOG_INFO, "a", "b", "q=%s", "x\n\x01\xFF"),
	           "{\"time\":\"2026-11-22T15:37:32.123Z\",\"level\":\"info\",\"area\":\"a\","
	           "\"event\":\"b\",\"q\":\"x\\n\\u0001?\"}\n");
}

static void check_long(struct str s, const char *end)
{
	assert_true(s.len > 2000 && s.len <= 4096);
	assert_true(str_ends(s, str_of(end)));
	assert_true(str_utf8(s));
}

static void a_long_line_is_cut_and_says_so(void **state)
{
	static char wide[6001], controls[6001];

	(void)state;
	for (int i = 0; i < 6000; i += 3)
		memcpy(wide + i, "\xE7\xA8\x9F", 3);
	memset(controls, 1, 6000);
	log_open(LOG_TEXT, LOG_INFO);
	check_long(LOGGED(LOG_INFO, "a", "b", "q=%s", wide), " cut=true\n");
	check_long(LOGGED(LOG_INFO, "a", "b", "qq=%s", controls), " cut=true\n");
	log_open(LOG_JSON, LOG_INFO);
	check_long(LOGGED(LOG_INFO, "a", "b", "qqq=%s", wide), "\",\"cut\":true}\n");
	check_long(LOGGED(LOG_INFO, "a", "b", "q=%s", controls), "\",\"cut\":true}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_the_line_of_the_header),
		cmocka_unit_test(json_has_the_same_keys),
		cmocka_unit_test(nobody_forges_a_line),
		cmocka_unit_test(a_long_line_is_cut_and_says_so),
	};
	log_clock(clock_of_the_test);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
