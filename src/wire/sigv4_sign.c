/* sigv4_sign.c - the other side of sigv4.c: keys and signatures of our own. */
#include <stdlib.h>

#include "base/time.h"
#include "wire/sigv4.h"
#include "wire/sigv4_canonical.h"

void sigv4_derive_key(struct str secret, struct str day, struct str region, struct str service,
                      uint8_t key[SHA256_SIZE])
{
	struct buf first = { 0 };
	struct str link = { (const char *)key, SHA256_SIZE };
	const struct str rest[] = { region, service, S("aws4_request") };

	buf_add(&first, S("AWS4"));
	buf_add(&first, secret);
	must(!first.failed);
	hmac_sha256(buf_str(&first), day, key);
	for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
		hmac_sha256(link, rest[i], key);
	explicit_bzero(first.at, first.len);
	buf_free(&first);
}

static int name_order(const void *left, const void *right)
{
	return str_cmp(*(const struct str *)left, *(const struct str *)right);
}

static struct str lower_case(struct arena *a, struct str s)
{
	char *copy = arena_get(a, s.len + 1);

	for (size_t i = 0; i < s.len; i++)
		copy[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] + 32) : s.at[i];
	return (struct str){ copy, s.len };
}

/* All header names, a;b;c. */
static struct str all_headers(struct arena *a, const struct sigv4_request *r)
{
	struct str *names = ARENA_ARRAY(a, struct str, r->header_count + 1), joined;
	struct buf b = { 0 };

	for (int i = 0; i < r->header_count; i++)
		names[i] = lower_case(a, r->headers[i].name);
	qsort(names, (size_t)r->header_count, sizeof *names, name_order);
	for (int i = 0; i < r->header_count; i++) {
		buf_add(&b, i == 0 ? S("") : S(";"));
		buf_add(&b, names[i]);
	}
	joined = arena_str(a, buf_str(&b));
	buf_free(&b);
	return joined;
}

static struct str only_header(const struct sigv4_request *r, struct str name)
{
	struct str value = S_NONE;

	for (int i = 0; i < r->header_count; i++)
		if (str_eq_nocase(r->headers[i].name, name)) {
			must(!str_given(value));
			value = r->headers[i].value;
		}
	return value;
}

struct str sigv4_sign(struct arena *a, const struct sigv4_request *r, struct str access_key,
                      struct str secret, struct str region, struct str service)
{
	uint8_t key[SHA256_SIZE], signature[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];
	struct sigv4_claim c = { .amz_date = only_header(r, S("x-amz-date")),
		                     .region = region,
		                     .service = service,
		                     .signed_headers = all_headers(a, r) };
	struct str why;

	must(c.amz_date.len == 16 && only_header(r, S("host")).len > 0);
	c.day = (struct str){ c.amz_date.at, 8 };
	sigv4_derive_key(secret, c.day, region, service, key);
	must(sigv4_compute(a, r, &c, key, signature, &why));
	hex_text(signature, sizeof signature, hex);
	explicit_bzero(key, sizeof key);
	return arena_printf(a,
	                    "AWS4-HMAC-SHA256 Credential=%.*s/%.*s/%.*s/%.*s/aws4_request, "
	                    "SignedHeaders=%.*s, Signature=%s",
	                    S_ARG(access_key), S_ARG(c.day), S_ARG(region), S_ARG(service),
	                    S_ARG(c.signed_headers), hex);
}

void sigv4_date(int64_t wall_ms, char text[17])
{
	struct buf b = { 0 };
	const char *t;

	time_rfc3339(&b, wall_ms); /* 2026-11-22T15:37:32.123Z */
	t = b.at;
	must(b.len == 24);
	const int from[15] = { 0, 1, 2, 3, 5, 6, 8, 9, 10, 11, 12, 14, 15, 17, 18 };
	for (int i = 0; i < 15; i++)
		text[i] = t[from[i]];
	text[15] = 'Z';
	text[16] = '\0';
	buf_free(&b);
}
