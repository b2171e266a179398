/* load.c - many connections to a server, from one thread with plain sockets. */
#include "cli/load.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/os.h"
#include "wire/json.h"

enum { READ_ROOM = 32 * 1024, GIVES_UP_S = 120, FILLER_MORE = 64 };

enum doing { IDLE, SENDING, RECEIVING, DELETING };

struct conn {
	int fd;
	enum doing doing;
	bool receiver;
	struct buf out, in;
	size_t written;
	int64_t began;  /* when the request was due */
	int messages;   /* of the request */
	int64_t number; /* asking: which one it is */
};

/* ---- requests */

static void put_message(struct load *l, struct buf *to, int64_t number, int64_t due)
{
	char stamp[LOAD_STAMP + 1];

	snprintf(stamp, sizeof stamp, "%0*lld", LOAD_STAMP, (long long)due);
	buf_add(to, l->jobs ? S("\"payload\":\"") : S("\"MessageBody\":\""));
	buf_add(to, (struct str){ stamp, LOAD_STAMP });
	if (l->size > LOAD_STAMP) /* another piece of the noise each time */
		buf_add(to,
		        (struct str){ l->filler + number % FILLER_MORE, (size_t)(l->size - LOAD_STAMP) });
	buf_add(to, S("\""));
	if (l->fifo)
		buf_printf(to, ",\"MessageGroupId\":\"g%lld\",\"MessageDeduplicationId\":\"d%lld\"",
		           (long long)(number % l->groups), (long long)number);
}

/* `what`: the path, of REST; else the action. `person`: who asks; NULL: nobody is named. */
static void finish_request_of(struct load *l, struct conn *c, const char *what, const char *person)
{
	bool six = strchr(l->host, ':') != NULL, rest = l->jobs || l->asking != NULL;

	buf_clear(&c->out);
	buf_printf(&c->out, "POST %s HTTP/1.1\r\nHost: %s%s%s:%s\r\nContent-Length: %zu\r\n",
	           rest ? what : "/", six ? "[" : "", l->host, six ? "]" : "", l->port, l->body.len);
	if (rest)
		buf_add(&c->out, S("Content-Type: application/json\r\n"));
	else
		buf_printf(&c->out,
		           "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.%s\r\n",
		           what);
	if (l->token != NULL)
		buf_printf(&c->out, "Authorization: Bearer %s\r\n", l->token);
	if (person != NULL)
		buf_printf(&c->out, "X-Ringi-User: %s\r\n", person);
	buf_add(&c->out, S("\r\n"));
	buf_add(&c->out, buf_str(&l->body));
	c->written = 0;
}

static void finish_request(struct load *l, struct conn *c, const char *what)
{
	finish_request_of(l, c, what, NULL);
}

static void make_asked(struct load *l, struct conn *c)
{
	char path[LOAD_PATH], person[LOAD_PERSON];

	c->messages = 1;
	c->began = os_mono_ns();
	c->doing = SENDING;
	c->number = l->sent++;
	buf_clear(&l->body);
	l->asking->make(l, c->number, path, person);
	finish_request_of(l, c, path, person);
}

static void begin_body(struct load *l)
{
	buf_clear(&l->body);
	buf_add(&l->body, S("{\"QueueUrl\":"));
	json_write_text(&l->body, l->url);
}

static void make_submit(struct load *l, struct conn *c, int jobs, int64_t due)
{
	buf_clear(&l->body);
	for (int i = 0; i < jobs; i++) {
		buf_add(&l->body, i == 0 ? S("{\"jobs\":[{") : S("},{"));
		put_message(l, &l->body, l->sent + i, due);
	}
	buf_add(&l->body, S("}]}"));
	finish_request(l, c, l->submit_path);
}

static void make_messages(struct load *l, struct conn *c, int messages, int64_t due)
{
	begin_body(l);
	if (messages == 1) {
		buf_add(&l->body, S(","));
		put_message(l, &l->body, l->sent, due);
	} else {
		buf_add(&l->body, S(",\"Entries\":["));
		for (int i = 0; i < messages; i++) {
			buf_printf(&l->body, "%s{\"Id\":\"%d\",", i == 0 ? "" : ",", i);
			put_message(l, &l->body, l->sent + i, due);
			buf_add(&l->body, S("}"));
		}
		buf_add(&l->body, S("]"));
	}
	buf_add(&l->body, S("}"));
	finish_request(l, c, messages == 1 ? "SendMessage" : "SendMessageBatch");
}

static void make_send(struct load *l, struct conn *c, int messages, int64_t due)
{
	c->messages = messages;
	c->began = due;
	c->doing = SENDING;
	if (l->jobs)
		make_submit(l, c, messages, due);
	else
		make_messages(l, c, messages, due);
	l->sent += messages;
}

