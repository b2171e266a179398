/* options.c - reads the command line, the environment and a configuration file.
 *
 * The three are read in the order of their rank: what has a value already is not
 * given another one. */
#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/near.h"
#include "os/os.h"

extern char **environ;

/* ---- one reading */

struct reading {
	struct options *o;
	struct arena *arena;
	struct str why;
	bool wrong;
};

static bool wrong(struct reading *r, struct str sentence)
{
	if (!r->wrong)
		r->why = sentence;
	r->wrong = true;
	return false;
}

static struct option_value *find(struct options *o, const char *name)
{
	for (int i = 0; i < o->count; i++)
		if (strcmp(o->values[i].option->name, name) == 0)
			return &o->values[i];
	return NULL;
}

static struct option_value *find_letter(struct options *o, char letter)
{
	for (int i = 0; i < o->count; i++)
		if (o->values[i].option->letter == letter)
			return &o->values[i];
	return NULL;
}

/* The option `NAME` of `NAME-file`; NULL when it is not one that is secret. */
static struct option_value *find_file_form(struct reading *r, const char *name)
{
	struct str s = str_of(name);

	if (!str_ends(s, S("-file")))
		return NULL;
	struct str base = arena_str(r->arena, (struct str){ s.at, s.len - 5 });
	struct option_value *v = find(r->o, base.at);
	return v != NULL && (v->option->marks & OPTION_SECRET) ? v : NULL;
}

static const char *suggest(struct reading *r, const char *typed)
{
	const char *names[OPTIONS_MAX];

	for (int i = 0; i < r->o->count; i++)
		names[i] = r->o->values[i].option->name;
	return nearest_name(typed, names, r->o->count);
}

static bool unknown(struct reading *r, const char *where, const char *typed)
{
	const char *near = suggest(r, typed);

	if (near == NULL)
		return wrong(r, arena_printf(r->arena, "There is no option %s%s; --help lists them.", where,
		                             typed));
	return wrong(r, arena_printf(r->arena, "There is no option %s%s; did you mean %s%s?", where,
	                             typed, where, near));
}

/* ---- values */

static bool check_number(struct reading *r, struct option_value *v)
{
	const struct option *o = v->option;

	if (str_i64(str_of(v->text), o->least, o->most, &v->number))
		return true;
	return wrong(r, arena_printf(r->arena, "%s must be a whole number from %lld to %lld, not '%s'.",
	                             v->from, (long long)o->least, (long long)o->most, v->text));
}

static bool check_choice(struct reading *r, struct option_value *v)
{
	struct str rest = str_of(v->option->choices);

	while (str_given(rest))
		if (str_is(str_cut(&rest, '|'), v->text))
			return true;
	return wrong(r, arena_printf(r->arena, "%s must be one of %s, not '%s'.", v->from,
	                             v->option->choices, v->text));
}

static bool check_switch(struct reading *r, struct option_value *v)
{
	static const char *const on[] = { "on", "true", "1", "yes" };
	static const char *const off[] = { "off", "false", "0", "no" };

	for (size_t i = 0; i < sizeof on / sizeof *on; i++) {
		if (strcmp(v->text, on[i]) == 0)
			v->number = 1;
		if (strcmp(v->text, on[i]) == 0 || strcmp(v->text, off[i]) == 0)
			return true;
	}
	return wrong(r, arena_printf(r->arena, "%s must be on or off, not '%s'.", v->from, v->text));
}

static bool check_value(struct reading *r, struct option_value *v)
{
	if (v->text == NULL)
		return true;
	switch (v->option->kind) {
	case OPTION_NUMBER:
		return check_number(r, v);
	case OPTION_CHOICE:
		return check_choice(r, v);
	case OPTION_SWITCH:
		return check_switch(r, v);
	case OPTION_TEXT:
	case OPTION_LIST:
		return true;
	}
	return true;
}

static bool put(struct reading *r, struct option_value *v, const char *text, const char *from)
{
	v->text = text;
	v->from = from;
	if (v->option->kind != OPTION_LIST)
		return true;
	if (v->count == OPTION_LIST_MAX)
		return wrong(r, arena_printf(r->arena, "%s may be given at most %d times.", from,
		                             OPTION_LIST_MAX));
	v->list[v->count++] = text;
	return true;
}

static bool put_from_file(struct reading *r, struct option_value *v, const char *path,
                          const char *from)
{
	struct str all;

	if (os_file_read(r->arena, path, OPTION_FILE_MAX, &all) != OK || !str_given(all))
		return wrong(r, arena_printf(r->arena, "%s names the file %s, which cannot be read.", from,
		                             path));
	struct str line = str_cut(&all, '\n');
	if (str_ends(line, S("\r")))
		line.len--;
	return put(r, v, arena_str(r->arena, line).at, from);
}

