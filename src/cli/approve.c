/* approve.c - `ringi approve ...`: steps that ask people, and what waits for whom. Who acts is
 * --user NAME, with --auth off or with a key that may act as them. */
#include "base/buf.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "wire/form.h"

static struct str path_of(struct cli *cli, const char *behind)
{
	return cli_path(cli, "/v1/approvals/", cli_arg(cli, 0), behind);
}

static int put_json(struct cli *cli, struct json *body, const char *member, struct str text)
{
	struct str why;
	struct json *v = json_read(cli->arena, text, &why);

	if (v == NULL)
		return cli_fail(CLI_WRONG, "%s is not JSON: %.*s", member, S_ARG(why));
	json_add(body, str_of(member), v);
	return CLI_DONE;
}

/* ---- opened */

static int put_decided(struct cli *cli, struct json *body)
{
	const char *queue = option_text(&cli->options, "queue");
	const char *topic = option_text(&cli->options, "topic");

	if (queue == NULL && topic == NULL)
		return CLI_DONE;
	struct json *decided = json_add(body, S("on_decided"), json_new(cli->arena, JSON_OBJECT));
	if (queue != NULL)
		json_put_text(cli->arena, decided, "queue", str_of(queue));
	if (topic != NULL)
		json_put_text(cli->arena, decided, "topic", str_of(topic));
	return CLI_DONE;
}

static int open_one(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	struct str policy = str_of(cli_arg(cli, 0)), data = str_of(cli_arg(cli, 2));
	int code = CLI_DONE;

	if (policy.len > 0 && policy.at[0] == '{')
		code = put_json(cli, body, "policy", policy);
	else
		json_put_text(cli->arena, body, "policy", policy);
	json_put_text(cli->arena, body, "subject", str_of(cli_arg(cli, 1)));
	if (code == CLI_DONE && str_given(data))
		code = put_json(cli, body, "data", data);
	cli_put_option(cli, body, "applicant", "applicant");
	cli_put_option(cli, body, "previous", "previous");
	cli_put_option(cli, body, "corrects", "corrects");
	if (code == CLI_DONE)
		code = cli_put_labels(cli, body);
	if (code == CLI_DONE)
		code = put_decided(cli, body);
	return code == CLI_DONE ? cli_rest_show(cli, "POST", S("/v1/approvals"), body) : code;
}

/* ---- looked at */

static int show(struct cli *cli)
{
	return cli_rest_show(cli, "GET", path_of(cli, option_on(&cli->options, "log") ? "?log=1" : ""),
	                     NULL);
}

static int wait_for(struct cli *cli)
{
	return cli_rest_show(cli, "GET", path_of(cli, "?wait=60"), NULL);
}

static const struct column columns[] = {
	{ "id", "ID", false },           { "state", "STATE", false },
	{ "round", "ROUND", true },      { "applicant", "APPLICANT", false },
	{ "subject", "SUBJECT", false }, { "due_at", "DUE", false },
	{ "open_slots", "OPEN", true },  { 0 },
};
static const struct column inbox_columns[] = {
	{ "id", "ID", false },
	{ "for", "FOR", false },
	{ "applicant", "APPLICANT", false },
	{ "subject", "SUBJECT", false },
	{ "amount", "AMOUNT", true },
	{ "due_at", "DUE", false },
	{ 0 },
};

static void add_query(struct cli *cli, struct buf *path, const char *option, const char *name)
{
	const char *text = option_text(&cli->options, option);

	if (text == NULL)
		return;
	buf_printf(path, "&%s=", name);
	form_encode(path, str_of(text));
}

/* Pages until --limit is reached. */
static int pages(struct cli *cli, struct str path, const char *key, const struct column *shown)
{
	struct json *all = json_new(cli->arena, JSON_ARRAY);
	int code = cli_pages(cli, path, key, APPROVAL_LIST_MAX, option_number(&cli->options, "limit"),
	                     all, NULL);

	if (code == CLI_DONE)
		cli_list(cli, all, shown);
	return code;
}

