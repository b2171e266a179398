/* ask.c - one request, and one sentence on standard error when it did not succeed. */
#include "base/buf.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "wire/form.h"

struct str cli_text(struct arena *arena, const struct json *tree)
{
	struct buf b = { 0 };

	json_write(&b, tree);
	struct str text = arena_str(arena, buf_str(&b));
	buf_free(&b);
	return text;
}

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
	return told(client_sqs(c, cli->arena, action, cli_text(cli->arena, parameters), a), a);
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
	struct str text = body == NULL ? S_NONE : cli_text(cli->arena, body);

	if (c == NULL)
		return CLI_WRONG;
	return told(client_rest(c, cli->arena, method, path, text, a), a);
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

struct str cli_queue_path(struct cli *cli, const char *queue, const char *behind)
{
	struct buf b = { 0 };

	buf_add(&b, S("/v1/queues/"));
	form_encode(&b, str_of(queue));
	buf_add_text(&b, behind);
	struct str path = arena_str(cli->arena, buf_str(&b));
	buf_free(&b);
	return path;
}