/* ---- the command line */

static bool take_long(struct reading *r, const char *word, int *at, int argc, char **argv)
{
	struct str value = str_of(word + 2);
	struct str name = str_cut(&value, '=');
	const char *text = str_given(value) ? value.at : NULL;
	const char *named = arena_str(r->arena, name).at;
	const char *from = arena_printf(r->arena, "--%s", named).at;
	struct option_value *v = find(r->o, named), *file = v == NULL ? find_file_form(r, named) : NULL;

	if (v == NULL && file == NULL)
		return unknown(r, "--", named);
	if (v != NULL && v->option->kind == OPTION_SWITCH)
		return put(r, v, text == NULL ? "on" : text, from);
	if (text == NULL) {
		if (*at + 1 >= argc)
			return wrong(r, arena_printf(r->arena, "%s needs a value.", from));
		text = argv[++*at];
	}
	return v != NULL ? put(r, v, text, from) : put_from_file(r, file, text, from);
}

static bool take_letter(struct reading *r, const char *word, int *at, int argc, char **argv)
{
	struct option_value *v = find_letter(r->o, word[1]);
	const char *from = arena_printf(r->arena, "-%c", word[1]).at;

	if (v == NULL)
		return wrong(r, arena_printf(r->arena, "There is no option %s; --help lists them.", from));
	if (v->option->kind == OPTION_SWITCH && word[2] == '\0')
		return put(r, v, "on", from);
	if (v->option->kind == OPTION_SWITCH)
		return wrong(r, arena_printf(r->arena, "%s takes no value.", from));
	if (word[2] != '\0')
		return put(r, v, word + 2, from);
	if (*at + 1 >= argc)
		return wrong(r, arena_printf(r->arena, "%s needs a value.", from));
	return put(r, v, argv[++*at], from);
}

static bool take_arg(struct reading *r, const char *word)
{
	if (r->o->arg_count == OPTION_ARGS_MAX)
		return wrong(r, arena_printf(r->arena, "More than %d arguments are too many.",
		                             OPTION_ARGS_MAX));
	r->o->args[r->o->arg_count++] = word;
	return true;
}

static bool read_flags(struct reading *r, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		const char *word = argv[i];
		if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
			r->o->help = true;
			return true;
		}
		if (strcmp(word, "--") == 0) {
			while (++i < argc)
				if (!take_arg(r, argv[i]))
					return false;
			return true;
		}
		bool good = word[0] != '-' || word[1] == '\0' ? take_arg(r, word)
		            : word[1] == '-'                  ? take_long(r, word, &i, argc, argv)
		                                              : take_letter(r, word, &i, argc, argv);
		if (!good)
			return false;
	}
	return true;
}

/* ---- the environment */

/* "log-format" for RINGI_LOG_FORMAT; NULL when it is none of ours. */
static const char *option_name(struct reading *r, struct str variable)
{
	if (!str_starts(variable, S("RINGI_")) || variable.len == 6)
		return NULL;
	struct str name = arena_str(r->arena, str_from(variable, 6));
	char *at = (char *)(uintptr_t)name.at; /* our own copy */
	for (size_t i = 0; i < name.len; i++)
		at[i] = at[i] == '_' ? '-' : at[i] >= 'A' && at[i] <= 'Z' ? (char)(at[i] + 32) : at[i];
	return at;
}

/* RINGI_LISTN was meant for somebody; other programs' RINGI_... are not our business. */
static bool almost_ours(struct reading *r, const char *name)
{
	const char *near = suggest(r, name);

	return near != NULL && name_distance(name, near) == 1;
}

static bool read_variable(struct reading *r, struct str entry)
{
	struct str value = entry;
	struct str variable = str_cut(&value, '=');
	const char *name = option_name(r, variable);

	if (name == NULL || !str_given(value) || value.len == 0)
		return true;
	const char *from = arena_str(r->arena, variable).at;
	struct option_value *v = find(r->o, name);
	struct option_value *file = v == NULL ? find_file_form(r, name) : NULL;
	if (v == NULL && file == NULL && almost_ours(r, name))
		return wrong(r, arena_printf(r->arena,
		                             "The environment variable %s is not known; the option "
		                             "nearest to it is --%s.",
		                             from, suggest(r, name)));
	if (v != NULL && v->text == NULL && !(v->option->marks & OPTION_FLAG_ONLY) &&
	    v->option->kind != OPTION_LIST)
		return put(r, v, value.at, from);
	if (file != NULL && file->text == NULL)
		return put_from_file(r, file, value.at, from);
	return true;
}

