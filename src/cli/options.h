/* options.h - what was asked: flags, environment, configuration file, defaults.
 *
 * A command describes its options in a table that ends at a NULL name. Each may
 * come, first found first taken, from
 *
 *     --name VALUE, --name=VALUE, -n VALUE     (a switch takes no value: --name)
 *     RINGI_NAME in the environment            (an empty one counts as not given)
 *     name = value in the file of --config     (when the table has an option "config")
 *     its default
 *
 * An option marked OPTION_SECRET may also be named with `-file` behind it, in all
 * three places (--token-file, RINGI_TOKEN_FILE, token-file = ...): then the value is
 * the first line of that file. Options marked OPTION_FLAG_ONLY are not looked for
 * outside the command line.
 *
 * What is unknown is an error with a suggestion; so is an environment name that is
 * almost one of ours. Numbers and choices are checked here, so the getters below
 * cannot fail; asking them for a name that is not in the table is a bug (must). */
#ifndef RINGI_CLI_OPTIONS_H
#define RINGI_CLI_OPTIONS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

enum option_kind {
	OPTION_TEXT,
	OPTION_NUMBER, /* whole, from `least` to `most` */
	OPTION_CHOICE, /* one of `choices`, separated by '|' */
	OPTION_SWITCH, /* on when given; in files and environment: on|off, true|false, 1|0 */
	OPTION_LIST,   /* texts; may be given several times, on the command line only */
};

enum option_marks { OPTION_SECRET = 1, OPTION_FLAG_ONLY = 2 };

struct option {
	const char *name; /* "log-format" */
	char letter;      /* 0: none */
	enum option_kind kind;
	const char *value;    /* what stands for the value in help: "HOST:PORT" */
	const char *fallback; /* default; NULL: none */
	const char *help;
	const char *choices;
	int64_t least, most;
	int marks;
};

enum { OPTIONS_MAX = 48, OPTION_LIST_MAX = 32, OPTION_ARGS_MAX = 64, OPTION_FILE_MAX = 64 * 1024 };

struct option_value {
	const struct option *option;
	const char *text; /* NULL: not given and no default */
	const char *from; /* "--listen", "RINGI_LISTEN", "ringi.conf:7", "default" */
	const char *list[OPTION_LIST_MAX];
	int count;
	int64_t number;
};

struct options {
	struct option_value values[OPTIONS_MAX];
	int count;
	const char *args[OPTION_ARGS_MAX]; /* what is not an option, in order */
	int arg_count;
	bool help; /* --help or -h was given: nothing else was checked */
};

/* Reads argv[0..argc-1] (without the names of program and command). `more` is a
 * second table, may be NULL. False and a sentence in `why` (lies in the arena) when
 * asked wrongly. Texts live as long as argv, the environment and the arena. */
bool options_read(struct options *, struct arena *, const struct option *table,
                  const struct option *more, int argc, char **argv, struct str *why);

const char *option_text(const struct options *, const char *name); /* NULL: not given */
int64_t option_number(const struct options *, const char *name);   /* 0: not given */
bool option_on(const struct options *, const char *name);          /* switches; choices on|off */
bool option_given(const struct options *, const char *name);       /* anything but the default */
const struct option_value *option_value(const struct options *, const char *name);

/* The table as lines of help. */
void options_help(struct buf *, const struct option *table);

#endif
