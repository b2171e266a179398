/* parse.c - the head of a request.
 *
 * This is ours and not libhttp_parser's (2.9.4), because every rule below had to be
 * checked before that library saw the bytes: it takes bare LF, folds lines,
 * ignores text around "chunked", and its upstream has ended. Two readers of the same
 * bytes can disagree, and such disagreement is how requests are smuggled. A head is
 * bounded and complete before it is parsed, so no state is kept between bytes: it
 * is a cutter of lines. The fuzzer compares its results with libhttp_parser's.
 *
 * P1  A line ends with CR LF; no other CR, LF, NUL or control character stands in a head.
 * P2  There is one way to tell where a body ends, or the request is refused.
 * P3  What is accepted does not depend on how the bytes were cut. */
#include "http/parse.h"

enum {
	TOKEN = 1,                          /* in names and methods                       */
	VALUE = 2,                          /* in field values, spaces and tabs included  */
	TARGET = 4,                         /* in request targets                         */
	HOST = 8,                           /* in host names, dots and colons apart       */
	FIRST_LINE_MAX = HTTP_URL_MAX + 48, /* method, spaces, version */
	METHOD_MAX = 32,
};

#define T TOKEN
#define V VALUE
#define R TARGET
#define H HOST
static const unsigned char classes[256] = {
	['\t'] = V,
	[' '] = V,
	['!'] = T | V | R | H,
	['"'] = V,
	['#'] = T | V,
	['$'] = T | V | R | H,
	['%'] = T | V | R | H,
	['&'] = T | V | R | H,
	['\''] = T | V | R | H,
	['('] = V | R | H,
	[')'] = V | R | H,
	['*'] = T | V | R | H,
	['+'] = T | V | R | H,
	[','] = V | R,
	['-'] = T | V | R | H,
	['.'] = T | V | R | H,
	['/'] = V | R,
	['0' ... '9'] = T | V | R | H,
	[':'] = V | R,
	[';'] = V | R | H,
	['<'] = V,
	['='] = V | R | H,
	['>'] = V,
	['?'] = V | R,
	['@'] = V | R,
	['A' ... 'Z'] = T | V | R | H,
	['['] = V | R,
	['\\'] = V,
	[']'] = V | R,
	['^'] = T | V,
	['_'] = T | V | R | H,
	['`'] = T | V,
	['a' ... 'z'] = T | V | R | H,
	['{'] = V,
	['|'] = T | V,
	['}'] = V,
	['~'] = T | V | R | H,
	[0x80 ... 0xFF] = V,
};
#undef T
#undef V
#undef R
#undef H

static inline bool is(char c, int class)
{
	return (classes[(unsigned char)c] & class) != 0;
}

bool http_token_char(char c)
{
	return is(c, TOKEN);
}

bool http_value_char(char c)
{
	return is(c, VALUE);
}

static bool all(struct str s, int class)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is(s.at[i], class))
			return false;
	return true;
}

static int no(int status, const char *sentence, const char **why)
{
	*why = sentence;
	return status;
}

/* ---- is it complete? */

/* RFC 9112, 2.2: one empty line before the request line is ignored. Also refuses at
 * the first byte what cannot be HTTP, a TLS hello for example. */
static int scan_start(struct head_scan *s, struct str bytes, const char **why)
{
	if (s->at == 0 && bytes.at[0] == '\r') {
		if (bytes.len < 2)
			return PARSE_MORE;
		if (bytes.at[1] == '\n')
			s->at = s->line = s->skip = 2;
	}
	if (s->at == s->skip && bytes.len > s->skip && !is(bytes.at[s->skip], TOKEN))
		return no(400, "The request line does not begin with a method.", why);
	return PARSE_DONE;
}

int head_scan(struct head_scan *s, struct str bytes, struct str *head, const char **why)
{
	int started = scan_start(s, bytes, why);

	if (started != PARSE_DONE)
		return started;
	size_t end = s->skip + HTTP_HEAD_MAX;
	size_t seen = bytes.len < end ? bytes.len : end;
	while (s->at < seen) {
		const char *lf = memchr(bytes.at + s->at, '\n', seen - s->at);
		size_t at = lf == NULL ? seen : (size_t)(lf - bytes.at);
		if (s->lines == 0 && at - s->line > FIRST_LINE_MAX)
			return no(414, "The request line is too long.", why);
		s->at = at;
		if (lf == NULL)
			break;
		if (at == s->line || bytes.at[at - 1] != '\r')
			return no(400, "A line ends with a bare LF.", why);
		s->at = at + 1;
		if (at == s->line + 1) {
			*head = (struct str){ bytes.at + s->skip, s->at - s->skip };
			return PARSE_DONE;
		}
		s->line = s->at;
		if (++s->lines > HTTP_HEADERS_MAX + 1)
			return no(431, "The request has too many header fields.", why);
	}
	if (seen == end)
		return no(431, "The head of the request is too long.", why);
	return PARSE_MORE;
}

