/* tls_test.c - the same server behind TLS, with a certificate made here. */
#include "client.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define HOST "Host: test\r\n"

static char folder[] = "/tmp/ringi-tls-XXXXXX";
static char cert_file[64], key_file[64], other_key_file[64];
static SSL_CTX *ctx;

static void write_key(const char *file, EVP_PKEY *key)
{
	FILE *out = fopen(file, "w");

	assert_int_equal(PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(out);
}

static void write_cert(const char *file, EVP_PKEY *key)
{
	X509 *x = X509_new();
	FILE *out = fopen(file, "w");

	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
	                           (const unsigned char *)"test", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_X509(out, x), 1);
	fclose(out);
	X509_free(x);
}

static int make_files(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(cert_file, sizeof cert_file, "%s/cert.pem", folder);
	snprintf(key_file, sizeof key_file, "%s/key.pem", folder);
	snprintf(other_key_file, sizeof other_key_file, "%s/other.pem", folder);
	write_cert(cert_file, key);
	write_key(key_file, key);
	write_key(other_key_file, other);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	ctx = SSL_CTX_new(TLS_client_method());
	return 0;
}

static int remove_files(void **state)
{
	(void)state;
	SSL_CTX_free(ctx);
	unlink(cert_file);
	unlink(key_file);
	unlink(other_key_file);
	return rmdir(folder);
}

static struct fixture *serve_secure(const struct http_bounds *bounds)
{
	return serve_tls(bounds, 1, cert_file, key_file);
}

/* False when the handshake fails. */
static bool dial_secure(struct fixture *f, struct client *c, int version)
{
	static const unsigned char protocols[] = "\x02h2\x08http/1.1";

	*c = dial(f);
	c->ssl = SSL_new(ctx);
	SSL_set_min_proto_version(c->ssl, version);
	SSL_set_max_proto_version(c->ssl, version);
	SSL_set_security_level(c->ssl, 0); /* or it would not even offer the old ones */
	SSL_set_alpn_protos(c->ssl, protocols, sizeof protocols - 1);
	SSL_set_fd(c->ssl, c->socket);
	return SSL_connect(c->ssl) == 1;
}

static void talk(struct fixture *f, int version)
{
	const unsigned char *protocol;
	unsigned protocol_len;
	struct client c;
	size_t n = 300 * 1000;
	char *bytes = mem_get(n);

	assert_true(dial_secure(f, &c, version));
	SSL_get0_alpn_selected(c.ssl, &protocol, &protocol_len);
	assert_int_equal(protocol_len, 8);
	assert_memory_equal(protocol, "http/1.1", 8);
	say(&c, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello");
	EXPECT_ANSWER(&c, 200, "POST /echo\nhello");
	memset(bytes, 'b', n);
	say(&c, "PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 300000\r\n\r\n");
	say_bytes(&c, (struct str){ bytes, n });
	assert_int_equal(hear(&c), 200);
	assert_int_equal(c.body_len, n + 10);
	assert_memory_equal(c.body + 10, bytes, n);
	say(&c, "GET /big?3000000 HTTP/1.1\r\n" HOST "\r\nGET /park HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(hear(&c), 200);
	assert_int_equal(c.body_len, 3000000);
	uv_sem_wait(&f->parked_one);
	assert_true(post(f, give_answer, f->parked_count - 1, S("later")));
	EXPECT_ANSWER(&c, 200, "later");
	say(&c, "GET /echo HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
	assert_int_equal(hear(&c), 200);
	assert_true(hear_end(&c));
	assert_int_equal(SSL_get_shutdown(c.ssl), SSL_RECEIVED_SHUTDOWN); /* not cut off */
	mem_free(bytes);
	hang_up(&c);
}

static void requests_and_answers_go_through_tls(void **state)
{
	struct fixture *f = serve_secure(NULL);

	(void)state;
	talk(f, TLS1_3_VERSION);
	talk(f, TLS1_2_VERSION);
	stop(f);
}

static void older_versions_are_refused(void **state)
{
	struct fixture *f = serve_secure(NULL);
	struct client c;

	(void)state;
	assert_false(dial_secure(f, &c, TLS1_1_VERSION));
	hang_up(&c);
	stop(f);
}

static void plain_http_on_a_tls_port_is_closed(void **state)
{
	struct fixture *f = serve_secure(NULL);
	struct client c = dial(f);

	(void)state;
	say(&c, "GET /echo HTTP/1.1\r\n" HOST "\r\n");
	while (hear_more(&c))
		;
	assert_int_equal(http_stats(f->server).requests, 0);
	hang_up(&c);
	stop(f);
}

static void a_handshake_has_a_deadline(void **state)
{
	struct http_bounds b = http_bounds_usual();
	b.head_ms = 50;
	struct fixture *f = serve_secure(&b);
	struct client silent = dial(f), c;

	(void)state;
	assert_true(hear_end(&silent));
	/* A connection whose handshake is over is idle, not late. */
	b.head_ms = 800;
	stop(f);
	f = serve_secure(&b);
	assert_true(dial_secure(f, &c, TLS1_3_VERSION));
	struct client late = dial(f);
	assert_true(hear_end(&late)); /* dialled after it, cut off before it */
	say(&c, "GET /echo HTTP/1.1\r\n" HOST "\r\n");
	EXPECT_ANSWER(&c, 200, "GET /echo\n");
	hang_up(&silent), hang_up(&late), hang_up(&c);
	stop(f);
}

static void refusals_are_readable(void **state)
{
	struct fixture *f = serve_secure(NULL);
	struct client c;

	(void)state;
	assert_true(dial_secure(f, &c, TLS1_3_VERSION));
	say(&c, "NONSENSE\r\n\r\nand more");
	assert_int_equal(hear(&c), 400);
	assert_true(hear_end(&c));
	hang_up(&c);
	stop(f);
}

static void unusable_files_stop_the_start(void **state)
{
	const char *wrong[][2] = {
		{ cert_file, NULL },          { NULL, key_file },         { cert_file, other_key_file },
		{ "/nonexistent", key_file }, { cert_file, "/dev/null" }, { key_file, cert_file },
	};
	char why[256];

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct http_config config = { .listen = "127.0.0.1:0",
			                          .handle = handle,
			                          .tls_cert = wrong[i][0],
			                          .tls_key = wrong[i][1] };
		why[0] = '\0';
		assert_null(http_open(&config, why));
		assert_true(strlen(why) > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_and_answers_go_through_tls),
		cmocka_unit_test(older_versions_are_refused),
		cmocka_unit_test(plain_http_on_a_tls_port_is_closed),
		cmocka_unit_test(a_handshake_has_a_deadline),
		cmocka_unit_test(refusals_are_readable),
		cmocka_unit_test(unusable_files_stop_the_start),
	};
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
