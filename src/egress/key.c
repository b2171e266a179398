/* key.c - the RSA key that signs what is published: read, made, used. */
#include "egress/key.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <uv.h>

#include "base/log.h"
#include "os/os.h"
#include "wire/hash.h"

enum { KEY_BITS = 2048, FILE_MAX = 64 * 1024, VALID_DAYS = 3650 };

struct egress_key {
	struct signer signer;
	struct arena *arena;
	char path[1100];
	struct now now;
	struct os_thread *maker; /* NULL: it was read */
	uv_mutex_t mutex;
	uv_cond_t made;
	EVP_PKEY *key; /* NULL: being made */
	struct str certificate;
};

/* ---- making */

static X509 *certificate_new(EVP_PKEY *key, struct now now)
{
	X509 *x = X509_new();
	time_t from = (time_t)(now.wall_ms / 1000) - 86400; /* clocks of receivers may be behind */

	must(x != NULL && X509_set_version(x, 2) == 1);
	must(ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), (uint64_t)now.wall_ms) == 1);
	must(ASN1_TIME_set(X509_getm_notBefore(x), from) != NULL);
	must(ASN1_TIME_set(X509_getm_notAfter(x), from + (time_t)VALID_DAYS * 86400) != NULL);
	X509_NAME *name = X509_get_subject_name(x);
	must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"ringi topics",
	                                -1, -1, 0));
	must(X509_set_issuer_name(x, name) == 1 && X509_set_pubkey(x, key) == 1);
	must(X509_sign(x, key, EVP_sha256()) > 0);
	return x;
}

static struct str bio_text(struct arena *a, BIO *bio)
{
	char *at;
	long len = BIO_get_mem_data(bio, &at);

	must(len > 0);
	return arena_str(a, (struct str){ at, (size_t)len });
}

/* The certificate as PEM, and both together as they are stored. */
static struct str key_pem(struct arena *a, EVP_PKEY *key, struct now now, struct str *file)
{
	X509 *x = certificate_new(key, now);
	BIO *bio = BIO_new(BIO_s_mem());

	must(bio != NULL && PEM_write_bio_X509(bio, x) == 1);
	struct str certificate = bio_text(a, bio);
	must(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1);
	*file = bio_text(a, bio);
	BIO_free(bio);
	X509_free(x);
	return certificate;
}

static void make(void *context)
{
	struct egress_key *k = context;
	EVP_PKEY *key = EVP_RSA_gen(KEY_BITS);
	struct str file;

	must(key != NULL);
	struct str certificate = key_pem(k->arena, key, k->now, &file);
	if (os_file_write(k->path, file) != OK)
		log_line(LOG_WARN, "egress", "signing key not stored",
		         "file=%s next=\"a new key at the next start\"", k->path);
	uv_mutex_lock(&k->mutex);
	k->certificate = certificate;
	k->key = key;
	uv_cond_broadcast(&k->made);
	uv_mutex_unlock(&k->mutex);
}

/* ---- reading */

static bool read_pem(struct egress_key *k, struct str file)
{
	BIO *bio = BIO_new_mem_buf(file.at, (int)file.len);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	k->key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	bool good = x != NULL && k->key != NULL && X509_check_private_key(x, k->key) == 1;
	if (good) {
		bio = BIO_new(BIO_s_mem());
		must(PEM_write_bio_X509(bio, x) == 1);
		k->certificate = bio_text(k->arena, bio);
		BIO_free(bio);
	}
	X509_free(x);
	return good;
}

static struct str sign(void *context, struct arena *a, int version, struct str text);

static struct egress_key *key_new(const char *folder, struct now now)
{
	struct egress_key *k = mem_get(sizeof *k);

	k->arena = arena_open();
	k->now = now;
	k->signer = (struct signer){ .context = k, .sign = sign };
	(void)snprintf(k->path, sizeof k->path, "%s/sns.pem", folder);
	must(uv_mutex_init(&k->mutex) == 0 && uv_cond_init(&k->made) == 0);
	return k;
}

struct egress_key *egress_key_open(const char *folder, struct now now, char why[256])
{
	struct egress_key *k = key_new(folder, now);
	struct str file = S_NONE;

	if (os_file_read(k->arena, k->path, FILE_MAX, &file) != OK ||
	    (str_given(file) && !read_pem(k, file))) {
		(void)snprintf(why, 256, "The signing key %.180s cannot be read; restore or remove it.",
		               k->path);
		return egress_key_close(k);
	}
	if (!str_given(file))
		k->maker = os_thread_start("sns key", make, k);
	return k;
}

struct egress_key *egress_key_close(struct egress_key *k)
{
	if (k == NULL)
		return NULL;
	if (k->maker != NULL)
		os_thread_join(k->maker);
	EVP_PKEY_free(k->key);
	uv_mutex_destroy(&k->mutex);
	uv_cond_destroy(&k->made);
	arena_close(k->arena);
	return mem_free(k);
}

/* ---- using */

static EVP_PKEY *wait_for(struct egress_key *k)
{
	uv_mutex_lock(&k->mutex);
	while (k->key == NULL)
		uv_cond_wait(&k->made, &k->mutex);
	EVP_PKEY *key = k->key;
	uv_mutex_unlock(&k->mutex);
	return key;
}

static struct str sign(void *context, struct arena *a, int version, struct str text)
{
	EVP_PKEY *key = wait_for(context);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned char signature[KEY_BITS / 8];
	size_t size = sizeof signature;
	struct buf b = { 0 };

	must(md != NULL);
	must(EVP_DigestSignInit(md, NULL, version == 2 ? EVP_sha256() : EVP_sha1(), NULL, key) == 1);
	must(EVP_DigestSign(md, signature, &size, (const unsigned char *)text.at, text.len) == 1);
	EVP_MD_CTX_free(md);
	base64_write(&b, (struct str){ (const char *)signature, size });
	arena_adopt(a, b.at);
	return buf_str(&b);
}

const struct signer *egress_key_signer(struct egress_key *k)
{
	return &k->signer;
}

struct str egress_key_certificate(struct egress_key *k)
{
	(void)wait_for(k);
	return k->certificate;
}
