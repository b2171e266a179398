/* deadlines_test.c - who is too slow is cut off, by deadlines that more bytes do not
 * move. Each server here has milliseconds where the usual one has seconds; no test
 * waits longer than for the server to act. */
#include "client.h"

#define HOST "Host: test\r\n"

static struct http_bounds short_times(void)
{
	struct http_bounds b = http_bounds_usual();

	b.linger_ms = 50; /* all others stay long: only the one a test sets can act */
	return b;
}

/* Says a byte every few milliseconds until the server has had enough. */
static void drip(struct client *c, const char *text)
{
	struct pollfd heard = { c->socket, POLLIN, 0 };

	for (int i = 0; i < 5000; i++) {
		char byte = *text != '\0' ? *text++ : 'x';
		say_bytes(c, (struct str){ &byte, 1 });
		if (poll(&heard, 1, 5) > 0)
			return;
	}
	fail_msg("the server let it go on for ever");
}

static void a_head_that_drips_in_is_refused(void **state)
{
	struct http_bounds b = short_times();
	b.head_ms = 60;
	struct fixture *f = serve(&b);
	struct client c = dial(f);

	(void)state;
	drip(&c, "GET / HTTP/1.1\r\nHost: test\r\nX-Slow: ");
	assert_int_equal(hear(&c), 408);
	assert_true(hear_end(&c));
	hang_up(&c);
	stop(f);
}

static void a_body_that_drips_in_is_refused(void **state)
{
	struct http_bounds b = short_times();
	b.body_ms = 60;
	struct fixture *f = serve(&b);
	struct client c = dial(f);

	(void)state;
	drip(&c, "PUT / HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\n");
	assert_int_equal(hear(&c), 408);
	assert_true(hear_end(&c));
	hang_up(&c);
	stop(f);
}

static void a_body_below_the_least_rate_is_refused(void **state)
{
	struct http_bounds b = short_times();
	b.body_rate_after_ms = 50;
	b.body_rate = 1000 * 1000;
	struct fixture *f = serve(&b);
	struct client c = dial(f);

	(void)state;
	drip(&c, "PUT / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n10000\r\n");
	assert_int_equal(hear(&c), 408);
	hang_up(&c);
	stop(f);
}

static void a_connection_that_says_nothing_is_closed(void **state)
{
	struct http_bounds b = short_times();
	b.idle_ms = 40;
	struct fixture *f = serve(&b);
	struct client never = dial(f), once = dial(f);

	(void)state;
	say(&once, "GET /echo HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(hear(&once), 200);
	assert_true(hear_end(&once));
	assert_true(hear_end(&never));
	hang_up(&never), hang_up(&once);
	stop(f);
}

static void waiting_for_an_answer_has_no_deadline(void **state)
{
	struct http_bounds b = short_times();
	b.idle_ms = b.head_ms = b.body_ms = b.send_ms = 20;
	struct fixture *f = serve(&b);
	struct client waits = dial(f), idles = dial(f);

	(void)state;
	say(&waits, "GET /park HTTP/1.1\r\n" HOST "\r\n");
	uv_sem_wait(&f->parked_one);
	for (int i = 0; i < 5; i++) { /* five connections' idle times go by */
		assert_true(hear_end(&idles));
		hang_up(&idles);
		idles = dial(f);
	}
	assert_true(post(f, give_answer, 0, S("patient")));
	EXPECT_ANSWER(&waits, 200, "patient");
	hang_up(&waits), hang_up(&idles);
	stop(f);
}

static void an_answer_nobody_reads_is_given_up(void **state)
{
	struct http_bounds b = short_times();
	b.send_ms = 60;
	b.socket_buffer = 4096;
	struct fixture *f = serve(&b);
	struct client c = dial_small(f, 4096), other = dial(f);

	(void)state;
	say(&c, "GET /big?9000000 HTTP/1.1\r\n" HOST "\r\n");
	/* The server is alone with it; when its connection is gone another one sees that. */
	while (http_stats(f->server).requests == 0 || http_stats(f->server).connections > 1) {
		say(&other, "GET /echo HTTP/1.1\r\n" HOST "\r\n");
		assert_int_equal(hear(&other), 200);
	}
	hang_up(&c), hang_up(&other);
	stop(f);
}

static void a_stream_nobody_reads_is_gone(void **state)
{
	struct http_bounds b = short_times();
	b.send_ms = 60;
	b.socket_buffer = 4096;
	struct fixture *f = serve(&b);
	struct client c = dial_small(f, 4096);
	char *piece = mem_get(500 * 1000);

	(void)state;
	memset(piece, 'x', 500 * 1000);
	say(&c, "GET /events HTTP/1.1\r\n" HOST "\r\n");
	uv_sem_wait(&f->parked_one);
	assert_true(post(f, give_piece, 0, (struct str){ piece, 500 * 1000 }));
	uv_sem_wait(&f->gone_one);
	assert_false(post(f, give_end, 0, S("")));
	mem_free(piece);
	hang_up(&c);
	stop(f);
}

static void a_refused_client_that_goes_on_talking_is_closed(void **state)
{
	struct http_bounds b = short_times();
	struct fixture *f = serve(&b);
	struct client c = dial(f), other = dial(f);

	(void)state;
	say(&c, "NONSENSE\r\n\r\n");
	assert_int_equal(hear(&c), 400);
	while (http_stats(f->server).connections > 1) {
		say(&c, "and so on and so on");
		say(&other, "GET /echo HTTP/1.1\r\n" HOST "\r\n");
		assert_int_equal(hear(&other), 200);
	}
	hang_up(&c), hang_up(&other);
	stop(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_head_that_drips_in_is_refused),
		cmocka_unit_test(a_body_that_drips_in_is_refused),
		cmocka_unit_test(a_body_below_the_least_rate_is_refused),
		cmocka_unit_test(a_connection_that_says_nothing_is_closed),
		cmocka_unit_test(waiting_for_an_answer_has_no_deadline),
		cmocka_unit_test(an_answer_nobody_reads_is_given_up),
		cmocka_unit_test(a_stream_nobody_reads_is_gone),
		cmocka_unit_test(a_refused_client_that_goes_on_talking_is_closed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
