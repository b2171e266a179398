/* send.c - `ringi send`: messages into a queue.
 *
 * Many messages go in batches of ten. The ids are printed as they are accepted, so
 * that what is on the screen is what is on the server's disk. */
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/client.h"

enum { SEND_COUNT_MAX = 1000000, LINE_FIRST = 4096 };

static const struct option options[] = {
	{ .name = "group",
	  .letter = 'g',
	  .value = "ID",
	  .help = "message group (FIFO order, fair queues)",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "dedup",
	  .value = "ID",
	  .help = "deduplication id (FIFO)",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "delay",
	  .kind = OPTION_NUMBER,
	  .value = "SECONDS",
	  .most = QUEUE_DELAY_MAX_S,
	  .help = "receivers see it later",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "priority",
	  .kind = OPTION_NUMBER,
	  .value = "0..9",
	  .most = MESSAGE_PRIORITY_MAX,
	  .help = "9 is the most urgent (queues with priority=on)",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "attribute",
	  .letter = 'a',
	  .kind = OPTION_LIST,
	  .value = "NAME=TEXT",
	  .help = "a message attribute; may be repeated",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "count",
	  .letter = 'n',
	  .kind = OPTION_NUMBER,
	  .value = "N",
	  .fallback = "1",
	  .least = 1,
	  .most = SEND_COUNT_MAX,
	  .help = "send it that often",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "lines",
	  .kind = OPTION_SWITCH,
	  .help = "with BODY -: each line is a message",
	  .marks = OPTION_FLAG_ONLY },
	{ .name = "json",
	  .kind = OPTION_SWITCH,
	  .help = "print the answers as JSON",
	  .marks = OPTION_FLAG_ONLY },
	{ 0 },
};

/* What all messages of this call have in common. */
struct sending {
	struct cli *cli;
	const char *queue;
	struct json *attributes; /* NULL: none */
	struct json *entries;    /* the batch being filled */
	struct arena *arena;     /* lifetime: one batch */
	int64_t total, number;
	int code;
};

/* As clients of SQS give it. */
static void put_priority(struct sending *s, int64_t priority)
{
	struct arena *arena = s->cli->arena;
	struct json *one = json_add(s->attributes, S("ringi.priority"), json_new(arena, JSON_OBJECT));

	json_put_text(arena, one, "DataType", S("Number"));
	json_put_text(arena, one, "StringValue", arena_printf(arena, "%lld", (long long)priority));
}

static int read_attributes(struct sending *s)
{
	const struct option_value *v = option_value(&s->cli->options, "attribute");
	struct arena *arena = s->cli->arena;

	if (v->count > 0 || option_given(&s->cli->options, "priority"))
		s->attributes = json_new(arena, JSON_OBJECT);
	for (int i = 0; i < v->count; i++) {
		struct str value = str_of(v->list[i]);
		struct str name = str_cut(&value, '=');
		if (!str_given(value) || name.len == 0)
			return cli_fail(CLI_WRONG, "--attribute must be NAME=TEXT, not '%s'.", v->list[i]);
		struct json *one = json_add(s->attributes, name, json_new(arena, JSON_OBJECT));
		json_put_text(arena, one, "DataType", S("String"));
		json_put_text(arena, one, "StringValue", value);
	}
	if (option_given(&s->cli->options, "priority"))
		put_priority(s, option_number(&s->cli->options, "priority"));
	return CLI_DONE;
}

/* A copy, because a tree's node has one parent. */
static void put_attributes(struct sending *s, struct json *entry)
{
	struct str why;

	if (s->attributes == NULL)
		return;
	struct json *copy = json_read(s->arena, json_written(s->arena, s->attributes), &why);
	must(copy != NULL);
	json_add(entry, S("MessageAttributes"), copy);
}

static void print_ids(struct sending *s, const struct answer *a)
{
	if (option_on(&s->cli->options, "json")) {
		printf("%.*s\n", S_ARG(a->body));
		return;
	}
	JSON_EACH (json_get(a->json, "Successful"), one) {
		struct str id = json_get_text(one, "MessageId");
		printf("%.*s\n", S_ARG(id));
	}
}

