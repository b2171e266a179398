/* malformed_test.c - one request a line, each with the status it must get: malformed
 * ones are refused and the connection is closed, strange but valid ones are served
 * and the next request on the same connection is too. The list follows RFC 9112, RFC
 * 9110 section 5 and the known ways to smuggle.
 *
 * Each runs whole, then byte by byte: the outcome must not depend on the cut. */
#include "client.h"

#define H "Host: h\r\n"
#define POST "POST /p HTTP/1.1\r\n" H
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define LENGTH(value) POST "Content-Length:" value "\r\n\r\n"
#define CODING(value) POST "Transfer-Encoding:" value "\r\n\r\n0\r\n\r\n"
#define HOSTS(lines) "GET / HTTP/1.1\r\n" lines "\r\n"
#define FIELD(line) "GET / HTTP/1.1\r\n" H line "\r\n\r\n"
#define LINE(line) line "\r\n" H "\r\n"
#define TARGET(t) LINE("GET " t " HTTP/1.1")
#define Z(literal) literal, sizeof(literal) - 1

static const struct row {
	int status; /* 200: served, and the connection goes on */
	const char *bytes;
	size_t len;
} rows[] = {
	/* ---- the request line */
	{ 200, Z(LINE("GET / HTTP/1.1")) },
	{ 200, Z("\r\n" LINE("GET / HTTP/1.1")) }, /* one empty line before it is ignored */
	{ 400, Z("\r\n\r\n" LINE("GET / HTTP/1.1")) },
	{ 400, Z("\n" LINE("GET / HTTP/1.1")) },
	{ 400, Z("\r" LINE("GET / HTTP/1.1")) },
	{ 400, Z(" " LINE("GET / HTTP/1.1")) },
	{ 400, Z("\t" LINE("GET / HTTP/1.1")) },
	{ 400, Z("\0" LINE("GET / HTTP/1.1")) },
	{ 400, Z("\x16\x03\x01\x02\x00\x01") }, /* TLS where none is spoken */
	{ 400, Z("\x80\x2e\x01") },
	{ 400, Z("\xef\xbb\xbfGET / HTTP/1.1\r\n" H "\r\n") },
	{ 400, Z("GET / HTTP/1.1\n" H "\r\n") },
	{ 400, Z("GET / HTTP/1.1\r" H "\r\n\r\n") },
	{ 400, Z(LINE("GET / HTTP/1.1 ")) },
	{ 400, Z(LINE("GET / HTTP/1.1\t")) },
	{ 400, Z(LINE("GET  / HTTP/1.1")) },
	{ 400, Z(LINE("GET /  HTTP/1.1")) },
	{ 400, Z(LINE("GET\t/\tHTTP/1.1")) },
	{ 400, Z(LINE("GET /\tHTTP/1.1")) },
	{ 400, Z(LINE("GET /a b HTTP/1.1")) },
	{ 400, Z(LINE("GET /")) }, /* HTTP/0.9 */
	{ 400, Z(LINE("GET / ")) },
	{ 400, Z(LINE("GET")) },
	{ 400, Z(LINE("GET HTTP/1.1")) },
	{ 400, Z(LINE("/ HTTP/1.1")) },
	{ 400, Z(LINE("HTTP/1.1 200 OK")) },
	{ 400, Z(LINE("GET / http/1.1")) },
	{ 400, Z(LINE("GET / HTTP/1.1x")) },
	{ 400, Z(LINE("GET / HTTP/11")) },
	{ 400, Z(LINE("GET / HTTP/1.10")) },
	{ 400, Z(LINE("GET / HTTP/01.1")) },
	{ 400, Z(LINE("GET / HTTP/1,1")) },
	{ 400, Z(LINE("GET / HTTP/1.")) },
	{ 400, Z(LINE("GET / HTTP/.1")) },
	{ 400, Z(LINE("GET / HTTP/a.b")) },
	{ 400, Z(LINE("GET / HTTP /1.1")) },
	{ 400, Z(LINE("GET / HTTPS/1.1")) },
	{ 400, Z(LINE("GET / ICE/1.0")) },
	{ 400, Z(LINE("GET / HTTP/+1.1")) },
	{ 505, Z(LINE("GET / HTTP/0.9")) },
	{ 505, Z(LINE("GET / HTTP/1.2")) },
	{ 505, Z(LINE("GET / HTTP/2.0")) },
	{ 505, Z(LINE("GET / HTTP/3.1")) },
	{ 505, Z("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") },
	{ 501, Z(LINE("get / HTTP/1.1")) }, /* methods are case-sensitive */
	{ 501, Z(LINE("Get / HTTP/1.1")) },
	{ 501, Z(LINE("GETT / HTTP/1.1")) },
	{ 501, Z(LINE("TRACE / HTTP/1.1")) },
	{ 501, Z(LINE("CONNECT h:80 HTTP/1.1")) },
	{ 501, Z(LINE("BREW /pot HTTP/1.1")) },
	{ 501, Z(LINE("M-SEARCH * HTTP/1.1")) },
	{ 400, Z(LINE("G(T / HTTP/1.1")) },
	{ 400, Z(LINE("G\xc3\xa9T / HTTP/1.1")) },
	{ 400, Z(LINE("GE\0T / HTTP/1.1")) },
	{ 400, Z(LINE("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMN / HTTP/1.1")) },

	/* ---- the target */
	{ 200, Z(TARGET("/a%20b?c=d&e[]=f")) },
	{ 200, Z(TARGET("//a")) },
	{ 200, Z(TARGET("/?")) },
	{ 200, Z(TARGET("http://h/path?q")) },
	{ 200, Z(TARGET("http://h")) },
	{ 200, Z(TARGET("HTTP://H?q")) },
	{ 200, Z(LINE("OPTIONS * HTTP/1.1")) },
	{ 400, Z(TARGET("*")) },
	{ 400, Z(LINE("OPTIONS ** HTTP/1.1")) },
	{ 400, Z(TARGET("h:80")) },
	{ 400, Z(TARGET("path")) },
	{ 400, Z(TARGET("?q")) },
	{ 400, Z(TARGET("ftp://h/")) },
	{ 400, Z(TARGET("http:/h/")) },
	{ 400, Z(TARGET("http:///path")) },
	{ 400, Z(TARGET("http://other/")) }, /* not what Host says */
	{ 400, Z(TARGET("http://h:81/")) },
	{ 400, Z(TARGET("http://u@h/")) },
	{ 400, Z(TARGET("http://h\\@other/")) },
	{ 400, Z(TARGET("/#fragment")) },
	{ 400, Z(TARGET("/\x01")) },
	{ 400, Z(TARGET("/\x7f")) },
	{ 400, Z(TARGET("/\0")) },
	{ 400, Z(TARGET("/\xc3\xa9")) },
	{ 400, Z(TARGET("/\"")) },
	{ 400, Z(TARGET("/<script>")) },
	{ 400, Z(TARGET("/a\\b")) },
	{ 400, Z(TARGET("/a\rb")) },

	/* ---- Host */
	{ 200, Z(HOSTS("Host: example.test:9324\r\n")) },
	{ 200, Z(HOSTS("Host: [::1]:9324\r\n")) },
	{ 200, Z(HOSTS("Host: [::1]\r\n")) },
	{ 200, Z(HOSTS("hOST:127.0.0.1\r\n")) },
	{ 200, Z(HOSTS("Host: h:\r\n")) },
	{ 200, Z(HOSTS("Host: under_score.test\r\n")) },
	{ 400, Z("GET / HTTP/1.1\r\n\r\n") },
	{ 400, Z(HOSTS("Host:\r\n")) },
	{ 400, Z(HOSTS("Host:  \r\n")) },
	{ 400, Z(HOSTS(H H)) },
	{ 400, Z(HOSTS(H "host: other\r\n")) },
	{ 400, Z(HOSTS("Host: a, b\r\n")) },
	{ 400, Z(HOSTS("Host: a b\r\n")) },
	{ 400, Z(HOSTS("Host: a/b\r\n")) },
	{ 400, Z(HOSTS("Host: u@h\r\n")) },
	{ 400, Z(HOSTS("Host: h?q\r\n")) },
	{ 400, Z(HOSTS("Host: h#f\r\n")) },
	{ 400, Z(HOSTS("Host: http://h\r\n")) },
	{ 400, Z(HOSTS("Host: h:port\r\n")) },
	{ 400, Z(HOSTS("Host: h:65536\r\n")) },
	{ 400, Z(HOSTS("Host: h:-1\r\n")) },
	{ 400, Z(HOSTS("Host: h:1:2\r\n")) },
	{ 400, Z(HOSTS("Host: :80\r\n")) },
	{ 400, Z(HOSTS("Host: [::1\r\n")) },
	{ 400, Z(HOSTS("Host: []\r\n")) },
	{ 400, Z(HOSTS("Host: [::1]x\r\n")) },
	{ 400, Z(HOSTS("Host: \xc3\xa9.test\r\n")) },
	{ 400, Z(HOSTS("Host : h\r\n")) },

	/* ---- fields */
	{ 200, Z(FIELD("X:")) },
	{ 200, Z(FIELD("X: \t v \t ")) },
	{ 200, Z(FIELD("X: caf\xe9")) }, /* obs-text */
	{ 200, Z(FIELD("!#$%&'*+-.^_`|~09azAZ: v")) },
	{ 200, Z(FIELD("Connection: keep-alive")) },
	{ 200, Z(FIELD("Connection: , ,")) },
	{ 200, Z(FIELD("Upgrade: h2c\r\nConnection: Upgrade")) }, /* ignored */
	{ 400, Z(FIELD(": v")) },
	{ 400, Z(FIELD("X : v")) },
	{ 400, Z(FIELD("X\t: v")) },
	{ 400, Z(FIELD("X")) },
	{ 400, Z(FIELD("X Y: v")) },
	{ 400, Z(FIELD(" X: v")) },
	{ 400, Z(FIELD("X: a\r\n b")) }, /* obs-fold */
	{ 400, Z(FIELD("X: a\r\n\tb")) },
	{ 400, Z("GET / HTTP/1.1\r\n " H "\r\n") }, /* before the first field */
	{ 400, Z(FIELD("X: a\nY: b")) },
	{ 400, Z(FIELD("X: a\rY: b")) },
	{ 400, Z(FIELD("X: a\r\r\nY: b")) },
	{ 400, Z(FIELD("X: a\0b")) },
	{ 400, Z(FIELD("X: a\x01")) },
	{ 400, Z(FIELD("X: a\x0b")) },
	{ 400, Z(FIELD("X: a\x7f")) },
	{ 400, Z(FIELD("X\0: a")) },
	{ 400, Z(FIELD("X(: a")) },
	{ 400, Z(FIELD("\"X\": a")) },
	{ 400, Z(FIELD("X/Y: a")) },
	{ 400, Z(FIELD("X@: a")) },
	{ 400, Z(FIELD("caf\xc3\xa9: a")) },
	{ 400, Z("GET / HTTP/1.1\r\n" H "\n") },
	{ 400, Z("GET / HTTP/1.1\r\n" H "X: a\r\n\r\r\n\r\n") },
	{ 417, Z(FIELD("Expect: 200-ok")) },
	{ 417, Z(FIELD("Expect: 100-continue, x")) },
	{ 417, Z(FIELD("Expect:")) },

	/* ---- Content-Length */
	{ 200, Z(LENGTH(" 3") "abc") },
	{ 200, Z(LENGTH("\t3 ") "abc") },
	{ 200, Z(LENGTH(" 0")) },
	{ 200, Z(POST "\r\n") },
	{ 400, Z(LENGTH("") "abc") },
	{ 400, Z(LENGTH(" +3") "abc") },
	{ 400, Z(LENGTH(" -3") "abc") },
	{ 400, Z(LENGTH(" 03") "abc") }, /* octal to some */
	{ 400, Z(LENGTH(" 00") "abc") },
	{ 400, Z(LENGTH(" 0x3") "abc") },
	{ 400, Z(LENGTH(" 3.0") "abc") },
	{ 400, Z(LENGTH(" 3e0") "abc") },
	{ 400, Z(LENGTH(" 1 1") "abc") },
	{ 400, Z(LENGTH(" 3,") "abc") },
	{ 400, Z(LENGTH(" 3, 3") "abc") },
	{ 400, Z(LENGTH(" 3;3") "abc") },
	{ 400, Z(LENGTH(" \"3\"") "abc") },
	{ 400, Z(LENGTH(" three") "abc") },
	{ 400, Z(LENGTH(" 3\x0b") "abc") },
	{ 400, Z(LENGTH(" 3_0") "abc") },
	{ 400, Z(LENGTH(" \xc2\xb3") "abc") },
	{ 400, Z(LENGTH(" 3\r\nContent-Length: 3") "abc") },
	{ 400, Z(LENGTH(" 3\r\nContent-Length: 4") "abc") },
	{ 400, Z(LENGTH(" 3\r\ncontent-length:") "abc") },
	{ 400, Z(POST "Content-Length : 3\r\n\r\nabc") },
	{ 400, Z(POST "Content-Length:\r\n 3\r\n\r\nabc") },
	{ 413, Z(LENGTH(" 7340033")) }, /* one over */
	{ 413, Z(LENGTH(" 18446744073709551615")) },
	{ 413, Z(LENGTH(" 18446744073709551616")) },
	{ 413, Z(LENGTH(" 18446744073709551619") "abc") }, /* 3 after it wraps */
	{ 413, Z(LENGTH(" 99999999999999999999999999999")) },

	/* ---- Transfer-Encoding */
	{ 200, Z(CODING(" chunked")) },
	{ 200, Z(CODING(" Chunked\t")) },
	{ 400, Z(CODING("")) },
	{ 400, Z(CODING(" identity")) },
	{ 400, Z(CODING(" gzip, chunked")) },
	{ 400, Z(CODING(" chunked, gzip")) },
	{ 400, Z(CODING(" chunked, chunked")) },
	{ 400, Z(CODING(" chunked,")) },
	{ 400, Z(CODING(" ,chunked")) },
	{ 400, Z(CODING(" xchunked")) },
	{ 400, Z(CODING(" chunkedx")) },
	{ 400, Z(CODING(" chunked;q=1")) },
	{ 400, Z(CODING(" \"chunked\"")) },
	{ 400, Z(CODING(" 'chunked'")) },
	{ 400, Z(CODING("\x0b"
	                "chunked")) },
	{ 400, Z(CODING(" chu\0nked")) },
	{ 400, Z(CODING(" chunked\r\nTransfer-Encoding: chunked")) },
	{ 400, Z(CODING(" chunked\r\nTransfer-Encoding: identity")) },
	{ 400, Z(CODING(" identity\r\nTransfer-Encoding: chunked")) },
	{ 400, Z(CODING("\r\n chunked")) },
	{ 400, Z(POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n") },
	{ 400, Z(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") },
	{ 400, Z(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n") },
	{ 400, Z(POST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n") },
	{ 400, Z("POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n") },

	/* ---- chunks */
	{ 200, Z(CHUNKED "3\r\nabc\r\n0\r\n\r\n") },
	{ 200, Z(CHUNKED "0003\r\nabc\r\n000\r\n\r\n") },
	{ 200, Z(CHUNKED "A\r\n0123456789\r\n0\r\n\r\n") },
	{ 200, Z(CHUNKED "a;x;y=z;w=\"q\"\r\n0123456789\r\n0;last\r\n\r\n") },
	{ 200, Z(CHUNKED "3 ;x\r\nabc\r\n0\r\n\r\n") },
	{ 200, Z(CHUNKED "0\r\nTrailer: t\r\nOther: o\r\n\r\n") },
	{ 400, Z(CHUNKED "\r\nabc\r\n") },
	{ 400, Z(CHUNKED "g\r\nabc\r\n") },
	{ 400, Z(CHUNKED "0x3\r\nabc\r\n") },
	{ 400, Z(CHUNKED "+3\r\nabc\r\n") },
	{ 400, Z(CHUNKED "-3\r\nabc\r\n") },
	{ 400, Z(CHUNKED " 3\r\nabc\r\n") },
	{ 400, Z(CHUNKED "3 \r\nabc\r\n") },
	{ 400, Z(CHUNKED "3\nabc\r\n") },
	{ 400, Z(CHUNKED "3\rabc\r\n") },
	{ 400, Z(CHUNKED "3\r\nabc\n0\r\n\r\n") },
	{ 400, Z(CHUNKED "3\r\nabcd\r\n") },
	{ 400, Z(CHUNKED "3\r\nabc0\r\n\r\n") },
	{ 400, Z(CHUNKED "3\r\nabc\rx") },
	{ 400, Z(CHUNKED ";x\r\nabc\r\n") },
	{ 400, Z(CHUNKED "3 x\r\nabc\r\n") },
	{ 400, Z(CHUNKED "3;x\ny\r\nabc\r\n") },
	{ 400, Z(CHUNKED "3;x\0y\r\nabc\r\n") },
	{ 400, Z(CHUNKED "3;x\ry\r\nabc\r\n") },
	{ 400, Z(CHUNKED "3\0\r\nabc\r\n") },
	{ 400, Z(CHUNKED "00000000000000003\r\nabc\r\n") },
	{ 400, Z(CHUNKED "10000000000000003\r\nabc\r\n") }, /* 3 after it wraps */
	{ 413, Z(CHUNKED "FFFFFFFFFFFFFFFF\r\nabc\r\n") },
	{ 413, Z(CHUNKED "700001\r\n") },
	{ 413, Z(CHUNKED "1\r\na\r\n700000\r\n") },
	{ 400, Z(CHUNKED "0\r\n\n") },
	{ 400, Z(CHUNKED "0\r\n\rx") },
	{ 400, Z(CHUNKED "0\r\nTrailer\r\n\r\n") },
	{ 400, Z(CHUNKED "0\r\n: t\r\n\r\n") },
	{ 400, Z(CHUNKED "0\r\nTrailer : t\r\n\r\n") },
	{ 400, Z(CHUNKED "0\r\nTrailer: a\r\n b\r\n\r\n") },
	{ 400, Z(CHUNKED "0\r\nTrailer: a\nb: c\r\n\r\n") },
	{ 400, Z(CHUNKED "0\r\nTrailer: \0\r\n\r\n") },
};

/* The next request: served exactly when the row was. */
#define NEXT "GET /next HTTP/1.1\r\nHost: h\r\n\r\n"

static void check(struct fixture *f, size_t n, const struct row *r, bool cut)
{
	struct client c = dial(f);

	for (size_t i = 0; cut && i < r->len; i++)
		say_bytes(&c, (struct str){ r->bytes + i, 1 });
	if (!cut)
		say_bytes(&c, (struct str){ r->bytes, r->len });
	if (r->status == 200)
		say(&c, NEXT);
	if (hear(&c) != r->status)
		fail_msg("row %zu (%s) got %d, not %d: %.80s", n, cut ? "cut" : "whole", c.status,
		         r->status, r->bytes);
	if (r->status == 200) {
		assert_int_equal(hear(&c), 200);
		assert_string_equal(c.body, "GET /next\n");
	} else {
		assert_non_null(strstr(c.text, "\r\nConnection: close\r\n"));
		shutdown(c.socket, SHUT_WR); /* or the server would linger for us */
		if (!hear_end(&c))
			fail_msg("row %zu: the connection goes on", n);
	}
	hang_up(&c);
}

static void each_gets_its_status(void **state)
{
	struct fixture *f = serve(NULL);
	size_t count = sizeof rows / sizeof rows[0];

	(void)state;
	for (size_t i = 0; i < count; i++) {
		check(f, i, &rows[i], false);
		check(f, i, &rows[i], true);
	}
	printf("%zu requests, each whole and cut\n", count);
	stop(f);
}

/* ---- those that are long */

/* Says `before`, then `unit` until there are `size` bytes, then `after`. */
static int status_of(struct fixture *f, const char *before, const char *unit, size_t size,
                     const char *after)
{
	struct client c = dial(f);
	struct buf b = { 0 };

	buf_add_text(&b, before);
	while (b.len + strlen(unit) <= size)
		buf_add_text(&b, unit);
	while (b.len < size)
		buf_add_byte(&b, 'x');
	buf_add_text(&b, after);
	say_bytes(&c, buf_str(&b));
	int status = hear(&c);
	buf_free(&b);
	hang_up(&c);
	return status;
}

static void limits_hold_to_the_byte(void **state)
{
	struct fixture *f = serve(NULL);
	const char *end = " HTTP/1.1\r\n" H "\r\n";
	size_t head = HTTP_HEAD_MAX - 4, line = 4 + HTTP_URL_MAX;

	(void)state;
	assert_int_equal(status_of(f, "GET /", "u", line, end), 200);
	assert_int_equal(status_of(f, "GET /", "u", line + 1, end), 414);
	assert_int_equal(status_of(f, "GET /", "u", 60000, end), 414);
	assert_int_equal(status_of(f, "GET /", "u", 20000, ""), 414);
	assert_int_equal(status_of(f, "GET / HTTP/1.1\r\n" H "X: ", "v", head, "\r\n\r\n"), 200);
	assert_int_equal(status_of(f, "GET / HTTP/1.1\r\n" H "X: ", "v", head + 1, "\r\n\r\n"), 431);
	assert_int_equal(status_of(f, "GET / HTTP/1.1\r\n" H "X: ", "v", 60000, ""), 431);
	size_t fields = strlen("GET / HTTP/1.1\r\n" H) + 99 * 6;
	assert_int_equal(status_of(f, "GET / HTTP/1.1\r\n" H, "X: y\r\n", fields, "\r\n"), 200);
	assert_int_equal(status_of(f, "GET / HTTP/1.1\r\n" H, "X: y\r\n", fields + 6, "\r\n"), 431);
	stop(f);
}

static void what_surrounds_chunks_is_bounded(void **state)
{
	struct fixture *f = serve(NULL);
	size_t line = strlen(CHUNKED) + HTTP_CHUNK_LINE_MAX;

	(void)state;
	assert_int_equal(status_of(f, CHUNKED "1;", "x", line, "\r\na\r\n0\r\n\r\n"), 200);
	assert_int_equal(status_of(f, CHUNKED "1;", "x", line + 1, "\r\na\r\n0\r\n\r\n"), 400);
	assert_int_equal(status_of(f, CHUNKED "0\r\nT: ", "x", 16 * 1024, "\r\n\r\n"), 200);
	assert_int_equal(status_of(f, CHUNKED "0\r\nT: ", "x", 17 * 1024, "\r\n\r\n"), 400);
	assert_int_equal(status_of(f, CHUNKED "0\r\n", "T: x\r\n", 17 * 1024, "\r\n\r\n"), 400);
	/* Many chunks, each with a long extension: work without end for little body. */
	const char *unit = "1;xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\na\r\n";
	assert_int_equal(status_of(f, CHUNKED, unit, 60000, "0\r\n\r\n"), 400);
	stop(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_gets_its_status),
		cmocka_unit_test(limits_hold_to_the_byte),
		cmocka_unit_test(what_surrounds_chunks_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