static int list(struct cli *cli)
{
	struct buf path = { 0 };

	buf_add(&path, S("/v1/approvals?"));
	add_query(cli, &path, "state", "state");
	add_query(cli, &path, "applicant", "applicant");
	add_query(cli, &path, "policy", "policy");
	add_query(cli, &path, "q", "q");
	arena_adopt(cli->arena, path.at);
	return pages(cli, buf_str(&path), "approvals", columns);
}

static int inbox(struct cli *cli)
{
	struct buf path = { 0 };

	buf_add(&path, S("/v1/inbox?"));
	add_query(cli, &path, "sort", "sort");
	add_query(cli, &path, "for", "for");
	arena_adopt(cli->arena, path.at);
	return pages(cli, buf_str(&path), "items", inbox_columns);
}

/* ---- decided */

static int vote(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);

	json_put_text(cli->arena, body, "do", str_of(cli_arg(cli, 1)));
	cli_put_option(cli, body, "comment", "comment");
	cli_put_option(cli, body, "for", "for");
	cli_put_option(cli, body, "request-id", "request_id");
	return cli_rest_show(cli, "POST", path_of(cli, "/votes"), body);
}

static int change(struct cli *cli, const char *behind)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);

	cli_put_option(cli, body, "reason", "reason");
	return cli_rest_show(cli, "POST", path_of(cli, behind), body);
}

static int withdraw(struct cli *cli)
{
	return change(cli, "/withdraw");
}

static int cancel(struct cli *cli)
{
	return change(cli, "/cancel");
}

static int retry(struct cli *cli)
{
	return change(cli, "/retry");
}

static int remind(struct cli *cli)
{
	return cli_rest_show(cli, "POST", path_of(cli, "/remind"), json_new(cli->arena, JSON_OBJECT));
}

static int with_data(struct cli *cli, const char *behind)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	struct str data = str_of(cli_arg(cli, 1));
	int code = str_given(data) ? put_json(cli, body, "data", data) : CLI_DONE;

	return code == CLI_DONE ? cli_rest_show(cli, "POST", path_of(cli, behind), body) : code;
}

static int resubmit(struct cli *cli)
{
	return with_data(cli, "/resubmit");
}

static int edit(struct cli *cli)
{
	return with_data(cli, "/edit");
}

static int comment(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);

	json_put_text(cli->arena, body, "comment", str_of(cli_arg(cli, 1)));
	return cli_rest_show(cli, "POST", path_of(cli, "/comments"), body);
}

static int add(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);

	json_put_text(cli->arena, body, "user", str_of(cli_arg(cli, 1)));
	return cli_rest_show(cli, "POST", path_of(cli, "/approvers"), body);
}

/* ---- the commands */

#define TEXT(title, means, about) \
	{ \
		.name = (title), .value = (means), .help = (about), .marks = OPTION_FLAG_ONLY \
	}
#define JSON \
	{ \
		.name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY \
	}
#define LIMIT \
	{ \
		.name = "limit", .kind = OPTION_NUMBER, .value = "N", .fallback = "100", .least = 1, \
		.most = 100000, .help = "at most so many", .marks = OPTION_FLAG_ONLY \
	}

static const struct option open_options[] = {
	TEXT("applicant", "NAME", "whose request it is (who asks)"),
	TEXT("queue", "NAME", "where the decision is sent"),
	TEXT("topic", "NAME", "where the decision is published"),
	TEXT("previous", "ID", "the step before this one"),
	TEXT("corrects", "ID", "the decided approval that this one corrects"),
	{ .name = "label",
	  .kind = OPTION_LIST,
	  .value = "NAME=TEXT",
	  .help = "to find it by; may be repeated",
	  .marks = OPTION_FLAG_ONLY },
	JSON,
	{ 0 },
};
static const struct option show_options[] = {
	{ .name = "log",
	  .kind = OPTION_SWITCH,
	  .help = "with what has happened to it",
	  .marks = OPTION_FLAG_ONLY },
	JSON,
	{ 0 },
};
static const struct option list_options[] = {
	TEXT("state", "STATE,...", "PENDING, ESCALATED, INCIDENT, RETURNED, APPROVED, REJECTED, ..."),
	TEXT("applicant", "NAME", "whose request it is"),
	TEXT("policy", "NAME", "by this policy"),
	TEXT("q", "TEXT", "in the subject, applicant, policy or labels"),
	LIMIT,
	JSON,
	{ 0 },
};
static const struct option inbox_options[] = {
	{ .name = "sort",
	  .kind = OPTION_CHOICE,
	  .choices = "due|amount|age",
	  .help = "which comes first (due)",
	  .marks = OPTION_FLAG_ONLY },
	TEXT("for", "NAME", "me: only one's own; a name: only in that person's place"),
	LIMIT,
	JSON,
	{ 0 },
};
static const struct option vote_options[] = {
	TEXT("comment", "TEXT", "why; needed to reject or return"),
	TEXT("for", "NAME", "in whose place"),
	TEXT("request-id", "ID", "the same again has the same answer, for ever"),
	JSON,
	{ 0 },
};
static const struct option reason_options[] = { TEXT("reason", "TEXT", "why"), JSON, { 0 } };