static void make_receive(struct load *l, struct conn *c, int wait)
{
	c->doing = RECEIVING;
	c->began = os_mono_ns();
	if (l->jobs) {
		buf_clear(&l->body);
		buf_printf(&l->body, "{\"max\":%d,\"wait_s\":%d}", l->batch, wait);
		finish_request(l, c, l->claim_path);
		return;
	}
	begin_body(l);
	buf_printf(&l->body, ",\"MaxNumberOfMessages\":10,\"WaitTimeSeconds\":%d}", wait);
	finish_request(l, c, "ReceiveMessage");
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

static int put_completions(struct load *l, struct str answer)
{
	struct str id, lease;
	int n = 0;

	buf_clear(&l->body);
	buf_add(&l->body, S("{\"jobs\":["));
	while (str_given(id = next_text(&answer, S("\"id\":\""))) &&
	       str_given(lease = next_text(&answer, S("\"lease\":\"")))) {
		buf_printf(&l->body, "%s{\"id\":\"%.*s\",\"lease\":\"%.*s\"}", n == 0 ? "" : ",", S_ARG(id),
		           S_ARG(lease));
		n++;
	}
	buf_add(&l->body, S("]}"));
	return n;
}

static int put_deletions(struct load *l, struct str answer)
{
	struct str receipt;
	int n = 0;

	begin_body(l);
	buf_add(&l->body, S(",\"Entries\":["));
	while (str_given(receipt = next_text(&answer, S("\"ReceiptHandle\":\"")))) {
		buf_printf(&l->body, "%s{\"Id\":\"%d\",\"ReceiptHandle\":\"%.*s\"}", n == 0 ? "" : ",", n,
		           S_ARG(receipt));
		n++;
	}
	buf_add(&l->body, S("]}"));
	return n;
}

/* Deletes, or completes, what the answer brought; how many that are. */
static int make_delete(struct load *l, struct conn *c, struct str answer)
{
	int n = l->jobs ? put_completions(l, answer) : put_deletions(l, answer);

	c->messages = n;
	c->doing = DELETING;
	c->began = os_mono_ns();
	if (n > 0)
		finish_request(l, c, l->jobs ? "/v1/jobs:complete" : "DeleteMessageBatch");
	return n;
}

/* ---- sockets */

static void fail(struct load *l, const char *why)
{
	if (l->failure == NULL)
		l->failure = arena_str(l->arena, str_of(why)).at;
}

static void write_some(struct load *l, struct conn *c)
{
	while (c->written < c->out.len) {
		ssize_t n = send(c->fd, c->out.at + c->written, c->out.len - c->written, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN) {
			struct epoll_event e = { .events = EPOLLIN | EPOLLOUT, .data.ptr = c };
			epoll_ctl(l->epoll, EPOLL_CTL_MOD, c->fd, &e);
			return;
		}
		if (n < 0) {
			fail(l, "the server closed a connection");
			return;
		}
		c->written += (size_t)n;
	}
}

static void sample(struct load *l, int64_t ns)
{
	if (l->sample_count < LOAD_SAMPLES_MAX)
		l->samples[l->sample_count++] = (uint32_t)(ns / 1000);
}

/* What a connection does when it has nothing to do; false: rest. */
static bool next_request(struct load *l, struct conn *c)
{
	int64_t left = l->count - l->sent;

	if (c->receiver || l->draining) {
		if (l->draining && l->received >= l->confirmed)
			return false;
		make_receive(l, c, c->receiver ? QUEUE_WAIT_MAX_S : 1);
		return true;
	}
	if (l->rate > 0 || left <= 0 || os_mono_ns() >= l->ends_at)
		return false;
	if (l->asking != NULL)
		make_asked(l, c);
	else
		make_send(l, c, left < l->batch ? (int)left : l->batch, os_mono_ns());
	return true;
}

static void go_on(struct load *l, struct conn *c)
{
	c->doing = IDLE;
	if (next_request(l, c))
		write_some(l, c);
}

static void received(struct load *l, struct conn *c, struct str body)
{
	struct str rest = body, text;
	int64_t now = os_mono_ns(), due;

	if (c->receiver)
		while (str_given(text = next_text(&rest, S("\"Body\":\""))))
			if (text.len >= LOAD_STAMP &&
			    str_i64((struct str){ text.at, LOAD_STAMP }, 0, INT64_MAX, &due))
				sample(l, now - due);
	int n = make_delete(l, c, body);
	l->received += n;
	if (n > 0)
		write_some(l, c);
	else
		go_on(l, c);
}

static void answered(struct load *l, struct conn *c, bool good, struct str body)
{
	char why[300];

	const char *bad = l->jobs ? "\"problem\":{" : "\"Failed\":[{";
	bool looks = l->asking == NULL && (!l->jobs || c->doing == DELETING);

	if (good && l->asking != NULL)
		good = l->asking->take(l, c->number, body);
	if (!good || (looks && memmem(body.at, body.len, bad, 11) != NULL)) {
		snprintf(why, sizeof why, "the server refused: %.200s", body.at);
		fail(l, why);
		return;
	}
	if (c->doing == RECEIVING) {
		received(l, c, body);
		return;
	}
	if (c->doing == SENDING) {
		l->confirmed += c->messages;
		if (l->rate == 0)
			sample(l, os_mono_ns() - c->began);
	} else {
		l->deleted += c->messages;
	}
	go_on(l, c);
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

static void read_some(struct load *l, struct conn *c)
{
	size_t head = 0;
	char *room = buf_room(&c->in, READ_ROOM + 1);

	must(room != NULL);
	ssize_t n = recv(c->fd, room, READ_ROOM, 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		fail(l, "the server closed a connection");
		return;
	}
	c->in.len += (size_t)n;
	int64_t length = body_length(&c->in, &head);
	if (length < 0 || c->in.len < head + (size_t)length)
		return;
	c->in.at[head + (size_t)length] = '\0';
	bool good = c->in.len > 12 && memcmp(c->in.at + 9, "20", 2) == 0;
	struct str body = { c->in.at + head, (size_t)length };
	c->in.len = 0; /* one request at a time: nothing can follow */
	answered(l, c, good, body);
}

static int dial(const struct load *l)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
	int fd = -1, on = 1;

	if (getaddrinfo(l->host, l->port, &hints, &list) != 0)
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

static void make_filler(struct load *l)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	l->filler = arena_get(l->arena, (size_t)l->size + FILLER_MORE);
	os_random(l->filler, (size_t)l->size + FILLER_MORE);
	for (int i = 0; i < l->size + FILLER_MORE; i++)
		l->filler[i] = letters[(unsigned char)l->filler[i] % 64];
}

bool load_open(struct load *l)
{
	l->conns = ARENA_ARRAY(l->arena, struct conn, l->conn_count);
	l->samples = mem_get(sizeof *l->samples * LOAD_SAMPLES_MAX);
	make_filler(l);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < l->conn_count; i++) {
		struct conn *c = &l->conns[i];
		struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
		c->fd = dial(l);
		if (c->fd < 0)
			return false;
		c->receiver = i < l->receivers;
		epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &e);
	}
	return true;
}

