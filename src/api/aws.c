/* aws.c - which operation is asked for, and its answer.
 *
 *     JSON   POST, X-Amz-Target: AmazonSQS.SendMessage, body {...}
 *     Query  Action=SendMessage&Version=2012-11-05&... in the body, the query string or both
 *
 * A Query request for SNS says so by its Version; without one it is for SQS. */
#include "api/aws.h"

#include "api/state.h"
#include "wire/form.h"

static const struct api_family *const families[] = { &sqs_family, &sns_family };
enum { FAMILIES = sizeof families / sizeof *families };

const struct api_op *family_op(const struct api_family *f, struct str action)
{
	for (int i = 0; i < f->op_count; i++)
		if (str_is(action, f->ops[i]->name))
			return f->ops[i];
	return NULL;
}

/* ---- reading */

static void malformed(struct api_call *call, struct str why)
{
	(void)refuse(call->c, REFUSED_MALFORMED_INPUT, "%.*s", S_ARG(why));
}

static void unknown_action(struct api_call *call)
{
	struct str a = call->action;

	if (a.len > 128 || !str_utf8(a))
		a = S("asked for");
	(void)refuse(call->c, REFUSED_UNKNOWN_OPERATION,
	             "The action %.*s is not valid for this endpoint.", S_ARG(a));
}

static void read_json(struct api_call *call, const struct http_request *r,
                      const struct json **params)
{
	struct str why = S_NONE;

	call->op = family_op(call->family, call->action);
	if (call->op == NULL) {
		unknown_action(call);
		return;
	}
	struct str body = str_trim(r->body);
	*params = body.len == 0 ? json_new(call->c->arena, JSON_OBJECT)
	                        : json_read(call->c->arena, body, &why);
	if (*params == NULL)
		malformed(call, why);
	else if (!json_is(*params, JSON_OBJECT))
		malformed(call, S("The body must be a JSON object."));
}

static void json_target(struct api_call *call, struct str target)
{
	call->form = API_JSON;
	call->family = &sqs_family;
	call->action = target;
	for (int i = 0; i < FAMILIES; i++)
		if (str_given(families[i]->target) && str_starts(target, families[i]->target)) {
			call->family = families[i];
			call->action = str_from(target, families[i]->target.len);
		}
}

/* Both halves of a form as one. */
static bool read_forms(struct arena *a, const struct http_request *r, struct form *form,
                       struct str *why)
{
	struct str type = http_header(r, "Content-Type");
	struct form of_body = { 0 };
	type = str_trim(str_cut(&type, ';'));
	bool body_too = r->method == HTTP_POST_ && r->body.len > 0 &&
	                (!str_given(type) ||
	                 str_eq_nocase(type, S("application/x-www-form-urlencoded")));

	if (!form_read(a, r->query, form, why) || (body_too && !form_read(a, r->body, &of_body, why)))
		return false;
	if (of_body.count == 0 || form->count == 0) {
		*form = form->count == 0 ? of_body : *form;
		return true;
	}
	struct form_field *all = ARENA_ARRAY(a, struct form_field, form->count + of_body.count);
	memcpy(all, form->fields, sizeof *all * (size_t)form->count);
	memcpy(all + form->count, of_body.fields, sizeof *all * (size_t)of_body.count);
	*form = (struct form){ all, form->count + of_body.count };
	return true;
}

static const struct api_family *family_of_version(struct str version)
{
	for (int i = 0; i < FAMILIES; i++)
		if (str_eq(version, families[i]->version))
			return families[i];
	return &sqs_family;
}

static void read_query(struct api_call *call, const struct form *form, const struct json **params)
{
	struct str why = S_NONE;

	call->form = API_QUERY;
	call->family = family_of_version(form_get(form, "Version"));
	call->action = form_get(form, "Action");
	call->op = family_op(call->family, call->action);
	if (call->op == NULL || (call->op->no_queue_url && str_given(call->path_queue))) {
		unknown_action(call);
		return;
	}
	*params = query_tree(call->c->arena, form, call->family->shapes(call->op), &why);
	if (*params == NULL)
		malformed(call, why);
}

