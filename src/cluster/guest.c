/* guest.c - who comes to the nodes' port: another node, or somebody who asks about this one.
 *
 *     first byte is no 'R' ----------------------------------> HTTP about this node
 *     hello --serving--> reply --proof is right--> the server, as the client's connection
 *
 * Lines are looked at before they are taken out of the socket, so that no byte of the client
 * is taken with them. */
#include "cluster/guest.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "os/os.h"

enum guest_stage { GUEST_FIRST, GUEST_HELLO, GUEST_PROOF };
enum guest_end { GUEST_CLOSE, GUEST_ASKS, GUEST_PROVED };

struct guest {
	struct node node;
	struct front *front;
	uv_poll_t poll;
	int socket;
	int64_t until_ms;
	enum guest_stage stage;
	enum guest_end end;
	bool closing;
	struct lines lines;
	char line[NODE_LINE_MAX];
	size_t len;
	char peer[HTTP_PEER_SIZE]; /* whose bytes come */
};

/* Nothing of libuv's holds the socket any more. */
static void on_closed(uv_handle_t *handle)
{
	struct guest *g = CONTAINER(handle, struct guest, poll);
	struct front *f = g->front;

	if (g->end == GUEST_ASKS && !f->draining)
		http_adopt(f->own, g->socket, g->peer);
	else if (g->end == GUEST_PROVED && f->serving != NULL && !f->draining)
		http_adopt(f->serving, g->socket, g->peer);
	else
		close(g->socket);
	node_take(&g->node);
	f->guest_count--;
	mem_free(g);
	front_look_drained(f);
}

static void leave(struct guest *g, enum guest_end end)
{
	if (g->closing)
		return;
	g->closing = true;
	g->end = end;
	uv_poll_stop(&g->poll);
	uv_close((uv_handle_t *)&g->poll, on_closed);
}

/* Who tries many a time is logged once a second. */
static void deny(struct guest *g, const char *why)
{
	struct front *f = g->front;
	int64_t now = front_now_ms(f);

	atomic_fetch_add(&f->denied, 1);
	if (f->denied_said_ms == 0 || now - f->denied_said_ms >= SECOND_MS) {
		f->denied_said_ms = now;
		log_line(LOG_WARN, "cluster", "no node", "address=%s why=\"%s\"", g->peer, why);
	}
	leave(g, GUEST_CLOSE);
}

static bool say(struct guest *g, const char *text, size_t len)
{
	return send(g->socket, text, len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len;
}

static void heard_hello(struct guest *g, struct str line)
{
	uint8_t chance[LINES_CHANCE / 2];
	char text[NODE_LINE_MAX];

	if (!lines_read_hello(&g->lines, line)) {
		deny(g, "the first line is none of a node");
		return;
	}
	if (g->front->serving == NULL || g->front->draining) {
		(void)say(g, "RINGI1 NO\n", 10);
		leave(g, GUEST_CLOSE);
		return;
	}
	os_random(chance, sizeof chance);
	lines_chance(chance, g->lines.b);
	snprintf(g->lines.to, sizeof g->lines.to, "%s", g->front->config.node);
	g->lines.key = g->front->config.key;
	g->stage = GUEST_PROOF;
	if (!say(g, text, lines_reply(&g->lines, text)))
		leave(g, GUEST_CLOSE);
}

static void heard_proof(struct guest *g, struct str line)
{
	struct str peer;

	if (!lines_read_proof(&g->lines, line, &peer)) {
		deny(g, "its proof is wrong: has it the same master key?");
		return;
	}
	snprintf(g->peer, sizeof g->peer, "%.*s", S_ARG(peer));
	atomic_fetch_add(&g->front->taken, 1);
	leave(g, GUEST_PROVED);
}

/* Takes what belongs to the line and no more. True: it is whole, in `line` without its end. */
static bool take_line(struct guest *g)
{
	char *at = g->line + g->len;
	ssize_t n = recv(g->socket, at, sizeof g->line - g->len, MSG_PEEK | MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		leave(g, GUEST_CLOSE);
	if (n <= 0)
		return false;
	const char *end = memchr(at, '\n', (size_t)n);
	size_t mine = end == NULL ? (size_t)n : (size_t)(end - at) + 1;
	if (recv(g->socket, at, mine, MSG_DONTWAIT) != (ssize_t)mine) {
		leave(g, GUEST_CLOSE);
		return false;
	}
	g->len += mine;
	if (end == NULL && g->len == sizeof g->line)
		deny(g, "its line is too long");
	return end != NULL;
}

static bool asks(struct guest *g)
{
	char first;

	return recv(g->socket, &first, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && first != 'R';
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct guest *g = CONTAINER(poll, struct guest, poll);

	(void)events;
	if (status < 0) {
		leave(g, GUEST_CLOSE);
		return;
	}
	if (g->stage == GUEST_FIRST && asks(g)) {
		leave(g, GUEST_ASKS);
		return;
	}
	if (g->stage == GUEST_FIRST)
		g->stage = GUEST_HELLO;
	if (!take_line(g))
		return;
	struct str line = { g->line, g->len - 1 };
	g->len = 0;
	if (g->stage == GUEST_HELLO)
		heard_hello(g, line);
	else
		heard_proof(g, line);
}

void guest_open(struct front *f, int socket, const char *peer)
{
	if (f->guest_count >= NODE_GUESTS_MAX) {
		close(socket);
		return;
	}
	struct guest *g = mem_get(sizeof *g);
	g->front = f;
	g->socket = socket;
	g->until_ms = front_now_ms(f) + NODE_GUEST_TIME_MS;
	snprintf(g->peer, sizeof g->peer, "%s", peer);
	if (uv_poll_init(&f->uv, &g->poll, socket) != 0) {
		close(socket);
		mem_free(g);
		return;
	}
	list_add_last(&f->guests, &g->node);
	f->guest_count++;
	if (uv_poll_start(&g->poll, UV_READABLE, on_readable) != 0)
		leave(g, GUEST_CLOSE);
}

void guests_tick(struct front *f)
{
	int64_t now = front_now_ms(f);

	LIST_EACH (&f->guests, struct guest, node, g)
		if (g->until_ms <= now)
			leave(g, GUEST_CLOSE);
}

void guests_end(struct front *f)
{
	LIST_EACH (&f->guests, struct guest, node, g)
		leave(g, GUEST_CLOSE);
}
