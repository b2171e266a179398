/* people.c - `ringi people|department|post ...`: who there is. Groups of people are
 * `ringi people groups|group|put-group`, so that nobody takes them for groups of jobs. */
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "wire/charset.h"
#include "wire/form.h"

static struct str path_of(struct cli *cli, const char *before)
{
	return cli_path(cli, before, cli_arg(cli, 0), "");
}

/* Shows what was asked for. */
static int ask(struct cli *cli, const char *method, const char *before, const struct json *body)
{
	struct answer a;
	int code = cli_rest(cli, method, path_of(cli, before), body, &a);

	if (code == CLI_DONE && a.json != NULL && !str_is(str_of(method), "DELETE"))
		cli_show(cli, a.json);
	return code;
}

/* All pages of a listing. */
static int list_all(struct cli *cli, const char *base, const char *query, const char *key,
                    const struct column *columns)
{
	struct json *all = json_new(cli->arena, JSON_ARRAY);
	struct str path = arena_printf(cli->arena, "%s?limit=200%s", base, query);
	int code = cli_pages(cli, path, key, 0, INT64_MAX, all, NULL);

	if (code == CLI_DONE)
		cli_list(cli, all, columns);
	return code;
}

static const char *query_of(struct cli *cli, const char *option, const char *name)
{
	const char *text = option_text(&cli->options, option);
	struct buf query = { 0 };

	if (text == NULL)
		return "";
	buf_printf(&query, "&%s=", name);
	form_encode(&query, str_of(text));
	buf_add_byte(&query, '\0');
	arena_adopt(cli->arena, query.at);
	return query.at;
}

/* ---- people */

/* "*SALES/manager@2026-04-01..2027-04-01", as in a CSV file. */
static int add_place(struct cli *cli, struct json *list, const char *text, const char *key)
{
	struct str rest = str_of(text);
	struct str where = str_cut(&rest, '@');
	struct json *one = json_add(list, S_NONE, json_new(cli->arena, JSON_OBJECT));
	bool main = str_starts(where, S("*"));
	struct str post = str_from(where, main ? 1 : 0);

	where = str_cut(&post, '/');
	json_put_text(cli->arena, one, key, where);
	if (str_given(post))
		json_put_text(cli->arena, one, "post", post);
	if (main)
		json_add(one, S("main"), json_new(cli->arena, JSON_TRUE));
	if (!str_given(rest))
		return CLI_DONE;
	const char *dots = strstr(rest.at, "..");
	if (dots == NULL)
		return cli_fail(CLI_WRONG,
		                "'%s' has no period behind @: write @2026-04-01.. or @..2027-04-01.", text);
	if (dots > rest.at)
		json_put_text(cli->arena, one, "from", (struct str){ rest.at, (size_t)(dots - rest.at) });
	if (dots[2] != '\0')
		json_put_text(cli->arena, one, "until", str_of(dots + 2));
	return CLI_DONE;
}

static int put_places(struct cli *cli, struct json *body, const char *option, const char *member,
                      const char *key)
{
	const struct option_value *given = option_value(&cli->options, option);

	if (given->count == 0)
		return CLI_DONE;
	struct json *list = json_add(body, str_of(member), json_new(cli->arena, JSON_ARRAY));
	for (int i = 0; i < given->count; i++) {
		int code = str_is(str_of(given->list[i]), "-") ? CLI_DONE /* none */
		                                               : add_place(cli, list, given->list[i], key);
		if (code != CLI_DONE)
			return code;
	}
	return CLI_DONE;
}

static int put_attributes(struct cli *cli, struct json *body)
{
	const struct option_value *given = option_value(&cli->options, "attribute");

	if (given->count == 0)
		return CLI_DONE;
	struct json *map = json_add(body, S("attributes"), json_new(cli->arena, JSON_OBJECT));
	for (int i = 0; i < given->count; i++) {
		struct str text = str_of(given->list[i]), name = str_cut(&text, '=');
		if (!str_given(text))
			return cli_fail(CLI_WRONG, "--attribute must be NAME=TEXT, not '%s'.", given->list[i]);
		json_add(map, name,
		         text.len > 0 ? json_new_text(cli->arena, JSON_STRING, text)
		                      : json_new(cli->arena, JSON_NULL));
	}
	return CLI_DONE;
}

