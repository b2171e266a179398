/* rest.c - routes of ringi's own API: matching, reading, problem+json.
 *
 * Errors are RFC 9457: type, title, status, code (stable), detail (a sentence that names
 * the thing), request_id. */
#include "api/rest/rest.h"

#include "api/auth.h"
#include "api/state.h"

const struct op op_rest_local = { .name = "rest_local", .lane = LANE_LOCAL };

/* ---- matching */

/* Cuts off the first segment, which begins with '/'; absent at the end. */
static struct str segment(struct str *path)
{
	struct str rest = *path;

	if (rest.len == 0 || rest.at[0] != '/') {
		*path = S_NONE;
		return S_NONE;
	}
	rest = str_from(rest, 1);
	const char *slash = rest.len == 0 ? NULL : memchr(rest.at, '/', rest.len);
	size_t len = slash == NULL ? rest.len : (size_t)(slash - rest.at);
	*path = str_from(rest, len);
	return (struct str){ rest.at, len };
}

static bool matches(const char *pattern, struct str path, struct str args[REST_ARGS_MAX])
{
	struct str want = str_of(pattern);
	int count = 0;

	memset(args, 0, sizeof *args * REST_ARGS_MAX);
	while (want.len > 0 && path.len > 0) {
		struct str w = segment(&want), p = segment(&path);
		if (w.len > 0 && w.at[0] == '{') {
			if (p.len == 0)
				return false;
			args[count++] = p;
		} else if (!str_eq(w, p)) {
			return false;
		}
	}
	return want.len == 0 && path.len == 0;
}

/* `path_known`: the path is ours, if not with this method. */
static const struct rest_route *find(enum http_method method, struct str path,
                                     struct str args[REST_ARGS_MAX], bool *path_known)
{
	if (method == HTTP_HEAD_)
		method = HTTP_GET_;
	for (const struct rest_route *r = rest_routes; r->path != NULL; r++) {
		if (!matches(r->path, path, args))
			continue;
		*path_known = true;
		if (r->method == method)
			return r;
	}
	return NULL;
}

/* "GET, HEAD, PUT": what the path takes. */
static struct str methods_of(struct arena *a, struct str path)
{
	static const char *const names[] = {
		[HTTP_GET_] = "GET, HEAD", [HTTP_POST_] = "POST",   [HTTP_PUT_] = "PUT",
		[HTTP_DELETE_] = "DELETE", [HTTP_PATCH_] = "PATCH", [HTTP_OPTIONS_] = "OPTIONS",
	};
	struct str args[REST_ARGS_MAX], all = S("");

	for (const struct rest_route *r = rest_routes; r->path != NULL; r++)
		if (matches(r->path, path, args))
			all = arena_printf(a, "%.*s%s%s", S_ARG(all), all.len > 0 ? ", " : "",
			                   names[r->method]);
	return all;
}

/* ---- reading */

static bool decode_args(struct api_call *call, struct str args[REST_ARGS_MAX])
{
	for (int i = 0; i < REST_ARGS_MAX && str_given(args[i]); i++) {
		args[i] = form_decode_path(call->c->arena, args[i]);
		if (!str_given(args[i]) || !str_utf8(args[i]) || str_has_nul(args[i])) {
			(void)refuse(call->c, REFUSED_MALFORMED_INPUT,
			             "The path has a broken percent escape, or one of U+0000.");
			return false;
		}
	}
	return true;
}

static bool read_body(struct api_call *call, const struct http_request *r, struct rest_in *in)
{
	struct str body = str_trim(r->body), why = S_NONE;

	in->body = body.len == 0 ? json_new(call->c->arena, JSON_OBJECT)
	                         : json_read(call->c->arena, body, &why);
	if (in->body == NULL)
		(void)refuse(call->c, REFUSED_MALFORMED_INPUT, "The body is not JSON: %.*s", S_ARG(why));
	else if (!json_is(in->body, JSON_OBJECT))
		(void)refuse(call->c, REFUSED_MALFORMED_INPUT, "The body must be a JSON object, not %s.",
		             json_kind_name(in->body->kind));
	return !cmd_refused(call->c);
}

