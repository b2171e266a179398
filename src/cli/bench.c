/* bench.c - `ringi bench`: how fast this server is from here, with many connections.
 *
 * One thread, one epoll, plain sockets, so that the client takes little of a machine
 * that it shares with the server. Three workloads:
 *
 *   send      as many sends as `connections` allow, for some seconds
 *   cycle     sends `count` messages, then receives and deletes them all
 *   latency   sends at a steady rate to receivers that wait; measured from the moment
 *             a message was due to be sent, so that a stall counts for all it delays
 *
 * The queue is made for the run and deleted after it. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "os/os.h"

enum { CONNECTIONS_MAX = 4096, SAMPLES_MAX = 2000000, STAMP = 20, READ_ROOM = 32 * 1024 };
#define SECOND_NS 1000000000ll

enum doing { IDLE, SENDING, RECEIVING, DELETING };

struct conn {
	int fd;
	enum doing doing;
	bool receiver;
	struct buf out, in;
	size_t written;
	int64_t began; /* when the request was due */
	int messages;  /* of the request */
};

struct bench {
	struct cli *cli;
	const char *mode, *token;
	char host[256], port[16];
	char queue[QUEUE_NAME_MAX + 1];
	struct str url;
	struct conn *conns;
	int conn_count, receivers, epoll;
	int batch, size, groups;
	bool fifo, draining;
	int64_t count, rate, ends_at; /* ns */
	int64_t sent, confirmed, received, deleted, due_next, requests;
	uint32_t *samples; /* microseconds */
	int sample_count;
	char *filler;
	struct buf body;
	const char *failure;
};

/* ---- requests */

static void put_message(struct bench *b, struct buf *to, int64_t number, int64_t due)
{
	char stamp[STAMP + 1];

	snprintf(stamp, sizeof stamp, "%0*lld", STAMP, (long long)due);
	buf_add(to, S("\"MessageBody\":\""));
	buf_add(to, (struct str){ stamp, STAMP });
	if (b->size > STAMP) /* another piece of the noise each time */
		buf_add(to, (struct str){ b->filler + number % 64, (size_t)(b->size - STAMP) });
	buf_add(to, S("\""));
	if (b->fifo)
		buf_printf(to, ",\"MessageGroupId\":\"g%lld\",\"MessageDeduplicationId\":\"d%lld\"",
		           (long long)(number % b->groups), (long long)number);
}

static void finish_request(struct bench *b, struct conn *c, const char *action)
{
	buf_clear(&c->out);
	buf_printf(&c->out,
	           "POST / HTTP/1.1\r\nHost: %s:%s\r\nContent-Type: application/x-amz-json-1.0\r\n"
	           "X-Amz-Target: AmazonSQS.%s\r\nContent-Length: %zu\r\n",
	           b->host, b->port, action, b->body.len);
	if (b->token != NULL)
		buf_printf(&c->out, "Authorization: Bearer %s\r\n", b->token);
	buf_add(&c->out, S("\r\n"));
	buf_add(&c->out, buf_str(&b->body));
	c->written = 0;
}

static void begin_body(struct bench *b)
{
	buf_clear(&b->body);
	buf_add(&b->body, S("{\"QueueUrl\":"));
	json_write_text(&b->body, b->url);
}

static void make_send(struct bench *b, struct conn *c, int messages, int64_t due)
{
	begin_body(b);
	c->messages = messages;
	c->began = due;
	c->doing = SENDING;
	if (messages == 1) {
		buf_add(&b->body, S(","));
		put_message(b, &b->body, b->sent, due);
	} else {
		buf_add(&b->body, S(",\"Entries\":["));
		for (int i = 0; i < messages; i++) {
			buf_printf(&b->body, "%s{\"Id\":\"%d\",", i == 0 ? "" : ",", i);
			put_message(b, &b->body, b->sent + i, due);
			buf_add(&b->body, S("}"));
		}
		buf_add(&b->body, S("]"));
	}
	buf_add(&b->body, S("}"));
	b->sent += messages;
	finish_request(b, c, messages == 1 ? "SendMessage" : "SendMessageBatch");
}

