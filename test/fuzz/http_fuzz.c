/* http_fuzz.c - libFuzzer target for the reader of requests.
 *
 *   P3  The outcome is the same whether the bytes come whole or in pieces; the first
 *       two bytes of the input say how they are cut.
 *   oracle  What we accept libhttp_parser accepts too, with the same method, target,
 *       headers, body and number of bytes. (Not the other way round: it takes more.)
 *       Left out is what it reads differently from RFC 9110: see oracle_knows.
 *
 *     clang -fsanitize=fuzzer,address,undefined ... http_fuzz.c src/http/parse.c src/http/chunk.c
 *           src/base/str.c src/base/buf.c src/base/arena.c src/base/err.c -lhttp_parser */
#define http_method their_http_method /* both have one */
#include <http_parser.h>
#undef http_method
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "http/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* One request as text, so that two readings can be compared. */
struct reading {
	int status; /* PARSE_DONE, PARSE_MORE: not complete, or a refusal */
	size_t used;
	size_t extras; /* bytes of extensions and trailers, and the CR behind them */
	struct buf text, body;
};

static void describe(struct reading *r, const struct head *h)
{
	buf_add(&r->text, h->method_name);
	buf_add_byte(&r->text, ' ');
	buf_add(&r->text, h->target);
	for (int i = 0; i < h->header_count; i++) {
		buf_add_byte(&r->text, '\n');
		buf_add(&r->text, h->headers[i].name);
		buf_add_byte(&r->text, ':');
		buf_add(&r->text, h->headers[i].value);
	}
}

/* Sizes of the pieces, pseudo-random from a seed; 0: all at once. */
static size_t piece(uint32_t *seed, size_t left)
{
	if (*seed == 0)
		return left;
	*seed = *seed * 1664525u + 1013904223u;
	size_t n = 1 + (*seed >> 24) % 17;
	return n < left ? n : left;
}

static void read_head(struct reading *r, struct head *h, struct str all, uint32_t seed)
{
	struct head_scan scan = { 0 };
	struct str head;
	const char *why = NULL;

	for (size_t have = 0; have < all.len && r->status == PARSE_MORE;) {
		have += piece(&seed, all.len - have);
		/* A copy of exactly this size, so that reading past it is seen. */
		char *copy = mem_get(have);
		memcpy(copy, all.at, have);
		r->status = head_scan(&scan, (struct str){ copy, have }, &head, &why);
		if (r->status == PARSE_DONE) {
			must(head.at >= copy && head.at + head.len == copy + scan.at && scan.at <= have);
			r->status = head_parse(head, h, &why);
			r->used = scan.at;
			if (r->status == PARSE_DONE)
				describe(r, h);
		}
		must(r->status <= PARSE_DONE || (r->status >= 400 && why != NULL));
		mem_free(copy);
	}
}

static void read_chunks(struct reading *r, struct str rest, uint32_t seed)
{
	struct chunks chunks = { 0 };
	const char *why;

	r->status = PARSE_MORE;
	while (rest.len > 0 && r->status == PARSE_MORE) {
		struct str some = { rest.at, piece(&seed, rest.len) }, data;
		size_t before = some.len;
		while (some.len > 0 && r->status == PARSE_MORE) {
			r->status = chunks_read(&chunks, &some, &data, &why);
			buf_add(&r->body, data);
		}
		r->used += before - some.len;
		rest = str_from(rest, before - some.len);
	}
	r->extras = chunks.extras;
}

static void read_all(struct reading *r, struct str all, uint32_t seed)
{
	static struct head h;

	read_head(r, &h, all, seed);
	if (r->status != PARSE_DONE)
		return;
	struct str rest = str_from(all, r->used);
	if (h.chunked) {
		read_chunks(r, rest, seed);
	} else if (rest.len < h.length) {
		r->status = PARSE_MORE;
	} else {
		buf_add(&r->body, (struct str){ rest.at, (size_t)h.length });
		r->used += (size_t)h.length;
	}
}

