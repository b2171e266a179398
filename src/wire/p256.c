/* p256.c - keys of the curve P-256 for OpenSSL. */
#include "wire/p256.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

#include "base/err.h"

/* private_key may be NULL. */
static EVP_PKEY *make(const uint8_t *private_key, const uint8_t public_key[P256_PUBLIC])
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *number = private_key == NULL ? NULL : BN_bin2bn(private_key, 32, NULL);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	must(build != NULL && ctx != NULL);
	must(OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1);
	must(OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, public_key,
	                                      P256_PUBLIC) == 1);
	if (number != NULL)
		must(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number) == 1);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	if (params == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1)
		key = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_clear_free(number);
	return key;
}

EVP_PKEY *p256_public_key(const uint8_t public_key[P256_PUBLIC])
{
	EVP_PKEY *key = public_key[0] == 4 ? make(NULL, public_key) : NULL;
	EVP_PKEY_CTX *ctx = key == NULL ? NULL : EVP_PKEY_CTX_new(key, NULL);

	if (ctx == NULL || EVP_PKEY_public_check(ctx) != 1) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	EVP_PKEY_CTX_free(ctx);
	return key;
}

bool p256_public_of(const uint8_t private_key[32], uint8_t public_key[P256_PUBLIC])
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *point = group == NULL ? NULL : EC_POINT_new(group);
	BIGNUM *number = BN_bin2bn(private_key, 32, NULL);
	bool good = point != NULL && number != NULL && !BN_is_zero(number) &&
	            BN_cmp(number, EC_GROUP_get0_order(group)) < 0 &&
	            EC_POINT_mul(group, point, number, NULL, NULL, NULL) == 1 &&
	            EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, public_key,
	                               P256_PUBLIC, NULL) == P256_PUBLIC;

	BN_clear_free(number);
	EC_POINT_free(point);
	EC_GROUP_free(group);
	return good;
}

EVP_PKEY *p256_key(const uint8_t private_key[32])
{
	uint8_t public_key[P256_PUBLIC];

	return p256_public_of(private_key, public_key) ? make(private_key, public_key) : NULL;
}
