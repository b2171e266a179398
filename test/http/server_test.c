/* server_test.c - what a client sees of the HTTP server: keep-alive, order, bodies,
 * answers that come later, streams, draining. */
#include "client.h"

#define HOST "Host: test\r\n"
#define GET_ECHO "GET /echo HTTP/1.1\r\n" HOST "\r\n"

static void a_connection_serves_many_requests(void **state)
{
	struct fixture *f = serve(NULL);
	struct client c = dial(f);

	(void)state;
	for (int i = 0; i < 5; i++) {
		say(&c, "POST /echo?a=b HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello");
		EXPECT_ANSWER(&c, 200, "POST /echo?a=b\nhello");
		assert_non_null(strstr(c.text, "\r\nContent-Type: text/plain\r\n"));
		assert_non_null(strstr(c.text, "\r\nX-Test: yes\r\n"));
		assert_null(strstr(c.text, "Connection:"));
	}
	hang_up(&c);
	stop(f);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
	struct fixture *f = serve(NULL);
	struct client c = dial(f);
	struct buf all = { 0 };
	char wanted[32];

	(void)state;
	for (int i = 0; i < 500; i++)
		buf_printf(&all, "GET /echo?%d HTTP/1.1\r\n" HOST "\r\n", i);
	say_bytes(&c, buf_str(&all));
	for (int i = 0; i < 500; i++) {
		snprintf(wanted, sizeof wanted, "GET /echo?%d\n", i);
		EXPECT_ANSWER(&c, 200, wanted);
	}
	buf_free(&all);
	hang_up(&c);
	stop(f);
}

static void a_pipelined_request_waits_for_the_answer_before_it(void **state)
{
	struct fixture *f = serve(NULL);
	struct client c = dial(f);

	(void)state;
	say(&c, "GET /park HTTP/1.1\r\n" HOST "\r\nGET /park HTTP/1.1\r\n" HOST "\r\n" GET_ECHO);
	uv_sem_wait(&f->parked_one);
	assert_int_equal(uv_sem_trywait(&f->parked_one), UV_EAGAIN);
	assert_true(post(f, give_answer, 0, S("first")));
	uv_sem_wait(&f->parked_one);
	/* Twice: it must not become the answer to the second request. */
	assert_false(post(f, give_answer, 0, S("first again")));
	assert_true(post(f, give_answer, 1, S("second")));
	EXPECT_ANSWER(&c, 200, "first");
	EXPECT_ANSWER(&c, 200, "second");
	EXPECT_ANSWER(&c, 200, "GET /echo\n");
	hang_up(&c);
	stop(f);
}

static void bytes_may_arrive_one_by_one(void **state)
{
	static const char text[] = "\r\nPOST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"
							   "PUT /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
							   "2;x=\"y\"\r\nde\r\n01\r\nf\r\n0\r\nTrailer: t\r\n\r\n" GET_ECHO;
	struct fixture *f = serve(NULL);
	struct client c = dial(f);
	int yes = 1;

	(void)state;
	setsockopt(c.socket, IPPROTO_TCP, 1, &yes, sizeof yes);
	for (size_t i = 0; i + 1 < sizeof text; i++)
		say_bytes(&c, (struct str){ text + i, 1 });
	EXPECT_ANSWER(&c, 200, "POST /echo\nabc");
	EXPECT_ANSWER(&c, 200, "PUT /echo\ndef");
	EXPECT_ANSWER(&c, 200, "GET /echo\n");
	hang_up(&c);
	stop(f);
}

static void a_large_body_arrives_whole_and_is_let_go(void **state)
{
	struct fixture *f = serve(NULL);
	struct client c = dial(f);
	size_t n = HTTP_BODY_MAX;
	char *bytes = mem_get(n), head[128];

	(void)state;
	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)(i * 7);
	snprintf(head, sizeof head, "PUT / HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n", n);
	say(&c, head);
	say_bytes(&c, (struct str){ bytes, n });
	assert_int_equal(hear(&c), 200);
	assert_int_equal(c.body_len, n + 6);
	assert_memory_equal(c.body + 6, bytes, n);
	assert_int_equal(http_stats(f->server).body_bytes_held, 0);
	mem_free(bytes);
	hang_up(&c);
	stop(f);
}