/* ---- the request line */

static const struct {
	struct str name;
	enum http_method method;
} methods[] = {
	{ { "POST", 4 }, HTTP_POST_ },       { { "GET", 3 }, HTTP_GET_ },
	{ { "PUT", 3 }, HTTP_PUT_ },         { { "HEAD", 4 }, HTTP_HEAD_ },
	{ { "DELETE", 6 }, HTTP_DELETE_ },   { { "PATCH", 5 }, HTTP_PATCH_ },
	{ { "OPTIONS", 7 }, HTTP_OPTIONS_ },
};

static int parse_method(struct head *h, const char **why)
{
	if (h->method_name.len > METHOD_MAX || !all(h->method_name, TOKEN))
		return no(400, "The method is not a token.", why);
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
		if (str_eq(h->method_name, methods[i].name)) {
			h->method = methods[i].method;
			return PARSE_DONE;
		}
	}
	return no(501, "The method is not known here.", why);
}

static int parse_version(struct head *h, struct str v, const char **why)
{
	if (v.len != 8 || !str_starts(v, S("HTTP/")) || v.at[6] != '.' || v.at[5] < '0' ||
	    v.at[5] > '9' || v.at[7] < '0' || v.at[7] > '9')
		return no(400, "The request line is not 'method target HTTP/1.1'.", why);
	if (v.at[5] != '1' || v.at[7] > '1')
		return no(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.", why);
	h->version_1_0 = v.at[7] == '0';
	h->keep_alive = !h->version_1_0;
	return PARSE_DONE;
}

/* Target forms of RFC 9112, 3.2: /path, http://host/path, and * for OPTIONS. */
static int parse_target(struct head *h, struct str *authority, const char **why)
{
	struct str rest = h->target;

	if (rest.len > HTTP_URL_MAX)
		return no(414, "The request target is too long.", why);
	if (!all(rest, TARGET))
		return no(400, "The request target has a character that must be percent-encoded.", why);
	if (str_is(rest, "*") && h->method == HTTP_OPTIONS_) {
		h->path = rest;
		return PARSE_DONE;
	}
	size_t scheme = 0;
	if (str_eq_nocase((struct str){ rest.at, rest.len < 7 ? rest.len : 7 }, S("http://")))
		scheme = 7;
	else if (str_eq_nocase((struct str){ rest.at, rest.len < 8 ? rest.len : 8 }, S("https://")))
		scheme = 8;
	if (scheme == 0 && rest.at[0] != '/')
		return no(400, "The request target is neither a path nor an http URL.", why);
	if (scheme > 0) {
		rest = str_from(rest, scheme);
		size_t n = 0;
		while (n < rest.len && rest.at[n] != '/' && rest.at[n] != '?')
			n++;
		*authority = (struct str){ rest.at, n };
		rest = str_from(rest, n);
	}
	h->path = str_cut(&rest, '?');
	h->query = rest;
	if (h->path.len == 0)
		h->path = S("/");
	return PARSE_DONE;
}

static int parse_request_line(struct head *h, struct str line, struct str *authority,
                              const char **why)
{
	h->method_name = str_cut(&line, ' ');
	h->target = str_cut(&line, ' ');
	if (h->method_name.len == 0 || h->target.len == 0 || !str_given(line))
		return no(400, "The request line is not 'method target HTTP/1.1'.", why);
	int status = parse_version(h, line, why);
	if (status == PARSE_DONE)
		status = parse_method(h, why);
	return status == PARSE_DONE ? parse_target(h, authority, why) : status;
}

/* ---- header fields */

/* What several fields say together. */
struct fields {
	struct str authority; /* of an absolute target */
	struct str host;
	int hosts, lengths, codings;
};

/* host or [address], and a port. The empty host is for schemes that have none. */
static bool host_valid(struct str host)
{
	size_t i = 0;

	if (host.len > 0 && host.at[0] == '[') {
		while (++i < host.len && host.at[i] != ']')
			if (!is(host.at[i], HOST) && host.at[i] != ':')
				return false;
		if (i < 3 || i++ == host.len)
			return false;
	} else {
		while (i < host.len && is(host.at[i], HOST))
			i++;
	}
	if (i == 0 || i > 255)
		return false;
	uint64_t port;
	if (i == host.len)
		return true;
	return host.at[i] == ':' && (i + 1 == host.len || str_u64(str_from(host, i + 1), 65535, &port));
}

static int field_host(struct head *h, struct fields *f, struct str value, const char **why)
{
	(void)h;
	f->host = value;
	if (++f->hosts > 1)
		return no(400, "There are several Host fields.", why);
	if (!host_valid(value))
		return no(400, "The Host field is not a host name.", why);
	return PARSE_DONE;
}

/* Digits only. A leading zero is refused too, though the RFC allows it: a proxy may
 * read it as octal (P2). */
static int field_length(struct head *h, struct fields *f, struct str value, const char **why)
{
	if (++f->lengths > 1)
		return no(400, "There are several Content-Length fields.", why);
	for (size_t i = 0; i < value.len; i++)
		if (value.at[i] < '0' || value.at[i] > '9')
			return no(400, "Content-Length is not a number.", why);
	if (value.len == 0 || (value.len > 1 && value.at[0] == '0'))
		return no(400, "Content-Length is not a number.", why);
	if (!str_u64(value, HTTP_BODY_MAX, &h->length))
		return no(413, "The body is too large.", why);
	return PARSE_DONE;
}

static int field_coding(struct head *h, struct fields *f, struct str value, const char **why)
{
	if (++f->codings > 1 || !str_eq_nocase(value, S("chunked")))
		return no(400, "The only transfer coding known here is one 'chunked'.", why);
	h->chunked = true;
	return PARSE_DONE;
}

static int field_connection(struct head *h, struct fields *f, struct str value, const char **why)
{
	(void)f, (void)why;
	while (str_given(value)) {
		struct str option = str_trim(str_cut(&value, ','));
		if (str_eq_nocase(option, S("close"))) {
			h->keep_alive = false;
			break; /* it wins, whatever else stands there */
		}
		if (h->version_1_0 && str_eq_nocase(option, S("keep-alive")))
			h->keep_alive = true;
	}
	return PARSE_DONE;
}

static int field_expect(struct head *h, struct fields *f, struct str value, const char **why)
{
	(void)f;
	if (!str_eq_nocase(value, S("100-continue")))
		return no(417, "The only expectation known here is 100-continue.", why);
	h->wants_continue = !h->version_1_0;
	return PARSE_DONE;
}

static int field(struct head *h, struct fields *f, const struct http_header *x, const char **why)
{
	switch (x->name.len) {
	case 4:
		return str_eq_nocase(x->name, S("host")) ? field_host(h, f, x->value, why) : PARSE_DONE;
	case 6:
		return str_eq_nocase(x->name, S("expect")) ? field_expect(h, f, x->value, why) : PARSE_DONE;
	case 10:
		return str_eq_nocase(x->name, S("connection")) ? field_connection(h, f, x->value, why)
		                                               : PARSE_DONE;
	case 14:
		return str_eq_nocase(x->name, S("content-length")) ? field_length(h, f, x->value, why)
		                                                   : PARSE_DONE;
	case 17:
		return str_eq_nocase(x->name, S("transfer-encoding")) ? field_coding(h, f, x->value, why)
		                                                      : PARSE_DONE;
	}
	return PARSE_DONE;
}

/* name ":" OWS value OWS CR LF. A space before the colon and a folded line both show as
 * a character that is no token (P1). Moves `at` behind the line. */
static int parse_field(struct http_header *x, const char **at, const char *end, const char **why)
{
	const char *p = *at, *from;

	while (p < end && is(*p, TOKEN))
		p++;
	x->name = (struct str){ *at, (size_t)(p - *at) };
	if (p == end || *p != ':' || x->name.len == 0)
		return no(400, "A header field is not 'name: value'.", why);
	for (from = ++p; p < end && is(*p, VALUE); p++)
		;
	if (end - p < 2 || p[0] != '\r' || p[1] != '\n')
		return no(400, "A header field has a control character.", why);
	x->value = str_trim((struct str){ from, (size_t)(p - from) });
	*at = p + 2;
	return PARSE_DONE;
}

static int check_together(const struct head *h, const struct fields *f, const char **why)
{
	if (f->hosts == 0 && !h->version_1_0)
		return no(400, "The Host field is missing.", why);
	if (str_given(f->authority) && !host_valid(f->authority))
		return no(400, "The request target has no valid host.", why);
	if (str_given(f->authority) && f->hosts > 0 && !str_eq_nocase(f->authority, f->host))
		return no(400, "The host of the request target differs from the Host field.", why);
	if (h->chunked && f->lengths > 0)
		return no(400, "There are both Content-Length and Transfer-Encoding.", why);
	if (h->chunked && h->version_1_0)
		return no(400, "HTTP/1.0 has no Transfer-Encoding.", why);
	return PARSE_DONE;
}

int head_parse(struct str head, struct head *h, const char **why)
{
	struct fields f = { .authority = S_NONE };
	const char *at = memchr(head.at, '\r', head.len), *end = head.at + head.len - 2;

	memset(h, 0, offsetof(struct head, headers));
	h->header_count = 0;
	h->wants_continue = h->chunked = false;
	h->length = 0;
	if (at == NULL || at[1] != '\n')
		return no(400, "The request line has a bare CR.", why);
	int status = parse_request_line(h, (struct str){ head.at, (size_t)(at - head.at) },
	                                &f.authority, why);
	for (at += 2; status == PARSE_DONE && at < end;) {
		struct http_header *x = &h->headers[h->header_count++];
		status = parse_field(x, &at, end, why);
		if (status == PARSE_DONE)
			status = field(h, &f, x, why);
	}
	return status == PARSE_DONE ? check_together(h, &f, why) : status;
}
