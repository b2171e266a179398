/* client.c - requests to a ringi server, by libcurl.
 *
 * libcurl keeps the connection between requests. Redirects are not followed: a
 * request that changes something must not go where nobody sent it. */
#include "cli/client.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "os/os.h"
#include "wire/form.h"
#include "wire/hash.h"
#include "wire/sigv4.h"

enum { CONNECT_MS = 5000, ANSWER_MS = 60 * 1000, SILENCE_S = 45 };

struct client {
	CURL *curl;
	struct client_config config;
	struct buf body, url;
	client_piece *piece; /* of the request under way */
	void *piece_context;
	struct arena *arena;              /* lifetime: the client; queue URLs */
	struct str queue_name, queue_url; /* the last one asked for */
	char host[256];
	char error[CURL_ERROR_SIZE];
};

/* "http://host:port/" -> "host:port" */
static void host_of(struct client *c)
{
	struct str rest = str_of(c->config.server);

	if (str_starts(rest, S("http://")))
		rest = str_from(rest, 7);
	else if (str_starts(rest, S("https://")))
		rest = str_from(rest, 8);
	struct str host = str_cut(&rest, '/');
	snprintf(c->host, sizeof c->host, "%.*s", S_ARG(host));
}

struct client *client_open(const struct client_config *config)
{
	struct client *c = mem_get(sizeof *c);

	c->config = *config;
	c->arena = arena_open();
	c->curl = curl_easy_init();
	must(c->curl != NULL);
	host_of(c);
	return c;
}

struct client *client_close(struct client *c)
{
	if (c == NULL)
		return NULL;
	curl_easy_cleanup(c->curl);
	buf_free(&c->body);
	buf_free(&c->url);
	arena_close(c->arena);
	return mem_free(c);
}

const struct client_config *client_config_of(const struct client *c)
{
	return &c->config;
}

const char *client_server(const struct client *c)
{
	return c->config.server;
}

bool client_signs(const struct client *c)
{
	return c->config.key_id != NULL;
}

const char *client_token(const struct client *c)
{
	return client_signs(c) ? NULL : c->config.token;
}

static size_t take_body(char *at, size_t size, size_t count, void *context)
{
	struct client *c = context;
	long status = 0;

	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	if (c->piece != NULL && status == 200)
		return c->piece(c->piece_context, (struct str){ at, size * count }) ? size * count : 0;
	buf_add(&c->body, (struct str){ at, size * count });
	return c->body.failed ? 0 : size * count;
}

struct request {
	const char *method;
	struct str path, content_type, target, body; /* target: X-Amz-Target */
	const char *service;                         /* of the signature: "sqs", "sns" */
	struct str last_id;                          /* of a stream */
	client_piece *piece;                         /* NULL: the answer is a whole */
	void *context;
};

static struct curl_slist *add_header(struct curl_slist *list, struct arena *arena, const char *name,
                                     struct str value)
{
	return curl_slist_append(list, arena_printf(arena, "%s: %.*s", name, S_ARG(value)).at);
}

/* Signs host, date and whatever of type and target is there; adds what it signed. */
static struct curl_slist *sign(struct client *c, struct arena *arena, const struct request *r,
                               struct curl_slist *list)
{
	struct str rest = r->path;
	struct str path = str_cut(&rest, '?');
	char date[17];
	struct sigv4_header headers[5];
	int count = 0;

	sigv4_date(os_now().wall_ms, date);
	headers[count++] = (struct sigv4_header){ S("host"), str_of(c->host) };
	headers[count++] = (struct sigv4_header){ S("x-amz-date"), str_of(date) };
	if (str_given(r->content_type))
		headers[count++] = (struct sigv4_header){ S("content-type"), r->content_type };
	if (str_given(r->target))
		headers[count++] = (struct sigv4_header){ S("x-amz-target"), r->target };
	if (c->config.user != NULL)
		headers[count++] = (struct sigv4_header){ S("x-ringi-user"), str_of(c->config.user) };
	struct sigv4_request request = {
		.method = str_of(r->method),
		.path = path,
		.query = rest,
		.headers = headers,
		.header_count = count,
	};
	sha256(str_given(r->body) ? r->body : S(""), request.body_sha256);
	struct str authorization = sigv4_sign(arena, &request, str_of(c->config.key_id),
	                                      str_of(c->config.secret), str_of(c->config.region),
	                                      str_of(r->service));
	list = add_header(list, arena, "X-Amz-Date", str_of(date));
	return add_header(list, arena, "Authorization", authorization);
}

