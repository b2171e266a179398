/* apply.c - `ringi apply`: makes a server what a file says, and tells what it does.
 *
 * It may be run again and again: what is as wanted is left alone. What the server has and the
 * file has not (drift) is told, and removed only when asked (--prune). */
#include "cli/apply.h"

#include <stdio.h>

#include "cli/client.h"
#include "cli/document.h"

const char *const apply_words[APPLY_KINDS] = { "calendar", "queue", "topic", "subscription",
	                                           "schedule" };
const char *const apply_members[APPLY_KINDS] = { "calendars", "queues", "topics", "subscriptions",
	                                             "schedules" };
const char *const step_words[STEP_WHATS] = { "create", "change", "unchanged", "remove", "drift" };

enum { SHOWN_MAX = 60 };

/* ---- told to people */

static void value_shown(struct buf *b, const struct json *v)
{
	struct buf text = { 0 };

	if (v->kind == JSON_NULL)
		buf_add(&text, S("(default)"));
	else
		json_write(&text, v);
	if (text.len > SHOWN_MAX)
		buf_add_text(b, v->kind == JSON_STRING ? "(a long text)" : "{...}");
	else
		buf_add(b, buf_str(&text));
	buf_free(&text);
}

static void changes_shown(struct buf *b, const struct step *s)
{
	const char *between = ": ";

	JSON_EACH (s->changes, c) {
		buf_printf(b, "%s%.*s ", between, S_ARG(json_get_text(c, "member")));
		if (s->what != STEP_CREATE) {
			value_shown(b, json_get(c, "from"));
			buf_add(b, s->what == STEP_DRIFT ? S("") : S(" -> "));
		}
		if (s->what != STEP_DRIFT)
			value_shown(b, json_get(c, "to"));
		between = ", ";
	}
}

static void step_shown(const struct step *s)
{
	struct buf b = { 0 };

	buf_printf(&b, "%-9s %s %.*s", step_words[s->what], apply_words[s->kind], S_ARG(s->name));
	if (s->what == STEP_DRIFT && s->wanted == NULL)
		buf_add(&b, S(": only on the server"));
	else if (s->kind == OF_SUBSCRIPTION && s->what == STEP_CREATE)
		; /* its name says it */
	else
		changes_shown(&b, s);
	if (s->what == STEP_DRIFT && s->wanted != NULL)
		buf_add(&b, S(": only on the server"));
	printf("%.*s\n", S_ARG(buf_str(&b)));
	buf_free(&b);
}

static bool is_work(const struct step *s)
{
	return s->what == STEP_CREATE || s->what == STEP_CHANGE || s->what == STEP_REMOVE;
}

static void plan_shown(const struct apply *a)
{
	for (const struct step *s = a->steps; s != NULL; s = s->next)
		if (s->what != STEP_UNCHANGED)
			step_shown(s);
	printf("%d to create, %d to change, %d to remove, %d unchanged, %d drifted\n",
	       a->count[STEP_CREATE], a->count[STEP_CHANGE], a->count[STEP_REMOVE],
	       a->count[STEP_UNCHANGED], a->count[STEP_DRIFT]);
}

/* ---- told to programs */

static void plan_written(const struct apply *a, bool done)
{
	struct arena *arena = a->cli->arena;
	struct json *plan = json_new(arena, JSON_OBJECT);
	struct json *steps = json_add(plan, S("steps"), json_new(arena, JSON_ARRAY));

	for (const struct step *s = a->steps; s != NULL; s = s->next) {
		struct json *one = json_add(steps, S_NONE, json_new(arena, JSON_OBJECT));
		json_put_text(arena, one, "action", str_of(step_words[s->what]));
		json_put_text(arena, one, "kind", str_of(apply_words[s->kind]));
		json_put_text(arena, one, "name", s->name);
		if (s->changes != NULL && s->changes->count > 0) {
			struct json *changes = ARENA_NEW(arena, struct json);
			*changes = *s->changes;
			json_add(one, S("changes"), changes);
		}
	}
	for (int i = 0; i < STEP_WHATS; i++)
		json_put_number(arena, plan, step_words[i], a->count[i]);
	json_add(plan, S("done"), json_new(arena, done ? JSON_TRUE : JSON_FALSE));
	printf("%.*s\n", S_ARG(json_written(arena, plan)));
}

