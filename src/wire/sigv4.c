/* sigv4.c - AWS Signature Version 4: claims and their proof.
 *
 * The numbers V1 to V5 are in sigv4.h. There is one way to SIGV4_OK, at the end of
 * sigv4_verify; every other way out is a refusal. */
#include "wire/sigv4.h"

#include "base/limits.h"
#include "base/time.h"
#include "wire/form.h"
#include "wire/sigv4_canonical.h"

#define ALGORITHM "AWS4-HMAC-SHA256"

static enum sigv4_result no(enum sigv4_result r, struct str *why, struct str sentence)
{
	*why = sentence;
	return r;
}

/* How many headers have this name; the value of the last. */
static int header_find(const struct sigv4_request *r, const char *name, struct str *value)
{
	int count = 0;

	*value = S_NONE;
	for (int i = 0; i < r->header_count; i++)
		if (str_eq_nocase(r->headers[i].name, str_of(name))) {
			*value = str_trim(r->headers[i].value);
			count++;
		}
	return count;
}

/* The same for the query, decoded; -1 when an escape is broken. */
static int query_find(struct arena *a, struct str query, const char *name, struct str *value)
{
	int count = 0;

	*value = S_NONE;
	while (query.len > 0) {
		struct str text = str_cut(&query, '&'), left = str_cut(&text, '=');
		if (!str_eq_nocase(left, str_of(name)))
			continue;
		*value = form_decode_path(a, str_given(text) ? text : S(""));
		if (!str_given(*value))
			return -1;
		count++;
	}
	return count;
}

/* AKID/20261122/region/service/aws4_request. The key may itself contain slashes. */
static bool read_credential(struct str s, struct sigv4_claim *c)
{
	struct str parts[4];

	for (int i = 3; i >= 0; i--) {
		size_t at = s.len;
		while (at > 0 && s.at[at - 1] != '/')
			at--;
		if (at == 0)
			return false;
		parts[i] = str_from(s, at);
		s.len = at - 1;
	}
	c->access_key = s;
	c->day = parts[0];
	c->region = parts[1];
	c->service = parts[2];
	return s.len > 0 && c->day.len == 8 && c->region.len > 0 && c->service.len > 0 &&
	       str_is(parts[3], "aws4_request");
}

static bool is_header_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] <= ' ' || s.at[i] > '~' || (s.at[i] >= 'A' && s.at[i] <= 'Z'))
			return false;
	return s.len > 0;
}

/* Lower case and ascending, so that each name is there once. */
static bool check_signed_headers(struct str s)
{
	struct str before = S("");
	int count = 0;

	while (str_given(s)) {
		struct str name = str_cut(&s, ';');
		if (!is_header_name(name) || str_cmp(before, name) >= 0)
			return false;
		if (++count > SIGV4_HEADERS_MAX)
			return false;
		before = name;
	}
	return true;
}

static bool is_signed(struct str signed_headers, struct str name)
{
	while (signed_headers.len > 0)
		if (str_eq_nocase(str_cut(&signed_headers, ';'), name))
			return true;
	return false;
}

/* What both forms have, once found. */
static enum sigv4_result read_common(struct sigv4_claim *c, struct str credential,
                                     struct str signature, struct str *why)
{
	if (!read_credential(credential, c))
		return no(SIGV4_INCOMPLETE, why,
		          S("The credential must be KEY/YYYYMMDD/REGION/SERVICE/aws4_request."));
	if (!check_signed_headers(c->signed_headers))
		return no(SIGV4_INCOMPLETE, why,
		          S("SignedHeaders must be header names in lower case and in order, "
		            "with ';' between."));
	if (!hex_read(signature, c->signature, sizeof c->signature))
		return no(SIGV4_INCOMPLETE, why, S("The signature must be 64 hexadecimal digits."));
	if (!time_read_amz(c->amz_date, &c->wall_ms))
		return no(SIGV4_INCOMPLETE, why, S("The date must look like 20261122T153732Z."));
	return SIGV4_OK;
}

/* Credential=..., SignedHeaders=..., Signature=... in any order, each once. */
static bool cut_authorization(struct str rest, struct str parts[3])
{
	static const char *const names[3] = { "Credential", "SignedHeaders", "Signature" };

	while (str_given(rest)) {
		struct str value = str_trim(str_cut(&rest, ',')), name = str_cut(&value, '=');
		int i = 0;
		while (i < 3 && !str_is(name, names[i]))
			i++;
		if (i == 3 || str_given(parts[i]) || !str_given(value))
			return false;
		parts[i] = value;
	}
	return str_given(parts[0]) && str_given(parts[1]) && str_given(parts[2]);
}

