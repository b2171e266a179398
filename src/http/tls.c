/* tls.c - TLS over memory BIOs. */
#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>

#include "base/arena.h"

struct tls {
	SSL *ssl;
	BIO *in, *out; /* owned by ssl */
};

static SSL_CTX *ctx_of(struct tls_context *c)
{
	return (SSL_CTX *)(void *)c;
}

/* A client that asks for protocols is told http/1.1, or nothing when it does not know it. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                           const unsigned char *in, unsigned in_len, void *context)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;

	(void)ssl, (void)context;
	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof ours - 1, in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static void explain(char why[256], const char *what, const char *file)
{
	char reason[128];

	ERR_error_string_n(ERR_peek_last_error(), reason, sizeof reason);
	ERR_clear_error();
	snprintf(why, 256, "The TLS %s %.80s cannot be used: %.110s.", what, file, reason);
}

struct tls_context *tls_context_open(const char *cert_file, const char *key_file, char why[256])
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	must(ctx != NULL);
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
	                             SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
	/* Idle connections give their buffers back. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); /* tickets need no memory here */
	SSL_CTX_set_num_tickets(ctx, 1);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	if (SSL_CTX_use_certificate_chain_file(ctx, cert_file) != 1) {
		explain(why, "certificate", cert_file);
	} else if (SSL_CTX_use_PrivateKey_file(ctx, key_file, SSL_FILETYPE_PEM) != 1 ||
	           SSL_CTX_check_private_key(ctx) != 1) {
		explain(why, "key", key_file);
	} else {
		return (struct tls_context *)(void *)ctx;
	}
	SSL_CTX_free(ctx);
	return NULL;
}

struct tls_context *tls_context_close(struct tls_context *c)
{
	if (c != NULL)
		SSL_CTX_free(ctx_of(c));
	return NULL;
}

struct tls *tls_open(struct tls_context *c)
{
	SSL *ssl = SSL_new(ctx_of(c));
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

	if (ssl == NULL || in == NULL || out == NULL) {
		SSL_free(ssl);
		BIO_free(in);
		BIO_free(out);
		return NULL;
	}
	SSL_set_bio(ssl, in, out);
	SSL_set_accept_state(ssl);
	struct tls *t = mem_get(sizeof *t);
	*t = (struct tls){ ssl, in, out };
	return t;
}

struct tls *tls_close(struct tls *t)
{
	if (t != NULL)
		SSL_free(t->ssl);
	return mem_free(t);
}

bool tls_put(struct tls *t, struct str raw)
{
	return BIO_write(t->in, raw.at, (int)raw.len) == (int)raw.len;
}

int tls_get(struct tls *t, char *to, int size)
{
	ERR_clear_error();
	int n = SSL_read(t->ssl, to, size);

	if (n > 0)
		return n;
	switch (SSL_get_error(t->ssl, n)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return TLS_LATER;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_ENDED;
	default:
		return TLS_BROKEN;
	}
}

bool tls_write(struct tls *t, struct str plain)
{
	ERR_clear_error();
	while (plain.len > 0) {
		size_t n;
		if (SSL_write_ex(t->ssl, plain.at, plain.len, &n) != 1)
			return false;
		plain = str_from(plain, n);
	}
	return true;
}

struct str tls_pending(const struct tls *t)
{
	char *at;
	long len = BIO_get_mem_data(t->out, &at);

	return (struct str){ at, len > 0 ? (size_t)len : 0 };
}

void tls_pending_done(struct tls *t)
{
	(void)BIO_reset(t->out);
}

bool tls_ready(const struct tls *t)
{
	return SSL_is_init_finished(t->ssl);
}

void tls_goodbye(struct tls *t)
{
	ERR_clear_error();
	if (SSL_is_init_finished(t->ssl))
		(void)SSL_shutdown(t->ssl);
}
