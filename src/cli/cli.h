/* cli.h - the command line: what a command is, and what all commands share.
 *
 * A command is one record of a table (command/queue.c, send.c, ...); cli.c finds it,
 * reads its options and runs it. Commands speak to the server over HTTP only, as any
 * other client does; check and restore open the data folder of a stopped one.
 *
 * To add a command:
 *   1. write src/cli/NAME.c with its `const struct command commands_NAME[]`
 *   2. add the table to the list in cli.c
 *   3. add a test to test/cli/ and a section to docs/manual/commands.md */
#ifndef RINGI_CLI_CLI_H
#define RINGI_CLI_CLI_H

#include "base/arena.h"
#include "cli/options.h"
#include "wire/json.h"

enum cli_exit {
	CLI_DONE = 0,
	CLI_REFUSED = 1,     /* the server said no                  */
	CLI_WRONG = 2,       /* asked wrongly                       */
	CLI_UNREACHABLE = 3, /* nobody answers at that address      */
	CLI_STORAGE = 4,     /* disk or database                    */
	CLI_BUG = 5,         /* an answer that cannot be right      */
};

struct client;
struct cli;

struct command {
	const char *group;    /* "queue"; NULL: stands alone */
	const char *name;     /* "list" */
	const char *args;     /* "QUEUE BODY" for help; NULL: none */
	const char *help;     /* one line */
	const char *examples; /* lines, each beginning with "ringi " */
	const struct option *options;
	int args_min, args_max;
	bool local; /* speaks to no server: has no --server */
	int (*run)(struct cli *);
};

struct cli {
	struct arena *arena; /* lifetime: the command */
	const struct command *command;
	struct options options;
	struct client *client; /* see cli_client */
};

/* Everything but `serve`: argv as main got it. Returns the exit code. */
int cli_main(int argc, char **argv);

/* Prints "ringi: " and the sentence to standard error, returns `code`. */
int cli_fail(int code, const char *format, ...) PRINTF_LIKE(2, 3);
/* The client to --server; opened once. NULL and an error printed when asked wrongly. */
struct client *cli_client(struct cli *);
const char *cli_arg(const struct cli *, int at); /* NULL: not given */
/* The language of people: true when LC_ALL, LC_MESSAGES or LANG begins with "ja". */
bool cli_japanese(void);
/* Waits without doing anything. */
void cli_wait_ms(int ms);

/* ---- requests: an exit code; when it is not CLI_DONE the sentence has been printed */

struct answer;
int cli_sqs(struct cli *, const char *action, const struct json *parameters, struct answer *);
int cli_sns(struct cli *, const char *action, struct str form, struct answer *);
int cli_rest(struct cli *, const char *method, struct str path, const struct json *body,
             struct answer *); /* body NULL: none */
/* The same, and what it answers is shown (cli_show). */
int cli_rest_show(struct cli *, const char *method, struct str path, const struct json *body);
/* All pages of a listing: the elements of `member` come behind those of `array`. The path may have
 * a query. `page`: so many are asked for at once; 0: as the server likes. Ends when there are `max`
 * in the array or no more; `more` (may be NULL): which of both. */
int cli_pages(struct cli *, struct str path, const char *member, int64_t page, int64_t max,
              struct json *array, bool *more);
/* Adds "QueueUrl" to the parameters. */
int cli_put_queue(struct cli *, struct json *parameters, const char *queue);
/* "/v1/queues/NAME" and what follows. */
struct str cli_queue_path(struct cli *, const char *queue, const char *behind);
/* A name as it is written in a path, between two pieces of text. */
struct str cli_path(struct cli *, const char *before, const char *name, const char *behind);
/* An option that was given, or has a default, as a member of the object. */
void cli_put_option(struct cli *, struct json *object, const char *option, const char *member);
/* --label NAME=TEXT, as often as it was given, as the member "labels". */
int cli_put_labels(struct cli *, struct json *object);

/* ---- listings: an array of objects, as JSON or as a table */

struct column {
	const char *key;   /* member of each object */
	const char *title; /* above the column      */
	bool right;        /* numbers               */
};
/* --json: the array in one line; else a table with these columns (NULL key ends). */
void cli_list(const struct cli *, const struct json *array, const struct column *);
void cli_table(struct buf *, const struct json *array, const struct column *);
/* --json: the object in one line; else `key: value` lines. */
void cli_show(const struct cli *, const struct json *object);

/* Moves the elements of `page` (may be NULL, is not used after it) behind those of `array`. */
void json_move_all(struct json *array, const struct json *page);
int64_t json_number(const struct json *); /* of a number or a text of digits; 0: neither */

/* Why an operator does something: it stands in the audit log. */
#define CLI_REASON \
	{ \
		.name = "reason", .letter = 'r', .value = "TEXT", .help = "why, for the audit record", \
		.marks = OPTION_FLAG_ONLY \
	}
extern const struct option cli_server_options[], cli_json_option[], cli_no_options[],
	cli_reason_option[];
/* The path with what --reason says as its query: for DELETE, which has no body. */
struct str cli_with_reason(struct cli *, struct str path);

extern const struct command commands_demo[], commands_send[], commands_receive[], commands_queue[],
	commands_topic[], commands_dlq[], commands_dlq_move[], commands_key[], commands_top[],
	commands_bench[], commands_backup[], commands_check[], commands_events[], commands_relay[],
	commands_worker[], commands_job[], commands_schedule[], commands_calendar[], commands_apply[],
	commands_docs[], commands_simulate[], commands_role[], commands_people[], commands_delegate[],
	commands_policy[], commands_user[], commands_approve[], commands_audit[], commands_cluster[],
	commands_migrate[];

#endif
