/* jose.c - signed tokens are read and verified. J1 to J3: jose.h. */
#include "wire/jose.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "wire/hash.h"

enum { RSA_BITS_MIN = 2048, RSA_BITS_MAX = 8192, P256_SIZE = 32 };

/* ---- the token */

static const struct json *part(struct arena *a, struct str text)
{
	struct str why, bytes = base64url_read(a, text);
	const struct json *j = str_given(bytes) ? json_read(a, bytes, &why) : NULL;

	return json_is(j, JSON_OBJECT) ? j : NULL;
}

static enum jose_alg alg_of(const struct json *head)
{
	struct str alg = json_get_text(head, "alg");

	return str_is(alg, "RS256") ? JOSE_RS256 : str_is(alg, "ES256") ? JOSE_ES256 : JOSE_OTHER;
}

bool jose_read(struct arena *a, struct str text, struct jose_token *t)
{
	struct str rest = text, head = str_cut(&rest, '.'), body = str_cut(&rest, '.');
	const struct json *header = part(a, head);

	if (header == NULL || !str_given(rest) || json_get(header, "crit") != NULL)
		return false;
	*t = (struct jose_token){
		.alg = alg_of(header),
		.kid = json_get_text(header, "kid"),
		.claims = part(a, body),
		.signing_input = { text.at, head.len + 1 + body.len },
		.signature = base64url_read(a, rest),
	};
	return t->claims != NULL && str_given(t->signature);
}

/* ---- keys */

static EVP_PKEY *key_from(const char *kind, OSSL_PARAM_BLD *build)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY *key = NULL;

	must(c != NULL && params != NULL && EVP_PKEY_fromdata_init(c) == 1);
	if (EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(c);
	return key;
}

static BIGNUM *number_of(struct arena *a, const struct json *jwk, const char *name)
{
	struct str bytes = base64url_read(a, json_get_text(jwk, name));

	if (!str_given(bytes) || bytes.len == 0 || bytes.len > RSA_BITS_MAX / 8 + 1)
		return NULL;
	return BN_bin2bn((const unsigned char *)bytes.at, (int)bytes.len, NULL);
}

static EVP_PKEY *rsa_key(struct arena *a, const struct json *jwk)
{
	BIGNUM *n = number_of(a, jwk, "n"), *e = number_of(a, jwk, "e");
	EVP_PKEY *key = NULL;

	if (n != NULL && e != NULL && BN_num_bits(n) >= RSA_BITS_MIN &&
	    BN_num_bits(n) <= RSA_BITS_MAX && BN_is_odd(e) && !BN_is_one(e)) {
		OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
		must(build != NULL && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
		     OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1);
		key = key_from("RSA", build);
		OSSL_PARAM_BLD_free(build);
	}
	BN_free(n);
	BN_free(e);
	return key;
}

static EVP_PKEY *p256_key(struct arena *a, const struct json *jwk)
{
	struct str x = base64url_read(a, json_get_text(jwk, "x"));
	struct str y = base64url_read(a, json_get_text(jwk, "y"));
	uint8_t point[1 + 2 * P256_SIZE] = { 4 };

	if (!str_is(json_get_text(jwk, "crv"), "P-256") || x.len != P256_SIZE || y.len != P256_SIZE)
		return NULL;
	memcpy(point + 1, x.at, P256_SIZE);
	memcpy(point + 1 + P256_SIZE, y.at, P256_SIZE);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	must(build != NULL &&
	     OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
	     OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) ==
	         1);
	EVP_PKEY *key = key_from("EC", build);
	OSSL_PARAM_BLD_free(build);
	return key;
}

/* Could this key have signed it? J1, J2 */
static bool fits(const struct json *jwk, const struct jose_token *t)
{
	struct str kid = json_get_text(jwk, "kid"), use = json_get_text(jwk, "use");
	struct str alg = json_get_text(jwk, "alg");

	return str_is(json_get_text(jwk, "kty"), t->alg == JOSE_RS256 ? "RSA" : "EC") &&
	       (!str_given(t->kid) || str_eq(kid, t->kid)) && (!str_given(use) || str_is(use, "sig")) &&
	       (!str_given(alg) || str_is(alg, t->alg == JOSE_RS256 ? "RS256" : "ES256"));
}

/* ---- signatures */

/* Two numbers of 32 bytes as the DER that OpenSSL verifies; its length, 0: they are not. */
static size_t ecdsa_der(struct str raw, unsigned char der[80])
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	const unsigned char *at = (const unsigned char *)raw.at;
	unsigned char *to = der;

	if (raw.len != (size_t)2 * P256_SIZE) {
		ECDSA_SIG_free(sig);
		return 0;
	}
	must(sig != NULL && ECDSA_SIG_set0(sig, BN_bin2bn(at, P256_SIZE, NULL),
	                                   BN_bin2bn(at + P256_SIZE, P256_SIZE, NULL)) == 1);
	int len = i2d_ECDSA_SIG(sig, &to);
	ECDSA_SIG_free(sig);
	return len > 0 ? (size_t)len : 0;
}

static bool signed_by(EVP_PKEY *key, const struct jose_token *t)
{
	unsigned char der[80];
	const unsigned char *signature = (const unsigned char *)t->signature.at;
	size_t len = t->signature.len;
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	must(md != NULL);
	if (t->alg == JOSE_ES256) {
		signature = der;
		len = ecdsa_der(t->signature, der);
	}
	bool good = len > 0 && EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
	            EVP_DigestVerify(md, signature, len, (const unsigned char *)t->signing_input.at,
	                             t->signing_input.len) == 1;
	EVP_MD_CTX_free(md);
	return good;
}

enum jose_result jose_verify(struct arena *a, const struct jose_token *t, const struct json *set)
{
	enum jose_result result = JOSE_NO_KEY;
	int looked = 0;

	if (t->alg == JOSE_OTHER)
		return JOSE_BAD;
	JSON_EACH (json_get(set, "keys"), jwk) {
		if (looked++ == JOSE_KEYS_MAX || result == JOSE_GOOD)
			break;
		if (!json_is(jwk, JSON_OBJECT) || !fits(jwk, t))
			continue;
		EVP_PKEY *key = t->alg == JOSE_RS256 ? rsa_key(a, jwk) : p256_key(a, jwk);
		if (key == NULL)
			continue;
		result = signed_by(key, t) ? JOSE_GOOD : JOSE_BAD;
		EVP_PKEY_free(key);
	}
	return result;
}
