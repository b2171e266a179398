/* queues.c - see queues.h: pages of ringi's own API, turned into arrays. */
#include "cli/queues.h"

#include "base/buf.h"
#include "base/limits.h"
#include "cli/client.h"
#include "os/os.h"
#include "wire/form.h"

enum { PEEK_PAGE = PEEK_MAX, QUEUES_PAGE = 1000 };

struct str age_text(struct arena *arena, int64_t ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = { { "d", DAY_MS }, { "h", HOUR_MS }, { "m", MINUTE_MS }, { "s", SECOND_MS } };

	for (int i = 0; i < 3; i++)
		if (ms >= units[i].ms)
			return arena_printf(arena, "%lld%s %lld%s", (long long)(ms / units[i].ms),
			                    units[i].unit, (long long)(ms % units[i].ms / units[i + 1].ms),
			                    units[i + 1].unit);
	if (ms >= 10 * SECOND_MS)
		return arena_printf(arena, "%llds", (long long)(ms / SECOND_MS));
	return arena_printf(arena, "%lld.%llds", (long long)(ms / 1000), (long long)(ms % 1000 / 100));
}

/* ---- queues */

/* What a person reads: how old the oldest one is, and what keeps a queue from working. */
static void add_words(struct cli *cli, struct json *queue)
{
	const struct json *age = json_get(queue, "oldest_age_ms");
	bool paused = json_is(json_get(queue, "paused"), JSON_TRUE);
	int64_t blocked = json_number(json_get(queue, "blocked_groups"));
	struct str state = paused ? S("paused") : S("");

	if (blocked > 0)
		state = arena_printf(cli->arena, "%s%lld group%s stopped", paused ? "paused, " : "",
		                     (long long)blocked, blocked == 1 ? "" : "s");
	json_put_text(cli->arena, queue, "oldest_age",
	              json_is(age, JSON_NUMBER) ? age_text(cli->arena, json_number(age)) : S("-"));
	json_put_text(cli->arena, queue, "state", state);
}

int queues_all(struct cli *cli, const char *prefix, struct json **array)
{
	struct str path = prefix == NULL ? S("/v1/queues")
	                                 : cli_path(cli, "/v1/queues?prefix=", prefix, "");

	*array = json_new(cli->arena, JSON_ARRAY);
	int code = cli_pages(cli, path, "queues", QUEUES_PAGE, INT64_MAX, *array, NULL);
	if (code != CLI_DONE)
		return code;
	for (struct json *one = (*array)->first; one != NULL; one = one->next)
		add_words(cli, one);
	return CLI_DONE;
}

static bool missing(const struct answer *a)
{
	return str_ends(a->code, S("NonExistentQueue")) || str_ends(a->code, S("QueueDoesNotExist"));
}

int queue_attribute(struct cli *cli, const char *queue, const char *name, struct str *value,
                    bool may_miss)
{
	struct client *c = cli_client(cli);
	struct json *p = json_new(cli->arena, JSON_OBJECT);
	struct answer a = { 0 };

	*value = S_NONE;
	if (c == NULL)
		return CLI_WRONG;
	struct str url = client_queue_url(c, cli->arena, queue, &a);
	if (!str_given(url) && may_miss && missing(&a))
		return CLI_DONE;
	if (!str_given(url))
		return cli_fail(a.status == 0 ? CLI_UNREACHABLE : CLI_REFUSED, "%.*s", S_ARG(a.problem));
	json_put_text(cli->arena, p, "QueueUrl", url);
	struct json *names = json_add(p, S("AttributeNames"), json_new(cli->arena, JSON_ARRAY));
	json_add(names, S_NONE, json_new_text(cli->arena, JSON_STRING, str_of(name)));
	int code = cli_sqs(cli, "GetQueueAttributes", p, &a);
	if (code == CLI_DONE)
		*value = json_get_text(json_get(a.json, "Attributes"), name);
	return code;
}

/* ---- messages */

/* The first page begins at a position, the others where the one before ended. */
static struct str peek_path(struct cli *cli, const char *queue, const char *from, struct str cursor,
                            int64_t limit)
{
	struct buf b = { 0 };

	buf_printf(&b, "/messages?limit=%lld", (long long)limit);
	if (str_given(cursor)) {
		buf_add(&b, S("&cursor="));
		form_encode(&b, cursor);
	} else if (from != NULL) {
		buf_add(&b, S("&from="));
		form_encode(&b, str_of(from));
	}
	buf_add_byte(&b, '\0');
	struct str path = cli_queue_path(cli, queue, b.at);
	buf_free(&b);
	return path;
}

int queue_peek(struct cli *cli, const char *queue, const char *from, int64_t max,
               struct json **array)
{
	struct str cursor = S_NONE;

	*array = json_new(cli->arena, JSON_ARRAY);
	do {
		struct answer a;
		int64_t left = max - (int64_t)(*array)->count;
		int64_t limit = left < PEEK_PAGE ? left : PEEK_PAGE;
		int code = cli_rest(cli, "GET", peek_path(cli, queue, from, cursor, limit), NULL, &a);
		if (code != CLI_DONE)
			return code;
		json_move_all(*array, json_get(a.json, "messages"));
		cursor = json_get_text(a.json, "cursor");
	} while (str_given(cursor) && cursor.len > 0 && (int64_t)(*array)->count < max);
	return CLI_DONE;
}

struct str message_error_code(const struct json *message)
{
	struct str code = json_get_text(json_get(message, "error"), "code");

	return str_given(code) && code.len > 0 ? code : S("NO_REPORT");
}

struct str message_error_text(const struct json *message)
{
	struct str text = json_get_text(json_get(message, "error"), "message");

	return str_given(text) ? text : S("");
}
