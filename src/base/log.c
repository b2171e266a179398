/* log.c - one event, one line, one write.
 *
 * L1  A line has no control character but the newline at its end, whatever is in the
 *     fields: nobody can forge a second line.
 * L2  A line is at most LOG_LINE_MAX bytes: up to PIPE_BUF a write to a pipe is not
 *     mixed with another thread's, so there is no lock. What does not fit is cut,
 *     and the line says so; brackets and quotes are closed all the same.
 * L3  Nothing is allocated: out of memory can be logged. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"

enum {
	LOG_LINE_MAX = 4096,
	LOG_FIELDS_MAX = 3072,
	LOG_RESERVE = 64, /* for what closes a line that was cut */
};

struct line {
	char at[LOG_LINE_MAX];
	size_t len;
	bool cut;        /* the line is full */
	bool cut_before; /* the fields were too long to begin with */
};

static enum log_format format = LOG_TEXT;
static enum log_level least = LOG_INFO;
static int64_t (*clock_wall_ms)(void);

void log_open(enum log_format f, enum log_level l)
{
	format = f;
	least = l;
}

void log_clock(int64_t (*wall_ms)(void))
{
	clock_wall_ms = wall_ms;
}

/* Whole or not at all. */
static void put(struct line *l, struct str s)
{
	if (l->cut || s.len > sizeof l->at - LOG_RESERVE - l->len) {
		l->cut = true;
		return;
	}
	memcpy(l->at + l->len, s.at, s.len);
	l->len += s.len;
}

/* Closing texts go into the reserve. */
static void put_close(struct line *l, struct str s)
{
	if (s.len > sizeof l->at - l->len)
		return;
	memcpy(l->at + l->len, s.at, s.len);
	l->len += s.len;
}

static void put_control(struct line *l, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";
	char json[6] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] };
	char text[4] = { '\\', 'x', digits[c >> 4], digits[c & 15] };

	if (c == '\n')
		put(l, S("\\n"));
	else if (format == LOG_JSON)
		put(l, (struct str){ json, sizeof json });
	else
		put(l, (struct str){ text, sizeof text });
}

