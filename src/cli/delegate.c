/* delegate.c - `ringi delegate ...`: who may act in whose place. */
#include "base/buf.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "wire/form.h"

static int put(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	const char *amount = option_text(&cli->options, "amount");

	json_put_text(cli->arena, body, "delegate", str_of(cli_arg(cli, 0)));
	cli_put_option(cli, body, "for", "principal");
	cli_put_option(cli, body, "from", "from");
	cli_put_option(cli, body, "until", "until");
	cli_put_option(cli, body, "policies", "policies");
	cli_put_option(cli, body, "reason", "reason");
	if (option_given(&cli->options, "order"))
		json_put_number(cli->arena, body, "order", option_number(&cli->options, "order"));
	if (option_on(&cli->options, "on-absence"))
		json_add(body, S("on_absence"), json_new(cli->arena, JSON_TRUE));
	if (amount != NULL) {
		struct str max = str_of(amount), path = str_cut(&max, '=');
		if (!str_given(max))
			return cli_fail(CLI_WRONG,
			                "--amount must be PATH=MAX, as total.amount=100000, not '%s'.", amount);
		struct json *to = json_add(body, S("amount"), json_new(cli->arena, JSON_OBJECT));
		json_put_text(cli->arena, to, "path", path);
		json_put_text(cli->arena, to, "max", max);
	}
	return cli_rest_show(cli, "POST", S("/v1/delegations"), body);
}

static const struct column columns[] = {
	{ "id", "ID", false },
	{ "principal", "FOR", false },
	{ "delegate", "DELEGATE", false },
	{ "order", "ORDER", true },
	{ "from", "FROM", false },
	{ "until", "UNTIL", false },
	{ "policies", "POLICIES", false },
	{ "on_absence", "ON ABSENCE", false },
	{ 0 },
};

static void add_query(struct cli *cli, struct buf *path, const char *option, const char *name)
{
	const char *text = option_text(&cli->options, option);

	if (text != NULL) {
		buf_printf(path, "&%s=", name);
		form_encode(path, str_of(text));
	}
}

static int list(struct cli *cli)
{
	struct json *all = json_new(cli->arena, JSON_ARRAY);
	struct buf path = { 0 };

	buf_add(&path, S("/v1/delegations?limit=200"));
	add_query(cli, &path, "for", "principal");
	add_query(cli, &path, "delegate", "delegate");
	if (option_on(&cli->options, "ended"))
		buf_add(&path, S("&ended=true"));
	arena_adopt(cli->arena, path.at);
	int code = cli_pages(cli, buf_str(&path), "delegations", 0, INT64_MAX, all, NULL);
	if (code == CLI_DONE)
		cli_list(cli, all, columns);
	return code;
}

static int cancel(struct cli *cli)
{
	struct buf path = { 0 };
	struct answer a;

	buf_add(&path, S("/v1/delegations/"));
	form_encode(&path, str_of(cli_arg(cli, 0)));
	arena_adopt(cli->arena, path.at);
	return cli_rest(cli, "DELETE", buf_str(&path), NULL, &a);
}

#define TEXT(option, what, about) \
	{ \
		.name = (option), .value = (what), .help = (about), .marks = OPTION_FLAG_ONLY \
	}
#define SWITCH(option, about) \
	{ \
		.name = (option), .kind = OPTION_SWITCH, .help = (about), .marks = OPTION_FLAG_ONLY \
	}

static const struct option put_options[] = {
	TEXT("for", "ID", "in whose place (one's own); others: an administrator"),
	TEXT("from", "MOMENT", "a day, a local time or RFC 3339 (now)"),
	TEXT("until", "MOMENT", "the first that does not belong to it (until canceled)"),
	TEXT("policies", "PATTERN", "only for policies whose names fit, as expense-*"),
	TEXT("amount", "PATH=MAX", "only up to this number in the data, as total.amount=100000"),
	{ .name = "order",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .least = 1,
	  .most = DELEGATION_RANK_MAX,
	  .help = "who may act when nobody before can (1)",
	  .marks = OPTION_FLAG_ONLY },
	SWITCH("on-absence", "only while the principal is away: ringi people away"),
	TEXT("reason", "TEXT", "why"),
	SWITCH("json", "print JSON"),
	{ 0 },
};
static const struct option list_options[] = { TEXT("for", "ID", "in whose place"),
	                                          TEXT("delegate", "ID", "who may act"),
	                                          SWITCH("ended", "also those that ended"),
	                                          SWITCH("json", "print JSON"),
	                                          { 0 } };

const struct command commands_delegate[] = {
	{ .group = "delegate",
	  .name = "put",
	  .args = "ID",
	  .help = "Lets somebody act in one's place.",
	  .examples = "ringi delegate put suzuki --from 2026-12-28 --until 2027-01-04\n"
	              "ringi delegate put suzuki --for sato --reason ill --amount total=100000",
	  .options = put_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = put },
	{ .group = "delegate",
	  .name = "list",
	  .help = "Delegations that hold now or later.",
	  .examples = "ringi delegate list --for sato",
	  .options = list_options,
	  .run = list },
	{ .group = "delegate",
	  .name = "cancel",
	  .args = "DELEGATION",
	  .help = "Cancels one.",
	  .examples = "ringi delegate cancel 019f2c1e-7d4b-7a31-9d0e-3f0a5b6c7d8e",
	  .options = cli_no_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = cancel },
	{ 0 },
};
