/* call.c - one call: its name resolved and tested, its request made, its answer judged. */
#include "egress/call.h"

#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "domain/outbox/address.h"
#include "egress/side.h"

static void call_free(struct call *);

/* ---- the request */

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
	struct call *c = context;

	(void)bytes;
	c->received += size * count;
	return c->received > c->answer_max ? 0 : size * count; /* 0: curl ends it */
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct call *c = context;
	size_t room = sizeof c->excerpt - c->excerpt_len, len = size * count;

	if (len < room)
		room = len;
	memcpy(c->excerpt + c->excerpt_len, bytes, room);
	c->excerpt_len += room;
	if (c->body != NULL && c->received + len <= c->answer_max)
		buf_add(c->body, (struct str){ bytes, len });
	return on_header(bytes, size, count, context);
}

/* The last look at the address, whatever way curl came to it (E1). */
static curl_socket_t on_socket(void *context, curlsocktype purpose, struct curl_sockaddr *at)
{
	const struct call *c = context;

	if (purpose != CURLSOCKTYPE_IPCXN || !address_allowed(&at->addr, c->private_too))
		return CURL_SOCKET_BAD;
	return socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);
}

static void add_headers(struct call *c)
{
	for (int i = 0; i < c->what.header_count; i++)
		c->headers =
			curl_slist_append(c->headers,
		                      arena_printf(c->arena, "%.*s", S_ARG(c->what.headers[i])).at);
	c->headers = curl_slist_append(c->headers, "Expect:"); /* no 100-continue */
	c->headers = curl_slist_append(c->headers, "Accept:");
	must(c->headers != NULL);
}

#define SET(option, value) must(curl_easy_setopt(c->easy, (option), (value)) == CURLE_OK)

static void set_bounds(struct call *c)
{
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)EGRESS_CONNECT_MS);
	SET(CURLOPT_TIMEOUT_MS, (long)c->time_ms);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROTOCOLS_STR, c->what.mail == NULL ? "http,https" : "smtp,smtps");
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NOPROXY, "*");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
	SET(CURLOPT_OPENSOCKETDATA, c);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, c);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, c);
	SET(CURLOPT_ERRORBUFFER, c->error);
}

static void set_request(struct call *c)
{
	add_headers(c);
	if (!c->get) {
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDS, c->what.body.at);
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->what.body.len);
	}
	SET(CURLOPT_HTTPHEADER, c->headers);
}

/* ---- the same, as a mail */

static size_t on_upload(char *to, size_t size, size_t count, void *context)
{
	struct call *c = context;
	size_t left = c->what.body.len - c->body_sent, n = size * count;

	if (n > left)
		n = left;
	memcpy(to, c->what.body.at + c->body_sent, n);
	c->body_sent += n;
	return n;
}

