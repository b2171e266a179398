/* sse_test.c - Server-Sent Events: what is written can be read, in pieces of any size. */
#include "base/limits.h"
#include "check.h"
#include "wire/sse.h"

static void written(const struct sse_event *e, const char *expected)
{
	struct buf b = { 0 };

	sse_write(&b, e);
	check_text(buf_str(&b), expected);
	buf_free(&b);
}

static void an_event_has_id_name_and_data(void **state)
{
	(void)state;
	written(&(struct sse_event){ S("7-1"), S("job"), S("{}") },
	        "id: 7-1\nevent: job\ndata: {}\n\n");
	written(&(struct sse_event){ S_NONE, S_NONE, S("x") }, "data: x\n\n");
	written(&(struct sse_event){ .data = S_NONE }, "data: \n\n");
}

static void a_line_break_in_data_begins_another_data_line(void **state)
{
	(void)state;
	written(&(struct sse_event){ .data = S("a\nb\r\nc\rd") },
	        "data: a\ndata: b\ndata: c\ndata: d\n\n");
	written(&(struct sse_event){ .data = S("a\n\nb") }, "data: a\ndata: \ndata: b\n\n");
	written(&(struct sse_event){ .data = S("a\n") }, "data: a\ndata: \n\n");
	written(&(struct sse_event){ .data = S("x\n\nevent: bye") },
	        "data: x\ndata: \ndata: event: bye\n\n");
}

static void what_is_no_event_ends_with_an_empty_line_too(void **state)
{
	struct buf b = { 0 };

	(void)state;
	sse_write_retry(&b, 2500);
	sse_write_position(&b, S("7-9"));
	sse_write_comment(&b);
	check_text(buf_str(&b), "retry: 2500\n\nid: 7-9\n\n:\n\n");
	buf_free(&b);
}

/* Events as text: "ID NAME DATA|", '-' for what is absent. */
static void note(void *context, const struct sse_event *e)
{
	struct buf *b = context;

	buf_add(b, str_given(e->id) ? e->id : S("-"));
	buf_add_byte(b, ' ');
	buf_add(b, str_given(e->name) ? e->name : S("-"));
	buf_add_byte(b, ' ');
	buf_add(b, e->data);
	buf_add_byte(b, '|');
}

/* In pieces of each size from 1 to all of it. */
static void reads(const char *text, const char *expected)
{
	struct str all = str_of(text);

	for (size_t size = 1; size <= all.len; size++) {
		struct sse_reader r = { 0 };
		struct buf got = { 0 };
		for (size_t at = 0; at < all.len; at += size) {
			size_t n = all.len - at < size ? all.len - at : size;
			assert_int_equal(sse_read(&r, (struct str){ all.at + at, n }, note, &got), OK);
		}
		check_text(buf_str(&got), expected);
		sse_read_free(&r);
		buf_free(&got);
	}
}

static void events_are_read_in_pieces_of_any_size(void **state)
{
	(void)state;
	reads("id: 7-1\nevent: job\ndata: {\"a\":1}\n\n", "7-1 job {\"a\":1}|");
	reads("data: a\ndata:b\ndata\n\n", "- - a\nb\n|");
	reads("data: a\r\n\r\ndata: b\r\rdata: c\n\n", "- - a|- - b|- - c|");
	reads(":\n\n: hello\n\nretry: 10\n\n", "");
	reads("\xef\xbb\xbf"
	      "data: x\n\n",
	      "- - x|");
	reads("event: a\n\ndata: 1\n\n", "- - 1|");
	reads("data: cut off", "");
}

static void the_latest_id_goes_on(void **state)
{
	(void)state;
	reads("id: 1\ndata: a\n\ndata: b\n\nid: 2\n\ndata: c\n\nid\ndata: d\n\n",
	      "1 - a|1 - b|2 - c|- - d|");
}

static void a_retry_is_told_and_the_position_survives_the_connection(void **state)
{
	struct sse_reader r = { 0 };
	struct buf got = { 0 };

	(void)state;
	assert_int_equal(sse_read(&r, S("retry: 2500\nretry: soon\nid: 9\n\ndata: ha"), note, &got),
	                 OK);
	assert_int_equal(r.retry_ms, 2500);
	sse_read_end(&r);
	assert_int_equal(sse_read(&r, S("data: b\n\n"), note, &got), OK);
	check_text(buf_str(&got), "9 - b|");
	sse_read_free(&r);
	buf_free(&got);
}

static void what_was_written_is_read_as_it_was(void **state)
{
	struct sse_reader r = { 0 };
	struct buf text = { 0 }, got = { 0 };

	(void)state;
	sse_write(&text, &(struct sse_event){ S("1"), S("n"), S("a\n\nb\n") });
	sse_write(&text, &(struct sse_event){ S_NONE, S_NONE, S(" x: y") });
	assert_int_equal(sse_read(&r, buf_str(&text), note, &got), OK);
	check_text(buf_str(&got), "1 n a\n\nb\n|1 -  x: y|");
	sse_read_free(&r);
	buf_free(&text);
	buf_free(&got);
}

static void an_event_without_end_is_refused_at_the_limit(void **state)
{
	static char piece[64 * 1024];
	struct sse_reader r = { 0 };
	struct buf got = { 0 };
	size_t taken = 0;

	(void)state;
	memset(piece, 'x', sizeof piece);
	assert_int_equal(sse_read(&r, S("data: "), note, &got), OK);
	while (sse_read(&r, (struct str){ piece, sizeof piece }, note, &got) == OK)
		taken += sizeof piece;
	assert_in_range(taken, SSE_EVENT_MAX - (int)sizeof piece, SSE_EVENT_MAX);
	assert_int_equal(got.len, 0);
	sse_read_free(&r);
	/* Many short lines of one event, likewise. */
	memset(piece, 'x', 1024);
	memcpy(piece, "data: ", 6);
	piece[1023] = '\n';
	for (taken = 0; sse_read(&r, (struct str){ piece, 1024 }, note, &got) == OK; taken += 1024)
		;
	assert_in_range(taken, SSE_EVENT_MAX - 1024, SSE_EVENT_MAX + 64 * 1024);
	sse_read_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_has_id_name_and_data),
		cmocka_unit_test(a_line_break_in_data_begins_another_data_line),
		cmocka_unit_test(what_is_no_event_ends_with_an_empty_line_too),
		cmocka_unit_test(events_are_read_in_pieces_of_any_size),
		cmocka_unit_test(the_latest_id_goes_on),
		cmocka_unit_test(a_retry_is_told_and_the_position_survives_the_connection),
		cmocka_unit_test(what_was_written_is_read_as_it_was),
		cmocka_unit_test(an_event_without_end_is_refused_at_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