/* ---- the command */

static int ask_server(struct apply *a, const char *query)
{
	struct answer answer;
	int code = cli_rest(a->cli, "GET", arena_printf(a->cli->arena, "/v1/definitions%s", query),
	                    NULL, &answer);

	a->server = answer.json;
	if (code == CLI_DONE && !json_is(a->server, JSON_OBJECT))
		code = cli_fail(CLI_BUG, "The server's answer is no JSON object.");
	return code;
}

/* Before the first step, so that none is done where one is bound to be refused; each is told. */
static int ask_removable(struct apply *a)
{
	int all = CLI_DONE;

	for (const struct step *s = a->steps; s != NULL; s = s->next) {
		int code = apply_removable(a, s);
		if (code != CLI_DONE && code != CLI_REFUSED)
			return code;
		all = code == CLI_DONE ? all : code;
	}
	return all;
}

static int do_all(struct apply *a)
{
	int done = 0, code = CLI_DONE;

	for (const struct step *s = a->steps; s != NULL && code == CLI_DONE; s = s->next)
		if (is_work(s) && (code = apply_step(a, s)) == CLI_DONE)
			done++;
		else if (is_work(s))
			fprintf(stderr, "ringi: %s %s %.*s was refused; %d steps before it are done.\n",
			        step_words[s->what], apply_words[s->kind], S_ARG(s->name), done);
	return code;
}

static int apply_file(struct apply *a)
{
	struct cli *cli = a->cli;
	bool dry = option_on(&cli->options, "dry-run"), json = option_on(&cli->options, "json");
	int code = document_read(cli, a->path, &a->file);

	if (code == CLI_DONE)
		code = apply_file_check(a);
	if (code == CLI_DONE)
		code = ask_server(a, "?defaults=true");
	if (code != CLI_DONE)
		return code;
	apply_plan(a);
	if (!json)
		plan_shown(a);
	int work = a->count[STEP_CREATE] + a->count[STEP_CHANGE] + a->count[STEP_REMOVE];
	code = ask_removable(a);
	if (code == CLI_DONE && !dry)
		code = do_all(a);
	if (json)
		plan_written(a, !dry && code == CLI_DONE);
	return code == CLI_DONE && dry && work > 0 ? CLI_REFUSED : code;
}

/* What another server, or this one, can be given again. */
static int export(struct apply *a)
{
	struct json *subscriptions;
	struct buf b = { 0 };
	int code = ask_server(a, "");

	if (code != CLI_DONE)
		return code;
	json_drop(a->server, "server");
	subscriptions = (struct json *)(uintptr_t)json_get(a->server, "subscriptions"); /* our tree */
	for (struct json *s = subscriptions == NULL ? NULL : subscriptions->first; s != NULL;
	     s = s->next)
		json_drop(s, "id");
	json_write_lines(&b, a->server);
	printf("%.*s", S_ARG(buf_str(&b)));
	buf_free(&b);
	return CLI_DONE;
}

static int apply(struct cli *cli)
{
	struct apply a = { .cli = cli, .path = cli_arg(cli, 0) };

	a.prune = option_on(&cli->options, "prune");
	if (option_on(&cli->options, "export") == (a.path != NULL))
		return cli_fail(CLI_WRONG, "Name a file, or --export: `ringi apply FILE`.");
	return a.path == NULL ? export(&a) : apply_file(&a);
}

static const struct option apply_options[] = {
	{ .name = "dry-run",
	  .kind = OPTION_SWITCH,
	  .help = "only tell what would be done; exit 1 when that is something",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "prune",
	  .kind = OPTION_SWITCH,
	  .help = "also remove what the file has not (queues only when they are empty)",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "export",
	  .kind = OPTION_SWITCH,
	  .help = "print the file that makes a server like this one",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "json", .kind = OPTION_SWITCH, .help = "print JSON", .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

const struct command commands_apply[] = {
	{ .name = "apply",
	  .args = "FILE|-",
	  .help = "Makes queues, topics, schedules what a file says.",
	  .examples = "ringi apply ringi.json --dry-run\n"
	              "ringi apply ringi.json\n"
	              "ringi apply --export > ringi.json",
	  .options = apply_options,
	  .args_max = 1,
	  .run = apply },
	{ 0 },
};