static void set_mail(struct call *c)
{
	const struct outbox_mail *m = c->what.mail;
	struct str ca = arena_str(c->arena, m->ca);
	struct curl_blob blob = { (void *)ca.at, ca.len, CURL_BLOB_COPY };

	c->recipients = curl_slist_append(NULL, arena_printf(c->arena, "<%.*s>", S_ARG(m->to)).at);
	must(c->recipients != NULL);
	SET(CURLOPT_MAIL_FROM, arena_printf(c->arena, "<%.*s>", S_ARG(m->from)).at);
	SET(CURLOPT_MAIL_RCPT, c->recipients);
	SET(CURLOPT_USE_SSL, (long)(m->tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
	SET(CURLOPT_SSL_VERIFYPEER, m->verify ? 1L : 0L);
	SET(CURLOPT_SSL_VERIFYHOST, m->verify ? 2L : 0L);
	if (ca.len > 0)
		SET(CURLOPT_CAINFO_BLOB, &blob);
	if (m->user.len > 0) {
		SET(CURLOPT_USERNAME, arena_str(c->arena, m->user).at);
		SET(CURLOPT_PASSWORD, arena_str(c->arena, m->password).at);
	}
	SET(CURLOPT_UPLOAD, 1L);
	SET(CURLOPT_READFUNCTION, on_upload);
	SET(CURLOPT_READDATA, c);
}

static void perform(struct call *c, const char *address)
{
	bool six = strchr(address, ':') != NULL;
	struct str to = arena_printf(c->arena, six ? "::[%s]:%u" : "::%s:%u", address, c->port);

	c->easy = curl_easy_init();
	must(c->easy != NULL);
	c->connect_to = curl_slist_append(NULL, to.at);
	must(c->connect_to != NULL);
	SET(CURLOPT_URL, arena_str(c->arena, c->what.url).at);
	SET(CURLOPT_CONNECT_TO, c->connect_to);
	SET(CURLOPT_PRIVATE, c);
	set_bounds(c);
	if (c->what.mail != NULL)
		set_mail(c);
	else
		set_request(c);
	egress_perform(c->egress, c);
}

/* ---- the address */

/* The one to connect to: all must be allowed; another one with each attempt. NULL: refused. */
static const struct addrinfo *choose(const struct call *c, const struct addrinfo *all)
{
	int count = 0;

	for (const struct addrinfo *at = all; at != NULL; at = at->ai_next)
		if (++count > EGRESS_ADDRESSES_MAX || !address_allowed(at->ai_addr, c->private_too))
			return NULL;
	if (count == 0)
		return NULL;
	for (int i = c->attempt % count; i > 0; i--)
		all = all->ai_next;
	return all;
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *all)
{
	struct call *c = request->data;
	char address[INET6_ADDRSTRLEN + 1];

	c->resolves = false;
	if (c->dropped) {
		call_free(c);
	} else if (status != 0) {
		call_ended(c, CALL_FAILED, uv_strerror(status));
	} else if (uv_now(request->loop) - c->started_at > EGRESS_CONNECT_MS) {
		/* Curl's time begins only now, and the lease of what is sent has an end. */
		call_ended(c, CALL_TIMED_OUT, "the name was resolved too late");
	} else {
		const struct addrinfo *one = choose(c, all);
		if (one == NULL)
			call_ended(c, CALL_FORBIDDEN, "the address is in a private network");
		else if (getnameinfo(one->ai_addr, one->ai_addrlen, address, sizeof address, NULL, 0,
		                     NI_NUMERICHOST) != 0)
			call_ended(c, CALL_FAILED, "the address cannot be written");
		else
			perform(c, address);
	}
	uv_freeaddrinfo(all);
}

/* The port that the URL names, or its scheme's. */
static bool read_port(struct call *c)
{
	CURLU *url = curl_url();
	char *port = NULL;
	uint64_t n = 0;

	must(url != NULL);
	bool good = curl_url_set(url, CURLUPART_URL, arena_str(c->arena, c->what.url).at, 0) ==
	                CURLUE_OK &&
	            curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
	            str_u64(str_of(port), 65535, &n) && n > 0;
	curl_free(port);
	curl_url_cleanup(url);
	c->port = (uint16_t)n;
	return good;
}

/* Of smtp://host:port/name: what is looked at is the same part that curl reads, or it is none. */
static struct str mail_host(struct str url)
{
	struct str as_http = url, rest;

	(void)str_cut(&as_http, ':');
	rest = str_from(as_http, 2);
	struct str host = str_cut(&rest, ':');
	return str_starts(as_http, S("//")) && host.len > 0 && str_alphanumeric(host, ".-") ? host
	                                                                                    : S_NONE;
}

bool call_aim(struct call *c)
{
	bool mail = c->what.mail != NULL;

	c->host = mail ? mail_host(c->what.url) : url_host(c->what.url);
	if (mail)
		c->private_too = egress_private_mail(c->egress);
	return str_given(c->host) && read_port(c) && (c->private_too || host_may_be_called(c->host));
}

void call_start(struct call *c)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct str host = arena_str(c->arena, c->host);

	c->resolving.data = c;
	c->started_at = uv_now(egress_loop(c->egress));
	int rc = uv_getaddrinfo(egress_loop(c->egress), &c->resolving, on_resolved, host.at, NULL,
	                        &hints);
	if (rc != 0)
		call_ended(c, CALL_FAILED, uv_strerror(rc));
	else
		c->resolves = true;
}

/* ---- the beginning and the end */

struct call *call_new(struct egress *e, struct side *s)
{
	struct arena *call_arena = arena_open();
	struct call *c = ARENA_NEW(call_arena, struct call);

	c->egress = e;
	c->side = s;
	c->arena = call_arena;
	c->time_ms = EGRESS_CALL_MS;
	c->private_too = egress_private(e);
	c->answer_max = EGRESS_ANSWER_MAX;
	node_init(&c->node);
	return c;
}

/* Libuv's request lies inside: while a name is being resolved, the memory must stay. */
static void call_free(struct call *c)
{
	if (c->resolves) {
		c->dropped = true;
		uv_cancel((uv_req_t *)&c->resolving);
		return;
	}
	if (c->easy != NULL)
		curl_easy_cleanup(c->easy);
	curl_slist_free_all(c->headers);
	curl_slist_free_all(c->connect_to);
	curl_slist_free_all(c->recipients);
	buf_free(&c->kept);
	arena_close(c->arena);
}

void call_drop(struct call *c)
{
	if (c->easy != NULL)
		egress_forget(c->egress, c);
	call_free(c);
}

void call_ended(struct call *c, enum call_end end, const char *why)
{
	c->ended(c, end, why);
	call_drop(c);
}

static void read_answer(struct call *c)
{
	curl_off_t seconds = 0;

	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &c->status);
	if (curl_easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK)
		c->retry_after_s = seconds < 0 ? 0 : (int64_t)seconds;
}

int64_t call_retry_after_ms(const struct call *c)
{
	return c->retry_after_s > PUSH_RETRY_AFTER_MAX_MS / SECOND_MS ? PUSH_RETRY_AFTER_MAX_MS
	                                                              : c->retry_after_s * SECOND_MS;
}

void call_finished(struct call *c, CURLcode code)
{
	char text[32];

	read_answer(c);
	(void)snprintf(text, sizeof text, "status %ld", c->status);
	if (c->received > c->answer_max && !(c->by_status && c->status >= 200))
		call_ended(c, CALL_TOO_LONG, "the answer is too long");
	else if (code == CURLE_OK || c->received > c->answer_max)
		call_ended(c, CALL_ANSWERED, text);
	else
		call_ended(c, code == CURLE_OPERATION_TIMEDOUT ? CALL_TIMED_OUT : CALL_FAILED,
		           c->error[0] != '\0' ? c->error : curl_easy_strerror(code));
}
