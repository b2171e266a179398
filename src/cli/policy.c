/* policy.c - `ringi policy ...`: who has to agree, from files. */
#include <stdio.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/document.h"
#include "wire/form.h"

static struct str path_of(struct cli *cli, const char *behind)
{
	return cli_path(cli, "/v1/policies/", cli_arg(cli, 0), behind);
}

/* ---- put, accept, retire */

static const struct option put_options[] = {
	{ .name = "four-eyes",
	  .kind = OPTION_CHOICE,
	  .choices = "on|off",
	  .value = "on|off",
	  .help = "changes wait until another person accepts them",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "note",
	  .value = "TEXT",
	  .help = "why it is changed, for the audit log",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

/* The policy of the file, with what the options say about it. */
static struct json *body_of(struct cli *cli, struct json *policy)
{
	const char *eyes = option_text(&cli->options, "four-eyes");
	const char *note = option_text(&cli->options, "note");
	struct json *body = policy;

	if (eyes == NULL && note == NULL)
		return body;
	if (json_get(policy, "policy") == NULL && json_get(policy, "template") == NULL) {
		body = json_new(cli->arena, JSON_OBJECT);
		json_add(body, S("policy"), policy);
	}
	if (eyes != NULL) {
		json_drop(body, "four_eyes");
		json_add(body, S("four_eyes"),
		         json_new(cli->arena, str_is(str_of(eyes), "on") ? JSON_TRUE : JSON_FALSE));
	}
	if (note != NULL) {
		json_drop(body, "note");
		json_put_text(cli->arena, body, "note", str_of(note));
	}
	return body;
}

static int put(struct cli *cli)
{
	struct json *policy;
	struct answer a;
	int code = document_read(cli, cli_arg(cli, 1), &policy);

	if (code == CLI_DONE)
		code = cli_rest(cli, "PUT", path_of(cli, ""), body_of(cli, policy), &a);
	if (code == CLI_DONE)
		cli_show(cli, a.json);
	return code;
}

static int accept_version(struct cli *cli)
{
	struct buf behind = { 0 };

	buf_add(&behind, S("/versions/"));
	form_encode(&behind, str_of(cli_arg(cli, 1)));
	buf_add(&behind, S("/accept"));
	struct str text = arena_str(cli->arena, buf_str(&behind));
	buf_free(&behind);
	return cli_rest_show(cli, "POST", path_of(cli, text.at), json_new(cli->arena, JSON_OBJECT));
}

static int retire(struct cli *cli)
{
	struct answer a;

	return cli_rest(cli, "DELETE", path_of(cli, ""), NULL, &a);
}

/* ---- look */

static int all_pages(struct cli *cli, struct str path, const char *member,
                     const struct column *columns)
{
	struct json *all = json_new(cli->arena, JSON_ARRAY);
	int code = cli_pages(cli, path, member, 0, INT64_MAX, all, NULL);

	if (code == CLI_DONE)
		cli_list(cli, all, columns);
	return code;
}

static int list(struct cli *cli)
{
	static const struct column columns[] = {
		{ "name", "NAME", false },         { "version", "VERSION", true },
		{ "state", "STATE", false },       { "proposed_by", "BY", false },
		{ "proposed_at", "AT", false },    { "accepted_by", "ACCEPTED BY", false },
		{ "template", "TEMPLATE", false }, { 0 },
	};

	return all_pages(cli, S("/v1/policies"), "policies", columns);
}

static int versions(struct cli *cli)
{
	static const struct column columns[] = {
		{ "version", "VERSION", true },
		{ "state", "STATE", false },
		{ "proposed_by", "BY", false },
		{ "proposed_at", "AT", false },
		{ "accepted_by", "ACCEPTED BY", false },
		{ "note", "WHY", false },
		{ 0 },
	};

	return all_pages(cli, path_of(cli, "/versions"), "versions", columns);
}

static const struct option show_options[] = {
	{ .name = "version",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .least = 1,
	  .most = INT32_MAX,
	  .help = "another than the one in force",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "json",
	  .kind = OPTION_SWITCH,
	  .help = "print all that is known of it, as JSON",
	  .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

static void print_lines(const struct json *v)
{
	struct buf b = { 0 };

	json_write_lines(&b, v);
	printf("%.*s", S_ARG(buf_str(&b)));
	if (b.len == 0 || b.at[b.len - 1] != '\n')
		putchar('\n');
	buf_free(&b);
}

/* The policy line by line, so that two versions can be compared with diff. */
static int show(struct cli *cli)
{
	int64_t version = option_number(&cli->options, "version");
	struct str at = arena_printf(cli->arena, "/versions/%lld", (long long)version);
	struct answer a;
	int code = cli_rest(cli, "GET", path_of(cli, version == 0 ? "" : at.at), NULL, &a);

	if (code != CLI_DONE)
		return code;
	if (option_on(&cli->options, "json"))
		cli_show(cli, a.json);
	else
		print_lines(json_get(a.json, "policy"));
	return CLI_DONE;
}

/* ---- check, similar */

static const struct option check_options[] = {
	{ .name = "lang",
	  .kind = OPTION_CHOICE,
	  .choices = "en|ja",
	  .value = "en|ja",
	  .fallback = "en",
	  .help = "language of the sentences",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

static void print_reasons(const struct json *reasons, const char *language)
{
	JSON_EACH (reasons, r) {
		struct str path = json_get_text(r, "path");
		printf("%.*s%s%.*s: %.*s\n", S_ARG(json_get_text(r, "code")), path.len == 0 ? "" : " ",
		       S_ARG(path), S_ARG(json_get_text(r, language)));
	}
}

/* Exits with 1 when it can't be, so that a pipeline stops there. */
static int check(struct cli *cli)
{
	const char *language = option_text(&cli->options, "lang");
	struct json *policy;
	struct answer a;
	int code = document_read(cli, cli_arg(cli, 0), &policy);

	if (code == CLI_DONE)
		code = cli_rest(cli, "POST", S("/v1/policies:check"), policy, &a);
	if (code != CLI_DONE)
		return code;
	bool valid = json_is(json_get(a.json, "valid"), JSON_TRUE);
	if (option_on(&cli->options, "json"))
		cli_show(cli, a.json);
	else if (valid)
		printf("%.*s\n", S_ARG(json_get_text(json_get(a.json, "words"), language)));
	else
		print_reasons(json_get(a.json, "reasons"), language);
	return valid ? CLI_DONE : CLI_REFUSED;
}

static int similar(struct cli *cli)
{
	const char *language = option_text(&cli->options, "lang");
	struct answer a;
	int code = cli_rest(cli, "GET", S("/v1/policies:similar"), NULL, &a);

	if (code != CLI_DONE)
		return code;
	if (option_on(&cli->options, "json")) {
		cli_show(cli, a.json);
		return CLI_DONE;
	}
	JSON_EACH (json_get(a.json, "groups"), g) {
		printf("%s\n", json_is(json_get(g, "identical"), JSON_TRUE) ? "identical:" : "alike:");
		JSON_EACH (json_get(g, "policies"), p)
			printf("  %.*s: %.*s\n", S_ARG(json_get_text(p, "name")),
			       S_ARG(json_get_text(json_get(p, "words"), language)));
	}
	return CLI_DONE;
}

const struct command commands_policy[] = {
	{ .group = "policy",
	  .name = "put",
	  .args = "NAME FILE",
	  .help = "Makes a policy, or a new version of it; FILE - is standard input.",
	  .examples = "ringi policy put expense expense.json\n"
	              "ringi policy put expense expense.json --four-eyes on --note 'rule 7'",
	  .options = put_options,
	  .args_min = 2,
	  .args_max = 2,
	  .run = put },
	{ .group = "policy",
	  .name = "accept",
	  .args = "NAME VERSION",
	  .help = "Puts a version in force that another person has proposed.",
	  .examples = "ringi policy accept expense 3",
	  .options = cli_json_option,
	  .args_min = 2,
	  .args_max = 2,
	  .run = accept_version },
	{ .group = "policy",
	  .name = "list",
	  .help = "Policies, as they are in force.",
	  .examples = "ringi policy list",
	  .options = cli_json_option,
	  .run = list },
	{ .group = "policy",
	  .name = "versions",
	  .args = "NAME",
	  .help = "The versions of a policy: who, when, why.",
	  .examples = "ringi policy versions expense",
	  .options = cli_json_option,
	  .args_min = 1,
	  .args_max = 1,
	  .run = versions },
	{ .group = "policy",
	  .name = "show",
	  .args = "NAME",
	  .help = "The policy line by line, with all defaults.",
	  .examples = "ringi policy show expense\n"
	              "diff <(ringi policy show expense --version 1) <(ringi policy show expense)",
	  .options = show_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = show },
	{ .group = "policy",
	  .name = "check",
	  .args = "FILE",
	  .help = "What a policy means, or every reason why nobody can satisfy it.",
	  .examples = "ringi policy check expense.json\n"
	              "ringi policy check expense.json --lang ja",
	  .options = check_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = check },
	{ .group = "policy",
	  .name = "similar",
	  .help = "Policies that are alike but for names and constants.",
	  .examples = "ringi policy similar",
	  .options = check_options,
	  .run = similar },
	{ .group = "policy",
	  .name = "retire",
	  .args = "NAME",
	  .help = "No new approvals by it; those that are open keep it.",
	  .examples = "ringi policy retire expense",
	  .options = cli_no_options,
	  .args_min = 1,
	  .args_max = 1,
	  .run = retire },
	{ 0 },
};