static enum sigv4_result parse_header(const struct sigv4_request *r, struct str authorization,
                                      struct sigv4_claim *c, struct str *why)
{
	struct str parts[3] = { S_NONE, S_NONE, S_NONE }, rest = authorization;

	if (!str_is(str_cut(&rest, ' '), ALGORITHM))
		return no(SIGV4_INCOMPLETE, why, S("The algorithm must be " ALGORITHM "."));
	if (!cut_authorization(rest, parts))
		return no(SIGV4_INCOMPLETE, why,
		          S("Authorization must have Credential, SignedHeaders, Signature."));
	if (header_find(r, "x-amz-date", &c->amz_date) != 1)
		return no(SIGV4_INCOMPLETE, why, S("The header X-Amz-Date must be there once."));
	header_find(r, "x-amz-security-token", &c->security_token);
	c->signed_headers = parts[1];
	return read_common(c, parts[0], parts[2], why);
}

static enum sigv4_result parse_presigned(struct arena *a, const struct sigv4_request *r,
                                         struct sigv4_claim *c, struct str *why)
{
	static const char *const names[6] = { "X-Amz-Algorithm",     "X-Amz-Credential",
		                                  "X-Amz-Date",          "X-Amz-Expires",
		                                  "X-Amz-SignedHeaders", "X-Amz-Signature" };
	struct str value[6], content;

	for (int i = 0; i < 6; i++)
		if (query_find(a, r->query, names[i], &value[i]) != 1)
			return no(SIGV4_INCOMPLETE, why,
			          arena_printf(a, "The query must have %s once.", names[i]));
	if (query_find(a, r->query, "X-Amz-Security-Token", &c->security_token) > 1 ||
	    query_find(a, r->query, "X-Amz-Content-Sha256", &content) != 0)
		return no(SIGV4_INCOMPLETE, why,
		          S("The query has X-Amz-Content-Sha256, or X-Amz-Security-Token twice."));
	if (!str_is(value[0], ALGORITHM))
		return no(SIGV4_INCOMPLETE, why, S("The algorithm must be " ALGORITHM "."));
	if (!str_i64(value[3], 1, SIGV4_EXPIRES_MAX_S, &c->expires_s))
		return no(SIGV4_INCOMPLETE, why, S("X-Amz-Expires must be 1 to 604800 seconds."));
	c->presigned = true;
	c->amz_date = value[2];
	c->signed_headers = value[4];
	return read_common(c, value[1], value[5], why);
}

/* Any parameter that only a presigned request has. */
static bool looks_presigned(struct arena *a, struct str query)
{
	struct str ignored;

	return query_find(a, query, "X-Amz-Algorithm", &ignored) != 0 ||
	       query_find(a, query, "X-Amz-Credential", &ignored) != 0 ||
	       query_find(a, query, "X-Amz-Signature", &ignored) != 0;
}

enum sigv4_result sigv4_parse(struct arena *a, const struct sigv4_request *r, struct sigv4_claim *c,
                              struct str *why)
{
	struct str authorization;
	int headers = header_find(r, "authorization", &authorization);
	bool presigned = looks_presigned(a, r->query);

	*c = (struct sigv4_claim){ 0 };
	if (headers + presigned > 1)
		return no(SIGV4_INCOMPLETE, why, S("The request has more than one credential."));
	if (presigned)
		return parse_presigned(a, r, c, why);
	if (headers == 1 && str_starts(authorization, S("AWS")))
		return parse_header(r, authorization, c, why);
	return no(SIGV4_NONE, why, S("The request is not signed."));
}

/* V2 */
static enum sigv4_result check_content_hash(const struct sigv4_request *r, struct str text,
                                            struct str *why)
{
	uint8_t said[SHA256_SIZE];

	if (!hex_read(str_trim(text), said, sizeof said))
		return no(SIGV4_UNSIGNED, why, S("Unsigned and streamed payloads are not accepted."));
	if (memcmp(said, r->body_sha256, sizeof said) != 0)
		return no(SIGV4_MISMATCH, why,
		          S("The header x-amz-content-sha256 is not the hash of the body."));
	return SIGV4_OK;
}