static void make_receive(struct bench *b, struct conn *c, int wait)
{
	begin_body(b);
	buf_printf(&b->body, ",\"MaxNumberOfMessages\":10,\"WaitTimeSeconds\":%d}", wait);
	c->doing = RECEIVING;
	c->began = os_mono_ns();
	finish_request(b, c, "ReceiveMessage");
}

/* The value of each "name":"..." in an answer; our texts hold no escapes. */
static struct str next_text(struct str *rest, struct str name)
{
	const char *at = rest->len == 0 ? NULL : memmem(rest->at, rest->len, name.at, name.len);

	if (at == NULL)
		return S_NONE;
	*rest = str_from(*rest, (size_t)(at - rest->at) + name.len);
	return str_cut(rest, '"');
}

/* Deletes what the answer brought; how many that are. */
static int make_delete(struct bench *b, struct conn *c, struct str answer)
{
	struct str receipt;
	int n = 0;

	begin_body(b);
	buf_add(&b->body, S(",\"Entries\":["));
	while (str_given(receipt = next_text(&answer, S("\"ReceiptHandle\":\"")))) {
		buf_printf(&b->body, "%s{\"Id\":\"%d\",\"ReceiptHandle\":\"%.*s\"}", n == 0 ? "" : ",", n,
		           S_ARG(receipt));
		n++;
	}
	buf_add(&b->body, S("]}"));
	c->messages = n;
	c->doing = DELETING;
	c->began = os_mono_ns();
	if (n > 0)
		finish_request(b, c, "DeleteMessageBatch");
	return n;
}

/* ---- sockets */

static void fail(struct bench *b, const char *why)
{
	if (b->failure == NULL)
		b->failure = arena_str(b->cli->arena, str_of(why)).at;
}

static void write_some(struct bench *b, struct conn *c)
{
	while (c->written < c->out.len) {
		ssize_t n = send(c->fd, c->out.at + c->written, c->out.len - c->written, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN) {
			struct epoll_event e = { .events = EPOLLIN | EPOLLOUT, .data.ptr = c };
			epoll_ctl(b->epoll, EPOLL_CTL_MOD, c->fd, &e);
			return;
		}
		if (n < 0) {
			fail(b, "the server closed a connection");
			return;
		}
		c->written += (size_t)n;
	}
}

static void sample(struct bench *b, int64_t ns)
{
	if (b->sample_count < SAMPLES_MAX)
		b->samples[b->sample_count++] = (uint32_t)(ns / 1000);
}

/* What a connection does when it has nothing to do; false: rest. */
static bool next_request(struct bench *b, struct conn *c)
{
	int64_t left = b->count - b->sent;

	if (c->receiver || b->draining) {
		if (b->draining && b->received >= b->confirmed)
			return false;
		make_receive(b, c, c->receiver ? QUEUE_WAIT_MAX_S : 1);
		return true;
	}
	if (b->rate > 0 || left <= 0 || os_mono_ns() >= b->ends_at)
		return false;
	make_send(b, c, left < b->batch ? (int)left : b->batch, os_mono_ns());
	return true;
}

static void go_on(struct bench *b, struct conn *c)
{
	c->doing = IDLE;
	if (next_request(b, c))
		write_some(b, c);
}

static void received(struct bench *b, struct conn *c, struct str body)
{
	struct str rest = body, text;
	int64_t now = os_mono_ns(), due;

	if (c->receiver)
		while (str_given(text = next_text(&rest, S("\"Body\":\""))))
			if (text.len >= STAMP && str_i64((struct str){ text.at, STAMP }, 0, INT64_MAX, &due))
				sample(b, now - due);
	int n = make_delete(b, c, body);
	b->received += n;
	if (n > 0)
		write_some(b, c);
	else
		go_on(b, c);
}

static void answered(struct bench *b, struct conn *c, bool good, struct str body)
{
	char why[300];

	b->requests++;
	if (!good || memmem(body.at, body.len, "\"Failed\":[{", 11) != NULL) {
		snprintf(why, sizeof why, "the server refused: %.200s", body.at);
		fail(b, why);
		return;
	}
	if (c->doing == RECEIVING) {
		received(b, c, body);
		return;
	}
	if (c->doing == SENDING) {
		b->confirmed += c->messages;
		if (b->rate == 0)
			sample(b, os_mono_ns() - c->began);
	} else {
		b->deleted += c->messages;
	}
	go_on(b, c);
}