/* ---- the oracle */

static int on_url(http_parser *p, const char *at, size_t n)
{
	struct reading *r = p->data;

	if (r->text.len == 0) {
		buf_add_text(&r->text, http_method_str((enum their_http_method)p->method));
		buf_add_byte(&r->text, ' ');
	}
	buf_add(&r->text, (struct str){ at, n });
	return 0;
}

static int on_field(http_parser *p, const char *at, size_t n)
{
	struct reading *r = p->data;

	buf_add_byte(&r->text, '\n');
	buf_add(&r->text, (struct str){ at, n });
	buf_add_byte(&r->text, ':');
	return 0;
}

static int on_value(http_parser *p, const char *at, size_t n)
{
	struct reading *r = p->data;

	buf_add(&r->text, str_trim((struct str){ at, n }));
	return 0;
}

static int on_body(http_parser *p, const char *at, size_t n)
{
	struct reading *r = p->data;

	buf_add(&r->body, (struct str){ at, n });
	return 0;
}

static int on_head_end(http_parser *p)
{
	struct reading *r = p->data;

	r->text.failed = true; /* trailers come by the same calls: no more */
	return 0;
}

static int on_end(http_parser *p)
{
	struct reading *r = p->data;

	r->status = PARSE_DONE;
	http_parser_pause(p, 1);
	return 0;
}

/* It does not take a tab for white space around a value, takes a field whose name only
 * begins with Transfer-Encoding for that field, and obeys a Content-Length that stands
 * in the trailers. */
static bool oracle_knows(const struct reading *ours, struct str all)
{
	const struct str name = S("transfer-encoding");

	for (size_t i = 0; i + name.len < all.len; i++) {
		bool here = str_eq_nocase((struct str){ all.at + i, name.len }, name);
		if (here && all.at[i + name.len] != ':')
			return false;
	}
	return ours->extras <= 1 && memchr(all.at, '\t', all.len) == NULL;
}

static void compare_with_oracle(const struct reading *ours, struct str all)
{
	static const http_parser_settings settings = {
		.on_url = on_url,
		.on_header_field = on_field,
		.on_header_value = on_value,
		.on_headers_complete = on_head_end,
		.on_body = on_body,
		.on_message_complete = on_end,
	};
	struct reading theirs = { 0 };
	http_parser p;

	http_parser_init(&p, HTTP_REQUEST);
	p.data = &theirs;
	size_t used = http_parser_execute(&p, &settings, all.at, all.len);
	bool same = theirs.status == PARSE_DONE && used + 1 >= ours->used && used <= ours->used &&
	            str_eq(buf_str(&theirs.text), buf_str(&ours->text)) &&
	            str_eq(buf_str(&theirs.body), buf_str(&ours->body));
	if (!same)
		fprintf(stderr, "libhttp_parser: %s, %zu of our %zu bytes\n%.*s\n---- ours\n%.*s\n",
		        http_errno_description(HTTP_PARSER_ERRNO(&p)), used, ours->used,
		        S_ARG(buf_str(&theirs.text)), S_ARG(buf_str(&ours->text)));
	must(same);
	buf_free(&theirs.text);
	buf_free(&theirs.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct reading whole = { 0 }, cut = { 0 };

	if (len < 3)
		return 0;
	uint32_t seed = 1u + bytes[0] + 256u * bytes[1];
	struct str all = { (const char *)bytes + 2, len - 2 };
	read_all(&whole, all, 0);
	read_all(&cut, all, seed);
	must(whole.status == cut.status);
	if (whole.status == PARSE_DONE) {
		must(whole.used == cut.used);
		must(str_eq(buf_str(&whole.text), buf_str(&cut.text)));
		must(str_eq(buf_str(&whole.body), buf_str(&cut.body)));
		if (oracle_knows(&whole, all))
			compare_with_oracle(&whole, all);
	}
	buf_free(&whole.text), buf_free(&whole.body);
	buf_free(&cut.text), buf_free(&cut.body);
	return 0;
}
