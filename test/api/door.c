/* door.c - see door.h. */
#include "api/door.h"

#include "api/api.h"
#include "api/state.h"
#include "check.h"

static struct now now(void)
{
	return (struct now){ .wall_ms = 1900000000000 };
}

/* Without keys, loops and what else only a server needs. */
struct api *door_open(void)
{
	struct api *api = mem_get(sizeof *api);

	api->config.account = S("000000000000");
	api->config.region = S("us-east-1");
	memcpy(api->config.receipt_key, "0123456789abcdef", 16);
	api->config.now = now;
	return api;
}

void door_close(struct api *api)
{
	mem_free(api);
}

static struct api_call *call_new(struct api *api, struct http_request *r, const char *target,
                                 const char *body)
{
	struct cmd *c = cmd_new(&op_rest_local);
	struct api_call *call = ARENA_NEW(c->arena, struct api_call);
	struct str rest = str_of(target);

	r->target = rest;
	r->path = str_cut(&rest, '?');
	r->query = rest;
	r->body = str_of(body);
	r->arena = c->arena;
	call->api = api;
	call->c = c;
	call->host = S("here:1");
	call->now_ms = 1900000000000;
	c->api = call;
	c->request_id = S("rid");
	return call;
}

static struct api_call *read_aws(struct api_call *call, const struct http_request *r)
{
	const struct json *params = NULL;

	assert_true(aws_read(call, r, &params));
	if (cmd_refused(call->c))
		return call;
	assert_non_null(params);
	call->c->op = call->op->op;
	call->op->parse(call, params);
	return call;
}

struct api_call *door_json(struct api *api, const char *action, const char *body)
{
	struct http_request r = { .method = HTTP_POST_ };
	struct api_call *call = call_new(api, &r, "/", body);
	struct http_header headers[] = {
		{ S("x-amz-target"), arena_printf(r.arena, "AmazonSQS.%s", action) },
	};

	r.headers = headers;
	r.header_count = 1;
	return read_aws(call, &r);
}

struct api_call *door_form(struct api *api, const char *path, const char *form)
{
	struct http_request r = { .method = HTTP_POST_ };
	struct api_call *call = call_new(api, &r, path, form);

	if (strcmp(path, "/") != 0)
		call->path_queue = S("q");
	return read_aws(call, &r);
}

struct api_call *door_rest(struct api *api, enum http_method method, const char *target,
                           const char *body)
{
	struct http_request r = { .method = method, .method_name = S("METHOD") };
	struct api_call *call = call_new(api, &r, target, body);

	assert_true(rest_read(call, &r));
	return call;
}

void door_done(struct api_call *call)
{
	cmd_free(call->c);
}

struct str door_answer(struct api_call *call, int *status, struct str *headers)
{
	struct buf body = { 0 }, lines = { 0 };
	struct api_answer_head head = call->form == API_REST ? rest_write(call, &body, &lines)
	                                                     : aws_write(call, &body, &lines);
	struct str text = arena_str(call->c->arena, buf_str(&body));

	*status = head.status;
	if (headers != NULL)
		*headers = arena_str(call->c->arena, buf_str(&lines));
	buf_free(&body);
	buf_free(&lines);
	return text;
}

void door_says(struct api_call *call, int status, const char *body)
{
	int got;
	struct str text = door_answer(call, &got, NULL);

	check_text(text, body);
	assert_int_equal(got, status);
}

void door_refuses(struct api_call *call, enum refusal why, const char *text)
{
	assert_string_equal(refusal_name(call->c->refused.why), refusal_name(why));
	if (text != NULL)
		check_text(call->c->refused.text, text);
	door_done(call);
}