/* The length of the body that the head announces; -1: the head is not whole yet. */
static int64_t body_length(const struct buf *in, size_t *head)
{
	const char *end = in->len == 0 ? NULL : memmem(in->at, in->len, "\r\n\r\n", 4);
	int64_t n = 0;

	if (end == NULL)
		return -1;
	*head = (size_t)(end - in->at) + 4;
	struct str rest = { in->at, *head };
	while (str_given(rest)) {
		struct str value = str_cut(&rest, '\n');
		struct str name = str_cut(&value, ':');
		if (str_eq_nocase(name, S("content-length"))) {
			value.len -= value.len > 0 && value.at[value.len - 1] == '\r';
			if (!str_i64(str_trim(value), 0, HTTP_BODY_MAX, &n))
				return -1;
		}
	}
	return n;
}

static void read_some(struct bench *b, struct conn *c)
{
	size_t head = 0;
	char *room = buf_room(&c->in, READ_ROOM + 1);

	must(room != NULL);
	ssize_t n = recv(c->fd, room, READ_ROOM, 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		fail(b, "the server closed a connection");
		return;
	}
	c->in.len += (size_t)n;
	int64_t length = body_length(&c->in, &head);
	if (length < 0 || c->in.len < head + (size_t)length)
		return;
	c->in.at[head + (size_t)length] = '\0';
	bool good = c->in.len > 12 && memcmp(c->in.at + 9, "200", 3) == 0;
	struct str body = { c->in.at + head, (size_t)length };
	c->in.len = 0; /* one request at a time: nothing can follow */
	answered(b, c, good, body);
}

static int dial(const struct bench *b)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
	int fd = -1, on = 1;

	if (getaddrinfo(b->host, b->port, &hints, &list) != 0)
		return -1;
	for (struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return fd;
}

static bool open_connections(struct bench *b)
{
	b->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < b->conn_count; i++) {
		struct conn *c = &b->conns[i];
		struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
		c->fd = dial(b);
		if (c->fd < 0)
			return false;
		c->receiver = i < b->receivers;
		epoll_ctl(b->epoll, EPOLL_CTL_ADD, c->fd, &e);
	}
	return true;
}

static void close_connections(struct bench *b)
{
	for (int i = 0; i < b->conn_count; i++) {
		if (b->conns[i].fd > 0)
			close(b->conns[i].fd);
		buf_free(&b->conns[i].in);
		buf_free(&b->conns[i].out);
	}
	close(b->epoll);
	buf_free(&b->body);
}

/* ---- the loop */

/* Sends what is due, as long as there is a connection for it. Which one is idle is
 * found by looking: there are few. */
static void send_due(struct bench *b)
{
	int at = b->receivers;

	while (b->rate > 0 && b->due_next <= os_mono_ns() && b->due_next < b->ends_at) {
		while (at < b->conn_count && b->conns[at].doing != IDLE)
			at++;
		if (at == b->conn_count)
			return;
		make_send(b, &b->conns[at], 1, b->due_next);
		write_some(b, &b->conns[at]);
		b->due_next += SECOND_NS / b->rate;
	}
}

static bool finished(const struct bench *b)
{
	if (b->failure != NULL)
		return true;
	if (b->draining)
		return b->deleted >= b->confirmed;
	if (b->rate > 0)
		return os_mono_ns() >= b->ends_at && b->deleted >= b->confirmed && b->confirmed == b->sent;
	return b->confirmed == b->sent && (b->sent >= b->count || os_mono_ns() >= b->ends_at);
}

static void loop(struct bench *b)
{
	struct epoll_event events[64];
	int64_t gives_up_at = b->ends_at + 120 * SECOND_NS;

	while (!finished(b)) {
		send_due(b);
		int n = epoll_wait(b->epoll, events, 64, b->rate > 0 ? 1 : 100);
		for (int i = 0; i < n && b->failure == NULL; i++) {
			struct conn *c = events[i].data.ptr;
			if (events[i].events & EPOLLOUT) {
				struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
				epoll_ctl(b->epoll, EPOLL_CTL_MOD, c->fd, &e);
				write_some(b, c);
			}
			if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
				read_some(b, c);
		}
		if (os_mono_ns() > gives_up_at)
			fail(b, "it did not end in two minutes");
	}
}

