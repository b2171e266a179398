/* sigv4_canonical.c - the text that is signed.
 *
 *     METHOD \n path \n query \n name:value\n ... \n signed;names \n hash of the body
 *
 * Path and query differ in a way nobody would guess: the path is escaped once more as
 * it was sent (so "%20" becomes "%2520"), the query is decoded and escaped again. A '+' in
 * the query is a space here as it is to form_read: were it a plus, "a+b" and "a%2Bb" would have
 * one signature and two meanings. */
#include "wire/sigv4_canonical.h"

#include <stdlib.h>

#include "wire/form.h"

/* Without empty, "." and ".." segments; a slash at the end stays, as the SDKs do it. */
static void canonical_path(struct buf *b, struct str path)
{
	size_t start = b->len;
	struct str rest = path.len > 0 && path.at[0] == '/' ? str_from(path, 1) : path;

	while (str_given(rest) && path.len > 0) {
		struct str segment = str_cut(&rest, '/');
		bool nothing = segment.len == 0 || str_is(segment, ".");
		bool up = str_is(segment, "..");
		if (up)
			while (b->len > start && b->at[--b->len] != '/')
				;
		if (nothing || up)
			continue;
		buf_add_byte(b, '/');
		form_encode(b, segment);
	}
	if (b->len == start || str_ends(path, S("/")))
		buf_add_byte(b, '/');
}

struct param {
	struct str name, value; /* escaped */
};

static int param_order(const void *left, const void *right)
{
	const struct param *a = left, *b = right;
	int order = str_cmp(a->name, b->name);

	return order != 0 ? order : str_cmp(a->value, b->value);
}

/* Decoded and escaped again, in the arena; absent when an escape is broken. */
static struct str escape_again(struct arena *a, struct str s)
{
	struct buf b = { 0 };
	struct str plain = form_decode(a, s.at == NULL ? S("") : s);

	if (!str_given(plain))
		return S_NONE;
	form_encode(&b, plain);
	struct str out = arena_str(a, buf_str(&b));
	buf_free(&b);
	return out;
}

static int read_params(struct arena *a, struct str query, struct param params[SIGV4_PARAMS_MAX])
{
	int count = 0;

	while (query.len > 0) {
		struct str value = str_cut(&query, '&'), name = str_cut(&value, '=');
		if (name.len == 0 && !str_given(value))
			continue;
		if (str_is(name, "X-Amz-Signature"))
			continue;
		if (count == SIGV4_PARAMS_MAX)
			return -1;
		struct param p = { escape_again(a, name), escape_again(a, value) };
		if (!str_given(p.name) || !str_given(p.value))
			return -1;
		params[count++] = p;
	}
	return count;
}

static bool canonical_query(struct buf *b, struct arena *a, struct str query)
{
	if (query.len == 0)
		return true;
	struct param *params = ARENA_ARRAY(a, struct param, SIGV4_PARAMS_MAX);
	int count = read_params(a, query, params);
	if (count < 0)
		return false;
	qsort(params, (size_t)count, sizeof *params, param_order);
	for (int i = 0; i < count; i++) {
		if (i > 0)
			buf_add_byte(b, '&');
		buf_add(b, params[i].name);
		buf_add_byte(b, '=');
		buf_add(b, params[i].value);
	}
	return true;
}

/* Without spaces at the ends, and with one where there are several. */
static void header_value(struct buf *b, struct str value)
{
	value = str_trim(value);
	for (size_t i = 0; i < value.len; i++)
		if (value.at[i] != ' ' || value.at[i - 1] != ' ')
			buf_add_byte(b, value.at[i]);
}

/* Values of a name sent several times are joined with commas. */
static bool canonical_header(struct buf *b, const struct sigv4_request *r, struct str name)
{
	bool found = false;

	buf_add(b, name);
	for (int i = 0; i < r->header_count; i++) {
		if (!str_eq_nocase(r->headers[i].name, name))
			continue;
		buf_add_byte(b, found ? ',' : ':');
		header_value(b, r->headers[i].value);
		found = true;
	}
	buf_add_byte(b, '\n');
	return found;
}

bool sigv4_canonical(struct buf *b, struct arena *a, const struct sigv4_request *r,
                     struct str signed_headers, struct str *why)
{
	buf_add(b, r->method);
	buf_add_byte(b, '\n');
	canonical_path(b, r->path);
	buf_add_byte(b, '\n');
	if (!canonical_query(b, a, r->query)) {
		*why = S("The query string cannot be read.");
		return false;
	}
	buf_add_byte(b, '\n');
	for (struct str rest = signed_headers; rest.len > 0;) {
		struct str name = str_cut(&rest, ';');
		if (!canonical_header(b, r, name)) {
			*why = arena_printf(a, "The signed header '%.*s' is missing.", S_ARG(name));
			return false;
		}
	}
	buf_add_byte(b, '\n');
	buf_add(b, signed_headers);
	buf_add_byte(b, '\n');
	hex_write(b, r->body_sha256, SHA256_SIZE);
	return true;
}

void sigv4_string_to_sign(struct buf *b, const struct sigv4_claim *c, struct str canonical)
{
	uint8_t hash[SHA256_SIZE];

	sha256(canonical, hash);
	buf_printf(b, "AWS4-HMAC-SHA256\n%.*s\n%.*s/%.*s/%.*s/aws4_request\n", S_ARG(c->amz_date),
	           S_ARG(c->day), S_ARG(c->region), S_ARG(c->service));
	hex_write(b, hash, sizeof hash);
}

bool sigv4_compute(struct arena *a, const struct sigv4_request *r, const struct sigv4_claim *c,
                   const uint8_t key[SHA256_SIZE], uint8_t signature[SHA256_SIZE], struct str *why)
{
	struct buf canonical = { 0 }, to_sign = { 0 };
	bool possible = sigv4_canonical(&canonical, a, r, c->signed_headers, why);

	if (possible) {
		sigv4_string_to_sign(&to_sign, c, buf_str(&canonical));
		hmac_sha256((struct str){ (const char *)key, SHA256_SIZE }, buf_str(&to_sign), signature);
	}
	if (canonical.failed || to_sign.failed) {
		*why = S("There is no memory to check the signature.");
		possible = false;
	}
	buf_free(&canonical);
	buf_free(&to_sign);
	return possible;
}
