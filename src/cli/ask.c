/* ask.c - one request, and one sentence on standard error when it did not succeed. */
#include "base/buf.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "wire/form.h"

static int told(int code, const struct answer *a)
{
	if (code == CLI_DONE)
		return CLI_DONE;
	if (str_given(a->code) && a->code.len > 0)
		return cli_fail(code, "%.*s (%.*s)", S_ARG(a->problem), S_ARG(a->code));
	return cli_fail(code, "%.*s", S_ARG(a->problem));
}

int cli_sqs(struct cli *cli, const char *action, const struct json *parameters, struct answer *a)
{
	struct client *c = cli_client(cli);

	if (c == NULL)
		return CLI_WRONG;
	return told(client_sqs(c, cli->arena, action, json_written(cli->arena, parameters), a), a);
}

int cli_sns(struct cli *cli, const char *action, struct str form, struct answer *a)
{
	struct client *c = cli_client(cli);

	if (c == NULL)
		return CLI_WRONG;
	return told(client_sns(c, cli->arena, action, form, a), a);
}

int cli_rest(struct cli *cli, const char *method, struct str path, const struct json *body,
             struct answer *a)
{
	struct client *c = cli_client(cli);
	struct str text = body == NULL ? S_NONE : json_written(cli->arena, body);

	if (c == NULL)
		return CLI_WRONG;
	return told(client_rest(c, cli->arena, method, path, text, a), a);
}

int cli_rest_show(struct cli *cli, const char *method, struct str path, const struct json *body)
{
	struct answer a;
	int code = cli_rest(cli, method, path, body, &a);

	if (code == CLI_DONE)
		cli_show(cli, a.json);
	return code;
}

int cli_put_queue(struct cli *cli, struct json *parameters, const char *queue)
{
	struct client *c = cli_client(cli);
	struct answer a = { 0 };

	if (c == NULL)
		return CLI_WRONG;
	struct str url = client_queue_url(c, cli->arena, queue, &a);
	if (!str_given(url))
		return told(a.status == 0 ? CLI_UNREACHABLE : CLI_REFUSED, &a);
	json_put_text(cli->arena, parameters, "QueueUrl", url);
	return CLI_DONE;
}

struct str cli_path(struct cli *cli, const char *before, const char *name, const char *behind)
{
	struct buf path = { 0 };

	buf_add_text(&path, before);
	form_encode(&path, str_of(name));
	buf_add_text(&path, behind);
	struct str text = arena_str(cli->arena, buf_str(&path));
	buf_free(&path);
	return text;
}

struct str cli_queue_path(struct cli *cli, const char *queue, const char *behind)
{
	return cli_path(cli, "/v1/queues/", queue, behind);
}

struct str cli_with_reason(struct cli *cli, struct str path)
{
	const char *reason = option_text(&cli->options, "reason");

	return reason == NULL ? path
	                      : cli_path(cli, arena_printf(cli->arena, "%.*s?reason=", S_ARG(path)).at,
	                                 reason, "");
}

/* ---- what is asked */

void cli_put_option(struct cli *cli, struct json *object, const char *option, const char *member)
{
	const char *text = option_text(&cli->options, option);

	if (text != NULL)
		json_put_text(cli->arena, object, member, str_of(text));
}

int cli_put_labels(struct cli *cli, struct json *object)
{
	const struct option_value *given = option_value(&cli->options, "label");

	if (given->count == 0)
		return CLI_DONE;
	struct json *labels = json_add(object, S("labels"), json_new(cli->arena, JSON_OBJECT));
	for (int i = 0; i < given->count; i++) {
		struct str text = str_of(given->list[i]), name = str_cut(&text, '=');
		if (!str_given(text))
			return cli_fail(CLI_WRONG, "--label must be NAME=TEXT, not '%s'.", given->list[i]);
		json_add(labels, name, json_new_text(cli->arena, JSON_STRING, text));
	}
	return CLI_DONE;
}

/* ---- pages */

static struct str page_path(struct cli *cli, struct str path, int64_t limit, struct str cursor)
{
	const char *between = memchr(path.at, '?', path.len) == NULL ? "?" : "&";
	struct buf b = { 0 };

	buf_add(&b, path);
	if (limit > 0) {
		buf_printf(&b, "%slimit=%lld", between, (long long)limit);
		between = "&";
	}
	if (str_given(cursor)) {
		buf_printf(&b, "%scursor=", between);
		form_encode(&b, cursor);
	}
	struct str text = arena_str(cli->arena, buf_str(&b));
	buf_free(&b);
	return text;
}

int cli_pages(struct cli *cli, struct str path, const char *member, int64_t page, int64_t max,
              struct json *array, bool *more)
{
	struct str cursor = S_NONE;
	struct answer a;

	do {
		int64_t left = max - (int64_t)array->count;
		int code = cli_rest(cli, "GET", page_path(cli, path, left < page ? left : page, cursor),
		                    NULL, &a);
		if (code != CLI_DONE)
			return code;
		json_move_all(array, json_get(a.json, member));
		cursor = json_get_text(a.json, "cursor");
	} while (str_given(cursor) && cursor.len > 0 && (int64_t)array->count < max);
	if (more != NULL)
		*more = str_given(cursor) && cursor.len > 0;
	return CLI_DONE;
}