static void start_all(struct bench *b)
{
	for (int i = 0; i < b->conn_count; i++)
		go_on(b, &b->conns[i]);
}

/* ---- results */

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void put_percentile(struct bench *b, struct json *to, const char *key, int per_mille)
{
	int64_t us = b->sample_count == 0
	                 ? 0
	                 : b->samples[(int64_t)(b->sample_count - 1) * per_mille / 1000];

	json_add(to, str_of(key),
	         json_new_text(b->cli->arena, JSON_NUMBER,
	                       arena_printf(b->cli->arena, "%lld.%03lld", (long long)(us / 1000),
	                                    (long long)(us % 1000))));
}

static void put_rate(struct bench *b, struct json *to, const char *key, int64_t messages,
                     int64_t ns)
{
	json_put_number(b->cli->arena, to, key,
	                ns <= 0 ? 0 : (int64_t)((double)messages * 1e9 / (double)ns));
}

static void put_latencies(struct bench *b, struct json *to)
{
	qsort(b->samples, (size_t)b->sample_count, sizeof *b->samples, by_size);
	put_percentile(b, to, "p50_ms", 500);
	put_percentile(b, to, "p90_ms", 900);
	put_percentile(b, to, "p99_ms", 990);
	put_percentile(b, to, "max_ms", 1000);
}

static struct json *measure(struct bench *b)
{
	struct json *result = json_new(b->cli->arena, JSON_OBJECT);
	int64_t seconds = option_number(&b->cli->options, "seconds"), began = os_mono_ns();

	b->ends_at = began + seconds * SECOND_NS;
	b->due_next = began + 50 * 1000000ll; /* the receivers are waiting by then */
	start_all(b);
	loop(b);
	int64_t sent_at = os_mono_ns();
	json_put_text(b->cli->arena, result, "workload", str_of(b->mode));
	json_put_number(b->cli->arena, result, "messages", b->confirmed);
	if (b->rate == 0)
		put_rate(b, result, "send_rate", b->confirmed, sent_at - began);
	put_latencies(b, result);
	if (strcmp(b->mode, "cycle") == 0 && b->failure == NULL) {
		b->draining = true;
		start_all(b);
		loop(b);
		int64_t end = os_mono_ns();
		put_rate(b, result, "drain_rate", b->deleted, end - sent_at);
		put_rate(b, result, "cycle_rate", b->deleted, end - began);
	}
	return result;
}

/* ---- before and after */

static bool split_server(struct bench *b, const char *server)
{
	struct str port = str_of(server);

	if (!str_starts(port, S("http://")))
		return false;
	port = str_from(port, 7);
	port = str_cut(&port, '/');
	struct str host = str_cut(&port, ':');
	snprintf(b->host, sizeof b->host, "%.*s", S_ARG(host));
	snprintf(b->port, sizeof b->port, "%.*s", S_ARG(str_given(port) ? port : S("80")));
	return true;
}

static void set_up(struct bench *b)
{
	const struct options *o = &b->cli->options;
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	b->mode = option_text(o, "workload");
	b->token = option_text(o, "token");
	b->batch = (int)option_number(o, "batch");
	b->size = (int)option_number(o, "size");
	b->groups = (int)option_number(o, "groups");
	b->fifo = b->groups > 0;
	b->count = strcmp(b->mode, "cycle") == 0 ? option_number(o, "count") : INT64_MAX / 2;
	b->rate = strcmp(b->mode, "latency") == 0 ? option_number(o, "rate") : 0;
	b->receivers = b->rate > 0 ? (int)option_number(o, "receivers") : 0;
	b->conn_count = (int)option_number(o, "connections") + b->receivers;
	b->conns = ARENA_ARRAY(b->cli->arena, struct conn, b->conn_count);
	b->samples = mem_get(sizeof *b->samples * SAMPLES_MAX);
	b->filler = arena_get(b->cli->arena, (size_t)b->size + 64);
	os_random(b->filler, (size_t)b->size + 64);
	for (int i = 0; i < b->size + 64; i++)
		b->filler[i] = letters[(unsigned char)b->filler[i] % 64];
	snprintf(b->queue, sizeof b->queue, "bench-%lld%s", (long long)os_now().wall_ms,
	         b->fifo ? ".fifo" : "");
}