/* V1 and V3, for host and for what begins with "x-amz-". */
static enum sigv4_result check_header(struct arena *a, const struct sigv4_request *r,
                                      const struct sigv4_claim *c, struct str name, struct str *why)
{
	struct str value = S_NONE;
	int count = 0;

	for (int i = 0; i < r->header_count; i++)
		if (str_eq_nocase(r->headers[i].name, name)) {
			value = r->headers[i].value;
			count++;
		}
	if (count != 1)
		return no(SIGV4_INCOMPLETE, why,
		          arena_printf(a, "The header '%.*s' must be there once.", S_ARG(name)));
	if (str_eq_nocase(name, S("x-amz-content-sha256")))
		return check_content_hash(r, value, why);
	if (!is_signed(c->signed_headers, name))
		return no(SIGV4_UNSIGNED, why,
		          arena_printf(a, "The header '%.*s' must be signed.", S_ARG(name)));
	return SIGV4_OK;
}

static enum sigv4_result check_headers(struct arena *a, const struct sigv4_request *r,
                                       const struct sigv4_claim *c, struct str *why)
{
	enum sigv4_result result = check_header(a, r, c, S("host"), why);

	for (int i = 0; i < r->header_count && result == SIGV4_OK; i++) {
		struct str name = r->headers[i].name;
		if (name.len > 6 && str_eq_nocase((struct str){ name.at, 6 }, S("x-amz-")))
			result = check_header(a, r, c, name, why);
	}
	return result;
}

static enum sigv4_result check_scope(struct arena *a, const struct sigv4_claim *c,
                                     const struct sigv4_rules *rules, struct str *why)
{
	const char *const *service = rules->services;

	if (!str_eq(c->day, (struct str){ c->amz_date.at, 8 }))
		return no(SIGV4_SCOPE, why,
		          S("The day of the credential scope is not the day of X-Amz-Date."));
	if (str_given(rules->region) && !str_eq(rules->region, c->region))
		return no(SIGV4_SCOPE, why,
		          arena_printf(a, "The credential is for the region '%.*s', not '%.*s'.",
		                       S_ARG(c->region), S_ARG(rules->region)));
	while (*service != NULL && !str_is(c->service, *service))
		service++;
	if (*service == NULL)
		return no(SIGV4_SCOPE, why,
		          arena_printf(a, "The credential is scoped to the service '%.*s'.",
		                       S_ARG(c->service)));
	return SIGV4_OK;
}

static enum sigv4_result check_time(struct arena *a, const struct sigv4_claim *c,
                                    int64_t now_wall_ms, struct str *why)
{
	int64_t age = now_wall_ms - c->wall_ms;
	int64_t allowed = c->presigned ? c->expires_s * SECOND_MS : SIGNATURE_SKEW_MS;
	char now[17];

	if (age <= allowed && age >= -SIGNATURE_SKEW_MS)
		return SIGV4_OK;
	sigv4_date(now_wall_ms, now);
	*why = age < 0 ? arena_printf(a, "Signature not yet current: dated %.*s, it is now %s.",
	                              S_ARG(c->amz_date), now)
	               : arena_printf(a, "Signature expired: dated %.*s, it is now %s.",
	                              S_ARG(c->amz_date), now);
	return SIGV4_EXPIRED;
}

enum sigv4_result sigv4_verify(struct arena *a, const struct sigv4_request *r,
                               const struct sigv4_claim *c, const uint8_t key[SHA256_SIZE],
                               const struct sigv4_rules *rules, struct str *why)
{
	uint8_t right[SHA256_SIZE];
	enum sigv4_result result = check_headers(a, r, c, why);

	if (result == SIGV4_OK)
		result = check_scope(a, c, rules, why);
	if (result == SIGV4_OK)
		result = check_time(a, c, rules->now_wall_ms, why);
	if (result != SIGV4_OK)
		return result;
	if (!sigv4_compute(a, r, c, key, right, why))
		return SIGV4_MISMATCH;
	struct str one = { (const char *)right, sizeof right };
	struct str other = { (const char *)c->signature, sizeof c->signature };
	if (!str_eq_secret(one, other))
		return no(SIGV4_MISMATCH, why,
		          S("The request signature we calculated does not match the signature "
		            "you provided."));
	return SIGV4_OK;
}
