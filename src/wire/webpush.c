/* webpush.c - messages to browsers.
 *
 * Section 3.4 of RFC 8291 in its own names: ecdh_secret, auth_secret, PRK_key, IKM, PRK, CEK,
 * NONCE. All that HKDF gives here fits into one block of SHA-256. */
#include "wire/webpush.h"

#include <openssl/evp.h>

#include "wire/hash.h"
#include "wire/json.h"
#include "wire/p256.h"

enum { SALT = 16, TAG = 16, HEADER = SALT + 4 + 1 + WEBPUSH_PUBLIC, RECORD = 4096 };

static bool ecdh(const uint8_t private_key[32], struct str peer, uint8_t secret[32])
{
	EVP_PKEY *own = p256_key(private_key);
	EVP_PKEY *other = p256_public_key((const uint8_t *)peer.at);
	EVP_PKEY_CTX *ctx = own == NULL || other == NULL ? NULL : EVP_PKEY_CTX_new(own, NULL);
	size_t size = 32;
	bool good = ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
	            EVP_PKEY_derive_set_peer(ctx, other) == 1 &&
	            EVP_PKEY_derive(ctx, secret, &size) == 1 && size == 32;

	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(own);
	EVP_PKEY_free(other);
	return good;
}

static struct str bytes(const uint8_t *at, size_t size)
{
	return (struct str){ (const char *)at, size };
}

/* HKDF-Expand to at most 32 bytes; `info` without its counter. */
static void expand(const uint8_t prk[32], struct str info, uint8_t out[32])
{
	struct buf b = { 0 };

	buf_add(&b, info);
	buf_add_byte(&b, 1);
	hmac_sha256(bytes(prk, 32), buf_str(&b), out);
	buf_free(&b);
}

static void derive(const struct webpush_message *m, const uint8_t secret[32],
                   const uint8_t sender[WEBPUSH_PUBLIC], uint8_t cek[32], uint8_t nonce[32])
{
	uint8_t prk_key[32], ikm[32], prk[32];
	struct buf info = { 0 };

	hmac_sha256(m->auth, bytes(secret, 32), prk_key);
	buf_add(&info, (struct str){ "WebPush: info\0", 14 });
	buf_add(&info, m->receiver);
	buf_add(&info, bytes(sender, WEBPUSH_PUBLIC));
	expand(prk_key, buf_str(&info), ikm);
	buf_free(&info);
	hmac_sha256(bytes(m->salt, SALT), bytes(ikm, 32), prk);
	expand(prk, (struct str){ "Content-Encoding: aes128gcm\0", 28 }, cek);
	expand(prk, (struct str){ "Content-Encoding: nonce\0", 24 }, nonce);
}

static bool gcm(const uint8_t cek[16], const uint8_t nonce[12], struct str text, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0, last = 0;
	bool good = ctx != NULL && EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, cek, nonce) == 1 &&
	            EVP_EncryptUpdate(ctx, out, &n, (const uint8_t *)text.at, (int)text.len) == 1 &&
	            EVP_EncryptFinal_ex(ctx, out + n, &last) == 1 &&
	            EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG, out + n + last) == 1;

	EVP_CIPHER_CTX_free(ctx);
	return good;
}

struct str webpush_key_read(struct arena *a, struct str text)
{
	while (text.len > 0 && text.at[text.len - 1] == '=')
		text.len--;
	return str_given(text) ? base64url_read(a, text) : S_NONE;
}

struct str webpush_encrypt(struct arena *a, const struct webpush_message *m)
{
	uint8_t sender[WEBPUSH_PUBLIC], secret[32], cek[32], nonce[32];

	if (m->receiver.len != WEBPUSH_PUBLIC || m->auth.len != WEBPUSH_AUTH ||
	    m->text.len > WEBPUSH_TEXT_MAX || !p256_public_of(m->private_key, sender) ||
	    !ecdh(m->private_key, m->receiver, secret))
		return S_NONE;
	derive(m, secret, sender, cek, nonce);
	size_t size = m->text.len + 1; /* 2: the last record */
	uint8_t *out = arena_get(a, HEADER + size + TAG);
	char *plain = arena_get(a, size);
	memcpy(plain, m->text.at, m->text.len);
	plain[m->text.len] = 2;
	memcpy(out, m->salt, SALT);
	out[SALT + 2] = RECORD >> 8; /* big endian, the other bytes are 0 */
	out[SALT + 4] = WEBPUSH_PUBLIC;
	memcpy(out + SALT + 5, sender, WEBPUSH_PUBLIC);
	return gcm(cek, nonce, (struct str){ plain, size }, out + HEADER)
	           ? bytes(out, HEADER + size + TAG)
	           : S_NONE;
}

struct str vapid_public(struct arena *a, const uint8_t key[WEBPUSH_PRIVATE])
{
	uint8_t public_key[WEBPUSH_PUBLIC];
	struct buf b = { 0 };

	if (!p256_public_of(key, public_key))
		return S_NONE;
	base64url_write(&b, bytes(public_key, sizeof public_key));
	arena_adopt(a, b.at);
	return buf_str(&b);
}

struct str vapid_header(struct arena *a, const uint8_t key[WEBPUSH_PRIVATE], struct str origin,
                        struct str subject, int64_t expires_s)
{
	struct str public_key = vapid_public(a, key);
	struct buf claims = { 0 };

	buf_add_byte(&claims, '{');
	json_write_member(&claims, "aud", origin);
	json_write_member(&claims, "sub", subject.len > 0 ? subject : S_NONE);
	buf_printf(&claims, ",\"exp\":%lld}", (long long)expires_s);
	struct str token = str_given(public_key) ? jwt_es256(a, key, buf_str(&claims)) : S_NONE;
	buf_free(&claims);
	return str_given(token) ? arena_printf(a, "Authorization: vapid t=%.*s, k=%.*s", S_ARG(token),
	                                       S_ARG(public_key))
	                        : S_NONE;
}
