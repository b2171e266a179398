/* demo_repair.c - what a person does with dead letters: look, group, mend or give up. */
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/demo.h"
#include "cli/queues.h"

enum { CLASSES_MAX = 16 };

struct class
{
	struct str code, example;
	int64_t count;
};

static int classify(const struct json *letters, struct class *classes)
{
	int count = 0;

	JSON_EACH (letters, m) {
		struct str code = message_error_code(m);
		int i = 0;
		while (i < count && !str_eq(classes[i].code, code))
			i++;
		if (i == CLASSES_MAX)
			continue;
		if (i == count)
			classes[count++] = (struct class){ code, message_error_text(m), 0 };
		classes[i].count++;
	}
	return count;
}

static void show_classes(const struct demo *d, const struct class *classes, int count,
                         int64_t letters)
{
	printf(SAY(d, "\nDead-letter queue %s: %lld messages, by error:\n",
	           "\nデッドレターキュー %s: %lld 件、エラー別:\n"),
	       d->dlq, (long long)letters);
	for (int i = 0; i < count; i++)
		printf("  %-14.*s %6lld  %.*s\n", S_ARG(classes[i].code), (long long)classes[i].count,
		       S_ARG(classes[i].example));
}

/* "12x34" -> "1234": only what belongs to a number stays. Absent when that is none. */
static struct str mended_number(struct arena *arena, struct str text)
{
	char *to = arena_get(arena, text.len + 1);
	struct str out = { to, 0 };

	for (size_t i = 0; i < text.len; i++)
		if ((text.at[i] >= '0' && text.at[i] <= '9') || text.at[i] == '.' ||
		    (i == 0 && text.at[i] == '-'))
			to[out.len++] = text.at[i];
	return demo_is_number(out) ? out : S_NONE;
}

/* The body with its number mended; absent when nothing can be done. */
static struct str mended_body(struct demo *d, const struct json *letter)
{
	struct arena *arena = d->cli->arena;
	const struct demo_input *in = d->input;
	struct str why;
	struct json *row = json_read(arena, json_get_text(letter, "body"), &why);

	for (struct json *member = row == NULL ? NULL : row->first; member != NULL;
	     member = member->next)
		if (in->number_column >= 0 && str_eq(member->key, in->columns[in->number_column])) {
			member->text = mended_number(arena, member->text);
			return str_given(member->text) ? json_written(arena, row) : S_NONE;
		}
	return S_NONE;
}

static struct str letter_path(struct demo *d, const struct json *letter, const char *behind)
{
	return cli_queue_path(d->cli, d->dlq,
	                      arena_printf(d->cli->arena, "/messages/%lld%s",
	                                   (long long)json_number(json_get(letter, "position")), behind)
	                          .at);
}

static int mend_or_discard(struct demo *d, const struct json *letter)
{
	struct json *p = json_new(d->cli->arena, JSON_OBJECT);
	struct str body = S_NONE;
	struct answer a;

	if (str_is(message_error_code(letter), "BAD_NUMBER"))
		body = mended_body(d, letter);
	if (!str_given(body)) {
		d->discarded++;
		return cli_rest(d->cli, "DELETE", letter_path(d, letter, ""), NULL, &a);
	}
	json_put_text(d->cli->arena, p, "body", body);
	d->mended++;
	return cli_rest(d->cli, "POST", letter_path(d, letter, "/resend"), p, &a);
}

int demo_repair(struct demo *d)
{
	struct class classes[CLASSES_MAX];
	struct json *letters = NULL;
	int code = queue_peek(d->cli, d->dlq, NULL, d->input->rows, &letters);

	if (code != CLI_DONE || letters->count == 0)
		return code;
	show_classes(d, classes, classify(letters, classes), letters->count);
	JSON_EACH (letters, letter) {
		if (code == CLI_DONE && !d->stop)
			code = mend_or_discard(d, letter);
	}
	printf(SAY(d, "%lld mended and sent back, %lld discarded on purpose\n",
	           "%lld 件を修正して再送、%lld 件は意図して破棄\n"),
	       (long long)d->mended, (long long)d->discarded);
	return code;
}
