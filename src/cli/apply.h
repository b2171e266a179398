/* apply.h - `ringi apply`: what a file wants, what a server has, and the steps in between.
 *
 *     apply.c          the command: options, order, printing
 *     apply_file.c     is the file what it should be? Everything is spelled one way after it
 *     apply_plan.c     file against server: steps
 *     apply_run.c      one step against the server
 *
 * File and server have the same form, that of GET /v1/definitions. */
#ifndef RINGI_CLI_APPLY_H
#define RINGI_CLI_APPLY_H

#include "cli/cli.h"

enum apply_kind { OF_CALENDAR, OF_QUEUE, OF_TOPIC, OF_SUBSCRIPTION, OF_SCHEDULE, APPLY_KINDS };

extern const char *const apply_words[APPLY_KINDS];   /* "queue" */
extern const char *const apply_members[APPLY_KINDS]; /* "queues" */

enum step_what {
	STEP_CREATE,
	STEP_CHANGE,
	STEP_UNCHANGED,
	STEP_REMOVE, /* with --prune */
	STEP_DRIFT,  /* on the server, not in the file; without --prune it stays */
	STEP_WHATS
};
extern const char *const step_words[STEP_WHATS];

struct step {
	enum step_what what;
	enum apply_kind kind;
	struct str name;            /* "orders"; of a subscription "news -> orders" */
	const struct json *wanted;  /* in the file; NULL: it is not there */
	const struct json *there;   /* on the server; NULL: it is not there */
	const struct json *changes; /* [{"member", "from", "to"}], "to" null: the default */
	struct step *next;
};

struct apply {
	struct cli *cli;
	const char *path;    /* of the file, for sentences */
	struct json *file;   /* after apply_file_check */
	struct json *server; /* GET /v1/definitions?defaults=true */
	bool prune;
	struct step *steps, **last;
	int count[STEP_WHATS];
};

/* All give an exit code; when it is not CLI_DONE the sentence has been printed. */
int apply_file_check(struct apply *);
void apply_plan(struct apply *);
int apply_step(struct apply *, const struct step *);
/* CLI_REFUSED, and a sentence: it would remove a queue that holds messages, which nobody could get
 * back. */
int apply_removable(struct apply *, const struct step *);

/* The member of an object by a name that is not a literal; NULL: absent. */
const struct json *json_member(const struct json *object, struct str key);
/* What stands at the other end of a subscription: a queue's name or a URL. */
struct str subscription_target(const struct json *subscription);
/* What a kind's members are when nobody has set them; NULL: not known here. */
const struct json *apply_defaults(struct apply *, enum apply_kind);

#endif