static bool read_environment(struct reading *r)
{
	for (char **e = environ; *e != NULL; e++)
		if (!read_variable(r, str_of(*e)))
			return false;
	return true;
}

/* ---- the configuration file */

static bool read_line(struct reading *r, const char *path, int number, struct str line)
{
	struct str value = str_trim(line);

	if (str_ends(value, S("\r")))
		value = str_trim((struct str){ value.at, value.len - 1 });
	if (value.len == 0 || value.at[0] == '#')
		return true;
	const char *from = arena_printf(r->arena, "%s:%d", path, number).at;
	const char *name = arena_str(r->arena, str_trim(str_cut(&value, '='))).at;
	if (!str_given(value))
		return wrong(r,
		             arena_printf(r->arena, "%s: expected `key = value`, found '%s'.", from, name));
	const char *text = arena_str(r->arena, str_trim(value)).at;
	const char *label = arena_printf(r->arena, "%s (%s)", name, from).at;
	struct option_value *v = find(r->o, name);
	struct option_value *file = v == NULL ? find_file_form(r, name) : NULL;
	if (v != NULL && (v->option->marks & OPTION_FLAG_ONLY))
		v = NULL;
	if (v == NULL && file == NULL)
		return unknown(r, arena_printf(r->arena, "%s ", from).at, name);
	if (v != NULL)
		return v->text != NULL || put(r, v, text, label);
	return file->text != NULL || put_from_file(r, file, text, label);
}

static bool read_config(struct reading *r)
{
	struct option_value *config = find(r->o, "config");
	struct str all;

	if (config == NULL || config->text == NULL)
		return true;
	if (os_file_read(r->arena, config->text, OPTION_FILE_MAX, &all) != OK || !str_given(all))
		return wrong(r, arena_printf(r->arena, "The configuration file %s (%s) cannot be read.",
		                             config->text, config->from));
	for (int number = 1; str_given(all); number++)
		if (!read_line(r, config->text, number, str_cut(&all, '\n')))
			return false;
	return true;
}

/* ---- all of it */

static void add_table(struct options *o, const struct option *table)
{
	for (; table != NULL && table->name != NULL; table++) {
		must(o->count < OPTIONS_MAX);
		o->values[o->count++].option = table;
	}
}

static bool finish(struct reading *r)
{
	for (int i = 0; i < r->o->count; i++) {
		struct option_value *v = &r->o->values[i];
		if (v->text == NULL && v->option->fallback != NULL) {
			v->text = v->option->fallback;
			v->from = "default";
		}
		if (!check_value(r, v))
			return false;
	}
	return true;
}

bool options_read(struct options *o, struct arena *arena, const struct option *table,
                  const struct option *more, int argc, char **argv, struct str *why)
{
	struct reading r = { .o = o, .arena = arena };

	memset(o, 0, sizeof *o);
	add_table(o, table);
	add_table(o, more);
	bool good = read_flags(&r, argc, argv) &&
	            (o->help || (read_environment(&r) && read_config(&r) && finish(&r)));
	*why = r.why;
	return good;
}

/* ---- getters */

const struct option_value *option_value(const struct options *o, const char *name)
{
	for (int i = 0; i < o->count; i++)
		if (strcmp(o->values[i].option->name, name) == 0)
			return &o->values[i];
	must(!"an option of the table");
	return NULL;
}

const char *option_text(const struct options *o, const char *name)
{
	return option_value(o, name)->text;
}

int64_t option_number(const struct options *o, const char *name)
{
	return option_value(o, name)->number;
}

bool option_on(const struct options *o, const char *name)
{
	const struct option_value *v = option_value(o, name);

	return v->number != 0 ||
	       (v->option->kind == OPTION_CHOICE && v->text != NULL && strcmp(v->text, "on") == 0);
}

bool option_given(const struct options *o, const char *name)
{
	const struct option_value *v = option_value(o, name);

	return v->text != NULL && strcmp(v->from, "default") != 0;
}

void options_help(struct buf *to, const struct option *table)
{
	for (; table != NULL && table->name != NULL; table++) {
		char left[64];
		char letter[8] = "    ";
		if (table->letter != 0)
			snprintf(letter, sizeof letter, "-%c, ", table->letter);
		snprintf(left, sizeof left, "%s--%s%s%s", letter, table->name,
		         table->value == NULL ? "" : " ", table->value == NULL ? "" : table->value);
		buf_printf(to, "  %-32s %s", left, table->help);
		if (table->fallback != NULL)
			buf_printf(to, " (%s)", table->fallback);
		buf_add(to, S("\n"));
	}
}