static int put(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);

	cli_put_option(cli, body, "name", "name");
	cli_put_option(cli, body, "kana", "kana");
	cli_put_option(cli, body, "email", "email");
	cli_put_option(cli, body, "locale", "locale");
	cli_put_option(cli, body, "zone", "zone");
	cli_put_option(cli, body, "from", "from");
	cli_put_option(cli, body, "until", "until");
	cli_put_option(cli, body, "merged-into", "merged_into");
	if (option_on(&cli->options, "inactive") || option_on(&cli->options, "active"))
		json_add(body, S("active"),
		         json_new(cli->arena, option_on(&cli->options, "active") ? JSON_TRUE : JSON_FALSE));
	int code = put_attributes(cli, body);
	if (code == CLI_DONE)
		code = put_places(cli, body, "at", "appointments", "department");
	if (code == CLI_DONE)
		code = put_places(cli, body, "group", "groups", "group");
	return code == CLI_DONE ? ask(cli, "PUT", "/v1/people/", body) : code;
}

static const struct column people_columns[] = {
	{ "id", "ID", false },         { "name", "NAME", false },       { "email", "MAIL", false },
	{ "active", "ACTIVE", false }, { "locale", "LANGUAGE", false }, { 0 },
};

static int list(struct cli *cli)
{
	return list_all(cli, "/v1/people", query_of(cli, "q", "q"), "people", people_columns);
}

static int show(struct cli *cli)
{
	return ask(cli, "GET", "/v1/people/", NULL);
}

static int drop(struct cli *cli)
{
	return ask(cli, "DELETE", "/v1/people/", NULL);
}

/* ---- files */

static int read_file(struct cli *cli, const char *name, struct buf *bytes)
{
	FILE *f = str_is(str_of(name), "-") ? stdin : fopen(name, "rb");
	char piece[16384];
	size_t n;

	if (f == NULL)
		return cli_fail(CLI_WRONG, "The file %s cannot be opened.", name);
	while (bytes->len <= HTTP_BODY_MAX && (n = fread(piece, 1, sizeof piece, f)) > 0)
		buf_add(bytes, (struct str){ piece, n });
	bool bad = ferror(f) != 0;
	if (f != stdin)
		(void)fclose(f);
	arena_adopt(cli->arena, bytes->at);
	if (bad)
		return cli_fail(CLI_WRONG, "The file %s cannot be read.", name);
	if (bytes->len > HTTP_BODY_MAX)
		return cli_fail(CLI_WRONG, "The file %s is larger than %d bytes. Split it.", name,
		                HTTP_BODY_MAX);
	return CLI_DONE;
}

static int line_of(struct str text, size_t at)
{
	int line = 1;

	for (size_t i = 0; i < at && i < text.len; i++)
		line += text.at[i] == '\n';
	return line;
}

static bool is_cp932(struct cli *cli)
{
	const char *encoding = option_text(&cli->options, "encoding");

	return encoding != NULL && str_is(str_of(encoding), "cp932");
}

static void tell_import(const struct json *answer)
{
	JSON_EACH (json_get(answer, "errors"), e) {
		struct str column = json_get_text(e, "column");
		fprintf(stderr, "line %lld%s%.*s: %.*s\n", (long long)json_number(json_get(e, "line")),
		        column.len > 0 ? ", column " : "", S_ARG(column),
		        S_ARG(json_get_text(e, "detail")));
	}
	JSON_EACH (json_get(answer, "changes"), c)
		printf("%-8.*s %.*s\n", S_ARG(json_get_text(c, "what")), S_ARG(json_get_text(c, "id")));
	printf("%s: %lld added, %lld changed, %lld removed, %lld unchanged, %lld mistakes\n",
	       json_is(json_get(answer, "imported"), JSON_TRUE) ? "imported" : "nothing was written",
	       (long long)json_number(json_get(answer, "added")),
	       (long long)json_number(json_get(answer, "changed")),
	       (long long)json_number(json_get(answer, "removed")),
	       (long long)json_number(json_get(answer, "unchanged")),
	       (long long)json_number(json_get(answer, "error_count")));
}

