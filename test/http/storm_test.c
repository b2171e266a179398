/* storm_test.c - clients that come, cut, pipeline, leave and reset at random, against
 * answers that come at once, later, or as streams, on two loops. Afterwards everything
 * must add up: each request handled was answered, or told gone, exactly once. The seed
 * is fixed; RINGI_SEED sets another. */
#include "client.h"

enum { CLIENTS = 24, STEPS = 4000, ENOUGH = 2000 };

static struct {
	struct http_server *server;
	bool streams;
	_Atomic bool waited; /* http_wait has returned: nobody posts any more */
	_Atomic int handled, answered, lost, gone;
} storm;

/* A request on its way round the loop a few times before it is answered. */
struct job {
	struct http_task task;
	struct conn_name conn;
	unsigned hops;
	bool stream, begun;
};

static bool begin_or_go_on(struct job *j)
{
	if (j->begun)
		return http_stream_piece(storm.server, j->conn, S("piece"));
	j->begun = true;
	return http_stream_start(storm.server, j->conn, &(struct http_answer){ .status = 200 });
}

static void hop(struct http_task *task, void *context)
{
	struct job *j = CONTAINER(task, struct job, task);
	struct http_answer a = { .status = 200, .body = S("late") };
	struct list one;

	(void)context;
	bool alive = !j->stream || begin_or_go_on(j);
	if (alive && j->hops-- > 0 && !storm.waited) {
		list_init(&one);
		list_add_last(&one, &j->task.node);
		http_post(storm.server, j->conn.loop, &one);
		return;
	}
	if (alive)
		alive = j->stream ? http_stream_end(storm.server, j->conn)
		                  : http_answer(storm.server, j->conn, &a);
	if (alive)
		storm.answered++;
	else
		storm.lost++;
	mem_free(j);
}

static void storm_handle(void *context, struct http_request *r)
{
	size_t kind = r->target.len % 3;

	storm.handled++;
	if (kind == 0) {
		if (http_answer(storm.server, r->conn, &(struct http_answer){ .status = 200 }))
			storm.answered++;
		else
			storm.lost++; /* written to a socket that was reset; nobody is told gone */
	} else {
		struct job *j = mem_get(sizeof *j);
		j->task.run = hop;
		j->conn = r->conn;
		j->hops = (unsigned)r->target.len;
		j->stream = storm.streams && kind == 2;
		hop(&j->task, context);
	}
	arena_close(r->arena);
}

static void storm_gone(void *context, struct conn_name name)
{
	(void)context, (void)name;
	storm.gone++;
}

static uint32_t chance(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

static void some_request(struct buf *b, uint32_t *seed)
{
	uint32_t n = chance(seed, 40);

	buf_printf(b, "%s /%.*s HTTP/1.1\r\nHost: h\r\n", n % 5 == 0 ? "HEAD" : "POST", (int)n,
	           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	if (n % 4 == 0)
		buf_add_text(b, "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
	else if (n % 4 == 1)
		buf_add_text(b, "Content-Length: 5\r\n\r\nhello");
	else
		buf_add_text(b, chance(seed, 60) == 0 ? "Nonsense\r\n\r\n" : "\r\n");
}

static void leave(int *socket_, uint32_t *seed)
{
	struct linger reset = { .l_onoff = 1 };

	if (chance(seed, 2) == 0)
		setsockopt(*socket_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	close(*socket_);
	*socket_ = -1;
}

static void step(const struct fixture *f, int *socket_, struct buf *unsent, uint32_t *seed)
{
	char ignored[4096];

	if (*socket_ < 0) {
		*socket_ = dial(f).socket;
		buf_clear(unsent);
	}
	for (uint32_t i = chance(seed, 6); i > 0; i--)
		some_request(unsent, seed);
	size_t n = unsent->len == 0 ? 0 : 1 + chance(seed, (uint32_t)unsent->len);
	ssize_t sent = send(*socket_, unsent->at, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent > 0) {
		unsent->len -= (size_t)sent;
		memmove(unsent->at, unsent->at + sent, unsent->len);
	}
	ssize_t got = chance(seed, 3) == 0 ? 1 : recv(*socket_, ignored, 4096, MSG_DONTWAIT);
	if (chance(seed, 40) == 0 || got == 0 || (sent < 0 && errno != EAGAIN))
		leave(socket_, seed);
}

static void run_storm(bool streams)
{
	struct http_config config = {
		.listen = "127.0.0.1:0", .loops = 2, .handle = storm_handle, .gone = storm_gone
	};
	struct http_bounds bounds = http_bounds_usual();
	struct buf unsent[CLIENTS] = { 0 };
	struct fixture f = { 0 };
	int sockets[CLIENTS];
	char why[256];
	const char *given = getenv("RINGI_SEED");
	uint32_t seed = given == NULL ? 7 : (uint32_t)strtoul(given, NULL, 10);

	bounds.drain_ms = 200;
	bounds.linger_ms = 20;
	memset(&storm, 0, sizeof storm);
	storm.streams = streams;
	signal(SIGPIPE, SIG_IGN);
	storm.server = f.server = http_open_bounded(&config, &bounds, why);
	assert_non_null(f.server);
	memset(sockets, -1, sizeof sockets);
	for (int i = 0; i < STEPS || http_stats(f.server).requests < ENOUGH; i++) {
		uint32_t who = chance(&seed, CLIENTS);
		step(&f, &sockets[who], &unsent[who], &seed);
	}
	http_wait(f.server);
	storm.waited = true;
	struct http_stats stats = http_stats(f.server);
	http_close(f.server);
	for (int i = 0; i < CLIENTS; i++) {
		buf_free(&unsent[i]);
		if (sockets[i] >= 0)
			close(sockets[i]);
	}
	printf("handled %d answered %d lost %d gone %d\n", storm.handled, storm.answered, storm.lost,
	       storm.gone);
	assert_int_equal(stats.connections, 0);
	assert_int_equal(stats.body_bytes_held, 0);
	assert_int_equal(stats.requests, storm.handled);
	assert_int_equal(storm.handled, storm.answered + storm.lost);
	assert_true(storm.gone <= storm.lost);
}

static void late_answers_add_up(void **state)
{
	(void)state;
	run_storm(false);
}

static void streams_add_up(void **state)
{
	(void)state;
	run_storm(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(late_answers_add_up),
		cmocka_unit_test(streams_add_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
