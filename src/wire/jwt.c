/* jwt.c - JSON Web Tokens that we sign, by OpenSSL. */
#include "wire/jwt.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "wire/hash.h"
#include "wire/p256.h"

static void begin(struct buf *b, struct str head, struct str claims)
{
	base64url_write(b, head);
	buf_add_byte(b, '.');
	base64url_write(b, claims);
}

static struct str end(struct arena *a, struct buf *b, struct str signature)
{
	if (signature.len == 0) {
		buf_free(b);
		return S_NONE;
	}
	buf_add_byte(b, '.');
	base64url_write(b, signature);
	must(!b->failed);
	arena_adopt(a, b->at);
	return buf_str(b);
}

/* The size of the signature in `to`; 0: the key is none. */
static size_t sign(EVP_PKEY *key, struct str text, uint8_t *to, size_t room)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	size_t size = room;
	bool good = md != NULL && EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
	            EVP_DigestSign(md, to, &size, (const unsigned char *)text.at, text.len) == 1;

	EVP_MD_CTX_free(md);
	return good ? size : 0;
}

struct str jwt_rs256(struct arena *a, struct str pem, struct str claims)
{
	BIO *bio = pem.len > 0 && pem.len < 65536 ? BIO_new_mem_buf(pem.at, (int)pem.len) : NULL;
	EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"");
	uint8_t signature[1024];
	size_t size = 0;
	struct buf b = { 0 };

	begin(&b, S("{\"alg\":\"RS256\",\"typ\":\"JWT\"}"), claims);
	if (key != NULL && EVP_PKEY_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_bits(key) >= 2048 &&
	    EVP_PKEY_bits(key) <= 8192)
		size = sign(key, buf_str(&b), signature, sizeof signature);
	EVP_PKEY_free(key);
	BIO_free(bio);
	return end(a, &b, (struct str){ (const char *)signature, size });
}

/* DER to the two numbers of JOSE, 32 bytes each. */
static bool plain_signature(const uint8_t *der, size_t size, uint8_t out[64])
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)size);
	bool good = sig != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, 32) == 32 &&
	            BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + 32, 32) == 32;

	ECDSA_SIG_free(sig);
	return good;
}

struct str jwt_es256(struct arena *a, const uint8_t private_key[32], struct str claims)
{
	EVP_PKEY *key = p256_key(private_key);
	uint8_t der[128], signature[64];
	struct buf b = { 0 };

	begin(&b, S("{\"typ\":\"JWT\",\"alg\":\"ES256\"}"), claims);
	size_t size = key == NULL ? 0 : sign(key, buf_str(&b), der, sizeof der);
	bool good = size > 0 && plain_signature(der, size, signature);
	EVP_PKEY_free(key);
	return end(a, &b, (struct str){ (const char *)signature, good ? sizeof signature : 0 });
}