static int flush(struct sending *s)
{
	struct answer a;

	if (s->entries == NULL)
		return CLI_DONE;
	struct json *p = json_new(s->arena, JSON_OBJECT);
	int code = cli_put_queue(s->cli, p, s->queue);
	if (code == CLI_DONE) {
		json_add(p, S("Entries"), s->entries);
		code = cli_sqs(s->cli, "SendMessageBatch", p, &a);
	}
	if (code == CLI_DONE) {
		print_ids(s, &a);
		const struct json *failed = json_get(a.json, "Failed");
		if (failed != NULL && failed->count > 0) {
			struct str why = json_get_text(failed->first, "Message"),
					   id = json_get_text(failed->first, "Code");
			code = failed->count == 1
			           ? cli_fail(CLI_REFUSED, "%.*s (%.*s)", S_ARG(why), S_ARG(id))
			           : cli_fail(CLI_REFUSED, "%.*s (%.*s); %u of these messages were refused.",
			                      S_ARG(why), S_ARG(id), failed->count);
		}
	}
	s->entries = NULL;
	arena_reset(s->arena);
	return code;
}

/* FIFO queues want one deduplication id for each message. */
static struct str dedup_of(struct sending *s)
{
	const char *given = option_text(&s->cli->options, "dedup");

	if (given == NULL || s->total == 1)
		return str_of(given);
	return arena_printf(s->arena, "%s-%lld", given, (long long)s->number);
}

static int add(struct sending *s, struct str body)
{
	const struct options *o = &s->cli->options;

	if (s->entries == NULL)
		s->entries = json_new(s->arena, JSON_ARRAY);
	struct json *e = json_add(s->entries, S_NONE, json_new(s->arena, JSON_OBJECT));
	json_put_text(s->arena, e, "Id", arena_printf(s->arena, "%u", s->entries->count));
	json_put_text(s->arena, e, "MessageBody", arena_str(s->arena, body));
	s->number++;
	if (option_text(o, "group") != NULL)
		json_put_text(s->arena, e, "MessageGroupId", str_of(option_text(o, "group")));
	struct str dedup = dedup_of(s);
	if (str_given(dedup))
		json_put_text(s->arena, e, "MessageDeduplicationId", dedup);
	if (option_given(o, "delay"))
		json_put_number(s->arena, e, "DelaySeconds", option_number(o, "delay"));
	put_attributes(s, e);
	/* A batch may hold 1 MiB in all: large bodies go one at a time. */
	bool full = s->entries->count == BATCH_ENTRIES_MAX ||
	            body.len > MESSAGE_SIZE_MAX / BATCH_ENTRIES_MAX;
	return full ? flush(s) : CLI_DONE;
}

static bool read_line(struct buf *line)
{
	int c;

	buf_clear(line);
	while ((c = getc(stdin)) != EOF && c != '\n')
		buf_add_byte(line, (char)c);
	return c != EOF || line->len > 0;
}

static int send_lines(struct sending *s)
{
	struct buf line = { 0 };
	int code = CLI_DONE;

	s->total = 0; /* unknown: deduplication ids are numbered */
	while (code == CLI_DONE && read_line(&line))
		if (line.len > 0)
			code = add(s, buf_str(&line));
	buf_free(&line);
	return code == CLI_DONE ? flush(s) : code;
}

static int send_copies(struct sending *s, struct str body)
{
	int code = CLI_DONE;

	s->total = option_number(&s->cli->options, "count");
	for (int64_t i = 0; i < s->total && code == CLI_DONE; i++)
		code = add(s, body);
	return code == CLI_DONE ? flush(s) : code;
}

static int send_body(struct sending *s, const char *body)
{
	struct buf all = { 0 };
	int c;

	if (strcmp(body, "-") != 0)
		return send_copies(s, str_of(body));
	if (option_on(&s->cli->options, "lines"))
		return send_lines(s);
	while (all.len <= MESSAGE_SIZE_MAX && (c = getc(stdin)) != EOF)
		buf_add_byte(&all, (char)c);
	int code = send_copies(s, buf_str(&all));
	buf_free(&all);
	return code;
}

static int run(struct cli *cli)
{
	struct sending s = { .cli = cli, .queue = cli_arg(cli, 0), .arena = arena_open() };
	int code = read_attributes(&s);

	if (code == CLI_DONE)
		code = send_body(&s, cli_arg(cli, 1));
	arena_close(s.arena);
	return code;
}

const struct command commands_send[] = {
	{ .name = "send",
	  .args = "QUEUE BODY|-",
	  .help = "Sends a message; - reads it from standard input.",
	  .examples = "ringi send orders '{\"order\": 1}'\n"
	              "ringi send orders.fifo '{\"order\": 1}' --group customer-7 --dedup order-1\n"
	              "ringi send orders - --lines < orders.jsonl\n"
	              "ringi send orders hello --delay 30 --attribute kind=test",
	  .options = options,
	  .args_min = 2,
	  .args_max = 2,
	  .run = run },
	{ 0 },
};