#define COMMAND(title, params, least, most, opts, about, example, function) \
	{ \
		.group = "approve", .name = (title), .args = (params), .help = (about), \
		.examples = (example), .options = (opts), .args_min = (least), .args_max = (most), \
		.run = (function) \
	}
#define AN_ID "019f2c1e-7d4b-7a31-9d0e-3f0a5b6c7d8e"

const struct command commands_approve[] = {
	COMMAND("open", "POLICY SUBJECT [DATA]", 2, 3, open_options,
	        "Asks people; the policy by name, or as JSON.",
	        "ringi approve open expenses 'A chair' '{\"amount\": 12000}' --user tanaka\n"
	        "ringi approve open '{\"need\": 2, \"of\": [\"aoki\", \"ito\", \"kato\"]}' 'A chair' "
	        "--user tanaka --queue purchases",
	        open_one),
	COMMAND("list", NULL, 0, 0, list_options, "Approvals, the newest first.",
	        "ringi approve list --state PENDING,INCIDENT", list),
	COMMAND("inbox", NULL, 0, 0, inbox_options, "What waits for somebody.",
	        "ringi approve inbox --user aoki --sort amount", inbox),
	COMMAND("show", "ID", 1, 1, show_options, "One approval, why it stands so, and its log.",
	        "ringi approve show " AN_ID " --log", show),
	COMMAND("wait", "ID", 1, 1, cli_json_option,
	        "Shows it when its round has ended, or in a minute.", "ringi approve wait " AN_ID,
	        wait_for),
	COMMAND("vote", "ID DO", 2, 2, vote_options, "approve, reject, abstain, return or retract.",
	        "ringi approve vote " AN_ID " approve --user aoki\n"
	        "ringi approve vote " AN_ID " return --comment 'which one?' --user ito --for aoki",
	        vote),
	COMMAND("withdraw", "ID", 1, 1, reason_options, "Its applicant ends it.",
	        "ringi approve withdraw " AN_ID " --user tanaka", withdraw),
	COMMAND("cancel", "ID", 1, 1, reason_options, "It is ended from outside.",
	        "ringi approve cancel " AN_ID " --reason 'order canceled'", cancel),
	COMMAND("resubmit", "ID [DATA]", 1, 2, cli_json_option, "Sends it in again: a new round.",
	        "ringi approve resubmit " AN_ID " '{\"amount\": 11000}' --user tanaka", resubmit),
	COMMAND("edit", "ID DATA", 2, 2, cli_json_option, "Changes what is decided about.",
	        "ringi approve edit " AN_ID " '{\"amount\": 11000}' --user tanaka", edit),
	COMMAND("comment", "ID TEXT", 2, 2, cli_json_option, "Says something; never a vote.",
	        "ringi approve comment " AN_ID " 'see the offer' --user aoki", comment),
	COMMAND("add", "ID USER", 2, 2, cli_json_option, "One more is asked.",
	        "ringi approve add " AN_ID " mori", add),
	COMMAND("remind", "ID", 1, 1, cli_json_option, "Those who are asked are reminded.",
	        "ringi approve remind " AN_ID " --user tanaka", remind),
	COMMAND("retry", "ID", 1, 1, reason_options, "An incident is tried again.",
	        "ringi approve retry " AN_ID " --reason 'ito is back'", retry),
	{ 0 },
};