static void bodies_together_are_bounded(void **state)
{
	struct http_bounds b = http_bounds_usual();
	b.bodies = 64 * 1024;
	struct fixture *f = serve(&b);
	struct client one = dial(f), two = dial(f), three = dial(f);
	char *bytes = mem_get(50 * 1024);

	(void)state;
	say(&one, "PUT /park HTTP/1.1\r\n" HOST "Content-Length: 51200\r\n\r\n");
	say_bytes(&one, (struct str){ bytes, 50 * 1024 });
	uv_sem_wait(&f->parked_one);
	say(&two, "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 51200\r\n\r\n");
	say_bytes(&two, (struct str){ bytes, 50 * 1024 });
	assert_int_equal(hear(&two), 503);
	assert_true(post(f, give_answer, 0, S("done")));
	EXPECT_ANSWER(&one, 200, "done");
	say(&three, "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 51200\r\n\r\n");
	say_bytes(&three, (struct str){ bytes, 50 * 1024 });
	assert_int_equal(hear(&three), 200);
	hang_up(&one), hang_up(&two), hang_up(&three);
	mem_free(bytes);
	stop(f);
}

static void one_connection_too_many_is_turned_away(void **state)
{
	struct http_bounds b = http_bounds_usual();
	b.conns = 2;
	struct fixture *f = serve(&b);
	struct client one = dial(f), two = dial(f), three = dial(f);

	(void)state;
	assert_int_equal(hear(&three), 503);
	assert_true(hear_end(&three));
	say(&one, GET_ECHO), say(&two, GET_ECHO);
	assert_int_equal(hear(&one), 200);
	assert_int_equal(hear(&two), 200);
	hang_up(&one), hang_up(&two), hang_up(&three);
	stop(f);
}

static void expect_100_continue_is_answered_before_the_body(void **state)
{
	struct fixture *f = serve(NULL);
	struct client c = dial(f);

	(void)state;
	say(&c, "PUT /echo HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n");
	assert_int_equal(hear_with(&c, true), 100);
	say(&c, "abc");
	EXPECT_ANSWER(&c, 200, "PUT /echo\nabc");
	say(&c,
	    "PUT /echo HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 8000000\r\n\r\n");
	assert_int_equal(hear(&c), 413);
	hang_up(&c);
	stop(f);
}

static void head_gets_the_length_and_no_body(void **state)
{
	struct fixture *f = serve(NULL);
	struct client c = dial(f);

	(void)state;
	say(&c, "HEAD /echo HTTP/1.1\r\n" HOST "\r\nHEAD /stream HTTP/1.1\r\n" HOST "\r\n" GET_ECHO);
	assert_int_equal(hear_with(&c, true), 200);
	assert_non_null(strstr(c.text, "Content-Length: 11\r\n"));
	assert_int_equal(hear_with(&c, true), 200);
	EXPECT_ANSWER(&c, 200, "GET /echo\n");
	hang_up(&c);
	stop(f);
}