static int import(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	struct buf bytes = { 0 }, utf8 = { 0 };
	struct answer a;
	size_t bad;
	int code = read_file(cli, cli_arg(cli, 0), &bytes);

	if (code != CLI_DONE)
		return code;
	if (is_cp932(cli)) {
		bool ok = charset_convert("CP932", "UTF-8", buf_str(&bytes), &utf8, &bad);
		arena_adopt(cli->arena, utf8.at);
		if (!ok)
			return cli_fail(CLI_WRONG, "Line %d of the file is not CP932.",
			                line_of(buf_str(&bytes), bad));
	}
	struct str text = is_cp932(cli) ? buf_str(&utf8) : buf_str(&bytes);
	if (!str_utf8(text))
		return cli_fail(CLI_WRONG,
		                "The file is not UTF-8. One of Windows may need --encoding cp932.");
	json_put_text(cli->arena, body, "csv", text);
	if (option_on(&cli->options, "dry-run"))
		json_add(body, S("dry_run"), json_new(cli->arena, JSON_TRUE));
	if (option_on(&cli->options, "deactivate-missing"))
		json_add(body, S("deactivate_missing"), json_new(cli->arena, JSON_TRUE));
	code = cli_rest(cli, "POST", S("/v1/people:import"), body, &a);
	if (code != CLI_DONE)
		return code;
	if (option_on(&cli->options, "json"))
		cli_show(cli, a.json);
	else
		tell_import(a.json);
	return json_number(json_get(a.json, "error_count")) > 0 ? CLI_REFUSED : CLI_DONE;
}

static int write_out(struct cli *cli, struct str text)
{
	struct buf converted = { 0 };
	size_t bad;

	if (is_cp932(cli)) {
		bool ok = charset_convert("UTF-8", "CP932", text, &converted, &bad);
		arena_adopt(cli->arena, converted.at);
		if (!ok)
			return cli_fail(CLI_REFUSED,
			                "CP932 has no letter for what stands in line %d. Export it as UTF-8.",
			                line_of(text, bad));
		text = buf_str(&converted);
	} else if (option_on(&cli->options, "bom")) {
		(void)fwrite("\xef\xbb\xbf", 1, 3, stdout);
	}
	return fwrite(text.at, 1, text.len, stdout) == text.len && fflush(stdout) == 0
	           ? CLI_DONE
	           : cli_fail(CLI_STORAGE, "The output cannot be written.");
}

/* All pages first, so that a file is whole or not there. */
static int export(struct cli *cli)
{
	struct buf all = { 0 };
	struct str cursor = S_NONE;
	struct answer a;

	do {
		struct buf path = { 0 };
		buf_add(&path, S("/v1/people:export?limit=1000"));
		if (str_given(cursor)) {
			buf_add(&path, S("&cursor="));
			form_encode(&path, cursor);
		}
		arena_adopt(cli->arena, path.at);
		int code = cli_rest(cli, "GET", buf_str(&path), NULL, &a);
		if (code != CLI_DONE) {
			buf_free(&all);
			return code;
		}
		buf_add(&all, json_get_text(a.json, "csv"));
		cursor = json_get_text(a.json, "cursor");
	} while (str_given(cursor));
	arena_adopt(cli->arena, all.at);
	return write_out(cli, buf_str(&all));
}

/* ---- absences */

static int away(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);

	cli_put_option(cli, body, "from", "from");
	cli_put_option(cli, body, "until", "until");
	cli_put_option(cli, body, "reason", "reason");
	return cli_rest_show(cli, "POST",
	                     arena_printf(cli->arena, "%.*s/absences",
	                                  S_ARG(path_of(cli, "/v1/people/"))),
	                     body);
}

static const struct column absence_columns[] = {
	{ "id", "ID", false },         { "from", "FROM", false },     { "until", "UNTIL", false },
	{ "reason", "REASON", false }, { "set_by", "SET BY", false }, { 0 },
};

static int absences(struct cli *cli)
{
	return list_all(cli,
	                arena_printf(cli->arena, "%.*s/absences", S_ARG(path_of(cli, "/v1/people/")))
	                    .at,
	                "", "absences", absence_columns);
}

static int back(struct cli *cli)
{
	struct answer a;

	return cli_rest(cli, "DELETE",
	                arena_printf(cli->arena, "%.*s/absences/%s", S_ARG(path_of(cli, "/v1/people/")),
	                             cli_arg(cli, 1)),
	                NULL, &a);
}

/* ---- groups of people */

static const struct column group_columns[] = { { "name", "NAME", false },
	                                           { "title", "TITLE", false },
	                                           { "people", "PEOPLE", true },
	                                           { 0 } };

static int groups(struct cli *cli)
{
	return list_all(cli, "/v1/people-groups", "", "groups", group_columns);
}

static int group(struct cli *cli)
{
	return ask(cli, "GET", "/v1/people-groups/", NULL);
}

static int drop_group(struct cli *cli)
{
	return ask(cli, "DELETE", "/v1/people-groups/", NULL);
}