static void read_route(struct api_call *call, const struct http_request *r,
                       const struct rest_route *route, struct rest_in *in)
{
	struct str why = S_NONE;

	call->route = route;
	call->action = str_of(route->action);
	if (route->action != NULL)
		api_authenticate(call->api, r, S("ringi"), call->c);
	if (cmd_refused(call->c) || !decode_args(call, in->args))
		return;
	if (!form_read(call->c->arena, r->query, &in->query, &why)) {
		(void)refuse(call->c, REFUSED_MALFORMED_INPUT, "The query string cannot be read: %.*s",
		             S_ARG(why));
		return;
	}
	if (route->page == NULL && !read_body(call, r, in))
		return;
	call->c->op = route->op;
	if (route->parse != NULL)
		route->parse(call, in);
	/* Behind the parse, which says what the right is asked for: who has none learns that first. */
	if (!cmd_refused(call->c) && rest_query_only(call, route, &in->query))
		rest_idempotency_read(call, r);
}

static void wrong_method(struct api_call *call, const struct http_request *r)
{
	struct str *allow = call->extra = CALL_NEW(call, struct str);

	*allow = methods_of(call->c->arena, r->path);
	(void)refuse(call->c, REFUSED_UNKNOWN_OPERATION,
	             "%.*s cannot be used with this path, but %.*s can.", S_ARG(r->method_name),
	             S_ARG(*allow));
}

static bool ours(struct str path)
{
	return str_starts(path, S("/v1/")) || str_starts(path, S("/v2/")) || str_is(path, "/v1");
}

bool rest_read(struct api_call *call, const struct http_request *r)
{
	struct rest_in in = { .request = r };
	bool known = false;

	/* Nearly every request is an operation of SQS, posted to "/" or to a queue's URL. */
	if (r->path.len <= 1 ? r->method == HTTP_POST_ || r->query.len > 0
	                     : r->path.at[1] >= '0' && r->path.at[1] <= '9')
		return false;
	const struct rest_route *route = find(r->method, r->path, in.args, &known);
	if (route == NULL && !known && !ours(r->path))
		return false;
	call->form = API_REST;
	if (route != NULL)
		read_route(call, r, route, &in);
	else if (known)
		wrong_method(call, r);
	else
		(void)refuse(call->c, REFUSED_NOT_FOUND, "There is nothing at this path.");
	return true;
}

/* The path of a queue, or of nothing, without an action: what AWS says to that. */
static void write_unknown(const struct api_call *call, struct buf *b)
{
	(void)call;
	buf_add(b, S("<UnknownOperationException/>\n"));
}

static const struct rest_route unknown = {
	.op = &op_rest_local,
	.write = write_unknown,
	.content_type = "text/xml",
	.status = 404,
};

void rest_not_found(struct api_call *call, const struct http_request *r)
{
	(void)r;
	call->form = API_REST;
	call->route = &unknown;
	call->c->op = unknown.op;
}

/* ---- writing */

static const char *title(int status)
{
	switch (status) {
	case 400:
		return "Bad request";
	case 401:
		return "Unauthorized";
	case 403:
		return "Forbidden";
	case 404:
		return "Not found";
	case 405:
		return "Method not allowed";
	case 409:
		return "Conflict";
	case 429:
		return "Too many requests";
	case 503:
		return "Service unavailable";
	default:
		return "Internal error";
	}
}

struct problem {
	int status;
	const char *code;
	struct str detail;
};

/* AWS says 403 to these; browsers and scrapers know what 401 means. */
static bool asks_for_token(enum refusal why)
{
	return why == REFUSED_MISSING_TOKEN || why == REFUSED_INVALID_TOKEN;
}

static struct problem problem_of(const struct api_call *call)
{
	const struct cmd *c = call->c;
	enum refusal why = c->refused.why;
	struct problem p = { refusal_status(why), refusal_name(why), c->refused.text };

	if (why == REFUSED_NO_SUCH_QUEUE) { /* here a queue is the resource of the path */
		p.status = 404;
		/* Other sentences name the queue themselves: it need not be that of the path. */
		if (str_given(call->resource) && str_is(p.detail, "The specified queue does not exist."))
			p.detail = arena_printf(c->arena, "There is no queue named %.*s.",
			                        S_ARG(call->resource));
	} else if (why == REFUSED_UNKNOWN_OPERATION && call->route == NULL) {
		p.status = 405;
	} else if (asks_for_token(why)) {
		p.status = 401;
	} else if (why == REFUSED_NONE) {
		bool later = fault_passes(c->fault);
		p.status = later ? 503 : 500;
		p.code = later ? "UNAVAILABLE" : "INTERNAL";
		p.detail = later ? S("The server cannot do this at the moment. Try again.")
		                 : S("The server could not do this. Nothing has changed.");
	}
	return p;
}

static struct api_answer_head write_problem(const struct api_call *call, struct buf *body,
                                            struct buf *headers)
{
	struct problem p = problem_of(call);
	struct out o = out_start(OUT_JSON, body);