void load_close(struct load *l)
{
	for (int i = 0; i < l->conn_count; i++) {
		if (l->conns[i].fd > 0)
			close(l->conns[i].fd);
		buf_free(&l->conns[i].in);
		buf_free(&l->conns[i].out);
	}
	close(l->epoll);
	buf_free(&l->body);
	l->samples = mem_free(l->samples);
}

/* ---- the loop */

/* Sends what is due, as long as there is a connection for it. Which one is idle is
 * found by looking: there are few. */
static void send_due(struct load *l)
{
	int at = l->receivers;

	while (l->rate > 0 && l->due_next <= os_mono_ns() && l->due_next < l->ends_at) {
		while (at < l->conn_count && l->conns[at].doing != IDLE)
			at++;
		if (at == l->conn_count)
			return;
		make_send(l, &l->conns[at], 1, l->due_next);
		write_some(l, &l->conns[at]);
		l->due_next += LOAD_SECOND / l->rate;
	}
}

static bool finished(const struct load *l)
{
	if (l->failure != NULL)
		return true;
	if (l->draining)
		return l->deleted >= l->confirmed;
	if (l->rate > 0)
		return os_mono_ns() >= l->ends_at && l->deleted >= l->confirmed && l->confirmed == l->sent;
	return l->confirmed == l->sent && (l->sent >= l->count || os_mono_ns() >= l->ends_at);
}

void load_run(struct load *l)
{
	struct epoll_event events[64];
	int64_t gives_up_at = l->ends_at + GIVES_UP_S * LOAD_SECOND;

	for (int i = 0; i < l->conn_count; i++)
		go_on(l, &l->conns[i]);
	while (!finished(l)) {
		send_due(l);
		int n = epoll_wait(l->epoll, events, 64, l->rate > 0 ? 1 : 100);
		for (int i = 0; i < n && l->failure == NULL; i++) {
			struct conn *c = events[i].data.ptr;
			if (events[i].events & EPOLLOUT) {
				struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
				epoll_ctl(l->epoll, EPOLL_CTL_MOD, c->fd, &e);
				write_some(l, c);
			}
			if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
				read_some(l, c);
		}
		if (os_mono_ns() > gives_up_at)
			fail(l, "it did not end in two minutes");
	}
}
