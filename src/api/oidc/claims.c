/* claims.c - the ID token: verified, then believed. O2: oidc.h. Pure. */
#include "api/oidc/oidc.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"
#include "wire/jose.h"

/* Seconds since 1970, perhaps with a fraction, as milliseconds; 0: it is none. */
static int64_t time_of(const struct json *claims, const char *name)
{
	const struct json *v = json_get(claims, name);
	int64_t seconds = 0;

	if (!json_is(v, JSON_NUMBER))
		return 0;
	struct str text = v->text, whole = str_cut(&text, '.');
	return str_i64(whole, 1, INT64_MAX / SECOND_MS, &seconds) ? seconds * SECOND_MS : 0;
}

/* The token is for us, and if it is for others too, it was given to us. */
static bool for_us(const struct json *claims, struct str client_id)
{
	const struct json *aud = json_get(claims, "aud");
	struct str azp = json_get_text(claims, "azp");
	bool named = str_given(json_text(aud)) && str_eq(json_text(aud), client_id);

	if (json_is(aud, JSON_ARRAY)) {
		JSON_EACH (aud, one)
			named = named || (str_given(json_text(one)) && str_eq(json_text(one), client_id));
		if (aud->count > 1 && !str_given(azp))
			return false;
	}
	return named && (json_get(claims, "azp") == NULL || str_eq(azp, client_id));
}

static struct str wrong_times(const struct json *claims, int64_t now_ms)
{
	int64_t ends = time_of(claims, "exp"), made = time_of(claims, "iat");
	int64_t from = time_of(claims, "nbf");

	if (ends == 0 || ends <= now_ms - OIDC_SKEW_MS)
		return S("it has expired");
	if (made == 0 || made > now_ms + OIDC_SKEW_MS || from > now_ms + OIDC_SKEW_MS)
		return S("it is of the future; do the clocks agree?");
	return S_NONE;
}

/* Absent: all is well. */
static struct str wrong_claims(const struct oidc_provider *p, const struct json *claims,
                               struct str nonce, int64_t now_ms)
{
	struct str subject = json_get_text(claims, "sub");

	if (!str_given(json_get_text(claims, "iss")) ||
	    !str_eq(json_get_text(claims, "iss"), p->issuer))
		return S("it is of another issuer");
	if (!for_us(claims, p->client_id))
		return S("it is for another client (aud)");
	if (!str_eq_secret(json_get_text(claims, "nonce"), nonce) || nonce.len == 0)
		return S("it belongs to another sign-in (nonce)");
	if (subject.len == 0 || subject.len > OIDC_SUBJECT_MAX)
		return S("it has no subject");
	return wrong_times(claims, now_ms);
}

/* What a rule of the administrator may link by. A mail address is one only if it is verified. */
static struct oidc_identity identity(struct arena *a, const struct oidc_provider *p,
                                     const struct json *claims)
{
	bool verified = json_is(json_get(claims, "email_verified"), JSON_TRUE);
	struct oidc_identity who = { .subject = arena_str(a, json_get_text(claims, "sub")) };

	if (p->link_email && verified)
		who.email = arena_str(a, json_get_text(claims, "email"));
	if (str_given(p->link_claim) && (verified || !str_is(p->link_claim, "email")))
		who.id = arena_str(a, json_get_text(claims, arena_str(a, p->link_claim).at));
	if (who.email.len == 0)
		who.email = S_NONE;
	if (who.id.len == 0 || str_given(who.email))
		who.id = S_NONE;
	return who;
}

static enum oidc_verdict verify(struct arena *scratch, const struct oidc_provider *p,
                                const struct oidc_proof *proof, struct jose_token *t,
                                struct str *why)
{
	struct str ignored;
	const struct json *set = json_read(scratch, proof->keys, &ignored);

	*why = S("it is no token");
	if (proof->token.len > OIDC_TOKEN_MAX || !jose_read(scratch, proof->token, t))
		return OIDC_BAD;
	enum jose_result result = jose_verify(scratch, t, set);
	*why = t->alg == JOSE_OTHER    ? S("it must be signed with RS256 or ES256")
	       : result == JOSE_NO_KEY ? S("none of the provider's keys has signed it")
	                               : S("its signature is wrong");
	if (result != JOSE_GOOD)
		return result == JOSE_NO_KEY ? OIDC_NEW_KEY : OIDC_BAD;
	*why = wrong_claims(p, t->claims, proof->nonce, proof->now_ms);
	return str_given(*why) ? OIDC_BAD : OIDC_GOOD;
}

enum oidc_verdict oidc_verify(struct arena *a, const struct oidc_provider *p,
                              const struct oidc_proof *proof, struct oidc_identity *who,
                              struct str *why)
{
	struct arena *scratch = arena_open();
	struct jose_token t;
	enum oidc_verdict verdict = verify(scratch, p, proof, &t, why);

	if (verdict == OIDC_GOOD)
		*who = identity(a, p, t.claims);
	arena_close(scratch);
	return verdict;
}