static int put_group(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);
	struct json *members = json_new(cli->arena, JSON_ARRAY);

	cli_put_option(cli, body, "title", "title");
	for (int i = 1; cli_arg(cli, i) != NULL; i++)
		if (!str_is(str_of(cli_arg(cli, i)), "-")) {
			int code = add_place(cli, members, cli_arg(cli, i), "person");
			if (code != CLI_DONE)
				return code;
		}
	if (cli_arg(cli, 1) != NULL)
		json_add(body, S("members"), members);
	return ask(cli, "PUT", "/v1/people-groups/", body);
}

/* ---- departments, posts */

static const struct column department_columns[] = {
	{ "code", "CODE", false }, { "name", "NAME", false },    { "parent", "BELOW", false },
	{ "head", "HEAD", false }, { "people", "PEOPLE", true }, { 0 },
};

static int departments(struct cli *cli)
{
	return list_all(cli, "/v1/departments", "", "departments", department_columns);
}

static int put_department(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);

	cli_put_option(cli, body, "name", "name");
	cli_put_option(cli, body, "parent", "parent");
	cli_put_option(cli, body, "head", "head");
	return ask(cli, "PUT", "/v1/departments/", body);
}

static int show_department(struct cli *cli)
{
	return ask(cli, "GET", "/v1/departments/", NULL);
}

static int drop_department(struct cli *cli)
{
	return ask(cli, "DELETE", "/v1/departments/", NULL);
}

static const struct column post_columns[] = { { "code", "CODE", false },
	                                          { "name", "NAME", false },
	                                          { "rank", "RANK", true },
	                                          { "people", "PEOPLE", true },
	                                          { 0 } };

static int posts(struct cli *cli)
{
	return list_all(cli, "/v1/posts", "", "posts", post_columns);
}

static int put_post(struct cli *cli)
{
	struct json *body = json_new(cli->arena, JSON_OBJECT);

	cli_put_option(cli, body, "name", "name");
	if (option_given(&cli->options, "rank"))
		json_put_number(cli->arena, body, "rank", option_number(&cli->options, "rank"));
	return ask(cli, "PUT", "/v1/posts/", body);
}

static int drop_post(struct cli *cli)
{
	return ask(cli, "DELETE", "/v1/posts/", NULL);
}

/* ---- the table */

#define TEXT(option, what, about) \
	{ \
		.name = (option), .value = (what), .help = (about), .marks = OPTION_FLAG_ONLY \
	}
#define MANY(option, what, about) \
	{ \
		.name = (option), .kind = OPTION_LIST, .value = (what), .help = (about), \
		.marks = OPTION_FLAG_ONLY \
	}
#define SWITCH(option, about) \
	{ \
		.name = (option), .kind = OPTION_SWITCH, .help = (about), .marks = OPTION_FLAG_ONLY \
	}
#define JSON SWITCH("json", "print JSON")
#define PERIOD \
	TEXT("from", "MOMENT", "a day, a local time or RFC 3339"), \
		TEXT("until", "MOMENT", "the first that does not belong to it")

static const struct option put_options[] = {
	TEXT("name", "TEXT", "needed for a new one"),
	TEXT("kana", "TEXT", "how the name is read"),
	TEXT("email", "ADDRESS", "mail address"),
	TEXT("locale", "LANGUAGE", "ja or en (ja)"),
	TEXT("zone", "NAME", "time zone, as Asia/Tokyo (UTC)"),
	MANY("at", "PLACE",
	     "appointment, as '*SALES/manager@2026-04-01..'; * is the main one; all of them; - : none"),
	MANY("group", "NAME", "group, as legal@..2027-04-01; all of them; - : none"),
	MANY("attribute", "NAME=TEXT", "without text it is taken away; may be repeated"),
	PERIOD,
	TEXT("merged-into", "ID", "the same human being has that id now"),
	SWITCH("active", "takes part"),
	SWITCH("inactive", "takes part no more"),
	JSON,
	{ 0 },
};
static const struct option list_options[] = { TEXT("q", "TEXT",
	                                               "in id, name, reading or mail address"),
	                                          JSON,
	                                          { 0 } };
#define ENCODING \
	{ \
		.name = "encoding", .kind = OPTION_CHOICE, .choices = "utf-8|cp932", \
		.help = "of the file (utf-8)", .marks = OPTION_FLAG_ONLY \
	}
static const struct option import_options[] = {
	ENCODING,
	SWITCH("dry-run", "only tell what would change, and what is wrong"),
	SWITCH("deactivate-missing", "who is not in the file takes part no more"),
	JSON,
	{ 0 },
};
static const struct option export_options[] = { ENCODING,
	                                            SWITCH("bom", "with a mark of byte order"),
	                                            { 0 } };
