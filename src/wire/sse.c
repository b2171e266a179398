/* sse.c - Server-Sent Events, written and read (WHATWG HTML, "Server-sent events"). */
#include "wire/sse.h"

#include "base/limits.h"

/* ---- writing */

static bool one_line(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] == '\n' || s.at[i] == '\r' || s.at[i] == '\0')
			return false;
	return true;
}

static void write_field(struct buf *b, struct str name, struct str value)
{
	buf_add(b, name);
	buf_add(b, S(": "));
	buf_add(b, value);
	buf_add_byte(b, '\n');
}

/* Up to the next line break, which is taken off; \r\n is one. */
static struct str take_line(struct str *rest)
{
	size_t len = 0;

	while (len < rest->len && rest->at[len] != '\n' && rest->at[len] != '\r')
		len++;
	struct str line = { rest->at, len };
	size_t after = len;
	if (after < rest->len && rest->at[after] == '\r')
		after++;
	if (after < rest->len && rest->at[after] == '\n')
		after++;
	*rest = after == len ? S_NONE : str_from(*rest, after);
	return line;
}

void sse_write(struct buf *b, const struct sse_event *e)
{
	struct str rest = e->data;

	must(one_line(e->id) && one_line(e->name));
	if (str_given(e->id))
		write_field(b, S("id"), e->id);
	if (str_given(e->name))
		write_field(b, S("event"), e->name);
	do
		write_field(b, S("data"), take_line(&rest));
	while (str_given(rest));
	buf_add_byte(b, '\n');
}

void sse_write_retry(struct buf *b, int64_t ms)
{
	buf_add(b, S("retry: "));
	buf_add_i64(b, ms);
	buf_add(b, S("\n\n"));
}

void sse_write_position(struct buf *b, struct str id)
{
	must(one_line(id));
	write_field(b, S("id"), id);
	buf_add_byte(b, '\n');
}

void sse_write_comment(struct buf *b)
{
	buf_add(b, S(":\n\n"));
}

/* ---- reading */

static void event_clear(struct sse_reader *r)
{
	buf_clear(&r->data);
	buf_clear(&r->name);
	r->some_data = false;
}

/* An empty line: the event is whole. Without data it is none. */
static void dispatch(struct sse_reader *r, sse_fn *got, void *context)
{
	struct sse_event e = {
		.id = r->id.len == 0 ? S_NONE : buf_str(&r->id),
		.name = r->name.len == 0 ? S_NONE : buf_str(&r->name),
		.data = buf_str(&r->data),
	};

	if (r->some_data)
		got(context, &e);
	event_clear(r);
}

static void set(struct buf *b, struct str value)
{
	buf_clear(b);
	buf_add(b, value);
}

static void take_field(struct sse_reader *r, struct str name, struct str value)
{
	uint64_t ms;

	if (str_is(name, "data")) {
		if (r->some_data)
			buf_add_byte(&r->data, '\n');
		buf_add(&r->data, value);
		r->some_data = true;
	} else if (str_is(name, "event")) {
		set(&r->name, value);
	} else if (str_is(name, "id")) {
		if (value.len == 0 || memchr(value.at, '\0', value.len) == NULL)
			set(&r->id, value);
	} else if (str_is(name, "retry")) {
		if (str_u64(value, HOUR_MS, &ms))
			r->retry_ms = (int64_t)ms;
	}
}

static void take_whole_line(struct sse_reader *r, struct str line, sse_fn *got, void *context)
{
	struct str value = line;

	if (line.len == 0) {
		dispatch(r, got, context);
		return;
	}
	struct str name = str_cut(&value, ':');
	if (str_given(value) && value.len > 0 && value.at[0] == ' ')
		value = str_from(value, 1);
	take_field(r, name, str_given(value) ? value : S("")); /* a comment has an empty name */
}

/* At most one byte order mark, in front of everything. */
static void begin(struct sse_reader *r)
{
	struct str line = buf_str(&r->line);

	if (!r->began && str_starts(line, S("\xef\xbb\xbf"))) {
		memmove(r->line.at, r->line.at + 3, r->line.len - 3);
		r->line.len -= 3;
	}
	r->began = true;
}

static bool too_large(const struct sse_reader *r, size_t more)
{
	return r->line.len + r->data.len + more > SSE_EVENT_MAX || r->line.failed || r->data.failed;
}

enum err sse_read(struct sse_reader *r, struct str bytes, sse_fn *got, void *context)
{
	while (bytes.len > 0) {
		if (r->after_cr && bytes.at[0] == '\n')
			bytes = str_from(bytes, 1);
		r->after_cr = false;
		size_t len = 0;
		while (len < bytes.len && bytes.at[len] != '\n' && bytes.at[len] != '\r')
			len++;
		if (too_large(r, len))
			return ERR_LIMIT;
		buf_add(&r->line, (struct str){ bytes.at, len });
		if (len == bytes.len)
			break;
		r->after_cr = bytes.at[len] == '\r';
		bytes = str_from(bytes, len + 1);
		begin(r);
		take_whole_line(r, buf_str(&r->line), got, context);
		buf_clear(&r->line);
	}
	return OK;
}

void sse_read_end(struct sse_reader *r)
{
	event_clear(r);
	buf_clear(&r->line);
	r->began = r->after_cr = false;
}

void sse_read_free(struct sse_reader *r)
{
	buf_free(&r->line);
	buf_free(&r->data);
	buf_free(&r->name);
	buf_free(&r->id);
	*r = (struct sse_reader){ 0 };
}