	call_write_retry(call, headers);
	out_object(&o, S_NONE);
	out_text(&o, S("type"), S("about:blank"));
	out_text(&o, S("title"), str_of(title(p.status)));
	out_number(&o, S("status"), p.status);
	out_text(&o, S("code"), str_of(p.code));
	out_text(&o, S("detail"), p.detail);
	if (str_given(call->c->refused_field))
		out_text(&o, S("field"), call->c->refused_field);
	if (call_retry_ms(call) > 0)
		out_number(&o, S("retry_after_ms"), call_retry_ms(call));
	out_text(&o, S("request_id"), call->c->request_id);
	out_end(&o);
	return (struct api_answer_head){ p.status, S("application/problem+json") };
}

struct api_answer_head rest_write_result(const struct api_call *call, struct buf *body)
{
	const struct rest_route *route = call->route;
	struct api_answer_head head = { route->status, S("application/json") };

	if (route->write != NULL) {
		route->write(call, body);
		head.content_type = str_of(route->content_type);
	} else if (route->render != NULL) {
		struct out o = out_start(OUT_JSON, body);
		out_object(&o, S_NONE);
		route->render(call, &o);
		out_end(&o);
		must(o.depth == 0);
	} else {
		head.content_type = S_NONE;
	}
	if (route->status_of != NULL)
		head.status = route->status_of(call);
	if (head.status == 0)
		head.status = route->write == NULL && route->render == NULL ? 204 : 200;
	return head;
}

static void write_allow(struct buf *headers, const struct str *methods)
{
	buf_add(headers, S("Allow: "));
	buf_add(headers, *methods);
	buf_add(headers, S("\r\n"));
}

/* Nothing to guess, keep, run or frame. */
void rest_write_headers(struct buf *headers)
{
	buf_add(headers, S("X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"
	                   "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "
	                   "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
	                   "Referrer-Policy: no-referrer\r\n"));
}

struct api_answer_head rest_write(const struct api_call *call, struct buf *body,
                                  struct buf *headers)
{
	if (call->route != NULL && call->route->page != NULL)
		return call->route->page(call, body, headers);
	rest_write_headers(headers);
	if (asks_for_token(call->c->refused.why))
		buf_add(headers, S("WWW-Authenticate: Bearer realm=\"ringi\"\r\n"));
	if (call->route == NULL && call->extra != NULL)
		write_allow(headers, call->extra);
	if (cmd_refused(call->c) || call->c->fault != OK)
		return write_problem(call, body, headers);
	struct api_answer_head head = call->c->idempotent != NULL
	                                  ? rest_idempotency_write(call, body, headers)
	                                  : rest_write_result(call, body);
	if (call->route->headers != NULL && call->c->fault == OK)
		call->route->headers(call, buf_str(body), headers);
	return head;
}

/* ---- for the routes */

int rest_limit(struct api_call *call, const struct rest_in *in, int otherwise, int max)
{
	struct str text = form_get(&in->query, "limit");
	int64_t n = otherwise;

	if (str_given(text) && !str_i64(text, 1, max, &n))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "limit must be a number from 1 to %d, not %.*s.", max, S_ARG(text));
	return (int)n;
}

void rest_time(struct out *o, struct str key, int64_t wall_ms)
{
	struct buf text = { 0 };

	if (wall_ms == 0)
		return;
	time_rfc3339(&text, wall_ms);
	out_text(o, key, buf_str(&text));
	buf_free(&text);
}

int64_t rest_time_asked(struct api_call *call, const struct form *form, const char *name)
{
	struct str text = form_get(form, name);
	int64_t at = 0;

	if (str_given(text) && !time_read_rfc3339(text, &at))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER,
		             "%s must be a time with its zone, as in 2026-11-22T15:37:32+09:00, not %.*s.",
		             name, S_ARG(text));
	return at;
}

void rest_uuid(struct out *o, struct str key, struct uuid id)
{
	char text[37];

	uuid_text(id, text);
	out_text(o, key, (struct str){ text, 36 });
}

struct str rest_queue(struct api_call *call, const struct rest_in *in)
{
	call->resource = in->args[0];
	return call->resource;
}

uint64_t rest_position(struct api_call *call, struct str text)
{
	uint64_t position = 0;

	if (!str_u64(text, ((uint64_t)1 << 40) - 1, &position))
		(void)refuse(call->c, REFUSED_INVALID_PARAMETER, "%.*s is not the position of a message.",
		             S_ARG(text));
	return position;
}