static const struct option away_options[] = { PERIOD, TEXT("reason", "TEXT", "why"), JSON, { 0 } };
static const struct option group_options[] = { TEXT("title", "TEXT", "what people read"),
	                                           JSON,
	                                           { 0 } };
static const struct option department_options[] = {
	TEXT("name", "TEXT", "needed for a new one"),
	TEXT("parent", "CODE", "below which; empty: at the top"),
	TEXT("head", "ID", "who leads it; empty: vacant"),
	JSON,
	{ 0 }
};
static const struct option post_options[] = {
	TEXT("name", "TEXT", "needed for a new one"),
	{ .name = "rank",
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .least = 1,
	  .most = POST_RANK_MAX,
	  .help = "1 is the highest",
	  .marks = OPTION_FLAG_ONLY },
	JSON,
	{ 0 },
};

#define COMMAND(in, title, params, least, most, opts, about, example, function) \
	{ \
		.group = (in), .name = (title), .args = (params), .help = (about), .examples = (example), \
		.options = (opts), .args_min = (least), .args_max = (most), .run = (function) \
	}

const struct command commands_people[] = {
	COMMAND("people", "list", NULL, 0, 0, list_options, "People, by id.",
	        "ringi people list --q sato", list),
	COMMAND("people", "show", "ID", 1, 1, cli_json_option, "One person.", "ringi people show sato",
	        show),
	COMMAND("people", "put", "ID", 1, 1, put_options, "Makes a person, or changes what is given.",
	        "ringi people put sato --name '佐藤 花子' --at '*SALES/manager' --zone Asia/Tokyo\n"
	        "ringi people put sato --inactive",
	        put),
	COMMAND("people", "delete", "ID", 1, 1, cli_no_options,
	        "Deletes who never should have been there.", "ringi people delete satou", drop),
	COMMAND("people", "import", "FILE", 1, 1, import_options,
	        "Imports a CSV file, all of it or nothing; - is standard input.",
	        "ringi people import staff.csv --dry-run\n"
	        "ringi people import staff.csv --encoding cp932",
	        import),
	COMMAND("people", "export", NULL, 0, 0, export_options, "All people as CSV.",
	        "ringi people export > staff.csv", export),
	COMMAND("people", "away", "ID", 1, 1, away_options, "Says when somebody is away.",
	        "ringi people away sato --from 2026-12-28 --until 2027-01-04", away),
	COMMAND("people", "absences", "ID", 1, 1, cli_json_option, "When somebody is away.",
	        "ringi people absences sato", absences),
	COMMAND("people", "back", "ID ABSENCE", 2, 2, cli_no_options, "Cancels an absence.",
	        "ringi people back sato 019f2c1e-7d4b-7a31-9d0e-3f0a5b6c7d8e", back),
	COMMAND("people", "groups", NULL, 0, 0, cli_json_option, "Groups of people.",
	        "ringi people groups", groups),
	COMMAND("people", "group", "NAME", 1, 1, cli_json_option, "A group and its members.",
	        "ringi people group legal", group),
	COMMAND("people", "put-group", "NAME [ID...]", 1, OPTION_ARGS_MAX, group_options,
	        "Makes a group, or says who is in it; - : nobody.",
	        "ringi people put-group legal sato suzuki@2027-04-01.. --title Legal", put_group),
	COMMAND("people", "delete-group", "NAME", 1, 1, cli_no_options, "Deletes a group.",
	        "ringi people delete-group legal", drop_group),
	COMMAND("department", "list", NULL, 0, 0, cli_json_option, "Departments.",
	        "ringi department list", departments),
	COMMAND("department", "show", "CODE", 1, 1, cli_json_option, "One department.",
	        "ringi department show SALES", show_department),
	COMMAND("department", "put", "CODE", 1, 1, department_options,
	        "Makes a department, or changes what is given.",
	        "ringi department put SALES --name Sales --parent HQ --head suzuki", put_department),
	COMMAND("department", "delete", "CODE", 1, 1, cli_no_options,
	        "Deletes a department that nobody belongs to.", "ringi department delete OLD",
	        drop_department),
	COMMAND("post", "list", NULL, 0, 0, cli_json_option, "Posts (役職).", "ringi post list", posts),
	COMMAND("post", "put", "CODE", 1, 1, post_options, "Makes a post, or changes what is given.",
	        "ringi post put manager --name 課長 --rank 4", put_post),
	COMMAND("post", "delete", "CODE", 1, 1, cli_no_options, "Deletes a post that nobody has.",
	        "ringi post delete clerk", drop_post),
	{ 0 },
};