/* How many bytes the character at `i` has, in text that is UTF-8. */
static size_t width(unsigned char lead)
{
	return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* A character outside ASCII. Those from U+0080 to U+009F command terminals, too. */
static void put_wide(struct line *l, struct str c)
{
	if (c.at[0] == '\xC2' && (unsigned char)c.at[1] < 0xA0)
		put_control(l, (unsigned char)c.at[1]);
	else
		put(l, c);
}

/* Text as it stands, without control characters (L1). In JSON also fit for a string;
 * in text that is not UTF-8 each byte outside ASCII becomes '?'. */
static void put_clean(struct line *l, struct str s)
{
	bool utf8 = str_utf8(s);
	size_t step;

	for (size_t i = 0; i < s.len; i += step) {
		unsigned char c = (unsigned char)s.at[i];
		step = utf8 ? width(c) : 1;
		if (step > 1)
			put_wide(l, (struct str){ s.at + i, step });
		else if (c < 0x20 || c == 0x7F)
			put_control(l, c);
		else if (format == LOG_JSON && (c == '"' || c == '\\'))
			put(l, (struct str){ (char[2]){ '\\', (char)c }, 2 });
		else
			put(l, c >= 0x80 ? S("?") : (struct str){ s.at + i, 1 });
	}
}

/* A number as JSON writes integers, short enough to be exact for everybody. */
static bool is_number(struct str s)
{
	int64_t n;
	struct str digits = s.len > 0 && s.at[0] == '-' ? str_from(s, 1) : s;

	return s.len <= 15 && (digits.len == 1 || (digits.len > 1 && digits.at[0] != '0')) &&
	       str_i64(s, INT64_MIN, INT64_MAX, &n);
}

static void put_json_field(struct line *l, struct str key, struct str value, bool quoted)
{
	size_t before = l->len;

	put(l, S(",\""));
	put_clean(l, key);
	put(l, S("\":"));
	if (!quoted && is_number(value)) {
		put(l, value);
		if (l->cut)
			l->len = before;
		return;
	}
	put(l, S("\""));
	if (l->cut) {
		l->len = before; /* not even its beginning fits */
		return;
	}
	put_clean(l, value);
	put_close(l, S("\""));
}

/* Takes one value off the front of `rest`: to the closing quote, or to the space. A
 * backslash in quotes keeps the next character from closing; both stay. */
static struct str take_value(struct str *rest, bool *quoted)
{
	struct str s = *rest;
	size_t i = 1;

	*quoted = s.len > 0 && s.at[0] == '"';
	if (!*quoted)
		return str_cut(rest, ' ');
	while (i < s.len && s.at[i] != '"')
		i += s.at[i] == '\\' ? 2 : 1;
	if (i > s.len)
		i = s.len;
	*rest = str_trim(str_from(s, i + 1));
	return (struct str){ s.at + 1, i - 1 };
}

/* key=value pairs; a word without '=' goes to the key "note". */
static void put_json_fields(struct line *l, struct str rest)
{
	rest = str_trim(rest);
	while (rest.len > 0 && !l->cut) {
		size_t i = 0;
		bool quoted = false;
		while (i < rest.len && rest.at[i] != '=' && rest.at[i] != ' ')
			i++;
		struct str key = S("note");
		if (i > 0 && i < rest.len && rest.at[i] == '=') {
			key = (struct str){ rest.at, i };
			rest = str_from(rest, i + 1);
		}
		struct str value = take_value(&rest, &quoted);
		put_json_field(l, key, value, quoted);
		rest = str_trim(rest);
	}
}

static void put_time(struct line *l)
{
	char room[64]; /* more than any date: the buffer never grows */
	struct buf b = { .at = room, .cap = sizeof room };

	if (clock_wall_ms == NULL) {
		put(l, S("-"));
		return;
	}
	time_rfc3339(&b, clock_wall_ms());
	put(l, buf_str(&b));
}

static void put_text_line(struct line *l, struct str level, struct str area, struct str event,
                          struct str fields)
{
	put_time(l);
	put(l, S(" "));
	put(l, level);
	put(l, S(" "));
	put_clean(l, area);
	put(l, S(" \""));
	put_clean(l, event);
	put_close(l, S("\""));
	if (fields.len > 0) {
		put(l, S(" "));
		put_clean(l, fields);
	}
	if (l->cut || l->cut_before)
		put_close(l, S(" cut=true"));
}

static void put_json_line(struct line *l, struct str level, struct str area, struct str event,
                          struct str fields)
{
	put(l, S("{\"time\":\""));
	put_time(l);
	put(l, S("\",\"level\":\""));
	put(l, level);
	put(l, S("\",\"area\":\""));
	put_clean(l, area);
	put(l, S("\",\"event\":\""));
	put_clean(l, event);
	put_close(l, S("\""));
	put_json_fields(l, fields);
	if (l->cut || l->cut_before)
		put_close(l, S(",\"cut\":true"));
	put_close(l, S("}"));
}

static struct str level_name(enum log_level l)
{
	switch (l) {
	case LOG_DEBUG:
		return S("debug");
	case LOG_INFO:
		return S("info");
	case LOG_WARN:
		return S("warn");
	case LOG_ERROR:
		return S("error");
	}
	return S("?");
}

/* Formats into `room`; what does not fit is cut between two characters. */
PRINTF_LIKE(3, 0)
static struct str format_fields(struct line *l, char room[LOG_FIELDS_MAX], const char *fields,
                                va_list args)
{
	int n = vsnprintf(room, LOG_FIELDS_MAX, fields, args);

	if (n < LOG_FIELDS_MAX)
		return str_trim((struct str){ room, n < 0 ? 0 : (size_t)n });
	l->cut_before = true;
	size_t len = LOG_FIELDS_MAX - 1;
	while (len > 0 && ((unsigned char)room[len - 1] & 0xC0) == 0x80)
		len--;
	return (struct str){ room, len - (len > 0 && (unsigned char)room[len - 1] >= 0xC0) };
}

void log_line(enum log_level level, const char *area, const char *event, const char *fields, ...)
{
	struct line l = { .len = 0, .cut = false, .cut_before = false };
	char room[LOG_FIELDS_MAX];
	va_list args;

	if (level < least)
		return;
	va_start(args, fields);
	struct str given = format_fields(&l, room, fields, args);
	va_end(args);
	if (format == LOG_JSON)
		put_json_line(&l, level_name(level), str_of(area), str_of(event), given);
	else
		put_text_line(&l, level_name(level), str_of(area), str_of(event), given);
	put_close(&l, S("\n"));
	/* A log that cannot be written has nobody to tell. */
	(void)!write(STDERR_FILENO, l.at, l.len);
}