static void who_asks_for_close_or_speaks_1_0_is_closed(void **state)
{
	static const char *const requests[] = {
		"GET /echo HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
		"GET /echo HTTP/1.1\r\n" HOST "Connection: x, CLOSE\r\n\r\n",
		"GET /echo HTTP/1.0\r\n\r\n",
		"GET /close HTTP/1.1\r\n" HOST "\r\n",
	};
	struct fixture *f = serve(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		struct client c = dial(f);
		say(&c, requests[i]);
		assert_int_equal(hear(&c), 200);
		assert_non_null(strstr(c.text, "\r\nConnection: close\r\n"));
		assert_true(hear_end(&c));
		hang_up(&c);
	}
	struct client c = dial(f);
	say(&c, "GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	assert_int_equal(hear(&c), 200);
	assert_non_null(strstr(c.text, "\r\nConnection: keep-alive\r\n"));
	say(&c, GET_ECHO);
	assert_int_equal(hear(&c), 200);
	hang_up(&c);
	stop(f);
}

static void a_client_that_leaves_is_told_to_the_handler(void **state)
{
	struct fixture *f = serve(NULL);
	struct client c = dial(f), other = dial(f);

	(void)state;
	say(&c, "GET /park HTTP/1.1\r\n" HOST "\r\n");
	uv_sem_wait(&f->parked_one);
	hang_up(&c);
	uv_sem_wait(&f->gone_one);
	assert_false(post(f, give_answer, 0, S("too late")));
	/* The slot is in use again, under another name. */
	c = dial(f);
	say(&c, "GET /park HTTP/1.1\r\n" HOST "\r\n");
	uv_sem_wait(&f->parked_one);
	assert_int_equal(f->parked[0].slot, f->parked[1].slot);
	assert_false(post(f, give_answer, 0, S("still too late")));
	assert_true(post(f, give_answer, 1, S("in time")));
	EXPECT_ANSWER(&c, 200, "in time");
	assert_int_equal(f->gone_count, 1);
	hang_up(&c), hang_up(&other);
	stop(f);
}

static void reading_ahead_is_bounded(void **state)
{
	struct fixture *f = serve(NULL);
	struct client c = dial(f);
	struct buf much = { 0 };
	int sent = 0;

	(void)state;
	say(&c, "GET /park HTTP/1.1\r\n" HOST "\r\n");
	uv_sem_wait(&f->parked_one);
	while (much.len < 60000)
		buf_add(&much, S(GET_ECHO));
	/* Until the socket takes no more: the server has stopped reading. */
	struct str rest = S_NONE;
	struct pollfd writable = { c.socket, POLLOUT, 0 };
	while (sent < 2000 && poll(&writable, 1, 200) > 0) {
		if (rest.len == 0)
			rest = buf_str(&much), sent++;
		ssize_t n = send(c.socket, rest.at, rest.len, MSG_DONTWAIT | MSG_NOSIGNAL);
		rest = str_from(rest, n > 0 ? (size_t)n : 0);
	}
	assert_true(sent < 2000);
	assert_true(http_stats(f->server).bytes_in <= HTTP_HEAD_MAX + 2 * 64 * 1024);
	buf_free(&much);
	hang_up(&c);
	stop(f);
}

static void a_slow_reader_gets_a_large_answer_whole(void **state)
{
	struct fixture *f = serve(NULL);
	struct client c = dial_small(f, 4096);
	size_t n = 3 * 1000 * 1000;

	(void)state;
	/* The second request must wait until the first answer has left. */
	say(&c, "GET /big?3000000 HTTP/1.1\r\n" HOST "\r\n" GET_ECHO);
	assert_int_equal(hear(&c), 200);
	assert_int_equal(c.body_len, n);
	for (size_t i = 0; i < n; i++)
		if (c.body[i] != (char)('a' + i % 23))
			fail_msg("byte %zu is wrong", i);
	EXPECT_ANSWER(&c, 200, "GET /echo\n");
	hang_up(&c);
	stop(f);
}

static void a_stream_is_sent_in_chunks(void **state)
{
	struct fixture *f = serve(NULL);
	struct client c = dial(f), old = dial(f);

	(void)state;
	say(&c, "GET /stream HTTP/1.1\r\n" HOST "\r\nGET /events HTTP/1.1\r\n" HOST "\r\n" GET_ECHO);
	EXPECT_ANSWER(&c, 200, "data: one\n\ndata: two\n\n");
	uv_sem_wait(&f->parked_one);
	assert_true(post(f, give_piece, 0, S("later")));
	assert_true(post(f, give_end, 0, S("")));
	EXPECT_ANSWER(&c, 200, "later");
	EXPECT_ANSWER(&c, 200, "GET /echo\n");
	say(&old, "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	assert_int_equal(hear(&old), 200);
	while (hear_more(&old))
		;
	assert_memory_equal(old.in.at, "data: one\n\ndata: two\n\n", 22);
	hang_up(&c), hang_up(&old);
	stop(f);
}

static void a_stream_nobody_reads_is_cut_off(void **state)
{
	struct http_bounds b = http_bounds_usual();
	b.stream_queue = 100 * 1000;
	b.socket_buffer = 4096;
	struct fixture *f = serve(&b);
	struct client c = dial_small(f, 4096);
	char *piece = mem_get(20000);
	int taken = 0;

	(void)state;
	memset(piece, 'x', 20000);
	say(&c, "GET /events HTTP/1.1\r\n" HOST "\r\n");
	uv_sem_wait(&f->parked_one);
	while (taken < 1000 && post(f, give_piece, 0, (struct str){ piece, 20000 }))
		taken++;
	assert_true(taken >= 4 && taken < 100);
	assert_int_equal(f->gone_count, 0); /* it was told by `false` */
	mem_free(piece);
	hang_up(&c);
	stop(f);
}

static void draining_lets_requests_end_and_closes_the_rest(void **state)
{
	struct fixture *f = serve(NULL);
	struct client idle = dial(f), busy = dial(f);

	(void)state;
	say(&idle, GET_ECHO);
	assert_int_equal(hear(&idle), 200);
	say(&busy, "GET /park HTTP/1.1\r\n" HOST "\r\n" GET_ECHO);
	uv_sem_wait(&f->parked_one);
	http_drain(f->server);
	assert_true(hear_end(&idle));
	assert_true(post(f, give_answer, 0, S("the last")));
	EXPECT_ANSWER(&busy, 200, "the last");
	assert_non_null(strstr(busy.text, "\r\nConnection: close\r\n"));
	assert_true(hear_end(&busy));
	hang_up(&idle), hang_up(&busy);
	http_wait(f->server);
	assert_int_equal(http_stats(f->server).connections, 0);
	assert_false(post(f, give_answer, 0, S("after the end")));
	stop(f);
}

static void draining_ends_by_force(void **state)
{
	struct http_bounds b = http_bounds_usual();
	b.drain_ms = 50;
	struct fixture *f = serve(&b);
	struct client c = dial(f);

	(void)state;
	say(&c, "GET /park HTTP/1.1\r\n" HOST "\r\n");
	uv_sem_wait(&f->parked_one);
	http_wait(f->server);
	assert_int_equal(f->gone_count, 1);
	hang_up(&c);
	stop(f);
}

static void connections_are_dealt_to_the_loops_in_turn(void **state)
{
	struct fixture *f = serve_tls(NULL, 3, NULL, NULL);
	struct client c[6];
	int of[3] = { 0 };

	(void)state;
	for (int i = 0; i < 6; i++) {
		c[i] = dial(f);
		say(&c[i], "GET /park HTTP/1.1\r\n" HOST "\r\n");
		uv_sem_wait(&f->parked_one); /* one after another: the fixture has no lock */
	}
	for (int i = 0; i < 6; i++)
		of[f->parked[i].loop]++;
	for (int i = 0; i < 3; i++)
		assert_int_equal(of[i], 2);
	for (int i = 0; i < 6; i++) {
		assert_true(post(f, give_answer, i, S("ok")));
		assert_int_equal(hear(&c[i]), 200);
		hang_up(&c[i]);
	}
	stop(f);
}

static void what_cannot_be_listened_on_is_said(void **state)
{
	static const char *const wrong[] = { "",    "127.0.0.1",       "127.0.0.1:x",
		                                 ":80", "127.0.0.1:70000", "192.0.2.1:1" };
	char why[256];

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct http_config config = { .listen = wrong[i], .handle = handle };
		why[0] = '\0';
		assert_null(http_open(&config, why));
		assert_true(strlen(why) > 10);
	}
	struct http_config six = { .listen = "[::1]:0", .handle = handle };
	struct http_server *s = http_open(&six, why);
	if (s != NULL) { /* a machine may have no IPv6 */
		assert_true(http_port(s) > 0);
		http_close(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_serves_many_requests),
		cmocka_unit_test(pipelined_requests_are_answered_in_order),
		cmocka_unit_test(a_pipelined_request_waits_for_the_answer_before_it),
		cmocka_unit_test(bytes_may_arrive_one_by_one),
		cmocka_unit_test(a_large_body_arrives_whole_and_is_let_go),
		cmocka_unit_test(bodies_together_are_bounded),
		cmocka_unit_test(one_connection_too_many_is_turned_away),
		cmocka_unit_test(expect_100_continue_is_answered_before_the_body),
		cmocka_unit_test(head_gets_the_length_and_no_body),
		cmocka_unit_test(who_asks_for_close_or_speaks_1_0_is_closed),
		cmocka_unit_test(a_client_that_leaves_is_told_to_the_handler),
		cmocka_unit_test(reading_ahead_is_bounded),
		cmocka_unit_test(a_slow_reader_gets_a_large_answer_whole),
		cmocka_unit_test(a_stream_is_sent_in_chunks),
		cmocka_unit_test(a_stream_nobody_reads_is_cut_off),
		cmocka_unit_test(draining_lets_requests_end_and_closes_the_rest),
		cmocka_unit_test(draining_ends_by_force),
		cmocka_unit_test(connections_are_dealt_to_the_loops_in_turn),
		cmocka_unit_test(what_cannot_be_listened_on_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
