/* document.c - see document.h. Comments become spaces, so that places stay what they are. */
#include "cli/document.h"

#include <stdio.h>

#include "os/os.h"

/* Behind the comment that begins at `i`; `i` itself when none does. */
static size_t comment_end(struct str s, size_t i)
{
	if (i + 1 >= s.len || s.at[i] != '/' || (s.at[i + 1] != '/' && s.at[i + 1] != '*'))
		return i;
	bool line = s.at[i + 1] == '/';
	for (i += 2; i < s.len; i++) {
		if (line && s.at[i] == '\n')
			return i;
		if (!line && s.at[i] == '*' && i + 1 < s.len && s.at[i + 1] == '/')
			return i + 2;
	}
	return s.len;
}

static struct str without_comments(struct arena *a, struct str text)
{
	struct str copy = arena_str(a, text);
	char *at = (char *)(uintptr_t)copy.at; /* our own copy */
	bool quoted = false;

	for (size_t i = 0; i < copy.len; i++) {
		size_t end = quoted ? i : comment_end(copy, i);
		for (; i < end; i++)
			if (at[i] != '\n')
				at[i] = ' ';
		if (i == copy.len)
			break;
		if (quoted && at[i] == '\\')
			i++;
		else if (at[i] == '"')
			quoted = !quoted;
	}
	return copy;
}

/* "... (at byte 17)." -> 17; 0 without one. */
static size_t place_in(struct str why)
{
	static const char mark[] = " (at byte ";
	uint64_t n = 0;

	for (size_t i = 0; i + sizeof mark < why.len; i++) {
		struct str rest = str_from(why, i);
		if (!str_starts(rest, S(" (at byte ")))
			continue;
		rest = str_from(rest, sizeof mark - 1);
		(void)str_u64(str_cut(&rest, ')'), SIZE_MAX, &n);
	}
	return (size_t)n;
}

int document_parse(struct cli *cli, const char *name, struct str text, struct json **out)
{
	struct str why = S_NONE;
	int line = 1;

	*out = json_read(cli->arena, without_comments(cli->arena, text), &why);
	if (*out != NULL)
		return CLI_DONE;
	for (size_t i = 0; i < place_in(why) && i < text.len; i++)
		line += text.at[i] == '\n';
	return cli_fail(CLI_WRONG, "%s:%d: %.*s", name, line, S_ARG(why));
}

static int read_input(struct cli *cli, struct str *text)
{
	struct buf b = { 0 };
	char piece[8192];
	size_t got;

	while (b.len <= DOCUMENT_MAX && (got = fread(piece, 1, sizeof piece, stdin)) > 0)
		buf_add(&b, (struct str){ piece, got });
	arena_adopt(cli->arena, b.at);
	*text = buf_str(&b);
	if (b.len > DOCUMENT_MAX)
		return cli_fail(CLI_WRONG, "Standard input is longer than %d bytes.", DOCUMENT_MAX);
	return CLI_DONE;
}

int document_read(struct cli *cli, const char *path, struct json **out)
{
	struct str text = S_NONE;

	if (str_is(str_of(path), "-")) {
		int code = read_input(cli, &text);
		return code == CLI_DONE ? document_parse(cli, "standard input", text, out) : code;
	}
	enum err fault = os_file_read(cli->arena, path, DOCUMENT_MAX, &text);
	if (fault == ERR_LIMIT)
		return cli_fail(CLI_WRONG, "%s is longer than %d bytes.", path, DOCUMENT_MAX);
	if (fault != OK || !str_given(text))
		return cli_fail(CLI_WRONG, "The file %s cannot be read.", path);
	return document_parse(cli, path, text, out);
}

void json_drop(struct json *object, const char *key)
{
	struct json **at = &object->first;

	object->last = NULL;
	while (*at != NULL) {
		if (str_is((*at)->key, key)) {
			*at = (*at)->next;
			object->count--;
		} else {
			object->last = *at;
			at = &(*at)->next;
		}
	}
}

static void indent(struct buf *b, int depth)
{
	buf_add_byte(b, '\n');
	for (int i = 0; i < depth; i++)
		buf_add(b, S("  "));
}

static void write_lines(struct buf *b, const struct json *v, int depth)
{
	bool object = v->kind == JSON_OBJECT;

	if ((!object && v->kind != JSON_ARRAY) || v->count == 0) {
		json_write(b, v);
		return;
	}
	buf_add_byte(b, object ? '{' : '[');
	JSON_EACH (v, child) {
		indent(b, depth + 1);
		if (object) {
			json_write_text(b, child->key);
			buf_add(b, S(": "));
		}
		write_lines(b, child, depth + 1);
		if (child->next != NULL)
			buf_add_byte(b, ',');
	}
	indent(b, depth);
	buf_add_byte(b, object ? '}' : ']');
}

void json_write_lines(struct buf *b, const struct json *v)
{
	write_lines(b, v, 0);
	buf_add_byte(b, '\n');
}