static struct curl_slist *headers_of(struct client *c, struct arena *arena, const struct request *r)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	if (str_given(r->content_type))
		list = add_header(list, arena, "Content-Type", r->content_type);
	if (str_given(r->target))
		list = add_header(list, arena, "X-Amz-Target", r->target);
	if (r->piece != NULL)
		list = add_header(list, arena, "Accept", S("text/event-stream"));
	if (r->last_id.len > 0)
		list = add_header(list, arena, "Last-Event-ID", r->last_id);
	if (c->config.user != NULL)
		list = add_header(list, arena, "X-Ringi-User", str_of(c->config.user));
	if (c->config.key_id != NULL)
		return sign(c, arena, r, list);
	if (c->config.token != NULL)
		return add_header(list, arena, "Authorization",
		                  arena_printf(arena, "Bearer %s", c->config.token));
	return list;
}

static int hung_up(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct client *client = context;

	(void)a, (void)b, (void)c, (void)d;
	return atomic_load(client->config.hang_up);
}

static void set_up(struct client *c, const struct request *r, struct curl_slist *headers)
{
	CURL *h = c->curl;

	curl_easy_reset(h);
	buf_clear(&c->url);
	buf_add_text(&c->url, c->config.server);
	while (c->url.len > 0 && c->url.at[c->url.len - 1] == '/')
		c->url.len--;
	buf_add(&c->url, r->path);
	buf_add_byte(&c->url, '\0');
	curl_easy_setopt(h, CURLOPT_URL, c->url.at);
	curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, r->method);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	if (str_given(r->body)) {
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, r->body.at);
		curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
	}
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, c);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, c->error);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_PROXY, ""); /* a proxy for the web is not meant for a queue */
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	c->piece = r->piece;
	c->piece_context = r->context;
	if (r->piece == NULL) {
		curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)ANSWER_MS);
	} else {
		curl_easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, 1L); /* bytes a second, on average */
		curl_easy_setopt(h, CURLOPT_LOW_SPEED_TIME, (long)SILENCE_S);
	}
	curl_easy_setopt(h, CURLOPT_PATH_AS_IS, 1L);
	if (c->config.ca_file != NULL)
		curl_easy_setopt(h, CURLOPT_CAINFO, c->config.ca_file);
	if (c->config.hang_up != NULL) {
		curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
		curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, hung_up);
		curl_easy_setopt(h, CURLOPT_XFERINFODATA, c);
	}
	if (c->config.insecure) {
		curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

/* The sentence and the code of a refusal, in whichever form it came. */
static void read_problem(struct arena *arena, struct answer *a)
{
	struct str rest = a->body;

	if (a->json != NULL) {
		a->problem = json_get_text(a->json, "detail"); /* problem+json */
		a->code = json_get_text(a->json, "code");
		if (!str_given(a->problem))
			a->problem = json_get_text(a->json, "message");
		if (!str_given(a->code))
			a->code = json_get_text(a->json, "__type");
	} else {
		a->problem = xml_text(arena, &rest, "Message");
		rest = a->body;
		a->code = xml_text(arena, &rest, "Code");
	}
	if (!str_given(a->problem) || a->problem.len == 0)
		a->problem = arena_printf(arena, "The server answered with status %d.", a->status);
}

static int send_request(struct client *c, struct arena *arena, const struct request *r,
                        struct answer *a)
{
	struct curl_slist *headers = headers_of(c, arena, r);
	struct str why;
	long status = 0;

	memset(a, 0, sizeof *a);
	set_up(c, r, headers);
	buf_clear(&c->body);
	c->error[0] = '\0';
	CURLcode rc = curl_easy_perform(c->curl);
	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	if (rc == CURLE_WRITE_ERROR && r->piece != NULL)
		rc = CURLE_OK; /* it was told enough */
	if (rc != CURLE_OK) {
		a->problem = arena_printf(arena, "The server at %s cannot be reached: %s.",
		                          c->config.server,
		                          c->error[0] != '\0' ? c->error : curl_easy_strerror(rc));
		return CLI_UNREACHABLE;
	}
	a->status = (int)status;
	a->body = arena_str(arena, buf_str(&c->body));
	if (a->body.len > 0 && (a->body.at[0] == '{' || a->body.at[0] == '['))
		a->json = json_read(arena, a->body, &why);
	if (status >= 200 && status < 300)
		return CLI_DONE;
	read_problem(arena, a);
	return CLI_REFUSED;
}

int client_sqs(struct client *c, struct arena *arena, const char *action, struct str parameters,
               struct answer *a)
{
	int code = send_request(c, arena,
	                        &(struct request){
								.method = "POST",
								.path = S("/"),
								.content_type = S("application/x-amz-json-1.0"),
								.target = arena_printf(arena, "AmazonSQS.%s", action),
								.body = parameters,
								.service = "sqs",
							},
	                        a);

	if (code == CLI_DONE && a->json == NULL && a->body.len > 0) {
		a->problem = arena_printf(arena, "%s does not speak SQS: its answer to %s is not JSON.",
		                          c->config.server, action);
		return CLI_BUG;
	}
	return code;
}

int client_sns(struct client *c, struct arena *arena, const char *action, struct str form,
               struct answer *a)
{
	return send_request(c, arena,
	                    &(struct request){
							.method = "POST",
							.path = S("/"),
							.content_type = S("application/x-www-form-urlencoded"),
							.body = arena_printf(arena, "Action=%s&Version=2010-03-31%.*s", action,
	                                             S_ARG(form)),
							.service = "sns",
						},
	                    a);
}

int client_rest(struct client *c, struct arena *arena, const char *method, struct str path,
                struct str body, struct answer *a)
{
	return send_request(c, arena,
	                    &(struct request){
							.method = method,
							.path = path,
							.body = body,
							.service = "ringi",
							.content_type = str_given(body) ? S("application/json") : S_NONE,
						},
	                    a);
}

int client_stream(struct client *c, struct arena *arena, struct str path, struct str last_id,
                  client_piece *piece, void *context, struct answer *a)
{
	return send_request(c, arena,
	                    &(struct request){
							.method = "GET",
							.path = path,
							.service = "ringi",
							.last_id = last_id,
							.piece = piece,
							.context = context,
						},
	                    a);
}

struct str client_queue_url(struct client *c, struct arena *arena, const char *queue,
                            struct answer *a)
{
	struct buf b = { 0 };

	if (str_given(c->queue_name) && str_is(c->queue_name, queue))
		return c->queue_url;
	buf_add(&b, S("{\"QueueName\":"));
	json_write_text(&b, str_of(queue));
	buf_add(&b, S("}"));
	int code = client_sqs(c, arena, "GetQueueUrl", buf_str(&b), a);
	buf_free(&b);
	if (code != CLI_DONE)
		return S_NONE;
	c->queue_name = arena_str(c->arena, str_of(queue));
	c->queue_url = arena_str(c->arena, json_get_text(a->json, "QueueUrl"));
	return c->queue_url;
}

/* ---- as much of XML as answers need */

static const struct {
	struct str escaped;
	char plain;
} entities[] = {
	{ { "&lt;", 4 }, '<' },    { { "&gt;", 4 }, '>' },   { { "&quot;", 6 }, '"' },
	{ { "&apos;", 6 }, '\'' }, { { "&#39;", 5 }, '\'' }, { { "&#xD;", 5 }, '\r' },
	{ { "&amp;", 5 }, '&' },
};

static struct str unescaped(struct arena *arena, struct str s)
{
	char *to = arena_get(arena, s.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < s.len;) {
		size_t step = 1;
		to[len] = s.at[i];
		for (size_t e = 0; e < sizeof entities / sizeof *entities && step == 1; e++)
			if (str_starts(str_from(s, i), entities[e].escaped)) {
				to[len] = entities[e].plain;
				step = entities[e].escaped.len;
			}
		len++;
		i += step;
	}
	return (struct str){ to, len };
}

static const char *find(struct str in, struct str what)
{
	return in.len == 0 ? NULL : memmem(in.at, in.len, what.at, what.len);
}

struct str xml_text(struct arena *arena, struct str *rest, const char *name)
{
	struct str open = arena_printf(arena, "<%s>", name), close = arena_printf(arena, "</%s>", name);
	const char *from = find(*rest, open);

	if (from == NULL)
		return S_NONE;
	*rest = str_from(*rest, (size_t)(from - rest->at) + open.len);
	const char *to = find(*rest, close);
	if (to == NULL)
		return S_NONE;
	struct str text = { rest->at, (size_t)(to - rest->at) };
	*rest = str_from(*rest, text.len + close.len);
	return unescaped(arena, text);
}
