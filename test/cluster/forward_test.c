/* forward_test.c - the bounds of what a standby passes on, each at its last and one over it.
 *
 * The front is made here, and its clock: nothing waits for time. The owner is a socket of the
 * test that says the lines of lines.h. */
#include "check.h"
#include "cluster/forward.h"

#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cluster/front.h"
#include "cluster/health.h"
#include "memory.h"

enum { TEST_MS = 30 * 1000, FIRST_MS = 1000 };

static struct front front;
static int64_t now_ms;

/* In place of those in front.c. */
int64_t front_now_ms(struct front *f)
{
	(void)f;
	return now_ms;
}

void front_look_drained(struct front *f)
{
	(void)f;
}

static int listening(int *port)
{
	char why[256];
	int s = http_listen("127.0.0.1:0", port, why);

	assert_true(s >= 0);
	return s;
}

static struct sockaddr_storage at(int port)
{
	struct sockaddr_storage to = { 0 };

	assert_int_equal(uv_ip4_addr("127.0.0.1", port, (struct sockaddr_in *)&to), 0);
	return to;
}

/* A connection of a client: its end here, and the one that was accepted. */
static int client(int *accepted)
{
	int port, door = listening(&port), s = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_storage to = at(port);
	struct pollfd p = { .fd = door, .events = POLLIN };

	assert_int_equal(connect(s, (struct sockaddr *)&to, sizeof(struct sockaddr_in)), 0);
	assert_int_equal(poll(&p, 1, TEST_MS), 1);
	*accepted = accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	assert_true(*accepted >= 0);
	close(door);
	return s;
}

/* Runs the front's loop until there is something to read, or an end. */
static void until_readable(int s)
{
	struct pollfd p = { .fd = s, .events = POLLIN };

	for (int i = 0; i < TEST_MS; i++) {
		uv_run(&front.uv, UV_RUN_NOWAIT);
		if (poll(&p, 1, 1) == 1)
			return;
	}
	fail_msg("nothing came");
}

static bool is_quiet(int s)
{
	struct pollfd p = { .fd = s, .events = POLLIN };

	uv_run(&front.uv, UV_RUN_NOWAIT);
	return poll(&p, 1, 0) == 0;
}

static struct str heard(int s, char text[NODE_LINE_MAX])
{
	until_readable(s);
	ssize_t n = recv(s, text, NODE_LINE_MAX, 0);
	return (struct str){ text, n > 0 ? (size_t)n : 0 };
}

static void check_refused(int s)
{
	char text[NODE_LINE_MAX];

	assert_int_equal(send(s, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27, 0), 27);
	assert_true(str_starts(heard(s, text), S("HTTP/1.1 503 ")));
	close(s);
}

static int begin(void **state)
{
	struct http_config away = {
		.loops = 1, .handle = health_away, .context = &front, .self = &front.away
	};
	char why[256];

	(void)state;
	memset(&front, 0, sizeof front);
	now_ms = FIRST_MS;
	list_init(&front.forwards);
	front.config.node = "b";
	memset(front.config.key, 7, sizeof front.config.key);
	assert_int_equal(uv_loop_init(&front.uv), 0);
	assert_non_null(http_open(&away, why));
	return 0;
}

static int end(void **state)
{
	(void)state;
	forwards_end(&front);
	uv_run(&front.uv, UV_RUN_DEFAULT);
	assert_int_equal(front.forward_count, 0);
	http_close(front.away);
	assert_int_equal(uv_loop_close(&front.uv), 0);
	return 0;
}

static void so_many_are_passed_on_and_no_more(void **state)
{
	struct rlimit files;
	int accepted, s;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	files.rlim_cur = files.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	for (int i = 0; i < NODE_FORWARDS_MAX; i++) {
		accepted = dup(0);
		assert_true(accepted >= 0);
		forward_open(&front, accepted, "127.0.0.1:1");
	}
	assert_int_equal(front.forward_count, NODE_FORWARDS_MAX);
	assert_int_equal(front.refused, 0);
	s = client(&accepted);
	forward_open(&front, accepted, "127.0.0.1:2");
	assert_int_equal(front.forward_count, NODE_FORWARDS_MAX);
	assert_int_equal(front.refused, 1);
	check_refused(s);
}

static void it_waits_so_long_for_an_owner(void **state)
{
	int accepted, s = client(&accepted);

	(void)state;
	forward_open(&front, accepted, "127.0.0.1:1");
	now_ms += NODE_FORWARD_WAIT_MS - 1;
	forwards_tick(&front);
	assert_int_equal(front.forward_count, 1);
	now_ms++;
	forwards_tick(&front);
	assert_int_equal(front.forward_count, 0);
	check_refused(s);
}

/* As the owner "a": until the connection is spliced. */
static int owner_takes(int door)
{
	struct pollfd p = { .fd = door, .events = POLLIN };
	struct lines l = { .key = front.config.key, .to = "a" };
	char text[NODE_LINE_MAX];
	struct str line, peer = S_NONE;

	assert_int_equal(poll(&p, 1, TEST_MS), 1);
	int s = accept4(door, NULL, NULL, SOCK_CLOEXEC);
	line = heard(s, text);
	assert_true(line.len > 0 && lines_read_hello(&l, (struct str){ line.at, line.len - 1 }));
	lines_chance((const uint8_t[16]){ 1, 2 }, l.b);
	size_t len = lines_reply(&l, text);
	assert_int_equal(send(s, text, len, 0), (int)len);
	line = heard(s, text);
	assert_true(line.len > 0 && lines_read_proof(&l, (struct str){ line.at, line.len - 1 }, &peer));
	check_text(peer, "127.0.0.1:1");
	return s;
}

static void what_ended_on_one_side_ends_on_the_other(void **state)
{
	int port, door = listening(&port), accepted, c = client(&accepted);
	char text[NODE_LINE_MAX];

	(void)state;
	front.owner = (struct front_owner){
		.known = true, .name = "a", .epoch = 1, .address = at(port)
	};
	forward_open(&front, accepted, "127.0.0.1:1");
	int o = owner_takes(door);
	assert_int_equal(send(c, "?", 1, 0), 1);
	check_text(heard(o, text), "?");
	assert_int_equal(shutdown(c, SHUT_WR), 0);
	check_text(heard(o, text), ""); /* the client's end has come */
	now_ms += NODE_FORWARD_END_MS - 1;
	forwards_tick(&front);
	assert_int_equal(send(o, "!", 1, 0), 1);
	check_text(heard(c, text), "!");
	now_ms++; /* that something moved gives no more time */
	assert_true(is_quiet(c));
	forwards_tick(&front);
	check_text(heard(c, text), "");
	check_text(heard(o, text), "");
	uv_run(&front.uv, UV_RUN_DEFAULT);
	assert_int_equal(front.forward_count, 0);
	assert_int_equal(front.open, 0);
	close(c);
	close(o);
	close(door);
}

static void what_it_holds_is_in_the_sum_of_memory(void **state)
{
	(void)state;
	assert_int_equal(memory_max(2, false, true) - memory_max(2, false, false),
	                 NODE_FORWARDS_MAX * (2048 + 2 * NODE_FORWARD_PIECE) + NODE_GUESTS_MAX * 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(so_many_are_passed_on_and_no_more, begin, end),
		cmocka_unit_test_setup_teardown(it_waits_so_long_for_an_owner, begin, end),
		cmocka_unit_test(what_it_holds_is_in_the_sum_of_memory),
		cmocka_unit_test_setup_teardown(what_ended_on_one_side_ends_on_the_other, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