static int make_queue(struct bench *b)
{
	struct json *p = json_new(b->cli->arena, JSON_OBJECT);
	struct json *attributes = json_new(b->cli->arena, JSON_OBJECT);
	struct answer a;

	json_put_text(b->cli->arena, p, "QueueName", str_of(b->queue));
	json_put_text(b->cli->arena, attributes, "VisibilityTimeout", S("120"));
	if (b->fifo) {
		json_put_text(b->cli->arena, attributes, "FifoQueue", S("true"));
		json_put_text(b->cli->arena, attributes, "DeduplicationScope", S("messageGroup"));
		json_put_text(b->cli->arena, attributes, "FifoThroughputLimit", S("perMessageGroupId"));
	}
	json_add(p, S("Attributes"), attributes);
	int code = cli_sqs(b->cli, "CreateQueue", p, &a);
	if (code == CLI_DONE)
		b->url = json_get_text(a.json, "QueueUrl");
	return code;
}

static void delete_queue(struct bench *b)
{
	struct json *p = json_new(b->cli->arena, JSON_OBJECT);
	struct answer a;

	json_put_text(b->cli->arena, p, "QueueUrl", b->url);
	(void)cli_sqs(b->cli, "DeleteQueue", p, &a);
}

static int run(struct cli *cli)
{
	struct bench b = { .cli = cli };
	int code;

	if (!split_server(&b, option_text(&cli->options, "server")))
		return cli_fail(CLI_WRONG, "bench speaks plain http only; give --server http://HOST:PORT.");
	set_up(&b);
	code = make_queue(&b);
	if (code == CLI_DONE && !open_connections(&b))
		code = cli_fail(CLI_UNREACHABLE, "Only some of %d connections to %s could be opened.",
		                b.conn_count, option_text(&cli->options, "server"));
	if (code == CLI_DONE) {
		struct json *result = measure(&b);
		if (b.failure != NULL)
			code = cli_fail(CLI_REFUSED, "The measurement stopped: %s.", b.failure);
		else
			cli_show(cli, result);
	}
	if (str_given(b.url)) {
		close_connections(&b);
		delete_queue(&b);
	}
	mem_free(b.samples);
	return code;
}

static const struct option options[] = {
	{ .name = "workload",
	  .kind = OPTION_CHOICE,
	  .value = "WHAT",
	  .choices = "send|cycle|latency",
	  .fallback = "cycle",
	  .help = "send, cycle (send, receive, delete) or latency",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "connections",
	  .letter = 'c',
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "64",
	  .least = 1,
	  .most = CONNECTIONS_MAX,
	  .help = "requests in flight",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "batch",
	  .letter = 'b',
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "10",
	  .least = 1,
	  .most = BATCH_ENTRIES_MAX,
	  .help = "messages in one send",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "size",
	  .kind = OPTION_NUMBER,
	  .value = "BYTES",
	  .fallback = "1024",
	  .least = STAMP,
	  .most = MESSAGE_SIZE_MAX / BATCH_ENTRIES_MAX,
	  .help = "of one message",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "count",
	  .letter = 'n',
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "50000",
	  .least = 1,
	  .most = 100000000,
	  .help = "messages of cycle",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "seconds",
	  .letter = 's',
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "10",
	  .least = 1,
	  .most = 3600,
	  .help = "how long it sends at most",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "rate",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "1000",
	  .least = 1,
	  .most = 1000000,
	  .help = "sends a second, of latency",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "receivers",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "16",
	  .least = 1,
	  .most = 1024,
	  .help = "long polls, of latency",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "groups",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "0",
	  .most = 1000000,
	  .help = "a FIFO queue with so many message groups",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

const struct command commands_bench[] = {
	{ .name = "bench",
	  .help = "Measures this server from here.",
	  .examples = "ringi bench\n"
	              "ringi bench --workload send --batch 1 --connections 64\n"
	              "ringi bench --workload latency --rate 1000\n"
	              "ringi bench --groups 1000 --json",
	  .options = options,
	  .run = run },
	{ 0 },
};
