/* hash.c - digests by OpenSSL, and their text.
 *
 * Fetching an algorithm by name costs more than hashing a message body, so each is
 * fetched once for the process, and each thread keeps one context for it. */
#include "wire/hash.h"

#include <openssl/evp.h>
#include <pthread.h>

#include "base/err.h"

enum digest { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGESTS };
enum { SHA256_BLOCK = 64 };

static EVP_MD *algorithms[DIGESTS];
static pthread_key_t context_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Freed by the thread's end. */
struct contexts {
	EVP_MD_CTX *of[DIGESTS];
};

static void contexts_free(void *at)
{
	struct contexts *c = at;

	for (int i = 0; i < DIGESTS; i++)
		EVP_MD_CTX_free(c->of[i]);
	mem_free(c);
}

static void fetch_all(void)
{
	/* MD5 is part of the SQS protocol and proves nothing; a machine in FIPS mode
	 * has it in another provider, hence "-fips". */
	algorithms[DIGEST_MD5] = EVP_MD_fetch(NULL, "MD5", "-fips");
	algorithms[DIGEST_SHA1] = EVP_MD_fetch(NULL, "SHA1", NULL);
	algorithms[DIGEST_SHA256] = EVP_MD_fetch(NULL, "SHA256", NULL);
	for (int i = 0; i < DIGESTS; i++)
		must(algorithms[i] != NULL);
	must(pthread_key_create(&context_key, contexts_free) == 0);
}

static EVP_MD_CTX *context_new(enum digest d)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	must(c != NULL && EVP_DigestInit_ex2(c, algorithms[d], NULL) == 1);
	return c;
}

static struct contexts *contexts_new(void)
{
	must(pthread_once(&once, fetch_all) == 0);
	struct contexts *c = pthread_getspecific(context_key);
	if (c != NULL)
		return c;
	c = mem_get(sizeof *c);
	for (int i = 0; i < DIGESTS; i++)
		c->of[i] = context_new((enum digest)i);
	must(pthread_setspecific(context_key, c) == 0);
	return c;
}

/* The thread's context, at the start of a digest. */
static EVP_MD_CTX *begin(enum digest d)
{
	static _Thread_local struct contexts *mine;

	if (mine == NULL)
		mine = contexts_new();
	EVP_MD_CTX *c = mine->of[d];
	must(EVP_DigestInit_ex2(c, NULL, NULL) == 1);
	return c;
}

static void add(EVP_MD_CTX *c, struct str s)
{
	must(EVP_DigestUpdate(c, s.at, s.len) == 1);
}

static void finish(EVP_MD_CTX *c, uint8_t *digest)
{
	must(EVP_DigestFinal_ex(c, digest, NULL) == 1);
}

static void digest_of(enum digest d, struct str s, uint8_t *digest)
{
	EVP_MD_CTX *c = begin(d);

	add(c, s);
	finish(c, digest);
}

void md5(struct str s, uint8_t digest[MD5_SIZE])
{
	digest_of(DIGEST_MD5, s, digest);
}

void sha1(struct str s, uint8_t digest[SHA1_SIZE])
{
	digest_of(DIGEST_SHA1, s, digest);
}

void sha256(struct str s, uint8_t digest[SHA256_SIZE])
{
	digest_of(DIGEST_SHA256, s, digest);
}

void sha256_parts(const struct str *parts, int count, uint8_t digest[SHA256_SIZE])
{
	EVP_MD_CTX *c = begin(DIGEST_SHA256);

	for (int i = 0; i < count; i++)
		add(c, parts[i]);
	finish(c, digest);
}

static struct str bytes_of(const void *at, size_t size)
{
	return (struct str){ at, size };
}

/* RFC 2104, by hand: OpenSSL's HMAC looks its algorithm up in every call. */
void hmac_sha256(struct str key, struct str text, uint8_t digest[SHA256_SIZE])
{
	uint8_t block[SHA256_BLOCK] = { 0 };

	if (key.len > sizeof block)
		sha256(key, block);
	else if (key.len > 0)
		memcpy(block, key.at, key.len);
	for (size_t i = 0; i < sizeof block; i++)
		block[i] ^= 0x36;
	EVP_MD_CTX *c = begin(DIGEST_SHA256);
	add(c, bytes_of(block, sizeof block));
	add(c, text);
	finish(c, digest);
	for (size_t i = 0; i < sizeof block; i++)
		block[i] ^= 0x36 ^ 0x5c;
	c = begin(DIGEST_SHA256);
	add(c, bytes_of(block, sizeof block));
	add(c, bytes_of(digest, SHA256_SIZE));
	finish(c, digest);
	explicit_bzero(block, sizeof block);
}
