/* docs.h - `ringi docs`: documents made from what runs.
 *
 *     docs.c         the command; words in two languages
 *     docs_graph.c   who is connected with whom, from the definitions
 *     docs_table.c   the table of queues and that of dead-letter queues
 *     docs_flow.c    the event-flow diagram
 *
 * The same definitions give the same bytes, so that documents can be kept with git. */
#ifndef RINGI_CLI_DOCS_H
#define RINGI_CLI_DOCS_H

#include "cli/cli.h"

/* ---- words */

enum word {
	W_QUEUES,
	W_QUEUES_ABOUT,
	W_QUEUE,
	W_PURPOSE,
	W_PRODUCERS,
	W_CONSUMERS,
	W_KIND,
	W_OWNER,
	W_DLQ,
	W_RETRIES,
	W_VISIBILITY,
	W_RETENTION,
	W_SCHEMA,
	W_RUNBOOK,
	W_STANDARD,
	W_TRACKED,
	W_YES,
	W_NO_LIMIT,
	W_GAPS,
	W_NO_PURPOSE,
	W_NO_OWNER,
	W_NO_DLQ,
	W_NO_SCHEMA,
	W_NO_RUNBOOK,
	W_NO_GAPS,
	W_DLQS,
	W_DLQS_ABOUT,
	W_SOURCES,
	W_WHO_LOOKS,
	W_WHAT_TO_DO,
	W_RECOVERY,
	W_COMMANDS,
	W_FLOW,
	W_FLOW_ABOUT,
	W_UNDELIVERABLE,
	W_TIMES,
	W_NONE_YET,
	W_MADE,
	W_SECONDS,
	W_MINUTES,
	W_HOURS,
	W_DAYS,
	WORDS_COUNT
};

struct docs {
	struct cli *cli;
	const char *const *words;
	const struct json *definitions; /* GET /v1/definitions?defaults=true */
	struct buf out;
};

const char *docs_word(const struct docs *, enum word);

/* ---- the graph */

/* A member of a queue: set, or its default; NULL: neither. */
const struct json *docs_member(const struct json *queue, const char *name);
struct str docs_text(const struct json *queue, const char *name); /* of it; absent: none */

typedef void each_fn(void *context, struct str name);
/* Those that the tag names, comma between them. */
void docs_each_tagged(const struct json *thing, const char *tag, each_fn *, void *context);
/* Who sends dead letters to that queue: queues by name, subscriptions as "topic -> target". */
void docs_each_source(const struct docs *, struct str dlq, each_fn *, void *context);
bool docs_is_dlq(const struct docs *, struct str queue);
/* "https://host:port" of a URL. */
struct str docs_origin(struct str url);

/* ---- the documents: Markdown into docs->out */

void docs_queues(struct docs *);
void docs_dlqs(struct docs *);
void docs_flow(struct docs *);

/* A cell of a table, a heading's text: nothing in it is Markdown or HTML by accident. */
void docs_cell(struct docs *, struct str text);
void docs_line(struct docs *, const char *text); /* and an empty line */

#endif