bool aws_read(struct api_call *call, const struct http_request *r, const struct json **params)
{
	struct str target = http_header(r, "X-Amz-Target"), why = S_NONE;
	struct form form = { 0 };

	if (str_given(target) && r->method == HTTP_POST_) {
		json_target(call, target);
		read_json(call, r, params);
		return true;
	}
	if (r->method != HTTP_POST_ && r->method != HTTP_GET_)
		return false;
	if (!read_forms(call->c->arena, r, &form, &why)) {
		call->form = API_QUERY;
		call->family = &sqs_family;
		malformed(call, why);
		return true;
	}
	if (!str_given(form_get(&form, "Action")))
		return false;
	read_query(call, &form, params);
	return true;
}

/* ---- writing */

static void write_json_error(const struct api_error *e, struct buf *body, struct buf *headers)
{
	buf_add(body, S("{\"__type\":"));
	json_write_text(body, e->shape);
	buf_add(body, S(",\"message\":"));
	json_write_text(body, e->text);
	buf_add_byte(body, '}');
	buf_add(headers, S("x-amzn-query-error: "));
	buf_add(headers, e->code);
	buf_add(headers, e->receiver ? S(";Receiver\r\n") : S(";Sender\r\n"));
}

static void xml_text(struct buf *b, const char *open, struct str text, const char *close)
{
	buf_add_text(b, open);
	xml_write_text(b, text);
	buf_add_text(b, close);
}

static void xml_start(const struct api_call *call, struct buf *b, struct str root, const char *tail)
{
	buf_add(b, S("<?xml version=\"1.0\"?>\n<"));
	buf_add(b, root);
	buf_add_text(b, tail);
	buf_add(b, S(" xmlns=\""));
	buf_add(b, call->family->xml_namespace);
	buf_add(b, S("\">"));
}

static void write_xml_error(const struct api_call *call, const struct api_error *e, struct buf *b)
{
	xml_start(call, b, S("ErrorResponse"), "");
	xml_text(b, "<Error><Type>", e->receiver ? S("Receiver") : S("Sender"), "</Type>");
	xml_text(b, "<Code>", e->code, "</Code>");
	xml_text(b, "<Message>", e->text, "</Message>");
	buf_add_text(b, call->family->empty_detail ? "<Detail/></Error>" : "</Error>");
	xml_text(b, "<RequestId>", call->c->request_id, "</RequestId></ErrorResponse>");
}

/* Faults have the same words in every family. */
static struct api_error fault(enum err e)
{
	if (fault_passes(e))
		return (struct api_error){ 503, S("com.amazon.coral.service#ServiceUnavailable"),
			                       S("ServiceUnavailable"),
			                       S("The service is not available at the moment. Try again."),
			                       true };
	return (struct api_error){ 500, S("com.amazon.coral.service#InternalFailure"),
		                       S("InternalFailure"),
		                       S("The server could not do this. Nothing has changed."), true };
}

static void write_json(const struct api_call *call, struct buf *body)
{
	struct out o = out_start(OUT_JSON, body);

	if (call->op->render == NULL)
		return;
	out_object(&o, S_NONE);
	call->op->render(call, &o);
	out_end(&o);
}

static void xml_tag(struct buf *b, const char *open, const char *name, const char *tail)
{
	buf_add_text(b, open);
	buf_add_text(b, name);
	buf_add_text(b, tail);
}

static void write_xml(const struct api_call *call, struct buf *b)
{
	struct out o = out_start(OUT_XML, b);
	const char *name = call->op->name;

	xml_start(call, b, str_of(name), "Response");
	if (call->op->render != NULL) {
		xml_tag(b, "<", name, "Result>");
		call->op->render(call, &o);
		must(o.depth == 0);
		xml_tag(b, "</", name, "Result>");
	}
	xml_text(b, "<ResponseMetadata><RequestId>", call->c->request_id,
	         "</RequestId></ResponseMetadata>");
	xml_tag(b, "</", name, "Response>");
}

struct api_answer_head aws_write(const struct api_call *call, struct buf *body, struct buf *headers)
{
	const struct cmd *c = call->c;
	bool json = call->form == API_JSON, failed = cmd_refused(c) || c->fault != OK;
	struct api_answer_head head = { 200, json ? S("application/x-amz-json-1.0") : S("text/xml") };

	if (failed) {
		struct api_error e = cmd_refused(c) ? call->family->error(call, c->refused)
		                                    : fault(c->fault);
		head.status = e.status;
		call_write_retry(call, headers);
		if (json)
			write_json_error(&e, body, headers);
		else
			write_xml_error(call, &e, body);
	} else if (json) {
		write_json(call, body);
	} else {
		write_xml(call, body);
	}
	return head;
}
