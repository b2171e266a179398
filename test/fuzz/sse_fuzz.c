/* sse_fuzz.c - any bytes as a stream of Server-Sent Events: the same events whatever the pieces
 * in which they arrive, and what was read can be written and read again.
 *
 *   make B=build/fuzz CC=clang CXX=clang++ CFLAGS='-O1 -g \
 *        -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=function,vptr' \
 *        build/fuzz/test/fuzz/sse_fuzz
 *   build/fuzz/test/fuzz/sse_fuzz -max_len=4096 test/fuzz/corpus/sse
 *
 * Needs only the objects of base/ and wire/. */
#include "wire/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* One event after the other, each part with its length. */
static void note(void *context, const struct sse_event *e)
{
	struct buf *b = context;
	const struct str parts[] = { e->id, e->name, e->data };

	for (int i = 0; i < 3; i++) {
		buf_printf(b, "%zu:", parts[i].len);
		buf_add(b, parts[i]);
	}
}

static void write_again(void *context, const struct sse_event *e)
{
	struct sse_event plain = { .data = e->data };

	if (memchr(e->data.at, '\r', e->data.len) == NULL)
		sse_write(context, &plain);
}

static void data_only(void *context, const struct sse_event *e)
{
	if (memchr(e->data.at, '\r', e->data.len) == NULL)
		note(context, &(struct sse_event){ .data = e->data });
}

static void read_all(struct str text, size_t piece, sse_fn *got, struct buf *to)
{
	struct sse_reader r = { 0 };

	for (size_t at = 0; at < text.len; at += piece) {
		size_t n = text.len - at < piece ? text.len - at : piece;
		must(sse_read(&r, (struct str){ text.at + at, n }, got, to) == OK);
	}
	sse_read_free(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str text = { (const char *)bytes, size };
	struct buf whole = { 0 }, pieces = { 0 }, datas = { 0 }, written = { 0 }, again = { 0 };

	if (size == 0)
		return 0;
	read_all(text, size, note, &whole);
	read_all(text, 1 + bytes[0] % 7, note, &pieces);
	must(str_eq(buf_str(&whole), buf_str(&pieces)));
	read_all(text, size, data_only, &datas);
	read_all(text, size, write_again, &written);
	if (written.len > 0)
		read_all(buf_str(&written), written.len, data_only, &again);
	must(str_eq(buf_str(&datas), buf_str(&again)));
	buf_free(&whole);
	buf_free(&pieces);
	buf_free(&datas);
	buf_free(&written);
	buf_free(&again);
	return 0;
}
